use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use rusqlite::Connection;

use super::account::Account;
use crate::error::Result;
use crate::model::{Principal, Project, RoleName, Time};

/// Most answers of one kind that are kept.
const MOST: usize = 4_096;

/// Tables whose changes, with all that cascades from them, change nothing that is kept here; those of any other table do away with
/// all of it.
///
/// Entries of the ACL are asked for object by object and never kept; that they move the version of their project does not count,
/// because it is not kept either.
const BESIDE: [&str; 9] = [
    "audit",
    "acl",
    "data_file",
    "writing",
    "instance_object",
    "instance_source",
    "instance_access",
    "instance_access_column",
    "instance_result",
];

/// Who is who, kept from statement to statement: accounts, projects, members and the roles that they hold.
///
/// What is kept is what the state says, because it is dropped whenever that can have changed:
///
/// - another connection committed: `pragma data_version` tells, asked inside of each transaction, where it stands still;
/// - this connection changed a table that is not in [`BESIDE`]: from then on nothing is kept until that statement is over, so
///   that what it takes back with its transaction or savepoint was never kept;
/// - several statements share a transaction and it is lost as a whole: what the later ones were told goes with it.
#[derive(Debug, Default)]
pub(super) struct Cache {
    version: Cell<Option<i64>>,
    changing: Cell<bool>,
    off: Cell<bool>,
    accounts: RefCell<HashMap<String, Option<Account>>>,
    projects: RefCell<HashMap<i64, Option<Project>>>,
    project_ids: RefCell<HashMap<String, Option<i64>>>,
    members: RefCell<HashMap<(i64, String), Option<Time>>>,
    roles: RefCell<HashMap<(i64, String), Vec<RoleName>>>,
}

impl Cache {
    /// Keeps nothing from now on.
    pub fn switch_off(&self) {
        self.off.set(true);
        self.forget();
    }

    /// A transaction began: drops what others changed since the last one.
    pub fn begin(&self, connection: &Connection) -> Result<()> {
        self.changing.set(false);
        if self.off.get() {
            return Ok(());
        }
        let version = connection.prepare_cached("pragma data_version")?.query_row([], |row| row.get(0))?;
        if self.version.replace(Some(version)) != Some(version) {
            self.forget();
        }
        Ok(())
    }

    /// A statement is about to be run that may change what is kept.
    pub fn change(&self, sql: &str) {
        if !changed_table(sql).is_some_and(|table| BESIDE.contains(&table)) {
            self.changing.set(true);
            self.forget();
        }
    }

    /// A statement of the shell is over, committed or taken back.
    pub fn end(&self) {
        self.changing.set(false);
    }

    /// Drops everything.
    pub fn forget(&self) {
        self.accounts.borrow_mut().clear();
        self.projects.borrow_mut().clear();
        self.project_ids.borrow_mut().clear();
        self.members.borrow_mut().clear();
        self.roles.borrow_mut().clear();
    }

    pub fn account(&self, key: &str, ask: impl FnOnce() -> Result<Option<Account>>) -> Result<Option<Account>> {
        self.answer(&self.accounts, key, ask)
    }

    pub fn project(&self, id: i64, ask: impl FnOnce() -> Result<Option<Project>>) -> Result<Option<Project>> {
        self.answer(&self.projects, &id, ask)
    }

    pub fn project_id(&self, name: &str, ask: impl FnOnce() -> Result<Option<i64>>) -> Result<Option<i64>> {
        self.answer(&self.project_ids, name, ask)
    }

    pub fn member(
        &self,
        project: i64,
        who: &Principal,
        ask: impl FnOnce(&str) -> Result<Option<Time>>,
    ) -> Result<Option<Time>> {
        let key = (project, who.key());
        self.answer(&self.members, &key, || ask(&key.1))
    }

    pub fn roles(
        &self,
        project: i64,
        who: &Principal,
        ask: impl FnOnce(&str) -> Result<Vec<RoleName>>,
    ) -> Result<Vec<RoleName>> {
        let key = (project, who.key());
        self.answer(&self.roles, &key, || ask(&key.1))
    }

    fn answer<K, Q, V>(&self, kept: &RefCell<HashMap<K, V>>, key: &Q, ask: impl FnOnce() -> Result<V>) -> Result<V>
    where
        K: std::borrow::Borrow<Q> + std::hash::Hash + Eq,
        Q: std::hash::Hash + Eq + ToOwned<Owned = K> + ?Sized,
        V: Clone,
    {
        if let Some(answer) = kept.borrow().get(key) {
            return Ok(answer.clone());
        }
        let answer = ask()?;
        if !self.changing.get() && !self.off.get() {
            let mut kept = kept.borrow_mut();
            if kept.len() >= MOST {
                kept.clear();
            }
            kept.insert(key.to_owned(), answer.clone());
        }
        Ok(answer)
    }
}

/// The table that `insert into …`, `delete from …` or `update …` changes; any other text may change every one.
fn changed_table(sql: &str) -> Option<&str> {
    let rest = ["insert into ", "delete from ", "update "].into_iter().find_map(|verb| sql.strip_prefix(verb))?;
    rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()
}
