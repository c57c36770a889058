use std::fmt;

use super::{Action, Level, Object};

/// What one installed package gives on one object (PTH-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The package, where it is installed: what Read on it is granted on.
    pub package: Object,
    /// The actions that it lists for the object.
    pub actions: Vec<Action>,
    /// The level that the creator gave the installing project: `using label` (LAB-4).
    pub label: Level,
}

/// What an installed package is to the project that installed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallationStatus {
    /// It can be used.
    Usable,
    /// Its project no longer allows it.
    Disallowed,
    /// It was dropped.
    Deleted,
}

/// The word in `show packages`. Chosen: the service documents `OK` only.
impl fmt::Display for InstallationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usable => "OK",
            Self::Disallowed => "Disallowed",
            Self::Deleted => "Deleted",
        })
    }
}
