use crate::model::Principal;

/// Whom a statement is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalPattern {
    /// `*`
    Anyone,
    /// One principal; an account does not stand for its RAM users (EXC-1).
    One(Principal),
}

impl PrincipalPattern {
    /// Reads `*` or the full form of a principal; other patterns are not principals.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "*" => Some(Self::Anyone),
            text => Principal::parse(text).map(Self::One),
        }
    }

    /// The principal it names.
    pub fn named(&self) -> Option<&Principal> {
        match self {
            Self::Anyone => None,
            Self::One(principal) => Some(principal),
        }
    }
}
