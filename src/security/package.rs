//! The package path: what an installed package lets a subject do while the project that installed it is current (PTH-1 to PTH-3, PKG-2).

use super::clearance::Clearance;
use super::entry::{context, counts};
use super::evidence::{Ground, Opened};
use super::facts::Facts;
use super::membership::membership;
use super::path::{Extent, PackagePath, Path, uncovered};
use super::policies::{Policies, policies};
use super::request::{Access, Columns, Request};
use super::rule::Rule;
use crate::error::Result;
use crate::model::{Action, Grant, Level, Object, ObjectKind, Project, Time};
use crate::policy::RequestContext;

/// The paths to one object through packages.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Those that are open to the subject, in the order of installation.
    pub paths: Vec<PackagePath>,
    /// A package that lists the object and that the subject may not read.
    pub closed: Option<Object>,
}

impl Listed {
    /// Whether packages alone allow all of these columns.
    pub fn cover(&self, columns: &Columns) -> bool {
        uncovered(self.paths.iter().map(|package| &package.path), columns).is_none()
    }
}

/// The paths that packages open for an access: those that are installed in the current project.
pub(super) fn paths(access: &Access, request: &Request, facts: &dyn Facts, now: Time) -> Result<Listed> {
    let mut listed = Listed::default();
    let Access { action, object, .. } = access;
    let Some(current) = request.current.as_ref().filter(|current| current.id != object.project.id) else {
        return Ok(listed);
    };
    // A package never shares management.
    if !action.is_grantable_on(object.kind) {
        return Ok(listed);
    }
    let mut shares = facts.shares(current.id, object)?;
    shares.retain(|share| share.actions.iter().any(|listed| gives(*listed, *action, object.kind)));
    if shares.is_empty() {
        return Ok(listed);
    }
    let Some(project) = facts.project(current.id)? else { return Ok(listed) };
    let Some(subject) = access.subject(&request.principal) else { return Ok(listed) };
    let membership = membership(facts, &project, subject)?;
    if !membership.is_member() {
        return Ok(listed);
    }
    let grantees = membership.grantees(subject);
    let context = context(request, subject, now);
    for share in shares {
        let read = Access { rights: access.rights.clone(), ..Access::of(Action::Read, share.package) };
        let Policies { deny, allow } = policies(&read, (subject, &membership), &project, request, facts, now)?;
        let package = read.object;
        // A Deny of Read on it closes it to all but owner and Super_Administrator.
        if deny.is_some() {
            listed.closed = Some(package);
            continue;
        }
        let label = share.label;
        let whole = |opened, package: Object| PackagePath {
            path: Path::whole(Rule::PackagePath, Ground::Package(package, opened)),
            clearance: Clearance::fixed(label),
        };
        if membership.manages() {
            listed.paths.push(whole(Opened::Administrator, package));
            continue;
        }
        let read = valid(facts.grants(&package, &grantees)?, &package, &project, &context).next();
        if let Some(grant) = read {
            listed.paths.push(whole(Opened::Read(grant), package));
            continue;
        }
        if let Some(statement) = allow {
            listed.paths.push(whole(Opened::ReadPolicy(statement), package));
            continue;
        }
        let before = listed.paths.len();
        // Label grants inside the package raise what an entry inside it reads, at most to the label of the package.
        let mut labels = facts.labels_inside(&package, object, &grantees)?;
        labels.retain(|grant| grant.is_valid(now));
        let clearance = Clearance { level: Level::LOWEST, grants: labels, ceiling: Some(label) };
        for grant in valid(facts.inside(&package, object, &grantees)?, object, &project, &context) {
            if gives(grant.action, *action, object.kind) {
                let extent = grant.column.clone().map_or(Extent::Whole, Extent::Column);
                let ground = Ground::Package(package.clone(), Opened::Inside(grant));
                let path = Path { extent, rule: Rule::PackagePath, ground };
                listed.paths.push(PackagePath { path, clearance: clearance.clone() });
            }
        }
        if listed.paths.len() == before {
            listed.closed = Some(package);
        }
    }
    Ok(listed)
}

/// The entries on an object that count in the installing project (SWI-1).
fn valid(
    entries: Vec<Grant>,
    object: &Object,
    project: &Project,
    context: &RequestContext<'_>,
) -> impl Iterator<Item = Grant> {
    let count = project.security.check_permission_using_acl;
    entries.into_iter().filter(move |grant| count && counts(grant, object, context))
}

/// Whether a package that lists `listed` allows `asked`: Read on a function lets it be called (PKG-2).
fn gives(listed: Action, asked: Action, kind: ObjectKind) -> bool {
    listed.covers(asked) || (kind == ObjectKind::Function && listed == Action::Read && asked == Action::Execute)
}

/// Whether a package could give this action to those who read from it: what reads data of an object, and what it gives if nothing else
/// is said. Writing needs an action of its own.
pub fn could_give(action: Action, kind: ObjectKind) -> bool {
    let is_read = action.reads_data() || Action::shared(kind).contains(&action);
    is_read && kind.is_shareable() && action.is_grantable_on(kind)
}
