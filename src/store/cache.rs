use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::account::Account;
use crate::error::Result;
use crate::model::{Labels, ObjectId, ObjectKind, PolicyHolder, Principal, Project, ProjectId, RoleName, Time};
use crate::policy::{CompiledPolicy, ProjectPolicies};

/// The maximum number of cached answers of each kind.
const MOST: usize = 4_096;

/// Writes to these tables, and their cascades, do not invalidate the cache. A write to any other table clears it.
///
/// Objects and ACL entries are read object by object and never cached; nor is the version of their project, which they change.
const NON_INVALIDATING: [&str; 11] = [
    "audit",
    "acl",
    "label_grant",
    "object",
    "data_file",
    "writing",
    "instance_object",
    "instance_source",
    "instance_access",
    "instance_access_column",
    "instance_result",
];

/// Accounts, projects, members with their roles, tenant roles, and labels, cached between statements.
///
/// The cache is always equal to the state, because it is cleared whenever the state may have changed:
///
/// - another connection committed: `pragma data_version` shows it, read inside each transaction, where it does not change;
/// - this connection wrote to a table that is not in [`NON_INVALIDATING`]: from then on nothing is cached until that statement ends, so
///   that changes which are rolled back with its transaction or savepoint were never cached;
/// - several statements share a transaction that is rolled back: what the later ones read is cleared with it.
#[derive(Debug, Default)]
pub(super) struct Cache {
    version: Cell<Option<i64>>,
    changing: Cell<bool>,
    off: Cell<bool>,
    accounts: RefCell<HashMap<String, Option<Account>>>,
    projects: RefCell<HashMap<ProjectId, Option<Arc<Project>>>>,
    policies: RefCell<HashMap<ProjectId, Arc<ProjectPolicies>>>,
    /// The policies of projects and roles.
    held: RefCell<HashMap<(ProjectId, PolicyHolder), Option<CompiledPolicy>>>,
    /// Compiled policies by their stamp, which stands for one text forever: they are never invalid, and kept when the rest is dropped.
    compiled: RefCell<HashMap<String, CompiledPolicy>>,
    labels: RefCell<HashMap<ObjectId, Arc<Labels>>>,
    project_ids: RefCell<HashMap<String, Option<ProjectId>>>,
    members: RefCell<HashMap<(ProjectId, String), Option<Time>>>,
    roles: RefCell<HashMap<(ProjectId, String), Vec<RoleName>>>,
    /// By the keys of principals.
    tenant_roles: RefCell<HashMap<String, Vec<RoleName>>>,
    added_tenant_roles: RefCell<HashMap<ProjectId, Vec<RoleName>>>,
    securables: RefCell<HashMap<(ProjectId, ObjectKind), Option<ObjectId>>>,
}

impl Cache {
    /// Disables the cache.
    pub fn switch_off(&self) {
        self.off.set(true);
        self.forget();
    }

    /// A transaction began: clears what others changed since the last one.
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

    /// A statement is about to run that may change what is cached.
    pub fn change(&self, sql: &str) {
        if !changed_table(sql).is_some_and(|table| NON_INVALIDATING.contains(&table)) {
            self.changing.set(true);
            self.forget();
        }
    }

    /// A statement of the shell ended, committed or rolled back.
    pub fn end(&self) {
        self.changing.set(false);
    }

    /// Drops everything.
    pub fn forget(&self) {
        self.accounts.borrow_mut().clear();
        self.projects.borrow_mut().clear();
        self.policies.borrow_mut().clear();
        self.held.borrow_mut().clear();
        self.labels.borrow_mut().clear();
        self.project_ids.borrow_mut().clear();
        self.members.borrow_mut().clear();
        self.roles.borrow_mut().clear();
        self.tenant_roles.borrow_mut().clear();
        self.added_tenant_roles.borrow_mut().clear();
        self.securables.borrow_mut().clear();
    }

    pub fn account(&self, key: &str, ask: impl FnOnce() -> Result<Option<Account>>) -> Result<Option<Account>> {
        self.answer(&self.accounts, key, ask)
    }

    pub fn project(
        &self,
        id: ProjectId,
        ask: impl FnOnce() -> Result<Option<Arc<Project>>>,
    ) -> Result<Option<Arc<Project>>> {
        self.answer(&self.projects, &id, ask)
    }

    /// The compiled policies of a project; as long as the project is cached, they are those of its text.
    pub fn policies(
        &self,
        id: ProjectId,
        ask: impl FnOnce() -> Result<Arc<ProjectPolicies>>,
    ) -> Result<Arc<ProjectPolicies>> {
        self.answer(&self.policies, &id, ask)
    }

    /// The policy of a project or role.
    pub fn policy(
        &self,
        project: ProjectId,
        holder: &PolicyHolder,
        ask: impl FnOnce() -> Result<Option<CompiledPolicy>>,
    ) -> Result<Option<CompiledPolicy>> {
        self.answer(&self.held, &(project, holder.clone()), ask)
    }

    /// The labels of a table or view.
    pub fn labels(&self, table: ObjectId, ask: impl FnOnce() -> Result<Arc<Labels>>) -> Result<Arc<Labels>> {
        self.answer(&self.labels, &table, ask)
    }

    /// The compiled policy of this stamp.
    pub fn compiled(&self, stamp: &str, compile: impl FnOnce() -> Result<CompiledPolicy>) -> Result<CompiledPolicy> {
        if let Some(known) = self.compiled.borrow().get(stamp) {
            return Ok(Arc::clone(known));
        }
        let compiled = compile()?;
        let mut known = self.compiled.borrow_mut();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(stamp.to_owned(), Arc::clone(&compiled));
        Ok(compiled)
    }

    pub fn project_id(&self, name: &str, ask: impl FnOnce() -> Result<Option<ProjectId>>) -> Result<Option<ProjectId>> {
        self.answer(&self.project_ids, name, ask)
    }

    /// The number of the object that a project is, or that its default schema is: they come and go with the project.
    pub fn securable(
        &self,
        project: ProjectId,
        kind: ObjectKind,
        ask: impl FnOnce() -> Result<Option<ObjectId>>,
    ) -> Result<Option<ObjectId>> {
        self.answer(&self.securables, &(project, kind), ask)
    }

    pub fn member(
        &self,
        project: ProjectId,
        who: &Principal,
        ask: impl FnOnce(&str) -> Result<Option<Time>>,
    ) -> Result<Option<Time>> {
        let key = (project, who.key());
        self.answer(&self.members, &key, || ask(&key.1))
    }

    pub fn roles(
        &self,
        project: ProjectId,
        who: &Principal,
        ask: impl FnOnce(&str) -> Result<Vec<RoleName>>,
    ) -> Result<Vec<RoleName>> {
        let key = (project, who.key());
        self.answer(&self.roles, &key, || ask(&key.1))
    }

    /// The tenant roles that a principal holds.
    pub fn tenant_roles(
        &self,
        who: &Principal,
        ask: impl FnOnce(&str) -> Result<Vec<RoleName>>,
    ) -> Result<Vec<RoleName>> {
        let key = who.key();
        self.answer(&self.tenant_roles, &key, || ask(&key))
    }

    /// The tenant roles that were added to a project.
    pub fn added_tenant_roles(
        &self,
        project: ProjectId,
        ask: impl FnOnce() -> Result<Vec<RoleName>>,
    ) -> Result<Vec<RoleName>> {
        self.answer(&self.added_tenant_roles, &project, ask)
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
