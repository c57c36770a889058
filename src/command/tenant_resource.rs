//! Tenant resources, as the console of the service manages them: by the session's principal, in the tenant of its account (TRS-1, TRS-5).

use super::bound::{Bound, Context, Work};
use super::outcome::{Item, Listing, Outcome, PropertiesOf};
use super::resolve;
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, Cell, ProjectId, ProjectRef, Record, ResourceAct, TenantResource, TenantResourceKind, TenantRight, Time,
};
use crate::security::{Access, Request, Requirement, ResourceAccess};
use crate::store::{EncryptionKey, Snapshot, Write};
use crate::syntax::Name;
use crate::syntax::tenant_resource::Statement;

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::List { .. } | Statement::Describe { .. } | Statement::Mounts { .. } | Statement::KeyList => true,
        Statement::Create { .. }
        | Statement::Drop { .. }
        | Statement::Mount { .. }
        | Statement::Unmount { .. }
        | Statement::Control { .. }
        | Statement::DefaultQuota { .. }
        | Statement::QuotaRule { .. }
        | Statement::KeyCreate { .. }
        | Statement::KeyRotate { .. }
        | Statement::KeyEnable { .. }
        | Statement::KeyDrop { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let tenant = context.principal.account();
    let find = |kind: TenantResourceKind, name: &Name| snapshot.tenant_resource(kind, &tenant, &name.text);
    match statement {
        Statement::Create { kind, name, connection } => {
            create(find(*kind, name)?, name, connection.as_ref(), context, snapshot)
        }
        Statement::List { kind } => list(*kind, context, snapshot),
        Statement::Describe { kind, name } => describe(find(*kind, name)?, name, context),
        Statement::Drop { kind, name } => {
            let resource = find(*kind, name)?;
            let request = console(context, vec![act(ResourceAct::Drop, &resource)]);
            Ok(Bound::when_allowed(request, || {
                check_there(&resource, name)?;
                Ok(Work::change(move |write, _| {
                    write.drop_tenant_resource(&resource)?;
                    Ok(Outcome::ok())
                }))
            }))
        }
        Statement::Mount { kind, name, project } => {
            let (resource, project) = (find(*kind, name)?, resolve::named_project(&project.text, snapshot)?);
            Ok(Bound::when_allowed(mounting(&resource, &project, context), || {
                check_there(&resource, name)?;
                Ok(Work::change(move |write, now| {
                    write.mount(&resource, &project, now)?;
                    Ok(Outcome::ok())
                }))
            }))
        }
        Statement::Unmount { kind, name, project } => {
            let (resource, project) = (find(*kind, name)?, resolve::named_project(&project.text, snapshot)?);
            Ok(Bound::when_allowed(mounting(&resource, &project, context), || {
                check_there(&resource, name)?;
                Ok(Work::change(move |write, _| {
                    write.unmount(&resource, &project)?;
                    Ok(Outcome::ok())
                }))
            }))
        }
        Statement::Mounts { project } => mounts(&resolve::named_project(&project.text, snapshot)?, context, snapshot),
        Statement::Control { project, on } => control(&resolve::named_project(&project.text, snapshot)?, *on, context),
        Statement::KeyCreate { key } => {
            let (tenant, key) = (tenant, key.clone());
            Ok(Bound::change(of_keys(context), move |write, now| {
                let made = write.create_encryption_key(write.account_id(&tenant)?, &key.text, now);
                made.map_err(|error| error.at(key.span))?;
                Ok(Outcome::ok())
            }))
        }
        Statement::KeyList => Ok(list_keys(context)),
        Statement::KeyRotate { key } => {
            Ok(change_key(key, context, |write, key, now| write.rotate_encryption_key(key, now)))
        }
        Statement::KeyEnable { key, on } => {
            let on = *on;
            Ok(change_key(key, context, move |write, key, _| write.enable_encryption_key(key, on)))
        }
        Statement::KeyDrop { key } => Ok(change_key(key, context, |write, key, _| write.drop_encryption_key(key))),
        Statement::DefaultQuota { project, quota } => {
            let project = resolve::named_project(&project.text, snapshot)?;
            let found = quota.as_ref().map(|quota| find(TenantResourceKind::Quota, quota)).transpose()?;
            Ok(Bound::when_allowed(configuring(&project, context), || {
                if let (Some(found), Some(name)) = (&found, quota) {
                    check_there(found, name)?;
                }
                Ok(Work::change(move |write, now| {
                    write.set_default_quota(project.id, found.as_ref(), now)?;
                    Ok(Outcome::ok())
                }))
            }))
        }
        Statement::QuotaRule { project, job, quota } => {
            let (project, job) = (resolve::named_project(&project.text, snapshot)?, *job);
            let found = quota.as_ref().map(|quota| find(TenantResourceKind::Quota, quota)).transpose()?;
            Ok(Bound::when_allowed(configuring(&project, context), || {
                if let (Some(found), Some(name)) = (&found, quota) {
                    check_there(found, name)?;
                }
                Ok(Work::change(move |write, _| {
                    write.set_quota_rule(project.id, job, found.as_ref())?;
                    Ok(Outcome::ok())
                }))
            }))
        }
    }
}

