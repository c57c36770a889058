//! Temporary files of queries: ciphertext under a key that is in memory only, and files without a name (ENC-1).
//!
//! What a query spills may come from an encrypted project, through whatever plan, so every spill is encrypted. A file has a key of its own, which is
//! never written; its chunks are numbered by their nonces. The engine does not validate what it reads back: the tag of each chunk does.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::spill_file::{SpillFile, SpillWriter, TempFileFactory};
use futures::{Stream, stream};
use zeroize::Zeroizing;

use crate::cipher::{IV, KEY, open, seal};

/// Bytes that are encrypted together, at most.
const CHUNK: usize = 128 << 10;
/// Bytes that the temporary files of a process may have together; as many as those of the engine itself.
const LIMIT: u64 = 100 << 30;

/// Makes temporary files in a folder.
pub(super) struct Spills {
    folder: PathBuf,
    next: AtomicU64,
    used: Arc<AtomicU64>,
}

impl Spills {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, next: AtomicU64::new(0), used: Arc::default() }
    }
}

impl TempFileFactory for Spills {
    fn create_temp_file(&self, _: &str) -> Result<Arc<dyn SpillFile>> {
        let mut key = Zeroizing::new([0; KEY]);
        getrandom::fill(key.as_mut_slice()).map_err(|error| DataFusionError::External(Box::new(error)))?;
        // The folder is made by the first query that needs it.
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&self.folder)?;
        let path = self.folder.join(format!("{}.spill", self.next.fetch_add(1, Ordering::Relaxed)));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        // Without a name, it goes with the process, however that ends. Where an open file cannot be removed, the folder goes later.
        drop(std::fs::remove_file(&path));
        let spill = Spill { file, key, chunks: Mutex::default(), used: Arc::clone(&self.used) };
        Ok(Arc::new(Handle(Arc::new(spill))))
    }
}

/// A temporary file.
struct Spill {
    file: File,
    key: Zeroizing<[u8; KEY]>,
    /// Where each chunk ends.
    chunks: Mutex<Vec<u64>>,
    used: Arc<AtomicU64>,
}

impl Spill {
    fn chunks(&self) -> MutexGuard<'_, Vec<u64>> {
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, plain: &[u8]) -> io::Result<()> {
        let mut chunks = self.chunks();
        let sealed = seal(&self.key, nonce(chunks.len()), plain, &[]).ok_or_else(damaged)?;
        let length = sealed.len() as u64;
        if self.used.fetch_add(length, Ordering::Relaxed).saturating_add(length) > LIMIT {
            self.used.fetch_sub(length, Ordering::Relaxed);
            return Err(io::ErrorKind::StorageFull.into());
        }
        let start = chunks.last().copied().unwrap_or_default();
        // Noted before it is written: what was begun is given back when the file goes.
        chunks.push(start + length);
        write_at(&self.file, &sealed, start)
    }

    /// A chunk; nothing behind the last one that was written.
    fn chunk(&self, number: usize) -> io::Result<Option<Vec<u8>>> {
        let (start, end) = {
            let chunks = self.chunks();
            let Some(end) = chunks.get(number).copied() else { return Ok(None) };
            (number.checked_sub(1).and_then(|before| chunks.get(before).copied()).unwrap_or_default(), end)
        };
        let mut sealed = vec![0; usize::try_from(end - start).unwrap_or_default()];
        read_at(&self.file, &mut sealed, start)?;
        // The nonce is stored before the ciphertext: it must be the one of this place.
        let opened = sealed.starts_with(&nonce(number)).then(|| open(&self.key, &sealed, &[])).flatten();
        opened.ok_or_else(damaged).map(Some)
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        let length = self.chunks().last().copied().unwrap_or_default();
        self.used.fetch_sub(length, Ordering::Relaxed);
    }
}

fn nonce(number: usize) -> [u8; IV] {
    let mut nonce = [0; IV];
    for (byte, digit) in nonce.iter_mut().zip((number as u64).to_le_bytes()) {
        *byte = digit;
    }
    nonce
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a temporary file was changed")
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        at += written as u64;
        bytes = bytes.get(written..).unwrap_or_default();
    }
    Ok(())
}

#[cfg(windows)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        let rest = bytes.get_mut(done..).unwrap_or_default();
        match std::os::windows::fs::FileExt::seek_read(file, rest, at + done as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => done += read,
        }
    }
    Ok(())
}

