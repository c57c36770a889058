//! `unload` and `load`: rows that become files outside, and files that become rows (EXT-1).

use std::sync::Arc;

use super::job::{Insert, Job, Outlet, OutsideInsert};
use super::read::{rows_of, values_of};
use super::relation::Reading;
use super::select::whole;
use crate::command::bound::{Bound, Context, Work};
use crate::command::external;
use crate::command::flow::{Use, destinations};
use crate::command::resolve;
use crate::command::table::{generated, whole_partition};
use crate::command::unbound::Binding;
use crate::data::{TableRows, plan_of};
use crate::error::{Code, Error};
use crate::model::{
    Action, Column, ColumnId, Dialect, JobType, ObjectId, PartitionSpec, ProjectRef, ResultColumn, SchemaName, Table,
    TableKind, Time,
};
use crate::security::{Access, Request};
use crate::store::Snapshot;
use crate::syntax::TableName;
use crate::syntax::query::Unloaded;
use crate::syntax::table::{PartitionValues, Storage};

/// Every source flows out of all projects, and how it ends to the session (FLW-2, FLW-2b).
pub(super) fn bind_unload(
    source: &Unloaded,
    storage: &Storage,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Binding<Bound> {
    let project = resolve::current(context)?;
    let external = external::named_in(storage, context)?;
    let requirements = vec![resolve::job_requirement(context, snapshot)?];
    let request = Request::in_session(context, requirements).run_as(context, JobType::Sql);
    let destinations = destinations(Use::Outside(None), context);
    let reading = match source {
        Unloaded::Query(query) => Reading::bind(query, (&request, Vec::new()), &destinations, context, snapshot)?,
        Unloaded::Table(table, partitions) => {
            let partitions: Vec<Vec<(&str, &str)>> = partitions.iter().map(|values| values_of(Some(values))).collect();
            let qualifier = table.qualifier.texts();
            let rows = TableRows { partitions: &partitions, ..rows_of(table, &qualifier) };
            let dialect = Dialect { zone: context.dialect(snapshot)?.zone, ..Dialect::default() };
            let how = (dialect, resolve::naming(&table.qualifier, context)?);
            Reading::bind_rows(&rows, how, &request, &destinations, context, snapshot)
                .map_err(|unbound| unbound.pointing_at(table.span()))?
        }
    };
    let mut request = whole(request, &reading, &destinations);
    request.requirements.extend(external::downloads(&external.location, &reading, snapshot)?);
    request.requirements.extend(external::named(&external, &project, snapshot)?);
    Ok(Bound::when_allowed(request, || {
        reading.plan.check_stored()?;
        let columns: Vec<Column> = (0_i64..).zip(reading.plan.columns()).map(column).collect();
        crate::command::table::check_columns(&columns, &[])
            .map_err(|error| error.help("give each column a name of its own with `as`"))?;
        let parts = vec![(PartitionSpec::default(), external.location.clone())];
        let scan = external::scan_of(parts, &external, &project, context, snapshot)?;
        let table = external::table_of(external, of_statement(context, project, columns));
        let insert = Insert {
            columns: table.columns.iter().map(|column| column.id).collect(),
            table,
            overwrite: false,
            fixed: Vec::new(),
            dynamic: Vec::new(),
            replaces: None,
        };
        let outlet = Outlet::Outside(OutsideInsert { insert, scan, is_table: false });
        Ok(Work::Job(Job { plan: reading.plan, outlet, further: Vec::new() }))
    }))
}

fn column((id, column): (i64, &ResultColumn)) -> Column {
    Column {
        id: ColumnId(id),
        name: column.name.to_lowercase(),
        data_type: column.data_type.clone(),
        comment: String::new(),
        nullable: true,
        default: None,
        is_key: false,
        generator: None,
    }
}

/// A table of the statement alone.
fn of_statement(context: &Context<'_>, project: ProjectRef, columns: Vec<Column>) -> Table {
    Table {
        id: ObjectId(0),
        project,
        schema: SchemaName::default(),
        name: "(location)".to_owned(),
        kind: TableKind::Table,
        owner: context.principal.clone(),
        comment: String::new(),
        lifecycle: None,
        transactional: false,
        columns,
        partition_columns: Vec::new(),
        view_text: None,
        external: None,
        created: Time(0),
        defined: Time(0),
        modified: Time(0),
    }
}

/// Files come in as the caller, who names them (TRS-4); nothing flows out (EXT-1).
pub(super) fn bind_load(
    table: &TableName,
    overwrite: bool,
    partition: &PartitionValues,
    storage: &Storage,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Binding<Bound> {
    let project = resolve::current(context)?;
    let external = external::named_in(storage, context)?;
    let target = resolve::table(table, context, snapshot)?;
    let mut requirements =
        vec![resolve::job_requirement(context, snapshot)?, Access::of(Action::Update, target.object.clone()).into()];
    requirements.extend(external::named(&external, &project, snapshot)?);
    let mut request = Request::in_session(context, requirements).run_as(context, JobType::Sql);
    request.flows.extend(super::insert::replaced(&target, &destinations(target.written(), context)));
    let dialect = context.dialect(snapshot)?;
    Ok(Bound::when_allowed(request, || {
        let found = target.expect_internal().map_err(|refusal| refusal.at(table.span()))?.clone();
        let fixed = match (found.is_partitioned() && found.generator().is_none(), partition.is_empty()) {
            (true, true) => {
                let error =
                    Error::new(Code::Semantic, format!("table `{}` is partitioned: name one partition", found.name));
                return Err(error
                    .at(table.span())
                    .help("write `load into table <table> partition (…) from location …`")
                    .into());
            }
            (false, true) => Vec::new(),
            _ if found.generator().is_some() => {
                return Err(generated(&found).at(table.span()).into());
            }
            _ => whole_partition(&found, partition).map_err(|error| error.at(table.span()))?.0,
        };
        let parts = vec![(PartitionSpec::default(), external.location.clone())];
        let scan = external::scan_of(parts, &external, &project, context, snapshot)?;
        let columns = found.columns.iter().cloned().map(|column| Column { default: None, nullable: true, ..column });
        let files = external::table_of(external, of_statement(context, project, columns.collect()));
        let plan = plan_of(&files, &scan, &Arc::new(dialect))?;
        let replaces = (overwrite && found.transactional).then(|| snapshot.files_to_plan(found.id)).transpose()?;
        let insert = Insert {
            columns: found.columns.iter().map(|column| column.id).collect(),
            table: found,
            overwrite,
            fixed,
            dynamic: Vec::new(),
            replaces,
        };
        Ok(Work::Job(Job { plan: Arc::new(plan), outlet: Outlet::Table(insert), further: Vec::new() }))
    }))
}
