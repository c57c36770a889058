//! A second opinion on every decision: the sentences of `docs/rules.md`, one after the other, on plain lists.
//!
//! Shares nothing with `odpsh::security` but the request. What each sentence said is heard, so that a test can tell that all
//! of them spoke, both ways.

mod access;
mod entries;
mod exception;
mod flow;
mod label;
mod package;
mod part;
mod policy;
mod project;
mod sql_function;
mod tenant;
mod tenant_resource;

use std::collections::BTreeSet;

use odpsh::model::{Action, Object, Time};
use odpsh::security::{Access, LocationUse, Request, Requirement};

use super::worlds::{Project, Spot, World};
pub use label::Whose;
use package::ByPackage;
pub use project::{holds_built_in, is_member};

/// Yes or no, and what was heard on the way.
#[derive(Debug, Clone)]
pub struct Opinion {
    pub ruling: Ruling,
    /// Sentences, and whether each spoke for (`true`) or against the request.
    pub heard: Vec<(&'static str, bool)>,
}

/// Yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    Allow {
        row_limit: Option<u64>,
        /// The objects whose derived data is shown (FLW-2a).
        shown: BTreeSet<String>,
    },
    Deny {
        rule: &'static str,
        why: Why,
    },
}

/// What is missing; projects and objects by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    UnknownPrincipal,
    NoProject,
    NotMember(String),
    NotObjectMember { project: String, of_view_owner: bool },
    Address(String),
    Frozen(String),
    NoPrivilege { action: &'static str, object: String, columns: Vec<String>, of_view_owner: bool },
    ExplicitlyDenied { action: &'static str, object: String, of_view_owner: bool },
    Label { object: String, column: String, label: u8, level: u8, whose: Whose },
    Protected { object: String, destination: String },
    GranteeNotMember(String),
    GranteeOfOtherAccount,
    OwnerIsFixed(String),
    NotTenantManager,
    NotOfTenant(String),
    UserOfOtherAccount(String),
    MayNotManage(String),
    ManagingDenied(String),
    MayNotUse(String),
    UsageDenied(String),
    LocationNotAllowed(String),
}

/// A request before its judge.
struct Hearing<'a> {
    world: &'a World,
    request: &'a Request,
    now: Time,
    /// What each requirement asks for.
    asked: Vec<Vec<Asked>>,
    heard: Vec<(&'static str, bool)>,
}

/// An access as it is asked for.
#[derive(Debug, Clone)]
struct Asked {
    access: Access,
    /// Describe or Download instead of Select (DLC-1).
    instead: bool,
    shared: ByPackage,
    /// Whether every column that is read keeps a package path (PTH-1).
    kept: bool,
}

impl Asked {
    /// What packages leave to the own path.
    fn rest(&self) -> Option<Access> {
        let columns = self.shared.rest(&self.access.columns)?;
        Some(Access { columns, ..self.access.clone() })
    }

    /// Whether it is read by packages: each path passes permission and label by itself (PTH-1).
    fn is_by_packages(&self) -> bool {
        self.rest().is_none() && self.kept
    }
}

/// What a sentence leads to: on, or a refusal.
type Passed = Result<(), (&'static str, Why)>;

/// Decides a request.
pub fn judge(world: &World, request: &Request, now: Time) -> Opinion {
    let mut hearing = Hearing { world, request, now, asked: Vec::new(), heard: Vec::new() };
    let ruling = match hearing.stages() {
        Ok(()) => Ruling::Allow { row_limit: hearing.row_limit(), shown: hearing.shown() },
        Err((rule, why)) => Ruling::Deny { rule, why },
    };
    if matches!(ruling, Ruling::Allow { .. }) && hearing.respelled() {
        hearing.say("SWI-6 another spelling", true);
    }
    Opinion { ruling, heard: hearing.heard }
}

impl Hearing<'_> {
    fn say(&mut self, sentence: &'static str, speaks_for: bool) {
        self.heard.push((sentence, speaks_for));
    }

    /// STG-1: sign-in → project → accesses → labels → flows → tenant resources. All accesses pass a stage before the next begins.
    fn stages(&mut self) -> Passed {
        let exists = self.world.people.contains(&self.request.principal);
        self.say("STG-1 sign-in", exists);
        if !exists {
            return Err(("STG-1", Why::UnknownPrincipal));
        }
        self.asked = self.request.requirements.iter().map(|requirement| self.asked_by(requirement)).collect();
        self.projects()?;
        for (place, requirement) in self.request.requirements.iter().enumerate() {
            match requirement {
                Requirement::None(_) | Requirement::Member(_) => {}
                Requirement::AllowTo { .. } | Requirement::Unbound { .. } => {
                    panic!("the random requests put no policies")
                }
                Requirement::Tenant(right) => self.manages_tenant(*right)?,
                Requirement::TenantProject(project) => self.of_tenant(project)?,
                Requirement::Join { project, user } => self.joins(project, user)?,
                Requirement::Act(access) => self.acts(access)?,
                Requirement::Usage(_) | Requirement::Location(_) => {}
                Requirement::Access(access) => self.access(access, place)?,
                Requirement::GrantTo { project, grantee } => self.grant_to(project, grantee)?,
            }
        }
        self.derived()?;
        self.labels()?;
        for flow in &self.request.flows {
            let passed = self.flow(flow);
            if self.replaces(&flow.source) {
                self.say("FLW-2 a target with a primary key is a source", passed.is_ok());
            }
            passed?;
        }
        for requirement in &self.request.requirements {
            if let Requirement::Usage(usage) = requirement {
                self.uses(usage)?;
            }
        }
        for requirement in &self.request.requirements {
            if let Requirement::Location(used) = requirement {
                self.locates(used)?;
            }
        }
        Ok(())
    }

    /// EXT-2: where external locations are controlled, only those inside of the list.
    fn locates(&mut self, used: &LocationUse) -> Passed {
        let listed = self.world.project(used.project.id).map(Project::locations);
        let is_free = listed == Some(None);
        self.say("EXT-2 not controlled", is_free);
        if is_free {
            return Ok(());
        }
        let location = used.location.to_string();
        // A location ends with `/`, as those of the list do.
        let is_inside = listed
            .flatten()
            .is_some_and(|list| list.split(", ").any(|allowed| !allowed.is_empty() && location.starts_with(allowed)));
        self.say("EXT-2 inside of the list", is_inside);
        match is_inside {
            true => Ok(()),
            false => Err(("EXT-2", Why::LocationNotAllowed(location))),
        }
    }

    /// FLW-2: whether the statement inserts into this table, and its primary key decides which of the present rows stay.
    fn replaces(&self, source: &Object) -> bool {
        let is_keyed = match self.world.spot(source) {
            Some(Spot::Table(place)) => self.world.tables[place].keyed,
            _ => false,
        };
        is_keyed && self.request.accesses().any(|access| access.action == Action::Update && access.object == *source)
    }

    /// DLC-1: the statement says whether it is a tunnel download.
    fn is_tunnel_download(&self) -> bool {
        self.request.downloads
    }

    /// FLW-8: rows on the screen are capped when any source project is protected or has download control.
    fn row_limit(&mut self) -> Option<u64> {
        if !self.request.shows_rows {
            return None;
        }
        let world = self.world;
        let sources = self.request.flows.iter().filter_map(|flow| world.project(flow.source.project.id));
        let capped = sources.filter(|project| project.protected || project.download_control);
        let limit = capped.map(|project| project.read_limit.unwrap_or(10_000)).min();
        self.say("FLW-8 cap", limit.is_none());
        limit
    }

    fn respelled(&self) -> bool {
        let typed = self.request.principal.to_string();
        !self.world.people.iter().any(|person| person.to_string() == typed)
    }
}
