//! Addresses of the Internet Protocol as text, bytes and numbers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{Result as Outcome, ScalarValue};

use super::value::{Settled, ValueFunction, integer, text};
use crate::data::failure::carry;
use crate::error::{Code, Error};

/// The functions of this file.
pub fn functions() -> Vec<ValueFunction> {
    vec![
        ValueFunction::new("net_ip_from_string", |given| of_text(given, Arrow::Binary), from_string),
        ValueFunction::new(
            "net_safe_ip_from_string",
            |given| of_text(given, Arrow::Binary),
            |row, _| Ok(ScalarValue::Binary(row.first().and_then(text).and_then(read))),
        ),
        ValueFunction::new("net_ip_to_string", |given| of_bytes(given, Arrow::Utf8), to_string),
        ValueFunction::new("net_ipv4_to_int64", |given| of_bytes(given, Arrow::Int64), to_number),
        ValueFunction::new("net_ip_net_mask", mask_types, mask),
    ]
}

fn of_text(given: &[Arrow], result: Arrow) -> Settled {
    let [one] = given else { return None };
    matches!(one, Arrow::Utf8 | Arrow::Null).then(|| (vec![Arrow::Utf8], result))
}

fn of_bytes(given: &[Arrow], result: Arrow) -> Settled {
    let [one] = given else { return None };
    matches!(one, Arrow::Binary | Arrow::Null).then(|| (vec![Arrow::Binary], result))
}

fn mask_types(given: &[Arrow]) -> Settled {
    let fits = given.len() == 2 && given.iter().all(|one| one.is_integer() || one.is_null());
    fits.then(|| (vec![Arrow::Int64, Arrow::Int64], Arrow::Binary))
}

fn wrong<T>(message: &str) -> Outcome<T> {
    Err(carry(Error::new(Code::Execution, message)))
}

/// The bytes of an address, the first one first.
fn read(text: &str) -> Option<Vec<u8>> {
    match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => Some(address.octets().to_vec()),
        IpAddr::V6(address) => Some(address.octets().to_vec()),
    }
}

/// Source: "NET_IP_FROM_STRING".
fn from_string(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    match row.first().and_then(text).and_then(read) {
        Some(bytes) => Ok(ScalarValue::Binary(Some(bytes))),
        None => Err(carry(
            Error::new(Code::Execution, "`net_ip_from_string` was given a text that is not an IP address")
                .help("`net_safe_ip_from_string` gives NULL for such texts"),
        )),
    }
}

fn bytes(row: &[ScalarValue]) -> &[u8] {
    match row.first() {
        Some(ScalarValue::Binary(Some(bytes))) => bytes,
        _ => &[],
    }
}

/// Source: "NET_IP_TO_STRING".
fn to_string(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let bytes = bytes(row);
    if let Ok(address) = <[u8; 4]>::try_from(bytes) {
        return Ok(ScalarValue::from(Ipv4Addr::from(address).to_string()));
    }
    match <[u8; 16]>::try_from(bytes) {
        Ok(address) => Ok(ScalarValue::from(Ipv6Addr::from(address).to_string())),
        Err(_) => wrong("`net_ip_to_string` takes 4 or 16 bytes"),
    }
}

/// Source: "NET_IPV4_TO_INT64".
fn to_number(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    match <[u8; 4]>::try_from(bytes(row)) {
        Ok(address) => Ok(ScalarValue::from(i64::from(u32::from_be_bytes(address)))),
        Err(_) => wrong("`net_ipv4_to_int64` takes 4 bytes"),
    }
}

/// `length` bytes whose first `prefix` bits are ones. Source: "NET_IP_NET_MASK".
fn mask(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let [length, prefix] = row else { return Ok(ScalarValue::Binary(None)) };
    let (Some(length), Some(prefix)) = (integer(length), integer(prefix)) else { return Ok(ScalarValue::Binary(None)) };
    if !matches!(length, 4 | 16) || !(0..=length * 8).contains(&prefix) {
        return wrong("`net_ip_net_mask` takes a length of 4 or 16 bytes and a prefix of at most as many bits");
    }
    let byte = |at: i64| match prefix - at * 8 {
        8.. => u8::MAX,
        bits @ 1..8 => u8::MAX << (8 - bits),
        _ => 0,
    };
    Ok(ScalarValue::Binary(Some((0..length).map(byte).collect())))
}
