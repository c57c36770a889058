//! Numbers by which rows of the state are found; none is ever used again.

/// A type of its own for each kind of number, so that one cannot be mistaken for another.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);
    )*};
}

ids! {
    /// Number of an account, RAM user or RAM role: a new one of the same name is a different one (ACC-11a).
    AccountId
    /// Number of a project; one that is made anew has another (ACC-11).
    ProjectId
}

impl ProjectId {
    /// The number of projects that are not there.
    pub const UNKNOWN: Self = Self(-1);
}
