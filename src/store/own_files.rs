//! Which files belong to the state itself, under every name that reaches them (FLW-11).
//!
//! Files and folders are compared by device and inode, so that links, hard links and mounts of the same folder are recognised.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};

use super::open::{StatePath, Store};

/// The identity of a file under all its names: its device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

impl FileId {
    #[cfg(unix)]
    pub fn of(data: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Some(Self(data.dev(), data.ino()))
    }

    /// Elsewhere only names are compared.
    #[cfg(not(unix))]
    pub fn of(_: &Metadata) -> Option<Self> {
        None
    }

    /// The identity of what a path leads to, links resolved.
    pub fn at(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().as_ref().and_then(Self::of)
    }
}

impl Store {
    /// Whether a path leads to the state file, what SQLite keeps beside it, or the data files.
    ///
    /// Opens nothing: closing a state file would release the locks that this process holds on it.
    pub fn holds(&self, path: &Path) -> bool {
        let place = place_of(path);
        self.is_inside(&place) || self.is_of_root_key(&place) || FileId::at(path).is_some_and(|id| self.is_own(id))
    }

    /// Whether a path leads to the folder that the state file is in.
    pub fn is_home(&self, folder: &Path) -> bool {
        let Some((home, _)) = self.home() else { return false };
        let id = FileId::at(&home);
        place_of(folder) == home || id.is_some() && FileId::at(folder) == id
    }

    /// The name of a file that is kept beside the state file, if that is a file.
    pub fn beside(&self, ending: &str) -> Option<PathBuf> {
        let (home, state) = self.home()?;
        let mut name = state;
        name.push(ending);
        Some(home.join(name))
    }

    /// The same for an open file: what was opened counts, not what its name refers to now.
    pub fn holds_open(&self, file: &File) -> bool {
        file.metadata().ok().as_ref().and_then(FileId::of).is_some_and(|id| self.is_own(id))
    }

    /// Whether the place of a file is in the data folder, or has the name of a state's file in the folder of the state.
    fn is_inside(&self, place: &Path) -> bool {
        let data = fs::canonicalize(self.data_folder()).unwrap_or_else(|_| self.data_folder().to_owned());
        let data_id = FileId::at(&data);
        let is_data = |folder: &Path| folder == data || data_id.is_some() && FileId::at(folder) == data_id;
        if place.ancestors().any(is_data) {
            return true;
        }
        let Some((home, state)) = self.home() else { return false };
        // `state.db-wal`, `state.db.data`, `state.db.new-…`: everything whose name begins with the state's.
        let is_called_so = |place: &Path| {
            place.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&*state.to_string_lossy()))
        };
        let is_home =
            |folder: &Path| folder == home || FileId::at(folder).is_some_and(|id| FileId::at(&home) == Some(id));
        // A folder of such a name would stand in the way of the file, whatever is in it.
        place.ancestors().any(|place| is_called_so(place) && place.parent().is_some_and(is_home))
    }

    /// Whether a place is the file of the root key, a draft of it, or a folder above it: whoever reads it reads the secrets of the state.
    fn is_of_root_key(&self, place: &Path) -> bool {
        let Some(key) = &self.root_key else { return false };
        let key = place_of(key);
        let is_draft = || {
            let name = key.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            place.parent() == key.parent()
                && place.file_name().is_some_and(|other| other.to_string_lossy().starts_with(&name))
        };
        key.starts_with(place) || is_draft()
    }

    /// Whether one of the state's own files, looked at now, is this one.
    fn is_own(&self, id: FileId) -> bool {
        if self.root_key.as_ref().is_some_and(|key| FileId::at(key) == Some(id)) {
            return true;
        }
        let folders = self.home().map(|(home, _)| home).into_iter().chain([self.data_folder().to_owned()]);
        let entries = folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
        let own = entries.map(|entry| entry.path()).filter(|path| self.is_inside(path));
        own.filter_map(|path| fs::symlink_metadata(path).ok()).any(|data| FileId::of(&data) == Some(id))
    }

    /// The folder of the state file, and the name of the file.
    fn home(&self) -> Option<(PathBuf, std::ffi::OsString)> {
        let StatePath::File(_) = self.path() else { return None };
        let file = self.data_folder().with_extension("");
        let name = file.file_name()?.to_owned();
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some((fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()), name))
    }
}

/// The file that a path refers to, links resolved; for a missing file, the links of its folder.
fn place_of(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        path.file_name().map_or_else(|| folder.clone(), |name| folder.join(name))
    })
}
