use super::columns::whole_partition;
use crate::command::bound::{Bound, Context};
use crate::command::flow::derived;
use crate::command::outcome::Outcome;
use crate::command::resolve::{self, Named};
use crate::error::{Code, Error, Result};
use crate::model::{Action, JobType, Table};
use crate::security::{Access, Request};
use crate::store::Snapshot;
use crate::syntax::TableName;
use crate::syntax::table::PartitionValues;

pub(super) fn bind_table(
    table: &TableName,
    if_exists: bool,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    bind_drop(table, if_exists, |named| named.expect_table().cloned(), context, snapshot)
}

pub(super) fn bind_view(
    view: &TableName,
    if_exists: bool,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    bind_drop(view, if_exists, |named| named.expect_view().cloned(), context, snapshot)
}

fn bind_drop(
    name: &TableName,
    if_exists: bool,
    expect: impl FnOnce(&Named) -> Result<Table>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let named = resolve::table(name, context, snapshot)?;
    let request = job(Action::Drop, &named, context, snapshot)?;
    if named.table.is_none() && if_exists {
        return Ok(Bound::missing_is_fine(request, named.object));
    }
    match expect(&named) {
        Err(error) => Ok(refused(request, named, error.at(name.span()))),
        Ok(table) => Ok(Bound::change(request, move |write, _| {
            write.drop_table(table.id)?;
            Ok(Outcome::ok())
        })),
    }
}

pub(super) fn bind_truncate(
    name: &TableName,
    partition: Option<&PartitionValues>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let named = resolve::table(name, context, snapshot)?;
    let mut request = job(Action::Update, &named, context, snapshot)?;
    // Whether it succeeds tells which partitions there are (FLW-2a).
    if partition.is_some() {
        request.flows = derived(&named.object, context);
    }
    let found = named.expect_table().cloned().and_then(|table| {
        let Some(values) = partition else { return Ok((table, None)) };
        let spec = whole_partition(&table, values)?;
        match snapshot.partition(table.id, &spec)? {
            Some(id) => Ok((table, Some(id))),
            None => Err(Error::new(Code::PartitionNotFound, format!("partition {spec} of `{}`", table.name))),
        }
    });
    match found {
        Err(error) => Ok(refused(request, named, error.at(name.span()))),
        Ok((table, partition)) => Ok(Bound::change(request, move |write, now| {
            write.remove_files(table.id, partition)?;
            write.touch_rows(table.id, now)?;
            if let Some(partition) = partition {
                write.touch_partition(partition, now)?;
            }
            Ok(Outcome::ok())
        })),
    }
}

/// A job that does one thing to one table.
pub(super) fn job(action: Action, named: &Named, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Request> {
    let claims = vec![resolve::job_claim(context, snapshot)?, Access::of(action, named.object.clone()).into()];
    Ok(Request::in_session(context, claims).run_as(context, JobType::Sql))
}

/// What is wrong is told after the decision; a missing object also to those who may list.
pub(super) fn refused(request: Request, named: Named, error: Box<Error>) -> Bound {
    match named.table {
        None => Bound::missing(request, named.object, error),
        Some(_) => Bound::fail(request, error),
    }
}
