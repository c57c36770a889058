//! What would lift a denial: for each obstacle one smallest set of statements, who may issue them, and what else they open.
//!
//! Found by the one decision path itself: what a remedy changes is put on top of the facts, and the request is decided again,
//! until it is allowed; then whatever can be left out is left out. It is done for each of the two paths, and the shorter one
//! is advised (PTH-1).

use super::decide::decide;
use super::decision::Verdict;
use super::denial::{Denial, Reason};
use super::facts::Facts;
use super::remedy::Remedy;
use super::request::{Claim, Request};
use super::rule::Rule;
use super::standing::standing;
use super::steps::{Path, steps};
use super::what_if::WhatIf;
use crate::error::Result;
use crate::model::{Action, ObjectKind, Principal, ProjectRef, Time};

/// Most obstacles that are looked for: a query names at most so many tables, and each can be missing more than once.
const MOST: usize = 500;

/// One thing that stands in the way, and what takes it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The rule that refuses.
    pub rule: Rule,
    /// The statements, in the order in which they are issued; never none.
    pub steps: Vec<Remedy>,
    /// Whether it is a right on a project itself that is missing: that says nothing of what is in it.
    of_project: bool,
}

/// What someone may read of an advice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// What to do, in this order.
    pub remedies: Vec<Remedy>,
    /// The other way, in words that are the same whether there is one or not.
    pub or: Option<String>,
    /// Whether more may be missing, which only those who manage the projects may read.
    pub may_be_more: bool,
}

impl Told {
    /// On one line, for the help of an error; nothing if nothing helps.
    pub fn help(&self) -> Option<String> {
        let words: Vec<String> =
            self.remedies.iter().map(|remedy| format!("{remedy} (opens {})", remedy.opens)).collect();
        let or = self.or.iter().map(|or| format!("; or {or}")).collect::<String>();
        (!words.is_empty()).then(|| words.join("; then ") + &or)
    }
}

/// What would lift a denial.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advice {
    /// What lifts the denial that was met first, on the own path: it follows from the denial alone, so anyone may read it.
    first: Option<Obstacle>,
    /// Everything that has to be lifted; without one of them the request is still denied.
    obstacles: Vec<Obstacle>,
    /// What no statement lifts: then nothing is advised beyond the first.
    beyond: Option<Denial>,
    /// The project that the first denial is about and the current one, where a package could open it.
    shareable: Option<(ProjectRef, ProjectRef)>,
}

/// Looks for what would lift a denial.
///
/// `bound` gives the request as it is bound while some remedies are supposed to be done: what a query touches is only known
/// once its tables may be read.
///
/// # Errors
/// Fails if the facts cannot be read, or `bound` does.
pub fn advise(bound: &mut dyn FnMut(&[Remedy]) -> Result<Request>, facts: &dyn Facts, now: Time) -> Result<Advice> {
    let own = look(bound, Path::Own, facts, now)?;
    if own.first.is_none() && own.obstacles.is_empty() {
        return Ok(own);
    }
    let shared = look(bound, Path::Package, facts, now)?;
    let statements = |advice: &Advice| advice.whole().map_or(usize::MAX, |whole| remedies(whole).len());
    // Of equally many statements those that open less: a right on one object rather than on all that a package lists.
    if statements(&shared) < statements(&own) {
        return Ok(Advice { first: own.first, shareable: own.shareable, ..shared });
    }
    Ok(own)
}

/// Looks for what would open one path.
fn look(
    bound: &mut dyn FnMut(&[Remedy]) -> Result<Request>,
    path: Path,
    facts: &dyn Facts,
    now: Time,
) -> Result<Advice> {
    let mut found: Vec<Obstacle> = Vec::new();
    let (mut first, mut last, mut shareable) = (None, None, None);
    // With how many obstacles found it was bound last: bound twice with the same it says the same.
    let mut bound_again = usize::MAX;
    let mut request = bound(&[])?;
    loop {
        let Some(next) = denial(&request, &found, facts, now)? else {
            // Allowed as it was bound; bound anew with what was found, it may ask for more.
            let again = bound(&remedies(&found))?;
            let settled = again == request;
            request = again;
            if settled || std::mem::replace(&mut bound_again, found.len()) == found.len() {
                break;
            }
            continue;
        };
        // A remedy that does not move the decision is none.
        let stuck = last.as_ref() == Some(&next) || found.len() == MOST;
        let world = WhatIf::of(facts, &remedies(&found), now);
        let steps = if stuck { Vec::new() } else { steps(&next, &request, path, &world)? };
        let of_project =
            matches!(&next.reason, Reason::NoPrivilege(access, _) if access.object.kind == ObjectKind::Project);
        let obstacle = Obstacle { rule: next.rule, steps, of_project };
        if found.is_empty() {
            shareable = could_be_shared(&next, &request);
            first = Some(obstacle.clone()).filter(|obstacle| !obstacle.steps.is_empty());
        }
        if obstacle.steps.is_empty() || obstacle.steps.iter().any(|step| !step.is_possible()) {
            return Ok(Advice { first, obstacles: Vec::new(), beyond: Some(next), shareable });
        }
        found.push(obstacle);
        last = Some(next);
    }
    // What a later remedy made superfluous goes.
    let mut place = found.len();
    while place > 0 && found.len() > 1 {
        place -= 1;
        let mut without = found.clone();
        without.remove(place);
        if denial(&request, &without, facts, now)?.is_none() {
            found = without;
        }
    }
    found.sort_by_key(|obstacle| obstacle.steps.iter().map(Remedy::turn).min());
    Ok(Advice { first, obstacles: found, beyond: None, shareable })
}

