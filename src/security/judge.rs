use super::decide::decide;
use super::decision::Decision;
use super::facts::Facts;
use super::hypothetical::Hypothetical;
use super::remedy::Remedy;
use super::request::Request;
use crate::error::Result;
use crate::model::Time;

/// Decides requests on one state at one time, as it is or with remedies assumed.
///
/// Binding a statement asks for decisions on the way: a query is planned only once its tables may be read. Whoever drives a statement makes
/// the judge, so that all of its decisions are made on the same assumptions. A judge never makes a proof that something may run:
/// [`authorise`](super::authorise()) does, and it takes no assumptions.
pub struct Judge<'f> {
    facts: Hypothetical<'f>,
    now: Time,
}

impl<'f> Judge<'f> {
    /// Decides on the facts as they are.
    pub fn new(facts: &'f dyn Facts, now: Time) -> Self {
        Self::assuming(&[], facts, now)
    }

    /// Decides on the facts as if these remedies had been applied.
    pub fn assuming(remedies: &'f [Remedy], facts: &'f dyn Facts, now: Time) -> Self {
        Self { facts: Hypothetical::of(facts, remedies, now), now }
    }

    /// Decides a request.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn decide(&self, request: &Request) -> Result<Decision> {
        decide(request, &self.facts, self.now)
    }

    /// Whether a request is allowed.
    ///
    /// # Errors
    /// As [`Judge::decide`].
    pub fn allows(&self, request: &Request) -> Result<bool> {
        Ok(self.decide(request)?.is_allowed())
    }
}
