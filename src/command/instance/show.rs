use crate::command::outcome::{Outcome, PropertiesOf};
use crate::error::Result;
use crate::model::{Cell, Identity, Instance, Object, Record, Time};
use crate::store::Snapshot;

/// `desc instance`; without what it is and how it ended, only that it ran (FLW-2a, FLW-2b).
pub(super) fn described(instance: &Instance, shown: bool) -> Outcome {
    let values = Record::default()
        .with("id", &instance.name)
        .with("owner", &instance.owner)
        .with("started", instance.started)
        .with("ended", instance.ended.filter(|_| shown));
    let values = with_status(values, instance, shown).with("query", shown.then_some(&instance.statement));
    Outcome::properties(PropertiesOf::Instance, values)
}

/// `status`.
pub(super) fn status(instance: &Instance) -> Outcome {
    Outcome::properties(PropertiesOf::InstanceStatus, with_status(Record::default(), instance, true))
}

fn with_status(values: Record, instance: &Instance, shown: bool) -> Record {
    values
        .with("status", shown.then(|| instance.status.of_instance()))
        .with("task_status", shown.then(|| instance.status.word()))
}

/// `status extended`. Chosen: the client prints what its service sends; here, what it read and what is kept of it.
///
/// Of what was read through a view, the view is named, and nothing behind it (BND-2). Without the outcome, only what ran (FLW-2b).
pub(super) fn extended(instance: &Instance, shown: bool, snapshot: &Snapshot<'_>, now: Time) -> Result<Outcome> {
    let mut read: Vec<Object> = Vec::new();
    let sources = match shown {
        true => snapshot.instance_sources(instance.id)?,
        // How it is called now, and whether it is still there, is for those who may read it.
        false => snapshot.instance_sources_as_noted(instance.id)?,
    };
    for (source, through) in sources {
        let named = through.into_iter().next().unwrap_or(source);
        if !read.contains(&named) {
            read.push(named);
        }
    }
    let source = |object: &Object| {
        Record::default()
            .with("type", object.kind.name())
            .with("object", object.full_name())
            .with("dropped", shown.then_some(object.id == Identity::Gone))
    };
    let error = instance.error.as_ref().filter(|_| shown);
    let error = error.map(|(code, text)| Record::default().with("code", code).with("message", text));
    let values = with_status(Record::default(), instance, shown)
        .with("job", instance.job.name())
        .with("sources", read.iter().map(source).collect::<Cell>())
        .with("error", error)
        .with("result", if shown { result(instance, snapshot, now)? } else { None });
    Ok(Outcome::properties(PropertiesOf::InstanceDetails, values))
}

/// The result that is kept, or why it is not.
fn result(instance: &Instance, snapshot: &Snapshot<'_>, now: Time) -> Result<Option<Record>> {
    Ok(match (snapshot.result(instance.id, now)?, snapshot.why_not_kept(instance)?) {
        (Some(result), _) => Some(Record::default().with("rows", result.rows).with("kept_until", result.until)),
        (None, Some(lost)) => Some(Record::default().with("not_kept", lost.words())),
        (None, None) => None,
    })
}
