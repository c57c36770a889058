//! `grant` and `revoke` of single statements in the policies of roles (POL-8).

use super::bound::{Bound, Context, Work};
use super::outcome::{Item, Outcome};
use super::{policy, resolve, role};
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, Naming, Object, ObjectKind, Place, PolicyHolder, Prefix, ProjectRef, RoleKind, RoleName, SchemaName, Time,
};
use crate::policy::{AccessPolicy, Effect, NewStatement, Profile, conditions_of, with_statement, without_actions};
use crate::security::{Access, Managed, Request, Requirement};
use crate::store::Snapshot;
use crate::syntax::Name;
use crate::syntax::policy::{Limits, PolicyGrant};

/// Adds a statement to the policies of roles.
pub(super) fn grant(
    granted: &PolicyGrant,
    limits: &Limits,
    project: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let mut required = requirements(granted, [Action::AddPolicyStatments, Action::GrantPrivs], context, snapshot)?;
    let added = added(granted, limits, &context.naming()?, project, context.now).and_then(|added| {
        let text = with_statement(None, &added).unwrap_or_default();
        let alone = AccessPolicy::parse_added(&text, Profile::ResourceRole, &project.name);
        Ok((added, alone.map_err(|error| error.at(granted.pattern.span))?))
    });
    if let Ok((_, alone)) = &added {
        for role in &granted.roles {
            let holder = PolicyHolder::Role(RoleName::new(&role.text));
            required.extend(policy::adds(alone, &holder, project, context, snapshot)?);
        }
    }
    let (roles, project) = (granted.roles.clone(), project.clone());
    Ok(Bound::when_allowed(Request::in_session(context, required), || {
        let (added, _) = added?;
        let roles = resource_roles(&roles, &project, snapshot)?;
        Ok(Work::change(move |write, _| {
            let mut outcome = Outcome::default();
            for role in &roles {
                let old = policy::document(role, &project, write)?;
                let new = with_statement(Some(&old), &added).ok_or_else(|| unreadable(role))?;
                // What stood there is not judged again.
                let policy = AccessPolicy::parse(&new, Profile::ResourceRole, &project.name)?;
                outcome.items.extend(policy.warnings().into_iter().map(Item::Status));
                write.put_policy(project.id, &PolicyHolder::Role(role.clone()), RoleKind::Resource, &new)?;
            }
            outcome.items.extend(Outcome::authorization_ok().items);
            Ok(outcome)
        }))
    }))
}

/// Takes actions out of the statements of the policies of roles that are on the same object.
pub(super) fn revoke(
    granted: &PolicyGrant,
    project: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let naming = context.naming()?;
    let mut required = requirements(granted, [Action::RemovePolicyStatments, Action::RevokePrivs], context, snapshot)?;
    if let Ok(resource) = resource(granted, &naming, project) {
        for role in &granted.roles {
            let role = RoleName::new(&role.text);
            let old = policy::document(&role, project, snapshot)?;
            let actions: Vec<Action> = granted.actions.iter().map(|(action, _)| *action).collect();
            if let Ok(removed) = without_actions(&old, effect(granted), &actions, &resource, &project.name)
                && let Ok(new) = AccessPolicy::parse(&removed.text, Profile::ResourceRole, &project.name)
            {
                required.extend(policy::gives(&new, &PolicyHolder::Role(role), project, context, snapshot)?);
            }
        }
    }
    let (granted, project) = (granted.clone(), project.clone());
    Ok(Bound::when_allowed(Request::in_session(context, required), || {
        let roles = resource_roles(&granted.roles, &project, snapshot)?;
        let resource = resource(&granted, &naming, &project)?;
        Ok(Work::change(move |write, _| {
            let actions: Vec<Action> = granted.actions.iter().map(|(action, _)| *action).collect();
            let effect = effect(&granted);
            let mut outcome = Outcome::default();
            for role in &roles {
                let old = policy::document(role, &project, write)?;
                let removed = without_actions(&old, effect, &actions, &resource, &project.name)?;
                if !removed.found {
                    return Err(nothing_found(role, &granted));
                }
                outcome.items.extend(removed.still.iter().map(|number| {
                    let says = if granted.denies { "denies" } else { "allows" };
                    Item::Status(format!(
                        "Warning: statement {number} of the policy of role {role}, on other objects as well, still {says} it"
                    ))
                }));
                write.put_policy(project.id, &PolicyHolder::Role(role.clone()), RoleKind::Resource, &removed.text)?;
            }
            outcome.items.extend(Outcome::authorization_ok().items);
            Ok(outcome)
        }))
    }))
}

fn effect(granted: &PolicyGrant) -> Effect {
    if granted.denies { Effect::Deny } else { Effect::Allow }
}

