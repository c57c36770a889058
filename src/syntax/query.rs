//! Everything that plans a query: `select`, CTAS, `insert`, `explain`, `clone table`.

pub mod change;
mod in_branch;
mod parts;
mod script_function;
mod script_variable;

pub(super) use self::script_variable::with_reading;
pub use self::script_variable::{Defined, Effect, is_query};

use std::fmt;

use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{pair, preceded};
use nom::{Input, Parser};

use self::change::Change;
use self::script_function::script_function;
use self::script_variable::{script_if, variable};
use super::parser::{Name, Parsed, Tokens, end, keyword, keywords, list, name, parenthesised, symbol, wrong};
use super::phrase::{
    Commas, OptionalComment, Spec, follows, if_not_exists, literal, new_name, new_table_name, partition, query,
    table_name, unsupported,
};
use super::statement::{QueryText, Statement as AnyStatement, TableName};
use super::table;
use super::table::print::Properties;
use super::table::{Clauses, Layout, PartitionValues, Storage, clauses, storage};
use super::token::text_literal;
use super::types::data_type;
use crate::error::{Code, Error};
use crate::model::DataType;
use crate::text::Span;

/// A statement that reads rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `@<name> := [cache on] <query>`, `@<name> [<type> | table(<columns>)] [:= <value>]`
    Variable {
        /// What later queries of the script call it, without `@`.
        name: Name,
        /// How.
        defined: Defined,
        /// `cache on`
        is_cached: bool,
        /// Its rows; unless a query alone defines it, its definition and a query that reads it.
        query: QueryText,
    },
    /// `if (<condition>) begin <statements> end [else …]`
    If {
        /// The variables that branches assign, each as often as it is assigned.
        assigned: Vec<Name>,
        /// The statements of branches that write rows or show them, in the order of the text.
        effects: Vec<Effect>,
        /// Its text, in front of a query that says which of them run.
        query: QueryText,
    },
    /// `function <name>(@<parameter> <type>, …) [returns @<result> <type>] as …`
    Function {
        /// What later queries of the script call it.
        name: Name,
        /// Its text, in front of a query that does not call it.
        query: QueryText,
    },
    /// `select …`, `with … select …`, `(select …) union …`, `values (…), …`
    Select {
        /// The whole query.
        query: QueryText,
    },
    /// `create table [if not exists] <t> [comment] [partitioned by (<columns>)] [tblproperties (…)] [lifecycle <days>] … as <query>`
    CreateTableAs {
        /// The new table.
        table: TableName,
        /// Leave a table of that name alone, and do not run the query.
        if_not_exists: bool,
        /// Table comment.
        comment: Option<String>,
        /// Its partition columns, which the last columns of the query fill; with their types, if they are given.
        partitions: Vec<(Name, Option<DataType>)>,
        /// What `tblproperties` says of `transactional`.
        transactional: Option<bool>,
        /// Days.
        lifecycle: Option<u32>,
        /// How the service would store the rows.
        layout: Layout,
        /// Its rows and columns.
        query: QueryText,
    },
    /// `insert into|overwrite [table] <t> [partition (…)] [(<columns>)] <query>`
    Insert {
        /// The table.
        table: TableName,
        /// Replace the rows of every partition that is written.
        overwrite: bool,
        /// Partition columns; one without a value takes it from the last columns of the query.
        partition: Vec<(Name, Option<String>)>,
        /// The columns that the query fills; without them, all, in order.
        columns: Vec<Name>,
        /// The rows.
        query: QueryText,
    },
    /// `from <tables> insert into|overwrite <t> … select … insert …`
    MultiInsert {
        /// The whole statement.
        text: QueryText,
        /// What it writes, in the order of the text.
        inserts: Vec<Insertion>,
    },
    /// `update …`, `delete …`, `merge …`
    Change(Change),
    /// In a branch of `if`: a statement that changes what tables and partitions there are.
    Definition {
        /// The table.
        table: TableName,
        /// The statement, which has the table's family.
        statement: table::Statement,
    },
    /// `explain <statement>`
    Explain {
        /// A query, or a statement that writes rows.
        statement: Box<AnyStatement>,
    },
    /// `cost sql <statement>`
    Cost {
        /// A query, or a statement that writes rows.
        statement: Box<AnyStatement>,
    },
    /// `unload from (<query>) | <t> [partition (…), …] into location '…' …`
    Unload {
        /// What is written.
        source: Unloaded,
        /// Where to, and how.
        storage: Storage,
    },
    /// `load into|overwrite table <t> [partition (…)] from location '…' …`
    Load {
        /// The table.
        table: TableName,
        /// Replace the rows of the table or the partition.
        overwrite: bool,
        /// The partition.
        partition: PartitionValues,
        /// Where from, and how.
        storage: Storage,
    },
    /// `clone table <source> [partition (…), …] to <target> [if exists overwrite|ignore]`
    Clone {
        /// The table to copy.
        source: TableName,
        /// Only these partitions.
        partitions: Vec<PartitionValues>,
        /// The copy.
        target: TableName,
        /// What to do with a table of that name, or partitions of it, that are there.
        existing: Existing,
    },
}

