use super::job::{Job, Outlet};
use super::relation::Reading;
use super::select::whole;
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{Use, destinations};
use crate::command::resolve;
use crate::command::table::check_columns;
use crate::command::unbound::Binding;
use crate::error::{Code, Error};
use crate::model::{Action, Bindings, Column, ColumnId, JobType, Labels, ResultColumn, TableKind};
use crate::security::{Access, Request};
use crate::store::{NewTable, Snapshot};
use crate::syntax::{QueryText, TableName};

/// What `create table … as` says besides name and query.
pub(super) struct Details<'d> {
    pub comment: &'d str,
    pub lifecycle: Option<u32>,
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
        let columns: Vec<Column> = reading.plan.columns().iter().map(column).collect();
        check_columns(&columns, &[])
            .map_err(|error| error.at(query.span).help("give each column a name of its own with `as`"))?;
        let new = NewTable {
            project: place.project,
            schema: place.schema,
            name: table.name.text.clone(),
            kind: TableKind::Table,
            owner: context.principal.clone(),
            comment: details.comment.to_owned(),
            lifecycle: details.lifecycle,
            transactional: false,
            view_text: None,
            external: None,
            body_columns: Vec::new(),
            bindings: Bindings::default(),
            labels: Labels::default(),
            columns,
            partition_columns: Vec::new(),
        };
        Ok(Work::Job(Job { plan: reading.plan, outlet: Outlet::NewTable(new), further: Vec::new() }))
    }))
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
    }
}
