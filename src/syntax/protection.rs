//! `set ProjectProtection`, with or without an exception policy, and trusted projects.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::value;
use nom::sequence::preceded;

use super::parser::{Name, Parsed, Tokens, flag, keywords, name, wrong};
use super::phrase::file;
use super::project::switch_value;
use super::statement::FileName;
use crate::error::{Code, Error};

/// A statement about project data protection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `set ProjectProtection=true|false [with exception <policyfile>]`
    Set {
        /// On or off.
        on: bool,
        /// The file of the exception policy.
        exception: Option<FileName>,
    },
    /// `add trustedproject <project>`
    AddTrusted {
        /// The project that is trusted from now on.
        project: Name,
    },
    /// `remove trustedproject <project>`
    RemoveTrusted {
        /// The project that is no longer trusted.
        project: Name,
    },
    /// `list trustedprojects`
    ListTrusted,
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Set { .. } => "set-projectprotection",
            Self::AddTrusted { .. } => "add-trustedproject",
            Self::RemoveTrusted { .. } => "remove-trustedproject",
            Self::ListTrusted => "list-trustedprojects",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { on, exception: None } => write!(f, "set ProjectProtection={on}"),
            Self::Set { on, exception: Some(file) } => {
                write!(f, "set ProjectProtection={on} with exception {file}")
            }
            Self::AddTrusted { project } => write!(f, "add trustedproject {project}"),
            Self::RemoveTrusted { project } => write!(f, "remove trustedproject {project}"),
            Self::ListTrusted => f.write_str("list trustedprojects"),
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    alt((
        set,
        preceded(keywords("add trustedproject"), name).map(|project| Statement::AddTrusted { project }),
        preceded(keywords("remove trustedproject"), name).map(|project| Statement::RemoveTrusted { project }),
        value(Statement::ListTrusted, keywords("list trustedprojects")),
    ))
    .parse(tokens)
}

fn set(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, key) = keywords("set ProjectProtection").parse(tokens)?;
    let (tokens, on) = switch_value(tokens, "ProjectProtection")?;
    let (rest, excepted) = flag("with exception").parse(tokens)?;
    if !excepted {
        return Ok((tokens, Statement::Set { on, exception: None }));
    }
    let (rest, file) = file(rest)?;
    if on {
        return Ok((rest, Statement::Set { on, exception: Some(file) }));
    }
    wrong(
        Error::new(Code::Setting, "an exception policy can only be set while project protection is switched on")
            .at(key.to(file.span))
            .help(format!("write `set ProjectProtection=true with exception {file};`")),
    )
}
