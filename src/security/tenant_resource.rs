//! Tenant resources: who manages them (TRS-1, TRS-5), and who uses them where (TRS-2 to TRS-4).

use super::acl;
use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::evidence::{Finding, ManagingGround, UsageGround};
use super::facts::Facts;
use super::membership::{Membership, membership};
use super::policies::PolicyStatement;
use super::request::{Access, NamedBy, Request, ResourceAccess, Rights, Usage};
use super::rule::Rule;
use super::stop::Judged;
use super::tenant::Manager;
use crate::error::Result;
use crate::model::{
    Action, PolicyHolder, Principal, Project, ResourceAct, RoleName, TenantRank, TenantResource, TenantResourceKind,
    Time,
};
use crate::policy::{Asked, CompiledPolicy, Effect, RequestContext};

/// The rule about who may do this to a tenant resource.
pub(super) fn managing(act: ResourceAct) -> Rule {
    match act {
        ResourceAct::Mount => Rule::Mounting,
        ResourceAct::Create | ResourceAct::List | ResourceAct::Describe | ResourceAct::Drop => Rule::ResourceManagers,
    }
}

/// The caller must be allowed to manage this resource of the tenant of its own account. One that is not there is judged by its name (STG-4b).
pub(super) fn judge_act(
    (place, access): (usize, &ResourceAccess),
    request: &Request,
    facts: &dyn Facts,
    now: Time,
    trail: &mut Trail,
) -> Judged<ManagingGround> {
    let ResourceAccess { act, resource } = access;
    let (caller, rule) = (&request.principal, managing(*act));
    let refused = || Denial::new(rule, Reason::MayNotManage(access.clone()));
    if caller.account() != resource.tenant {
        return Err(refused().into());
    }
    if caller.is_account() {
        return Ok(ManagingGround::Manager(Manager::Account));
    }
    let roles = facts.tenant_roles(caller)?;
    let rank = TenantRank::of(&roles);
    if rank == Some(TenantRank::SuperAdministrator) {
        return Ok(ManagingGround::Manager(Manager::User(TenantRank::SuperAdministrator)));
    }
    let Some(action) = act.action(resource.kind) else {
        // No role gives or denies it.
        let made_it = resource.creator.as_ref() == Some(caller);
        return if made_it { Ok(ManagingGround::Creator) } else { Err(refused().into()) };
    };
    let said = Said { action, resource, context: context(caller, request, now) };
    let found = said.by_tenant_roles(&resource.tenant, &roles, facts)?;
    if let Some(statement) = found.deny {
        trail.note(rule, Finding::ResourceDenied(place, statement.clone()));
        return Err(Denial::new(rule, Reason::ManagingDenied(access.clone(), statement)).into());
    }
    if rank == Some(TenantRank::Admin) && resource.kind == TenantResourceKind::NetworkLink {
        return Ok(ManagingGround::Manager(Manager::User(TenantRank::Admin)));
    }
    found.allow.map(ManagingGround::Policy).ok_or_else(|| refused().into())
}

/// The last stage: the tenant resources that a statement uses, in the order of the text (STG-1, TRS-4).
pub(super) fn judge_usages(request: &Request, facts: &dyn Facts, now: Time, trail: &mut Trail) -> Judged {
    for (place, usage) in request.usages() {
        let judge = Judge { place, usage, request, facts, now };
        let (rule, ground) = judge.usage(trail)?;
        trail.note(rule, Finding::Usage(place, ground));
    }
    Ok(())
}

/// Judges one use.
struct Judge<'a> {
    place: usize,
    usage: &'a Usage,
    request: &'a Request,
    facts: &'a dyn Facts,
    now: Time,
}

