//! What managing a role or package takes, asked by action instead of by statement: for `.who can … on role` and `… on package`.

use super::bound::Context;
use super::{package, policy, resolve, role};
use crate::error::{Code, Error, Result};
use crate::model::{Action, ObjectKind, PolicyHolder, ProjectRef, RoleName};
use crate::security::{Access, Requirement};
use crate::store::Snapshot;
use crate::syntax::Name;
use crate::syntax::grant::Target;
use crate::syntax::object::ObjectName;

/// The actions on a role, as the documents call them.
const ON_ROLES: [&str; 8] = [
    "DescribeRole",
    "ListRolePrincipals",
    "GrantRole",
    "RevokeRole",
    "AlterRole",
    "DropRole",
    "GetPolicy",
    "PutPolicy",
];

/// The actions on a package in the project that made it.
const ON_OWN_PACKAGES: [Action; 6] = [
    Action::DescribePackage,
    Action::DropPackage,
    Action::AddPackageResource,
    Action::RemovePackageResource,
    Action::AllowInstallPackage,
    Action::DisallowInstallPackage,
];

/// The actions on a package of another project.
const ON_OTHER_PACKAGES: [Action; 3] = [Action::DescribePackage, Action::InstallPackage, Action::UninstallPackage];

/// An action on a role or package.
pub struct ManagedAsked {
    /// The current project, in which it is managed.
    pub project: ProjectRef,
    /// What seeing it takes.
    pub describing: Requirement,
    /// What the action takes; an error for who may see it, where there is no such thing or action.
    pub requirements: Result<Vec<Requirement>>,
    /// What is left out of the answer.
    pub note: Option<&'static str>,
}

/// What an action on a role of the current project takes.
///
/// # Errors
/// No project is current; the state cannot be read.
pub fn asked_of_role(
    action: &Name,
    name: &Name,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<ManagedAsked> {
    let project = resolve::current(context)?;
    let describing = resolve::about_role(Action::DescribeRole, &RoleName::new(&name.text), context, snapshot)?.into();
    let known = ON_ROLES.into_iter().find(|known| known.eq_ignore_ascii_case(&action.text));
    let note = match known {
        Some("DescribeRole") => Some("each holder of the role also sees what the role gives to it (ADM-1)"),
        Some("GrantRole") => Some("who grants the role to itself needs more than this (ADM-2)"),
        Some("RevokeRole") => Some("who revokes a role that denies something to it needs more than this (POL-11)"),
        Some("PutPolicy") => Some("what the policy allows or no longer denies may take more than this (POL-11, DLC-2)"),
        _ => None,
    };
    let requirements = match known {
        Some(known) => required(known, name, &project, context, snapshot),
        None => Err(Error::new(Code::Semantic, format!("`{}` is not an action on roles", action.text))
            .at(action.span)
            .help(format!("the actions are {}", ON_ROLES.join(", ")))),
    };
    Ok(ManagedAsked { project, describing, requirements, note })
}

/// The same that the statements ask: `describe role`, `grant <role> to` somebody else, `drop role`, `put policy … on role` and so on.
fn required(
    action: &str,
    name: &Name,
    project: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Vec<Requirement>> {
    let about = |action| Ok(vec![resolve::about_role(action, &RoleName::new(&name.text), context, snapshot)?.into()]);
    let holder = PolicyHolder::Role(RoleName::new(&name.text));
    let of_policy = |actions| policy::requirements(&holder, actions, context, snapshot);
    let names = std::slice::from_ref(name);
    match action {
        "DescribeRole" => {
            role::shown_role(name, project, snapshot)?;
            about(Action::DescribeRole)
        }
        "ListRolePrincipals" => {
            role::shown_role(name, project, snapshot)?;
            about(Action::ListRolePrincipals)
        }
        "GrantRole" | "RevokeRole" => {
            role::known_role(name, project, snapshot)?;
            let ordinary = if action == "GrantRole" { Action::GrantRole } else { Action::RevokeRole };
            Ok(role::role_request(names, &[], ordinary, context, snapshot)?.requirements)
        }
        "AlterRole" | "DropRole" => {
            role::own_role(name, project, snapshot)?;
            let ordinary = if action == "AlterRole" { Action::AlterRole } else { Action::DropRole };
            Ok(role::changing(ordinary, name, project, context, snapshot)?.requirements)
        }
        "GetPolicy" => {
            role::known_role(name, project, snapshot)?;
            of_policy([Action::GetPolicy, Action::GetRolePolicy, Action::GetAdministratorPolicy])
        }
        _ => {
            role::known_role(name, project, snapshot)?;
            of_policy([Action::PutPolicy, Action::PutRolePolicy, Action::PutAdministratorPolicy])
        }
    }
}

/// What an action on a package takes in the current project, where it is one of management: Read on an installed one is on an object.
///
/// # Errors
/// No project is current; the state cannot be read.
pub fn asked_of_package(
    action: &Name,
    target: &Target,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Option<ManagedAsked>> {
    let Target::Object(named @ ObjectName { kind: ObjectKind::Package, .. }) = target else { return Ok(None) };
    let asked = Action::parse(&action.text);
    let Some(asked) = asked.filter(|asked| ON_OWN_PACKAGES.contains(asked) || ON_OTHER_PACKAGES.contains(asked)) else {
        return Ok(None);
    };
    let project = resolve::current(context)?;
    let object = resolve::current_object(context, snapshot)?;
    let about = |action| -> Requirement {
        Access::of(action, object.clone()).about(package::full_name(named, &project)).into()
    };
    let is_own = named.project().is_none_or(|of| of.text == project.name);
    let is_there = || -> Result<()> {
        let (known, whose) = match is_own {
            true => (ON_OWN_PACKAGES.as_slice(), "a package of the current project"),
            false => (ON_OTHER_PACKAGES.as_slice(), "a package of another project"),
        };
        if !known.contains(&asked) {
            let names: Vec<_> = known.iter().map(|action| action.name()).collect();
            return Err(Error::new(Code::Semantic, format!("`{}` is not an action on {whose}", action.text))
                .at(action.span)
                .help(format!("the actions are {}", names.join(", "))));
        }
        match (is_own, asked) {
            (true, _) => package::own_package(&named.name, &project, snapshot).map(|_| ()),
            // Which packages a project may install is for the other project to tell.
            (false, Action::InstallPackage) => Ok(()),
            (false, _) => resolve::object(named, context, snapshot)?.1.map_or(Ok(()), Err),
        }
    };
    let requirements = is_there().map(|()| vec![about(asked)]);
    let must_be_allowed = asked == Action::InstallPackage && !is_own;
    let note = must_be_allowed
        .then_some("the project that made the package must have allowed the current project to install it (PKG-3)");
    Ok(Some(ManagedAsked { describing: about(Action::DescribePackage), project, requirements, note }))
}
