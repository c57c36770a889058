//! `put policy` and `get policy`: the policies of a project and of its roles (POL-1, POL-10).

use super::bound::{Bound, Context, Work};
use super::outcome::{Item, Outcome};
use super::{policy_grant, resolve, role, tenant_policy};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Grantee, PolicyHolder, Principal, ProjectRef, RoleKind, RoleName, Time};
use crate::policy::{AccessPolicy, Difference, Effect, ListedStatement, Principals, Profile};
use crate::security::{Facts, Request, Requirement, Reverse, membership};
use crate::store::Snapshot;
use crate::syntax::policy::{Holder, Statement};
use crate::syntax::{FileName, Name};

/// What `get policy` shows where no policy was put: it can be put as it is.
pub(super) const EMPTY: &str = "{\"Version\": \"1\", \"Statement\": []}";

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    matches!(statement, Statement::Get { .. })
}

/// Whether a statement reads a policy file.
pub(super) fn reads_file(statement: &Statement) -> bool {
    matches!(statement, Statement::Put { .. })
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let project = resolve::current(context)?;
    match statement {
        Statement::Put { file, holder: Holder::TenantRole(role) } => {
            tenant_policy::put(file, role, &project, context, snapshot)
        }
        Statement::Get { holder: Holder::TenantRole(role) } => tenant_policy::get(role, &project, context, snapshot),
        Statement::Grant { granted, limits } => policy_grant::grant(granted, limits, &project, context, snapshot),
        Statement::Revoke { granted } => policy_grant::revoke(granted, &project, context, snapshot),
        Statement::Put { file, holder } => put(file, role_of(holder), &project, context, snapshot),
        Statement::Get { holder: named } => {
            let role = role_of(named);
            let holder = holder(role);
            let actions = [Action::GetPolicy, Action::GetRolePolicy, Action::GetAdministratorPolicy];
            let request = Request::in_session(context, requirements(&holder, actions, context, snapshot)?);
            Ok(Bound::when_allowed(request, || {
                known(role, &project, snapshot)?;
                Ok(Work::show(move |snapshot| {
                    let document = snapshot.policy_document(project.id, &holder)?;
                    Ok(Outcome::lines([document.unwrap_or_else(|| EMPTY.to_owned())]))
                }))
            }))
        }
    }
}

fn put(
    file: &FileName,
    role: Option<&Name>,
    project: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let holder = holder(role);
    let actions = [Action::PutPolicy, Action::PutRolePolicy, Action::PutAdministratorPolicy];
    let mut required = requirements(&holder, actions, context, snapshot)?;
    required.push(Requirement::Unbound { project: project.clone(), holder: holder.clone() });
    let kind = match &holder {
        PolicyHolder::Project | PolicyHolder::TenantRole(_) => RoleKind::Resource,
        PolicyHolder::Role(name) => snapshot.role(project.id, name)?.map_or(RoleKind::Resource, |role| role.kind),
    };
    let read = read(file, (&holder, kind), project, context);
    if let Ok((_, policy)) = &read {
        required.extend(gives(policy, &holder, project, context, snapshot)?);
    }
    let request = Request::in_session(context, required);
    let project = project.clone();
    Ok(Bound::when_allowed(request, || {
        known(role, &project, snapshot)?;
        if let Some(name) = role.map(|role| RoleName::new(&role.text)).filter(RoleName::is_built_in) {
            return Err(Error::new(Code::Conflict, format!("role `{name}` is built in and keeps its permissions"))
                .help("create a role with `\"type\"=\"admin\"` and put the policy on that")
                .into());
        }
        let (text, policy) = read?;
        let warnings = policy.warnings(project.name.as_str(), resolve::has_schemas(&project, snapshot)?);
        Ok(Work::change(move |write, _| {
            write.put_policy(project.id, &holder, kind, &text)?;
            let mut outcome = Outcome { items: warnings.into_iter().map(Item::Status).collect() };
            outcome.items.extend(Outcome::ok().items);
            Ok(outcome)
        }))
    }))
}

/// The role of the project that a statement names.
fn role_of(holder: &Holder) -> Option<&Name> {
    match holder {
        Holder::Role(role) => Some(role),
        Holder::Project | Holder::TenantRole(_) => None,
    }
}

fn holder(role: Option<&Name>) -> PolicyHolder {
    role.map_or(PolicyHolder::Project, |role| PolicyHolder::Role(RoleName::new(&role.text)))
}

