//! What would lift a denial: for each obstacle one smallest set of statements, who may issue them, and what else they open.
//!
//! Found by the one decision path itself: what a remedy changes is put on top of the facts, and the request is decided again,
//! until it is allowed; then whatever can be left out is left out.

use super::decide::decide;
use super::decision::Verdict;
use super::denial::Denial;
use super::facts::Facts;
use super::remedy::{self, Remedy};
use super::request::Request;
use super::rule::Rule;
use super::standing::standing;
use super::what_if::WhatIf;
use crate::error::Result;
use crate::model::{Principal, Time};

/// Most obstacles that are looked for: a query names at most so many tables, and each can be missing more than once.
const MOST: usize = 500;

/// One thing that stands in the way, and what takes it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The rule that refuses.
    pub rule: Rule,
    /// The statements, in the order in which they are issued; never none.
    pub steps: Vec<Remedy>,
}

/// What someone may read of an advice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// What to do, in this order.
    pub remedies: Vec<Remedy>,
    /// Whether more may be missing, which only those who manage the projects may read.
    pub may_be_more: bool,
}

impl Told {
    /// On one line, for the help of an error; nothing if nothing helps.
    pub fn help(&self) -> Option<String> {
        let words: Vec<String> =
            self.remedies.iter().map(|remedy| format!("{remedy} (opens {})", remedy.opens)).collect();
        (!words.is_empty()).then(|| words.join("; then "))
    }
}

/// What would lift a denial.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advice {
    /// What lifts the denial that was met first: it follows from the denial alone, so anyone may read it.
    first: Option<Obstacle>,
    /// Everything that has to be lifted; without one of them the request is still denied.
    obstacles: Vec<Obstacle>,
    /// What no statement lifts: then nothing is advised beyond the first.
    beyond: Option<Denial>,
}

/// Looks for what would lift a denial.
///
/// `bound` gives the request as it is bound while some remedies are supposed to be done: what a query touches is only known
/// once its tables may be read.
///
/// # Errors
/// Fails if the facts cannot be read, or `bound` does.
pub fn advise(bound: &mut dyn FnMut(&[Remedy]) -> Result<Request>, facts: &dyn Facts, now: Time) -> Result<Advice> {
    let mut found: Vec<Obstacle> = Vec::new();
    let (mut first, mut last) = (None, None);
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
        let steps = if stuck { Vec::new() } else { remedy::steps(&next, &request, &world)? };
        let obstacle = Obstacle { rule: next.rule, steps };
        if found.is_empty() {
            first = Some(obstacle.clone()).filter(|obstacle| !obstacle.steps.is_empty());
        }
        if obstacle.steps.is_empty() || obstacle.steps.iter().any(|step| !step.is_possible()) {
            return Ok(Advice { first, obstacles: Vec::new(), beyond: Some(next) });
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
    Ok(Advice { first, obstacles: found, beyond: None })
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
        if let Some(whole) = self.whole() {
            let mut open = true;
            for step in whole.iter().flat_map(|obstacle| &obstacle.steps) {
                open &= match &step.project {
                    // What one does to the local world is no secret of a project.
                    None => true,
                    Some(project) => match facts.project(project.id)? {
                        Some(project) => standing(facts, &project, viewer)?.manages(),
                        None => false,
                    },
                };
            }
            if open {
                return Ok(Told { remedies: remedies(whole), may_be_more: false });
            }
        }
        let mut remedies = remedies(self.first.as_slice());
        remedies.retain(Remedy::follows_from_the_denial);
        Ok(Told { remedies, may_be_more: true })
    }
}
