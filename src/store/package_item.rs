//! What all packages list that a project made or installed.

use rusqlite::Row;

use super::object::{kind, schema};
use super::package::{PackageItem, actions};
use super::transaction::Snapshot;
use crate::error::Result;
use crate::model::{ObjectKind, ProjectId, SchemaName};

/// Which items are wanted: all that fit.
#[derive(Debug, Clone, Default)]
pub struct ItemsOf {
    /// Of packages that this project made.
    pub source: Option<String>,
    /// Objects of this kind; a view is a table.
    pub kind: Option<ObjectKind>,
    /// Objects of this name, in this schema.
    pub name: Option<(SchemaName, String)>,
}

impl ItemsOf {
    /// The object that is wanted: its family, schema and name; no object has no name.
    pub(super) fn object(&self) -> (&'static str, &str, &str) {
        let kind = self.kind.unwrap_or(ObjectKind::Table).grants_as().name();
        let (schema, name) =
            self.name.as_ref().map(|(schema, name)| (schema.as_str(), name.as_str())).unwrap_or_default();
        (kind, schema, name)
    }
}

/// An object that a package lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedItem {
    /// Where it is in the list.
    pub place: ItemPlace,
    /// The package.
    pub package: String,
    /// The project that made it.
    pub source: String,
    /// The object.
    pub item: PackageItem,
}

/// A place in the list: packages of the project first, then the installed ones, each with its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ItemPlace(i64, i64);

impl Snapshot<'_> {
    /// What is listed behind a place. A package that the project may no longer use tells nothing (PKG-3).
    pub fn items_after(
        &self,
        project: ProjectId,
        wanted: &ItemsOf,
        after: ItemPlace,
        limit: usize,
    ) -> Result<Vec<ListedItem>> {
        let ItemsOf { source, kind, name } = wanted;
        let (schema, name) = name.as_ref().map(|(schema, name)| (schema.as_str(), name.as_str())).unzip();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(
            "with usable as (
               select 0 as place, k.id as package, k.name as package_name, p.name as source
               from package k join project p on p.id = k.project where k.project = ?1
               union all
               select i.id, i.package, i.name, p.name from installation i
               join package_allowed w on w.package = i.package and w.project = i.project
               join project p on p.id = i.source where i.project = ?1)
             select u.place, l.id, u.package_name, u.source, o.kind, o.schema, o.name,
               (select group_concat(action) from package_privilege where package_object = l.id)
             from usable u join package_object l on l.package = u.package join object o on o.id = l.object
             where (u.place, l.id) > (?2, ?3) and (?4 is null or u.source = ?4) and (?5 is null or o.family = ?5)
               and (?6 is null or o.name = ?6) and (?7 is null or o.schema = ?7)
             order by u.place, l.id limit ?8",
            rusqlite::params![
                project,
                after.0,
                after.1,
                source,
                kind.map(|kind| kind.grants_as().name()),
                name,
                schema,
                limit
            ],
            read,
        )
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ListedItem> {
    let kind = kind(row, "kind")?.grants_as();
    Ok(ListedItem {
        place: ItemPlace(row.get(0)?, row.get(1)?),
        package: row.get(2)?,
        source: row.get(3)?,
        item: PackageItem {
            kind,
            name: kind.local_name(&schema(row)?, &row.get::<_, String>("name")?),
            actions: actions(row, 7, kind)?,
        },
    })
}
