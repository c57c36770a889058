use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Row;

use super::account::principal;
use super::object::NewObject;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{
    AccountId, INFORMATION_SCHEMA, ObjectKind, Principal, Project, ProjectId, ProjectRef, Property, RoleKind, RoleName,
    SYSTEM_CATALOG, SchemaName, SecurityConfiguration, Status, TenantRank, Time,
};

const COLUMNS: &str = "select p.*, a.principal from project p join account a on a.id = p.owner";

const BY_ID: &str = "select p.*, a.principal from project p join account a on a.id = p.owner where p.id = ?1";

/// The numbers of the projects that a principal (`?1`) of an account (`?2`) owns or is a member of: a RAM user of an account that does not own
/// a project, only while that account is a member (TNT-4); one with a rank in its tenant (`?3`), of all projects of that (TNT-2).
const BELONGING: &str = "select id from project where owner = ?1 or (?3 and owner = ?2)
    union select m.project from member m join project p on p.id = m.project where m.account = ?1
      and (p.owner = ?2 or exists (select 1 from member a where a.project = m.project and a.account = ?2))";

impl Snapshot<'_> {
    /// The project of this number.
    pub fn project_by_id(&self, id: ProjectId) -> Result<Option<Project>> {
        Ok(self.shared_project(id)?.map(|project| (*project).clone()))
    }

    /// The same, shared with the cache.
    pub(super) fn shared_project(&self, id: ProjectId) -> Result<Option<Arc<Project>>> {
        self.cache().project(id, || {
            let project = self.one(BY_ID, [id], read)?;
            Ok(project.map(|project| self.with_properties(project)).transpose()?.map(Arc::new))
        })
    }

    /// The project of this name.
    pub fn project_by_name(&self, name: &str) -> Result<Option<Project>> {
        match self.project_id(name)? {
            Some(id) => self.project_by_id(id),
            None => Ok(None),
        }
    }

    /// The number of the project of this name.
    pub fn project_id(&self, name: &str) -> Result<Option<ProjectId>> {
        self.cache().project_id(name, || self.one("select id from project where name = ?1", [name], |row| row.get(0)))
    }

    /// The projects that this principal owns or is a member of, by name.
    pub fn projects_of(&self, principal: &Principal) -> Result<Vec<Project>> {
        let Some(own) = self.belonging(principal)? else { return Ok(Vec::new()) };
        let projects = self.all(&format!("{COLUMNS} where p.id in ({BELONGING}) order by p.name"), own, read)?;
        projects.into_iter().map(|project| self.with_properties(project)).collect()
    }

    /// Names of the principal's projects that start with `prefix`, by name: the first ones up to `limit`, and the last one of all.
    pub fn project_names_from(&self, principal: &Principal, prefix: &str, limit: usize) -> Result<Vec<String>> {
        let Some((account, tenant, is_ranked)) = self.belonging(principal)? else { return Ok(Vec::new()) };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let end = format!("{prefix}{}", char::MAX);
        let name = |row: &Row<'_>| row.get::<_, String>(0);
        let found =
            format!("select p.name from project p where p.id in ({BELONGING}) and p.name >= ?4 and p.name < ?5");
        let mut names = self.all(
            &format!("{found} order by p.name limit ?6"),
            (account, tenant, is_ranked, prefix, &end, limit),
            name,
        )?;
        let last = self.one(
            &format!("{found} order by p.name desc limit 1"),
            (account, tenant, is_ranked, prefix, &end),
            name,
        )?;
        names.extend(last.filter(|last| names.last().is_some_and(|name| name < last)));
        Ok(names)
    }

    /// The number of a principal and of its account, and whether it has a rank in its tenant; nothing if it does not exist.
    fn belonging(&self, principal: &Principal) -> Result<Option<(AccountId, AccountId, bool)>> {
        let (Some(own), Some(tenant)) = (self.account(principal)?, self.account(&principal.account())?) else {
            return Ok(None);
        };
        let is_ranked = TenantRank::of(&self.tenant_roles_of(principal)?).is_some();
        Ok(Some((own.id, tenant.id, is_ranked)))
    }

    /// The security version of a project: it moves with everything that a decision depends on (STG-2).
    pub fn version(&self, project: ProjectId) -> Result<Option<i64>> {
        self.one("select version from project where id = ?1", [project], |row| row.get(0))
    }

    fn with_properties(&self, mut project: Project) -> Result<Project> {
        let properties =
            self.all("select key, value from project_property where project = ?1", [project.id], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })?;
        project.properties = BTreeMap::from_iter(properties);
        Ok(project)
    }

    /// The account providers that a project accepts, by name.
    pub fn account_providers(&self, project: ProjectId) -> Result<Vec<String>> {
        self.all("select name from account_provider where project = ?1 order by name", [project], |row| row.get(0))
    }
}

