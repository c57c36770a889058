use super::check_columns;
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{Use, destinations};
use crate::command::outcome::Outcome;
use crate::command::query::Reading;
use crate::command::refusal::Refusal;
use crate::command::resolve;
use crate::command::unbound::Binding;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Column, ColumnId, JobType, Labels, Place, ResultColumn, Table, TableKind};
use crate::security::{Access, Request, Requirement, membership};
use crate::store::{NewTable, Snapshot};
use crate::syntax::{Name, QueryText, TableName};
use crate::text::calls_with_keys;

/// What `create view` defines.
pub(super) struct Definition<'d> {
    pub columns: &'d [(Name, Option<String>)],
    pub comment: &'d str,
    pub query: &'d QueryText,
    pub or_replace: bool,
    pub if_not_exists: bool,
}

/// `create view`: CreateTable, CreateInstance and Select on every base column; replacing needs ownership or Drop (VIW-4).
pub(super) fn bind(
    view: &TableName,
    definition: &Definition<'_>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Binding<Bound> {
    let place = resolve::place(&view.qualifier, context, snapshot)?;
    let existing = snapshot.table(&place, &view.name.text)?;
    let create = Access::inside(Action::CreateTable, resolve::container(&place, snapshot)?).into();
    let mut requirements: Vec<Requirement> = vec![resolve::job_requirement(context, snapshot)?, create];
    if let Some(existing) = existing.as_ref().filter(|_| definition.or_replace) {
        requirements.push(Access::of(Action::Drop, existing.object()).into());
    }
    let request = Request::in_session(context, requirements).run_as(context, JobType::Sql);
    // A view makes its content depend on what it reads: that is a flow into its project (FLW-2). It reads no row itself.
    let destinations = destinations(Use::Defined(&place.project), context);
    let reading = Reading::bind_in(
        context.dialect(snapshot)?.of_new_body(),
        definition.query,
        (&request, Vec::new()),
        &destinations,
        context,
        snapshot,
    )?;
    let mut request = request;
    request.requirements.extend(reading.requirements());
    request.flows = reading.flows(&destinations);

    let home = resolve::current(context)?;
    Ok(Bound::when_allowed(request, || {
        resolve::check_schema(&place, snapshot).map_err(|error| error.at(view.span()))?;
        reading.check_body(definition.query.span)?;
        check_names(definition, &reading, home.id == place.project.id, context)?;
        check_has_no_key(definition)?;
        check_nesting(view, definition, existing.as_ref(), &reading)?;
        let new = new_view(view, definition, place, &reading, context)?;
        put(new, existing, definition, view, context, snapshot)
    }))
}

/// A view in another project says of each table where it is: names without a project belong to the view's own when it is read.
fn check_names(definition: &Definition<'_>, reading: &Reading, is_at_home: bool, context: &Context<'_>) -> Result<()> {
    if is_at_home || !reading.has_bare_names {
        return Ok(());
    }
    Err(Error::new(Code::Semantic, "a view in another project must name the project of each table in its query")
        .at(definition.query.span)
        .help(match context.naming()?.has_schemas {
            true => "write `project.schema.table`",
            false => "write `project.table`",
        }))
}

/// The text of a view is kept in the state and shown by `desc` (KEY-2).
fn check_has_no_key(definition: &Definition<'_>) -> Result<()> {
    if !calls_with_keys(&definition.query.text) {
        return Ok(());
    }
    Err(Error::new(Code::Semantic, "a view that decrypts or encrypts cannot contain literals or comments: one of them may be the key")
        .at(definition.query.span)
        .help("let the view read the key from a table that few may read; put conditions with literals into a view on this one"))
}

/// A view reads neither itself nor more views than a query may.
fn check_nesting(
    view: &TableName,
    definition: &Definition<'_>,
    existing: Option<&Table>,
    reading: &Reading,
) -> Result<()> {
    let refers_to = |existing: &Table| reading.accesses().iter().any(|access| access.object == existing.object());
    if definition.or_replace && existing.is_some_and(refers_to) {
        let message = format!("view `{}` would refer to itself", view.name.text);
        return Err(Error::new(Code::Semantic, message).at(definition.query.span));
    }
    match reading.fits_into_a_view() {
        true => Ok(()),
        false => Err(Error::new(Code::Semantic, "views are nested too deeply")
            .at(definition.query.span)
            .help("put the rows of a view that is used often into a table")),
    }
}

/// Makes the view, or puts it in the place of the one of its name.
fn put(
    new: NewTable,
    existing: Option<Table>,
    definition: &Definition<'_>,
    view: &TableName,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Work, Refusal> {
    match existing {
        None => Ok(Work::change(move |write, now| {
            write.create_table(new, now)?;
            Ok(Outcome::ok())
        })),
        Some(existing) if definition.or_replace && existing.kind == TableKind::View => {
            // What a package lists was chosen by who may; nobody else puts another query in its place.
            let keeps_packages = existing.owner == *context.principal
                || match snapshot.project_by_id(existing.project.id)? {
                    Some(project) => membership(snapshot, &project, context.principal)?.is_super(),
                    None => false,
                };
            Ok(Work::change(move |write, now| {
                write.replace_view(existing.id, &new, now)?;
                if !keeps_packages {
                    write.remove_from_packages(&existing.object())?;
                }
                Ok(Outcome::ok())
            }))
        }
        Some(_) if definition.if_not_exists => Ok(Work::nothing()),
        Some(existing) => Err(Error::new(Code::TableExists, existing.object().full_name()).at(view.span()).into()),
    }
}

fn new_view(
    view: &TableName,
    definition: &Definition<'_>,
    place: Place,
    reading: &Reading,
    context: &Context<'_>,
) -> Result<NewTable> {
    let given = reading.plan.columns();
    if !definition.columns.is_empty() && definition.columns.len() != given.len() {
        return Err(Error::new(
            Code::Semantic,
            format!("the view names {} columns, its query returns {}", definition.columns.len(), given.len()),
        )
        .at(view.span()));
    }
    let column = |(index, column): (usize, &ResultColumn)| {
        let named = definition.columns.get(index);
        Column {
            id: ColumnId(0),
            name: named.map_or_else(|| column.name.to_lowercase(), |(name, _)| name.text.clone()),
            data_type: column.data_type.clone(),
            comment: named.and_then(|(_, comment)| comment.clone()).unwrap_or_default(),
            nullable: true,
            default: None,
            is_key: false,
            generator: None,
        }
    };
    let columns: Vec<Column> = given.iter().enumerate().map(column).collect();
    check_columns(&columns, &[]).map_err(|error| error.at(definition.query.span))?;
    Ok(NewTable {
        project: place.project,
        schema: place.schema,
        name: view.name.text.clone(),
        kind: TableKind::View,
        owner: context.principal.clone(),
        comment: definition.comment.to_owned(),
        lifecycle: None,
        transactional: false,
        view_text: Some(definition.query.text.clone()),
        external: None,
        body_columns: given.iter().map(|column| column.name.to_lowercase()).collect(),
        bindings: reading.bindings.clone(),
        labels: Labels::default(),
        columns,
        partition_columns: Vec::new(),
    })
}
