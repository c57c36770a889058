//! Encryption with one key and with keysets.
//!
//! Source: the pages of the functions. No message repeats a value or a key.

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{Result as Outcome, ScalarValue};

use super::value::{Settled, ValueFunction};
use crate::cipher::{self, Algorithm, IV, KEY, KEY_ID, Keyset, NotAKeyset};
use crate::data::failure::carry;
use crate::error::{Code, Error};

/// Functions that draw keys or IVs.
pub const RANDOM: [&str; 5] =
    ["sym_encrypt", "enhanced_sym_encrypt", "new_keyset", "add_key_to_keyset", "rotate_keyset"];

/// The functions of this file.
pub fn functions() -> Vec<ValueFunction> {
    vec![
        ValueFunction::new("sym_encrypt", sym_encrypt_types, |row, _| sym_encrypt(row)).random(),
        ValueFunction::new("sym_decrypt", sym_decrypt_types, |row, _| sym_decrypt(row)),
        ValueFunction::new("new_keyset", new_keyset_types, |row, _| new_keyset(row)).random(),
        ValueFunction::new("add_key_to_keyset", add_key_types, |row, _| add_key(row)).random(),
        ValueFunction::new("rotate_keyset", rotate_types, |row, _| rotate(row)).random(),
        ValueFunction::new("keyset_to_json", to_json_types, |row, _| to_json(row)),
        ValueFunction::new("keyset_from_json", from_json_types, |row, _| from_json(row)),
        ValueFunction::new("enhanced_sym_encrypt", enhanced_encrypt_types, |row, _| enhanced_encrypt(row)).random(),
        ValueFunction::new("enhanced_sym_decrypt", enhanced_decrypt_types, |row, _| enhanced_decrypt(row)),
    ]
}

/// What an argument may be.
#[derive(Clone, Copy)]
enum Takes {
    Text,
    Binary,
    TextOrBinary,
}

/// The types of a call with these arguments, of which the first `needed` must be there.
fn settled(given: &[Arrow], takes: &[Takes], needed: usize, result: Arrow) -> Settled {
    if given.len() < needed || given.len() > takes.len() {
        return None;
    }
    let arguments = given.iter().zip(takes).map(|(given, takes)| match (takes, given) {
        (Takes::Text | Takes::TextOrBinary, Arrow::Utf8 | Arrow::Null) => Some(Arrow::Utf8),
        // A text in the place of a key would be another key in another charset: it is converted by who writes it.
        (Takes::Binary | Takes::TextOrBinary, Arrow::Binary) | (Takes::Binary, Arrow::Null) => Some(Arrow::Binary),
        _ => None,
    });
    Some((arguments.collect::<Option<_>>()?, result))
}

fn sym_encrypt_types(given: &[Arrow]) -> Settled {
    settled(given, &[Takes::TextOrBinary, Takes::Binary, Takes::Text, Takes::Text], 2, Arrow::Binary)
}

fn sym_decrypt_types(given: &[Arrow]) -> Settled {
    settled(given, &[Takes::Binary, Takes::Binary, Takes::Text, Takes::Text], 2, Arrow::Binary)
}

fn new_keyset_types(given: &[Arrow]) -> Settled {
    settled(given, &[Takes::Text, Takes::Text], 1, Arrow::Binary)
}

fn add_key_types(given: &[Arrow]) -> Settled {
    settled(given, &[Takes::Binary, Takes::Text, Takes::Binary, Takes::Text], 3, Arrow::Binary)
}

fn rotate_types(given: &[Arrow]) -> Settled {
    settled(given, &[Takes::Binary, Takes::Text, Takes::Text], 2, Arrow::Binary)
}

fn to_json_types(given: &[Arrow]) -> Settled {
    settled(given, &[Takes::Binary], 1, Arrow::Utf8)
}

fn from_json_types(given: &[Arrow]) -> Settled {
    settled(given, &[Takes::Text], 1, Arrow::Binary)
}

fn enhanced_encrypt_types(given: &[Arrow]) -> Settled {
    settled(given, &[Takes::Binary, Takes::TextOrBinary, Takes::Text], 2, Arrow::Binary)
}

fn enhanced_decrypt_types(given: &[Arrow]) -> Settled {
    settled(given, &[Takes::Binary, Takes::Binary, Takes::Text], 2, Arrow::Binary)
}

