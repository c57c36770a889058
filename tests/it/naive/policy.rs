//! POL-1 to POL-7, POL-9, ACC-3, SWI-7, STG-4b: what the policies of a project and of its roles say, on the values that their texts were
//! made from.

mod address;
mod name;

use odpsh::model::{Action, Identity, ObjectKind, Principal};
use odpsh::security::{Access, Rights};

use super::exception::fits;
use super::project::{belongs, holds_built_in, is_guest, is_member};
use super::{Asked, Hearing, Passed, Why};
use crate::it::worlds::{Condition, Policy, PolicyAction, PolicyStatement, Project, Role, TenantRole};
use address::addresses;
use name::{Document, is_management, stands_for};

/// A policy that counts for somebody.
struct Counting<'w> {
    policy: &'w Policy,
    of: Document,
    of_tenant: bool,
}

/// A statement that matches, or a policy that cannot be read.
#[derive(Clone, Copy)]
struct Match<'w> {
    /// The statement, and the action as which it matches.
    statement: Option<(&'w PolicyStatement, Action)>,
    of: Document,
    of_tenant: bool,
}

/// POL-4: exempt are owner and Super_Administrator of the project whose policy it is.
pub(super) fn is_exempt(project: &Project, who: &Principal) -> bool {
    project.owner == *who || holds_built_in(project, "super_administrator", who)
}

/// POL-3: what counts is the project policy, and the policies of roles that the subject holds; who is no member holds none.
fn counting<'w>(project: &'w Project, who: &Principal) -> Vec<Counting<'w>> {
    let own = project.policy.iter().map(|policy| Counting { policy, of: Document::Project, of_tenant: false });
    let held = project.roles.iter().filter(|role| belongs(project, who) && role.users.contains(who));
    let document = |role: &Role| match role.is_administrator {
        true => Document::AdministratorRole,
        false => Document::ResourceRole,
    };
    let held = held.filter_map(|role| Some((role.policy.as_ref()?, document(role))));
    let of_tenant = tenant_roles(project, who).filter(|role| role.is_added).filter_map(|role| role.policy.as_ref());
    own.chain(held.map(|(policy, of)| Counting { policy, of, of_tenant: false }))
        .chain(of_tenant.map(|policy| Counting { policy, of: Document::ResourceRole, of_tenant: true }))
        .collect()
}

/// TNT-3: the custom tenant roles of a member, in the tenant's own projects.
fn tenant_roles<'w>(project: &'w Project, who: &Principal) -> impl Iterator<Item = &'w TenantRole> {
    let is_own = project.owner.is_account() && !is_guest(project, who) && belongs(project, who);
    let who = who.clone();
    project.tenant.iter().filter(move |role| is_own && role.users.contains(&who))
}

/// What takes the data of an object: of resources and instances Read, of functions Execute.
pub(super) fn reading(kind: ObjectKind) -> Action {
    match kind {
        ObjectKind::Resource | ObjectKind::Instance | ObjectKind::Package => Action::Read,
        ObjectKind::Function => Action::Execute,
        _ => Action::Select,
    }
}

impl<'w> Hearing<'w> {
    /// ACC-3: an explicit Deny that matches beats every path.
    pub(super) fn is_denied(&mut self, access: &Access, who: &Principal, project: &'w Project) -> bool {
        if counting(project, who).is_empty() {
            return false;
        }
        let Some(found) = self.deny(access, who, project) else {
            self.hear_of_no_deny(access, who, project);
            return false;
        };
        if !project.uses_policy {
            self.say("SWI-7 Denies off", true);
            return false;
        }
        if is_exempt(project, who) {
            let owns = project.owner == *who;
            self.say(if owns { "POL-4 owner is exempt" } else { "POL-4 Super_Administrator is exempt" }, true);
            return false;
        }
        self.hear_of_deny(access, who, project, found);
        true
    }

