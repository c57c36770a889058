//! The binary form: a message of protocol buffers.

use super::{Algorithm, Key, KeyOrigin, Keyset};
use zeroize::Zeroizing;

/// A field: its number, and a number or bytes.
enum Field<'m> {
    Number(u64),
    Bytes(&'m [u8]),
}

/// The material of a symmetric key.
const SYMMETRIC: u64 = 1;
const ENABLED: u64 = 1;
/// What is before a ciphertext: `PREFIX_ALIYUN_MAXCOMPUTE`.
const PREFIX: u64 = 2;

pub fn write(keyset: &Keyset) -> Vec<u8> {
    let mut message = Vec::new();
    bytes(&mut message, 1, keyset.primary.as_bytes());
    for key in &keyset.keys {
        let (mut meta, mut whole) = (Zeroizing::new(Vec::new()), Zeroizing::new(Vec::new()));
        bytes(&mut meta, 1, key.algorithm.name().as_bytes());
        bytes(&mut meta, 2, &key.value);
        number(&mut meta, 3, SYMMETRIC);
        number(
            &mut meta,
            4,
            match key.origin {
                KeyOrigin::External => 1,
                KeyOrigin::Made => 2,
            },
        );
        bytes(&mut whole, 1, &meta);
        number(&mut whole, 2, if key.enabled { ENABLED } else { ENABLED + 1 });
        bytes(&mut whole, 3, key.id.as_bytes());
        number(&mut whole, 4, PREFIX);
        if !key.description.is_empty() {
            bytes(&mut whole, 5, key.description.as_bytes());
        }
        bytes(&mut message, 2, &whole);
    }
    message
}

pub fn read(message: &[u8]) -> Option<Keyset> {
    let mut keyset = Keyset { primary: String::new(), keys: Vec::new() };
    for field in fields(message) {
        match field? {
            (1, Field::Bytes(id)) => keyset.primary = text(id)?,
            (2, Field::Bytes(key)) => keyset.keys.push(read_key(key)?),
            _ => return None,
        }
    }
    Some(keyset)
}

fn read_key(message: &[u8]) -> Option<Key> {
    let (mut meta, mut status, mut prefix) = (None, 0, 0);
    let (mut id, mut description) = (String::new(), String::new());
    for field in fields(message) {
        match field? {
            (1, Field::Bytes(bytes)) => meta = Some(bytes),
            (2, Field::Number(number)) => status = number,
            (3, Field::Bytes(bytes)) => id = text(bytes)?,
            (4, Field::Number(number)) => prefix = number,
            (5, Field::Bytes(bytes)) => description = text(bytes)?,
            _ => return None,
        }
    }
    let (mut algorithm, mut value, mut material, mut origin) = (None, None, 0, 0);
    for field in fields(meta?) {
        match field? {
            (1, Field::Bytes(bytes)) => algorithm = Algorithm::parse(&text(bytes)?),
            (2, Field::Bytes(bytes)) => value = Some(bytes),
            (3, Field::Number(number)) => material = number,
            (4, Field::Number(number)) => origin = number,
            _ => return None,
        }
    }
    let origin = match origin {
        1 => KeyOrigin::External,
        2 => KeyOrigin::Made,
        _ => return None,
    };
    let is_known = material == SYMMETRIC && prefix == PREFIX && !id.is_empty();
    let value = Zeroizing::new(value?.to_vec());
    is_known.then_some(Key { id, algorithm: algorithm?, value, origin, enabled: status == ENABLED, description })
}

/// The fields of a message; nothing at the first one that cannot be read.
fn fields(mut message: &[u8]) -> impl Iterator<Item = Option<(u64, Field<'_>)>> {
    let mut failed = false;
    std::iter::from_fn(move || {
        if failed || message.is_empty() {
            return None;
        }
        let field = take_field(&mut message);
        failed = field.is_none();
        Some(field)
    })
}

fn take_field<'m>(message: &mut &'m [u8]) -> Option<(u64, Field<'m>)> {
    let tag = take_number(message)?;
    let field = match tag & 7 {
        0 => Field::Number(take_number(message)?),
        2 => {
            let length = usize::try_from(take_number(message)?).ok()?;
            let (bytes, rest) = message.split_at_checked(length)?;
            *message = rest;
            Field::Bytes(bytes)
        }
        _ => return None,
    };
    Some((tag >> 3, field))
}

/// Seven bits a byte, lowest first.
fn take_number(message: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for place in 0..9 {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn number(message: &mut Vec<u8>, field: u64, value: u64) {
    put(message, field << 3);
    put(message, value);
}

fn bytes(message: &mut Vec<u8>, field: u64, value: &[u8]) {
    put(message, field << 3 | 2);
    put(message, value.len() as u64);
    message.extend_from_slice(value);
}

fn put(message: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        message.extend((value as u8 & 0x7f | 0x80).to_le_bytes());
        value >>= 7;
    }
    message.extend((value as u8).to_le_bytes());
}

fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}
