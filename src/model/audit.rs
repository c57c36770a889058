/// What became of a statement, as the audit has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuditVerdict {
    /// It was allowed, and is done or being done.
    Allowed,
    /// It was denied.
    Denied,
    /// It was allowed, or not yet decided, and failed.
    Failed,
    /// It is a local command, which is not decided (BND-1).
    Local,
}

impl AuditVerdict {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Allowed, Self::Denied, Self::Failed, Self::Local];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Failed => "failed",
            Self::Local => "local",
        }
    }

    /// Reads its word, in lower case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }
}
