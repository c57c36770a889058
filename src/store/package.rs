use rusqlite::{Row, ToSql};

use super::object::{kind, schema};
use super::package_item::ItemsOf;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Level, Object, ObjectKind, PackageId, ProjectId, ProjectRef, Time};

/// Most packages that a project makes. Source: S4, limits (PKG-4).
const CREATED: i64 = 100_000;
/// Most objects that a package lists.
const OBJECTS: i64 = 1_000;
/// Most projects that may install a package.
const ALLOWED: i64 = 100_000;

/// A package in the project that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Number; never used again.
    pub id: PackageId,
    /// The project that made it.
    pub project: ProjectRef,
    /// Name, folded.
    pub name: String,
    /// When it was made.
    pub created: Time,
}

/// An object in a package, with what the package gives on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageItem {
    /// What it is; a view is a table.
    pub kind: ObjectKind,
    /// Its name inside its project, with its schema unless that is `default` (SCH-3).
    pub name: String,
    /// The actions, in the order in which they are listed for the kind.
    pub actions: Vec<Action>,
}

const PACKAGE: &str = "select k.id, k.project, p.name as project_name, k.name, k.created from package k join project p on p.id = k.project";

impl Snapshot<'_> {
    /// The package of this name.
    pub fn package(&self, project: ProjectId, name: &str) -> Result<Option<Package>> {
        self.one(&format!("{PACKAGE} where k.project = ?1 and k.name = ?2"), (project, name), read)
    }

    /// Packages of a project by name, those after `after`, at most `limit`: one page of a long list.
    pub fn packages_after(&self, project: ProjectId, after: &str, limit: usize) -> Result<Vec<Package>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(
            &format!("{PACKAGE} where k.project = ?1 and k.name > ?2 order by k.name limit ?3"),
            (project, after, limit),
            read,
        )
    }

    /// Those of them that list an object.
    pub fn packages_with_after(
        &self,
        project: ProjectId,
        wanted: &ItemsOf,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Package>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (kind, schema, name) = wanted.object();
        self.all(
            &format!(
                "{PACKAGE} where k.project = ?1 and k.name > ?2 and exists (select 1 from package_object l
                 join object o on o.id = l.object where l.package = k.id and o.family = ?3 and o.schema = ?4 and o.name = ?5)
                 order by k.name limit ?6"
            ),
            (project, after, kind, schema, name, limit),
            read,
        )
    }

    /// What a package lists, by kind and name.
    pub fn package_items(&self, package: PackageId) -> Result<Vec<PackageItem>> {
        let mut items = self.all(
            "select o.kind, o.schema, o.name, (select group_concat(action) from package_privilege where package_object = l.id)
             from package_object l join object o on o.id = l.object where l.package = ?1",
            [package],
            |row| {
                let kind = kind(row, "kind")?.grants_as();
                let name = kind.local_name(&schema(row)?, &row.get::<_, String>(2)?);
                Ok(PackageItem { kind, name, actions: actions(row, 3, kind)? })
            },
        )?;
        items.sort_by(|a, b| (a.kind.name(), &a.name).cmp(&(b.kind.name(), &b.name)));
        Ok(items)
    }

    /// Whether a project may install a package.
    pub fn is_allowed(&self, package: PackageId, project: ProjectId) -> Result<bool> {
        let found =
            self.one("select 1 from package_allowed where package = ?1 and project = ?2", (package, project), |_| {
                Ok(())
            })?;
        Ok(found.is_some())
    }

    /// The projects that may install a package, by name, each with its label.
    pub fn package_allowed(&self, package: PackageId) -> Result<Vec<(String, u8)>> {
        self.all(
            "select p.name, w.label from package_allowed w join project p on p.id = w.project where w.package = ?1 order by p.name",
            [package],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }
}

