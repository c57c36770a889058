//! Resources: storing, replacing, reading out and dropping them.

use std::collections::BTreeSet;

use super::bound::{Bound, Context, Draft, Export, Place as FilePlace, StoredFile, Work};
use super::flow::{Use, derived, destinations, part};
use super::outcome::{Item, Listing, Outcome, PropertiesOf};
use super::refusal::{Refusal, there};
use super::resolve::{self, Named};
use super::stored;
use super::table::whole_partition;
use super::usage::Usage;
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, Cell, Object, ObjectKind, PartitionSpec, Place, Record, Resource, SchemaName, Table, TableSource, Time,
};
use crate::security::{Access, Flow, Part, Request, Requirement, Shown};
use crate::store::{NewResource, Snapshot, StoredContent, Write};
use crate::syntax::object::ObjectName;
use crate::syntax::resource::{Content, New, Statement};
use crate::syntax::table::PartitionValues;
use crate::syntax::{FileName, Name, Qualifier, TableName, text_literal};

/// Largest resource, in bytes. Source: the service's limit for one resource.
const LARGEST: u64 = 500 * 1024 * 1024;

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::Get { .. } | Statement::Describe { .. } | Statement::List { .. } => true,
        Statement::Add(_) | Statement::Create { .. } | Statement::Drop { .. } => false,
    }
}

