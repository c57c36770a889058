//! How packages are shown: `show packages` and `describe package`.
//!
//! Source: S4, the sample outputs; client.md 3.1.3.

use super::outcome::{Chunk, Item, Layout, Outcome, Rows};
use crate::error::{Code, Error, Result};
use crate::model::{Cell, DataType, ProjectRef, ResultColumn, Row, Time};
use crate::store::{Installation, InstallationStatus, Package, Snapshot};

/// The package that every project has installed: what the service tells of a project. Source: S4.
const SYSTEM: (&str, &str) = ("systables", "information_schema");

/// The packages that a project made, and those that it installed.
pub(super) fn packages(snapshot: &Snapshot<'_>, project: &ProjectRef) -> Result<Outcome> {
    let made = snapshot.packages_after(project.id, "", usize::MAX)?;
    let made = made.into_iter().map(|package| vec![package.name, package.created.iso()]).collect();
    let since = snapshot.project_by_id(project.id)?.map_or(Time(0), |project| project.created);
    let system = [SYSTEM.0, SYSTEM.1, &since.iso(), InstallationStatus::Usable.word()].map(str::to_owned).to_vec();
    let installed = snapshot.installations_after(project.id, 0, usize::MAX)?;
    let installed = installed.into_iter().map(|installed| {
        vec![installed.name, installed.source.name, installed.installed.iso(), installed.status.word().to_owned()]
    });
    Ok(Outcome {
        items: vec![
            table(&[("PackageName", 0), ("CreateTime", 0)], made),
            table(
                &[("PackageName", 0), ("SourceProject", 0), ("InstallTime", 0), ("Status", 0)],
                std::iter::once(system).chain(installed).collect(),
            ),
        ],
    })
}

/// A package in the project that made it.
pub(super) fn own(snapshot: &Snapshot<'_>, package: &Package) -> Result<Outcome> {
    let mut outcome = head(package.created, &package.name, &package.project);
    outcome.items.push(objects(snapshot, package.id)?);
    let allowed = snapshot.package_allowed(package.id)?;
    let allowed = allowed.into_iter().map(|(project, label)| vec![project, label.to_string()]).collect();
    outcome.items.extend(["", "Allowed Project List"].map(|line| Item::Line(line.to_owned())));
    outcome.items.push(table(&[("ProjectName", 15), ("UserLabel", 9)], allowed));
    Ok(outcome)
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
        return Err(Error::new(Code::State, format!("package {full} cannot be used: {}", installed.status.word()))
            .help("its project must allow it again; if it was dropped and made anew, install it again"));
    };
    let mut outcome = head(package.created, &package.name, &package.project);
    outcome.items.push(objects(snapshot, package.id)?);
    Ok(outcome)
}

fn head(created: Time, name: &str, source: &ProjectRef) -> Outcome {
    Outcome::lines([
        format!("CreateTime:         {}", created.iso()),
        format!("PackageName:        {name}"),
        format!("SourceProject:      {}", source.name),
        String::new(),
        "Object List".to_owned(),
    ])
}

fn objects(snapshot: &Snapshot<'_>, package: i64) -> Result<Item> {
    let rows = snapshot.package_items(package)?.into_iter().map(|item| {
        let actions: Vec<&str> = item.actions.iter().map(|action| action.name()).collect();
        vec![item.kind.name().to_uppercase(), item.name, actions.join(",")]
    });
    Ok(table(&[("ObjectType", 12), ("ObjectName", 40), ("ObjectPrivileges", 16)], rows.collect()))
}

/// A frame that is as wide as its widest value, with a line behind every row.
fn table(columns: &[(&str, usize)], rows: Vec<Vec<String>>) -> Item {
    let width = |(place, (name, least)): (usize, &(&str, usize))| {
        let values = rows.iter().filter_map(|row| row.get(place)).map(String::len);
        values.chain([name.len(), *least]).max().unwrap_or_default()
    };
    let widths = columns.iter().enumerate().map(width).collect();
    let columns =
        columns.iter().map(|(name, _)| ResultColumn { name: (*name).to_owned(), data_type: DataType::String });
    let rows: Vec<Row> = rows.into_iter().map(|row| row.into_iter().map(Cell::Text).collect()).collect();
    Item::Rows(Rows {
        columns: columns.collect(),
        layout: Layout::Ruled(widths),
        ordered: true,
        chunks: Box::new(std::iter::once(Ok(Chunk::Rows(rows)))),
    })
}
