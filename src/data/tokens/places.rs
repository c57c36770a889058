//! Where the tokens of a query stand in the script.

use datafusion::sql::sqlparser::tokenizer::Span as TokenSpan;

use crate::syntax::{Token, TokenKind};
use crate::text::Span;

/// Where the tokens of a query stand in the script.
#[derive(Debug, Clone, Default)]
pub struct Places {
    spans: Vec<Span>,
    end: Span,
    /// Words that begin a clause, with the numbers of their tokens.
    clauses: Vec<(&'static str, u64)>,
}

/// The clauses whose place a message may need.
const CLAUSES: &[&str] = &["where", "group", "having", "order", "in", "between", "over", "on"];

/// The clause that the condition of an `if` of a script is.
pub const IF: &str = "if";

impl Places {
    /// The places of `tokens`, `offset` bytes into the script.
    pub fn new(tokens: &[Token], offset: usize, length: usize) -> Self {
        let moved = |span: Span| Span::new(span.start + offset, span.end + offset);
        Self {
            spans: tokens.iter().map(|token| moved(token.span)).collect(),
            end: Span::new(offset + length, offset + length),
            clauses: Vec::new(),
        }
    }

    /// So many tokens of a query that nobody typed: all at one place.
    pub fn all_at(span: Span, count: usize) -> Self {
        Self { spans: vec![span; count], end: span, clauses: Vec::new() }
    }

    /// The same places, and those of the clauses of `source`.
    pub fn with_clauses(mut self, source: &str, tokens: &[Token]) -> Self {
        let words = (1_u64..).zip(tokens).filter(|(_, token)| token.kind == TokenKind::Word);
        let begins_statement = |number: u64| {
            let before = usize::try_from(number).ok().and_then(|number| number.checked_sub(2));
            let before = before.and_then(|at| tokens.get(at)).map(|token| token.span.of(source));
            before.is_none_or(|before| before == ";" || before.eq_ignore_ascii_case("begin"))
        };
        let clause = |(number, token): (u64, &Token)| {
            let word = token.span.of(source);
            if word.eq_ignore_ascii_case(IF) && begins_statement(number) {
                return Some((IF, number));
            }
            CLAUSES.iter().find(|clause| word.eq_ignore_ascii_case(clause)).map(|clause| (*clause, number))
        };
        self.clauses = words.filter_map(clause).collect();
        self
    }

    /// The place of a clause, if there is only one of its kind.
    pub fn clause(&self, word: &str) -> Option<Span> {
        let mut found = self.clauses.iter().filter(|(clause, _)| *clause == word);
        match (found.next(), found.next()) {
            (Some((_, number)), None) => Some(self.token(*number)),
            _ => None,
        }
    }

    /// Whether there is a clause of this kind.
    pub fn has(&self, word: &str) -> bool {
        self.clauses.iter().any(|(clause, _)| *clause == word)
    }

    /// The place of a token by its number, counted from 1; the end of the query for any other number.
    pub fn token(&self, number: u64) -> Span {
        let index = usize::try_from(number).unwrap_or(usize::MAX).wrapping_sub(1);
        self.spans.get(index).copied().unwrap_or(self.end)
    }

    /// The place of a piece of the tree, if it has one.
    pub fn tree(&self, span: TokenSpan) -> Option<Span> {
        (span.start.line > 0).then(|| self.token(span.start.line).to(self.token(span.end.line.max(span.start.line))))
    }
}
