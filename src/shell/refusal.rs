//! What a refusal says: the error of a denial, and what would lift it.

use super::caller::Caller;
use crate::command::{self, Bound, Context, Outcome};
use crate::error::{Code, Error, Result};
use crate::model::Time;
use crate::security::{Advice, Decision, Judged, Remedy, Request, Verdict, advise, decide};
use crate::store::Snapshot;
use crate::syntax::Statement;

/// A statement that was decided, for what is said when it is denied.
pub(super) struct Asked<'a> {
    statement: &'a Statement,
    caller: &'a Caller,
    now: Time,
    /// If what it names is not there: the request to list, and what whoever may is told.
    missing: Option<(Request, Option<Box<Error>>)>,
}

impl<'a> Asked<'a> {
    pub fn new(bound: &Bound, statement: &'a Statement, caller: &'a Caller, now: Time) -> Self {
        Self { statement, caller, now, missing: bound.missing_object() }
    }

    /// The error of a denial; who may list what the project has is told that an object is not there, which may be no error.
    pub fn refusal(self, decision: &Decision, snapshot: &Snapshot<'_>) -> Result<Result<Outcome>> {
        if let Some((list, said)) = self.missing
            && decide(&list, snapshot, self.now)?.is_allowed()
        {
            return Ok(said.map_or_else(|| Ok(Outcome::ok()), Err));
        }
        let Verdict::Denied(denial) = decision.verdict() else {
            return Err(Error::new(Code::Internal, "a refusal without a reason"));
        };
        let principal = &self.caller.principal;
        let mut error = denial.error(principal, self.caller.current.as_ref());
        let told = advice(self.statement, &self.caller.context(self.now, 0), snapshot)?.told(principal, snapshot)?;
        error.help = told.help().or(error.help);
        error.notes = decision.lines(snapshot, principal)?;
        error.notes.push(format!("{}: {}", denial.rule, denial.rule.sentence()));
        Ok(Err(error))
    }
}

/// What would lift the denial of a statement; empty if it is allowed, or nothing would.
///
/// # Errors
/// The statement cannot be bound, or the state cannot be read.
pub(super) fn advice(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Advice> {
    let mut bound = |supposed: &[Remedy]| {
        let context = Context { supposed, ..*context };
        command::bind(statement, &context, snapshot).map(|bound| bound.request().clone())
    };
    advise(&mut bound, snapshot, context.now)
}
