//! Secrets in statements: what a history leaves out, and what is masked where a text is kept (KEY-2).

use std::ops::Range;

use super::key_literal;

/// Words that a key of a secret contains.
const MARKS: [&str; 8] =
    ["secret", "password", "passwd", "accesskey", "access_key", "access.key", "access-key", "token"];

/// Words that are such a key by themselves: parts of signed addresses, and what stores call the secret of a key.
const KEYS: [&str; 3] = ["sk", "sig", "signature"];

/// Whether a text gives a secret away: one of the words, the rest of the key that it belongs to, then `=` or `:` and a value.
///
/// Rather a harmless statement too many is forgotten than a secret kept.
pub fn gives_away(text: &str) -> bool {
    !secrets(text).is_empty()
}

/// A text with `***` in place of each value that gives a secret away. Behind a quote the value ends with the next one, else with the
/// statement: rather too much is masked than too little.
pub fn masked(text: &str) -> String {
    let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
    for secret in secrets(text) {
        if secret.end <= end {
            continue;
        }
        if secret.start >= end {
            masked.push_str(text.get(end..secret.start).unwrap_or_default());
            masked.push_str("***");
        }
        end = secret.end;
    }
    masked.push_str(text.get(end..).unwrap_or_default());
    masked
}

/// What stands before an `@` in addresses, and behind a `?`: `oss://<id>:<secret>@<endpoint>/…?Signature=…`.
fn in_addresses(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let parts = move |(at, mark): (usize, &str)| {
        let start = at + mark.len();
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | ';')).unwrap_or(rest.len());
        let address = rest.get(..end).unwrap_or_default();
        // A list has its addresses with commas in between.
        let first = address.find(',').unwrap_or(address.len());
        // A secret may have `/` in it.
        let user = address.get(..first).unwrap_or_default().rfind('@').map(|name| 0..name);
        let behind = user.as_ref().map_or(0, |user| user.end);
        let query = address.get(behind..).and_then(|rest| rest.find('?'));
        let query = query.map(|mark| behind + mark + 1..address.len());
        let places = move |part: Range<usize>| start + part.start..start + part.end;
        user.into_iter().chain(query).filter(|part| !part.is_empty()).map(places)
    };
    text.match_indices("://").flat_map(parts)
}

/// A part of a text with `*` in place of each character of a secret: places stay the same.
pub fn starred(text: &str, part: Range<usize>) -> String {
    let secrets = secrets(text);
    let is_secret = |at: usize| secrets.iter().any(|secret| secret.contains(&at));
    let shown = text.get(part.clone()).unwrap_or_default();
    shown.char_indices().map(|(at, letter)| if is_secret(part.start + at) { '*' } else { letter }).collect()
}

/// Where secrets are, in order.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = key_literal::literals(text);
    found.extend(in_addresses(text));
    found.extend(values(text).into_iter().map(|start| {
        let value = text.get(start..).unwrap_or_default();
        let length = match value.chars().next().filter(|first| matches!(first, '"' | '\'' | '`')) {
            Some(quote) => value.get(1..).and_then(|inside| inside.find(quote)).map_or(value.len(), |at| at + 2),
            None => value.find([';', '\n']).unwrap_or(value.len()),
        };
        start..start + length
    }));
    found.sort_unstable_by_key(|secret| (secret.start, secret.end));
    found
}

/// Where the values behind the marks begin, in order.
fn values(text: &str) -> Vec<usize> {
    // Of the same length, so that places stay the same.
    let lower = text.to_ascii_lowercase();
    let in_key =
        |character: char| character.is_alphanumeric() || matches!(character, '_' | '.' | '-' | '"' | '\'' | '`');
    let mut found: Vec<usize> = Vec::new();
    for mark in MARKS {
        for (at, _) in lower.match_indices(mark) {
            let behind = lower.get(at..).unwrap_or_default().trim_start_matches(in_key);
            found.extend(value_behind(behind).map(|value| lower.len() - value.len()));
        }
    }
    for key in KEYS {
        for (at, _) in lower.match_indices(key) {
            let (before, behind) = lower.split_at(at);
            let behind = behind.get(key.len()..).unwrap_or_default();
            let is_alone = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let value = value_behind(behind.trim_start_matches(['"', '\'', '`'])).filter(|_| is_alone);
            found.extend(value.map(|value| lower.len() - value.len()));
        }
    }
    found.sort_unstable();
    found
}

