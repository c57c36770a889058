use rusqlite::Row;

use super::account::principal;
use super::transaction::{Snapshot, Write};
use crate::error::Result;
use crate::model::{Action, Grant, Grantee, Object, ObjectKind, Principal, RoleName, Time};

/// An ACL entry with the object that it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclEntry {
    /// `projects/p` or `projects/p/tables/t`.
    pub path: String,
    /// Whether it is on the project itself.
    pub on_project: bool,
    /// The entry.
    pub grant: Grant,
}

const ENTRY: &str = "select g.column_name, g.role, g.action, g.grantor, g.granted, g.expires, a.principal,
    'projects/' || p.name || coalesce('/tables/' || t.name, '') as path, g.table_id is null as on_project
  from acl g join project p on p.id = g.project left join table_object t on t.id = g.table_id
  left join account a on a.id = g.account";

/// What entries on an object are found by: a project's stand under its negative number.
///
/// An object that is not there has a negative number of its own; it stands under 0, where nothing else does.
fn object_key(object: &Object) -> i64 {
    match object.kind {
        ObjectKind::Project => -object.id.max(0),
        ObjectKind::Table | ObjectKind::View => object.id.max(0),
    }
}

impl Snapshot<'_> {
    /// The entries on an object for one grantee.
    pub(super) fn entries(&self, object: &Object, grantee: &Grantee) -> Result<Vec<Grant>> {
        let key = object_key(object);
        let entries = match grantee {
            Grantee::User(user) => self.all(
                &format!(
                    "{ENTRY} where coalesce(g.table_id, -g.project) = ?1
                     and g.account = (select id from account where key = ?2) and g.account is not null order by g.id"
                ),
                (key, user.key()),
                read,
            ),
            Grantee::Role(role) => self.all(
                &format!("{ENTRY} where coalesce(g.table_id, -g.project) = ?1 and g.role = ?2 and g.role is not null order by g.id"),
                (key, role.as_str()),
                read,
            ),
        }?;
        Ok(entries.into_iter().map(|entry| entry.grant).collect())
    }

    /// All entries on an object, in the order in which they were given.
    pub fn acl_of_object(&self, object: &Object) -> Result<Vec<AclEntry>> {
        match object.kind {
            ObjectKind::Project => self.all(
                &format!("{ENTRY} where g.project = ?1 and g.table_id is null order by g.id"),
                [object.id],
                read,
            ),
            ObjectKind::Table | ObjectKind::View => {
                self.all(&format!("{ENTRY} where g.table_id = ?1 order by g.id"), [object.id], read)
            }
        }
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

impl Write<'_> {
    /// Gives one action; the same again replaces grantor, time and end.
    pub fn grant(&self, object: &Object, grant: &Grant) -> Result<()> {
        let (account, role) = self.grantee(&grant.grantee)?;
        let table = (object.kind != ObjectKind::Project).then_some(object.id);
        let column = grant.column.as_deref().unwrap_or_default();
        self.take(object, &grant.grantee, grant.action, column)?;
        self.run(
            "insert into acl (project, table_id, column_name, account, role, action, grantor, granted, expires)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            rusqlite::params![
                object.project.id,
                table,
                column,
                account,
                role,
                grant.action.name(),
                grant.grantor.to_string(),
                grant.granted.0,
                grant.expires.map(|end| end.0),
            ],
        )?;
        Ok(())
    }

    /// Takes one action, as a whole or for one column; whether it was there. `All` and single actions stand apart (ACC-6).
    pub fn revoke(&self, object: &Object, grantee: &Grantee, action: Action, column: Option<&str>) -> Result<bool> {
        Ok(self.take(object, grantee, action, column.unwrap_or_default())? > 0)
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

    fn take(&self, object: &Object, grantee: &Grantee, action: Action, column: &str) -> Result<usize> {
        let (account, role) = self.grantee(grantee)?;
        let key = object_key(object);
        match role {
            None => self.run(
                "delete from acl where coalesce(table_id, -project) = ?1 and account = ?2 and column_name = ?3 and action = ?4
                 and account is not null",
                (key, account, column, action.name()),
            ),
            Some(role) => self.run(
                "delete from acl where coalesce(table_id, -project) = ?1 and role = ?2 and column_name = ?3 and action = ?4
                 and role is not null",
                (key, role, column, action.name()),
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
    let action: String = row.get("action")?;
    let column: String = row.get("column_name")?;
    let grantee = match row.get::<_, Option<String>>("role")? {
        Some(role) => Grantee::Role(RoleName::new(&role)),
        None => Grantee::User(principal(row, "principal")?),
    };
    let grantor: String = row.get("grantor")?;
    Ok(AclEntry {
        path: row.get("path")?,
        on_project: row.get("on_project")?,
        grant: Grant {
            action: Action::parse(&action).ok_or(rusqlite::Error::InvalidQuery)?,
            column: (!column.is_empty()).then_some(column),
            grantee,
            grantor: Principal::parse(&grantor).ok_or(rusqlite::Error::InvalidQuery)?,
            granted: Time(row.get("granted")?),
            expires: row.get::<_, Option<i64>>("expires")?.map(Time),
        },
    })
}
