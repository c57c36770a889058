//! Audit records as events in the shape of ActionTrail, in which the service passes them on.
//!
//! Source: the events of MaxCompute in ActionTrail, and the common fields of its log. Chosen: a record is one event; what the service has no event for
//! is called after its statement; number and hash of the record are in `additionalEventData`, and the number of the event is the beginning of the hash.

use serde_json::{Map, Value, json};

use crate::model::{AuditVerdict, Principal};
use crate::store::KeptRecord;
use crate::syntax::label::{Labelled, Statement as Label};
use crate::syntax::policy::{Holder, Statement as Policy};
use crate::syntax::tunnel::{Source, Statement as Tunnel};
use crate::syntax::{Statement, parse_statement};

/// The type and the name of an event.
struct Named {
    kind: String,
    name: String,
}

impl Named {
    fn new(kind: &str, name: &str) -> Self {
        Self { kind: kind.to_owned(), name: name.to_owned() }
    }
}

/// The event of a record, as a line of JSON.
pub(super) fn event(kept: &KeptRecord) -> String {
    let record = &kept.record;
    let (ip, network) = match record.source.split_once('@') {
        Some((ip, network)) => (ip, network),
        None => (record.source.as_str(), "internet"),
    };
    // A VPC is named with its region.
    let vpc = Some(network).filter(|network| !["internet", "classic"].contains(network));
    let named = name_of(kept);
    let hash = kept.hash.to_string();
    let resources = resources(&record.objects);
    let main = resources.iter().find(|(kind, _)| *kind != "Project").or(resources.first());
    let mut referenced: Map<String, Value> = Map::new();
    for (kind, path) in &resources {
        if let Value::Array(paths) = referenced.entry(*kind).or_insert_with(|| json!([])) {
            paths.push(json!(path));
        }
    }
    json!({
        "eventId": guid(&hash),
        "eventVersion": "1",
        "eventSource": "odpsh",
        "serviceName": "MaxCompute",
        "eventType": named.kind,
        "eventName": named.name,
        "eventRW": if reads(&named.name) { "Read" } else { "Write" },
        "eventTime": record.time.to_string(),
        "sourceIpAddress": ip,
        "vpcId": vpc,
        "userAgent": concat!("odpsh/", env!("CARGO_PKG_VERSION")),
        "userIdentity": identity(&record.principal),
        "errorCode": record.code,
        "requestParameters": {
            "project": record.project,
            "taskType": record.job,
            "statement": record.statement,
        },
        "resourceType": main.map(|(kind, _)| kind),
        "resourceName": main.map(|(_, path)| path),
        "referencedResources": referenced,
        "additionalEventData": {
            "number": kept.number,
            "hash": hash,
            "machineTime": kept.machine_time.map(|time| time.with_milliseconds()),
            "network": if vpc.is_some() { "vpc" } else { network },
            "verdict": record.verdict.word(),
            "rules": record.rules.split_whitespace().collect::<Vec<_>>(),
        },
    })
    .to_string()
}

/// Chosen: a GUID that is the same in every export.
fn guid(hash: &str) -> String {
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// Source: the fields `userIdentity` of ActionTrail.
fn identity(principal: &str) -> Value {
    let (kind, account) = match Principal::parse(principal) {
        Some(Principal::Account { account }) => ("root-account", account),
        Some(Principal::RamUser { account, .. }) => ("ram-user", account),
        Some(Principal::RamRole { account, .. }) => ("assumed-role", account),
        None => return json!({ "principalId": principal }),
    };
    json!({ "type": kind, "accountId": account.as_str(), "principalId": principal })
}

/// Type and path of each object, once.
fn resources(objects: &str) -> Vec<(&'static str, String)> {
    let mut resources = Vec::new();
    for (_, path) in objects.split(' ').filter_map(|object| object.split_once(':')) {
        let folder = path.rsplit('/').nth(1).unwrap_or_default();
        let kinds = [
            ("tables", "Table"),
            ("resources", "Resource"),
            ("functions", "Function"),
            ("instances", "Instance"),
            ("packages", "Package"),
            ("schemas", "Schema"),
            ("quotas", "Quota"),
            ("networklinks", "NetworkLink"),
            ("foreignservers", "ForeignServer"),
            ("images", "Image"),
        ];
        let kind = kinds.iter().find(|(name, _)| *name == folder).map_or("Project", |(_, kind)| *kind);
        if !resources.iter().any(|(_, known)| known == path) {
            resources.push((kind, path.to_owned()));
        }
    }
    resources
}

fn reads(name: &str) -> bool {
    let first = |word: &str| {
        name.strip_prefix(word)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_uppercase()))
    };
    let words = [
        "Audit",
        "AuditExport",
        "AuditHead",
        "Check",
        "Desc",
        "Describe",
        "Download",
        "Explain",
        "Get",
        "Help",
        "History",
        "InstanceTunnel",
        "List",
        "LocalHelp",
        "ProjectMounts",
        "Read",
        "Show",
        "TunnelHelp",
        "TunnelShow",
        "What",
        "Who",
        "Whoami",
        "Why",
    ];
    words.iter().any(|word| first(word))
}

