//! `like` with patterns of any kind: each part between two `%` is sought behind the one before it, and never again.

use std::sync::{Arc, LazyLock};

use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ScalarUDF, lit};

use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error::Result;

/// `text like pattern escape escape`, for the plan that is run.
pub fn call(text: Expr, pattern: Expr, escape: char) -> Expr {
    static LIKE: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
        let parameters = &[Kind::Text, Kind::Text, Kind::Text];
        Arc::new(ScalarUDF::from(RowFunction::new("like", parameters, 3, Shape::Boolean, like)))
    });
    let arguments = vec![text, pattern, lit(escape.to_string())];
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&LIKE), arguments))
}

/// Whether the engine compares with this pattern in one pass: no wildcard but `%` at its ends.
pub fn is_plain(pattern: &str, escape: char) -> bool {
    let inner = pattern.strip_prefix('%').unwrap_or(pattern);
    let inner = inner.strip_suffix('%').unwrap_or(inner);
    !inner.contains(['%', '_', escape])
}

/// A pattern, cut at each `%`. A part is a row of characters; nothing stands for any one.
#[derive(Debug, PartialEq, Eq)]
struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Part {
    letters: Vec<Option<char>>,
    /// The same, if every character is known.
    literal: Option<String>,
}

impl Pattern {
    fn new(text: &str, escape: char) -> Self {
        let mut parts: Vec<Vec<Option<char>>> = Vec::new();
        let mut part = Vec::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match letter {
                // At the end it stands for itself.
                letter if letter == escape => part.push(Some(letters.next().unwrap_or(escape))),
                '%' => parts.push(std::mem::take(&mut part)),
                '_' => part.push(None),
                letter => part.push(Some(letter)),
            }
        }
        parts.push(part);
        let part = |letters: Vec<Option<char>>| Part { literal: letters.iter().copied().collect(), letters };
        Self { parts: parts.into_iter().map(part).collect() }
    }

    fn matches(&self, text: &str, row: &Row<'_>) -> Result<bool> {
        let (first, rest) = match self.parts.split_first() {
            Some(parts) => parts,
            None => return Ok(text.is_empty()),
        };
        let Some(mut text) = first.at_start(text) else { return Ok(false) };
        let Some((last, middle)) = rest.split_last() else { return Ok(text.is_empty()) };
        for part in middle {
            match part.find(text, row)? {
                Some(behind) => text = behind,
                None => return Ok(false),
            }
        }
        Ok(last.is_end_of(text))
    }
}

impl Part {
    /// What stands behind the part, if the text starts with it.
    fn at_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        if let Some(literal) = &self.literal {
            return text.strip_prefix(literal.as_str());
        }
        let mut letters = text.chars();
        for wanted in &self.letters {
            let letter = letters.next()?;
            if wanted.is_some_and(|wanted| wanted != letter) {
                return None;
            }
        }
        Some(letters.as_str())
    }

    /// What stands behind the first place of the part.
    fn find<'t>(&self, text: &'t str, row: &Row<'_>) -> Result<Option<&'t str>> {
        row.meter().look()?;
        if let Some(literal) = &self.literal {
            return Ok(text.split_once(literal.as_str()).map(|(_, behind)| behind));
        }
        let mut rest = text;
        loop {
            row.meter().look()?;
            if let Some(behind) = self.at_start(rest) {
                return Ok(Some(behind));
            }
            let mut letters = rest.chars();
            if letters.next().is_none() {
                return Ok(None);
            }
            rest = letters.as_str();
        }
    }

    fn is_end_of(&self, text: &str) -> bool {
        if let Some(literal) = &self.literal {
            return text.ends_with(literal.as_str());
        }
        let mut letters = text.chars().rev();
        self.letters.iter().rev().all(|wanted| match (letters.next(), wanted) {
            (Some(letter), Some(wanted)) => letter == *wanted,
            (letter, None) => letter.is_some(),
            (None, Some(_)) => false,
        })
    }
}

fn like(row: &Row<'_>) -> Result<Value> {
    let escape = row.words(2).chars().next().unwrap_or('\\');
    let pattern = row.cached(row.words(1), || Ok::<_, Box<crate::error::Error>>(Pattern::new(row.words(1), escape)))?;
    pattern.matches(row.words(0), row).map(Value::Boolean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_takes_what_it_does_in_one_pass() {
        for pattern in ["", "a", "a%", "%a", "%a%", "%"] {
            assert!(is_plain(pattern, '\\'), "{pattern}");
        }
        for pattern in ["a%b", "_", "%a_%", "a\\%", "%%a%%"] {
            assert!(!is_plain(pattern, '\\'), "{pattern}");
        }
    }

    #[test]
    fn patterns_are_cut_at_each_percent_sign() {
        let parts =
            |pattern| Pattern::new(pattern, '\\').parts.into_iter().map(|part| part.letters.len()).collect::<Vec<_>>();
        assert_eq!(parts("ab%c_%\\%"), [2, 2, 1]);
        assert_eq!(parts("%%"), [0, 0, 0]);
    }
}
