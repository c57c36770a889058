//! `list projects`, `desc project`, `setproject`, the security switches, `show SecurityConfiguration`.

use std::collections::BTreeSet;
use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{pair, preceded, terminated};

use super::lexer::lex;
use super::parser::{Name, Parsed, Tokens, end, keyword, keywords, name, shorten, symbol, wrong};
use super::phrase::{is_key, without_comments};
use super::token::TokenKind;
use crate::error::{Code, Error, Result};
use crate::model::Switch;
use crate::text::Span;

/// A statement about projects and their settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `list projects`
    List,
    /// `desc project [-extended] <project>`
    Describe {
        /// With sizes.
        extended: bool,
        /// The project.
        project: Name,
    },
    /// `setproject [<key>=<value> …]`: without settings, lists them.
    SetProject {
        /// Keys as typed and their values, outer double quotes removed.
        settings: Vec<(Name, String)>,
    },
    /// `set <switch>=true|false`
    SetSwitch {
        /// Which switch.
        switch: Switch,
        /// On or off.
        on: bool,
    },
    /// `set ExternalResourceAccessControl=true with locations <location>, …`
    SetLocations {
        /// The locations, as typed.
        locations: String,
    },
    /// `show SecurityConfiguration`
    ShowSecurityConfiguration,
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::List => "list-projects",
            Self::Describe { .. } => "desc-project",
            Self::SetProject { .. } => "setproject",
            Self::SetSwitch { .. } => "set-switch",
            Self::SetLocations { .. } => "set-external-locations",
            Self::ShowSecurityConfiguration => "show-securityconfiguration",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List => f.write_str("list projects"),
            Self::Describe { extended, project } => {
                write!(f, "desc project {}{project}", if *extended { "-extended " } else { "" })
            }
            Self::SetProject { settings } => {
                f.write_str("setproject")?;
                settings.iter().try_for_each(|(key, value)| write!(f, " {}={}", key.text, written(value)))
            }
            Self::SetSwitch { switch, on } => write!(f, "set {}={on}", switch.key()),
            Self::SetLocations { locations } => {
                write!(f, "set {}=true with locations {locations}", Switch::ExternalResourceAccessControl.key())
            }
            Self::ShowSecurityConfiguration => f.write_str("show SecurityConfiguration"),
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let option = || (symbol("-"), keyword("extended")).map(|(_, word)| word);
    let described = alt((
        terminated(pair(opt(option()), name), end).map(|(before, project)| (before.is_some(), project)),
        terminated(preceded(keyword("extended"), name), end).map(|project| (true, project)),
        terminated(name, option()).map(|project| (true, project)),
    ));
    alt((
        value(Statement::List, keywords("list projects")),
        preceded((alt((keyword("desc"), keyword("describe"))), keyword("project")), described)
            .map(|(extended, project)| Statement::Describe { extended, project }),
        preceded(keyword("setproject"), set_project),
        set_switch,
        value(Statement::ShowSecurityConfiguration, keywords("show SecurityConfiguration")),
    ))
    .parse(tokens)
}

fn set_switch(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, key) = preceded(keyword("set"), name).parse(tokens)?;
    let Some(switch) = Switch::parse(&key.text) else { return tokens.miss("`=`") };
    let (tokens, on) = switch_value(tokens, switch.key())?;
    let plain = Ok((tokens, Statement::SetSwitch { switch, on }));
    if switch != Switch::ExternalResourceAccessControl {
        return plain;
    }
    let Ok((rest, place)) = keywords("with locations").parse(tokens) else { return plain };
    if !on {
        // Source: odpscmd.
        let message = "External resource locations can only be set when external resource access control is enabled";
        let error = Error::new(Code::Setting, message).at(place);
        return wrong(error.help("write `set ExternalResourceAccessControl=true with locations <location>, …;`"));
    }
    if rest.is_empty() {
        return rest.miss("a location");
    }
    let locations = without_comments(rest).trim().to_owned();
    if let Err(error) = crate::model::locations(&locations) {
        return wrong(error.at(rest.rest_span()));
    }
    Ok((nom::Input::take_from(&rest, rest.list().len()), Statement::SetLocations { locations }))
}

