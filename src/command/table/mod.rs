//! Tables and views: their definitions, and what is shown of them.

mod alter;
mod alter_external;
mod columns;
mod create;
mod describe;
mod drop;
mod export;
mod information;
mod matching;
mod partitions;
mod repair;
mod show;
mod versions;
mod view;

use super::bound::{Bound, Context};
use super::query;
use super::unbound::settled;
use crate::error::Result;
use crate::store::Snapshot;
use crate::syntax::table::Statement;

pub(super) use columns::whole_partition;
pub(super) use columns::{check_columns, generated, partial_partition, partition_value};
pub(super) use create::check_clusters;

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Statement::Create {
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
            let definition = create::Definition {
                columns,
                key,
                partitions,
                comment: comment.as_deref(),
                lifecycle: *lifecycle,
                transactional: *transactional == Some(true),
                layout,
            };
            create::bind(table, *if_not_exists, &definition, context, snapshot)
        }
        Statement::CreateExternal { table, if_not_exists, columns, partitions, comment, storage } => {
            let columns = (columns.as_slice(), partitions.as_slice(), comment.as_deref());
            create::bind_external(table, *if_not_exists, columns, storage, context, snapshot)
        }
        Statement::Repair { table } => repair::bind(table, context, snapshot),
        Statement::ShowExternal { place, like } => show::bind_external(place, like.as_deref(), context, snapshot),
        Statement::CreateLike { table, if_not_exists, source, lifecycle } => {
            create::bind_like(table, *if_not_exists, source, *lifecycle, context, snapshot)
        }
        Statement::Drop { table, if_exists, purge } => {
            let kept = if *purge { drop::Kept::Nothing } else { drop::Kept::Versions };
            drop::bind_table(table, *if_exists, kept, context, snapshot)
        }
        Statement::DropView { view, if_exists } => drop::bind_view(view, *if_exists, context, snapshot),
        Statement::Alter { table, change } => alter::bind(table, change, context, snapshot),
        Statement::Truncate { table, partitions } => drop::bind_truncate(table, partitions, context, snapshot),
        Statement::CreateView { view, or_replace, if_not_exists, columns, comment, query } => {
            let definition = view::Definition {
                columns,
                comment: comment.as_deref().unwrap_or_default(),
                query,
                or_replace: *or_replace,
                if_not_exists: *if_not_exists,
            };
            settled(view::bind(view, &definition, context, snapshot))
        }
        Statement::ShowTables { place, like } => show::bind_tables(place, like.as_deref(), context, snapshot),
        Statement::ShowViews { place, like } => show::bind_views(place, like.as_deref(), context, snapshot),
        Statement::ShowMaterializedViews { place, like } => {
            show::bind_materialized_views(place, like.as_deref(), context, snapshot)
        }
        Statement::ShowPartitions { table, partitions } => {
            show::bind_partitions(table, partitions.as_ref(), context, snapshot)
        }
        Statement::Versions(statement) => versions::bind(statement, context, snapshot),
        Statement::ShowCreate { table } => show::bind_create(table, "", context, snapshot),
        // Source: odpscmd.
        Statement::ExportTable { table } => show::bind_create(table, "DDL:", context, snapshot),
        Statement::ExportProject { project, folder, what } => export::bind(project, folder, *what, context, snapshot),
        Statement::Describe { table, extended, partition } => {
            describe::bind(table, *extended, partition.as_ref(), context, snapshot)
        }
        Statement::Count { table, partition } => {
            settled(query::bind_count(table, partition.as_ref(), context, snapshot))
        }
        Statement::Read { table, columns, partition, rows } => {
            settled(query::bind_read(table, columns, partition.as_ref(), *rows, context, snapshot))
        }
    }
}

/// Whether the statement plans a query.
pub(super) fn plans(statement: &Statement) -> bool {
    matches!(statement, Statement::Count { .. } | Statement::Read { .. } | Statement::CreateView { .. })
}

/// Whether a statement only shows something that no query has to be planned for.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::ShowTables { .. }
        | Statement::ShowExternal { .. }
        | Statement::ShowViews { .. }
        | Statement::ShowMaterializedViews { .. }
        | Statement::Describe { .. }
        | Statement::ShowPartitions { .. }
        | Statement::ExportTable { .. }
        | Statement::ExportProject { .. }
        | Statement::ShowCreate { .. } => true,
        Statement::Versions(statement) => statement.only_shows(),
        Statement::Create { .. }
        | Statement::CreateExternal { .. }
        | Statement::Repair { .. }
        | Statement::CreateLike { .. }
        | Statement::Drop { .. }
        | Statement::Alter { .. }
        | Statement::Truncate { .. }
        | Statement::CreateView { .. }
        | Statement::DropView { .. }
        | Statement::Count { .. }
        | Statement::Read { .. } => false,
    }
}
