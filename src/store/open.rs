use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::migrate::{OLDEST, migrate};
use super::schema::{APPLICATION_ID, SCHEMA_VERSION, create_schema};
use super::transaction::{Link, Snapshot, Write};
use crate::error::{Code, Error, Result, system_words};

/// The file is there already, and its name is no address with options.
const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);
/// How often a writer that waits for another one looks again: at most 5 s in all, and often enough to meet the short pauses that
/// a script leaves between its groups of statements.
const LOOKS: i32 = 4_500;
/// How long it waits in between; the system adds a little.
const PAUSE: Duration = Duration::from_millis(1);

/// Where the state lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatePath {
    /// In a file, which is made if it is not there.
    File(PathBuf),
    /// In memory; its data files in a folder that goes with the process.
    Memory,
}

impl fmt::Display for StatePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Memory => f.write_str("in memory, gone when this process ends"),
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

/// Puts what every new state has into one.
pub type Populate<'p> = &'p dyn Fn(&Write<'_>) -> Result<()>;

/// An open state.
#[derive(Debug)]
pub struct Store {
    link: Link,
    path: StatePath,
    data: PathBuf,
    fresh: bool,
}

impl Store {
    /// Opens the state, or makes a new one: never half.
    ///
    /// # Errors
    /// The file is no odpsh state, newer than this program, damaged, or cannot be written.
    pub fn open(path: &StatePath, durability: Durability) -> Result<Self> {
        Self::open_with(path, durability, &|_| Ok(()))
    }

    /// The same; `populate` puts what every new state has into one, before anyone else can see it.
    ///
    /// # Errors
    /// As [`Store::open`], and those of `populate`.
    pub fn open_with(path: &StatePath, durability: Durability, populate: Populate<'_>) -> Result<Self> {
        let (mut connection, data, fresh) = match path {
            StatePath::Memory => {
                let connection = Connection::open_in_memory()?;
                create_schema(&connection)?;
                (fill(connection, populate)?, memory_folder()?, true)
            }
            StatePath::File(file) => {
                let fresh = !file.exists();
                if fresh {
                    create_file(file, populate)?;
                }
                // Through a link as well: the data folder belongs to the file, not to the name that led to it.
                let file = fs::canonicalize(file).map_err(|error| unusable(file, &error))?;
                (open_file(&file)?, data_folder(&file), fresh)
            }
        };
        connection.busy_handler(Some(look_again))?;
        connection.set_prepared_statement_cache_capacity(128);
        // A plan does not depend on the values that are bound: otherwise statements are prepared anew again and again.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // What a statement may take back is kept in memory, not in a file; pages of a large state are read once; and they are
        // written back after 16 MB of changes, each then once for all changes of it.
        connection.execute_batch(
            "pragma temp_store = memory; pragma cache_size = -8000; pragma wal_autocheckpoint = 4000;",
        )?;
        connection.execute_batch(match durability {
            Durability::EachStatement => "pragma foreign_keys = on; pragma synchronous = full;",
            Durability::AtEnd => "pragma foreign_keys = on; pragma synchronous = normal;",
        })?;
        Ok(Self { link: Link::new(connection), path: path.clone(), data, fresh })
    }

    /// The same, keeping nothing from one transaction to the next: to hold against what is kept.
    pub fn without_cache(self) -> Self {
        self.link.cache.switch_off();
        self
    }

    /// Whether this call made the state.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Where the state lies.
    pub fn path(&self) -> &StatePath {
        &self.path
    }

    /// The folder of the data files; made when the first file is written.
    pub fn data_folder(&self) -> &Path {
        &self.data
    }

    /// Whether a path leads to the state file, what SQLite keeps beside it, or the data files, by whatever name or link (FLW-11).
    pub fn holds(&self, path: &Path) -> bool {
        self.contains(path) || self.is_other_name(path)
    }

    /// Whether a file is one of the state's own, under a name that lies elsewhere.
    #[cfg(unix)]
    fn is_other_name(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;
        let Ok(data) = fs::metadata(path) else { return false };
        if !data.is_file() || data.nlink() < 2 {
            return false;
        }
        let beside = self.data.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let entries = [beside, &self.data].into_iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
        let own = entries.flatten().map(|entry| entry.path()).filter(|path| self.contains(path));
        let same = |own: fs::Metadata| (own.dev(), own.ino()) == (data.dev(), data.ino());
        own.filter_map(|path| fs::symlink_metadata(path).ok()).any(same)
    }

    #[cfg(not(unix))]
    fn is_other_name(&self, _: &Path) -> bool {
        false
    }

    fn contains(&self, path: &Path) -> bool {
        let resolved = fs::canonicalize(path).unwrap_or_else(|_| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
            path.file_name().map_or_else(|| folder.clone(), |name| folder.join(name))
        });
        let data = fs::canonicalize(&self.data).unwrap_or_else(|_| self.data.clone());
        // `state.db-wal`, `state.db.data`, `state.db.new-…`: everything whose name begins with the state's.
        let beside = self.data.with_extension("");
        resolved.starts_with(&data)
            || matches!(&self.path, StatePath::File(_))
                && resolved.parent() == beside.parent()
                && resolved.file_name().is_some_and(|name| {
                    let state = beside.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    name.to_string_lossy().starts_with(&state)
                })
    }

    /// One consistent view of the state, for as long as it lives.
    pub fn read(&self) -> Result<Snapshot<'_>> {
        self.settle()?;
        Snapshot::begin(&self.link)
    }

    /// A change: the only writer until it is committed or dropped.
    ///
    /// # Errors
    /// `state file is busy` after 5 s.
    pub fn write(&self) -> Result<Write<'_>> {
        Write::begin(&self.link)
    }

    /// How many statements are done whose commit is still to come ([`Write::commit_later`]). Until then no other shell can write.
    pub fn grouped(&self) -> u32 {
        self.link.grouped()
    }

    /// Commits the statements whose commit is still to come.
    ///
    /// # Errors
    /// None of them was committed.
    pub fn settle(&self) -> Result<()> {
        self.link.settle()
    }

    /// A change that need not be on disk before its caller goes on: it gets there with the next one that is, or by
    /// [`Store::sync`], and never before what was committed earlier.
    ///
    /// # Errors
    /// As [`Store::write`], and those of `change`.
    pub fn write_later(&self, change: impl FnOnce(&Write<'_>) -> Result<()>) -> Result<()> {
        let level: i64 = self.link.connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
        self.link.connection.execute_batch("pragma synchronous = normal")?;
        let changed = self.write().and_then(|write| {
            change(&write)?;
            write.commit()
        });
        self.link.connection.pragma_update(None, "synchronous", level)?;
        changed
    }

    /// How many statements that were done were taken back instead of being committed, since this was last asked.
    pub fn take_lost(&self) -> u32 {
        self.link.take_lost()
    }

    /// Puts everything that was acknowledged on disk.
    pub fn sync(&self) -> Result<()> {
        self.settle()?;
        if matches!(self.path, StatePath::File(_)) {
            self.link.connection.execute_batch("pragma synchronous = full; pragma wal_checkpoint(passive);")?;
        }
        Ok(())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if self.path == StatePath::Memory {
            // The folder is of no use to anyone; what cannot be removed is left to the system's cleaning of temporary files.
            let _ = fs::remove_dir_all(&self.data);
        }
    }
}

