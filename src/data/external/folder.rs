//! Folders of this machine, as locations name them: what was opened counts, not what a name leads to now (EXT-2, FLW-11).

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::place::{At, Found};
use super::{Folders, Outside};
use crate::error::{Code, Error, Result, system_words};
use crate::model::{Column, Location, PartitionSpec, Root, partition_folder};

/// Folders inside of each other.
const DEPTH: usize = 16;
/// Files of one location.
const FILES: usize = 100_000;

/// Folders whose files are no data: processes, devices, what is open.
const SYSTEM: [&str; 3] = ["/proc", "/sys", "/dev"];

/// A folder that may be used.
#[derive(Debug)]
pub(super) struct Folder {
    /// Where it is, links resolved.
    path: PathBuf,
}

impl Folder {
    /// Opens the folder of a location.
    ///
    /// # Errors
    /// There is none, it is a part of the state, or what its name leads to is outside of what is allowed.
    pub fn open(location: &Location, scan: &Folders) -> Result<Self> {
        let named = path_of(location)?;
        match fs::canonicalize(&named) {
            Ok(path) => {
                check_is_below_table(location, &path, scan)?;
                Self::checked(path, scan)
            }
            Err(error) => {
                // What there is in the state's folder does not show.
                check_way(&named, scan)?;
                Err(match error.kind() {
                    std::io::ErrorKind::NotFound => Error::new(Code::File, "the location does not exist")
                        .help("make the folder, or name another one"),
                    _ => unreadable(&error),
                })
            }
        }
    }

    /// The same; makes the folder, and those above it as far as they are missing.
    pub fn make(location: &Location, scan: &Folders) -> Result<Self> {
        let named = path_of(location)?;
        // Before anything is made: where it would be.
        check_way(&named, scan)?;
        fs::create_dir_all(&named).map_err(|error| {
            Error::new(Code::File, format!("the location cannot be made: {}", system_words(&error)))
        })?;
        Self::open(location, scan)
    }

    /// A folder that was opened before, and may be another one by now.
    pub fn of_written(path: PathBuf, scan: &Folders) -> Result<Self> {
        let now = fs::canonicalize(&path).map_err(|error| unreadable(&error))?;
        match now == path {
            true => Self::checked(path, scan),
            false => Err(Error::new(Code::File, "the location was replaced while it was written")),
        }
    }

