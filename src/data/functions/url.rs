//! Parts of URLs.

use super::charset::{Charset, charset};
use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error::{Code, Error, Result};

/// The functions of this file.
pub fn functions() -> Vec<RowFunction> {
    vec![
        RowFunction::new("parse_url", &[Kind::Text, Kind::Text, Kind::Text], 2, Shape::Text, part),
        RowFunction::new("url_encode", &[Kind::Text, Kind::Text], 1, Shape::Text, encode),
        RowFunction::new("url_decode", &[Kind::Text, Kind::Text], 1, Shape::Text, decode),
    ]
}

/// The parts that RFC 3986 tells apart.
struct Url<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> Url<'a> {
    fn read(text: &'a str) -> Self {
        let cut = |text: &'a str, sign: char| match text.split_once(sign) {
            Some((before, after)) => (before, Some(after)),
            None => (text, None),
        };
        let (rest, fragment) = cut(text, '#');
        let (rest, query) = cut(rest, '?');
        let is_scheme = |text: &str| {
            text.starts_with(|first: char| first.is_ascii_alphabetic())
                && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'))
        };
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                rest.split_at_checked(end).map_or((None, rest), |(authority, path)| (Some(authority), path))
            }
            None => (None, rest),
        };
        Self { scheme, authority, path, query, fragment }
    }
}

/// NULL where there is no such part. Source: "PARSE_URL".
fn part(row: &Row<'_>) -> Result<Value> {
    let url = Url::read(row.words(0).trim());
    let authority = url.authority.filter(|authority| !authority.is_empty());
    let (user, host) = match authority.and_then(|authority| authority.rsplit_once('@')) {
        Some((user, host)) => (Some(user), Some(host)),
        None => (None, authority),
    };
    let without_port = |host: &str| match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name.to_owned(),
        _ => host.to_owned(),
    };
    let found = match row.words(1).to_ascii_uppercase().as_str() {
        "PROTOCOL" => url.scheme.map(str::to_owned),
        "AUTHORITY" => authority.map(str::to_owned),
        "USERINFO" => user.map(str::to_owned),
        "HOST" => host.map(without_port),
        "PATH" => Some(url.path.to_owned()),
        "REF" => url.fragment.map(str::to_owned),
        "FILE" => Some(url.query.map_or_else(|| url.path.to_owned(), |query| format!("{}?{query}", url.path))),
        "QUERY" => match row.text(2) {
            None => url.query.map(str::to_owned),
            Some(key) => {
                let pairs = url.query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
                pairs.into_iter().find(|(name, _)| *name == key).map(|(_, value)| value.to_owned())
            }
        },
        _ => None,
    };
    Ok(found.map_or(Value::Null, Value::Text))
}

fn given_charset(row: &Row<'_>) -> Result<Charset> {
    charset(row.text(1).unwrap_or("utf-8"))
}

/// As `application/x-www-form-urlencoded`. Source: "URL_ENCODE".
fn encode(row: &Row<'_>) -> Result<Value> {
    let Some(bytes) = given_charset(row)?.encode(row.words(0)) else { return Ok(Value::Null) };
    let mut encoded = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(Value::Text(encoded))
}

/// Source: "URL_DECODE".
fn decode(row: &Row<'_>) -> Result<Value> {
    let wrong =
        || Error::new(Code::Execution, "a text is not URL-encoded").help("two hexadecimal digits follow each `%`");
    let mut decoded = Vec::new();
    let mut bytes = row.words(0).bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit().ok_or_else(wrong)?, digit().ok_or_else(wrong)?);
                u8::try_from(high * 16 + low).map_err(|_| wrong())?
            }
            other => other,
        });
    }
    Ok(given_charset(row)?.decode(&decoded).map_or(Value::Null, Value::Text))
}
