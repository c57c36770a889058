//! What a statement shows besides: each part is decided like a statement of its own, and left out where that is denied (FLW-2a).

use std::collections::BTreeSet;

use super::candidates::candidates;
use super::decide::judge_requirements;
use super::decision::Trail;
use super::evidence::Finding;
use super::facts::Facts;
use super::request::{Part, Request, Requirement};
use super::rule::Rule;
use super::stop::denial_of;
use super::{label, policies, protection};
use crate::error::Result;
use crate::model::{Identity, Object, ObjectKind, Time};

/// The objects whose derived data a decision lets a statement show. Only a decision makes one that holds any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    objects: BTreeSet<(ObjectKind, Identity)>,
}

impl Shown {
    /// Whether what is derived from the data of this object may be shown.
    pub fn includes(&self, object: &Object) -> bool {
        object.id != Identity::Unknown && self.objects.contains(&(object.kind, object.id))
    }

    /// Whether `other` includes at least as much.
    pub fn is_within(&self, other: &Self) -> bool {
        self.objects.is_subset(&other.objects)
    }
}

/// Decides every part of an allowed request. An object that several parts are of is shown if all of them may be.
pub(super) fn judge(request: &Request, facts: &dyn Facts, now: Time, trail: &mut Trail) -> Result<Shown> {
    let mut shown = Shown::default();
    let mut withheld = BTreeSet::new();
    for (place, part) in request.parts.iter().enumerate() {
        let key = (part.of.kind, part.of.id);
        if may_be_shown(place, part, request, facts, now, trail)? {
            shown.objects.insert(key);
        } else {
            withheld.insert(key);
        }
    }
    shown.objects.retain(|key| !withheld.contains(key));
    // The same words whether anything is left out: which objects there are may not be known (STG-4).
    if request.parts.iter().any(|part| !part.accesses.is_empty()) {
        trail.note(Rule::DerivedData, Finding::DerivedData);
    }
    Ok(shown)
}

fn may_be_shown(
    place: usize,
    part: &Part,
    request: &Request,
    facts: &dyn Facts,
    now: Time,
    trail: &mut Trail,
) -> Result<bool> {
    let alone = Request {
        job: part.job.or(request.job),
        requirements: part.accesses.iter().cloned().map(Requirement::Access).collect(),
        flows: part.flows.clone(),
        shows_rows: false,
        downloads: false,
        parts: Vec::new(),
        ..request.clone()
    };
    let accesses = candidates(&alone, facts, now)?;
    // What may not be described is not named either.
    let mut unseen = Trail::default();
    let mut denial = denial_of(judge_requirements(&alone, &accesses, facts, now, &mut unseen))?;
    if denial.is_none() {
        denial = denial_of(label::judge(&alone, &accesses, &mut unseen))?;
    }
    trail.changes_with(&unseen);
    if denial.is_some() {
        return Ok(false);
    }
    if denial_of(policies::judge_derived(Some(place), &alone, facts, now, trail))?.is_some() {
        trail.note(Rule::PolicyDeny, Finding::LeftOut(place));
        return Ok(false);
    }
    let denial = denial_of(protection::judge_part(place, &alone, &accesses, facts, now, trail))?;
    if denial.is_some() {
        let rule = if part.of.kind == ObjectKind::Instance { Rule::JobOutcome } else { Rule::DerivedData };
        trail.note(rule, Finding::LeftOut(place));
    }
    Ok(denial.is_none())
}
