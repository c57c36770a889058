//! The right-hand side of a production, and how words match it.

use std::collections::BTreeSet;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{char, multispace0};
use nom::combinator::{all_consuming, map};
use nom::multi::{many1, separated_list1};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use super::Grammar;
use crate::syntax::lexer::lex;
use crate::syntax::token::{Token, TokenKind};
use crate::text::Span;

/// A piece of a production.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// A literal word or mark: its text, and its tokens in lower case.
    Literal(String, Vec<String>),
    /// The name of a part, or of something that the lexer knows.
    Name(String),
    /// One after the other.
    Sequence(Vec<Expression>),
    /// One of them.
    Choice(Vec<Expression>),
    /// Once or not at all.
    Optional(Box<Expression>),
    /// Any number of times.
    Repeated(Box<Expression>),
}

/// Names that stand for tokens, not for parts.
pub const TERMINALS: [&str; 6] = ["name", "string", "number", "glued", "anything", "text"];

/// One typed word as a production sees it.
#[derive(Debug, Clone, Copy)]
pub struct Word<'a> {
    kind: TokenKind,
    text: &'a str,
    span: Span,
}

impl<'a> Word<'a> {
    /// The token's word.
    pub fn new(token: Token, source: &'a str) -> Self {
        Self { kind: token.kind, text: token.span.of(source), span: token.span }
    }

    /// The `.` that `--@` replaces.
    pub fn dot(token: Token) -> Self {
        let end = token.span.end;
        Self { kind: TokenKind::Symbol, text: ".", span: Span::new(token.span.start, end) }
    }

    /// The text, as typed.
    pub fn text(self) -> &'a str {
        self.text
    }

    /// Whether it is a keyword or a name.
    pub fn is_word(self) -> bool {
        self.kind == TokenKind::Word
    }
}

/// What a match found out on its way.
#[derive(Debug, Default)]
pub struct Trace {
    /// How many words fitted.
    pub furthest: usize,
    /// The literals that would have matched next.
    pub next: BTreeSet<String>,
}

impl Trace {
    fn note(&mut self, at: usize, literal: Option<&str>) {
        if at > self.furthest {
            self.furthest = at;
            self.next.clear();
        }
        if at == self.furthest {
            self.next.extend(literal.map(str::to_owned));
        }
    }
}

