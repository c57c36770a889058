//! External schemas: each folder of their location is a table (SCH-4). What is there is noted when the schema is made, and whenever its tables
//! are listed; what a statement does with a table rests on what was noted.

use super::bound::{Bound, Context, Look, Work};
use super::outcome::{Item, Listing, Outcome};
use super::{external, resolve, schema};
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, Catalogue, External, ExternalFormat, ExternalSchema, FOREIGN_SERVER, Location, Place, Table,
};
use crate::security::{Access, Request, Requirement, Rights};
use crate::store::{Snapshot, Write};
use crate::syntax::object::ObjectName;
use crate::syntax::{FileName, Name, is_like};

/// Folders that are named of those that are no tables.
const NAMED: usize = 10;

/// `create external schema`: CreateSchema on the project, and what it names with the rights of who makes it, its owner (TRS-4).
pub(super) fn create(
    name: &ObjectName,
    if_not_exists: bool,
    (server, location): (&Name, &FileName),
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let place = resolve::schema_place(name, context, snapshot)?;
    let project = resolve::project_object(&place.project, snapshot)?;
    let location = Location::parse(&location.text).map_err(|error| error.at(location.span))?;
    let outside = ExternalSchema { server: server.text.clone(), location };
    let definition = definition(&outside);
    let mut requirements: Vec<Requirement> = vec![Access::of(Action::CreateSchema, project).into()];
    requirements.extend(external::needed(&definition, &[], &place.project, &Rights::Invoker, snapshot)?);
    let request = schema::job(requirements, context, snapshot)?;
    let (owner, span) = (context.principal.clone(), name.span());
    let exists = {
        let name = schema::full_name(&place);
        move || Error::new(Code::Exists, format!("schema {name} already exists")).at(span)
    };
    Ok(Bound::when_allowed(request, || {
        match snapshot.schema(&place)? {
            Some(_) if if_not_exists => return Ok(Work::nothing()),
            Some(_) => return Err(exists().into()),
            None => {}
        }
        let folders = external::scan_of(Vec::new(), &definition, &place.project, context, snapshot)?;
        Ok(Work::Look(Look::new(move |engine, cancel| {
            let found = engine.tables_below(&outside.location, &folders, cancel)?;
            Ok(Box::new(move |write, now| {
                if !write.create_external_schema(&place, &owner, ("", &outside), now)? {
                    return Err(exists());
                }
                note(write, &place, &found, now)?;
                let mut outcome = Outcome::ok();
                outcome.items.splice(0..0, told(&found));
                Ok(outcome)
            }))
        })))
    }))
}

/// The tables of an external schema, as they are now: List on it, and what it names with its owner's rights. Nothing of any other schema.
pub(super) fn list(
    place: &Place,
    list: &Access,
    like: Option<&str>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Option<Bound>> {
    if place.schema.is_default() {
        return Ok(None);
    }
    let Some(schema) = snapshot.schema(place)? else { return Ok(None) };
    let Some(outside) = schema.external.clone() else { return Ok(None) };
    let rights = Rights::Definer { owner: schema.owner.clone(), view: schema.object() };
    let definition = definition(&outside);
    let mut requirements: Vec<Requirement> = vec![list.clone().into()];
    requirements.extend(external::needed(&definition, &[], &place.project, &rights, snapshot)?);
    let request = Request::in_session(context, requirements);
    let (place, like) = (place.clone(), like.map(str::to_owned));
    Ok(Some(Bound::when_allowed(request, || {
        let folders = external::scan_of(Vec::new(), &definition, &place.project, context, snapshot)?;
        Ok(Work::Look(Look::new(move |engine, cancel| {
            let found = engine.tables_below(&outside.location, &folders, cancel)?;
            Ok(Box::new(move |write, now| {
                note(write, &place, &found, now)?;
                let names = found.tables.iter().map(|table| table.name.as_str());
                let owner = schema.owner.as_ref();
                let rows =
                    names.filter(|name| is_like(name, like.as_deref())).map(|name| vec![owner.into(), name.into()]);
                Ok(Outcome::listing(Listing::Tables, rows.collect()).and_status("OK"))
            }))
        })))
    })))
}

/// A change of a table whose schema is not an external one.
///
/// # Errors
/// It is.
pub(super) fn check_changes(table: &Table, snapshot: &Snapshot<'_>) -> Result<()> {
    match snapshot.external_schema(&table.place())? {
        None => Ok(()),
        Some(_) => Err(Error::new(
            Code::Unsupported,
            format!("not supported: `{}` is a folder of the external schema {}", table.name, table.schema),
        )
        .help("its files say what it is: change these, or create an external table over the folder")),
    }
}

/// What a schema names, as the definition of an external table does.
fn definition(outside: &ExternalSchema) -> External {
    External {
        format: ExternalFormat::Parquet,
        location: outside.location.clone(),
        serde: std::collections::BTreeMap::new(),
        properties: std::iter::once((FOREIGN_SERVER.to_owned(), outside.server.clone())).collect(),
    }
}

fn note(write: &Write<'_>, place: &Place, found: &Catalogue, now: crate::model::Time) -> Result<()> {
    let schema = write.schema(place)?.ok_or_else(|| resolve::no_schema(place))?;
    match &schema.external {
        Some(outside) => write.note_tables(&schema, outside, &found.tables, now),
        None => Err(Error::new(Code::Internal, "the schema is not an external one")),
    }
}

/// How many tables were found, and which folders are none.
fn told(found: &Catalogue) -> Vec<Item> {
    let mut lines = vec![format!("{} tables found", found.tables.len())];
    let no_table = |(folder, why): &(String, String)| {
        format!("Warning: folder `{}` is not a table: {why}", crate::error::shortened(folder))
    };
    lines.extend(found.others.iter().take(NAMED).map(no_table));
    if let Some(more) = found.others.len().checked_sub(NAMED).filter(|more| *more > 0) {
        lines.push(format!("Warning: {more} more folders are not tables"));
    }
    lines.into_iter().map(Item::Status).collect()
}
