use super::relation::Reading;
use super::select::{Query, whole};
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{Use, destinations};
use crate::command::refusal::Refusal;
use crate::command::resolve;
use crate::command::table::partial_partition;
use crate::command::unbound::Binding;
use crate::data::TableRows;
use crate::error::{Code, Error};
use crate::model::{Dialect, JobType, Place};
use crate::security::Request;
use crate::store::Snapshot;
use crate::syntax::table::PartitionValues;
use crate::syntax::{Name, TableName};

/// `read` shows rows without running a job (STG-5); it is a flow to the screen all the same (FLW-8).
pub(in crate::command) fn bind_read(
    table: &TableName,
    columns: &[Name],
    partition: Option<&PartitionValues>,
    rows: Option<u64>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Binding<Bound> {
    resolve::current(context)?;
    let place = resolve::place(&table.qualifier, context, snapshot)?;
    // Source: odpscmd: the service returns at most READ_TABLE_MAX_ROW rows.
    let limit = snapshot.project_by_id(place.project.id)?.map_or(10_000, |project| project.read_limit());
    // One row more than is shown: so that it can be said that rows were left out (FLW-8).
    let limited = Some(rows.unwrap_or(u64::MAX).min(limit.saturating_add(1)));
    let names: Vec<&str> = columns.iter().map(|column| column.text.as_str()).collect();
    let downloads = context.as_job == Some(JobType::Dt);
    let destinations = destinations(if downloads { Use::TakenOut } else { Use::Shown }, context);
    let request =
        Request { shows_rows: !downloads, downloads, job: context.as_job, ..Request::in_session(context, Vec::new()) };
    // The clock of the session shows what is read; flags that refuse queries are not about `read`.
    let dialect = Dialect { zone: context.dialect(snapshot)?.zone, ..Dialect::default() };
    let qualifier = table.qualifier.texts();
    let rows = TableRows {
        columns: &names,
        partitions: &[values_of(partition)],
        limit: limited,
        ..rows_of(table, &qualifier)
    };
    let naming = resolve::naming(&table.qualifier, context)?;
    let reading = Reading::bind_rows(&rows, (dialect, naming), &request, &destinations, context, snapshot)
        .map_err(|unbound| unbound.pointing_at(table.span()))?;
    Ok(Bound::when_allowed(whole(request, &reading, &destinations), || {
        if let Some(values) = partition {
            check_partition(place, table, values, snapshot).map_err(|refusal| refusal.at(table.span()))?;
        }
        Ok(Work::Query(Query { limit: Some(limit), spaced: false, ..Query::of(reading.plan) }))
    }))
}

/// A partition that is named must be there.
fn check_partition(
    place: Place,
    table: &TableName,
    values: &PartitionValues,
    snapshot: &Snapshot<'_>,
) -> Result<(), Refusal> {
    let named = resolve::table_in(place, &table.name.text, snapshot)?;
    let found = named.expect_table()?;
    let wanted = partial_partition(found, values)?;
    let partitions = snapshot.partitions_to_plan(found.id)?;
    if partitions.iter().any(|partition| wanted.0.iter().all(|value| partition.spec.0.contains(value))) {
        return Ok(());
    }
    Err(Error::new(Code::PartitionNotFound, format!("partition {wanted} of `{}`", table.name)).into())
}

/// All rows of a table.
pub(in crate::command) fn rows_of<'t>(table: &'t TableName, qualifier: &'t [&'t str]) -> TableRows<'t> {
    TableRows { qualifier, name: &table.name.text, span: table.span(), columns: &[], partitions: &[], limit: None }
}

/// The columns and values of a partition, as typed.
pub(in crate::command) fn values_of(partition: Option<&PartitionValues>) -> Vec<(&str, &str)> {
    partition.into_iter().flatten().map(|(column, value)| (column.text.as_str(), value.as_str())).collect()
}