fn name_of(kept: &KeptRecord) -> Named {
    let record = &kept.record;
    if let Some(command) = record.statement.strip_prefix("odpsh ") {
        let words = command.split(' ').take_while(|word| !word.starts_with('-'));
        return Named::new("LocalEvent", &words.map(capital).collect::<String>());
    }
    match parse_statement(&record.statement) {
        Ok(statement) => name_of_statement(&statement),
        Err(_) if record.statement == "sign in" => Named::new("SignInEvent", "SignIn"),
        // Its text was too long to be kept whole.
        Err(_) if record.verdict == AuditVerdict::Local => Named::new("LocalEvent", "LocalCommand"),
        Err(_) => Named::new("JobEvent", "InsertJob"),
    }
}

fn name_of_statement(statement: &Statement) -> Named {
    let (kind, name) = match statement {
        Statement::Label(Label::Set { of, .. } | Label::Unset { of, .. }) => match of {
            Labelled::Table(_) => ("PrivilegeEvent", "SetTableLabel"),
            // Assumed: the name is cut off in the documentation.
            Labelled::Grantee(_) => ("PrivilegeEvent", "SetUserLabel"),
        },
        Statement::Policy(Policy::Put { holder: Holder::Project, .. }) => ("PrivilegeEvent", "SetProjectPolicy"),
        Statement::Policy(
            Policy::Put { holder: Holder::Role(_) | Holder::TenantRole(_), .. }
            | Policy::Grant { .. }
            | Policy::Revoke { .. },
        ) => ("PrivilegeEvent", "PutRolePolicy"),
        Statement::Tunnel(Tunnel::Download { source: Source::Instance { .. }, .. }) => {
            ("TunnelEvent", "InstanceTunnel")
        }
        _ => match statement.production() {
            "explain" | "cost" => ("JobEvent", "InsertJob"),
            "kill" => ("JobEvent", "JobChange"),
            "status" | "wait" | "desc-instance" => ("JobEvent", "DescribeJob"),
            "show-instances" | "top-instance" => ("JobEvent", "ListJobs"),
            "create-function" | "create-sql-function" => ("FunctionEvent", "CreateFunction"),
            "desc-function" => ("FunctionEvent", "DescribeFunction"),
            "drop-function" => ("FunctionEvent", "DeleteFunction"),
            "list-functions" => ("FunctionEvent", "ListFunctions"),
            "add-resource" | "create-resource" => ("ResourceEvent", "CreateResource"),
            "desc-resource" => ("ResourceEvent", "DescribeResource"),
            "get-resource" => ("ResourceEvent", "DownloadResource"),
            "drop-resource" => ("ResourceEvent", "DeleteResource"),
            "list-resources" => ("ResourceEvent", "ListResources"),
            "tunnel-download" => ("TunnelEvent", "DownloadTable"),
            "tunnel-upload" | "tunnel-resume" => ("TunnelEvent", "UploadTable"),
            "create-role" => ("RoleEvent", "CreateRole"),
            "drop-role" => ("RoleEvent", "DropRole"),
            "add-user" => ("UserEvent", "AddUser"),
            "remove-user" => ("UserEvent", "RemoveUser"),
            "select" | "read" | "count" => ("TableEvent", "ReadTableData"),
            "insert" | "multi-insert" | "update" | "delete" | "merge" | "truncate-table" => {
                ("TableEvent", "ChangeTableData")
            }
            "create-table" | "create-table-like" | "create-table-as" | "create-view" | "clone-table" => {
                ("TableEvent", "CreateTable")
            }
            "drop-table" | "drop-view" => ("TableEvent", "DropTable"),
            "restore-table" => ("TableEvent", "ChangeTableData"),
            "desc-table" | "show-create-table" | "show-partitions" | "export-table" | "export-project" => {
                ("TableEvent", "DescribeTable")
            }
            "grant" => ("PrivilegeEvent", "GrantACL"),
            "revoke" => ("PrivilegeEvent", "RevokeACL"),
            "grant-role" => ("PrivilegeEvent", "GrantRole"),
            "revoke-role" => ("PrivilegeEvent", "RevokeRole"),
            "grant-label" => ("PrivilegeEvent", "GrantLabel"),
            "revoke-label" => ("PrivilegeEvent", "RevokeLabel"),
            // Assumed: the names of these are not documented.
            "project-create" => ("ProjectEvent", "CreateProject"),
            "project-drop" => ("ProjectEvent", "DeleteProject"),
            "setproject" | "set-switch" | "set-projectprotection" | "project-freeze" | "project-restore" => {
                ("ProjectEvent", "UpdateProject")
            }
            altered if altered.starts_with("alter-table") || altered.starts_with("alter-view") => {
                ("TableEvent", "ChangeTable")
            }
            other => {
                return Named {
                    kind: format!("{}Event", family(statement)),
                    name: other.split('-').map(capital).collect(),
                };
            }
        },
    };
    Named::new(kind, name)
}