/// What `unload` writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unloaded {
    /// The rows of a query.
    Query(QueryText),
    /// The rows of a table, or of partitions of it.
    Table(TableName, Vec<PartitionValues>),
}

/// One of several inserts of the same source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// The table.
    pub table: TableName,
    /// Replace the rows of every partition that is written.
    pub overwrite: bool,
    /// Partition columns; one without a value takes it from the last columns of the query.
    pub partition: Vec<(Name, Option<String>)>,
    /// The columns that the query fills; without them, all, in order.
    pub columns: Vec<Name>,
    /// The rows: the `from` of the statement, and a `select`.
    pub query: QueryText,
}

/// What `clone table` does with an existing target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Refuse.
    Refuse,
    /// `if exists overwrite`
    Overwrite,
    /// `if exists ignore`
    Ignore,
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable { name, defined: Defined::Rows, is_cached, query } => {
                write!(f, "@{name} := {}{query}", if *is_cached { "cache on " } else { "" })
            }
            Self::Variable { name, query, .. } => {
                f.write_str(query.text.strip_suffix(&script_variable::reading(name)).unwrap_or(&query.text))
            }
            Self::If { query, .. } => {
                f.write_str(query.text.strip_suffix(script_variable::WHICH_RUN).unwrap_or(&query.text))
            }
            Self::Function { query, .. } => f.write_str(query.text.strip_suffix(";select 1").unwrap_or(&query.text)),
            Self::Select { query } => query.fmt(f),
            Self::CreateTableAs {
                table,
                if_not_exists,
                comment,
                partitions,
                transactional,
                lifecycle,
                layout,
                query,
            } => {
                let exists = if *if_not_exists { "if not exists " } else { "" };
                write!(f, "create table {exists}{table}{}", OptionalComment(comment))?;
                if !partitions.is_empty() {
                    let columns: Vec<String> = partitions
                        .iter()
                        .map(|(name, written)| match written {
                            Some(written) => format!("{name} {written}"),
                            None => name.to_string(),
                        })
                        .collect();
                    write!(f, " partitioned by ({})", Commas(&columns))?;
                }
                write!(f, "{layout}{}", Properties(*transactional, layout))?;
                if let Some(days) = lifecycle {
                    write!(f, " lifecycle {days}")?;
                }
                write!(f, " as {query}")
            }
            Self::Insert { table, overwrite, partition, columns, query } => {
                write!(f, "insert {} table {table}", if *overwrite { "overwrite" } else { "into" })?;
                if !partition.is_empty() {
                    f.write_str(" partition (")?;
                    for (index, (column, value)) in partition.iter().enumerate() {
                        write!(f, "{}{column}", if index > 0 { ", " } else { "" })?;
                        if let Some(value) = value {
                            write!(f, "={}", text_literal(value))?;
                        }
                    }
                    f.write_str(")")?;
                }
                if !columns.is_empty() {
                    write!(f, " ({})", Commas(columns))?;
                }
                write!(f, " {query}")
            }
            Self::MultiInsert { text, .. } => text.fmt(f),
            Self::Change(change) => change.fmt(f),
            Self::Definition { statement, .. } => statement.fmt(f),
            Self::Explain { statement } => write!(f, "explain {statement}"),
            Self::Cost { statement } => write!(f, "cost sql {statement}"),
            Self::Unload { source, storage } => {
                match source {
                    Unloaded::Query(query) => write!(f, "unload from ({query})")?,
                    Unloaded::Table(table, partitions) => {
                        write!(f, "unload from {table}")?;
                        for (index, values) in partitions.iter().enumerate() {
                            write!(f, "{} partition {}", if index > 0 { "," } else { "" }, Spec(values))?;
                        }
                    }
                }
                f.write_str(" into")?;
                storage.write_behind_location(f)
            }
            Self::Load { table, overwrite, partition, storage } => {
                write!(f, "load {} table {table}", if *overwrite { "overwrite" } else { "into" })?;
                if !partition.is_empty() {
                    write!(f, " partition {}", Spec(partition))?;
                }
                f.write_str(" from")?;
                storage.write_behind_location(f)
            }
            Self::Clone { source, partitions, target, existing } => {
                write!(f, "clone table {source}")?;
                for (index, values) in partitions.iter().enumerate() {
                    write!(f, "{} partition {}", if index > 0 { "," } else { "" }, Spec(values))?;
                }
                write!(f, " to {target}")?;
                match existing {
                    Existing::Refuse => Ok(()),
                    Existing::Overwrite => f.write_str(" if exists overwrite"),
                    Existing::Ignore => f.write_str(" if exists ignore"),
                }
            }
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    in_branch::explains_no_if(tokens)?;
    let changed = || change::change.map(Statement::Change);
    let explained = alt((with_insert, multi_insert, select, create_table_as, insert, changed()));
    let levels = ["explain extended", "explain formatted", "explain dependency", "explain analyze"];
    if let Some(level) = levels.into_iter().find(|level| follows(tokens, 0, level)) {
        return wrong(unsupported(level, tokens.span(), "write `explain <statement>`, which shows the plan"));
    }
    let explain = preceded(keyword("explain"), explained)
        .map(|statement| Statement::Explain { statement: Box::new(AnyStatement::Query(statement)) });
    let costed = alt((with_insert, multi_insert, select, create_table_as, insert, changed()));
    let cost = preceded(keywords("cost sql"), costed)
        .map(|statement| Statement::Cost { statement: Box::new(AnyStatement::Query(statement)) });
    let read = alt((variable, script_function, script_if, with_insert, multi_insert, select));
    alt((read, create_table_as, insert, changed(), explain, cost, clone_table, unload, load)).parse(tokens)
}

