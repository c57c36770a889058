//! Roles, and who holds them.

use super::bound::{Bound, Context, Work};
use super::outcome::{Listing, Outcome};
use super::{grants_shown, policy, resolve};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Grantee, PolicyHolder, Principal, ProjectRef, RoleKind, RoleName};
use crate::security::{Request, Requirement};
use crate::store::Snapshot;
use crate::syntax::Name;
use crate::syntax::role::Statement;

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::Describe { .. } | Statement::List | Statement::ShowPrincipals { .. } => true,
        Statement::Create { .. }
        | Statement::Alter { .. }
        | Statement::Drop { .. }
        | Statement::Grant { .. }
        | Statement::Revoke { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let project = resolve::current(context)?;
    let request = |action| resolve::project_request(action, context, snapshot);
    let request_about = |action, role: &Name| {
        let access = resolve::about_role(action, &RoleName::new(&role.text), context, snapshot)?;
        Ok::<_, Box<Error>>(Request::in_session(context, vec![access.into()]))
    };
    match statement {
        Statement::Create { role, comment, kind } => {
            let (name, comment, kind) = (RoleName::new(&role.text), comment.clone().unwrap_or_default(), *kind);
            let action = match kind {
                RoleKind::Resource => Action::CreateRole,
                RoleKind::Admin => Action::CreateAdministratorRole,
            };
            let mut request = request(action)?;
            request.requirements.extend(resolve::download_requirement(
                &Grantee::Role(name.clone()),
                context,
                snapshot,
            )?);
            Ok(Bound::change(request, move |write, now| {
                write.create_role(project.id, &name, kind, &comment, now)?;
                Ok(Outcome::authorization_ok())
            }))
        }
        Statement::Alter { role, comment } => {
            let request = changing(Action::AlterRole, role, &project, context, snapshot)?;
            Ok(Bound::when_allowed(request, || {
                let name = own_role(role, &project, snapshot)?;
                let comment = comment.clone().unwrap_or_default();
                Ok(Work::change(move |write, _| {
                    write.set_role_comment(project.id, &name, &comment)?;
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::Drop { role } => {
            let request = changing(Action::DropRole, role, &project, context, snapshot)?;
            Ok(Bound::when_allowed(request, || {
                let name = own_role(role, &project, snapshot)?;
                Ok(Work::change(move |write, _| {
                    write.drop_role(project.id, &name)?;
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::Describe { role } => {
            let whole = request_about(Action::DescribeRole, role)?;
            let name = RoleName::new(&role.text);
            // What its holders hold concerns themselves (ADM-1); who else holds it does not.
            let mut held = snapshot.roles_of(project.id, context.principal)?;
            held.extend(snapshot.tenant_roles_held_in(context.principal, project.id)?);
            if held.contains(&name) && !context.judge.allows(&whole)? {
                let own = Requirement::Member("a holder of a role sees what the role holds");
                let caller = context.principal.clone();
                return Ok(Bound::show(Request::in_session(context, vec![own]), move |snapshot| {
                    grants_shown::role_described(snapshot, &project, name, Some(&caller))
                }));
            }
            Ok(Bound::when_allowed(whole, || {
                let name = shown_role(role, &project, snapshot)?;
                Ok(Work::show(move |snapshot| grants_shown::role_described(snapshot, &project, name, None)))
            }))
        }
        Statement::List => Ok(Bound::show(request(Action::ListRoles)?, move |snapshot| {
            let roles = snapshot.role_list(project.id)?.into_iter().map(|role| role.name);
            let mut roles: Vec<RoleName> = roles.chain(snapshot.tenant_roles_added_to(project.id)?).collect();
            roles.sort();
            Ok(Outcome::names(Listing::Roles, roles.iter().map(RoleName::as_str)))
        })),
        Statement::ShowPrincipals { role } => {
            Ok(Bound::when_allowed(request_about(Action::ListRolePrincipals, role)?, || {
                let name = shown_role(role, &project, snapshot)?;
                Ok(Work::show(move |snapshot| {
                    Ok(Outcome::names(Listing::Principals, &grants_shown::holders(snapshot, &project, &name)?))
                }))
            }))
        }
        Statement::Grant { roles, users } => {
            let mut request = role_request(roles, users, Action::GrantRole, context, snapshot)?;
            let grantees = users.iter().cloned().map(Grantee::User);
            request
                .requirements
                .extend(grantees.map(|grantee| Requirement::GrantTo { project: project.clone(), grantee }));
            let (users, grantor) = (users.clone(), context.principal.clone());
            Ok(Bound::when_allowed(request, || {
                let roles = known_roles(roles, &project, snapshot)?;
                Ok(Work::change(move |write, now| {
                    for role in &roles {
                        for user in &users {
                            write.grant_role(project.id, role, user, &grantor, now)?;
                        }
                    }
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::Revoke { roles, users } => {
            let mut request = role_request(roles, users, Action::RevokeRole, context, snapshot)?;
            // What a role denies to its holder is not given up by the holder (POL-11).
            let own = roles.iter().filter(|_| users.contains(context.principal));
            request.requirements.extend(own.map(|role| Requirement::Unbound {
                project: project.clone(),
                holder: PolicyHolder::Role(RoleName::new(&role.text)),
            }));
            for role in roles {
                for user in users {
                    let role = RoleName::new(&role.text);
                    request.requirements.extend(policy::lost_with(&role, user, &project, context, snapshot)?);
                }
            }
            let users = users.clone();
            Ok(Bound::when_allowed(request, || {
                let roles = known_roles(roles, &project, snapshot)?;
                Ok(Work::change(move |write, _| {
                    for role in &roles {
                        for user in &users {
                            write.revoke_role(project.id, role, user)?;
                        }
                    }
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
    }
}

/// Changing a role takes, for one of administrator type, the right to make such roles besides (ADM-2).
pub(super) fn changing(
    ordinary: Action,
    role: &Name,
    project: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Request> {
    let name = RoleName::new(&role.text);
    // The ordinary right is asked first: who has none does not learn of which type a role is (STG-4).
    let access = resolve::about_role(ordinary, &name, context, snapshot)?;
    let mut requirements: Vec<Requirement> = vec![access.into()];
    if snapshot.role(project.id, &name)?.is_some_and(|known| known.kind == RoleKind::Admin) {
        requirements.push(resolve::project_requirement(Action::CreateAdministratorRole, context, snapshot)?);
    }
    Ok(Request::in_session(context, requirements))
}

/// A role that the project made; the built-in ones stay as they are.
pub(super) fn own_role(role: &Name, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<RoleName> {
    let name = known_role(role, project, snapshot)?;
    match name.is_built_in() {
        true => Err(Error::new(Code::Conflict, format!("role `{name}` is built in and cannot be changed"))),
        false => Ok(name),
    }
}

/// Giving and taking the built-in roles, and others of administrator type, are rights of their own (ADM-2). Source: ROLE.
pub(super) fn role_request(
    roles: &[Name],
    users: &[Principal],
    ordinary: Action,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Request> {
    let project = resolve::current_object(context, snapshot)?;
    let mut requirements: Vec<Requirement> = Vec::new();
    // What the built-in roles need follows from the text alone, so it is asked first.
    let (built_in, others): (Vec<RoleName>, Vec<RoleName>) =
        roles.iter().map(|role| RoleName::new(&role.text)).partition(RoleName::is_built_in);
    for name in built_in.into_iter().chain(others) {
        let actions = match name.as_str() {
            RoleName::SUPER_ADMINISTRATOR => vec![Action::GrantSuperAdministrator],
            RoleName::ADMIN => vec![Action::GrantAdmin],
            // The ordinary right is asked first: who has none does not learn of which type a role is (STG-4).
            _ => match snapshot.role(project.project.id, &name)?.map(|role| role.kind) {
                Some(RoleKind::Admin) if ordinary == Action::GrantRole => {
                    vec![ordinary, Action::GrantAdministratorRole]
                }
                Some(RoleKind::Admin) => vec![ordinary, Action::RevokeAdministratorRole],
                Some(RoleKind::Resource) | None => vec![ordinary],
            },
        };
        for action in actions {
            let mut access = resolve::about_role(action, &name, context, snapshot)?;
            access.managed.is_to_caller = users.contains(context.principal);
            requirements.push(access.into());
        }
        if ordinary == Action::GrantRole {
            requirements.extend(resolve::download_requirement(&Grantee::Role(name), context, snapshot)?);
        }
    }
    Ok(Request::in_session(context, requirements))
}

fn known_roles(roles: &[Name], project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<Vec<RoleName>> {
    roles.iter().map(|role| known_role(role, project, snapshot)).collect()
}

/// The role of this name, which must be there.
pub(super) fn known_role(role: &Name, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<RoleName> {
    match snapshot.role(project.id, &RoleName::new(&role.text))? {
        Some(known) => Ok(known.name),
        None => Err(unknown_role(role, project, snapshot)?),
    }
}

/// The same, or a tenant role that was added to the project: that it only shows (TNT-3).
pub(super) fn shown_role(role: &Name, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<RoleName> {
    let name = RoleName::new(&role.text);
    match snapshot.tenant_roles_added_to(project.id)?.contains(&name) {
        true => Ok(name),
        false => known_role(role, project, snapshot),
    }
}

/// What is said of a role that the project does not have, or not as its own.
pub(super) fn unknown_role(role: &Name, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<Box<Error>> {
    let text = &role.text;
    Ok(match snapshot.tenant_roles_added_to(project.id)?.contains(&RoleName::new(text)) {
        true => Error::new(
            Code::Conflict,
            format!("`{text}` is a tenant role: project {} does not manage it", project.name),
        )
        .at(role.span)
        .help("tenant roles are granted and changed by statements with `tenant role`"),
        false => Error::new(Code::NotFound, format!("role `{text}` does not exist in project {}", project.name))
            .at(role.span)
            .help("`list roles;` shows them, `create role <name>;` makes one"),
    })
}
