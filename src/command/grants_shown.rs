//! What is shown of grants: `show grants`, `show acl`, `describe role`.

use std::collections::BTreeMap;

use super::bound::{Bound, Context, Work};
use super::outcome::{GrantEntry, Grants, GrantsOf, ImplicitGrant, Item, Outcome, OwnedObject, PolicyEntry};
use super::{grant, resolve, role};
use crate::error::Result;
use crate::model::{Action, Grant, Grantee, ObjectKind, PolicyHolder, Principal, ProjectRef, RoleName, TenantRank};
use crate::policy::{Effect, ListedStatement};
use crate::security::{Facts, Membership, Request, Requirement, Reverse, membership};
use crate::store::{AclEntry, AclPlace, Snapshot};
use crate::syntax::Name;
use crate::text::one_line;

pub(super) fn bind_show_grants(
    grantee: Option<&Grantee>,
    kind: Option<ObjectKind>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let project = resolve::current(context)?;
    let whose = grantee.cloned().unwrap_or_else(|| Grantee::User(context.principal.clone()));
    let own = whose == Grantee::User(context.principal.clone());
    let requirement = match &whose {
        Grantee::User(_) if own => Requirement::Member("everyone sees what they hold themselves"),
        Grantee::User(_) => resolve::project_requirement(Action::ListUserRoles, context, snapshot)?,
        Grantee::Role(role) => resolve::about_role(Action::DescribeRole, role, context, snapshot)?.into(),
    };
    let request = Request::in_session(context, vec![requirement]);
    Ok(Bound::when_allowed(request, || {
        if let Some(name) = grant::role_of(&whose) {
            role::shown_role(&Name { text: name.to_string(), ..Name::default() }, &project, snapshot)?;
        }
        Ok(Work::show(move |snapshot| match &whose {
            Grantee::User(user) => grants_of_user(snapshot, &project, user, kind),
            Grantee::Role(role) => {
                let entries = of_kind(entries_of(snapshot, &project, &whose)?, kind);
                let statements = statements(snapshot, &project, std::slice::from_ref(role), kind)?;
                Ok(outcome(GrantsOf::Role(role.clone()), entries, statements))
            }
        }))
    }))
}

fn grants_of_user(
    snapshot: &Snapshot<'_>,
    project: &ProjectRef,
    user: &Principal,
    kind: Option<ObjectKind>,
) -> Result<Outcome> {
    if snapshot.project_by_id(project.id)?.is_some_and(|project| project.owner == *user) {
        let of = GrantsOf::Owner { user: user.clone(), project: project.name.to_string() };
        return Ok(outcome(of, Vec::new(), Vec::new()));
    }
    let roles = roles_shown(snapshot, project, user)?;
    let mut entries = Vec::new();
    for grantee in std::iter::once(Grantee::User(user.clone())).chain(roles.iter().cloned().map(Grantee::Role)) {
        entries.extend(of_kind(entries_of(snapshot, project, &grantee)?, kind));
    }
    let statements = statements(snapshot, project, &roles, kind)?;
    let security = snapshot.project_by_id(project.id)?.map(|project| project.security.clone()).unwrap_or_default();
    let owned = match security.object_creator_has_access_permission {
        true => owned_by(user, project, kind, snapshot)?,
        false => Vec::new(),
    };
    let may_grant = security.object_creator_has_grant_permission;
    Ok(outcome(GrantsOf::User { user: user.clone(), roles, owned, may_grant }, entries, statements))
}

/// What somebody owns in a project, as an older page of PQ lists it. Chosen: one's own jobs only where instances are asked for; each job makes one.
fn owned_by(
    user: &Principal,
    project: &ProjectRef,
    kind: Option<ObjectKind>,
    snapshot: &Snapshot<'_>,
) -> Result<Vec<OwnedObject>> {
    let wanted = |owned: ObjectKind| kind.map_or(owned != ObjectKind::Instance, |kind| kind == owned);
    let owned = snapshot.objects_owned_by(project, user)?.into_iter();
    let owned = owned.map(|object| OwnedObject { kind: object.kind.grants_as(), path: object.path() });
    Ok(owned.filter(|object| wanted(object.kind)).collect())
}

/// The roles that a user holds in a project, with those that its tenant roles count as there.
fn roles_shown(snapshot: &Snapshot<'_>, project: &ProjectRef, user: &Principal) -> Result<Vec<RoleName>> {
    let mut roles = snapshot.roles_of(project.id, user)?;
    if let Some(known) = snapshot.project_by_id(project.id)?
        && let Membership::Member(held) = &*membership(snapshot, &known, user)?
    {
        roles.extend(held.rank.map(TenantRank::role).into_iter().chain(held.tenant_roles.iter().cloned()));
    }
    roles.sort();
    roles.dedup();
    Ok(roles)
}

