//! `grant` and `revoke` of single statements in the policies of roles (POL-8).

use super::bound::{Bound, Context, Work};
use super::outcome::{Item, Outcome};
use super::{policy, resolve, role, tenant, tenant_policy};
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, Naming, Object, ObjectKind, Place, PolicyHolder, Prefix, Principal, ProjectRef, RoleKind, RoleName,
    SchemaName, Time,
};
use crate::policy::{
    AccessPolicy, Effect, NewStatement, Profile, Scope, conditions_of, with_statement, without_actions,
};
use crate::security::{Access, Managed, Request, Requirement};
use crate::store::Snapshot;
use crate::syntax::Name;
use crate::syntax::policy::{Limits, PolicyGrant};

/// What a grant of a statement is about: whose policies, and which objects.
struct Meant<'g> {
    granted: &'g PolicyGrant,
    /// The project of the objects.
    target: ProjectRef,
    /// Their schema and name, or pattern, in that project; nothing if the name means nothing there.
    named: Option<(SchemaName, String)>,
    /// The roles as they are written, each with its policy.
    holders: Vec<(&'g Name, PolicyHolder)>,
    /// The tenant, if they are its roles, and the names of the projects that their policies can be about.
    tenant: Option<(Principal, Vec<String>)>,
}

impl<'g> Meant<'g> {
    fn of(
        granted: &'g PolicyGrant,
        project: &ProjectRef,
        context: &Context<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Result<Self> {
        let naming = context.naming()?;
        let name = |role: &Name| RoleName::new(&role.text);
        let read = read_name(granted, &naming);
        if !granted.of_tenant {
            let holders = granted.roles.iter().map(|role| (role, PolicyHolder::Role(name(role)))).collect();
            let is_here = |prefix: &Prefix<'_>| prefix.project.is_none_or(|named| named == project.name);
            let named =
                read.filter(|(prefix, _)| is_here(prefix)).map(|(prefix, name)| (prefix.schema, name.to_owned()));
            return Ok(Self { granted, target: project.clone(), named, holders, tenant: None });
        }
        let tenant = context.principal.account();
        let mut names = Vec::new();
        for role in &granted.roles {
            names.extend(tenant_policy::projects_in_scope(&name(role), &tenant, project, snapshot)?);
        }
        let holders = granted.roles.iter().map(|role| (role, PolicyHolder::TenantRole(name(role)))).collect();
        let target = match read.as_ref().and_then(|(prefix, _)| prefix.project) {
            None => project.clone(),
            Some(named) if named.contains(['*', '?']) => {
                return Err(Error::new(Code::Parse, format!("`{named}` is not the name of a project"))
                    .at(granted.pattern.span)
                    .help("name one project; `put policy` takes patterns"));
            }
            Some(named) => resolve::named_project(named, snapshot)?,
        };
        let named = read.map(|(prefix, name)| (prefix.schema, name.to_owned()));
        Ok(Self { granted, target, named, holders, tenant: Some((tenant, names)) })
    }

    /// What new statements are checked against.
    fn scope(&self) -> Scope<'_> {
        match &self.tenant {
            None => Scope::Project(&self.target.name),
            Some((_, names)) => Scope::Tenant(names),
        }
    }

    /// What the policies are attached to.
    fn profile(&self) -> Profile {
        if self.tenant.is_some() { Profile::TenantRole } else { Profile::ResourceRole }
    }

    /// What the statements that are already in the policies are checked against.
    fn known(&self) -> Scope<'_> {
        if self.tenant.is_none() { self.scope() } else { Scope::AnyProject }
    }

    /// The roles, which must be there and of resource type.
    fn check_roles(&self, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<()> {
        for (role, _) in &self.holders {
            match &self.tenant {
                None => drop(resource_role(role, project, snapshot)?),
                Some((tenant, _)) => drop(tenant::custom_role(role, tenant, snapshot)?),
            }
        }
        Ok(())
    }
}

