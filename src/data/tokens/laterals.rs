//! `lateral view` in front of a join: the parser knows it only behind all joins, and gets a join with a function that nobody can type.
//!
//! Source: G4, `joinSource`: what is joined behind a `lateral view` is joined with its rows.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token as SqlToken, Word};

use super::{Converter, LATERAL, LATERAL_OUTER};
use crate::data::keywords::keyword;
use crate::error::Result;
use crate::syntax::TokenKind;

/// Words that end a `from`.
const ENDS: &[&str] = &[
    "select",
    "where",
    "group",
    "having",
    "window",
    "qualify",
    "order",
    "sort",
    "distribute",
    "cluster",
    "zorder",
    "limit",
    "union",
    "except",
    "minus",
    "intersect",
    "insert",
];

/// `lateral view [outer] <function>(…) <alias> [as <columns>]`, by the places of its tokens.
#[derive(Debug, Clone)]
pub(super) struct Lateral {
    outer: bool,
    /// The parenthesis behind the arguments.
    close: usize,
    alias: usize,
    columns: Vec<usize>,
    /// The first token behind it.
    until: usize,
}

impl Converter<'_> {
    fn word_is(&self, at: usize, word: &str) -> bool {
        self.text(at).eq_ignore_ascii_case(word)
    }

    /// Whether the token is a name and not a keyword.
    fn is_plain_name(&self, at: usize) -> bool {
        match self.kind(at) {
            Some(TokenKind::Quoted) => true,
            Some(TokenKind::Word) => keyword(self.text(at), self.kind(at + 1), self.text(at + 1)) == Keyword::NoKeyword,
            _ => false,
        }
    }

    /// The parenthesis that closes the one at this place.
    pub(super) fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for at in open..self.tokens.len() {
            match self.text(at) {
                "(" => depth += 1,
                ")" => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                return Some(at);
            }
        }
        None
    }

    /// The `lateral view` that begins here.
    fn lateral(&self, at: usize) -> Option<Lateral> {
        if !self.word_is(at, "lateral") || !self.word_is(at + 1, "view") {
            return None;
        }
        let outer = self.word_is(at + 2, "outer");
        let function = at + 2 + usize::from(outer);
        let open = (function + 1..function + 8).find(|open| self.text(*open) == "(")?;
        let close = self.closing(open)?;
        let alias = close + 1;
        if !matches!(self.kind(alias), Some(TokenKind::Word | TokenKind::Quoted)) {
            return None;
        }
        let mut until = alias + 1;
        let mut columns = Vec::new();
        if self.word_is(until, "as") {
            columns.push(until + 1);
            until += 2;
            // `, u` is one more column, `, u b` a table.
            while self.text(until) == "," && self.is_name(until + 1) && !self.goes_on(until + 2) {
                columns.push(until + 1);
                until += 2;
            }
        }
        columns.iter().all(|column| self.is_name(*column)).then_some(Lateral { outer, close, alias, columns, until })
    }

    fn is_name(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(TokenKind::Word | TokenKind::Quoted))
    }

    /// Whether what stands here makes a table of the name in front of it.
    fn goes_on(&self, at: usize) -> bool {
        self.text(at) == "." || self.word_is(at, "as") || self.is_plain_name(at)
    }

    /// Whether a join follows in the `from` that goes on at this place.
    fn joins_behind(&self, mut at: usize) -> bool {
        let mut depth = 0_usize;
        while self.kind(at).is_some() {
            if depth == 0
                && let Some(lateral) = self.lateral(at)
            {
                at = lateral.until;
                continue;
            }
            match self.text(at) {
                "," if depth == 0 => return true,
                "(" => depth += 1,
                ")" if depth == 0 => return false,
                ")" => depth -= 1,
                _ if depth > 0 => {}
                word if word.eq_ignore_ascii_case("join") => return true,
                word if ENDS.iter().any(|end| word.eq_ignore_ascii_case(end)) => return false,
                _ => {}
            }
            at += 1;
        }
        false
    }

    /// The `lateral view` that begins here in front of a join.
    pub(super) fn joined_lateral(&self) -> Option<Lateral> {
        self.lateral(self.at).filter(|lateral| self.joins_behind(lateral.until))
    }

    /// `cross join <function of this program>(` in place of `lateral view [outer]`; its call follows.
    pub(super) fn begin_lateral(&mut self, lateral: Lateral) {
        self.push(SqlToken::make_keyword("CROSS"));
        self.push(SqlToken::make_keyword("JOIN"));
        self.push(SqlToken::make_word(if lateral.outer { LATERAL_OUTER } else { LATERAL }, Some('`')));
        self.push(SqlToken::LParen);
        self.at += 1 + usize::from(lateral.outer);
        self.laterals.push(lateral);
    }

    /// Behind the call: the end of the function around it, and what its rows are called.
    pub(super) fn end_lateral(&mut self) -> Result<()> {
        let Some(lateral) = self.laterals.pop_if(|lateral| lateral.close == self.at) else { return Ok(()) };
        self.push(SqlToken::RParen);
        self.push(SqlToken::make_keyword("AS"));
        self.push_name(lateral.alias)?;
        for (number, column) in lateral.columns.iter().enumerate() {
            self.push(if number == 0 { SqlToken::LParen } else { SqlToken::Comma });
            self.push_name(*column)?;
        }
        if !lateral.columns.is_empty() {
            self.push(SqlToken::RParen);
        }
        self.at = lateral.until - 1;
        Ok(())
    }

    fn push_name(&mut self, at: usize) -> Result<()> {
        let present = std::mem::replace(&mut self.at, at);
        let text = self.text(at);
        let (value, quote_style) = match self.kind(at) {
            Some(TokenKind::Quoted) => (self.name(text)?, Some('`')),
            _ => (text.to_owned(), None),
        };
        self.push(SqlToken::Word(Word { value, quote_style, keyword: Keyword::NoKeyword }));
        self.at = present;
        Ok(())
    }
}
