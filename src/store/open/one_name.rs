//! A state file has one name, and none that SQLite gives to files beside another one.

use std::fs;
use std::path::Path;

use crate::error::{Code, Error, Result};
use crate::store::scratch::remove_drafts;

/// A file of this name would be deleted as what SQLite keeps beside another state.
pub fn check_is_no_companion(file: &Path) -> Result<()> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match ["-wal", "-shm", "-journal"].into_iter().find(|ending| name.ends_with(ending)) {
        None => Ok(()),
        Some(ending) => {
            let text =
                format!("`{}` cannot be a state file: `{ending}` is the ending of a file beside one", file.display());
            Err(Error::new(Code::StateFile, text).help("give the state another name"))
        }
    }
}

/// Refuses a state file that has a second name: SQLite keeps its log beside the name that it was opened by, and the data folder is
/// found by it, so that shells which use different names overwrite each other's changes.
pub fn check_has_one_name(file: &Path) -> Result<()> {
    let refused = |what: &str, help: String| {
        Err(Error::new(Code::StateFile, format!("the state file `{}` {what}", file.display())).help(help))
    };
    if links(file) > 1 {
        // A draft of a process that was killed between linking and unlinking it is such a name.
        remove_drafts(file);
    }
    if links(file) > 1 {
        return refused(
            "has several names (hard links)",
            format!(
                "keep one: copy it (`cp {0} {0}.copy`) or remove the others; use a symbolic link for a second name",
                file.display()
            ),
        );
    }
    if is_mount_point(file) {
        return refused(
            "is a mount point, so it has another name elsewhere",
            "mount the folder that holds it and its data folder instead".to_owned(),
        );
    }
    Ok(())
}

#[cfg(unix)]
fn links(file: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    file.metadata().map_or(1, |data| data.nlink())
}

#[cfg(not(unix))]
fn links(_: &Path) -> u64 {
    1
}

/// Whether something is mounted at this very file. Source: proc_pid_mountinfo(5), the fifth field, spaces as `\040`.
fn is_mount_point(file: &Path) -> bool {
    let Ok(mounts) = fs::read_to_string("/proc/self/mountinfo") else { return false };
    let name = file
        .to_string_lossy()
        .replace('\\', "\\134")
        .replace(' ', "\\040")
        .replace('\t', "\\011")
        .replace('\n', "\\012");
    mounts.lines().any(|line| line.split(' ').nth(4) == Some(&*name))
}
