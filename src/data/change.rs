//! The query behind a statement that changes single rows: which rows they are, and their new values.
//!
//! It is put together from pieces of the statement's text and fixed words, token by token, so that every piece keeps its place, and none can be
//! more than the expression that it is.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location, Span as TokenSpan, Token, TokenWithSpan, Word};

use super::keywords::keyword;
use super::limits;
use super::parse::{Query, read};
use super::relations::RelationKey;
use super::tokens::{Places, convert};
use crate::error::{Code, Error, Result};
use crate::model::{Column, ColumnId, DataType, Dialect, Table};
use crate::syntax::{Name, Token as Typed, lex};
use crate::text::Span;

/// What stands before the name of the table that is changed: no other relation has such a name.
const TARGET: char = '?';

/// Whether a relation of a query is the table that is changed.
pub fn is_target((qualifier, name): &RelationKey) -> bool {
    qualifier.is_none() && name.starts_with(TARGET)
}

/// The name of a relation as it was typed.
pub(in crate::data) fn typed_name(name: &str) -> &str {
    name.strip_prefix(TARGET).unwrap_or(name)
}

/// What its rows are numbered by: no column of a table has this name.
pub const ROW: &str = "?row";

/// A piece of the query.
#[derive(Debug, Clone, Copy)]
pub enum Part<'p> {
    /// Words, numbers and signs, with blanks between them.
    Fixed(&'static str),
    /// A number.
    Number(usize),
    /// A piece of the statement.
    Given(Span),
    /// The table that is changed, where its name stands.
    Target(&'p Name),
    /// The number of a row of it.
    Row,
}

/// The table with a column of row numbers.
pub fn numbered(mut table: Table) -> Table {
    table.partition_columns.push(Column {
        id: ColumnId(0),
        name: ROW.to_owned(),
        data_type: DataType::Bigint,
        comment: String::new(),
        nullable: true,
        default: None,
        is_key: false,
        generator: None,
    });
    table
}

impl Query {
    /// The query that these parts make; `text` is the whole statement, which starts `offset` bytes into the script.
    ///
    /// # Errors
    /// A piece that is no expression.
    pub fn of_parts(text: &str, offset: usize, parts: &[Part<'_>], dialect: &Dialect) -> Result<Self> {
        if text.len() > limits::BYTES {
            let error = Error::new(Code::Parse, format!("a statement can have at most {} bytes", limits::BYTES));
            return Err(error.at(Span::new(offset, offset + 1)).help("store long lists in a table and join with it"));
        }
        let moved = |mut error: Box<Error>| {
            error.span = error.span.map(|span| Span::new(span.start + offset, span.end + offset));
            error
        };
        let typed = lex(text).map_err(moved)?.tokens;
        limits::check(text, &typed).map_err(moved)?;
        let converted = convert(text, &typed).map_err(moved)?;
        let mut builder = Builder { typed: &typed, converted: &converted, offset, line: 1, out: Vec::new() };
        for part in parts {
            builder.part(*part);
        }
        // A piece may stand in several places.
        let whole = spelled(text, offset, parts);
        let place = Span::new(offset, offset + 1);
        lex(&whole).and_then(|lexed| limits::check(&whole, &lexed.tokens)).map_err(|mut error| {
            error.span = Some(place);
            error
        })?;
        let places = Places::new(&typed, offset, text.len()).with_clauses(text, &typed);
        read(builder.out, places, text, offset, dialect)
    }
}

/// The query as text, to measure it.
fn spelled(text: &str, offset: usize, parts: &[Part<'_>]) -> String {
    let mut whole = String::new();
    for part in parts {
        match part {
            Part::Fixed(words) => whole.push_str(words),
            Part::Number(number) => whole.push_str(&number.to_string()),
            Part::Given(span) => {
                whole.push_str(Span::new(span.start.saturating_sub(offset), span.end.saturating_sub(offset)).of(text));
                // A comment may end the piece.
                whole.push('\n');
            }
            Part::Target(_) | Part::Row => whole.push('x'),
        }
        whole.push(' ');
    }
    whole
}

struct Builder<'a> {
    typed: &'a [Typed],
    converted: &'a [TokenWithSpan],
    offset: usize,
    /// The number of the typed token that fixed ones stand at.
    line: u64,
    out: Vec<TokenWithSpan>,
}

impl Builder<'_> {
    fn part(&mut self, part: Part<'_>) {
        match part {
            Part::Fixed(words) => words.split(' ').for_each(|word| self.push(fixed(word))),
            Part::Number(number) => self.push(Token::Number(number.to_string(), false)),
            Part::Given(span) => self.given(span),
            Part::Target(name) => {
                self.line = self.number(name.span).unwrap_or(self.line);
                self.push(internal(&format!("{TARGET}{}", name.text)));
            }
            Part::Row => self.push(internal(ROW)),
        }
    }

    fn given(&mut self, span: Span) {
        let inside = |line: u64| {
            let at = usize::try_from(line).unwrap_or(usize::MAX).wrapping_sub(1);
            let place = self.typed.get(at).map(|token| token.span);
            place.is_some_and(|place| place.start + self.offset >= span.start && place.end + self.offset <= span.end)
        };
        let tokens = self.converted.iter().filter(|token| inside(token.span.start.line));
        self.out.extend(tokens.cloned());
        self.line = self.out.last().map_or(self.line, |token| token.span.start.line);
    }

    /// The number of the typed token at a place.
    fn number(&self, span: Span) -> Option<u64> {
        let at = self.typed.iter().position(|token| token.span.start + self.offset == span.start)?;
        u64::try_from(at + 1).ok()
    }

    fn push(&mut self, token: Token) {
        let place = |column| Location { line: self.line, column };
        self.out.push(TokenWithSpan { token, span: TokenSpan { start: place(1), end: place(2) } });
    }
}

fn internal(name: &str) -> Token {
    Token::Word(Word { value: name.to_owned(), quote_style: Some('`'), keyword: Keyword::NoKeyword })
}

fn fixed(word: &str) -> Token {
    match word {
        "(" => Token::LParen,
        ")" => Token::RParen,
        "," => Token::Comma,
        "=" => Token::Eq,
        word => Token::Word(Word { value: word.to_owned(), quote_style: None, keyword: keyword(word, None, "") }),
    }
}