    /// Whether a policy would deny it, switches and exemptions considered, with nothing said.
    pub(super) fn would_be_denied(&self, access: &Access, who: &Principal, project: &'w Project) -> bool {
        project.uses_policy && !is_exempt(project, who) && self.deny(access, who, project).is_some()
    }

    /// Whether a policy would deny it to anyone else (POL-4).
    pub(super) fn is_exempt_from_deny(&self, access: &Access, who: &Principal, project: &'w Project) -> bool {
        project.uses_policy && is_exempt(project, who) && self.deny(access, who, project).is_some()
    }

    /// Whether a policy would allow it, with nothing said.
    pub(super) fn would_be_allowed(&self, access: &Access, who: &Principal, project: &'w Project) -> bool {
        let allow = |policy: &Counting<'w>| self.matching(policy, false, access.action, access, who).is_some();
        project.uses_policy && counting(project, who).iter().any(allow)
    }

    fn deny(&self, access: &Access, who: &Principal, project: &'w Project) -> Option<Match<'w>> {
        // POL-3: a Deny of Select also closes Download.
        let of_data = (access.action == Action::Download).then(|| reading(access.object.kind));
        // ADM-1, reference 2.2: what shows the grants of members and roles is ShowAclGrants there.
        let shows = matches!(access.action, Action::ListUserRoles | Action::DescribeRole);
        let also = of_data.or(shows.then_some(Action::ShowAclGrants));
        counting(project, who).iter().find_map(|policy| {
            let matching = |action| self.matching(policy, true, action, access, who);
            matching(access.action).or_else(|| also.and_then(matching))
        })
    }

    /// POL-2: the own path is also opened by an Allow. An Allow of a management action opens nothing.
    pub(super) fn by_policy(&mut self, access: &Access, who: &Principal, project: &'w Project) -> bool {
        if is_management(access.action) {
            return false;
        }
        let policies = counting(project, who);
        let allow = |policy| self.matching(policy, false, access.action, access, who);
        let Some(found) = policies.iter().find_map(allow) else {
            let elsewhere = tenant_roles(project, who).filter(|role| !role.is_added);
            let elsewhere = elsewhere.filter_map(|role| role.policy.as_ref());
            let other = |policy| Counting { policy, of: Document::ResourceRole, of_tenant: true };
            let opens = |policy| self.matching(&other(policy), false, access.action, access, who).is_some();
            if elsewhere.map(|policy| &**policy).any(opens) {
                self.say("TNT-3 only where it was added", false);
            }
            self.hear_of_no_allow(access, who, &policies);
            return false;
        };
        self.say("SWI-7 Allows", project.uses_policy);
        if !project.uses_policy {
            return false;
        }
        self.hear_of_allow(access, project, found);
        true
    }

    /// ADM-1: management that the policy of a custom role of administrator type allows, exactly. ADM-2: nobody gives itself such a role. What
    /// is gone is allowed to nobody (FLW-9a).
    pub(super) fn is_delegated(&mut self, access: &Access, who: &Principal, project: &'w Project) -> bool {
        let managing: Vec<Counting<'w>> =
            counting(project, who).into_iter().filter(|policy| policy.of == Document::AdministratorRole).collect();
        if managing.is_empty() || !is_management(access.action) || access.object.id == Identity::Gone {
            return false;
        }
        let allow = |policy| self.matching(policy, false, access.action, access, who);
        let found = managing.iter().find_map(allow);
        if access.action == Action::GrantAdministratorRole {
            if found.is_some() && access.managed.is_to_caller {
                self.say("ADM-2 not to oneself", false);
                return false;
            }
            self.say("ADM-2 on a URI that spells the role", found.is_some());
        }
        let Some(found) = found else {
            self.say("ADM-1 by the policy of a role of administrator type", false);
            return false;
        };
        self.say("SWI-7 administrator roles", project.uses_policy);
        if project.uses_policy {
            self.say("ADM-1 by the policy of a role of administrator type", true);
            self.hear_of_match(access, found, true);
        }
        project.uses_policy
    }

    /// The first statement of a policy that is about it, and whose conditions hold.
    fn matching(
        &self,
        Counting { policy, of, of_tenant }: &Counting<'w>,
        denies: bool,
        action: Action,
        access: &Access,
        who: &Principal,
    ) -> Option<Match<'w>> {
        let (of, of_tenant) = (*of, *of_tenant);
        // ACC-3: what cannot be read denies everything.
        let Some(statements) = policy.read() else {
            return denies.then_some(Match { statement: None, of, of_tenant });
        };
        let mut uris = Vec::new();
        let found = statements.iter().filter(|one| one.denies == denies).find(|one| {
            let named = is_for(one, who) && one.actions.iter().any(|it| stands_for(it, action, denies, of));
            if named && uris.is_empty() {
                uris = addresses(access, denies);
            }
            named
                && one.resources.iter().any(|resource| {
                    // ADM-2: a role of administrator type is given on a URI that spells it.
                    let is_spelled = denies || action != Action::GrantAdministratorRole || resource.is_literal();
                    is_spelled && uris.iter().any(|uri| fits(&resource.0, uri))
                })
                && one.conditions.iter().all(|condition| self.holds(condition, denies))
        });
        found.map(|statement| Match { statement: Some((statement, action)), of, of_tenant })
    }

