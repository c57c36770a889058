//! Everything that plans a query: `select`, CTAS, `insert`, `explain`, `clone table`, `read`, and view bodies.
//!
//! A query is bound in two steps (STG-4): first its relations, whose table-level accesses are decided; only then is it planned,
//! and what the plan touches becomes the request.

mod branches;
mod change;
mod clone;
mod cost;
mod held;
mod information;
mod insert;
mod job;
mod level;
mod make;
mod outside;
mod plans;
mod probe;
mod read;
mod read_at;
mod relation;
mod select;
mod unusable;
mod user_code;

pub use job::{Existing, Insert, Job, Written};
pub use level::{bind_earlier_views, place_in_body};
pub use select::Query;

pub(super) use {
    read::{bind_read, rows_of, values_of},
    relation::Reading,
    select::{bind_count, whole},
};

use super::bound::{Bound, Context};
use super::unbound::{Binding, settled};
use crate::error::{Code, Result};
use crate::store::Snapshot;
use crate::syntax::query::{Statement, Unloaded};
use crate::syntax::{QueryText, Statement as AnyStatement, function, local, table};

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    settled(bind_part(statement, context, snapshot))
}

/// The same, of a statement that may be a part of another one.
fn bind_part(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Binding<Bound> {
    match statement {
        Statement::If { query, effects, .. } if !effects.is_empty() => {
            branches::bind(query, effects, context, snapshot)
        }
        Statement::Variable { query, .. } | Statement::If { query, .. } | Statement::Function { query, .. } => {
            select::bind_variable(query, context, snapshot)
        }
        Statement::Select { query } => select::bind(query, context, snapshot),
        Statement::CreateTableAs {
            table,
            if_not_exists,
            comment,
            partitions,
            transactional,
            lifecycle,
            layout,
            query,
        } => {
            let details = make::Details {
                comment: comment.as_deref().unwrap_or_default(),
                partitions,
                transactional: transactional.unwrap_or(false),
                lifecycle: *lifecycle,
                layout,
            };
            make::bind(table, *if_not_exists, &details, query, context, snapshot)
        }
        Statement::Insert { table, overwrite, partition, columns, query } => {
            let into = insert::Into { table, overwrite: *overwrite, partition, columns };
            insert::bind(&into, query, context, snapshot)
        }
        Statement::MultiInsert { inserts, .. } => insert::bind_all(inserts, context, snapshot),
        Statement::Change(changed) => change::bind(changed, context, snapshot),
        Statement::Definition { statement, .. } => Ok(crate::command::table::bind(statement, context, snapshot)?),
        Statement::Explain { statement } => select::bind_explain(statement, context, snapshot),
        Statement::Cost { statement } => cost::bind(statement, context, snapshot),
        Statement::Unload { source, storage } => outside::bind_unload(source, storage, context, snapshot),
        Statement::Load { table, overwrite, partition, storage } => {
            outside::bind_load(table, *overwrite, partition, storage, context, snapshot)
        }
        Statement::Clone { source, partitions, target, existing } => {
            clone::bind(source, partitions, target, *existing, context, snapshot)
        }
    }
}

/// Reads the query of a statement without binding anything: a script is read whole before it runs.
///
/// # Errors
/// The text is no query, or has a clause that is not supported.
pub(super) fn check_syntax(statement: &AnyStatement) -> Result<()> {
    let query = match statement {
        AnyStatement::Query(statement) => return check_own_syntax(statement),
        AnyStatement::Table(table::Statement::CreateView { query, .. })
        | AnyStatement::Function(function::Statement::CreateSql { body: query, .. }) => query,
        AnyStatement::Local(local::Statement::Why { statement, .. }) => return check_syntax(statement),
        AnyStatement::Session(_)
        | AnyStatement::Project(_)
        | AnyStatement::Table(_)
        | AnyStatement::Resource(_)
        | AnyStatement::Function(_)
        | AnyStatement::Schema(_)
        | AnyStatement::User(_)
        | AnyStatement::Role(_)
        | AnyStatement::Tenant(_)
        | AnyStatement::TenantResource(_)
        | AnyStatement::Grant(_)
        | AnyStatement::Label(_)
        | AnyStatement::Package(_)
        | AnyStatement::Policy(_)
        | AnyStatement::Protection(_)
        | AnyStatement::Instance(_)
        | AnyStatement::Tunnel(_)
        | AnyStatement::Elsewhere(_)
        | AnyStatement::Local(_) => return Ok(()),
    };
    check_query(query)
}

fn check_own_syntax(statement: &Statement) -> Result<()> {
    match statement {
        Statement::If { query, effects, .. } => {
            check_query(query)?;
            effects.iter().try_for_each(|effect| check_own_syntax(&effect.statement))
        }
        Statement::MultiInsert { inserts, .. } => inserts.iter().try_for_each(|insert| check_query(&insert.query)),
        Statement::Variable { query, .. }
        | Statement::Function { query, .. }
        | Statement::Select { query }
        | Statement::CreateTableAs { query, .. }
        | Statement::Insert { query, .. }
        | Statement::Unload { source: Unloaded::Query(query), .. } => check_query(query),
        Statement::Change(changed) => change::check(changed),
        Statement::Explain { statement } | Statement::Cost { statement } => check_syntax(statement),
        Statement::Unload { source: Unloaded::Table(..), .. }
        | Statement::Load { .. }
        | Statement::Clone { .. }
        | Statement::Definition { .. } => Ok(()),
    }
}

fn check_query(query: &QueryText) -> Result<()> {
    match crate::data::parse(&query.text, query.starts, &crate::model::Dialect::of_any_flags()) {
        // Refused when it is bound: the statements before it run all the same.
        Err(error) if error.code == Code::WithoutSql => Ok(()),
        read => read.map(drop),
    }
}
