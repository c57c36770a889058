//! Looking at files outside: without a lock, since a store may take long to answer; the statement is decided again before it is noted what is there.

use super::guard::Guard;
use super::instance::{begin_instance, status_of, with_id};
use super::long_work::{Allowed, Continuation, LongWork};
use super::pipeline::Done;
use crate::command::{Look, Outcome};
use crate::error::Result;
use crate::model::InstanceStatus;
use crate::store::{NewInstance, Write};

impl LongWork for Look {
    /// Its record is written when it ends.
    fn begin(self: Box<Self>, allowed: Allowed<'_>, write: Write<'_>) -> Result<Continuation> {
        let guard = allowed.guard(&write)?;
        let instance = allowed.instance;
        drop(write);
        Ok(Box::new(move |_, _| look(*self, instance, guard).map(Done::Outcome)))
    }
}

fn look(work: Look, instance: Option<NewInstance>, mut guard: Guard) -> Result<Outcome> {
    let (service, cancel) = (guard.service.clone(), guard.caller.cancel.clone());
    let seen = work.look(&service.engine, &cancel);
    let now = guard.now();
    let outcome = seen.and_then(|note| {
        guard.commit(|write, _| {
            let outcome = note(write, now)?;
            Ok(match &instance {
                Some(new) => {
                    let (_, id) = begin_instance(&service.world, write, new, InstanceStatus::Success, None)?;
                    with_id(&id, outcome)
                }
                None => outcome,
            })
        })
    });
    if let Err(error) = &outcome {
        let write = service.store.write()?;
        service.record(&write, &guard.record.ended(error))?;
        if let Some(new) = &instance {
            begin_instance(&service.world, &write, new, status_of(error), Some(error))?;
        }
        write.commit()?;
    }
    service.tidy();
    outcome.map_err(|error| guard.advised(error))
}
