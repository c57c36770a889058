//! Privileges on projects, tables and other objects, and who holds them.

mod properties;

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{pair, preceded};

use super::grammar::nearest;
use super::object::{ObjectName, object_name};
use super::parser::{Miss, Name, Parsed, Tokens, keyword, keywords, list, name, parenthesised, shorten, wrong};
use super::phrase::{Commas, SpelledGrantee, grantee, table_name, unsupported};
use super::policy::Limits;
use super::statement::TableName;
use super::token::TokenKind;
use crate::error::{Code, Error};
use crate::model::{Action, Grantee, ObjectKind};
use crate::text::Span;
use properties::{Properties, properties};
pub(super) use properties::{inside, spelled_inside};

/// Words that may follow the name of an object.
const BEHIND: [&str; 5] = ["to", "from", "for", "privilegeproperties", "with"];

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
    /// `resource|function|instance|package|schema <name>`
    Object(ObjectName),
}

/// One privilege and the columns that follow it: `select (a, b)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privilege {
    /// The action.
    pub action: Action,
    /// The position of its name.
    pub name: Name,
    /// Columns that it is limited to.
    pub columns: Vec<Name>,
}

/// A statement about privileges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `grant <privileges> on <target> to <grantees> [privilegeproperties("conditions"="<text>", "expires"="<days>")]`
    Grant {
        /// What is given.
        privileges: Vec<Privilege>,
        /// On what.
        target: Target,
        /// To whom.
        grantees: Vec<Grantee>,
        /// Conditions of the grant, and days until it ends.
        limits: Limits,
        /// The installed package that it is inside of (PTH-3).
        inside: Option<ObjectName>,
    },
    /// `revoke <privileges> on <target> from <grantees>`
    Revoke {
        /// What is taken.
        privileges: Vec<Privilege>,
        /// On what.
        target: Target,
        /// From whom.
        grantees: Vec<Grantee>,
        /// The installed package that it is inside of.
        inside: Option<ObjectName>,
    },
    /// `show grants [for] [<grantee>] [on type <type>]`
    ShowGrants {
        /// Whose grants; defaults to the caller's own.
        grantee: Option<Grantee>,
        /// Objects of this kind only; a view is a table.
        kind: Option<ObjectKind>,
    },
    /// `show acl for <object> [on type <type>]`: `table` unless a type is named.
    ShowAcl {
        /// The object.
        target: Target,
    },
    /// `show grants on <object> [privilegeproperties ("refobject"="true", …)]`
    ShowGrantsOn {
        /// The object.
        target: Target,
        /// The installed package inside of which the entries are.
        inside: Option<ObjectName>,
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
            Self::Object(name) => name.kind,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project(project) => write!(f, "project {project}"),
            Self::Table { table, columns } if columns.is_empty() => write!(f, "table {table}"),
            Self::Table { table, columns } => write!(f, "table {table} ({})", Commas(columns)),
            Self::Object(name) => write!(f, "{} {name}", name.kind.name()),
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
            Self::ShowGrantsOn { .. } => "show-grants-on",
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
            Self::Grant { privileges, target, grantees, limits, inside } => {
                write!(f, "grant {} on {target} to {}", Commas(privileges), spelled(grantees))?;
                write!(f, "{}", Properties { limits, inside: inside.as_ref() })
            }
            Self::Revoke { privileges, target, grantees, inside } => {
                write!(f, "revoke {} on {target} from {}", Commas(privileges), spelled(grantees))?;
                f.write_str(&spelled_inside(inside.as_ref()))
            }
            Self::ShowGrants { grantee, kind } => {
                f.write_str("show grants")?;
                if let Some(grantee) = grantee {
                    write!(f, " for {}", SpelledGrantee(grantee))?;
                }
                kind.map_or(Ok(()), |kind| write!(f, " on type {}", kind.name()))
            }
            Self::ShowGrantsOn { target, inside } => {
                write!(f, "show grants on {target}{}", spelled_inside(inside.as_ref()))
            }
            Self::ShowAcl { target: Target::Project(project) } => {
                write!(f, "show acl for {project} on type project")
            }
            Self::ShowAcl { target: Target::Table { table, .. } } => {
                write!(f, "show acl for {table} on type table")
            }
            Self::ShowAcl { target: Target::Object(name) } => {
                write!(f, "show acl for {name} on type {}", name.kind.name())
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
        show_grants_on,
        preceded((keyword("show"), alt((keyword("grants"), keyword("grant"))), opt(keyword("for"))), shown)
            .map(|(grantee, kind)| Statement::ShowGrants { grantee, kind }),
        preceded(keywords("show acl for"), acl).map(|target| Statement::ShowAcl { target }),
        preceded((keyword("purge"), privileges, keyword("from")), grantee).map(|grantee| Statement::Purge { grantee }),
        value(Statement::ClearExpired, keywords("clear expired grants")),
    ))
    .parse(tokens)
}

