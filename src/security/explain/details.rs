//! Evidence as values with names, for programs.

use crate::model::{Cell, Grant, Object, PolicyHolder, Record};
use crate::security::evidence::{
    AccessPlace, Evidence, Finding, FlowPlace, Ground, LocationGround, ManagingGround, Opened, Passage, UsageGround,
};
use crate::security::policies::PolicyStatement;
use crate::security::request::{Flow, Request, Requirement};
use crate::security::tenant::Manager;

/// What a piece of evidence found. What only administrators of a project may read is left out for others: `sees_all`.
pub(super) fn details(evidence: &Evidence, request: &Request, sees_all: bool) -> Record {
    let finding = |name: &str| Record::default().with("finding", name);
    match &evidence.finding {
        Finding::SignedIn => finding("signed in").with("principal", &request.principal),
        Finding::Member => finding("member").with("project", request.current.as_ref().map(|current| &current.name)),
        Finding::Requirement(place) => match request.requirements.get(*place) {
            Some(Requirement::Member(why)) => finding("every member may").with("reason", *why),
            Some(Requirement::None(why)) => finding("anyone may").with("reason", *why),
            Some(Requirement::GrantTo { project, grantee }) => {
                finding("grantee").with("project", &project.name).with("grantee", grantee.to_string())
            }
            Some(Requirement::AllowTo { project, .. }) => {
                finding("principals of a policy").with("project", &project.name)
            }
            Some(Requirement::TenantProject(project)) => {
                finding("project of the tenant").with("project", &project.name)
            }
            Some(Requirement::Join { project, user }) => {
                finding("user may be added").with("project", &project.name).with("user", user)
            }
            Some(Requirement::Unbound { holder, .. }) => finding("not denied").with("policy", holder.to_string()),
            Some(
                Requirement::Access(_)
                | Requirement::Tenant(_)
                | Requirement::Act(_)
                | Requirement::Usage(_)
                | Requirement::Location(_),
            )
            | None => finding("requirement"),
        },
        Finding::TenantManager(_, manager) => {
            finding("tenant manager").with("tenant", &request.principal.account()).with(
                "by",
                match manager {
                    Manager::Account => "account".to_owned(),
                    Manager::User(rank) => rank.to_string(),
                },
            )
        }
        Finding::Act(place, ground) => {
            let values = resource(finding("tenant resource managed"), *place, request);
            match ground {
                ManagingGround::Manager(Manager::Account) => values.with("by", "account"),
                ManagingGround::Manager(Manager::User(rank)) => values.with("by", format!("tenant {rank}")),
                ManagingGround::Creator => values.with("by", "creator"),
                ManagingGround::Policy(statement) => {
                    values.with("by", "policy").with("statement", policy_statement(statement, true))
                }
            }
        }
        Finding::Usage(place, ground) => {
            let values = resource(finding("tenant resource used"), *place, request);
            match ground {
                UsageGround::Unchecked => values.with("by", "tasks"),
                UsageGround::Managers => values.with("by", "managers"),
                UsageGround::Mounted => values.with("by", "manager of the project"),
                UsageGround::Policy(statement) => {
                    values.with("by", "policy").with("statement", policy_statement(statement, sees_all))
                }
            }
        }
        Finding::Location(place, ground) => {
            let values = finding("external location");
            let Some(Requirement::Location(used)) = request.requirements.get(*place) else { return values };
            let values = match used.behind() {
                None => values.with("location", used.location.to_string()),
                Some(table) => values.with("table", request.entrance(table).to_string()),
            };
            let values = values.with("project", &used.project.name);
            match ground {
                LocationGround::Unchecked => values.with("by", "no control"),
                LocationGround::Listed(allowed) => {
                    values.with("by", "list").with("listed", sees_all.then(|| allowed.to_string()))
                }
            }
        }
        Finding::ResourceDenied(place, statement) => {
            resource(finding("tenant resource denied by policy"), *place, request)
                .with("statement", policy_statement(statement, sees_all))
        }
        Finding::NotMounted(place, is_connection) => {
            resource(finding("tenant resource not mounted"), *place, request).with("connection", *is_connection)
        }
        Finding::DownloadRequired(requirement) => {
            let object = match request.requirements.get(*requirement) {
                Some(Requirement::Access(access)) => Some(access.asked(request)),
                _ => None,
            };
            finding("download required").with("object", object)
        }
        Finding::Definer(place) => definer(finding("definer"), *place, request, sees_all),
        Finding::Allowed(place, ground) => {
            // Administrators of the installing project do not read what a packaged view reads.
            let is_named = sees_all && !matches!(ground, Ground::Package(..));
            by(access(finding("allowed"), *place, request, is_named), ground, sees_all)
        }
        Finding::Denied(place, statement) => finding("denied by policy")
            .with("action", place.action.name())
            .with("object", place.access(request).map(|access| access.asked(request)))
            .with("statement", policy_statement(statement, sees_all)),
        Finding::WithinLabels(place) => access(finding("labels"), *place, request, sees_all),
        Finding::DerivedDenied(place, statement) => finding("derived data denied by policy")
            .with("source", place.flow(request).map(Flow::shown))
            .with("statement", policy_statement(statement, sees_all)),
        Finding::Withheld(place, grant) => finding("conditions do not hold")
            .with("action", place.action.name())
            .with("object", place.access(request).map(|access| access.asked(request)))
            .with("entry", entry(grant, sees_all)),
        // Before it is allowed, it does not show whether the name is that of a view (STG-4).
        Finding::AclIgnored(place) => finding("ACL ignored")
            .with("action", place.action.name())
            .with("object", place.access(request).map(|access| access.asked(request))),
        Finding::PackageClosed(place, package) => {
            access(finding("package not readable"), *place, request, sees_all).with("package", &package.name)
        }
        Finding::AddressesUnreadable(project) => finding("address lists unreadable").with("project", &project.name),
        Finding::Flow(place, passage) => flow(*place, *passage, request, sees_all),
        Finding::RowLimit(flow, rows) => {
            let of = request.flows.get(*flow).map(|flow| flow.shown());
            finding("row limit").with("source", of).with("rows", *rows)
        }
        Finding::DerivedData => finding("derived data left out"),
        Finding::LeftOut(part) => {
            finding("part left out").with("object", request.parts.get(*part).map(|part| part.of.to_string()))
        }
    }
}

