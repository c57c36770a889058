//! Everything that plans a query: `select`, CTAS, `insert`, `explain`, `clone table`, `read`, and view bodies.
//!
//! A query is bound in two steps (STG-4): first its relations, whose table-level accesses are decided; only then is it planned,
//! and what the plan touches becomes the request.

#[cfg(feature = "sql")]
mod clone;
#[cfg(feature = "sql")]
mod held;
#[cfg(feature = "sql")]
mod insert;
#[cfg(feature = "sql")]
mod job;
#[cfg(feature = "sql")]
mod level;
#[cfg(feature = "sql")]
mod make;
#[cfg(feature = "sql")]
mod read;
#[cfg(feature = "sql")]
mod relation;
#[cfg(feature = "sql")]
mod select;

#[cfg(feature = "sql")]
pub use job::{Insert, Job, Written};
#[cfg(feature = "sql")]
pub use level::bind_earlier_views;
#[cfg(feature = "sql")]
pub use select::Query;

#[cfg(feature = "sql")]
pub(super) use {
    read::{bind_read, rows_of, values_of},
    relation::Reading,
    select::whole,
};

use super::bound::{Bound, Context};
#[cfg(not(feature = "sql"))]
use super::unbound::Binding;
#[cfg(feature = "sql")]
use super::unbound::settled;
use crate::error::Result;
use crate::store::Snapshot;
use crate::syntax::query::Statement;
use crate::syntax::{Statement as AnyStatement, local, table};

#[cfg(feature = "sql")]
pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    settled(match statement {
        Statement::Select { query } => select::bind(query, context, snapshot),
        Statement::CreateTableAs { table, if_not_exists, comment, lifecycle, query } => {
            let details = make::Details { comment: comment.as_deref().unwrap_or_default(), lifecycle: *lifecycle };
            make::bind(table, *if_not_exists, &details, query, context, snapshot)
        }
        Statement::Insert { table, overwrite, partition, columns, query } => {
            let into = insert::Into { table, overwrite: *overwrite, partition, columns };
            insert::bind(&into, query, context, snapshot)
        }
        Statement::Explain { statement } => select::bind_explain(statement, context, snapshot),
        Statement::Clone { source, partitions, target, existing } => {
            clone::bind(source, partitions, target, *existing, context, snapshot)
        }
    })
}

/// Reads the query of a statement without binding anything: a script is read whole before it runs.
///
/// # Errors
/// The text is no query, or has a clause that is not supported.
pub(super) fn check_syntax(statement: &AnyStatement) -> Result<()> {
    let query = match statement {
        AnyStatement::Query(
            Statement::Select { query } | Statement::CreateTableAs { query, .. } | Statement::Insert { query, .. },
        )
        | AnyStatement::Table(table::Statement::CreateView { query, .. }) => query,
        AnyStatement::Query(Statement::Explain { statement })
        | AnyStatement::Local(local::Statement::Why { statement, .. }) => {
            return check_syntax(statement);
        }
        AnyStatement::Session(_)
        | AnyStatement::Project(_)
        | AnyStatement::Table(_)
        | AnyStatement::Query(_)
        | AnyStatement::Resource(_)
        | AnyStatement::Function(_)
        | AnyStatement::User(_)
        | AnyStatement::Role(_)
        | AnyStatement::Grant(_)
        | AnyStatement::Package(_)
        | AnyStatement::Protection(_)
        | AnyStatement::Instance(_)
        | AnyStatement::Tunnel(_)
        | AnyStatement::Local(_) => return Ok(()),
    };
    #[cfg(feature = "sql")]
    crate::data::parse(&query.text, query.span.start, &crate::model::Dialect::default())?;
    #[cfg(not(feature = "sql"))]
    let _ = query;
    Ok(())
}

#[cfg(not(feature = "sql"))]
pub(super) fn bind(statement: &Statement, _: &Context<'_>, _: &Snapshot<'_>) -> Result<Bound> {
    Err(without_sql(statement.production()))
}

#[cfg(not(feature = "sql"))]
pub(super) fn bind_read(
    _: &crate::syntax::TableName,
    _: &[crate::syntax::Name],
    _: Option<&crate::syntax::table::PartitionValues>,
    _: Option<u64>,
    _: &Context<'_>,
    _: &Snapshot<'_>,
) -> Binding<Bound> {
    Err(without_sql("read").into())
}

#[cfg(not(feature = "sql"))]
pub(super) fn without_sql(statement: &str) -> Box<crate::error::Error> {
    crate::error::Error::new(crate::error::Code::Unsupported, format!("built without SQL: `{statement}` cannot run"))
        .help("build with the feature `sql`, which is on by default")
}
