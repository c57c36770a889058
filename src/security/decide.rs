use super::decision::{Decision, Trail};
use super::denial::{Denial, Reason};
use super::facts::Facts;
use super::request::{Access, Claim, Columns, Request};
use super::rule::Rule;
use super::{acl, project, protection};
use crate::error::Result;
use crate::model::{Action, Time};

/// Decides a request, in stages: sign-in, projects, accesses, flows (STG-1). The first failure ends it.
///
/// The one decision path: enforcement, `.why` and every analysis call this.
///
/// # Errors
/// Fails only if the facts cannot be read; then nothing may run.
pub fn decide(request: &Request, facts: &dyn Facts, now: Time) -> Result<Decision> {
    let mut trail = Trail::default();
    Ok(match judge(request, facts, now, &mut trail)? {
        Some(denial) => Decision::denied(trail, denial),
        None => {
            let row_limit = protection::row_limit(request, facts, &mut trail)?;
            Decision::allowed(trail, row_limit)
        }
    })
}

fn judge(request: &Request, facts: &dyn Facts, now: Time, trail: &mut Trail) -> Result<Option<Denial>> {
    if !facts.account_exists(&request.principal)? {
        return Ok(Some(Denial { rule: Rule::Stages, reason: Reason::UnknownPrincipal(request.principal.clone()) }));
    }
    trail.note(Rule::Stages, format!("{} is signed in", request.principal));
    if let Some(denial) = project::judge(request, facts, trail)? {
        return Ok(Some(denial));
    }
    for claim in &request.claims {
        let denial = match claim {
            Claim::Anyone(why) => {
                trail.note(Rule::Stages, format!("anyone may: {why}"));
                None
            }
            Claim::Member(why) => {
                trail.note(Rule::Member, format!("every member may: {why}"));
                None
            }
            Claim::Access(access) => judge_access(access, request, facts, now, trail)?,
            Claim::GrantTo { project, grantee } => {
                acl::judge_grantee(project, grantee, &request.principal, facts, trail)?
            }
        };
        if denial.is_some() {
            return Ok(denial);
        }
    }
    protection::judge(request, facts, now, trail)
}

fn judge_access(
    access: &Access,
    request: &Request,
    facts: &dyn Facts,
    now: Time,
    trail: &mut Trail,
) -> Result<Option<Denial>> {
    let controlled = request.is_tunnel_download()
        && access.action == Action::Select
        && facts.project(access.object.project.id)?.is_some_and(|project| project.has_download_control());
    if !controlled {
        return acl::judge(access, &request.principal, facts, now, trail);
    }
    trail.note(Rule::Download, format!("{}: Describe and Download are asked instead of Select", access.object));
    for action in [Action::Describe, Action::Download] {
        let columns = if action == Action::Download { access.columns.clone() } else { Columns::Whole };
        let asked = Access { action, columns, ..access.clone() };
        if let Some(denial) = acl::judge(&asked, &request.principal, facts, now, trail)? {
            return Ok(Some(denial));
        }
    }
    Ok(None)
}