/// Whether a statement stores a local file.
pub(super) fn reads_file(statement: &Statement) -> bool {
    match statement {
        Statement::Add(new) | Statement::Create { new, .. } => matches!(new.content, Content::File(_)),
        Statement::Get { .. } | Statement::Describe { .. } | Statement::List { .. } | Statement::Drop { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Statement::Add(new) => bind_new(new, None, context, snapshot),
        Statement::Create { new, project } => bind_new(new, project.as_ref(), context, snapshot),
        Statement::Drop { resource } => stored::drop(resource, false, context, snapshot),
        Statement::Get { resource, path } => bind_get(resource, path, context, snapshot),
        Statement::Describe { resource } => stored::describe(
            resource,
            |snapshot, place, name| snapshot.resource(place, name),
            |resource| match table_of(resource, snapshot) {
                // The partition that it stands for is a value of the table (FLW-2a).
                Some(table) => Some(part(&table, Vec::new(), context)),
                None => of_bytes(resource, Vec::new(), context),
            },
            {
                let place = resolve::place(&resource.qualifier, context, snapshot)?;
                let found = snapshot.resource(&place, &resource.name.text)?;
                let dropped = Dropped::of(found.as_slice(), context, snapshot)?;
                move |resource, snapshot, shown| described(resource, &dropped, snapshot, shown)
            },
            (context, snapshot),
        ),
        Statement::List { place, like } => stored::list(
            (place, like.as_deref()),
            |snapshot, place| snapshot.resources(place),
            |resource| &resource.name,
            |resource| of_bytes(resource, vec![Access::of(Action::Read, resource.object())], context),
            {
                let place = resolve::listed_place(place, context, snapshot)?;
                let dropped = Dropped::of(&snapshot.resources(&place)?, context, snapshot)?;
                move |resources, snapshot, shown| list_shown(resources, &dropped, snapshot, shown)
            },
            (context, snapshot),
        ),
    }
}

/// Size and checksum of a resource that has bytes of its own are derived from them (FLW-2a).
fn of_bytes(resource: &Resource, accesses: Vec<Access>, context: &Context<'_>) -> Option<Part> {
    resource.md5.as_ref().map(|_| part(&resource.object(), accesses, context))
}

/// The table that a resource stands for, if it is there.
fn table_of(resource: &Resource, snapshot: &Snapshot<'_>) -> Option<Object> {
    let id = resource.table.as_ref()?.id?;
    snapshot.table_by_id(id).ok().flatten().map(|table| table.object())
}

/// `add`, `create resource`: no job, so CreateInstance is not asked (STG-5).
fn bind_new(new: &New, project: Option<&Name>, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let qualifier = project.map_or_else(Qualifier::default, |project| Qualifier::full(vec![project.clone()]));
    let place = resolve::place(&qualifier, context, snapshot)?;
    let name = new.name();
    let existing = snapshot.resource(&place, &name.text)?;
    let object = match &existing {
        Some(existing) => existing.object(),
        None => Object::unknown_in(ObjectKind::Resource, place.clone(), &name.text),
    };
    let requirement =
        resolve::make_requirement((Action::CreateResource, Action::Write), &object, new.replace, context, snapshot)?;
    let request = Request { job: context.as_job, ..Request::in_session(context, vec![requirement]) };
    let stored = NewResource {
        project: place.project.clone(),
        schema: place.schema.clone(),
        name: name.text.clone(),
        kind: new.kind,
        by: context.principal.clone(),
        comment: new.comment.clone().unwrap_or_default(),
        table: None,
    };
    let taken = existing.filter(|_| !new.replace).map(|existing| {
        Error::new(Code::Exists, format!("{} already exists", existing.object())).at(name.span).help("`-f` replaces it")
    });
    match &new.content {
        Content::File(file) => Ok(Bound::when_allowed(request, || {
            resolve::check_schema(&place, snapshot)?;
            let pieces = context.files.read(file, LARGEST);
            let pieces = taken.map_or(pieces, Err).map_err(|error| error.at(file.span))?;
            let (replaces, warning) = (new.replace, context.files.link_warning(file));
            let attach = move |write: &Write<'_>, content: &StoredContent, now| {
                let mut outcome = put(&stored, Some(content), replaces, write, now)?;
                outcome.items.splice(0..0, warning.map(Item::Status));
                Ok(outcome)
            };
            Ok(Work::Store(Box::new(StoredFile { project: place.project.id, pieces, attach: Box::new(attach) })))
        })),
        Content::Table(table, values) => {
            // The resource depends on the table like a view: Select, and a flow into its project (FLW-2). Chosen.
            let named = resolve::table(table, context, snapshot)?;
            let mut request = request;
            request.requirements.push(Access::of(Action::Select, named.object.clone()).into());
            if named.table.is_some() {
                let flow = |destination| Flow { source: named.object.clone(), through: Vec::new(), destination };
                request.flows.extend(destinations(Use::Defined(&place.project), context).into_iter().map(flow));
                // The outcome shows whether there is such a partition (FLW-2a).
                if values.is_some() {
                    request.flows.extend(derived(&named.object, context));
                }
            }
            Ok(Bound::when_allowed(request, || {
                named.expect_any()?;
                resolve::check_schema(&place, snapshot)?;
                taken.map_or(Ok(()), Err)?;
                let source = source(&named, values.as_ref(), table, snapshot)?;
                let (stored, replaces) = (NewResource { table: Some(source), ..stored }, new.replace);
                Ok(Work::change(move |write, now| put(&stored, None, replaces, write, now)))
            }))
        }
    }
}

/// Makes or replaces the resource; its bytes, if it has any, are stored already.
fn put(
    new: &NewResource,
    content: Option<&StoredContent>,
    replaces: bool,
    write: &Write<'_>,
    now: Time,
) -> Result<Outcome> {
    write.put_resource(new, content, now)?;
    // Source: odpscmd: with `-f` it is always said to have been updated.
    let done = if replaces { "updated" } else { "created" };
    Ok(Outcome::status(format!("OK: Resource '{}' have been {done}.", new.name)))
}

/// The table, or the partition of it, that a resource stands for.
fn source(
    named: &Named,
    partition: Option<&PartitionValues>,
    name: &TableName,
    snapshot: &Snapshot<'_>,
) -> Result<TableSource, Refusal> {
    let table = named.expect_internal().map_err(|refusal| refusal.at(name.span()))?;
    let partition = partition.map(|values| written_partition(table, values, name, snapshot)).transpose()?;
    Ok(TableSource {
        id: Some(table.id),
        project: table.project.name.to_string(),
        schema: table.schema.clone(),
        name: table.name.clone(),
        partition,
    })
}

