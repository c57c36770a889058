//! `.why`: the same path without the run.

use super::caller::How;
use super::refused::advice;
use super::session::Session;
use crate::analysis::Advice;
use crate::command::{Answer, Explanation, Failure, Instead, Item, Outcome, Refused};
use crate::error::{Error, Result};
use crate::model::JobType;
use crate::security::{Decision, Judge, Request, Requested, Verdict};
use crate::syntax::Statement;

impl Session {
    /// Decides a statement without running it: verdict, evidence, and what would allow it.
    pub(super) fn why(&self, statement: &Statement, job: Option<JobType>, source: &str) -> Result<Outcome> {
        let how = How { seed: self.service.world.random()?, as_job: job, ..How::at(self.now()) };
        let snapshot = self.service.store.read()?;
        let judge = Judge::new(&snapshot, how.now);
        let bound = self.caller.bind(statement, &how, &snapshot)?;
        let request = bound.request();
        let decision = judge.decide(request)?;
        let failure = |error: &Error| Failure { headline: error.headline(source), help: error.help.clone() };
        let (answer, row_limit) = match decision.verdict() {
            // Allowed is what the rules say; that it would fail all the same is part of the answer.
            Verdict::Allowed { row_limit, .. } => match bound.failure() {
                Some(error) => (Answer::WouldFail(failure(error)), *row_limit),
                None => (Answer::Allowed, *row_limit),
            },
            Verdict::Denied(denial) => {
                let refusal = match bound.absent().instead_of(denial, &judge)? {
                    Some(Instead::NotThere(error)) => Refused::NotFound(failure(&error)),
                    Some(Instead::Fine) => Refused::Nothing,
                    None => {
                        let error = denial.error(&request.principal, request.current.as_ref());
                        let viewer = &self.caller.principal;
                        let advice = advice(statement, (&self.caller, how), &snapshot, Some(request), Some(viewer))?;
                        let advice = advice.visible_to(viewer, &snapshot)?;
                        // The help of the denial is for those whom no advice helps.
                        let help = error.help.clone().filter(|_| advice.alternatives.is_empty());
                        Refused::Denied(Failure { help, ..failure(&error) }, advice)
                    }
                };
                (Answer::Denied { rule: denial.rule.id(), sentence: denial.rule.sentence(), refusal }, None)
            }
        };
        let evidence = decision.explanation(request, &snapshot, &self.caller.principal)?;
        Ok(Outcome { items: vec![Item::Explanation(Box::new(Explanation { answer, row_limit, evidence }))] })
    }
}

impl Session {
    /// What a statement asks for in the current session, and how that is decided, unredacted and without running it: for tests. `None`
    /// for local commands, which are not decided.
    ///
    /// # Errors
    /// The statement cannot be bound, or the state cannot be read.
    pub fn inspect(&self, statement: &Statement) -> Result<Option<(Request, Decision)>> {
        if matches!(statement, Statement::Local(_)) {
            return Ok(None);
        }
        let snapshot = self.service.store.read()?;
        let how = How::at(self.now());
        let bound = self.caller.bind(statement, &how, &snapshot)?;
        let request = bound.request().clone();
        let decision = Judge::new(&snapshot, how.now).decide(&request)?;
        Ok(Some((request, decision)))
    }

    /// What would lift the denial of a statement in the current session, unredacted: for tests and analyses.
    ///
    /// # Errors
    /// The statement cannot be bound, or the state cannot be read.
    pub fn whole_advice(&self, statement: &Statement) -> Result<Advice> {
        advice(statement, (&self.caller, How::at(self.now())), &self.service.store.read()?, None, None)
    }
}
