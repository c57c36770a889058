use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};

/// Files in folders that are transcripts.
const EXTENSION: &str = "odps";

/// The transcripts at these paths: files as they are named, and every `*.odps` below folders, in the order of their names.
///
/// Links to folders are not followed.
///
/// # Errors
/// A path that is not there, a folder that cannot be listed, or no transcript at all.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            list(path, &mut found)?;
        } else if path.exists() {
            found.push(path.clone());
        } else {
            return Err(Error::new(Code::File, format!("File not exist: `{}`", path.display())));
        }
    }
    if found.is_empty() {
        return Err(Error::new(Code::File, "no transcript found here")
            .help(format!("give files, or folders with `*.{EXTENSION}` files")));
    }
    Ok(found)
}

fn list(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let failed =
        |error: std::io::Error| Error::new(Code::File, format!("cannot list `{}`: {}", folder.display(), error.kind()));
    let mut entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_type().map_err(failed)?.is_dir() {
            list(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == EXTENSION) {
            found.push(path);
        }
    }
    Ok(())
}
