//! Local files that statements store and write, never those of the state itself (FLW-11).

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::written_file::{self, Unwritable};
use crate::command::{Draft, Folders, Pieces, Place};
use crate::error::{Code, Error, Result, shortened, system_words};
use crate::store::Store;
use crate::syntax::FileName;
use crate::text::Span;

/// Folders whose files are no data: processes, devices, what is open.
const SYSTEM: [&str; 3] = ["/proc", "/sys", "/dev"];

/// Bytes that are held in memory at once.
const PIECE: usize = 1024 * 1024;

/// Bytes of a file after which they are put on disk: a file system lets other processes wait for all that was written before.
const SYNCED_AT_ONCE: usize = 4 * PIECE;

/// `~` at the start means the user's home folder, as in the client.
pub(super) fn expanded(text: &str) -> PathBuf {
    match text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\'])) {
        Some(rest) => match directories::BaseDirs::new() {
            Some(folders) => folders.home_dir().join(rest.trim_start_matches(['/', '\\'])),
            None => PathBuf::from(text),
        },
        None => PathBuf::from(text),
    }
}

fn wrong(text: &str, why: &str, span: Span) -> Box<Error> {
    Error::new(Code::File, format!("`{}` {why}", shortened(text))).at(span)
}

pub(super) fn belongs(text: &str, span: Span) -> Box<Error> {
    wrong(text, "belongs to the state", span).help("give another file (FLW-11)")
}

/// Said where a file is stored or uploaded that a link leads to.
pub(super) fn link_followed(name: &str, target: &Path) -> String {
    format!("warning: `{}` is a symbolic link to {}", shortened(name), shortened(&target.display().to_string()))
}

/// Opens a file to be stored, at most `limit` bytes of it; a longer one is refused.
pub(super) fn read(name: &FileName, limit: u64, store: &Store) -> Result<Pieces> {
    let (text, span) = (name.text.clone(), name.span);
    let unreadable = move |text: &str, error: &std::io::Error| match error.kind() {
        // Source: odpscmd.
        ErrorKind::NotFound => Error::new(Code::File, format!("File not exist:{}", shortened(text))).at(span),
        _ => wrong(text, &format!("cannot be read: {}", system_words(error)), span),
    };
    // The file that links lead to is the one that is judged and opened.
    let path = fs::canonicalize(expanded(&text)).map_err(|error| unreadable(&text, &error))?;
    if store.holds(&path) {
        return Err(belongs(&text, span));
    }
    // Asked before it is opened: a pipe or device may never end, and opening one may already wait for ever.
    let data = fs::metadata(&path).map_err(|error| unreadable(&text, &error))?;
    if !data.is_file() {
        let kind = if data.is_dir() { "is a folder" } else { "is not a regular file" };
        return Err(wrong(&text, kind, span).help("give a file"));
    }
    // The environment of a process, secrets included, is a file there.
    if SYSTEM.iter().any(|folder| path.starts_with(folder)) {
        return Err(wrong(&text, "is a file of the system", span).help("give a file with data"));
    }
    let too_long = move |text: &str| {
        wrong(text, &format!("is longer than {} MB", limit >> 20), span)
            .help("this is the service's limit for one resource")
    };
    if data.len() > limit {
        return Err(too_long(&text));
    }
    let mut file = File::open(&path).map_err(|error| unreadable(&text, &error))?;
    if store.holds_open(&file) {
        // Closing it would release the locks that this process holds on the state.
        std::mem::forget(file);
        return Err(belongs(&text, span));
    }
    let (mut left, expected) = (limit, data.len());
    Ok(Box::new(move || {
        let mut piece = Vec::new();
        let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece);
        read.map_err(|error| unreadable(&text, &error))?;
        // It may have grown since.
        left = left.checked_sub(piece.len() as u64).ok_or_else(|| too_long(&text))?;
        // What was appended since is read as well; what was cut off is missing.
        if piece.is_empty() && limit - left < expected {
            return Err(wrong(&text, "was truncated while it was read", span).help("run the statement again"));
        }
        Ok((!piece.is_empty()).then_some(piece))
    }))
}

