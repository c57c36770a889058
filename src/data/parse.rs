//! The text of a query → its tree, rewritten. Binds no name and reads no table.

use datafusion::sql::sqlparser::ast::Query as Tree;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::calls::{Call, calls};
use super::dialect::MaxCompute;
use super::limits;
use super::relations::Relation;
use super::rewrite::{Probe, Rewritten, rewrite};
use super::thread::on_deep_stack;
use super::tokens::{Places, convert, usual_order};
use crate::error::{Code, Error, Result};
use crate::model::Dialect;
use crate::syntax::lex;
use crate::text::Span;

/// Deeper than anything that passes [`limits`] and the lexer: the parser's own limit must never be met.
const RECURSION: usize = 100_000;

/// A query that is read and rewritten; its names are not bound.
#[derive(Debug)]
pub struct Query {
    pub(in crate::data) rewritten: Rewritten,
    pub(in crate::data) places: Places,
    relations: Vec<Relation>,
    calls: Vec<Call>,
}

impl Query {
    /// Each function that the query calls and does not know by itself, once, in the order of the text.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// What the query asks of the state: each call of `table_exists` and `partition_exists`.
    pub fn probes(&self) -> &[Probe] {
        &self.rewritten.probes
    }

    /// Each table that the query asks for, once, in the order of the text.
    ///
    /// Named subqueries are no relations; what they read is, even if nothing uses them.
    pub fn relations(&self) -> &[Relation] {
        &self.relations
    }
}

/// Reads `text`, which starts `offset` bytes into the script, in this dialect.
///
/// # Errors
/// Text that is not a query, a clause that is not supported, a query that is too long; with its place in the script.
pub fn parse(text: &str, offset: usize, dialect: &Dialect) -> Result<Query> {
    if text.len() > limits::BYTES {
        return Err(Error::new(Code::Parse, format!("a query can have at most {} bytes", limits::BYTES))
            .at(Span::new(offset, offset + 1))
            .help("store long lists in a table and join with it"));
    }
    let moved = |error: Box<Error>| shift(error, offset);
    let tokens = lex(text).map_err(moved)?.tokens;
    limits::check(text, &tokens).map_err(moved)?;
    let tokens = usual_order(text, tokens);
    let converted = convert(text, &tokens).map_err(moved)?;
    let places = Places::new(&tokens, offset, text.len()).with_clauses(text, &tokens);
    read(converted, places, text, offset, dialect)
}

/// The query of these tokens, which were made of `text`.
pub(in crate::data) fn read(
    converted: Vec<TokenWithSpan>,
    places: Places,
    text: &str,
    offset: usize,
    dialect: &Dialect,
) -> Result<Query> {
    let rewritten = on_deep_stack(|| {
        let tree = tree(converted, text, offset, &places)?;
        rewrite(tree, &places, dialect)
    })?;
    let relations = rewritten.relations.in_text_order();
    let calls = calls(&rewritten.functions);
    Ok(Query { rewritten, places, relations, calls })
}

fn shift(mut error: Box<Error>, offset: usize) -> Box<Error> {
    if let Some(span) = &mut error.span {
        span.start += offset;
        span.end += offset;
    }
    error
}

fn tree(tokens: Vec<TokenWithSpan>, text: &str, offset: usize, places: &Places) -> Result<Tree> {
    let dialect = MaxCompute;
    let mut parser = Parser::new(&dialect).with_recursion_limit(RECURSION).with_tokens_with_locations(tokens);
    let wrong = |error| parse_error(&error, text, offset, places);
    let begins = match &parser.peek_token().token {
        Token::LParen => true,
        Token::Word(word) => {
            matches!(word.keyword, Keyword::SELECT | Keyword::WITH | Keyword::FROM | Keyword::VALUES)
        }
        _ => false,
    };
    if !begins {
        return Err(Error::new(Code::Parse, "this is not a query")
            .at(places.token(1))
            .help("a query begins with `select`, `with`, `from`, `values` or `(`"));
    }
    let query = parser.parse_query().map_err(wrong)?;
    match parser.peek_token() {
        TokenWithSpan { token: Token::EOF, .. } => Ok(*query),
        _ => parser.expected("the end of the query", parser.peek_token()).map_err(wrong),
    }
}

/// Checks that these tokens of `text` are one expression, before they are put where one stands.
///
/// # Errors
/// They are none, or more than one.
pub(in crate::data) fn check_expression(tokens: Vec<TokenWithSpan>, text: &str, places: &Places) -> Result<()> {
    on_deep_stack(|| {
        let dialect = MaxCompute;
        let mut parser = Parser::new(&dialect).with_recursion_limit(RECURSION).with_tokens_with_locations(tokens);
        let read = parser.parse_expr().and_then(|_| match parser.peek_token() {
            TokenWithSpan { token: Token::EOF, .. } => Ok(()),
            other => parser.expected("the end of the expression", other),
        });
        read.map_err(|error| parse_error(&error, text, 0, places))
    })
}

/// The parser's message, in this program's words, at the place that it names.
fn parse_error(error: &ParserError, text: &str, offset: usize, places: &Places) -> Box<Error> {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.as_str(),
        ParserError::RecursionLimitExceeded => "nested too deeply",
    };
    let (message, place) = message.split_once(" at Line: ").unwrap_or((message, "0"));
    let line = place.split(',').next().and_then(|line| line.trim().parse().ok()).unwrap_or(0);
    let span = places.token(line);
    let found = crate::text::Span::new(span.start.saturating_sub(offset), span.end.saturating_sub(offset)).of(text);
    let found = if found.is_empty() { "the end of the query".to_owned() } else { format!("`{found}`") };
    let expected = message.split_once("Expected: ").map(|(_, rest)| rest);
    let message = match expected.and_then(|rest| rest.split_once(", found")) {
        Some((expected, _)) => format!("expected {}, found {found}", expected.trim().to_lowercase()),
        None => format!("syntax error at {found}"),
    };
    Error::new(Code::Parse, message).at(span)
}

/// [`parse`], as a session without flags reads text.
#[cfg(test)]
pub(in crate::data) fn usual(text: &str, offset: usize) -> Result<Query> {
    parse(text, offset, &Dialect::default())
}

#[cfg(test)]
mod tests;
