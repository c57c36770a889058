//! How statements name objects other than tables: resources, functions, instances, packages, schemas.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::preceded;

use super::parser::{Name, Parsed, Tokens, glued, keyword, name, shorten, symbol, wrong};
use super::phrase::{parts, split};
use super::qualifier::Qualifier;
use super::token::TokenKind;
use crate::error::{Code, Error};
use crate::model::ObjectKind;
use crate::text::{Span, fold, is_identifier};

/// Longest name with its project and schema, in bytes: 128 for each of them.
const NAME: usize = 386;

/// `resource`, `a:resource`, `a:b:resource`, `a.b.function`, `[project.]package`, `[project.]schema`, an instance's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// What is named.
    pub kind: ObjectKind,
    /// What is before the name: of what is in no schema, the project.
    pub qualifier: Qualifier,
    /// The object.
    pub name: Name,
}

impl ObjectName {
    /// The position of the whole name.
    pub fn span(&self) -> Span {
        self.qualifier.span_to(self.name.span)
    }

    /// The project before the name of something that is in no schema.
    pub fn project(&self) -> Option<&Name> {
        self.qualifier.parts().first()
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.kind == ObjectKind::Resource { ':' } else { '.' };
        match is_bare(&self.name.text) {
            true => self.qualifier.write(mark, &self.name.text, f),
            false => self.qualifier.write(mark, &format_args!("`{}`", self.name.text), f),
        }
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
        if !named.qualifier.is_empty() && project.is_some() {
            return wrong(Error::new(Code::Parse, "the project is given twice").at(named.span()));
        }
        if let Some(project) = project {
            named.qualifier = Qualifier::full(vec![project]);
        }
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

/// `a.b.name`; the client also writes a function's project with a colon.
fn strict(kind: ObjectKind, tokens: Tokens<'_>) -> Parsed<'_, ObjectName> {
    let most = if kind.is_in_schema() { 3 } else { 2 };
    let colon = name(tokens).and_then(|(rest, _)| symbol(":").parse(rest)).is_ok() && kind == ObjectKind::Function;
    let (rest, parts) = parts(most, if colon { ":" } else { "." }, tokens)?;
    let (qualifier, name) = split(parts);
    Ok((rest, ObjectName { kind, qualifier, name }))
}

/// `a:b:name`, where the name is anything without blanks: whether it is a valid one is asked where one is made.
fn loose<'a>(kind: ObjectKind, expected: &'static str, mark: char, tokens: Tokens<'a>) -> Parsed<'a, ObjectName> {
    let (rest, text) = bare(expected, tokens)?;
    if text.text.len() > NAME {
        let message = format!("`{}` is longer than {NAME} characters", shorten(&text.text));
        return wrong(Error::new(Code::Parse, message).at(text.span).help("choose a shorter name"));
    }
    let most = if kind.is_in_schema() { 2 } else { 1 };
    let (mut qualifier, mut name, mut start) = (Vec::new(), text.text.as_str(), text.span.start);
    while let Some((part, rest)) = name.split_once(mark).filter(|_| qualifier.len() < most) {
        // What is no name of a project or schema is part of no prefix.
        if !is_identifier(part) {
            return tokens.miss(expected);
        }
        qualifier.push(Name { text: fold(part), span: Span::new(start, start + part.len()) });
        start += part.len() + mark.len_utf8();
        name = rest;
    }
    let is_qualified = !qualifier.is_empty();
    if is_qualified {
        // The name alone may stand in back-quotes.
        name = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')).unwrap_or(name);
    }
    if name.is_empty() || name.contains('`') || (is_qualified && name.contains(mark)) {
        return tokens.miss(expected);
    }
    let name = Name { text: fold(name), span: Span::new(start, text.span.end) };
    Ok((rest, ObjectName { kind, qualifier: Qualifier::of(qualifier), name }))
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
    match named.project() {
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