    fn checked(path: PathBuf, scan: &Folders) -> Result<Self> {
        check(&path, scan)?;
        match path.is_dir() {
            true => Ok(Self { path }),
            false => {
                Err(Error::new(Code::File, "the location is not a folder")
                    .help("name the folder that contains the files"))
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its files and those of the folders in it, by name. Names that begin with `.` or `_` are no data, as in Hive; links are not followed.
    pub fn files(&self, outside: &dyn Outside) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        list(&self.path, DEPTH, outside, &mut found)?;
        found.sort_by(|one: &Found, other: &Found| one.at.cmp(&other.at));
        Ok(found)
    }

    /// Opens a file that [`Self::files`] found.
    pub fn read(&self, path: &Path, outside: &dyn Outside) -> Result<File> {
        let file = File::open(path).map_err(|error| unreadable(&error))?;
        if outside.holds_open(&file) {
            // Closing it would release the locks that this process holds on the state.
            std::mem::forget(file);
            return Err(belongs());
        }
        let data = file.metadata().map_err(|error| unreadable(&error))?;
        match data.is_file() && opened(&file, path)?.starts_with(&self.path) {
            true => Ok(file),
            false => Err(Error::new(Code::File, "a file of the location was replaced while it was read")
                .help("run the statement again")),
        }
    }
}

/// Checks that a file that was opened in a folder is there.
pub(super) fn check_inside(file: &File, path: &Path, folder: &Path) -> Result<()> {
    match opened(file, path)?.starts_with(folder) {
        true => Ok(()),
        false => Err(Error::new(Code::File, "the location was replaced while it was written")),
    }
}

/// The name of what was opened, links resolved.
fn opened(file: &File, path: &Path) -> Result<PathBuf> {
    #[cfg(target_os = "linux")]
    {
        let _ = path;
        let number = std::os::fd::AsRawFd::as_raw_fd(file);
        fs::read_link(format!("/proc/self/fd/{number}")).map_err(|error| unreadable(&error))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = file;
        fs::canonicalize(path).map_err(|error| unreadable(&error))
    }
}

/// Checks where a folder would be that is not there.
fn check_way(named: &Path, scan: &Folders) -> Result<()> {
    let there = named.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let missing = named.strip_prefix(there).unwrap_or(Path::new("")).to_owned();
    let there = fs::canonicalize(there).map_err(|error| unreadable(&error))?;
    check(&there.join(missing), scan)
}

/// A folder that lies in that of its table by its name does so in truth: whoever names it need not be who names where the table is, and a link
/// would lead its rights out of there (EXT-1).
fn check_is_below_table(location: &Location, path: &Path, scan: &Folders) -> Result<()> {
    if !scan.table.covers(location) {
        return Ok(());
    }
    let (named, of_table) = (path_of(location)?, path_of(&scan.table)?);
    let below = named.strip_prefix(&of_table).unwrap_or(Path::new(""));
    match fs::canonicalize(&of_table).is_ok_and(|of_table| of_table.join(below) == path) {
        true => Ok(()),
        false => Err(Error::new(Code::File, "the location leads out of the location of its table by a link")
            .help("name the folder that the link leads to")),
    }
}

/// Checks a path whose links are resolved: it is no part of the state, and inside of what is allowed.
fn check(path: &Path, scan: &Folders) -> Result<()> {
    if SYSTEM.iter().any(|folder| path.starts_with(folder)) {
        return Err(
            Error::new(Code::File, "the location is a folder of the system").help("name a folder that contains files")
        );
    }
    if scan.outside.holds(path) || scan.outside.is_home(path) {
        return Err(belongs());
    }
    let is_in = |allowed: &Location| {
        let Ok(folder) = path_of(allowed) else { return false };
        path.starts_with(fs::canonicalize(&folder).unwrap_or(folder))
    };
    match &scan.allowed {
        Some(allowed) if !allowed.iter().any(is_in) => {
            Err(Error::new(Code::Authorization, "the location leads outside of the locations that the project allows")
                .help("a folder on the way is a link to somewhere else"))
        }
        _ => Ok(()),
    }
}

fn belongs() -> Box<Error> {
    Error::new(Code::File, "the location belongs to the state").help("name another folder (FLW-11)")
}

fn unreadable(error: &std::io::Error) -> Box<Error> {
    Error::new(Code::File, format!("the location cannot be read: {}", system_words(error)))
}

/// The path that a location of this machine is.
///
/// # Errors
/// It is in a bucket.
pub(super) fn path_of(location: &Location) -> Result<PathBuf> {
    match &location.root {
        Root::Machine => Ok(std::iter::once("/").chain(location.parts.iter().map(String::as_str)).collect()),
        Root::Bucket { .. } => Err(Error::new(Code::Internal, "the location is in a bucket")),
    }
}

fn is_data(name: &std::ffi::OsStr) -> bool {
    !name.to_string_lossy().starts_with(['.', '_'])
}

fn list(folder: &Path, depth: usize, outside: &dyn Outside, found: &mut Vec<Found>) -> Result<()> {
    if depth == 0 {
        return Err(Error::new(
            Code::File,
            format!("the folders of the location are nested deeper than {DEPTH} levels"),
        ));
    }
    for entry in fs::read_dir(folder).map_err(|error| unreadable(&error))? {
        let entry = entry.map_err(|error| unreadable(&error))?;
        if !is_data(&entry.file_name()) {
            continue;
        }
        // Of the entry itself: a link is neither.
        let data = entry.metadata().map_err(|error| unreadable(&error))?;
        let path = entry.path();
        if data.is_dir() {
            if outside.holds(&path) {
                return Err(belongs());
            }
            list(&path, depth - 1, outside, found)?;
        } else if data.is_file() {
            found.push(Found { at: At::File(path), bytes: data.len() });
        }
        if found.len() > FILES {
            return Err(Error::new(Code::File, format!("the location contains more than {FILES} files")));
        }
    }
    Ok(())
}

/// The partitions whose folders, `<column>=<value>` inside of each other, are in a location. A folder that names no value of its column is
/// passed over.
///
/// # Errors
/// The location cannot be read.
pub(super) fn partitions(location: &Location, columns: &[Column], scan: &Folders) -> Result<Vec<PartitionSpec>> {
    let folder = Folder::open(location, scan)?;
    let mut found = Vec::new();
    below(folder.path(), columns, &mut Vec::new(), scan.outside.as_ref(), &mut found)?;
    found.sort();
    Ok(found)
}

fn below(
    folder: &Path,
    columns: &[Column],
    values: &mut Vec<(String, String)>,
    outside: &dyn Outside,
    found: &mut Vec<PartitionSpec>,
) -> Result<()> {
    let Some((column, others)) = columns.split_first() else {
        found.push(PartitionSpec(values.clone()));
        return match found.len() > FILES {
            true => Err(Error::new(Code::File, format!("the location contains more than {FILES} partitions"))),
            false => Ok(()),
        };
    };
    for entry in fs::read_dir(folder).map_err(|error| unreadable(&error))? {
        let entry = entry.map_err(|error| unreadable(&error))?;
        let is_folder = entry.metadata().map_err(|error| unreadable(&error))?.is_dir();
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((_, value)) = name.split_once('=').filter(|_| is_folder) else { continue };
        // Its files are looked for where its value leads to, in the same letters.
        let Some(value) = value_of(value).filter(|value| name == partition_folder(&column.name, value)) else {
            continue;
        };
        if outside.holds(&entry.path()) {
            continue;
        }
        values.push((column.name.clone(), value));
        below(&entry.path(), others, values, outside, found)?;
        values.pop();
    }
    Ok(())
}

/// The value that the name of a folder stands for; nothing of what no partition can have.
pub(super) fn value_of(name: &str) -> Option<String> {
    let value = unescaped(name)?;
    let is_printable = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    (!value.is_empty() && value.len() <= 255 && is_printable).then_some(value)
}

/// A name in which bytes may be written as `%xx`.
pub(super) fn unescaped(name: &str) -> Option<String> {
    let mut bytes = name.bytes();
    let mut value = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            value.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        value.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    String::from_utf8(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_names_of_folders_and_back() {
        let location = Location { root: Root::Machine, parts: Vec::new() };
        for value in ["20240101", "a/b", "x=y", "100%", "..", ".", "a b", "c:d"] {
            let spec = PartitionSpec(vec![("ds".to_owned(), value.to_owned())]);
            let folder = location.of_partition(&spec).parts.remove(0);
            let name = folder.strip_prefix("ds=").unwrap();
            assert!(!name.contains('/') && name != "..", "{name}");
            assert_eq!(value_of(name).as_deref(), Some(value));
        }
        for name in ["", "%", "%zz", "%00", "%c3%a4", &"a".repeat(256)] {
            assert_eq!(value_of(name), None, "{name}");
        }
    }
}
