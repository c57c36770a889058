//! Facts with hypothetical changes overlaid. The underlying facts are not modified.

use std::borrow::Cow;
use std::sync::Arc;

use super::facts::Facts;
use super::remedy::Remedy;
use crate::error::Result;
use crate::model::{Grant, Grantee, Object, Principal, Project, Property, RoleName, Share, Status, Switch, Time};
use crate::policy::ProjectPolicies;

/// One hypothetical change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// An account exists.
    Account(Principal),
    /// A project takes this kind of account.
    Provider(i64, String),
    /// A principal is a member of a project.
    Member(i64, Principal),
    /// A member holds a role.
    Role(i64, RoleName, Principal),
    /// An object has one more entry.
    Grant(Object, Grant),
    /// An object has several more entries: one for each column.
    Grants(Object, Vec<Grant>),
    /// A project trusts another one.
    Trust(i64, i64),
    /// A project is in use again.
    Restored(i64),
    /// A switch is on.
    Switch(i64, Switch),
    /// A property has another value.
    Property(i64, Property, String),
    /// No project has address lists.
    EveryAddress,
    /// No role gives anything but those that manage a project.
    NoRoles,
    /// A protected project has this exception policy, which excepts these objects besides.
    Exception(i64, String, Vec<Object>),
}

impl Change {
    /// The object that gets more entries, and the entries.
    fn entries(&self) -> Option<(&Object, &[Grant])> {
        if let Self::Grants(on, grants) = self {
            return Some((on, grants));
        }
        let Self::Grant(on, grant) = self else { return None };
        Some((on, std::slice::from_ref(grant)))
    }

    /// Whether it changes the project itself: its status, switches, properties or exception policy.
    fn is_to_project(&self, id: i64) -> bool {
        match self {
            Self::Restored(at) | Self::Switch(at, _) | Self::Property(at, ..) | Self::Exception(at, ..) => *at == id,
            Self::EveryAddress => true,
            Self::Account(_)
            | Self::Provider(..)
            | Self::Member(..)
            | Self::Role(..)
            | Self::Grant(..)
            | Self::Grants(..)
            | Self::Trust(..)
            | Self::NoRoles => false,
        }
    }
}

/// Facts with hypothetical changes overlaid.
pub struct Hypothetical<'f> {
    base: &'f dyn Facts,
    changes: Vec<Cow<'f, Change>>,
    now: Time,
}

impl<'f> Hypothetical<'f> {
    /// The facts, assuming that these remedies have been applied.
    pub fn of(base: &'f dyn Facts, remedies: impl IntoIterator<Item = &'f Remedy>, now: Time) -> Self {
        let changes = remedies.into_iter().map(|remedy| Cow::Borrowed(remedy.change())).collect();
        Self { base, changes, now }
    }

    /// The facts for a caller whose address every project allows; without `roles`, principals hold only the roles that
    /// manage a project.
    pub(super) fn from_anywhere(base: &'f dyn Facts, roles: bool, now: Time) -> Self {
        let mut changes = vec![Cow::Owned(Change::EveryAddress)];
        changes.extend((!roles).then_some(Cow::Owned(Change::NoRoles)));
        Self { base, changes, now }
    }

    /// The time for which the changes are assumed.
    pub(super) fn now(&self) -> Time {
        self.now
    }

    /// The objects that are assumed to be excepted from the protection of a project, in addition to those that are.
    pub(super) fn excepted(&self, project: i64) -> &[Object] {
        let last = self.changes.iter().rev().find_map(|change| {
            let Change::Exception(at, _, objects) = change.as_ref() else { return None };
            (*at == project).then_some(objects.as_slice())
        });
        last.unwrap_or_default()
    }

    fn has(&self, wanted: impl Fn(&Change) -> bool) -> bool {
        self.changes.iter().map(Cow::as_ref).any(wanted)
    }
}

/// Views are granted on as tables.
fn is_same(a: &Object, b: &Object) -> bool {
    a.kind.grants_as() == b.kind.grants_as() && a.id == b.id
}

