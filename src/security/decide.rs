use super::candidates::candidates;
use super::decision::{Decision, Trail};
use super::denial::{Denial, Reason};
use super::evidence::Finding;
use super::facts::Facts;
use super::membership::manages;
use super::once::Once;
use super::part::{self, Shown};
use super::path::{Candidates, PackagePath};
use super::request::{Access, Request, Requirement};
use super::rule::Rule;
use super::stop::{Judged, denial_of};
use super::{acl, label, location, policies, project, protection, tenant, tenant_resource};
use crate::error::Result;
use crate::model::{Action, ObjectKind, Time};

/// Decides a request, in stages: sign-in, projects, accesses, labels, flows, tenant resources (STG-1). The first failure ends it.
///
/// The one decision path: enforcement, `.why` and every analysis call this.
///
/// # Errors
/// Fails only if the facts cannot be read; then nothing may run.
pub fn decide(request: &Request, facts: &dyn Facts, now: Time) -> Result<Decision> {
    let facts = &Once::new(facts, now);
    let mut trail = Trail::new();
    let denial = denial_of(judge(request, facts, now, &mut trail))?;
    let parts = match denial {
        Some(_) => Shown::default(),
        None => part::judge(request, facts, now, &mut trail)?,
    };
    if let Some(moment) = facts.first_change() {
        trail.changes_at(moment);
    }
    Ok(match denial {
        Some(denial) => Decision::denied(trail, shown(denial, request, facts, now)?),
        None => {
            let row_limit = protection::row_limit(request, facts, &mut trail)?;
            Decision::allowed(trail, row_limit, parts)
        }
    })
}

/// Decides the accesses of a request alone: neither labels nor flows. For what names and types may be told of, which need no more (LAB-6, STG-4).
///
/// # Errors
/// As [`decide`].
pub(super) fn refused_accesses(request: &Request, facts: &dyn Facts, now: Time) -> Result<Option<Denial>> {
    let facts = &Once::new(facts, now);
    let mut trail = Trail::default();
    let mut judged = || -> Judged {
        judge_identity(request, facts, &mut trail)?;
        let accesses = candidates(request, facts, now)?;
        judge_requirements(request, &accesses, facts, now, &mut trail)
    };
    denial_of(judged())
}

/// The denial as its caller may read it: an object that a view reads is named to administrators of its project, and to those who may read the text
/// that names it (BND-2).
fn shown(denial: Denial, request: &Request, facts: &dyn Facts, now: Time) -> Result<Denial> {
    let Some(view) = &denial.behind else { return Ok(denial) };
    let is_administrator = match denial.project() {
        None => false,
        Some(project) => manages(project, &request.principal, facts)?,
    };
    let is_described = matches!(view.kind, ObjectKind::View | ObjectKind::Table);
    let read = if is_described { Action::Describe } else { Action::Read };
    let requirements = vec![Access::of(read, view.clone()).into()];
    let text = Request { downloads: false, ..request.alone(requirements, Vec::new()) };
    // What the text calls otherwise is not named to who can only read the text; nor is a column with its label (LAB-7).
    let is_named = match denial.object() {
        Some(object) => !denial.is_by_label() && !facts.was_renamed(object)?,
        None => true,
    };
    if is_administrator || is_named && denial_of(judge(&text, facts, now, &mut Trail::default()))?.is_none() {
        return Ok(Denial { behind: None, ..denial });
    }
    let behind = Some(request.entrance(view).clone());
    Ok(Denial { behind, ..denial })
}

fn judge(request: &Request, facts: &dyn Facts, now: Time, trail: &mut Trail) -> Judged {
    judge_identity(request, facts, trail)?;
    let accesses = candidates(request, facts, now)?;
    judge_requirements(request, &accesses, facts, now, trail)?;
    policies::judge_derived(None, request, facts, now, trail)?;
    label::judge(request, &accesses, trail)?;
    protection::judge(request, &accesses, facts, now, trail)?;
    tenant_resource::judge_usages(request, facts, now, trail)?;
    location::judge(request, facts, trail)
}

