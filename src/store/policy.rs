use std::sync::Arc;

use super::transaction::{Snapshot, Write};
use crate::error::Result;
use crate::model::{PolicyHolder, Principal, ProjectId, ProjectRef, RoleKind, RoleName};
use crate::policy::{AccessPolicy, CompiledPolicy, Profile, Scope};

const OF_PROJECT: &str = "from policy where project = ?1 and role = ?2 and kind = 'resource'";
const OF_ROLE: &str = "from policy p join role r on r.project = p.project and r.name = p.role and r.kind = p.kind
    where p.project = ?1 and p.role = ?2";

const OF_TENANT_ROLE: &str = "from tenant_role r join project p on p.owner = r.tenant
    where p.id = ?1 and r.name = ?2 and r.document is not null";

/// The role in the table, and where its row is.
fn place(holder: &PolicyHolder) -> (&str, &'static str) {
    match holder {
        PolicyHolder::Project => ("", OF_PROJECT),
        PolicyHolder::Role(role) => (role.as_str(), OF_ROLE),
        PolicyHolder::TenantRole(role) => (role.as_str(), OF_TENANT_ROLE),
    }
}

impl Snapshot<'_> {
    /// A policy as it was put; none if there is none.
    pub fn policy_document(&self, project: ProjectId, holder: &PolicyHolder) -> Result<Option<String>> {
        let (role, at) = place(holder);
        self.one(&format!("select document {at}"), (project, role), |row| row.get(0))
    }

    /// A policy, compiled once for each document.
    pub(super) fn compiled_policy(&self, project: ProjectId, holder: &PolicyHolder) -> Result<Option<CompiledPolicy>> {
        self.cache().policy(project, holder, || {
            let (role, at) = place(holder);
            let Some(stamp) =
                self.one(&format!("select stamp {at}"), (project, role), |row| row.get::<_, String>(0))?
            else {
                return Ok(None);
            };
            let compiled = self.cache().compiled(&stamp, || {
                let document = self.policy_document(project, holder)?.unwrap_or_default();
                let name = self.shared_project(project)?.map(|project| project.name.clone()).unwrap_or_default();
                let profile = match holder {
                    PolicyHolder::Project => Profile::Project,
                    PolicyHolder::Role(role) => match self.role(project, role)?.map(|role| role.kind) {
                        Some(RoleKind::Admin) => Profile::AdministratorRole,
                        Some(RoleKind::Resource) | None => Profile::ResourceRole,
                    },
                    PolicyHolder::TenantRole(_) => Profile::TenantRole,
                };
                let scope = match holder {
                    PolicyHolder::Project | PolicyHolder::Role(_) => Scope::Project(&name),
                    PolicyHolder::TenantRole(_) => Scope::AnyProject,
                };
                Ok(Arc::new(AccessPolicy::parse(&document, profile, scope)))
            })?;
            Ok(Some(compiled))
        })
    }

    /// The policy of a custom role of a tenant, compiled once for each document: where the tenant has no project as well.
    pub(super) fn compiled_tenant_policy(&self, tenant: &Principal, role: &RoleName) -> Result<Option<CompiledPolicy>> {
        let found = self.one(
            "select r.stamp, r.document from tenant_role r join account t on t.id = r.tenant
             where t.key = ?1 and r.name = ?2 and r.document is not null",
            (tenant.key(), role.as_str()),
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
        )?;
        let Some((stamp, document)) = found else { return Ok(None) };
        let parse = || Ok(Arc::new(AccessPolicy::parse(&document, Profile::TenantRole, Scope::AnyProject)));
        self.cache().compiled(&stamp, parse).map(Some)
    }

    /// What a role of this name and of resource type has or would have as its policy: that of a dropped role wakes when the role is made
    /// again (ACC-9).
    pub fn policy_of_name(&self, project: &ProjectRef, role: &RoleName) -> Result<Option<Result<AccessPolicy>>> {
        let document: Option<String> = self.one(
            "select document from policy where project = ?1 and role = ?2 and kind = 'resource'",
            (project.id, role.as_str()),
            |row| row.get(0),
        )?;
        Ok(document.map(|document| AccessPolicy::parse(&document, Profile::ResourceRole, project.name.as_str())))
    }

    /// The roles of a project that have a policy, by name.
    pub(super) fn roles_that_have_policies(&self, project: ProjectId) -> Result<Vec<RoleName>> {
        self.all(
            "select r.name from policy p join role r on r.project = p.project and r.name = p.role and r.kind = p.kind
             where p.project = ?1 order by r.name",
            [project],
            |row| Ok(RoleName::new(&row.get::<_, String>(0)?)),
        )
    }
}

impl Write<'_> {
    /// Puts the policy of a project or of a role of it in the place of the one before; a document without statements as well.
    pub fn put_policy(&self, project: ProjectId, holder: &PolicyHolder, kind: RoleKind, document: &str) -> Result<()> {
        let role = match holder {
            PolicyHolder::Project => "",
            PolicyHolder::Role(role) => role.as_str(),
            PolicyHolder::TenantRole(role) => {
                self.run(
                    "update tenant_role set document = ?3, stamp = lower(hex(randomblob(16)))
                     where name = ?2 and tenant = (select owner from project where id = ?1)",
                    (project, role.as_str(), document),
                )?;
                return Ok(());
            }
        };
        self.run("delete from policy where project = ?1 and role = ?2 and kind = ?3", (project, role, kind.name()))?;
        self.run(
            "insert into policy (project, role, kind, document) values (?1, ?2, ?3, ?4)",
            (project, role, kind.name(), document),
        )?;
        Ok(())
    }

    /// Deletes what is left of the policy of a role of this kind.
    pub fn purge_policy(&self, project: ProjectId, role: &RoleName, kind: RoleKind) -> Result<usize> {
        self.run(
            "delete from policy where project = ?1 and role = ?2 and kind = ?3",
            (project, role.as_str(), kind.name()),
        )
    }
}
