//! Facts with hypothetical changes overlaid. The underlying facts are not modified.

use std::sync::Arc;

use super::facts::Facts;
use crate::error::Result;
use crate::model::{
    AccessKeyId, AccountId, Grant, Grantee, LabelGrant, Labels, Level, Object, Place, PolicyHolder, Principal, Project,
    ProjectId, ProjectRef, Property, RoleKind, RoleName, Share, Status, Switch, TenantResource, Time,
};
use crate::policy::{CompiledPolicy, ProjectPolicies};

/// One change of what decisions rest on, as a statement or a command can make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// An account exists.
    Account(Principal),
    /// A project takes this kind of account.
    Provider(ProjectRef, String),
    /// A principal is a member of a project.
    Member(ProjectRef, Principal),
    /// A project has a new role of administrator type.
    NewRole(ProjectRef, RoleName),
    /// A member holds a role.
    Role(ProjectRef, RoleName, Principal),
    /// An object has more entries: one for the whole, or one for each of several columns, of one action and grantee.
    Grant(Object, Vec<Grant>),
    /// An object has more entries inside a package, as it is installed: of one action and grantee.
    Inside(Object, Object, Vec<Grant>),
    /// A project trusts another one.
    Trust(ProjectRef, ProjectRef),
    /// A project is in use again.
    Restored(ProjectRef),
    /// A switch is on.
    Switch(ProjectRef, Switch),
    /// A property has another value.
    Property(ProjectRef, Property, String),
    /// A protected project has this exception policy, which excepts these objects besides.
    Exception(ProjectRef, String, Vec<Object>),
    /// A project or a role has this policy, as text and compiled.
    Policy(ProjectRef, PolicyHolder, String, CompiledPolicy),
    /// A member was granted this label on columns of an object.
    LabelGrant(Object, Principal, Level, Vec<String>),
    /// A member was granted this label on columns of an object inside a package, as it is installed.
    LabelInside(Object, Object, Principal, Level, Vec<String>),
    /// A member has this level.
    Level(ProjectRef, Principal, Level),
    /// A project lets a package of its own, installed as this object, be read up to this label.
    PackageLabel(ProjectRef, Object, Level),
    /// A tenant resource is mounted to a project.
    Mount(TenantResource, ProjectRef),
    /// A project that controls external locations allows these.
    Locations(ProjectRef, String),
}

impl Change {
    /// The project in which it is made; `None` for a local command (BND-1).
    pub fn project(&self) -> Option<&ProjectRef> {
        match self {
            Self::Account(_) | Self::Restored(_) => None,
            Self::Provider(at, _)
            | Self::Member(at, _)
            | Self::NewRole(at, _)
            | Self::Role(at, ..)
            | Self::Trust(at, _)
            | Self::Switch(at, _)
            | Self::Property(at, ..)
            | Self::Exception(at, ..)
            | Self::Policy(at, ..)
            | Self::Level(at, ..)
            | Self::PackageLabel(at, ..)
            | Self::Mount(_, at)
            | Self::Locations(at, _) => Some(at),
            Self::Grant(object, _)
            | Self::LabelGrant(object, ..)
            | Self::Inside(object, ..)
            | Self::LabelInside(object, ..) => Some(&object.project),
        }
    }

    /// The object that it gives something on.
    pub fn object(&self) -> Option<&Object> {
        match self {
            Self::Grant(object, _) | Self::LabelGrant(object, ..) => Some(object),
            Self::Inside(_, object, _) | Self::LabelInside(_, object, ..) => Some(object),
            Self::Account(_)
            | Self::Provider(..)
            | Self::Member(..)
            | Self::NewRole(..)
            | Self::Role(..)
            | Self::Trust(..)
            | Self::Restored(_)
            | Self::Switch(..)
            | Self::Property(..)
            | Self::Exception(..)
            | Self::Policy(..)
            | Self::Level(..)
            | Self::PackageLabel(..)
            | Self::Mount(..)
            | Self::Locations(..) => None,
        }
    }

