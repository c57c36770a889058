//! What the policies of a project, of its roles and of tenant roles say of an access (ACC-3, POL-2 to POL-5, POL-9, TNT-3).

use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::evidence::{Finding, FlowPlace};
use super::facts::Facts;
use super::membership::{Membership, membership};
use super::request::{Access, Request, Rights};
use super::rule::Rule;
use super::stop::Judged;
use super::uri::{reading, uris};
use crate::error::Result;
use crate::model::{
    Action, Identity, Object, ObjectKind, PolicyHolder, Principal, Project, ProjectRef, TenantRank, Time,
};
use crate::policy::{Asked, Effect, RequestContext};

/// A statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyStatement {
    /// The policy.
    pub holder: PolicyHolder,
    /// Its number, from 1; `None` where the text of the policy cannot be read: then the policy denies everything.
    pub number: Option<usize>,
}

/// What policies say of an access.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// The first statement that denies it.
    pub deny: Option<PolicyStatement>,
    /// The first statement that allows it.
    pub allow: Option<PolicyStatement>,
}

/// What the policies of `project` say of an access of `subject`, who is `membership` there.
///
/// The policies of a project are those of its own, those of the roles that the subject holds in it, and those of tenant roles that it holds and
/// that were added to the project (TNT-3); roles of somebody who is not a member do not count, and nobody needs to be a member to be denied
/// (POL-3).
pub(super) fn policies(
    access: &Access,
    (subject, membership): (&Principal, &Membership),
    project: &Project,
    request: &Request,
    facts: &dyn Facts,
    now: Time,
) -> Result<Policies> {
    let mut found = Policies::default();
    if !project.security.check_permission_using_policy {
        return Ok(found);
    }
    // They are exempt from what denies, and need nothing that allows (POL-4).
    if membership.is_super() {
        return Ok(found);
    }
    let (mut forms, mut allowed) = (None, None);
    for holder in std::iter::once(PolicyHolder::Project).chain(membership.policy_holders()) {
        let Some(policy) = facts.policy(project.id, &holder)? else { continue };
        let policy = match policy.as_ref() {
            Ok(policy) => policy,
            Err(_) => {
                found.deny.get_or_insert(PolicyStatement { holder, number: None });
                continue;
            }
        };
        let forms: &Vec<String> = forms.get_or_insert_with(|| uris(access));
        let context = RequestContext { principal: subject, job: request.job, source: &request.source, now };
        let instance = (access.object.kind == ObjectKind::Instance).then_some(access.object.name.as_str());
        let mut matching = |effect: Effect, action| {
            let uris: &Vec<String> = match effect {
                Effect::Deny => forms,
                Effect::Allow => allowed.get_or_insert_with(|| access.uris_allowed()),
            };
            let asked = Asked { action, uris, privileges: &access.managed.privileges, instance };
            match effect {
                // A pattern may match what a Deny names, and what an Allow does not.
                Effect::Deny if access.is_by_pattern() => policy.denies_anywhere(&asked, &context),
                Effect::Allow if access.is_by_pattern() => policy.allows_everywhere(&asked, &context),
                Effect::Allow if action == Action::GrantAdministratorRole => policy.allows_spelled(&asked, &context),
                Effect::Deny | Effect::Allow => policy.matching(effect, &asked, &context),
            }
        };
        if found.deny.is_none() {
            let number = access.denied_with().filter_map(|action| matching(Effect::Deny, action)).min();
            found.deny = number.map(|number| PolicyStatement { holder: holder.clone(), number: Some(number) });
        }
        // Only roles of administrator type hold management (POL-2, POL-5). What is gone is allowed to nobody (FLW-9a); nor is giving oneself a
        // role of administrator type (ADM-2).
        let is_own_role = access.action == Action::GrantAdministratorRole && access.managed.is_to_caller;
        let may_allow = !is_own_role && access.object.id != Identity::Gone;
        if found.allow.is_none() && membership.is_member() && may_allow {
            let number = matching(Effect::Allow, access.action);
            found.allow = number.map(|number| PolicyStatement { holder, number: Some(number) });
        }
    }
    Ok(found)
}

