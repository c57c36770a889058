use super::decide::decide;
use super::decision::{Decision, Verdict};
use super::facts::Facts;
use super::part::Shown;
use super::request::Request;
use crate::error::Result;
use crate::model::Time;

/// Something that runs only if its request is allowed.
pub trait Requested {
    /// What must be allowed before it runs.
    fn request(&self) -> &Request;
}

/// The proof that a thing was judged: only [`authorise`] makes one, from the request that the thing itself gives.
#[derive(Debug)]
pub struct Authorised<T> {
    inner: T,
    decision: Decision,
}

impl<T> Authorised<T> {
    /// The decision that allowed it.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// What was judged.
    pub fn get(&self) -> &T {
        &self.inner
    }

    /// What was judged, to be run, and the decision that allowed it.
    pub fn into_parts(self) -> (T, Decision) {
        (self.inner, self.decision)
    }

    /// The other parts that it may show (FLW-2a).
    pub fn shown(&self) -> Shown {
        match self.decision.verdict() {
            Verdict::Allowed { shown, .. } => shown.clone(),
            Verdict::Denied(_) => Shown::default(),
        }
    }
}

/// Whether something may run.
#[derive(Debug)]
pub enum Authorisation<T> {
    /// The proof that it may.
    Allowed(Authorised<T>),
    /// What was asked, and the decision that it may not.
    Denied(Request, Decision),
}

/// Decides the request of `requested`.
///
/// # Errors
/// Fails only if the facts cannot be read.
pub fn authorise<T: Requested>(requested: T, facts: &dyn Facts, now: Time) -> Result<Authorisation<T>> {
    let decision = decide(requested.request(), facts, now)?;
    Ok(match decision.is_allowed() {
        true => Authorisation::Allowed(Authorised { inner: requested, decision }),
        false => Authorisation::Denied(requested.request().clone(), decision),
    })
}
