use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};

use super::open::{Store, private_folder, unusable};
use crate::error::{Code, Error, Result};

/// The folder of the leases, in the folder of data files.
pub(super) const LEASES: &str = "leases";
/// The one lease of states before version 5, in the same folder.
pub(super) const SHARED_LEASE: &str = "lease";

/// Protects live data files from deletion while they are read, and files being written from being treated as
/// abandoned. Ends when dropped.
///
/// A lease is a file with an operating-system lock, so it ends with its process, even after a crash. It contains the number of deaths
/// (`Store::deaths`) when it was taken: files that died earlier are not protected by this lease and can be deleted.
#[derive(Debug)]
pub struct Lease {
    name: String,
    path: PathBuf,
    file: File,
}

/// The leases that are held.
pub(super) struct Leases {
    /// The number of deaths by lease name; `None` while it is not known.
    held: BTreeMap<String, Option<i64>>,
}

/// Whether a process holds a lease.
enum State {
    /// No process holds it.
    Ended,
    /// A process holds it, or may hold it. `None` while it is being taken, and if it cannot be opened or read.
    Held(Option<i64>),
}

impl Lease {
    /// Keeps every file that is part of a table from now on. Take it before the manifest is read.
    ///
    /// # Errors
    /// The folder of data files cannot be used.
    pub fn take(store: &Store) -> Result<Self> {
        let folder = store.data_folder().join(LEASES);
        private_folder().recursive(true).create(&folder).map_err(|error| unusable(&folder, &error))?;
        loop {
            // Names are never reused, so that a name in the state cannot match the lease of another process.
            let number =
                getrandom::u64().map_err(|_| Error::new(Code::Internal, "the system provides no random numbers"))?;
            let name = format!("{number:016x}");
            let path = folder.join(&name);
            let file = new_file().open(&path).map_err(|error| unusable(&path, &error))?;
            file.lock().map_err(|error| unusable(&path, &error))?;
            // Another process may have removed the file before it was locked.
            if path.exists() {
                let lease = Self { name, path, file };
                let deaths = store.deaths()?;
                write!(&lease.file, "{deaths};").map_err(|error| unusable(&lease.path, &error))?;
                return Ok(lease);
            }
        }
    }

    /// The name, stored in the state to identify the writer.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // If this fails, the next call of `Leases::held` removes the file.
        let _ = fs::remove_file(&self.path);
    }
}

impl Leases {
    /// The leases that are held now; those of processes that have ended are removed.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn held(data: &Path) -> Result<Self> {
        let folder = data.join(LEASES);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self { held: BTreeMap::new() }),
            Err(error) => return Err(unusable(&folder, &error)),
        };
        let mut held = BTreeMap::new();
        for entry in entries {
            let path = entry.map_err(|error| unusable(&folder, &error))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else { continue };
            match state_of(&path) {
                State::Ended => {}
                State::Held(deaths) => drop(held.insert(name, deaths)),
            }
        }
        Ok(Self { held })
    }

    /// Whether a lease of this name is held.
    pub fn has(&self, name: &str) -> bool {
        self.held.contains_key(name)
    }

    /// No lease protects files whose death number is at most this. `last` is the number of the last death.
    pub fn unused_since(&self, last: i64) -> i64 {
        self.held.values().map(|deaths| deaths.unwrap_or(-1)).min().unwrap_or(last)
    }
}

/// Looks at the file of a lease, and removes it if its process has ended. A file that cannot be opened, for example the lease of another
/// system user, counts as held: deleting what a process still uses loses data, keeping it does not.
fn state_of(path: &Path) -> State {
    match fs::symlink_metadata(path) {
        Ok(data) if data.is_file() => {}
        // Only a file can be a lease.
        Ok(_) => return State::Ended,
        Err(error) if error.kind() == ErrorKind::NotFound => return State::Ended,
        Err(_) => return State::Held(None),
    }
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        // It ended in the meantime.
        Err(error) if error.kind() == ErrorKind::NotFound => return State::Ended,
        Err(_) => return State::Held(None),
    };
    if file.try_lock().is_ok() {
        let _ = fs::remove_file(path);
        return State::Ended;
    }
    let mut text = String::new();
    let read = file.read_to_string(&mut text).is_ok();
    State::Held(text.strip_suffix(';').filter(|_| read).and_then(|deaths| deaths.parse().ok()))
}

/// Until state version 5, all processes shared one lease. Refuses to migrate while a process of an earlier version holds it: that process
/// reads or writes files, and this version would not know of it.
///
/// # Errors
/// It is held, or cannot be opened.
pub(super) fn end_shared_lease(data: &Path) -> Result<()> {
    let path = data.join(SHARED_LEASE);
    let file = match OpenOptions::new().read(true).write(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unusable(&path, &error)),
    };
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(_) => Err(Error::new(Code::StateFile, "a shell of an earlier version is using the state")
            .help("end that shell, then try again; nothing was changed")),
    }
}

fn new_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