/// Whether the policy of a role or tenant role alone allows an access to its holders in this case; whose it is does not matter, since statements of
/// a role name no principal.
///
/// # Errors
/// Fails only if the facts cannot be read.
pub fn role_allows(
    access: &Access,
    role: &PolicyHolder,
    project: &Project,
    facts: &dyn Facts,
    context: &RequestContext<'_>,
) -> Result<bool> {
    if !project.security.check_permission_using_policy || access.action.is_management() {
        return Ok(false);
    }
    let policy = facts.policy(project.id, role)?;
    let Some(Ok(policy)) = policy.as_deref() else { return Ok(false) };
    let uris = access.uris();
    let instance = (access.object.kind == ObjectKind::Instance).then_some(access.object.name.as_str());
    let matching = |effect| {
        let asked = Asked { action: access.action, uris: &uris, privileges: &access.managed.privileges, instance };
        policy.matching(effect, &asked, context).is_some()
    };
    Ok(matching(Effect::Allow) && !matching(Effect::Deny))
}

/// A Deny of reading an object also closes what is derived from its data, beside every other requirement (POL-3): the caller's Deny, inside a
/// view that of its owner (POL-9), and for the outcome of a job as if it ran now (FLW-9a). What is read itself was judged with its accesses.
pub(super) fn judge_derived(
    part: Option<usize>,
    request: &Request,
    facts: &dyn Facts,
    now: Time,
    trail: &mut Trail,
) -> Judged {
    for (place, flow) in request.flows.iter().enumerate() {
        let mut inside: Option<&Object> = None;
        for object in flow.through.iter().chain([&flow.source]) {
            if let Some((read, statement)) = derived_denial(object, inside, request, facts, now)? {
                let place = FlowPlace { part, flow: place };
                trail.note(Rule::PolicyDeny, Finding::DerivedDenied(place, statement.clone()));
                let denial = Denial::new(Rule::PolicyDeny, Reason::ExplicitlyDenied(read, statement));
                return Err(denial.behind(inside).into());
            }
            match object.kind {
                ObjectKind::Instance => {}
                // What is behind them is read as their makers', and every statement asks for that itself.
                ObjectKind::Resource | ObjectKind::Function => break,
                ObjectKind::Project
                | ObjectKind::Table
                | ObjectKind::View
                | ObjectKind::Package
                | ObjectKind::Schema => inside = Some(object),
            }
        }
    }
    Ok(())
}

/// The statement that denies reading an object, inside a view to its owner, where the request does not read it itself; with that access. What is
/// gone has no name any more (FLW-9a).
fn derived_denial(
    object: &Object,
    inside: Option<&Object>,
    request: &Request,
    facts: &dyn Facts,
    now: Time,
) -> Result<Option<(Access, PolicyStatement)>> {
    let action = reading(object.kind);
    let is_read = |access: &Access| {
        access.action == action
            && access.object.id == object.id
            && access.object == *object
            && access.behind() == inside
    };
    if object.id == Identity::Gone || request.accesses().any(is_read) {
        return Ok(None);
    }
    let Some(project) = facts.project(object.project.id)? else { return Ok(None) };
    let rights = match inside {
        None => Rights::Invoker,
        Some(view) => Rights::Definer { owner: view.owner.clone(), view: view.clone() },
    };
    let read = Access { rights, ..Access::of(action, object.clone()) };
    let Some(subject) = read.subject(&request.principal) else { return Ok(None) };
    let membership = membership(facts, &project, subject)?;
    let denied = policies(&read, (subject, &membership), &project, request, facts, now)?.deny;
    Ok(denied.map(|statement| (read, statement)))
}

/// Nobody lifts a Deny from itself: who is bound by one does not change the policy that it is in, nor give up the role that holds it
/// (POL-11).
pub(super) fn judge_unbound(
    project: &ProjectRef,
    holder: &PolicyHolder,
    request: &Request,
    facts: &dyn Facts,
) -> Judged {
    let Some(known) = facts.project(project.id)? else { return Ok(()) };
    let principal = &request.principal;
    let membership = membership(facts, &known, principal)?;
    let (holds, is_exempt) = match holder {
        PolicyHolder::Project => (true, membership.is_super()),
        PolicyHolder::Role(_) => (membership.policy_holders().any(|held| held == *holder), membership.is_super()),
        // Whoever holds it is bound by it in any project that it was added to.
        PolicyHolder::TenantRole(role) => {
            let leads = *membership == Membership::Owner || membership.rank() == Some(TenantRank::SuperAdministrator);
            (facts.tenant_roles(principal)?.contains(role), leads)
        }
    };
    if is_exempt || !holds {
        return Ok(());
    }
    let is_bound = match facts.policy(project.id, holder)?.as_deref() {
        Some(Ok(policy)) => policy.binds(principal),
        Some(Err(_)) => true,
        None => false,
    };
    match is_bound {
        true => Err(Denial::new(Rule::OwnDeny, Reason::Bound(project.clone(), holder.clone())).into()),
        false => Ok(()),
    }
}