/// The partition of a table that a resource stands for, in the service's words.
fn written_partition(
    table: &Table,
    values: &PartitionValues,
    name: &TableName,
    snapshot: &Snapshot<'_>,
) -> Result<String> {
    let spec = whole_partition(table, values).map_err(|error| error.at(name.span()))?;
    if snapshot.is_encrypted(table.project.id)? {
        // The resource would keep the values of the partition in plain text (ENC-1).
        let message = format!("cannot add a partition of `{}` as a resource: the project is encrypted", table.name);
        return Err(Error::new(Code::Unsupported, message)
            .at(name.span())
            .help("add the whole table and filter its rows in the function"));
    }
    match snapshot.partition(table.id, &spec)? {
        Some(_) => Ok(written(&spec)),
        None => {
            Err(Error::new(Code::PartitionNotFound, format!("partition {spec} of `{}`", table.name)).at(name.span()))
        }
    }
}

/// `ds='1',hh='2'`
pub(super) fn written(spec: &PartitionSpec) -> String {
    let values = spec.0.iter().map(|(column, value)| format!("{column}={}", text_literal(value)));
    values.collect::<Vec<_>>().join(",")
}

/// `get resource`: Read, and a flow to a local file; Download as well where download control is on. Chosen: it is no tunnel job, so
/// protection is asked all the same.
fn bind_get(name: &ObjectName, path: &FileName, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let (object, missing) = resolve::object(name, context, snapshot)?;
    let found = snapshot.resource(&object.place(), &object.name)?;
    let usage = match &found {
        Some(resource) => Usage::of_resource(resource, snapshot)?,
        None => Usage { accesses: vec![Access::of(Action::Read, object.clone())], ..Usage::default() },
    };
    let mut requirements: Vec<Requirement> = usage.requirements().collect();
    requirements.extend(download(&object, snapshot)?.map(Requirement::from));
    let request = Request {
        job: context.as_job,
        flows: usage.flows(&destinations(Use::TakenOut, context)),
        ..Request::in_session(context, requirements)
    };
    Ok(Bound::when_allowed(request, || {
        there(&object, missing)?;
        let resource = found.ok_or_else(|| stored::gone(&object))?;
        if resource.table.is_some() {
            // Source: the client's text.
            let message = "Resource should be a File Type Resource(file, jar, py, archive)";
            let error = Error::new(Code::Semantic, message).at(name.span());
            return Err(error.help("it refers to a table: read the table").into());
        }
        let place = context.files.place(path);
        Ok(Work::Export(Box::new(move |snapshot, _| {
            let draft = draft(&resource, &*place, snapshot)?;
            Ok(Export { draft, outcome: Outcome::ok() })
        })))
    }))
}

/// What taking a resource out asks for besides, where download control is on.
fn download(object: &Object, snapshot: &Snapshot<'_>) -> Result<Option<Access>> {
    let controlled = snapshot.project_by_id(object.project.id)?.is_some_and(|project| project.has_download_control());
    Ok(controlled.then(|| Access::of(Action::Download, object.clone())))
}

/// Writes the bytes of a resource.
pub(super) fn draft(resource: &Resource, place: &dyn FilePlace, snapshot: &Snapshot<'_>) -> Result<Box<dyn Draft>> {
    let content = snapshot.content(resource.id)?;
    let content = content.ok_or_else(|| Error::new(Code::NotFound, format!("{} has no content", resource.object())))?;
    let mut position = 0;
    place.draft(&resource.name, &mut || {
        let piece = snapshot.piece(&content, position)?;
        position += 1;
        Ok(piece)
    })
}

