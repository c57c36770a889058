//! Literals of statements that call functions with keys: any of them may be the key, or become it (KEY-2).

use std::ops::Range;

/// Functions that are given a key or a keyset.
const FUNCTIONS: [&str; 11] = [
    "sym_encrypt",
    "sym_decrypt",
    "add_key_to_keyset",
    "rotate_keyset",
    "keyset_to_json",
    "keyset_from_json",
    "enhanced_sym_encrypt",
    "enhanced_sym_decrypt",
    "use_wrapped_keyset",
    "rewrap_keyset",
    "rotate_wrapped_keyset",
];

/// Digits from which on a number may be a key: a key has at least 16 bytes.
const LONG: usize = 16;

/// Names of algorithms, which stay readable.
const ALGORITHMS: [&str; 3] = ["aes-gcm-256", "aes-siv-cmac-128", "aes-siv-cmac-256"];

/// Whether a text has literals or comments beside a call of a function that is given a key.
pub fn calls_with_keys(text: &str) -> bool {
    !literals(text).is_empty()
}

/// Whether a text may call a function that is given a key, literals or not.
pub fn names_keys(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    FUNCTIONS.iter().any(|name| lower.contains(name))
}

/// The literals of a text that calls a function that is given a key: any, since a key may come by way of a subquery.
///
/// Also a call in a comment counts, and a comment is a literal: rather too much is masked than too little.
pub fn literals(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    if !FUNCTIONS.iter().any(|name| lower.contains(name)) {
        return Vec::new();
    }
    let (mut found, mut calls) = (Vec::new(), false);
    let mut at = 0;
    while let Some(rest) = lower.get(at..).filter(|rest| !rest.is_empty()) {
        let part = Part::first(rest);
        let end = at + part.length;
        match part.kind {
            Kind::Literal => {
                let inside = rest.get(..part.length).unwrap_or_default();
                if !ALGORITHMS.contains(&inside.trim_matches(['\'', '"'])) {
                    found.push(at..end);
                }
            }
            Kind::Comment => {
                calls |=
                    FUNCTIONS.iter().any(|name| rest.get(..part.length).is_some_and(|comment| comment.contains(name)));
                found.push(at..end);
            }
            Kind::Word => {
                calls |= rest.get(..part.length).is_some_and(|word| FUNCTIONS.contains(&word.trim_matches('`')))
            }
            Kind::Other => {}
        }
        at = end;
    }
    if calls { found } else { Vec::new() }
}

#[derive(Clone, Copy)]
enum Kind {
    /// A text, or a long number.
    Literal,
    Comment,
    Word,
    Other,
}

/// What a text begins with.
struct Part {
    kind: Kind,
    length: usize,
}

impl Part {
    fn first(text: &str) -> Self {
        let until = |end: &str, from: usize| {
            let rest = text.get(from..).unwrap_or_default();
            rest.find(end).map_or(text.len(), |place| from + place + end.len())
        };
        let first = text.chars().next().unwrap_or_default();
        let (kind, length) = match first {
            _ if text.starts_with("--") => (Kind::Comment, until("\n", 2)),
            _ if text.starts_with("/*") => (Kind::Comment, until("*/", 2)),
            '\'' | '"' => (Kind::Literal, literal(text, first)),
            '`' => (Kind::Word, until("`", 1)),
            _ if is_word(first) => {
                let length = text.find(|letter| !is_word(letter)).unwrap_or(text.len());
                let is_number = first.is_ascii_digit() && length >= LONG;
                (if is_number { Kind::Literal } else { Kind::Word }, length)
            }
            _ => (Kind::Other, first.len_utf8()),
        };
        Self { kind, length: length.max(1) }
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length of a text with its quotes; behind a backslash any character is part of it. One that does not end takes the rest.
fn literal(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (place, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return place + letter.len_utf8(),
            _ => {}
        }
    }
    text.len()
}
