use super::account::principal;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{Grantee, Principal, ProjectId, Time};

/// A member of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub principal: Principal,
    /// Free text.
    pub comment: String,
    /// Since when.
    pub added: Time,
}

impl Snapshot<'_> {
    /// The members of a project, in the order in which they were added.
    pub fn members(&self, project: ProjectId) -> Result<Vec<Member>> {
        self.all(
            "select a.principal, m.comment, m.added from member m join account a on a.id = m.account
             where m.project = ?1 order by m.added, a.id",
            [project],
            |row| {
                Ok(Member { principal: principal(row, "principal")?, comment: row.get(1)?, added: Time(row.get(2)?) })
            },
        )
    }
}

impl Snapshot<'_> {
    /// The RAM users and RAM roles of an account that were added to a project which the account does not own (TNT-4).
    pub fn guests_of(&self, project: ProjectId, account: &Principal) -> Result<Vec<Principal>> {
        if !account.is_account() || self.project_by_id(project)?.is_some_and(|project| project.owner == *account) {
            return Ok(Vec::new());
        }
        let members = self.members(project)?.into_iter().map(|member| member.principal);
        Ok(members.filter(|member| !member.is_account() && member.is_of_account_of(account)).collect())
    }
}

impl Write<'_> {
    /// Adds a member; grants it had before it was removed become active again (ACC-9).
    pub fn add_member(&self, project: ProjectId, user: &Principal, comment: &str, now: Time) -> Result<()> {
        let account = self.account_id(user)?;
        let added = self.run(
            "insert into member (project, account, comment, added) values (?1, ?2, ?3, ?4) on conflict do nothing",
            (project, account, comment, now.0),
        )?;
        if added == 0 {
            return Err(Error::new(Code::Exists, format!("{user} is already a member")));
        }
        Ok(())
    }

    /// Removes a member who holds no role; its grants sleep (ACC-9), its level is gone (LAB-3).
    pub fn remove_member(&self, project: ProjectId, user: &Principal) -> Result<()> {
        let account = self.account_id(user)?;
        let held: Option<String> = self.one(
            "select role from role_user where project = ?1 and account = ?2 limit 1",
            (project, account),
            |row| row.get(0),
        )?;
        if let Some(role) = held {
            return Err(Error::new(Code::Conflict, format!("{user} still holds role `{role}`"))
                .help(format!("first `revoke {role} from {user};`")));
        }
        if self.run("delete from member where project = ?1 and account = ?2", (project, account))? == 0 {
            return Err(Error::new(Code::NotFound, format!("{user} is not a member of the project")));
        }
        self.clear_level(project, &Grantee::User(user.clone()))
    }
}