/// The bytes of a resource as a part of a statement that writes files: to callers who could take it out with `get resource`.
pub(super) fn taken_out(resource: &Resource, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Part> {
    let usage = Usage::of_resource(resource, snapshot)?;
    let mut accesses = usage.accesses.clone();
    accesses.extend(download(&resource.object(), snapshot)?);
    let flows = usage.flows(&destinations(Use::TakenOut, context));
    Ok(Part { of: resource.object(), job: None, accesses, flows })
}

/// The dropped tables of table resources, limited to schemas that the caller may `List` (STG-4a).
struct Dropped(BTreeSet<(String, SchemaName)>);

impl Dropped {
    fn of(resources: &[Resource], context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Self> {
        let mut listed = BTreeSet::new();
        let dropped =
            resources.iter().filter_map(|resource| resource.table.as_ref()).filter(|table| table.id.is_none());
        for table in dropped {
            if let Some(project) = snapshot.project_by_name(&table.project)? {
                let place = Place { project: project.reference(), schema: table.schema.clone() };
                let requirements = vec![Access::inside(Action::List, resolve::container(&place, snapshot)?).into()];
                if context.judge.allows(&Request::in_session(context, requirements))? {
                    listed.insert((table.project.clone(), table.schema.clone()));
                }
            }
        }
        Ok(Self(listed))
    }

    /// The table that a resource stands for.
    fn source(&self, table: &TableSource) -> String {
        match table.id.is_none() && self.0.contains(&(table.project.clone(), table.schema.clone())) {
            true => TableSource { name: table.object_name(), ..table.clone() }.to_string(),
            false => table.to_string(),
        }
    }
}

fn described(resource: &Resource, dropped: &Dropped, snapshot: &Snapshot<'_>, shown: &Shown) -> Result<Outcome> {
    let source = resource.table.as_ref();
    let is_shown = table_of(resource, snapshot).is_some_and(|table| shown.includes(&table));
    let partition = source.and_then(|table| table.partition.as_ref()).filter(|_| is_shown);
    let changed = change(resource, shown);
    let of_bytes = resource.md5.is_some() && shown.includes(&resource.object());
    let (size, md5) = of_bytes.then(|| snapshot.size_of_resource(resource)).transpose()?.unzip();
    let values = Record::default()
        .with("name", &resource.name)
        .with("owner", &resource.owner)
        .with("type", resource.kind.name())
        .with("source", source.map(|table| dropped.source(table)))
        .with("partition", partition)
        .with("comment", Cell::filled(&resource.comment))
        .with("created", resource.created)
        .with("modified", changed.map(|resource| resource.modified))
        .with("updated_by", changed.and_then(|resource| resource.updator.as_ref()))
        .with("size", size)
        .with("md5", md5.flatten());
    Ok(Outcome::properties(PropertiesOf::Resource, values))
}

/// The resource, where it may be shown when and by whom its bytes were changed: that is derived from them (FLW-2a).
fn change<'r>(resource: &'r Resource, shown: &Shown) -> Option<&'r Resource> {
    Some(resource).filter(|resource| resource.table.is_some() || shown.includes(&resource.object()))
}

fn list_shown(resources: &[Resource], dropped: &Dropped, snapshot: &Snapshot<'_>, shown: &Shown) -> Result<Outcome> {
    let row = |resource: &Resource| {
        let source = resource.table.as_ref().map(|table| dropped.source(table));
        let changed = change(resource, shown);
        let is_shown = shown.includes(&resource.object());
        let size = is_shown.then(|| snapshot.size_of_resource(resource)).transpose()?.map(|(size, _)| size);
        Ok(vec![
            (&resource.name).into(),
            (&resource.owner).into(),
            resource.created.into(),
            changed.map(|resource| resource.modified).into(),
            resource.kind.name().into(),
            changed.and_then(|resource| resource.updator.as_ref()).into(),
            size.into(),
            source.into(),
            Cell::filled(&resource.comment),
        ])
    };
    let rows = resources.iter().map(row).collect::<Result<_>>()?;
    Ok(Outcome::listing(Listing::Resources, rows).and_status(format!("{} resources", resources.len())))
}
