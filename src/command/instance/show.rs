use crate::command::outcome::Outcome;
use crate::error::Result;
use crate::model::{Instance, Object, Time};
use crate::store::Snapshot;

/// What the client calls the one task of an SQL job.
const TASK: &str = "AnonymousSQLTask";

fn pair(name: &str, value: &str) -> String {
    format!("{name:<40}{value:<40}")
}

/// `desc instance`; without what it is and how it ended, only that it ran (FLW-2a, FLW-2b). Source: odpscmd.
pub(super) fn described(instance: &Instance, shown: bool) -> Outcome {
    let mut lines = vec![
        pair("ID", &instance.name),
        pair("Owner", &instance.owner.to_string()),
        pair("StartTime", &instance.started.plain()),
    ];
    if shown {
        lines.extend(instance.ended.map(|ended| pair("EndTime", &ended.plain())));
        lines.extend([
            pair("Status", instance.status.of_instance()),
            pair(TASK, instance.status.word()),
            pair("Query", &instance.statement),
        ]);
    }
    Outcome::lines(lines)
}

/// `status`. Source: odpscmd.
pub(super) fn status(instance: &Instance) -> Outcome {
    Outcome::lines([
        format!("Instance status = {}", instance.status.of_instance()),
        format!("Task = {TASK}, status = {}", instance.status.word()),
    ])
}

/// `status extended`. Chosen: the client prints what its service sends; here, what it read and what is kept of it.
///
/// Of what was read through a view, the view is named, and nothing behind it (BND-2). Without the outcome, only what ran (FLW-2b).
pub(super) fn extended(instance: &Instance, shown: bool, snapshot: &Snapshot<'_>, now: Time) -> Result<Outcome> {
    let mut outcome = if shown { status(instance) } else { Outcome::default() };
    let mut lines = vec![pair("Job", instance.job.name())];
    let mut read: Vec<Object> = Vec::new();
    let sources = match shown {
        true => snapshot.instance_sources(instance.id)?,
        // How it is called now, and whether it is still there, is for those who may read it.
        false => snapshot.instance_sources_as_noted(instance.id)?,
    };
    for (source, through) in sources {
        let named = through.into_iter().next().unwrap_or(source);
        if !read.contains(&named) {
            let gone = if shown && named.id == Object::GONE { " (dropped)" } else { "" };
            lines.push(pair("Source", &format!("{named}{gone}")));
            read.push(named);
        }
    }
    if !shown {
        outcome.items.extend(Outcome::lines(lines).items);
        return Ok(outcome);
    }
    if let Some((code, text)) = &instance.error {
        lines.push(pair("Error", &format!("{code}: {text}")));
    }
    match (snapshot.result(instance.id, now)?, snapshot.why_not_kept(instance)?) {
        (Some(result), _) => {
            let rows = if result.rows == 1 { "1 row".to_owned() } else { format!("{} rows", result.rows) };
            lines.push(pair("Result", &format!("{rows}, kept until {}", result.until.plain())));
        }
        (None, Some(lost)) => lines.push(pair("Result", &format!("not kept: {}", lost.words()))),
        (None, None) => {}
    }
    outcome.items.extend(Outcome::lines(lines).items);
    Ok(outcome)
}
