use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use super::open::{Store, private_folder, unusable};
use crate::error::{Code, Error, Result};

/// The folder of the leases, in the folder of data files.
pub(super) const LEASES: &str = "leases";

/// Keeps the data files that are part of a table from being deleted while they are read, and what is written from being taken for
/// left behind, until it is dropped.
///
/// It is a file with a lock of the operating system, so it ends with its process, however that ends. In it is the number of deaths
/// ([`Store::deaths`]) before it: files that died earlier were not part of a table any more, and can be deleted beside it.
#[derive(Debug)]
pub struct Lease {
    name: String,
    path: PathBuf,
    file: File,
}

/// The leases that are held.
pub(super) struct Leases {
    /// By name; of one that is just being taken, the deaths before it are not known yet.
    held: BTreeMap<String, Option<i64>>,
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
            // Never used again: who finds the name in the state must not take another process for its holder.
            let number =
                getrandom::u64().map_err(|_| Error::new(Code::Internal, "the system provides no random numbers"))?;
            let name = format!("{number:016x}");
            let path = folder.join(&name);
            let file = new_file().open(&path).map_err(|error| unusable(&path, &error))?;
            file.lock().map_err(|error| unusable(&path, &error))?;
            // Before it was locked, another process may have removed it as one that nobody holds.
            if path.exists() {
                let lease = Self { name, path, file };
                let deaths = store.deaths()?;
                write!(&lease.file, "{deaths};").map_err(|error| unusable(&lease.path, &error))?;
                return Ok(lease);
            }
        }
    }

    /// Its name, by which the state knows who writes something.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // What cannot be removed is removed by the next one who looks.
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
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self { held: BTreeMap::new() }),
            Err(error) => return Err(unusable(&folder, &error)),
        };
        let mut held = BTreeMap::new();
        for entry in entries {
            let path = entry.map_err(|error| unusable(&folder, &error))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else { continue };
            // One that ended in the meantime.
            let Ok(mut file) = OpenOptions::new().read(true).write(true).open(&path) else { continue };
            if file.try_lock().is_ok() {
                let _ = fs::remove_file(&path);
                continue;
            }
            let mut text = String::new();
            let read = file.read_to_string(&mut text).is_ok();
            held.insert(name, text.strip_suffix(';').filter(|_| read).and_then(|deaths| deaths.parse().ok()));
        }
        Ok(Self { held })
    }

    /// Whether a lease of this name is held.
    pub fn has(&self, name: &str) -> bool {
        self.held.contains_key(name)
    }

    /// Files that died by this number are used by nobody. `last` is the number of the last death.
    pub fn unused_since(&self, last: i64) -> i64 {
        self.held.values().map(|deaths| deaths.unwrap_or(-1)).min().unwrap_or(last)
    }
}

fn new_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
