use super::fetch::job_part;
use crate::command::bound::{Bound, Context};
use crate::command::outcome::{Chunk, Item, Layout, Outcome, Rows};
use crate::command::resolve;
use crate::error::Result;
use crate::model::{Action, Cell, DataType, Instance, ResultColumn, Row, Time};
use crate::security::{Access, Request, Shown};
use crate::store::{InstanceFilter, Snapshot};
use crate::syntax::Name;
use crate::syntax::instance::Day;

/// How many are listed if nothing is said. Source: odpscmd.
pub(super) const LAST: u64 = 50;

/// The columns, each so many percent wide. Source: odpscmd.
const COLUMNS: [(&str, usize); 6] =
    [("StartTime", 15), ("RunTime", 6), ("Status", 6), ("InstanceID", 20), ("Owner", 22), ("Query", 53)];

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
    };
    let now = context.now;
    let instances = snapshot.instances(project.id, &filter)?;
    // What a job is, and how it ended, is shown to whoever could describe it.
    let part =
        |instance: &Instance| job_part(instance, vec![Access::of(Action::Read, instance.object())], context, snapshot);
    let parts = instances.iter().map(part).collect::<Result<_>>()?;
    let request = Request { parts, ..Request::in_session(context, vec![list.into()]) };
    Ok(Bound::show_parts(request, move |_, shown| Ok(listed(&instances, shown, now))))
}

fn listed(instances: &[Instance], shown: &Shown, now: Time) -> Outcome {
    let rows: Vec<Row> =
        instances.iter().map(|instance| row(instance, shown.includes(&instance.object()), now)).collect();
    let text = |(name, _): (&str, usize)| ResultColumn { name: name.to_owned(), data_type: DataType::String };
    let count = format!("{} instances", rows.len());
    let rows = Rows {
        columns: COLUMNS.map(text).into(),
        layout: Layout::Percent(COLUMNS.iter().map(|(_, percent)| *percent).collect()),
        ordered: true,
        chunks: Box::new(std::iter::once(Ok(Chunk::Rows(rows)))),
    };
    Outcome { items: vec![Item::Rows(rows), Item::Status(count)] }
}

/// Without what it is and how it ended, only that it ran is told (FLW-2a, FLW-2b).
fn row(instance: &Instance, shown: bool, now: Time) -> Row {
    let ran = (instance.ended.unwrap_or(now).0 - instance.started.0).max(0) / 1000;
    let told = |text: String| if shown { text } else { String::new() };
    let cells = [
        instance.started.plain(),
        told(format!("{ran}s")),
        told(instance.status.word().to_owned()),
        instance.name.clone(),
        instance.owner.to_string(),
        // On one line, so that a row is one.
        told(instance.statement.split_whitespace().collect::<Vec<_>>().join(" ")),
    ];
    cells.into_iter().map(Cell::Text).collect()
}