fn family(statement: &Statement) -> &'static str {
    match statement {
        Statement::Session(_) => "Session",
        Statement::Project(_) => "Project",
        Statement::Table(_) => "Table",
        Statement::Schema(_) => "Schema",
        Statement::Query(_) => "Job",
        Statement::Resource(_) => "Resource",
        Statement::Function(_) => "Function",
        Statement::User(_) => "User",
        Statement::Role(_) => "Role",
        Statement::Grant(_) | Statement::Label(_) | Statement::Policy(_) => "Privilege",
        Statement::Package(_) => "Package",
        Statement::Tenant(_) => "Tenant",
        Statement::TenantResource(_) => "TenantResource",
        Statement::Protection(_) => "Protection",
        Statement::Instance(_) => "Job",
        Statement::Tunnel(_) => "Tunnel",
        Statement::Elsewhere(_) => "Other",
        Statement::Local(_) => "Local",
    }
}

/// `word` → `Word`
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_have_the_names_of_the_service() {
        for (statement, kind, name, is_read) in [
            ("select * from t", "TableEvent", "ReadTableData", true),
            ("insert into t values (1)", "TableEvent", "ChangeTableData", false),
            ("alter table t add columns (c int)", "TableEvent", "ChangeTable", false),
            ("drop view v", "TableEvent", "DropTable", false),
            ("grant select on table t to role r", "PrivilegeEvent", "GrantACL", false),
            ("grant r to user ALIYUN$bob", "PrivilegeEvent", "GrantRole", false),
            ("set label 2 to user ALIYUN$bob", "PrivilegeEvent", "SetUserLabel", false),
            ("set label 2 to table t", "PrivilegeEvent", "SetTableLabel", false),
            ("put policy p.json", "PrivilegeEvent", "SetProjectPolicy", false),
            ("put policy p.json on role r", "PrivilegeEvent", "PutRolePolicy", false),
            ("tunnel download t t.csv", "TunnelEvent", "DownloadTable", true),
            ("tunnel download instance://p/i t.csv", "TunnelEvent", "InstanceTunnel", true),
            ("desc instance i", "JobEvent", "DescribeJob", true),
            ("whoami", "SessionEvent", "Whoami", true),
            ("show grants", "PrivilegeEvent", "ShowGrants", true),
            ("create package p", "PackageEvent", "CreatePackage", false),
            (".account key create ALIYUN$bob", "LocalEvent", "AccountKeyCreate", false),
            ("--@ audit 5", "LocalEvent", "Audit", true),
        ] {
            let named = name_of_statement(&parse_statement(statement).unwrap());
            assert_eq!(
                (named.kind.as_str(), named.name.as_str(), reads(&named.name)),
                (kind, name, is_read),
                "{statement}"
            );
        }
    }
}
