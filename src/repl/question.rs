use crate::syntax::{TokenKind, lex};

/// Longest statement that is shown in a question, in characters.
const SHOWN: usize = 200;

/// What is asked before a statement runs, if anything.
///
/// Source: odpscmd. Chosen: each statement of an input is asked for, not only the first one.
pub fn question(statement: &str) -> Option<String> {
    let lexed = lex(statement).ok()?;
    let words: Vec<String> = lexed.tokens.iter().map(|token| token.span.of(statement).to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let is_name =
        |at: usize| lexed.tokens.get(at).is_some_and(|t| matches!(t.kind, TokenKind::Word | TokenKind::Quoted));
    match words.as_slice() {
        ["drop" | "delete" | "remove", ..] => Some(confirm(statement)),
        ["alter", "table", _, "drop", ..] if is_name(2) => Some(confirm(statement)),
        ["alter", "table", _, ".", _, "drop", ..] if is_name(2) && is_name(4) => Some(confirm(statement)),
        ["put", "policy", ..] => Some(overwrite()),
        ["set", "projectprotection", rest @ ..] if rest.contains(&"exception") => Some(overwrite()),
        _ => None,
    }
}

fn confirm(statement: &str) -> String {
    let line = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = line.chars().filter(|character| !character.is_control()).take(SHOWN).collect();
    let more = if line.chars().count() > SHOWN { "…" } else { "" };
    format!("Confirm to \"{shown}{more}\" (yes/no)? ")
}

fn overwrite() -> String {
    "will overwrite the old policy content  (yes/no)? ".to_owned()
}

/// Yes or no; nothing if it is neither.
pub fn answer(line: &str) -> Option<bool> {
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Some(true),
        "n" | "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_something_away_is_asked_for() {
        for statement in [
            "drop table t",
            "/* x */ DROP role r",
            "remove user ALIYUN$a",
            "delete resource r",
            "alter table p.t drop if exists partition (a='1')",
            "ALTER TABLE `t` DROP columns a",
            "set ProjectProtection=true with exception f",
            "put policy f",
        ] {
            assert!(question(statement).is_some(), "{statement}");
        }
        for statement in [
            "whoami",
            "revoke r from ALIYUN$a",
            "alter table t add columns (drop bigint)",
            "set ProjectProtection=true",
            ".why drop table t",
        ] {
            assert_eq!(question(statement), None, "{statement}");
        }
    }

    #[test]
    fn the_question_is_one_line_of_bearable_length() {
        assert_eq!(question("drop\n table  t").unwrap(), "Confirm to \"drop table t\" (yes/no)? ");
        assert!(question(&format!("drop table {}", "a".repeat(1000))).unwrap().chars().count() < 250);
    }

    #[test]
    fn only_yes_and_no_are_answers() {
        assert_eq!(
            (answer(" Y "), answer("YES"), answer("n"), answer("No")),
            (Some(true), Some(true), Some(false), Some(false))
        );
        assert_eq!((answer(""), answer("ye")), (None, None));
    }
}
