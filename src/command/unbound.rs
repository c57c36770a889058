use super::bound::Bound;
use super::refusal::Refusal;
use crate::error::{Error, Result};
use crate::security::Request;

/// Why a statement was not bound to its end.
pub(super) enum Unbound {
    /// No request can be made: the error is reported before any decision.
    Unasked(Box<Error>),
    /// What was bound so far is decided; why binding ended there is reported after that.
    Refused(Box<Bound>),
}

/// What binding one part of a statement comes to.
pub(super) type Binding<T> = std::result::Result<T, Unbound>;

impl From<Box<Error>> for Unbound {
    fn from(error: Box<Error>) -> Self {
        Self::Unasked(error)
    }
}

impl Unbound {
    /// As far as it was bound, the statement asks for `request`.
    pub fn refused(request: Request, refusal: impl Into<Refusal>) -> Self {
        Self::Refused(Box::new(Bound::refused(request, refusal.into())))
    }

    /// The same refusal, pointing at `span`: for queries that nobody typed.
    pub fn pointing_at(self, span: crate::text::Span) -> Self {
        match self {
            Self::Unasked(error) => Self::Unasked(error),
            Self::Refused(bound) => Self::Refused(Box::new(bound.pointing_at(span))),
        }
    }
}

/// The statement, or as much of it as was bound.
pub(super) fn settled(binding: Binding<Bound>) -> Result<Bound> {
    match binding {
        Ok(bound) => Ok(bound),
        Err(Unbound::Refused(bound)) => Ok(*bound),
        Err(Unbound::Unasked(error)) => Err(error),
    }
}
