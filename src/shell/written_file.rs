//! The file that a statement writes: which one a name refers to, and how an old one is replaced.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::path::{Path, PathBuf};

/// Most links that lead from one to the next, as for the system.
const LINKS: u32 = 40;

/// Folders whose names refer to open files.
const OPEN_FILES: [&str; 3] = ["/proc", "/dev", "/dev/fd"];

/// Why a name does not refer to a writable file.
#[derive(Debug)]
pub(super) enum Unwritable {
    /// It is not a regular file: a folder, a device, a pipe, or a name of an open file.
    Not(&'static str),
    /// The system says so.
    System(io::Error),
}

/// The file that `typed` refers to, links resolved: it, or its folder, exists.
///
/// # Errors
/// The file does not exist and cannot be created.
pub(super) fn resolve(typed: &Path) -> Result<PathBuf, Unwritable> {
    match fs::metadata(typed) {
        Ok(data) if data.is_dir() => return Err(Unwritable::Not("it is a folder")),
        // A device or a pipe would be replaced by a file.
        Ok(data) if !data.is_file() => return Err(Unwritable::Not("it is not a regular file")),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(Unwritable::System(error)),
    }
    let text = typed.as_os_str().to_string_lossy();
    if text.ends_with(std::path::is_separator) || text.ends_with("/.") {
        return Err(Unwritable::Not("there is no such folder"));
    }
    let mut path = typed.to_owned();
    for _ in 0..LINKS {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().ok_or(Unwritable::Not("it is not a file name"))?.to_owned();
        let folder = fs::canonicalize(folder).map_err(Unwritable::System)?;
        // What stands for an open file may lead to one with a name; to replace that is not to write into what is open.
        if stands_for_open(&folder) {
            return Err(Unwritable::Not("it is not a regular file"));
        }
        path = folder.join(name);
        match fs::read_link(&path) {
            Ok(next) => path = folder.join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(Unwritable::Not("its symbolic links form a loop"))
}

fn stands_for_open(folder: &Path) -> bool {
    folder.starts_with("/proc") || OPEN_FILES.iter().any(|name| folder == Path::new(name))
}

/// A new file beside one that it will replace, with the same readers as the old one.
///
/// # Errors
/// A file of that name exists, or none can be created.
pub(super) fn draft(path: &Path, target: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let old = fs::metadata(target).ok();
    #[cfg(unix)]
    if old.is_some() {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let file = options.open(path)?;
    if let Some(old) = old.map(|data| readable_as(&data.permissions())) {
        file.set_permissions(old)?;
    }
    Ok(file)
}

/// The same permissions to read and write; a file that runs as its owner is not replaced by one that does.
#[cfg(unix)]
fn readable_as(old: &Permissions) -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(old.mode() & 0o777)
}

#[cfg(not(unix))]
fn readable_as(old: &Permissions) -> Permissions {
    old.clone()
}

/// `<name>` with a prefix and a suffix, in the same folder.
pub(super) fn beside(path: &Path, before: &str, behind: &str) -> PathBuf {
    let mut name = OsString::from(before);
    name.push(path.file_name().unwrap_or_default());
    name.push(behind);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[cfg(unix)]
    use super::*;

    #[cfg(unix)]
    fn why(path: &Path) -> String {
        match resolve(path) {
            Ok(path) => path.display().to_string(),
            Err(Unwritable::Not(why)) => why.to_owned(),
            Err(Unwritable::System(error)) => error.kind().to_string(),
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_stands_for_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(folder.path()).unwrap();
        fs::write(folder.join("old"), "").unwrap();
        symlink("old", folder.join("link")).unwrap();
        symlink("new", folder.join("dangling")).unwrap();
        symlink("loop", folder.join("loop")).unwrap();
        symlink("/dev/stdout", folder.join("out")).unwrap();
        for (name, file) in [("old", "old"), ("link", "old"), ("new", "new"), ("dangling", "new")] {
            assert_eq!(resolve(&folder.join(name)).unwrap(), folder.join(file), "{name}");
        }
        assert_eq!(why(&folder), "it is a folder");
        assert_eq!(why(&folder.join("none/")), "there is no such folder");
        assert_eq!(why(&folder.join("none/.")), "there is no such folder");
        assert!(resolve(&folder.join("loop")).is_err() && resolve(&folder.join("none/a")).is_err());
        for name in ["/dev/null", "/dev/stdout", "/dev/new", "/proc/self/fd/0"] {
            assert_eq!(why(Path::new(name)), "it is not a regular file", "{name}");
        }
        assert_eq!(why(&folder.join("out")), "it is not a regular file");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_keeps_who_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join("old");
        fs::write(&old, "").unwrap();
        for mode in [0o600, 0o640, 0o444] {
            fs::set_permissions(&old, Permissions::from_mode(mode)).unwrap();
            let path = beside(&old, ".", ".part");
            draft(&path, &old).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
            fs::remove_file(&path).unwrap();
        }
    }
}
