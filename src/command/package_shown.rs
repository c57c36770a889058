//! How packages are shown: `show packages` and `describe package`.
//!
//! Source: S4, the sample outputs; odpscmd.

use std::rc::Rc;

use super::outcome::{Chunk, Item, Layout, Outcome, Rows};
use super::pages::{PAGE, pages};
use crate::error::{Code, Error, Result};
use crate::model::{Cell, DataType, ProjectRef, ResultColumn, Row, Time};
use crate::store::{Installation, InstallationStatus, Package, Snapshot, Store, Widths};

/// The package that every project has installed: what the service tells of a project. Source: S4.
const SYSTEM: (&str, &str) = ("systables", super::resolve::SYSTEM_PROJECT);

/// The packages that a project made, and those that it installed: as many as 100,000 of each (PKG-4).
pub(super) fn packages(snapshot: &Snapshot<'_>, store: &Rc<Store>, project: &ProjectRef) -> Result<Outcome> {
    let (project, since) = (project.id, snapshot.project_by_id(project.id)?.map_or(Time(0), |project| project.created));
    let made = snapshot.package_widths(project)?;
    let widths = vec![("PackageName", made.name), ("CreateTime", time_width(made))];
    let mut after = String::new();
    let rows = pages(store, move |snapshot| {
        let page = snapshot.packages_after(project, &after, PAGE)?;
        if let Some(last) = page.last() {
            after.clone_from(&last.name);
        }
        Ok(page.into_iter().map(|package| texts([package.name, package.created.iso()])).collect())
    });
    let made = frame(&widths, rows);

    let system = [SYSTEM.0, SYSTEM.1, &since.iso(), InstallationStatus::Usable.word()].map(str::to_owned);
    let installed = snapshot.installation_widths(project)?;
    let widths = [
        ("PackageName", installed.name),
        ("SourceProject", installed.source),
        ("InstallTime", time_width(installed)),
        ("Status", installed.status),
    ];
    let widths: Vec<_> =
        widths.into_iter().zip(&system).map(|((name, width), own)| (name, width.max(own.len()))).collect();
    let mut after = 0;
    let rows = pages(store, move |snapshot| {
        let page = snapshot.installations_after(project, after, PAGE)?;
        after = page.last().map_or(after, |last| last.id);
        let row = |installed: Installation| {
            let status = installed.status.word().to_owned();
            texts([installed.name, installed.source.name, installed.installed.iso(), status])
        };
        Ok(page.into_iter().map(row).collect())
    });
    let system = std::iter::once(Ok(Chunk::Rows(vec![texts(system)])));
    Ok(Outcome { items: vec![made, frame(&widths, Box::new(system.chain(rows)))] })
}

fn time_width(widths: Widths) -> usize {
    widths.latest.map(|time| time.iso().len()).unwrap_or_default()
}

fn texts(values: impl IntoIterator<Item = String>) -> Row {
    values.into_iter().map(Cell::Text).collect()
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
            .help("its project must allow it again; if it was dropped and created again, install it again"));
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
fn table(columns: &[(&'static str, usize)], rows: Vec<Vec<String>>) -> Item {
    let width = |(place, (name, least)): (usize, &(&'static str, usize))| {
        let values = rows.iter().filter_map(|row| row.get(place)).map(String::len);
        (*name, values.chain([*least]).max().unwrap_or_default())
    };
    let widths: Vec<_> = columns.iter().enumerate().map(width).collect();
    let rows: Vec<Row> = rows.into_iter().map(texts).collect();
    frame(&widths, Box::new(std::iter::once(Ok(Chunk::Rows(rows)))))
}

/// A frame of columns that are as wide as said, and as their names, with a line behind every row.
fn frame(columns: &[(&str, usize)], chunks: Box<dyn Iterator<Item = Result<Chunk>>>) -> Item {
    let named = |(name, _): &(&str, usize)| ResultColumn { name: (*name).to_owned(), data_type: DataType::String };
    Item::Rows(Rows {
        columns: columns.iter().map(named).collect(),
        layout: Layout::Ruled(columns.iter().map(|(name, width)| (*width).max(name.len())).collect()),
        ordered: true,
        chunks,
    })
}
