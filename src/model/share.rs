use super::{Action, Object};

/// What one installed package gives on one object (PTH-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The package, where it is installed: what Read on it is granted on.
    pub package: Object,
    /// The actions that it lists for the object.
    pub actions: Vec<Action>,
    /// The level that the creator gave the installing project: `using label` (LAB-4).
    pub label: u8,
}
