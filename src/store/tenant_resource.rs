//! What tenants have besides projects: quotas, network connections, external data sources and images, and where they are mounted (TRS-1).

use rusqlite::Row;

use super::account::principal;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{JobType, Principal, ProjectId, ProjectRef, TenantResource, TenantResourceKind, Time};

/// A tenant resource with its creator, and the network connection that it goes through.
const RESOURCES: &str =
    "select r.id, r.kind, r.name, r.created, c.principal as creator, n.id as connection, n.name as connection_name,
       t.principal as tenant
     from tenant_resource r join account t on t.id = r.tenant left join account c on c.id = r.creator
     left join tenant_resource n on n.id = r.connection";

impl Snapshot<'_> {
    /// The tenant resource of this name; one that is not there gets a stand-in, which is judged alike (TRS-5).
    pub fn tenant_resource(&self, kind: TenantResourceKind, tenant: &Principal, name: &str) -> Result<TenantResource> {
        let found = self.one(
            &format!("{RESOURCES} where t.key = ?1 and r.kind = ?2 and r.name = ?3"),
            (tenant.account().key(), kind.name(), name),
            read,
        )?;
        Ok(found.map_or_else(|| TenantResource::unknown(kind, tenant, name), |(resource, _)| resource))
    }

    /// The tenant resources of a kind, by name, with the times at which they were made.
    pub fn tenant_resources(
        &self,
        kind: TenantResourceKind,
        tenant: &Principal,
    ) -> Result<Vec<(TenantResource, Time)>> {
        self.all(
            &format!("{RESOURCES} where t.key = ?1 and r.kind = ?2 order by r.name"),
            (tenant.account().key(), kind.name()),
            read,
        )
    }

    /// When a tenant resource was made.
    pub fn tenant_resource_created(&self, resource: &TenantResource) -> Result<Option<Time>> {
        self.one("select created from tenant_resource where id = ?1", [resource.id], |row| Ok(Time(row.get(0)?)))
    }

    /// Whether a tenant resource is mounted to a project.
    pub fn is_resource_mounted(&self, resource: &TenantResource, project: ProjectId) -> Result<bool> {
        let mounted = self.one(
            "select 1 from tenant_resource_mount where resource = ?1 and project = ?2",
            (resource.id, project),
            |row| row.get::<_, i64>(0),
        )?;
        Ok(mounted.is_some())
    }

    /// The names of the projects that a tenant resource is mounted to, in order.
    pub fn projects_with_resource(&self, resource: &TenantResource) -> Result<Vec<String>> {
        self.all(
            "select p.name from tenant_resource_mount m join project p on p.id = m.project where m.resource = ?1
             order by p.name",
            [resource.id],
            |row| row.get(0),
        )
    }

    /// What is mounted to a project: kind, name, and since when.
    pub fn mounts_of(&self, project: ProjectId) -> Result<Vec<(String, String, Time)>> {
        self.all(
            "select r.kind, r.name, m.mounted from tenant_resource_mount m join tenant_resource r on r.id = m.resource
             where m.project = ?1 order by r.kind, r.name",
            [project],
            |row| Ok((row.get(0)?, row.get(1)?, Time(row.get(2)?))),
        )
    }

    /// The quota of jobs of a project that name none.
    pub fn default_quota(&self, project: ProjectId) -> Result<Option<TenantResource>> {
        let found = self.one(
            &format!("{RESOURCES} join project p on p.default_quota = r.id where p.id = ?1"),
            [project],
            read,
        )?;
        Ok(found.map(|(resource, _)| resource))
    }

    /// The quota that a rule names for jobs of this type that name none themselves.
    pub fn ruled_quota(&self, project: ProjectId, job: JobType) -> Result<Option<TenantResource>> {
        let found = self.one(
            &format!("{RESOURCES} join quota_rule q on q.quota = r.id where q.project = ?1 and q.job = ?2"),
            (project, job.name()),
            read,
        )?;
        Ok(found.map(|(resource, _)| resource))
    }

    /// The quota rules of a project: types of jobs, and quotas.
    pub fn quota_rules(&self, project: ProjectId) -> Result<Vec<(JobType, TenantResource)>> {
        let rules = JobType::ALL.into_iter().map(|job| Ok(self.ruled_quota(project, job)?.map(|quota| (job, quota))));
        rules.filter_map(Result::transpose).collect()
    }
}

