//! The ways by which an access may be allowed, and how they are combined (ACC-1, ACC-5, PTH-1).

use std::collections::BTreeSet;

use super::evidence::{AccessPlace, Ground};
use super::membership::Membership;
use super::policies::PolicyStatement;
use super::request::{Access, Columns};
use super::rule::Rule;
use crate::model::Object;

/// One way by which an access is allowed: as a whole, or for one column.
#[derive(Debug)]
pub(super) struct Path {
    /// What it covers.
    pub extent: Extent,
    /// The rule that it follows.
    pub rule: Rule,
    /// Why it is open.
    pub ground: Ground,
}

/// How much of an access a path covers.
#[derive(Debug)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// One column: entries can be limited to columns.
    Column(String),
}

/// Every path of one access. The paths are collected without regard to each other; `combine` alone decides which are taken.
#[derive(Debug)]
pub struct Candidates {
    /// The access.
    pub access: Access,
    /// The requirement that it belongs to.
    pub(super) place: AccessPlace,
    /// Whether it replaces Select in a tunnel download (DLC-1).
    pub(super) for_download: bool,
    /// Through packages that are installed in the current project, in the order of installation. No flow of what they cover is
    /// restricted (PTH-2).
    pub(super) packages: Vec<Path>,
    /// A package that lists the object and that the subject may not read.
    pub(super) closed: Option<Object>,
    /// In the object's own project.
    pub(super) own: OwnPaths,
}

/// What the object's own project allows.
#[derive(Debug)]
pub(super) struct OwnPaths {
    /// What the subject is there; it needs to be a member (PRJ-2).
    pub membership: Membership,
    /// The paths: a membership that needs no entry first, then entries.
    pub paths: Vec<Path>,
    /// What keeps the paths from counting.
    pub bar: Option<Bar>,
    /// The statement of a policy that closes every path, those through packages included (POL-3).
    pub denied: Option<PolicyStatement>,
}

/// What keeps paths in the object's own project from counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bar {
    /// The project ignores ACL entries (SWI-1).
    AclIgnored,
    /// Owners do not change while owners may not grant (ACC-7).
    OwnerIsFixed,
}

/// What the paths of an access come to.
#[derive(Debug)]
pub(super) struct Combined<'c> {
    /// The paths that are taken in the object's own project; those through packages are taken as far as they reach.
    pub own: Vec<&'c Path>,
    /// What is missing, if anything is: the access is denied.
    pub missing: Option<Lack>,
}

/// What an access lacks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lack {
    /// All of it.
    Everything,
    /// These columns; others are allowed.
    Columns(BTreeSet<String>),
    /// A policy denies it.
    Denied(PolicyStatement),
}

impl Candidates {
    /// What packages leave to the object's own project; nothing where they cover the whole access (PTH-1).
    pub(super) fn left_by_packages(&self) -> Option<Columns> {
        uncovered(&self.packages, &self.access.columns)
    }

    /// Whether packages alone allow all of it.
    pub fn is_by_package(&self) -> bool {
        self.own.denied.is_none() && self.left_by_packages().is_none()
    }

    /// Whether a package lists all of it and is open, whatever policies say: then its reader is told of a Deny, not of a membership (POL-3).
    pub(super) fn is_listed(&self) -> bool {
        self.left_by_packages().is_none()
    }

    /// The installed package that would allow the access if the subject could read it.
    pub fn closed(&self) -> Option<&Object> {
        self.closed.as_ref().filter(|_| self.packages.is_empty())
    }
}

/// Combines the paths of an access: a policy that denies it closes all of them (POL-3); packages are taken for what they cover, and the
/// object's own project must allow the rest. One passing path for each column is enough (PTH-1); without any, the access is denied
/// (ACC-1).
pub(super) fn combine(candidates: &Candidates) -> Combined<'_> {
    if let Some(statement) = &candidates.own.denied {
        return Combined { own: Vec::new(), missing: Some(Lack::Denied(statement.clone())) };
    }
    let Some(rest) = candidates.left_by_packages() else { return Combined { own: Vec::new(), missing: None } };
    let own = &candidates.own;
    if own.bar.is_some() || !own.membership.is_member() {
        return Combined { own: Vec::new(), missing: Some(Lack::Everything) };
    }
    if let Some(whole) = own.paths.iter().find(|path| matches!(path.extent, Extent::Whole)) {
        return Combined { own: vec![whole], missing: None };
    }
    match uncovered(&own.paths, &rest) {
        None => Combined { own: own.paths.iter().collect(), missing: None },
        Some(Columns::Read(columns)) if !own.paths.is_empty() => {
            Combined { own: Vec::new(), missing: Some(Lack::Columns(columns)) }
        }
        Some(_) => Combined { own: Vec::new(), missing: Some(Lack::Everything) },
    }
}

/// What these paths leave of the columns; nothing where they cover them all.
pub(super) fn uncovered(paths: &[Path], asked: &Columns) -> Option<Columns> {
    if paths.iter().any(|path| matches!(path.extent, Extent::Whole)) {
        return None;
    }
    match asked {
        Columns::Whole => Some(Columns::Whole),
        // `count(*)` reads no column: one that may be read is enough (ACC-5).
        Columns::Read(columns) if columns.is_empty() => paths.is_empty().then(|| asked.clone()),
        Columns::Read(columns) => {
            let covers = |column: &String| {
                paths.iter().any(|path| matches!(&path.extent, Extent::Column(covered) if covered == column))
            };
            let rest: BTreeSet<String> = columns.iter().filter(|column| !covers(column)).cloned().collect();
            (!rest.is_empty()).then_some(Columns::Read(rest))
        }
    }
}

impl Path {
    /// A path that covers the whole access.
    pub fn whole(rule: Rule, ground: Ground) -> Self {
        Self { extent: Extent::Whole, rule, ground }
    }
}
