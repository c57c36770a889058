//! Roles, and who holds them.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{preceded, separated_pair};

use super::parser::{
    Name, Parsed, Tokens, comment, keyword, keywords, list, name, parenthesised, shorten, string, wrong,
};
use super::phrase::{Commas, OptionalComment, Spelled, new_name, privilege_properties, user};
use crate::error::{Code, Error};
use crate::model::{Principal, RoleKind};
use crate::text::fold;

/// A statement about roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `create role <role> [comment '…'] [privilegeproperties("type"="admin|resource")]`
    Create {
        /// The new role.
        role: Name,
        /// Free text.
        comment: Option<String>,
        /// What it can receive.
        kind: RoleKind,
    },
    /// `alter role <role> set privilegeproperties("comment"="…")`, `alter role <role> unset privilegeproperties("comment")`
    Alter {
        /// The role.
        role: Name,
        /// Its new comment; none takes it away.
        comment: Option<String>,
    },
    /// `drop|delete role <role>`
    Drop {
        /// The role.
        role: Name,
    },
    /// `desc|describe role <role>`
    Describe {
        /// The role.
        role: Name,
    },
    /// `list|show roles`
    List,
    /// `show principals [for] [role] <role>`
    ShowPrincipals {
        /// The role.
        role: Name,
    },
    /// `grant [role] <role>, … to [user] <principal>, …`
    Grant {
        /// The roles.
        roles: Vec<Name>,
        /// Who gets them.
        users: Vec<Principal>,
    },
    /// `revoke [role] <role>, … from [user] <principal>, …`
    Revoke {
        /// The roles.
        roles: Vec<Name>,
        /// Who loses them.
        users: Vec<Principal>,
    },
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create-role",
            Self::Alter { .. } => "alter-role",
            Self::Drop { .. } => "drop-role",
            Self::Describe { .. } => "desc-role",
            Self::List => "list-roles",
            Self::ShowPrincipals { .. } => "show-principals",
            Self::Grant { .. } => "grant-role",
            Self::Revoke { .. } => "revoke-role",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spelled = |users: &[Principal]| {
            Commas(&users.iter().map(|user| Spelled(user).to_string()).collect::<Vec<_>>()).to_string()
        };
        match self {
            Self::Create { role, comment, kind } => {
                write!(f, "create role {role}{}", OptionalComment(comment))?;
                match kind {
                    RoleKind::Resource => Ok(()),
                    RoleKind::Admin => write!(f, " privilegeproperties (\"type\"=\"{}\")", kind.name()),
                }
            }
            Self::Alter { role, comment: Some(comment) } => {
                let comment = comment.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "alter role {role} set privilegeproperties (\"comment\"=\"{comment}\")")
            }
            Self::Alter { role, comment: None } => {
                write!(f, "alter role {role} unset privilegeproperties (\"comment\")")
            }
            Self::Drop { role } => write!(f, "drop role {role}"),
            Self::Describe { role } => write!(f, "describe role {role}"),
            Self::List => f.write_str("list roles"),
            Self::ShowPrincipals { role } => write!(f, "show principals {role}"),
            Self::Grant { roles, users } => write!(f, "grant {} to {}", Commas(roles), spelled(users)),
            Self::Revoke { roles, users } => write!(f, "revoke {} from {}", Commas(roles), spelled(users)),
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let drop = (alt((keyword("drop"), keyword("delete"))), keyword("role"));
    let describe = (alt((keyword("desc"), keyword("describe"))), keyword("role"));
    alt((
        create,
        alter,
        preceded(drop, name).map(|role| Statement::Drop { role }),
        preceded(describe, name).map(|role| Statement::Describe { role }),
        value(Statement::List, (alt((keyword("list"), keyword("show"))), keyword("roles"))),
        preceded((keywords("show principals"), opt(keyword("for"))), role)
            .map(|role| Statement::ShowPrincipals { role }),
        preceded(keyword("grant"), separated_pair(roles, keyword("to"), list(user)))
            .map(|(roles, users)| Statement::Grant { roles, users }),
        preceded(keyword("revoke"), separated_pair(roles, keyword("from"), list(user)))
            .map(|(roles, users)| Statement::Revoke { roles, users }),
    ))
    .parse(tokens)
}

/// A role, with or without `role` before it.
fn role(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    alt((preceded(keyword("role"), name), name)).parse(tokens)
}

fn roles(tokens: Tokens<'_>) -> Parsed<'_, Vec<Name>> {
    alt((preceded(keyword("role"), list(name)), list(name))).parse(tokens)
}

/// The name of a new role, of a project or of a tenant.
pub(super) fn role_name(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    let (rest, role) = new_name(tokens)?;
    if role.text.len() > 64 || role.text.starts_with('_') {
        return wrong(
            Error::new(Code::Parse, format!("`{}` cannot be the name of a role", shorten(&role.text)))
                .at(role.span)
                .help("a role's name starts with a letter, then letters, digits and `_`, at most 64 characters"),
        );
    }
    Ok((rest, role))
}

fn create(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, role) = preceded(keywords("create role"), role_name).parse(tokens)?;
    let (tokens, comment) = opt(comment()).parse(tokens)?;
    let (tokens, properties) = opt(privilege_properties).parse(tokens)?;
    let mut kind = RoleKind::Resource;
    for (key, value) in properties.unwrap_or_default() {
        kind = match (key.text.as_str(), value.to_ascii_lowercase().as_str()) {
            ("type", "admin") => RoleKind::Admin,
            ("type", "resource") => RoleKind::Resource,
            _ => {
                return wrong(
                    Error::new(
                        Code::Parse,
                        format!("`\"{}\"=\"{}\"` is not a property of a role", shorten(&key.text), shorten(&value)),
                    )
                    .at(key.span)
                    .help("write `\"type\"=\"admin\"` or `\"type\"=\"resource\"`"),
                );
            }
        };
    }
    Ok((tokens, Statement::Create { role, comment, kind }))
}

/// `alter role <role> set|unset privilegeproperties (…)`. The service does not say what else there is: chosen.
fn alter(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, role) = preceded(keywords("alter role"), name).parse(tokens)?;
    let unset = |tokens| -> Parsed<'_, Vec<(Name, Option<String>)>> {
        let key = |tokens| -> Parsed<'_, (Name, Option<String>)> {
            let (rest, text) = string(tokens)?;
            Ok((rest, (Name { text: fold(&text), span: tokens.span() }, None)))
        };
        preceded(keywords("unset privilegeproperties"), parenthesised(list(key))).parse(tokens)
    };
    let set = preceded(keyword("set"), privilege_properties)
        .map(|given| given.into_iter().map(|(key, value)| (key, Some(value))).collect());
    let (rest, given) = alt((set, unset)).parse(tokens)?;
    match given.as_slice() {
        [(key, comment)] if key.text == "comment" => Ok((rest, Statement::Alter { role, comment: comment.clone() })),
        given => {
            let other = given.iter().find(|(key, _)| key.text != "comment");
            let span = other.or(given.first()).map_or_else(|| tokens.span(), |(key, _)| key.span);
            let error = match other {
                Some((key, _)) if key.text == "type" => {
                    Error::new(Code::Parse, "the type of a role never changes (ADM-1)")
                        .help("create another role of the other type")
                }
                Some((key, _)) => {
                    Error::new(Code::Parse, format!("`\"{}\"` is not a property of a role", shorten(&key.text)))
                        .help("`\"comment\"` can be set and unset")
                }
                None => Error::new(Code::Parse, "\"comment\" appears twice in `privilegeproperties`")
                    .help("remove one of them"),
            };
            wrong(error.at(span))
        }
    }
}
