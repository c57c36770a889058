//! Evidence for readers: in words, and as values.

mod details;

use std::fmt;

use self::details::details;
use super::decision::Decision;
use super::evidence::{
    AccessPlace, Evidence, Finding, FlowPlace, Ground, LocationGround, ManagingGround, Opened, Passage, UsageGround,
    Visibility,
};
use super::facts::Facts;
use super::membership::{heads_tenant, manages};
use super::policies::PolicyStatement;
use super::request::{Access, Flow, NamedBy, Request, Requirement, ResourceAccess, Rights, Usage, keeper};
use super::rule::Rule;
use super::tenant::Manager;
use crate::error::Result;
use crate::model::{Grant, JobType, Object, ObjectKind, Principal, Record, TenantRank};
use crate::text::one_line;

/// One piece of evidence as a reader may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The rule.
    pub rule: Rule,
    /// What it found, in words.
    pub text: String,
    /// What it found, as values with names.
    pub details: Record,
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.text)
    }
}

impl Explained {
    /// An explanation in words, each line once: what differs only in details is the same to a reader.
    pub fn lines(explanation: &[Self]) -> Vec<String> {
        let mut lines = Vec::new();
        for line in explanation.iter().map(ToString::to_string) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }
}

/// A piece of evidence in words: those for everyone, and those for administrators of a project.
struct Sentence {
    /// For everyone; `None` if only administrators may know of it.
    what: Option<String>,
    /// For administrators of a project, in addition.
    fact: Option<String>,
}

impl Decision {
    /// Every piece of evidence with its fact: for the user who owns the state file, not for a principal in it.
    ///
    /// `request` is the one that was decided.
    pub fn whole_explanation(&self, request: &Request) -> Vec<Explained> {
        self.evidence().iter().filter_map(|evidence| explain(evidence, request, true)).collect()
    }

    /// The explanation as `viewer` may read it: facts about others only in projects that it administers (BND-2).
    ///
    /// `request` is the one that was decided.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn explanation(&self, request: &Request, facts: &dyn Facts, viewer: &Principal) -> Result<Vec<Explained>> {
        explained(self.evidence().iter(), request, facts, viewer)
    }

    /// The explanation without sign-in and membership, which are the same for everyone who is allowed.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn grounds(&self, request: &Request, facts: &dyn Facts, viewer: &Principal) -> Result<Vec<Explained>> {
        let is_common = |evidence: &&Evidence| matches!(evidence.rule, Rule::Stages | Rule::Member);
        explained(self.evidence().iter().filter(|evidence| !is_common(evidence)), request, facts, viewer)
    }
}

fn explained<'e>(
    evidence: impl Iterator<Item = &'e Evidence>,
    request: &Request,
    facts: &dyn Facts,
    viewer: &Principal,
) -> Result<Vec<Explained>> {
    let mut lines: Vec<Explained> = Vec::new();
    for evidence in evidence {
        let sees_all = match evidence.visibility(request) {
            Visibility::Everyone => true,
            Visibility::FactFor(project) | Visibility::OnlyFor(project) => manages(project, viewer, facts)?,
            Visibility::FactForTenant(project) | Visibility::OnlyForTenant(project) => {
                heads_tenant(project, viewer, facts)?
            }
        };
        let line = explain(evidence, request, sees_all);
        lines.extend(line.filter(|line| !lines.contains(line)));
    }
    Ok(lines)
}

/// One piece of evidence; nothing if the reader may not know of it.
fn explain(evidence: &Evidence, request: &Request, sees_all: bool) -> Option<Explained> {
    let Sentence { what, fact } = sentence(evidence, request);
    let text = match (what, fact.filter(|_| sees_all)) {
        (Some(what), Some(fact)) => format!("{what} ({fact})"),
        (Some(text), None) | (None, Some(text)) => text,
        (None, None) => return None,
    };
    Some(Explained { rule: evidence.rule, text, details: details(evidence, request, sees_all) })
}