/// Opens a file to be written from its beginning; a device or a pipe as it is.
pub(super) fn create(name: &FileName, store: &Store) -> Result<File> {
    let (text, span) = (&name.text, name.span);
    let unwritable = |error: &std::io::Error| {
        wrong(text, &format!("cannot be written: {}", system_words(error)), span)
            .help("give a file in a folder that exists and can be written to")
    };
    let typed = expanded(text);
    let is_plain = fs::metadata(&typed).map_or(true, |data| data.is_file());
    // A link is followed, so that what is written is what was checked.
    let path = if is_plain { resolved(name, &typed)? } else { typed.clone() };
    if store.holds(&typed) || store.holds(&path) {
        return Err(belongs(text, span));
    }
    let file =
        File::options().write(true).create(true).truncate(false).open(&path).map_err(|error| unwritable(&error))?;
    if store.holds_open(&file) {
        // Closing it would release the locks that this process holds on the state.
        std::mem::forget(file);
        return Err(belongs(text, span));
    }
    if is_plain {
        file.set_len(0).map_err(|error| unwritable(&error))?;
    }
    Ok(file)
}

/// The file that a name refers to, links resolved.
fn resolved(name: &FileName, typed: &Path) -> Result<PathBuf> {
    written_file::resolve(typed).map_err(|why| match why {
        Unwritable::System(error) => {
            wrong(&name.text, &format!("cannot be written: {}", system_words(&error)), name.span)
                .help("give a file in a folder that exists and can be written to")
        }
        Unwritable::Not(why) => {
            let said = why.strip_prefix("it ").map_or_else(|| format!("cannot be written: {why}"), str::to_owned);
            wrong(&name.text, &said, name.span).help("give a file, or an existing folder")
        }
    })
}

/// Folders for files that are written.
pub(super) struct LocalFolders {
    pub store: Arc<Store>,
}

impl Folders for LocalFolders {
    fn make(&self, name: &FileName) -> Result<()> {
        let path = expanded(&name.text);
        if path.is_dir() {
            return Ok(());
        }
        // The first folder that is made: links above it are followed, and below it there is nothing.
        let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && fs::symlink_metadata(folder).is_err();
        if path.ancestors().take_while(is_missing).last().is_some_and(|first| self.store.holds(first)) {
            return Err(belongs(&name.text, name.span));
        }
        fs::create_dir_all(&path).map_err(|error| {
            let why = match error.kind() {
                ErrorKind::AlreadyExists => "is not a folder".to_owned(),
                _ => format!("cannot be created: {}", system_words(&error)),
            };
            wrong(&name.text, &why, name.span).help("give a folder, or a path where one can be created")
        })
    }
}

/// A local file that is written.
pub(super) struct LocalPlace {
    pub name: FileName,
    pub store: Arc<Store>,
}

impl Place for LocalPlace {
    fn draft(&self, name: &str, pieces: &mut dyn FnMut() -> Result<Option<Vec<u8>>>) -> Result<Box<dyn Draft>> {
        let (text, span) = (self.name.text.as_str(), self.name.span);
        let typed = expanded(text);
        let typed = if typed.is_dir() { typed.join(name) } else { typed };
        // A link is followed, so that what is replaced is what was judged.
        if self.store.holds(&typed) {
            return Err(belongs(text, span));
        }
        let path = resolved(&self.name, &typed)?;
        if self.store.holds(&path) {
            return Err(belongs(text, span));
        }
        let (draft, mut file) = draft(&path).map_err(|error| unwritable(&self.name, &error))?;
        let (name, store) = (self.name.clone(), Arc::clone(&self.store));
        let remove = RemovedDraft(draft);
        fill(&mut file, pieces, &|error| unwritable(&self.name, error))?;
        Ok(Box::new(LocalDraft { draft: remove, path, name, store, _lock: file }))
    }
}

fn unwritable(name: &FileName, error: &std::io::Error) -> Box<Error> {
    wrong(&name.text, &format!("cannot be written: {}", system_words(error)), name.span)
        .help("give a file in an existing folder")
}

