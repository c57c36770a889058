//! Members of the project, and the kinds of account it accepts.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{pair, preceded};

use super::parser::{Name, Parsed, Tokens, comment, keywords, name, principal_with_provider};
use super::phrase::{OptionalComment, Spelled};
use crate::model::Principal;

/// A statement about members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `add user <principal> [comment '…']`
    Add {
        /// The new member.
        user: Principal,
        /// Free text.
        comment: Option<String>,
    },
    /// `remove user <principal>`
    Remove {
        /// The member.
        user: Principal,
    },
    /// `list users`
    List,
    /// `list accountproviders`
    ListProviders,
    /// `add accountprovider <name>`
    AddProvider {
        /// `aliyun` or `ram`.
        provider: Name,
    },
    /// `remove accountprovider <name>`
    RemoveProvider {
        /// `aliyun` or `ram`.
        provider: Name,
    },
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Add { .. } => "add-user",
            Self::Remove { .. } => "remove-user",
            Self::List => "list-users",
            Self::ListProviders => "list-accountproviders",
            Self::AddProvider { .. } => "add-accountprovider",
            Self::RemoveProvider { .. } => "remove-accountprovider",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add { user, comment } => {
                write!(f, "add user {}{}", Spelled(user), OptionalComment(comment))
            }
            Self::Remove { user } => write!(f, "remove user {}", Spelled(user)),
            Self::List => f.write_str("list users"),
            Self::ListProviders => f.write_str("list accountproviders"),
            Self::AddProvider { provider } => write!(f, "add accountprovider {provider}"),
            Self::RemoveProvider { provider } => write!(f, "remove accountprovider {provider}"),
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    alt((
        preceded(keywords("add user"), pair(principal_with_provider, opt(comment())))
            .map(|(user, comment)| Statement::Add { user, comment }),
        preceded(keywords("remove user"), principal_with_provider).map(|user| Statement::Remove { user }),
        value(Statement::List, keywords("list users")),
        value(Statement::ListProviders, keywords("list accountproviders")),
        preceded(keywords("add accountprovider"), name).map(|provider| Statement::AddProvider { provider }),
        preceded(keywords("remove accountprovider"), name).map(|provider| Statement::RemoveProvider { provider }),
    ))
    .parse(tokens)
}