fn select(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    query.map(|query| Statement::Select { query }).parse(tokens)
}

fn create_table_as(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, if_not_exists) = preceded(keywords("create table"), if_not_exists()).parse(tokens)?;
    let (tokens, table) = new_table_name(tokens)?;
    let (tokens, given) = clauses(partition_column).parse(tokens)?;
    let (tokens, query) = preceded(keyword("as"), query).parse(tokens)?;
    let (tokens, ()) = given.not_generated(tokens)?;
    let Clauses { comment, partitions, transactional, lifecycle, layout, .. } = given;
    let partitions = partitions.unwrap_or_default();
    Ok((
        tokens,
        Statement::CreateTableAs { table, if_not_exists, comment, partitions, transactional, lifecycle, layout, query },
    ))
}

/// A partition column, with or without its type.
fn partition_column(tokens: Tokens<'_>) -> Parsed<'_, (Name, Option<DataType>)> {
    pair(new_name, opt(data_type)).parse(tokens)
}

fn insert(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let kind = alt((value(false, keyword("into")), value(true, keyword("overwrite"))));
    let (tokens, overwrite) = preceded(keyword("insert"), kind).parse(tokens)?;
    let (tokens, table) = alt((preceded(keyword("table"), table_name), table_name)).parse(tokens)?;
    let columns = pair(name, opt(preceded(symbol("="), literal)));
    let partition = preceded(keyword("partition"), parenthesised(list(columns)));
    let (tokens, partition) = opt(partition).parse(tokens)?;
    if partition.is_some() && follows(tokens, 0, "if not exists") {
        let help = "`select partition_exists('<table>', '<value>', …)` tells whether it is there";
        return wrong(unsupported("if not exists", tokens.span(), help));
    }
    let with_columns = pair(parenthesised(list(name)), query);
    let (tokens, (columns, query)) = alt((with_columns, query.map(|query| (Vec::new(), query)))).parse(tokens)?;
    let partition = partition.unwrap_or_default();
    Ok((tokens, Statement::Insert { table, overwrite, partition, columns, query }))
}

/// `with … insert … <query>`: the named subqueries belong to the query. The words in between are blanked, so that positions stay the same.
fn with_insert(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (_, ()) = value((), keyword("with")).parse(tokens)?;
    let Some(at) = inserts(tokens).first().copied() else { return tokens.miss("`insert`") };
    let tail = tokens.take_from(at);
    let (rest, statement) = insert(tail)?;
    let Statement::Insert { table, overwrite, partition, columns, query } = statement else {
        return tokens.miss("`insert`");
    };
    let (start, between) = (tokens.span().start, Span::new(tail.span().start, query.span.start));
    let text = blanked(Span::new(start, between.start), between, &query.text, tokens.source());
    let query = QueryText::new(text, Span::new(start, query.span.end));
    Ok((rest, Statement::Insert { table, overwrite, partition, columns, query }))
}

/// `from … insert … select … insert … select …`: each `select` has the same `from`. The words in between are blanked, so that positions stay
/// the same.
fn multi_insert(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (_, ()) = value((), keyword("from")).parse(tokens)?;
    let places = inserts(tokens);
    let Some(first) = places.first().copied() else { return tokens.miss("`insert`") };
    let start = tokens.span().start;
    let from = Span::new(start, tokens.take_from(first).span().start);
    let ends = places.iter().skip(1).copied().chain([tokens.list().len()]);
    let (mut inserts, mut rest) = (Vec::new(), tokens);
    for (at, until) in places.iter().copied().zip(ends) {
        let tail = tokens.take_from(at);
        let (after, statement) = insert(tail.take(until - at))?;
        end(after)?;
        let Statement::Insert { table, overwrite, partition, columns, query } = statement else {
            return tail.miss("`insert`");
        };
        if !starts_select(&query) {
            let error = Error::new(Code::Parse, "an insert after `from` takes a `select` without its own `from`");
            return wrong(error.at(query.span).help("write `from <tables> insert into <table> select …`"));
        }
        let between = Span::new(from.end, query.span.start);
        let text = blanked(from, between, &query.text, tokens.source());
        let query = QueryText::new(text, Span::new(start, query.span.end));
        inserts.push(Insertion { table, overwrite, partition, columns, query });
        rest = tokens.take_from(until);
    }
    match <[Insertion; 1]>::try_from(inserts) {
        Ok([Insertion { table, overwrite, partition, columns, query }]) => {
            Ok((rest, Statement::Insert { table, overwrite, partition, columns, query }))
        }
        Err(inserts) => {
            let span = Span::new(start, inserts.last().map_or(start, |last| last.query.span.end));
            Ok((
                rest,
                Statement::MultiInsert { text: QueryText::new(span.of(tokens.source()).to_owned(), span), inserts },
            ))
        }
    }
}

fn starts_select(query: &QueryText) -> bool {
    query.text.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"))
}

/// What stands before, blanks for what is between, and a query.
fn blanked(before: Span, between: Span, query: &str, source: &str) -> String {
    let blank = between.of(source).bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' });
    before.of(source).chars().chain(blank).chain(query.chars()).collect()
}

/// The places of `insert into|overwrite` outside of parentheses.
fn inserts(tokens: Tokens<'_>) -> Vec<usize> {
    let list = tokens.list();
    let word = |at: usize| list.get(at).map(|token| token.span.of(tokens.source())).unwrap_or_default();
    let mut depth = 0_usize;
    let mut places = Vec::new();
    for at in 0..list.len() {
        match word(at) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            other => {
                let writes = || ["into", "overwrite"].iter().any(|kind| word(at + 1).eq_ignore_ascii_case(kind));
                if depth == 0 && other.eq_ignore_ascii_case("insert") && writes() {
                    places.push(at);
                }
            }
        }
    }
    places
}

