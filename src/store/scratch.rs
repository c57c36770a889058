//! Files and folders that belong to one process: marked while it lives, removed by the next process once it has ended.
//!
//! The mark of `name` is the file `name.lock`, locked by its process; the system releases the lock however the process ends.

use std::fs;
use std::path::{Path, PathBuf};

use super::open::{beside, private_file, unusable};
use super::own_files::FileId;
use crate::error::{Code, Error, Result};

/// The file that marks `path` as used.
pub(super) fn mark_of(path: &Path) -> PathBuf {
    beside(path, ".lock")
}

/// The first of the numbered names that no process uses, marked as used by this one for as long as the file is kept.
///
/// # Errors
/// A mark cannot be written.
pub(super) fn mark_first(name: impl Fn(u64) -> PathBuf) -> Result<(PathBuf, fs::File)> {
    for number in 0..=u64::MAX {
        let path = name(number);
        if let Some(mark) = mark(&path)? {
            return Ok((path, mark));
        }
    }
    Err(Error::new(Code::Internal, "every name for files of this process is used"))
}

/// Marks a path as used by this process; none if another process uses it, or removes what was there at this moment.
fn mark(path: &Path) -> Result<Option<fs::File>> {
    let name = mark_of(path);
    let file = private_file(&name)?;
    match file.try_lock() {
        // Between the making of the file and its lock another process may have taken it for a mark of nobody.
        Ok(()) => Ok(is_at(&file, &name).then_some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(unusable(&name, &error)),
    }
}

/// Whether an open file is still the one that has this name.
fn is_at(file: &fs::File, name: &Path) -> bool {
    name.exists() && file.metadata().is_ok_and(|data| FileId::of(&data) == FileId::at(name))
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
        let Some(file) = opened else { continue };
        // Locked until all is removed, and only if it still is the mark: else another process uses the name by now.
        if file.try_lock().is_err() || !is_at(&file, &mark) {
            continue;
        }
        let left = folder.join(&name);
        let _ = fs::remove_dir_all(&left);
        for ending in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(beside(&left, ending));
        }
        let _ = fs::remove_file(&mark);
        drop(file);
    }
}

/// A name for the draft of a state file, marked: `<state file>.new-<number of the process>-<number>`.
pub(super) fn draft_of(file: &Path) -> Result<(PathBuf, fs::File)> {
    mark_first(|number| beside(file, &format!(".new-{}-{number}", std::process::id())))
}

/// Removes drafts of a state file whose makers have ended.
pub(super) fn remove_drafts(file: &Path) {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(name) = file.file_name().and_then(|name| name.to_str()) else { return };
    let prefix = format!("{name}.new-");
    remove_unmarked(folder, &|name| {
        name.strip_prefix(&prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'))
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

    /// A name in `base` for a folder of this process; the first writer creates it. What ended processes
    /// left in `base` is removed.
    ///
    /// # Errors
    /// The mark cannot be written.
    pub fn in_folder(base: &Path) -> Result<Self> {
        super::open::private_folder().recursive(true).create(base).map_err(|error| unusable(base, &error))?;
        Self::sweep(base);
        let (path, mark) = mark_first(|number| base.join(format!("{}-{number}", std::process::id())))?;
        Ok(Self { path, _mark: mark })
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
