//! Labels of data, levels of who reads it, and label grants.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::preceded;

use super::grant::{Target, inside, spelled_inside};
use super::object::ObjectName;
use super::parser::{Name, Parsed, Tokens, integer, keyword, keywords, list, name, parenthesised, wrong};
use super::phrase::{SpelledGrantee, grantee, table_name};
use super::statement::TableName;
use super::token::TokenKind;
use crate::error::{Code, Error};
use crate::model::{Grantee, Level};

/// What has a label, or a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Labelled {
    /// `user <principal>`, `role <role>`
    Grantee(Grantee),
    /// `table <name> [(<columns>)]`
    Table(LabelledTable),
}

/// `table <name> [(<columns>)]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledTable {
    /// The table or view.
    pub table: TableName,
    /// The columns; none for the table itself.
    pub columns: Vec<Name>,
}

/// What `show label grants` is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// A member or role; without one, the caller.
    Grantee(Option<Grantee>),
    /// A table, and of its grants all or those of a member or role.
    Table(TableName, Option<Grantee>),
}

/// A statement about labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `set label <n> to …`
    Set {
        /// The label.
        level: Level,
        /// What gets it.
        of: Labelled,
    },
    /// `unset label <n> to …`
    Unset {
        /// The label that is there now.
        level: Level,
        /// What loses it.
        of: Labelled,
    },
    /// `grant label <n> on table … to …`
    Grant {
        /// Up to which label.
        level: Level,
        /// On what.
        table: LabelledTable,
        /// To whom.
        grantee: Grantee,
        /// Days until it ends.
        days: Option<u64>,
        /// The installed package that it is inside of (LAB-4).
        inside: Option<ObjectName>,
    },
    /// `revoke label on table … from …`
    Revoke {
        /// On what.
        table: LabelledTable,
        /// From whom.
        grantee: Grantee,
        /// The installed package that it is inside of.
        inside: Option<ObjectName>,
    },
    /// `show label [<n>] grants …`
    ShowGrants {
        /// Only those of this label.
        level: Option<Level>,
        /// About what.
        shown: Shown,
        /// The installed package that they are inside of.
        inside: Option<ObjectName>,
    },
}

impl LabelledTable {
    /// The same as a grant names it.
    pub fn target(&self) -> Target {
        Target::Table { table: self.table.clone(), columns: self.columns.clone() }
    }
}

impl fmt::Display for LabelledTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.target().fmt(f)
    }
}

impl fmt::Display for Labelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grantee(grantee) => SpelledGrantee(grantee).fmt(f),
            Self::Table(table) => table.fmt(f),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |grantee: &Option<Grantee>| {
            grantee.as_ref().map(|grantee| format!(" for {}", SpelledGrantee(grantee))).unwrap_or_default()
        };
        match self {
            Self::Grantee(grantee) => f.write_str(&of(grantee)),
            Self::Table(table, grantee) => write!(f, " on table {table}{}", of(grantee)),
        }
    }
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Set { .. } => "set-label",
            Self::Unset { .. } => "unset-label",
            Self::Grant { .. } => "grant-label",
            Self::Revoke { .. } => "revoke-label",
            Self::ShowGrants { .. } => "show-label-grants",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { level, of } => write!(f, "set label {level} to {of}"),
            Self::Unset { level, of } => write!(f, "unset label {level} to {of}"),
            Self::Grant { level, table, grantee, days, inside } => {
                write!(f, "grant label {level} on {table} to {}", SpelledGrantee(grantee))?;
                days.map_or(Ok(()), |days| write!(f, " with exp {days}"))?;
                f.write_str(&spelled_inside(inside.as_ref()))
            }
            Self::Revoke { table, grantee, inside } => {
                let inside = spelled_inside(inside.as_ref());
                write!(f, "revoke label on {table} from {}{inside}", SpelledGrantee(grantee))
            }
            Self::ShowGrants { level, shown, inside } => {
                let level = level.map(|level| format!(" {level}")).unwrap_or_default();
                write!(f, "show label{level} grants{shown}{}", spelled_inside(inside.as_ref()))
            }
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    alt((
        preceded(keywords("set label"), to).map(|(level, of)| Statement::Set { level, of }),
        preceded(keywords("unset label"), to).map(|(level, of)| Statement::Unset { level, of }),
        grant,
        revoke,
        show,
    ))
    .parse(tokens)
}

/// A label: a number from 0 to 9.
pub(super) fn level(tokens: Tokens<'_>) -> Parsed<'_, Level> {
    let outside = || wrong(Error::new(Code::Parse, "a label is a number from 0 to 9").at(tokens.span()));
    match tokens.first() {
        Some((token, text, rest)) if token.kind == TokenKind::Number => {
            text.parse().ok().and_then(Level::new).map_or_else(outside, |level| Ok((rest, level)))
        }
        Some((_, "-", _)) => outside(),
        _ => tokens.miss("a label from 0 to 9"),
    }
}

/// `<n> to user|role|table …`
fn to(tokens: Tokens<'_>) -> Parsed<'_, (Level, Labelled)> {
    let of = alt((preceded(keyword("table"), labelled_table).map(Labelled::Table), grantee.map(Labelled::Grantee)));
    let (rest, (level, _, of)) = (level, keyword("to"), of).parse(tokens)?;
    Ok((rest, (level, of)))
}

fn labelled_table(tokens: Tokens<'_>) -> Parsed<'_, LabelledTable> {
    let columns = opt(parenthesised(list(name))).map(Option::unwrap_or_default);
    let (rest, (table, columns)) = (table_name, columns).parse(tokens)?;
    Ok((rest, LabelledTable { table, columns }))
}

fn grant(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let days = opt(preceded(keywords("with exp"), integer));
    let (rest, (_, level, _, table, _, grantee, days)) =
        (keywords("grant label"), level, keywords("on table"), labelled_table, keyword("to"), grantee, days)
            .parse(tokens)?;
    let (rest, inside) = inside(rest, &table.target())?;
    Ok((rest, Statement::Grant { level, table, grantee, days, inside }))
}

fn revoke(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, (_, table, _, grantee)) =
        (keywords("revoke label on table"), labelled_table, keyword("from"), grantee).parse(tokens)?;
    let (rest, inside) = inside(rest, &table.target())?;
    Ok((rest, Statement::Revoke { table, grantee, inside }))
}

fn show(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let on = (alt((keyword("on"), keyword("for"))), keyword("table"));
    let of = || preceded(keyword("for"), grantee);
    let shown = alt((
        (preceded(on, table_name), opt(of())).map(|(table, grantee)| Shown::Table(table, grantee)),
        opt(of()).map(Shown::Grantee),
    ));
    let grants = alt((keyword("grants"), keyword("grant")));
    let (rest, (_, level, _, shown)) = (keywords("show label"), opt(level), grants, shown).parse(tokens)?;
    let Shown::Table(table, _) = &shown else {
        return Ok((rest, Statement::ShowGrants { level, shown, inside: None }));
    };
    let target = Target::Table { table: table.clone(), columns: Vec::new() };
    let (rest, inside) = inside(rest, &target)?;
    Ok((rest, Statement::ShowGrants { level, shown, inside }))
}