/// `unload from (<query>) into location …`, `unload from <t> [partition (…)] into location …`
fn unload(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, _) = keywords("unload from").parse(tokens)?;
    let (tokens, source) = match inside(tokens) {
        Some((inner, rest)) => {
            let (_, query) = query(inner)?;
            (rest, Unloaded::Query(query))
        }
        None => {
            let (rest, table) = table_name(tokens)?;
            let (rest, partitions) = opt(list(partition)).parse(rest)?;
            (rest, Unloaded::Table(table, partitions.unwrap_or_default()))
        }
    };
    let (tokens, _) = keyword("into").parse(tokens)?;
    storage.map(|storage| Statement::Unload { source: source.clone(), storage }).parse(tokens)
}

/// What is in the parentheses that the tokens begin with, and what follows them.
fn inside(tokens: Tokens<'_>) -> Option<(Tokens<'_>, Tokens<'_>)> {
    let word = |at: usize| tokens.list().get(at).map(|token| token.span.of(tokens.source()));
    let mut depth = 0_usize;
    for at in 0..tokens.list().len() {
        match word(at) {
            Some("(") => depth += 1,
            Some(")") => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return (at > 0).then(|| (tokens.take_from(1).take(at - 1), tokens.take_from(at + 1)));
        }
    }
    None
}

fn load(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let kind = alt((value(false, keyword("into")), value(true, keyword("overwrite"))));
    let (tokens, overwrite) = preceded(keyword("load"), kind).parse(tokens)?;
    let (tokens, table) = preceded(keyword("table"), table_name).parse(tokens)?;
    let (tokens, partition) = opt(partition).parse(tokens)?;
    let (tokens, _) = keyword("from").parse(tokens)?;
    let (tokens, storage) = storage(tokens)?;
    Ok((tokens, Statement::Load { table, overwrite, partition: partition.unwrap_or_default(), storage }))
}

fn clone_table(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, source) = preceded(keywords("clone table"), table_name).parse(tokens)?;
    let (tokens, partitions) = opt(list(partition)).parse(tokens)?;
    let (tokens, target) = preceded(keyword("to"), new_table_name).parse(tokens)?;
    let kind = alt((value(Existing::Overwrite, keyword("overwrite")), value(Existing::Ignore, keyword("ignore"))));
    let (tokens, existing) = opt(preceded(keywords("if exists"), kind)).parse(tokens)?;
    let partitions = partitions.unwrap_or_default();
    Ok((tokens, Statement::Clone { source, partitions, target, existing: existing.unwrap_or(Existing::Refuse) }))
}
