use super::asked::{Asked, asked};
use super::decision::{Decision, Trail};
use super::denial::{Denial, Reason};
use super::facts::Facts;
use super::once::Once;
use super::part::{self, Shown};
use super::request::{Access, Claim, Request};
use super::rule::Rule;
use super::standing::standing;
use super::stop::{Judged, denial_of};
use super::{acl, project, protection};
use crate::error::Result;
use crate::model::{Action, ObjectKind, Time};

/// Decides a request, in stages: sign-in, projects, accesses, flows (STG-1). The first failure ends it.
///
/// The one decision path: enforcement, `.why` and every analysis call this.
///
/// # Errors
/// Fails only if the facts cannot be read; then nothing may run.
pub fn decide(request: &Request, facts: &dyn Facts, now: Time) -> Result<Decision> {
    let facts = &Once::new(facts, now);
    let mut trail = Trail::default();
    let denial = denial_of(judge(request, facts, now, &mut trail))?;
    let parts = match denial {
        Some(_) => Shown::default(),
        None => part::judge(request, facts, now, &mut trail)?,
    };
    if let Some(expiry) = facts.first_expiry() {
        trail.changes_at(expiry);
    }
    Ok(match denial {
        Some(denial) => Decision::denied(trail, shown(denial, request, facts, now)?),
        None => {
            let row_limit = protection::row_limit(request, facts, &mut trail)?;
            Decision::allowed(trail, row_limit, parts)
        }
    })
}

/// The denial as its caller may read it: an object that a view reads is named to administrators of its project, and to those who may read the text
/// that names it (BND-2).
fn shown(denial: Denial, request: &Request, facts: &dyn Facts, now: Time) -> Result<Denial> {
    let Some(view) = &denial.behind else { return Ok(denial) };
    let manages = match denial.project() {
        None => false,
        Some(project) => match facts.project(project.id)? {
            None => false,
            Some(project) => standing(facts, &project, &request.principal)?.manages(),
        },
    };
    let read = if view.kind == ObjectKind::View { Action::Describe } else { Action::Read };
    let claims = vec![Access::of(read, view.clone()).into()];
    let text = Request {
        claims,
        flows: Vec::new(),
        shows_rows: false,
        downloads: false,
        parts: Vec::new(),
        ..request.clone()
    };
    // What the text calls otherwise is not named to who can only read the text.
    let is_named = match denial.object() {
        Some(object) => !facts.was_renamed(object)?,
        None => true,
    };
    if manages || is_named && denial_of(judge(&text, facts, now, &mut Trail::default()))?.is_none() {
        return Ok(Denial { behind: None, ..denial });
    }
    let behind = Some(request.entrance(view).clone());
    Ok(Denial { behind, ..denial })
}

fn judge(request: &Request, facts: &dyn Facts, now: Time, trail: &mut Trail) -> Judged {
    judge_identity(request, facts, trail)?;
    let asked = asked(request, facts, now)?;
    judge_claims(request, &asked, facts, now, trail)?;
    protection::judge(request, &asked, facts, now, trail)
}

fn judge_identity(request: &Request, facts: &dyn Facts, trail: &mut Trail) -> Judged {
    let principal = &request.principal;
    if facts.account_exists(principal, request.account)? {
        trail.note(Rule::Stages, format!("{principal} is signed in"));
        return Ok(());
    }
    Err(match request.account {
        None => Denial::new(Rule::Stages, Reason::UnknownPrincipal(principal.clone())).into(),
        Some(_) => Denial::new(Rule::Identity, Reason::SignedOut(principal.clone())).into(),
    })
}

/// Every stage before the flows.
pub(super) fn judge_claims(
    request: &Request,
    asked: &[Vec<Asked>],
    facts: &dyn Facts,
    now: Time,
    trail: &mut Trail,
) -> Judged {
    project::judge(request, asked, facts, trail)?;
    for (claim, accesses) in request.claims.iter().zip(asked) {
        match claim {
            Claim::Anyone(why) => trail.note(Rule::Stages, format!("anyone may: {why}")),
            Claim::Member(why) => trail.note(Rule::Member, format!("every member may: {why}")),
            Claim::Access(_) => judge_accesses(accesses, request, facts, now, trail)?,
            Claim::GrantTo { project, grantee } => {
                acl::judge_grantee(project, grantee, &request.principal, facts, trail)?;
            }
        }
    }
    Ok(())
}

/// Each access by one path or the other: through packages if they allow all of it, else on the own path for the rest (PTH-1).
fn judge_accesses(accesses: &[Asked], request: &Request, facts: &dyn Facts, now: Time, trail: &mut Trail) -> Judged {
    if let Some(asked) = accesses.iter().find(|asked| asked.for_download) {
        trail.note(
            Rule::Download,
            format!("{}: Describe and Download are required instead of Select", asked.access.asked(request)),
        );
    }
    for asked in accesses {
        asked.shared.note(&asked.access, request, trail);
        if let Some(rest) = asked.on_own_path() {
            acl::judge(&rest, request, facts, now, trail)?;
        }
    }
    Ok(())
}
