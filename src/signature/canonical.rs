//! The text that is signed, the same in v2 and v4.

use std::collections::BTreeMap;

use super::target::{Decoding, Target};

/// What of a request is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    method: String,
    /// Path and parameters as they were sent: `/api/projects/p?curr_project=p`.
    target: String,
    /// By their names in lower case.
    headers: BTreeMap<String, String>,
}

/// Headers of which only the value is signed; the first two count as empty where they are missing.
const BARE: [&str; 3] = ["content-md5", "content-type", "date"];

/// What a service puts before its paths.
const PREFIX: &str = "/api";

impl Request {
    /// A request; nothing if a header comes twice or has a character that no header has, so that what is signed means one request only.
    pub fn new<'h>(method: &str, target: &str, headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> Option<Self> {
        let mut kept = BTreeMap::new();
        for (name, value) in headers {
            let is_clean = !name.contains(char::is_control) && !value.contains(char::is_control);
            if !is_clean || kept.insert(name.to_ascii_lowercase(), value.to_owned()).is_some() {
                return None;
            }
        }
        let is_method = !method.is_empty() && method.bytes().all(|letter| letter.is_ascii_alphabetic());
        is_method.then(|| Self { method: method.to_ascii_uppercase(), target: target.to_owned(), headers: kept })
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    fn text(&self, target: &Target) -> String {
        let is_signed = |name: &str| BARE.contains(&name) || name.starts_with("x-odps-");
        let mut signed: BTreeMap<&str, &str> = BTreeMap::from([("content-md5", ""), ("content-type", "")]);
        signed.extend(
            self.headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .filter(|(name, _)| is_signed(name)),
        );
        signed.extend(target.among_headers().map(|(name, value)| (name.as_str(), value.as_str())));
        let mut text = format!("{}\n", self.method);
        for (name, value) in signed {
            if !BARE.contains(&name) {
                text.push_str(name);
                text.push(':');
            }
            text.push_str(value);
            text.push('\n');
        }
        format!("{text}{target}")
    }
}

/// The text as a client makes it that has encoded nothing.
pub fn as_sent(request: &Request) -> Option<String> {
    Target::decoded(&request.target, Decoding::Twice).map(|target| request.text(&target))
}

/// The texts that clients may have made of a request: with and without the prefix of their endpoint, in either decoding.
pub fn as_received(request: &Request) -> Vec<String> {
    let inside = request.target.strip_prefix(PREFIX).filter(|target| target.starts_with('/'));
    let mut texts: Vec<String> = Vec::new();
    for target in inside.into_iter().chain([request.target.as_str()]) {
        for decoding in [Decoding::Twice, Decoding::Once] {
            let text = Target::decoded(target, decoding).map(|target| request.text(&target));
            texts.extend(text.filter(|text| !texts.contains(text)));
        }
    }
    texts
}