/// A local file beside the one that it will replace.
struct LocalDraft {
    draft: RemovedDraft,
    path: PathBuf,
    name: FileName,
    store: Arc<Store>,
    /// The draft itself, which is locked while it is open.
    _lock: File,
}

/// A draft file, removed on drop.
struct RemovedDraft(PathBuf);

impl Draft for LocalDraft {
    fn keep(self: Box<Self>) -> Result<()> {
        // A file of the state may have got this name since.
        if self.store.holds(&self.path) {
            return Err(belongs(&self.name.text, self.name.span));
        }
        fs::rename(&self.draft.0, &self.path).map_err(|error| unwritable(&self.name, &error))
    }
}

impl Drop for RemovedDraft {
    fn drop(&mut self) {
        // Once it has its name, nothing is there; else the statement's own error says more than this one could.
        let _ = fs::remove_file(&self.0);
    }
}

/// A new file beside `path` with a unique name, locked for as long as it is open: what is there of `path` without a lock was left by a
/// process that has ended, and goes.
fn draft(path: &Path) -> std::io::Result<(PathBuf, File)> {
    remove_left(path);
    for number in 0_u32.. {
        let draft = written_file::beside(path, "", &format!("{DRAFT}{}-{number}", std::process::id()));
        match written_file::draft(&draft, path) {
            // Before it was locked, another process may have removed it.
            Ok(file) if file.try_lock().is_ok() && draft.exists() => return Ok((draft, file)),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// What the name of a draft has after that of its file; number of the process and of the draft follow.
const DRAFT: &str = ".new-";

/// Removes drafts of a file left by ended processes. Drafts that cannot be removed are retried next time.
fn remove_left(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else { return };
    let prefix = format!("{name}{DRAFT}");
    let is_draft = |name: &str| {
        name.strip_prefix(&prefix)
            .and_then(|rest| rest.split_once('-'))
            .is_some_and(|parts| [parts.0, parts.1].iter().all(|part| part.parse::<u32>().is_ok()))
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // Skip pipes, which would block on open, and links, which are never drafts.
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || !entry.file_name().to_str().is_some_and(is_draft) {
            continue;
        }
        let opened = File::options().write(true).open(entry.path());
        if opened.is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn fill(
    file: &mut File,
    pieces: &mut dyn FnMut() -> Result<Option<Vec<u8>>>,
    unwritable: &dyn Fn(&std::io::Error) -> Box<Error>,
) -> Result<()> {
    let mut since = 0;
    while let Some(piece) = pieces()? {
        file.write_all(&piece).map_err(|error| unwritable(&error))?;
        since += piece.len();
        if since >= SYNCED_AT_ONCE {
            file.sync_data().map_err(|error| unwritable(&error))?;
            since = 0;
        }
    }
    file.sync_all().map_err(|error| unwritable(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Durability, StatePath};

    fn name(path: &Path) -> FileName {
        FileName { text: path.to_str().unwrap().to_owned(), span: Span::default() }
    }

    fn bytes(mut pieces: Pieces) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(piece) = pieces()? {
            assert!(piece.len() <= PIECE);
            bytes.extend(piece);
        }
        Ok(bytes)
    }

    #[test]
    fn what_is_read_is_a_plain_file_that_is_not_the_states() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        let store = Store::open(&StatePath::File(state.clone()), Durability::AtEnd).unwrap();
        let long = folder.path().join("long");
        fs::write(&long, vec![7; PIECE + 1]).unwrap();
        let read = |path: &Path| read(&name(path), 2 * PIECE as u64, &store);
        assert_eq!(bytes(read(&long).unwrap()).unwrap().len(), PIECE + 1);
        let message = |path: &Path| read(path).map(drop).unwrap_err().message;
        assert!(message(&state).ends_with("belongs to the state"));
        assert!(message(folder.path()).ends_with("is a folder"));
        assert!(message(&folder.path().join("none")).starts_with("File not exist:"));
        fs::write(&long, vec![7; 2 * PIECE + 1]).unwrap();
        assert!(message(&long).ends_with("is longer than 2 MB"));
        #[cfg(unix)]
        {
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(&state, &link).unwrap();
            assert!(message(&link).ends_with("belongs to the state"));
            assert!(message(Path::new("/dev/null")).ends_with("is not a regular file"));
        }
    }

    #[test]
    fn a_file_that_grows_is_refused_at_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StatePath::Memory, Durability::AtEnd).unwrap();
        let file = folder.path().join("f");
        fs::write(&file, vec![1; 10]).unwrap();
        let pieces = read(&name(&file), 10, &store).unwrap();
        fs::write(&file, vec![1; 11]).unwrap();
        assert!(bytes(pieces).is_err());
    }

    #[test]
    fn folders_are_made_outside_of_the_state() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        let store = Arc::new(Store::open(&StatePath::File(state.clone()), Durability::AtEnd).unwrap());
        let make = |path: &Path| LocalFolders { store: store.clone() }.make(&name(path));
        for new in ["a/b/c", "a", "a/b/d"] {
            make(&folder.path().join(new)).unwrap();
            assert!(folder.path().join(new).is_dir());
        }
        make(folder.path()).unwrap();
        for own in ["state.db.data/x", "state.db-wal/x", "state.db.data/x/y/z"] {
            assert!(make(&folder.path().join(own)).unwrap_err().message.ends_with("belongs to the state"), "{own}");
        }
        fs::write(folder.path().join("f"), "").unwrap();
        for no_folder in ["f", "f/g"] {
            assert!(make(&folder.path().join(no_folder)).is_err());
        }
        #[cfg(unix)]
        {
            fs::create_dir(folder.path().join("state.db.data")).unwrap();
            std::os::unix::fs::symlink(folder.path().join("state.db.data"), folder.path().join("link")).unwrap();
            assert!(make(&folder.path().join("link/x/y")).unwrap_err().message.ends_with("belongs to the state"));
            std::os::unix::fs::symlink(folder.path().join("nothing"), folder.path().join("dangling")).unwrap();
            assert!(make(&folder.path().join("dangling/x")).is_err());
        }
    }

    #[test]
    fn a_file_is_written_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        let store = Arc::new(Store::open(&StatePath::File(state.clone()), Durability::AtEnd).unwrap());
        let write = |path: &Path, pieces: &mut dyn FnMut() -> Result<Option<Vec<u8>>>| {
            LocalPlace { name: name(path), store: store.clone() }.draft("r.jar", pieces).and_then(Draft::keep)
        };
        let once = || {
            let mut pieces = vec![b"two".to_vec(), b"one ".to_vec()];
            move || Ok(pieces.pop())
        };
        let inside = folder.path().join("in");
        fs::create_dir(&inside).unwrap();
        write(&inside, &mut once()).unwrap();
        assert_eq!(fs::read(inside.join("r.jar")).unwrap(), b"one two");
        let mut failing = || Err(Error::new(Code::Internal, "x"));
        assert!(write(&inside.join("r.jar"), &mut failing).is_err());
        assert_eq!(fs::read(inside.join("r.jar")).unwrap(), b"one two");
        assert_eq!(fs::read_dir(&inside).unwrap().count(), 1);
        for bad in [state.clone(), folder.path().join("state.db-wal"), folder.path().join("none/x")] {
            assert!(write(&bad, &mut once()).is_err(), "{bad:?}");
        }
        #[cfg(unix)]
        {
            let link = inside.join("link");
            std::os::unix::fs::symlink(&state, &link).unwrap();
            assert!(write(&link, &mut once()).unwrap_err().message.ends_with("belongs to the state"));
            assert!(write(Path::new("/dev/null"), &mut once()).unwrap_err().message.ends_with("is not a regular file"));
            let other = inside.join("other");
            std::os::unix::fs::symlink(inside.join("r.jar"), &other).unwrap();
            write(&other, &mut once()).unwrap();
            assert!(fs::symlink_metadata(&other).unwrap().is_symlink());
        }
    }
}
