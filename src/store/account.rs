use rusqlite::Row;

use super::error::damaged;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{AccountId, ObjectKind, PolicyHolder, Principal, RoleName, Time};
use crate::policy::{AccessPolicy, ExceptionPolicy, Profile};

/// An account, RAM user or RAM role that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Number; never used again.
    pub id: AccountId,
    /// Who it is, as it was first spelled.
    pub principal: Principal,
    /// When it was made.
    pub created: Time,
    /// Whether names have schemas in sessions of the tenant that it is (SCH-1).
    pub has_schemas: bool,
}

/// The principal in a column; a state that holds another text there is damaged.
pub(super) fn principal(row: &Row<'_>, column: &str) -> rusqlite::Result<Principal> {
    let text: String = row.get(column)?;
    Principal::parse(&text).ok_or_else(|| damaged(&format!("the principal `{text}`")))
}

/// The principal in a column that can be null.
pub(super) fn principal_or_none(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Principal>> {
    match row.get::<_, Option<String>>(column)? {
        Some(_) => principal(row, column).map(Some),
        None => Ok(None),
    }
}

impl Snapshot<'_> {
    /// The account of this principal.
    pub fn account(&self, principal: &Principal) -> Result<Option<Account>> {
        let key = principal.key();
        self.cache().account(&key, || {
            self.one("select id, principal, created, has_schemas from account where key = ?1", [&key], read)
        })
    }

    /// Whether names have schemas in sessions of a principal that do not say themselves: as its tenant has it (SCH-1).
    pub fn tenant_has_schemas(&self, principal: &Principal) -> Result<bool> {
        Ok(self.account(&principal.account())?.is_some_and(|account| account.has_schemas))
    }

    /// All accounts, in the order in which they were made.
    pub fn accounts(&self) -> Result<Vec<Account>> {
        self.all("select id, principal, created, has_schemas from account order by id", [], read)
    }

    /// The RAM users and RAM roles of an account, in the order in which they were made; a RAM user has none.
    fn ram_users(&self, principal: &Principal) -> Result<Vec<Account>> {
        if !principal.is_account() {
            return Ok(Vec::new());
        }
        let (first, behind) =
            (format!("ram${}:", principal.account_key()), format!("ram${};", principal.account_key()));
        self.all(
            "select id, principal, created, has_schemas from account where key >= ?1 and key < ?2 order by id",
            [first, behind],
            read,
        )
    }

    /// The number of an account that must exist.
    pub fn account_id(&self, principal: &Principal) -> Result<AccountId> {
        match self.account(principal)? {
            Some(account) => Ok(account.id),
            None => Err(Error::new(Code::Principal, format!("Invalid account Name {principal}"))
                .help(format!("no such account; create it with `.account create {principal}`"))),
        }
    }
}

