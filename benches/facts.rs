//! A world in memory in which each question is one look-up: what remains is the cost of the decision itself.
//!
//! Neither `Facts` of the program is like this: the store reads ACL entries from the state at each decision, and `MemoryFacts` searches lists.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use odpsh::error;
use odpsh::model::{
    AccessKeyId, AccountId, Action, Grant, Grantee, Identity, LabelGrant, Labels, Level, Object, ObjectKind, Place,
    PolicyHolder, Principal, Project, ProjectId, RoleKind, RoleName, Share, TenantResource, Time,
};
use odpsh::policy::{AccessPolicy, ProjectPolicies};
use odpsh::security::{Facts, Reverse};
use odpsh::store::Snapshot;
use rusqlite::{Connection, OpenFlags};

/// Facts in hash maps. Objects are found by their numbers: the worlds of these measurements grant on tables only.
#[derive(Default)]
pub struct Indexed {
    accounts: HashSet<Principal>,
    projects: HashMap<ProjectId, (Arc<Project>, Arc<ProjectPolicies>)>,
    members: HashMap<ProjectId, HashMap<Principal, Time>>,
    roles: HashMap<ProjectId, HashMap<Principal, Vec<RoleName>>>,
    grants: HashMap<Identity, HashMap<Grantee, Vec<Grant>>>,
    shares: HashMap<(ProjectId, Identity), Vec<Share>>,
    trusted: HashMap<(ProjectId, ProjectId), Time>,
    held: HashMap<ProjectId, HashMap<PolicyHolder, Arc<error::Result<AccessPolicy>>>>,
    labels: HashMap<Identity, Arc<Labels>>,
    levels: HashMap<ProjectId, HashMap<Principal, Level>>,
}

fn principal(text: String) -> Result<Principal> {
    Principal::parse(&text).context("a principal")
}

impl Indexed {
    /// Labels the columns of a table, and gives somebody this level in its project, which checks labels from now on.
    pub fn label(&mut self, table: &Object, labels: Labels, who: &Principal, level: Level) {
        self.labels.insert(table.id, Arc::new(labels));
        self.levels.entry(table.project.id).or_default().insert(who.clone(), level);
        if let Some((project, _)) = self.projects.get_mut(&table.project.id) {
            Arc::make_mut(project).security.label_security = true;
        }
    }

    /// Everything that decisions about tables ask of a state.
    pub fn read(file: &Path, snapshot: &Snapshot<'_>) -> Result<Self> {
        let state = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut facts = Self::default();
        let mut select = state.prepare("select key from account")?;
        for key in select.query_map([], |row| row.get(0))? {
            facts.accounts.insert(principal(key?)?);
        }
        let mut select = state.prepare("select id from project")?;
        for id in select.query_map([], |row| row.get(0))? {
            let project = Facts::project(snapshot, id?)?.context("a project")?;
            let policies = snapshot.policies(&project)?;
            let roles = snapshot.roles_with_policies(project.id)?.into_iter().map(PolicyHolder::Role);
            for holder in std::iter::once(PolicyHolder::Project).chain(roles) {
                if let Some(policy) = snapshot.policy(project.id, &holder)? {
                    facts.held.entry(project.id).or_default().insert(holder, policy);
                }
            }
            facts.projects.insert(project.id, (project, policies));
        }
        let mut select =
            state.prepare("select project, key, added from member join account on account.id = account")?;
        for row in select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))? {
            let (project, key, added) = row?;
            facts.members.entry(project).or_default().insert(principal(key)?, Time(added));
        }
        let mut select =
            state.prepare("select project, key, role from role_user join account on account.id = account")?;
        for row in select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))? {
            let (project, key, role) = row?;
            facts.roles.entry(project).or_default().entry(principal(key)?).or_default().push(RoleName::new(&role));
        }
        let mut select = state.prepare("select project, trusted, added from trusted_project")?;
        for row in select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))? {
            let (source, destination, added) = row?;
            facts.trusted.insert((source, destination), Time(added));
        }
        facts.read_grants(&state)?;
        facts.read_shares(&state, snapshot)?;
        Ok(facts)
    }

    fn read_grants(&mut self, state: &Connection) -> Result<()> {
        let mut select = state.prepare(
            "select object, principal, role, action, grantor, granted from acl left join account on account.id = account",
        )?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let table: Identity = row.get::<_, Option<Identity>>(0)?.context("a grant on a table")?;
            let grantee = match row.get(1)? {
                Some(text) => Grantee::User(principal(text)?),
                None => Grantee::Role(RoleName::new(&row.get::<_, String>(2)?)),
            };
            let grant = Grant {
                action: Action::parse(&row.get::<_, String>(3)?).context("an action")?,
                column: None,
                grantee: grantee.clone(),
                grantor: principal(row.get(4)?)?,
                granted: Time(row.get(5)?),
                expires: None,
                conditions: None,
            };
            self.grants.entry(table).or_default().entry(grantee).or_default().push(grant);
        }
        Ok(())
    }

    /// What installed packages give, as the store says it.
    fn read_shares(&mut self, state: &Connection, snapshot: &Snapshot<'_>) -> Result<()> {
        let mut select = state.prepare(
            "select distinct i.project, o.project, o.name from installation i
             join package_object listed on listed.package = i.package join object o on o.id = listed.object",
        )?;
        for row in select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))? {
            let (installing, project, name): (ProjectId, ProjectId, _) = row?;
            let place = Place::default_of(Facts::project(snapshot, project)?.context("a project")?.reference());
            let object = snapshot.table(&place, &name)?.context("a table")?.object();
            self.shares.insert((installing, object.id), snapshot.shares(installing, &object)?);
        }
        Ok(())
    }
}

