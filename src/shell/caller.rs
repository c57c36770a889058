//! Who asks, from where, in which project: what binding and deciding need of a session.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::files::SessionFiles;
use crate::command::{self, Bound, Context};
use crate::error::Result;
use crate::model::{AccessKeyId, AccountId, JobType, Naming, Principal, ProjectRef, Source, Time};
use crate::security::{Change, Judge, Request, Requirement};
use crate::store::Snapshot;
use crate::syntax::Statement;
use crate::syntax::local::Clock;
use crate::text::Span;

/// The identity and settings under which a statement is bound and decided. Long-running work holds a clone made when the statement began.
#[derive(Clone)]
pub(super) struct Caller {
    pub principal: Principal,
    /// Id of the account that signed in: a new account of the same name is a different one (ACC-11a).
    pub account: AccountId,
    /// The AccessKey pair that signed the session in; none after `--user` or `.user`.
    pub key: Option<AccessKeyId>,
    pub source: Source,
    pub current: Option<ProjectRef>,
    pub flags: BTreeMap<String, String>,
    /// Whether names have schemas in the principal's tenant: as it was when the project was chosen. Source: odpscmd, `use`.
    pub tenant_has_schemas: bool,
    /// What code of the session calls resources.
    pub aliases: BTreeMap<String, String>,
    /// The time that its statements see.
    pub clock: Clock,
    pub files: SessionFiles,
    /// The script that it runs.
    pub script: RunningScript,
    /// Set to stop what runs.
    pub cancel: Arc<AtomicBool>,
}

/// A text whose statements are run: what its variables draw once, they draw for all of its statements.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RunningScript {
    /// Seed of what is drawn.
    pub seed: u64,
    /// Where the last definition ends.
    end: usize,
}

impl RunningScript {
    /// Takes note of the next definition. One that does not follow the last one is in another text.
    pub fn define(&mut self, definition: Span, seed: impl FnOnce() -> Result<u64>) -> Result<()> {
        if definition.start < self.end || self.end == 0 {
            self.seed = seed()?;
        }
        self.end = definition.end;
        Ok(())
    }
}

/// When a statement is bound, and on which assumptions.
#[derive(Clone, Copy)]
pub(super) struct How<'h> {
    pub now: Time,
    /// Seed of what is random in a query.
    pub seed: u64,
    /// The job type that `.why --as-job` judges as; else the statement's own.
    pub as_job: Option<JobType>,
    /// The changes that are assumed to have been made, for advice.
    pub assumed: &'h [Change],
}

impl How<'_> {
    /// As the statement is, at this time.
    pub fn at(now: Time) -> Self {
        Self { now, seed: 0, as_job: None, assumed: &[] }
    }
}

impl Caller {
    /// Binds a statement on a snapshot. Nothing else in the shell does: enforcement, `.why`, advice and lookups differ only in `how`.
    ///
    /// # Errors
    /// As [`command::bind`].
    pub fn bind(&self, statement: &Statement, how: &How<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
        let judge = Judge::assuming(how.assumed, snapshot, how.now);
        command::bind(statement, &self.context(how, &judge), snapshot)
    }

    /// How names are read: by the flags, else as the tenant has it (SCH-1).
    ///
    /// # Errors
    /// A flag has a value that it does not take.
    pub fn naming(&self) -> Result<Naming> {
        Naming::of_session(
            self.tenant_has_schemas,
            self.flags.iter().map(|(key, value)| (key.as_str(), value.as_str())),
        )
    }

    /// What a statement is bound in.
    pub fn context<'c>(&'c self, how: &How<'_>, judge: &'c Judge<'c>) -> Context<'c> {
        Context {
            principal: &self.principal,
            account: Some(self.account),
            key: self.key.as_ref(),
            source: &self.source,
            current: self.current.as_ref(),
            now: how.now,
            flags: &self.flags,
            tenant_has_schemas: self.tenant_has_schemas,
            aliases: &self.aliases,
            as_job: how.as_job,
            explains: false,
            judge,
            seed: how.seed,
            script_seed: self.script.seed,
            files: &self.files,
            cancel: &self.cancel,
            endpoint: self.files.store.path(),
        }
    }

    /// A request for these requirements alone.
    pub fn request(&self, requirements: Vec<Requirement>) -> Request {
        Request {
            principal: self.principal.clone(),
            account: Some(self.account),
            key: self.key.clone(),
            source: self.source.clone(),
            current: self.current.clone(),
            job: None,
            requirements,
            flows: Vec::new(),
            shows_rows: false,
            downloads: false,
            definitions: BTreeMap::new(),
            mentioned: std::sync::Arc::default(),
            parts: Vec::new(),
        }
    }
}
