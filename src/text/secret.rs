//! Secrets in statements: what a history leaves out, and what is masked where a text is kept (KEY-2).

/// Words that a key of a secret contains.
const MARKS: [&str; 8] =
    ["secret", "password", "passwd", "accesskey", "access_key", "access.key", "access-key", "token"];

/// Whether a text gives a secret away: one of the words, the rest of the key that it belongs to, then `=` or `:` and a value.
///
/// Rather a harmless statement too many is forgotten than a secret kept.
pub fn gives_away(text: &str) -> bool {
    !values(text).is_empty() || !in_addresses(text).is_empty()
}

/// A text with `***` in place of each value that gives a secret away. Behind a quote the value ends with the next one, else with the
/// statement: rather too much is masked than too little.
pub fn masked(text: &str) -> String {
    let text = &without_names_of_users(text);
    let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
    for start in values(text) {
        if start < end {
            continue;
        }
        let value = text.get(start..).unwrap_or_default();
        let length = match value.chars().next().filter(|first| matches!(first, '"' | '\'' | '`')) {
            Some(quote) => value.get(1..).and_then(|inside| inside.find(quote)).map_or(value.len(), |at| at + 2),
            None => value.find([';', '\n']).unwrap_or(value.len()),
        };
        masked.push_str(text.get(end..start).unwrap_or_default());
        masked.push_str("***");
        end = start + length;
    }
    masked.push_str(text.get(end..).unwrap_or_default());
    masked
}

/// The text with `***` in place of what stands before an `@` in addresses: `oss://<id>:<secret>@<endpoint>/…`.
fn without_names_of_users(text: &str) -> String {
    let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
    for (start, behind) in in_addresses(text) {
        masked.push_str(text.get(end..start).unwrap_or_default());
        masked.push_str("***");
        end = behind;
    }
    masked.push_str(text.get(end..).unwrap_or_default());
    masked
}

/// Where those begin and end, in order.
fn in_addresses(text: &str) -> Vec<(usize, usize)> {
    let user = |(at, mark): (usize, &str)| {
        let start = at + mark.len();
        let rest = text.get(start..).unwrap_or_default();
        let host = rest.find(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | ';' | ',')).unwrap_or(rest.len());
        // A secret may have `/` in it.
        let name = rest.get(..host).unwrap_or_default().rfind('@')?;
        (name > 0).then_some((start, start + name))
    };
    text.match_indices("://").filter_map(user).collect()
}

/// Where the values begin, in order.
fn values(text: &str) -> Vec<usize> {
    // Of the same length, so that places stay the same.
    let lower = text.to_ascii_lowercase();
    let in_key =
        |character: char| character.is_alphanumeric() || matches!(character, '_' | '.' | '-' | '"' | '\'' | '`');
    let mut found: Vec<usize> = Vec::new();
    for mark in MARKS {
        for (at, _) in lower.match_indices(mark) {
            let behind = lower.get(at..).unwrap_or_default().trim_start_matches(in_key).trim_start();
            let value = behind.strip_prefix(['=', ':']).unwrap_or_default().trim_start();
            if !value.is_empty() {
                found.push(lower.len() - value.len());
            }
        }
    }
    found.sort_unstable();
    found
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
        ] {
            assert_eq!(masked(text), expected);
        }
    }
}
