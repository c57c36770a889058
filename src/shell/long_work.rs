//! Work that continues after the decision without holding a lock: queries, jobs, uploads, downloads, stored files, waits.

use super::guard::Guard;
use super::instance::begin_instance;
use super::pipeline::{Done, Execution};
use super::record::DraftRecord;
use crate::error::Result;
use crate::model::{InstanceStatus, ObjectId};
use crate::security::Decision;
use crate::store::{Lease, NewInstance, Write};

/// Work that continues after its decision.
pub(super) trait LongWork {
    /// Records what must be known before the work begins, in the transaction of its decision.
    ///
    /// # Errors
    /// The work cannot begin: what was written is rolled back, and the failure is recorded.
    fn begin(self: Box<Self>, allowed: Allowed<'_>, write: Write<'_>) -> Result<Continuation>;
}

/// The rest of the work. The lease protects the data files that were live when the statement was decided.
pub(super) type Continuation = Box<dyn FnOnce(&Execution<'_>, Option<Lease>) -> Result<Done>>;

/// A statement that was allowed.
pub(super) struct Allowed<'a> {
    pub execution: &'a Execution<'a>,
    pub decision: Decision,
    pub record: DraftRecord,
    /// The instance to create, if the statement runs as a job.
    pub instance: Option<NewInstance>,
    /// Protects the files that the work reads and writes.
    pub lease: Option<&'a Lease>,
}

impl Allowed<'_> {
    /// Writes the audit record, before the first row is produced.
    pub fn audit(&self, write: &Write<'_>) -> Result<()> {
        self.execution.service.record(write, &self.record.allowed(&self.decision))
    }

    /// Creates the guard that rechecks this statement while it runs.
    pub fn guard(&self, write: &Write<'_>) -> Result<Guard> {
        self.execution.guard(&self.record, &self.decision, write)
    }

    /// The name of the lease under which it reads and writes.
    pub fn lease(&self) -> Result<&str> {
        let lease = self.lease.map(Lease::name);
        lease.ok_or_else(|| crate::error::Error::new(crate::error::Code::Internal, "a job has no lease"))
    }

    /// Records a running instance for the job. Returns its row id and instance id.
    pub fn begin_instance(&mut self, write: &Write<'_>) -> Result<Option<(ObjectId, String)>> {
        let world = &self.execution.service.world;
        let lease = self.lease()?.to_owned();
        let instance = self.instance.take().map(|new| NewInstance { lease, ..new });
        let running = |new| begin_instance(world, write, &new, InstanceStatus::Running, None);
        instance.map(running).transpose()
    }
}
