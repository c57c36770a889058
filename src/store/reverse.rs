use rusqlite::Row;

use super::account::principal;
use super::acl::{kind_number, kind_of};
use super::error::damaged;
use super::transaction::Snapshot;
use crate::error::Result;
use crate::model::{Grantee, Object, ObjectKind, Principal, ProjectRef, RoleName};
use crate::security::Reverse;

/// An object by kind and number, whatever its project: the only one of its kind's table.
const OBJECT: &str = "select kind, id, project, project_name, name, principal from (
    select 1 as kind, o.kind as table_kind, o.id, o.project, p.name as project_name, o.name, a.principal from table_object o
      join project p on p.id = o.project join account a on a.id = o.owner where ?1 = 1 and o.id = ?2
    union all select 2, '', o.id, o.project, p.name, o.name, a.principal from resource_object o
      join project p on p.id = o.project join account a on a.id = o.owner where ?1 = 2 and o.id = ?2
    union all select 3, '', o.id, o.project, p.name, o.name, a.principal from function_object o
      join project p on p.id = o.project join account a on a.id = o.owner where ?1 = 3 and o.id = ?2
    union all select 4, '', o.id, o.project, p.name, o.name, a.principal from instance_object o
      join project p on p.id = o.project join account a on a.id = o.owner where ?1 = 4 and o.id = ?2)";

impl Snapshot<'_> {
    fn objects_by_number(&self, numbers: Vec<(i64, i64)>) -> Result<Vec<Object>> {
        let mut objects = Vec::with_capacity(numbers.len());
        for (kind, id) in numbers {
            objects.extend(match kind_of(kind) {
                // Whether it is a view is in the table itself.
                Some(ObjectKind::Table) => self.table_by_id(id)?.map(|table| table.object()),
                _ => self.one(OBJECT, (kind, id), read)?,
            });
        }
        Ok(objects)
    }
}

impl Reverse for Snapshot<'_> {
    fn grantees_on(&self, object: &Object, inside: i64) -> Result<Vec<Grantee>> {
        self.all(
            "select distinct a.principal, g.role from acl g left join account a on a.id = g.account where g.id in (
               select id from acl where object = ?1 and kind = ?2 and inside = ?3 and role is not null
               union all select id from acl where object = ?1 and kind = ?2 and inside = ?3 and account is not null)",
            (object.id, kind_number(object.kind), inside),
            |row| {
                Ok(match row.get::<_, Option<String>>(1)? {
                    Some(role) => Grantee::Role(RoleName::new(&role)),
                    None => Grantee::User(principal(row, "principal")?),
                })
            },
        )
    }

    fn installations_listing(&self, object: &Object) -> Result<Vec<Object>> {
        let column = match object.kind {
            ObjectKind::Table | ObjectKind::View => "table_id",
            ObjectKind::Resource => "resource_id",
            ObjectKind::Function => "function_id",
            ObjectKind::Instance => "instance_id",
            ObjectKind::Project | ObjectKind::Package | ObjectKind::Schema => return Ok(Vec::new()),
        };
        self.all(
            &format!(
                "select i.id, i.project, p.name, q.name || '.' || i.name from package_object o
                 join installation i on i.package = o.package
                 join package_allowed w on w.package = i.package and w.project = i.project
                 join project p on p.id = i.project join project q on q.id = i.source
                 where o.{column} = ?1 order by i.id"
            ),
            [object.id],
            |row| {
                let project = ProjectRef { id: row.get(1)?, name: row.get(2)? };
                let package = Object::unknown(ObjectKind::Package, project, &row.get::<_, String>(3)?);
                Ok(Object { id: row.get(0)?, ..package })
            },
        )
    }

    fn projects_of_principal(&self, principal: &Principal) -> Result<Vec<ProjectRef>> {
        Ok(self.projects_of(principal)?.iter().map(|project| project.reference()).collect())
    }

    fn objects_in(&self, project: &ProjectRef) -> Result<Vec<Object>> {
        let mut objects = Vec::new();
        let kinds = [ObjectKind::Table, ObjectKind::Resource, ObjectKind::Function, ObjectKind::Instance];
        for kind in kinds {
            objects.extend(self.securables(kind, project)?);
        }
        objects.extend(self.installations_after(project.id, 0, usize::MAX)?.iter().map(|installed| installed.object()));
        Ok(objects)
    }

    fn objects_named(&self, project: &ProjectRef, principal: &Principal, grantees: &[Grantee]) -> Result<Vec<Object>> {
        let pair = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        let mut numbers: Vec<(i64, i64)> = self.all(
            "select 1, id from table_object where owner = (select id from account where key = ?2) and project = ?1
             union all select 2, id from resource_object where owner = (select id from account where key = ?2) and project = ?1
             union all select 3, id from function_object where owner = (select id from account where key = ?2) and project = ?1
             union all select 4, id from instance_object where owner = (select id from account where key = ?2) and project = ?1",
            (project.id, principal.key()),
            pair,
        )?;
        for grantee in grantees {
            numbers.extend(match grantee {
                Grantee::User(user) => self.all(
                    "select distinct kind, object from acl where account = (select id from account where key = ?2) and project = ?1 and kind between 1 and 4",
                    (project.id, user.key()),
                    pair,
                )?,
                Grantee::Role(role) => self.all(
                    "select distinct kind, object from acl where project = ?1 and role = ?2 and kind between 1 and 4",
                    (project.id, role.as_str()),
                    pair,
                )?,
            });
        }
        let mut objects = self.objects_by_number(numbers)?;
        // Read on an installed package is an action of its own.
        objects.extend(self.installations_after(project.id, 0, usize::MAX)?.iter().map(|installed| installed.object()));
        Ok(objects)
    }

    fn trusted_by(&self, project: i64) -> Result<Vec<String>> {
        self.trusted_projects(project)
    }

    fn objects_shared(&self, installing: &ProjectRef) -> Result<Vec<Object>> {
        let numbers = self.all(
            "select distinct o.kind, o.object from installation i
             join package_allowed w on w.package = i.package and w.project = i.project
             join package_object o on o.package = i.package where i.project = ?1",
            [installing.id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        self.objects_by_number(numbers)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Object> {
    Ok(Object {
        kind: kind_of(row.get(0)?).ok_or_else(|| damaged("the kind of an object"))?,
        id: row.get(1)?,
        project: ProjectRef { id: row.get(2)?, name: row.get(3)? },
        name: row.get(4)?,
        owner: principal(row, "principal")?,
    })
}
