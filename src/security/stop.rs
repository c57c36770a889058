use super::denial::Denial;
use crate::error::{Error, Result};

/// Why judging ended early.
#[derive(Debug)]
pub(super) enum Stop {
    /// A rule denies the request.
    Denied(Box<Denial>),
    /// The facts cannot be read.
    Unreadable(Box<Error>),
}

/// What one stage comes to: `?` ends the decision at the first stage that denies.
pub(super) type Judged<T = ()> = std::result::Result<T, Stop>;

impl From<Denial> for Stop {
    fn from(denial: Denial) -> Self {
        Self::Denied(Box::new(denial))
    }
}

impl From<Box<Error>> for Stop {
    fn from(error: Box<Error>) -> Self {
        Self::Unreadable(error)
    }
}

/// The denial that ended judging, if one did.
pub(super) fn denial_of(judged: Judged) -> Result<Option<Denial>> {
    match judged {
        Ok(()) => Ok(None),
        Err(Stop::Denied(denial)) => Ok(Some(*denial)),
        Err(Stop::Unreadable(error)) => Err(error),
    }
}
