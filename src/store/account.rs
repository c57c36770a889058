use rusqlite::Row;

use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{Principal, Time};

/// An account, RAM user or RAM role that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Number; never used again.
    pub id: i64,
    /// Who it is, as it was first spelled.
    pub principal: Principal,
    /// When it was made.
    pub created: Time,
}

/// The principal in a column; a state that holds another text there is damaged.
pub(super) fn principal(row: &Row<'_>, column: &str) -> rusqlite::Result<Principal> {
    let text: String = row.get(column)?;
    Principal::parse(&text).ok_or(rusqlite::Error::InvalidQuery)
}

impl Snapshot<'_> {
    /// The account of this principal.
    pub fn account(&self, principal: &Principal) -> Result<Option<Account>> {
        let key = principal.key();
        self.cache()
            .account(&key, || self.one("select id, principal, created from account where key = ?1", [&key], read))
    }

    /// The account with this AccessKey pair.
    pub fn account_by_key(&self, id: &str, secret: &str) -> Result<Option<Account>> {
        self.one(
            "select id, principal, created from account where access_id = ?1 and access_key = ?2",
            [id, secret],
            read,
        )
    }

    /// All accounts, in the order in which they were made.
    pub fn accounts(&self) -> Result<Vec<Account>> {
        self.all("select id, principal, created from account order by id", [], read)
    }

    /// The number of an account that must exist.
    pub(super) fn account_id(&self, principal: &Principal) -> Result<i64> {
        match self.account(principal)? {
            Some(account) => Ok(account.id),
            None => Err(Error::new(Code::Principal, format!("Invalid account Name {principal}"))
                .help(format!("no such account; create it with `.account create {principal}`"))),
        }
    }
}

impl Write<'_> {
    /// Makes an account with an AccessKey pair.
    pub fn create_account(&self, principal: &Principal, key: (&str, &str), now: Time) -> Result<()> {
        if self.account(principal)?.is_some() {
            return Err(Error::new(Code::Principal, format!("{principal} exists already")));
        }
        self.run(
            "insert into account (principal, key, access_id, access_key, created) values (?1, ?2, ?3, ?4, ?5)",
            (principal.to_string(), principal.key(), key.0, key.1, now.0),
        )?;
        Ok(())
    }

    /// Gives an account a new AccessKey pair; the old one ends.
    pub fn set_key(&self, principal: &Principal, key: (&str, &str)) -> Result<()> {
        let id = self.account_id(principal)?;
        self.run("update account set access_id = ?2, access_key = ?3 where id = ?1", (id, key.0, key.1))?;
        Ok(())
    }

    /// Removes an account that owns nothing, with its memberships, roles and grants.
    pub fn drop_account(&self, principal: &Principal) -> Result<()> {
        let id = self.account_id(principal)?;
        let owned: Option<String> = self.one(
            "select 'project ' || name from project where owner = ?1
             union all select 'table ' || p.name || '.' || t.name from table_object t join project p on p.id = t.project
             where t.owner = ?1
             union all select 'resource ' || p.name || '.' || r.name from resource_object r join project p on p.id = r.project
             where r.owner = ?1
             union all select 'function ' || p.name || '.' || f.name from function_object f join project p on p.id = f.project
             where f.owner = ?1
             limit 1",
            [id],
            |row| row.get(0),
        )?;
        if let Some(owned) = owned {
            return Err(Error::new(Code::Principal, format!("{principal} owns {owned}"))
                .help("drop what it owns, or give it another owner first"));
        }
        let excepted: Option<String> = self.one(
            "select name from project where instr(lower(exception_policy), ?1) > 0 limit 1",
            [principal.key()],
            |row| row.get(0),
        )?;
        if let Some(project) = excepted {
            return Err(Error::new(
                Code::Principal,
                format!("the exception policy of project {project} names {principal}"),
            )
            .help("a new account of that name would be excepted; set ProjectProtection there without it first"));
        }
        // Its jobs are nobody's then.
        self.run("delete from instance_object where owner = ?1", [id])?;
        self.run("delete from account where id = ?1", [id])?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account { id: row.get("id")?, principal: principal(row, "principal")?, created: Time(row.get("created")?) })
}
