use super::job::{Insert, Job, Outlet};
use super::read::rows_of;
use super::relation::Reading;
use super::select::whole;
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{Use, destinations};
use crate::command::refusal::Refusal;
use crate::command::resolve::{self, Named};
use crate::command::table::whole_partition;
use crate::command::unbound::Binding;
use crate::data::TableRows;
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, Bindings, Column, ColumnId, Dialect, JobType, Labels, PartitionSpec, Place, Table, TableKind,
};
use crate::security::{Access, Request, Requirement};
use crate::store::{NewTable, Snapshot};
use crate::syntax::TableName;
use crate::syntax::query::Existing;
use crate::syntax::table::PartitionValues;

/// `clone table`: definition and rows go into the target's project.
///
/// Chosen: Describe and Select on the source, CreateTable on the project or Update on a target that is there.
pub(super) fn bind(
    source: &TableName,
    partitions: &[PartitionValues],
    target: &TableName,
    existing: Existing,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Binding<Bound> {
    let from = resolve::table(source, context, snapshot)?;
    let to = resolve::table(target, context, snapshot)?;
    let project = to.object.project.clone();
    let write = resolve::make_requirement((Action::CreateTable, Action::Update), &to.object, true, context, snapshot)?;
    let describe = Access::of(Action::Describe, from.object.clone()).into();
    let requirements: Vec<Requirement> = vec![resolve::job_requirement(context, snapshot)?, describe, write];
    let request = Request::in_session(context, requirements).run_as(context, JobType::Sql);
    let destinations = destinations(Use::Written(&project), context);

    let specs: Result<Vec<PartitionSpec>> = match &from.table {
        Some(table) => partitions.iter().map(|values| whole_partition(table, values)).collect(),
        None => Ok(Vec::new()),
    };
    let partitions: Vec<Vec<(&str, &str)>> = specs.iter().flatten().map(values).collect();
    let qualifier = source.qualifier.texts();
    let rows = TableRows { partitions: &partitions, ..rows_of(source, &qualifier) };
    let how = (Dialect::default(), resolve::naming(&source.qualifier, context)?);
    let reading = Reading::bind_rows(&rows, how, &request, &destinations, context, snapshot)
        .map_err(|unbound| unbound.pointing_at(source.span()))?;
    let request = whole(request, &reading, &destinations);
    Ok(Bound::when_allowed(request, || {
        let table = cloned(&from, specs, snapshot).map_err(|refusal| refusal.at(source.span()))?;
        let outlet = match (&to.table, existing) {
            (None, _) => {
                let labels = snapshot.labels_of(table.id)?;
                let place = to.object.place();
                resolve::check_schema(&place, snapshot).map_err(|error| error.at(target.span()))?;
                Outlet::NewTable(copy((table, &labels), to.object.name.to_string(), place, context))
            }
            (Some(known), Existing::Refuse) => {
                let name = known.object().full_name();
                return Err(Error::new(Code::TableExists, name).at(target.span()).into());
            }
            (Some(_), Existing::Ignore) => return Ok(Work::nothing()),
            (Some(known), Existing::Overwrite) => {
                check_fits(table, known).map_err(|error| error.at(target.span()))?;
                Outlet::Table(Insert {
                    table: known.clone(),
                    overwrite: true,
                    columns: known.columns.iter().map(|column| column.id).collect(),
                    fixed: Vec::new(),
                    dynamic: known.partition_columns.iter().map(|column| column.name.clone()).collect(),
                    // Transactional tables are not cloned.
                    replaces: None,
                })
            }
        };
        Ok(Work::Job(Job { plan: reading.plan, outlet, further: Vec::new() }))
    }))
}

/// The table that is cloned; partitions that are named must be there.
fn cloned<'n>(
    named: &'n Named,
    specs: Result<Vec<PartitionSpec>>,
    snapshot: &Snapshot<'_>,
) -> Result<&'n Table, Refusal> {
    let table = named.expect_internal()?;
    // Source: "UPDATE | DELETE", limits.
    if table.transactional {
        return Err(Error::new(Code::Semantic, format!("`{}` is transactional, and cannot be cloned", table.name))
            .help("make a table with `create table … like`, then `insert into <table> select …`")
            .into());
    }
    for spec in specs? {
        if snapshot.partition(table.id, &spec)?.is_none() {
            let message = format!("partition {spec} of `{}`", table.name);
            return Err(Error::new(Code::PartitionNotFound, message).into());
        }
    }
    Ok(table)
}

fn values(spec: &PartitionSpec) -> Vec<(&str, &str)> {
    spec.0.iter().map(|(column, value)| (column.as_str(), value.as_str())).collect()
}

fn check_fits(source: &Table, target: &Table) -> Result<()> {
    let shape = |table: &Table| -> Vec<(String, String)> {
        table.all_columns().map(|column| (column.name.clone(), column.data_type.to_string())).collect()
    };
    if target.transactional {
        return Err(Error::new(Code::Semantic, format!("`{}` is transactional, and cannot be cloned to", target.name))
            .help("write `insert overwrite <table> select …`"));
    }
    let same = target.kind == TableKind::Table
        && target.external.is_none()
        && shape(source) == shape(target)
        && source.partition_columns.len() == target.partition_columns.len()
        && source.generator().map(|(_, from)| from) == target.generator().map(|(_, from)| from);
    if same {
        return Ok(());
    }
    Err(Error::new(Code::Semantic, format!("`{}` has other columns than `{}`", target.name, source.name))
        .help("drop the target, or clone to another name"))
}

fn copy((table, labels): (&Table, &Labels), name: String, place: Place, context: &Context<'_>) -> NewTable {
    let unnumbered =
        |columns: &[Column]| columns.iter().cloned().map(|column| Column { id: ColumnId(0), ..column }).collect();
    NewTable {
        project: place.project,
        schema: place.schema,
        name,
        kind: TableKind::Table,
        owner: context.principal.clone(),
        comment: table.comment.clone(),
        lifecycle: table.lifecycle,
        transactional: false,
        view_text: None,
        external: None,
        body_columns: Vec::new(),
        bindings: Bindings::default(),
        labels: labels.clone(),
        columns: unnumbered(&table.columns),
        partition_columns: unnumbered(&table.partition_columns),
    }
}
