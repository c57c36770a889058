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

#[cfg(test)]
mod tests {
    use super::*;

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
