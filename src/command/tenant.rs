//! The tenant: its users, its roles, and who holds them (TNT-1 to TNT-5).

use super::bound::{Bound, Context, Work};
use super::outcome::{Listing, Outcome};
use super::resolve;
use crate::error::{Code, Error, Result};
use crate::model::{Principal, RoleName, TenantRight};
use crate::security::{Request, Requirement};
use crate::store::Snapshot;
use crate::syntax::Name;
use crate::syntax::tenant::Statement;

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::ListUsers | Statement::ListRoles | Statement::ShowPrincipals { .. } => true,
        Statement::AddUser { .. }
        | Statement::RemoveUser { .. }
        | Statement::Grant { .. }
        | Statement::Revoke { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    resolve::current(context)?;
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
        Statement::Grant { roles, users } => {
            let (users, grantor) = (users.clone(), context.principal.clone());
            Ok(Bound::when_allowed(Request::in_session(context, handing_over(roles)), || {
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
            let users = users.clone();
            Ok(Bound::when_allowed(Request::in_session(context, handing_over(roles)), || {
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

/// The tenant role of this name, which must be there.
fn known_role(role: &Name, tenant: &Principal, snapshot: &Snapshot<'_>) -> Result<RoleName> {
    let name = RoleName::new(&role.text);
    match snapshot.has_tenant_role(tenant, &name)? {
        true => Ok(name),
        false => Err(Error::new(Code::NotFound, format!("tenant role `{}` does not exist", role.text))
            .at(role.span)
            .help("`list tenant roles;` shows them")),
    }
}
