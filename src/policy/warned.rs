//! What loading an access policy warns about.

use super::action_set::ActionSet;
use super::condition::Condition;
use super::effect::Effect;
use super::meeting;
use super::profile::Profile;
use super::scope::Scope;
use super::statement::Statement;
use super::template::Templates;
use crate::model::{Action, ObjectKind};

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
///
/// `has_schemas`: whether a project that they are about has schemas besides `default`.
pub fn warnings(statements: &[Statement], profile: Profile, scope: Scope<'_>, has_schemas: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    let templates = Templates::of(scope);
    for (number, statement) in (1..).zip(statements) {
        if let Some(path) = missed_project(statement, scope) {
            warnings.push(format!(
                "Warning: statement {number}: {path}/* does not match the project itself: name {path}, too, for what is done to the project (POL-6)"
            ));
        } else {
            warnings.extend(meeting::warnings(number, statement, profile, (scope, &templates)));
        }
        if has_schemas && statement.resources.iter().any(|resource| names_no_schema(resource.rest())) {
            warnings.push(format!("Warning: statement {number}: {WITHOUT_SCHEMA} (POL-6)"));
        }
        let mut claimed: Vec<&str> =
            statement.conditions.iter().filter_map(Condition::claimed).map(|key| key.name()).collect();
        claimed.dedup();
        for key in claimed {
            warnings.push(format!("Warning: statement {number}: {key} is set by the client and not verified (POL-7)"));
        }
    }
    if profile == Profile::AdministratorRole {
        warnings.extend(reaching(statements));
    }
    warnings
}

/// What is said of a resource that names no schema.
pub const WITHOUT_SCHEMA: &str = "a resource without schemas/<schema>/ matches only what is in the schema default";

/// Whether a pattern is about what schemas hold, and can only match what is in `default`.
fn names_no_schema(resource: &str) -> bool {
    let inside = resource.strip_prefix("projects/").and_then(|rest| rest.split_once('/'));
    let folder = inside.and_then(|(_, inside)| inside.split_once('/')).map(|(folder, _)| folder);
    folder.is_some_and(|folder| ["tables", "resources", "functions", "registration", "models"].contains(&folder))
}

/// The path of a project of which the resources of a statement are only what is in it, although it has actions on projects.
fn missed_project(statement: &Statement, scope: Scope<'_>) -> Option<String> {
    let inside = || statement.resources.iter().find_map(|resource| scope.inside(resource));
    let is_missed = |path: &String| !statement.resources.iter().any(|resource| resource.matches(path));
    if is_on_projects(statement.actions) { inside().filter(is_missed) } else { None }
}

/// Whether some of these actions are privileges on projects.
pub fn is_on_projects(actions: ActionSet) -> bool {
    let on_project =
        |action: Action| !action.is_management() && Action::asked_of(ObjectKind::Project).contains(&action);
    actions.iter().any(on_project)
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
