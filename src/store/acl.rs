use rusqlite::Row;

use super::account::principal;
use super::error::damaged;
use super::transaction::{Snapshot, Write};
use crate::error::Result;
use crate::model::{Action, Grant, Grantee, Object, ObjectKind, Principal, ProjectRef, RoleName, Time};

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
const ENTRY: &str = "with entry as (select *, inside = 0 or exists (
    select 1 from installation i join package_allowed w on w.package = i.package and w.project = i.project where i.id = inside
  ) as usable from acl)
  select case when g.usable then g.column_name else g.given_column end as column_name, g.role, g.action, g.grantor, g.granted, g.expires, a.principal, g.kind,
    case when g.inside <> 0 then (select q.name || '.' || i.name from installation i join project q on q.id = i.source where i.id = g.inside) end as inside,
    case when not g.usable then (select 'projects/' || q.name from installation i join project q on q.id = i.source where i.id = g.inside)
      || case g.kind when 1 then '/tables/' when 2 then '/resources/' when 3 then '/registration/functions/' else '/instances/' end || g.given_name
    else case g.kind
      when 0 then 'projects/' || p.name
      when 1 then (select 'projects/' || q.name || '/tables/' || o.name from table_object o join project q on q.id = o.project where o.id = g.object)
      when 2 then (select 'projects/' || q.name || '/resources/' || o.name from resource_object o join project q on q.id = o.project where o.id = g.object)
      when 3 then (select 'projects/' || q.name || '/registration/functions/' || o.name from function_object o join project q on q.id = o.project where o.id = g.object)
      when 4 then (select 'projects/' || q.name || '/instances/' || o.name from instance_object o join project q on q.id = o.project where o.id = g.object)
      when 5 then 'projects/' || p.name || '/packages/' || (select q.name || '.' || i.name from installation i join project q on q.id = i.source where i.id = g.object)
      else 'projects/' || p.name || '/schemas/default'
    end end as path
  from entry g join project p on p.id = g.project left join account a on a.id = g.account";

/// The number of a kind in the state, as `schema.sql` lists them.
pub(super) fn kind_number(kind: ObjectKind) -> i64 {
    match kind {
        ObjectKind::Project => 0,
        ObjectKind::Table | ObjectKind::View => 1,
        ObjectKind::Resource => 2,
        ObjectKind::Function => 3,
        ObjectKind::Instance => 4,
        ObjectKind::Package => 5,
        ObjectKind::Schema => 6,
    }
}

/// The opposite of [`kind_number`]; a view is a table here.
pub(super) fn kind_of(number: i64) -> Option<ObjectKind> {
    ObjectKind::ALL.into_iter().find(|kind| kind_number(*kind) == number)
}

impl Snapshot<'_> {
    /// The entries on an object for one grantee; inside the installed package of this number, or outside of any (0).
    pub(super) fn entries(&self, object: &Object, inside: i64, grantee: &Grantee) -> Result<Vec<Grant>> {
        // Who has the entry is known: nothing is joined to it.
        let read = |row: &Row<'_>| read_grant(row, grantee.clone());
        match grantee {
            Grantee::User(user) => self.all(
                "select column_name, action, grantor, granted, expires from acl
                 where account = (select id from account where key = ?1) and object = ?2 and kind = ?3 and inside = ?4
                 and account is not null order by id",
                (user.key(), object.id, kind_number(object.kind), inside),
                read,
            ),
            Grantee::Role(role) => self.all(
                "select column_name, action, grantor, granted, expires from acl
                 where object = ?2 and kind = ?3 and role = ?1 and inside = ?4 and role is not null order by id",
                (role.as_str(), object.id, kind_number(object.kind), inside),
                read,
            ),
        }
    }

    /// All entries on an object, in the order in which they were given; inside the installed package of this number, or outside of any (0).
    pub fn acl_of_object(&self, object: &Object, inside: i64) -> Result<Vec<AclEntry>> {
        // Two halves, because users and roles have an index each.
        self.all(
            &format!(
                "{ENTRY} where g.id in (
                   select id from acl where object = ?1 and kind = ?2 and inside = ?3 and role is not null
                   union all select id from acl where object = ?1 and kind = ?2 and inside = ?3 and account is not null) order by g.id"
            ),
            (object.id, kind_number(object.kind), inside),
            read,
        )
    }

    /// All entries of a grantee in a project, in the order in which they were given.
    pub fn acl_of_grantee(&self, project: i64, grantee: &Grantee) -> Result<Vec<AclEntry>> {
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

    fn inside_number(&self) -> i64 {
        self.inside.as_ref().map_or(0, |package| package.id)
    }
}