    /// POL-3: derived data is closed by a Deny of what reads it. Whoever reads is the caller; inside a view its owner (POL-9). The outcome of
    /// a job is judged as if it ran now (FLW-9a).
    pub(super) fn derived(&mut self) -> Passed {
        let request = self.request;
        for flow in &request.flows {
            let mut rights = Rights::Invoker;
            for object in flow.through.iter().chain([&flow.source]) {
                self.derived_from(&Access {
                    rights: rights.clone(),
                    ..Access::of(reading(object.kind), object.clone())
                })?;
                match object.kind {
                    ObjectKind::Instance => {}
                    // What is behind them is read as their makers', which a statement always asks for.
                    ObjectKind::Resource | ObjectKind::Function => break,
                    _ => rights = Rights::Definer { owner: object.owner.clone(), view: object.clone() },
                }
            }
        }
        Ok(())
    }

    /// What the statement reads itself was judged with its accesses; what is gone has no name any more (FLW-9a).
    fn derived_from(&mut self, read: &Access) -> Passed {
        let Some(project) = self.world.project(read.object.project.id) else { return Ok(()) };
        let who = read.subject(&self.request.principal).expect("an owner");
        if read.object.id == Identity::Gone || self.is_asked(read) || counting(project, who).is_empty() {
            return Ok(());
        }
        let denied = self.is_denied(read, who, project);
        self.say("POL-3 a Deny of what reads it closes derived data", !denied);
        if denied { Err(("ACC-3", explicitly(read, read.rights != Rights::Invoker))) } else { Ok(()) }
    }

    fn is_asked(&self, read: &Access) -> bool {
        let view = |rights: &Rights| match rights {
            Rights::Invoker => None,
            Rights::Definer { view, .. } => Some(view.clone()),
        };
        let same = |asked: &Asked| {
            let access = &asked.access;
            (access.action == read.action || access.action == Action::Download)
                && access.object == read.object
                && view(&access.rights) == view(&read.rights)
        };
        self.asked.iter().flatten().any(same)
    }

