/// Whether `text` matches `pattern`: `*` matches any characters, `/` included, `?` matches one (EXC-3). Case-insensitive (SWI-6), in ASCII.
pub fn matches(pattern: &str, text: &str) -> bool {
    let folded = |text: &str| text.chars().map(|c| c.to_ascii_lowercase()).collect::<Vec<char>>();
    let (pattern, text) = (folded(pattern), folded(text));
    matches_folded(&pattern, &text)
}

/// Whether `pattern` matches whatever `other` matches: what a wildcard of `other` stands for is matched by a wildcard alone. Both are folded.
pub fn covers(pattern: &str, other: &str) -> bool {
    let (pattern, other): (Vec<char>, Vec<char>) = (pattern.chars().collect(), other.chars().collect());
    matches_folded(&pattern, &other)
}

/// The same of characters that are folded already; a `*` of the text is matched by `*` alone. It goes back to the last `*` only, so the time is at most their product.
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
            Some(expected) if (*expected == '?' && *character != '*') || expected == character => {
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
    use super::{covers, matches};

    #[test]
    fn stars_cross_slashes_and_question_marks_stand_for_one_character() {
        assert!(matches("projects/p/*/*", "projects/p/tables/t"));
        assert!(matches("tables/tb_*", "TABLES/TB_1"));
        assert!(matches("a?c*", "abc"));
        assert!(!matches("a?c", "ac"));
        assert!(!matches("", "a") && matches("*", "") && matches("", ""));
        assert!(!matches(&"*a".repeat(200), &"b".repeat(2000)));
    }

    #[test]
    fn a_pattern_covers_what_its_wildcards_stand_for_in_any_case() {
        assert!(covers("t*", "t?x*") && covers("*", "*") && covers("t?", "t?") && covers("*a*", "b*a?"));
        assert!(!covers("t?", "t*") && !covers("t", "t*") && !covers("a*b", "*") && !covers("?*", "*"));
        // The one matches with all of them long, and with all of them empty, and not what is between.
        assert!(!covers("*ab??*", "a*bxab*"));
    }

    /// Patterns of few letters against every short text.
    #[test]
    fn what_is_covered_is_matched() {
        let letters = ['a', 'b', '*', '?'];
        let words = |letters: &[char], most: usize| {
            let mut all = vec![String::new()];
            let mut last = all.clone();
            for _ in 0..most {
                last =
                    last.iter().flat_map(|word| letters.iter().map(move |letter| format!("{word}{letter}"))).collect();
                all.extend(last.iter().cloned());
            }
            all
        };
        let (patterns, texts) = (words(&letters, 4), words(&['a', 'b'], 5));
        let mut covering = 0;
        for pattern in &patterns {
            for other in patterns.iter().step_by(7).filter(|other| covers(pattern, other)) {
                covering += 1;
                let missed = texts.iter().find(|text| matches(other, text) && !matches(pattern, text));
                assert_eq!(missed, None, "{pattern} {other}");
            }
        }
        assert!(covering > 300, "{covering}");
    }
}
