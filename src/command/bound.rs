use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::absent::{Absent, Missing};
use super::basis::Basis;
use super::outcome::Outcome;
use super::refusal::Refusal;
use super::session::SessionChange;
use crate::data::{Cancel, Engine, Outside};
use crate::error::{Error, Result};
use crate::model::{
    AccessKeyId, AccountId, Dialect, JobType, Naming, Object, Principal, ProjectId, ProjectRef, Source, Time,
};
use crate::security::{Authorised, Decision, Destination, Flow, Judge, Request, Requested, Requirement, Shown};
use crate::store::{Snapshot, StatePath, Store, StoredContent, Write};
use crate::syntax::FileName;

/// What a statement is bound in: the session, as far as statements may see it.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// Who asks.
    pub principal: &'c Principal,
    /// Number of its account; `None` for the current account of that name.
    pub account: Option<AccountId>,
    /// The AccessKey pair that it signed in with.
    pub key: Option<&'c AccessKeyId>,
    /// From which address.
    pub source: &'c Source,
    /// The current project.
    pub current: Option<&'c ProjectRef>,
    /// When.
    pub now: Time,
    /// The flags of the session.
    pub flags: &'c BTreeMap<String, String>,
    /// Whether names have schemas in the caller's tenant.
    pub tenant_has_schemas: bool,
    /// What code of the session calls resources.
    pub aliases: &'c BTreeMap<String, String>,
    /// The job type that `.why --as-job` judges as; else the statement's own.
    pub as_job: Option<JobType>,
    /// Whether the statement is only explained: then nothing flows (FLW-10).
    pub explains: bool,
    /// Decides what binding depends on, such as whether a query may be planned.
    pub judge: &'c Judge<'c>,
    /// Seed of what is random in a query.
    pub seed: u64,
    /// Seed of what the variables of the present script draw once.
    pub script_seed: u64,
    /// The files that statements name.
    pub files: &'c dyn Files,
    /// Set to stop the statement, while it is planned too.
    pub cancel: &'c Arc<AtomicBool>,
    /// The state.
    pub endpoint: &'c StatePath,
}

impl Context<'_> {
    /// How names are read: by the flags of the session, else as the caller's tenant has it (SCH-1).
    ///
    /// # Errors
    /// A flag has a value that it does not take.
    pub fn naming(&self) -> Result<Naming> {
        Naming::of_session(
            self.tenant_has_schemas,
            self.flags.iter().map(|(key, value)| (key.as_str(), value.as_str())),
        )
    }

    /// How SQL is read and calculated: by the flags of the current project, and of the session.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn dialect(&self, snapshot: &Snapshot<'_>) -> Result<Dialect> {
        let project = match self.current {
            Some(current) => snapshot.project_by_id(current.id)?,
            None => None,
        };
        let own = self.flags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        Dialect::of(project.iter().flat_map(|project| project.flags()).chain(own))
    }
}

/// The files that statements name.
pub trait Files {
    /// The text of a policy file.
    fn policy(&self, name: &FileName) -> Result<String>;
    /// The bytes of a local file that is stored: at most `limit`, and never one of the state's own (FLW-11).
    fn read(&self, name: &FileName, limit: u64) -> Result<Pieces>;
    /// The warning that the name is that of a link, if it is.
    fn link_warning(&self, name: &FileName) -> Option<String>;
    /// What is outside of the state, for locations.
    fn outside(&self) -> Arc<dyn Outside>;
    /// Makes folders.
    fn folders(&self) -> Box<dyn Folders>;
    /// The place of a local file that is written. It is looked at only when something is written there.
    fn place(&self, name: &FileName) -> Box<dyn Place>;
}

/// Makes folders for files that are written.
pub trait Folders {
    /// Makes a folder, and those above it, unless they are there. Never among the state's own (FLW-11).
    fn make(&self, name: &FileName) -> Result<()>;
}

/// Returns the next piece of bytes, or `None` at the end.
pub type Pieces = Box<dyn FnMut() -> Result<Option<Vec<u8>>>>;

