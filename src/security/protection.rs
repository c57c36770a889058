//! Project data protection: which flows may leave a project (FLW-1 to FLW-9, EXC-5 to EXC-7, VIW-2, PTH-2).

use std::collections::BTreeMap;

use super::asked::{Asked, came_by_package, is_judged_by_download};
use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::exception::{ExceptionPolicy, FlowContext};
use super::facts::Facts;
use super::request::{Destination, Flow, Request};
use super::rule::Rule;
use super::stop::Judged;
use crate::error::Result;
use crate::model::{JobType, Object, ObjectKind, Project, Time};

/// Judges every flow of a request, in the order of the text.
pub(super) fn judge(
    request: &Request,
    asked: &[Vec<Asked>],
    facts: &dyn Facts,
    now: Time,
    trail: &mut Trail,
) -> Judged {
    let mut policies = Policies::default();
    for flow in &request.flows {
        judge_flow(request, flow, asked, &mut policies, (facts, now), trail)?;
    }
    Ok(())
}

fn judge_flow(
    request: &Request,
    flow: &Flow,
    asked: &[Vec<Asked>],
    policies: &mut Policies,
    (facts, now): (&dyn Facts, Time),
    trail: &mut Trail,
) -> Judged {
    let Flow { source, destination, .. } = flow;
    let protected = || {
        let reason = Reason::Protected { object: source.clone(), destination: destination.to_string() };
        Denial::new(Rule::Outflow, reason).behind(flow.through.last())
    };
    let Some(project) = facts.project(source.project.id)? else { return Err(protected().into()) };
    let way = format!("{} to {destination}", flow.shown());
    let name = match flow.through.is_empty() {
        true => format!("project {}", project.name),
        false => "its project".to_owned(),
    };
    if matches!(destination, Destination::Project(to) if to.id == project.id) {
        trail.note(Rule::Outflow, format!("{way}: stays in its project"));
        return Ok(());
    }
    if *destination == Destination::Local && is_judged_by_download(flow, asked) {
        trail.note(Rule::Download, format!("{way}: governed by Download, not by protection"));
        return Ok(());
    }
    if !project.security.project_protection {
        let rule = match destination {
            Destination::Project(to) if is_protected(facts, to.id)? => Rule::Inflow,
            _ => Rule::Outflow,
        };
        trail.note(rule, format!("{way}: {name} is not protected"));
        return Ok(());
    }
    if came_by_package(flow, asked, request, facts, now)? {
        trail.note(Rule::PackagePath, format!("{way}: read through a package, allowed to any destination"));
        return Ok(());
    }
    if let Destination::Project(to) = destination
        && let Some(since) = facts.trusted_since(project.id, to.id)?
    {
        trail.note_fact(
            Rule::Trust,
            format!("{way}: trusted"),
            &source.project,
            format!("{} is a trusted project since {since}", to.name),
        );
        return Ok(());
    }
    match excepted(request, flow, policies.of(&project), now, trail) {
        Excepted::By(number) => {
            trail.note_fact(
                Rule::ExceptionAnywhere,
                format!("{way}: allowed by an exception, to any destination"),
                &source.project,
                format!("statement {number} of the exception policy"),
            );
            return Ok(());
        }
        Excepted::Nearly(number) => {
            let job = request.job.map_or("no job", JobType::name);
            // That the policy names the caller is for those who manage the project (BND-2).
            trail.note_hidden(
                Rule::ExceptionOr,
                &source.project,
                format!("{way}: not excepted as {job} (statement {number} of the exception policy matches it, but a condition does not hold)"),
            );
        }
        Excepted::No => {}
    }
    trail.note(Rule::FlowNotAccess, format!("{way}: {name} is protected, even from its owner"));
    Err(protected().into())
}

fn is_protected(facts: &dyn Facts, project: i64) -> Result<bool> {
    Ok(facts.project(project)?.is_some_and(|project| project.security.project_protection))
}

/// The exception policies of one decision, each parsed once; none where a project has none that can be read.
#[derive(Default)]
struct Policies(BTreeMap<i64, Option<ExceptionPolicy>>);

impl Policies {
    fn of(&mut self, project: &Project) -> Option<&ExceptionPolicy> {
        let parsed = || ExceptionPolicy::parse(project.security.exception.as_deref()?, &project.name).ok();
        self.0.entry(project.id).or_insert_with(parsed).as_ref()
    }
}

/// What the exception policy says of a flow: the number of the statement that lets it out, or of one whose conditions fail.
enum Excepted {
    By(usize),
    Nearly(usize),
    No,
}

/// Looks for an exception on the source itself, or on a view of the same project that it is read through (VIW-2): as far as no
/// view of another project lies in between, whose owner chooses what it reads. An instance reads nothing any more.
fn excepted(
    request: &Request,
    flow: &Flow,
    policy: Option<&ExceptionPolicy>,
    now: Time,
    trail: &mut Trail,
) -> Excepted {
    let Some(policy) = policy else { return Excepted::No };
    if let Some(moment) = policy.turns_after(now) {
        trail.changes_at(moment);
    }
    let context = FlowContext { principal: &request.principal, job: request.job, source: &request.source, now };
    let is_ours = |view: &&Object| view.project.id == flow.source.project.id;
    let views = flow.through.iter().rev().take_while(is_ours);
    let instance = flow.through.first().filter(|first| first.kind == ObjectKind::Instance).filter(is_ours);
    let objects = std::iter::once(&flow.source).chain(views).chain(instance);
    // The policy may name something else by the name of what is gone.
    let objects: Vec<_> = objects.filter(|object| object.id != Object::GONE).collect();
    let by = objects.iter().find_map(|object| policy.excepts(object, &context));
    let nearly = || objects.iter().find_map(|object| policy.nearly_excepts(object, &context));
    match by {
        Some(number) => Excepted::By(number),
        None => nearly().map_or(Excepted::No, Excepted::Nearly),
    }
}

/// Most rows that the session may be shown: the smallest limit of a source project that is protected or has download control.
pub(super) fn row_limit(request: &Request, facts: &dyn Facts, trail: &mut Trail) -> Result<Option<u64>> {
    if !request.shows_rows {
        return Ok(None);
    }
    let mut limit: Option<u64> = None;
    for flow in &request.flows {
        let Some(project) = facts.project(flow.source.project.id)? else { continue };
        if project.security.project_protection || project.has_download_control() {
            let rows = project.read_limit();
            let of = match request.names(&flow.source.project) {
                true => format!("project {}", project.name),
                false => flow.shown(),
            };
            trail.note(Rule::RowLimit, format!("at most {rows} rows of {of} are shown"));
            limit = Some(limit.map_or(rows, |limit| limit.min(rows)));
        }
    }
    Ok(limit)
}
