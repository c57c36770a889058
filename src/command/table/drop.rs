use super::partitions::to_truncate;
use crate::command::bound::{Bound, Context, Work};
use crate::command::external_schema;
use crate::command::flow::derived;
use crate::command::outcome::Outcome;
use crate::command::refusal::Refusal;
use crate::command::resolve::{self, Named};
use crate::error::Result;
use crate::model::{Action, JobType, Operation, Table, Time};
use crate::security::{Access, Request};
use crate::store::{Snapshot, Write};
use crate::syntax::TableName;
use crate::syntax::table::Choice;

/// What is kept of a table that is dropped, in a project that keeps versions (DEL-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Its versions, so that it can be restored.
    Versions,
    /// Nothing.
    Nothing,
}

pub(super) fn bind_table(
    table: &TableName,
    if_exists: bool,
    kept: Kept,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    bind_drop(table, (if_exists, kept), Named::expect_table, context, snapshot)
}

pub(super) fn bind_view(
    view: &TableName,
    if_exists: bool,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    bind_drop(view, (if_exists, Kept::Nothing), Named::expect_view, context, snapshot)
}

fn bind_drop(
    name: &TableName,
    (if_exists, kept): (bool, Kept),
    expect: fn(&Named) -> Result<&Table, Refusal>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let named = resolve::table(name, context, snapshot)?;
    let request = job(Action::Drop, &named, context, snapshot)?;
    if named.table.is_none() && if_exists {
        return Ok(Bound::missing_is_fine(request, named.object));
    }
    Ok(Bound::when_allowed(request, || {
        let table = expect(&named).map_err(|refusal| refusal.at(name.span()))?;
        external_schema::check_changes(table, snapshot).map_err(|error| error.at(name.span()))?;
        let id = table.id;
        Ok(Work::change(move |write, now| {
            match kept {
                Kept::Versions => write.drop_table(id, now)?,
                Kept::Nothing => write.drop_table_for_good(id)?,
            }
            Ok(Outcome::ok())
        }))
    }))
}

pub(super) fn bind_truncate(
    name: &TableName,
    partitions: &[Choice],
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let named = resolve::table(name, context, snapshot)?;
    let mut request = job(Action::Update, &named, context, snapshot)?;
    // Whether it succeeds tells which partitions there are (FLW-2a).
    if !partitions.is_empty() {
        request.flows = derived(&named.object, context);
    }
    Ok(Bound::when_allowed(request, || {
        let place = name.span();
        let table = named.expect_internal().map_err(|refusal| refusal.at(place))?.clone();
        let partitions = partitions.to_vec();
        Ok(Work::change(move |write, now| {
            truncate(write, &table, &partitions, now).map_err(|error| error.at(place))?;
            Ok(Outcome::ok())
        }))
    }))
}

/// All partitions that are meant lose their rows, or none does.
fn truncate(write: &Write<'_>, table: &Table, partitions: &[Choice], now: Time) -> Result<()> {
    if partitions.is_empty() {
        write.remove_files(table.id, None)?;
    } else {
        for partition in to_truncate(write, table, partitions)? {
            write.remove_files(table.id, Some(partition))?;
            write.touch_partition(partition, now)?;
        }
    }
    write.touch_rows(table.id, Operation::Truncate, now)
}

/// A job that does one thing to one table.
pub(super) fn job(action: Action, named: &Named, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Request> {
    let requirements =
        vec![resolve::job_requirement(context, snapshot)?, Access::of(action, named.object.clone()).into()];
    Ok(Request::in_session(context, requirements).run_as(context, JobType::Sql))
}
