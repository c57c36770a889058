//! The state file: found, made whole or not at all, opened once with one name, and never used once another file has its place.

mod look;
mod one_name;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use self::one_name::{check_has_one_name, check_is_no_companion};
use super::access_key::Wrap;
use super::encryption::KeyKeeper;
use super::filling::{Filling, Populate};
use super::lease::{SHARED_LEASE, end_shared_lease};
use super::migrate::{OLDEST, migrate};
use super::own_files::FileId;
use super::pool::Pool;
use super::schema::{APPLICATION_ID, SCHEMA_VERSION, create_schema};
use super::scratch::{draft_of, mark_first, mark_of, remove_drafts, remove_unmarked};
use super::transaction::{Snapshot, Synchronous, Write};
use crate::error::{Code, Error, Result, system_words};

/// The file already exists, and its name is not a URI with options.
const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);
/// How often a writer that waits for another one looks again: at most 5 s in all, and often enough to meet the short pauses that
/// a script leaves between its groups of statements.
const LOOKS: i32 = 4_500;
/// How long it waits in between; the system adds a little.
const PAUSE: Duration = Duration::from_millis(1);

/// Where the state lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatePath {
    /// In a file, which is created if it does not exist.
    File(PathBuf),
    /// In memory; its data files in a folder that goes with the process.
    Memory,
}

impl fmt::Display for StatePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Memory => f.write_str("in memory, discarded when this process ends"),
        }
    }
}

/// When what was acknowledged is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// After each statement: the prompt, and `-e`.
    EachStatement,
    /// Before the process ends or an error is reported: scripts and pipes.
    AtEnd,
}

/// An open state.
#[derive(Debug)]
pub struct Store {
    pool: Pool,
    durability: Durability,
    path: StatePath,
    data: PathBuf,
    fresh: bool,
    /// The file that is open, with the path that led to it; none in memory.
    file: Option<(PathBuf, FileId)>,
    read_only: bool,
    /// The file of the root key, which is kept from statements like the state's own files.
    pub(super) root_key: Option<PathBuf>,
    /// Marks the data folder of a state in memory as used; released when the process ends, however it ends.
    _mark: Option<fs::File>,
}

impl Store {
    /// Opens the state, or makes a new one: never half.
    ///
    /// # Errors
    /// The file is not an odpsh state, is newer than this program, is damaged, or cannot be written.
    pub fn open(path: &StatePath, durability: Durability) -> Result<Self> {
        Self::open_with(path, durability, Filling::NONE)
    }

    /// The same; `filling` puts something into it.
    ///
    /// # Errors
    /// As [`Store::open`], and those of `filling`.
    pub fn open_with(path: &StatePath, durability: Durability, filling: Filling<'_>) -> Result<Self> {
        let opened = match path {
            StatePath::Memory => {
                let (data, mark) = memory_folder()?;
                let name = memory_name();
                let connection = open_memory(&name)?;
                create_schema(&connection)?;
                let pool = Pool::new(connection, Box::new(move || open_memory(&name)))?;
                fill(&pool, filling.populate)?;
                Opened { pool, data, fresh: true, file: None, mark: Some(mark) }
            }
            StatePath::File(file) => {
                // SQLite reads a name that begins with `file:` as an address with options; an absolute one never does.
                let file = &std::path::absolute(file).map_err(|error| unusable(file, &error))?;
                check_is_no_companion(file)?;
                let fresh = !file.exists();
                if fresh {
                    create_file(file, filling.populate)?;
                }
                // Through a link as well: the data folder belongs to the file, not to the name that led to it.
                let file = fs::canonicalize(file).map_err(|error| unusable(file, &error))?;
                check_has_one_name(&file)?;
                let connection = set_up(open_file(&file, filling.wrap)?)?;
                let (data, id) = (data_folder(&file), FileId::at(&file).map(|id| (file.clone(), id)));
                let again = move || set_up(Connection::open_with_flags(&file, FLAGS)?);
                Opened { pool: Pool::new(connection, Box::new(again))?, data, fresh, file: id, mark: None }
            }
        };
        let Opened { pool, data, fresh, file, mark } = opened;
        let (read_only, root_key) = (false, None);
        Ok(Self { pool, durability, path: path.clone(), data, fresh, file, read_only, root_key, _mark: mark })
    }

