//! The package path: what an installed package lets a subject do while the project that installed it is current (PTH-1 to PTH-3, PKG-2).

use std::collections::BTreeSet;

use super::decision::Trail;
use super::facts::Facts;
use super::request::{Access, Columns, Request};
use super::rule::Rule;
use super::standing::standing;
use crate::error::Result;
use crate::model::{Action, Grant, Object, ObjectKind, Project, Time};

/// How much of one access the package path allows.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// The object as a whole.
    whole: bool,
    /// These columns of it: entries inside a package may be limited to columns.
    columns: BTreeSet<String>,
    /// What the path rests on, to be noted if the access takes it: in words for anyone, and for those who manage the project.
    grounds: Vec<(String, String)>,
    /// A package that lists the object and that the subject may not read.
    closed: Option<Object>,
}

impl Coverage {
    /// What the own path must still allow; nothing where packages allow the whole access (PTH-1).
    pub fn rest(&self, asked: &Columns) -> Option<Columns> {
        match asked {
            _ if self.whole => None,
            Columns::Whole => Some(Columns::Whole),
            // `count(*)` reads no column: one that may be read is enough (ACC-5).
            Columns::Read(columns) if columns.is_empty() => self.columns.is_empty().then(|| asked.clone()),
            Columns::Read(columns) => {
                let rest: BTreeSet<String> = columns.difference(&self.columns).cloned().collect();
                (!rest.is_empty()).then_some(Columns::Read(rest))
            }
        }
    }

    /// The installed package that would allow the access if the subject could read it.
    pub fn closed(&self) -> Option<&Object> {
        self.closed.as_ref().filter(|_| self.grounds.is_empty())
    }

    /// Notes what the path rests on.
    pub fn note(&self, access: &Access, request: &Request, trail: &mut Trail) {
        let Some(current) = &request.current else { return };
        for (what, fact) in &self.grounds {
            trail.note_fact(
                Rule::PackagePath,
                format!("{} on {}: {what}", access.action, access.shown(request)),
                current,
                fact,
            );
        }
        if let Some(package) = self.closed() {
            // That a package lists it tells that it is there.
            trail.note_hidden(
                Rule::PackageRead,
                current,
                format!(
                    "{} on {}: package {} lists it, but Read on the package is missing",
                    access.action, access.object, package.name
                ),
            );
        }
    }
}

/// What the packages that are installed in the current project allow of an access.
pub(super) fn coverage(access: &Access, request: &Request, facts: &dyn Facts, now: Time) -> Result<Coverage> {
    let mut coverage = Coverage::default();
    let Access { action, object, .. } = access;
    let Some(current) = request.current.as_ref().filter(|current| current.id != object.project.id) else {
        return Ok(coverage);
    };
    // Management is never shared, whatever a package lists.
    if !action.is_grantable_on(object.kind) {
        return Ok(coverage);
    }
    let mut shares = facts.shares(current.id, object)?;
    shares.retain(|share| share.actions.iter().any(|listed| gives(*listed, *action, object.kind)));
    if shares.is_empty() {
        return Ok(coverage);
    }
    let Some(project) = facts.project(current.id)? else { return Ok(coverage) };
    let Some(subject) = access.subject(&request.principal) else { return Ok(coverage) };
    let standing = standing(facts, &project, subject)?;
    if !standing.is_member() {
        return Ok(coverage);
    }
    for share in shares {
        let name = &share.package.name;
        let listed = format!("package {name}, installed in project {}", current.name);
        if standing.manages() {
            coverage.whole = true;
            coverage
                .grounds
                .push(("allowed by a package".to_owned(), format!("{listed}: {subject} manages the project")));
            continue;
        }
        let grantees = standing.grantees(subject);
        if let Some(grant) = valid(facts.grants(&share.package, &grantees)?, &project, now).first() {
            coverage.whole = true;
            coverage.grounds.push(("allowed by a package".to_owned(), format!("{listed}: {}", told(grant))));
            continue;
        }
        let inside = valid(facts.inside(&share.package, object, &grantees)?, &project, now);
        let before = coverage.grounds.len();
        for grant in inside.iter().filter(|grant| gives(grant.action, *action, object.kind)) {
            match &grant.column {
                None => coverage.whole = true,
                Some(column) => drop(coverage.columns.insert(column.clone())),
            }
            coverage.grounds.push(("allowed inside a package".to_owned(), format!("{listed}: {}", told(grant))));
        }
        if coverage.grounds.len() == before {
            coverage.closed = Some(share.package.clone());
        }
    }
    Ok(coverage)
}

/// The entries that count in the installing project (SWI-1).
fn valid(entries: Vec<Grant>, project: &Project, now: Time) -> Vec<Grant> {
    if !project.security.check_permission_using_acl {
        return Vec::new();
    }
    entries.into_iter().filter(|grant| grant.is_valid(now)).collect()
}

fn told(grant: &Grant) -> String {
    let column = grant.column.as_ref().map(|column| format!("({column})")).unwrap_or_default();
    format!("{}{column} granted to {} by {} at {}", grant.action, grant.grantee, grant.grantor, grant.granted)
}

/// Whether a package that lists `listed` allows `asked`: Read on a function lets it be called (PKG-2).
fn gives(listed: Action, asked: Action, kind: ObjectKind) -> bool {
    listed.covers(asked) || (kind == ObjectKind::Function && listed == Action::Read && asked == Action::Execute)
}
