//! How a person sees grants: `show grants`, `show acl`, `describe role`.
//!
//! Source: PQ ("Query permissions by using MaxCompute SQL"), the sample outputs.

use crate::command::{GrantEntry, Grants, GrantsOf, ImplicitGrant, PolicyEntry};
use crate::model::{Action, Grantee, ObjectKind, Principal, RoleName};
use crate::text::one_line;

const POLICY: &str = "Authorization Type: Policy";
const ACL: &str = "Authorization Type: ACL";

/// The lines that a person sees.
pub fn lines(grants: &Grants) -> Vec<String> {
    let entries = &grants.entries;
    let mut lines = match &grants.of {
        GrantsOf::Owner { user, project } => vec![format!("[{user}]"), format!("projects/{project}: Project Owner")],
        GrantsOf::User { user, roles, owned, may_grant } => {
            let mut lines = of_user(user, roles, entries);
            if !owned.is_empty() {
                lines.extend([String::new(), "Authorization Type: ObjectCreator".to_owned()]);
            }
            let code = if *may_grant { "AG" } else { "A" };
            lines.extend(owned.iter().map(|object| format!("{code:<8}{}: All", object.path)));
            lines
        }
        GrantsOf::Role(role) => {
            let mut lines = vec![ACL.to_owned(), format!("[{}]", Grantee::Role(role.clone()))];
            lines.extend(outside(entries).map(by_object));
            lines
        }
        GrantsOf::RoleDescription { users, .. } => {
            let mut lines = vec!["[users]".to_owned()];
            lines.extend(users.iter().map(Principal::to_string));
            lines.extend([String::new(), ACL.to_owned()]);
            lines.extend(outside(entries).map(by_object));
            lines
        }
        GrantsOf::TenantGrants(_) => Vec::new(),
        GrantsOf::TenantRole { users, projects, .. } => {
            let mut lines = vec!["[users]".to_owned()];
            lines.extend(users.iter().map(Principal::to_string));
            lines.extend([String::new(), "[projects]".to_owned()]);
            lines.extend(projects.iter().cloned());
            lines
        }
        GrantsOf::TenantUser { roles, .. } => of_roles(roles),
        GrantsOf::Object { implicit, .. } => of_object(implicit, entries),
    };
    lines.extend(by_policies(grants));
    lines.extend(inside_packages(entries));
    lines
}

/// The statements of the policies of roles: `D       projects/p/tables/tb_*: Drop`. `C` marks conditions.
fn by_policies(grants: &Grants) -> Vec<String> {
    let mut lines = Vec::new();
    let mut last: Option<&RoleName> = None;
    for PolicyEntry { role, denies, conditional, actions, resource } in &grants.statements {
        if lines.is_empty() {
            // It stands alone where a tenant role has nothing else to show.
            lines.extend((!matches!(grants.of, GrantsOf::TenantGrants(_))).then(String::new));
            lines.push(POLICY.to_owned());
        }
        let is_described = matches!(grants.of, GrantsOf::RoleDescription { .. } | GrantsOf::TenantRole { .. });
        if last.replace(role) != Some(role) && !is_described {
            lines.push(format!("[{}]", Grantee::Role(role.clone())));
        }
        let code = format!("{}{}", if *denies { "D" } else { "A" }, if *conditional { "C" } else { "" });
        lines.push(format!("{code:<8}{resource}: {}", actions.join(" | ")));
    }
    lines
}

fn of_roles(roles: &[RoleName]) -> Vec<String> {
    vec!["[roles]".to_owned(), roles.iter().map(RoleName::as_str).collect::<Vec<_>>().join(", ")]
}

fn of_user(user: &Principal, roles: &[RoleName], entries: &[GrantEntry]) -> Vec<String> {
    let mut lines = of_roles(roles);
    let mut head = vec![String::new(), ACL.to_owned()];
    for grantee in std::iter::once(Grantee::User(user.clone())).chain(roles.iter().cloned().map(Grantee::Role)) {
        let own: Vec<String> = outside(entries).filter(|entry| entry.grantee == grantee).map(by_object).collect();
        if !own.is_empty() {
            lines.append(&mut head);
            lines.push(format!("[{grantee}]"));
            lines.extend(own);
        }
    }
    lines
}

fn of_object(implicit: &[ImplicitGrant], entries: &[GrantEntry]) -> Vec<String> {
    let mut lines = vec!["Authorization Type: Implicit".to_owned()];
    lines.extend(implicit.iter().map(|ImplicitGrant { position, user, action, may_grant }| {
        // Inside a package the line names nobody.
        let user = user.as_ref().map(Principal::to_string).unwrap_or_default();
        format!("{}      {position}/{user}: {}", if *may_grant { "AG" } else { "A " }, action.name())
    }));
    let on_object = |entry: &GrantEntry| {
        let prefix = if entry.kind == ObjectKind::Project { "" } else { "acs:odps:*:" };
        line(&format!("{}({prefix}{})", entry.grantee, path(entry)), entry)
    };
    let listed: Vec<String> = outside(entries).map(on_object).collect();
    if !listed.is_empty() {
        lines.extend([String::new(), ACL.to_owned()]);
        lines.extend(listed);
    }
    lines
}

/// The entries that are not inside a package.
fn outside(entries: &[GrantEntry]) -> impl Iterator<Item = &GrantEntry> {
    entries.iter().filter(|entry| entry.package.is_none())
}

/// The entries inside installed packages, package by package. Source: PKGACL; the spelling is the service's.
fn inside_packages(entries: &[GrantEntry]) -> Vec<String> {
    let mut packages: Vec<&str> = entries.iter().filter_map(|entry| entry.package.as_deref()).collect();
    packages.sort_unstable();
    packages.dedup();
    let mut lines = Vec::new();
    for package in packages {
        if lines.is_empty() {
            lines.extend([String::new(), "Authorization Type: InstalledObjecACL".to_owned()]);
        }
        // The name of a project contains no point: the part after the first point is the name of the package.
        lines.push(format!("[{}]", package.split_once('.').map_or(package, |(_, name)| name)));
        let of_it = entries.iter().filter(|entry| entry.package.as_deref() == Some(package));
        lines.extend(of_it.map(|entry| line(&format!("{}(acs:odps:*:{})", entry.grantee, path(entry)), entry)));
    }
    lines
}

fn by_object(entry: &GrantEntry) -> String {
    line(&path(entry), entry)
}

/// `A       projects/p/tables/t: Describe | Select`. `C` marks conditions, whose text follows. Chosen: the service shows the mark alone, and no other
/// statement of it shows the text.
fn line(subject: &str, entry: &GrantEntry) -> String {
    let actions: Vec<&str> = entry.actions.iter().copied().map(Action::name).collect();
    let end = entry.expires.map(|end| format!("\tExpires:{}", end.iso())).unwrap_or_default();
    let (code, conditions) = match &entry.conditions {
        Some(text) => ("AC", format!("\tConditions:{}", one_line(text))),
        None => ("A", String::new()),
    };
    format!("{code:<8}{subject}: {}{end}{conditions}", actions.join(" | "))
}

fn path(entry: &GrantEntry) -> String {
    match &entry.column {
        Some(column) => format!("{}/{column}", entry.path),
        None => entry.path.clone(),
    }
}
