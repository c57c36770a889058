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
    /// Number of an object among all objects of all kinds; a new object of the same name has another (ACC-9). Instances and installed
    /// packages are objects.
    ObjectId
    /// Number of a package in the project that made it; one that is made anew has another (PKG-3).
    PackageId
}

impl ProjectId {
    /// The number of projects that are not there.
    pub const UNKNOWN: Self = Self(-1);
}

/// Which one an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// It was read, and is gone since ([`Object::gone`](super::Object::gone)).
    Gone,
    /// There is nothing of this name ([`Object::unknown`](super::Object::unknown)).
    Unknown,
    /// This project, or its schema `default`.
    Project(ProjectId),
    /// The object of this number.
    Known(ObjectId),
}

impl Identity {
    /// The number of an object that is there, and is neither a project nor a schema.
    pub fn known(self) -> Option<ObjectId> {
        match self {
            Self::Known(id) => Some(id),
            Self::Gone | Self::Unknown | Self::Project(_) => None,
        }
    }
}

impl From<ObjectId> for Identity {
    fn from(id: ObjectId) -> Self {
        Self::Known(id)
    }
}

impl From<ProjectId> for Identity {
    fn from(id: ProjectId) -> Self {
        match id {
            ProjectId::UNKNOWN => Self::Unknown,
            id => Self::Project(id),
        }
    }
}
