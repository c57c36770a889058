//! Who can do something, and what someone can do: every candidate that any fact names, decided one by one.
//!
//! A principal that no fact names has no access, so the candidates are complete; tests compare them with a brute-force search.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::circumstances::{Case, Circumstances, When};
use crate::error::{Error, Result};
use crate::model::{
    Action, Grant, Grantee, JobType, Object, ObjectKind, PolicyHolder, Principal, Project, ProjectId, ProjectRef,
    RoleName, Source, Time,
};
use crate::policy::{Asked, Conditions, Principals, RequestContext};
use crate::security::{
    Access, Candidates, Columns, Decision, Destination, Flow, Hypothetical, Membership, Request, Reverse, candidates,
    columns_granted, conditions, decide, membership, objects_with_entries, role_allows,
};

/// Someone who can, and the decision that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Who.
    pub principal: Principal,
    /// What is done.
    pub action: Action,
    /// To what.
    pub object: Object,
    /// To which columns of it; none for the object as a whole.
    pub columns: BTreeSet<String>,
    /// The project that has to be current; on the own path, any other one of its projects will do as well.
    pub current: ProjectRef,
    /// Whether packages alone allow it.
    pub by_package: bool,
    /// The only circumstances in which it does, where conditions of policies tell them apart.
    pub when: Option<When>,
    /// The request that was decided for it.
    pub request: Request,
    /// Why.
    pub decision: Decision,
}

/// A role that was granted something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleThatCan {
    /// The role.
    pub role: RoleName,
    /// The columns that it was granted on; none for the whole.
    pub columns: BTreeSet<String>,
    /// Whether conditions limit it.
    pub is_conditional: bool,
}

/// Somebody who may be able to do something.
#[derive(Clone, Copy)]
struct Candidate<'c> {
    principal: &'c Principal,
    action: Action,
    object: &'c Object,
    columns: &'c Columns,
    current: &'c ProjectRef,
}

/// Asks a world who can do what, at one time, from addresses that the projects admit.
#[derive(Clone, Copy)]
pub struct Reach<'a> {
    /// The world.
    pub facts: &'a dyn Reverse,
    /// When.
    pub now: Time,
    /// Whether grants to roles count. Roles that manage the project always count.
    pub roles: bool,
}

