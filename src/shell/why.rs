//! `.why`: the same path without the run.

use super::pipeline::facts;
use super::session::Session;
use crate::command::{self, Context, Outcome};
use crate::error::{Error, Result};
use crate::model::JobType;
use crate::security::{Judged, Verdict, decide};
use crate::syntax::Statement;

impl Session {
    /// Decides a statement without running it: verdict, trail, what is missing.
    pub(super) fn why(&self, statement: &Statement, job: Option<JobType>) -> Result<Outcome> {
        let seed = self.world.random()?;
        let snapshot = self.store.read()?;
        let context = Context { as_job: job, ..self.context(seed) };
        let bound = command::bind(statement, &context, &snapshot)?;
        let request = bound.request();
        let decision = decide(request, facts(&snapshot), self.now())?;
        let mut lines = Vec::new();
        match decision.verdict() {
            Verdict::Allowed { row_limit } => {
                match bound.failure() {
                    // Allowed is what the rules say; that it would fail all the same is part of the answer.
                    Some(error) => {
                        lines.push("Allowed by the rules, and would fail:".to_owned());
                        lines.push(error.headline(""));
                        lines.extend(error.help.iter().map(|help| format!("help: {help}")));
                    }
                    None => lines.push("Allowed".to_owned()),
                }
                lines.extend(row_limit.map(|rows| format!("at most {rows} rows are shown")));
            }
            Verdict::Denied(denial) => {
                let listed = match bound.missing_object() {
                    Some((list, said)) if decide(&list, facts(&snapshot), self.now())?.is_allowed() => said,
                    _ => None,
                };
                let error: Box<Error> =
                    listed.unwrap_or_else(|| denial.error(&request.principal, request.current.as_ref()));
                lines.push(format!("Denied by {}: {}", denial.rule, denial.rule.sentence()));
                lines.push(error.headline(""));
                lines.extend(error.help.map(|help| format!("help: {help}")));
            }
        }
        lines.extend(decision.lines(facts(&snapshot), &self.principal)?.into_iter().map(|line| format!("  {line}")));
        Ok(Outcome::lines(lines))
    }
}
