//! The keys of conditions, in one table: what class of value each has. Source: POLKEY, reference of condition keys.

/// What about a request a condition is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The kind of job: DT, SQL or MapReduce; the others have none (EXC-4).
    TaskType,
    /// The instance that is touched.
    InstanceId,
    /// What the client calls itself.
    UserAgent,
    /// Where the client says that it comes from.
    Referer,
    /// The time of the decision.
    CurrentTime,
    /// Whether the request came over a channel that nobody else can read.
    SecureTransport,
    /// The address of the session.
    SourceIp,
    /// Of GrantPrivs and RevokePrivs: what is granted or revoked.
    Privileges,
}

/// What values are, which decides how they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Text.
    Text,
    /// A number: no key has one.
    Number,
    /// A moment.
    Time,
    /// `true` or `false`.
    Truth,
    /// An address or network.
    Address,
    /// A set of actions.
    Set,
}

/// Which keys a document may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// Those that are documented for exceptions of a protected project (EXC-4).
    Exception,
    /// All.
    Access,
}

impl Key {
    /// Every key.
    pub const ALL: [Key; 8] = [
        Self::TaskType,
        Self::InstanceId,
        Self::UserAgent,
        Self::Referer,
        Self::CurrentTime,
        Self::SecureTransport,
        Self::SourceIp,
        Self::Privileges,
    ];

    fn row(self) -> (&'static str, Class) {
        match self {
            Self::TaskType => ("odps:TaskType", Class::Text),
            Self::InstanceId => ("odps:InstanceId", Class::Text),
            Self::UserAgent => ("acs:UserAgent", Class::Text),
            Self::Referer => ("acs:Referer", Class::Text),
            Self::CurrentTime => ("acs:CurrentTime", Class::Time),
            Self::SecureTransport => ("acs:SecureTransport", Class::Truth),
            Self::SourceIp => ("acs:SourceIp", Class::Address),
            Self::Privileges => ("acs:Privileges", Class::Set),
        }
    }

    /// The name in a policy.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// What its values are.
    pub fn class(self) -> Class {
        self.row().1
    }

    /// The key of this name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name().eq_ignore_ascii_case(name))
    }

    /// Whether its value is set by the client and not verified (POL-7).
    pub fn is_claimed(self) -> bool {
        matches!(self, Self::UserAgent | Self::Referer)
    }
}

impl Keys {
    /// Whether a document may use this key.
    pub fn include(self, key: Key) -> bool {
        self == Self::Access || matches!(key, Key::TaskType | Key::CurrentTime | Key::SourceIp)
    }
}
