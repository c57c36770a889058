//! The project stage: membership, address and status of every project touched (PRJ-1 to PRJ-3).

use super::acl;
use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::evidence::Finding;
use super::facts::Facts;
use super::membership::membership;
use super::path::Candidates;
use super::request::{Destination, Request, Requirement};
use super::rule::Rule;
use super::stop::Judged;
use crate::model::{Object, ProjectRef, Status, TenantRight};

/// Judges the projects of a request: the current one, then those of its objects and destinations, in the order of the text.
///
/// Membership comes first: address and status would reveal to an outsider that the project exists (STG-4).
pub(super) fn judge(
    request: &Request,
    accesses: &[Vec<Candidates<'_>>],
    facts: &dyn Facts,
    trail: &mut Trail,
) -> Judged {
    // A request without requirements states nothing that anyone may.
    let needs_none = !request.requirements.is_empty()
        && request.requirements.iter().all(|requirement| matches!(requirement, Requirement::None(_)));
    let mut gate = Gate { request, facts, trail, passed: Vec::new() };
    let Some(current) = &request.current else {
        if needs_none && request.flows.is_empty() {
            return Ok(());
        }
        if is_of_console(request) {
            return gate.judge_others(request, accesses);
        }
        return Err(Denial::new(Rule::Member, Reason::NoProject).into());
    };
    if !needs_none {
        let is_member = match facts.project(current.id)? {
            Some(project) => membership(facts, &project, &request.principal)?.is_member(),
            None => false,
        };
        if !is_member {
            return Err(Denial::new(Rule::Member, Reason::NotMember(current.clone())).into());
        }
        gate.trail.note(Rule::Member, Finding::Member);
        gate.judge(current, None)?;
    }
    gate.judge_others(request, accesses)
}

/// Whether it manages tenant resources or keys, and nothing else: that is done in no project (TRS-1).
fn is_of_console(request: &Request) -> bool {
    let acts =
        |requirement: &Requirement| matches!(requirement, Requirement::Act(_) | Requirement::Tenant(TenantRight::Keys));
    let is_of_console =
        |requirement: &Requirement| acts(requirement) || matches!(requirement, Requirement::TenantProject(_));
    let acts = request.requirements.iter().any(acts);
    acts && request.flows.is_empty() && request.requirements.iter().all(is_of_console)
}

/// Address list and status of each project, asked once (PRJ-3).
struct Gate<'a> {
    request: &'a Request,
    facts: &'a dyn Facts,
    trail: &'a mut Trail,
    passed: Vec<&'a ProjectRef>,
}

impl<'a> Gate<'a> {
    /// Judges the projects besides the current one.
    fn judge_others(&mut self, request: &'a Request, accesses: &[Vec<Candidates<'_>>]) -> Judged {
        let (facts, gate) = (self.facts, self);
        for (requirement, accesses) in request.requirements.iter().zip(accesses) {
            match requirement {
                Requirement::Access(access) => {
                    accesses.iter().try_for_each(acl::judge_member)?;
                    gate.judge(&access.object.project, access.behind())?;
                }
                Requirement::GrantTo { project, .. }
                | Requirement::AllowTo { project, .. }
                | Requirement::Unbound { project, .. } => gate.judge(project, None)?,
                // Whether another tenant's project is in use is for its members alone (STG-4).
                Requirement::TenantProject(project) => {
                    let is_member = match facts.project(project.id)? {
                        Some(known) => membership(facts, &known, &request.principal)?.is_member(),
                        None => false,
                    };
                    if is_member {
                        gate.judge(project, None)?;
                    }
                }
                Requirement::Join { project, .. } => gate.judge(project, None)?,
                Requirement::Usage(usage) => gate.judge(&usage.project, usage.behind())?,
                Requirement::Location(used) => gate.judge(&used.project, used.behind())?,
                Requirement::None(_) | Requirement::Member(_) | Requirement::Tenant(_) | Requirement::Act(_) => {}
            }
        }
        for flow in &request.flows {
            let destination = match &flow.destination {
                Destination::Project(project) => Some(project),
                Destination::Local | Destination::External => None,
            };
            let source = std::iter::once((&flow.source.project, flow.through.last()));
            let outer = std::iter::once(None).chain(flow.through.iter().map(Some));
            let through = flow.through.iter().map(|view| &view.project).zip(outer);
            for (project, behind) in source.chain(through).chain(destination.map(|project| (project, None))) {
                gate.judge(project, behind)?;
            }
        }
        Ok(())
    }

    /// `behind` is the view, if it is touched only by what that one reads.
    fn judge(&mut self, touched: &'a ProjectRef, behind: Option<&Object>) -> Judged {
        if self.passed.contains(&touched) {
            return Ok(());
        }
        // A project that is gone since its name was bound is refused by the accesses themselves.
        let Some(project) = self.facts.project(touched.id)? else { return Ok(()) };
        let policies = self.facts.policies(&project)?;
        let source = &self.request.source;
        let denied = |reason| {
            let denial = Denial::new(Rule::AddressAndStatus, reason);
            Err(denial.behind(behind.filter(|_| !self.request.names(touched))).into())
        };
        if policies.addresses.is_err() {
            self.trail.note(Rule::AddressAndStatus, Finding::AddressesUnreadable(touched.clone()));
        }
        if !policies.addresses.as_ref().is_ok_and(|list| list.admits(source)) {
            return denied(Reason::Address(touched.clone(), source.to_string()));
        }
        if project.status == Status::Frozen {
            return denied(Reason::Frozen(touched.clone()));
        }
        self.passed.push(touched);
        Ok(())
    }
}
