//! The small parsers that statements are put together from: nom over tokens.
//!
//! Every parser that fails notes what it expected; the notes at the furthest position become the message.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use nom::combinator::opt;
use nom::error::{ErrorKind, ParseError};
use nom::multi::separated_list1;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use super::token::{Token, TokenKind, text_value};
use crate::error::{Code, Error, Result};
use crate::model::Principal;
use crate::text::{Span, fold};

/// What would have fitted at the furthest place that any parser reached.
///
/// Notes cost time, and a statement that fits needs none: a statement is read without them first.
#[derive(Debug, Default)]
pub struct Furthest {
    notes: Option<RefCell<(usize, BTreeSet<String>)>>,
}

/// The tokens of one statement that are still to be read.
#[derive(Debug, Clone, Copy)]
pub struct Tokens<'a> {
    list: &'a [Token],
    source: &'a str,
    furthest: &'a Furthest,
    end: usize,
}

/// Why a parser stopped: it does not fit (another may), or it fits and is wrong.
#[derive(Debug, PartialEq)]
pub struct Miss(pub Option<Box<Error>>);

/// What a parser gives back.
pub type Parsed<'a, T> = IResult<Tokens<'a>, T, Miss>;

impl<'a> ParseError<Tokens<'a>> for Miss {
    fn from_error_kind(_: Tokens<'a>, _: ErrorKind) -> Self {
        Miss(None)
    }

    fn append(_: Tokens<'a>, _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl<'a> nom::Input for Tokens<'a> {
    type Item = Token;
    type Iter = std::iter::Copied<std::slice::Iter<'a, Token>>;
    type IterIndices = std::iter::Enumerate<Self::Iter>;

    fn input_len(&self) -> usize {
        self.list.len()
    }

    fn take(&self, index: usize) -> Self {
        Self { list: self.list.get(..index).unwrap_or(self.list), ..*self }
    }

    fn take_from(&self, index: usize) -> Self {
        Self { list: self.list.get(index..).unwrap_or_default(), ..*self }
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    fn position<P: Fn(Token) -> bool>(&self, predicate: P) -> Option<usize> {
        self.list.iter().position(|token| predicate(*token))
    }

    fn iter_elements(&self) -> Self::Iter {
        self.list.iter().copied()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, nom::Needed> {
        if count <= self.list.len() { Ok(count) } else { Err(nom::Needed::new(count - self.list.len())) }
    }
}

impl<'a> Tokens<'a> {
    /// The tokens `list` of `source`; messages about a missing rest point at `end`.
    pub fn new(list: &'a [Token], source: &'a str, furthest: &'a Furthest, end: usize) -> Self {
        Self { list, source, furthest, end }
    }

    /// The tokens that are left.
    pub fn list(self) -> &'a [Token] {
        self.list
    }

    /// The text that the tokens' spans point into.
    pub fn source(self) -> &'a str {
        self.source
    }

    /// Whether nothing is left.
    pub fn is_empty(self) -> bool {
        self.list.is_empty()
    }

    /// The position of the next token; after the last one, an empty span at the end of the statement.
    pub fn span(self) -> Span {
        self.list.first().map_or(Span::new(self.end, self.end), |token| token.span)
    }

    /// The span of everything that is left.
    pub fn rest_span(self) -> Span {
        match (self.list.first(), self.list.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => self.span(),
        }
    }

    pub(super) fn first(self) -> Option<(Token, &'a str, Self)> {
        let (token, list) = self.list.split_first()?;
        Some((*token, token.span.of(self.source), Self { list, ..self }))
    }

    /// Fails here, noting what would have fitted.
    pub fn miss<T>(self, expected: impl fmt::Display) -> Parsed<'a, T> {
        if let Some(notes) = &self.furthest.notes {
            let at = self.span().start;
            let mut furthest = notes.borrow_mut();
            if at > furthest.0 || furthest.1.is_empty() {
                *furthest = (at, BTreeSet::new());
            }
            if at == furthest.0 {
                furthest.1.insert(expected.to_string());
            }
        }
        Err(nom::Err::Error(Miss(None)))
    }
}

/// A statement that fits no further: no other reading is tried.
pub fn wrong<'a, T>(error: Box<Error>) -> Parsed<'a, T> {
    Err(nom::Err::Failure(Miss(Some(error))))
}

impl Furthest {
    /// Keeps notes.
    pub fn noting() -> Self {
        Self { notes: Some(RefCell::default()) }
    }

    /// The message for a statement that no parser accepts: what was found at the furthest position, and what was expected there.
    pub fn error(&self, tokens: Tokens<'_>) -> Box<Error> {
        let (at, expected) = self.notes.as_ref().map(|notes| notes.borrow().clone()).unwrap_or_default();
        let token = tokens.list.iter().find(|token| token.span.start == at);
        let (span, found) = match token {
            Some(token) => (token.span, format!("`{}`", shorten(token.span.of(tokens.source)))),
            None => (Span::new(tokens.end, tokens.end), "the end of the statement".to_owned()),
        };
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        let message = match expected.as_slice() {
            [] => format!("{found} is not allowed here"),
            [one] => format!("expected {one}, found {found}"),
            many if many.len() > 9 => {
                if token.is_some() {
                    format!("{found} is not allowed here")
                } else {
                    "the statement is not complete".to_owned()
                }
            }
            [first @ .., last] => format!("expected {} or {last}, found {found}", first.join(", ")),
        };
        Error::new(Code::Parse, message).at(span)
    }
}

