use rusqlite::Row;

use super::object::NewObject;
use super::package::{Package, actions};
use super::package_item::ItemsOf;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, InstallationStatus, Object, ObjectId, ObjectKind, PackageId, ProjectId, ProjectRef, SchemaName, Share, Time,
};

/// Most packages of one project that another one installs. Source: S4, limits (PKG-4).
const OF_ONE_PROJECT: i64 = 100;
/// Most packages that a project installs.
const INSTALLED: i64 = 100_000;

/// A package in a project that installed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Number; never used again.
    pub id: ObjectId,
    /// The project that installed it.
    pub project: ProjectRef,
    /// The project that made it.
    pub source: ProjectRef,
    /// The package; none if it was dropped.
    pub package: Option<PackageId>,
    /// The package's name.
    pub name: String,
    /// When it was installed.
    pub installed: Time,
    /// Whether it can be used.
    pub status: InstallationStatus,
}

impl Installation {
    /// What Read is granted on: the package, where it is installed.
    pub fn object(&self) -> Object {
        let name = installed_name(&self.source.name, &self.name);
        Object { id: self.id.into(), ..Object::unknown(ObjectKind::Package, self.project.clone(), &name) }
    }
}

/// How a package is called where it is installed.
fn installed_name(creator: &str, package: &str) -> String {
    format!("{creator}.{package}")
}

const INSTALLATION: &str =
    "select i.*, p.name as project_name, q.name as source_name, w.package as allowed from installation i
  join project p on p.id = i.project join project q on q.id = i.source
  left join package_allowed w on w.package = i.package and w.project = i.project";

impl Snapshot<'_> {
    /// The package of this name and project, as it is installed in `project`.
    pub fn installation(&self, project: ProjectId, source: ProjectId, name: &str) -> Result<Option<Installation>> {
        self.one(
            &format!("{INSTALLATION} where i.project = ?1 and i.source = ?2 and i.name = ?3"),
            (project, source, name),
            read,
        )
    }

    /// Packages that a project installed, in the order of installation, those after `after`: one page of a long list.
    pub fn installations_after(
        &self,
        project: ProjectId,
        after: Option<ObjectId>,
        limit: usize,
    ) -> Result<Vec<Installation>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(
            &format!("{INSTALLATION} where i.project = ?1 and i.id > coalesce(?2, 0) order by i.id limit ?3"),
            (project, after, limit),
            read,
        )
    }

    /// Those of them that can be used and list an object (PKG-3).
    pub fn installations_with_after(
        &self,
        project: ProjectId,
        wanted: &ItemsOf,
        after: Option<ObjectId>,
        limit: usize,
    ) -> Result<Vec<Installation>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (kind, schema, name) = wanted.object();
        self.all(
            &format!(
                "{INSTALLATION} where i.project = ?1 and i.id > coalesce(?2, 0)
                 and w.package is not null and exists (select 1 from package_object l join object b on b.id = l.object
                             where l.package = i.package and b.family = ?3 and b.schema = ?4 and b.name = ?5)
                 order by i.id limit ?6"
            ),
            (project, after, kind, schema, name, limit),
            read,
        )
    }

    /// What the usable packages of a project give on an object of another one.
    pub(super) fn shares_of(&self, installing: ProjectId, object: &Object) -> Result<Vec<Share>> {
        // From the few packages of one project in another to the object, not from the many packages that may list it.
        self.all(
            "select i.id, i.project, p.name, q.name || '.' || i.name, w.label,
               (select group_concat(action) from package_privilege where package_object = l.id)
             from installation i cross join package_object l on l.package = i.package and l.object = ?3
             cross join package_allowed w on w.package = i.package and w.project = i.project
             join project p on p.id = i.project join project q on q.id = i.source
             where i.project = ?1 and i.source = ?2 order by i.id",
            (installing, object.project.id, object.id),
            |row| {
                let project = ProjectRef { id: row.get(1)?, name: row.get::<_, String>(2)?.into() };
                let package = Object::unknown(ObjectKind::Package, project, &row.get::<_, String>(3)?);
                Ok(Share {
                    package: Object { id: row.get(0)?, ..package },
                    actions: actions(row, 5, object.kind)?,
                    label: row.get(4)?,
                })
            },
        )
    }
}

