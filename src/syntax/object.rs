//! How statements name objects other than tables: resources, functions, instances, packages, the schema.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::preceded;

use super::parser::{Name, Parsed, Tokens, glued, keyword, name, shorten, symbol, wrong};
use super::token::TokenKind;
use crate::error::{Code, Error};
use crate::model::ObjectKind;
use crate::text::{Span, fold, is_identifier};

/// Longest name with its project, in bytes: 128 for each of them.
const NAME: usize = 257;

/// `[project:]resource`, `[project.]function`, `[project.]package`, an instance's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// What is named.
    pub kind: ObjectKind,
    /// The project; without it, the current one.
    pub project: Option<Name>,
    /// The object.
    pub name: Name,
}

impl ObjectName {
    /// The position of the whole name.
    pub fn span(&self) -> Span {
        self.project.as_ref().map_or(self.name.span, |project| project.span.to(self.name.span))
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(project) = &self.project {
            let mark = if self.kind == ObjectKind::Resource { ':' } else { '.' };
            write!(f, "{project}{mark}")?;
        }
        if is_bare(&self.name.text) { f.write_str(&self.name.text) } else { write!(f, "`{}`", self.name.text) }
    }
}

/// Whether a name can be written without back-quotes: `udtf.jar`, `2024-01-02.csv`.
fn is_bare(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && !text.contains("--")
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// `-p <project> <object>`, `-p=<project> <object>`, or the object alone.
pub fn in_option<'a>(
    object: impl Fn(Tokens<'a>) -> Parsed<'a, ObjectName>,
) -> impl Fn(Tokens<'a>) -> Parsed<'a, ObjectName> {
    move |tokens| {
        let option = (symbol("-"), alt((keyword("project"), keyword("p"))), opt(symbol("=")));
        let (rest, project) = opt(preceded(option, name)).parse(tokens)?;
        let (rest, mut named) = object(rest)?;
        if named.project.is_some() && project.is_some() {
            return wrong(Error::new(Code::Parse, "the project is given twice").at(named.span()));
        }
        named.project = named.project.or(project);
        Ok((rest, named))
    }
}

/// The name of an object of this kind.
pub fn object_name<'a>(kind: ObjectKind) -> impl Fn(Tokens<'a>) -> Parsed<'a, ObjectName> {
    move |tokens| match kind {
        ObjectKind::Resource => loose(kind, "the name of a resource", ':', tokens),
        ObjectKind::Instance => loose(kind, "the id of an instance", ':', tokens),
        // A package's name may begin with a digit.
        ObjectKind::Package => loose(kind, "the name of a package", '.', tokens),
        _ => strict(kind, tokens),
    }
}

/// `[project.]name`; the client also writes a function's project with a colon.
fn strict(kind: ObjectKind, tokens: Tokens<'_>) -> Parsed<'_, ObjectName> {
    let (rest, first) = name(tokens)?;
    let colon = if kind == ObjectKind::Function { opt(symbol(":")).parse(rest)?.1 } else { None };
    let mark = if colon.is_some() { ":" } else { "." };
    Ok(match opt(preceded(symbol(mark), name)).parse(rest)? {
        (rest, Some(second)) => (rest, ObjectName { kind, project: Some(first), name: second }),
        (_, None) => (rest, ObjectName { kind, project: None, name: first }),
    })
}

/// `[project:]name`, where the name is anything without blanks: whether it is a valid one is asked where one is made.
fn loose<'a>(kind: ObjectKind, expected: &'static str, mark: char, tokens: Tokens<'a>) -> Parsed<'a, ObjectName> {
    let (rest, text) = bare(expected, tokens)?;
    if text.text.len() > NAME {
        let message = format!("`{}` is longer than {NAME} characters", shorten(&text.text));
        return wrong(Error::new(Code::Parse, message).at(text.span).help("choose a shorter name"));
    }
    let (project, name) = match text.text.split_once(mark) {
        Some((project, name)) => {
            let middle = text.span.start + project.len();
            let project = Name { text: fold(project), span: Span::new(text.span.start, middle) };
            // The name alone may stand in back-quotes.
            let name = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')).unwrap_or(name);
            (Some(project), Name { text: fold(name), span: Span::new(middle + 1, text.span.end) })
        }
        None => (None, Name { text: fold(&text.text), span: text.span }),
    };
    // What is no name of a project is part of no prefix; and a second mark would name a schema.
    let odd = project.as_ref().is_some_and(|project| !is_identifier(&project.text));
    if name.text.is_empty() || name.text.contains('`') || odd || (project.is_some() && name.text.contains(mark)) {
        return tokens.miss(expected);
    }
    Ok((rest, ObjectName { kind, project, name }))
}

/// Text without blanks up to a comma, parenthesis or string, or anything in back-quotes.
pub fn bare<'a>(expected: &'static str, tokens: Tokens<'a>) -> Parsed<'a, Name> {
    let quoted = tokens.list().first().filter(|token| token.kind == TokenKind::Quoted);
    if let Some(token) = quoted {
        let text = token.span.of(tokens.source()).trim_matches('`').to_owned();
        return Ok((nom::Input::take_from(&tokens, 1), Name { text, span: token.span }));
    }
    let parts = tokens.list().iter().take_while(|token| {
        !matches!(token.span.of(tokens.source()), "," | "(" | ")" | ";") && token.kind != TokenKind::Text
    });
    let head = nom::Input::take(&tokens, parts.count());
    let (left, text) = glued(expected).parse(head)?;
    let used = nom::Input::input_len(&head) - nom::Input::input_len(&left);
    Ok((nom::Input::take_from(&tokens, used), text))
}

/// An object of the current project: a prefix is refused.
pub fn without_project<'a>(tokens: Tokens<'a>, named: ObjectName) -> Parsed<'a, Name> {
    match named.project {
        None => Ok((tokens, named.name)),
        Some(project) => wrong(
            Error::new(Code::Parse, format!("`{}` is qualified with a project", shorten(&named.name.text)))
                .at(project.span.to(named.name.span))
                .help(format!(
                    "write `{}` alone: only objects of the current project can be named here",
                    shorten(&named.name.text)
                )),
        ),
    }
}
