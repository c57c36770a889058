//! The tenant resources that jobs use: the session names them, or who manages the project (TRS-4).

use super::bound::Context;
use crate::error::Result;
use crate::model::{Action, JobType, ObjectKind, TenantResource, TenantResourceKind};
use crate::security::{Destination, Flow, NamedBy, Request, Requirement, Rights, Usage};
use crate::store::Snapshot;

/// The use of a tenant resource that the session names: by the caller, in the current project.
pub(super) fn by_session(
    kind: TenantResourceKind,
    name: &str,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Requirement> {
    let project = super::resolve::current(context)?;
    let tenant = snapshot.project_by_id(project.id)?.map(|project| project.owner.clone());
    let resource = match tenant {
        Some(tenant) => snapshot.tenant_resource(kind, &tenant, name)?,
        None => TenantResource::unknown(kind, &context.principal.account(), name),
    };
    Ok(Requirement::Usage(Usage { resource, project, named_by: NamedBy::Rights(Rights::Invoker) }))
}

/// What a job uses: its quota; and where it calls user functions, the network connection and the image that the session names.
pub(super) fn of_job(request: &Request, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Vec<Requirement>> {
    let Some(project) = request.current.as_ref().filter(|_| request.makes_instance()) else { return Ok(Vec::new()) };
    let named = |kind: TenantResourceKind| kind.flag().and_then(|key| context.flags.get(key));
    let calls = |kind: TenantResourceKind| named(kind).filter(|_| calls_functions(request));
    let mut usages = Vec::new();
    match named(TenantResourceKind::Quota) {
        Some(name) => usages.push(by_session(TenantResourceKind::Quota, name, context, snapshot)?),
        None => {
            let ruled = snapshot.ruled_quota(project.id, request.job.unwrap_or(JobType::Sql))?;
            let chosen = match ruled {
                Some(ruled) => Some(ruled),
                None => snapshot.default_quota(project.id)?,
            };
            usages.extend(chosen.map(|resource| {
                Requirement::Usage(Usage { resource, project: project.clone(), named_by: NamedBy::Managers })
            }));
        }
    }
    for kind in [TenantResourceKind::NetworkLink, TenantResourceKind::Image] {
        if let Some(name) = calls(kind) {
            usages.push(by_session(kind, name, context, snapshot)?);
        }
    }
    Ok(usages)
}

fn calls_functions(request: &Request) -> bool {
    request.accesses().any(|access| access.action == Action::Execute && access.object.kind == ObjectKind::Function)
}

/// A request that uses these as well. User code to which a network is open can take what it reads anywhere (FLW-2).
pub(super) fn added(request: &Request, usages: Vec<Requirement>) -> Request {
    let opens_network = usages.iter().any(
        |usage| matches!(usage, Requirement::Usage(usage) if usage.resource.kind == TenantResourceKind::NetworkLink),
    );
    let mut flows = request.flows.clone();
    for flow in request.flows.iter().filter(|_| opens_network) {
        let outside = Flow { destination: Destination::External, ..flow.clone() };
        if !flows.contains(&outside) {
            flows.push(outside);
        }
    }
    let requirements = request.requirements.iter().cloned().chain(usages).collect();
    Request { requirements, flows, ..request.clone() }
}
