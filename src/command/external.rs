//! What files outside of the state take: their locations, and the tenant resources by which they are reached (EXT-1, EXT-2, TRS-4).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bound::Context;
use super::query::Reading;
use crate::data::{Folders, Reach};
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, External, ExternalFormat, Location, NETWORKLINK, ObjectKind, PartitionSpec, ProjectRef, Table,
    TenantResource, TenantResourceKind, locations,
};
use crate::security::{Access, LocationUse, NamedBy, Requirement, Rights, Usage};
use crate::store::Snapshot;
use crate::syntax::table::{Property, Storage, Stored};

/// What a statement says of files outside.
///
/// # Errors
/// A location that is none; a format or an option that is not built.
pub(super) fn defined(storage: &Storage) -> Result<External> {
    let format = match &storage.stored {
        Stored::By(handler) => ExternalFormat::stored_by(&handler.text).map_err(|error| error.at(handler.span))?,
        Stored::As(reader, format) => {
            let text = reader.as_ref().map(|reader| reader.text.as_str());
            let span = reader.as_ref().map_or(format.span, |reader| reader.span);
            ExternalFormat::stored_as(&format.text, text).map_err(|error| error.at(span))?
        }
    };
    let span = storage.location.span;
    let location = Location::parse(&storage.location.text).map_err(|error| error.at(span))?;
    let map = |options: &[Property]| -> BTreeMap<String, String> {
        options.iter().map(|option| (option.key.text.clone(), option.value.clone())).collect()
    };
    let external = External { format, location, serde: map(&storage.serde), properties: map(&storage.properties) };
    external.check().map_err(|error| error.at(span))?;
    Ok(external)
}

/// What `load` and `unload` say of files outside, with the network connection that the session names, if they name none (TRS-4).
///
/// # Errors
/// As [`defined`].
pub(super) fn named_in(storage: &Storage, context: &Context<'_>) -> Result<External> {
    let mut external = defined(storage)?;
    let flag = TenantResourceKind::NetworkLink.flag().and_then(|key| context.flags.get(key));
    if let Some(name) = flag.filter(|_| !external.location.is_on_machine()) {
        external.properties.entry(NETWORKLINK.to_owned()).or_insert_with(|| name.clone());
    }
    Ok(external)
}

/// What the caller needs who names them in a statement: to define a table of this project, or to read or write them in it.
pub(super) fn named(external: &External, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<Vec<Requirement>> {
    needed(external, &[], project, &Rights::Invoker, snapshot)
}

/// What the owner of an external table needs, whoever reads or writes it: its definition names them.
pub(super) fn used(table: &Table, snapshot: &Snapshot<'_>) -> Result<Vec<Requirement>> {
    let Some(external) = &table.external else { return Ok(Vec::new()) };
    let rights = Rights::Definer { owner: Some(table.owner.clone()), view: table.object() };
    let mut others: Vec<Location> = snapshot.partition_locations(table.id)?.into_values().collect();
    others.retain(|location| !external.location.covers(location));
    others.sort();
    others.dedup();
    needed(external, &others, &table.project, &rights, snapshot)
}

/// The same with these rights, for these locations as well.
pub(super) fn needed(
    external: &External,
    others: &[Location],
    project: &ProjectRef,
    rights: &Rights,
    snapshot: &Snapshot<'_>,
) -> Result<Vec<Requirement>> {
    let tenant = snapshot.project_by_id(project.id)?.map(|project| project.owner.clone());
    let named = [
        (TenantResourceKind::ForeignServer, external.foreign_server()),
        (TenantResourceKind::NetworkLink, external.networklink()),
    ];
    let mut requirements = Vec::new();
    for (kind, name) in named {
        let Some(name) = name else { continue };
        let resource = match &tenant {
            Some(tenant) => snapshot.tenant_resource(kind, tenant, &name)?,
            None => {
                TenantResource::unknown(kind, &crate::model::Principal::Account { account: Default::default() }, &name)
            }
        };
        let named_by = NamedBy::Rights(rights.clone());
        requirements.push(Requirement::Usage(Usage { resource, project: project.clone(), named_by }));
    }
    for location in std::iter::once(&external.location).chain(others) {
        requirements.push(at(location, project, rights));
    }
    Ok(requirements)
}

/// The use of one location.
pub(super) fn at(location: &Location, project: &ProjectRef, rights: &Rights) -> Requirement {
    Requirement::Location(LocationUse { location: location.clone(), project: project.clone(), rights: rights.clone() })
}

/// What writing to a place asks of the sources besides: on this machine, Download where their project controls downloads (DLC-1).
pub(super) fn downloads(location: &Location, reading: &Reading, snapshot: &Snapshot<'_>) -> Result<Vec<Requirement>> {
    let mut requirements = Vec::new();
    let is_source = |access: &&Access| {
        access.action == Action::Select && matches!(access.object.kind, ObjectKind::Table | ObjectKind::View)
    };
    for access in reading.accesses().iter().filter(is_source).filter(|_| location.is_on_machine()) {
        let project = snapshot.project_by_id(access.object.project.id)?;
        if project.is_some_and(|project| project.has_download_control()) {
            requirements.push(Access { action: Action::Download, ..access.clone() }.into());
        }
    }
    Ok(requirements)
}

/// The folders of an external table.
///
/// # Errors
/// The table is not an external one; the state cannot be read.
pub(super) fn scan(table: &Table, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Folders> {
    let Some(external) = &table.external else {
        return Err(Error::new(Code::Internal, "the table is not an external one"));
    };
    let mut parts = Vec::new();
    if table.is_partitioned() {
        let partitions = snapshot.partitions_to_plan(table.id)?;
        let mut own = match partitions.is_empty() {
            true => std::collections::BTreeMap::new(),
            false => snapshot.partition_locations(table.id)?,
        };
        for partition in partitions {
            let location = own.remove(&partition.spec);
            let location = location.unwrap_or_else(|| external.location.of_partition(&partition.spec));
            parts.push((partition.spec, location));
        }
    } else {
        parts.push((PartitionSpec::default(), external.location.clone()));
    }
    let mut folders = scan_of(parts, external, &table.project, context, snapshot)?;
    // Who named the location of an external schema need not be who fills it: no link leads out of there.
    if let Some(schema) = snapshot.external_schema(&table.place())? {
        folders.table = schema.location;
    }
    Ok(folders)
}

/// These folders, as far as a project allows them.
pub(super) fn scan_of(
    parts: Vec<(PartitionSpec, Location)>,
    external: &External,
    project: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Folders> {
    let known = snapshot.project_by_id(project.id)?;
    let server = known.as_ref().and_then(|known| Some((known.owner.clone(), external.foreign_server()?)));
    // A data source may go through a connection of its own.
    let through = match &server {
        Some((tenant, name)) => snapshot.tenant_resource(TenantResourceKind::ForeignServer, tenant, name)?.connection,
        None => None,
    };
    let reach = Reach { by_connection: external.networklink().is_some() || through.is_some(), server };
    let security = known.map(|project| project.security.clone()).unwrap_or_default();
    let listed = || locations(&security.external_resource_locations).unwrap_or_default();
    let allowed = security.external_resource_access_control.then(listed);
    let table = external.location.clone();
    Ok(Folders { parts, table, allowed, reach, outside: context.files.outside() })
}

/// A table of the statement alone, whose rows are files outside.
pub(super) fn table_of(external: External, like: Table) -> Table {
    Table { external: Some(Arc::new(external)), partition_columns: Vec::new(), ..like }
}
