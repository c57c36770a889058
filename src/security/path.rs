//! The ways by which an access may be allowed, and how they are combined (ACC-1, ACC-5, PTH-1).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;

use super::clearance::Clearance;
use super::evidence::{AccessPlace, Ground};
use super::membership::Membership;
use super::policies::PolicyStatement;
use super::request::{Access, Columns, Rights};
use super::rule::Rule;
use crate::model::{Grant, Level, Object};

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

/// A path through a package: it reads up to the label that the package gives (LAB-4).
#[derive(Debug)]
pub(super) struct PackagePath {
    /// The path.
    pub path: Path,
    /// Up to which label it reads.
    pub clearance: Clearance,
}

/// What is judged: an access as its request has it, or one that is required in its place.
#[derive(Debug)]
pub enum Judging<'r> {
    /// As requested.
    Requested(&'r Access),
    /// In its place (DLC-1).
    Instead(Box<Access>),
}

impl Deref for Judging<'_> {
    type Target = Access;

    fn deref(&self) -> &Access {
        match self {
            Self::Requested(access) => access,
            Self::Instead(access) => access,
        }
    }
}

/// Every path of one access. The paths are collected without regard to each other; `combine` alone decides which are taken.
#[derive(Debug)]
pub struct Candidates<'r> {
    /// The access.
    pub access: Judging<'r>,
    /// The requirement that it belongs to.
    pub(super) place: AccessPlace,
    /// Whether it replaces Select in a tunnel download (DLC-1).
    pub(super) for_download: bool,
    /// Through packages that are installed in the current project, in the order of installation. No flow of what they cover is
    /// restricted (PTH-2).
    pub(super) packages: Vec<PackagePath>,
    /// A package that lists the object and that the subject may not read.
    pub(super) closed: Option<Object>,
    /// In the object's own project.
    pub(super) own: OwnPaths,
    /// The columns to be read that have a label above the lowest, in the order of the text; none where labels are not checked.
    pub(super) labelled: Vec<(String, Level)>,
    /// Whether labels are checked, and every path reads up to the highest of the table.
    pub(super) is_within_labels: bool,
    /// Behind a function or resource: how far those may read who use it, and who are asked besides (LAB-6).
    pub(super) users: Vec<(Rights, Clearance)>,
}

/// What the object's own project allows.
#[derive(Debug)]
pub(super) struct OwnPaths {
    /// What the subject is there; it needs to be a member (PRJ-2).
    pub membership: Arc<Membership>,
    /// The paths: a membership that needs no entry first, then entries.
    pub paths: Vec<Path>,
    /// Up to which label the subject reads the object there.
    pub clearance: Clearance,
    /// The entries that would allow it, but for their conditions.
    pub withheld: Vec<Grant>,
    /// What keeps the paths from counting.
    pub bar: Option<Bar>,
    /// The statement of a policy that closes every path, those through packages included (POL-3).
    pub denied: Option<PolicyStatement>,
}

impl OwnPaths {
    /// No path yet, for somebody who is this in the object's project.
    pub fn of(membership: Arc<Membership>) -> Self {
        let clearance = Clearance::default();
        Self { membership, paths: Vec::new(), clearance, withheld: Vec::new(), bar: None, denied: None }
    }
}

/// What keeps paths in the object's own project from counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bar {
    /// The project ignores ACL entries (SWI-1).
    AclIgnored,
    /// Owners do not change while owners may not grant (ACC-7).
    OwnerIsFixed,
    /// The project was dropped; another one may have its name.
    ProjectDropped,
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
    /// The label of a column is above what its reader may read.
    Label(Box<TooHigh>),
}

/// A column that somebody may not read because of its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooHigh {
    /// The column.
    pub column: String,
    /// Its label.
    pub label: Level,
    /// Up to which label it is read.
    pub level: Level,
    /// Who may not read it.
    pub reader: Reader,
    /// Every column that is too high for this reader: what has to be lifted.
    pub all: Vec<Short>,
}