fn sentence(evidence: &Evidence, request: &Request) -> Sentence {
    match &evidence.finding {
        Finding::SignedIn => open(format!("{} is signed in", request.principal)),
        Finding::Member => {
            let name = request.current.as_ref().map(|current| current.name.as_str()).unwrap_or_default();
            open(format!("{} is a member of project {name}", request.principal))
        }
        Finding::Requirement(place) => open(match request.requirements.get(*place) {
            Some(Requirement::None(why)) => format!("anyone may: {why}"),
            Some(Requirement::Member(why)) => format!("every member may: {why}"),
            Some(Requirement::GrantTo { project, grantee }) => {
                format!("{grantee} may be granted it in project {}", project.name)
            }
            Some(Requirement::AllowTo { .. }) => "those whom the policy names may be allowed it".to_owned(),
            Some(Requirement::TenantProject(project)) => {
                format!("project {} belongs to {}", project.name, request.principal.account())
            }
            Some(Requirement::Join { user, project }) => {
                format!("{} may add {user} to project {}", request.principal, project.name)
            }
            Some(Requirement::Unbound { holder, .. }) => {
                format!("nothing in {holder} denies anything to {}", request.principal)
            }
            Some(
                Requirement::Access(_)
                | Requirement::Tenant(_)
                | Requirement::Act(_)
                | Requirement::Usage(_)
                | Requirement::Location(_),
            )
            | None => String::new(),
        }),
        Finding::TenantManager(_, manager) => open(tenant_manager(*manager, request)),
        Finding::Act(place, ground) => act(*place, ground, request),
        Finding::Usage(place, ground) => usage(*place, ground, request),
        Finding::Location(place, ground) => location(*place, ground, request),
        Finding::ResourceDenied(place, statement) => Sentence {
            what: asked_of_resource(*place, request).map(|asked| format!("{asked}: denied by policy")),
            fact: Some(policy_statement(statement)),
        },
        Finding::NotMounted(place, is_connection) => Sentence {
            what: None,
            fact: request.usage(*place).map(|Usage { resource, project, .. }| {
                let needed = resource.connection.as_deref().filter(|_| *is_connection).unwrap_or(resource);
                format!("{needed} is not mounted to project {}", project.name)
            }),
        },
        Finding::DownloadRequired(requirement) => {
            let asked = match request.requirements.get(*requirement) {
                Some(Requirement::Access(access)) => access.asked(request),
                _ => String::new(),
            };
            open(format!("{asked}: Describe and Download are required instead of Select"))
        }
        Finding::Definer(place) => about(*place, request, |access| definer(*place, access, request)),
        Finding::Allowed(place, ground) => about(*place, request, |access| allowed(*place, access, ground, request)),
        Finding::Denied(place, statement) => about(*place, request, |access| Sentence {
            what: Some(format!("{} on {}: denied by policy", place.action, access.asked(request))),
            fact: Some(policy_statement(statement)),
        }),
        Finding::WithinLabels(place) => about(*place, request, |access| {
            let whose = subject(access, request);
            let text =
                format!("{} on {}: {whose} may read the labels of its columns", place.action, access.shown(request));
            match access.behind() {
                None => open(text),
                Some(_) => Sentence { what: None, fact: Some(text) },
            }
        }),
        Finding::DerivedDenied(place, statement) => {
            let shown = place.flow(request).map(Flow::shown).unwrap_or_default();
            Sentence {
                what: Some(format!("what is derived from the data of {shown}: reading it is denied by policy")),
                fact: Some(policy_statement(statement)),
            }
        }
        Finding::Withheld(place, grant) => about(*place, request, |access| {
            let what = format!("{} on {}: the conditions of a grant do not hold", place.action, access.asked(request));
            Sentence { what: Some(what), fact: Some(entry(grant)) }
        }),
        Finding::AclIgnored(place) => about(*place, request, |access| Sentence {
            what: Some(format!("{} on {}: ACL entries are ignored", place.action, access.asked(request))),
            fact: Some(format!("CheckPermissionUsingACL=false in project {}", access.object.project.name)),
        }),
        Finding::PackageClosed(place, package) => about(*place, request, |access| Sentence {
            what: None,
            fact: Some(format!(
                "{} on {}: package {} lists it, but Read on the package is missing",
                place.action, access.object, package.name
            )),
        }),
        Finding::AddressesUnreadable(project) => Sentence {
            what: None,
            fact: Some(format!("the address lists of project {} cannot be read: they admit nobody", project.name)),
        },
        Finding::Flow(place, passage) => flow(*place, *passage, request),
        Finding::RowLimit(flow, rows) => open(match request.flows.get(*flow) {
            Some(flow) if request.names(&flow.source.project) => {
                format!("at most {rows} rows of project {} are shown", flow.source.project.name)
            }
            Some(flow) => format!("at most {rows} rows of {} are shown", flow.shown()),
            None => String::new(),
        }),
        Finding::DerivedData => open("sizes and counts of objects that may not be described are left out".to_owned()),
        Finding::LeftOut(part) => open(match request.parts.get(*part).map(|part| &part.of) {
            Some(of) if of.kind == ObjectKind::Instance => {
                format!("the details and the outcome of {of} are left out")
            }
            Some(of) => format!("values derived from the data of {of} are left out"),
            None => String::new(),
        }),
    }
}

