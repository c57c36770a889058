use std::fmt;
use std::sync::Arc;

use super::Principal;

/// The public half of an AccessKey pair.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessKeyId(Arc<str>);

impl AccessKeyId {
    /// What the ids of accounts and RAM users begin with.
    pub const START: &str = "LTAI";

    /// The id of this text, if it looks like one: what does not may be a secret in the wrong place.
    pub fn parse(text: &str) -> Option<Self> {
        let is_word = text.bytes().all(|letter| letter.is_ascii_alphanumeric());
        (text.starts_with(Self::START) && text.len() <= 64 && is_word).then(|| Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many pairs a principal has at most.
    ///
    /// Source: RAMLIMITS: 2 of a RAM user. Chosen: 5 of an account, as the console has it. A RAM role has none: who assumes it gets a temporary one from a service
    /// that is not here.
    pub fn most_of(principal: &Principal) -> usize {
        match principal {
            Principal::Account { .. } => 5,
            Principal::RamUser { .. } => 2,
            Principal::RamRole { .. } => 0,
        }
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
