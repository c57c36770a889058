//! Privileges on projects, tables and views, and who holds them.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{pair, preceded};

use super::parser::{Name, Parsed, Tokens, keyword, keywords, list, name, parenthesised, shorten, wrong};
use super::phrase::{Commas, SpelledGrantee, grantee, privilege_properties, table_name, unsupported};
use super::statement::TableName;
use crate::error::{Code, Error};
use crate::model::{Action, Grantee, ObjectKind};
use crate::text::Span;

/// What `grant … on` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `project <name>`
    Project(Name),
    /// `[table] <name> [(<columns>)]`; a view is named the same way, with `table` or `view`.
    Table {
        /// The table or view.
        table: TableName,
        /// Columns that every privilege of the statement is limited to.
        columns: Vec<Name>,
    },
}

/// One privilege and the columns that stand behind it: `select (a, b)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privilege {
    /// The action.
    pub action: Action,
    /// Where its name stands.
    pub name: Name,
    /// Columns that it is limited to.
    pub columns: Vec<Name>,
}

/// A statement about privileges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `grant <privileges> on <target> to <grantees> [privilegeproperties("expires"="<days>")]`
    Grant {
        /// What is given.
        privileges: Vec<Privilege>,
        /// On what.
        target: Target,
        /// To whom.
        grantees: Vec<Grantee>,
        /// Days until the grant ends.
        expires: Option<u32>,
    },
    /// `revoke <privileges> on <target> from <grantees>`
    Revoke {
        /// What is taken.
        privileges: Vec<Privilege>,
        /// On what.
        target: Target,
        /// From whom.
        grantees: Vec<Grantee>,
    },
    /// `show grants [for] [<grantee>] [on type <type>]`
    ShowGrants {
        /// Whose; without it, one's own.
        grantee: Option<Grantee>,
        /// `project` or `table` objects only; the word as typed, folded.
        object_type: Option<Name>,
    },
    /// `show acl for <object> [on type <type>]`: `table` unless a type is named.
    ShowAcl {
        /// The object.
        target: Target,
    },
    /// `purge privs|privileges from user|role <name>`
    Purge {
        /// Who or what is gone.
        grantee: Grantee,
    },
    /// `clear expired grants`
    ClearExpired,
}

impl Target {
    fn kind(&self) -> ObjectKind {
        match self {
            Self::Project(_) => ObjectKind::Project,
            Self::Table { .. } => ObjectKind::Table,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project(project) => write!(f, "project {project}"),
            Self::Table { table, columns } if columns.is_empty() => write!(f, "table {table}"),
            Self::Table { table, columns } => write!(f, "table {table} ({})", Commas(columns)),
        }
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.columns.as_slice() {
            [] => self.action.fmt(f),
            columns => write!(f, "{} ({})", self.action, Commas(columns)),
        }
    }
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Grant { .. } => "grant",
            Self::Revoke { .. } => "revoke",
            Self::ShowGrants { .. } => "show-grants",
            Self::ShowAcl { .. } => "show-acl",
            Self::Purge { .. } => "purge",
            Self::ClearExpired => "clear-expired-grants",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spelled = |grantees: &[Grantee]| {
            let spelled: Vec<_> = grantees.iter().map(|grantee| SpelledGrantee(grantee).to_string()).collect();
            Commas(&spelled).to_string()
        };
        match self {
            Self::Grant { privileges, target, grantees, expires } => {
                write!(f, "grant {} on {target} to {}", Commas(privileges), spelled(grantees))?;
                match expires {
                    Some(days) => write!(f, " privilegeproperties (\"expires\"=\"{days}\")"),
                    None => Ok(()),
                }
            }
            Self::Revoke { privileges, target, grantees } => {
                write!(f, "revoke {} on {target} from {}", Commas(privileges), spelled(grantees))
            }
            Self::ShowGrants { grantee, object_type } => {
                f.write_str("show grants")?;
                if let Some(grantee) = grantee {
                    write!(f, " for {}", SpelledGrantee(grantee))?;
                }
                object_type.as_ref().map_or(Ok(()), |object_type| write!(f, " on type {}", object_type.text))
            }
            Self::ShowAcl { target: Target::Project(project) } => {
                write!(f, "show acl for {project} on type project")
            }
            Self::ShowAcl { target: Target::Table { table, .. } } => {
                write!(f, "show acl for {table} on type table")
            }
            Self::Purge { grantee } => write!(f, "purge privs from {}", SpelledGrantee(grantee)),
            Self::ClearExpired => f.write_str("clear expired grants"),
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let privileges = alt((keyword("privs"), keyword("privileges")));
    alt((
        grant,
        revoke,
        preceded((keyword("show"), alt((keyword("grants"), keyword("grant"))), opt(keyword("for"))), shown)
            .map(|(grantee, object_type)| Statement::ShowGrants { grantee, object_type }),
        preceded(keywords("show acl for"), acl).map(|target| Statement::ShowAcl { target }),
        preceded((keyword("purge"), privileges, keyword("from")), grantee).map(|grantee| Statement::Purge { grantee }),
        value(Statement::ClearExpired, keywords("clear expired grants")),
    ))
    .parse(tokens)
}

fn grant(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, (privileges, target)) = preceded(keyword("grant"), granted).parse(tokens)?;
    let (tokens, grantees) = preceded(keyword("to"), list(grantee)).parse(tokens)?;
    let (tokens, properties) = opt(privilege_properties).parse(tokens)?;
    let mut expires = None;
    for (key, value) in properties.unwrap_or_default() {
        match (key.text.as_str(), value.parse::<u32>()) {
            ("expires", Ok(days @ 1..)) => expires = Some(days),
            ("expires", _) => {
                return wrong(
                    Error::new(Code::Parse, format!("`{}` is no number of days", shorten(&value)))
                        .at(key.span)
                        .help("write for example `privilegeproperties (\"expires\"=\"30\")`"),
                );
            }
            _ => {
                let what = format!("the property \"{}\" of a grant", shorten(&key.text));
                return wrong(unsupported(&what, key.span, "`\"expires\"=\"<days>\"` is the property that works"));
            }
        }
    }
    Ok((tokens, Statement::Grant { privileges, target, grantees, expires }))
}

