//! Functions that convert text to the bytes of a charset and back.

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{Result as Outcome, ScalarValue};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::value::{Settled, ValueFunction, text};
use crate::data::failure::carry;
use crate::error::{Code, Error, Result};

/// The functions of this file.
pub fn functions() -> Vec<ValueFunction> {
    vec![
        ValueFunction::new("encode", |given| charset_types(given, Arrow::Utf8, Arrow::Binary), encode),
        ValueFunction::new("?decode_charset", |given| charset_types(given, Arrow::Binary, Arrow::Utf8), decode),
        ValueFunction::new("is_encoding", encoding_types, is_encoding),
    ]
}

fn charset_types(given: &[Arrow], from: Arrow, to: Arrow) -> Settled {
    let fits = given.len() == 2 && given.iter().all(|data_type| !data_type.is_nested());
    fits.then(|| (vec![from, Arrow::Utf8], to))
}

/// A charset; ASCII is the part of UTF-8 that has one byte a character.
#[derive(Clone, Copy)]
pub struct Charset {
    encoding: &'static Encoding,
    ascii: bool,
}

/// The charset of this name. Source: "ENCODE".
pub fn charset(name: &str) -> Result<Charset> {
    let name = name.trim().to_ascii_lowercase();
    let known = match name.as_str() {
        // What the label stands for in a browser has more characters.
        "ascii" | "us-ascii" => return Ok(Charset { encoding: UTF_8, ascii: true }),
        "utf-16" | "utf16" => Some(UTF_16BE),
        other => Encoding::for_label(other.as_bytes()),
    };
    known.map(|encoding| Charset { encoding, ascii: false }).ok_or_else(|| {
        Error::new(Code::Execution, "a charset is unknown").help("use `UTF-8`, `UTF-16BE`, `UTF-16LE`, `GBK` …")
    })
}

fn named(name: Option<&ScalarValue>) -> Outcome<Charset> {
    charset(name.and_then(text).unwrap_or_default()).map_err(carry)
}

impl Charset {
    /// The bytes of a text; nothing if the charset lacks a character of it.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        if self.ascii && !text.is_ascii() {
            return None;
        }
        if self.encoding == UTF_16BE {
            return Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        }
        if self.encoding == UTF_16LE {
            return Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        }
        let (bytes, _, lacking) = self.encoding.encode(text);
        (!lacking).then(|| bytes.into_owned())
    }

    /// The text of these bytes; nothing if they are none of the charset.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        let decoded = self.encoding.decode_without_bom_handling_and_without_replacement(bytes);
        decoded.filter(|_| !self.ascii || bytes.is_ascii()).map(std::borrow::Cow::into_owned)
    }
}

fn encode(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    Ok(ScalarValue::Binary(named(row.get(1))?.encode(row.first().and_then(text).unwrap_or_default())))
}

/// Source: "DECODE".
fn decode(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let charset = named(row.get(1))?;
    Ok(ScalarValue::Utf8(match row.first() {
        Some(ScalarValue::Binary(Some(bytes))) => charset.decode(bytes),
        _ => None,
    }))
}

fn encoding_types(given: &[Arrow]) -> Settled {
    let fits = given.len() == 3 && given.iter().all(|data_type| !data_type.is_nested());
    fits.then(|| (vec![Arrow::Utf8; 3], Arrow::Boolean))
}

/// Whether a text of one charset can be written in another. Source: "IS_ENCODING".
fn is_encoding(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let given = row.first().and_then(text).unwrap_or_default();
    let (from, to) = (named(row.get(1))?, named(row.get(2))?);
    Ok(ScalarValue::from(from.encode(given).is_some() && to.encode(given).is_some()))
}
