use super::decide::{decide, refused_accesses};
use super::decision::Decision;
use super::denial::Denial;
use super::facts::Facts;
use super::hypothetical::{Change, Hypothetical};
use super::request::Request;
use crate::error::Result;
use crate::model::{Object, Place, Time};

/// Decides requests on one state at one time, as it is or with changes assumed.
///
/// Binding a statement asks for decisions on the way: a query is planned only once its tables may be read. The driver of a statement makes
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

    /// Decides on the facts as if these changes had been made.
    pub fn assuming(changes: &'f [Change], facts: &'f dyn Facts, now: Time) -> Self {
        Self { facts: Hypothetical::of(facts, changes, now), now }
    }

    /// Decides a request.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn decide(&self, request: &Request) -> Result<Decision> {
        decide(request, &self.facts, self.now)
    }

    /// Why the accesses of a request are refused, if they are: neither labels nor flows are asked, since names and types need no more.
    ///
    /// # Errors
    /// As [`Judge::decide`].
    pub fn refused_accesses(&self, request: &Request) -> Result<Option<Denial>> {
        refused_accesses(request, &self.facts, self.now)
    }

    /// What making and listing objects in a schema is asked on (SCH-2).
    ///
    /// # Errors
    /// As [`Judge::decide`].
    pub fn container(&self, place: &Place) -> Result<Object> {
        self.facts.container(place)
    }

    /// Whether a request is allowed.
    ///
    /// # Errors
    /// As [`Judge::decide`].
    pub fn allows(&self, request: &Request) -> Result<bool> {
        Ok(self.decide(request)?.is_allowed())
    }
}
