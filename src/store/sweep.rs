//! Cleaning up: expired results and versions, dead files, and what ended processes left behind, beside processes that are running.

use std::io;
use std::path::{Path, PathBuf};

use super::lease::Leases;
use super::open::Store;
use super::transaction::Snapshot;
use crate::error::Result;
use crate::model::{ObjectId, ProjectId, Time};

impl Store {
    /// Deletes expired results and versions, dead files that nobody reads any more, and files of jobs whose processes ended without a commit, and ends
    /// their instances. Safe while other processes read or write. Also deletes some pieces of dead resource content.
    ///
    /// `now` is the system time, not a session's `.clock`. Only files that rows or
    /// announcements name are touched; another shell's work is never deleted.
    ///
    /// # Errors
    /// The state cannot be read or written; a file that cannot be deleted is left for the next time.
    pub fn sweep(&self, now: Time) -> Result<()> {
        let expired = "select 1 from instance_result where kept_until <= ?1";
        let (expires, old, left) = {
            let snapshot = self.read()?;
            let expires = snapshot.one(expired, [now.0], |_| Ok(()))?.is_some();
            let old = snapshot.projects_with_old_versions(now)?;
            (expires, old, LeftBehind::find(&snapshot, self.data_folder())?)
        };
        if expires || !old.is_empty() || !left.is_empty() {
            self.sweep_left_behind(expires, &old, now)?;
        }
        self.delete_some_content()?;
        Ok(())
    }

    fn sweep_left_behind(&self, expires: bool, old: &[ProjectId], now: Time) -> Result<()> {
        let write = self.write()?;
        write.expire_versions(old, now)?;
        if expires {
            write.expire_results(now)?;
        }
        // Repeated under the write lock: a lease taken from now on sees only live files.
        let left = LeftBehind::find(&write, self.data_folder())?;
        for name in left.dead {
            if gone(&self.data_folder().join(&name)) {
                write.run("delete from data_file where name = ?1", [&name])?;
            }
        }
        // Keep announcements whose files could not be listed.
        let announced = if left.prefixes.is_empty() { Ok(Vec::new()) } else { parquet_files(self.data_folder()) };
        for prefix in left.prefixes.iter().filter(|_| announced.is_ok()) {
            let mut all_gone = true;
            for (name, file) in announced.iter().flatten().filter(|(name, _)| is_of(prefix, name)) {
                // Keep finished blocks of an upload that can be resumed.
                all_gone &= write.is_in_tunnel(name)? || write.is_live(name)? || gone(file);
            }
            if all_gone {
                write.end_announcement(prefix)?;
            }
        }
        write.remove_tunnel_drafts(&left.drafts)?;
        write.end_storing(&left.contents)?;
        self.end_orphans(&write, &left.instances, now)?;
        write.commit()
    }

    /// The number of data files that have become dead so far (see [`Lease`](super::Lease)).
    pub(super) fn deaths(&self) -> Result<i64> {
        self.read()?.last_death()
    }
}

/// Items that no running process uses.
#[derive(Default)]
struct LeftBehind {
    /// Dead files that no lease keeps.
    dead: Vec<String>,
    /// Announcements of ended processes.
    prefixes: Vec<String>,
    /// Tunnel sessions of ended processes, with the drafts of their downloads.
    drafts: Vec<(String, String)>,
    /// Instances of ended processes.
    instances: Vec<ObjectId>,
    /// Bytes that ended processes were storing.
    contents: Vec<i64>,
}

impl LeftBehind {
    fn find(snapshot: &Snapshot<'_>, data: &Path) -> Result<Self> {
        // Most of the time nothing is dead and nobody writes: then no folder is read.
        let any: Option<bool> = snapshot.one(
            "select exists (select 1 from data_file where table_id is null and kept = 0) or exists (select 1 from writing)
               or exists (select 1 from instance_object where status = 'Running')
               or exists (select 1 from tunnel_session where draft is not null)
               or exists (select 1 from resource_content where lease <> '')",
            [],
            |row| row.get(0),
        )?;
        if !any.unwrap_or_default() {
            return Ok(Self::default());
        }
        let leases = Leases::held(data)?;
        let unused = leases.unused_since(snapshot.last_death()?);
        let is_left = |lease: &String| !leases.has(lease);
        let prefixes: Vec<(String, String)> =
            snapshot.all("select prefix, lease from writing", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let drafts: Vec<(String, String, String)> =
            snapshot.all("select id, draft, lease from tunnel_session where draft is not null", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let instances: Vec<(ObjectId, String)> =
            snapshot.all("select id, lease from instance_object where status = 'Running'", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let contents: Vec<(i64, String)> =
            snapshot.all("select id, lease from resource_content where lease <> ''", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        Ok(Self {
            dead: snapshot.all(
                "select name from data_file where table_id is null and kept = 0 and died <= ?1",
                [unused],
                |row| row.get(0),
            )?,
            prefixes: prefixes.into_iter().filter(|(_, lease)| is_left(lease)).map(|left| left.0).collect(),
            drafts: drafts.into_iter().filter(|left| is_left(&left.2)).map(|left| (left.0, left.1)).collect(),
            instances: instances.into_iter().filter(|(_, lease)| is_left(lease)).map(|left| left.0).collect(),
            contents: contents.into_iter().filter(|(_, lease)| is_left(lease)).map(|left| left.0).collect(),
        })
    }

    fn is_empty(&self) -> bool {
        self.dead.is_empty()
            && self.prefixes.is_empty()
            && self.drafts.is_empty()
            && self.instances.is_empty()
            && self.contents.is_empty()
    }
}

/// Whether a file is one that was announced: `<prefix>-<…>.parquet`.
pub(super) fn is_of(prefix: &str, name: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('-'))
}

/// The data files that are in the folder, whether anyone knows them or not. They are listed and not counted: blocks that were
/// given up, or a thread that never came to its file, leave gaps between the numbers.
fn parquet_files(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| name.ends_with(".parquet")) {
            files.push((name.to_owned(), path.clone()));
        }
    }
    Ok(files)
}

/// Deletes the draft of a download: a file, or a folder with the drafts of several. Returns whether it no longer exists.
pub(super) fn draft_gone(draft: &Path) -> bool {
    let is_folder = std::fs::symlink_metadata(draft).is_ok_and(|data| data.is_dir());
    if !is_folder {
        return gone(draft);
    }
    // Drafts are files: a folder in it is none, and keeps it where it is.
    for file in std::fs::read_dir(draft).into_iter().flatten().flatten() {
        gone(&file.path());
    }
    std::fs::remove_dir(draft).is_ok()
}

/// Deletes a file. Returns whether it no longer exists.
pub(super) fn gone(file: &Path) -> bool {
    match std::fs::remove_file(file) {
        Ok(()) => true,
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::draft_gone;

    #[test]
    fn the_drafts_of_a_download_go_and_nothing_else_does() {
        let home = tempfile::tempdir().unwrap();
        let [file, folder, other] = ["file", "folder", "other"].map(|name| home.path().join(name));
        std::fs::write(&file, "").unwrap();
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("t.1.csv"), "x").unwrap();
        std::fs::create_dir_all(other.join("inner")).unwrap();
        for gone in [&file, &folder, &home.path().join("none")] {
            assert!(draft_gone(gone) && !gone.exists(), "{gone:?}");
        }
        assert!(!draft_gone(&other) && other.join("inner").exists());
    }
}
