//! Statements about tables, as text.

use std::fmt;

use super::{Alteration, Choice, Clusters, ColumnDefinition, Constant, Layout, Statement};
use crate::syntax::phrase::{Commas, OptionalComment, OptionalLike, OptionalSpec, Spec, Spelled};
use crate::syntax::qualifier::Qualifier;
use crate::syntax::token::text_literal;

impl fmt::Display for ColumnDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let null = if self.not_null { " not null" } else { "" };
        write!(f, "{} {}{null}", self.name, self.data_type)?;
        if let Some(default) = &self.default {
            write!(f, " default {default}")?;
        }
        write!(f, "{}", OptionalComment(&self.comment))
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Clusters { by_range, columns, sorted, buckets }) = &self.clusters {
            write!(f, "{} clustered by ({})", word(*by_range, " range"), Commas(columns))?;
            if !sorted.is_empty() {
                let sorted: Vec<String> =
                    sorted.iter().map(|(name, down)| format!("{name}{}", word(*down, " desc"))).collect();
                write!(f, " sorted by ({})", Commas(&sorted))?;
            }
            if let Some(buckets) = buckets {
                write!(f, " into {buckets} buckets")?;
            }
        }
        self.format.as_ref().map_or(Ok(()), |format| write!(f, " stored as {format}"))
    }
}

/// `tblproperties (…)`, if there are any.
pub(in crate::syntax) struct Properties<'l>(pub Option<bool>, pub &'l Layout);

impl fmt::Display for Properties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transactional = self.0.map(|value| ("transactional".to_owned(), value.to_string()));
        let all = transactional.into_iter().chain(self.1.properties.iter().cloned());
        let all: Vec<String> = all.map(|(key, value)| format!("\"{key}\"={}", text_literal(&value))).collect();
        if all.is_empty() { Ok(()) } else { write!(f, " tblproperties ({})", Commas(&all)) }
    }
}

impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Flag(value) => write!(f, "{value}"),
            Self::Number(number) => f.write_str(number),
            Self::Text(text) => f.write_str(&text_literal(text)),
        }
    }
}

/// An optional word.
fn word(stands: bool, word: &'static str) -> &'static str {
    if stands { word } else { "" }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create {
                table,
                if_not_exists,
                columns,
                key,
                partitions,
                comment,
                lifecycle,
                transactional,
                layout,
            } => {
                let exists = word(*if_not_exists, "if not exists ");
                let key = if key.is_empty() { String::new() } else { format!(", primary key ({})", Commas(key)) };
                write!(f, "create table {exists}{table} ({}{key}){}", Commas(columns), OptionalComment(comment))?;
                match partitions.as_slice() {
                    [] => {}
                    [ColumnDefinition { name, generator: Some((from, unit)), .. }] => {
                        write!(f, " auto partitioned by (trunc_time({from}, '{}') as {name})", unit.name())?;
                    }
                    columns => write!(f, " partitioned by ({})", Commas(columns))?,
                }
                write!(f, "{layout}{}", Properties(*transactional, layout))?;
                lifecycle.map_or(Ok(()), |days| write!(f, " lifecycle {days}"))
            }
            Self::CreateExternal { table, if_not_exists, columns, partitions, comment, storage } => {
                let exists = word(*if_not_exists, "if not exists ");
                write!(f, "create external table {exists}{table} ({}){}", Commas(columns), OptionalComment(comment))?;
                if !partitions.is_empty() {
                    write!(f, " partitioned by ({})", Commas(partitions))?;
                }
                storage.write(f, "tblproperties")
            }
            Self::Repair { table } => write!(f, "msck repair table {table}"),
            Self::ShowExternal { place, like } => listing(f, "external tables", place, like.as_ref()),
            Self::CreateLike { table, if_not_exists, source, lifecycle } => {
                write!(f, "create table {}{table} like {source}", word(*if_not_exists, "if not exists "))?;
                lifecycle.map_or(Ok(()), |days| write!(f, " lifecycle {days}"))
            }
            Self::Drop { table, if_exists, purge } => {
                write!(f, "drop table {}{table}{}", word(*if_exists, "if exists "), word(*purge, " purge"))
            }
            Self::Alter { table, change: Alteration::Analyze(partition, columns) } => {
                write!(f, "analyze table {table}{} compute statistics", OptionalSpec(partition))?;
                match columns.is_empty() {
                    true => Ok(()),
                    false => write!(f, " for columns ({})", Commas(columns)),
                }
            }
            Self::Alter { table, change: change @ Alteration::RenameView(_) } => {
                write!(f, "alter view {table} {change}")
            }
            Self::Alter { table, change } => write!(f, "alter table {table} {change}"),
            Self::Truncate { table, partitions } if partitions.is_empty() => write!(f, "truncate table {table}"),
            Self::Truncate { table, partitions } => write!(f, "truncate table {table} {}", Commas(partitions)),
            Self::CreateView { view, or_replace, if_not_exists, columns, comment, query } => {
                let replace = word(*or_replace, "or replace ");
                write!(f, "create {replace}view {}{view}", word(*if_not_exists, "if not exists "))?;
                if !columns.is_empty() {
                    let columns: Vec<_> =
                        columns.iter().map(|(name, comment)| format!("{name}{}", OptionalComment(comment))).collect();
                    write!(f, " ({})", Commas(&columns))?;
                }
                write!(f, "{} as {query}", OptionalComment(comment))
            }
            Self::DropView { view, if_exists } => {
                write!(f, "drop view {}{view}", word(*if_exists, "if exists "))
            }
            Self::ShowTables { place, like } => listing(f, "tables", place, like.as_ref()),
            Self::ShowViews { place, like } => listing(f, "views", place, like.as_ref()),
            Self::ShowMaterializedViews { place, like } => listing(f, "materialized views", place, like.as_ref()),
            Self::Describe { table, extended, partition } => {
                write!(f, "desc {}{table}{}", word(*extended, "extended "), OptionalSpec(partition))
            }
            Self::ShowPartitions { table, partitions: None } => write!(f, "show partitions {table}"),
            Self::ShowPartitions { table, partitions: Some(choice) } => write!(f, "show partitions {table} {choice}"),
            Self::ShowCreate { table } => write!(f, "show create table {table}"),
            Self::ExportTable { table } => write!(f, "export table {table}"),
            Self::ExportProject { project, folder, what } => write!(f, "export {project} {folder} {what}"),
            Self::Count { table, partition } => write!(f, "count {table}{}", OptionalSpec(partition)),
            Self::Versions(versions) => write!(f, "{versions}"),
            Self::Read { table, columns, partition, rows } => {
                write!(f, "read {table}")?;
                if !columns.is_empty() {
                    write!(f, " ({})", Commas(columns))?;
                }
                write!(f, "{}", OptionalSpec(partition))?;
                rows.map_or(Ok(()), |rows| write!(f, " {rows}"))
            }
        }
    }
}

