//! Results of instances: shown again by `wait`, and taken out by a download (FLW-9).

use super::{Await, Named, Then, named};
use crate::command::Query;
use crate::command::absent::Missing;
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{Use, derived, destinations};
use crate::command::refusal::Refusal;
use crate::command::resolve;
use crate::command::unbound::{Binding, Unbound};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Dialect, Identity, Instance, InstanceStatus, JobType, Object, Project};
use crate::security::{Access, Destination, Flow, Part, Request, Requirement};
use crate::store::{KeptResult, Snapshot};
use crate::syntax::Name;

/// Most rows that are shown of a result; more is a download. Source: the service's limit for results (FLW-9).
const SHOWN: u64 = 10_000;

/// `wait`: as a tunnel job, what a download of the result takes.
pub(super) fn bind(id: &Name, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Binding<Bound> {
    if context.as_job == Some(JobType::Dt) {
        let whole = whole_result(None, id, context, snapshot)?;
        let work = || {
            whole.result?;
            Ok(Work::nothing())
        };
        return Ok(Bound::when_allowed(whole.request, work).lacking(whole.gone));
    }
    resolve::current(context)?;
    let Named { object, instance } = named(None, id, context, snapshot)?;
    let mut requirements = vec![Access::of(Action::Read, object).into()];
    let instance =
        instance.map_err(|refusal| Unbound::refused(Request::in_session(context, requirements.clone()), refusal))?;
    let (again, gone) = again(&instance, context, snapshot)?;
    requirements.extend(again);
    let request = Request {
        flows: outcome_flows(&instance, context, snapshot)?,
        shows_rows: true,
        ..Request::in_session(context, requirements).run_as(context, instance.job)
    };
    if instance.status == InstanceStatus::Running {
        return Ok(Bound::new(request, Work::Await(Await { instance, then: Then::Fetch })).lacking(gone));
    }
    let work = || match result(&instance, context, snapshot)? {
        None => Ok(Work::nothing()),
        Some(result) => shown(result, context.dialect(snapshot)?),
    };
    Ok(Bound::when_allowed(request, work).lacking(gone))
}

fn shown(result: KeptResult, dialect: Dialect) -> Result<Work, Refusal> {
    let dialect = std::sync::Arc::new(dialect);
    let plan = crate::data::kept(result.columns, result.ordered, result.content, &dialect)?;
    let plan = std::sync::Arc::new(plan);
    Ok(Work::Query(Query { limit: Some(SHOWN), fetched: true, ..Query::of(plan) }))
}

/// The whole result of an instance, on its way to a local file.
pub(in crate::command) struct WholeResult {
    /// What that takes: a tunnel job.
    pub request: Request,
    /// The result, with its head; an error says why there is none, to someone who is allowed.
    pub result: Result<KeptResult>,
    /// What it was made of and is gone.
    pub gone: Vec<Missing>,
}

/// Binds the fetching of a whole result: Read on the instance, what its query asked for in order to read, every source a flow to a
/// local file, judged now (FLW-9, FLW-9a).
///
/// Where download control is on it asks for what a download of the sources themselves would ask for (DLC-1): Download on the
/// instance where it ran, and for each table or view Describe and Download in the place of Select.
///
/// # Errors
/// No project is current, or the state cannot be read. Of an instance that is not there nothing more is bound.
pub(in crate::command) fn whole_result(
    project: Option<&Name>,
    id: &Name,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Binding<WholeResult> {
    let tunnel = |requirements: Vec<Requirement>| Request {
        job: Some(JobType::Dt),
        downloads: true,
        ..Request::in_session(context, requirements)
    };
    let Named { object, instance } = named(project, id, context, snapshot)?;
    let mut requirements: Vec<Requirement> = vec![Access::of(Action::Read, object.clone()).into()];
    let instance = instance.map_err(|refusal| Unbound::refused(tunnel(requirements.clone()), refusal))?;
    let is_controlled = |object: &Object| -> Result<bool> {
        Ok(snapshot.project_by_id(object.project.id)?.as_ref().is_some_and(Project::has_download_control))
    };
    if is_controlled(&object)? {
        requirements.push(Access::of(Action::Download, object).into());
    }
    let (again, gone) = again(&instance, context, snapshot)?;
    requirements.extend(again);
    let sources = snapshot.instance_sources(instance.id)?;
    let request =
        Request { flows: flows(&instance, &sources, &destinations(Use::TakenOut, context)), ..tunnel(requirements) };
    let result = match instance.status {
        InstanceStatus::Running => Err(Error::new(Code::Conflict, format!("{} still runs", instance.object()))
            .help(format!("`wait {};` waits for its end", instance.name))),
        InstanceStatus::Success | InstanceStatus::Failed | InstanceStatus::Cancelled => {
            result(&instance, context, snapshot).and_then(|result| {
                result.ok_or_else(|| Error::new(Code::NotFound, format!("{} has no rows to fetch", instance.object())))
            })
        }
    };
    Ok(WholeResult { request, result, gone })
}

/// The accesses of the query, now required of the fetching caller (FLW-9a), and which of its objects are gone.
fn again(
    instance: &Instance,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<(Vec<Requirement>, Vec<Missing>)> {
    let accesses = snapshot.instance_accesses(instance.id, context.principal)?;
    let gone = accesses.iter().map(|access| &access.object).filter(|object| object.id == Identity::Gone);
    let missing = gone.map(|object| {
        let message = format!("the result of {} was made of {object}, which is not what it was", instance.object());
        let help = format!(
            "run the statement again; what is left is for the owner and Super_Administrators of project {}",
            object.project.name
        );
        Missing::new(object.clone(), Error::new(Code::Conflict, message).help(help))
    });
    let missing = missing.collect();
    Ok((accesses.into_iter().map(Requirement::Access).collect(), missing))
}

/// The result of an instance that is over; none of a job that gives no rows.
fn result(instance: &Instance, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Option<KeptResult>> {
    if instance.status == InstanceStatus::Cancelled {
        // Source: odpscmd.
        return Err(Error::new(Code::Cancelled, "Task got cancelled"));
    }
    if let Some((number, text)) = &instance.error {
        let code = Code::ALL.into_iter().find(|code| code.number() == number).unwrap_or(Code::Internal);
        return Err(Error::new(code, text.clone()));
    }
    if let Some(result) = snapshot.result(instance.id, context.now)? {
        return Ok(Some(result));
    }
    match snapshot.why_not_kept(instance)? {
        None => Ok(None),
        Some(lost) => Err(Error::new(
            Code::NotFound,
            format!("the result of {} is not kept: {}", instance.object(), lost.words()),
        )
        .help("run the statement again")),
    }
}

/// What was read flows to where the result is fetched, by way of the instance and then of the views (VIW-2, FLW-9).
fn flows(instance: &Instance, sources: &[(Object, Vec<Object>)], destinations: &[Destination]) -> Vec<Flow> {
    let flow = |(source, through): &(Object, Vec<Object>), destination: &Destination| Flow {
        source: source.clone(),
        through: std::iter::once(instance.object()).chain(through.iter().cloned()).collect(),
        destination: destination.clone(),
    };
    let to = |destination| sources.iter().map(move |source| flow(source, destination));
    destinations.iter().flat_map(to).collect()
}

/// How a job ended, and how long it took, goes to the session like what it read (FLW-2b).
pub(super) fn outcome_flows(instance: &Instance, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Vec<Flow>> {
    Ok(flows(instance, &snapshot.instance_sources(instance.id)?, &destinations(Use::Shown, context)))
}

/// The part of a statement that shows a job: how it ended, which flows like what it read (FLW-2b), and its text. A text holds what was
/// typed, rows among it, so it is data of the instance (FLW-2a).
pub(super) fn job_part(
    instance: &Instance,
    accesses: Vec<Access>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Part> {
    let flows = [derived(&instance.object(), context), outcome_flows(instance, context, snapshot)?].concat();
    Ok(Part { of: instance.object(), job: Some(instance.job), accesses, flows })
}
