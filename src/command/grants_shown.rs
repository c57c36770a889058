//! How grants are shown: `show grants`, `show acl`, and the lines of `describe role`.
//!
//! Source: PQ ("Query permissions by using MaxCompute SQL"), the sample outputs.

use super::bound::{Bound, Context, Work};
use super::outcome::Outcome;
use super::{grant, resolve, role};
use crate::error::Result;
use crate::model::{Action, Grantee, ObjectKind, Principal, ProjectRef, RoleName, Time};
use crate::security::{Claim, Request};
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
    let claim = match &whose {
        Grantee::User(_) if own => Claim::Member("everyone sees what they hold themselves"),
        Grantee::User(_) => resolve::project_claim(Action::ListUserRoles, context, snapshot)?,
        Grantee::Role(_) => resolve::project_claim(Action::DescribeRole, context, snapshot)?,
    };
    let request = Request::in_session(context, vec![claim]);
    Ok(Bound::when_allowed(request, || {
        if let Some(name) = grant::role_of(&whose) {
            role::known_role(&Name { text: name.to_string(), ..Name::default() }, &project, snapshot)?;
        }
        Ok(Work::show(move |snapshot| match &whose {
            Grantee::User(user) => grants_of_user(snapshot, &project, user, kind),
            Grantee::Role(_) => {
                let entries = of_kind(snapshot.acl_of_grantee(project.id, &whose)?, kind);
                let mut lines = vec!["Authorization Type: ACL".to_owned(), format!("[{whose}]")];
                lines.extend(by_object(&entries));
                lines.extend(inside_packages(&entries));
                Ok(Outcome::lines(lines))
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
        return Ok(Outcome::lines([format!("[{user}]"), format!("projects/{}: Project Owner", project.name)]));
    }
    let roles = snapshot.roles_of(project.id, user)?;
    let mut lines = vec!["[roles]".to_owned(), roles.iter().map(RoleName::as_str).collect::<Vec<_>>().join(", ")];
    let grantees = std::iter::once(Grantee::User(user.clone())).chain(roles.into_iter().map(Grantee::Role));
    let mut head = vec![String::new(), "Authorization Type: ACL".to_owned()];
    let mut inside = Vec::new();
    for grantee in grantees {
        let entries = of_kind(snapshot.acl_of_grantee(project.id, &grantee)?, kind);
        let outside = by_object(&entries);
        if !outside.is_empty() {
            lines.append(&mut head);
            lines.push(format!("[{grantee}]"));
            lines.extend(outside);
        }
        inside.extend(entries.into_iter().filter(|entry| entry.inside.is_some()));
    }
    lines.extend(inside_packages(&inside));
    Ok(Outcome::lines(lines))
}

fn of_kind(entries: Vec<AclEntry>, kind: Option<ObjectKind>) -> Vec<AclEntry> {
    let wanted = |entry: &AclEntry| match kind {
        None => true,
        Some(kind) => entry.kind == kind,
    };
    entries.into_iter().filter(wanted).collect()
}

/// `A       projects/p/tables/t: Describe | Select`, a line for each object, column and end.
pub(super) fn by_object(entries: &[AclEntry]) -> Vec<String> {
    let outside = entries.iter().filter(|entry| entry.inside.is_none());
    grouped(outside, path, |path, actions| format!("A       {path}: {actions}"))
}

/// The entries inside installed packages, package by package. Source: PKGACL; the spelling is the service's.
fn inside_packages(entries: &[AclEntry]) -> Vec<String> {
    let mut packages: Vec<&str> = entries.iter().filter_map(|entry| entry.inside.as_deref()).collect();
    packages.sort_unstable();
    packages.dedup();
    let mut lines = Vec::new();
    for package in packages {
        if lines.is_empty() {
            lines.extend([String::new(), "Authorization Type: InstalledObjecACL".to_owned()]);
        }
        // A project's name has no point: what is behind the first one is the package's.
        lines.push(format!("[{}]", package.split_once('.').map_or(package, |(_, name)| name)));
        let on = |entry: &AclEntry| format!("{}(acs:odps:*:{})", entry.grant.grantee, path(entry));
        let of_it = entries.iter().filter(|entry| entry.inside.as_deref() == Some(package));
        lines.extend(grouped(of_it, on, |subject, actions| format!("A       {subject}: {actions}")));
    }
    lines
}

/// What `show acl for` shows of one object.
pub(super) fn acl_of(snapshot: &Snapshot<'_>, place: &AclPlace) -> Result<Outcome> {
    let object = &place.object;
    let mut lines = vec!["Authorization Type: Implicit".to_owned()];
    if let Some(package) = &place.inside {
        // Source: PQ: inside a package the line names nobody.
        lines.push("AG      project_owner/: All".to_owned());
        lines.extend(inside_packages(&snapshot.acl_of_object(object, package.id)?));
        return Ok(Outcome::lines(lines));
    }
    if let Some(project) = snapshot.project_by_id(object.project.id)? {
        lines.push(format!("AG      project_owner/{}: All", project.owner));
        for (word, role) in [("super_administrator", RoleName::SUPER_ADMINISTRATOR), ("admin", RoleName::ADMIN)] {
            for user in snapshot.users_of_role(project.id, &RoleName::new(role))? {
                lines.push(format!("AG      {word}/{user}: All"));
            }
        }
        if object.kind.is_owned() && project.security.object_creator_has_access_permission {
            let flags = if project.security.object_creator_has_grant_permission { "AG" } else { "A " };
            lines.push(format!("{flags}      object_creator/{}: All", object.owner));
        }
    }
    let entries = snapshot.acl_of_object(object, 0)?;
    if !entries.is_empty() {
        lines.extend([String::new(), "Authorization Type: ACL".to_owned()]);
        let on = |entry: &AclEntry| {
            let resource =
                if entry.kind == ObjectKind::Project { path(entry) } else { format!("acs:odps:*:{}", path(entry)) };
            format!("{}({resource})", entry.grant.grantee)
        };
        lines.extend(grouped(entries.iter(), on, |subject, actions| format!("A       {subject}: {actions}")));
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
fn grouped<'e>(
    entries: impl Iterator<Item = &'e AclEntry>,
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
        let order = ObjectKind::ALL.iter().flat_map(|kind| Action::grantable(*kind));
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