/// `<state file>.data`
fn data_folder(file: &Path) -> PathBuf {
    beside(file, ".data")
}

fn memory_folder() -> Result<PathBuf> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let base = std::env::temp_dir();
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = base.join(format!("odpsh-{}-{number}.data", std::process::id()));
        match private_folder().create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unusable(&folder, &error)),
        }
    }
}

/// A folder that only its owner may enter.
pub(super) fn private_folder() -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Makes the state beside its place and links it there, so that nobody sees half of it.
fn create_file(file: &Path, populate: Populate<'_>) -> Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_folder().recursive(true).create(folder).map_err(|error| unusable(folder, &error))?;
    }
    let draft = beside(file, &format!(".new-{}", std::process::id()));
    let made = draft_state(&draft, populate).and_then(|()| put_in_place(&draft, file));
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(beside(&draft, ending));
    }
    made
}

/// Links a finished state to its place; one that is there already is as good.
///
/// What an earlier state of this name left behind (removed without its `-wal` after an unclean exit) would be replayed
/// into the new one, so it goes first. Shells that make the state at once do this one after the other, and none of them once
/// the state is there: by then the files beside it may be another shell's.
fn put_in_place(draft: &Path, file: &Path) -> Result<()> {
    let turn = beside(file, ".new");
    let lock = private_file(&turn)?;
    lock.lock().map_err(|error| unusable(&turn, &error))?;
    // Also through a link that leads nowhere: nothing can be linked over it.
    if fs::symlink_metadata(file).is_err() {
        for ending in ["-wal", "-shm", "-journal"] {
            let left = beside(file, ending);
            match fs::remove_file(&left) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unusable(&left, &error)),
                _ => {}
            }
        }
        fs::hard_link(draft, file).map_err(|error| unusable(file, &error))?;
    }
    // Not before the state is there: who still waits for this file's lock finds the state, whoever makes the file anew too.
    let _ = fs::remove_file(&turn);
    Ok(())
}

