use super::fetch::job_part;
use crate::command::bound::{Bound, Context};
use crate::command::outcome::{Listing, Outcome};
use crate::command::resolve;
use crate::error::Result;
use crate::model::{Action, Instance, Row, Time};
use crate::security::{Access, Request, Shown};
use crate::store::{InstanceFilter, Snapshot};
use crate::syntax::Name;
use crate::syntax::instance::{Day, TopStatus};

/// How many are listed if nothing is said. Source: odpscmd.
pub(super) const LAST: u64 = 50;

/// The days that are listed: from the first up to the last, which is not among them.
pub(super) struct Days<'d> {
    pub from: Option<&'d Day>,
    pub to: Option<&'d Day>,
}

/// Source: odpscmd: the day of today, if none is named. Chosen: the last ones, the newest last.
pub(super) fn bind(
    days: &Days<'_>,
    project: Option<&Name>,
    limit: u64,
    all: bool,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let project = resolve::project(project, context, snapshot)?;
    let list = Access::of(Action::List, resolve::project_object(&project, snapshot)?);
    let filter = InstanceFilter {
        owner: (!all).then(|| context.principal.clone()),
        from: days.from.map_or_else(|| context.now.midnight(), |day| day.midnight),
        to: days.to.map_or(Time(i64::MAX), |day| day.midnight),
        limit,
        running: false,
    };
    let now = context.now;
    let instances = snapshot.instances(project.id, &filter)?;
    // What a job is, and how it ended, is shown to callers who may describe it.
    let part =
        |instance: &Instance| job_part(instance, vec![Access::of(Action::Read, instance.object())], context, snapshot);
    let parts = instances.iter().map(part).collect::<Result<_>>()?;
    let request = Request { parts, ..Request::in_session(context, vec![list.into()]) };
    Ok(Bound::show_parts(request, move |_, shown| Ok(listed(&instances, shown, now))))
}

/// What is running. Source: odpscmd. Chosen: a job of which no more may be shown than that it ran is left out (FLW-2b).
pub(super) fn bind_top(
    project: Option<&Name>,
    status: Option<TopStatus>,
    limit: u64,
    all: bool,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let project = resolve::project(project, context, snapshot)?;
    let list = Access::of(Action::List, resolve::project_object(&project, snapshot)?);
    let filter = InstanceFilter {
        owner: (!all).then(|| context.principal.clone()),
        from: Time(i64::MIN),
        to: Time(i64::MAX),
        limit,
        running: true,
    };
    let mut instances = snapshot.instances(project.id, &filter)?;
    if matches!(status, Some(TopStatus::Suspended | TopStatus::Terminated)) {
        instances.clear();
    }
    let part =
        |instance: &Instance| job_part(instance, vec![Access::of(Action::Read, instance.object())], context, snapshot);
    let parts = instances.iter().map(part).collect::<Result<_>>()?;
    let request = Request { parts, ..Request::in_session(context, vec![list.into()]) };
    Ok(Bound::show_parts(request, move |_, shown| {
        let rows: Vec<Row> =
            instances.iter().filter(|instance| shown.includes(&instance.object())).map(running).collect();
        Ok(match rows.is_empty() {
            true => Outcome::status("QueueingInstances: 0 total."),
            false => Outcome::listing(Listing::RunningInstances, rows),
        })
    }))
}

fn running(instance: &Instance) -> Row {
    vec![
        (&instance.name).into(),
        (&instance.owner).into(),
        instance.job.name().into(),
        instance.started.into(),
        instance.status.word().into(),
    ]
}

fn listed(instances: &[Instance], shown: &Shown, now: Time) -> Outcome {
    let row = |instance: &Instance| row(instance, shown.includes(&instance.object()), now);
    Outcome::listing(Listing::Instances, instances.iter().map(row).collect())
        .and_status(format!("{} instances", instances.len()))
}

/// Without what it is and how it ended, only that it ran is told (FLW-2a, FLW-2b).
fn row(instance: &Instance, shown: bool, now: Time) -> Row {
    let milliseconds = instance.ended.unwrap_or(now).0.saturating_sub(instance.started.0);
    let seconds = u64::try_from(milliseconds / 1000).unwrap_or_default();
    vec![
        instance.started.into(),
        shown.then_some(seconds).into(),
        shown.then(|| instance.status.word()).into(),
        (&instance.name).into(),
        (&instance.owner).into(),
        shown.then_some(&instance.statement).into(),
    ]
}
