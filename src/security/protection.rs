//! Project data protection: which flows may leave a project (FLW-1 to FLW-9, EXC-5 to EXC-7, VIW-2, PTH-2).

use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::evidence::{Finding, FlowPlace, Passage};
use super::facts::Facts;
use super::path::Candidates;
use super::reading::{came_by_package, is_judged_by_download};
use super::request::{Destination, Flow, Request};
use super::rule::Rule;
use super::stop::Judged;
use crate::error::Result;
use crate::model::{Identity, Object, ObjectKind, Project, ProjectId, Time};
use crate::policy::{NearMiss, ProjectPolicies, RequestContext};

/// Judges every flow of a request, in the order of the text.
pub(super) fn judge(
    request: &Request,
    accesses: &[Vec<Candidates<'_>>],
    facts: &dyn Facts,
    now: Time,
    trail: &mut Trail,
) -> Judged {
    judge_flows(None, request, accesses, facts, now, trail)
}

/// Judges the flows of one part of a request, given as a request of its own.
pub(super) fn judge_part(
    part: usize,
    alone: &Request,
    accesses: &[Vec<Candidates<'_>>],
    facts: &dyn Facts,
    now: Time,
    trail: &mut Trail,
) -> Judged {
    judge_flows(Some(part), alone, accesses, facts, now, trail)
}

fn judge_flows(
    part: Option<usize>,
    request: &Request,
    accesses: &[Vec<Candidates<'_>>],
    facts: &dyn Facts,
    now: Time,
    trail: &mut Trail,
) -> Judged {
    for (place, flow) in request.flows.iter().enumerate() {
        let place = FlowPlace { part, flow: place };
        let (rule, passage) = match passage(request, flow, accesses, facts, now, trail)? {
            Found::Passage(rule, passage) => (rule, passage),
            Found::Protected(hint) => {
                if let Some((rule, passage)) = hint {
                    trail.note(rule, Finding::Flow(place, passage));
                }
                trail.note(Rule::FlowNotAccess, Finding::Flow(place, Passage::Protected));
                return Err(protected(flow).into());
            }
            // A project that is gone lets nothing out.
            Found::Gone => return Err(protected(flow).into()),
        };
        trail.note(rule, Finding::Flow(place, passage));
    }
    Ok(())
}

fn protected(flow: &Flow) -> Denial {
    let reason = Reason::Protected { object: flow.source.clone(), destination: flow.destination.clone() };
    Denial::new(Rule::Outflow, reason).behind(flow.through.last())
}

/// What there is to say of a flow.
enum Found {
    /// It is allowed.
    Passage(Rule, Passage),
    /// It is not; with what there is to say of the exception policy.
    Protected(Option<(Rule, Passage)>),
    /// The source's project does not exist any more.
    Gone,
}

/// Whether the data of a flow may flow, by the first of the reasons that allow it.
fn passage(
    request: &Request,
    flow: &Flow,
    accesses: &[Vec<Candidates<'_>>],
    facts: &dyn Facts,
    now: Time,
    trail: &mut Trail,
) -> Judged<Found> {
    let allowed = |rule, passage| Ok(Found::Passage(rule, passage));
    let destination = &flow.destination;
    let Some(project) = facts.project(flow.source.project.id)? else { return Ok(Found::Gone) };
    if destination.project().is_some_and(|to| to.id == project.id) {
        return allowed(Rule::Outflow, Passage::Stays);
    }
    if *destination == Destination::Local && is_judged_by_download(flow, accesses) {
        return allowed(Rule::Download, Passage::ByDownload);
    }
    if !project.security.project_protection {
        let is_inflow = match destination.project() {
            Some(to) => is_protected(facts, to.id)?,
            None => false,
        };
        return allowed(if is_inflow { Rule::Inflow } else { Rule::Outflow }, Passage::Unprotected);
    }
    if came_by_package(flow, accesses, request, facts, now)? {
        let rule = match flow.through.first().map(|first| first.kind) {
            Some(ObjectKind::Instance) => Rule::InstanceResult,
            Some(ObjectKind::View) => Rule::PackagedView,
            _ => Rule::PackagePath,
        };
        return allowed(rule, Passage::ThroughPackage);
    }
    if let Some(to) = destination.project()
        && let Some(since) = facts.trusted_since(project.id, to.id)?
    {
        return allowed(Rule::Trust, Passage::Trusted(since));
    }
    let policies = facts.policies(&project)?;
    match excepted(request, flow, &project, &policies, now, trail) {
        Excepted::By(rule, number) => allowed(rule, Passage::Excepted(number)),
        Excepted::Nearly(NearMiss { statement, by_task }) => {
            let rule = if by_task { Rule::ExceptionTask } else { Rule::ExceptionOr };
            Ok(Found::Protected(Some((rule, Passage::NearlyExcepted(statement)))))
        }
        Excepted::Unreadable => Ok(Found::Protected(Some((Rule::ExceptionForm, Passage::PolicyUnreadable)))),
        Excepted::No => Ok(Found::Protected(None)),
    }
}

fn is_protected(facts: &dyn Facts, project: ProjectId) -> Result<bool> {
    Ok(facts.project(project)?.is_some_and(|project| project.security.project_protection))
}

/// What the exception policy says of a flow.
enum Excepted {
    /// The statement of this number lets it out; the rule says by what: the source, a view, or an instance.
    By(Rule, usize),
    /// The conditions of a statement fail.
    Nearly(NearMiss),
    /// The policy is of a form that cannot be read.
    Unreadable,
    No,
}

/// Looks for an exception on the source itself, or on a view of the same project that it is read through (VIW-2): as far as no
/// view of another project lies in between, whose owner chooses what it reads. An instance reads nothing any more.
fn excepted(
    request: &Request,
    flow: &Flow,
    project: &Project,
    policies: &ProjectPolicies,
    now: Time,
    trail: &mut Trail,
) -> Excepted {
    let policy = match &policies.exception {
        Some(Ok(policy)) => policy,
        Some(Err(_)) => return Excepted::Unreadable,
        None => return Excepted::No,
    };
    if let Some(moment) = policy.turns_after(now) {
        trail.changes_at(moment);
    }
    let context = RequestContext { principal: &request.principal, job: request.job, source: &request.source, now };
    let is_ours = |view: &&Object| view.project.id == project.id;
    let views = flow.through.iter().rev().take_while(is_ours);
    let instance = flow.through.first().filter(|first| first.kind == ObjectKind::Instance).filter(is_ours);
    let objects = std::iter::once(&flow.source).chain(views).chain(instance);
    // The policy may name something else by the name of what is gone.
    let objects: Vec<_> = objects.filter(|object| object.id != Identity::Gone).collect();
    let rule = |object: &Object| match object.kind {
        _ if *object == flow.source => Rule::ExceptionAnywhere,
        ObjectKind::Instance => Rule::InstanceResult,
        ObjectKind::Project
        | ObjectKind::Table
        | ObjectKind::View
        | ObjectKind::Resource
        | ObjectKind::Function
        | ObjectKind::Package
        | ObjectKind::Schema => Rule::ViewFlow,
    };
    let by = objects.iter().find_map(|object| Some((rule(object), policy.excepts(object, &context)?)));
    let nearly = || objects.iter().find_map(|object| policy.nearly_excepts(object, &context));
    match by {
        Some((rule, number)) => Excepted::By(rule, number),
        None => nearly().map_or(Excepted::No, Excepted::Nearly),
    }
}

/// Most rows that the session may be shown: the smallest limit of a source project that is protected or has download control.
pub(super) fn row_limit(request: &Request, facts: &dyn Facts, trail: &mut Trail) -> Result<Option<u64>> {
    if !request.shows_rows {
        return Ok(None);
    }
    let mut limit: Option<u64> = None;
    for (place, flow) in request.flows.iter().enumerate() {
        let Some(project) = facts.project(flow.source.project.id)? else { continue };
        if project.security.project_protection || project.has_download_control() {
            let rows = project.read_limit();
            trail.note(Rule::RowLimit, Finding::RowLimit(place, rows));
            limit = Some(limit.map_or(rows, |limit| limit.min(rows)));
        }
    }
    Ok(limit)
}