/// What `describe role` shows: of the holders all, or only this one.
pub(super) fn role_described(
    snapshot: &Snapshot<'_>,
    project: &ProjectRef,
    role: RoleName,
    only: Option<&Principal>,
) -> Result<Outcome> {
    let mut users = holders(snapshot, project, &role)?;
    users.retain(|user| only.is_none_or(|only| user == only));
    let mut entries = entries_of(snapshot, project, &Grantee::Role(role.clone()))?;
    entries.retain(|entry| entry.inside.is_none());
    let statements = statements(snapshot, project, std::slice::from_ref(&role), None)?;
    // Chosen: the service shows it nowhere, and a comment that nobody sees would be lost.
    let comment = snapshot.role_comment(project.id, &role)?;
    let described = outcome(GrantsOf::RoleDescription { role, users }, entries, statements);
    Ok(match comment.is_empty() {
        true => described,
        false => described.and_status(format!("comment: {}", one_line(&comment))),
    })
}

/// The entries that count for a grantee. A tenant role has none: those of its name are what a dropped role of the project left (ACC-9).
fn entries_of(snapshot: &Snapshot<'_>, project: &ProjectRef, grantee: &Grantee) -> Result<Vec<AclEntry>> {
    match grantee {
        Grantee::Role(role) if is_of_tenant(snapshot, project, role)? => Ok(Vec::new()),
        Grantee::Role(_) | Grantee::User(_) => snapshot.acl_of_grantee(project.id, grantee),
    }
}

/// Whether a role of a project is one of the tenant that was added to it.
fn is_of_tenant(snapshot: &Snapshot<'_>, project: &ProjectRef, role: &RoleName) -> Result<bool> {
    Ok(snapshot.tenant_roles_added_to(project.id)?.contains(role))
}

/// Who holds a role in a project; of a tenant role, those who are members there.
pub(super) fn holders(snapshot: &Snapshot<'_>, project: &ProjectRef, role: &RoleName) -> Result<Vec<Principal>> {
    if !is_of_tenant(snapshot, project, role)? {
        return snapshot.users_of_role(project.id, role);
    }
    let Some(known) = snapshot.project_by_id(project.id)? else { return Ok(Vec::new()) };
    let mut members = Vec::new();
    for user in snapshot.tenant_holders(project.id, role)? {
        if membership(snapshot, &known, &user)?.is_member() {
            members.push(user);
        }
    }
    Ok(members)
}

/// What a tenant role holds, with its projects and, where it is described, its holders: all, or only this one and the projects that it is a member of.
pub(super) fn tenant_role(
    snapshot: &Snapshot<'_>,
    tenant: &Principal,
    role: RoleName,
    only: Option<&Principal>,
) -> Result<GrantsOf> {
    let mut users = snapshot.users_of_tenant_role(tenant, &role)?;
    users.retain(|user| only.is_none_or(|only| user == only));
    let mut projects = Vec::new();
    for project in snapshot.projects_with_tenant_role(tenant, &role)? {
        let is_seen = match (only, snapshot.project_by_id(project.id)?) {
            (Some(only), Some(known)) => membership(snapshot, &known, only)?.is_member(),
            (Some(_), None) => false,
            (None, _) => true,
        };
        if is_seen {
            projects.push(project.name.to_string());
        }
    }
    Ok(GrantsOf::TenantRole { role, users, projects })
}

/// The statements of the policies of roles of the tenant that owns a project.
pub(super) fn of_tenant(
    snapshot: &Snapshot<'_>,
    of: GrantsOf,
    project: &ProjectRef,
    roles: &[RoleName],
) -> Result<Outcome> {
    let mut entries = Vec::new();
    for role in roles {
        let policy = snapshot.policy(project.id, &PolicyHolder::TenantRole(role.clone()))?;
        if let Some(Ok(policy)) = policy.as_deref() {
            entries.extend(policy.listed().into_iter().map(|statement| entry(role, statement)));
        }
    }
    Ok(outcome(of, Vec::new(), entries))
}

fn of_kind(entries: Vec<AclEntry>, kind: Option<ObjectKind>) -> Vec<AclEntry> {
    entries.into_iter().filter(|entry| kind.is_none_or(|kind| entry.kind == kind)).collect()
}

