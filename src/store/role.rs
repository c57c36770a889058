use super::account::principal;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{Grantee, Principal, ProjectId, RoleKind, RoleName, Time};

/// A role of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: RoleName,
    /// What it can receive.
    pub kind: RoleKind,
}

impl Snapshot<'_> {
    /// The roles of a project, by name.
    pub fn role_list(&self, project: ProjectId) -> Result<Vec<Role>> {
        self.all("select name, kind from role where project = ?1 order by name", [project], read)
    }

    /// The role of this name.
    pub fn role(&self, project: ProjectId, name: &RoleName) -> Result<Option<Role>> {
        self.one("select name, kind from role where project = ?1 and name = ?2", (project, name.as_str()), read)
    }

    /// What a role says about itself; empty without one.
    pub fn role_comment(&self, project: ProjectId, name: &RoleName) -> Result<String> {
        let comment =
            self.one("select comment from role where project = ?1 and name = ?2", (project, name.as_str()), |row| {
                row.get::<_, String>(0)
            })?;
        Ok(comment.unwrap_or_default())
    }

    /// Who holds a role, in the order in which they were added to the world.
    pub fn users_of_role(&self, project: ProjectId, role: &RoleName) -> Result<Vec<Principal>> {
        self.all(
            "select a.principal from role_user r join account a on a.id = r.account
             where r.project = ?1 and r.role = ?2 order by a.id",
            (project, role.as_str()),
            |row| principal(row, "principal"),
        )
    }

    /// The roles that a principal holds, by name.
    pub fn roles_of(&self, project: ProjectId, user: &Principal) -> Result<Vec<RoleName>> {
        self.cache().roles(project, user, |key| {
            self.all(
                "select r.role from role_user r join account a on a.id = r.account
                 where r.project = ?1 and a.key = ?2 order by r.role",
                (project, key),
                |row| Ok(RoleName::new(&row.get::<_, String>(0)?)),
            )
        })
    }
}

impl Write<'_> {
    /// Makes a role; what a dropped role of that name held is its own again until it is purged (ACC-9).
    pub fn create_role(
        &self,
        project: ProjectId,
        name: &RoleName,
        kind: RoleKind,
        comment: &str,
        now: Time,
    ) -> Result<()> {
        let made = self.run(
            "insert into role (project, name, kind, comment, created) values (?1, ?2, ?3, ?4, ?5) on conflict do nothing",
            (project, name.as_str(), kind.name(), comment, now.0),
        )?;
        if made == 0 {
            return Err(Error::new(Code::Exists, format!("role `{name}` already exists")));
        }
        if self.tenant_roles_added_to(project)?.contains(name) {
            return Err(Error::new(Code::Exists, format!("the project has tenant role `{name}` under this name"))
                .help("choose another name"));
        }
        if kind == RoleKind::Admin {
            // An administrator role receives no resource permission: not even one that a role of its name left behind.
            self.run("delete from acl where project = ?1 and role = ?2", (project, name.as_str()))?;
            self.run("delete from label_grant where project = ?1 and role = ?2", (project, name.as_str()))?;
        }
        Ok(())
    }

    /// Says something else of a role.
    pub fn set_role_comment(&self, project: ProjectId, name: &RoleName, comment: &str) -> Result<()> {
        self.run("update role set comment = ?3 where project = ?1 and name = ?2", (project, name.as_str(), comment))?;
        Ok(())
    }

    /// Removes a role that has no holders; its level goes with it, its grants stay until they are purged.
    pub fn drop_role(&self, project: ProjectId, name: &RoleName) -> Result<()> {
        if let Some(user) = self.users_of_role(project, name)?.first() {
            return Err(Error::new(Code::Conflict, format!("role `{name}` is still assigned to {user}"))
                .help(format!("first `revoke {name} from {user};`")));
        }
        self.run("delete from role where project = ?1 and name = ?2", (project, name.as_str()))?;
        self.clear_level(project, &Grantee::Role(name.clone()))
    }

    /// Gives a role to a member; giving it again is fine.
    pub fn grant_role(
        &self,
        project: ProjectId,
        role: &RoleName,
        user: &Principal,
        grantor: &Principal,
        now: Time,
    ) -> Result<()> {
        let account = self.account_id(user)?;
        self.run(
            "insert into role_user (project, role, account, granted, grantor) values (?1, ?2, ?3, ?4, ?5) on conflict do nothing",
            (project, role.as_str(), account, now.0, grantor.to_string()),
        )?;
        Ok(())
    }

    /// Takes a role from a member.
    pub fn revoke_role(&self, project: ProjectId, role: &RoleName, user: &Principal) -> Result<()> {
        let account = self.account_id(user)?;
        let taken = self.run(
            "delete from role_user where project = ?1 and role = ?2 and account = ?3",
            (project, role.as_str(), account),
        )?;
        if taken == 0 {
            return Err(Error::new(Code::NotFound, format!("{user} does not hold role `{role}`")));
        }
        Ok(())
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Role> {
    let kind: String = row.get(1)?;
    Ok(Role {
        name: RoleName::new(&row.get::<_, String>(0)?),
        kind: if kind == RoleKind::Admin.name() { RoleKind::Admin } else { RoleKind::Resource },
    })
}
