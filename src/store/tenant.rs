//! Tenants (TNT-1 to TNT-3): an account with its tenant users, its tenant roles, and the projects that these were added to.

use super::account::principal;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{AccountId, Principal, ProjectId, ProjectRef, RoleName, Time};

/// A custom role, if its tenant owns the project that it was added to.
const ADDED: &str = "from tenant_role_project a join tenant_role r on r.id = a.role
    join project p on p.id = a.project and p.owner = r.tenant where a.project = ?1";

impl Snapshot<'_> {
    /// The users of a tenant, in the order in which they were added.
    pub fn tenant_users(&self, tenant: &Principal) -> Result<Vec<Principal>> {
        self.all(
            "select a.principal from tenant_user u join account a on a.id = u.account join account t on t.id = u.tenant
             where t.key = ?1 order by u.added, a.id",
            [tenant.key()],
            |row| principal(row, "principal"),
        )
    }

    /// The roles of a tenant, by name.
    pub fn tenant_role_list(&self, tenant: &Principal) -> Result<Vec<RoleName>> {
        self.all(
            "select r.name from tenant_role r join account t on t.id = r.tenant where t.key = ?1 order by r.name",
            [tenant.key()],
            name,
        )
    }

    /// Whether a tenant has a role of this name.
    pub fn has_tenant_role(&self, tenant: &Principal, role: &RoleName) -> Result<bool> {
        Ok(self.tenant_role_id(tenant, role)?.is_some())
    }

    /// The tenant roles that a RAM user or RAM role holds, by name.
    pub fn tenant_roles_of(&self, user: &Principal) -> Result<Vec<RoleName>> {
        self.cache().tenant_roles(user, |key| {
            self.all(
                "select r.name from tenant_role_user h join tenant_role r on r.id = h.role join account a on a.id = h.account
                 where a.key = ?1 order by r.name",
                [key],
                name,
            )
        })
    }

    /// Who holds a role of a tenant, in the order in which they were added to the world.
    pub fn users_of_tenant_role(&self, tenant: &Principal, role: &RoleName) -> Result<Vec<Principal>> {
        self.all(
            "select a.principal from tenant_role_user h join account a on a.id = h.account
             join tenant_role r on r.id = h.role join account t on t.id = r.tenant
             where t.key = ?1 and r.name = ?2 order by a.id",
            (tenant.key(), role.as_str()),
            |row| principal(row, "principal"),
        )
    }

    /// The custom roles of the owner's tenant that were added to a project, by name.
    pub fn tenant_roles_added_to(&self, project: ProjectId) -> Result<Vec<RoleName>> {
        self.cache().added_tenant_roles(project, || {
            self.all(&format!("select r.name {ADDED} order by r.name"), [project], name)
        })
    }

    /// The custom roles that a user of the tenant that owns a project holds, and that were added to it, member or not.
    pub fn tenant_roles_held_in(&self, user: &Principal, project: ProjectId) -> Result<Vec<RoleName>> {
        self.all(
            &format!(
                "select r.name {ADDED} and exists (select 1 from tenant_role_user h join account u on u.id = h.account
                   where h.role = r.id and u.key = ?2) order by r.name"
            ),
            (project, user.key()),
            name,
        )
    }

    /// The projects of a tenant that a role of it was added to, by name.
    pub fn projects_with_tenant_role(&self, tenant: &Principal, role: &RoleName) -> Result<Vec<ProjectRef>> {
        self.all(
            "select p.id as project, p.name as project_name from tenant_role_project a join tenant_role r on r.id = a.role
             join project p on p.id = a.project and p.owner = r.tenant join account t on t.id = r.tenant
             where t.key = ?1 and r.name = ?2 order by p.name",
            (tenant.key(), role.as_str()),
            super::object::project,
        )
    }

    /// The names of the projects of a tenant, in order.
    pub fn projects_of_tenant(&self, tenant: &Principal) -> Result<Vec<String>> {
        self.all(
            "select p.name from project p join account t on t.id = p.owner where t.key = ?1 order by p.name",
            [tenant.key()],
            |row| row.get(0),
        )
    }

    fn tenant_role_id(&self, tenant: &Principal, role: &RoleName) -> Result<Option<i64>> {
        self.one(
            "select r.id from tenant_role r join account t on t.id = r.tenant where t.key = ?1 and r.name = ?2",
            (tenant.key(), role.as_str()),
            |row| row.get(0),
        )
    }

    fn known_tenant_role(&self, tenant: &Principal, role: &RoleName) -> Result<i64> {
        self.tenant_role_id(tenant, role)?
            .ok_or_else(|| Error::new(Code::NotFound, format!("tenant role `{role}` does not exist")))
    }
}

