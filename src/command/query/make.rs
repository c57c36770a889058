use super::job::{Job, Outlet};
use super::relation::Reading;
use super::select::whole;
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{Use, destinations};
use crate::command::resolve;
use crate::command::table::{check_clusters, check_columns};
use crate::command::unbound::Binding;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Bindings, Column, ColumnId, DataType, Dialect, JobType, Labels, ResultColumn, TableKind};
use crate::security::{Access, Request};
use crate::store::{NewTable, Snapshot};
use crate::syntax::table::Layout;
use crate::syntax::{Name, QueryText, TableName};

/// What `create table … as` says besides name and query.
pub(super) struct Details<'d> {
    pub comment: &'d str,
    /// Partition columns, with their types if they are given.
    pub partitions: &'d [(Name, Option<DataType>)],
    pub transactional: bool,
    pub lifecycle: Option<u32>,
    pub layout: &'d Layout,
}

/// `create table … as <query>`: its rows go into the table's project (FLW-2).
pub(super) fn bind(
    table: &TableName,
    if_not_exists: bool,
    details: &Details<'_>,
    query: &QueryText,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Binding<Bound> {
    let place = resolve::place(&table.qualifier, context, snapshot)?;
    let create = Access::inside(Action::CreateTable, resolve::container(&place, snapshot)?).into();
    let requirements = vec![resolve::job_requirement(context, snapshot)?, create];
    let request = Request::in_session(context, requirements).run_as(context, JobType::Sql);
    let destinations = destinations(Use::Written(&place.project), context);
    let reading = Reading::bind(query, (&request, Vec::new()), &destinations, context, snapshot)?;
    let request = whole(request, &reading, &destinations);
    Ok(Bound::when_allowed(request, || {
        resolve::check_schema(&place, snapshot).map_err(|error| error.at(table.span()))?;
        if snapshot.table(&place, &table.name.text)?.is_some() {
            let name = place.qualified(&table.name.text);
            return match if_not_exists {
                true => Ok(Work::nothing()),
                false => Err(Error::new(Code::TableExists, name).at(table.span()).into()),
            };
        }
        reading.plan.check_stored().map_err(|error| error.at(query.span))?;
        let mut columns: Vec<Column> = reading.plan.columns().iter().map(column).collect();
        let partition_columns = partitions(details, &mut columns, query, &context.dialect(snapshot)?)?;
        check_columns(&columns, &partition_columns)
            .map_err(|error| error.at(query.span).help("give each column a name of its own with `as`"))?;
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        check_clusters(details.layout, &names, details.transactional)?;
        let new = NewTable {
            project: place.project,
            schema: place.schema,
            name: table.name.text.clone(),
            kind: TableKind::Table,
            owner: context.principal.clone(),
            comment: details.comment.to_owned(),
            lifecycle: details.lifecycle,
            transactional: details.transactional,
            view_text: None,
            external: None,
            body_columns: Vec::new(),
            bindings: Bindings::default(),
            labels: Labels::default(),
            columns,
            partition_columns,
        };
        Ok(Work::Job(Job { plan: reading.plan, outlet: Outlet::NewTable(new), further: Vec::new() }))
    }))
}

/// Takes the partition columns out of those of the query. Chosen: they are its last ones, in their order, as for an insert with dynamic partitions.
fn partitions(
    details: &Details<'_>,
    columns: &mut Vec<Column>,
    query: &QueryText,
    dialect: &Dialect,
) -> Result<Vec<Column>> {
    let named = details.partitions;
    let is_returned = |name: &Name| columns.iter().any(|column| column.name == name.text);
    if let Some((name, _)) = named.iter().find(|(name, _)| !is_returned(name)) {
        let message = format!("partition column `{}` is not in the result of the query", name.text);
        return Err(Error::new(Code::Semantic, message).at(name.span));
    }
    let last = columns.split_off(columns.len().saturating_sub(named.len()));
    if columns.is_empty() || last.len() != named.len() {
        let message = "the query must return at least one column that is not a partition column";
        return Err(Error::new(Code::Semantic, message).at(query.span));
    }
    let mut found = Vec::new();
    for ((name, written), mut column) in named.iter().zip(last) {
        if column.name != name.text {
            let message = format!("partition column `{}` must be among the last columns of the query", name.text);
            let error = Error::new(Code::Semantic, message).at(name.span);
            return Err(error.help("select the partition columns last, in the order of `partitioned by`"));
        }
        if let Some(written) = written {
            dialect.check_type(written).map_err(|error| error.at(name.span))?;
            column.data_type = written.clone();
        }
        if !column.data_type.partitions() {
            let message = format!("a partition column cannot have the type {}", column.data_type);
            let error = Error::new(Code::Semantic, message).at(name.span);
            return Err(error.help("use string, varchar, char, date, tinyint, smallint, int or bigint"));
        }
        found.push(column);
    }
    Ok(found)
}

/// The column that holds a column of the query.
fn column(column: &ResultColumn) -> Column {
    Column {
        id: ColumnId(0),
        name: column.name.to_lowercase(),
        data_type: column.data_type.clone(),
        comment: String::new(),
        nullable: true,
        default: None,
        is_key: false,
        generator: None,
    }
}
