//! How big a query may be, counted over its tokens before anything recursive sees them.
//!
//! Every level of recursion in the parser and the planner takes at least one token, so the depth of everything that
//! they build is bounded by what is counted here. Nesting itself is bounded by the lexer.

use crate::error::{Code, Error, Result};
use crate::syntax::{Token, TokenKind};
use crate::text::Span;

/// Longest text of a query, in bytes. Source: "Limits of MaxCompute SQL": 2 MB a statement.
pub const BYTES: usize = 2 << 20;
/// Most tokens in a query. Chosen.
pub const TOKENS: usize = 250_000;
/// Longest expression, in tokens, inner parentheses included at their longest. Chosen.
pub const CHAIN: usize = 2_000;
/// Most signs and `not`s in front of an operand: the planner writes each out anew. Chosen.
pub const PREFIXES: usize = 32;
/// Deepest nesting of `[…]`, for the same reason. Chosen.
pub const BRACKETS: usize = 32;
/// Most joins, unions and named subqueries along one path through a query. Chosen.
pub const RELATIONS: usize = 256;
/// Most table references and set operations, after every named subquery and view has been put in its places. Chosen.
pub const EXPANDED: usize = 1_000;
/// Most columns of a result. Source: "Limits", columns of a table.
pub const COLUMNS: usize = 1_200;
/// Deepest nesting of queries, after the same. Chosen.
pub const LEVELS: usize = 400;

/// Deepest nesting of subqueries inside expressions, after the same: the planner's checks double with each. Chosen.
pub const SUBQUERIES: usize = 10;

/// Most bodies of functions in SQL, each as often as it is called, those in other bodies included. Chosen.
pub const BODIES: usize = 2_000;

/// Deepest nesting of functions that are given to functions: the planner asks twice for the type of each. Chosen.
pub const GIVEN: usize = 10;

/// What one level of parentheses holds.
#[derive(Default)]
struct Level {
    /// Tokens of the expression that is being read.
    chain: usize,
    /// Joins of the `from` that is being read, and set operations and named subqueries of this level.
    relations: usize,
    /// Joins and commas of the present `from`: they end with the next `select`.
    joins: usize,
    /// Functions that are given to one, in the expression that is being read.
    given: usize,
    /// The longest expression inside this one's parentheses, and the longest path of relations.
    inner: (usize, usize),
    /// The longest that was complete before.
    longest: (usize, usize),
}

impl Level {
    fn total(&self) -> (usize, usize) {
        let chain = (self.chain + self.inner.0).max(self.longest.0);
        (chain, self.relations + self.joins + self.inner.1)
    }

    fn next_expression(&mut self) {
        self.longest.0 = self.total().0;
        (self.chain, self.inner.0) = (0, 0);
    }
}