/// The action on the policy of the project, or that on a role; and of a role of administrator type its own, asked after the ordinary one: who
/// lacks that does not learn of which type a role is (STG-4).
pub(super) fn requirements(
    holder: &PolicyHolder,
    [of_project, of_role, of_administrator]: [Action; 3],
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Vec<Requirement>> {
    let PolicyHolder::Role(name) = holder else {
        return Ok(vec![resolve::project_requirement(of_project, context, snapshot)?]);
    };
    let ordinary = resolve::about_role(of_role, name, context, snapshot)?;
    let is_administrator = name.is_built_in() || ordinary.managed.is_administrator_role;
    let mut requirements: Vec<Requirement> = vec![ordinary.into()];
    if is_administrator {
        requirements.push(resolve::about_role(of_administrator, name, context, snapshot)?.into());
    }
    Ok(requirements)
}

/// The type of the role, which must be there; the policy of the project is of resource type.
pub(super) fn known(role: Option<&Name>, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<RoleKind> {
    let Some(name) = role else { return Ok(RoleKind::Resource) };
    match snapshot.role(project.id, &RoleName::new(&name.text))? {
        Some(known) => Ok(known.kind),
        None => Err(role::unknown_role(name, project, snapshot)?),
    }
}

/// The text of a policy, byte for byte, and what it says.
fn read(
    file: &FileName,
    (holder, kind): (&PolicyHolder, RoleKind),
    project: &ProjectRef,
    context: &Context<'_>,
) -> Result<(String, AccessPolicy)> {
    let text = context.files.policy(file)?;
    let profile = match (holder, kind) {
        (PolicyHolder::Project, _) => Profile::Project,
        (PolicyHolder::Role(_), RoleKind::Resource) => Profile::ResourceRole,
        (PolicyHolder::TenantRole(_), _) => Profile::TenantRole,
        (PolicyHolder::Role(_), RoleKind::Admin) => Profile::AdministratorRole,
    };
    let policy = AccessPolicy::parse_new(&text, profile, project.name.as_str()).map_err(|error| error.at(file.span))?;
    Ok((text, policy))
}

/// The policy that a role has, as a document; one without statements where none was put.
pub(super) fn document(holder: &PolicyHolder, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<String> {
    let document = snapshot.policy_document(project.id, holder)?;
    Ok(document.unwrap_or_else(|| EMPTY.to_owned()))
}

/// What giving the rights of a policy takes: Download, and whom a RAM user may give something to (DLC-2, POL-10, ACC-8). Lifting a Deny gives as
/// well.
pub(super) fn gives(
    policy: &AccessPolicy,
    holder: &PolicyHolder,
    project: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Vec<Requirement>> {
    let before = snapshot.policy(project.id, holder)?;
    let before = before.as_deref().and_then(|before| before.as_ref().ok());
    let lifted = policy.lifts(before);
    requirements_of(policy, before, lifted.as_ref(), (holder, project), context, snapshot)
}

/// The same of statements that are added to a policy.
pub(super) fn adds(
    added: &AccessPolicy,
    holder: &PolicyHolder,
    project: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Vec<Requirement>> {
    let before = snapshot.policy(project.id, holder)?;
    let before = before.as_deref().and_then(|before| before.as_ref().ok());
    requirements_of(added, before, None, (holder, project), context, snapshot)
}

fn requirements_of(
    policy: &AccessPolicy,
    before: Option<&AccessPolicy>,
    lifted: Option<&Difference>,
    (holder, project): (&PolicyHolder, &ProjectRef),
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Vec<Requirement>> {
    let mut requirements = Vec::new();
    let lifts = |action| lifted.is_some_and(|lifted| lifted.includes(action));
    let lifts_download =
        lifts(Action::Download) || READS.into_iter().any(lifts) && has_download(policy, holder, context, snapshot)?;
    let lifts_package = lifts(Action::Read) && !snapshot.packages_listing_download(project.id)?.is_empty();
    if lifts_download
        || lifts_package
        || policy.adds_download(before)
        || resolve::opens_package_with_download(policy, before, project, snapshot)?
    {
        requirements.push(resolve::project_requirement(Action::GrantDownload, context, snapshot)?);
    }
    // What stood there is not given again.
    let added = policy.adds(before).map(|added| added.principals);
    let receivers = added.into_iter().chain(lifted.map(|lifted| lifted.principals.clone()));
    if let Some(principals) = receivers.reduce(Principals::with) {
        requirements.push(match holder {
            PolicyHolder::Project => Requirement::AllowTo { project: project.clone(), principals },
            PolicyHolder::Role(role) => {
                Requirement::GrantTo { project: project.clone(), grantee: Grantee::Role(role.clone()) }
            }
            // A tenant is one account.
            PolicyHolder::TenantRole(_) => return Ok(requirements),
        });
    }
    Ok(requirements)
}

/// The actions of which a Deny closes downloads as well (POL-3, DLC-1).
pub(super) const READS: [Action; 4] = [Action::Select, Action::Read, Action::Execute, Action::Describe];

/// Whether something gives Download to whom a policy is for: it itself, or what the holders of its role have besides.
fn has_download(
    policy: &AccessPolicy,
    holder: &PolicyHolder,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<bool> {
    if policy.adds_download(None) {
        return Ok(true);
    }
    let PolicyHolder::Role(role) = holder else { return Ok(false) };
    for user in snapshot.users_of_role(resolve::current(context)?.id, role)? {
        if downloading(&user, context, snapshot)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What giving Download takes, if something gives it to a member.
fn downloading(user: &Principal, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Option<Requirement>> {
    match downloads(user, &resolve::current(context)?, context.now, snapshot)? {
        true => resolve::project_requirement(Action::GrantDownload, context, snapshot).map(Some),
        false => Ok(None),
    }
}

/// Whether something gives Download to a member: an entry or a policy, its own or that of a role.
pub(super) fn downloads(user: &Principal, project: &ProjectRef, now: Time, snapshot: &Snapshot<'_>) -> Result<bool> {
    let roles = snapshot.roles_of(project.id, user)?;
    for grantee in std::iter::once(Grantee::User(user.clone())).chain(roles.into_iter().map(Grantee::Role)) {
        if resolve::has_download(&grantee, project, now, snapshot)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What taking a role from a member takes: what its policy denies to the holder is lifted, which gives as an Allow does (DLC-2, ACC-8).
pub(super) fn lost_with(
    role: &RoleName,
    user: &Principal,
    project: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Vec<Requirement>> {
    let Some(policy) = snapshot.policy(project.id, &PolicyHolder::Role(role.clone()))? else { return Ok(Vec::new()) };
    let denied = policy.as_ref().as_ref().ok().and_then(AccessPolicy::denies);
    let Some(denied) = denied else { return Ok(Vec::new()) };
    if !snapshot.roles_of(project.id, user)?.contains(role) {
        return Ok(Vec::new());
    }
    let mut requirements: Vec<Requirement> =
        vec![Requirement::GrantTo { project: project.clone(), grantee: Grantee::User(user.clone()) }];
    if READS.into_iter().chain([Action::Download]).any(|action| denied.includes(action)) {
        requirements.extend(downloading(user, context, snapshot)?);
    }
    Ok(requirements)
}

/// Not being bound by any policy of a project, for who would switch all of them off (POL-11).
pub(super) fn unbound_by_any(
    project: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Vec<Requirement>> {
    let Some(known) = snapshot.project_by_id(project.id)? else { return Ok(Vec::new()) };
    let held = membership(snapshot, &known, context.principal)?;
    let holders = std::iter::once(PolicyHolder::Project).chain(held.policy_holders());
    Ok(holders.map(|holder| Requirement::Unbound { project: project.clone(), holder }).collect())
}

/// The Denies of a project that end when its policies are switched off (SWI-7), a line each.
pub(super) fn ending_denies(project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<Vec<String>> {
    let roles = snapshot.roles_with_policies(project.id)?.into_iter().map(PolicyHolder::Role);
    let tenant_roles = snapshot.tenant_roles_added_to(project.id)?.into_iter().map(PolicyHolder::TenantRole);
    let mut lines = Vec::new();
    for holder in std::iter::once(PolicyHolder::Project).chain(roles).chain(tenant_roles) {
        let policy = snapshot.policy(project.id, &holder)?;
        match policy.as_deref() {
            None => {}
            Some(Err(_)) => lines.push(format!("Warning: {holder}, which cannot be read, denies nothing any more")),
            Some(Ok(policy)) => {
                let denies =
                    policy.listed_in(&project.name).into_iter().filter(|statement| statement.effect == Effect::Deny);
                lines.extend(denies.map(|ListedStatement { actions, resource, principals, .. }| {
                    let to =
                        if principals.is_empty() { String::new() } else { format!(" to {}", principals.join(", ")) };
                    format!("Warning: {holder} no longer denies {} on {resource}{to}", actions.join(", "))
                }));
            }
        }
    }
    Ok(lines)
}