/// One column that is too high for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short {
    /// The column.
    pub column: String,
    /// Its label.
    pub label: Level,
    /// Whether the own path allows it, its label not counted.
    pub is_own_open: bool,
    /// Whether the subject's level on the own path is high enough.
    pub is_own_level_enough: bool,
}

/// Whose level is too low for a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    /// That of whose rights count.
    Subject,
    /// That of this package, as it is installed.
    Package(Object),
    /// That of who uses a function or resource, with these rights: it is asked besides the maker.
    User(Rights),
}

impl Candidates<'_> {
    /// What packages leave to the object's own project, labels not counted; nothing where they list the whole access (PTH-1).
    pub(super) fn left_by_packages(&self) -> Option<Cow<'_, Columns>> {
        uncovered(self.packages.iter().map(|package| &package.path), &self.access.columns)
    }

    /// What needs the own path: what no package lists, and the columns whose labels are too high for the packages that list them.
    pub(super) fn needs_own(&self) -> Option<Cow<'_, Columns>> {
        let left = self.left_by_packages();
        if let Some(Columns::Whole) = left.as_deref() {
            return left;
        }
        // Without packages nothing is listed, and all is left.
        let listed = self.labelled.iter().filter(|_| !self.packages.is_empty());
        let mut unread = listed.filter(|(column, label)| !self.is_read_by_package(column, *label)).peekable();
        if unread.peek().is_none() {
            return left;
        }
        let mut columns = match left.map(Cow::into_owned) {
            Some(Columns::Read(columns)) => columns,
            Some(Columns::Whole) | None => BTreeSet::new(),
        };
        columns.extend(unread.map(|(column, _)| column.clone()));
        Some(Cow::Owned(Columns::Read(columns)))
    }

    /// Whether packages alone allow all of it, and let all of it be read.
    pub fn is_by_package(&self) -> bool {
        self.own.denied.is_none() && self.needs_own().is_none()
    }

    /// Whether an open package lists all of it, policies aside: then the error names a Deny and not a missing membership (POL-3).
    pub(super) fn is_listed(&self) -> bool {
        self.left_by_packages().is_none()
    }

    /// The installed package that would allow the access if the subject could read it.
    pub fn closed(&self) -> Option<&Object> {
        self.closed.as_ref().filter(|_| self.packages.is_empty())
    }

    /// Up to which label packages read a column, and the package that reads it furthest; nothing where none lists it.
    fn read_by_packages(&self, column: &str) -> Option<(Level, &PackagePath)> {
        let listing = self.packages.iter().filter(|package| package.path.covers(column));
        listing.map(|package| (package.clearance.of_column(column), package)).max_by_key(|(level, _)| *level)
    }

    fn is_read_by_package(&self, column: &str, label: Level) -> bool {
        self.read_by_packages(column).is_some_and(|(level, _)| level >= label)
    }

    /// The paths in the object's own project that together allow these columns, labels not counted; else what is missing.
    fn allowed_by_own(&self, columns: &Columns) -> Result<Vec<&Path>, Lack> {
        let own = &self.own;
        if own.bar.is_some() || !own.membership.is_member() {
            return Err(Lack::Everything);
        }
        if let Some(whole) = own.paths.iter().find(|path| matches!(path.extent, Extent::Whole)) {
            return Ok(vec![whole]);
        }
        match uncovered(own.paths.iter(), columns).map(Cow::into_owned) {
            None => Ok(own.paths.iter().collect()),
            Some(Columns::Read(columns)) if !own.paths.is_empty() => Err(Lack::Columns(columns)),
            Some(_) => Err(Lack::Everything),
        }
    }

    /// The first column whose label is too high for every path that allows it (LAB-7), or for who uses a function or resource.
    fn too_high(&self) -> Option<TooHigh> {
        let mut found: Option<TooHigh> = None;
        for (column, label) in &self.labelled {
            let Some((level, reader)) = self.readings(column).find(|(level, _)| level < label) else {
                continue;
            };
            let found = found.get_or_insert_with(|| TooHigh {
                column: column.clone(),
                label: *label,
                level,
                reader: reader.named(),
                all: Vec::new(),
            });
            if found.reader == reader.named() {
                found.all.push(Short {
                    column: column.clone(),
                    label: *label,
                    is_own_open: self.own_allows(column),
                    is_own_level_enough: self.own.clearance.of_column(column) >= *label,
                });
            }
        }
        found
    }

    /// Whether the own path allows this column, its label not counted.
    fn own_allows(&self, column: &str) -> bool {
        let own = &self.own;
        own.bar.is_none() && own.membership.is_member() && own.paths.iter().any(|path| path.covers(column))
    }

    /// Up to which labels a column is read: on the path that reads it furthest, and by those who are asked besides.
    fn readings(&self, column: &str) -> impl Iterator<Item = (Level, Reading<'_>)> {
        let own = self.own_allows(column).then(|| self.own.clearance.of_column(column));
        let best = match self.read_by_packages(column) {
            Some((level, package)) if own.is_none_or(|own| own < level) => (level, Reading::Package(package)),
            _ => (own.unwrap_or_default(), Reading::Subject),
        };
        let users = self.users.iter().map(move |(rights, user)| (user.of_column(column), Reading::User(rights)));
        std::iter::once(best).chain(users)
    }
}

