//! What a refusal says: the error of a denial, and what would lift it.

use super::caller::{Caller, How};
use crate::analysis::{Advice, advise};
use crate::command::{Absent, Basis, Bound, Instead, Outcome};
use crate::error::{Code, Error, Result};
use crate::model::{Principal, Time};
use crate::security::{Change, Decision, Explained, Judge, Request, Requested, Verdict};
use crate::store::Snapshot;
use crate::syntax::Statement;

/// A decided statement, with what is needed to report its denial.
pub(super) struct Asked<'a> {
    statement: &'a Statement,
    caller: &'a Caller,
    now: Time,
    absent: Absent,
}

impl<'a> Asked<'a> {
    pub fn new(bound: &Bound, statement: &'a Statement, caller: &'a Caller, now: Time) -> Self {
        Self { statement, caller, now, absent: bound.absent() }
    }

    /// Returns the denial's error, without advice. If the caller may list the project, reports the missing object instead.
    pub fn refusal(&self, request: &Request, decision: &Decision, snapshot: &Snapshot<'_>) -> Result<Refused> {
        let Verdict::Denied(denial) = decision.verdict() else {
            return Err(Error::new(Code::Internal, "denied without a reason"));
        };
        match self.absent.instead_of(denial, &Judge::new(snapshot, self.now))? {
            Some(Instead::NotThere(error)) => return Ok(Refused::Missing(error)),
            Some(Instead::Fine) => return Ok(Refused::MissingIsFine),
            None => {}
        }
        let principal = &self.caller.principal;
        let mut error = denial.error(principal, self.caller.current.as_ref());
        error.notes = Explained::lines(&decision.explanation(request, snapshot, principal)?);
        error.notes.push(format!("{}: {}", denial.rule, denial.rule.sentence()));
        Ok(Refused::Denied(error))
    }

    /// Adds advice if the refusal is a denial. `denied` is the denied request and the basis of the denial.
    pub fn advised(&self, refusal: Refused, denied: (&Request, &Basis), snapshot: &Snapshot<'_>) -> Result<Refused> {
        Ok(match refusal {
            Refused::MissingIsFine | Refused::Missing(_) => refusal,
            Refused::Denied(mut error) => {
                error.help = help(self.statement, (self.caller, self.now), denied, snapshot)?.or(error.help);
                Refused::Denied(error)
            }
        })
    }
}

/// Computes advice on a denied statement for its caller. This takes several decisions: call without a lock. `denied` is the request
/// and the basis of the denial.
///
/// # Errors
/// As [`advice`].
pub(super) fn help(
    statement: &Statement,
    (caller, now): (&Caller, Time),
    (request, basis): (&Request, &Basis),
    snapshot: &Snapshot<'_>,
) -> Result<Option<String>> {
    let known = basis.holds(snapshot, now)?.then_some(request);
    let advice = advice(statement, (caller, How::at(now)), snapshot, known, Some(&caller.principal))?;
    Ok(advice.visible_to(&caller.principal, snapshot)?.help())
}

/// The result of a refused statement for its caller.
pub(super) enum Refused {
    /// The statement names an object that does not exist and need not: `drop … if exists`.
    MissingIsFine,
    /// The statement names an object that does not exist, and the caller may know.
    Missing(Box<Error>),
    /// The statement is denied.
    Denied(Box<Error>),
}

impl Refused {
    /// The error, if it is one.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::MissingIsFine => None,
            Self::Missing(error) | Self::Denied(error) => Some(error),
        }
    }

    /// What the statement comes to.
    pub fn into_outcome(self) -> Result<Outcome> {
        match self.into_error() {
            None => Ok(Outcome::ok()),
            Some(error) => Err(error),
        }
    }

    /// The error as an owned value.
    pub fn into_error(self) -> Option<Box<Error>> {
        match self {
            Self::MissingIsFine => None,
            Self::Missing(error) | Self::Denied(error) => Some(error),
        }
    }
}

/// What would lift the denial of a statement, as far as it is for `viewer`; empty if it is allowed, or nothing would. `known` is its
/// request, if it is known how it is bound.
///
/// # Errors
/// The statement cannot be bound, or the state cannot be read.
pub(super) fn advice(
    statement: &Statement,
    (caller, how): (&Caller, How<'_>),
    snapshot: &Snapshot<'_>,
    known: Option<&Request>,
    viewer: Option<&Principal>,
) -> Result<Advice> {
    let mut bound = |assumed: &[Change]| {
        if let Some(request) = known.filter(|_| assumed.is_empty()) {
            return Ok(request.clone());
        }
        caller.bind(statement, &How { assumed, ..how }, snapshot).map(|bound| bound.request().clone())
    };
    advise(&mut bound, snapshot, how.now, viewer)
}
