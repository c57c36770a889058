use super::job::{Insert, Job, Outlet};
use super::relation::Reading;
use super::select::whole;
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{Use, destinations};
use crate::command::resolve;
use crate::command::table::partition_value;
use crate::command::unbound::Binding;
use crate::data::Plan;
use crate::error::{Code, Error, Result};
use crate::model::{Action, ColumnId, JobType, Table};
use crate::security::{Access, Request};
use crate::store::Snapshot;
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
    let destinations = destinations(Use::Written(&target.object.project), context);
    let reading = Reading::bind(query, (&request, absent), &destinations, context, snapshot)?;
    let request = whole(request, &reading, &destinations);
    Ok(Bound::when_allowed(request, || {
        let table = target.expect_table().map_err(|refusal| refusal.at(into.table.span()))?;
        let insert = insertion(into, table.clone(), &reading.plan)?;
        Ok(Work::Job(Job { plan: reading.plan, outlet: Outlet::Table(insert) }))
    }))
}

/// Which column of the query fills which column of the table.
fn insertion(into: &Into<'_>, table: Table, plan: &Plan) -> Result<Insert> {
    let (fixed, dynamic) = partition(into, &table)?;
    let mut columns: Vec<ColumnId> = Vec::new();
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
            format!("the query gives {given} columns, `{}` takes {expected}{last}", table.name),
        )
        .at(into.table.span()));
    }
    Ok(Insert { table, overwrite: into.overwrite, columns, fixed, dynamic })
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
    let (mut fixed, mut dynamic) = (Vec::new(), Vec::new());
    for column in &table.partition_columns {
        let mut named = into.partition.iter().filter(|(name, _)| name.text == column.name);
        match (named.next(), named.next()) {
            (Some((_, Some(_))), None) if !dynamic.is_empty() => {
                return Err(wrong(format!("`{}` has a value behind a column without one", column.name))
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