impl PackagePath {
    fn reader(&self) -> Reader {
        let Ground::Package(package, _) = &self.path.ground else { return Reader::Subject };
        Reader::Package(package.clone())
    }
}

/// Who reads a column, by reference: a [`Reader`] once the column is too high.
enum Reading<'c> {
    Subject,
    Package(&'c PackagePath),
    User(&'c Rights),
}

impl Reading<'_> {
    fn named(&self) -> Reader {
        match self {
            Self::Subject => Reader::Subject,
            Self::Package(package) => package.reader(),
            Self::User(rights) => Reader::User((*rights).clone()),
        }
    }
}

/// Combines the paths of an access: a policy that denies it closes all of them (POL-3); packages are taken for what they cover, and the
/// object's own project must allow the rest. One passing path for each column is enough, if it passes the label of the column as well (PTH-1);
/// without any, the access is denied (ACC-1, LAB-1).
pub(super) fn combine<'c>(candidates: &'c Candidates<'_>) -> Combined<'c> {
    let missing = |lack| Combined { own: Vec::new(), missing: Some(lack) };
    if let Some(statement) = &candidates.own.denied {
        return missing(Lack::Denied(statement.clone()));
    }
    if let Some(rest) = candidates.left_by_packages()
        && let Err(lack) = candidates.allowed_by_own(&rest)
    {
        return missing(lack);
    }
    let own = candidates.needs_own().and_then(|rest| candidates.allowed_by_own(&rest).ok()).unwrap_or_default();
    Combined { own, missing: candidates.too_high().map(|too_high| Lack::Label(Box::new(too_high))) }
}

/// What these paths leave of the columns; nothing where they cover them all.
pub(super) fn uncovered<'c>(
    paths: impl Iterator<Item = &'c Path> + Clone,
    asked: &'c Columns,
) -> Option<Cow<'c, Columns>> {
    if paths.clone().next().is_none() {
        return Some(Cow::Borrowed(asked));
    }
    if paths.clone().any(|path| matches!(path.extent, Extent::Whole)) {
        return None;
    }
    match asked {
        Columns::Whole => Some(Cow::Borrowed(asked)),
        // `count(*)` reads no column: one that may be read is enough (ACC-5).
        Columns::Read(columns) if columns.is_empty() => None,
        Columns::Read(columns) => {
            let covers = |column: &String| paths.clone().any(|path| path.covers(column));
            let rest: BTreeSet<String> = columns.iter().filter(|column| !covers(column)).cloned().collect();
            (!rest.is_empty()).then_some(Cow::Owned(Columns::Read(rest)))
        }
    }
}

impl Path {
    /// A path that covers the whole access.
    pub fn whole(rule: Rule, ground: Ground) -> Self {
        Self { extent: Extent::Whole, rule, ground }
    }

    /// Whether it allows this column.
    fn covers(&self, column: &str) -> bool {
        match &self.extent {
            Extent::Whole => true,
            Extent::Column(covered) => covered == column,
        }
    }
}
