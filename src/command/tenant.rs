//! The tenant: its users, its roles, and who holds them (TNT-1 to TNT-5).

use super::bound::{Bound, Context, Work};
use super::outcome::{GrantsOf, Listing, Outcome};
use super::{grants_shown, resolve, tenant_policy};
use crate::error::{Code, Error, Result};
use crate::model::{PolicyHolder, Principal, ProjectRef, RoleName, TenantRight};
use crate::security::{Request, Requirement};
use crate::store::Snapshot;
use crate::syntax::Name;
use crate::syntax::tenant::Statement;

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::ListUsers
        | Statement::ListRoles
        | Statement::ShowPrincipals { .. }
        | Statement::Describe { .. }
        | Statement::ShowRoleGrants { .. }
        | Statement::ShowUserGrants { .. } => true,
        Statement::AddUser { .. }
        | Statement::RemoveUser { .. }
        | Statement::Create { .. }
        | Statement::Drop { .. }
        | Statement::AddTo { .. }
        | Statement::RemoveFrom { .. }
        | Statement::Grant { .. }
        | Statement::Revoke { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let current = resolve::current(context)?;
    let tenant = context.principal.account();
    let manage = || Request::in_session(context, vec![Requirement::Tenant(TenantRight::Manage)]);
    match statement {
        Statement::AddUser { user, comment } => {
            let (user, comment) = (user.clone(), comment.clone().unwrap_or_default());
            Ok(Bound::when_allowed(manage(), || {
                check_user(&user, &tenant)?;
                Ok(Work::change(move |write, now| {
                    write.add_tenant_user(&tenant, &user, &comment, now)?;
                    Ok(Outcome::lines([format!("OK: DisplayName={user}")]))
                }))
            }))
        }
        Statement::RemoveUser { user } => {
            let user = user.clone();
            Ok(Bound::when_allowed(manage(), || {
                check_user(&user, &tenant)?;
                Ok(Work::change(move |write, _| {
                    write.remove_tenant_user(&tenant, &user)?;
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::ListUsers => Ok(Bound::show(manage(), move |snapshot| {
            Ok(Outcome::names(Listing::Principals, &snapshot.tenant_users(&tenant)?))
        })),
        Statement::ListRoles => Ok(Bound::show(manage(), move |snapshot| {
            let roles = snapshot.tenant_role_list(&tenant)?;
            Ok(Outcome::names(Listing::Roles, roles.iter().map(RoleName::as_str)))
        })),
        Statement::ShowPrincipals { role } => Ok(Bound::when_allowed(manage(), || {
            let role = known_role(role, &tenant, snapshot)?;
            Ok(Work::show(move |snapshot| {
                Ok(Outcome::names(Listing::Principals, &snapshot.users_of_tenant_role(&tenant, &role)?))
            }))
        })),
        Statement::Create { role, comment } => {
            let (name, comment) = (RoleName::new(&role.text), comment.clone().unwrap_or_default());
            Ok(Bound::when_allowed(manage(), || {
                if NOT_BUILT.contains(&name.as_str()) {
                    return Err(Error::new(
                        Code::Unsupported,
                        format!("not supported yet: built-in tenant role `{name}`"),
                    )
                    .at(role.span)
                    .help("choose another name")
                    .into());
                }
                Ok(Work::change(move |write, now| {
                    write.create_tenant_role(&tenant, &name, &comment, now)?;
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::Drop { role } => Ok(Bound::when_allowed(manage(), || {
            let name = custom_role(role, &tenant, snapshot)?;
            Ok(Work::change(move |write, _| {
                write.drop_tenant_role(&tenant, &name)?;
                Ok(Outcome::authorization_ok())
            }))
        })),
        Statement::AddTo { role, project } => {
            let project = resolve::named_project(&project.text, snapshot)?;
            let gives = tenant_policy::gives_download(&RoleName::new(&role.text), Some(&project), &current, snapshot)?;
            let mut requirements = managing(gives);
            requirements.push(Requirement::TenantProject(project.clone()));
            Ok(Bound::when_allowed(Request::in_session(context, requirements), || {
                let name = custom_role(role, &tenant, snapshot)?;
                Ok(Work::change(move |write, now| {
                    write.add_tenant_role(&tenant, &name, &project, now)?;
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::RemoveFrom { role, project } => {
            let project = resolve::named_project(&project.text, snapshot)?;
            let name = RoleName::new(&role.text);
            let users = snapshot.users_of_tenant_role(&tenant, &name)?;
            let projects = [project.clone()];
            let lifts = tenant_policy::lifts_download(&name, &users, &projects, &current, context, snapshot)?;
            let mut requirements = managing(lifts);
            requirements.push(Requirement::TenantProject(project.clone()));
            requirements.push(unbound(&name, &current));
            Ok(Bound::when_allowed(Request::in_session(context, requirements), || {
                let name = custom_role(role, &tenant, snapshot)?;
                Ok(Work::change(move |write, _| {
                    write.remove_tenant_role(&tenant, &name, &project)?;
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::Describe { role } | Statement::ShowRoleGrants { role } => {
            let name = RoleName::new(&role.text);
            let is_described = matches!(statement, Statement::Describe { .. });
            let shown = move |snapshot: &Snapshot<'_>, name: RoleName, only: Option<&Principal>| {
                let of = match is_described {
                    true => grants_shown::tenant_role(snapshot, &tenant, name.clone(), only)?,
                    false => GrantsOf::TenantGrants(name.clone()),
                };
                grants_shown::of_tenant(snapshot, of, &current, &[name])
            };
            let caller = context.principal.clone();
            // What its holders hold concerns themselves (ADM-1); who else holds it does not.
            if snapshot.tenant_roles_of(&caller)?.contains(&name) && !context.judge.allows(&manage())? {
                return Ok(Bound::show(own(context)?, move |snapshot| shown(snapshot, name, Some(&caller))));
            }
            let tenant = caller.account();
            Ok(Bound::when_allowed(manage(), || {
                let name = known_role(role, &tenant, snapshot)?;
                Ok(Work::show(move |snapshot| shown(snapshot, name, None)))
            }))
        }
        Statement::ShowUserGrants { user } => {
            let user = user.clone();
            let request = if user == *context.principal { own(context)? } else { manage() };
            Ok(Bound::when_allowed(request, || {
                check_user(&user, &tenant)?;
                Ok(Work::show(move |snapshot| {
                    let roles = snapshot.tenant_roles_of(&user)?;
                    grants_shown::of_tenant(
                        snapshot,
                        GrantsOf::TenantUser { user, roles: roles.clone() },
                        &current,
                        &roles,
                    )
                }))
            }))
        }
        Statement::Grant { roles, users } => {
            let (users, grantor) = (users.clone(), context.principal.clone());
            let mut requirements = handing_over(roles);
            for role in roles {
                let gives = tenant_policy::gives_download(&RoleName::new(&role.text), None, &current, snapshot)?;
                requirements.extend(managing(gives));
            }
            Ok(Bound::when_allowed(Request::in_session(context, requirements), || {
                let roles = known_roles(roles, &tenant, snapshot)?;
                users.iter().try_for_each(|user| check_user(user, &tenant))?;
                Ok(Work::change(move |write, now| {
                    for role in &roles {
                        for user in &users {
                            write.grant_tenant_role(&tenant, role, user, &grantor, now)?;
                        }
                    }
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::Revoke { roles, users } => {
            let mut requirements = handing_over(roles);
            for role in roles.iter().map(|role| RoleName::new(&role.text)) {
                let projects = snapshot.projects_with_tenant_role(&tenant, &role)?;
                let lifts = tenant_policy::lifts_download(&role, users, &projects, &current, context, snapshot)?;
                requirements.extend(managing(lifts));
                // What a role denies to its holder is not given up by the holder (POL-11).
                if users.contains(context.principal) {
                    requirements.push(unbound(&role, &current));
                }
            }
            let users = users.clone();
            Ok(Bound::when_allowed(Request::in_session(context, requirements), || {
                let roles = known_roles(roles, &tenant, snapshot)?;
                users.iter().try_for_each(|user| check_user(user, &tenant))?;
                Ok(Work::change(move |write, _| {
                    for role in &roles {
                        for user in &users {
                            write.revoke_tenant_role(&tenant, role, user)?;
                        }
                    }
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
    }
}

/// Built-in roles of the service that are about tenant resources. Source: TROLE.
const NOT_BUILT: [&str; 2] = ["connection_admin", "datascan_admin"];

/// What managing takes; where it gives Download, also the right to do so (DLC-2). The first is asked first: who lacks it learns nothing of roles.
pub(super) fn managing(gives_download: bool) -> Vec<Requirement> {
    let rights = [Some(TenantRight::Manage), gives_download.then_some(TenantRight::Lead)];
    rights.into_iter().flatten().map(Requirement::Tenant).collect()
}

/// Not being bound by the policy of a role of the tenant that owns the current project (POL-11).
pub(super) fn unbound(role: &RoleName, current: &ProjectRef) -> Requirement {
    Requirement::Unbound { project: current.clone(), holder: PolicyHolder::TenantRole(role.clone()) }
}

/// What everybody may see of itself, in a project of the tenant.
fn own(context: &Context<'_>) -> Result<Request> {
    let requirements = vec![
        Requirement::Member("everyone sees what they hold themselves"),
        Requirement::TenantProject(resolve::current(context)?),
    ];
    Ok(Request::in_session(context, requirements))
}

/// What giving and taking roles takes: the built-in ones more than the others (TNT-2). That follows from the text alone.
fn handing_over(roles: &[Name]) -> Vec<Requirement> {
    let is_built_in = |role: &Name| RoleName::new(&role.text).is_built_in();
    let right = if roles.iter().any(is_built_in) { TenantRight::Lead } else { TenantRight::Manage };
    vec![Requirement::Tenant(right)]
}

/// Tenant users are RAM users and RAM roles of the account that the tenant is.
fn check_user(user: &Principal, tenant: &Principal) -> Result<()> {
    if !user.is_account() && user.is_of_account_of(tenant) {
        return Ok(());
    }
    Err(Error::new(Code::Conflict, format!("{user} cannot be a user of the tenant {tenant}"))
        .help(format!("its users are RAM users and RAM roles of {tenant}")))
}

fn known_roles(roles: &[Name], tenant: &Principal, snapshot: &Snapshot<'_>) -> Result<Vec<RoleName>> {
    roles.iter().map(|role| known_role(role, tenant, snapshot)).collect()
}

/// The custom role of this name.
pub(super) fn custom_role(role: &Name, tenant: &Principal, snapshot: &Snapshot<'_>) -> Result<RoleName> {
    let name = known_role(role, tenant, snapshot)?;
    match name.is_built_in() {
        false => Ok(name),
        true => Err(Error::new(Code::Conflict, format!("tenant role `{name}` is built in and cannot be changed"))
            .at(role.span)
            .help("it counts in every project of the tenant")),
    }
}

/// The tenant role of this name, which must be there.
pub(super) fn known_role(role: &Name, tenant: &Principal, snapshot: &Snapshot<'_>) -> Result<RoleName> {
    let name = RoleName::new(&role.text);
    match snapshot.has_tenant_role(tenant, &name)? {
        true => Ok(name),
        false => Err(Error::new(Code::NotFound, format!("tenant role `{}` does not exist", role.text))
            .at(role.span)
            .help("`list tenant roles;` shows them, `create tenant role <name>;` makes one")),
    }
}
