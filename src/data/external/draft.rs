//! Files outside that are written and do not have their names yet: a crash leaves nothing that is read (EXT-1).
//!
//! In a folder, a draft has a name that is no data. For a bucket, a file lies among the temporary ones until it is sent, in parts that nobody
//! sees before the last one; each part is sent only while the statement is still allowed (FLW-12).

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};

use object_store::path::Path as Key;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};
use tokio::runtime::Handle;

use super::Folders;
use super::bucket::{Bucket, failed};
use super::folder::{Folder, check_inside};
use super::place::At;
use super::write::NAME;
use crate::error::{Code, Error, Result, system_words};
use crate::model::{Location, PartitionSpec, Root};

/// What the names of drafts begin with: no data, for every reader that knows Hive's names.
const DRAFT: &str = ".odpsh-draft-";
/// Names that are tried for one file.
const NAMES: usize = 10_000;
/// Bytes of a part that is sent to a store.
const PART: u64 = 8 << 20;

/// A file without its name, in its folder.
#[derive(Debug)]
struct Draft {
    /// Locked while it is a draft.
    _lock: File,
    path: PathBuf,
    name: PathBuf,
}

/// A file that is to be sent to a bucket.
struct Staged {
    file: PathBuf,
    bucket: Bucket,
    key: Key,
    /// Once it is being sent.
    upload: Option<Box<dyn MultipartUpload>>,
}

/// A folder that is written to.
#[derive(Debug, Clone)]
enum Written {
    Folder(PathBuf),
    Bucket(Bucket),
}

/// The files that a statement wrote outside. Dropped without [`Drafts::publish`], they are removed.
pub struct Drafts {
    scan: Folders,
    runtime: Handle,
    /// The folder of data files: what a crash leaves there is found by the name of the job.
    temporary: PathBuf,
    made: Vec<Draft>,
    staged: Vec<Staged>,
    /// The folders that were written to, each with its partition.
    folders: Vec<(PartitionSpec, Written)>,
    /// Records that would read back as others.
    pub ambiguous: u64,
}

impl Drafts {
    pub(super) fn new(scan: Folders, runtime: Handle, temporary: PathBuf) -> Self {
        let (made, staged, folders) = (Vec::new(), Vec::new(), Vec::new());
        Self { scan, runtime, temporary, made, staged, folders, ambiguous: 0 }
    }

    /// Begins a file in the folder of a partition.
    pub(super) fn begin(&mut self, partition: &PartitionSpec, location: &Location, name: &str) -> Result<File> {
        match self.enter(partition, location)? {
            Written::Folder(folder) => self.draft(&folder, name),
            Written::Bucket(bucket) => self.stage(bucket, name),
        }
    }

    /// The folder of a partition. Drafts there that no process writes are removed.
    fn enter(&mut self, partition: &PartitionSpec, location: &Location) -> Result<Written> {
        if let Some((_, known)) = self.folders.iter().find(|(known, _)| known == partition) {
            return Ok(known.clone());
        }
        let written = match location.root {
            Root::Machine => {
                let folder = Folder::make(location, &self.scan)?;
                remove_abandoned(folder.path());
                Written::Folder(folder.path().to_owned())
            }
            Root::Bucket { .. } => Written::Bucket(Bucket::open(location, &self.scan)?),
        };
        self.folders.push((partition.clone(), written.clone()));
        Ok(written)
    }

    /// Notes that a partition is written to, also without rows.
    pub(super) fn prepare(&mut self, partition: &PartitionSpec, location: &Location) -> Result<()> {
        self.enter(partition, location).map(drop)
    }

    fn draft(&mut self, folder: &Path, name: &str) -> Result<File> {
        let free = |name: &String| !folder.join(name).exists() && !folder.join(draft_of(name)).exists();
        let name = free_name(name, free)?;
        let path = folder.join(draft_of(&name));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let file = options.open(&path).map_err(|error| unwritable(&error))?;
        check_inside(&file, &path, folder)?;
        let lock = file.try_clone().map_err(|error| unwritable(&error))?;
        let locked = lock.try_lock();
        self.made.push(Draft { _lock: lock, path, name: folder.join(name) });
        locked.map_err(|_| Error::new(Code::File, "a file of the location is locked"))?;
        Ok(file)
    }

