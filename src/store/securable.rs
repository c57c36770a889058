use rusqlite::Row;

use super::account::principal;
use super::transaction::Snapshot;
use crate::error::Result;
use crate::model::{Object, ObjectKind, ProjectRef};

impl Snapshot<'_> {
    /// The object of this kind and name, as grants and packages name it: found by its name alone, without its content.
    pub fn securable(&self, kind: ObjectKind, project: &ProjectRef, name: &str) -> Result<Option<Object>> {
        let of = |kind: ObjectKind, row: &Row<'_>| {
            Ok(Object {
                kind,
                id: row.get(0)?,
                project: project.clone(),
                name: row.get(1)?,
                owner: principal(row, "principal")?,
            })
        };
        let from = |table: &str| {
            format!(
                "select o.id, o.name, a.principal from {table} o join account a on a.id = o.owner where o.project = ?1 and o.name = ?2"
            )
        };
        match kind {
            ObjectKind::Table | ObjectKind::View => Ok(self.table(project.id, name)?.map(|table| table.object())),
            ObjectKind::Resource => self.one(&from("resource_object"), (project.id, name), |row| of(kind, row)),
            ObjectKind::Function => self.one(&from("function_object"), (project.id, name), |row| of(kind, row)),
            ObjectKind::Instance => self.one(&from("instance_object"), (project.id, name), |row| of(kind, row)),
            // Neither belongs to a name alone: a project is no object of a project, a package is installed, a schema is the project's.
            ObjectKind::Project | ObjectKind::Package | ObjectKind::Schema => Ok(None),
        }
    }

    /// A project's objects of a kind, by name, views with the tables: what `*` means when it is added to a package (PKG-2).
    pub fn securables(&self, kind: ObjectKind, project: &ProjectRef) -> Result<Vec<Object>> {
        let table = match kind {
            ObjectKind::Table | ObjectKind::View => "table_object",
            ObjectKind::Resource => "resource_object",
            ObjectKind::Function => "function_object",
            ObjectKind::Instance => "instance_object",
            ObjectKind::Project | ObjectKind::Package | ObjectKind::Schema => return Ok(Vec::new()),
        };
        // Tables and views lie in one table, which says which is which.
        let view = if table == "table_object" { "o.kind = 'view'" } else { "0" };
        self.all(
            &format!("select o.id, o.name, a.principal, {view} from {table} o join account a on a.id = o.owner where o.project = ?1 order by o.name"),
            [project.id],
            |row| {
                Ok(Object {
                    kind: if row.get(3)? { ObjectKind::View } else { kind },
                    id: row.get(0)?,
                    project: project.clone(),
                    name: row.get(1)?,
                    owner: principal(row, "principal")?,
                })
            },
        )
    }
}