fn judge_identity(request: &Request, facts: &dyn Facts, trail: &mut Trail) -> Judged {
    let principal = &request.principal;
    if facts.account_exists(principal, request.account)? {
        if let (Some(key), Some(account)) = (&request.key, request.account)
            && !facts.is_key_enabled(key, account)?
        {
            return Err(Denial::new(Rule::Identity, Reason::KeyEnded(key.clone())).into());
        }
        trail.note(Rule::Stages, Finding::SignedIn);
        return Ok(());
    }
    Err(match request.account {
        None => Denial::new(Rule::Stages, Reason::UnknownPrincipal(principal.clone())).into(),
        Some(_) => Denial::new(Rule::Identity, Reason::SignedOut(principal.clone())).into(),
    })
}

/// Every stage before the flows.
pub(super) fn judge_requirements(
    request: &Request,
    accesses: &[Vec<Candidates<'_>>],
    facts: &dyn Facts,
    now: Time,
    trail: &mut Trail,
) -> Judged {
    project::judge(request, accesses, facts, trail)?;
    for (place, (requirement, accesses)) in request.requirements.iter().zip(accesses).enumerate() {
        match requirement {
            Requirement::None(_) => trail.note(Rule::Stages, Finding::Requirement(place)),
            Requirement::Member(_) => trail.note(Rule::Member, Finding::Requirement(place)),
            Requirement::Access(_) => judge_accesses(place, accesses, trail)?,
            Requirement::GrantTo { project, grantee } => {
                acl::judge_grantee(project, grantee, &request.principal, facts)?;
                trail.note(Rule::Granting, Finding::Requirement(place));
            }
            Requirement::AllowTo { principals, .. } => {
                acl::judge_receivers(principals, &request.principal)?;
                trail.note(Rule::Granting, Finding::Requirement(place));
            }
            Requirement::Tenant(right) => {
                let manager = tenant::judge_right(*right, &request.principal, request.current.as_ref(), facts)?;
                trail.note(Rule::TenantManagers, Finding::TenantManager(place, manager));
            }
            Requirement::TenantProject(project) => {
                tenant::judge_project(project, &request.principal, facts)?;
                trail.note(Rule::TenantProject, Finding::Requirement(place));
            }
            Requirement::Join { project, user } => {
                tenant::judge_joining(user, project, &request.principal, facts)?;
                trail.note(Rule::JoiningUsers, Finding::Requirement(place));
            }
            Requirement::Unbound { project, holder } => {
                policies::judge_unbound(project, holder, request, facts)?;
                trail.note(Rule::OwnDeny, Finding::Requirement(place));
            }
            Requirement::Act(access) => {
                let ground = tenant_resource::judge_act((place, access), request, facts, now, trail)?;
                trail.note(tenant_resource::managing(access.act), Finding::Act(place, ground));
            }
            // A stage of its own, after the flows.
            Requirement::Usage(_) | Requirement::Location(_) => {}
        }
    }
    Ok(())
}

/// The accesses of one requirement: each by the paths through packages as far as they reach, and by the own path for the rest (PTH-1).
fn judge_accesses(requirement: usize, accesses: &[Candidates<'_>], trail: &mut Trail) -> Judged {
    if accesses.iter().any(|access| access.for_download) {
        trail.note(Rule::Download, Finding::DownloadRequired(requirement));
    }
    for access in accesses {
        // What a policy denies is not allowed by anything.
        for PackagePath { path, .. } in access.packages.iter().filter(|_| access.own.denied.is_none()) {
            trail.note(path.rule, Finding::Allowed(access.place, path.ground.clone()));
        }
        if let Some(package) = access.closed() {
            trail.note(Rule::PackageRead, Finding::PackageClosed(access.place, package.clone()));
        }
        acl::judge(access, trail)?;
    }
    Ok(())
}
