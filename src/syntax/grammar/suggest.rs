//! What was probably meant: the statement that fits furthest, and the word that is nearest to what should follow.

use super::expression::{Trace, Word};
use super::help::statement;
use super::{WORDS, grammar, productions};
use crate::text::nearest;

/// A hint for words that are not a statement: the nearest keyword, or the syntax of the statement that fits furthest.
pub fn suggest(words: &[Word<'_>]) -> Option<String> {
    let words = words.get(..WORDS).unwrap_or(words);
    let mut furthest = 0;
    let mut fitting = Vec::new();
    let mut next = std::collections::BTreeSet::new();
    for production in productions().iter().filter(|production| production.works()) {
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
            (1..=30).contains(&words.len()).then(|| format!("expected here: {}", words.join(", ")))
        }
    }
}
