use super::scope::Scope;
use crate::model::{Action, Holders};

/// What a policy is attached to; decides what it may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// A project: every statement names its principals (POL-1).
    Project,
    /// A role of resource type: its statements are for its holders, and hold object actions.
    ResourceRole,
    /// A custom tenant role, which is of resource type: what is done to tenant resources, besides (TRS-5).
    TenantRole,
    /// A role of administrator type: its statements hold management actions (POL-5).
    AdministratorRole,
}

impl Profile {
    /// Whether statements name principals.
    pub fn has_principals(self) -> bool {
        self == Self::Project
    }

    /// The type of the roles whose policies can be about these actions: roles of a project, or of a tenant.
    pub(super) fn of_role_that_holds(actions: &[Action], scope: Scope<'_>) -> Self {
        // The owner of a table is changed by Alter.
        let is_management = |action: &Action| action.is_management() && action.holders() != Holders::Ownership;
        match scope {
            Scope::Tenant(_) | Scope::AnyProject => Self::TenantRole,
            Scope::Project(_) if actions.iter().any(is_management) => Self::AdministratorRole,
            Scope::Project(_) => Self::ResourceRole,
        }
    }
}