impl Write<'_> {
    /// Makes a tenant resource.
    pub fn create_tenant_resource(&self, resource: &TenantResource, creator: &Principal, now: Time) -> Result<()> {
        let TenantResource { kind, tenant, name, connection, .. } = resource;
        let made = self.run(
            "insert into tenant_resource (tenant, kind, name, creator, connection, created) values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict do nothing",
            (
                self.account_id(tenant)?,
                kind.name(),
                name,
                self.account_id(creator)?,
                connection.as_ref().and_then(|connection| connection.id),
                now.0,
            ),
        )?;
        match made {
            0 => Err(Error::new(Code::Exists, format!("{resource} already exists"))),
            _ => Ok(()),
        }
    }

    /// Removes a tenant resource with its mounts; a new one of that name has none of them.
    pub fn drop_tenant_resource(&self, resource: &TenantResource) -> Result<()> {
        let is_used =
            self.one("select 1 from tenant_resource where connection = ?1", [resource.id], |row| row.get::<_, i64>(0))?;
        if is_used.is_some() {
            // Which one is for those who may list it.
            return Err(Error::new(Code::Conflict, format!("an external data source goes through {resource}"))
                .help("drop that one first"));
        }
        self.run("delete from tenant_resource where id = ?1", [resource.id])?;
        Ok(())
    }

    /// Mounts a tenant resource to a project.
    pub fn mount(&self, resource: &TenantResource, project: &ProjectRef, now: Time) -> Result<()> {
        let made = self.run(
            "insert into tenant_resource_mount (resource, project, mounted) values (?1, ?2, ?3) on conflict do nothing",
            (resource.id, project.id, now.0),
        )?;
        match made {
            0 => Err(Error::new(Code::Exists, format!("{resource} is already mounted to project {}", project.name))),
            _ => Ok(()),
        }
    }

    /// Ends such a mount.
    pub fn unmount(&self, resource: &TenantResource, project: &ProjectRef) -> Result<()> {
        match self
            .run("delete from tenant_resource_mount where resource = ?1 and project = ?2", (resource.id, project.id))?
        {
            0 => Err(Error::new(Code::NotFound, format!("{resource} is not mounted to project {}", project.name))),
            _ => Ok(()),
        }
    }

    /// Says whether a project controls the use of tenant resources.
    pub fn set_resource_control(&self, project: ProjectId, on: bool, now: Time) -> Result<()> {
        self.run(
            "update project set tenant_resource_access_control = ?2, modified = ?3 where id = ?1",
            (project, on, now.0),
        )?;
        Ok(())
    }

    /// Sets the quota of jobs of a project that name none.
    pub fn set_default_quota(&self, project: ProjectId, quota: Option<&TenantResource>, now: Time) -> Result<()> {
        self.run(
            "update project set default_quota = ?2, modified = ?3 where id = ?1",
            (project, quota.and_then(|quota| quota.id), now.0),
        )?;
        Ok(())
    }

    /// Sets the quota of jobs of a type that name none; without one, the default is theirs.
    pub fn set_quota_rule(&self, project: ProjectId, job: JobType, quota: Option<&TenantResource>) -> Result<()> {
        self.run("delete from quota_rule where project = ?1 and job = ?2", (project, job.name()))?;
        if let Some(quota) = quota {
            self.run(
                "insert into quota_rule (project, job, quota) values (?1, ?2, ?3)",
                (project, job.name(), quota.id),
            )?;
        }
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<(TenantResource, Time)> {
    let kind: String = row.get("kind")?;
    let kind = TenantResourceKind::parse(&kind)
        .ok_or_else(|| rusqlite::Error::InvalidColumnType(1, kind, rusqlite::types::Type::Text))?;
    let tenant = principal(row, "tenant")?;
    let creator = match row.get::<_, Option<String>>("creator")? {
        Some(_) => Some(principal(row, "creator")?),
        None => None,
    };
    let connection = match (row.get::<_, Option<i64>>("connection")?, row.get::<_, Option<String>>("connection_name")?)
    {
        (Some(id), Some(name)) => {
            let unknown = TenantResource::unknown(TenantResourceKind::NetworkLink, &tenant, &name);
            Some(Box::new(TenantResource { id: Some(id), ..unknown }))
        }
        _ => None,
    };
    let resource =
        TenantResource { kind, name: row.get("name")?, id: Some(row.get("id")?), creator, connection, tenant };
    Ok((resource, Time(row.get("created")?)))
}