/// What is asked of a tenant resource.
fn resource(values: Record, place: usize, request: &Request) -> Record {
    let (action, resource, project) = match request.requirements.get(place) {
        Some(Requirement::Act(access)) => (access.act.name(access.resource.kind), &access.resource, None),
        Some(Requirement::Usage(usage)) => ("Usage", &usage.resource, Some(&usage.project.name)),
        _ => return values,
    };
    values
        .with("action", action)
        .with("kind", resource.kind.name())
        .with("resource", &resource.name)
        .with("project", project)
}

/// Whose rights count inside a view, and for what: not on which object (BND-2).
fn definer(values: Record, place: AccessPlace, request: &Request, sees_all: bool) -> Record {
    let Some((access, view)) = place.access(request).and_then(|access| Some((access, access.behind()?))) else {
        return values;
    };
    let view = if sees_all { view } else { request.entrance(view) };
    values
        .with("action", place.action.name())
        .with("through", view.to_string())
        .with("subject", access.subject(&request.principal).filter(|_| sees_all))
}

/// The values of an access; what a view reads only if it may be named.
fn access(values: Record, place: AccessPlace, request: &Request, is_named: bool) -> Record {
    let Some(access) = place.access(request) else { return values };
    let object = match is_named {
        true => access.object.to_string(),
        false => access.shown(request),
    };
    let subject = access.subject(&request.principal).filter(|_| is_named || access.behind().is_none());
    let through = access.behind().map(|view| request.entrance(view)).map(Object::to_string);
    values.with("action", place.action.name()).with("object", object).with("subject", subject).with("through", through)
}