impl Judge<'_> {
    fn usage(&self, trail: &mut Trail) -> Judged<(Rule, UsageGround)> {
        let Usage { project, named_by, .. } = self.usage;
        let Some(project) = self.facts.project(project.id)? else { return Err(self.refused(Rule::Usage).into()) };
        let is_checked = project.security.tenant_resource_access_control;
        let rule = if is_checked { Rule::Usage } else { Rule::UncheckedUsage };
        let rights = match named_by {
            NamedBy::Managers => {
                self.must_be_there(&project, is_checked, rule, trail)?;
                return Ok((rule, UsageGround::Managers));
            }
            NamedBy::Rights(rights) => rights,
        };
        let Some(subject) = rights.subject(&self.request.principal) else { return Err(self.refused(rule).into()) };
        let membership = membership(self.facts, &project, subject)?;
        let found = self.said(subject, &membership, &project)?;
        // A Deny goes by the name: it is the same whether there is such a resource, and wherever it is mounted.
        if let Some(statement) = found.deny {
            let rule = match &statement.holder {
                PolicyHolder::TenantRole(_) => Rule::UncheckedUsage,
                PolicyHolder::Project | PolicyHolder::Role(_) => Rule::PolicyDeny,
            };
            trail.note(rule, Finding::ResourceDenied(self.place, statement.clone()));
            let reason = Reason::UsageDenied(self.usage.clone(), statement);
            return Err(Denial::new(rule, reason).behind(self.usage.behind()).into());
        }
        if !is_checked {
            self.must_run_tasks(&project, rights)?;
            self.must_be_there(&project, false, rule, trail)?;
            return Ok((rule, UsageGround::Unchecked));
        }
        self.must_be_there(&project, true, rule, trail)?;
        if membership.is_super() {
            return Ok((rule, UsageGround::Mounted));
        }
        match found.allow.filter(|_| membership.is_member()) {
            Some(statement) => Ok((rule, UsageGround::Policy(statement))),
            None => Err(self.refused(rule).into()),
        }
    }

    fn refused(&self, rule: Rule) -> Denial {
        Denial::new(rule, Reason::MayNotUse(self.usage.clone())).behind(self.usage.behind())
    }

    /// The resource must be one of the project's tenant and, where the project asks for that, mounted to it, with the connection that it goes
    /// through. Which of these fails is not told to everyone.
    fn must_be_there(&self, project: &Project, is_checked: bool, rule: Rule, trail: &mut Trail) -> Judged {
        let resource = &self.usage.resource;
        if resource.id.is_none() || resource.tenant != project.owner {
            return Err(self.refused(rule).into());
        }
        if !is_checked {
            return Ok(());
        }
        for (needed, is_connection) in
            std::iter::once((resource, false)).chain(resource.connection.iter().map(|connection| (&**connection, true)))
        {
            if !self.facts.is_mounted(needed, project.id)? {
                trail.note(rule, Finding::NotMounted(self.place, is_connection));
                return Err(self.refused(rule).into());
            }
        }
        Ok(())
    }

    /// Without the switch, whoever may run tasks in the project uses what its tenant has (TRS-2).
    fn must_run_tasks(&self, project: &Project, rights: &Rights) -> Judged {
        let access = Access { rights: rights.clone(), ..Access::of(Action::CreateInstance, project.object()) };
        let own = acl::paths(&access, self.request, self.facts, self.now)?;
        if own.denied.is_none() && !own.paths.is_empty() {
            return Ok(());
        }
        let behind = access.behind().cloned();
        let denial = match own.denied {
            Some(statement) => Denial::new(Rule::PolicyDeny, Reason::ExplicitlyDenied(access, statement)),
            None => Denial::new(Rule::UncheckedUsage, Reason::NoPrivilege(access, Vec::new())),
        };
        Err(denial.behind(behind.as_ref()).into())
    }

    /// What policies say of the use: those of the tenant roles of the subject always, those of the project and its roles with the switch.
    fn said(&self, subject: &Principal, membership: &Membership, project: &Project) -> Result<Found> {
        let said = Said {
            action: Action::Usage,
            resource: &self.usage.resource,
            context: context(subject, self.request, self.now),
        };
        let is_of_tenant = project.owner.is_account() && subject.is_of_account_of(&project.owner);
        let roles = if is_of_tenant { self.facts.tenant_roles(subject)? } else { Vec::new() };
        let mut found = Found::default();
        // From what a tenant role denies, only the account and the tenant's Super_Administrator are exempt (POL-4).
        if *subject != project.owner && TenantRank::of(&roles) != Some(TenantRank::SuperAdministrator) {
            found = said.by_tenant_roles(&project.owner, &roles, self.facts)?;
        }
        let security = &project.security;
        if !security.tenant_resource_access_control || !security.check_permission_using_policy || membership.is_super()
        {
            return Ok(found);
        }
        // Tenant roles that were added to the project are among those of the tenant.
        let of_project = |holder: &PolicyHolder| !matches!(holder, PolicyHolder::TenantRole(_));
        for holder in std::iter::once(PolicyHolder::Project).chain(membership.policy_holders().filter(of_project)) {
            let policy = self.facts.policy(project.id, &holder)?;
            said.add(&holder, policy.as_ref(), &mut found);
        }
        Ok(found)
    }
}

fn context<'a>(principal: &'a Principal, request: &'a Request, now: Time) -> RequestContext<'a> {
    RequestContext { principal, job: request.job, source: &request.source, now }
}

/// What policies say of an action on a tenant resource.
struct Said<'a> {
    action: Action,
    resource: &'a TenantResource,
    context: RequestContext<'a>,
}

/// The first statements that deny and allow it.
#[derive(Default)]
struct Found {
    deny: Option<PolicyStatement>,
    allow: Option<PolicyStatement>,
}

impl Said<'_> {
    fn by_tenant_roles(&self, tenant: &Principal, roles: &[RoleName], facts: &dyn Facts) -> Result<Found> {
        let mut found = Found::default();
        for role in roles {
            let policy = facts.tenant_policy(tenant, role)?;
            self.add(&PolicyHolder::TenantRole(role.clone()), policy.as_ref(), &mut found);
        }
        Ok(found)
    }

    /// A policy that cannot be read denies everything.
    fn add(&self, holder: &PolicyHolder, policy: Option<&CompiledPolicy>, found: &mut Found) {
        let statement = |number| PolicyStatement { holder: holder.clone(), number };
        let Some(policy) = policy else { return };
        let Ok(policy) = policy.as_ref() else {
            found.deny.get_or_insert_with(|| statement(None));
            return;
        };
        let (uris, none) = (self.resource.uris(), std::collections::BTreeSet::new());
        let asked = Asked { action: self.action, uris: &uris, privileges: &none, instance: None };
        let matching = |effect| policy.matching(effect, &asked, &self.context).map(|number| statement(Some(number)));
        if found.deny.is_none() {
            found.deny = matching(Effect::Deny);
        }
        if found.allow.is_none() {
            found.allow = matching(Effect::Allow);
        }
    }
}
