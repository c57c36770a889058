//! The policies of tenant roles (TNT-3): put and shown as a whole, and what of them gives Download (DLC-2).

use super::bound::{Bound, Context, Work};
use super::outcome::{Item, Outcome};
use super::policy::{EMPTY, READS, downloads};
use super::{resolve, tenant};
use crate::error::Result;
use crate::model::{Action, PolicyHolder, Principal, ProjectRef, RoleKind, RoleName};
use crate::policy::{AccessPolicy, Profile, Scope};
use crate::security::{Facts, Request};
use crate::store::Snapshot;
use crate::syntax::{FileName, Name};

pub(super) fn get(role: &Name, project: &ProjectRef, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let (project, holder) = (project.clone(), PolicyHolder::TenantRole(RoleName::new(&role.text)));
    let request = Request::in_session(context, tenant::managing(false));
    Ok(Bound::when_allowed(request, || {
        tenant::known_role(role, &context.principal.account(), snapshot)?;
        Ok(Work::show(move |snapshot| {
            let document = snapshot.policy_document(project.id, &holder)?;
            Ok(Outcome::lines([document.unwrap_or_else(|| EMPTY.to_owned())]))
        }))
    }))
}

pub(super) fn put(
    file: &FileName,
    role: &Name,
    project: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let (name, tenant) = (RoleName::new(&role.text), context.principal.account());
    let names = projects_in_scope(&name, &tenant, project, snapshot)?;
    let read = context.files.policy(file).and_then(|text| {
        let policy = AccessPolicy::parse_new(&text, Profile::TenantRole, Scope::Tenant(&names));
        Ok((text, policy.map_err(|error| error.at(file.span))?))
    });
    let gives = match &read {
        Ok((_, policy)) => changes_download(policy, &name, &tenant, project, context, snapshot)?,
        Err(_) => false,
    };
    let mut required = tenant::managing(gives);
    required.push(tenant::unbound(&name, project));
    let project = project.clone();
    Ok(Bound::when_allowed(Request::in_session(context, required), || {
        let name = tenant::custom_role(role, &tenant, snapshot)?;
        let (text, policy) = read?;
        let mut has_schemas = false;
        for name in &names {
            has_schemas |= resolve::has_schemas(&resolve::named_project(name, snapshot)?, snapshot)?;
        }
        let warnings = policy.warnings(Scope::Tenant(&names), has_schemas);
        Ok(Work::change(move |write, _| {
            write.put_policy(project.id, &PolicyHolder::TenantRole(name), RoleKind::Resource, &text)?;
            let mut outcome = Outcome { items: warnings.into_iter().map(Item::Status).collect() };
            outcome.items.extend(Outcome::ok().items);
            Ok(outcome)
        }))
    }))
}

/// The names of the projects that a policy of a tenant role can be about: those of the tenant, and those that the policy named before.
pub(super) fn projects_in_scope(
    role: &RoleName,
    tenant: &Principal,
    project: &ProjectRef,
    snapshot: &Snapshot<'_>,
) -> Result<Vec<String>> {
    let mut names = snapshot.projects_of_tenant(tenant)?;
    let before = snapshot.policy(project.id, &PolicyHolder::TenantRole(role.clone()))?;
    if let Some(Ok(before)) = before.as_deref() {
        names.extend(before.projects_named());
    }
    Ok(names)
}

/// Whether holding a tenant role gives Download: in any project, or by what it opens in one that it is added to, or in each one that has it.
pub(super) fn gives_download(
    role: &RoleName,
    added_to: Option<&ProjectRef>,
    current: &ProjectRef,
    snapshot: &Snapshot<'_>,
) -> Result<bool> {
    let policy = snapshot.policy(current.id, &PolicyHolder::TenantRole(role.clone()))?;
    let Some(Ok(policy)) = policy.as_deref() else { return Ok(false) };
    if policy.adds_download(None) {
        return Ok(true);
    }
    let projects = match (added_to, snapshot.project_by_id(current.id)?) {
        (Some(project), _) => vec![project.clone()],
        (None, Some(known)) => snapshot.projects_with_tenant_role(&known.owner, role)?,
        (None, None) => Vec::new(),
    };
    for project in &projects {
        if resolve::opens_package_with_download(policy, None, project, snapshot)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a statement that is added to the policy of a tenant role gives Download to its holders.
pub(super) fn adds_download(
    added: &AccessPolicy,
    holder: &PolicyHolder,
    tenant: &Principal,
    current: &ProjectRef,
    snapshot: &Snapshot<'_>,
) -> Result<bool> {
    let PolicyHolder::TenantRole(role) = holder else { return Ok(false) };
    let before = snapshot.policy(current.id, holder)?;
    let before = before.as_deref().and_then(|before| before.as_ref().ok());
    if added.adds_download(before) {
        return Ok(true);
    }
    for project in &snapshot.projects_with_tenant_role(tenant, role)? {
        if resolve::opens_package_with_download(added, before, project, snapshot)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the Denies of a tenant role keep Download from one of these users in one of these projects: lifting them gives it.
pub(super) fn lifts_download(
    role: &RoleName,
    users: &[Principal],
    projects: &[ProjectRef],
    current: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<bool> {
    let policy = snapshot.policy(current.id, &PolicyHolder::TenantRole(role.clone()))?;
    let denied = policy.as_deref().and_then(|policy| policy.as_ref().ok()?.denies());
    let Some(denied) = denied else { return Ok(false) };
    if !READS.into_iter().chain([Action::Download]).any(|action| denied.includes(action)) {
        return Ok(false);
    }
    any_downloads(users, projects, context, snapshot)
}

fn any_downloads(
    users: &[Principal],
    projects: &[ProjectRef],
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<bool> {
    for project in projects {
        for user in users {
            if downloads(user, project, context.now, snapshot)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a policy in the place of the one before gives Download to holders of its role: by an Allow, or by a Deny that is not in it any more.
pub(super) fn changes_download(
    policy: &AccessPolicy,
    role: &RoleName,
    tenant: &Principal,
    current: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<bool> {
    let before = snapshot.policy(current.id, &PolicyHolder::TenantRole(role.clone()))?;
    let before = before.as_deref().and_then(|before| before.as_ref().ok());
    let lifted = policy.lifts(before);
    let lifts = |action| lifted.as_ref().is_some_and(|lifted| lifted.includes(action));
    if policy.adds_download(before) || lifts(Action::Download) {
        return Ok(true);
    }
    let projects = snapshot.projects_with_tenant_role(tenant, role)?;
    for project in &projects {
        let opens = resolve::opens_package_with_download(policy, before, project, snapshot)?;
        if opens || lifts(Action::Read) && !snapshot.packages_listing_download(project.id)?.is_empty() {
            return Ok(true);
        }
    }
    if !READS.into_iter().any(lifts) {
        return Ok(false);
    }
    let users = snapshot.users_of_tenant_role(tenant, role)?;
    Ok(policy.adds_download(None) || any_downloads(&users, &projects, context, snapshot)?)
}
