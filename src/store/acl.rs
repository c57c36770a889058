use rusqlite::Row;

use super::account::principal;
use super::error::damaged;
use super::id::Inside;
use super::object::{kind, project, schema};
use super::transaction::{Snapshot, Write};
use crate::error::Result;
use crate::model::{
    AccountId, Action, Grant, Grantee, Object, ObjectId, ObjectKind, Place, Principal, ProjectId, ProjectRef, RoleKind,
    RoleName, Time,
};

/// An ACL entry with the object that it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclEntry {
    /// `projects/p`, `projects/p/tables/t`, …
    pub path: String,
    /// What the object is; views count as tables.
    pub kind: ObjectKind,
    /// The installed package that the entry is inside of: `<creator>.<package>`.
    pub inside: Option<String>,
    /// The entry.
    pub grant: Grant,
}

/// An entry inside a package that cannot be used tells the names that it was given with, nothing newer (PKG-3, STG-4). Chosen.
const ENTRY: &str = "with entry as (select *, installation is null or exists (
    select 1 from installation i join package_allowed w on w.package = i.package and w.project = i.project where i.id = installation
  ) as usable from acl)
  select case when g.usable then g.column_name else g.given_column end as column_name, g.role, g.action, g.grantor, g.granted, g.expires, g.conditions,
    a.principal, i.name as inside, o.kind, o.id, o.schema, case when g.usable then o.name else g.given_name end as name,
    p.id as project, p.name as project_name
  from entry g join object o on o.id = g.object join project p on p.id = o.project
  left join object i on i.id = g.installation left join account a on a.id = g.account";

impl Snapshot<'_> {
    /// The entries on an object for one grantee; inside this installed package, or outside of any.
    pub(super) fn entries(&self, object: &Object, inside: Option<&Object>, grantee: &Grantee) -> Result<Vec<Grant>> {
        let Some(id) = self.securable_id(object)? else { return Ok(Vec::new()) };
        // Who has the entry is known: nothing is joined to it. An object may have very many entries, in the order that is wanted here: the
        // index is named, so that not all of them are read for that.
        let read = |row: &Row<'_>| read_grant(row, grantee.clone());
        match grantee {
            Grantee::User(user) => self.all(
                "select column_name, action, grantor, granted, expires, conditions from acl indexed by acl_user
                 where account = (select id from account where key = ?1) and object = ?2 and inside = ?3
                 and account is not null order by id",
                (user.key(), id, Inside(inside)),
                read,
            ),
            Grantee::Role(role) => self.all(
                "select column_name, action, grantor, granted, expires, conditions from acl indexed by acl_role
                 where object = ?2 and role = ?1 and inside = ?3 and role is not null order by id",
                (role.as_str(), id, Inside(inside)),
                read,
            ),
        }
    }

    /// All entries on an object, in the order in which they were given; inside this installed package, or outside of any.
    pub fn acl_of_object(&self, object: &Object, inside: Option<&Object>) -> Result<Vec<AclEntry>> {
        let Some(id) = self.securable_id(object)? else { return Ok(Vec::new()) };
        // Two halves, because users and roles have an index each.
        self.all(
            &format!(
                "{ENTRY} where g.id in (
                   select id from acl where object = ?1 and inside = ?2 and role is not null
                   union all select id from acl where object = ?1 and inside = ?2 and account is not null) order by g.id"
            ),
            (id, Inside(inside)),
            read,
        )
    }

    /// All entries of a grantee in a project, in the order in which they were given.
    pub fn acl_of_grantee(&self, project: ProjectId, grantee: &Grantee) -> Result<Vec<AclEntry>> {
        match grantee {
            Grantee::User(user) => self.all(
                &format!(
                    "{ENTRY} where g.account = (select id from account where key = ?2) and g.project = ?1 order by g.id"
                ),
                (project, user.key()),
                read,
            ),
            Grantee::Role(role) => self.all(
                &format!("{ENTRY} where g.project = ?1 and g.role = ?2 order by g.id"),
                (project, role.as_str()),
                read,
            ),
        }
    }
}

/// Where an entry is: on an object, or on one inside an installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclPlace {
    /// The object.
    pub object: Object,
    /// The installed package whose project the entry belongs to (PTH-3).
    pub inside: Option<Object>,
}

impl From<Object> for AclPlace {
    fn from(object: Object) -> Self {
        Self { object, inside: None }
    }
}

impl AclPlace {
    /// The project that the entry belongs to.
    pub fn project(&self) -> &ProjectRef {
        &self.inside.as_ref().unwrap_or(&self.object).project
    }

    fn inside_number(&self) -> Inside<'_> {
        Inside(self.inside.as_ref())
    }
}

