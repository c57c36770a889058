//! What an instance asked for in order to read, so that fetching its result can ask for it again (FLW-9a).

use std::collections::BTreeSet;

use rusqlite::Row;

use super::error::damaged;
use super::object::{kind, project, schema};
use super::transaction::{Snapshot, Write};
use crate::error::Result;
use crate::model::{Action, ColumnId, Identity, Object, ObjectId, ObjectKind, Place, Principal, Table};
use crate::security::{Access, Columns, Rights};

/// The number of columns that have none.
const NO_COLUMN: ColumnId = ColumnId(-2);

/// An access as it was noted.
struct Noted {
    position: i64,
    /// The number of what it is on.
    place: Identity,
    action: Action,
    /// The object as it is now; else a placeholder for a dropped one.
    found: Found,
    body: Option<i64>,
    is_whole: bool,
    inside: Option<Identity>,
}

/// An object as it is now.
#[derive(Clone)]
struct Found {
    object: Object,
    /// Whose rights count inside of it.
    keeper: Option<Principal>,
    table: Option<Table>,
}

impl Found {
    fn as_gone(&self) -> Self {
        let object = Object::gone(self.object.kind.grants_as(), self.object.place(), &self.object.name);
        Self { object, keeper: None, table: None }
    }
}

impl Snapshot<'_> {
    /// What the query of an instance asked for in order to read, as it would ask now for `fetcher`: each object and column under the
    /// name that it has now, and what is inside a view, function or table resource by the principal who answers for that now.
    ///
    /// What is gone since is a stand-in that is gone ([`Object::gone`]), for which `fetcher` answers wherever it was read. A view whose
    /// body was replaced is gone as well: it shows something else.
    pub fn instance_accesses(&self, id: ObjectId, fetcher: &Principal) -> Result<Vec<Access>> {
        let noted = self.all(
            "select a.position, a.action, a.project, coalesce(p.name, a.project_name) as project_name, a.kind, a.object, a.schema, a.name,
               a.body, a.whole, a.inside
             from instance_access a left join project p on p.id = a.project where a.instance = ?1 order by a.position",
            [id],
            read,
        )?;
        let mut accesses = Vec::new();
        let mut opened: Vec<(Identity, Found)> = Vec::new();
        for mut noted in noted {
            noted.found = self.found(&noted)?;
            let columns = self.columns(id, &noted)?;
            let Noted { place, action, found, inside, .. } = noted;
            let inside =
                inside.and_then(|inside| opened.iter().find(|(place, _)| *place == inside)).map(|(_, found)| found);
            let is_behind_gone = inside.is_some_and(|inside| inside.object.id == Identity::Gone);
            let rights = |object: &Object| match inside {
                None => Rights::Invoker,
                Some(inside) => {
                    // Nobody else answers for what is gone, nor for what was read through it.
                    let is_gone = is_behind_gone || object.id == Identity::Gone;
                    let keeper = if is_gone { Some(fetcher) } else { inside.keeper.as_ref() };
                    Rights::Definer { owner: keeper.cloned(), view: inside.object.clone() }
                }
            };
            let is_complete = !is_behind_gone && columns.as_ref().is_some_and(|left| left.is_all);
            // What is still there keeps its label, even if other parts are gone (LAB-2).
            if let Some(Left { columns, .. }) = columns {
                let rights = rights(&found.object);
                accesses.push(Access { columns, rights, ..Access::of(action, found.object.clone()) });
            }
            if !is_complete {
                let gone = found.as_gone().object;
                accesses.push(Access { rights: rights(&gone), ..Access::of(action, gone) });
            }
            opened.push((place, if is_complete { found } else { found.as_gone() }));
        }
        // The caller's own come first, as in the query (STG-4).
        accesses.sort_by_key(|access| access.rights != Rights::Invoker);
        Ok(accesses)
    }

    /// The object of this number, if it is what it was.
    fn found(&self, noted: &Noted) -> Result<Found> {
        let stand_in = &noted.found;
        let Some(number) = noted.place.known() else { return Ok(stand_in.clone()) };
        Ok(match stand_in.object.kind {
            ObjectKind::Table | ObjectKind::View => match self.table_by_id(number)? {
                Some(table) if noted.body == self.body(number)? => {
                    Found { object: table.object(), keeper: Some(table.owner.clone()), table: Some(table) }
                }
                _ => stand_in.clone(),
            },
            ObjectKind::Resource => match self.resource_by_id(number)? {
                Some(resource) => Found { object: resource.object(), keeper: resource.updator, table: None },
                None => stand_in.clone(),
            },
            ObjectKind::Function => match self.function_by_id(number)? {
                Some(function) => Found { object: function.object(), keeper: function.maker, table: None },
                None => stand_in.clone(),
            },
            // Of packages only the one with the views of `information_schema` is read as such (AUD-2).
            ObjectKind::Package => match self.system_package(&stand_in.object.project)? {
                Some((package, _)) if package.id == noted.place => Found { object: package, keeper: None, table: None },
                _ => stand_in.clone(),
            },
            ObjectKind::Project | ObjectKind::Instance | ObjectKind::Schema => stand_in.clone(),
        })
    }

    /// Which body a view has: it goes up when another replaces it. A table has none but one.
    fn body(&self, table: ObjectId) -> Result<Option<i64>> {
        self.one("select body from table_object where id = ?1", [table], |row| row.get(0))
    }

    /// The columns that are left, under their present names; nothing if the object is gone.
    fn columns(&self, instance: ObjectId, noted: &Noted) -> Result<Option<Left>> {
        if noted.found.object.id == Identity::Gone {
            return Ok(None);
        }
        if noted.is_whole {
            return Ok(Some(Left { columns: Columns::Whole, is_all: true }));
        }
        let ids: Vec<ColumnId> = self.all(
            "select column_id from instance_access_column where instance = ?1 and position = ?2",
            (instance, noted.position),
            |row| row.get(0),
        )?;
        let Some(table) = &noted.found.table else { return Ok(None) };
        let name = |id: &ColumnId| {
            let mut columns = table.columns.iter().chain(&table.partition_columns);
            columns.find(|column| column.id == *id).map(|column| column.name.clone())
        };
        let names: BTreeSet<String> = ids.iter().filter_map(name).collect();
        Ok(Some(Left { is_all: names.len() == ids.len(), columns: Columns::Read(names) }))
    }
}

