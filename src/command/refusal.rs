use super::absent::Missing;
use crate::error::Error;
use crate::model::Object;
use crate::text::Span;

/// An error of an allowed statement, reported only after the decision, so that a denied caller does not see it (STG-4).
#[derive(Debug)]
pub(super) struct Refusal {
    error: Box<Error>,
    missing: Vec<Missing>,
}

impl From<Box<Error>> for Refusal {
    fn from(error: Box<Error>) -> Self {
        Self { error, missing: Vec::new() }
    }
}

impl Refusal {
    /// The statement names an object that is not there.
    pub fn missing(object: Object, error: Box<Error>) -> Self {
        Self { missing: vec![Missing::new(object, error.clone())], error }
    }

    /// The objects of the statement that are not there.
    pub fn absent(&self) -> &[Missing] {
        &self.missing
    }

    /// The error shown to a caller who is allowed.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The same, as an owned value.
    pub fn into_error(self) -> Box<Error> {
        self.error
    }

    /// The same refusal, pointing at `span`; a place that is known already stays.
    pub fn at(self, span: Span) -> Self {
        self.each(|error| error.at(span))
    }

    /// The same, with `place` instead of the known place.
    pub fn placed(self, place: Option<Span>) -> Self {
        self.each(|mut error| {
            error.span = place;
            error
        })
    }

    fn each(self, change: impl Fn(Box<Error>) -> Box<Error>) -> Self {
        let missing = self.missing.into_iter().map(|missing| missing.map_error(&change)).collect();
        Self { error: change(self.error), missing }
    }
}

/// Every object that a statement needs must exist; the first that does not is reported to a caller who is allowed everything.
pub(super) fn all_there(missing: Vec<Missing>) -> Result<(), Refusal> {
    match missing.first().and_then(Missing::error) {
        None => Ok(()),
        Some(error) => Err(Refusal { error, missing }),
    }
}

/// The object must be there; `not_found` is what is said if it is not.
pub(super) fn there(object: &Object, not_found: Option<Box<Error>>) -> Result<(), Refusal> {
    match not_found {
        None => Ok(()),
        Some(error) => Err(Refusal::missing(object.clone(), error)),
    }
}