impl Facts for Indexed {
    fn account_exists(&self, principal: &Principal, number: Option<AccountId>) -> error::Result<bool> {
        Ok(number.is_none() && self.accounts.contains(principal))
    }

    fn is_key_enabled(&self, _: &AccessKeyId, _: AccountId) -> error::Result<bool> {
        Ok(false)
    }

    fn accepts_provider(&self, _: ProjectId, _: &str) -> error::Result<bool> {
        Ok(true)
    }

    fn project(&self, id: ProjectId) -> error::Result<Option<Arc<Project>>> {
        Ok(self.projects.get(&id).map(|(project, _)| Arc::clone(project)))
    }

    fn policies(&self, project: &Project) -> error::Result<Arc<ProjectPolicies>> {
        let known = self.projects.get(&project.id).map(|(_, policies)| Arc::clone(policies));
        Ok(known.unwrap_or_else(|| Arc::new(ProjectPolicies::of(project))))
    }

    fn policy(
        &self,
        project: ProjectId,
        holder: &PolicyHolder,
    ) -> error::Result<Option<Arc<error::Result<AccessPolicy>>>> {
        Ok(self.held.get(&project).and_then(|held| held.get(holder)).cloned())
    }

    fn tenant_policy(&self, _: &Principal, _: &RoleName) -> error::Result<Option<Arc<error::Result<AccessPolicy>>>> {
        Ok(None)
    }

    fn is_mounted(&self, _: &TenantResource, _: ProjectId) -> error::Result<bool> {
        Ok(false)
    }

    fn policy_text(&self, _: ProjectId, _: &PolicyHolder) -> error::Result<Option<String>> {
        Ok(None)
    }

    fn member_since(&self, project: ProjectId, principal: &Principal) -> error::Result<Option<Time>> {
        Ok(self.members.get(&project).and_then(|members| members.get(principal).copied()))
    }

    fn roles(&self, project: ProjectId, principal: &Principal) -> error::Result<Vec<RoleName>> {
        let held = self.roles.get(&project).and_then(|holders| holders.get(principal));
        Ok(held.cloned().unwrap_or_default())
    }

    fn tenant_roles(&self, _: &Principal) -> error::Result<Vec<RoleName>> {
        Ok(Vec::new())
    }

    fn tenant_roles_in(&self, _: ProjectId) -> error::Result<Vec<RoleName>> {
        Ok(Vec::new())
    }

    fn role_kind(&self, _: ProjectId, _: &RoleName) -> error::Result<Option<RoleKind>> {
        Ok(None)
    }

    fn role_users(&self, _: ProjectId, _: &RoleName) -> error::Result<Vec<Principal>> {
        Ok(Vec::new())
    }

    fn grants(&self, object: &Object, grantees: &[Grantee]) -> error::Result<Vec<Grant>> {
        if !matches!(object.kind, ObjectKind::Table | ObjectKind::View) {
            return Ok(Vec::new());
        }
        let Some(entries) = self.grants.get(&object.id) else { return Ok(Vec::new()) };
        Ok(grantees.iter().filter_map(|grantee| entries.get(grantee)).flatten().cloned().collect())
    }

    fn shares(&self, installing: ProjectId, object: &Object) -> error::Result<Vec<Share>> {
        Ok(self.shares.get(&(installing, object.id)).cloned().unwrap_or_default())
    }

    fn inside(&self, _: &Object, _: &Object, _: &[Grantee]) -> error::Result<Vec<Grant>> {
        Ok(Vec::new())
    }

    fn level(&self, project: ProjectId, grantees: &[Grantee]) -> error::Result<Level> {
        let levels = self.levels.get(&project);
        let of = |grantee: &Grantee| match grantee {
            Grantee::User(principal) => levels.and_then(|levels| levels.get(principal).copied()),
            Grantee::Role(_) => None,
        };
        Ok(grantees.iter().filter_map(of).max().unwrap_or_default())
    }

    fn labels(&self, object: &Object) -> error::Result<Arc<Labels>> {
        Ok(self.labels.get(&object.id).cloned().unwrap_or_default())
    }

    fn label_grants(&self, _: &Object, _: &[Grantee]) -> error::Result<Vec<LabelGrant>> {
        Ok(Vec::new())
    }

    fn labels_inside(&self, _: &Object, _: &Object, _: &[Grantee]) -> error::Result<Vec<LabelGrant>> {
        Ok(Vec::new())
    }

    fn schema_object(&self, _: &Place) -> error::Result<Option<Object>> {
        Ok(None)
    }

    fn was_renamed(&self, _: &Object) -> error::Result<bool> {
        Ok(false)
    }

    fn trusted_since(&self, source: ProjectId, destination: ProjectId) -> error::Result<Option<Time>> {
        Ok(self.trusted.get(&(source, destination)).copied())
    }
}
