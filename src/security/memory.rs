use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use crate::error::Result;
use crate::model::{Grant, Grantee, Object, ObjectKind, Principal, Project, RoleName, Time};

/// A world in memory: for tests, and for analyses that change it without touching the real one.
#[derive(Debug, Clone, Default)]
pub struct MemoryFacts {
    /// Who exists.
    pub accounts: BTreeSet<Principal>,
    /// The projects by number.
    pub projects: BTreeMap<i64, Project>,
    /// Members by project and principal.
    pub members: BTreeMap<(i64, Principal), Time>,
    /// Who holds which role, by project and role; kept while a user is removed.
    pub roles: BTreeMap<(i64, RoleName), Vec<Principal>>,
    /// ACL entries by kind (views count as tables) and number of the object.
    pub grants: BTreeMap<(bool, i64), Vec<Grant>>,
    /// Trusted projects by source and destination.
    pub trusted: BTreeMap<(i64, i64), Time>,
}

impl MemoryFacts {
    /// The key of an object's ACL entries.
    pub fn object_key(object: &Object) -> (bool, i64) {
        (object.kind == ObjectKind::Project, object.id)
    }
}

impl Facts for MemoryFacts {
    fn account_exists(&self, principal: &Principal) -> Result<bool> {
        Ok(self.accounts.contains(principal))
    }

    fn project(&self, id: i64) -> Result<Option<Project>> {
        Ok(self.projects.get(&id).cloned())
    }

    fn member_since(&self, project: i64, principal: &Principal) -> Result<Option<Time>> {
        Ok(self.members.get(&(project, principal.clone())).copied())
    }

    fn roles(&self, project: i64, principal: &Principal) -> Result<Vec<RoleName>> {
        let held = self.roles.iter().filter(|((at, _), users)| *at == project && users.contains(principal));
        Ok(held.map(|((_, role), _)| role.clone()).collect())
    }

    fn role_users(&self, project: i64, role: &RoleName) -> Result<Vec<Principal>> {
        Ok(self.roles.get(&(project, role.clone())).cloned().unwrap_or_default())
    }

    fn grants(&self, object: &Object, grantees: &[Grantee]) -> Result<Vec<Grant>> {
        let entries = self.grants.get(&Self::object_key(object)).map_or(&[][..], Vec::as_slice);
        let of_each = grantees.iter().flat_map(|grantee| entries.iter().filter(move |grant| grant.grantee == *grantee));
        Ok(of_each.cloned().collect())
    }

    fn trusted_since(&self, source: i64, destination: i64) -> Result<Option<Time>> {
        Ok(self.trusted.get(&(source, destination)).copied())
    }
}