    fn hear_of_deny(&mut self, access: &Access, who: &Principal, project: &Project, found: Match<'_>) {
        self.say("ACC-3 a Deny that matches", false);
        if found.of_tenant {
            self.say("TNT-3 the policy of a tenant role", false);
        }
        if holds_built_in(project, "admin", who) {
            self.say("POL-4 Admin is not exempt", false);
        }
        let object = &access.object;
        if object.owner.as_ref() == Some(who)
            && !matches!(object.kind, ObjectKind::Project | ObjectKind::Package | ObjectKind::Schema)
        {
            self.say("POL-4 owners of objects are not exempt", false);
        }
        let current = self.request.current.as_ref().and_then(|current| self.world.project(current.id));
        if let Some(current) = current.filter(|current| current.id != project.id) {
            self.say("POL-3 of the object's project, whichever is current", false);
            if is_exempt(current, who) && self.by_package(access).rest(&access.columns).is_none() {
                self.say("POL-4 owners of installing projects are not exempt", false);
            }
        }
        if access.action == Action::GrantPrivs {
            self.say("POL-3 one of GrantPrivs binds object owners and Admin", false);
        }
        if access.rights != Rights::Invoker {
            self.say("POL-9 inside a view the owner's Denies", false);
        }
        if object.id == Identity::Unknown {
            self.say("STG-4b what stands for nothing", false);
        }
        let Some((_, action)) = found.statement else {
            return self.say("ACC-3 what cannot be read denies everything", false);
        };
        if action != access.action && access.action == Action::Download {
            self.say("POL-3 a Deny of Select also closes Download", false);
        }
        self.hear_of_match(access, found, false);
    }

    fn hear_of_allow(&mut self, access: &Access, project: &Project, found: Match<'_>) {
        self.say(
            if found.of == Document::Project { "POL-2 the project policy" } else { "POL-2 the policy of a role" },
            true,
        );
        if found.of_tenant {
            self.say("TNT-3 the policy of a tenant role", true);
        }
        if access.action == Action::Select {
            self.say("POL-2 an Allow of Select covers every column", true);
        }
        if access.action == Action::Download {
            self.say("DLC-2 Download by policy", true);
        }
        if access.rights != Rights::Invoker {
            self.say("POL-9 inside a view the owner's Allows", true);
        }
        if !project.uses_acl {
            self.say("SWI-1 policies stay", true);
        }
        if access.object.id == Identity::Unknown {
            self.say("STG-4b what stands for nothing", true);
        }
        self.hear_of_match(access, found, true);
    }

    /// What made a statement match.
    fn hear_of_match(&mut self, access: &Access, Match { statement, of, .. }: Match<'_>, opens: bool) {
        let Some((statement, action)) = statement else { return };
        let denies = statement.denies;
        let by = statement.actions.iter().find(|it| stands_for(it, action, denies, of));
        self.say(
            match by {
                Some(PolicyAction::Named(_)) | None => "POL-5 an action by its name",
                Some(PolicyAction::Like(_)) => "POL-5 `*` inside a name",
                Some(PolicyAction::Any) => "POL-5 odps:*",
                Some(PolicyAction::All) => "POL-5 odps:All",
            },
            opens,
        );
        if denies && action == Action::Download && matches!(by, Some(PolicyAction::Any | PolicyAction::Like(_))) {
            self.say("POL-5 in a Deny a wildcard stands for Download", false);
        }
        if is_management(action) {
            self.say(
                match of {
                    Document::AdministratorRole => "POL-5 management in roles of administrator type",
                    Document::Project | Document::ResourceRole => "POL-5 management in the Denies of a project policy",
                },
                opens,
            );
        }
        let uris = addresses(access, denies);
        let matched = |of: &[String]| statement.resources.iter().any(|one| of.iter().any(|uri| fits(&one.0, uri)));
        let (long, short): (Vec<String>, Vec<String>) =
            uris.into_iter().partition(|uri| uri.contains("schemas/default/"));
        if !long.is_empty() && matched(&long) != matched(&short) {
            let form = if matched(&long) {
                "POL-6 the form with schemas/default"
            } else {
                "POL-6 the form without schemas/default"
            };
            self.say(form, opens);
        }
        let (old, new): (Vec<String>, Vec<String>) =
            long.into_iter().chain(short).partition(|uri| uri.contains("registration/functions/"));
        if !old.is_empty() && matched(&old) != matched(&new) {
            self.say("POL-6 functions/ and registration/functions/", opens);
        }
        if !access.object.schema.is_default() {
            self.say("SCH-1 the URI of what is in a schema", opens);
        }
        let is_wild = statement.resources.iter().any(|one| !one.is_literal());
        self.say(if is_wild { "POL-6 wildcards" } else { "POL-6 the whole URI" }, opens);
        if statement.principals.iter().all(Option::is_some) && of == Document::Project {
            self.say("POL-1 the principals of a project policy", opens);
        }
        if statement.conditions.len() > 1 {
            self.say("POL-7 and-ed conditions", opens);
        }
        let lacks_key = |condition: &Condition| matches!(condition, Condition::Task { .. }) && !self.has_task_type();
        if statement.conditions.iter().any(lacks_key) {
            self.say("POL-7 a missing key in a Deny: the negative ones hold", false);
        }
    }

