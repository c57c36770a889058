//! Numbers and texts as digits, and back.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{Result as Outcome, ScalarValue};
use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

use super::value::{Settled, ValueFunction, integer, shown};
use crate::data::failure::carry;
use crate::error::{Code, Error};

/// The functions of this file.
pub fn functions() -> Vec<ValueFunction> {
    vec![
        ValueFunction::new("hex", hex_types, hex),
        ValueFunction::new("unhex", unhex_types, unhex),
        ValueFunction::new("unbase64", unhex_types, unbase64),
        ValueFunction::new("mask_hash", mask_types, mask_hash),
        ValueFunction::new("bit_count", count_types, bit_count),
        ValueFunction::new("compress", bytes_types, compress),
        ValueFunction::new("decompress", bytes_types, decompress),
    ]
}

fn hex_types(given: &[Arrow]) -> Settled {
    let [one] = given else { return None };
    let argument = match one {
        integer if integer.is_integer() => Arrow::Int64,
        Arrow::Null => Arrow::Utf8,
        nested if nested.is_nested() => return None,
        // As the session writes it.
        written if written.is_temporal() || written.is_decimal() => Arrow::Utf8,
        other => other.clone(),
    };
    Some((vec![argument], Arrow::Utf8))
}

/// Of a whole number its 64 bits, of anything else the bytes of its text. Source: "HEX".
fn hex(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let bytes = match row {
        [ScalarValue::Int64(Some(number))] => return Ok(ScalarValue::from(format!("{number:X}"))),
        [ScalarValue::Binary(Some(bytes))] => bytes.clone(),
        [number @ (ScalarValue::Float32(_) | ScalarValue::Float64(_))] => {
            let text = shown(number)?.unwrap_or_default();
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned).into_bytes()
        }
        [other] => shown(other)?.unwrap_or_default().into_bytes(),
        _ => Vec::new(),
    };
    Ok(ScalarValue::from(bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>()))
}

fn unhex_types(given: &[Arrow]) -> Settled {
    let [one] = given else { return None };
    (!one.is_nested()).then(|| (vec![Arrow::Utf8], Arrow::Binary))
}

/// NULL of what is no hexadecimal number; a zero is put before an odd number of digits. Source: "UNHEX".
fn unhex(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let text = row.first().map(shown).transpose()?.flatten().unwrap_or_default();
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let bytes = digits.map(|mut digits| {
        if !digits.len().is_multiple_of(2) {
            digits.insert(0, 0);
        }
        digits.chunks(2).map(|pair| pair.iter().fold(0_u8, |byte, digit| byte << 4 | digit)).collect::<Vec<u8>>()
    });
    Ok(ScalarValue::Binary(bytes))
}

/// Source: "UNBASE64". Chosen: the padding at the end may be left out.
fn unbase64(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let text = row.first().map(shown).transpose()?.flatten().unwrap_or_default();
    match STANDARD_NO_PAD.decode(text.trim_end_matches('=')) {
        Ok(bytes) => Ok(ScalarValue::Binary(Some(bytes))),
        Err(_) => Err(carry(
            Error::new(Code::Execution, "`unbase64` was given a text that is not in Base64")
                .help("Base64 consists of letters, digits, `+` and `/`, with `=` at the end"),
        )),
    }
}

fn mask_types(given: &[Arrow]) -> Settled {
    let [one] = given else { return None };
    Some((vec![one.clone()], Arrow::Utf8))
}

/// The SHA-256 of a text or of bytes; NULL of anything else. Source: "MASK_HASH".
fn mask_hash(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let bytes = match row {
        [ScalarValue::Utf8(Some(text))] => text.as_bytes(),
        [ScalarValue::Binary(Some(bytes))] => bytes.as_slice(),
        _ => return Ok(ScalarValue::Utf8(None)),
    };
    let digest = Sha256::digest(bytes);
    Ok(ScalarValue::from(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

fn count_types(given: &[Arrow]) -> Settled {
    let [one] = given else { return None };
    (one.is_integer() || one.is_null()).then(|| (vec![Arrow::Int64], Arrow::Int64))
}

/// The ones among the 64 bits of a number. Source: "BIT_COUNT".
fn bit_count(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    Ok(ScalarValue::Int64(row.first().and_then(integer).map(|number| number.count_ones().into())))
}

fn bytes_types(given: &[Arrow]) -> Settled {
    let [one] = given else { return None };
    (!one.is_nested()).then(|| (vec![Arrow::Binary], Arrow::Binary))
}

/// Most bytes that come out of compressed ones. Source: "Limits": a BINARY has at most 8 MB.
const LONGEST: u64 = 8 << 20;

/// Bytes in gzip format. Source: "COMPRESS".
fn compress(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let [ScalarValue::Binary(Some(bytes))] = row else { return Ok(ScalarValue::Binary(None)) };
    // The number of the system in the head, as the service writes it.
    let mut made = GzBuilder::new().operating_system(3).write(Vec::new(), Compression::default());
    made.write_all(bytes)?;
    Ok(ScalarValue::Binary(Some(made.finish()?)))
}

/// Source: "DECOMPRESS". Chosen: NULL of what is not compressed.
fn decompress(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let [ScalarValue::Binary(Some(bytes))] = row else { return Ok(ScalarValue::Binary(None)) };
    let mut made = Vec::new();
    match GzDecoder::new(bytes.as_slice()).take(LONGEST + 1).read_to_end(&mut made) {
        Ok(length) if u64::try_from(length).is_ok_and(|length| length > LONGEST) => {
            Err(carry(Error::new(Code::Execution, "what is decompressed is longer than 8 MB")))
        }
        Ok(_) => Ok(ScalarValue::Binary(Some(made))),
        Err(_) => Ok(ScalarValue::Binary(None)),
    }
}