/// Why a request is denied while these obstacles are away.
fn denial(request: &Request, away: &[Obstacle], facts: &dyn Facts, now: Time) -> Result<Option<Denial>> {
    let world = WhatIf::of(facts, &remedies(away), now);
    Ok(match decide(request, &world, now)?.verdict() {
        Verdict::Allowed { .. } => None,
        Verdict::Denied(denial) => Some(denial.clone()),
    })
}

fn remedies(obstacles: &[Obstacle]) -> Vec<Remedy> {
    obstacles.iter().flat_map(|obstacle| obstacle.steps.clone()).collect()
}

impl Advice {
    /// Everything that has to be lifted, if all of it together lets the request pass.
    pub fn whole(&self) -> Option<&[Obstacle]> {
        (self.beyond.is_none() && !self.obstacles.is_empty()).then_some(self.obstacles.as_slice())
    }

    /// The denial that no statement lifts, if there is one.
    pub fn beyond_help(&self) -> Option<&Denial> {
        self.beyond.as_ref()
    }

    /// What `viewer` may read.
    ///
    /// Everything, if it manages the projects that they are in; else what follows from the denial alone (BND-2, STG-4).
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn told(&self, viewer: &Principal, facts: &dyn Facts) -> Result<Told> {
        // What one does to the local world is no secret of a project.
        let manages = |remedy: &Remedy| match &remedy.project {
            None => Ok(true),
            Some(project) => manages(project, viewer, facts),
        };
        if let Some(whole) = self.whole() {
            let remedies = remedies(whole);
            if all(&remedies, manages)? {
                return Ok(Told { remedies, or: None, may_be_more: false });
            }
        }
        let mut shown = remedies(self.first_needed());
        shown.retain(Remedy::follows_from_the_denial);
        let is_all = self.beyond.is_some() && all(&shown, manages)?;
        let mut remedies = Vec::new();
        for remedy in shown {
            remedies.push(if manages(&remedy)? { remedy } else { remedy.for_outsiders() });
        }
        let or = self.shareable.as_ref().map(|(project, current)| {
            format!(
                "by a package of project {} that lists it, is installed in project {}, and may be read there",
                project.name, current.name
            )
        });
        Ok(Told { remedies, or, may_be_more: !is_all })
    }

    /// The obstacle that was met first; the first that has to be lifted instead, where both are rights on projects themselves:
    /// with anything else it would depend on what is in them.
    fn first_needed(&self) -> &[Obstacle] {
        match (&self.first, self.obstacles.as_slice()) {
            (Some(first), [needed, ..]) if first.of_project && needed.of_project && !self.obstacles.contains(first) => {
                std::slice::from_ref(needed)
            }
            (first, _) => first.as_slice(),
        }
    }
}

fn all(remedies: &[Remedy], holds: impl Fn(&Remedy) -> Result<bool>) -> Result<bool> {
    for remedy in remedies {
        if !holds(remedy)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn manages(project: &ProjectRef, viewer: &Principal, facts: &dyn Facts) -> Result<bool> {
    Ok(match facts.project(project.id)? {
        Some(project) => standing(facts, &project, viewer)?.manages(),
        None => false,
    })
}

/// The project of what is missing and the current one, if it is something that a package of the one could list for the other.
fn could_be_shared(denial: &Denial, request: &Request) -> Option<(ProjectRef, ProjectRef)> {
    let current = request.current.as_ref()?;
    let project = match &denial.reason {
        Reason::NoPrivilege(access, _) => &access.object.project,
        Reason::NotMember(project) | Reason::NotObjectMember(project, _) => project,
        Reason::Protected { object, .. } => &object.project,
        _ => return None,
    };
    let listed = |claim: &Claim| match claim {
        Claim::Access(access) => {
            let kind = access.object.kind;
            access.object.project == *project
                && !matches!(kind, ObjectKind::Project | ObjectKind::Schema | ObjectKind::Package)
                && Action::grantable(kind).contains(&access.action)
        }
        _ => false,
    };
    let is_foreign = project.id != current.id && request.claims.iter().any(listed);
    is_foreign.then(|| (project.clone(), current.clone()))
}
