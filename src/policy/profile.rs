use crate::model::Action;

/// What a policy is attached to; decides what it may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// A project: every statement names its principals (POL-1).
    Project,
    /// A role of resource type: its statements are for its holders, and hold object actions.
    ResourceRole,
    /// A role of administrator type: its statements hold management actions (POL-5).
    AdministratorRole,
}

impl Profile {
    /// Whether statements name principals.
    pub fn has_principals(self) -> bool {
        self == Self::Project
    }

    /// The type of the roles whose policies can be about these actions.
    pub(super) fn of_role_that_holds(actions: &[Action]) -> Self {
        // The owner of a table is changed by Alter.
        let is_management = |action: &Action| action.is_management() && *action != Action::ChangeOwner;
        if actions.iter().any(is_management) { Self::AdministratorRole } else { Self::ResourceRole }
    }
}
