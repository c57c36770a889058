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

/// What a statement about a policy names as its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// The current project.
    Project,
    /// A role of the project.
    Role(Name),
    /// A role of the tenant.
    TenantRole(Name),
}

/// ` on role <role>`, or nothing for the project.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project => Ok(()),
            Self::Role(role) => write!(f, " on role {role}"),
            Self::TenantRole(role) => write!(f, " on tenant role {role}"),
        }
    }
}

/// A statement about a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `put policy <policyfile> [on [tenant] role <role>]`
    Put {
        /// The file of the policy.
        file: FileName,
        /// What it is attached to.
        holder: Holder,
    },
    /// `get policy [on [tenant] role <role>]`
    Get {
        /// What it is attached to.
        holder: Holder,
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
        match self {
            Self::Put { file, holder } => write!(f, "put policy {file}{holder}"),
            Self::Get { holder } => write!(f, "get policy{holder}"),
            Self::Grant { granted, limits } => granted.spelled(f, ("grant", "to"), limits),
            Self::Revoke { granted } => granted.spelled(f, ("revoke", "from"), &Limits::default()),
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    alt((
        preceded(keywords("put policy"), (file, holder)).map(|(file, holder)| Statement::Put { file, holder }),
        preceded(keywords("get policy"), holder).map(|holder| Statement::Get { holder }),
        granted::grant.map(|(granted, limits)| Statement::Grant { granted, limits }),
        granted::revoke.map(|granted| Statement::Revoke { granted }),
    ))
    .parse(tokens)
}

fn holder(tokens: Tokens<'_>) -> Parsed<'_, Holder> {
    let role = preceded(keywords("on role"), name).map(Holder::Role);
    let tenant_role = preceded(keywords("on tenant role"), name).map(Holder::TenantRole);
    opt(alt((role, tenant_role))).map(|holder| holder.unwrap_or(Holder::Project)).parse(tokens)
}