impl Write<'_> {
    /// Makes an account.
    pub fn create_account(&self, principal: &Principal, now: Time) -> Result<AccountId> {
        if self.account(principal)?.is_some() {
            return Err(Error::new(Code::Principal, format!("{principal} already exists")));
        }
        match principal {
            // What an account of this name left behind would be the new one's (ACC-11a).
            Principal::Account { .. } => {
                if let Some(left) = self.ram_users(principal)?.first() {
                    return Err(Error::new(
                        Code::Principal,
                        format!("{} of an earlier {principal} exists", left.principal),
                    )
                    .help(format!("drop it first: `.account drop {}`", left.principal)));
                }
            }
            Principal::RamUser { account, .. } | Principal::RamRole { account, .. } => {
                self.account_id(&Principal::Account { account: account.clone() })?;
            }
        }
        self.run(
            "insert into account (principal, key, created) values (?1, ?2, ?3)",
            (principal.to_string(), principal.key(), now.0),
        )?;
        let id = AccountId(self.last_id());
        match principal {
            Principal::Account { .. } => self.create_tenant(id, now)?,
            Principal::RamUser { .. } | Principal::RamRole { .. } => {}
        }
        Ok(id)
    }

    /// Says whether names have schemas in sessions of a tenant.
    pub fn set_tenant_schemas(&self, tenant: &Principal, has_schemas: bool) -> Result<()> {
        let id = self.account_id(tenant)?;
        self.run("update account set has_schemas = ?2 where id = ?1", (id, has_schemas))?;
        Ok(())
    }

    /// Removes an account that owns nothing, with its memberships, roles, grants and jobs; and its RAM users and RAM roles likewise
    /// (ACC-11a), which are returned.
    pub fn drop_account(&self, principal: &Principal) -> Result<Vec<Principal>> {
        let id = self.account_id(principal)?;
        let users = self.ram_users(principal)?;
        for (id, who) in users.iter().map(|user| (user.id, &user.principal)).chain([(id, principal)]) {
            self.check_owns_nothing(id, who)?;
        }
        for (project, policy) in self.exception_policies()? {
            let policy = ExceptionPolicy::parse(&policy, &project);
            // What cannot be read may name anyone.
            let names = |who: &Principal| policy.as_ref().map_or(true, |policy| policy.names(who));
            if let Some(named) = users.iter().map(|user| &user.principal).chain([principal]).find(|who| names(who)) {
                return Err(Error::new(
                    Code::Principal,
                    format!("the exception policy of project {project} names {named}"),
                )
                .help("the exception would apply to a new account of that name; first set ProjectProtection there without it"));
            }
        }
        for (project, role, document) in self.access_policies()? {
            let holder = if role.is_empty() { PolicyHolder::Project } else { PolicyHolder::Role(RoleName::new(&role)) };
            let profile = if role.is_empty() { Profile::Project } else { Profile::ResourceRole };
            let policy = AccessPolicy::parse(&document, profile, &project);
            let names =
                |who: &Principal| policy.as_ref().map_or(true, |policy| policy.principals().any(|named| named == who));
            if let Some(named) = users.iter().map(|user| &user.principal).chain([principal]).find(|who| names(who)) {
                return Err(Error::new(Code::Principal, format!("{holder} in project {project} names {named}")).help(
                    "the policy would apply to a new account of that name; first put one that does not name it",
                ));
            }
        }
        for id in users.iter().map(|user| user.id).chain([id]) {
            // Its jobs are nobody's then.
            self.run("delete from object where owner = ?1 and kind = ?2", (id, ObjectKind::Instance.name()))?;
            self.run("delete from account where id = ?1", [id])?;
        }
        Ok(users.into_iter().map(|user| user.principal).collect())
    }

    fn check_owns_nothing(&self, id: AccountId, who: &Principal) -> Result<()> {
        let owned: Option<String> = self.one(
            "select 'project ' || name from project where owner = ?1
             union all select o.family || ' ' || p.name || '.' || iif(o.schema = 'default', '', o.schema || '.') || o.name from object o join project p on p.id = o.project
             where o.owner = ?1 and o.kind <> ?2
             limit 1",
            (id, ObjectKind::Instance.name()),
            |row| row.get(0),
        )?;
        match owned {
            None => Ok(()),
            Some(owned) => Err(Error::new(Code::Principal, format!("{who} owns {owned}"))
                .help("first drop what it owns, or change its owner")),
        }
    }

    /// The policies of projects, each with the name of the project and its text; those of roles name nobody, unless they cannot be read.
    fn access_policies(&self) -> Result<Vec<(String, String, String)>> {
        self.all(
            "select p.name, l.role, l.document from policy l join project p on p.id = l.project order by p.id, l.role",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
    }

    /// The projects with an exception policy, each with its text.
    fn exception_policies(&self) -> Result<Vec<(String, String)>> {
        self.all(
            "select name, exception_policy from project where exception_policy is not null order by id",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: row.get("id")?,
        principal: principal(row, "principal")?,
        created: Time(row.get("created")?),
        has_schemas: row.get("has_schemas")?,
    })
}
