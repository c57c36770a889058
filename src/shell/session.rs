use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::caller::{Caller, RunningScript};
use super::files::{PolicyFolders, SessionFiles};
use super::group::Group;
use super::pipeline::{Done, Execution};
use super::root_key::RootKeyPlace;
use super::service::{Service, ServiceOptions};
use super::sign_in::{SignedIn, sign_in};
use super::world::World;
use crate::command::{Item, Outcome, SessionChange};
use crate::error::{Code, Result};
use crate::model::{CURRENT_SCHEMA, OutputMode, Principal, ProjectRef, SchemaName, Source, TenantResourceKind, Time};
use crate::store::{Durability, StatePath};
use crate::syntax::local::Clock;
use crate::syntax::{self, Piece, Statement, session};
use crate::text::{Secret, masked};

/// How a session is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the state lies.
    pub state: StatePath,
    /// Folders in which bare names of policy files are looked up.
    pub policies: Vec<PathBuf>,
    /// Memory limit of the process in bytes. Default: half of physical memory, determined at the first query.
    pub memory_limit: Option<u64>,
    /// Who the session becomes at the start.
    pub user: Option<Principal>,
    /// AccessKey pair of who the session becomes.
    pub key: Option<AccessKeyPair>,
    /// The region that the pair signs for, in version 4 of signatures; without it, in version 2.
    pub region: Option<String>,
    /// Where the root key is, which encrypts the secrets of a state in a file.
    pub root_key: RootKeyPlace,
    /// The current project at the start.
    pub project: Option<String>,
    /// When acknowledged changes are synced to disk.
    pub durable: Durability,
    /// How results are written at the start.
    pub mode: OutputMode,
    /// Name of the operating system's user, for the first account of a new state.
    pub system_user: Option<String>,
}

impl Options {
    /// Default options: the state's first account; changes are synced when the session ends, with which the root key ends as well.
    pub fn on(state: StatePath) -> Self {
        Self {
            state,
            policies: Vec::new(),
            memory_limit: None,
            user: None,
            key: None,
            region: None,
            root_key: RootKeyPlace::Process,
            project: None,
            durable: Durability::AtEnd,
            mode: OutputMode::Table,
            system_user: None,
        }
    }
}

/// An AccessKey pair as somebody gave it: nothing of it is known to be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKeyPair {
    /// The AccessKey ID.
    pub id: String,
    /// The AccessKey secret.
    pub secret: Secret,
}

/// The warning about a lifecycle. Chosen: the service reclaims tables and partitions by itself; here they stay.
const NO_LIFECYCLE: &str = "Warning: the lifecycle is stored and shown, but not enforced: nothing expires";

/// The warning about a layout. Chosen: it changes no result, so that a script with it runs.
const NO_LAYOUT: &str = "Warning: `stored as` and `clustered by` have no effect: rows are stored in Parquet files";

/// The warning about work on files. Chosen: each insert and upload merges small files, and a change of rows writes whole ones.
const NO_MAINTENANCE: &str = "Warning: no effect here: writing rows merges and compacts files";

/// The warning about `cache on`.
const NO_CACHE: &str = "Warning: `cache on` has no effect here: each use of the variable calculates its rows again";

/// Warnings about what of a statement is accepted and has no effect.
fn without_effect(statement: &Statement, text: &str) -> Vec<String> {
    let quoted = |names: Vec<String>| {
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        quoted.join(", ")
    };
    let mut warnings = Vec::new();
    if let Some(layout) = statement.layout() {
        warnings.extend(layout.is_given().then(|| NO_LAYOUT.to_owned()));
        let keys: Vec<String> = layout.properties.iter().map(|(key, _)| key.clone()).collect();
        if !keys.is_empty() {
            let keys = quoted(keys);
            let only = "`transactional` is the only table property with an effect";
            warnings.push(format!("Warning: no effect here: {keys}; {only}"));
        }
    }
    warnings.extend(statement.sets_lifecycle().then(|| NO_LIFECYCLE.to_owned()));
    warnings.extend(statement.maintains_files().then(|| NO_MAINTENANCE.to_owned()));
    warnings.extend(statement.is_cached().then(|| NO_CACHE.to_owned()));
    let hints = syntax::hints(text);
    if !hints.is_empty() {
        warnings.push(format!("Warning: hints have no effect here: {}", quoted(hints)));
    }
    warnings
}

