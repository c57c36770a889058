//! `use`, `whoami`, `set`, `setenv`, `alias` and how they end, `show flags`, `history`, `help`, `show version`, `quit`.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::multi::many0;
use nom::sequence::{pair, preceded};

use super::parser::{Name, Parsed, Tokens, glued, keyword, keywords, name, rest, shorten, symbol, wrong};
use super::phrase::{is_key, without_comments};
use super::tenant_resource::resource_name;
use super::token::TokenKind;
use crate::error::{Code, Error};
use crate::model::{Switch, TenantResourceKind, is_resource_name};

/// A statement about the session itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `use <project> [with-settings]`
    Use {
        /// The project that becomes the current one.
        project: Name,
        /// Whether the flags stay.
        keep: bool,
    },
    /// `use schema <schema>`
    UseSchema {
        /// The schema that becomes the current one.
        schema: Name,
    },
    /// `use quota <quota>|default`
    UseQuota {
        /// The quota of the jobs of the session; `None` for the default one.
        quota: Option<Name>,
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
    /// `setenv <key>=<value>`
    SetEnv {
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
    /// `alias <key>=<value>`
    Alias {
        /// What code calls a resource.
        key: String,
        /// The resource.
        value: String,
    },
    /// `unalias <key>`
    Unalias {
        /// What code calls a resource.
        key: String,
    },
    /// `show flags`
    ShowFlags,
    /// `show builtin functions [<function>]`
    ShowBuiltinFunctions {
        /// The only one that is listed.
        function: Option<Name>,
    },
    /// `history [grep <text>]`
    History {
        /// What the inputs contain that are listed.
        pattern: Option<String>,
    },
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
            Self::UseSchema { .. } => "use-schema",
            Self::UseQuota { .. } => "use-quota",
            Self::Whoami => "whoami",
            Self::Set { .. } => "set",
            Self::SetEnv { .. } => "setenv",
            Self::Unset { .. } => "unset",
            Self::Alias { .. } => "alias",
            Self::Unalias { .. } => "unalias",
            Self::ShowFlags => "show-flags",
            Self::ShowBuiltinFunctions { .. } => "show-builtin-functions",
            Self::History { .. } => "history",
            Self::Help { .. } => "help",
            Self::ShowVersion => "show-version",
            Self::Quit => "quit",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Use { project, keep } => {
                write!(f, "use {project}{}", if *keep { " with-settings" } else { "" })
            }
            Self::UseSchema { schema } => write!(f, "use schema {schema}"),
            Self::UseQuota { quota } => {
                write!(f, "use quota {}", quota.as_ref().map_or("default", |quota| quota.text.as_str()))
            }
            Self::Whoami => f.write_str("whoami"),
            Self::Set { key, value } => write!(f, "set {key}={value}"),
            Self::SetEnv { key, value } => write!(f, "setenv {key}={value}"),
            Self::Unset { key } => write!(f, "unset {key}"),
            Self::Alias { key, value } => write!(f, "alias {key}={value}"),
            Self::Unalias { key } => write!(f, "unalias {key}"),
            Self::ShowFlags => f.write_str("show flags"),
            Self::ShowBuiltinFunctions { function: None } => f.write_str("show builtin functions"),
            Self::ShowBuiltinFunctions { function: Some(function) } => write!(f, "show builtin functions {function}"),
            Self::History { pattern: None } => f.write_str("history"),
            Self::History { pattern: Some(pattern) } => write!(f, "history grep {pattern}"),
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
        preceded(keywords("use schema"), name).map(|schema| Statement::UseSchema { schema }),
        use_quota,
        preceded(keyword("use"), pair(name, opt((keyword("with"), symbol("-"), keyword("settings")))))
            .map(|(project, kept)| Statement::Use { project, keep: kept.is_some() }),
        value(Statement::Whoami, keyword("whoami")),
        value(Statement::ShowFlags, keywords("show flags")),
        preceded(keywords("show builtin functions"), opt(name))
            .map(|function| Statement::ShowBuiltinFunctions { function }),
        value(Statement::ShowVersion, keywords("show version")),
        value(Statement::Quit, alt((keyword("quit"), keyword("q")))),
        preceded(alt((keyword("help"), keyword("h"))), help_words).map(|words| Statement::Help { words }),
        preceded(keyword("unset"), glued("the name of a flag")).map(|key| Statement::Unset { key: key.text }),
        preceded(keyword("unalias"), glued("an alias")).map(|key| Statement::Unalias { key: key.text }),
        preceded(keyword("history"), opt(preceded(keyword("grep"), rest("a text"))))
            .map(|pattern| Statement::History { pattern: pattern.map(|pattern| pattern.text) }),
        alias,
        set,
    ))
    .parse(tokens)
}

/// `use quota <quota>|default`: a quota in a region is refused, since a state is one region, which has no name.
fn use_quota(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, _) = keywords("use quota").parse(tokens)?;
    let quota = alt((value(None, keyword("default")), resource_name(TenantResourceKind::Quota).map(Some)));
    let (rest, quota) = { quota }.parse(rest)?;
    if let Ok((_, region)) = keywords("in region").parse(rest) {
        return wrong(
            Error::new(Code::Unsupported, "not supported yet: the region of a quota")
                .at(region)
                .help("omit `in region …`: there is one region"),
        );
    }
    Ok((rest, Statement::UseQuota { quota }))
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

/// `alias key=value`, where the value is one name.
fn alias(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, _) = keyword("alias").parse(tokens)?;
    let text = without_comments(tokens);
    match text.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
        Some((key, value)) if is_key(key) && is_resource_name(value) => {
            let statement = Statement::Alias { key: key.to_owned(), value: value.to_owned() };
            Ok((nom::Input::take_from(&tokens, tokens.list().len()), statement))
        }
        _ => tokens.miss("`key=value`"),
    }
}

/// `set key=value`, `setenv key=value`: everything up to the end belongs to the value, quotes included, comments left out.
///
/// The security switches are set by statements of their own, so that none of them can be taken for a flag.
fn set(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let word = alt((value(false, keyword("set")), value(true, keyword("setenv"))));
    let (tokens, stays) = { word }.parse(tokens)?;
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
    let (key, value) = (key.to_owned(), value.to_owned());
    Ok((rest, if stays { Statement::SetEnv { key, value } } else { Statement::Set { key, value } }))
}