impl Write<'_> {
    /// Gives one action; the same again replaces grantor, time and end.
    pub fn grant(&self, place: &AclPlace, grant: &Grant) -> Result<()> {
        let (account, role) = self.grantee(&grant.grantee)?;
        let column = grant.column.as_deref().unwrap_or_default();
        self.take(place, &grant.grantee, grant.action, column)?;
        let AclPlace { object, inside } = place;
        let number = |kinds: &[ObjectKind]| kinds.contains(&object.kind).then_some(object.id);
        self.run(
            "insert into acl (project, table_id, resource_id, function_id, instance_id, installation_id, on_schema,
               column_name, account, role, action, grantor, granted, expires, given_name, given_column)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            rusqlite::params![
                place.project().id,
                number(&[ObjectKind::Table, ObjectKind::View]),
                number(&[ObjectKind::Resource]),
                number(&[ObjectKind::Function]),
                number(&[ObjectKind::Instance]),
                number(&[ObjectKind::Package]).or(inside.as_ref().map(|package| package.id)),
                object.kind == ObjectKind::Schema,
                column,
                account,
                role,
                grant.action.name(),
                grant.grantor.to_string(),
                grant.granted.0,
                grant.expires.map(|end| end.0),
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
            "delete from acl where installation_id = ?1 and kind = ?2 and given_name = ?3 and given_column = ?4 and action = ?5
             and (account = ?6 or role = ?7)",
            (
                place.inside_number(),
                kind_number(place.object.kind),
                &place.object.name,
                column.unwrap_or_default(),
                action.name(),
                account,
                role,
            ),
        )?;
        Ok(taken > 0)
    }

    /// Deletes what a removed user or a dropped role left in a project; how many entries.
    pub fn purge(&self, project: i64, grantee: &Grantee) -> Result<usize> {
        let (account, role) = self.grantee(grantee)?;
        self.run("delete from acl where project = ?1 and (account = ?2 or role = ?3)", (project, account, role))
    }

    /// Deletes the entries of a project that have ended; how many.
    pub fn clear_expired(&self, project: i64, now: Time) -> Result<usize> {
        self.run("delete from acl where project = ?1 and expires <= ?2", (project, now.0))
    }

    /// Deletes the entries on a column, which is about to go (ACC-9).
    pub fn drop_column_grants(&self, table: i64, column: &str) -> Result<()> {
        self.run("delete from acl where table_id = ?1 and column_name = ?2", (table, column))?;
        Ok(())
    }

    /// Moves the entries on a column to its new name.
    pub fn rename_column_grants(&self, table: i64, from: &str, to: &str) -> Result<()> {
        self.run("update acl set column_name = ?3 where table_id = ?1 and column_name = ?2", (table, from, to))?;
        Ok(())
    }

    fn take(&self, place: &AclPlace, grantee: &Grantee, action: Action, column: &str) -> Result<usize> {
        let (account, role) = self.grantee(grantee)?;
        let (object, kind, inside) = (place.object.id, kind_number(place.object.kind), place.inside_number());
        match role {
            None => self.run(
                "delete from acl where account = ?1 and object = ?2 and kind = ?3 and inside = ?4 and column_name = ?5
                 and action = ?6 and account is not null",
                (account, object, kind, inside, column, action.name()),
            ),
            Some(role) => self.run(
                "delete from acl where object = ?2 and kind = ?3 and role = ?1 and inside = ?4 and column_name = ?5
                 and action = ?6 and role is not null",
                (role, object, kind, inside, column, action.name()),
            ),
        }
    }

    fn grantee<'g>(&self, grantee: &'g Grantee) -> Result<(Option<i64>, Option<&'g str>)> {
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
    Ok(AclEntry {
        path: row.get("path")?,
        kind: kind_of(row.get("kind")?).ok_or_else(|| damaged("the kind of an entry"))?,
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
    })
}