fn tenant_manager(manager: Manager, request: &Request) -> String {
    match manager {
        Manager::Account => format!("{} is the account of the tenant", request.principal),
        Manager::User(rank) => {
            format!("{} is {rank} of the tenant {}", request.principal, request.principal.account())
        }
    }
}

/// What the requirement at this place asks of a tenant resource.
fn asked_of_resource(place: usize, request: &Request) -> Option<String> {
    if let Requirement::Act(ResourceAccess { act, resource }) = request.requirements.get(place)? {
        return Some(format!("{} of {resource}", act.name(resource.kind)));
    }
    let usage = request.usage(place)?;
    Some(format!("Usage of {} in project {}", usage.resource, usage.project.name))
}

fn act(place: usize, ground: &ManagingGround, request: &Request) -> Sentence {
    let Some(asked) = asked_of_resource(place, request) else { return open(String::new()) };
    match ground {
        ManagingGround::Manager(manager) => open(format!("{asked}: {}", tenant_manager(*manager, request))),
        ManagingGround::Creator => open(format!("{asked}: {} created it", request.principal)),
        // What its own roles say is for the caller to know.
        ManagingGround::Policy(statement) => {
            open(format!("{asked}: allowed by policy ({})", policy_statement(statement)))
        }
    }
}

fn usage(place: usize, ground: &UsageGround, request: &Request) -> Sentence {
    let (Some(asked), Some(Usage { named_by, .. })) = (asked_of_resource(place, request), request.usage(place)) else {
        return open(String::new());
    };
    let subject = match named_by {
        NamedBy::Rights(rights) => rights.subject(&request.principal).map(Principal::to_string).unwrap_or_default(),
        NamedBy::Managers => String::new(),
    };
    match ground {
        UsageGround::Unchecked => open(format!(
            "{asked}: {subject} may run tasks there, and the project does not control the use of tenant resources"
        )),
        UsageGround::Managers => open(format!("{asked}: managers of the project chose it")),
        UsageGround::Mounted => {
            open(format!("{asked}: mounted, and {subject} is owner or Super_Administrator of the project"))
        }
        UsageGround::Policy(statement) => Sentence {
            what: Some(format!("{asked}: mounted, and allowed by policy")),
            fact: Some(policy_statement(statement)),
        },
    }
}

fn location(place: usize, ground: &LocationGround, request: &Request) -> Sentence {
    let Some(Requirement::Location(used)) = request.requirements.get(place) else { return open(String::new()) };
    let project = &used.project.name;
    // Where a table lies is shown by `desc`, to who may describe it.
    let asked = match used.behind() {
        None => format!("location {}", used.location),
        Some(table) => format!("the location of {}", request.entrance(table)),
    };
    match ground {
        LocationGround::Unchecked => open(format!("{asked}: project {project} does not control external locations")),
        LocationGround::Listed(allowed) => Sentence {
            what: Some(format!("{asked}: in a location that project {project} allows")),
            fact: Some(allowed.to_string()),
        },
    }
}

fn open(what: String) -> Sentence {
    Sentence { what: Some(what), fact: None }
}

/// A sentence about an access of the request.
fn about(place: AccessPlace, request: &Request, words: impl Fn(&Access) -> Sentence) -> Sentence {
    place.access(request).map_or(Sentence { what: None, fact: None }, words)
}

fn definer(place: AccessPlace, access: &Access, request: &Request) -> Sentence {
    let (action, subject) = (place.action, subject(access, request));
    let Some(view) = access.behind() else { return open(String::new()) };
    let full = format!("inside {view}, the {} {subject} needs {action}", keeper(view));
    match request.entrance(view) {
        entrance if entrance == view => open(full),
        entrance => Sentence {
            what: Some(format!("inside {entrance}, the owner of what it reads needs {action}")),
            fact: Some(full),
        },
    }
}

