//! What loading an access policy warns about.

use super::action_set::ActionSet;
use super::condition::Condition;
use super::effect::Effect;
use super::meeting;
use super::profile::Profile;
use super::resource::ResourcePattern;
use super::statement::Statement;
use super::template::Templates;
use crate::model::{Action, ObjectKind};
use crate::text::fold;

/// Actions by which who may do them comes to data that nobody gave to them (ADM-1).
const REACHING: [Action; 10] = [
    Action::GrantPrivs,
    Action::PutPolicy,
    Action::AddPolicyStatments,
    Action::GrantRole,
    Action::SetSecurityConfiguration,
    Action::AddTrustedProject,
    Action::AddPackageResource,
    Action::AllowInstallPackage,
    Action::SetDataLabel,
    Action::GrantLabel,
];

/// The warnings of a policy, statement by statement.
pub fn warnings(statements: &[Statement], profile: Profile, project: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    let templates = Templates::of(project);
    for (number, statement) in (1..).zip(statements) {
        if misses_project(statement, project) {
            let path = path(project);
            warnings.push(format!(
                "Warning: statement {number}: {path}/* does not match the project itself: name {path}, too, for what is done to the project (POL-6)"
            ));
        } else {
            warnings.extend(meeting::warnings(number, statement, profile, (project, &templates)));
        }
        let mut claimed: Vec<&str> =
            statement.conditions.iter().filter_map(Condition::claimed).map(|key| key.name()).collect();
        claimed.dedup();
        for key in claimed {
            warnings.push(format!(
                "Warning: statement {number}: {key} is what the client says, which nobody checks (POL-7)"
            ));
        }
    }
    if profile == Profile::AdministratorRole {
        warnings.extend(reaching(statements));
    }
    warnings
}

/// Whether a statement has actions on projects, and its resources only what is in the project.
fn misses_project(statement: &Statement, project: &str) -> bool {
    statement.resources.iter().any(|resource| is_inside(resource, project))
        && !statement.resources.iter().any(|resource| resource.matches(&path(project)))
        && is_on_projects(statement.actions)
}

/// Whether a pattern is all that is in the project, without the project itself.
pub fn is_inside(resource: &ResourcePattern, project: &str) -> bool {
    resource.rest().strip_suffix("/*") == Some(path(project).as_str())
}

/// Whether some of these actions are privileges on projects.
pub fn is_on_projects(actions: ActionSet) -> bool {
    let on_project =
        |action: Action| !action.is_management() && Action::asked_of(ObjectKind::Project).contains(&action);
    actions.iter().any(on_project)
}

fn path(project: &str) -> String {
    format!("projects/{}", fold(project))
}

fn reaching(statements: &[Statement]) -> Option<String> {
    let allows = |action: &Action| {
        statements.iter().any(|statement| statement.effect == Effect::Allow && statement.actions.contains(*action))
    };
    let names: Vec<_> = REACHING.into_iter().filter(allows).map(Action::service_name).collect();
    (!names.is_empty()).then(|| {
        format!(
            "Warning: by {} a holder of the role can reach data that is not granted to it (ADM-1)",
            names.join(", ")
        )
    })
}