/// A signed-in `Caller` on a [`Service`], with the display settings of a prompt or script.
pub struct Session {
    pub(super) service: Arc<Service>,
    pub(super) caller: Caller,
    pub(super) group: Group,
    /// Outcomes of uncommitted statements, shown after the commit.
    pub(super) held: Vec<Outcome>,
    pub(super) mode: OutputMode,
    pub(super) trails: Option<bool>,
    pub(super) timing: bool,
    pub(super) output: Option<File>,
    pub(super) script: Option<PathBuf>,
    pub(super) warnings: Vec<String>,
    /// Flags that `use` does not take away.
    lasting: BTreeMap<String, String>,
    /// What was typed at the prompt.
    typed: Vec<String>,
    quit: bool,
}

impl Session {
    /// Opens the state and signs in. A new state gets an account for the system's user and a project `sandbox`.
    ///
    /// # Errors
    /// As [`Service::open`] and [`Session::on`].
    pub fn open(world: impl Into<Arc<World>>, options: Options) -> Result<Self> {
        let service = ServiceOptions {
            state: options.state.clone(),
            root_key: options.root_key.clone(),
            memory_limit: options.memory_limit,
            durable: options.durable,
            system_user: options.system_user.clone(),
        };
        Self::on(&Service::open(world, &service)?, options)
    }

    /// Signs in to an open service.
    ///
    /// # Errors
    /// The principal or key is unknown, or the project is refused.
    pub fn on(service: &Arc<Service>, options: Options) -> Result<Self> {
        let SignedIn { account, key } = sign_in(service, &options)?;
        let policies = PolicyFolders(options.policies);
        let mut session = Self {
            service: Arc::clone(service),
            caller: Caller {
                principal: account.principal,
                account: account.id,
                key,
                source: Source::default(),
                current: None,
                flags: BTreeMap::new(),
                tenant_has_schemas: false,
                aliases: BTreeMap::new(),
                clock: Clock::Real,
                script: RunningScript::default(),
                files: SessionFiles {
                    policies,
                    store: Arc::clone(&service.store),
                    credentials: Arc::clone(&service.credentials),
                },
                cancel: Arc::new(AtomicBool::new(false)),
            },
            group: Group::new(Arc::clone(&service.store), service.durable),
            held: Vec::new(),
            mode: options.mode,
            trails: None,
            timing: false,
            output: None,
            script: None,
            warnings: Vec::new(),
            lasting: BTreeMap::new(),
            typed: Vec::new(),
            quit: false,
        };
        session.read_tenant()?;
        if let Some(project) = &options.project {
            let use_project = crate::syntax::parse_statement(&format!("use `{}`", project.replace('`', "")))?;
            session.execute(&use_project, &use_project.to_string())?;
        } else if let Some(project) = session.own_sandbox()? {
            session.caller.current = Some(project);
        }
        Ok(session)
    }

    /// The same session on another state: to try things out on a copy.
    ///
    /// # Errors
    /// The state cannot be used.
    pub fn elsewhere(&self, world: impl Into<Arc<World>>, options: Options) -> Result<Self> {
        let options = Options { user: None, key: None, project: None, ..options };
        let mut session = Self::open(world, options)?;
        let (files, cancel) = (session.caller.files.clone(), Arc::clone(&session.caller.cancel));
        session.caller = Caller { files, cancel, ..self.caller.clone() };
        Ok(session)
    }

    /// Runs one statement of `source`.
    ///
    /// # Errors
    /// The statement is refused or fails; then it changed nothing.
    pub fn run(&mut self, piece: &Piece, source: &str) -> Result<Outcome> {
        let text = piece.span.of(source);
        match &piece.statement {
            Statement::Local(statement) => {
                self.group.settle_before(&piece.statement)?;
                self.run_local(statement, text, source)
            }
            statement => {
                if statement.defines_variables() {
                    self.caller.script.define(piece.span, || self.service.world.random())?;
                }
                let mut outcome = self.execute(statement, text)?;
                outcome.items.splice(0..0, without_effect(statement, text).into_iter().map(Item::Status));
                Ok(outcome)
            }
        }
    }

