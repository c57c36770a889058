//! Labels: every column that is read must be within what its reader may read (LAB-1, LAB-6, LAB-7).

use std::collections::BTreeMap;

use super::clearance::Clearance;
use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::evidence::Finding;
use super::facts::Facts;
use super::path::{Candidates, Lack, Reader, combine};
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
    /// How far the caller may read, where it is asked besides the subject.
    pub caller: Option<Clearance>,
}

/// What labels ask of an access: nothing where the object's project does not check them, and of what reads no column.
pub(super) fn asked(access: &Access, request: &Request, facts: &dyn Facts, now: Time) -> Result<Asked> {
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
    let mut labelled = facts.labels(object)?.above(Level::LOWEST, of);
    // The first one in the order of the text is named; those that it does not name come after, in the order of the table (LAB-7).
    if labelled.len() > 1 && *rights == Rights::Invoker {
        let places: BTreeMap<&str, usize> =
            request.mentioned.iter().enumerate().map(|(place, word)| (word.as_str(), place)).collect();
        labelled.sort_by_key(|(column, _)| places.get(column.as_str()).copied().unwrap_or(usize::MAX));
    }
    // What has no label itself is asked for twice: of who made it, and of who uses it.
    let is_unlabelled =
        matches!(rights, Rights::Definer { view, .. } if !matches!(view.kind, ObjectKind::Table | ObjectKind::View));
    let caller = match is_unlabelled && !labelled.is_empty() {
        true => Some(Clearance::own(object, &request.principal, &project, facts, now)?),
        false => None,
    };
    Ok(Asked { labelled, caller })
}

/// Judges the labels of what is read, once every access is allowed (STG-1).
pub(super) fn judge(accesses: &[Vec<Candidates>], trail: &mut Trail) -> Judged {
    for candidates in accesses.iter().flatten().filter(|candidates| !candidates.labelled.is_empty()) {
        let access = &candidates.access;
        if let Some(Lack::Label(too_high)) = combine(candidates).missing {
            let rule = match &too_high.reader {
                Reader::Package(_) => Rule::PackageLabel,
                Reader::Subject if access.behind().is_none() => Rule::Label,
                Reader::Subject | Reader::Caller => Rule::LabelReader,
            };
            let reason = Reason::Label(access.clone(), too_high);
            return Err(Denial::new(rule, reason).behind(access.behind()).into());
        }
        trail.note(Rule::Label, Finding::WithinLabels(candidates.place));
    }
    Ok(())
}
