//! Schemas: making, changing and dropping them, and what is in them (SCH-1 to SCH-4).

use super::bound::{Bound, Context, Work};
use super::outcome::{Listing, Outcome, PropertiesOf};
use super::refusal::{Refusal, there};
use super::{external_schema, resolve};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Cell, Grantee, JobType, Object, ObjectKind, Place, Record, Schema, SchemaName};
use crate::security::{Access, Request, Requirement, Rule};
use crate::store::Snapshot;
use crate::syntax::object::ObjectName;
use crate::syntax::schema::{Alteration, Statement};
use crate::syntax::{Name, is_like};

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::Describe { .. } | Statement::Show { .. } => true,
        Statement::Create { .. }
        | Statement::CreateExternal { .. }
        | Statement::Drop { .. }
        | Statement::Alter { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Statement::Create { schema, if_not_exists, comment } => {
            create(schema, *if_not_exists, comment.as_deref(), context, snapshot)
        }
        Statement::CreateExternal { schema, if_not_exists, server, location } => {
            external_schema::create(schema, *if_not_exists, (server, location), context, snapshot)
        }
        Statement::Drop { schema, if_exists, cascade } => drop(schema, *if_exists, *cascade, context, snapshot),
        Statement::Alter { schema, change } => alter(schema, change, context, snapshot),
        Statement::Describe { schema } => describe(schema, context, snapshot),
        Statement::Show { project, like } => show(project.as_ref(), like.as_deref(), context, snapshot),
    }
}