fn listing(f: &mut fmt::Formatter<'_>, what: &str, place: &Qualifier, like: Option<&String>) -> fmt::Result {
    write!(f, "show {what}")?;
    place.write_list(f)?;
    write!(f, "{}", OptionalLike(like))
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values(values) => write!(f, "partition {}", Spec(values)),
            Self::Matching(filter) => write!(f, "partition ({filter})"),
        }
    }
}

impl fmt::Display for Alteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rename(name) | Self::RenameView(name) => write!(f, "rename to {name}"),
            Self::Analyze(..) => f.write_str("compute statistics"),
            Self::AddColumns { if_not_exists, columns } => {
                write!(f, "add columns{} ({})", word(*if_not_exists, " if not exists"), Commas(columns))
            }
            Self::DropColumns(columns) => write!(f, "drop columns {}", Commas(columns)),
            Self::RenameColumn(old, new) => write!(f, "change column {old} rename to {new}"),
            Self::ChangeColumn(old, column, after) => {
                write!(f, "change column {old} {column}")?;
                after.as_ref().map_or(Ok(()), |after| write!(f, " after {after}"))
            }
            Self::Layout { transactional, layout } if layout.clusters.is_none() => {
                match Properties(*transactional, layout).to_string().trim_start() {
                    "" => f.write_str("not clustered"),
                    properties => write!(f, "set {properties}"),
                }
            }
            Self::Layout { layout, .. } => f.write_str(layout.to_string().trim_start()),
            Self::NullableColumn(column) => write!(f, "change column {column} null"),
            Self::CommentColumn(column, comment) => {
                write!(f, "change column {column} comment {}", text_literal(comment))
            }
            Self::AddPartitions { if_not_exists, partitions } => {
                write!(f, "add{}", word(*if_not_exists, " if not exists"))?;
                partitions.iter().try_for_each(|values| write!(f, " partition {}", Spec(values)))
            }
            Self::AddPartitionAt { if_not_exists, partition, location } => {
                let exists = word(*if_not_exists, " if not exists");
                write!(f, "add{exists} partition {} location {}", Spec(partition), text_literal(&location.text))
            }
            Self::DropPartitions { if_exists, partitions } => {
                write!(f, "drop{}", word(*if_exists, " if exists"))?;
                let partitions: Vec<_> =
                    partitions.iter().map(|values| format!("partition {}", Spec(values))).collect();
                write!(f, " {}", Commas(&partitions))
            }
            Self::DropMatching { if_exists, filter } => {
                write!(f, "drop{} partition ({filter})", word(*if_exists, " if exists"))
            }
            Self::RenamePartition(from, to) => write!(f, "partition {} rename to partition {}", Spec(from), Spec(to)),
            Self::MergePartitions { if_exists, partitions, target, purge } => {
                write!(f, "merge{} {}", word(*if_exists, " if exists"), Commas(partitions))?;
                write!(f, " overwrite partition {}{}", Spec(target), word(*purge, " purge"))
            }
            Self::Comment(comment) => write!(f, "set comment {}", text_literal(comment)),
            Self::Lifecycle(days) => write!(f, "set lifecycle {days}"),
            Self::Maintain(partition, task) => {
                let partition = OptionalSpec(partition).to_string();
                write!(f, "{}{}{task}", partition.trim_start(), if partition.is_empty() { "" } else { " " })
            }
            Self::ChangeOwner(owner) => write!(f, "changeowner to {}", Spelled(owner)),
        }
    }
}
