//! The policies of projects and roles: as a whole, and statement by statement.

mod granted;

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::preceded;

use super::parser::{Name, Parsed, Tokens, keywords, name};
use super::phrase::file;
use super::statement::FileName;
pub use granted::{Limits, PolicyGrant};

/// A statement about a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `put policy <policyfile> [on role <role>]`
    Put {
        /// The file of the policy.
        file: FileName,
        /// The role; none for the project's own policy.
        role: Option<Name>,
    },
    /// `get policy [on role <role>]`
    Get {
        /// The role; none for the project's own policy.
        role: Option<Name>,
    },
    /// `grant … to role <role> privilegeproperties ("policy"="true", …)`
    Grant {
        /// What is allowed or denied.
        granted: PolicyGrant,
        /// What it is limited to.
        limits: Limits,
    },
    /// `revoke … from role <role> privilegeproperties ("policy"="true", …)`
    Revoke {
        /// What is no longer allowed or denied.
        granted: PolicyGrant,
    },
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Put { .. } => "put-policy",
            Self::Get { .. } => "get-policy",
            // They are written like grants of privileges, with other properties.
            Self::Grant { .. } => "grant",
            Self::Revoke { .. } => "revoke",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = match self {
            Self::Put { file, role } => {
                write!(f, "put policy {file}")?;
                role
            }
            Self::Get { role } => {
                f.write_str("get policy")?;
                role
            }
            Self::Grant { granted, limits } => return granted.spelled(f, ("grant", "to"), limits),
            Self::Revoke { granted } => return granted.spelled(f, ("revoke", "from"), &Limits::default()),
        };
        role.iter().try_for_each(|role| write!(f, " on role {role}"))
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let on_role = || opt(preceded(keywords("on role"), name));
    alt((
        preceded(keywords("put policy"), (file, on_role())).map(|(file, role)| Statement::Put { file, role }),
        preceded(keywords("get policy"), on_role()).map(|role| Statement::Get { role }),
        granted::grant.map(|(granted, limits)| Statement::Grant { granted, limits }),
        granted::revoke.map(|granted| Statement::Revoke { granted }),
    ))
    .parse(tokens)
}
