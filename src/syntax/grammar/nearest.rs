//! What was probably meant: the nearest word, and the statement that fits furthest.

use super::expression::{Trace, Word};
use super::help::statement;
use super::{WORDS, grammar, productions};

/// The candidate that is nearest to `word`, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 40 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let length = word.chars().count();
    let allowed = if length < 6 { 1 } else { 2 };
    let rank = |candidate: &str| {
        let candidate = candidate.to_ascii_lowercase();
        match distance(&word, &candidate) {
            near if near <= allowed && candidate.len() > 1 => Some(near),
            // Half a word is meant as the whole.
            _ if length >= 3 && candidate.starts_with(&word) => Some(allowed + 1),
            _ => None,
        }
    };
    let ranked = candidates.into_iter().filter_map(|candidate| Some((rank(candidate)?, candidate)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, candidate)| candidate)
}

/// How many characters must be put in, taken out, replaced or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut last = None;
    for (index, character) in one.chars().enumerate() {
        let mut next = vec![index + 1];
        for (column, candidate) in other.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&row, column) + usize::from(*candidate != character);
            let mut best = replaced.min(at(&row, column + 1) + 1).min(at(&next, column) + 1);
            let previous = column.checked_sub(1).and_then(|column| other.get(column)).copied();
            if last == Some(*candidate) && previous == Some(character) {
                best = best.min(at(&before, column - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(character);
    }
    row.last().copied().unwrap_or_default()
}

/// A hint for words that are not a statement: the nearest keyword, or the syntax of the statement that fits furthest.
pub fn suggest(words: &[Word<'_>]) -> Option<String> {
    let words = words.get(..WORDS).unwrap_or(words);
    let mut furthest = 0;
    let mut fitting = Vec::new();
    let mut next = std::collections::BTreeSet::new();
    for production in productions().iter().filter(|production| production.built) {
        let mut trace = Trace::default();
        production.expression.ends(grammar(), words, &[0], &mut trace);
        if trace.furthest > furthest {
            furthest = trace.furthest;
            fitting.clear();
            next.clear();
        }
        if trace.furthest == furthest {
            fitting.push(production);
            next.extend(trace.next);
        }
    }
    if furthest == 0 {
        return None;
    }
    let found = words.get(furthest).filter(|word| word.is_word()).map(|word| word.text());
    if let Some(near) = found.and_then(|found| nearest(found, next.iter().map(String::as_str))) {
        return Some(format!("did you mean `{near}`?"));
    }
    match fitting.as_slice() {
        [production] => Some(format!("the statement is `{}`", production.syntax())),
        several if several.len() <= 6 => {
            let titles: Vec<_> = several.iter().map(|production| format!("`{}`", statement(production))).collect();
            Some(format!("the nearest statements are {}", titles.join(", ")))
        }
        _ => {
            next.retain(|word| word.chars().any(char::is_alphabetic));
            let words: Vec<_> = next.iter().map(|word| format!("`{word}`")).collect();
            (1..=20).contains(&words.len()).then(|| format!("expected here: {}", words.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("creat", ["create", "clear"]), Some("create"));
        assert_eq!(nearest("sohw", ["show", "set"]), Some("show"));
        assert_eq!(nearest("securityconfig", ["SecurityConfiguration"]), Some("SecurityConfiguration"));
        assert_eq!(nearest("xyzzy", ["show", "set"]), None);
        assert_eq!(nearest("drop", ["from"]), None);
        assert_eq!(nearest("1", ["("]), None);
        assert_eq!(distance("", "abc"), 3);
    }
}