    /// Runs any statement except a local command. `text` is recorded in the audit log.
    pub(super) fn execute(&mut self, statement: &Statement, text: &str) -> Result<Outcome> {
        let (service, caller, group) = (&self.service, &self.caller, &self.group);
        match (Execution { service, caller, statement, text, group }).run() {
            Ok(Done::Outcome(outcome)) => Ok(outcome),
            Ok(Done::Session(change)) => self.apply(change),
            // `quit` must work even if the state file is unusable.
            Err(error)
                if error.code == Code::StateFile
                    && matches!(statement, Statement::Session(session::Statement::Quit)) =>
            {
                self.apply(SessionChange::Quit)
            }
            Err(error) => Err(error),
        }
    }

    /// Puts everything that was acknowledged on disk, and deletes dead files.
    pub fn finish(&mut self) -> Result<()> {
        self.group.settle()?;
        self.service.tidy();
        self.service.store.sync()
    }

    /// The time that statements see.
    pub(super) fn now(&self) -> Time {
        self.service.now(&self.caller)
    }

    pub(super) fn apply(&mut self, change: SessionChange) -> Result<Outcome> {
        match change {
            SessionChange::Use(project, keep) => {
                self.read_tenant()?;
                self.caller.current = Some(project);
                // Source: odpscmd: `use` clears flags and aliases.
                if !keep {
                    self.caller.flags = self.lasting.clone();
                    self.caller.aliases.clear();
                }
                // It names a schema of the project before.
                self.caller.flags.remove(CURRENT_SCHEMA);
                Ok(Outcome::default())
            }
            SessionChange::UseSchema(schema) => {
                self.caller.flags.insert(CURRENT_SCHEMA.to_owned(), schema.to_string());
                Ok(Outcome::default())
            }
            SessionChange::UseQuota(quota) => self.use_quota(quota),
            SessionChange::Set(key, value) => self.set(key, value, false),
            SessionChange::SetEnv(key, value) => self.set(key, value, true),
            SessionChange::Unset(key) => {
                removed(&mut self.lasting, &key);
                Ok(removal(removed(&mut self.caller.flags, &key), &key))
            }
            SessionChange::Alias(key, value) => {
                self.caller.aliases.insert(key, value);
                Ok(Outcome::ok())
            }
            SessionChange::Unalias(key) => Ok(removal(self.caller.aliases.remove(&key).is_some(), &key)),
            SessionChange::History(pattern) => {
                let fits = |input: &&String| pattern.as_ref().is_none_or(|pattern| input.contains(pattern));
                let line = |(number, input): (usize, &String)| Item::Status(format!("{number} {input}"));
                Ok(Outcome { items: (1..).zip(&self.typed).filter(|(_, input)| fits(input)).map(line).collect() })
            }
            SessionChange::Quit => {
                self.quit = true;
                Ok(Outcome::default())
            }
        }
    }

    /// Source: odpscmd.
    fn use_quota(&mut self, quota: Option<String>) -> Result<Outcome> {
        let Some(key) = TenantResourceKind::Quota.flag() else { return Ok(Outcome::default()) };
        let Some(quota) = quota else {
            self.caller.flags.remove(key);
            self.lasting.remove(key);
            return Ok(Outcome::status("Clear quota successfully."));
        };
        self.caller.flags.insert(key.to_owned(), quota);
        Ok(Outcome::ok())
    }

    fn set(&mut self, key: String, value: String, stays: bool) -> Result<Outcome> {
        let super::flag::Checked { key, value, mode, warning } = super::flag::check(key, value)?;
        match mode {
            Some(mode) => self.mode = mode,
            None => {
                if stays {
                    self.lasting.insert(key.clone(), value.clone());
                }
                self.caller.flags.insert(key, value);
            }
        }
        let mut outcome = Outcome::ok();
        outcome.items.extend(warning.map(Item::Status));
        Ok(outcome)
    }