impl Expression {
    /// Where a match of this piece that starts at one of `starts` can end. Places are in order.
    pub fn ends(&self, grammar: &Grammar, words: &[Word<'_>], starts: &[usize], trace: &mut Trace) -> Vec<usize> {
        if starts.is_empty() {
            return Vec::new();
        }
        match self {
            Self::Literal(text, tokens) => {
                let fits = |at: &usize| {
                    let found = words.get(*at..*at + tokens.len())?;
                    let same = found
                        .iter()
                        .zip(tokens)
                        .all(|(word, token)| word.kind != TokenKind::Quoted && word.text.eq_ignore_ascii_case(token));
                    same.then_some(*at + tokens.len())
                };
                let mut ends = Vec::new();
                for at in starts {
                    match fits(at) {
                        Some(end) => {
                            trace.note(end, None);
                            ends.push(end);
                        }
                        None => trace.note(*at, Some(text)),
                    }
                }
                ends
            }
            Self::Name(name) => match grammar.part(name) {
                Some(part) => part.ends(grammar, words, starts, trace),
                None => terminal(name, words, starts, trace),
            },
            Self::Sequence(pieces) => {
                let mut places = starts.to_vec();
                for piece in pieces {
                    places = piece.ends(grammar, words, &places, trace);
                }
                places
            }
            Self::Choice(pieces) => {
                let ends = pieces.iter().flat_map(|piece| piece.ends(grammar, words, starts, trace)).collect();
                ordered(ends)
            }
            Self::Optional(piece) => {
                let mut ends = piece.ends(grammar, words, starts, trace);
                ends.extend(starts);
                ordered(ends)
            }
            Self::Repeated(piece) => {
                let mut all = starts.to_vec();
                let mut last = starts.to_vec();
                while !last.is_empty() {
                    let found = piece.ends(grammar, words, &last, trace);
                    last = found.into_iter().filter(|end| all.binary_search(end).is_err()).collect();
                    all.extend(&last);
                    all = ordered(all);
                }
                all
            }
        }
    }

    /// The literals that this piece can start with: each with whether the piece ends there.
    pub fn leading(&self, grammar: &Grammar, depth: usize) -> Vec<(Vec<String>, bool)> {
        let open = || vec![(Vec::new(), false)];
        match self {
            Self::Literal(text, _) => vec![(vec![text.clone()], true)],
            Self::Name(name) => match grammar.part(name) {
                Some(part) if depth < 4 => part.leading(grammar, depth + 1),
                _ => open(),
            },
            Self::Sequence(pieces) => {
                let mut found = vec![(Vec::new(), true)];
                for piece in pieces {
                    if found.len() > 64 || found.iter().all(|(_, goes_on)| !goes_on) {
                        break;
                    }
                    let next = piece.leading(grammar, depth);
                    found = found
                        .into_iter()
                        .flat_map(|(words, goes_on)| {
                            if !goes_on {
                                return vec![(words, false)];
                            }
                            let longer = |(more, ends): &(Vec<String>, bool)| {
                                (words.iter().chain(more).cloned().collect(), *ends)
                            };
                            next.iter().map(longer).collect()
                        })
                        .collect();
                }
                found
            }
            Self::Choice(pieces) => pieces.iter().flat_map(|piece| piece.leading(grammar, depth)).collect(),
            Self::Optional(piece) => {
                let mut found = piece.leading(grammar, depth);
                found.push((Vec::new(), true));
                found
            }
            Self::Repeated(_) => open(),
        }
    }

    /// The piece as people write it; parts that start with a keyword are written out.
    pub fn written(&self, grammar: &Grammar) -> String {
        let joined = |pieces: &[Self], between: &str| {
            pieces.iter().map(|piece| piece.written(grammar)).collect::<Vec<_>>().join(between)
        };
        match self {
            Self::Literal(text, _) => text.clone(),
            Self::Name(name) if matches!(name.as_str(), "anything" | "text") => "…".to_owned(),
            Self::Name(name) => match grammar.part(name) {
                Some(Self::Sequence(pieces)) if matches!(pieces.first(), Some(Self::Literal(..))) => {
                    joined(pieces, " ").replace("( ", "(").replace(" )", ")")
                }
                _ => format!("<{name}>"),
            },
            Self::Sequence(pieces) => joined(pieces, " ").replace("( ", "(").replace(" )", ")"),
            Self::Choice(pieces) => format!("({})", joined(pieces, "|")),
            Self::Optional(piece) => match piece.as_ref() {
                Self::Choice(pieces) => format!("[{}]", joined(pieces, "|")),
                piece => format!("[{}]", piece.written(grammar)),
            },
            Self::Repeated(piece) => format!("{{{}}}", piece.written(grammar)),
        }
    }

    /// Every literal of this piece, as the file has it.
    pub fn literals(&self) -> Vec<&str> {
        match self {
            Self::Literal(text, _) => vec![text],
            Self::Name(_) => Vec::new(),
            Self::Sequence(pieces) | Self::Choice(pieces) => pieces.iter().flat_map(Self::literals).collect(),
            Self::Optional(piece) | Self::Repeated(piece) => piece.literals(),
        }
    }

    /// Every name that this piece refers to.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Literal(..) => Vec::new(),
            Self::Name(name) => vec![name],
            Self::Sequence(pieces) | Self::Choice(pieces) => pieces.iter().flat_map(Self::names).collect(),
            Self::Optional(piece) | Self::Repeated(piece) => piece.names(),
        }
    }
}