/// User text for a message: at most 40 characters, on one line.
pub fn shorten(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// One keyword, in any case.
pub fn keyword<'a>(word: &'static str) -> impl Parser<Tokens<'a>, Output = Span, Error = Miss> {
    move |tokens: Tokens<'a>| match tokens.first() {
        Some((token, text, rest)) if token.kind == TokenKind::Word && text.eq_ignore_ascii_case(word) => {
            Ok((rest, token.span))
        }
        _ => tokens.miss(format_args!("`{word}`")),
    }
}

/// Several keywords after each other: `keywords("if not exists")`.
pub fn keywords<'a>(words: &'static str) -> impl Parser<Tokens<'a>, Output = Span, Error = Miss> {
    move |tokens: Tokens<'a>| {
        let mut rest = tokens;
        let mut span = None::<Span>;
        for word in words.split(' ') {
            let (after, found) = keyword(word).parse(rest)?;
            span = Some(span.map_or(found, |span| span.to(found)));
            rest = after;
        }
        Ok((rest, span.unwrap_or_default()))
    }
}

/// One symbol.
pub fn symbol<'a>(mark: &'static str) -> impl Parser<Tokens<'a>, Output = Span, Error = Miss> {
    move |tokens: Tokens<'a>| match tokens.first() {
        Some((token, text, rest)) if token.kind == TokenKind::Symbol && text == mark => Ok((rest, token.span)),
        _ => tokens.miss(format_args!("`{mark}`")),
    }
}

/// A name and its place.
#[derive(Debug, Clone, Default)]
pub struct Name {
    /// The name, folded.
    pub text: String,
    /// Its position; not part of the meaning of a statement.
    pub span: Span,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Name {}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = crate::text::is_identifier(&self.text) && !CLAUSES.contains(&self.text.as_str());
        if bare { f.write_str(&self.text) } else { write!(f, "`{}`", self.text) }
    }
}

/// Words that may start a clause where a name may stand: a name that is one of them is written in back-quotes.
const CLAUSES: [&str; 28] = [
    "as",
    "column",
    "columns",
    "comment",
    "extended",
    "for",
    "from",
    "function",
    "if",
    "in",
    "instance",
    "into",
    "like",
    "not",
    "null",
    "on",
    "or",
    "overwrite",
    "package",
    "partition",
    "project",
    "replace",
    "resource",
    "role",
    "table",
    "to",
    "user",
    "view",
];

/// Longest name, in bytes. Source: "Limits", tables and columns.
const NAME: usize = 128;

/// A name: a word, or anything in back-quotes. Whether it is a *valid* name is asked where one is made.
pub fn name(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    match tokens.first() {
        Some((token, text, _))
            if matches!(token.kind, TokenKind::Word | TokenKind::Quoted) && text.len() > NAME + 2 =>
        {
            let message = format!("`{}` is longer than {NAME} characters", shorten(text));
            wrong(Error::new(Code::Parse, message).at(token.span).help("choose a shorter name"))
        }
        Some((token, text, rest)) if token.kind == TokenKind::Word => {
            Ok((rest, Name { text: fold(text), span: token.span }))
        }
        Some((token, text, rest)) if token.kind == TokenKind::Quoted => {
            Ok((rest, Name { text: fold(text.trim_matches('`')), span: token.span }))
        }
        _ => tokens.miss("a name"),
    }
}

/// A name in backticks.
pub fn quoted_name(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    match tokens.first() {
        Some((token, text, _)) if token.kind == TokenKind::Quoted && text.len() > 2 => name(tokens),
        _ => tokens.miss("a name"),
    }
}

/// A string literal's value.
pub fn string(tokens: Tokens<'_>) -> Parsed<'_, String> {
    match tokens.first() {
        Some((token, text, rest)) if token.kind == TokenKind::Text => Ok((rest, text_value(text))),
        _ => tokens.miss("a string"),
    }
}

/// A whole number without sign.
pub fn integer(tokens: Tokens<'_>) -> Parsed<'_, u64> {
    match tokens.first() {
        Some((token, text, rest)) if token.kind == TokenKind::Number => match text.parse() {
            Ok(number) => Ok((rest, number)),
            Err(_) => tokens.miss("a whole number"),
        },
        _ => tokens.miss("a whole number"),
    }
}

/// Longest path, key or principal, in bytes: longer ones are not names, and would fill the screen in messages.
const WORD: usize = 4096;

/// Tokens without a blank between them, as one text: `ALIYUN$Bob@aliyun.com`, `./a/b.txt`, `key=value`.
pub fn glued<'a>(expected: &'static str) -> impl Parser<Tokens<'a>, Output = Name, Error = Miss> {
    move |tokens: Tokens<'a>| {
        let Some((first, _, mut rest)) = tokens.first() else { return tokens.miss(expected) };
        let mut span = first.span;
        while let Some((token, _, after)) = rest.first().filter(|(token, _, _)| token.span.start == span.end) {
            span = span.to(token.span);
            rest = after;
        }
        if span.end - span.start > WORD {
            let message = format!("`{}` is longer than {WORD} bytes", shorten(span.of(tokens.source)));
            return wrong(Error::new(Code::Parse, message).at(span).help("names and paths are shorter"));
        }
        Ok((rest, Name { text: span.of(tokens.source).to_owned(), span }))
    }
}

