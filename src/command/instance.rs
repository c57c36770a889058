//! Instances: what ran or runs, how it ends, and the results that can be fetched again (FLW-9).

mod fetch;
mod list;
mod show;

pub(super) use fetch::whole_result;

use fetch::{job_part, outcome_flows};

use super::bound::{Bound, Context, Work};
use super::outcome::{Item, Outcome};
use super::refusal::Refusal;
use super::resolve;
use super::unbound::settled;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Instance, InstanceStatus, Object, ObjectKind};
use crate::security::{Access, Request};
use crate::store::Snapshot;
use crate::syntax::Name;
use crate::syntax::instance::Statement;

/// A job of another shell that must end first.
#[derive(Debug, Clone)]
pub struct Await {
    /// The instance.
    pub instance: Instance,
    /// What comes then.
    pub then: Then,
}

/// What is done once a job has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Its result is fetched, if that is allowed by then.
    Fetch,
    /// It is asked to stop now, and it is told how it ended.
    Tell,
}

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::Show { .. } | Statement::Top { .. } | Statement::Describe { .. } | Statement::Status { .. } => true,
        Statement::Kill { .. } | Statement::Wait { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Statement::Show { from, to, project, limit, all } => {
            let days = list::Days { from: from.as_ref(), to: to.as_ref() };
            list::bind(&days, project.as_ref(), limit.unwrap_or(list::LAST), *all, context, snapshot)
        }
        Statement::Top { project, status, limit, all, .. } => {
            list::bind_top(project.as_ref(), *status, limit.unwrap_or(list::LAST), *all, context, snapshot)
        }
        Statement::Describe { project, instance } => {
            let named = named(project.as_ref(), instance, context, snapshot)?;
            with(named, Action::Read, context, |request, instance| {
                let request = Request { parts: vec![job_part(&instance, Vec::new(), context, snapshot)?], ..request };
                Ok(Bound::show_parts(request, move |_, shown| {
                    Ok(show::described(&instance, shown.includes(&instance.object())))
                }))
            })
        }
        Statement::Status { extended: false, instance } => {
            let named = named(None, instance, context, snapshot)?;
            with(named, Action::Read, context, |request, instance| {
                // Nothing else is shown than how far the job is (FLW-2b).
                let flows = outcome_flows(&instance, context, snapshot)?;
                let request = Request { flows, ..request }.run_as(context, instance.job);
                Ok(Bound::show(request, move |_| Ok(show::status(&instance))))
            })
        }
        Statement::Status { extended: true, instance } => {
            let (named, now) = (named(None, instance, context, snapshot)?, context.now);
            with(named, Action::Read, context, |request, instance| {
                // Counts and errors say as much of what was read as a look at it (FLW-2a).
                let accesses = snapshot.instance_accesses(instance.id, context.principal)?;
                let request = Request { parts: vec![job_part(&instance, accesses, context, snapshot)?], ..request };
                Ok(Bound::show_parts(request, move |snapshot, shown| {
                    show::extended(&instance, shown.includes(&instance.object()), snapshot, now)
                }))
            })
        }
        Statement::Kill { sync, instance } => {
            let (named, sync) = (named(None, instance, context, snapshot)?, *sync);
            with(named, Action::Write, context, |request, instance| {
                let parts = if sync { vec![job_part(&instance, Vec::new(), context, snapshot)?] } else { Vec::new() };
                Ok(kill(Request { parts, ..request }, instance, sync))
            })
        }
        Statement::Wait { instance, .. } => settled(fetch::bind(instance, context, snapshot)),
    }
}

/// Whether a statement fetches rows.
pub(super) fn fetches(statement: &Statement) -> bool {
    matches!(statement, Statement::Wait { .. })
}

/// What `kill -sync` says in the end; without the outcome, that it is over (FLW-2b). Source: odpscmd.
fn killed(instance: &Instance, outcome: bool) -> Outcome {
    Outcome::status(match outcome {
        true => format!("instance {} has been {} ;", instance.name, instance.status.word().to_uppercase()),
        false => format!("instance {} is over ;", instance.name),
    })
}

/// Source: odpscmd. Chosen: a job that is over is not killed, and that is no mistake: who kills cannot know.
fn kill(request: Request, instance: Instance, sync: bool) -> Bound {
    let running = instance.status == InstanceStatus::Running;
    match (sync, running) {
        (true, true) => Bound::new(request, Work::Await(Await { instance, then: Then::Tell })),
        (true, false) => {
            Bound::show_parts(request, move |_, shown| Ok(killed(&instance, shown.includes(&instance.object()))))
        }
        (false, _) => Bound::change(request, move |write, _| {
            write.kill_instance(instance.id)?;
            let look = format!("please check instance status. [status {};]", instance.name);
            Ok(Outcome { items: vec![Item::Status("OK".to_owned()), Item::Status(look)] })
        }),
    }
}

/// An instance that a statement names.
struct Named {
    /// What the access is asked for: the instance, or a stand-in.
    object: Object,
    /// The instance, or what is said if it is not there.
    instance: Result<Instance, Refusal>,
}

fn named(project: Option<&Name>, id: &Name, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Named> {
    let project = resolve::project(project, context, snapshot)?;
    if let Some(instance) = snapshot.instance(project.id, &id.text)? {
        return Ok(Named { object: instance.object(), instance: Ok(instance) });
    }
    let object = Object::unknown(ObjectKind::Instance, project, &id.text);
    // Source: odpscmd.
    let error = Error::new(Code::NotFound, format!("Instance not found : {}", id.text))
        .at(id.span)
        .help("`show instances;` lists the instances");
    Ok(Named { instance: Err(Refusal::missing(object.clone(), error)), object })
}

/// A statement that takes one action on an instance.
fn with(
    named: Named,
    action: Action,
    context: &Context<'_>,
    then: impl FnOnce(Request, Instance) -> Result<Bound>,
) -> Result<Bound> {
    let request = Request::in_session(context, vec![Access::of(action, named.object).into()]);
    match named.instance {
        Ok(instance) => then(request, instance),
        Err(refusal) => Ok(Bound::refused(request, refusal)),
    }
}