impl Write<'_> {
    /// Makes the built-in roles of an account that was just made: every account is a tenant (TNT-1).
    pub(super) fn create_tenant(&self, tenant: AccountId, now: Time) -> Result<()> {
        for role in [RoleName::SUPER_ADMINISTRATOR, RoleName::ADMIN] {
            self.run("insert into tenant_role (tenant, name, created) values (?1, ?2, ?3)", (tenant, role, now.0))?;
        }
        Ok(())
    }

    /// Makes a custom role, which holds nothing yet.
    pub fn create_tenant_role(&self, tenant: &Principal, role: &RoleName, comment: &str, now: Time) -> Result<()> {
        let made = self.run(
            "insert into tenant_role (tenant, name, comment, created) values (?1, ?2, ?3, ?4) on conflict do nothing",
            (self.account_id(tenant)?, role.as_str(), comment, now.0),
        )?;
        match made {
            0 => Err(Error::new(Code::Exists, format!("tenant role `{role}` already exists"))),
            _ => Ok(()),
        }
    }

    /// Removes a custom role that nobody holds, with its policy, from all projects: nothing is left for a new one of the name (TNT-3).
    pub fn drop_tenant_role(&self, tenant: &Principal, role: &RoleName) -> Result<()> {
        if let Some(user) = self.users_of_tenant_role(tenant, role)?.first() {
            return Err(Error::new(Code::Conflict, format!("tenant role `{role}` is still assigned to {user}"))
                .help("first revoke it"));
        }
        self.run("delete from tenant_role where id = ?1", [self.known_tenant_role(tenant, role)?])?;
        Ok(())
    }

    /// Adds a custom role to a project of the tenant, which has no role of its name.
    pub fn add_tenant_role(&self, tenant: &Principal, role: &RoleName, project: &ProjectRef, now: Time) -> Result<()> {
        let number = self.known_tenant_role(tenant, role)?;
        if self.role(project.id, role)?.is_some() {
            return Err(Error::new(Code::Exists, format!("project {} has a role `{role}` of its own", project.name))
                .help("drop that role, or make a tenant role of another name"));
        }
        let added = self.run(
            "insert into tenant_role_project (role, project, added) values (?1, ?2, ?3) on conflict do nothing",
            (number, project.id, now.0),
        )?;
        match added {
            0 => Err(Error::new(Code::Exists, format!("tenant role `{role}` is in project {} already", project.name))),
            _ => Ok(()),
        }
    }

    /// Removes a custom role from a project.
    pub fn remove_tenant_role(&self, tenant: &Principal, role: &RoleName, project: &ProjectRef) -> Result<()> {
        let number = self.known_tenant_role(tenant, role)?;
        match self.run("delete from tenant_role_project where role = ?1 and project = ?2", (number, project.id))? {
            0 => Err(Error::new(Code::NotFound, format!("tenant role `{role}` is not in project {}", project.name))),
            _ => Ok(()),
        }
    }

    /// Makes a RAM user or RAM role of an account a user of its tenant.
    pub fn add_tenant_user(&self, tenant: &Principal, user: &Principal, comment: &str, now: Time) -> Result<()> {
        let (tenant, account) = (self.account_id(tenant)?, self.account_id(user)?);
        let added = self.run(
            "insert into tenant_user (account, tenant, comment, added) values (?1, ?2, ?3, ?4) on conflict do nothing",
            (account, tenant, comment, now.0),
        )?;
        match added {
            0 => Err(Error::new(Code::Exists, format!("{user} is already a tenant user"))),
            _ => Ok(()),
        }
    }

    /// Removes a tenant user who holds no tenant role.
    pub fn remove_tenant_user(&self, tenant: &Principal, user: &Principal) -> Result<()> {
        if let Some(role) = self.tenant_roles_of(user)?.first() {
            return Err(
                Error::new(Code::Conflict, format!("{user} still holds tenant role `{role}`")).help("first revoke it")
            );
        }
        let (tenant, account) = (self.account_id(tenant)?, self.account_id(user)?);
        match self.run("delete from tenant_user where account = ?1 and tenant = ?2", (account, tenant))? {
            0 => Err(not_a_tenant_user(user)),
            _ => Ok(()),
        }
    }

    /// Gives a tenant role to a tenant user; giving it again is fine.
    pub fn grant_tenant_role(
        &self,
        tenant: &Principal,
        role: &RoleName,
        user: &Principal,
        grantor: &Principal,
        now: Time,
    ) -> Result<()> {
        let role = self.known_tenant_role(tenant, role)?;
        let (of, account) = (self.account_id(tenant)?, self.account_id(user)?);
        let is_user =
            self.one("select 1 from tenant_user where account = ?1 and tenant = ?2", (account, of), |row| {
                row.get::<_, i64>(0)
            })?;
        if is_user.is_none() {
            return Err(not_a_tenant_user(user).help("first make it one, with `add tenant user`"));
        }
        self.run(
            "insert into tenant_role_user (role, account, granted, grantor) values (?1, ?2, ?3, ?4) on conflict do nothing",
            (role, account, now.0, grantor.to_string()),
        )?;
        Ok(())
    }

    /// Takes a tenant role from a tenant user.
    pub fn revoke_tenant_role(&self, tenant: &Principal, role: &RoleName, user: &Principal) -> Result<()> {
        let (number, account) = (self.known_tenant_role(tenant, role)?, self.account_id(user)?);
        match self.run("delete from tenant_role_user where role = ?1 and account = ?2", (number, account))? {
            0 => Err(Error::new(Code::NotFound, format!("{user} does not hold tenant role `{role}`"))),
            _ => Ok(()),
        }
    }
}

fn not_a_tenant_user(user: &Principal) -> Box<Error> {
    Error::new(Code::NotFound, format!("{user} is not a tenant user"))
}

fn name(row: &rusqlite::Row<'_>) -> rusqlite::Result<RoleName> {
    Ok(RoleName::new(&row.get::<_, String>(0)?))
}