const PRINCIPAL: &str = "a principal such as `ALIYUN$bob@aliyun.com`";

/// A principal with its provider. Source: the service's words where it has none.
pub fn principal_with_provider(tokens: Tokens<'_>) -> Parsed<'_, Principal> {
    if let Ok((_, text)) = glued(PRINCIPAL).parse(tokens)
        && !text.text.contains('$')
    {
        let message = format!("lack of account provider, principalName {}", shorten(&text.text));
        let help = "write ALIYUN$<account> or RAM$<account>:<user>";
        return wrong(Error::new(Code::Principal, message).at(text.span).help(help));
    }
    principal(tokens)
}

/// A principal: `ALIYUN$Bob@aliyun.com`, `RAM$Bob@aliyun.com:Allen`, or any of them in back-quotes.
pub fn principal(tokens: Tokens<'_>) -> Parsed<'_, Principal> {
    let (rest, text) = match tokens.first() {
        Some((token, text, rest)) if token.kind == TokenKind::Quoted => {
            (rest, Name { text: text.trim_matches('`').to_owned(), span: token.span })
        }
        _ => {
            // A comma or parenthesis ends a principal even without a blank before it.
            let taken = tokens.list.iter().take_while(|token| {
                !matches!(token.span.of(tokens.source), "," | "(" | ")" | ";") && token.kind != TokenKind::Text
            });
            let head = Tokens { list: tokens.list.get(..taken.count()).unwrap_or_default(), ..tokens };
            let (left, text) = glued(PRINCIPAL).parse(head)?;
            (nom::Input::take_from(&tokens, head.list.len() - left.list.len()), text)
        }
    };
    if !text.text.contains('$') {
        return tokens.miss(PRINCIPAL);
    }
    match Principal::parse(&text.text) {
        Some(principal) => Ok((rest, principal)),
        None => wrong(
            Error::new(Code::Principal, format!("Invalid account Name {}", shorten(&text.text)))
                .at(text.span)
                .help("write ALIYUN$<account>, RAM$<account>:<user> or `RAM$<account>:role/<role>`"),
        ),
    }
}

/// Most items of a list: a statement is decided for each of them.
const ITEMS: usize = 5_000;

/// `parser {, parser}`.
pub fn list<'a, T>(
    parser: impl Parser<Tokens<'a>, Output = T, Error = Miss>,
) -> impl Parser<Tokens<'a>, Output = Vec<T>, Error = Miss> {
    let mut items = separated_list1(symbol(","), parser);
    move |tokens: Tokens<'a>| {
        let (rest, found) = items.parse(tokens)?;
        if found.len() <= ITEMS {
            return Ok((rest, found));
        }
        wrong(
            Error::new(Code::Parse, format!("a list can have at most {ITEMS} items, this one has {}", found.len()))
                .at(tokens.span())
                .help("write several statements"),
        )
    }
}

/// `( parser )`.
pub fn parenthesised<'a, T>(
    parser: impl Parser<Tokens<'a>, Output = T, Error = Miss>,
) -> impl Parser<Tokens<'a>, Output = T, Error = Miss> {
    delimited(symbol("("), parser, symbol(")"))
}

/// Whether the keywords stand here.
pub fn flag<'a>(words: &'static str) -> impl Parser<Tokens<'a>, Output = bool, Error = Miss> {
    opt(keywords(words)).map(|found| found.is_some())
}

/// `comment '…'`, with or without `=`.
pub fn comment<'a>() -> impl Parser<Tokens<'a>, Output = String, Error = Miss> {
    preceded((keyword("comment"), opt(symbol("="))), string)
}

/// Nothing is left.
pub fn end(tokens: Tokens<'_>) -> Parsed<'_, ()> {
    if tokens.is_empty() { Ok((tokens, ())) } else { tokens.miss("the end of the statement") }
}

/// Everything that is left, at least one token, as one piece of text.
pub fn rest<'a>(expected: &'static str) -> impl Parser<Tokens<'a>, Output = Name, Error = Miss> {
    move |tokens: Tokens<'a>| {
        if tokens.is_empty() {
            return tokens.miss(expected);
        }
        let span = tokens.rest_span();
        let text = span.of(tokens.source).to_owned();
        Ok((nom::Input::take_from(&tokens, tokens.list.len()), Name { text, span }))
    }
}