/// What the engine holds of a file.
struct Handle(Arc<Spill>);

impl SpillFile for Handle {
    fn size(&self) -> Option<u64> {
        Some(self.0.chunks().last().copied().unwrap_or_default())
    }

    fn read_stream(&self) -> Result<Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>> {
        let chunks = stream::unfold((Arc::clone(&self.0), 0), |(spill, number)| async move {
            let reading = Arc::clone(&spill);
            let read = tokio::task::spawn_blocking(move || reading.chunk(number)).await;
            let read = read.map_err(|error| DataFusionError::External(Box::new(error)));
            match read.and_then(|read| read.map_err(DataFusionError::IoError)) {
                Ok(None) => None,
                Ok(Some(chunk)) => Some((Ok(Bytes::from(chunk)), (spill, number + 1))),
                Err(error) => Some((Err(error), (spill, usize::MAX))),
            }
        });
        Ok(Box::pin(chunks))
    }

    fn open_writer(&self) -> Result<Box<dyn SpillWriter>> {
        Ok(Box::new(Writer { spill: Arc::clone(&self.0), pending: Vec::new() }))
    }
}

/// Writes a file; what is flushed can be read while more is written.
struct Writer {
    spill: Arc<Spill>,
    pending: Vec<u8>,
}

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK - self.pending.len());
        self.pending.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        if self.pending.len() == CHUNK {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.spill.append(&self.pending)?;
            self.pending.clear();
        }
        Ok(())
    }
}

impl SpillWriter for Writer {
    fn finish(&mut self) -> Result<()> {
        io::Write::flush(self).map_err(DataFusionError::IoError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;
    use std::io::Write as _;

    fn read(spill: &Arc<dyn SpillFile>) -> Result<Vec<u8>> {
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        let chunks = runtime.block_on(spill.read_stream().unwrap().collect::<Vec<_>>());
        Ok(chunks.into_iter().collect::<Result<Vec<_>>>()?.concat())
    }

    #[test]
    fn what_was_written_is_read_and_is_nowhere_in_plain_text() {
        let folder = tempfile::tempdir().unwrap();
        let spills = Spills::new(folder.path().join("made"));
        let spill = spills.create_temp_file("test").unwrap();
        let mut writer = spill.open_writer().unwrap();
        let line = b"a marker that is known; ".repeat(20_000);
        writer.write_all(&line).unwrap();
        writer.flush().unwrap();
        assert_eq!(read(&spill).unwrap(), line);
        writer.write_all(b"and more").unwrap();
        writer.finish().unwrap();
        assert_eq!(read(&spill).unwrap(), [&line, b"and more".as_slice()].concat());
        assert!(spill.size().unwrap() > line.len() as u64);
        assert_eq!(spills.used.load(Ordering::Relaxed), spill.size().unwrap());
        drop((writer, spill));
        assert_eq!(spills.used.load(Ordering::Relaxed), 0);
        assert_eq!(std::fs::read_dir(folder.path().join("made")).unwrap().count(), 0);
    }

    #[test]
    fn a_changed_moved_or_swapped_chunk_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let spills = Spills::new(folder.path().to_owned());
        let path = folder.path().join("0");
        let spill = |file| {
            let (key, used) = (Zeroizing::new([7; KEY]), Arc::clone(&spills.used));
            Spill { file, key, chunks: Mutex::default(), used }
        };
        let options = || OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        let written = spill(options());
        for chunk in [b"first ", b"second", b"third "] {
            written.append(chunk).unwrap();
        }
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(5).any(|window| window == b"first" || window == b"secon"));
        assert_eq!(written.chunk(1).unwrap().unwrap(), b"second");
        assert!(written.chunk(3).unwrap().is_none());
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &changed).unwrap();
            assert!((0..3).any(|number| written.chunk(number).is_err()), "bit {bit}");
        }
        let third = bytes.len() / 3;
        std::fs::write(&path, [&bytes[third..2 * third], &bytes[..third], &bytes[2 * third..]].concat()).unwrap();
        assert!(written.chunk(0).is_err() && written.chunk(1).is_err());
        std::fs::write(&path, &bytes[..2 * third]).unwrap();
        assert!(written.chunk(2).is_err());
    }
}