/// Refuses a query that is longer, or whose expressions are longer, than the planner can take.
///
/// # Errors
/// A parse error at the token where a limit is passed.
pub fn check(source: &str, tokens: &[Token]) -> Result<()> {
    if let Some(token) = tokens.get(TOKENS) {
        return Err(too_long(token.span, format!("a query can have at most {TOKENS} tokens")));
    }
    let mut levels = vec![Level::default()];
    let (mut prefixes, mut brackets) = (0, 0_usize);
    for token in tokens {
        let text = token.span.of(source);
        step(&mut levels, token, text);
        let is_prefix = matches!(text, "-" | "+" | "!") || text.eq_ignore_ascii_case("not");
        prefixes = if is_prefix { prefixes + 1 } else { 0 };
        if levels.iter().map(|level| level.given).sum::<usize>() > GIVEN {
            return Err(too_long(token.span, format!("functions in functions are nested deeper than {GIVEN} levels")));
        }
        match text {
            "[" => brackets += 1,
            "]" => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        if brackets > BRACKETS {
            return Err(too_long(token.span, format!("brackets are nested deeper than {BRACKETS} levels")));
        }
        if prefixes > PREFIXES + 1 {
            return Err(too_long(token.span, format!("at most {PREFIXES} prefix operators in a row")));
        }
        let (chain, relations) = levels.last().map(Level::total).unwrap_or_default();
        if chain > CHAIN {
            return Err(too_long(token.span, format!("an expression can have at most {CHAIN} tokens")));
        }
        if relations > RELATIONS {
            return Err(too_long(token.span, format!("at most {RELATIONS} joins, unions and subqueries in a row")));
        }
    }
    Ok(())
}

fn too_long(span: Span, message: String) -> Box<Error> {
    Error::new(Code::Parse, message).at(span).help("split the query, or store part of it in a table")
}

fn step(levels: &mut Vec<Level>, token: &Token, text: &str) {
    if token.kind == TokenKind::Symbol && matches!(text, ")" | "]") && levels.len() > 1 {
        let (chain, relations) = levels.pop().map(|inner| inner.total()).unwrap_or_default();
        if let Some(outer) = levels.last_mut() {
            outer.inner = (outer.inner.0.max(chain), outer.inner.1.max(relations));
        }
        return;
    }
    let Some(level) = levels.last_mut() else { return };
    match (token.kind, text) {
        (TokenKind::Symbol, "(" | "[") => {
            level.chain += 1;
            levels.push(Level::default());
        }
        (TokenKind::Symbol, ",") => {
            level.next_expression();
            level.given = 0;
        }
        (TokenKind::Symbol, "->") => {
            level.chain += 1;
            level.given += 1;
        }
        (TokenKind::Word, word) => {
            level.chain += 1;
            let word = word.to_ascii_lowercase();
            match word.as_str() {
                "select" => {
                    level.next_expression();
                    level.inner.1 = level.inner.1.max(level.joins);
                    level.joins = 0;
                }
                "from" | "where" | "on" | "group" | "having" | "order" | "when" | "then" | "else" => {
                    level.next_expression();
                }
                "join" | "lateral" => {
                    level.next_expression();
                    level.joins += 1;
                }
                "union" | "except" | "minus" | "intersect" => {
                    level.next_expression();
                    level.relations += 1;
                }
                _ => {}
            }
        }
        _ => level.chain += 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::lex;

    fn passes(text: &str) -> bool {
        check(text, &lex(text).unwrap().tokens).is_ok()
    }

    #[test]
    fn long_lists_pass_and_long_chains_do_not() {
        assert!(passes(&format!("select a in ({}1)", "1,".repeat(100_000))));
        assert!(passes(&format!("select {} 1", "1 + ".repeat(900))));
        assert!(!passes(&format!("select {} 1", "1 + ".repeat(CHAIN))));
        assert!(!passes(&format!("select {} 1", "- ".repeat(CHAIN))));
        assert!(!passes(&format!("select a{}", ".b".repeat(CHAIN))));
        assert!(!passes(&format!("select {}", "1,".repeat(TOKENS))));
    }

    #[test]
    fn chains_inside_chains_are_added_up() {
        let inner = format!("({} 1)", "1 + ".repeat(CHAIN / 3));
        assert!(passes(&format!("select {inner}, {inner}, {inner}")));
        assert!(!passes(&format!("select {inner} {}", "+ 1".repeat(CHAIN / 2))));
    }

    #[test]
    fn functions_in_functions_are_counted_by_depth() {
        let nested = |depth| (0..depth).fold("1".to_owned(), |inner, _| format!("transform(a, x -> {inner})"));
        assert!(passes(&format!("select {}, {}", nested(GIVEN), nested(GIVEN))));
        assert!(!passes(&format!("select {}", nested(GIVEN + 1))));
    }

    #[test]
    fn joins_and_unions_are_counted_by_path() {
        assert!(!passes(&format!("select 1 from t {}", "join t ".repeat(RELATIONS + 1))));
        assert!(!passes(&format!("select 1 {}", "union all select 1 ".repeat(RELATIONS + 1))));
        assert!(passes(&format!("select 1 from t {}", "join t ".repeat(50))));
    }
}