impl Write<'_> {
    /// Makes a package.
    pub fn create_package(&self, project: ProjectId, name: &str, now: Time) -> Result<()> {
        self.below(CREATED, "select count(*) from package where project = ?1", project, |most| {
            format!("a project can have at most {most} packages")
        })?;
        let made = self.run(
            "insert into package (project, name, created) values (?1, ?2, ?3) on conflict do nothing",
            (project, name, now.0),
        )?;
        match made {
            0 => Err(Error::new(Code::Exists, format!("package `{name}` already exists"))),
            _ => Ok(()),
        }
    }

    /// Removes a package; where it was installed the entry stays, without the Read that was granted on it (PKG-3).
    pub fn drop_package(&self, package: PackageId) -> Result<()> {
        self.run("delete from acl where installation in (select id from installation where package = ?1)", [package])?;
        self.run("delete from acl where object in (select id from installation where package = ?1)", [package])?;
        self.run("delete from package where id = ?1", [package])?;
        Ok(())
    }

    /// Lists an object in a package, with these actions; one that is listed stays as it is.
    ///
    /// # Errors
    /// The package lists it already, or is full.
    pub fn add_to_package(&self, package: &Package, object: &Object, actions: &[Action]) -> Result<()> {
        self.below(OBJECTS, "select count(*) from package_object where package = ?1", package.id, |most| {
            format!("a package can list at most {most} objects")
        })?;
        let added = self.run(
            "insert into package_object (package, object) values (?1, ?2) on conflict do nothing",
            (package.id, object.id),
        )?;
        if added == 0 {
            return Err(Error::new(Code::Exists, format!("package `{}` already lists {object}", package.name))
                .help("its privileges cannot be changed: remove the object from the package and add it again"));
        }
        let id = self.last_id();
        for action in actions {
            self.run("insert into package_privilege values (?1, ?2) on conflict do nothing", (id, action.name()))?;
        }
        Ok(())
    }

    /// Takes an object out of a package, with the entries on it inside the package wherever it is installed; whether it was listed.
    pub fn remove_from_package(&self, package: PackageId, object: &Object) -> Result<bool> {
        let place = (package, object.id);
        let removed = self.run("delete from package_object where package = ?1 and object = ?2", place)?;
        self.run(
            "delete from acl where installation in (select id from installation where package = ?1) and object = ?2",
            place,
        )?;
        self.run(
            "delete from label_grant where installation in (select id from installation where package = ?1) and object = ?2",
            place,
        )?;
        Ok(removed > 0)
    }

    /// Takes a table or view out of every package that lists it, as [`Write::remove_from_package`] does.
    pub fn remove_from_packages(&self, object: &Object) -> Result<()> {
        let lists = self.all("select package from package_object where object = ?1", [object.id], |row| row.get(0))?;
        for package in lists {
            self.remove_from_package(package, object)?;
        }
        Ok(())
    }

    /// Allows a project to install a package, with a label; calling it again replaces the label (PKG-3).
    pub fn allow_package(&self, package: PackageId, project: ProjectId, label: Level, now: Time) -> Result<()> {
        self.below(ALLOWED, "select count(*) from package_allowed where package = ?1", package, |most| {
            format!("a package may be installed in at most {most} projects")
        })?;
        self.run(
            "insert into package_allowed values (?1, ?2, ?3, ?4) on conflict do update set label = excluded.label, allowed = excluded.allowed",
            (package, project, label, now.0),
        )?;
        Ok(())
    }

    /// No longer lets a project use a package; whether it might.
    pub fn disallow_package(&self, package: PackageId, project: ProjectId) -> Result<bool> {
        Ok(self.run("delete from package_allowed where package = ?1 and project = ?2", (package, project))? > 0)
    }

    /// Whether one more fits.
    pub(super) fn below(
        &self,
        most: i64,
        count: &str,
        of: impl ToSql,
        message: impl FnOnce(i64) -> String,
    ) -> Result<()> {
        match self.one(count, [of], |row| row.get::<_, i64>(0))? {
            Some(there) if there >= most => {
                Err(Error::new(Code::Limit, message(most))
                    .help("the service's limit (PKG-4): drop or remove some first"))
            }
            _ => Ok(()),
        }
    }
}

/// Actions from a column that lists them with commas, in the order of the kind.
pub(super) fn actions(row: &Row<'_>, column: usize, kind: ObjectKind) -> rusqlite::Result<Vec<Action>> {
    let listed: Option<String> = row.get(column)?;
    let listed: Vec<Action> = listed.unwrap_or_default().split(',').filter_map(Action::parse).collect();
    Ok(Action::grantable(kind).iter().copied().filter(|action| listed.contains(action)).collect())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Package> {
    Ok(Package {
        id: row.get("id")?,
        project: ProjectRef { id: row.get("project")?, name: row.get::<_, String>("project_name")?.into() },
        name: row.get("name")?,
        created: Time(row.get("created")?),
    })
}
