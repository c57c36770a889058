//! Labels: every column that is read must be within what its reader may read (LAB-1, LAB-6, LAB-7).

use std::collections::{BTreeMap, BTreeSet};

use super::clearance::Clearance;
use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::evidence::Finding;
use super::facts::Facts;
use super::path::{Candidates, Lack, OwnPaths, PackagePath, Reader, combine};
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
        let places: BTreeMap<&str, usize> =
            request.mentioned.iter().enumerate().map(|(place, word)| (word.as_str(), place)).collect();
        labelled.sort_by_key(|(column, _)| places.get(column.as_str()).copied().unwrap_or(usize::MAX));
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
pub(super) fn judge(accesses: &[Vec<Candidates>], trail: &mut Trail) -> Judged {
    for candidates in accesses.iter().flatten() {
        let access = &candidates.access;
        if candidates.labelled.is_empty() {
            if candidates.is_within_labels {
                trail.note(Rule::Label, Finding::WithinLabels(candidates.place));
            }
            continue;
        }
        if let Some(Lack::Label(too_high)) = combine(candidates).missing {
            let rule = match &too_high.reader {
                Reader::Package(_) => Rule::PackageLabel,
                Reader::Subject if access.behind().is_none() => Rule::Label,
                Reader::Subject | Reader::User(_) => Rule::LabelReader,
            };
            let reason = Reason::Label(access.clone(), *too_high);
            return Err(Denial::new(rule, reason).behind(access.behind()).into());
        }
        trail.note(Rule::Label, Finding::WithinLabels(candidates.place));
    }
    Ok(())
}