fn revoke(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, (privileges, target)) = preceded(keyword("revoke"), granted).parse(tokens)?;
    let (tokens, grantees) = preceded(keyword("from"), list(grantee)).parse(tokens)?;
    Ok((tokens, Statement::Revoke { privileges, target, grantees }))
}

/// `<privileges> on <target>`. What the privileges mean depends on the target.
fn granted(tokens: Tokens<'_>) -> Parsed<'_, (Vec<Privilege>, Target)> {
    let columns = || opt(parenthesised(list(name))).map(Option::unwrap_or_default);
    let (tokens, named) = list(pair(name, columns())).parse(tokens)?;
    let (tokens, target) = preceded(keyword("on"), target).parse(tokens)?;
    let kind = target.kind();
    let grantable = Action::grantable(kind);
    let mut privileges = Vec::with_capacity(named.len());
    for (name, columns) in named {
        let Some(action) = Action::parse(&name.text).filter(|action| grantable.contains(action)) else {
            let names: Vec<_> = grantable.iter().map(|action| action.name()).collect();
            return wrong(
                Error::new(Code::Parse, format!("`{}` is no privilege on a {}", shorten(&name.text), kind.name()))
                    .at(name.span)
                    .help(format!("the privileges on a {} are {}", kind.name(), names.join(", "))),
            );
        };
        let limited = !columns.is_empty() || matches!(&target, Target::Table { columns, .. } if !columns.is_empty());
        if limited && !action.covers_columns() {
            return wrong(
                Error::new(Code::Parse, format!("`{action}` cannot be limited to columns"))
                    .at(name.span)
                    .help("Select, Describe and Download can; grant the others on the whole table"),
            );
        }
        privileges.push(Privilege { action, name, columns });
    }
    Ok((tokens, (privileges, target)))
}

fn target(tokens: Tokens<'_>) -> Parsed<'_, Target> {
    let kind = alt((keyword("table"), keyword("view")));
    let table = |tokens| {
        let (rest, table) = table_name(tokens)?;
        let (rest, columns) = match star(rest) {
            Some(star) => return no_wildcards(star),
            None => opt(parenthesised(list(name))).parse(rest)?,
        };
        Ok((rest, Target::Table { table, columns: columns.unwrap_or_default() }))
    };
    let typed = opt(alt((keyword("table"), keyword("view"), keyword("project")))).parse(tokens)?;
    if let Some(star) = star(typed.0) {
        return no_wildcards(star);
    }
    alt((preceded(keyword("project"), name).map(Target::Project), preceded(kind, table), table)).parse(tokens)
}

fn star(tokens: Tokens<'_>) -> Option<Span> {
    let first = tokens.list().first()?;
    (first.span.of(tokens.source()) == "*").then_some(first.span)
}

fn no_wildcards<'a, T>(star: Span) -> Parsed<'a, T> {
    wrong(unsupported("wildcards in a grant", star, "grant on each table by its name"))
}

/// `[user <principal>|role <role>|<principal>] [on type <type>]`
fn shown(tokens: Tokens<'_>) -> Parsed<'_, (Option<Grantee>, Option<Name>)> {
    pair(opt(grantee), opt(preceded(keywords("on type"), object_type))).parse(tokens)
}

fn object_type(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    let (rest, name) = name(tokens)?;
    if matches!(name.text.as_str(), "project" | "table" | "view") {
        return Ok((rest, name));
    }
    wrong(unsupported(
        &format!("objects of the type {}", shorten(&name.text)),
        name.span,
        "privileges are on objects of the types project and table",
    ))
}

fn acl(tokens: Tokens<'_>) -> Parsed<'_, Target> {
    let (rest, table) = table_name(tokens)?;
    let (rest, object_type) = opt(preceded(keywords("on type"), object_type)).parse(rest)?;
    match object_type.as_ref().map(|name| name.text.as_str()) {
        Some("project") => match table.project {
            None => Ok((rest, Target::Project(table.name))),
            Some(_) => wrong(
                Error::new(Code::Parse, format!("`{}` cannot be the name of a project", shorten(&table.to_string())))
                    .at(table.span())
                    .help("write `show acl for <project> on type project`"),
            ),
        },
        _ => Ok((rest, Target::Table { table, columns: Vec::new() })),
    }
}