    /// The same without the cache between transactions, for comparison with it.
    pub fn without_cache(self) -> Self {
        self.pool.switch_off_caches();
        self
    }

    /// Whether this call made the state.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Keeps the file of the root key from statements, like the state's own files (KEY-2, FLW-11).
    pub fn keep_root_key(&mut self, file: PathBuf) {
        self.root_key = Some(file);
    }

    /// From now on, this holds the root key, which opens the keys of encrypted projects (ENC-1).
    pub fn keep_keys_with(&self, keeper: Box<dyn KeyKeeper>) {
        self.pool.keep_keys_with(keeper);
    }

    /// Where the state lies.
    pub fn path(&self) -> &StatePath {
        &self.path
    }

    /// The folder of the data files; made when the first file is written.
    pub fn data_folder(&self) -> &Path {
        &self.data
    }

    /// One consistent view of the state, for as long as it lives.
    pub fn read(&self) -> Result<Snapshot<'_>> {
        self.check_is_there()?;
        Snapshot::begin(self.pool.take()?)
    }

    /// A change: the only writer until it is committed or dropped.
    ///
    /// # Errors
    /// `state file is busy` after 5 s; another file has the state's name by now.
    pub fn write(&self) -> Result<Write<'_>> {
        self.write_as(match self.durability {
            Durability::EachStatement => Synchronous::Full,
            Durability::AtEnd => Synchronous::Normal,
        })
    }

    fn write_as(&self, when: Synchronous) -> Result<Write<'_>> {
        self.check_is_there()?;
        let taken = self.pool.take()?;
        taken.link.synchronous(when)?;
        Write::begin(taken)
    }

    /// The transaction that a batch left open in this slot; `None` if SQLite rolled it back.
    pub(super) fn resume(&self, slot: usize, batch: u64) -> Option<Snapshot<'_>> {
        Snapshot::resume(self.pool.take_again(slot)?, batch)
    }

    /// Refuses to go on with a file that another one has replaced: what this process wrote to it would be lost.
    pub(super) fn check_is_there(&self) -> Result<()> {
        match &self.file {
            Some((path, id)) if FileId::at(path) != Some(*id) => {
                let message = format!("the state file `{}` was removed or replaced while it was open", path.display());
                Err(Error::new(Code::StateFile, message).help("restart the shell; nothing was changed"))
            }
            _ => Ok(()),
        }
    }

    /// A change that need not be on disk before its caller continues: it is written with the next durable one, or by
    /// [`Store::sync`], and never before what was committed earlier.
    ///
    /// # Errors
    /// As [`Store::write`], and those of `change`.
    pub fn write_later(&self, change: impl FnOnce(&Write<'_>) -> Result<()>) -> Result<()> {
        let write = self.write_as(Synchronous::Normal)?;
        change(&write)?;
        write.commit()
    }

    /// Puts everything that was acknowledged on disk.
    ///
    /// It is in the log, which is enough. A checkpoint would also move what other processes wrote into the state, which may be much.
    ///
    /// # Errors
    /// The log cannot be written.
    pub fn sync(&self) -> Result<()> {
        use std::io::ErrorKind::{NotFound, PermissionDenied, ReadOnlyFilesystem};

        let Some((path, _)) = &self.file else { return Ok(()) };
        let mut log = path.clone().into_os_string();
        log.push("-wal");
        let synced = fs::File::options().write(true).open(&log).and_then(|log| log.sync_data());
        match synced {
            // Without a log everything is in the state itself, where a checkpoint has put it on disk; on a state that cannot be written
            // nothing was.
            Err(error) if matches!(error.kind(), NotFound | PermissionDenied | ReadOnlyFilesystem) => Ok(()),
            Err(error) => Err(Error::new(Code::StateFile, format!("the log of the state cannot be written: {error}"))
                .help("check the disk; what was acknowledged last may be lost if the machine stops now")),
            Ok(()) => Ok(()),
        }
    }
}