/// The value behind the `=` or `:` that a text begins with.
fn value_behind(text: &str) -> Option<&str> {
    let value = text.trim_start().strip_prefix(['=', ':'])?.trim_start();
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_values_give_secrets_away() {
        for text in [
            "set odps.x.secret.key=abc;",
            "set access_key = x",
            "set a={\"password\": \"x\"}",
            "select * from t where token = 'x'",
        ] {
            assert!(gives_away(text), "{text}");
        }
        for text in ["select token from t;", "set a=b;", "create table t (password string);", "set token="] {
            assert!(!gives_away(text), "{text}");
        }
    }

    #[test]
    fn names_of_users_in_addresses_are_masked() {
        for (text, expected) in [
            ("location 'oss://id:a/b@h/bkt/' stored", "location 'oss://***@h/bkt/' stored"),
            ("oss://h/bkt/a@b", "oss://***@b"),
            ("oss://@h/bkt", "oss://@h/bkt"),
            ("oss://h/bkt 'a@b'", "oss://h/bkt 'a@b'"),
            ("oss://a@h, oss://b:c@h;", "oss://***@h, oss://***@h;"),
            ("oss://a@h,oss://b:c@h;", "oss://***@h,oss://***@h;"),
            ("'oss://h/b/a?Expires=1&x=a%2B,b' x", "'oss://h/b/a?***' x"),
            ("oss://id:a?b@h/bkt?x", "oss://***@h/bkt?***"),
            ("s3://h/b/?", "s3://h/b/?"),
        ] {
            assert_eq!(masked(text), expected);
            assert_eq!(gives_away(text), text != expected, "{text}");
        }
    }

    #[test]
    fn values_are_masked_and_nothing_else() {
        for (text, expected) in [
            ("set odps.x.Secret.key=abc def; whoami", "set odps.x.Secret.key=***; whoami"),
            ("set a={\"password\": \"x y\", \"b\": 1}", "set a={\"password\": ***, \"b\": 1}"),
            ("where token = 'x;y' and a = 1", "where token = *** and a = 1"),
            ("where token = 'x", "where token = ***"),
            ("set a.token=b.password=c", "set a.token=***"),
            ("ß.token: 'é' ü", "ß.token: *** ü"),
            ("select token from t", "select token from t"),
            ("tblproperties ('sk'='x;y', 'a'='b')", "tblproperties ('sk'=***, 'a'='b')"),
            ("set odps.oss.sk = abc; whoami", "set odps.oss.sk = ***; whoami"),
            ("a?Signature=x%3D", "a?Signature=***"),
            ("where d_date_sk = 5 and task = 6 and sig_at = 7", "where d_date_sk = 5 and task = 6 and sig_at = 7"),
            (
                "select sym_encrypt(a, cast('k\\'e;y' as binary)), \"x\" from t where b = 7 and c = 'd'",
                "select sym_encrypt(a, cast(*** as binary)), *** from t where b = 7 and c = ***",
            ),
            (
                "with k as (select unhex('00') as k) select SYM_DECRYPT (a, k) from t, k",
                "with k as (select unhex(***) as k) select SYM_DECRYPT (a, k) from t, k",
            ),
            ("select `sym_encrypt`(a, 'k'), sym_encrypt from t", "select `sym_encrypt`(a, ***), sym_encrypt from t"),
            ("select keyset_from_json('{\"key\": \"x\"}'", "select keyset_from_json(***"),
            ("select 1 -- sym_encrypt(a, k)\n, 'b'", "select 1 ***, ***"),
            (
                "select sym_encrypt(a, cast(12345678901234567890123456789012 as binary))",
                "select sym_encrypt(a, cast(*** as binary))",
            ),
            ("select sym_encrypt(a, /* it's 'k' */ 'l'), 'unended", "select sym_encrypt(a, *** ***), ***"),
            ("select sym_encrypt(a, concat('secret=x', 'y'))", "select sym_encrypt(a, concat(***"),
            ("select sym_decrypt(a, b, 'AES-GCM-256', 'x')", "select sym_decrypt(a, b, 'AES-GCM-256', ***)"),
            (
                "select 'sym_encrypt' from t where my_sym_encrypt('x') = 1",
                "select 'sym_encrypt' from t where my_sym_encrypt('x') = 1",
            ),
        ] {
            assert_eq!(masked(text), expected);
        }
    }
}
