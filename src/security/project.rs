//! The project stage: membership of the current project, address and status of every project touched (PRJ-1, PRJ-3).

use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::facts::Facts;
use super::network::AddressList;
use super::request::{Claim, Destination, Request};
use super::rule::Rule;
use super::standing::standing;
use crate::error::Result;
use crate::model::{ProjectRef, Status};

/// Judges the projects of a request: the current one, then those of its objects and destinations, in the order of the text.
pub(super) fn judge(request: &Request, facts: &dyn Facts, trail: &mut Trail) -> Result<Option<Denial>> {
    let needs_none = request.claims.iter().all(|claim| matches!(claim, Claim::Anyone(_)));
    let Some(current) = &request.current else {
        if needs_none && request.flows.is_empty() {
            return Ok(None);
        }
        return Ok(Some(Denial { rule: Rule::Member, reason: Reason::NoProject }));
    };
    if !needs_none {
        let Some(project) = facts.project(current.id)? else {
            return Ok(Some(Denial { rule: Rule::Member, reason: Reason::NotMember(current.clone()) }));
        };
        if !standing(facts, &project, &request.principal)?.is_member() {
            return Ok(Some(Denial { rule: Rule::Member, reason: Reason::NotMember(current.clone()) }));
        }
        trail.note(Rule::Member, format!("{} is a member of project {}", request.principal, current.name));
    }
    for touched in touched(request, needs_none) {
        // A project that is gone since its name was bound is refused by the accesses themselves.
        let Some(project) = facts.project(touched.id)? else { continue };
        if project.status == Status::Frozen {
            return Ok(Some(Denial { rule: Rule::AddressAndStatus, reason: Reason::Frozen(touched) }));
        }
        let addresses = AddressList::parse(
            project.property(crate::model::Property::IpWhitelist),
            project.property(crate::model::Property::VpcWhitelist),
        );
        // A list that cannot be read admits nobody.
        if !addresses.is_ok_and(|list| list.admits(&request.source)) {
            let from = match &request.source.vpc {
                Some(vpc) => format!("{}@{vpc}", request.source.ip),
                None => request.source.ip.to_string(),
            };
            return Ok(Some(Denial { rule: Rule::AddressAndStatus, reason: Reason::Address(touched, from) }));
        }
    }
    Ok(None)
}

/// Every project that the request touches, once.
fn touched(request: &Request, needs_none: bool) -> Vec<ProjectRef> {
    let mut projects: Vec<ProjectRef> = Vec::new();
    let mut touch = |project: &ProjectRef| {
        if !projects.contains(project) {
            projects.push(project.clone());
        }
    };
    if let Some(current) = request.current.as_ref().filter(|_| !needs_none) {
        touch(current);
    }
    for claim in &request.claims {
        match claim {
            Claim::Access(access) => touch(&access.object.project),
            Claim::GrantTo { project, .. } => touch(project),
            Claim::Anyone(_) | Claim::Member(_) => {}
        }
    }
    for flow in &request.flows {
        touch(&flow.source.project);
        flow.through.iter().for_each(|view| touch(&view.project));
        if let Destination::Project(project) = &flow.destination {
            touch(project);
        }
    }
    projects
}
