//! Statements about what projects keep of tables: `show history`, `restore table`, `purge` (DEL-1). Source: "Local backup".

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::multi::{many0, many1};
use nom::sequence::{pair, preceded, separated_pair};

use super::PartitionValues;
use crate::error::{Code, Error};
use crate::model::Lsn;
use crate::syntax::TableName;
use crate::syntax::parser::{Parsed, Tokens, keyword, keywords, parenthesised, shorten, string, symbol, wrong};
use crate::syntax::phrase::{OptionalLike, Spec, like, partition, table_name};
use crate::syntax::token::text_literal;

/// How a table or partition is named that may be dropped: `('id'='…')`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(pub String);

/// A partition by its values, or by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionRef {
    /// `partition (<column>='…')`
    Values(PartitionValues),
    /// `partition ('id'='…')`
    Token(Token),
}

/// A statement about versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versions {
    /// `show history for tables [like '…']`
    ShowTables {
        /// Pattern with `*` or `%`.
        like: Option<String>,
    },
    /// `show history for table <t> [('id'='…')] [partition (…)] …`
    Show {
        /// The table.
        table: TableName,
        /// Which one of those of that name that were dropped.
        token: Option<Token>,
        /// These partitions only.
        partitions: Vec<PartitionRef>,
    },
    /// `restore table <t> ('id'='…')`
    RestoreTable {
        /// The name that the table had.
        table: TableName,
        /// Which one it is.
        token: Token,
    },
    /// `restore table <t> partition ('id'='…') …`
    RestorePartitions {
        /// The table.
        table: TableName,
        /// At least one that was dropped.
        partitions: Vec<Token>,
    },
    /// `restore table <t> [partition (…)] … to lsn '…'`
    RestoreVersion {
        /// The table.
        table: TableName,
        /// These partitions; none of a table that has none.
        partitions: Vec<PartitionValues>,
        /// The version whose rows it gets.
        lsn: Lsn,
    },
    /// `purge table <t>`
    Purge {
        /// The table.
        table: TableName,
    },
    /// `purge all`
    PurgeAll,
}

impl Versions {
    /// Whether it only shows something.
    pub fn only_shows(&self) -> bool {
        matches!(self, Self::ShowTables { .. } | Self::Show { .. })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "('id'={})", text_literal(&self.0))
    }
}

impl fmt::Display for PartitionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values(values) => write!(f, "partition {}", Spec(values)),
            Self::Token(token) => write!(f, "partition {token}"),
        }
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShowTables { like } => write!(f, "show history for tables{}", OptionalLike(like.as_ref())),
            Self::Show { table, token, partitions } => {
                write!(f, "show history for table {table}")?;
                token.iter().try_for_each(|token| write!(f, " {token}"))?;
                partitions.iter().try_for_each(|partition| write!(f, " {partition}"))
            }
            Self::RestoreTable { table, token } => write!(f, "restore table {table} {token}"),
            Self::RestorePartitions { table, partitions } => {
                write!(f, "restore table {table}")?;
                partitions.iter().try_for_each(|token| write!(f, " partition {token}"))
            }
            Self::RestoreVersion { table, partitions, lsn } => {
                write!(f, "restore table {table}")?;
                partitions.iter().try_for_each(|values| write!(f, " partition {}", Spec(values)))?;
                write!(f, " to lsn '{lsn}'")
            }
            Self::Purge { table } => write!(f, "purge table {table}"),
            Self::PurgeAll => f.write_str("purge all"),
        }
    }
}

/// Reads such a statement.
pub(super) fn statement(tokens: Tokens<'_>) -> Parsed<'_, Versions> {
    let partition_id = || preceded(keyword("partition"), token);
    let any = || alt((partition_id().map(PartitionRef::Token), partition.map(PartitionRef::Values)));
    alt((
        preceded(keywords("show history for tables"), opt(like)).map(|like| Versions::ShowTables { like }),
        preceded(keywords("show history for table"), (table_name, opt(token), many0(any())))
            .map(|(table, token, partitions)| Versions::Show { table, token, partitions }),
        preceded(keywords("restore table"), pair(table_name, token))
            .map(|(table, token)| Versions::RestoreTable { table, token }),
        preceded(keywords("restore table"), pair(table_name, many1(partition_id())))
            .map(|(table, partitions)| Versions::RestorePartitions { table, partitions }),
        preceded(keywords("restore table"), (table_name, many0(partition), preceded(keywords("to lsn"), lsn)))
            .map(|(table, partitions, lsn)| Versions::RestoreVersion { table, partitions, lsn }),
        preceded(keywords("purge table"), table_name).map(|table| Versions::Purge { table }),
        keywords("purge all").map(|_| Versions::PurgeAll),
    ))
    .parse(tokens)
}

/// `('id'='…')`
fn token(tokens: Tokens<'_>) -> Parsed<'_, Token> {
    let (rest, (key, value)) = parenthesised(separated_pair(string, symbol("="), string)).parse(tokens)?;
    match key.eq_ignore_ascii_case("id") {
        true => Ok((rest, Token(value))),
        false => wrong(
            Error::new(Code::Parse, format!("expected `'id'`, found `{}`", text_literal(&shorten(&key))))
                .at(tokens.span()),
        ),
    }
}

fn lsn(tokens: Tokens<'_>) -> Parsed<'_, Lsn> {
    let (rest, text) = string(tokens)?;
    match Lsn::parse(&text) {
        Some(lsn) => Ok((rest, lsn)),
        None => wrong(
            Error::new(Code::Parse, format!("`{}` is not the number of a version", shorten(&text)))
                .at(tokens.span())
                .help("`show history for table <table>;` lists them"),
        ),
    }
}