impl Reach<'_> {
    /// Who can take an action on an object, by principal: in the object's own project, and in every project that has it by a package.
    ///
    /// A principal with access to some columns only is listed with these columns, unless columns were specified.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn who_can(&self, action: Action, object: &Object, columns: &Columns) -> Result<Vec<Reached>> {
        let mut candidates: BTreeSet<(Principal, ProjectRef)> = BTreeSet::new();
        if let Some(project) = self.facts.project(object.project.id)? {
            let mut named = Vec::new();
            for holder in objects_with_entries(&Access::of(action, object.clone())) {
                named.extend(self.facts.grantees_on(&holder, None)?);
            }
            named.extend(self.named_by_policies(&Access::of(action, object.clone()), &project)?);
            // Without download control it is decided on Select (DLC-1).
            if action == Action::Download {
                named.extend(self.named_by_policies(&Access::of(Action::Select, object.clone()), &project)?);
            }
            let owner = object.owner.clone().filter(|_| object.kind.is_owned()).map(Grantee::User);
            // The owner of its schema may grant on it (ACC-8).
            let of_schema = match object.kind.is_in_schema() {
                true => self.facts.schema_object(&object.place())?.and_then(|schema| schema.owner).map(Grantee::User),
                false => None,
            };
            let people = self.people(&project, named.into_iter().chain(owner).chain(of_schema))?;
            candidates.extend(people.into_iter().map(|who| (who, project.reference())));
        }
        for package in self.facts.installations_listing(object)? {
            let Some(project) = self.facts.project(package.project.id)? else { continue };
            let mut named = self.facts.grantees_on(&package, None)?;
            named.extend(self.facts.grantees_on(object, Some(&package))?);
            named.extend(self.named_by_policies(&Access::of(Action::Read, package.clone()), &project)?);
            let people = self.people(&project, named.into_iter())?;
            candidates.extend(people.into_iter().map(|who| (who, project.reference())));
        }
        let mut reached = Vec::new();
        let mut known: Vec<(ProjectId, Circumstances)> = Vec::new();
        for (principal, current) in candidates {
            if !known.iter().any(|(id, _)| *id == current.id) {
                known.push((current.id, Circumstances::of(&[object.project.id, current.id], self.facts)?));
            }
            let of_project = known.iter().find(|(id, _)| *id == current.id);
            if let Some((_, circumstances)) = of_project {
                let candidate = Candidate { principal: &principal, action, object, columns, current: &current };
                reached.extend(self.tried(candidate, circumstances)?);
            }
        }
        Ok(reached)
    }

    /// Whom the policies of a project may allow an access, conditions apart: every member where one names everyone.
    fn named_by_policies(&self, access: &Access, project: &Project) -> Result<Vec<Grantee>> {
        let uris = access.uris();
        let none = BTreeSet::new();
        let asked =
            Asked { action: access.action, uris: &uris, privileges: &none, instance: Some(&access.object.name) };
        let allowed = |holder: &PolicyHolder| {
            let policy = self.facts.policy(project.id, holder)?;
            let policy = policy.as_deref().and_then(|policy| policy.as_ref().ok());
            Ok::<_, Box<Error>>(policy.and_then(|policy| policy.allowed(&asked)))
        };
        let mut named: Vec<Grantee> = match allowed(&PolicyHolder::Project)? {
            None => Vec::new(),
            Some(Principals::Anyone) => self.facts.members_of(project.id)?.into_iter().map(Grantee::User).collect(),
            Some(Principals::These(principals)) => principals.into_iter().map(Grantee::User).collect(),
        };
        for role in self.facts.roles_with_policies(project.id)? {
            if allowed(&PolicyHolder::Role(role.clone()))?.is_some() {
                named.push(Grantee::Role(role));
            }
        }
        for role in self.facts.tenant_roles_in(project.id)? {
            if allowed(&PolicyHolder::TenantRole(role.clone()))?.is_some() {
                named.extend(self.facts.tenant_holders(project.id, &role)?.into_iter().map(Grantee::User));
            }
        }
        Ok(named)
    }

    /// Whether a policy of a project allows anything at all to a principal that holds these roles.
    fn is_named_by_policies(&self, principal: &Principal, project: &Project, membership: &Membership) -> Result<bool> {
        for holder in std::iter::once(PolicyHolder::Project).chain(membership.policy_holders()) {
            let policy = self.facts.policy(project.id, &holder)?;
            if matches!(policy.as_deref(), Some(Ok(policy)) if policy.allows_something(principal)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Those who are named, and those who manage the project; roles are taken apart.
    fn people(&self, project: &Project, named: impl Iterator<Item = Grantee>) -> Result<BTreeSet<Principal>> {
        let mut people = BTreeSet::from([project.owner.clone()]);
        let built_in = [RoleName::SUPER_ADMINISTRATOR, RoleName::ADMIN].map(RoleName::new);
        for role in &built_in {
            people.extend(self.facts.tenant_holders(project.id, role)?);
        }
        let built_in = built_in.map(Grantee::Role);
        let mut roles = BTreeSet::new();
        for grantee in named.chain(built_in) {
            match grantee {
                Grantee::User(user) => drop(people.insert(user)),
                Grantee::Role(role) if roles.insert(role.clone()) => {
                    people.extend(self.facts.role_users(project.id, &role)?);
                }
                Grantee::Role(_) => {}
            }
        }
        Ok(people)
    }

    /// The objects that any fact ties a principal to, each with the project that has to be current.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn objects_of(&self, principal: &Principal) -> Result<Vec<(ProjectRef, Object)>> {
        let mut found = Vec::new();
        for current in self.facts.projects_of_principal(principal)? {
            let Some(project) = self.facts.project(current.id)? else { continue };
            let membership = membership(self.facts, &project, principal)?;
            let mut objects = vec![project.object(), project.object().default_schema()];
            let sees_all = membership.manages() || self.is_named_by_policies(principal, &project, &membership)?;
            objects.extend(match sees_all {
                true => self.facts.objects_in(&current)?,
                false => self.facts.objects_named(&current, principal, &membership.grantees(principal))?,
            });
            objects.extend(self.facts.objects_shared(&current)?);
            let mut seen = BTreeSet::new();
            objects.retain(|object| seen.insert((object.kind, object.id)));
            found.extend(objects.into_iter().map(|object| (current.clone(), object)));
        }
        Ok(found)
    }

    /// What a principal can do to an object while this project is current.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn actions_on(&self, principal: &Principal, object: &Object, current: &ProjectRef) -> Result<Vec<Reached>> {
        let mut reached = Vec::new();
        let circumstances = Circumstances::of(&[object.project.id, current.id], self.facts)?;
        // What is there is not brought back (DEL-1).
        for action in Action::asked_of(object.kind).iter().copied().filter(|action| *action != Action::Undrop) {
            let of = |object| Candidate { principal, action, object, columns: &Columns::Whole, current };
            let mut found = self.tried(of(object), &circumstances)?;
            // What may be made or listed in the project may be in `default` (SCH-2): it is said once.
            if object.is_default_schema() && action.is_grantable_on(ObjectKind::Project) {
                let project = object.of_project();
                let on_project = self.tried(of(&project), &circumstances)?;
                found.retain(|found| !on_project.iter().any(|known| known.when == found.when));
            }
            reached.extend(found);
        }
        Ok(reached)
    }

    /// One candidate, as far as it passes the decision in these circumstances: once for each extent to which it does.
    fn tried(&self, candidate: Candidate<'_>, circumstances: &Circumstances) -> Result<Vec<Reached>> {
        let mut found: Vec<(Reached, Vec<Case>)> = Vec::new();
        let Candidate { principal, action, object, current, .. } = candidate;
        let entries =
            self.entries(principal, &objects_with_entries(&Access::of(action, object.clone())), object, current)?;
        let circumstances = &told_apart(circumstances, &entries);
        for case in circumstances.cases() {
            let Some(reached) = self.tried_in(case, candidate)? else { continue };
            let is_alike =
                |known: &Reached| (&known.columns, known.by_package) == (&reached.columns, reached.by_package);
            match found.iter_mut().find(|(known, _)| is_alike(known)) {
                Some((_, held)) => held.push(case.clone()),
                None => found.push((reached, vec![case.clone()])),
            }
        }
        Ok(found.into_iter().map(|(reached, held)| Reached { when: circumstances.when(held), ..reached }).collect())
    }

    /// One candidate, if it passes the decision: as asked for, or else for some columns.
    fn tried_in(&self, case: &Case, candidate: Candidate<'_>) -> Result<Option<Reached>> {
        let Candidate { principal, action, object, columns, current } = candidate;
        let decided = |columns: &Columns| self.decided(case, Candidate { columns, ..candidate });
        let reached = |columns, (request, decision): (Request, _)| {
            let by_package = self.is_by_package(&request)?;
            let (principal, object, current) = (principal.clone(), object.clone(), current.clone());
            Ok(Some(Reached { principal, action, object, columns, current, by_package, when: None, request, decision }))
        };
        let (request, decision) = decided(columns)?;
        if decision.is_allowed() {
            let columns = if let Columns::Read(columns) = columns { columns.clone() } else { BTreeSet::new() };
            return reached(columns, (request, decision));
        }
        if *columns != Columns::Whole || !action.covers_columns() {
            return Ok(None);
        }
        let mut readable = BTreeSet::new();
        for column in self.named_columns(principal, object, current)? {
            if decided(&Columns::Read([column.clone()].into()))?.1.is_allowed() {
                readable.insert(column);
            }
        }
        if readable.is_empty() {
            return Ok(None);
        }
        let decision = decided(&Columns::Read(readable.clone()))?;
        reached(readable, decision)
    }

    fn decided(&self, case: &Case, candidate: Candidate<'_>) -> Result<(Request, Decision)> {
        let Candidate { principal, action, object, columns, current } = candidate;
        // `.who can download` is decided as a tunnel download: with its flow and all its requirements (DLC-1, FLW-4).
        let downloads = action == Action::Download && matches!(object.kind, ObjectKind::Table | ObjectKind::View);
        let action = if downloads { Action::Select } else { action };
        let out = Flow { source: object.clone(), through: Vec::new(), destination: Destination::Local };
        let access = Access { columns: columns.clone(), ..Access::of(action, object.clone()) };
        let request = Request {
            principal: principal.clone(),
            account: None,
            key: None,
            source: case.source(),
            current: Some(current.clone()),
            job: if downloads { Some(JobType::Dt) } else { case.job },
            requirements: vec![access.into()],
            flows: Vec::from_iter(downloads.then_some(out)),
            shows_rows: false,
            downloads,
            definitions: BTreeMap::new(),
            mentioned: std::sync::Arc::default(),
            parts: Vec::new(),
        };
        let decision = self.decide(&request)?;
        Ok((request, decision))
    }

    /// Decides a request as if it came from an address that the projects allow.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn decide(&self, request: &Request) -> Result<Decision> {
        decide(request, &self.reachable(), self.now)
    }

    /// An address that a project admits.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn address_in(&self, project: &ProjectRef) -> Result<Source> {
        let admitted = match self.facts.project(project.id)? {
            Some(project) => self.facts.admitted(&project)?,
            None => None,
        };
        Ok(admitted.unwrap_or_default())
    }

    /// Facts that ignore address lists, because future source addresses are unknown.
    fn reachable(&self) -> Hypothetical<'_> {
        Hypothetical::from_anywhere(self.facts, self.roles, self.now)
    }

    /// Whether packages alone allow the whole request.
    fn is_by_package(&self, request: &Request) -> Result<bool> {
        let accesses = candidates(request, &self.reachable(), self.now)?;
        Ok(accesses.iter().flatten().all(Candidates::is_by_package))
    }

    /// What of it packages allow, as far as they do: nothing, or fewer columns, unless columns were asked for.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn by_packages_alone(&self, reached: Reached, asked: &Columns) -> Result<Option<Reached>> {
        if reached.by_package {
            return Ok(Some(reached));
        }
        let Reached { principal, action, object, current, request, .. } = &reached;
        // As it was decided before.
        let case = Case::of(request);
        let decided =
            |columns: &Columns| self.decided(&case, Candidate { principal, action: *action, object, columns, current });
        let mut columns = reached.columns.clone();
        if columns.is_empty() {
            columns = self.named_columns(principal, object, current)?;
        }
        let mut shared = BTreeSet::new();
        for column in columns.into_iter().filter(|_| action.covers_columns()) {
            let one = Columns::Read([column.clone()].into());
            let (request, decision) = decided(&one)?;
            if decision.is_allowed() && self.is_by_package(&request)? {
                shared.insert(column);
            }
        }
        let is_enough = match asked {
            Columns::Whole => !shared.is_empty(),
            Columns::Read(asked) => asked.is_subset(&shared),
        };
        if !is_enough {
            return Ok(None);
        }
        let (request, decision) = decided(&Columns::Read(shared.clone()))?;
        Ok(Some(Reached { columns: shared, by_package: true, request, decision, ..reached }))
    }

    /// The roles that were granted an action on an object.
    /// Those that manage the project are granted nothing and not among them.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn roles_that_can(&self, action: Action, object: &Object, columns: &Columns) -> Result<Vec<RoleThatCan>> {
        let access = Access { columns: columns.clone(), ..Access::of(action, object.clone()) };
        let Some(project) = self.facts.project(object.project.id)? else { return Ok(Vec::new()) };
        let holders = objects_with_entries(&Access::of(action, object.clone()));
        let roles = self.facts.roles_with_policies(project.id)?.into_iter().map(PolicyHolder::Role);
        let tenant_roles = self.facts.tenant_roles_in(project.id)?.into_iter().map(PolicyHolder::TenantRole);
        let mut roles: Vec<PolicyHolder> = roles.chain(tenant_roles).collect();
        for holder in &holders {
            roles.extend(self.facts.grantees_on(holder, None)?.into_iter().filter_map(|grantee| match grantee {
                Grantee::Role(role) => Some(PolicyHolder::Role(role)),
                Grantee::User(_) => None,
            }));
        }
        let circumstances = Circumstances::of(&[project.id], self.facts)?;
        let mut found: Vec<RoleThatCan> = Vec::new();
        let mut known = BTreeSet::new();
        for of in roles.into_iter().filter(|of| known.insert(of.clone())) {
            let (role, grantee) = match &of {
                PolicyHolder::Project => continue,
                PolicyHolder::Role(role) => (role.clone(), Some(Grantee::Role(role.clone()))),
                // It holds no entries (TNT-3).
                PolicyHolder::TenantRole(role) => (role.clone(), None),
            };
            let mut entries = Vec::new();
            if let Some(grantee) = &grantee {
                for holder in &holders {
                    entries.extend(self.facts.grants(holder, std::slice::from_ref(grantee))?);
                }
            }
            let circumstances = told_apart(&circumstances, &entries);
            let (mut first, mut held) = (None, 0_usize);
            for case in circumstances.cases() {
                let source = case.source();
                let context =
                    RequestContext { principal: &project.owner, job: case.job, source: &source, now: self.now };
                let columns = match (role_allows(&access, &of, &project, self.facts, &context)?, &grantee) {
                    (true, _) => Some(BTreeSet::new()),
                    (false, Some(grantee)) => columns_granted(&access, grantee, self.facts, &context)?,
                    (false, None) => None,
                };
                if let Some(columns) = columns {
                    held += 1;
                    first.get_or_insert(columns);
                }
            }
            let is_conditional = held < circumstances.cases().len();
            found.extend(first.map(|columns| RoleThatCan { role, columns, is_conditional }));
        }
        Ok(found)
    }

    /// The entries that may allow a principal something on an object: on these objects in its own project, and by packages of the current one.
    fn entries(
        &self,
        principal: &Principal,
        holders: &[Object],
        object: &Object,
        current: &ProjectRef,
    ) -> Result<Vec<Grant>> {
        let mut entries = Vec::new();
        let reachable = self.reachable();
        if let Some(project) = self.facts.project(object.project.id)? {
            let grantees = membership(&reachable, &project, principal)?.grantees(principal);
            for holder in holders {
                entries.extend(self.facts.grants(holder, &grantees)?);
            }
        }
        let shares = self.facts.shares(current.id, object)?;
        if let (false, Some(project)) = (shares.is_empty(), self.facts.project(current.id)?) {
            let grantees = membership(&reachable, &project, principal)?.grantees(principal);
            for share in shares {
                entries.extend(self.facts.grants(&share.package, &grantees)?);
                entries.extend(self.facts.inside(&share.package, object, &grantees)?);
            }
        }
        Ok(entries)
    }

    /// The columns that any entry names for this principal; where labels set columns apart, all of them.
    fn named_columns(&self, principal: &Principal, object: &Object, current: &ProjectRef) -> Result<BTreeSet<String>> {
        let labels = self.facts.labels(object)?;
        if labels.are_set() {
            let native = labels.columns.iter().map(|(column, _)| column);
            return Ok(native.chain(&labels.partition_columns).cloned().collect());
        }
        let entries = self.entries(principal, std::slice::from_ref(object), object, current)?;
        Ok(entries.into_iter().filter_map(|grant| grant.column).collect())
    }
}

/// The cases that conditions of these entries tell apart as well.
fn told_apart<'c>(circumstances: &'c Circumstances, entries: &[Grant]) -> Cow<'c, Circumstances> {
    // What cannot be read allows nothing in any case.
    let conditions: Vec<Conditions> = entries.iter().filter_map(conditions).filter_map(Result::ok).collect();
    match conditions.is_empty() {
        true => Cow::Borrowed(circumstances),
        false => Cow::Owned(circumstances.with(&conditions)),
    }
}
