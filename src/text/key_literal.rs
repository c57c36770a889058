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

/// A text with `***` in place of everything that may be a value of a row: texts, numbers, comments, and what follows `=`, as a partition of
/// `tunnel` does without quotes. Rather too much is left out than too little.
pub fn without_values(text: &str) -> String {
    let (mut kept, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let part = Part::first(rest);
        let inside = rest.get(..part.length).unwrap_or_default();
        let is_number = matches!(part.kind, Kind::Word) && inside.starts_with(|first: char| first.is_ascii_digit());
        at += part.length;
        if matches!(part.kind, Kind::Literal | Kind::Comment) || is_number {
            kept.push_str("***");
            continue;
        }
        kept.push_str(inside);
        if inside == "=" {
            let rest = text.get(at..).unwrap_or_default();
            let blanks = rest.find(|letter: char| !letter.is_whitespace()).unwrap_or(rest.len());
            let value = rest.get(blanks..).unwrap_or_default();
            // What is in quotes is seen by itself.
            let bare = value.find(|letter: char| letter.is_whitespace() || "'\",;/".contains(letter));
            let end = bare.unwrap_or(value.len());
            kept.push_str(rest.get(..blanks).unwrap_or_default());
            kept.push_str(if end > 0 { "***" } else { "" });
            at += blanks + end;
        }
    }
    kept
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_a_row_is_left() {
        let cases = [
            (
                "insert into t partition (ds='v') values (42, \"v\\\"v\", 1.5e3)",
                "insert into t partition (ds=***) values (***, ***, ***.***)",
            ),
            ("select a, `1b` from t where a = v and b>7 -- v\n", "select a, `1b` from t where a = *** and b>*** ***"),
            ("tunnel upload f.csv p.t/ds=20240101,b=v-v -bs 100", "tunnel upload f.csv p.t/ds=***,b=*** -bs ***"),
            ("alter table t add partition (ds = /* v */ 'v", "alter table t add partition (ds = *** ***"),
            ("select 1=", "select ***="),
        ];
        for (text, kept) in cases {
            assert_eq!(without_values(text), kept);
        }
    }
}