fn grant(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, (privileges, target)) = preceded(keyword("grant"), granted).parse(tokens)?;
    let (tokens, grantees) = preceded(keyword("to"), grantees(&target)).parse(tokens)?;
    let (tokens, (limits, inside)) = properties(tokens, &target)?;
    Ok((tokens, Statement::Grant { privileges, target, grantees, limits, inside }))
}

fn revoke(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, (privileges, target)) = preceded(keyword("revoke"), granted).parse(tokens)?;
    let (tokens, grantees) = preceded(keyword("from"), grantees(&target)).parse(tokens)?;
    let (rest, (limits, inside)) = properties(tokens, &target)?;
    if limits != Limits::default() {
        return wrong(
            Error::new(Code::Parse, "`revoke` does not take conditions or an expiry")
                .at(tokens.span())
                .help("omit them: `revoke` takes the grant away whatever its conditions and its end"),
        );
    }
    Ok((rest, Statement::Revoke { privileges, target, grantees, inside }))
}

/// Users and roles; one of them a statement for packages (ACC-8).
fn grantees<'a>(target: &Target) -> impl Fn(Tokens<'a>) -> Parsed<'a, Vec<Grantee>> {
    let one = target.kind() == ObjectKind::Package;
    move |tokens| {
        let (rest, grantees) = list(grantee).parse(tokens)?;
        if one && grantees.len() > 1 {
            return wrong(
                Error::new(Code::Parse, "only one user or role per statement is allowed for a package")
                    .at(tokens.span())
                    .help("write one statement for each of them"),
            );
        }
        Ok((rest, grantees))
    }
}

fn show_grants_on(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let mut show = (keyword("show"), alt((keyword("grants"), keyword("grant"))), keyword("on"));
    let (tokens, _) = show.parse(tokens)?;
    if keyword("type").parse(tokens).is_ok_and(|(rest, _)| name(rest).is_ok()) {
        // `on type <type>` without a grantee before it.
        return tokens.miss("the kind of an object");
    }
    let (tokens, target) = target(tokens)?;
    let (rest, inside) = inside(tokens, &target)?;
    Ok((rest, Statement::ShowGrantsOn { target, inside }))
}