    /// Whether it changes the project itself: its status, switches, properties or exception policy.
    fn is_to_project(&self, id: ProjectId) -> bool {
        match self {
            Self::Restored(at) | Self::Switch(at, _) | Self::Property(at, ..) | Self::Exception(at, ..) => at.id == id,
            Self::Locations(at, _) => at.id == id,
            Self::Account(_)
            | Self::Provider(..)
            | Self::Member(..)
            | Self::NewRole(..)
            | Self::Role(..)
            | Self::Grant(..)
            | Self::Inside(..)
            | Self::LabelInside(..)
            | Self::Policy(..)
            | Self::LabelGrant(..)
            | Self::Level(..)
            | Self::PackageLabel(..)
            | Self::Mount(..)
            | Self::Trust(..) => false,
        }
    }
}

/// Facts with hypothetical changes overlaid.
pub struct Hypothetical<'f> {
    base: &'f dyn Facts,
    changes: Vec<&'f Change>,
    /// Whether no project has address lists.
    from_anywhere: bool,
    /// Whether principals hold only the roles that manage a project.
    only_managing_roles: bool,
    now: Time,
}

impl<'f> Hypothetical<'f> {
    /// The facts, assuming that these changes were made.
    pub fn of(base: &'f dyn Facts, changes: impl IntoIterator<Item = &'f Change>, now: Time) -> Self {
        let changes = changes.into_iter().collect();
        Self { base, changes, from_anywhere: false, only_managing_roles: false, now }
    }

    /// The facts for a caller whose address every project allows; without `roles`, principals hold only the roles that
    /// manage a project.
    pub fn from_anywhere(base: &'f dyn Facts, roles: bool, now: Time) -> Self {
        Self { base, changes: Vec::new(), from_anywhere: true, only_managing_roles: !roles, now }
    }

    /// The time for which the changes are assumed.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The objects that are assumed to be excepted from the protection of a project, in addition to those that are.
    pub fn excepted(&self, project: ProjectId) -> &[Object] {
        let last = self.changes.iter().rev().find_map(|change| {
            let Change::Exception(at, _, objects) = change else { return None };
            (at.id == project).then_some(objects.as_slice())
        });
        last.unwrap_or_default()
    }

    fn has(&self, wanted: impl Fn(&Change) -> bool) -> bool {
        self.changes.iter().copied().any(wanted)
    }

    /// The policy that is assumed to be put last. That of a tenant role is the same in all projects of the tenant.
    fn changed_policy(
        &self,
        project: ProjectId,
        holder: &PolicyHolder,
    ) -> Result<Option<(&'f String, &'f CompiledPolicy)>> {
        for change in self.changes.iter().copied().rev() {
            let Change::Policy(at, of, text, policy) = change else { continue };
            let is_there = of == holder
                && match holder {
                    PolicyHolder::Project | PolicyHolder::Role(_) => at.id == project,
                    PolicyHolder::TenantRole(_) => at.id == project || self.owner(at.id)? == self.owner(project)?,
                };
            if is_there {
                return Ok(Some((text, policy)));
            }
        }
        Ok(None)
    }

    fn owner(&self, project: ProjectId) -> Result<Option<Principal>> {
        Ok(self.base.project(project)?.map(|project| project.owner.clone()))
    }

    /// Whether the project itself is changed.
    fn changes_project(&self, id: ProjectId) -> bool {
        self.from_anywhere || self.has(|change| change.is_to_project(id))
    }
}

/// Views are granted on as tables.
fn is_same(a: &Object, b: &Object) -> bool {
    a.kind.grants_as() == b.kind.grants_as() && a.id == b.id
}

/// Adds label grants on columns; each replaces the one that the grantee had on the same column.
fn add_label_grants(grants: &mut Vec<LabelGrant>, user: &Principal, level: Level, columns: &[String], now: Time) {
    let grantee = Grantee::User(user.clone());
    let is_replaced = |grant: &LabelGrant| {
        grant.grantee == grantee && grant.column.as_ref().is_some_and(|column| columns.contains(column))
    };
    grants.retain(|grant| !is_replaced(grant));
    grants.extend(columns.iter().map(|column| LabelGrant {
        level,
        column: Some(column.clone()),
        grantee: grantee.clone(),
        grantor: user.clone(),
        granted: now,
        expires: None,
    }));
}

