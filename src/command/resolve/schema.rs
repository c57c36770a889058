//! The schemas that things are made and listed in.

use super::project_object;
use crate::error::{Code, Error, Result};
use crate::model::{Object, Place, ProjectRef};
use crate::security::Facts;
use crate::store::{Snapshot, made_outside};
use crate::text::Span;

/// What making and listing objects in a schema is asked on (SCH-2).
pub(in crate::command) fn container(place: &Place, snapshot: &Snapshot<'_>) -> Result<Object> {
    match place.schema.is_default() {
        true => project_object(&place.project, snapshot),
        false => snapshot.container(place),
    }
}

/// Whether a project has schemas besides `default`.
pub(in crate::command) fn has_schemas(project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<bool> {
    Ok(snapshot.schemas(project)?.iter().any(|schema| !schema.name.is_default()))
}

/// That the schema of something that is made is there, and holds what is made.
///
/// # Errors
/// It is not there, or its tables are folders outside (SCH-4).
pub(in crate::command) fn check_schema(place: &Place, snapshot: &Snapshot<'_>) -> Result<()> {
    check_there(place, snapshot)?;
    match snapshot.external_schema(place)? {
        None => Ok(()),
        Some(_) => Err(made_outside(&place.schema)),
    }
}

fn check_there(place: &Place, snapshot: &Snapshot<'_>) -> Result<()> {
    match place.schema.is_default() || snapshot.schema(place)?.is_some() {
        true => Ok(()),
        false => Err(no_schema(place)),
    }
}

/// That a schema is there whose content is listed; `span` is where it is named, if it is.
///
/// # Errors
/// It is not.
pub(in crate::command) fn check_listed(place: &Place, span: Option<Span>, snapshot: &Snapshot<'_>) -> Result<()> {
    check_there(place, snapshot).map_err(|error| match span {
        Some(span) => error.at(span),
        None => error,
    })
}

/// What is said of a schema that is not there. Source: odpscmd, `use schema`.
pub(in crate::command) fn no_schema(place: &Place) -> Box<Error> {
    Error::new(Code::NotFound, format!("schema {} not exists in project {}", place.schema, place.project.name))
        .help("`show schemas;` lists the schemas")
}
