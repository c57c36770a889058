/// Matches anything, also nothing.
pub const ANY: char = '…';

/// Whether an expected line fits an actual one; blanks at the ends of lines and beside `…` do not count.
pub fn fits(expected: &str, actual: &str) -> bool {
    let (expected, actual) = (expected.trim_end(), actual.trim_end());
    let Some((first, further)) = expected.split_once(ANY) else { return expected == actual };
    let Some(mut rest) = actual.strip_prefix(first.trim_end()) else { return false };
    let (inner, last) = further.rsplit_once(ANY).unwrap_or(("", further));
    for part in inner.split(ANY) {
        match rest.split_once(part.trim()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last.trim_start())
}

/// Whether a line matches anything.
pub fn is_any(expected: &str) -> bool {
    expected.trim().chars().eq([ANY])
}

/// Whether a line has the form of a rule's id, such as `FLW-4` or `FLW-2a`, and nothing else.
pub fn is_rule(expected: &str) -> bool {
    let Some((family, number)) = expected.trim().split_once('-') else { return false };
    let digits = number.trim_end_matches(|last: char| last.is_ascii_lowercase());
    family.len() == 3
        && family.chars().all(|letter| letter.is_ascii_uppercase())
        && !digits.is_empty()
        && number.len() <= digits.len() + 1
        && digits.chars().all(|digit| digit.is_ascii_digit())
}

/// Whether the lines expected of an error match every reason: they name no rule and say nothing beyond a code.
pub fn fits_any_reason(expected: &[&str]) -> bool {
    let says_nothing = |line: &&str| {
        let rest = match line.trim_start().strip_prefix("ODPS-") {
            Some(code) => code.trim_start_matches(|digit: char| digit.is_ascii_digit()),
            None => line,
        };
        !rest.chars().any(char::is_alphanumeric)
    };
    !expected.is_empty() && expected.iter().all(says_nothing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_told_from_other_words() {
        for rule in ["FLW-4", " ACC-11 ", "FLW-2a"] {
            assert!(is_rule(rule), "{rule}");
        }
        for other in ["FLW-4: a", "FLW-", "FLW-4ab", "flw-4", "ODPS-0130013", "FLW-a", "…"] {
            assert!(!is_rule(other), "{other}");
        }
    }

    #[test]
    fn a_code_alone_fits_any_reason() {
        for lines in [&["…"][..], &["ODPS-0130013:…"], &["ODPS-0130…", "…"], &[""]] {
            assert!(fits_any_reason(lines), "{lines:?}");
        }
        for lines in [
            &["FLW-4"][..],
            &["ODPS-0130161:[1,4] …"],
            &["…protected…"],
            &["…", "help: x"],
            &["ODPS-0130013:…", "FLW-4"],
        ] {
            assert!(!fits_any_reason(lines), "{lines:?}");
        }
        assert!(!fits_any_reason(&[]));
    }

    #[test]
    fn dots_match_anything_inside_and_at_the_end() {
        for (expected, actual) in [
            ("abc", "abc  "),
            ("a…", "abc"),
            ("a…", "a"),
            ("…c", "abc"),
            ("a…c", "abc"),
            ("a…c", "ac"),
            ("a…b…c", "a b b c"),
            ("…", ""),
            ("…x…", "axa"),
            ("a ……", "a b"),
            ("X: … [1] … is p …", "X:y z [1], t is p"),
            ("… ä …", "表 ä 表"),
        ] {
            assert!(fits(expected, actual), "{expected} / {actual}");
        }
        for (expected, actual) in
            [("abc", "abcd"), ("a…c", "abcd"), ("aba…ba", "aba"), ("…x", "xa"), ("a", ""), ("", "a"), ("A", "a")]
        {
            assert!(!fits(expected, actual), "{expected} / {actual}");
        }
    }
}
