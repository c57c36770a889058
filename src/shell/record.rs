//! Builds the audit record of a statement.

use std::collections::BTreeSet;

use super::caller::Caller;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Area, AuditVerdict, Object, ProjectId, Source, Time};
use crate::security::{Decision, Request, Requirement, ResourceAccess};
use crate::store::{AuditRecord, Snapshot};
use crate::syntax::{Statement, local};
use crate::text::{masked, without_values};

/// The audit record of one statement, before its verdict.
#[derive(Clone)]
pub(super) struct DraftRecord {
    pub base: AuditRecord,
    pub request: Request,
    /// Whether values of rows of an encrypted project are left out of its text (ENC-1).
    pub is_concealed: bool,
}

impl DraftRecord {
    /// Creates the record of a request. `text` is the statement text to store.
    pub fn new(request: &Request, text: &str, now: Time) -> Self {
        let objects = AuditRecord::objects_of(request.requirements.iter().flat_map(objects));
        let base = AuditRecord {
            time: now,
            principal: request.principal.to_string(),
            source: request.source.to_string(),
            project: request.current.as_ref().map(|project| project.name.to_string()),
            job: request.job.map(|job| job.name().to_owned()),
            // No record keeps a secret (KEY-2).
            statement: masked(text),
            objects,
            verdict: AuditVerdict::Allowed,
            code: None,
            rules: String::new(),
        };
        Self { base, request: request.clone(), is_concealed: false }
    }

    /// Leaves values out of the text of a statement about rows if it concerns an encrypted project: what is derived from rows is in no record there
    /// (ENC-1).
    pub fn concealing(self, statement: &Statement, snapshot: &Snapshot<'_>) -> Result<Self> {
        if !is_about_rows(statement) || !snapshot.has_encrypted_projects()? {
            return Ok(self);
        }
        // What a script defines may be used for rows of any project.
        if matches!(statement, Statement::Query(query) if query.is_definition()) {
            return Ok(self.concealed());
        }
        let of_access = |requirement: &Requirement| match requirement {
            Requirement::Access(access) => Some(access.object.project.id),
            _ => None,
        };
        let Request { requirements, flows, current, .. } = &self.request;
        let projects = requirements.iter().filter_map(of_access).chain(flows.iter().map(|flow| flow.source.project.id));
        let projects: BTreeSet<ProjectId> = projects.chain(current.iter().map(|current| current.id)).collect();
        for project in projects {
            if snapshot.is_encrypted(project)? {
                return Ok(self.concealed());
            }
        }
        Ok(self)
    }

    fn concealed(self) -> Self {
        let statement = without_values(&self.base.statement);
        Self { base: AuditRecord { statement, ..self.base }, is_concealed: true, ..self }
    }

    /// The record of a statement that could not be bound.
    pub fn unbound(caller: &Caller, text: &str, now: Time, code: Code) -> AuditRecord {
        let base = Self::new(&caller.request(Vec::new()), text, now).base;
        AuditRecord { verdict: AuditVerdict::Failed, code: Some(code.number()), ..base }
    }

    /// The record of a dot-command (BND-1).
    pub fn local(caller: &Caller, text: &str, now: Time) -> AuditRecord {
        let base = Self::new(&caller.request(Vec::new()), text, now).base;
        AuditRecord { verdict: AuditVerdict::Local, rules: "BND-1".to_owned(), ..base }
    }

    /// The record of an act of whoever holds the state file, outside of a session (BND-1).
    pub fn outside(who: &str, text: &str, now: Time) -> AuditRecord {
        AuditRecord {
            time: now,
            principal: who.to_owned(),
            source: Source::default().ip.to_string(),
            project: None,
            job: None,
            statement: text.to_owned(),
            objects: String::new(),
            verdict: AuditVerdict::Local,
            code: None,
            rules: "BND-1".to_owned(),
        }
    }

    /// Stores the allowing decision, in case the statement fails later.
    pub fn allow(&mut self, decision: &Decision) {
        self.base = self.allowed(decision);
    }

    /// Stores a later decision that denied the statement.
    pub fn deny(&mut self, decision: &Decision) {
        self.base = AuditRecord { verdict: AuditVerdict::Denied, ..self.allowed(decision) };
    }

    /// The record of a statement that did not complete: `denied` if a later decision denied it, otherwise `failed`. A function that tried to
    /// leave its sandbox is named (UDF-1).
    pub fn ended(&self, error: &Error) -> AuditRecord {
        let verdict = match self.base.verdict {
            AuditVerdict::Denied => AuditVerdict::Denied,
            _ => AuditVerdict::Failed,
        };
        let escaped = error.escaped.iter().map(|path| ("Escape".to_owned(), path.clone()));
        let parts = [self.base.objects.clone(), AuditRecord::objects_of(escaped)];
        let objects = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let rules = match error.escaped.is_some() {
            true => format!("{} UDF-1", self.base.rules),
            false => self.base.rules.clone(),
        };
        AuditRecord { verdict, objects, rules, code: Some(error.code.number()), ..self.base.clone() }
    }

    pub fn allowed(&self, decision: &Decision) -> AuditRecord {
        AuditRecord { rules: rules(decision), ..self.base.clone() }
    }

    pub fn failed(&self, decision: &Decision, code: Code) -> AuditRecord {
        AuditRecord { verdict: AuditVerdict::Failed, code: Some(code.number()), ..self.allowed(decision) }
    }

    pub fn denied(&self, decision: &Decision, error: Option<&Error>) -> AuditRecord {
        AuditRecord {
            verdict: AuditVerdict::Denied,
            code: error.map(|error| error.code.number()),
            ..self.allowed(decision)
        }
    }
}

/// What is done to what, as a requirement has it: an action, and a path each.
fn objects(requirement: &Requirement) -> Vec<(String, String)> {
    match requirement {
        Requirement::Access(access) => {
            let package = access.managed.name.as_ref().filter(|_| access.action.area() == Area::Packages);
            let package = package.map(|name| format!("projects/{}/packages/{name}", access.object.project.name));
            let item = access.managed.item.as_ref().map(Object::path);
            let paths = [Some(access.object.path()), package, item].into_iter().flatten();
            paths.map(|path| (access.action.to_string(), path)).collect()
        }
        Requirement::Act(ResourceAccess { act, resource }) => {
            vec![(act.name(resource.kind).to_owned(), resource.whole_path())]
        }
        Requirement::Usage(usage) => vec![(Action::Usage.to_string(), usage.resource.whole_path())],
        Requirement::None(_)
        | Requirement::Member(_)
        | Requirement::GrantTo { .. }
        | Requirement::AllowTo { .. }
        | Requirement::Unbound { .. }
        | Requirement::Tenant(_)
        | Requirement::TenantProject(_)
        | Requirement::Location(_)
        | Requirement::Join { .. } => Vec::new(),
    }
}

/// Whether the text of a statement may have values of rows in it.
pub(super) fn is_about_rows(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::Query(_)
            | Statement::Table(_)
            | Statement::Tunnel(_)
            | Statement::Resource(_)
            | Statement::Elsewhere(_)
            | Statement::Local(local::Statement::Why { .. })
    )
}

fn rules(decision: &Decision) -> String {
    decision.rules().iter().map(|rule| rule.id()).collect::<Vec<_>>().join(" ")
}