impl Write<'_> {
    /// Makes a project with its built-in roles and account providers (SWI-3).
    pub fn create_project(&self, name: &str, owner: &Principal, now: Time) -> Result<ProjectRef> {
        // The service's own: a project may have its package `systables` installed.
        if [INFORMATION_SCHEMA, SYSTEM_CATALOG].contains(&name) {
            return Err(Error::new(Code::Conflict, format!("the project name `{name}` is reserved"))
                .help("choose another name"));
        }
        if self.project_by_name(name)?.is_some() {
            return Err(Error::new(Code::Exists, format!("project `{name}` already exists")));
        }
        let owner = self.account_id(owner)?;
        self.run("insert into project (name, owner, created, modified) values (?1, ?2, ?3, ?3)", (name, owner, now.0))?;
        let id = ProjectId(self.last_id());
        // Entries are on these two; neither has an owner of its own.
        for (kind, name) in [(ObjectKind::Project, name), (ObjectKind::Schema, SchemaName::DEFAULT)] {
            let schema = SchemaName::default();
            self.create_object(&NewObject { kind, project: id, schema, name, owner: None, created: now })?;
        }
        for role in [RoleName::SUPER_ADMINISTRATOR, RoleName::ADMIN] {
            self.create_role(id, &RoleName::new(role), RoleKind::Admin, "", now)?;
        }
        for provider in ["ALIYUN", "RAM"] {
            self.add_account_provider(id, provider)?;
        }
        let project = ProjectRef { id, name: name.into() };
        self.install_system_package(&project, now)?;
        Ok(project)
    }

    /// Removes a project and everything in it; other projects stop trusting it (ACC-11).
    pub fn drop_project(&self, id: ProjectId) -> Result<()> {
        // Held roles are kept from being dropped; with their project they go.
        self.run("delete from role_user where project = ?1", [id])?;
        self.run("delete from project where id = ?1", [id])?;
        Ok(())
    }

    /// Freezes a project, or takes it back into use.
    pub fn set_status(&self, id: ProjectId, status: Status) -> Result<()> {
        self.run("update project set frozen = ?2 where id = ?1", (id, status == Status::Frozen))?;
        Ok(())
    }

    /// Replaces the security configuration.
    pub fn set_security(&self, id: ProjectId, security: &SecurityConfiguration, now: Time) -> Result<()> {
        self.run(
            "update project set modified = ?2, check_permission_using_acl = ?3, check_permission_using_policy = ?4,
               object_creator_has_access_permission = ?5, object_creator_has_grant_permission = ?6, label_security = ?7,
               project_protection = ?8, exception_policy = ?9, external_resource_access_control = ?10,
               external_resource_locations = ?11 where id = ?1",
            rusqlite::params![
                id,
                now.0,
                security.check_permission_using_acl,
                security.check_permission_using_policy,
                security.object_creator_has_access_permission,
                security.object_creator_has_grant_permission,
                security.label_security,
                security.project_protection,
                security.exception,
                security.external_resource_access_control,
                security.external_resource_locations,
            ],
        )?;
        Ok(())
    }

    /// Sets a property; an empty value takes it back to its default.
    pub fn set_property(&self, id: ProjectId, property: Property, value: &str, now: Time) -> Result<()> {
        if value.is_empty() {
            self.run("delete from project_property where project = ?1 and key = ?2", (id, property.key()))?;
        } else {
            self.run(
                "insert into project_property values (?1, ?2, ?3) on conflict do update set value = excluded.value",
                (id, property.key(), value),
            )?;
        }
        self.run("update project set modified = ?2 where id = ?1", (id, now.0))?;
        match property {
            Property::Retention => self.set_retention(id, value.parse().unwrap_or_default(), now),
            _ => Ok(()),
        }
    }

    /// Accepts a kind of account; accepting it again is fine (SWI-3).
    pub fn add_account_provider(&self, id: ProjectId, provider: &str) -> Result<()> {
        self.run("insert into account_provider values (?1, ?2) on conflict do nothing", (id, provider))?;
        Ok(())
    }

    /// Stops accepting a kind of account; whether it was accepted.
    pub fn remove_account_provider(&self, id: ProjectId, provider: &str) -> Result<bool> {
        Ok(self.run("delete from account_provider where project = ?1 and name = ?2", (id, provider))? > 0)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Project> {
    Ok(Project {
        id: row.get("id")?,
        name: row.get("name")?,
        owner: principal(row, "principal")?,
        comment: row.get("comment")?,
        status: if row.get("frozen")? { Status::Frozen } else { Status::Normal },
        created: Time(row.get("created")?),
        modified: Time(row.get("modified")?),
        security: SecurityConfiguration {
            check_permission_using_acl: row.get("check_permission_using_acl")?,
            check_permission_using_policy: row.get("check_permission_using_policy")?,
            object_creator_has_access_permission: row.get("object_creator_has_access_permission")?,
            object_creator_has_grant_permission: row.get("object_creator_has_grant_permission")?,
            label_security: row.get("label_security")?,
            project_protection: row.get("project_protection")?,
            exception: row.get("exception_policy")?,
            external_resource_access_control: row.get("external_resource_access_control")?,
            external_resource_locations: row.get("external_resource_locations")?,
            tenant_resource_access_control: row.get("tenant_resource_access_control")?,
        },
        properties: BTreeMap::new(),
    })
}
