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

/// As `application/x-www-form-urlencoded`. Source: "URL_ENCODE". What needs no escape stays a character; each run of others is escaped as the
/// bytes that it has in the charset, as Java does it.
fn encode(row: &Row<'_>) -> Result<Value> {
    let charset = given_charset(row)?;
    let is_safe = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '*' | '_' | ' ');
    let mut rest = row.words(0);
    let mut encoded = String::with_capacity(rest.len());
    while !rest.is_empty() {
        let (safe, behind) = rest.split_at(rest.find(|letter| !is_safe(letter)).unwrap_or(rest.len()));
        encoded.extend(safe.chars().map(|letter| if letter == ' ' { '+' } else { letter }));
        let (escaped, behind) = behind.split_at(behind.find(is_safe).unwrap_or(behind.len()));
        let Some(bytes) = charset.encode(escaped) else { return Ok(Value::Null) };
        encoded.extend(bytes.into_iter().map(|byte| format!("%{byte:02X}")));
        rest = behind;
    }
    Ok(Value::Text(encoded))
}

/// Source: "URL_DECODE". Each run of escaped bytes is text of the charset; every other character remains as it is.
fn decode(row: &Row<'_>) -> Result<Value> {
    let wrong =
        || Error::new(Code::Execution, "a text is not URL-encoded").help("two hexadecimal digits follow each `%`");
    let charset = given_charset(row)?;
    let mut decoded = String::new();
    let mut run: Vec<u8> = Vec::new();
    let mut letters = row.words(0).chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '%' {
            let mut digit = || letters.next()?.to_digit(16);
            let (high, low) = (digit().ok_or_else(wrong)?, digit().ok_or_else(wrong)?);
            run.push(u8::try_from(high * 16 + low).map_err(|_| wrong())?);
        } else {
            decoded.push(if letter == '+' { ' ' } else { letter });
        }
        if !run.is_empty() && letters.peek() != Some(&'%') {
            let Some(text) = charset.decode(&std::mem::take(&mut run)) else { return Ok(Value::Null) };
            decoded.push_str(&text);
        }
    }
    Ok(Value::Text(decoded))
}
