//! Refusals about tenants and their resources (TNT-2, TRS-1 to TRS-5).

use crate::error::{Code, Error};
use crate::model::{Principal, ResourceAct, TenantResourceKind, TenantRight};
use crate::security::request::{NamedBy, ResourceAccess, Rights, Usage, named_keeper};

/// The same words whether the tenant resource is there (TRS-5).
pub(super) fn may_not_manage(ResourceAccess { act, resource }: &ResourceAccess, code: &str, tips: &str) -> Box<Error> {
    let (action, path, tenant) = (act.name(resource.kind), resource.path(), &resource.tenant);
    let who = match act {
        ResourceAct::Mount => "Super_Administrator, and who created it".to_owned(),
        ResourceAct::Create | ResourceAct::List | ResourceAct::Describe | ResourceAct::Drop => {
            let admin = if resource.kind == TenantResourceKind::NetworkLink { " or Admin" } else { "" };
            format!("Super_Administrator{admin}, or a tenant role whose policy allows odps:{action}")
        }
    };
    let reason = if code == "4011" { " Explicitly denied by policy." } else { "" };
    Error::new(
        Code::AccessDenied,
        format!("Authorization Failed [{code}], You have NO privilege 'odps:{action}' on {{acs:odps:*:{path}}}.{reason}{tips}"),
    )
    .help(format!("{tenant} can, as can holders of the tenant role {who}"))
}

/// The same words whether the tenant resource is there, and is mounted (TRS-5).
pub(super) fn may_not_use(Usage { resource, project, named_by }: &Usage, code: &str, tips: &str) -> Box<Error> {
    let path = resource.path();
    let who = match named_by {
        NamedBy::Rights(Rights::Invoker) => "You have".to_owned(),
        NamedBy::Rights(Rights::Definer { owner, view }) => {
            format!("{view} cannot be used: its {} has", named_keeper(owner.as_ref(), view))
        }
        NamedBy::Managers => format!("project {} has", project.name),
    };
    let reason = if code == "4011" { " Explicitly denied by policy." } else { "" };
    Error::new(
        Code::Authorization,
        format!(
            "Authorization Failed [{code}], {who} NO privilege 'odps:Usage' on {{acs:odps:*:{path}}}.{reason}{tips}"
        ),
    )
    .help(format!("who manages project {} or its tenant knows what can be used there, and by whom", project.name))
}

/// Who asks is told who may do it (BND-2).
pub(super) fn not_tenant_manager(right: TenantRight, tenant: &Principal, tips: &str) -> Box<Error> {
    let (what, who) = match right {
        TenantRight::Manage => ("manage tenant users and tenant roles of", "Super_Administrator or Admin"),
        TenantRight::Information => ("read information_schema of the tenant", "Super_Administrator or Admin"),
        TenantRight::Lead => {
            ("give or take Super_Administrator, Admin or Download in the tenant", "Super_Administrator")
        }
        TenantRight::Resources => ("set what projects use of the tenant resources of", "Super_Administrator"),
        TenantRight::Keys => ("manage the encryption keys of", "Super_Administrator"),
    };
    Error::new(
        Code::AccessDenied,
        format!("Authorization Failed [4019], You have NO privilege to {what} {tenant}.{tips}"),
    )
    .help(format!("{tenant} can, or a tenant user that holds the tenant role {who}"))
}
