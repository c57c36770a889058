//! Labels: every column that is read must be within what its reader may read (LAB-1, LAB-6, LAB-7).

use std::collections::{BTreeMap, BTreeSet};

use super::clearance::Clearance;
use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::evidence::Finding;
use super::facts::Facts;
use super::path::{Candidates, Lack, OwnPaths, PackagePath, Reader, TooHigh, combine};
use super::request::{Access, Columns, Request, Rights};
use super::rule::Rule;
use super::stop::Judged;
use crate::error::Result;
use crate::model::{Identity, Level, ObjectKind, Time};

/// What labels ask of an access.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The columns to be read that have a label above the lowest, in the order of the text.
    pub labelled: Vec<(String, Level)>,
    /// How far those may read who are asked besides the subject, and whose rights are theirs.
    pub users: Vec<(Rights, Clearance)>,
    /// Whether every path reads up to the highest label of the table: then no column is looked at.
    pub is_within: bool,
}

/// What labels ask of an access: nothing where the object's project does not check them, and of what reads no column.
pub(super) fn asked(
    access: &Access,
    (packages, own): (&[PackagePath], &OwnPaths),
    request: &Request,
    facts: &dyn Facts,
    now: Time,
) -> Result<Asked> {
    let Access { action, object, columns, rights, .. } = access;
    let is_table = matches!(object.kind, ObjectKind::Table | ObjectKind::View);
    if !is_table || !action.reads_data() || matches!(object.id, Identity::Unknown | Identity::Gone) {
        return Ok(Asked::default());
    }
    let Some(project) = facts.project(object.project.id)?.filter(|project| project.security.label_security) else {
        return Ok(Asked::default());
    };
    let of = match columns {
        Columns::Whole => None,
        Columns::Read(columns) => Some(columns),
    };
    let labels = facts.labels(object)?;
    let highest = labels.highest();
    if highest == Level::LOWEST || of.is_some_and(BTreeSet::is_empty) {
        return Ok(Asked::default());
    }
    let of_packages = packages.iter().map(|package| package.clearance.level);
    let lowest = of_packages.chain(own.membership.is_member().then_some(own.clearance.level)).min();
    let users_of = users(rights, request);
    if users_of.is_empty() && lowest.is_some_and(|lowest| lowest >= highest) {
        return Ok(Asked { is_within: true, ..Asked::default() });
    }
    let mut labelled = labels.above(Level::LOWEST, of);
    // The first one in the order of the text is named; those that it does not name come after, in the order of the table (LAB-7).
    if labelled.len() > 1 && *rights == Rights::Invoker {
        let places = Places::of(request);
        labelled.sort_by_key(|(column, _)| places.column(object.id, column));
    }
    let mut asked = Asked { labelled, ..Asked::default() };
    if asked.labelled.is_empty() {
        return Ok(asked);
    }
    for rights in users_of {
        let clearance = match rights.subject(&request.principal) {
            Some(who) => Clearance::own(object, who, &project, facts, now)?,
            None => Clearance::default(),
        };
        asked.users.push((rights, clearance));
    }
    Ok(asked)
}

/// The users of what a function or resource reads. Neither has a label itself, so the levels of its maker and of its user both count. The user
/// may be the maker of another function, and in the end is the caller of the statement (LAB-6).
fn users(rights: &Rights, request: &Request) -> Vec<Rights> {
    let mut users: Vec<Rights> = Vec::new();
    let mut behind = vec![rights];
    while let Some(rights) = behind.pop() {
        let Rights::Definer { view, .. } = rights else { continue };
        if matches!(view.kind, ObjectKind::Table | ObjectKind::View) {
            continue;
        }
        for access in request.accesses().filter(|access| access.object == *view) {
            if access.rights != Rights::Invoker && !users.contains(&access.rights) {
                users.push(access.rights.clone());
                behind.push(&access.rights);
            }
        }
    }
    let is_unlabelled =
        matches!(rights, Rights::Definer { view, .. } if !matches!(view.kind, ObjectKind::Table | ObjectKind::View));
    users.extend(is_unlabelled.then_some(Rights::Invoker));
    users
}

/// Judges the labels of what is read, once every access is allowed (STG-1).
pub(super) fn judge(request: &Request, accesses: &[Vec<Candidates<'_>>], trail: &mut Trail) -> Judged {
    let is_asked = |candidates: &Candidates<'_>| candidates.is_within_labels || !candidates.labelled.is_empty();
    if !accesses.iter().flatten().any(is_asked) {
        return Ok(());
    }
    let accesses: Vec<&Candidates<'_>> = accesses.iter().flatten().collect();
    let too_high = |candidates: &Candidates<'_>| match combine(candidates).missing {
        Some(Lack::Label(too_high)) if !candidates.labelled.is_empty() => Some(too_high),
        _ => None,
    };
    let refused =
        accesses.iter().enumerate().filter_map(|(at, candidates)| Some((at, candidates, too_high(candidates)?)));
    let refused: Vec<_> = refused.collect();
    // Of several tables, too, the first column in the order of the text is named (LAB-7).
    let first = match refused.as_slice() {
        [] | [_] => refused.into_iter().next(),
        _ => {
            let places = Places::of(request);
            refused
                .into_iter()
                .min_by_key(|(_, candidates, too_high)| places.access(&candidates.access, too_high, request))
        }
    };
    let judged = first.as_ref().map_or(accesses.len(), |(at, ..)| *at);
    for candidates in accesses.iter().take(judged).filter(|candidates| too_high(candidates).is_none()) {
        if is_asked(candidates) {
            trail.note(Rule::Label, Finding::WithinLabels(candidates.place));
        }
    }
    let Some((_, candidates, too_high)) = first else { return Ok(()) };
    let access: &Access = &candidates.access;
    let rule = match &too_high.reader {
        Reader::Package(_) => Rule::PackageLabel,
        Reader::Subject if access.behind().is_none() => Rule::Label,
        Reader::Subject | Reader::User(_) => Rule::LabelReader,
    };
    let reason = Reason::Label(access.clone(), *too_high);
    Err(Denial::new(rule, reason).behind(access.behind()).into())
}

/// Where a text first names a table, and a column of it.
struct Places<'r> {
    tables: BTreeMap<Identity, usize>,
    columns: BTreeMap<(Identity, &'r str), usize>,
}

impl<'r> Places<'r> {
    fn of(request: &'r Request) -> Self {
        let (mut tables, mut columns) = (BTreeMap::new(), BTreeMap::new());
        for (place, (table, column)) in request.mentioned.iter().enumerate() {
            tables.entry(*table).or_insert(place);
            columns.entry((*table, column.as_str())).or_insert(place);
        }
        Self { tables, columns }
    }

    /// What the text does not name comes last.
    fn column(&self, table: Identity, column: &str) -> usize {
        self.columns.get(&(table, column)).copied().unwrap_or(usize::MAX)
    }

    /// What is behind a view stands where the view does.
    fn access(&self, access: &Access, too_high: &TooHigh, request: &Request) -> usize {
        match &access.rights {
            Rights::Invoker => self.column(access.object.id, &too_high.column),
            Rights::Definer { view, .. } => self.tables.get(&request.entrance(view).id).copied().unwrap_or(usize::MAX),
        }
    }
}