    /// Why the Denies there did not match, where one part alone kept them from it.
    fn hear_of_no_deny(&mut self, access: &Access, who: &Principal, project: &'w Project) {
        if project.uses_policy {
            self.say("ACC-3 a Deny that matches", true);
        }
        if access.rights == Rights::Invoker {
            return;
        }
        // Inside a view the caller's Denies do not count.
        let caller = &self.request.principal;
        if caller != who && self.would_be_denied(access, caller, project) {
            self.say("POL-9 the caller's Denies on a base table", true);
        }
    }

    /// Why the Allows there did not match, where one part alone kept them from it.
    fn hear_of_no_allow(&mut self, access: &Access, who: &Principal, policies: &[Counting<'w>]) {
        let uris = addresses(access, false);
        for Counting { policy, of, .. } in policies {
            for statement in policy.statements().iter().filter(|statement| !statement.denies) {
                let principal = is_for(statement, who);
                let action = statement.actions.iter().any(|it| stands_for(it, access.action, false, *of));
                let resource = statement.resources.iter().any(|one| uris.iter().any(|uri| fits(&one.0, uri)));
                let failed: Vec<&Condition> =
                    statement.conditions.iter().filter(|condition| !self.holds(condition, false)).collect();
                match (principal, action, resource, failed.as_slice()) {
                    (false, true, true, []) => self.say("POL-1 the principals of a project policy", false),
                    (true, false, true, []) => {
                        let wild = statement.actions.iter().any(|it| !matches!(it, PolicyAction::Named(_)));
                        if access.action == Action::Download && wild {
                            self.say("POL-5 in an Allow a wildcard never stands for Download", false);
                        }
                    }
                    (true, true, false, []) => {
                        let all = format!("projects/{}/", access.object.project.name);
                        let inside =
                            |pieces: &[_]| fits(pieces, &format!("{all}x")) && fits(pieces, &format!("{all}y"));
                        if access.object.kind == ObjectKind::Project
                            && statement.resources.iter().any(|one| inside(&one.0))
                        {
                            self.say("POL-6 projects/p/* does not match projects/p", false);
                        }
                    }
                    (true, true, true, [one]) => {
                        if matches!(one, Condition::Task { .. }) && !self.has_task_type() {
                            self.say("POL-7 a missing key opens no Allow", false);
                        }
                        if statement.conditions.len() > 1 {
                            self.say("POL-7 and-ed conditions", false);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// POL-3: membership comes first: a Deny is not told to who neither belongs to the project nor holds a package.
    pub(super) fn hear_of_membership_first(&mut self, access: &Access, who: &Principal) {
        let Some(project) = self.world.project(access.object.project.id) else { return };
        if !is_member(project, who) && self.would_be_denied(access, who, project) {
            self.say("POL-3 membership comes first", false);
        }
    }
}

/// POL-1: the statements of a role's policy are for its holders.
pub(super) fn is_for(statement: &PolicyStatement, who: &Principal) -> bool {
    statement.principals.is_empty() || statement.principals.iter().any(|one| one.as_ref().is_none_or(|one| one == who))
}

/// What is denied, in the words of a refusal.
pub(super) fn explicitly(access: &Access, of_view_owner: bool) -> Why {
    Why::ExplicitlyDenied { action: access.action.name(), object: access.object.to_string(), of_view_owner }
}