/// A job that needs these accesses as well (STG-5).
pub(super) fn job(further: Vec<Requirement>, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Request> {
    let mut requirements = vec![resolve::job_requirement(context, snapshot)?];
    requirements.extend(further);
    Ok(Request::in_session(context, requirements).run_as(context, JobType::Sql))
}

/// `create schema`: CreateSchema on the project.
fn create(
    name: &ObjectName,
    if_not_exists: bool,
    comment: Option<&str>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let place = resolve::schema_place(name, context, snapshot)?;
    let project = resolve::project_object(&place.project, snapshot)?;
    let request = job(vec![Access::of(Action::CreateSchema, project).into()], context, snapshot)?;
    let (owner, comment) = (context.principal.clone(), comment.unwrap_or_default().to_owned());
    let span = name.span();
    Ok(Bound::change(request, move |write, now| {
        if !write.create_schema(&place, &owner, &comment, now)? && !if_not_exists {
            return Err(Error::new(Code::Exists, format!("schema {} already exists", full_name(&place))).at(span));
        }
        Ok(Outcome::ok())
    }))
}

/// `drop schema`: Drop on the schema; with what is in it, Drop or Delete on each object as well (SCH-3).
fn drop(
    name: &ObjectName,
    if_exists: bool,
    cascade: bool,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let (object, missing) = resolve::object(name, context, snapshot)?;
    let place = resolve::schema_place(name, context, snapshot)?;
    let mut requirements: Vec<Requirement> = vec![Access::of(Action::Drop, object.clone()).into()];
    // What is in an external schema is there by itself: it goes with it, and its files stay.
    let cascade = cascade || snapshot.external_schema(&place)?.is_some();
    if cascade && missing.is_none() {
        requirements.extend(of_content(&place, context, snapshot)?);
    }
    let request = job(requirements, context, snapshot)?;
    if missing.is_some() && if_exists {
        return Ok(Bound::missing_is_fine(request, object));
    }
    Ok(Bound::when_allowed(request, || {
        let schema = known(&object, &place, missing, snapshot)?;
        if schema.name.is_default() {
            return Err(Error::new(Code::Conflict, "the schema `default` cannot be dropped: every project has it")
                .at(name.span())
                .into());
        }
        let span = name.span();
        Ok(Work::change(move |write, now| {
            if !cascade && !write.objects_in_schema(&place)?.is_empty() {
                return Err(Error::new(Code::Conflict, format!("schema {} is not empty", full_name(&place)))
                    .at(span)
                    .help("drop what is in it first, or write `cascade`"));
            }
            write.drop_schema(&schema, now)?;
            Ok(Outcome::ok())
        }))
    }))
}

/// What dropping everything in a schema takes.
///
/// A caller who may neither drop all of it nor list the schema needs List: a refusal would name what is in it (STG-4).
fn of_content(place: &Place, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Vec<Requirement>> {
    let removal = |object: Object| {
        let action = if object.kind.grants_as() == ObjectKind::Table { Action::Drop } else { Action::Delete };
        Access::of(action, object).into()
    };
    let content: Vec<Requirement> = snapshot.objects_in_schema(place)?.into_iter().map(removal).collect();
    let list: Requirement = Access::inside(Action::List, resolve::container(place, snapshot)?).into();
    for enough in [content.clone(), vec![list.clone()]] {
        if context.judge.allows(&Request::in_session(context, enough))? {
            return Ok(content);
        }
    }
    Ok(vec![list])
}

/// `alter schema`: Alter on the schema; another owner is set by who may do so with a table (ACC-7).
fn alter(name: &ObjectName, change: &Alteration, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let (object, missing) = resolve::object(name, context, snapshot)?;
    let place = resolve::schema_place(name, context, snapshot)?;
    let requirements = match change {
        Alteration::Comment(_) => vec![Access::of(Action::Alter, object.clone()).into()],
        Alteration::ChangeOwner(owner) => {
            let grantee = Grantee::User(owner.clone());
            vec![
                Access::of(Action::ChangeOwner, object.clone()).into(),
                Requirement::GrantTo { project: place.project.clone(), grantee },
            ]
        }
    };
    let request = job(requirements, context, snapshot)?;
    let change = change.clone();
    Ok(Bound::when_allowed(request, || {
        let schema = known(&object, &place, missing, snapshot)?;
        if schema.name.is_default() {
            return Err(Error::new(
                Code::Conflict,
                "the schema `default` cannot be changed: it belongs to its project",
            )
            .at(name.span())
            .into());
        }
        if schema.external.is_some() && matches!(change, Alteration::ChangeOwner(_)) {
            return Err(Error::new(
                Code::Unsupported,
                format!("not supported: another owner of the external schema {}", full_name(&place)),
            )
            .at(name.span())
            .help("its location is reached with the rights of who named it: let the new owner create it")
            .into());
        }
        Ok(Work::change(move |write, now| {
            match &change {
                Alteration::Comment(comment) => write.comment_schema(schema.id, comment, now)?,
                Alteration::ChangeOwner(owner) => write.set_schema_owner(schema.id, owner, now)?,
            }
            Ok(Outcome::ok())
        }))
    }))
}

/// `desc schema`.
fn describe(name: &ObjectName, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let (object, missing) = resolve::object(name, context, snapshot)?;
    let place = resolve::schema_place(name, context, snapshot)?;
    let request = Request::in_session(context, vec![seen(&object, context, snapshot)?.into()]);
    Ok(Bound::when_allowed(request, || {
        let schema = known(&object, &place, missing, snapshot)?;
        let values = Record::default()
            .with("name", schema.name.as_str())
            .with("project", &schema.project.name)
            .with("owner", schema.owner.as_ref())
            .with("created", schema.created)
            .with("modified", schema.modified)
            .with("comment", Cell::filled(&schema.comment))
            .with("type", if schema.external.is_some() { "external" } else { "internal" })
            .with("foreignserver", schema.external.as_ref().map(|outside| outside.server.as_str()))
            .with("location", schema.external.as_ref().map(|outside| outside.location.to_string()));
        Ok(Work::show(move |_| Ok(Outcome::properties(PropertiesOf::Schema, values))))
    }))
}

/// `show schemas`: List on the project.
fn show(project: Option<&Name>, like: Option<&str>, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let project = resolve::project(project, context, snapshot)?;
    let list = Access::of(Action::List, resolve::project_object(&project, snapshot)?);
    let like = like.map(str::to_owned);
    Ok(Bound::show(Request::in_session(context, vec![list.into()]), move |snapshot| {
        let mut schemas = snapshot.schemas(&project)?;
        schemas.retain(|schema| is_like(schema.name.as_str(), like.as_deref()));
        let row = |schema: &Schema| {
            vec![schema.name.as_str().into(), schema.owner.as_ref().into(), Cell::filled(&schema.comment)]
        };
        Ok(Outcome::listing(Listing::Schemas, schemas.iter().map(row).collect()).and_status("OK"))
    }))
}

/// `use schema`: the current schema of the session.
pub(super) fn bind_use(
    name: &ObjectName,
    change: impl FnOnce(SchemaName) -> Work,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let (object, missing) = resolve::object(name, context, snapshot)?;
    let place = resolve::schema_place(name, context, snapshot)?;
    let is_default = place.schema.is_default();
    let requirement = match is_default {
        // Every session of a member begins in it.
        true => Requirement::Member("to work in the project"),
        false => seen(&object, context, snapshot)?.into(),
    };
    let naming = context.naming()?;
    Ok(Bound::when_allowed(Request::in_session(context, vec![requirement]), || {
        if !naming.has_schemas && !is_default {
            // Source: odpscmd.
            return Err(Error::new(Code::Setting, "Can't set default schema if odps.namespace.schema is false")
                .at(name.span())
                .help("run `set odps.namespace.schema=true;` first")
                .into());
        }
        known(&object, &place, missing, snapshot)?;
        Ok(change(place.schema))
    }))
}

/// What seeing a schema takes: Describe on it, or List on its project; else it is as if it were not there (SCH-2).
fn seen(schema: &Object, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Access> {
    let describe = Access::of(Action::Describe, schema.clone());
    let list = Access::of(Action::List, resolve::project_object(&schema.project, snapshot)?);
    let refused =
        |access: &Access| context.judge.refused_accesses(&Request::in_session(context, vec![access.clone().into()]));
    Ok(match refused(&describe)? {
        None => describe,
        // A Deny on the schema beats List on the project as it beats every other ground (ACC-3).
        Some(denial) if denial.rule == Rule::PolicyDeny => describe,
        Some(_) if refused(&list)?.is_none() => list,
        Some(_) => describe,
    })
}

/// The schema, which must be there.
fn known(
    object: &Object,
    place: &Place,
    missing: Option<Box<Error>>,
    snapshot: &Snapshot<'_>,
) -> Result<Schema, Refusal> {
    there(object, missing)?;
    let found = snapshot.schema(place)?;
    found.ok_or_else(|| Refusal::missing(object.clone(), resolve::no_schema(place)))
}

pub(super) fn full_name(place: &Place) -> String {
    format!("{}.{}", place.project.name, place.schema)
}
