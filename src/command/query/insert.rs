use super::job::{Insert, Job, Outlet, OutsideInsert};
use super::relation::Reading;
use super::select::whole;
use crate::command::bound::{Bound, Context, Work};
use crate::command::external;
use crate::command::flow::destinations;
use crate::command::resolve::{self, Named};
use crate::command::table::{generated, partition_value};
use crate::command::unbound::Binding;
use crate::data::Plan;
use crate::error::{Code, Error, Result};
use crate::model::{Action, ColumnId, JobType, Table};
use crate::security::{Access, Destination, Flow, Request, Requirement};
use crate::store::Snapshot;
use crate::syntax::query::Insertion;
use crate::syntax::{Name, QueryText, TableName};

/// Where an insert goes.
pub(super) struct Into<'i> {
    pub table: &'i TableName,
    pub overwrite: bool,
    pub partition: &'i [(Name, Option<String>)],
    pub columns: &'i [Name],
}

/// `insert into|overwrite …`: its rows go into the table's project (FLW-2).
pub(super) fn bind(
    into: &Into<'_>,
    query: &QueryText,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Binding<Bound> {
    let target = resolve::table(into.table, context, snapshot)?;
    let requirements =
        vec![resolve::job_requirement(context, snapshot)?, Access::of(Action::Update, target.object.clone()).into()];
    let request = Request::in_session(context, requirements).run_as(context, JobType::Sql);
    let absent = target.missing();
    let destinations = destinations(target.written(), context);
    let reading = Reading::bind(query, (&request, absent), &destinations, context, snapshot)?;
    let mut request = whole(request, &reading, &destinations);
    request.requirements.extend(outside(&target, &reading, snapshot)?);
    request.flows.extend(replaced(&target, &destinations));
    Ok(Bound::when_allowed(request, || {
        let table = target.expect_table().map_err(|refusal| refusal.at(into.table.span()))?;
        let insert = insertion(into, table.clone(), &reading.plan, snapshot)?;
        let outlet = outlet(insert, context, snapshot)?;
        Ok(Work::Job(Job { plan: reading.plan, outlet, further: Vec::new() }))
    }))
}

/// What a table whose rows lie outside takes besides, of its owner and of the sources (EXT-1, DLC-1).
fn outside(target: &Named, reading: &Reading, snapshot: &Snapshot<'_>) -> Result<Vec<Requirement>> {
    let Some(table) = &target.table else { return Ok(Vec::new()) };
    let Some(location) = table.external.as_ref().map(|external| &external.location) else { return Ok(Vec::new()) };
    let mut requirements = external::downloads(location, reading, snapshot)?;
    requirements.extend(external::used(table, snapshot)?);
    Ok(requirements)
}

/// Which rows of a table with a primary key are replaced depends on those that are there: it is a source (FLW-2). Select is not asked, since
/// nothing is told of them.
pub(super) fn replaced(target: &Named, destinations: &[Destination]) -> Vec<Flow> {
    let has_key = target.table.as_ref().is_some_and(Table::has_key);
    let source = target.object.clone();
    let flow = |destination: &Destination| Flow {
        source: source.clone(),
        through: Vec::new(),
        destination: destination.clone(),
    };
    if has_key { destinations.iter().map(flow).collect() } else { Vec::new() }
}

/// Where the rows of an insert go.
fn outlet(insert: Insert, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Outlet> {
    match insert.table.external {
        None => Ok(Outlet::Table(insert)),
        Some(_) => {
            let scan = external::scan(&insert.table, context, snapshot)?;
            Ok(Outlet::Outside(OutsideInsert { insert, scan, is_table: true }))
        }
    }
}

/// `from … insert … insert …`: every source flows to every table that is written (FLW-2), and all are written or none.
pub(super) fn bind_all(inserts: &[Insertion], context: &Context<'_>, snapshot: &Snapshot<'_>) -> Binding<Bound> {
    let targets = inserts.iter().map(|insert| resolve::table(&insert.table, context, snapshot));
    let targets = targets.collect::<Result<Vec<_>>>()?;
    let mut requirements = vec![resolve::job_requirement(context, snapshot)?];
    let (mut absent, mut to) = (Vec::new(), Vec::new());
    for target in &targets {
        let update = Requirement::from(Access::of(Action::Update, target.object.clone()));
        if !requirements.contains(&update) {
            requirements.push(update);
            absent.extend(target.missing());
        }
        for destination in destinations(target.written(), context) {
            if !to.contains(&destination) {
                to.push(destination);
            }
        }
    }
    let mut request = Request::in_session(context, requirements).run_as(context, JobType::Sql);
    // Each query is planned only where everything that is written may be; the whole is decided together.
    let asked = request.clone();
    let mut readings = Vec::new();
    for insert in inserts {
        let reading = Reading::bind(&insert.query, (&asked, absent.clone()), &to, context, snapshot)?;
        request = whole(request, &reading, &to);
        for target in &targets {
            request.requirements.extend(outside(target, &reading, snapshot)?);
            for flow in replaced(target, &to) {
                if !request.flows.contains(&flow) {
                    request.flows.push(flow);
                }
            }
        }
        readings.push(reading);
    }
    Ok(Bound::when_allowed(request, || {
        let mut jobs = Vec::new();
        for ((insert, target), reading) in inserts.iter().zip(&targets).zip(readings) {
            let table = target.expect_table().map_err(|refusal| refusal.at(insert.table.span()))?;
            let into = Into {
                table: &insert.table,
                overwrite: insert.overwrite,
                partition: &insert.partition,
                columns: &insert.columns,
            };
            let made = insertion(&into, table.clone(), &reading.plan, snapshot)?;
            check_apart(&made, &jobs).map_err(|error| error.at(insert.table.span()))?;
            let outlet = outlet(made, context, snapshot)?;
            jobs.push(Job { plan: reading.plan, outlet, further: Vec::new() });
        }
        let mut jobs = jobs.into_iter();
        let first = jobs.next().ok_or_else(|| Error::new(Code::Internal, "an insert without a table"))?;
        Ok(Work::Job(Job { further: jobs.collect(), ..first }))
    }))
}

/// Source: "MULTI INSERT": no table or partition is written twice, and none of one table added to while another one is replaced.
fn check_apart(insert: &Insert, others: &[Job]) -> Result<()> {
    for other in others {
        let (Outlet::Table(other) | Outlet::Outside(OutsideInsert { insert: other, .. })) = &other.outlet else {
            continue;
        };
        if other.table.id != insert.table.id {
            continue;
        }
        let are_whole = insert.dynamic.is_empty() && other.dynamic.is_empty() && insert.table.is_partitioned();
        let is_keyed = insert.table.has_key();
        if is_keyed || !are_whole || insert.fixed == other.fixed || insert.overwrite != other.overwrite {
            let message = format!("`{}` is written twice", insert.table.name);
            return Err(Error::new(Code::Semantic, message)
                .help("give each insert a table, or a partition with all its values, of its own"));
        }
    }
    Ok(())
}

/// Which column of the query fills which column of the table.
fn insertion(into: &Into<'_>, table: Table, plan: &Plan, snapshot: &Snapshot<'_>) -> Result<Insert> {
    let (fixed, dynamic) = partition(into, &table)?;
    let mut columns: Vec<ColumnId> = Vec::new();
    let listed: Vec<&str> = into.columns.iter().map(|name| name.text.as_str()).collect();
    let first = listed.iter().position(|name| dynamic.iter().any(|column| column == name));
    if first.and_then(|first| listed.get(first..)).is_some_and(|last| last != dynamic.as_slice()) {
        let message = format!("partition columns come last in the list of columns: {}", dynamic.join(", "));
        return Err(Error::new(Code::Semantic, message)
            .at(into.table.span())
            .help("list the columns of the table first, then the partition columns, in the order of the query"));
    }
    for name in into.columns {
        if dynamic.contains(&name.text) {
            continue;
        }
        let column = table.columns.iter().find(|column| column.name == name.text).ok_or_else(|| {
            Error::new(Code::Semantic, format!("table `{}` has no column `{}`", table.name, name.text)).at(name.span)
        })?;
        if columns.contains(&column.id) {
            return Err(Error::new(Code::Semantic, format!("column `{}` is named twice", name.text)).at(name.span));
        }
        columns.push(column.id);
    }
    if into.columns.is_empty() {
        columns = table.columns.iter().map(|column| column.id).collect();
    }
    plan.check_stored()?;
    let (given, expected) = (plan.columns().len(), columns.len() + dynamic.len());
    if given != expected {
        let last =
            if dynamic.is_empty() { String::new() } else { format!(", the last of them {}", dynamic.join(", ")) };
        return Err(Error::new(
            Code::Semantic,
            format!("the query returns {given} columns, `{}` takes {expected}{last}", table.name),
        )
        .at(into.table.span()));
    }
    let is_guarded = into.overwrite && table.transactional;
    let replaces = is_guarded.then(|| snapshot.files_to_plan(table.id)).transpose()?;
    Ok(Insert { table, overwrite: into.overwrite, columns, fixed, dynamic, replaces })
}

/// The values that `partition (…)` gives, and the partition columns that it leaves to the query.
type Partition = (Vec<(String, String)>, Vec<String>);

fn partition(into: &Into<'_>, table: &Table) -> Result<Partition> {
    let span = into.table.span();
    let wrong = |message: String| Error::new(Code::Semantic, message).at(span);
    if let Some((name, _)) =
        into.partition.iter().find(|(name, _)| !table.partition_columns.iter().any(|column| column.name == name.text))
    {
        return Err(wrong(format!("`{}` is not a partition column of `{}`", name.text, table.name)).at(name.span));
    }
    if let Some((column, _)) = table.generator() {
        let named = into.partition.iter().map(|(name, _)| name).chain(into.columns);
        let mut named = named.filter(|name| name.text == column.name);
        return match named.next() {
            None => Ok((Vec::new(), Vec::new())),
            Some(name) => Err(generated(table).at(name.span)),
        };
    }
    let (mut fixed, mut dynamic) = (Vec::new(), Vec::new());
    let is_listed = |name: &String| into.columns.iter().any(|listed| listed.text == *name);
    // Without `partition`, the list of columns may say that the query returns their values.
    if into.partition.is_empty()
        && table.is_partitioned()
        && table.partition_columns.iter().all(|column| is_listed(&column.name))
    {
        let is_partition = |name: &&Name| table.partition_columns.iter().any(|column| column.name == name.text);
        for name in into.columns.iter().filter(is_partition) {
            if dynamic.contains(&name.text) {
                return Err(wrong(format!("column `{}` is named twice", name.text)).at(name.span));
            }
            dynamic.push(name.text.clone());
        }
        return Ok((fixed, dynamic));
    }
    for column in &table.partition_columns {
        let mut named = into.partition.iter().filter(|(name, _)| name.text == column.name);
        match (named.next(), named.next()) {
            (Some((_, Some(_))), None) if !dynamic.is_empty() => {
                return Err(wrong(format!("`{}` has a value after a column without one", column.name))
                    .help("give values to the first partition columns, and leave the last ones to the query"));
            }
            (Some((name, Some(value))), None) => {
                let value = partition_value(column, value).map_err(|error| error.at(name.span))?;
                fixed.push((column.name.clone(), value));
            }
            (Some((_, None)), None) => dynamic.push(column.name.clone()),
            _ => {
                return Err(wrong(format!("`partition (…)` must name `{}` once", column.name)).help(format!(
                    "write `partition ({}='…')`, or without a value to take it from the query",
                    column.name
                )));
            }
        }
    }
    // The query gives them in the order that is written.
    let written = |dynamic: &String| into.partition.iter().position(|(name, _)| name.text == *dynamic);
    dynamic.sort_by_key(written);
    Ok((fixed, dynamic))
}