    fn stage(&mut self, bucket: Bucket, name: &str) -> Result<File> {
        let there = self.runtime.block_on(bucket.files())?;
        let free = |name: &String| {
            let key = bucket.child(name);
            !there.iter().any(|(known, _)| *known == key) && !self.staged.iter().any(|staged| staged.key == key)
        };
        let key = bucket.child(&free_name(name, free)?);
        let path = self.temporary.join(format!("{}-outside-{}", name.trim_start_matches(NAME), self.staged.len()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| unwritable(&error))?;
        self.staged.push(Staged { file: path, bucket, key, upload: None });
        Ok(file)
    }

    /// The partitions that were written to.
    pub fn partitions(&self) -> impl Iterator<Item = &PartitionSpec> {
        self.folders.iter().map(|(partition, _)| partition)
    }

    /// Sends what goes to buckets, part by part; before each, `check` says whether it may be sent. Nobody sees it before [`Drafts::publish`].
    ///
    /// # Errors
    /// Those of `check`; the store refuses it.
    pub fn send(&mut self, check: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        for staged in &mut self.staged {
            let mut file = File::open(&staged.file).map_err(|error| unwritable(&error))?;
            check()?;
            let begun = self.runtime.block_on(staged.bucket.store().put_multipart(&staged.key));
            let upload = staged.upload.insert(begun.map_err(|error| failed(&error))?);
            loop {
                let mut part = Vec::new();
                (&mut file).take(PART).read_to_end(&mut part).map_err(|error| unwritable(&error))?;
                if part.is_empty() {
                    break;
                }
                check()?;
                self.runtime.block_on(upload.put_part(PutPayload::from(part))).map_err(|error| failed(&error))?;
            }
        }
        Ok(())
    }

    /// Gives every file its name; with `overwrite`, the other files of the folders that were written to go.
    ///
    /// # Errors
    /// The system or the store refuses it. Files that have their names keep them.
    pub fn publish(mut self, overwrite: bool) -> Result<()> {
        let old = if overwrite { self.replaced()? } else { Vec::new() };
        for Draft { path, name, .. } in &self.made {
            if name.exists() {
                return Err(Error::new(Code::File, "a file of that name was made in the location meanwhile")
                    .help("run the statement again"));
            }
            fs::rename(path, name).map_err(|error| unwritable(&error))?;
        }
        self.made.clear();
        for mut staged in std::mem::take(&mut self.staged) {
            let Some(mut upload) = staged.upload.take() else {
                return Err(Error::new(Code::Internal, "a file of a bucket was not sent"));
            };
            let completed = self.runtime.block_on(upload.complete());
            drop(fs::remove_file(&staged.file));
            completed.map_err(|error| failed(&error))?;
        }
        for (written, at) in old {
            match (written, at) {
                (_, At::File(file)) => fs::remove_file(&file).map_err(|error| unwritable(&error))?,
                (Written::Bucket(bucket), At::Object(key)) => {
                    self.runtime.block_on(bucket.store().delete(&key)).map_err(|error| failed(&error))?;
                }
                (Written::Folder(_), At::Object(_)) => {}
            }
        }
        for (_, written) in &self.folders {
            if let Written::Folder(folder) = written {
                File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| unwritable(&error))?;
            }
        }
        Ok(())
    }

    /// The files that an overwrite replaces.
    fn replaced(&self) -> Result<Vec<(Written, At)>> {
        let mut old = Vec::new();
        for (_, written) in &self.folders {
            let found = match written {
                Written::Folder(path) => {
                    let folder = Folder::of_written(path.clone(), &self.scan)?;
                    folder.files(self.scan.outside.as_ref())?.into_iter().map(|found| found.at).collect::<Vec<_>>()
                }
                Written::Bucket(bucket) => {
                    let objects = self.runtime.block_on(bucket.files())?;
                    objects.into_iter().map(|(key, _)| At::Object(key)).collect()
                }
            };
            for at in found {
                // Whoever wrote another file may not expect that a statement deletes it.
                let is_ours = match (&at, written) {
                    (At::File(file), Written::Folder(folder)) => {
                        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
                        file.parent() == Some(folder) && name.is_some_and(|name| name.starts_with(NAME))
                    }
                    (At::Object(key), Written::Bucket(bucket)) => {
                        let name = key.filename().unwrap_or_default();
                        bucket.child(name) == *key && name.starts_with(NAME)
                    }
                    _ => false,
                };
                if !is_ours {
                    return Err(Error::new(Code::File, "the location contains files that no statement has written")
                        .help("remove them, or write `insert into`: only files that statements wrote are replaced"));
                }
                old.push((written.clone(), at));
            }
        }
        Ok(old)
    }
}

impl Drop for Drafts {
    fn drop(&mut self) {
        for draft in &self.made {
            // One that cannot be removed is never read, and goes with the next write into its folder.
            drop(fs::remove_file(&draft.path));
        }
        for staged in &mut self.staged {
            drop(fs::remove_file(&staged.file));
            if let Some(upload) = &mut staged.upload {
                // Parts that nobody sees; the store forgets them.
                drop(self.runtime.block_on(upload.abort()));
            }
        }
    }
}

/// The first of these names that is free: another state may have written a file of this name.
fn free_name(name: &str, is_free: impl Fn(&String) -> bool) -> Result<String> {
    let mut names = (0..NAMES).map(|number| match name.rsplit_once('.') {
        _ if number == 0 => name.to_owned(),
        Some((stem, extension)) => format!("{stem}-{number}.{extension}"),
        None => format!("{name}-{number}"),
    });
    names.find(is_free).ok_or_else(|| {
        Error::new(Code::File, "the location contains too many files of the same name").help("name another folder")
    })
}

fn draft_of(name: &str) -> String {
    format!("{DRAFT}{name}")
}

/// Removes drafts whose process has ended.
fn remove_abandoned(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_draft = entry.file_name().to_string_lossy().starts_with(DRAFT);
        let is_file = entry.metadata().is_ok_and(|data| data.is_file());
        if !(is_draft && is_file) {
            continue;
        }
        let is_abandoned = File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
        if is_abandoned {
            drop(fs::remove_file(entry.path()));
        }
    }
}

pub(super) fn unwritable(error: &std::io::Error) -> Box<Error> {
    Error::new(Code::File, format!("the location cannot be written: {}", system_words(error)))
        .help("name a folder that can be written to")
}
