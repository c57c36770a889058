//! The tenant: its users, its roles, and who holds them.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{pair, preceded, separated_pair};

use super::parser::{Name, Parsed, Tokens, comment, keyword, keywords, list, name, principal_with_provider};
use super::phrase::{Commas, OptionalComment, Spelled, user};
use super::role::role_name;
use crate::model::Principal;

/// A statement about tenant users and tenant roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `add tenant user <principal> [comment '…']`
    AddUser {
        /// The new tenant user.
        user: Principal,
        /// Free text.
        comment: Option<String>,
    },
    /// `remove tenant user <principal>`
    RemoveUser {
        /// The tenant user.
        user: Principal,
    },
    /// `list tenant users`
    ListUsers,
    /// `list|show tenant roles`
    ListRoles,
    /// `create tenant role <role> [comment '…']`
    Create {
        /// The new role.
        role: Name,
        /// Free text.
        comment: Option<String>,
    },
    /// `drop|delete tenant role <role>`
    Drop {
        /// The role.
        role: Name,
    },
    /// `desc|describe tenant role <role>`
    Describe {
        /// The role.
        role: Name,
    },
    /// `add tenant role <role> to project <project>`
    AddTo {
        /// The role.
        role: Name,
        /// The project.
        project: Name,
    },
    /// `remove tenant role <role> from project <project>`
    RemoveFrom {
        /// The role.
        role: Name,
        /// The project.
        project: Name,
    },
    /// `show grants [for] tenant role <role>`
    ShowRoleGrants {
        /// The role.
        role: Name,
    },
    /// `show grants [for] tenant user <principal>`
    ShowUserGrants {
        /// The tenant user.
        user: Principal,
    },
    /// `show principals [for] tenant [role] <role>`
    ShowPrincipals {
        /// The role.
        role: Name,
    },
    /// `grant tenant role <role>, … to [user] <principal>, …`
    Grant {
        /// The roles.
        roles: Vec<Name>,
        /// Who gets them.
        users: Vec<Principal>,
    },
    /// `revoke tenant role <role>, … from [user] <principal>, …`
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
            Self::AddUser { .. } => "add-tenant-user",
            Self::RemoveUser { .. } => "remove-tenant-user",
            Self::ListUsers => "list-tenant-users",
            Self::ListRoles => "list-tenant-roles",
            Self::Create { .. } => "create-tenant-role",
            Self::Drop { .. } => "drop-tenant-role",
            Self::Describe { .. } => "desc-tenant-role",
            Self::AddTo { .. } => "add-tenant-role",
            Self::RemoveFrom { .. } => "remove-tenant-role",
            Self::ShowRoleGrants { .. } | Self::ShowUserGrants { .. } => "show-tenant-grants",
            Self::ShowPrincipals { .. } => "show-tenant-principals",
            Self::Grant { .. } => "grant-tenant-role",
            Self::Revoke { .. } => "revoke-tenant-role",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spelled = |users: &[Principal]| {
            Commas(&users.iter().map(|user| Spelled(user).to_string()).collect::<Vec<_>>()).to_string()
        };
        match self {
            Self::AddUser { user, comment } => {
                write!(f, "add tenant user {}{}", Spelled(user), OptionalComment(comment))
            }
            Self::RemoveUser { user } => write!(f, "remove tenant user {}", Spelled(user)),
            Self::ListUsers => f.write_str("list tenant users"),
            Self::ListRoles => f.write_str("list tenant roles"),
            Self::Create { role, comment } => write!(f, "create tenant role {role}{}", OptionalComment(comment)),
            Self::Drop { role } => write!(f, "drop tenant role {role}"),
            Self::Describe { role } => write!(f, "describe tenant role {role}"),
            Self::AddTo { role, project } => write!(f, "add tenant role {role} to project {project}"),
            Self::RemoveFrom { role, project } => write!(f, "remove tenant role {role} from project {project}"),
            Self::ShowRoleGrants { role } => write!(f, "show grants for tenant role {role}"),
            Self::ShowUserGrants { user } => write!(f, "show grants for tenant user {}", Spelled(user)),
            Self::ShowPrincipals { role } => write!(f, "show principals for tenant role {role}"),
            Self::Grant { roles, users } => {
                write!(f, "grant tenant role {} to user {}", Commas(roles), spelled(users))
            }
            Self::Revoke { roles, users } => {
                write!(f, "revoke tenant role {} from user {}", Commas(roles), spelled(users))
            }
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let drop = (alt((keyword("drop"), keyword("delete"))), keywords("tenant role"));
    let describe = (alt((keyword("desc"), keyword("describe"))), keywords("tenant role"));
    let show_grants = || (keyword("show"), alt((keyword("grants"), keyword("grant"))), opt(keyword("for")));
    let show_principals = (keywords("show principals"), opt(keyword("for")), keyword("tenant"));
    alt((
        preceded(keywords("add tenant user"), pair(principal_with_provider, opt(comment())))
            .map(|(user, comment)| Statement::AddUser { user, comment }),
        preceded(keywords("remove tenant user"), principal_with_provider).map(|user| Statement::RemoveUser { user }),
        value(Statement::ListUsers, keywords("list tenant users")),
        value(Statement::ListRoles, (alt((keyword("list"), keyword("show"))), keywords("tenant roles"))),
        preceded(keywords("create tenant role"), pair(role_name, opt(comment())))
            .map(|(role, comment)| Statement::Create { role, comment }),
        preceded(drop, name).map(|role| Statement::Drop { role }),
        preceded(describe, name).map(|role| Statement::Describe { role }),
        preceded(keywords("add tenant role"), separated_pair(name, keywords("to project"), name))
            .map(|(role, project)| Statement::AddTo { role, project }),
        preceded(keywords("remove tenant role"), separated_pair(name, keywords("from project"), name))
            .map(|(role, project)| Statement::RemoveFrom { role, project }),
        preceded((show_grants(), keywords("tenant role")), name).map(|role| Statement::ShowRoleGrants { role }),
        preceded((show_grants(), keywords("tenant user")), principal_with_provider)
            .map(|user| Statement::ShowUserGrants { user }),
        preceded(show_principals, alt((preceded(keyword("role"), name), name)))
            .map(|role| Statement::ShowPrincipals { role }),
        preceded(keywords("grant tenant role"), separated_pair(list(name), keyword("to"), list(user)))
            .map(|(roles, users)| Statement::Grant { roles, users }),
        preceded(keywords("revoke tenant role"), separated_pair(list(name), keyword("from"), list(user)))
            .map(|(roles, users)| Statement::Revoke { roles, users }),
    ))
    .parse(tokens)
}
