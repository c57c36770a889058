//! Names of `information_schema`: its views, and the package that has them.

use crate::error::{Code, Error, Result};
use crate::model::{
    INFORMATION_SCHEMA, InformationView, Object, ObjectKind, Prefix, ProjectRef, SYSTEM_CATALOG, SYSTEM_PACKAGE, Time,
};
use crate::store::Snapshot;
use crate::syntax::object::ObjectName;

/// Whether names with this prefix are views of `information_schema`, and then, whether of the whole tenant.
pub(super) fn scope(prefix: &Prefix<'_>) -> Option<bool> {
    match prefix.project? {
        INFORMATION_SCHEMA if prefix.schema.is_default() => Some(false),
        SYSTEM_CATALOG if prefix.schema.as_str() == INFORMATION_SCHEMA => Some(true),
        _ => None,
    }
}

/// The view of `information_schema` of this name.
///
/// # Errors
/// There is none.
pub(super) fn view(name: &str) -> Result<&'static InformationView> {
    let full = format!("{INFORMATION_SCHEMA}.{name}");
    match (InformationView::of_name(name), InformationView::why_absent(name)) {
        (Some(view), _) => Ok(view),
        (None, Some(reason)) => Err(Error::new(Code::Unsupported, format!("not supported: `{full}`")).help(reason)),
        (None, None) => Err(Error::new(Code::TableNotFound, format!("table {full} cannot be resolved"))
            .help(format!("`show tables in {INFORMATION_SCHEMA};` lists its views"))),
    }
}

/// The package `systables` in a project, since when it is installed, and what to say if it is not.
pub(super) fn package(project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<(Object, Time, Option<Box<Error>>)> {
    if let Some((package, since)) = snapshot.system_package(project)? {
        return Ok((package, since, None));
    }
    let full = format!("{INFORMATION_SCHEMA}.{SYSTEM_PACKAGE}");
    let error = Error::new(Code::NotFound, format!("package {full} is not installed in project {}", project.name))
        .help(format!("`install package {full};` installs it"));
    Ok((Object::unknown(ObjectKind::Package, project.clone(), &full), Time(0), Some(error)))
}

/// Whether a name means the package of the views of `information_schema`.
pub(super) fn is_package(name: &ObjectName) -> bool {
    name.name.text == SYSTEM_PACKAGE && name.project().is_some_and(|project| project.text == INFORMATION_SCHEMA)
}