/// `<privileges> on <target>`. What the privileges mean depends on the target.
fn granted(tokens: Tokens<'_>) -> Parsed<'_, (Vec<Privilege>, Target)> {
    let columns = || opt(parenthesised(list(name))).map(Option::unwrap_or_default);
    let (tokens, named) = list(pair(name, columns())).parse(tokens)?;
    let (tokens, target) = preceded(keyword("on"), target).parse(tokens)?;
    let mut privileges = Vec::with_capacity(named.len());
    for (name, columns) in named {
        let action = privilege(&name, target.kind())?;
        let limited = !columns.is_empty() || matches!(&target, Target::Table { columns, .. } if !columns.is_empty());
        if limited && !action.covers_columns() {
            return wrong(
                Error::new(Code::Parse, format!("`{action}` cannot be limited to columns"))
                    .at(name.span)
                    .help("only Select, Describe and Download can; grant the others on the whole table"),
            );
        }
        privileges.push(Privilege { action, name, columns });
    }
    Ok((tokens, (privileges, target)))
}

/// The action that can be granted on objects of this kind.
pub(super) fn privilege(named: &Name, kind: ObjectKind) -> Result<Action, nom::Err<Miss>> {
    let grantable = Action::grantable(kind);
    Action::parse(&named.text).filter(|action| grantable.contains(action)).ok_or_else(|| {
        let (kind, names) = (kind.name(), grantable.iter().map(|action| action.name()).collect::<Vec<_>>());
        nom::Err::Failure(Miss(Some(
            Error::new(Code::Parse, format!("`{}` is not a privilege on a {kind}", shorten(&named.text)))
                .at(named.span)
                .help(format!("the privileges on a {kind} are {}", names.join(", "))),
        )))
    })
}

/// `[<type>] <object>`, as a grant names it.
pub(super) fn target(tokens: Tokens<'_>) -> Parsed<'_, Target> {
    let table = |tokens| {
        let (rest, table) = table_name(tokens)?;
        let (rest, columns) = match star(rest) {
            Some(star) => return no_wildcards(star),
            None => opt(parenthesised(list(name))).parse(rest)?,
        };
        Ok((rest, Target::Table { table, columns: columns.unwrap_or_default() }))
    };
    // A kind's own word may be the name of a table: then nothing follows that could be a name.
    let typed = opt(kind_word).parse(tokens)?;
    if let Some(star) = star(typed.0) {
        return no_wildcards(star);
    }
    match typed {
        (rest, Some(ObjectKind::Project)) => alt((name.map(Target::Project), |_| table(tokens))).parse(rest),
        (rest, Some(ObjectKind::Table | ObjectKind::View)) => alt((table, |_| table(tokens))).parse(rest),
        (rest, Some(kind)) => alt((
            |tokens| object_name(kind)(tokens).map(|(rest, name)| (rest, Target::Object(name))),
            |_| table(tokens),
        ))
        .parse(rest),
        (rest, None) => {
            mistyped_kind(rest)?;
            table(rest)
        }
    }
}

/// A word that is nearly an object type, followed by a name: it can only be a misspelt type.
fn mistyped_kind(tokens: Tokens<'_>) -> Result<(), nom::Err<Miss>> {
    let [first, second, ..] = tokens.list() else { return Ok(()) };
    let (word, behind) = (first.span.of(tokens.source()), second.span.of(tokens.source()));
    let named = second.kind == TokenKind::Word && !BEHIND.iter().any(|known| known.eq_ignore_ascii_case(behind));
    match nearest(word, ObjectKind::ALL.map(ObjectKind::name)) {
        Some(kind) if named && first.kind == TokenKind::Word => Err(nom::Err::Failure(Miss(Some(
            Error::new(Code::Parse, format!("`{}` is not an object type", shorten(word)))
                .at(first.span)
                .help(format!("did you mean `{kind}`?")),
        )))),
        _ => Ok(()),
    }
}

/// A kind of object that privileges are granted on.
fn kind_word(tokens: Tokens<'_>) -> Parsed<'_, ObjectKind> {
    let (rest, word) = name(tokens)?;
    let quoted = word.span.of(tokens.source()).starts_with('`');
    match ObjectKind::parse(&word.text).filter(|_| !quoted) {
        Some(kind) => Ok((rest, kind)),
        None => tokens.miss("`table`"),
    }
}

fn star(tokens: Tokens<'_>) -> Option<Span> {
    let first = tokens.list().first()?;
    (first.span.of(tokens.source()) == "*").then_some(first.span)
}

fn no_wildcards<'a, T>(star: Span) -> Parsed<'a, T> {
    wrong(unsupported("wildcards in a grant", star, "grant on each table by its name"))
}

/// `[user <principal>|role <role>|<principal>] [on type <type>]`
fn shown(tokens: Tokens<'_>) -> Parsed<'_, (Option<Grantee>, Option<ObjectKind>)> {
    pair(opt(grantee), opt(preceded(keywords("on type"), object_type))).parse(tokens)
}

fn object_type(tokens: Tokens<'_>) -> Parsed<'_, ObjectKind> {
    let (rest, name) = name(tokens)?;
    match ObjectKind::parse(&name.text) {
        Some(kind) => Ok((rest, kind.grants_as())),
        None => wrong(unsupported(
            &format!("objects of the type {}", shorten(&name.text)),
            name.span,
            "privileges apply to objects of type project, table, resource, function, instance, package or schema",
        )),
    }
}

/// `<object> [on type <type>]`: how the object is written depends on the type after it.
fn acl(tokens: Tokens<'_>) -> Parsed<'_, Target> {
    let words: Vec<&str> = tokens.list().iter().map(|token| token.span.of(tokens.source())).collect();
    let kind = words
        .windows(3)
        .find(
            |part| matches!(part, [on, word, _] if on.eq_ignore_ascii_case("on") && word.eq_ignore_ascii_case("type")),
        )
        .and_then(|part| ObjectKind::parse(part.last().copied().unwrap_or_default()));
    let (rest, target) = match kind {
        Some(ObjectKind::Project) => {
            let (rest, table) = table_name(tokens)?;
            if !table.qualifier.is_empty() {
                return wrong(
                    Error::new(
                        Code::Parse,
                        format!("`{}` cannot be the name of a project", shorten(&table.to_string())),
                    )
                    .at(table.span())
                    .help("write `show acl for <project> on type project`"),
                );
            }
            (rest, Target::Project(table.name))
        }
        None | Some(ObjectKind::Table | ObjectKind::View) => {
            let (rest, table) = table_name(tokens)?;
            (rest, Target::Table { table, columns: Vec::new() })
        }
        Some(kind) => {
            let (rest, name) = object_name(kind)(tokens)?;
            (rest, Target::Object(name))
        }
    };
    let (rest, _) = opt(preceded(keywords("on type"), object_type)).parse(rest)?;
    Ok((rest, target))
}