impl Facts for Hypothetical<'_> {
    fn account_exists(&self, principal: &Principal, number: Option<i64>) -> Result<bool> {
        let made = self.has(|change| matches!(change, Change::Account(account) if account == principal));
        // A new account has a number of its own.
        Ok(made && number.is_none() || self.base.account_exists(principal, number)?)
    }

    fn accepts_provider(&self, project: i64, provider: &str) -> Result<bool> {
        let added =
            self.has(|change| matches!(change, Change::Provider(at, name) if *at == project && name == provider));
        Ok(added || self.base.accepts_provider(project, provider)?)
    }

    fn project(&self, id: i64) -> Result<Option<Arc<Project>>> {
        let Some(mut shared) = self.base.project(id)? else { return Ok(None) };
        for change in self.changes.iter().filter(|change| change.is_to_project(id)) {
            let project = Arc::make_mut(&mut shared);
            match change.as_ref() {
                Change::Restored(_) => project.status = Status::Normal,
                Change::Switch(_, switch) => switch.set(&mut project.security, true),
                Change::Property(_, property, value) => {
                    project.properties.insert(property.key().to_owned(), value.clone());
                }
                Change::EveryAddress => {
                    project.properties.remove(Property::IpWhitelist.key());
                    project.properties.remove(Property::VpcWhitelist.key());
                }
                Change::Exception(_, policy, _) => project.security.exception = Some(policy.clone()),
                // None of these is a change to a project itself.
                Change::Account(_)
                | Change::Provider(..)
                | Change::Member(..)
                | Change::Role(..)
                | Change::Grant(..)
                | Change::Grants(..)
                | Change::Trust(..)
                | Change::NoRoles => {}
            }
        }
        Ok(Some(shared))
    }

    fn policies(&self, project: &Project) -> Result<Arc<ProjectPolicies>> {
        match self.has(|change| change.is_to_project(project.id)) {
            true => Ok(Arc::new(ProjectPolicies::of(project))),
            false => self.base.policies(project),
        }
    }

    fn member_since(&self, project: i64, principal: &Principal) -> Result<Option<Time>> {
        let added =
            self.has(|change| matches!(change, Change::Member(at, user) if *at == project && user == principal));
        Ok(self.base.member_since(project, principal)?.or(added.then_some(self.now)))
    }

    fn roles(&self, project: i64, principal: &Principal) -> Result<Vec<RoleName>> {
        let mut roles = self.base.roles(project, principal)?;
        for change in &self.changes {
            if let Change::Role(at, role, user) = change.as_ref()
                && *at == project
                && user == principal
                && !roles.contains(role)
            {
                roles.push(role.clone());
            }
        }
        if self.has(|change| matches!(change, Change::NoRoles)) {
            roles.retain(RoleName::is_built_in);
        }
        Ok(roles)
    }

    fn role_users(&self, project: i64, role: &RoleName) -> Result<Vec<Principal>> {
        let mut users = self.base.role_users(project, role)?;
        for change in &self.changes {
            if let Change::Role(at, name, user) = change.as_ref()
                && *at == project
                && name == role
                && !users.contains(user)
            {
                users.push(user.clone());
            }
        }
        Ok(users)
    }

    fn grants(&self, object: &Object, grantees: &[Grantee]) -> Result<Vec<Grant>> {
        let mut grants = self.base.grants(object, grantees)?;
        for change in &self.changes {
            let Some((on, added)) = change.entries() else { continue };
            if is_same(on, object) {
                grants.extend(added.iter().filter(|grant| grantees.contains(&grant.grantee)).cloned());
            }
        }
        Ok(grants)
    }

    fn shares(&self, installing: i64, object: &Object) -> Result<Vec<Share>> {
        self.base.shares(installing, object)
    }

    fn inside(&self, package: &Object, object: &Object, grantees: &[Grantee]) -> Result<Vec<Grant>> {
        self.base.inside(package, object, grantees)
    }

    fn was_renamed(&self, object: &Object) -> Result<bool> {
        self.base.was_renamed(object)
    }

    fn trusted_since(&self, source: i64, destination: i64) -> Result<Option<Time>> {
        let trusted =
            self.has(|change| matches!(change, Change::Trust(from, to) if *from == source && *to == destination));
        Ok(self.base.trusted_since(source, destination)?.or(trusted.then_some(self.now)))
    }
}