impl Store {
    /// Moves what is in the log into the state, as far as no reader needs the log. Other processes read and write meanwhile.
    ///
    /// For whoever writes much: otherwise the next small statement of another process, or the end of the last one, does it all at once.
    ///
    /// # Errors
    /// The state cannot be written.
    pub(super) fn write_back(&self) -> Result<()> {
        Ok(self.pool.take()?.link.connection.execute_batch("pragma wal_checkpoint(passive);")?)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if self.path == StatePath::Memory {
            // The folder is of no use to anyone; what cannot be removed is left to the system's cleaning of temporary files.
            let _ = fs::remove_dir_all(&self.data);
            let _ = fs::remove_file(mark_of(&self.data));
        }
    }
}

/// What opening a state gives.
struct Opened {
    pool: Pool,
    data: PathBuf,
    fresh: bool,
    file: Option<(PathBuf, FileId)>,
    mark: Option<fs::File>,
}

/// `<state file>.data`
fn data_folder(file: &Path) -> PathBuf {
    beside(file, ".data")
}

/// A folder for the data files of a state in memory, and the lock that marks it as used.
fn memory_folder() -> Result<(PathBuf, fs::File)> {
    let base = std::env::temp_dir();
    remove_unmarked(&base, &|name| name.starts_with("odpsh-") && name.ends_with(".data"));
    let name = |number| base.join(format!("odpsh-{}-{number}.data", std::process::id()));
    // The mark is there before the folder is, so that no folder without a holder of its mark is in use.
    let (folder, mark) = mark_first(name)?;
    private_folder().create(&folder).map_err(|error| unusable(&folder, &error))?;
    Ok((folder, mark))
}

/// A folder that only its owner may enter.
pub(super) fn private_folder() -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Creates the state beside its final path and renames it, so that no process sees it half-written.
fn create_file(file: &Path, populate: Populate<'_>) -> Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_folder().recursive(true).create(folder).map_err(|error| unusable(folder, &error))?;
    }
    remove_drafts(file);
    let (draft, mark) = draft_of(file)?;
    let made = draft_state(&draft, populate).and_then(|()| put_in_place(&draft, file));
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(beside(&draft, ending));
    }
    let _ = fs::remove_file(mark_of(&draft));
    drop(mark);
    made
}

/// Gives a finished state its name; an existing one is as good.
///
/// What an earlier state of this name left behind (removed without its `-wal` after an unclean exit) would be replayed
/// into the new one, so it goes first. Shells that make the state at once do this one after the other, and none of them once
/// the state exists: by then the files beside it may be another shell's.
fn put_in_place(draft: &Path, file: &Path) -> Result<()> {
    let turn = beside(file, ".new");
    let lock = private_file(&turn)?;
    lock.lock().map_err(|error| unusable(&turn, &error))?;
    // Also through a link that leads nowhere: nothing replaces it.
    if fs::symlink_metadata(file).is_err() {
        for ending in ["-wal", "-shm", "-journal"] {
            let left = beside(file, ending);
            match fs::remove_file(&left) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unusable(&left, &error)),
                _ => {}
            }
        }
        // Not a link: for a moment the state would have two names, and be refused for it.
        fs::rename(draft, file).map_err(|error| unusable(file, &error))?;
    }
    // Not before the state is there: who still waits for this file's lock finds the state, even if another process created the file.
    let _ = fs::remove_file(&turn);
    Ok(())
}

/// `<file><ending>`
pub(super) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A file that only its owner may open; truncated if it exists.
pub(super) fn private_file(path: &Path) -> Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| unusable(path, &error))
}

fn draft_state(draft: &Path, populate: Populate<'_>) -> Result<()> {
    private_file(draft)?;
    let connection = Connection::open_with_flags(draft, FLAGS)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    create_schema(&connection)?;
    let again = draft.to_owned();
    let pool = Pool::new(connection, Box::new(move || Ok(Connection::open_with_flags(&again, FLAGS)?)))?;
    fill(&pool, populate)?;
    Ok(pool.take()?.link.connection.execute_batch("pragma wal_checkpoint(truncate);")?)
}