fn allowed(place: AccessPlace, access: &Access, ground: &Ground, request: &Request) -> Sentence {
    let (action, shown, subject) = (place.action, access.shown(request), subject(access, request));
    let membership = match ground {
        Ground::ProjectOwner => "the project's owner",
        Ground::SuperAdministrator => "Super_Administrator",
        Ground::Admin => "Admin",
        Ground::TenantRank(TenantRank::SuperAdministrator) => "Super_Administrator of the tenant",
        Ground::TenantRank(TenantRank::Admin) => "Admin of the tenant",
        Ground::ObjectOwner => "the object's owner",
        Ground::SchemaOwner => "the owner of its schema",
        Ground::Entry(grant) => {
            let what = Some(format!("{action} on {shown}: allowed by ACL"));
            return Sentence { what, fact: Some(entry(grant)) };
        }
        Ground::Policy(statement) => {
            let what = Some(format!("{action} on {shown}: allowed by policy"));
            return Sentence { what, fact: Some(policy_statement(statement)) };
        }
        Ground::Package(package, opened) => {
            let where_to = if matches!(opened, Opened::Inside(_)) { "inside" } else { "by" };
            return Sentence {
                what: Some(format!("{action} on {shown}: allowed {where_to} a package")),
                fact: Some(package_opened(package, opened, &subject, request)),
            };
        }
    };
    match &access.rights {
        Rights::Invoker => open(format!("{action} on {shown}: {subject} is {membership}")),
        Rights::Definer { .. } => Sentence {
            what: Some(format!("{action} on {shown}: allowed")),
            fact: Some(format!("{action} on {}: {subject} is {membership}", access.object)),
        },
    }
}

fn package_opened(package: &Object, opened: &Opened, subject: &str, request: &Request) -> String {
    let installer = request.current.as_ref().map(|current| current.name.as_str()).unwrap_or_default();
    let why = match opened {
        Opened::Administrator => format!("{subject} manages the project"),
        Opened::Read(grant) | Opened::Inside(grant) => entry(grant),
        Opened::ReadPolicy(statement) => format!("Read on it is allowed by {}", policy_statement(statement)),
    };
    format!("package {}, installed in project {installer}: {why}", package.name)
}

/// A statement of a policy in words.
fn policy_statement(statement: &PolicyStatement) -> String {
    match statement.number {
        Some(number) => format!("statement {number} of {}", statement.holder),
        None => format!("{}, which cannot be read", statement.holder),
    }
}

/// An ACL entry in words.
fn entry(grant: &Grant) -> String {
    let column = grant.column.as_ref().map(|column| format!("({column})")).unwrap_or_default();
    let conditions = grant.conditions.as_ref().map(|text| format!(" if {}", one_line(text))).unwrap_or_default();
    let Grant { action, grantee, grantor, granted, .. } = grant;
    format!("{action}{column} granted to {grantee} by {grantor} at {granted}{conditions}")
}

fn subject(access: &Access, request: &Request) -> String {
    access.subject(&request.principal).map(Principal::to_string).unwrap_or_default()
}

fn flow(place: FlowPlace, passage: Passage, request: &Request) -> Sentence {
    let Some(flow) = place.flow(request) else { return open(String::new()) };
    let way = format!("{} to {}", flow.shown(), flow.destination);
    let project = || match flow.through.is_empty() {
        true => format!("project {}", flow.source.project.name),
        false => "its project".to_owned(),
    };
    match passage {
        Passage::Stays => open(format!("{way}: stays in its project")),
        Passage::ByDownload => open(format!("{way}: governed by Download, not by protection")),
        Passage::Unprotected => open(format!("{way}: {} is not protected", project())),
        Passage::ThroughPackage => open(format!("{way}: read through a package, allowed to any destination")),
        Passage::Protected => open(format!("{way}: {} is protected, even from its owner", project())),
        Passage::Trusted(since) => Sentence {
            what: Some(format!("{way}: trusted")),
            fact: flow.destination.project().map(|to| format!("{} is a trusted project since {since}", to.name)),
        },
        Passage::Excepted(number) => Sentence {
            what: Some(format!("{way}: allowed by an exception, to any destination")),
            fact: Some(format!("statement {number} of the exception policy")),
        },
        Passage::PolicyUnreadable => Sentence {
            what: None,
            fact: Some(format!("{way}: the exception policy cannot be read, and lets nothing out")),
        },
        Passage::NearlyExcepted(number) => {
            let job = place.job(request).map_or("no job", JobType::name);
            Sentence {
                what: None,
                fact: Some(format!(
                    "{way}: not excepted as {job} (statement {number} of the exception policy matches it, but a condition does not hold)"
                )),
            }
        }
    }
}

#[cfg(test)]
mod tests;