impl Facts for Hypothetical<'_> {
    fn account_exists(&self, principal: &Principal, number: Option<AccountId>) -> Result<bool> {
        let made = self.has(|change| matches!(change, Change::Account(account) if account == principal));
        // A new account has a number of its own.
        Ok(made && number.is_none() || self.base.account_exists(principal, number)?)
    }

    fn is_key_enabled(&self, key: &AccessKeyId, account: AccountId) -> Result<bool> {
        self.base.is_key_enabled(key, account)
    }

    fn accepts_provider(&self, project: ProjectId, provider: &str) -> Result<bool> {
        let added =
            self.has(|change| matches!(change, Change::Provider(at, name) if at.id == project && name == provider));
        Ok(added || self.base.accepts_provider(project, provider)?)
    }

    fn project(&self, id: ProjectId) -> Result<Option<Arc<Project>>> {
        let Some(mut shared) = self.base.project(id)? else { return Ok(None) };
        for change in self.changes.iter().filter(|change| change.is_to_project(id)) {
            let project = Arc::make_mut(&mut shared);
            match change {
                Change::Restored(_) => project.status = Status::Normal,
                Change::Switch(_, switch) => switch.set(&mut project.security, true),
                Change::Property(_, property, value) => {
                    project.properties.insert(property.key().to_owned(), value.clone());
                }
                Change::Exception(_, policy, _) => project.security.exception = Some(policy.clone()),
                Change::Locations(_, list) => project.security.external_resource_locations.clone_from(list),
                // None of these is a change to a project itself.
                Change::Account(_)
                | Change::Provider(..)
                | Change::Member(..)
                | Change::NewRole(..)
                | Change::Role(..)
                | Change::Grant(..)
                | Change::Inside(..)
                | Change::LabelInside(..)
                | Change::Policy(..)
                | Change::LabelGrant(..)
                | Change::Level(..)
                | Change::PackageLabel(..)
                | Change::Mount(..)
                | Change::Trust(..) => {}
            }
        }
        if self.from_anywhere {
            let project = Arc::make_mut(&mut shared);
            project.properties.remove(Property::IpWhitelist.key());
            project.properties.remove(Property::VpcWhitelist.key());
        }
        Ok(Some(shared))
    }

    fn policies(&self, project: &Project) -> Result<Arc<ProjectPolicies>> {
        match self.changes_project(project.id) {
            true => Ok(Arc::new(ProjectPolicies::of(project))),
            false => self.base.policies(project),
        }
    }

    fn policy(&self, project: ProjectId, holder: &PolicyHolder) -> Result<Option<CompiledPolicy>> {
        match self.changed_policy(project, holder)? {
            Some((_, policy)) => Ok(Some(Arc::clone(policy))),
            None => self.base.policy(project, holder),
        }
    }

    fn tenant_policy(&self, tenant: &Principal, role: &RoleName) -> Result<Option<CompiledPolicy>> {
        let holder = PolicyHolder::TenantRole(role.clone());
        for change in self.changes.iter().copied().rev() {
            let Change::Policy(at, of, _, policy) = change else { continue };
            if *of == holder && self.owner(at.id)?.as_ref() == Some(tenant) {
                return Ok(Some(Arc::clone(policy)));
            }
        }
        self.base.tenant_policy(tenant, role)
    }

    fn is_mounted(&self, resource: &TenantResource, project: ProjectId) -> Result<bool> {
        let is_mounted = |change: &Change| matches!(change, Change::Mount(of, at) if resource.id.is_some() && of.id == resource.id && at.id == project);
        Ok(self.has(is_mounted) || self.base.is_mounted(resource, project)?)
    }

    fn policy_text(&self, project: ProjectId, holder: &PolicyHolder) -> Result<Option<String>> {
        match self.changed_policy(project, holder)? {
            Some((text, _)) => Ok(Some(text.clone())),
            None => self.base.policy_text(project, holder),
        }
    }

    fn member_since(&self, project: ProjectId, principal: &Principal) -> Result<Option<Time>> {
        let added =
            self.has(|change| matches!(change, Change::Member(at, user) if at.id == project && user == principal));
        Ok(self.base.member_since(project, principal)?.or(added.then_some(self.now)))
    }

    fn roles(&self, project: ProjectId, principal: &Principal) -> Result<Vec<RoleName>> {
        let mut roles = self.base.roles(project, principal)?;
        for change in &self.changes {
            if let Change::Role(at, role, user) = change
                && at.id == project
                && user == principal
                && !roles.contains(role)
            {
                roles.push(role.clone());
            }
        }
        if self.only_managing_roles {
            roles.retain(RoleName::is_built_in);
        }
        Ok(roles)
    }

    fn tenant_roles(&self, principal: &Principal) -> Result<Vec<RoleName>> {
        let mut roles = self.base.tenant_roles(principal)?;
        if self.only_managing_roles {
            roles.retain(RoleName::is_built_in);
        }
        Ok(roles)
    }

    fn tenant_roles_in(&self, project: ProjectId) -> Result<Vec<RoleName>> {
        self.base.tenant_roles_in(project)
    }

    fn role_kind(&self, project: ProjectId, role: &RoleName) -> Result<Option<RoleKind>> {
        let is_new = self.has(|change| matches!(change, Change::NewRole(at, name) if at.id == project && name == role));
        if is_new { Ok(Some(RoleKind::Admin)) } else { self.base.role_kind(project, role) }
    }

    fn role_users(&self, project: ProjectId, role: &RoleName) -> Result<Vec<Principal>> {
        let mut users = self.base.role_users(project, role)?;
        for change in &self.changes {
            if let Change::Role(at, name, user) = change
                && at.id == project
                && name == role
                && !users.contains(user)
            {
                users.push(user.clone());
            }
        }
        Ok(users)
    }

    fn schema_object(&self, place: &Place) -> Result<Option<Object>> {
        self.base.schema_object(place)
    }

    fn grants(&self, object: &Object, grantees: &[Grantee]) -> Result<Vec<Grant>> {
        let mut grants = self.base.grants(object, grantees)?;
        for change in &self.changes {
            let Change::Grant(on, added) = change else { continue };
            if is_same(on, object) {
                grants.extend(added.iter().filter(|grant| grantees.contains(&grant.grantee)).cloned());
            }
        }
        Ok(grants)
    }

    fn shares(&self, installing: ProjectId, object: &Object) -> Result<Vec<Share>> {
        let mut shares = self.base.shares(installing, object)?;
        for change in &self.changes {
            let Change::PackageLabel(_, package, level) = change else { continue };
            for share in shares.iter_mut().filter(|share| share.package.id == package.id) {
                share.label = share.label.max(*level);
            }
        }
        Ok(shares)
    }

    fn inside(&self, package: &Object, object: &Object, grantees: &[Grantee]) -> Result<Vec<Grant>> {
        let mut grants = self.base.inside(package, object, grantees)?;
        for change in &self.changes {
            let Change::Inside(within, on, added) = change else { continue };
            if within.id == package.id && is_same(on, object) {
                grants.extend(added.iter().filter(|grant| grantees.contains(&grant.grantee)).cloned());
            }
        }
        Ok(grants)
    }

    fn level(&self, project: ProjectId, grantees: &[Grantee]) -> Result<Level> {
        let given = self.changes.iter().filter_map(|change| {
            let Change::Level(at, user, level) = change else { return None };
            (at.id == project && grantees.contains(&Grantee::User(user.clone()))).then_some(*level)
        });
        Ok(given.fold(self.base.level(project, grantees)?, Level::max))
    }

    fn labels(&self, object: &Object) -> Result<Arc<Labels>> {
        self.base.labels(object)
    }

    fn label_grants(&self, object: &Object, grantees: &[Grantee]) -> Result<Vec<LabelGrant>> {
        let mut grants = self.base.label_grants(object, grantees)?;
        for change in &self.changes {
            let Change::LabelGrant(on, user, level, columns) = change else { continue };
            if is_same(on, object) && grantees.contains(&Grantee::User(user.clone())) {
                add_label_grants(&mut grants, user, *level, columns, self.now);
            }
        }
        Ok(grants)
    }

    fn labels_inside(&self, package: &Object, object: &Object, grantees: &[Grantee]) -> Result<Vec<LabelGrant>> {
        let mut grants = self.base.labels_inside(package, object, grantees)?;
        for change in &self.changes {
            let Change::LabelInside(within, on, user, level, columns) = change else { continue };
            if within.id == package.id && is_same(on, object) && grantees.contains(&Grantee::User(user.clone())) {
                add_label_grants(&mut grants, user, *level, columns, self.now);
            }
        }
        Ok(grants)
    }

    fn was_renamed(&self, object: &Object) -> Result<bool> {
        self.base.was_renamed(object)
    }

    fn trusted_since(&self, source: ProjectId, destination: ProjectId) -> Result<Option<Time>> {
        let trusted =
            self.has(|change| matches!(change, Change::Trust(from, to) if from.id == source && to.id == destination));
        Ok(self.base.trusted_since(source, destination)?.or(trusted.then_some(self.now)))
    }
}