fn fill(pool: &Pool, populate: Populate<'_>) -> Result<()> {
    let write = Write::begin(pool.take()?)?;
    populate(&write)?;
    write.commit()
}

/// The settings of each connection.
fn set_up(connection: Connection) -> Result<Connection> {
    let mut connection = connection;
    connection.busy_handler(Some(look_again))?;
    connection.set_prepared_statement_cache_capacity(128);
    // Query plans must not depend on bound values; otherwise SQLite re-prepares statements repeatedly.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Keep statement journals in memory; cache 8 MB of pages; checkpoint the log after 16 MB of
    // changes, so that a page that changed several times is written once.
    connection.execute_batch(
        "pragma temp_store = memory; pragma cache_size = -8000; pragma wal_autocheckpoint = 4000; pragma foreign_keys = on;",
    )?;
    Ok(connection)
}

/// A unique name for an in-memory database, which its connections share and which ends with the last of them.
/// Source: SQLite's `memdb` VFS, which shares names that begin with a slash.
fn memory_name() -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    PathBuf::from(format!("file:/odpsh-{}?vfs=memdb", NEXT.fetch_add(1, Ordering::Relaxed)))
}

fn open_memory(name: &Path) -> Result<Connection> {
    let flags = FLAGS | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_URI;
    set_up(Connection::open_with_flags(name, flags)?)
}

/// Waits a little for another writer, until it has waited long enough.
fn look_again(looks: i32) -> bool {
    thread::sleep(PAUSE);
    looks < LOOKS
}

fn open_file(file: &Path, wrap: Wrap<'_>) -> Result<Connection> {
    if file.is_dir() {
        return Err(Error::new(Code::StateFile, format!("`{}` is a folder", file.display()))
            .help("name the state file with `--state <file>`"));
    }
    // A state is never empty. SQLite would fill this file from a `-wal` that an earlier one left.
    if file.metadata().is_ok_and(|data| data.len() == 0) {
        return Err(no_state(file));
    }
    let mut connection = Connection::open_with_flags(file, FLAGS)?;
    connection.busy_handler(Some(look_again))?;
    let version = version_of(&connection, file)?;
    if connection.is_readonly("main")? || file.metadata().is_ok_and(|data| data.permissions().readonly()) {
        return Err(Error::new(Code::StateFile, format!("`{}` cannot be written", file.display())).help(
            "every decision writes an audit record: make the file writable, or name another with `--state <file>`",
        ));
    }
    if version < SCHEMA_VERSION {
        end_shared_lease(&data_folder(file))?;
        migrate(&mut connection, wrap)?;
    }
    // At each opening: the process that migrated the state may have ended before this.
    let _ = fs::remove_file(data_folder(file).join(SHARED_LEASE));
    Ok(connection)
}

/// The version of a state.
///
/// # Errors
/// The file is none, or one of a version that this program does not know.
fn version_of(connection: &Connection, file: &Path) -> Result<i64> {
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if application != APPLICATION_ID || version < 1 {
        return Err(no_state(file));
    }
    if version > SCHEMA_VERSION {
        return Err(Error::new(Code::StateFile, format!("`{}` was written by a newer odpsh", file.display()))
            .help("use that version; the file was not touched"));
    }
    if version < OLDEST {
        return Err(Error::new(
            Code::StateFile,
            format!("`{}` was written by a development version of odpsh", file.display()),
        )
        .help("create a new one with `--state <file>`; the file was not touched"));
    }
    Ok(version)
}

fn no_state(file: &Path) -> Box<Error> {
    Error::new(Code::StateFile, format!("`{}` is not an odpsh state", file.display()))
        .help("name another file with `--state <file>`; this one was not touched")
}

pub(super) fn unusable(path: &Path, error: &std::io::Error) -> Box<Error> {
    Error::new(Code::StateFile, format!("`{}` cannot be created or opened: {}", path.display(), system_words(error)))
        .help("name another file with `--state <file>`")
}
