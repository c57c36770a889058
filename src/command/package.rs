//! Packages: making and filling them, who may install them, and using those of others.

use super::bound::{Bound, Context, Work};
use super::outcome::Outcome;
use super::{information, package_shown, resolve};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Object, ObjectKind, Place, Prefix, ProjectRef, SchemaName};
use crate::security::{Access, Request};
use crate::store::{ItemsOf, Package, Snapshot};
use crate::syntax::Name;
use crate::syntax::object::ObjectName;
use crate::syntax::package::{Item, Statement};

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::Show { .. } | Statement::ShowItems { .. } | Statement::Describe { .. } => true,
        Statement::Create { .. }
        | Statement::Drop { .. }
        | Statement::Add { .. }
        | Statement::Remove { .. }
        | Statement::Allow { .. }
        | Statement::Disallow { .. }
        | Statement::Install { .. }
        | Statement::Uninstall { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let project = resolve::current(context)?;
    let request = |action| resolve::project_request(action, context, snapshot);
    let request_with = |action, package: String, item| {
        let mut access = Access::of(action, resolve::current_object(context, snapshot)?).about(package);
        access.managed.item = item;
        Ok::<_, Box<Error>>(Request::in_session(context, vec![access.into()]))
    };
    let request_about = |action, package: String| request_with(action, package, None);
    let own = |package: &Name| format!("{}.{}", project.name, package.text);
    // A package without its project is one of the current project.
    let named = |package: &ObjectName| full_name(package, &project);
    match statement {
        Statement::Create { package } => {
            let name = package.text.clone();
            // What may be made is decided for the project; the record names the package.
            let place = Place { project: project.clone(), schema: SchemaName::default() };
            let mut access = Access::of(Action::CreatePackage, resolve::current_object(context, snapshot)?);
            access.managed.item = Some(Object::unknown_in(ObjectKind::Package, place, &own(package)));
            let request = Request::in_session(context, vec![access.into()]);
            Ok(Bound::change(request, move |write, now| {
                write.create_package(project.id, &name, now)?;
                Ok(Outcome::authorization_ok())
            }))
        }
        Statement::Drop { package } => {
            Ok(Bound::when_allowed(request_about(Action::DropPackage, own(package))?, || {
                let package = own_package(package, &project, snapshot)?;
                Ok(Work::change(move |write, _| {
                    write.drop_package(package.id)?;
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::Add { item, package, actions } => {
            let listed = listed(item.name.as_ref(), item.kind, context)?;
            let actions = if actions.is_empty() { Action::shared(item.kind).to_vec() } else { actions.clone() };
            let (all, kind) = (item.name.is_none(), item.kind);
            let named = named_item(item, &listed, &project);
            Ok(Bound::when_allowed(request_with(Action::AddPackageResource, own(package), named)?, || {
                let package = own_package(package, &project, snapshot)?;
                let objects = objects(item, listed, &project, snapshot)?;
                Ok(Work::change(move |write, _| {
                    let listed = write.package_items(package.id)?;
                    for object in &objects {
                        // `*` adds what is not listed yet.
                        if !all || !listed.iter().any(|item| item.kind == kind && item.name == object.local_name()) {
                            write.add_to_package(&package, object, &actions)?;
                        }
                    }
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::Remove { item, package } => {
            let one = item.name.is_some();
            let listed = listed(item.name.as_ref(), item.kind, context)?;
            let named = named_item(item, &listed, &project);
            Ok(Bound::when_allowed(request_with(Action::RemovePackageResource, own(package), named)?, || {
                let package = own_package(package, &project, snapshot)?;
                let objects = objects(item, listed, &project, snapshot)?;
                Ok(Work::change(move |write, _| {
                    for object in &objects {
                        if !write.remove_from_package(package.id, object)? && one {
                            return Err(Error::new(
                                Code::NotFound,
                                format!("package `{}` does not list {object}", package.name),
                            )
                            .help(format!("`describe package {};` shows what it lists", package.name)));
                        }
                    }
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::Allow { project: other, package, label } => {
            let label = label.unwrap_or_default();
            Ok(Bound::when_allowed(request_about(Action::AllowInstallPackage, own(package))?, || {
                let package = own_package(package, &project, snapshot)?;
                let (name, span) = (other.text.clone(), other.span);
                Ok(Work::change(move |write, now| {
                    let other = match write.project_by_name(&name)? {
                        None => return Err(unknown_project(&name).at(span)),
                        Some(other) if other.id == package.project.id => {
                            return Err(Error::new(Code::Conflict, "a project needs no package for what is its own")
                                .at(span)
                                .help("name the project that is to install it (PKG-3)"));
                        }
                        Some(other) => other,
                    };
                    write.allow_package(package.id, other.id, label, now)?;
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::Disallow { project: other, package } => {
            Ok(Bound::when_allowed(request_about(Action::DisallowInstallPackage, own(package))?, || {
                let package = own_package(package, &project, snapshot)?;
                let (name, span) = (other.text.clone(), other.span);
                Ok(Work::change(move |write, _| {
                    let Some(other) = write.project_by_name(&name)? else {
                        return Err(unknown_project(&name).at(span));
                    };
                    if !write.disallow_package(package.id, other.id)? {
                        return Err(Error::new(
                            Code::NotFound,
                            format!("project `{name}` is not allowed to install package `{}`", package.name),
                        )
                        .at(span)
                        .help(format!("`describe package {};` shows who is", package.name)));
                    }
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::Install { package } => {
            let (name, span) = (package.clone(), package.span());
            Ok(Bound::change(request_about(Action::InstallPackage, named(package))?, move |write, now| {
                if information::is_package(&name) {
                    write.install_system_package(&project, now).map_err(|error| error.at(span))?;
                    return Ok(Outcome::authorization_ok());
                }
                let package = installable(&name, &project, write)?.ok_or_else(|| not_allowed().at(span))?;
                write.install_package(project.id, &package, now)?;
                Ok(Outcome::authorization_ok())
            }))
        }
        Statement::Uninstall { package } => {
            let (installed, missing) = resolve::object(package, context, snapshot)?;
            Ok(Bound::when_allowed(request_about(Action::UninstallPackage, named(package))?, || {
                missing.map_or(Ok(()), Err)?;
                Ok(Work::change(move |write, _| {
                    if let Some(id) = installed.id.known() {
                        write.uninstall_package(id)?;
                    }
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::Show { with: None } => {
            let request = request(Action::ShowPackages)?;
            Ok(Bound::stream(request, move |snapshot, store| package_shown::packages(snapshot, store, &project)))
        }
        Statement::Show { with: Some(object) } => {
            let mut request = request(Action::ShowPackages)?;
            // The answer says what they list.
            request.requirements.extend(request_about(Action::DescribePackage, "*.*".to_owned())?.requirements);
            let wanted = ItemsOf {
                source: None,
                kind: Some(object.kind),
                name: Some((listed(Some(object), object.kind, context)?, object.name.text.clone())),
            };
            Ok(Bound::stream(request, move |_, store| Ok(package_shown::packages_with(store, &project, wanted))))
        }
        Statement::ShowItems { object, from, kind } => {
            let source = from.as_ref().map(|project| project.text.clone());
            // Describing each of them: whoever may describe a part of them names its project (ADM-1).
            let packages = format!("{}.*", source.as_deref().unwrap_or("*"));
            let request = request_about(Action::DescribePackage, packages)?;
            let wanted = ItemsOf {
                source,
                kind: object.as_ref().map(|object| object.kind).or(*kind),
                name: match object {
                    Some(object) => Some((listed(Some(object), object.kind, context)?, object.name.text.clone())),
                    None => None,
                },
            };
            Ok(Bound::stream(request, move |_, store| Ok(package_shown::items(store, &project, wanted))))
        }
        Statement::Describe { package } => {
            let request = request_about(Action::DescribePackage, named(package))?;
            Ok(describe(package, project, request, snapshot))
        }
    }
}

/// The name of a package with its project.
pub(super) fn full_name(package: &ObjectName, current: &ProjectRef) -> String {
    let project = package.project().map_or(&*current.name, |project| &project.text);
    format!("{project}.{}", package.name.text)
}

/// A package of the current project, or one that it installed.
fn describe(package: &ObjectName, project: ProjectRef, request: Request, snapshot: &Snapshot<'_>) -> Bound {
    let other = package.project().filter(|named| named.text != project.name);
    let Some(other) = other else {
        return Bound::when_allowed(request, || {
            let package = own_package(&package.name, &project, snapshot)?;
            Ok(Work::show(move |snapshot| package_shown::own(snapshot, &package)))
        });
    };
    let (name, span, source) = (package.name.text.clone(), package.span(), other.text.clone());
    let is_system = information::is_package(package);
    Bound::when_allowed(request, || {
        if is_system {
            let (_, since, not_found) = information::package(&project, snapshot)?;
            not_found.map_or(Ok(()), |error| Err(error.at(span)))?;
            return Ok(Work::show(move |_| package_shown::system(since)));
        }
        Ok(Work::show(move |snapshot| {
            let source = snapshot.project_by_name(&source)?.map(|source| source.id);
            let installed =
                source.map(|source| snapshot.installation(project.id, source, &name)).transpose()?.flatten();
            match installed {
                Some(installed) => package_shown::installed(snapshot, &installed),
                None => {
                    Err(Error::new(Code::NotFound, format!("no such package is installed in project {}", project.name))
                        .at(span)
                        .help("`show packages;` lists what is installed"))
                }
            }
        }))
    })
}

/// The package that may be installed; whether another one is there is not told (STG-4).
fn installable(name: &ObjectName, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<Option<Package>> {
    let source = name.project().map_or(project.name.as_str(), |source| source.text.as_str());
    let Some(source) = snapshot.project_by_name(source)? else { return Ok(None) };
    if source.id == project.id {
        return Err(Error::new(Code::Conflict, "a project does not install its own packages").at(name.span()));
    }
    let Some(package) = snapshot.package(source.id, &name.name.text)? else { return Ok(None) };
    Ok(snapshot.is_allowed(package.id, project.id)?.then_some(package))
}

/// Source: the service's text for a package that the project may not install.
fn not_allowed() -> Box<Error> {
    Error::new(Code::DdlTask, "Your project is not allowed to install the package")
        .help("its project must have it, and `allow project <this one> to install package <package>;`")
}

/// The schema of what is added, removed or looked for; a project before its name is refused (PKG-2).
fn listed(name: Option<&ObjectName>, kind: ObjectKind, context: &Context<'_>) -> Result<SchemaName> {
    let naming = context.naming()?;
    if !kind.is_in_schema() && name.is_none_or(|name| name.qualifier.is_empty()) {
        return Ok(SchemaName::default());
    }
    let Some(name) = name else { return Ok(naming.current_schema()) };
    let qualified = || {
        let alone = if naming.has_schemas { "`<schema>.<name>` or the name alone" } else { "the name alone" };
        Error::new(Code::Parse, format!("`{}` is qualified with a project", name.name.text))
            .at(name.span())
            .help(format!("write {alone}: only objects of the current project can be named here"))
    };
    match naming.read(&name.qualifier.texts()) {
        Ok(Prefix { project: None, schema }) if kind.is_in_schema() => Ok(schema),
        _ => Err(qualified()),
    }
}

/// The object of this name, whether or not it is there; none where all of a kind are meant.
fn named_item(item: &Item, schema: &SchemaName, project: &ProjectRef) -> Option<Object> {
    let place = Place { project: project.clone(), schema: schema.clone() };
    item.name.as_ref().map(|name| Object::unknown_in(item.kind, place, &name.name.text))
}

/// The objects that are added or removed: the one of this name, or all of the kind (PKG-2).
fn objects(item: &Item, schema: SchemaName, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<Vec<Object>> {
    let place = Place { project: project.clone(), schema };
    let Some(name) = &item.name else { return snapshot.securables(item.kind, &place) };
    match snapshot.securable(item.kind, &place, &name.name.text)? {
        Some(object) => Ok(vec![object]),
        None => {
            let unknown = Object::unknown_in(item.kind, place, &name.name.text);
            Err(resolve::not_found(&unknown).at(name.span()))
        }
    }
}

/// A package that the project made, which must be there.
pub(super) fn own_package(name: &Name, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<Package> {
    let missing = || {
        Error::new(Code::NotFound, format!("package `{}` does not exist in project {}", name.text, project.name))
            .at(name.span)
            .help("`show packages;` lists the packages")
    };
    snapshot.package(project.id, &name.text)?.ok_or_else(missing)
}

fn unknown_project(name: &str) -> Box<Error> {
    Error::new(Code::NotFound, format!("project `{name}` does not exist"))
        .help("only a project that exists can install a package (PKG-3)")
}
