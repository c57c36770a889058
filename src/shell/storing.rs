//! Storing local files in the state: the bytes are stored without a lock; the statement is decided again before they are attached.

use std::sync::atomic::Ordering;

use super::guard::Guard;
use super::long_work::{Allowed, Continuation, LongWork};
use super::pipeline::Done;
use crate::command::{Outcome, StoredFile};
use crate::error::{Code, Error, Result};
use crate::store::{Lease, Write};

impl LongWork for StoredFile {
    /// Its record is written when it ends.
    fn begin(self: Box<Self>, allowed: Allowed<'_>, write: Write<'_>) -> Result<Continuation> {
        let guard = allowed.guard(&write)?;
        drop(write);
        Ok(Box::new(move |_, _| store(*self, guard).map(Done::Outcome)))
    }
}

/// Stores a file and attaches it, with the record of its statement.
fn store(file: StoredFile, mut guard: Guard) -> Result<Outcome> {
    let StoredFile { project, mut pieces, attach } = file;
    let (service, cancel) = (guard.service.clone(), guard.caller.cancel.clone());
    // The lease keeps other processes from treating the stored bytes as abandoned.
    let lease = Lease::take(&service.store);
    let stored = lease.as_ref().map_err(Clone::clone).and_then(|lease| {
        service.store.store_content(project, lease, &mut || match cancel.load(Ordering::SeqCst) {
            true => Err(Error::new(Code::Cancelled, "stopped by the user")),
            false => pieces(),
        })
    });
    let now = guard.now();
    let outcome = stored.and_then(|content| {
        guard.commit(|write, _| attach(write, &content, now)).inspect_err(|_| service.store.discard_content(&content))
    });
    drop(lease);
    if let Err(error) = &outcome {
        service.audit(&guard.record.ended(error))?;
    }
    // Deletes the content that was replaced; what remains is left to the next sweep.
    let _ = service.store.delete_dead_content();
    service.tidy();
    outcome.map_err(|error| guard.advised(error))
}