/// `<file><ending>`
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A file that only its owner may open; emptied if it is there.
fn private_file(path: &Path) -> Result<fs::File> {
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
    let connection = fill(connection, populate)?;
    connection.execute_batch("pragma wal_checkpoint(truncate);")?;
    connection.close().map_err(|(_, error)| error.into())
}

fn fill(connection: Connection, populate: Populate<'_>) -> Result<Connection> {
    let link = Link::new(connection);
    let write = Write::begin(&link)?;
    populate(&write)?;
    write.commit()?;
    Ok(link.connection)
}

/// Waits a little for another writer, until it has waited long enough.
fn look_again(looks: i32) -> bool {
    thread::sleep(PAUSE);
    looks < LOOKS
}

fn open_file(file: &Path) -> Result<Connection> {
    if file.is_dir() {
        return Err(Error::new(Code::StateFile, format!("`{}` is a folder", file.display()))
            .help("give the state's file with `--state <file>`"));
    }
    // A state is never empty. SQLite would fill this file from a `-wal` that an earlier one left.
    if file.metadata().is_ok_and(|data| data.len() == 0) {
        return Err(no_state(file));
    }
    let mut connection = Connection::open_with_flags(file, FLAGS)?;
    connection.busy_handler(Some(look_again))?;
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
        .help("make a new one with `--state <file>`; the file was not touched"));
    }
    if connection.is_readonly("main")? || file.metadata().is_ok_and(|data| data.permissions().readonly()) {
        return Err(Error::new(Code::StateFile, format!("`{}` cannot be written", file.display())).help(
            "every decision leaves an audit record: make the file writable, or give another with `--state <file>`",
        ));
    }
    if version < SCHEMA_VERSION {
        migrate(&mut connection)?;
    }
    Ok(connection)
}

fn no_state(file: &Path) -> Box<Error> {
    Error::new(Code::StateFile, format!("`{}` is no odpsh state", file.display()))
        .help("give another file with `--state <file>`; this one was not touched")
}

pub(super) fn unusable(path: &Path, error: &std::io::Error) -> Box<Error> {
    Error::new(Code::StateFile, format!("`{}` cannot be made or opened: {}", path.display(), system_words(error)))
        .help("give another place with `--state <file>`")
}