impl Snapshot<'_> {
    /// Whether the package that is installed in a project under this name, `<creator>.<package>`, lists Download on anything. One that cannot
    /// be used now counts as if it did: Read on it wakes when it is allowed again, and what it lists is not shown (PKG-3).
    pub fn lists_download(&self, installing: ProjectId, name: &str) -> Result<bool> {
        let found = self.one(
            "select 1 from installation i join project q on q.id = i.source
             where i.project = ?1 and q.name || '.' || i.name = ?2 and (
               not exists (select 1 from package_allowed w where w.package = i.package and w.project = i.project)
               or exists (select 1 from package_object o join package_privilege r on r.package_object = o.id
                 where o.package = i.package and r.action = ?3))",
            (installing, name, Action::Download.name()),
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// The packages of which that holds, as `<creator>.<package>`.
    pub fn packages_listing_download(&self, installing: ProjectId) -> Result<Vec<String>> {
        let names = self.all(
            "select q.name || '.' || i.name from installation i join project q on q.id = i.source where i.project = ?1",
            [installing],
            |row| row.get::<_, String>(0),
        )?;
        let mut listing = Vec::new();
        for name in names {
            if self.lists_download(installing, &name)? {
                listing.push(name);
            }
        }
        Ok(listing)
    }
}

impl Write<'_> {
    /// Installs a package; one of that name that was dropped is replaced (PKG-3).
    ///
    /// # Errors
    /// It is installed already, or there are too many.
    pub fn install_package(&self, project: ProjectId, package: &Package, now: Time) -> Result<()> {
        match self.installation(project, package.project.id, &package.name)? {
            Some(there) if there.package.is_some() => {
                return Err(Error::new(
                    Code::Exists,
                    format!("package {}.{} is already installed", package.project.name, package.name),
                ));
            }
            Some(deleted) => self.uninstall_package(deleted.id)?,
            None => {}
        }
        self.below(INSTALLED, "select count(*) from installation where project = ?1", project, |most| {
            format!("a project can install at most {most} packages")
        })?;
        let of_one: Option<i64> = self.one(
            "select count(*) from installation where project = ?1 and source = ?2",
            (project, package.project.id),
            |row| row.get(0),
        )?;
        if of_one.unwrap_or_default() >= OF_ONE_PROJECT {
            return Err(Error::new(
                Code::Limit,
                format!(
                    "at most {OF_ONE_PROJECT} packages of project {} can be installed in another",
                    package.project.name
                ),
            )
            .help("the service's limit (PKG-4): uninstall some first"));
        }
        let name = installed_name(&package.project.name, &package.name);
        let id = self.create_object(&NewObject {
            kind: ObjectKind::Package,
            project,
            schema: SchemaName::default(),
            name: &name,
            owner: None,
            created: now,
        })?;
        self.run(
            "insert into installation (id, project, source, package, name, installed) values (?1, ?2, ?3, ?4, ?5, ?6)",
            (id, project, package.project.id, package.id, &package.name, now.0),
        )?;
        Ok(())
    }

    /// Removes an installed package, with the Read that was granted on it and the entries inside of it.
    pub fn uninstall_package(&self, installation: ObjectId) -> Result<()> {
        self.drop_object(installation)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Installation> {
    let package: Option<PackageId> = row.get("package")?;
    let allowed: Option<PackageId> = row.get("allowed")?;
    Ok(Installation {
        id: row.get("id")?,
        project: ProjectRef { id: row.get("project")?, name: row.get::<_, String>("project_name")?.into() },
        source: ProjectRef { id: row.get("source")?, name: row.get::<_, String>("source_name")?.into() },
        package,
        name: row.get("name")?,
        installed: Time(row.get("installed")?),
        status: match (package, allowed) {
            (None, _) => InstallationStatus::Deleted,
            (Some(_), None) => InstallationStatus::Disallowed,
            (Some(_), Some(_)) => InstallationStatus::Usable,
        },
    })
}