/// Adds a statement to the policies of roles.
pub(super) fn grant(
    granted: &PolicyGrant,
    limits: &Limits,
    project: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let meant = Meant::of(granted, project, context, snapshot)?;
    let added = added(&meant, limits, context.now).and_then(|added| {
        let text = with_statement(None, &added).unwrap_or_default();
        let alone = AccessPolicy::parse_added(&text, meant.profile(), meant.scope());
        Ok((added, alone.map_err(|error| error.at(granted.pattern.span))?))
    });
    let required = match (&meant.tenant, &added) {
        (None, _) => {
            let mut required = requirements(&meant, project, Action::AddPolicyStatments, context, snapshot)?;
            required.push(on_object(&meant, Action::GrantPrivs, snapshot)?);
            if let Ok((_, alone)) = &added {
                for (_, holder) in &meant.holders {
                    required.extend(policy::adds(alone, holder, project, context, snapshot)?);
                }
            }
            required
        }
        (Some((tenant, _)), added) => {
            let mut gives = false;
            if let Ok((_, alone)) = added {
                for (_, holder) in &meant.holders {
                    gives |= tenant_policy::adds_download(alone, holder, tenant, project, snapshot)?;
                }
            }
            let mut required = tenant_requirements(&meant, gives, project);
            required.push(on_object(&meant, Action::GrantPrivs, snapshot)?);
            required
        }
    };
    let project = project.clone();
    Ok(Bound::when_allowed(Request::in_session(context, required), || {
        let (added, _) = added?;
        meant.check_roles(&project, snapshot)?;
        let holders: Vec<PolicyHolder> = meant.holders.iter().map(|(_, holder)| holder.clone()).collect();
        let (is_of_tenant, names) =
            (meant.tenant.is_some(), meant.tenant.clone().map(|(_, names)| names).unwrap_or_default());
        Ok(Work::change(move |write, _| {
            let scope = if is_of_tenant { Scope::Tenant(&names) } else { Scope::Project(&project.name) };
            let mut outcome = Outcome::default();
            for holder in &holders {
                let old = policy::document(holder, &project, write)?;
                let new = with_statement(Some(&old), &added).ok_or_else(|| unreadable(holder))?;
                // What stood there is not judged again.
                let policy = AccessPolicy::parse(
                    &new,
                    if is_of_tenant { Profile::TenantRole } else { Profile::ResourceRole },
                    scope,
                )?;
                // The statement that is added names its object.
                outcome.items.extend(policy.warnings(scope, false).into_iter().map(Item::Status));
                write.put_policy(project.id, holder, RoleKind::Resource, &new)?;
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
    let meant = Meant::of(granted, project, context, snapshot)?;
    let actions: Vec<Action> = granted.actions.iter().map(|(action, _)| *action).collect();
    let mut left = Vec::new();
    if let Ok(resource) = resource(&meant) {
        for (_, holder) in &meant.holders {
            let old = policy::document(holder, project, snapshot)?;
            if let Ok(removed) = without_actions(&old, effect(granted), &actions, &resource, meant.known())
                && let Ok(new) = AccessPolicy::parse(&removed.text, meant.profile(), meant.known())
            {
                left.push((holder, new));
            }
        }
    }
    let required = match &meant.tenant {
        None => {
            let mut required = requirements(&meant, project, Action::RemovePolicyStatments, context, snapshot)?;
            required.push(on_object(&meant, Action::RevokePrivs, snapshot)?);
            for (holder, new) in &left {
                required.extend(policy::gives(new, holder, project, context, snapshot)?);
            }
            required
        }
        Some((tenant, _)) => {
            let mut gives = false;
            for (holder, new) in &left {
                if let PolicyHolder::TenantRole(role) = holder {
                    gives |= tenant_policy::changes_download(new, role, tenant, project, context, snapshot)?;
                }
            }
            let mut required = tenant_requirements(&meant, gives, project);
            required.push(on_object(&meant, Action::RevokePrivs, snapshot)?);
            required
        }
    };
    let (granted, project) = (granted.clone(), project.clone());
    Ok(Bound::when_allowed(Request::in_session(context, required), || {
        meant.check_roles(&project, snapshot)?;
        let resource = resource(&meant)?;
        let holders: Vec<PolicyHolder> = meant.holders.iter().map(|(_, holder)| holder.clone()).collect();
        let is_of_tenant = meant.tenant.is_some();
        Ok(Work::change(move |write, _| {
            let scope = if is_of_tenant { Scope::AnyProject } else { Scope::Project(&project.name) };
            let effect = effect(&granted);
            let mut outcome = Outcome::default();
            for holder in &holders {
                let old = policy::document(holder, &project, write)?;
                let removed = without_actions(&old, effect, &actions, &resource, scope)?;
                if !removed.found {
                    return Err(nothing_found(holder, &granted));
                }
                outcome.items.extend(removed.still.iter().map(|number| {
                    let says = if granted.denies { "denies" } else { "allows" };
                    Item::Status(format!(
                        "Warning: statement {number} of {holder}, on other objects as well, still {says} it"
                    ))
                }));
                write.put_policy(project.id, holder, RoleKind::Resource, &removed.text)?;
            }
            outcome.items.extend(Outcome::authorization_ok().items);
            Ok(outcome)
        }))
    }))
}

fn effect(granted: &PolicyGrant) -> Effect {
    if granted.denies { Effect::Deny } else { Effect::Allow }
}

/// Adding or removing statements of each role's policy, and not being bound by the policy.
fn requirements(
    meant: &Meant<'_>,
    project: &ProjectRef,
    of_policy: Action,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Vec<Requirement>> {
    let mut requirements = Vec::new();
    for (_, holder) in &meant.holders {
        let actions = [Action::PutPolicy, of_policy, Action::PutAdministratorPolicy];
        requirements.extend(policy::requirements(holder, actions, context, snapshot)?);
        requirements.push(Requirement::Unbound { project: project.clone(), holder: holder.clone() });
    }
    Ok(requirements)
}

/// The same for roles of the tenant, about objects of a project of the tenant.
fn tenant_requirements(meant: &Meant<'_>, gives_download: bool, project: &ProjectRef) -> Vec<Requirement> {
    let mut requirements = tenant::managing(gives_download);
    requirements.push(Requirement::TenantProject(meant.target.clone()));
    let unbound = |holder: &PolicyHolder| Requirement::Unbound { project: project.clone(), holder: holder.clone() };
    requirements.extend(meant.holders.iter().map(|(_, holder)| unbound(holder)));
    requirements
}

/// Giving or taking privileges on what the statement names.
fn on_object(meant: &Meant<'_>, of_privileges: Action, snapshot: &Snapshot<'_>) -> Result<Requirement> {
    let Meant { granted, target, named, .. } = meant;
    let object = match granted.kind {
        ObjectKind::Project => resolve::project_object(target, snapshot)?,
        kind @ (ObjectKind::Table
        | ObjectKind::View
        | ObjectKind::Resource
        | ObjectKind::Function
        | ObjectKind::Instance
        | ObjectKind::Package
        | ObjectKind::Schema) => {
            let (schema, name) = named.clone().unwrap_or_else(|| (SchemaName::default(), granted.pattern.text.clone()));
            Object::unknown_in(kind, Place { project: target.clone(), schema }, &name)
        }
    };
    let spelled = granted.actions.iter().flat_map(|(action, _)| resolve::spelled_out(*action, granted.kind));
    let managed = Managed { privileges: spelled.collect(), ..Managed::default() };
    Ok(Access { managed, ..Access::of(of_privileges, object) }.into())
}

/// The statement that a grant adds. Days until its end become a moment.
fn added(meant: &Meant<'_>, limits: &Limits, now: Time) -> Result<NewStatement> {
    let granted = meant.granted;
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
        resource: resource(meant)?,
        conditions,
    })
}

fn contradicting(limits: &Limits) -> Box<Error> {
    let span = limits.conditions.as_ref().map(|text| text.span).unwrap_or_default();
    Error::new(Code::Parse, "the conditions limit the time already")
        .at(span)
        .help("write the end into the conditions, or use \"expires\", not both")
}

/// The resource that a grant names.
fn resource(meant: &Meant<'_>) -> Result<String> {
    let Meant { granted, target, .. } = meant;
    let Some((schema, name)) = &meant.named else { return Err(elsewhere(&granted.pattern, target)) };
    if granted.kind == ObjectKind::Project {
        return Ok(format!("acs:odps:*:projects/{}", target.name));
    }
    let object = Object::unknown_in(granted.kind, Place { project: target.clone(), schema: schema.clone() }, name);
    Ok(format!("acs:odps:*:{}", object.path()))
}

/// The parts of the name or pattern of a grant; nothing if it has too many.
fn read_name<'g>(granted: &'g PolicyGrant, naming: &Naming) -> Option<(Prefix<'g>, &'g str)> {
    let text = granted.pattern.text.as_str();
    let kind = granted.kind;
    let in_project = |project: Option<&'g str>| Prefix { project, schema: SchemaName::default() };
    let mark = match kind {
        ObjectKind::Project => return Some((in_project(Some(text)), text)),
        // Packages are called after their projects.
        ObjectKind::Package => return Some((in_project(None), text)),
        // Names of resources have points.
        ObjectKind::Resource => ':',
        ObjectKind::Table | ObjectKind::View | ObjectKind::Function | ObjectKind::Instance | ObjectKind::Schema => '.',
    };
    let mut parts: Vec<&str> = text.split(mark).collect();
    let name = parts.pop()?;
    let prefix = match (kind.is_in_schema(), parts.as_slice()) {
        (true, parts) => naming.read(parts).ok()?,
        (false, []) => in_project(None),
        (false, [project]) => in_project(Some(project)),
        (false, _) => return None,
    };
    Some((prefix, name))
}

fn elsewhere(pattern: &Name, project: &ProjectRef) -> Box<Error> {
    Error::new(Code::Conflict, format!("`{}` is not in project {}", pattern.text, project.name))
        .at(pattern.span)
        .help("a policy is about objects of its own project")
}

/// The role, which must be there and of resource type.
fn resource_role(name: &Name, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<RoleName> {
    match policy::known(Some(name), project, snapshot)? {
        RoleKind::Admin => Err(Error::new(
            Code::Conflict,
            format!("role `{}` is of administrator type and receives no resource permission", name.text),
        )
        .at(name.span)
        .help(format!("its policy is put as a whole: `put policy <file> on role {};`", name.text))),
        RoleKind::Resource => role::known_role(name, project, snapshot),
    }
}

/// The role that a policy belongs to, as statements write it.
fn written(holder: &PolicyHolder) -> String {
    match holder {
        PolicyHolder::Project => String::new(),
        PolicyHolder::Role(role) => format!(" on role {role}"),
        PolicyHolder::TenantRole(role) => format!(" on tenant role {role}"),
    }
}

fn unreadable(holder: &PolicyHolder) -> Box<Error> {
    Error::new(Code::Policy, format!("{holder} cannot be read"))
        .help(format!("put another one: `put policy <file>{};`", written(holder)))
}

fn nothing_found(holder: &PolicyHolder, granted: &PolicyGrant) -> Box<Error> {
    let says = if granted.denies { "denies" } else { "allows" };
    Error::new(Code::NotFound, format!("no statement of {holder} {says} this on exactly this object"))
        .at(granted.pattern.span)
        .help(format!("`get policy{};` shows the statements", written(holder)))
}
