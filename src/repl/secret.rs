/// Words behind which a secret stands.
const MARKS: [&str; 8] =
    ["secret", "password", "passwd", "accesskey", "access_key", "access.key", "access-key", "token"];

/// Whether a text gives a secret away: one of the words, the rest of the key that it belongs to, then `=` or `:` and a value.
///
/// Rather a harmless statement too many is forgotten than a secret kept.
pub fn gives_away(text: &str) -> bool {
    let text = text.to_lowercase();
    let in_key =
        |character: char| character.is_alphanumeric() || matches!(character, '_' | '.' | '-' | '"' | '\'' | '`');
    MARKS.iter().any(|mark| {
        text.match_indices(mark).any(|(at, _)| {
            let behind = text.get(at..).unwrap_or_default();
            let behind = behind.trim_start_matches(in_key).trim_start();
            let value = behind.strip_prefix(['=', ':']).unwrap_or_default();
            !value.trim().is_empty()
        })
    })
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
}
