//! `use`, `whoami`, `set`, `unset`, `show flags`, `help`, `show version`, `quit`.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::multi::many0;
use nom::sequence::preceded;

use super::parser::{Name, Parsed, Tokens, glued, keyword, keywords, name, shorten, symbol, wrong};
use super::phrase::{is_key, without_comments};
use super::token::TokenKind;
use crate::error::{Code, Error};
use crate::model::Switch;

/// A statement about the session itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `use <project>`
    Use {
        /// The project that becomes the current one.
        project: Name,
    },
    /// `whoami`
    Whoami,
    /// `set <key>=<value>`
    Set {
        /// Name of the flag, as typed.
        key: String,
        /// Everything after the first `=`, trimmed.
        value: String,
    },
    /// `unset <key>`
    Unset {
        /// Name of the flag, as typed.
        key: String,
    },
    /// `show flags`
    ShowFlags,
    /// `help [<word> …]`
    Help {
        /// What to look for.
        words: Vec<String>,
    },
    /// `show version`
    ShowVersion,
    /// `quit`
    Quit,
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Use { .. } => "use",
            Self::Whoami => "whoami",
            Self::Set { .. } => "set",
            Self::Unset { .. } => "unset",
            Self::ShowFlags => "show-flags",
            Self::Help { .. } => "help",
            Self::ShowVersion => "show-version",
            Self::Quit => "quit",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Use { project } => write!(f, "use {project}"),
            Self::Whoami => f.write_str("whoami"),
            Self::Set { key, value } => write!(f, "set {key}={value}"),
            Self::Unset { key } => write!(f, "unset {key}"),
            Self::ShowFlags => f.write_str("show flags"),
            Self::Help { words } => {
                f.write_str("help")?;
                words.iter().try_for_each(|word| write!(f, " {word}"))
            }
            Self::ShowVersion => f.write_str("show version"),
            Self::Quit => f.write_str("quit"),
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    alt((
        preceded(keyword("use"), name).map(|project| Statement::Use { project }),
        value(Statement::Whoami, keyword("whoami")),
        value(Statement::ShowFlags, keywords("show flags")),
        value(Statement::ShowVersion, keywords("show version")),
        value(Statement::Quit, alt((keyword("quit"), keyword("q")))),
        preceded(alt((keyword("help"), keyword("h"))), help_words).map(|words| Statement::Help { words }),
        preceded(keyword("unset"), glued("the name of a flag")).map(|key| Statement::Unset { key: key.text }),
        set,
    ))
    .parse(tokens)
}

/// The words after `help`: those of dot-commands with or without their dot.
pub(super) fn help_words(tokens: Tokens<'_>) -> Parsed<'_, Vec<String>> {
    many0(preceded(opt(symbol(".")), help_word)).parse(tokens)
}

fn help_word(tokens: Tokens<'_>) -> Parsed<'_, String> {
    match tokens.list().first() {
        Some(token) if token.kind == TokenKind::Word => name(tokens).map(|(rest, name)| (rest, name.text)),
        _ => tokens.miss("a word"),
    }
}

/// `set key=value`: everything up to the end belongs to the value, quotes included, comments left out.
///
/// The security switches are set by statements of their own, so that none of them can be taken for a flag.
fn set(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, _) = keyword("set").parse(tokens)?;
    if tokens.is_empty() {
        return tokens.miss("`key=value`");
    }
    let text = without_comments(tokens);
    let (key, value) = text.split_once('=').unwrap_or((&text, ""));
    let (key, value) = (key.trim(), value.trim());
    if Switch::parse(key).is_some() || key.eq_ignore_ascii_case("ProjectProtection") {
        return tokens.miss("the end of the statement");
    }
    if !is_key(key) || value.is_empty() {
        return wrong(
            Error::new(Code::Parse, format!("`set {}` needs `key=value`", shorten(text.trim())))
                .at(tokens.rest_span())
                .help("write `set <key>=<value>;`"),
        );
    }
    let rest = nom::Input::take_from(&tokens, tokens.list().len());
    Ok((rest, Statement::Set { key: key.to_owned(), value: value.to_owned() }))
}
