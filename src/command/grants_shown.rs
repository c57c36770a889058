//! What is shown of grants: `show grants`, `show acl`, `describe role`.

use std::collections::BTreeMap;

use super::bound::{Bound, Context, Work};
use super::outcome::{GrantEntry, Grants, GrantsOf, ImplicitGrant, Item, Outcome};
use super::{grant, resolve, role};
use crate::error::Result;
use crate::model::{Action, Grant, Grantee, ObjectKind, Principal, ProjectRef, RoleName};
use crate::security::{Request, Requirement};
use crate::store::{AclEntry, AclPlace, Snapshot};
use crate::syntax::Name;

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
        Grantee::Role(_) => resolve::project_requirement(Action::DescribeRole, context, snapshot)?,
    };
    let request = Request::in_session(context, vec![requirement]);
    Ok(Bound::when_allowed(request, || {
        if let Some(name) = grant::role_of(&whose) {
            role::known_role(&Name { text: name.to_string(), ..Name::default() }, &project, snapshot)?;
        }
        Ok(Work::show(move |snapshot| match &whose {
            Grantee::User(user) => grants_of_user(snapshot, &project, user, kind),
            Grantee::Role(role) => {
                let entries = of_kind(snapshot.acl_of_grantee(project.id, &whose)?, kind);
                Ok(outcome(GrantsOf::Role(role.clone()), entries))
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
        return Ok(outcome(GrantsOf::Owner { user: user.clone(), project: project.name.clone() }, Vec::new()));
    }
    let roles = snapshot.roles_of(project.id, user)?;
    let mut entries = Vec::new();
    for grantee in std::iter::once(Grantee::User(user.clone())).chain(roles.iter().cloned().map(Grantee::Role)) {
        entries.extend(of_kind(snapshot.acl_of_grantee(project.id, &grantee)?, kind));
    }
    Ok(outcome(GrantsOf::User { user: user.clone(), roles }, entries))
}

/// What `describe role` shows.
pub(super) fn role_described(snapshot: &Snapshot<'_>, project: &ProjectRef, role: RoleName) -> Result<Outcome> {
    let users = snapshot.users_of_role(project.id, &role)?;
    let mut entries = snapshot.acl_of_grantee(project.id, &Grantee::Role(role.clone()))?;
    entries.retain(|entry| entry.inside.is_none());
    Ok(outcome(GrantsOf::RoleDescription { role, users }, entries))
}

fn of_kind(entries: Vec<AclEntry>, kind: Option<ObjectKind>) -> Vec<AclEntry> {
    entries.into_iter().filter(|entry| kind.is_none_or(|kind| entry.kind == kind)).collect()
}

/// What `show acl for` shows of one object.
pub(super) fn acl_of(snapshot: &Snapshot<'_>, place: &AclPlace) -> Result<Outcome> {
    let object = &place.object;
    let right = |position, user: Option<&Principal>| ImplicitGrant { position, user: user.cloned(), may_grant: true };
    let of = |implicit| GrantsOf::Object { kind: object.kind.grants_as(), path: object.path(), implicit };
    if let Some(package) = &place.inside {
        let implicit = vec![right("project_owner", None)];
        return Ok(outcome(of(implicit), snapshot.acl_of_object(object, Some(package))?));
    }
    let mut implicit = Vec::new();
    if let Some(project) = snapshot.project_by_id(object.project.id)? {
        implicit.push(right("project_owner", Some(&project.owner)));
        for (position, role) in [("super_administrator", RoleName::SUPER_ADMINISTRATOR), ("admin", RoleName::ADMIN)] {
            let users = snapshot.users_of_role(project.id, &RoleName::new(role))?;
            implicit.extend(users.iter().map(|user| right(position, Some(user))));
        }
        if object.kind.is_owned() && project.security.object_creator_has_access_permission {
            let may_grant = project.security.object_creator_has_grant_permission;
            implicit.push(ImplicitGrant { may_grant, ..right("object_creator", Some(&object.owner)) });
        }
    }
    Ok(outcome(of(implicit), snapshot.acl_of_object(object, None)?))
}

fn outcome(of: GrantsOf, entries: Vec<AclEntry>) -> Outcome {
    Outcome { items: vec![Item::Grants(Grants { of, entries: grouped(entries) })] }
}

/// Entries of one grantee on one object that end together are one, with its actions in the order in which the service lists them.
fn grouped(entries: Vec<AclEntry>) -> Vec<GrantEntry> {
    let mut groups: Vec<GrantEntry> = Vec::new();
    let mut places = BTreeMap::new();
    for AclEntry { path, kind, inside, grant } in entries {
        let Grant { action, column, grantee, expires, .. } = grant;
        let key = (grantee.clone(), path.clone(), column.clone(), inside.clone(), expires);
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.actions.push(action),
            None => {
                groups.push(GrantEntry { grantee, kind, path, column, package: inside, actions: vec![action], expires })
            }
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
