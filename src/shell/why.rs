//! `.why`: the same path without the run.

use super::caller::How;
use super::refusal::advice;
use super::session::Session;
use crate::command::{Instead, Outcome};
use crate::error::{Error, Result};
use crate::model::JobType;
use crate::security::{Advice, Alternative, Judge, Requested, Told, Verdict};
use crate::syntax::Statement;

impl Session {
    /// Decides a statement without running it: verdict, trail, what is missing.
    pub(super) fn why(&self, statement: &Statement, job: Option<JobType>, source: &str) -> Result<Outcome> {
        let how = How { seed: self.world.random()?, as_job: job, ..How::at(self.now()) };
        let snapshot = self.store.read()?;
        let judge = Judge::new(&snapshot, how.now);
        let bound = self.caller.bind(statement, &how, &snapshot)?;
        let request = bound.request();
        let decision = judge.decide(request)?;
        let mut lines = Vec::new();
        match decision.verdict() {
            Verdict::Allowed { row_limit, .. } => {
                match bound.failure() {
                    // Allowed is what the rules say; that it would fail all the same is part of the answer.
                    Some(error) => {
                        lines.push("Allowed by the rules, but would fail:".to_owned());
                        lines.push(error.headline(source));
                        lines.extend(error.help.iter().map(|help| format!("help: {help}")));
                    }
                    None => lines.push("Allowed".to_owned()),
                }
                lines.extend(row_limit.map(|rows| format!("at most {rows} rows are shown")));
            }
            Verdict::Denied(denial) => {
                let instead = bound.absent().instead_of(denial, &judge)?;
                lines.push(format!("Denied by {}: {}", denial.rule, denial.rule.sentence()));
                match instead {
                    Some(Instead::NotThere(error)) => {
                        lines.push(error.headline(source));
                        lines.extend(error.help.map(|help| format!("help: {help}")));
                    }
                    Some(Instead::Fine) => {
                        lines.push("the object does not exist, which the statement permits: nothing is done".to_owned())
                    }
                    None => {
                        let error = denial.error(&request.principal, request.current.as_ref());
                        lines.push(error.headline(source));
                        let viewer = &self.caller.principal;
                        let advice = advice(statement, (&self.caller, how), &snapshot, Some(request), Some(viewer))?;
                        lines.extend(advised(&advice.told(viewer, &snapshot)?, &error));
                    }
                }
            }
        }
        lines.extend(decision.lines(&snapshot, &self.caller.principal)?.into_iter().map(|line| format!("  {line}")));
        Ok(Outcome::lines(lines))
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
        let how = How::at(self.now());
        let bound = self.caller.bind(statement, &how, &snapshot)?;
        let decision = Judge::new(&snapshot, how.now).decide(bound.request())?;
        Ok(if decision.is_allowed() { decision.whole_trail() } else { Vec::new() })
    }

    /// What would lift the denial of a statement in the current session, unredacted: for tests and analyses.
    ///
    /// # Errors
    /// The statement cannot be bound, or the state cannot be read.
    pub fn whole_advice(&self, statement: &Statement) -> Result<Advice> {
        advice(statement, (&self.caller, How::at(self.now())), &self.store.read()?, None, None)
    }
}

/// What would lift the denial, a line for each statement and one for what it opens.
fn advised(told: &Told, error: &Error) -> Vec<String> {
    let mut lines = Vec::new();
    match told.alternatives.as_slice() {
        [] => return error.help.iter().map(|help| format!("help: {help}")).collect(),
        [Alternative::Statements(remedies)] => {
            for remedy in remedies {
                lines.push(format!("to allow it: {remedy}"));
                lines.push(format!("  opens: {}", remedy.opens));
            }
        }
        _ => {
            lines.push("to allow it, one of these is needed, the narrowest first:".to_owned());
            lines.extend(told.numbered().into_iter().map(|line| format!("  {line}")));
        }
    }
    if told.may_be_more {
        lines.push("other permissions may also be missing; ask an administrator of the project".to_owned());
    }
    lines
}