/// Adding or removing statements of each role's policy, giving or taking privileges on what they name, and not being bound by the policy.
fn requirements(
    granted: &PolicyGrant,
    [of_policy, of_privileges]: [Action; 2],
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Vec<Requirement>> {
    let project = resolve::current(context)?;
    let mut requirements = Vec::new();
    for role in &granted.roles {
        let holder = PolicyHolder::Role(RoleName::new(&role.text));
        let actions = [Action::PutPolicy, of_policy, Action::PutAdministratorPolicy];
        requirements.extend(policy::requirements(&holder, actions, context, snapshot)?);
        requirements.push(Requirement::Unbound { project: project.clone(), holder });
    }
    let object = match granted.kind {
        ObjectKind::Project => resolve::current_object(context, snapshot)?,
        kind @ (ObjectKind::Table
        | ObjectKind::View
        | ObjectKind::Resource
        | ObjectKind::Function
        | ObjectKind::Instance
        | ObjectKind::Package
        | ObjectKind::Schema) => {
            let (schema, name) = name_in(granted, &context.naming()?, &project)
                .unwrap_or_else(|| (SchemaName::default(), granted.pattern.text.clone()));
            Object::unknown_in(kind, Place { project, schema }, &name)
        }
    };
    let spelled = granted.actions.iter().flat_map(|(action, _)| resolve::spelled_out(*action, granted.kind));
    let managed = Managed { privileges: spelled.collect(), ..Managed::default() };
    requirements.push(Access { managed, ..Access::of(of_privileges, object) }.into());
    Ok(requirements)
}

/// The statement that a grant adds. Days until its end become a moment.
fn added(
    granted: &PolicyGrant,
    limits: &Limits,
    naming: &Naming,
    project: &ProjectRef,
    now: Time,
) -> Result<NewStatement> {
    let mut conditions = match &limits.conditions {
        Some(text) => Some(conditions_of(&text.text).map_err(|error| error.at(text.span))?),
        None => None,
    };
    if let Some(days) = limits.expires {
        let end = now.plus_days(i64::from(days)).to_string();
        // Beyond the end of the calendar is never.
        let end = if Time::parse(&end).is_some() { end } else { "9999-12-31T23:59:59Z".to_owned() };
        let end = serde_json::json!({ "acs:CurrentTime": end });
        let all = conditions.get_or_insert_with(|| serde_json::json!({}));
        let Some(operators) = all.as_object_mut() else { return Err(contradicting(limits)) };
        if operators.contains_key("DateLessThan") {
            return Err(contradicting(limits));
        }
        operators.insert("DateLessThan".to_owned(), end);
    }
    Ok(NewStatement {
        effect: effect(granted),
        principals: Vec::new(),
        actions: granted.actions.iter().map(|(action, _)| format!("odps:{action}")).collect(),
        resource: resource(granted, naming, project)?,
        conditions,
    })
}

fn contradicting(limits: &Limits) -> Box<Error> {
    let span = limits.conditions.as_ref().map(|text| text.span).unwrap_or_default();
    Error::new(Code::Parse, "the conditions limit the time already")
        .at(span)
        .help("write the end into the conditions, or use \"expires\", not both")
}

/// The resource that a grant names: in the current project.
fn resource(granted: &PolicyGrant, naming: &Naming, project: &ProjectRef) -> Result<String> {
    let PolicyGrant { kind, pattern, .. } = granted;
    let Some((schema, name)) = name_in(granted, naming, project) else { return Err(elsewhere(pattern, project)) };
    if *kind == ObjectKind::Project {
        return Ok(format!("acs:odps:*:projects/{}", project.name));
    }
    let object = Object::unknown_in(*kind, Place { project: project.clone(), schema }, &name);
    Ok(format!("acs:odps:*:{}", object.path()))
}

/// The schema and the name, or pattern, in the current project; nothing if it is another project's.
fn name_in(granted: &PolicyGrant, naming: &Naming, project: &ProjectRef) -> Option<(SchemaName, String)> {
    let text = granted.pattern.text.as_str();
    let kind = granted.kind;
    let default = |name: &str| (SchemaName::default(), name.to_owned());
    let mark = match kind {
        ObjectKind::Project => return (text == project.name).then(|| default(text)),
        // Packages are called after their projects.
        ObjectKind::Package => return Some(default(text)),
        // Names of resources have points.
        ObjectKind::Resource => ':',
        ObjectKind::Table | ObjectKind::View | ObjectKind::Function | ObjectKind::Instance | ObjectKind::Schema => '.',
    };
    let mut parts: Vec<&str> = text.split(mark).collect();
    let name = parts.pop()?;
    let prefix = match (kind.is_in_schema(), parts.as_slice()) {
        (true, parts) => naming.read(parts).ok()?,
        (false, []) => Prefix { project: None, schema: SchemaName::default() },
        (false, [project]) => Prefix { project: Some(project), schema: SchemaName::default() },
        (false, _) => return None,
    };
    let is_here = prefix.project.is_none_or(|named| named == project.name);
    is_here.then(|| (prefix.schema, name.to_owned()))
}

fn elsewhere(pattern: &Name, project: &ProjectRef) -> Box<Error> {
    Error::new(Code::Conflict, format!("`{}` is not in project {}", pattern.text, project.name))
        .at(pattern.span)
        .help("a policy is about objects of its own project")
}

/// The roles, which must be there and of resource type.
fn resource_roles(roles: &[Name], project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<Vec<RoleName>> {
    let resource_role = |name: &Name| match policy::known(Some(name), project, snapshot)? {
        RoleKind::Admin => Err(Error::new(
            Code::Conflict,
            format!("role `{}` is of administrator type and receives no resource permission", name.text),
        )
        .at(name.span)
        .help(format!("its policy is put as a whole: `put policy <file> on role {};`", name.text))),
        RoleKind::Resource => role::known_role(name, project, snapshot),
    };
    roles.iter().map(resource_role).collect()
}

fn unreadable(role: &RoleName) -> Box<Error> {
    Error::new(Code::Policy, format!("the policy of role {role} cannot be read"))
        .help(format!("put another one: `put policy <file> on role {role};`"))
}

fn nothing_found(role: &RoleName, granted: &PolicyGrant) -> Box<Error> {
    let says = if granted.denies { "denies" } else { "allows" };
    Error::new(Code::NotFound, format!("no statement of the policy of role {role} {says} this on exactly this object"))
        .at(granted.pattern.span)
        .help(format!("`get policy on role {role};` shows the statements"))
}
