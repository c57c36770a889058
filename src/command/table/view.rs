use crate::command::bound::{Bound, Context};
use crate::error::Result;
use crate::store::Snapshot;
use crate::syntax::{Name, QueryText, TableName};

/// What `create view` defines.
#[cfg_attr(not(feature = "sql"), expect(dead_code, reason = "a view needs its query planned"))]
pub(super) struct Definition<'d> {
    pub columns: &'d [(Name, Option<String>)],
    pub comment: &'d str,
    pub query: &'d QueryText,
    pub or_replace: bool,
    pub if_not_exists: bool,
}

#[cfg(not(feature = "sql"))]
pub(super) fn bind(_: &TableName, _: &Definition<'_>, _: &Context<'_>, _: &Snapshot<'_>) -> Result<Bound> {
    Err(crate::command::query::without_sql("create-view"))
}

/// `create view`: CreateTable, CreateInstance and Select on every base column; replacing needs ownership or Drop (VIW-4).
#[cfg(feature = "sql")]
pub(super) fn bind(
    view: &TableName,
    definition: &Definition<'_>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    use crate::command::flow::{Use, destinations};
    use crate::command::outcome::Outcome;
    use crate::command::query::Reading;
    use crate::command::resolve;
    use crate::error::{Code, Error};
    use crate::model::{Action, JobType, TableKind};
    use crate::security::{Access, Claim, Request, standing};

    let project = resolve::project(view.project.as_ref(), context, snapshot)?;
    let existing = snapshot.table(project.id, &view.name.text)?;
    let create = Access::of(Action::CreateTable, resolve::project_object(&project, snapshot)?).into();
    let mut claims: Vec<Claim> = vec![resolve::job_claim(context, snapshot)?, create];
    if let Some(existing) = existing.as_ref().filter(|_| definition.or_replace) {
        claims.push(Access::of(Action::Drop, existing.object()).into());
    }
    let request = Request::in_session(context, claims).run_as(context, JobType::Sql);
    // A view makes its content depend on what it reads: that is a flow into its project (FLW-2). It reads no row itself.
    let destinations = destinations(Use::Defined(&project), context);
    let reading = match Reading::bind_in(
        context.dialect(snapshot)?.of_body(),
        definition.query,
        (&request, Vec::new()),
        &destinations,
        context,
        snapshot,
    )? {
        Err(refused) => return Ok(refused),
        Ok(reading) => reading,
    };
    let mut request = request;
    request.claims.extend(reading.accesses().iter().cloned().map(Claim::Access));
    request.flows = reading.flows(&destinations);

    if resolve::current(context)?.id != project.id && reading.has_bare_names {
        return Ok(Bound::fail(
            request,
            Error::new(Code::Semantic, "a view in another project must name the project of each table in its query")
                .at(definition.query.span)
                .help("write `project.table`"),
        ));
    }
    let refers_to_itself =
        |existing: &crate::model::Table| reading.accesses().iter().any(|access| access.object == existing.object());
    if definition.or_replace && existing.as_ref().is_some_and(refers_to_itself) {
        let message = format!("view `{}` would refer to itself", view.name.text);
        return Ok(Bound::fail(request, Error::new(Code::Semantic, message).at(definition.query.span)));
    }
    if !reading.fits_into_a_view() {
        let error = Error::new(Code::Semantic, "views are nested too deeply")
            .at(definition.query.span)
            .help("put the rows of a view that is used often into a table");
        return Ok(Bound::fail(request, error));
    }
    let new = match new_view(view, definition, project, &reading, context) {
        Ok(new) => new,
        Err(error) => return Ok(Bound::fail(request, error)),
    };
    match existing {
        None => Ok(Bound::change(request, move |write, now| {
            write.create_table(new, now)?;
            Ok(Outcome::ok())
        })),
        Some(existing) if definition.or_replace && existing.kind == TableKind::View => {
            // What a package lists was chosen by who may; nobody else puts another query in its place.
            let keeps_packages = existing.owner == context.principal.clone()
                || match snapshot.project_by_id(existing.project.id)? {
                    Some(project) => standing(snapshot, &project, context.principal)?.is_super(),
                    None => false,
                };
            Ok(Bound::change(request, move |write, now| {
                write.replace_view(existing.id, &new, now)?;
                if !keeps_packages {
                    write.remove_from_packages(&existing.object())?;
                }
                Ok(Outcome::ok())
            }))
        }
        Some(_) if definition.if_not_exists => Ok(Bound::show(request, |_| Ok(Outcome::ok()))),
        Some(existing) => {
            let name = format!("{}.{}", existing.project.name, existing.name);
            Ok(Bound::fail(request, Error::new(Code::TableExists, name).at(view.span())))
        }
    }
}

#[cfg(feature = "sql")]
fn new_view(
    view: &TableName,
    definition: &Definition<'_>,
    project: crate::model::ProjectRef,
    reading: &crate::command::query::Reading,
    context: &Context<'_>,
) -> Result<crate::store::NewTable> {
    use crate::error::{Code, Error};
    use crate::model::{Column, ColumnId, TableKind};

    let given = reading.plan.columns();
    if !definition.columns.is_empty() && definition.columns.len() != given.len() {
        return Err(Error::new(
            Code::Semantic,
            format!("the view names {} columns, its query gives {}", definition.columns.len(), given.len()),
        )
        .at(view.span()));
    }
    let column = |(index, column): (usize, &crate::model::ResultColumn)| {
        let named = definition.columns.get(index);
        Column {
            id: ColumnId(0),
            name: named.map_or_else(|| column.name.to_lowercase(), |(name, _)| name.text.clone()),
            data_type: column.data_type.clone(),
            comment: named.and_then(|(_, comment)| comment.clone()).unwrap_or_default(),
            nullable: true,
        }
    };
    let columns: Vec<Column> = given.iter().enumerate().map(column).collect();
    super::check_columns(&columns, &[]).map_err(|error| error.at(definition.query.span))?;
    Ok(crate::store::NewTable {
        project,
        name: view.name.text.clone(),
        kind: TableKind::View,
        owner: context.principal.clone(),
        comment: definition.comment.to_owned(),
        lifecycle: None,
        view_text: Some(definition.query.text.clone()),
        body_columns: given.iter().map(|column| column.name.to_lowercase()).collect(),
        bindings: reading.bindings.clone(),
        columns,
        partition_columns: Vec::new(),
    })
}
