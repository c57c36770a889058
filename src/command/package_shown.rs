//! How packages are shown: `show packages` and `describe package`.
//!
//! Source: S4, the sample outputs; odpscmd.

use std::sync::Arc;

use super::outcome::{Description, Item, Listing, Outcome, PackageDescription, Rows};
use super::pages::{PAGE, pages, pages_after};
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, Cell, INFORMATION_SCHEMA, InformationView, InstallationStatus, ObjectKind, ProjectRef, Row, SYSTEM_PACKAGE,
    Time,
};
use crate::store::{Installation, ItemPlace, ItemsOf, ListedItem, Package, PackageItem, Snapshot, Store};

/// The packages that a project made, and those that it installed: as many as 100,000 of each (PKG-4).
pub(super) fn packages(snapshot: &Snapshot<'_>, store: &Arc<Store>, project: &ProjectRef) -> Result<Outcome> {
    let system = snapshot.system_package(project)?;
    let project = project.id;
    let mut after = String::new();
    let made = pages(store, move |snapshot| {
        let page = snapshot.packages_after(project, &after, PAGE)?;
        if let Some(last) = page.last() {
            after.clone_from(&last.name);
        }
        Ok(page.into_iter().map(|package| vec![package.name.into(), package.created.into()]).collect())
    });
    let row = |name: &str, source: &str, since: Time, status: InstallationStatus| -> Row {
        vec![name.into(), source.into(), since.into(), status.to_string().into()]
    };
    let system = system.map(|(_, since)| row(SYSTEM_PACKAGE, INFORMATION_SCHEMA, since, InstallationStatus::Usable));
    let mut after = None;
    let installed = pages_after(system.into_iter().collect(), store, move |snapshot| {
        let page = snapshot.installations_after(project, after, PAGE)?;
        after = page.last().map(|last| last.id).or(after);
        let row = |one: &Installation| row(&one.name, &one.source.name, one.installed, one.status);
        Ok(page.iter().map(row).collect())
    });
    let lists = [Rows::streamed(Listing::Packages, made), Rows::streamed(Listing::Installations, installed)];
    Ok(Outcome { items: lists.map(Item::Rows).into() })
}

/// Those of them that list an object; of the installed ones, those that can be used (PKG-3).
pub(super) fn packages_with(store: &Arc<Store>, project: &ProjectRef, wanted: ItemsOf) -> Outcome {
    let (project, mut after, mine) = (project.id, String::new(), wanted.clone());
    let made = pages(store, move |snapshot| {
        let page = snapshot.packages_with_after(project, &mine, &after, PAGE)?;
        if let Some(last) = page.last() {
            after.clone_from(&last.name);
        }
        Ok(page.into_iter().map(|package| vec![package.name.into(), package.created.into()]).collect())
    });
    let mut after = None;
    let installed = pages(store, move |snapshot| {
        let page = snapshot.installations_with_after(project, &wanted, after, PAGE)?;
        after = page.last().map(|last| last.id).or(after);
        let row = |one: &Installation| -> Row {
            vec![
                one.name.clone().into(),
                (&one.source.name).into(),
                one.installed.into(),
                one.status.to_string().into(),
            ]
        };
        Ok(page.iter().map(row).collect())
    });
    let lists = [Rows::streamed(Listing::Packages, made), Rows::streamed(Listing::Installations, installed)];
    Outcome { items: lists.map(Item::Rows).into() }
}

/// What the packages list that a project made, and that it installed and can use (PKG-3). The service's layout is not documented.
pub(super) fn items(store: &Arc<Store>, project: &ProjectRef, wanted: ItemsOf) -> Outcome {
    let (project, mut after) = (project.id, ItemPlace::default());
    let rows = pages(store, move |snapshot| {
        let page = snapshot.items_after(project, &wanted, after, PAGE)?;
        if let Some(last) = page.last() {
            after = last.place;
        }
        let row = |listed: ListedItem| -> Row {
            let PackageItem { kind, name, actions } = listed.item;
            let actions: Cell = actions.iter().map(|action| action.name()).collect();
            vec![listed.package.into(), listed.source.into(), kind.name().into(), name.into(), actions]
        };
        Ok(page.into_iter().map(row).collect())
    });
    Outcome { items: vec![Item::Rows(Rows::streamed(Listing::PackageItems, rows))] }
}

/// The package of the views of `information_schema`.
pub(super) fn system(since: Time) -> Result<Outcome> {
    let item = |view: &InformationView| PackageItem {
        kind: ObjectKind::Table,
        name: view.name.to_owned(),
        actions: Action::shared(ObjectKind::Table).to_vec(),
    };
    described(PackageDescription {
        name: SYSTEM_PACKAGE.to_owned(),
        source_project: INFORMATION_SCHEMA.to_owned(),
        created: since,
        objects: InformationView::all().iter().map(item).collect(),
        allowed: None,
    })
}

/// A package in the project that made it.
pub(super) fn own(snapshot: &Snapshot<'_>, package: &Package) -> Result<Outcome> {
    let allowed = snapshot.package_allowed(package.id)?;
    described(PackageDescription { allowed: Some(allowed), ..description(snapshot, package)? })
}

/// A package in a project that installed it; one that can no longer be used tells nothing of what it lists (PKG-3).
pub(super) fn installed(snapshot: &Snapshot<'_>, installed: &Installation) -> Result<Outcome> {
    let package = match (installed.package, installed.status) {
        (Some(id), InstallationStatus::Usable) => {
            snapshot.package(installed.source.id, &installed.name)?.filter(|package| package.id == id)
        }
        _ => None,
    };
    let Some(package) = package else {
        let full = format!("{}.{}", installed.source.name, installed.name);
        return Err(Error::new(Code::Conflict, format!("package {full} cannot be used: {}", installed.status))
            .help("its project must allow it again; if it was dropped and created again, install it again"));
    };
    described(description(snapshot, &package)?)
}

fn description(snapshot: &Snapshot<'_>, package: &Package) -> Result<PackageDescription> {
    Ok(PackageDescription {
        name: package.name.clone(),
        source_project: package.project.name.to_string(),
        created: package.created,
        objects: snapshot.package_items(package.id)?,
        allowed: None,
    })
}

fn described(package: PackageDescription) -> Result<Outcome> {
    Ok(Outcome::described(Description::Package(package)))
}