/// What `show acl for` shows of one object.
pub(super) fn acl_of(snapshot: &Snapshot<'_>, place: &AclPlace) -> Result<Outcome> {
    let object = &place.object;
    let right = |position, user: Option<&Principal>| ImplicitGrant {
        position,
        user: user.cloned(),
        action: Action::All,
        may_grant: true,
    };
    let of = |implicit| GrantsOf::Object { kind: object.kind.grants_as(), path: object.path(), implicit };
    if let Some(package) = &place.inside {
        let implicit = vec![right("project_owner", None)];
        return Ok(outcome(of(implicit), snapshot.acl_of_object(object, Some(package))?, Vec::new()));
    }
    let mut implicit = Vec::new();
    if let Some(project) = snapshot.project_by_id(object.project.id)? {
        implicit.push(right("project_owner", Some(&project.owner)));
        for (position, role) in [("super_administrator", RoleName::SUPER_ADMINISTRATOR), ("admin", RoleName::ADMIN)] {
            let mut users = snapshot.users_of_role(project.id, &RoleName::new(role))?;
            for user in snapshot.tenant_holders(project.id, &RoleName::new(role))? {
                if !users.contains(&user) {
                    users.push(user);
                }
            }
            implicit.extend(users.iter().map(|user| right(position, Some(user))));
        }
        let is_owned = object.kind.is_owned() && !object.is_default_schema();
        if is_owned && project.security.object_creator_has_access_permission {
            let may_grant = project.security.object_creator_has_grant_permission;
            implicit.push(ImplicitGrant { may_grant, ..right("object_creator", object.owner.as_ref()) });
        }
        // Chosen: the service's listing of what is in a schema is not documented (ACC-8).
        if object.kind.is_in_schema()
            && project.security.object_creator_has_grant_permission
            && let Some(owner) = snapshot.schema(&object.place())?.and_then(|schema| schema.owner)
        {
            implicit.push(ImplicitGrant { action: Action::GrantPrivs, ..right("schema_owner", Some(&owner)) });
        }
    }
    Ok(outcome(of(implicit), snapshot.acl_of_object(object, None)?, Vec::new()))
}

fn outcome(of: GrantsOf, entries: Vec<AclEntry>, statements: Vec<PolicyEntry>) -> Outcome {
    Outcome { items: vec![Item::Grants(Grants { of, entries: grouped(entries), statements })] }
}

/// The statements of the policies of these roles: all, or those on objects of one kind. A policy that cannot be read has none to show.
fn statements(
    snapshot: &Snapshot<'_>,
    project: &ProjectRef,
    roles: &[RoleName],
    kind: Option<ObjectKind>,
) -> Result<Vec<PolicyEntry>> {
    let mut entries = Vec::new();
    for role in roles {
        let is_on = |resource: &str| kind.is_none_or(|kind| kind.is_named_in(resource, &project.name));
        // Of a tenant role, what is about this project.
        let of_tenant = is_of_tenant(snapshot, project, role)?;
        let holder = match of_tenant {
            true => PolicyHolder::TenantRole(role.clone()),
            false => PolicyHolder::Role(role.clone()),
        };
        let policy = snapshot.policy(project.id, &holder)?;
        let Some(Ok(policy)) = policy.as_deref() else { continue };
        let listed = if of_tenant { policy.listed_in(&project.name) } else { policy.listed() };
        let listed = listed.into_iter().filter(|statement| is_on(&statement.resource));
        entries.extend(listed.map(|statement| entry(role, statement)));
    }
    Ok(entries)
}

fn entry(role: &RoleName, statement: ListedStatement) -> PolicyEntry {
    PolicyEntry {
        role: role.clone(),
        denies: statement.effect == Effect::Deny,
        conditional: statement.conditional,
        actions: statement.actions,
        resource: statement.resource,
    }
}

/// Entries of one grantee on one object that end together and have the same conditions are one, with its actions in the order in which the service lists them.
pub(super) fn grouped(entries: Vec<AclEntry>) -> Vec<GrantEntry> {
    let mut groups: Vec<GrantEntry> = Vec::new();
    let mut places = BTreeMap::new();
    for AclEntry { path, kind, inside, grant } in entries {
        let Grant { action, column, grantee, expires, conditions, .. } = grant;
        let key = (grantee.clone(), path.clone(), column.clone(), inside.clone(), expires, conditions.clone());
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.actions.push(action),
            None => groups.push(GrantEntry {
                grantee,
                kind,
                path,
                column,
                package: inside,
                actions: vec![action],
                expires,
                conditions,
            }),
        }
    }
    for group in &mut groups {
        let order = ObjectKind::ALL.iter().flat_map(|kind| Action::grantable(*kind));
        let mut actions: Vec<Action> = Vec::new();
        for action in order.filter(|action| group.actions.contains(action)) {
            if !actions.contains(action) {
                actions.push(*action);
            }
        }
        group.actions = actions;
    }
    groups
}