/// Keys are the tenant's of the caller's account, and in no project.
fn of_keys(context: &Context<'_>) -> Request {
    console(context, vec![Requirement::Tenant(TenantRight::Keys)])
}

/// A change of a key that is there.
fn change_key(
    key: &Name,
    context: &Context<'_>,
    change: impl FnOnce(&Write<'_>, &EncryptionKey, Time) -> Result<()> + 'static,
) -> Bound {
    let (tenant, key) = (context.principal.account(), key.clone());
    Bound::change(of_keys(context), move |write, now| {
        let found = write.encryption_key(write.account_id(&tenant)?, &key.text)?;
        let found = found.ok_or_else(|| {
            Error::new(Code::NotFound, format!("encryption key `{}` does not exist", key.text))
                .at(key.span)
                .help("`.key list` lists the keys")
        })?;
        change(write, &found, now).map_err(|error| error.at(key.span))?;
        Ok(Outcome::ok())
    })
}

fn list_keys(context: &Context<'_>) -> Bound {
    let tenant = context.principal.account();
    Bound::show(of_keys(context), move |snapshot| {
        let keys = match snapshot.account(&tenant)? {
            Some(tenant) => snapshot.encryption_keys(tenant.id)?,
            None => Vec::new(),
        };
        let row = |key: EncryptionKey| {
            let projects = snapshot.projects_with_key(&key)?;
            Ok(vec![
                key.place.name.into(),
                if key.enabled { "Enabled" } else { "Disabled" }.into(),
                u64::try_from(key.place.version).unwrap_or_default().into(),
                key.created.into(),
                key.rotated.into(),
                projects.into_iter().collect::<crate::model::Cell>(),
            ])
        };
        Ok(Outcome::listing(Listing::EncryptionKeys, keys.into_iter().map(row).collect::<Result<_>>()?))
    })
}

/// A request of the console's pages of a tenant, which are in no project.
fn console(context: &Context<'_>, requirements: Vec<Requirement>) -> Request {
    Request { current: None, ..Request::in_session(context, requirements) }
}

fn act(act: ResourceAct, resource: &TenantResource) -> Requirement {
    Requirement::Act(ResourceAccess { act, resource: resource.clone() })
}

/// A resource is mounted to projects of its own tenant.
fn mounting(resource: &TenantResource, project: &ProjectRef, context: &Context<'_>) -> Request {
    console(context, vec![act(ResourceAct::Mount, resource), Requirement::TenantProject(project.clone())])
}

/// What a project uses is set by its owner or the tenant's Super_Administrator, by no role of the project (TRS-2).
fn configuring(project: &ProjectRef, context: &Context<'_>) -> Request {
    in_project(project, context, vec![Requirement::Tenant(TenantRight::Resources)])
}

/// A request of the console's page of a project.
fn in_project(project: &ProjectRef, context: &Context<'_>, requirements: Vec<Requirement>) -> Request {
    Request { current: Some(project.clone()), ..Request::in_session(context, requirements) }
}

/// One that is not there is told only to whom the request is allowed (TRS-5).
fn check_there(resource: &TenantResource, name: &Name) -> Result<()> {
    match resource.id {
        Some(_) => Ok(()),
        None => Err(Error::new(Code::NotFound, format!("{resource} does not exist"))
            .at(name.span)
            .help(format!("`.{} list` lists those that you may list", resource.kind.name()))),
    }
}

fn create(
    resource: TenantResource,
    name: &Name,
    connection: Option<&Name>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let mut requirements = vec![act(ResourceAct::Create, &resource)];
    let mut through = None;
    if let Some(connection) = connection {
        let found = snapshot.tenant_resource(TenantResourceKind::NetworkLink, &resource.tenant, &connection.text)?;
        // Whether it is there is told to whom may describe it.
        requirements.push(act(ResourceAct::Describe, &found));
        through = Some((found, connection));
    }
    let creator = context.principal.clone();
    let span = name.span;
    Ok(Bound::when_allowed(console(context, requirements), || {
        let connection = match through {
            Some((found, name)) => {
                check_there(&found, name)?;
                Some(Box::new(found))
            }
            None => None,
        };
        let new = TenantResource { connection, ..resource };
        Ok(Work::change(move |write, now| {
            write.create_tenant_resource(&new, &creator, now).map_err(|error| error.at(span))?;
            Ok(Outcome::ok())
        }))
    }))
}

/// Those that the caller may list: the others are as if they were not there (TRS-5).
fn list(kind: TenantResourceKind, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let request = console(context, vec![Requirement::None("those that the caller may list are shown")]);
    let mut rows = Vec::new();
    for (resource, created) in snapshot.tenant_resources(kind, context.principal)? {
        if context.judge.allows(&console(context, vec![act(ResourceAct::List, &resource)]))? {
            rows.push(vec![(&resource.name).into(), resource.creator.as_ref().into(), created.into()]);
        }
    }
    Ok(Bound::show(request, |_| Ok(Outcome::listing(Listing::TenantResources, rows))))
}

fn describe(resource: TenantResource, name: &Name, context: &Context<'_>) -> Result<Bound> {
    let request = console(context, vec![act(ResourceAct::Describe, &resource)]);
    Ok(Bound::when_allowed(request, || {
        check_there(&resource, name)?;
        Ok(Work::show(move |snapshot| {
            let projects = snapshot.projects_with_resource(&resource)?;
            let values = Record::default()
                .with("name", &resource.name)
                .with("type", resource.kind.name())
                .with("creator", resource.creator.as_ref())
                .with("created", snapshot.tenant_resource_created(&resource)?)
                .with("networklink", resource.connection.as_ref().map(|connection| &connection.name))
                .with("projects", projects.into_iter().collect::<crate::model::Cell>());
            Ok(Outcome::properties(PropertiesOf::TenantResource, values))
        }))
    }))
}

/// Who manages a project knows what it may use, since it lets roles use that.
fn mounts(project: &ProjectRef, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let object = resolve::project_object(project, snapshot)?;
    let request = in_project(project, context, vec![Access::of(Action::GetSecurityConfiguration, object).into()]);
    let id = project.id;
    Ok(Bound::show(request, move |snapshot| {
        let is_controlled = snapshot.project_by_id(id)?.is_some_and(|it| it.security.tenant_resource_access_control);
        let values = Record::default()
            .with("tenant_resource_access_control", is_controlled)
            .with("default_quota", snapshot.default_quota(id)?.map(|quota| quota.name))
            .with("quota_rules", rules(id, snapshot)?);
        let mut outcome = Outcome::properties(PropertiesOf::ResourceControl, values);
        let mounts = snapshot.mounts_of(id)?.into_iter();
        let rows = mounts.map(|(kind, name, mounted)| vec![kind.into(), name.into(), mounted.into()]).collect();
        outcome.items.extend(Outcome::listing(Listing::Mounts, rows).items);
        Ok(outcome)
    }))
}

/// The quota rules of a project, by types of jobs; nothing without any.
fn rules(project: ProjectId, snapshot: &Snapshot<'_>) -> Result<Cell> {
    let rules = snapshot.quota_rules(project)?;
    if rules.is_empty() {
        return Ok(Cell::Null);
    }
    let rules: Record = rules.into_iter().map(|(job, quota)| (job.name().to_owned(), quota.name.into())).collect();
    Ok(rules.into())
}

/// Switching it on lists what is named and not mounted (TRS-3).
fn control(project: &ProjectRef, on: bool, context: &Context<'_>) -> Result<Bound> {
    let project = project.clone();
    Ok(Bound::change(configuring(&project, context), move |write, now| {
        write.set_resource_control(project.id, on, now)?;
        let mut outcome = Outcome::ok();
        if !on {
            return Ok(outcome);
        }
        let default = write.default_quota(project.id)?.map(|quota| ("jobs".to_owned(), quota));
        let rules = write.quota_rules(project.id)?.into_iter().map(|(job, quota)| (format!("{job} jobs"), quota));
        for (jobs, quota) in default.into_iter().chain(rules) {
            if !write.is_resource_mounted(&quota, project.id)? {
                outcome.items.push(Item::Status(format!(
                    "Warning: {quota}, the quota of {jobs} of project {name}, is not mounted to it: those that name no quota are refused; `.quota mount {} to {name}` mounts it",
                    quota.name,
                    name = project.name
                )));
            }
        }
        outcome.items.extend(unmounted_sources(&project, write)?);
        Ok(outcome)
    }))
}

/// The data sources that external schemas of a project name, as far as they are not mounted to it.
fn unmounted_sources(project: &ProjectRef, write: &Write<'_>) -> Result<Vec<Item>> {
    let Some(known) = write.project_by_id(project.id)? else { return Ok(Vec::new()) };
    let mut warnings = Vec::new();
    for schema in write.schemas(project)? {
        let Some(outside) = schema.external else { continue };
        let source = write.tenant_resource(TenantResourceKind::ForeignServer, &known.owner, &outside.server)?;
        if source.id.is_none() || !write.is_resource_mounted(&source, project.id)? {
            warnings.push(Item::Status(format!(
                "Warning: {source}, which the external schema {} of project {} names, is not mounted to it: its tables are refused",
                schema.name, project.name
            )));
        }
    }
    Ok(warnings)
}