/// What is left of the columns that an instance read.
struct Left {
    columns: Columns,
    is_all: bool,
}

impl Write<'_> {
    /// Notes what an instance asked for in order to read.
    pub(super) fn note_accesses(&self, instance: ObjectId, accesses: &[Access]) -> Result<()> {
        for (position, access) in (0_i64..).zip(accesses) {
            let Access { action, object, columns, rights, managed: _ } = access;
            let table = match object.kind {
                ObjectKind::Table | ObjectKind::View => self.table_of(object)?,
                _ => None,
            };
            let inside = match rights {
                Rights::Invoker => None,
                Rights::Definer { view, .. } => Some(view.id),
            };
            self.run(
                "insert into instance_access values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                rusqlite::params![
                    instance,
                    position,
                    action.name(),
                    object.project.id,
                    object.project.name.as_str(),
                    object.kind.grants_as().name(),
                    object.id,
                    object.schema.as_str(),
                    object.name.as_str(),
                    table.as_ref().map(|table| self.body(table.id)).transpose()?.flatten(),
                    *columns == Columns::Whole,
                    inside,
                ],
            )?;
            let Columns::Read(names) = columns else { continue };
            let columns: Vec<_> =
                table.iter().flat_map(|table| table.columns.iter().chain(&table.partition_columns)).collect();
            for name in names {
                // A column without a number is none that could be read again.
                let id = columns.iter().find(|column| column.name == *name).map_or(NO_COLUMN, |column| column.id);
                self.run(
                    "insert into instance_access_column values (?1, ?2, ?3) on conflict do nothing",
                    (instance, position, id),
                )?;
            }
        }
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Noted> {
    let action: String = row.get("action")?;
    let place = Place { project: project(row)?, schema: schema(row)? };
    let object = Object::gone(kind(row, "kind")?, place, &row.get::<_, String>("name")?);
    Ok(Noted {
        position: row.get("position")?,
        place: row.get("object")?,
        action: Action::parse(&action).ok_or_else(|| damaged("what an instance asked for"))?,
        found: Found { object, keeper: None, table: None },
        body: row.get("body")?,
        is_whole: row.get("whole")?,
        inside: row.get("inside")?,
    })
}
