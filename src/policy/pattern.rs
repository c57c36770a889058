/// Whether `text` matches `pattern`: `*` matches any characters, `/` included, `?` matches one (EXC-3). Case-insensitive (SWI-6), in ASCII.
pub fn matches(pattern: &str, text: &str) -> bool {
    let folded = |text: &str| text.chars().map(|c| c.to_ascii_lowercase()).collect::<Vec<char>>();
    let (pattern, text) = (folded(pattern), folded(text));
    matches_folded(&pattern, &text)
}

/// The same of characters that are folded already. It goes back to the last `*` only, so the time is at most their product.
pub fn matches_folded(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where the last `*` stands, and the first character that it does not cover yet.
    let mut star: Option<(usize, usize)> = None;
    while let Some(character) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(expected) if *expected == '?' || expected == character => {
                p += 1;
                t += 1;
            }
            _ => match &mut star {
                Some((at, covered)) => {
                    *covered += 1;
                    (p, t) = (*at + 1, *covered);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_cross_slashes_and_question_marks_stand_for_one_character() {
        assert!(matches("projects/p/*/*", "projects/p/tables/t"));
        assert!(matches("tables/tb_*", "TABLES/TB_1"));
        assert!(matches("a?c*", "abc"));
        assert!(!matches("a?c", "ac"));
        assert!(!matches("", "a") && matches("*", "") && matches("", ""));
        assert!(!matches(&"*a".repeat(200), &"b".repeat(2000)));
    }
}
