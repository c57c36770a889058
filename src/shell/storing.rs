//! Local files that become part of the state: their bytes are stored without any lock, and decided again before they are attached.

use std::sync::atomic::Ordering;

use super::guard::Guard;
use super::session::Session;
use crate::command::{AttachWork, Outcome, StoredFile};
use crate::error::{Code, Error, Result};
use crate::store::{Lease, StoredContent};

/// A file whose statement was allowed and has not ended.
pub(super) struct ReadyFile {
    pub file: StoredFile,
    pub guard: Guard,
}

impl Session {
    /// Stores a file and attaches it, with the record of its statement.
    pub(super) fn store_file(&self, ready: ReadyFile) -> Result<Outcome> {
        let ReadyFile { file: StoredFile { mut pieces, attach }, mut guard } = ready;
        // Nobody takes what is stored for something that was left behind.
        let lease = Lease::shared(self.store.data_folder())?;
        let stored = self.store.store_content(&mut || match self.cancel.load(Ordering::SeqCst) {
            true => Err(Error::new(Code::Cancelled, "stopped by the user")),
            false => pieces(),
        });
        let outcome = stored.and_then(|content| {
            let attached = self.attach(&content, attach, &mut guard);
            attached.inspect_err(|_| self.store.discard_content(&content))
        });
        drop(lease);
        if let Err(error) = &outcome {
            super::pipeline::audit_failure(&self.store, &guard.record.ended(error.code))?;
        }
        // Those that it had before.
        self.store.delete_dead_content()?;
        outcome
    }

    fn attach(&self, content: &StoredContent, attach: AttachWork, guard: &mut Guard) -> Result<Outcome> {
        let write = self.store.write()?;
        let decision = guard.decide(&write)?;
        let outcome = attach(&write, content, self.now())?;
        write.audit(&guard.record.allowed(&decision))?;
        write.commit()?;
        Ok(outcome)
    }
}
