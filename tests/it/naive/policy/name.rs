//! POL-5: what an action of a statement stands for.

use odpsh::model::Action;

use crate::it::naive::access::is_resource_action;
use crate::it::naive::exception::fits;
use crate::it::worlds::PolicyAction;

/// What manages a project or the rights in it.
pub fn is_management(action: Action) -> bool {
    !is_resource_action(action) && action != Action::Download
}

/// Where a statement stands: it decides what its actions can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    Project,
    /// The policy of a role of resource type, of the project or of its tenant.
    ResourceRole,
    AdministratorRole,
}

/// ADM-2, and the properties besides the two address lists (ADM-1).
const NEVER_DELEGATED: [Action; 7] = [
    Action::CreateAdministratorRole,
    Action::PutAdministratorPolicy,
    Action::GetAdministratorPolicy,
    Action::GrantSuperAdministrator,
    Action::GrantAdmin,
    Action::GrantDownload,
    Action::SetOtherProperty,
];

/// The documented names of an action; of what has none of its own, that of what it is a part of (ADM-1). The owner of a table is changed by
/// `alter table` (reference 2.3).
fn names(action: Action) -> Vec<&'static str> {
    match action {
        Action::CreateAdministratorRole => vec!["CreateRole"],
        Action::GrantAdmin | Action::GrantAdministratorRole | Action::GrantSuperAdministrator => vec!["GrantRole"],
        Action::RevokeAdministratorRole => vec!["RevokeRole"],
        Action::SetOtherProperty => vec!["SetProperty"],
        Action::GrantDownload => vec!["GrantPrivs"],
        Action::SetUserLabel | Action::SetRoleLabel => vec!["SetDataLabel"],
        Action::ShowUserLabelGrants | Action::ShowRoleLabelGrants => vec!["ShowLabelGrants"],
        Action::PurgePrivs => vec!["RevokePrivs"],
        Action::PutException | Action::PutRolePolicy | Action::PutAdministratorPolicy => vec!["PutPolicy"],
        Action::GetRolePolicy | Action::GetAdministratorPolicy => vec!["GetPolicy"],
        // Two spellings are documented.
        Action::AddTrustedProject => vec!["AddTrustedProject", "AddTrustedProjects"],
        Action::RemoveTrustedProject => vec!["RemoveTrustedProject", "RemoveTrustedProjects"],
        Action::AddAccountProvider => vec!["AddAccountProvider", "AddAccountProviders"],
        Action::RemoveAccountProvider => vec!["RemoveAccountProvider", "RemoveAccountProviders"],
        Action::ListUserRoles => vec!["ListUserRoles", "ListPrincipalRoles"],
        Action::ChangeOwner | Action::Undrop => vec!["Alter"],
        action => vec![action.name()],
    }
}

/// A wildcard stands for what the document may hold: object actions in roles and in the Allows of a project policy, both in its Denies. In
/// an Allow it never stands for Download. `All` is every object action but Download. Changing an owner, and bringing a table back, is denied with Alter and allowed
/// by nothing (ACC-7, DEL-1).
pub fn stands_for(named: &PolicyAction, action: Action, denies: bool, of: Document) -> bool {
    let with_alter = matches!(action, Action::ChangeOwner | Action::Undrop);
    let on_objects = !is_management(action) || (denies && with_alter);
    let may_hold = match of {
        Document::ResourceRole => on_objects,
        Document::Project => on_objects || denies,
        // ADM-1: management alone; ADM-2: what is never delegated.
        Document::AdministratorRole => {
            is_management(action) && !with_alter && (denies || !NEVER_DELEGATED.contains(&action))
        }
    };
    if !may_hold {
        return false;
    }
    // `All` is a name for the others: no statement asks for it.
    let by_wildcard = (denies || action != Action::Download) && action != Action::All;
    match named {
        PolicyAction::Named(name) => names(action).iter().any(|known| known.eq_ignore_ascii_case(name)),
        PolicyAction::Like(pattern) => by_wildcard && names(action).iter().any(|known| fits(pattern, known)),
        PolicyAction::Any => by_wildcard,
        PolicyAction::All => on_objects && action != Action::Download,
    }
}
