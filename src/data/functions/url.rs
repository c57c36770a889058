//! Parts of URLs.

use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error::Result;

/// The functions of this file.
pub fn functions() -> Vec<RowFunction> {
    vec![RowFunction::new("parse_url", &[Kind::Text, Kind::Text, Kind::Text], 2, Shape::Text, part)]
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