impl Write<'_> {
    /// Gives one action; the same again replaces grantor, time, end and conditions.
    pub fn grant(&self, place: &AclPlace, grant: &Grant) -> Result<()> {
        let (account, role) = self.grantee(&grant.grantee)?;
        let column = grant.column.as_deref().unwrap_or_default();
        self.take(place, &grant.grantee, grant.action, column)?;
        let AclPlace { object, inside } = place;
        self.run(
            "insert into acl (project, object, installation, column_name, account, role, action, grantor, granted, expires,
               conditions, given_name, given_column)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            rusqlite::params![
                place.project().id,
                self.securable_id(object)?,
                inside.as_ref().map(|package| package.id),
                column,
                account,
                role,
                grant.action.name(),
                grant.grantor.to_string(),
                grant.granted.0,
                grant.expires.map(|end| end.0),
                grant.conditions.as_deref(),
                inside.as_ref().map_or("", |_| object.name.as_str()),
                inside.as_ref().map_or("", |_| column),
            ],
        )?;
        Ok(())
    }

    /// Takes one action, as a whole or for one column; whether it was there. `All` and single actions stand apart (ACC-6).
    pub fn revoke(&self, place: &AclPlace, grantee: &Grantee, action: Action, column: Option<&str>) -> Result<bool> {
        Ok(self.take(place, grantee, action, column.unwrap_or_default())? > 0)
    }

    /// Takes one action inside an installed package that cannot be used, by the names that it was given with; whether it was there.
    pub fn revoke_unusable(
        &self,
        place: &AclPlace,
        grantee: &Grantee,
        action: Action,
        column: Option<&str>,
    ) -> Result<bool> {
        let (account, role) = self.grantee(grantee)?;
        let taken = self.run(
            "delete from acl where installation = ?1 and given_name = ?3 and given_column = ?4 and action = ?5
             and (account = ?6 or role = ?7) and (select family from object where id = acl.object) = ?2
             and (select schema from object where id = acl.object) = ?8",
            (
                place.inside_number(),
                place.object.kind.grants_as().name(),
                place.object.name.as_str(),
                column.unwrap_or_default(),
                action.name(),
                account,
                role,
                place.object.schema.as_str(),
            ),
        )?;
        Ok(taken > 0)
    }

    /// Deletes what a removed user or a dropped role left in a project; how many entries.
    pub fn purge(&self, project: ProjectId, grantee: &Grantee) -> Result<usize> {
        let (account, role) = self.grantee(grantee)?;
        let policies = match grantee {
            Grantee::User(_) => 0,
            Grantee::Role(role) => self.purge_policy(project, role, RoleKind::Resource)?,
        };
        let of = (project, account, role);
        let entries = self.run("delete from acl where project = ?1 and (account = ?2 or role = ?3)", of)?;
        let labels = self.run("delete from label_grant where project = ?1 and (account = ?2 or role = ?3)", of)?;
        Ok(entries + policies + labels)
    }

    /// Deletes the entries and label grants of a project that have ended; how many.
    pub fn clear_expired(&self, project: ProjectId, now: Time) -> Result<usize> {
        let entries = self.run("delete from acl where project = ?1 and expires <= ?2", (project, now.0))?;
        let labels = self.run("delete from label_grant where project = ?1 and expires <= ?2", (project, now.0))?;
        Ok(entries + labels)
    }

    /// Deletes the entries on a column, which is about to go (ACC-9).
    pub fn drop_column_grants(&self, table: ObjectId, column: &str) -> Result<()> {
        self.run("delete from acl where object = ?1 and column_name = ?2", (table, column))?;
        Ok(())
    }

    /// Moves the entries on a column to its new name.
    pub fn rename_column_grants(&self, table: ObjectId, from: &str, to: &str) -> Result<()> {
        self.run("update acl set column_name = ?3 where object = ?1 and column_name = ?2", (table, from, to))?;
        Ok(())
    }

    fn take(&self, place: &AclPlace, grantee: &Grantee, action: Action, column: &str) -> Result<usize> {
        let (account, role) = self.grantee(grantee)?;
        let Some(object) = self.securable_id(&place.object)? else { return Ok(0) };
        let inside = place.inside_number();
        match role {
            None => self.run(
                "delete from acl where account = ?1 and object = ?2 and inside = ?3 and column_name = ?4
                 and action = ?5 and account is not null",
                (account, object, inside, column, action.name()),
            ),
            Some(role) => self.run(
                "delete from acl where object = ?2 and role = ?1 and inside = ?3 and column_name = ?4
                 and action = ?5 and role is not null",
                (role, object, inside, column, action.name()),
            ),
        }
    }

    pub(super) fn grantee<'g>(&self, grantee: &'g Grantee) -> Result<(Option<AccountId>, Option<&'g str>)> {
        Ok(match grantee {
            Grantee::User(user) => (Some(self.account_id(user)?), None),
            Grantee::Role(role) => (None, Some(role.as_str())),
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<AclEntry> {
    let grantee = match row.get::<_, Option<String>>("role")? {
        Some(role) => Grantee::Role(RoleName::new(&role)),
        None => Grantee::User(principal(row, "principal")?),
    };
    let kind = kind(row, "kind")?;
    let place = Place { project: project(row)?, schema: schema(row)? };
    let object = Object { id: row.get("id")?, ..Object::unknown_in(kind, place, &row.get::<_, String>("name")?) };
    Ok(AclEntry {
        path: object.path(),
        kind: kind.grants_as(),
        inside: row.get("inside")?,
        grant: read_grant(row, grantee)?,
    })
}

fn read_grant(row: &Row<'_>, grantee: Grantee) -> rusqlite::Result<Grant> {
    let (action, column, grantor): (String, String, String) =
        (row.get("action")?, row.get("column_name")?, row.get("grantor")?);
    Ok(Grant {
        action: Action::parse(&action).ok_or_else(|| damaged("the action of an entry"))?,
        column: (!column.is_empty()).then_some(column),
        grantee,
        grantor: Principal::parse(&grantor).ok_or_else(|| damaged("the grantor of an entry"))?,
        granted: Time(row.get("granted")?),
        expires: row.get::<_, Option<i64>>("expires")?.map(Time),
        conditions: row.get("conditions")?,
    })
}