fn ordered(mut places: Vec<usize>) -> Vec<usize> {
    places.sort_unstable();
    places.dedup();
    places
}

fn terminal(name: &str, words: &[Word<'_>], starts: &[usize], trace: &mut Trace) -> Vec<usize> {
    let one = |kinds: &[TokenKind], trace: &mut Trace| {
        let fits = |at: &&usize| words.get(**at).is_some_and(|word| kinds.contains(&word.kind));
        let ends: Vec<usize> = starts.iter().filter(fits).map(|at| at + 1).collect();
        if let Some(end) = ends.last() {
            trace.note(*end, None);
        }
        ends
    };
    let first = starts.first().copied().unwrap_or_default();
    match name {
        "name" => one(&[TokenKind::Word, TokenKind::Quoted], trace),
        "string" => one(&[TokenKind::Text], trace),
        "number" => one(&[TokenKind::Number], trace),
        "glued" => {
            let mut ends = Vec::new();
            for start in starts {
                let mut at = *start;
                while let Some(word) = words.get(at) {
                    let before = at.checked_sub(1).and_then(|before| words.get(before));
                    if at > *start && before.is_none_or(|before| before.span.end != word.span.start) {
                        break;
                    }
                    at += 1;
                    ends.push(at);
                }
            }
            let ends = ordered(ends);
            if let Some(end) = ends.last() {
                trace.note(*end, None);
            }
            ends
        }
        "anything" => (first..=words.len()).collect(),
        "text" => (first + 1..=words.len()).collect(),
        _ => Vec::new(),
    }
}

/// Reads `"word" name [optional] {repeated} (a | b)`.
pub fn read(text: &str) -> Result<Expression, String> {
    match all_consuming(delimited(multispace0, choice, multispace0)).parse(text) {
        Ok((_, expression)) => Ok(expression),
        Err(_) => Err(format!("`{text}` is not an expression")),
    }
}

fn choice(text: &str) -> IResult<&str, Expression> {
    let bar = delimited(multispace0, char('|'), multispace0);
    map(separated_list1(bar, sequence), |pieces| single(pieces, Expression::Choice)).parse(text)
}

fn sequence(text: &str) -> IResult<&str, Expression> {
    map(many1(preceded(multispace0, piece)), |pieces| single(pieces, Expression::Sequence)).parse(text)
}

fn single(mut pieces: Vec<Expression>, several: fn(Vec<Expression>) -> Expression) -> Expression {
    match (pieces.len(), pieces.pop()) {
        (1, Some(piece)) => piece,
        (_, Some(last)) => {
            pieces.push(last);
            several(pieces)
        }
        (_, None) => several(pieces),
    }
}

fn piece(text: &str) -> IResult<&str, Expression> {
    let inner = |open, close| delimited((char(open), multispace0), choice, (multispace0, char(close)));
    let name = take_while1(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    alt((
        map(delimited(tag("\""), take_while1(|c| c != '"'), tag("\"")), literal),
        map(delimited(tag("'"), take_while1(|c| c != '\''), tag("'")), literal),
        map(inner('[', ']'), |piece| Expression::Optional(Box::new(piece))),
        map(inner('{', '}'), |piece| Expression::Repeated(Box::new(piece))),
        inner('(', ')'),
        map(name, |name: &str| Expression::Name(name.to_owned())),
    ))
    .parse(text)
}

/// A literal of several words is a sequence of them.
fn literal(text: &str) -> Expression {
    let pieces = text
        .split_whitespace()
        .map(|word| {
            // `--as-job` is an option here, not a comment.
            let lexed = lex(word).ok().filter(|lexed| !lexed.tokens.is_empty());
            let tokens = match lexed {
                Some(lexed) => lexed.tokens.iter().map(|token| token.span.of(word).to_ascii_lowercase()).collect(),
                None => vec![word.to_ascii_lowercase()],
            };
            Expression::Literal(word.to_owned(), tokens)
        })
        .collect();
    single(pieces, Expression::Sequence)
}