/// `=true` or `=false` after a security switch.
///
/// Source: the client's own message for anything else.
pub fn switch_value<'a>(tokens: Tokens<'a>, key: &str) -> Parsed<'a, bool> {
    let word = alt((value(true, keyword("true")), value(false, keyword("false"))));
    match preceded(symbol("="), word).parse(tokens) {
        Ok(read) => Ok(read),
        Err(_) => wrong(
            Error::new(Code::Setting, format!("`{key}` must be boolean String(set XXX=true|false)"))
                .at(tokens.rest_span())
                .help(format!("write `set {key}=true;` or `set {key}=false;`")),
        ),
    }
}

fn set_project(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    if tokens.is_empty() {
        return Ok((tokens, Statement::SetProject { settings: Vec::new() }));
    }
    let span = tokens.rest_span();
    match settings(&without_comments(tokens), span.start) {
        Ok(settings) => {
            let rest = nom::Input::take_from(&tokens, tokens.list().len());
            Ok((rest, Statement::SetProject { settings }))
        }
        Err(error) => wrong(error),
    }
}

/// `key=value …`: a blank does not end a value inside `{}`, `()` or quotes; outer double quotes go; the last of two
/// equal keys counts. `start` is the place of `text` in the script.
///
/// Source: the client's parser. Chosen: a value that is not closed is an error; the client drops it.
fn settings(text: &str, start: usize) -> Result<Vec<(Name, String)>> {
    let mut found: Vec<(Name, String)> = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((begin, first)) = characters.next() {
        if first.is_whitespace() {
            continue;
        }
        let mut last = (begin, first);
        while last.1 != '=' {
            match characters.next_if(|(_, character)| !character.is_whitespace()) {
                Some(next) => last = next,
                None => break,
            }
        }
        let key_end = if last.1 == '=' { last.0 } else { last.0 + last.1.len_utf8() };
        let key = Span::new(begin, key_end).of(text).to_owned();
        let place = Span::new(start + begin, start + key_end);
        let value_start = key_end + usize::from(last.1 == '=');
        let (mut brackets, mut quotes, mut value_end) = (0_i64, 0_u32, value_start);
        if last.1 == '=' {
            let goes_on = |brackets: i64, quotes: u32| brackets != 0 || quotes % 2 == 1;
            while let Some((at, character)) =
                characters.next_if(|(_, character)| !character.is_whitespace() || goes_on(brackets, quotes))
            {
                match character {
                    '{' | '(' => brackets += 1,
                    '}' | ')' => brackets -= 1,
                    '\'' | '"' => quotes += 1,
                    _ => {}
                }
                value_end = at + character.len_utf8();
            }
            if goes_on(brackets, quotes) {
                return Err(Error::new(Code::Parse, format!("the value of `{}` is not closed", shorten(&key)))
                    .at(place)
                    .help("close its quotes and brackets"));
            }
        }
        if !is_key(&key) {
            return Err(Error::new(Code::Parse, format!("`{}` cannot be the key of a setting", shorten(&key)))
                .at(place)
                .help("write `setproject <key>=<value> …;`"));
        }
        let value = Span::new(value_start, value_end).of(text);
        let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        found.push((Name { text: key, span: place }, inner.to_owned()));
    }
    let mut later = BTreeSet::new();
    let mut kept: Vec<_> =
        found.into_iter().rev().filter(|(key, _)| later.insert(key.text.to_ascii_lowercase())).collect();
    kept.reverse();
    Ok(kept)
}

/// The value as [`settings`] reads it back: as it is, or in the double quotes that it lost.
fn written(value: &str) -> String {
    let reads_back = |text: &String| {
        let setting = format!("k={text}");
        let plain = lex(&setting).is_ok_and(|lexed| {
            let ends = |token: &super::token::Token| token.kind == TokenKind::Symbol && token.span.of(&setting) == ";";
            lexed.comments.is_empty() && !lexed.tokens.iter().any(ends)
        });
        plain && settings(&setting, 0).is_ok_and(|read| matches!(read.as_slice(), [(_, read)] if read == value))
    };
    let candidates = [value.to_owned(), format!("\"{value}\"")];
    candidates.iter().find(|text| reads_back(text)).cloned().unwrap_or_else(|| value.to_owned())
}
