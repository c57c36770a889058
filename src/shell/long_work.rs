//! Work that continues after its decision, without any lock: each kind says what its beginning records, and how it goes on.

use super::guard::Guard;
use super::instance::begin_instance;
use super::pipeline::{Done, Execution};
use super::record::Record;
use crate::error::Result;
use crate::model::{InstanceStatus, ObjectId};
use crate::security::Decision;
use crate::store::{Lease, NewInstance, Write};

/// Work that continues after its decision.
pub(super) trait LongWork {
    /// Records what must be known before the work begins, in the transaction of its decision.
    ///
    /// # Errors
    /// The state cannot be written; then nothing begins.
    fn begin(self: Box<Self>, allowed: Allowed<'_>, write: Write<'_>) -> Result<Continuation>;
}

/// The rest of the work. The lease keeps the files that the manifest named when it was decided.
pub(super) type Continuation = Box<dyn FnOnce(&Execution<'_>, Option<Lease>) -> Result<Done>>;

/// A statement that was allowed.
pub(super) struct Allowed<'a> {
    pub execution: &'a Execution<'a>,
    pub decision: Decision,
    pub record: Record,
    /// What is noted of it, if it runs as a job.
    pub instance: Option<NewInstance>,
    /// Keeps what it reads and writes.
    pub lease: Option<&'a Lease>,
}

impl Allowed<'_> {
    /// Writes the record: it is there before the first row is.
    pub fn audit(&self, write: &Write<'_>) -> Result<()> {
        write.audit(&self.record.allowed(&self.decision))
    }

    /// Watches what continues.
    pub fn guard(&self, write: &Write<'_>) -> Result<Guard> {
        self.execution.guard(&self.record, &self.decision, write)
    }

    /// The name of the lease under which it reads and writes.
    pub fn lease(&self) -> Result<&str> {
        let lease = self.lease.map(Lease::name);
        lease.ok_or_else(|| crate::error::Error::new(crate::error::Code::Internal, "a job has no lease"))
    }

    /// Notes that its job runs: number and id of the instance.
    pub fn begin_instance(&mut self, write: &Write<'_>) -> Result<Option<(ObjectId, String)>> {
        let world = &self.execution.service.world;
        let lease = self.lease()?.to_owned();
        let instance = self.instance.take().map(|new| NewInstance { lease, ..new });
        let running = |new| begin_instance(world, write, &new, InstanceStatus::Running, None);
        instance.map(running).transpose()
    }
}