    /// Reads how names are read in the principal's tenant.
    pub(super) fn read_tenant(&mut self) -> Result<()> {
        self.caller.tenant_has_schemas = self.service.store.read()?.tenant_has_schemas(&self.caller.principal)?;
        Ok(())
    }

    /// Notes what was typed at the prompt, for `history`, without secrets (KEY-2).
    pub fn note_input(&mut self, input: &str) {
        self.typed.push(masked(input));
    }

    /// A session without a project starts in `sandbox`, if that is its own.
    fn own_sandbox(&self) -> Result<Option<ProjectRef>> {
        let sandbox = self.service.store.read()?.project_by_name("sandbox")?;
        Ok(sandbox.filter(|project| project.owner == self.caller.principal).map(|project| project.reference()))
    }

    /// The current project.
    pub fn project(&self) -> Option<&str> {
        self.caller.current.as_ref().map(|project| project.name.as_str())
    }

    /// The current schema, where names have schemas.
    pub fn schema(&self) -> Option<SchemaName> {
        self.caller.naming().ok().filter(|naming| naming.has_schemas).map(|naming| naming.current_schema())
    }

    /// Who the session is.
    pub fn principal(&self) -> String {
        self.caller.principal.to_string()
    }

    /// How results are written.
    pub fn mode(&self) -> OutputMode {
        self.mode
    }

    /// Whether trails are shown after denials; by default, on a terminal.
    pub fn trails(&self) -> Option<bool> {
        self.trails
    }

    /// Whether it is shown how long statements took.
    pub fn timing(&self) -> bool {
        self.timing
    }

    /// The file that results are written to, if not to the screen.
    pub fn output(&mut self) -> Option<&mut dyn Write> {
        self.output.as_mut().map(|file| file as &mut dyn Write)
    }

    /// Takes the pending warnings.
    pub fn warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// The script that `.read` asked for, once.
    pub(super) fn take_script(&mut self) -> Option<PathBuf> {
        self.script.take()
    }

    /// Whether `quit` was typed.
    pub fn wants_quit(&self) -> bool {
        self.quit
    }

    /// Set to true, it stops the running query and its script. The reader of inputs resets it before each input.
    pub fn cancel_handle(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.caller.cancel)
    }

    /// Where the session is. Source: odpscmd. Chosen: the state is shown as the endpoint.
    pub fn context_block(&self) -> Vec<String> {
        let timezone = self.caller.flags.get("odps.sql.timezone").map_or("default", String::as_str);
        let project = self.project().unwrap_or_default();
        let mut lines = vec![format!("Endpoint: {}", self.service.store.path()), format!("Project: {project}")];
        lines.extend(self.schema().map(|schema| format!("Schema: {schema}")));
        lines.extend(["Quota: default in region N/A".to_owned(), format!("Timezone: {timezone}")]);
        lines
    }

    /// The state file, if this session made it.
    pub fn new_state(&self) -> Option<&Path> {
        match self.service.store.path() {
            StatePath::File(file) if self.service.store.is_fresh() => Some(file),
            _ => None,
        }
    }

    /// Who you are, where the state is, and that enforcement is on.
    pub fn banner(&self) -> Vec<String> {
        let state = self.service.store.path();
        let mut lines = vec![
            format!("odpsh {}: MaxCompute's security model, enforced on this machine", env!("CARGO_PKG_VERSION")),
            format!("You are {}. State: {state}", self.caller.principal),
            "Every statement is checked; `.why <statement>;` explains the decision. `help;` and `.help` list the commands."
                .to_owned(),
        ];
        if self.service.store.is_fresh() {
            lines.push(format!(
                "This is a new state with your account and a project `sandbox`, owned by {}.",
                self.caller.principal
            ));
        }
        lines
    }
}

/// Removes a key, in whatever letters it was set.
fn removed(map: &mut BTreeMap<String, String>, key: &str) -> bool {
    let kept = map.keys().find(|kept| kept.eq_ignore_ascii_case(key)).cloned();
    kept.is_some_and(|kept| map.remove(&kept).is_some())
}

fn removal(known: bool, key: &str) -> Outcome {
    Outcome::status(if known { "OK".to_owned() } else { format!("{key} not found.") })
}
