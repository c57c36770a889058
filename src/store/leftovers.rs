//! Files and folders that belong to one process: marked while it lives, removed by the next process once it has ended.
//!
//! The mark of `name` is the file `name.lock`, locked by its process; the system releases the lock however the process ends.

use std::fs;
use std::path::{Path, PathBuf};

use super::open::{beside, private_file, unusable};
use crate::error::Result;

/// The file that marks `path` as used.
pub(super) fn mark_of(path: &Path) -> PathBuf {
    beside(path, ".lock")
}

/// Marks a path as used by this process, for as long as the file is kept; none if another one uses it.
pub(super) fn mark(path: &Path) -> Result<Option<fs::File>> {
    let name = mark_of(path);
    let file = private_file(&name)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(unusable(&name, &error)),
    }
}

/// Removes what processes that have ended left in `folder` under marked names that `is_ours` knows.
///
/// What cannot be removed, another user's files among them, is left for the next time.
pub(super) fn remove_unmarked(folder: &Path, is_ours: &dyn Fn(&str) -> bool) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let mark = entry.path();
        let marked = entry.file_name().to_str().and_then(|name| name.strip_suffix(".lock")).map(str::to_owned);
        let Some(name) = marked.filter(|name| is_ours(name)) else { continue };
        // A link is nobody's mark; without the right to write the mark is another user's.
        let is_file = fs::symlink_metadata(&mark).is_ok_and(|data| data.is_file());
        let opened = is_file.then(|| fs::OpenOptions::new().write(true).open(&mark).ok()).flatten();
        if opened.is_some_and(|file| file.try_lock().is_ok()) {
            let left = folder.join(&name);
            let _ = fs::remove_dir_all(&left);
            for ending in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(beside(&left, ending));
            }
            let _ = fs::remove_file(&mark);
        }
    }
}

/// Removes drafts of a state file whose makers have ended: `<state file>.new-<number of the process>`.
pub(super) fn remove_drafts(file: &Path) {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(name) = file.file_name().and_then(|name| name.to_str()) else { return };
    let prefix = format!("{name}.new-");
    remove_unmarked(folder, &|name| {
        name.strip_prefix(&prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    });
}

/// The name of that folder.
pub(super) const SPILL: &str = "spill";

/// A folder of temporary files that goes with its process.
#[derive(Debug)]
pub struct ScratchFolder {
    path: PathBuf,
    _mark: fs::File,
}

impl ScratchFolder {
    /// Where the folders for temporary files are, in the folder of data files.
    pub fn base(data: &Path) -> PathBuf {
        data.join(SPILL)
    }

    /// A name in `base` for a folder of this process; the folder is made by whoever writes into it first. What ended processes
    /// left in `base` is removed.
    ///
    /// # Errors
    /// The mark cannot be written.
    pub fn in_folder(base: &Path) -> Result<Self> {
        super::open::private_folder().recursive(true).create(base).map_err(|error| unusable(base, &error))?;
        Self::sweep(base);
        for number in 0_u64.. {
            let path = base.join(format!("{}-{number}", std::process::id()));
            if let Some(mark) = mark(&path)? {
                return Ok(Self { path, _mark: mark });
            }
        }
        Err(crate::error::Error::new(crate::error::Code::Internal, "no name is left for temporary files"))
    }

    /// Removes what ended processes left in `base`.
    pub fn sweep(base: &Path) {
        remove_unmarked(base, &|name| name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'));
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
        let _ = fs::remove_file(mark_of(&self.path));
    }
}