/// Why an access is allowed.
fn by(values: Record, ground: &Ground, sees_all: bool) -> Record {
    match ground {
        Ground::ProjectOwner => values.with("by", Some("project owner").filter(|_| sees_all)),
        Ground::SuperAdministrator => values.with("by", Some("Super_Administrator").filter(|_| sees_all)),
        Ground::Admin => values.with("by", Some("Admin").filter(|_| sees_all)),
        Ground::TenantRank(rank) => values.with("by", Some(format!("tenant {rank}")).filter(|_| sees_all)),
        Ground::ObjectOwner => values.with("by", Some("object owner").filter(|_| sees_all)),
        Ground::SchemaOwner => values.with("by", Some("schema owner").filter(|_| sees_all)),
        Ground::Entry(grant) => values.with("by", "entry").with("entry", entry(grant, sees_all)),
        Ground::Policy(statement) => {
            values.with("by", "policy").with("statement", policy_statement(statement, sees_all))
        }
        Ground::Package(package, opened) => {
            let (name, grant) = match opened {
                Opened::Administrator | Opened::ReadPolicy(_) => ("package", None),
                Opened::Read(grant) => ("package", Some(grant)),
                Opened::Inside(grant) => ("entry inside a package", Some(grant)),
            };
            values
                .with("by", name)
                .with("package", Some(&package.name).filter(|_| sees_all))
                .with("entry", grant.and_then(|grant| entry(grant, sees_all)))
                .with(
                    "statement",
                    match opened {
                        Opened::ReadPolicy(statement) => policy_statement(statement, sees_all),
                        Opened::Administrator | Opened::Read(_) | Opened::Inside(_) => None,
                    },
                )
        }
    }
}

fn policy_statement(statement: &PolicyStatement, sees_all: bool) -> Option<Record> {
    let (role, tenant_role) = match &statement.holder {
        PolicyHolder::Project => (None, None),
        PolicyHolder::Role(role) => (Some(role.to_string()), None),
        PolicyHolder::TenantRole(role) => (None, Some(role.to_string())),
    };
    let number = statement.number.and_then(|number| u64::try_from(number).ok());
    sees_all.then(|| {
        let values = Record::default().with("role", role);
        let values = if tenant_role.is_some() { values.with("tenant_role", tenant_role) } else { values };
        values.with("number", number)
    })
}

fn entry(grant: &Grant, sees_all: bool) -> Option<Record> {
    let values = Record::default()
        .with("action", grant.action.name())
        .with("column", grant.column.as_ref())
        .with("grantee", grant.grantee.to_string())
        .with("grantor", &grant.grantor)
        .with("granted", grant.granted)
        .with("expires", grant.expires)
        .with("conditions", grant.conditions.as_ref());
    sees_all.then_some(values)
}

fn flow(place: FlowPlace, passage: Passage, request: &Request, sees_all: bool) -> Record {
    let name = match passage {
        Passage::Stays => "stays in its project",
        Passage::ByDownload => "governed by Download",
        Passage::Unprotected => "not protected",
        Passage::ThroughPackage => "through a package",
        Passage::Trusted(_) => "trusted",
        Passage::Excepted(_) => "excepted",
        Passage::NearlyExcepted(_) => "not excepted",
        Passage::PolicyUnreadable => "policy unreadable",
        Passage::Protected => "protected",
    };
    let flow = place.flow(request);
    let values = Record::default()
        .with("finding", "flow")
        .with("source", flow.map(|flow| flow.shown()))
        .with("destination", flow.map(|flow| flow.destination.to_string()))
        .with("passage", name);
    match passage {
        Passage::Trusted(since) => values.with("since", Some(since).filter(|_| sees_all)),
        Passage::Excepted(number) | Passage::NearlyExcepted(number) => {
            let number = u64::try_from(number).unwrap_or(u64::MAX);
            values.with("statement", Cell::from(Some(number).filter(|_| sees_all)))
        }
        Passage::Stays
        | Passage::ByDownload
        | Passage::Unprotected
        | Passage::ThroughPackage
        | Passage::PolicyUnreadable
        | Passage::Protected => values,
    }
}
