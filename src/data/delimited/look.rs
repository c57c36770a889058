//! The files of an upload, as they were when they were looked at.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::error::{Code, Error, Result, shortened, system_words};

/// A file that is uploaded, as it was when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// Where it is, from the root.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// When it was changed, in nanoseconds since 1970.
    pub modified: i64,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The file, or the files of the folder, by name; their paths go from the root.
    pub files: Vec<TextFile>,
    /// What else is in the folder, which is left out: folders, pipes, links to nothing. Source: odpscmd.
    pub left_out: Vec<String>,
    /// The links that were followed: what they are called, and the file or folder they lead to.
    pub links: Vec<(String, PathBuf)>,
}

/// What is uploaded from `path`: the file there, or the files of the folder there.
///
/// # Errors
/// Nothing is there, or something that is no file: a pipe or device may never end.
pub fn look(path: &Path) -> Result<Found> {
    let shown = shortened(&path.display().to_string());
    // Source: odpscmd.
    let missing = || {
        Error::new(Code::File, format!("Upload File not found: '{shown}'"))
            .help("a relative path starts at the folder in which the shell was started")
    };
    let unusable = |why: &str| {
        Error::new(Code::File, format!("'{shown}' cannot be uploaded: {why}")).help("give a file, or a folder of files")
    };
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => missing(),
        _ => unusable(&system_words(&error)),
    };
    let root = std::fs::canonicalize(path).map_err(unreadable)?;
    let mut found = Found::default();
    if path.is_symlink() {
        found.links.push((shown.clone(), root.clone()));
    }
    if !root.is_dir() {
        found.files.push(file(root).map_err(|why| unusable(&why))?);
        return Ok(found);
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&root).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = shortened(&path.file_name().unwrap_or_default().to_string_lossy());
        // A link to nothing has no place.
        match std::fs::canonicalize(&path).ok().filter(|path| path.is_file()) {
            Some(file) => {
                if path.is_symlink() {
                    found.links.push((name, file.clone()));
                }
                paths.push(file);
            }
            None => found.left_out.push(name),
        }
    }
    paths.sort();
    found.left_out.sort();
    found.links.sort();
    for path in paths {
        let inside = shortened(&path.file_name().unwrap_or_default().to_string_lossy());
        found.files.push(file(path).map_err(|why| unusable(&format!("`{inside}` in it: {why}")))?);
    }
    Ok(found)
}

fn file(path: PathBuf) -> Result<TextFile, String> {
    // Asked before it is opened: opening a pipe may already wait for ever.
    let data = std::fs::metadata(&path).map_err(|error| system_words(&error))?;
    if !data.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    if data.len() == 0 {
        // What the system makes up while it is read has no size: its end could not be told from a file that was cut.
        let mut first = [0];
        let read = File::open(&path).and_then(|mut file| file.read(&mut first));
        if read.map_err(|error| system_words(&error))? > 0 {
            return Err("it reports no size but has content; copy it into a regular file first".to_owned());
        }
    }
    Ok(TextFile::of(path, &data))
}

impl TextFile {
    fn of(path: PathBuf, data: &Metadata) -> Self {
        let since = data.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let modified = i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
        Self { path, bytes: data.len(), modified }
    }

    /// Opens it.
    ///
    /// # Errors
    /// It cannot be read, or is another than was looked at.
    pub(super) fn open(&self) -> Result<File> {
        // A pipe that took its place would wait for ever.
        if !std::fs::metadata(&self.path).is_ok_and(|data| data.is_file()) {
            return Err(self.changed());
        }
        let file = File::open(&self.path).map_err(|error| self.unreadable(&error))?;
        self.check(&file)?;
        Ok(file)
    }

    /// Looks whether the open file is still what was looked at.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn check(&self, file: &File) -> Result<()> {
        let data = file.metadata().map_err(|error| self.unreadable(&error))?;
        match Self::of(self.path.clone(), &data) == *self {
            true => Ok(()),
            false => Err(self.changed()),
        }
    }

    /// What it is called in messages.
    pub(super) fn shown(&self) -> String {
        shortened(&self.path.display().to_string())
    }

    pub(super) fn unreadable(&self, error: &std::io::Error) -> Box<Error> {
        Error::new(Code::File, format!("'{}' cannot be read: {}", self.shown(), system_words(error)))
    }

    /// The error for a file that is no longer what an upload began with.
    pub fn changed(&self) -> Box<Error> {
        Error::new(Code::File, format!("'{}' changed since the upload began", self.shown()))
            .help("start over with `tunnel resume -force`")
    }
}
