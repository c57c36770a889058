//! How grants are shown: `show grants`, `show acl`, and the lines of `describe role`.
//!
//! Source: PQ ("Query permissions by using MaxCompute SQL"), the sample outputs.

use super::bound::{Bound, Context};
use super::outcome::Outcome;
use super::{grant, resolve, role};
use crate::error::Result;
use crate::model::{Action, Grantee, Object, ObjectKind, Principal, ProjectRef, RoleName, Time};
use crate::security::{Claim, Request};
use crate::store::{AclEntry, Snapshot};
use crate::syntax::Name;

pub(super) fn bind_show_grants(
    grantee: Option<&Grantee>,
    object_type: Option<&Name>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let project = resolve::current(context)?;
    let kind = object_type.map(grant::object_kind).transpose()?;
    let whose = grantee.cloned().unwrap_or_else(|| Grantee::User(context.principal.clone()));
    let own = whose == Grantee::User(context.principal.clone());
    let claim = match &whose {
        Grantee::User(_) if own => Claim::Member("everyone sees what they hold themselves"),
        Grantee::User(_) => resolve::project_claim(Action::ListUserRoles, context, snapshot)?,
        Grantee::Role(_) => resolve::project_claim(Action::DescribeRole, context, snapshot)?,
    };
    let request = Request::in_session(context, vec![claim]);
    if let Some(name) = grant::role_of(&whose)
        && snapshot.role(project.id, name)?.is_none()
    {
        let name = Name { text: name.to_string(), ..Name::default() };
        return Ok(Bound::fail(request, role::unknown_role(&name, &project)));
    }
    Ok(Bound::show(request, move |snapshot| match &whose {
        Grantee::User(user) => grants_of_user(snapshot, &project, user, kind),
        Grantee::Role(_) => {
            let entries = of_kind(snapshot.acl_of_grantee(project.id, &whose)?, kind);
            let mut lines = vec!["Authorization Type: ACL".to_owned(), format!("[{whose}]")];
            lines.extend(by_object(&entries));
            Ok(Outcome::lines(lines))
        }
    }))
}

fn grants_of_user(
    snapshot: &Snapshot<'_>,
    project: &ProjectRef,
    user: &Principal,
    kind: Option<ObjectKind>,
) -> Result<Outcome> {
    if snapshot.project_by_id(project.id)?.is_some_and(|project| project.owner == *user) {
        return Ok(Outcome::lines([format!("[{user}]"), format!("projects/{}: Project Owner", project.name)]));
    }
    let roles = snapshot.roles_of(project.id, user)?;
    let mut lines = vec!["[roles]".to_owned(), roles.iter().map(RoleName::as_str).collect::<Vec<_>>().join(", ")];
    let grantees = std::iter::once(Grantee::User(user.clone())).chain(roles.into_iter().map(Grantee::Role));
    let mut head = vec![String::new(), "Authorization Type: ACL".to_owned()];
    for grantee in grantees {
        let entries = of_kind(snapshot.acl_of_grantee(project.id, &grantee)?, kind);
        if !entries.is_empty() {
            lines.append(&mut head);
            lines.push(format!("[{grantee}]"));
            lines.extend(by_object(&entries));
        }
    }
    Ok(Outcome::lines(lines))
}

fn of_kind(entries: Vec<AclEntry>, kind: Option<ObjectKind>) -> Vec<AclEntry> {
    let wanted = |entry: &AclEntry| match kind {
        None => true,
        Some(kind) => entry.on_project == (kind == ObjectKind::Project),
    };
    entries.into_iter().filter(wanted).collect()
}

/// `A       projects/p/tables/t: Describe | Select`, a line for each object, column and end.
pub(super) fn by_object(entries: &[AclEntry]) -> Vec<String> {
    grouped(entries, path, |path, actions| format!("A       {path}: {actions}"))
}

/// What `show acl for` shows of one object.
pub(super) fn acl_of(snapshot: &Snapshot<'_>, object: &Object) -> Result<Outcome> {
    let mut lines = vec!["Authorization Type: Implicit".to_owned()];
    if let Some(project) = snapshot.project_by_id(object.project.id)? {
        lines.push(format!("AG      project_owner/{}: All", project.owner));
        for (word, role) in [("super_administrator", RoleName::SUPER_ADMINISTRATOR), ("admin", RoleName::ADMIN)] {
            for user in snapshot.users_of_role(project.id, &RoleName::new(role))? {
                lines.push(format!("AG      {word}/{user}: All"));
            }
        }
        if object.kind != ObjectKind::Project && project.security.object_creator_has_access_permission {
            let flags = if project.security.object_creator_has_grant_permission { "AG" } else { "A " };
            lines.push(format!("{flags}      object_creator/{}: All", object.owner));
        }
    }
    let entries = snapshot.acl_of_object(object)?;
    if !entries.is_empty() {
        lines.extend([String::new(), "Authorization Type: ACL".to_owned()]);
        let on = |entry: &AclEntry| {
            let resource = if entry.on_project { path(entry) } else { format!("acs:odps:*:{}", path(entry)) };
            format!("{}({resource})", entry.grant.grantee)
        };
        lines.extend(grouped(&entries, on, |subject, actions| format!("A       {subject}: {actions}")));
    }
    Ok(Outcome::lines(lines))
}

fn path(entry: &AclEntry) -> String {
    match &entry.grant.column {
        Some(column) => format!("{}/{column}", entry.path),
        None => entry.path.clone(),
    }
}

/// Entries of the same key and end on one line, actions in the order in which the service lists them.
fn grouped(
    entries: &[AclEntry],
    key: impl Fn(&AclEntry) -> String,
    line: impl Fn(&str, &str) -> String,
) -> Vec<String> {
    let mut groups: Vec<(String, Option<Time>, Vec<Action>)> = Vec::new();
    for entry in entries {
        let (key, end) = (key(entry), entry.grant.expires);
        match groups.iter_mut().find(|(known, known_end, _)| *known == key && *known_end == end) {
            Some((_, _, actions)) => actions.push(entry.grant.action),
            None => groups.push((key, end, vec![entry.grant.action])),
        }
    }
    let listed = groups.into_iter().map(|(key, end, actions)| {
        let order = Action::grantable(ObjectKind::Project).iter().chain(Action::grantable(ObjectKind::Table));
        let mut names: Vec<&str> = Vec::new();
        for action in order.filter(|action| actions.contains(action)) {
            if !names.contains(&action.name()) {
                names.push(action.name());
            }
        }
        let end = end.map(|end| format!("\tExpires:{}", end.iso())).unwrap_or_default();
        format!("{}{end}", line(&key, &names.join(" | ")))
    });
    listed.collect()
}