/// Where a local file is written.
pub trait Place {
    /// Writes a draft of the file; into a folder, as `name`. Never over a file of the state's own (FLW-11).
    fn draft(&self, name: &str, pieces: &mut dyn FnMut() -> Result<Option<Vec<u8>>>) -> Result<Box<dyn Draft>>;
}

/// A local file that is complete and does not have its name yet. Dropped, it is removed.
pub trait Draft {
    /// Gives the file its name, in place of an existing one.
    fn keep(self: Box<Self>) -> Result<()>;
}

/// Local files that are complete, and what is shown once they have their names.
pub struct Export {
    /// The files.
    pub draft: Box<dyn Draft>,
    /// What is shown.
    pub outcome: Outcome,
}

/// A statement whose names are bound: what must be allowed, and what it then does.
pub struct Bound {
    pub(super) request: Request,
    pub(super) work: Result<Work, Refusal>,
    /// What the request rested on when names were bound (STG-2).
    basis: Option<Basis>,
    /// The objects that are not there, beside those of a refusal: the work can do without them.
    missing: Vec<Missing>,
}

type ShowWork = Box<dyn FnOnce(&Snapshot<'_>, &Shown) -> Result<Outcome>>;
type ExportWork = Box<dyn FnOnce(&Snapshot<'_>, &Shown) -> Result<Export>>;
type StreamWork = Box<dyn FnOnce(&Snapshot<'_>, &Arc<Store>) -> Result<Outcome>>;
/// Changes the state.
pub type ChangeWork = Box<dyn FnOnce(&Write<'_>, Time) -> Result<Outcome>>;

/// Makes bytes that were stored part of what they are for.
pub type AttachWork = Box<dyn FnOnce(&Write<'_>, &StoredContent, Time) -> Result<Outcome>>;

/// A local file whose bytes are stored in the state.
pub struct StoredFile {
    /// The project that they are for.
    pub project: ProjectId,
    /// Its bytes.
    pub pieces: Pieces,
    /// Makes them part of what they are for.
    pub attach: AttachWork,
}

type LookWork = Box<dyn FnOnce(&Engine, &Cancel) -> Result<ChangeWork>>;

/// Looks at files outside, without a lock; what is there is noted after a second decision.
pub struct Look(LookWork);

impl Look {
    /// Looks, and gives the change of the state that notes what was seen.
    pub(super) fn new(look: impl FnOnce(&Engine, &Cancel) -> Result<ChangeWork> + 'static) -> Self {
        Self(Box::new(look))
    }

    /// Looks.
    ///
    /// # Errors
    /// What is outside cannot be read.
    pub fn look(self, engine: &Engine, cancel: &Cancel) -> Result<ChangeWork> {
        (self.0)(engine, cancel)
    }
}

/// What a statement does once it is allowed.
pub enum Work {
    /// Reads the state.
    Show(ShowWork),
    /// Reads the state, page by page while it is shown.
    Stream(StreamWork),
    /// Writes local files, which get their names once the record of the statement is committed.
    Export(ExportWork),
    /// Changes the state.
    Change(ChangeWork),
    /// Stores a local file, outside of any lock; what it is for is changed after a second decision.
    Store(Box<StoredFile>),
    /// Looks at files outside, and notes what is there.
    Look(Look),
    /// Changes the session.
    Session(SessionChange),
    /// Waits for another shell's job.
    Await(super::instance::Await),
    /// Reads rows.
    Query(super::query::Query),
    /// Writes rows.
    Job(super::query::Job),
    /// Puts the records of text files into a table.
    Upload(Box<super::tunnel::Upload>),
    /// Writes rows into a text file.
    Download(Box<super::tunnel::Download>),
}

impl Requested for Bound {
    fn request(&self) -> &Request {
        &self.request
    }
}

impl Work {
    /// Shows something of the state.
    pub(super) fn show(show: impl FnOnce(&Snapshot<'_>) -> Result<Outcome> + 'static) -> Self {
        Self::show_parts(|snapshot, _| show(snapshot))
    }

    /// Shows something of the state, and of its parts those that may be shown (FLW-2a).
    pub(super) fn show_parts(show: impl FnOnce(&Snapshot<'_>, &Shown) -> Result<Outcome> + 'static) -> Self {
        Self::Show(Box::new(show))
    }

    /// Changes the state.
    pub(super) fn change(change: impl FnOnce(&Write<'_>, Time) -> Result<Outcome> + 'static) -> Self {
        Self::Change(Box::new(change))
    }

    /// The projects that get rows or bytes of it, which takes their keys (ENC-1).
    pub(super) fn filled(&self) -> Vec<ProjectId> {
        match self {
            Self::Job(job) => job.projects().collect(),
            Self::Upload(upload) => vec![upload.table.project.id],
            Self::Store(file) => vec![file.project],
            Self::Show(_)
            | Self::Stream(_)
            | Self::Export(_)
            | Self::Change(_)
            | Self::Look(_)
            | Self::Session(_)
            | Self::Await(_)
            | Self::Query(_)
            | Self::Download(_) => Vec::new(),
        }
    }

    /// Does nothing: it is as it should be.
    pub(super) fn nothing() -> Self {
        Self::show(|_| Ok(Outcome::ok()))
    }
}

impl Bound {
    /// A statement whose work needs something that may be wrong or not there. What `work` fails with is reported only once the request is
    /// allowed: who is not allowed does not learn why not (STG-4).
    pub(super) fn when_allowed(request: Request, work: impl FnOnce() -> Result<Work, Refusal>) -> Self {
        Self { request, work: work(), basis: None, missing: Vec::new() }
    }

    /// A statement that does `work`.
    pub(super) fn new(request: Request, work: Work) -> Self {
        Self::when_allowed(request, || Ok(work))
    }

    /// A statement that is allowed and cannot be done.
    pub(super) fn refused(request: Request, refusal: Refusal) -> Self {
        Self::when_allowed(request, || Err(refusal))
    }

    /// A statement that shows something of the state.
    pub(super) fn show(request: Request, show: impl FnOnce(&Snapshot<'_>) -> Result<Outcome> + 'static) -> Self {
        Self::new(request, Work::show(show))
    }

    /// A statement that shows something of the state, and of its parts those that may be shown (FLW-2a).
    pub(super) fn show_parts(
        request: Request,
        show: impl FnOnce(&Snapshot<'_>, &Shown) -> Result<Outcome> + 'static,
    ) -> Self {
        Self::new(request, Work::show_parts(show))
    }

    /// A statement that shows something of the state that may be long.
    pub(super) fn stream(
        request: Request,
        show: impl FnOnce(&Snapshot<'_>, &Arc<Store>) -> Result<Outcome> + 'static,
    ) -> Self {
        Self::new(request, Work::Stream(Box::new(show)))
    }

    /// A statement that changes the state.
    pub(super) fn change(request: Request, change: impl FnOnce(&Write<'_>, Time) -> Result<Outcome> + 'static) -> Self {
        Self::new(request, Work::change(change))
    }

    /// A statement that names an object which is not there, and need not be: `drop … if exists`.
    pub(super) fn missing_is_fine(request: Request, object: Object) -> Self {
        Self::new(request, Work::nothing()).lacking(vec![Missing::fine(object)])
    }

    /// The same statement, whose refusal points at `span`: for queries that nobody typed.
    pub(super) fn pointing_at(self, span: crate::text::Span) -> Self {
        self.placed(Some(span))
    }

    /// The same statement, whose refusal has no place.
    pub(super) fn pointing_nowhere(self) -> Self {
        self.placed(None)
    }

    fn placed(self, place: Option<crate::text::Span>) -> Self {
        Self { work: self.work.map_err(|refusal| refusal.placed(place)), ..self }
    }

    /// The same statement with another request.
    pub(super) fn with_request(self, change: impl FnOnce(&Request) -> Request) -> Self {
        Self { request: change(&self.request), ..self }
    }

    /// The same statement, of which these objects are not there any more.
    pub(super) fn lacking(mut self, gone: Vec<Missing>) -> Self {
        self.missing.extend(gone);
        self
    }

    /// Notes what the request rests on, for [`Bound::moved`].
    pub fn pinned(mut self, snapshot: &Snapshot<'_>) -> Result<Self> {
        self.basis = Some(Basis::of(&self.request, None, snapshot)?);
        Ok(self)
    }

    /// Whether what the request rests on moved since names were bound.
    pub fn moved(&self, snapshot: &Snapshot<'_>, now: Time) -> Result<bool> {
        match &self.basis {
            None => Ok(false),
            Some(basis) => Ok(!basis.holds(snapshot, now)?),
        }
    }

    /// Whether it changes nothing of the state, so that it can run on the snapshot that it was bound on. What cannot be done changes
    /// nothing.
    pub fn changes_nothing(&self) -> bool {
        match &self.work {
            Ok(Work::Show(_) | Work::Export(_) | Work::Stream(_) | Work::Session(_)) | Err(_) => true,
            Ok(
                Work::Change(_)
                | Work::Store(_)
                | Work::Look(_)
                | Work::Await(_)
                | Work::Query(_)
                | Work::Job(_)
                | Work::Upload(_)
                | Work::Download(_),
            ) => false,
        }
    }

    /// Why it cannot be done even if it is allowed, as far as that is known before it runs.
    pub fn failure(&self) -> Option<&Error> {
        self.work.as_ref().err().map(Refusal::error)
    }

    /// What of the statement is not there, for its denial.
    pub fn absent(&self) -> Absent {
        let refused = self.work.as_ref().err().map(Refusal::absent).unwrap_or_default();
        Absent::new(&self.request, [refused, &self.missing].concat())
    }
}

/// Sets the work of a statement free, or the error why it cannot be done: only the proof that it was judged gets it.
pub fn release(authorised: Authorised<Bound>) -> (Result<Work>, Request, Decision) {
    let (bound, decision) = authorised.into_parts();
    (bound.work.map_err(Refusal::into_error), bound.request, decision)
}

impl Request {
    /// A request of this session in its current project; `None` where no project is current.
    pub(super) fn in_session(context: &Context<'_>, requirements: Vec<Requirement>) -> Self {
        Self {
            principal: context.principal.clone(),
            account: context.account,
            key: context.key.cloned(),
            source: context.source.clone(),
            current: context.current.cloned(),
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

    /// The same request as a job of this type, unless `.why --as-job` asks for another.
    pub(super) fn run_as(mut self, context: &Context<'_>, job: JobType) -> Self {
        self.job = Some(context.as_job.unwrap_or(job));
        self
    }

    /// The numbers of the projects that the request touches.
    pub(super) fn projects(&self) -> Vec<ProjectId> {
        let mut projects: Vec<ProjectId> = self.current.iter().map(|project| project.id).collect();
        for requirement in &self.requirements {
            match requirement {
                Requirement::Access(access) => projects.push(access.object.project.id),
                Requirement::GrantTo { project, .. }
                | Requirement::AllowTo { project, .. }
                | Requirement::Unbound { project, .. } => projects.push(project.id),
                Requirement::TenantProject(project) | Requirement::Join { project, .. } => projects.push(project.id),
                Requirement::Usage(usage) => projects.push(usage.project.id),
                Requirement::Location(used) => projects.push(used.project.id),
                // The tenant is that of the current project, or of none.
                Requirement::None(_) | Requirement::Member(_) | Requirement::Tenant(_) | Requirement::Act(_) => {}
            }
        }
        projects.extend(self.parts.iter().flat_map(|part| &part.accesses).map(|access| access.object.project.id));
        for Flow { source, through, destination } in
            self.flows.iter().chain(self.parts.iter().flat_map(|part| &part.flows))
        {
            projects.push(source.project.id);
            projects.extend(through.iter().map(|view| view.project.id));
            if let Destination::Project(project) = destination {
                projects.push(project.id);
            }
        }
        projects.sort_unstable();
        projects.dedup();
        projects
    }
}