/// The bytes of an argument; none of one that is not given.
fn bytes(row: &[ScalarValue], place: usize) -> &[u8] {
    match row.get(place) {
        Some(ScalarValue::Utf8(Some(text))) => text.as_bytes(),
        Some(ScalarValue::Binary(Some(bytes))) => bytes,
        _ => &[],
    }
}

fn text(row: &[ScalarValue], place: usize) -> &str {
    match row.get(place) {
        Some(ScalarValue::Utf8(Some(text))) => text,
        _ => "",
    }
}

fn binary(bytes: Vec<u8>) -> Outcome<ScalarValue> {
    Ok(ScalarValue::Binary(Some(bytes)))
}

fn failed(message: impl Into<String>) -> datafusion::common::DataFusionError {
    carry(Error::new(Code::Execution, message))
}

fn unusable(error: NotAKeyset) -> datafusion::common::DataFusionError {
    failed(error.0)
}

fn random<const COUNT: usize>() -> Outcome<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    getrandom::fill(&mut bytes).map_err(|_| failed("the system provides no random numbers"))?;
    Ok(bytes)
}

/// The key of `sym_encrypt` and `sym_decrypt`, whose method is the only one.
fn key(row: &[ScalarValue]) -> Outcome<&[u8; KEY]> {
    if row.len() > 2 && Algorithm::parse(text(row, 2)) != Some(Algorithm::Gcm256) {
        return Err(failed("the encryption method is not supported; the only one is AES-GCM-256"));
    }
    bytes(row, 1).try_into().map_err(|_| failed("the key must have 256 bits: 32 bytes"))
}

/// The IV is another one each time, so that equal values do not look equal.
fn sym_encrypt(row: &[ScalarValue]) -> Outcome<ScalarValue> {
    let sealed = cipher::seal(key(row)?, random::<IV>()?, bytes(row, 0), bytes(row, 3));
    binary(sealed.ok_or_else(|| failed("the value is too long to be encrypted"))?)
}

/// Chosen: an error of what does not decrypt, for NULL could be taken for a value that was NULL.
fn sym_decrypt(row: &[ScalarValue]) -> Outcome<ScalarValue> {
    match cipher::open(key(row)?, bytes(row, 0), bytes(row, 3)) {
        Some(plain) => binary(plain),
        None => Err(failed(
            "the value cannot be decrypted: the key or the additional data is another one, or it was changed",
        )),
    }
}

fn algorithm(row: &[ScalarValue], place: usize) -> Outcome<Algorithm> {
    let names = Algorithm::ALL.map(Algorithm::name).join(", ");
    Algorithm::parse(text(row, place))
        .ok_or_else(|| failed(format!("the key type is not supported; the types are {names}")))
}

fn new_keyset(row: &[ScalarValue]) -> Outcome<ScalarValue> {
    binary(Keyset::new(algorithm(row, 0)?, text(row, 1), &random()?).to_bytes())
}

fn keyset(row: &[ScalarValue]) -> Outcome<Keyset> {
    Keyset::from_bytes(bytes(row, 0)).map_err(unusable)
}

fn add_key(row: &[ScalarValue]) -> Outcome<ScalarValue> {
    let mut keyset = keyset(row)?;
    keyset.add(algorithm(row, 1)?, bytes(row, 2), text(row, 3), &random::<KEY_ID>()?).map_err(unusable)?;
    binary(keyset.to_bytes())
}

fn rotate(row: &[ScalarValue]) -> Outcome<ScalarValue> {
    let mut keyset = keyset(row)?;
    keyset.rotate(algorithm(row, 1)?, text(row, 2), &random()?);
    binary(keyset.to_bytes())
}

fn to_json(row: &[ScalarValue]) -> Outcome<ScalarValue> {
    Ok(ScalarValue::from(keyset(row)?.to_json()))
}

fn from_json(row: &[ScalarValue]) -> Outcome<ScalarValue> {
    binary(Keyset::from_json(text(row, 0)).map_err(unusable)?.to_bytes())
}

fn enhanced_encrypt(row: &[ScalarValue]) -> Outcome<ScalarValue> {
    binary(keyset(row)?.encrypt(bytes(row, 1), bytes(row, 2), random::<IV>()?).map_err(unusable)?)
}

fn enhanced_decrypt(row: &[ScalarValue]) -> Outcome<ScalarValue> {
    match keyset(row)?.decrypt(bytes(row, 1), bytes(row, 2)) {
        Some(plain) => binary(plain),
        None => Err(failed(
            "the value cannot be decrypted: no key of the keyset opens it, the additional data is another one, or it was changed",
        )),
    }
}
