//! `.why`: the same path without the run.

use super::pipeline::facts;
use super::refusal::advice;
use super::session::Session;
use crate::command::{self, Answer, Context, Explanation, Failure, Instead, Item, Outcome, Refused};
use crate::error::{Error, Result};
use crate::model::JobType;
use crate::security::{Advice, Requested, Verdict, decide};
use crate::syntax::Statement;

impl Session {
    /// Decides a statement without running it: verdict, trail, what is missing.
    pub(super) fn why(&self, statement: &Statement, job: Option<JobType>, source: &str) -> Result<Outcome> {
        let seed = self.world.random()?;
        let snapshot = self.store.read()?;
        let context = Context { as_job: job, ..self.context(seed) };
        let bound = command::bind(statement, &context, &snapshot)?;
        let request = bound.request();
        let decision = decide(request, facts(&snapshot), self.now())?;
        let failure = |error: &Error| Failure { headline: error.headline(source), help: error.help.clone() };
        let (answer, row_limit) = match decision.verdict() {
            // Allowed is what the rules say; that it would fail all the same is part of the answer.
            Verdict::Allowed { row_limit, .. } => match bound.failure() {
                Some(error) => (Answer::WouldFail(failure(error)), *row_limit),
                None => (Answer::Allowed, *row_limit),
            },
            Verdict::Denied(denial) => {
                let refusal = match bound.absent().instead_of(denial, facts(&snapshot), self.now())? {
                    Some(Instead::NotThere(error)) => Refused::NotFound(failure(&error)),
                    Some(Instead::Fine) => Refused::Nothing,
                    None => {
                        let error = denial.error(&request.principal, request.current.as_ref());
                        let viewer = &self.caller.principal;
                        let advice = advice(statement, &context, &snapshot, Some(viewer))?;
                        let advice = advice.told(viewer, facts(&snapshot))?;
                        // The help of the denial is for those whom no advice helps.
                        let help = error.help.clone().filter(|_| advice.alternatives.is_empty());
                        Refused::Denied(Failure { help, ..failure(&error) }, advice)
                    }
                };
                (Answer::Denied { rule: denial.rule.id(), sentence: denial.rule.sentence(), refusal }, None)
            }
        };
        let trail = decision.explanation(request, facts(&snapshot), &self.caller.principal)?;
        Ok(Outcome { items: vec![Item::Explanation(Box::new(Explanation { answer, row_limit, trail }))] })
    }
}

impl Session {
    /// The whole trail of a statement in the current session, for tests: empty if it is denied or not decided.
    ///
    /// # Errors
    /// The statement cannot be bound, or the state cannot be read.
    pub fn trail(&self, statement: &Statement) -> Result<Vec<String>> {
        if matches!(statement, Statement::Local(_)) {
            return Ok(Vec::new());
        }
        let snapshot = self.store.read()?;
        let bound = command::bind(statement, &self.context(0), &snapshot)?;
        let decision = decide(bound.request(), facts(&snapshot), self.now())?;
        Ok(if decision.is_allowed() { decision.whole_explanation(bound.request()) } else { Vec::new() })
    }

    /// What would lift the denial of a statement in the current session, unredacted: for tests and analyses.
    ///
    /// # Errors
    /// The statement cannot be bound, or the state cannot be read.
    pub fn whole_advice(&self, statement: &Statement) -> Result<Advice> {
        advice(statement, &self.context(0), &self.store.read()?, None)
    }
}
