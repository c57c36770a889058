//! A download: the rows of a plan → a text file that is made for it.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use super::charset::Recoder;
use super::format::TextFormat;
use super::output::{Losses, Output};
use crate::data::engine::{Cancel, Started};
use crate::data::plan::Plan;
use crate::data::run::Work;
use crate::error::{Code, Error, Result, system_words};

/// Text is handed to the system in pieces of about this size, in bytes.
const PIECE: usize = 1 << 20;

/// What is downloaded, and how.
#[derive(Debug)]
pub struct DownloadTask {
    /// The rows.
    pub plan: Arc<Plan>,
    /// How the file looks.
    pub format: TextFormat,
    /// The file, empty.
    pub file: File,
    /// What the file is called in messages.
    pub shown: String,
}

/// A download that came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Downloaded {
    /// Records.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// What the file does not say exactly.
    pub ambiguous: u64,
    /// Values of DATETIME whose milliseconds are left out.
    pub milliseconds: u64,
    /// Values of DATETIME and TIMESTAMP that would read back as other moments.
    pub moments: u64,
}

/// A download that goes on. Dropping it stops it; its file is then its caller's to remove.
pub struct Downloading {
    work: Work<Piece>,
    target: Target,
    done: Arc<AtomicU64>,
}

/// What its thread makes.
enum Piece {
    /// Text, ready to be written.
    Text(Vec<u8>),
    /// All rows were read: how many, and what the text does not say of them.
    End(u64, Losses),
}

impl Downloading {
    /// How it ended, if it ends within `patience`. What is ready is written, each piece only if it `may` be.
    pub fn poll(
        &mut self,
        patience: Duration,
        mut may: impl FnMut() -> Result<()>,
    ) -> Poll<Option<Result<Downloaded>>> {
        match self.work.poll(patience) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error))),
            Poll::Ready(Some(Ok(Piece::Text(text)))) => match may().and_then(|()| self.target.write(&text)) {
                Ok(()) => Poll::Pending,
                Err(error) => Poll::Ready(Some(Err(error))),
            },
            Poll::Ready(Some(Ok(Piece::End(rows, losses)))) => {
                let Losses { ambiguous, milliseconds, moments } = losses;
                let end = |bytes| Downloaded { rows, bytes, ambiguous, milliseconds, moments };
                Poll::Ready(Some(may().and_then(|()| self.target.finish()).map(end)))
            }
        }
    }

    /// Records that are written.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Stops it and waits until it has stopped.
    pub fn stop(&mut self) {
        self.work.end();
    }
}

/// Starts a download.
///
/// # Errors
/// No thread.
pub(in crate::data) fn start(started: Arc<Started>, task: DownloadTask, cancel: &Cancel) -> Result<Downloading> {
    let done = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&done);
    let DownloadTask { plan, format, file, shown } = task;
    let target = Target { recoder: format.charset.map(Recoder::new), file, shown, bytes: 0 };
    let work = Work::start(started, cancel, move |runner, sender| {
        let has_header = format.header;
        let mut output = Output::new(format);
        let mut text = Vec::with_capacity(PIECE + PIECE / 4);
        if has_header {
            let names: Vec<String> = plan.columns().iter().map(|column| column.name.clone()).collect();
            output.header(&names, &mut text);
        }
        let mut batches = runner.start(plan.logical(), Some(&plan.readable()))?;
        let mut rows = 0;
        while let Some(batch) = batches.next()? {
            output.rows(&batch, &mut text)?;
            rows += batch.num_rows() as u64;
            counter.store(rows, Ordering::Relaxed);
            if text.len() >= PIECE {
                let next = Vec::with_capacity(PIECE + PIECE / 4);
                if sender.send(Ok(Piece::Text(std::mem::replace(&mut text, next)))).is_err() {
                    return Ok(());
                }
            }
        }
        let losses = output.losses();
        // A receiver that is gone no longer wants to know.
        drop(sender.send(Ok(Piece::Text(text))).and_then(|()| sender.send(Ok(Piece::End(rows, losses)))));
        Ok(())
    })?;
    Ok(Downloading { work, target, done })
}

/// The file that is written.
struct Target {
    recoder: Option<Recoder>,
    file: File,
    /// What it is called in messages.
    shown: String,
    bytes: u64,
}

impl Target {
    fn write(&mut self, text: &[u8]) -> Result<()> {
        let Some(recoder) = &mut self.recoder else { return self.put(text) };
        let mut encoded = Vec::new();
        recoder.write(text, &mut encoded)?;
        self.put(&encoded)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| unwritable(&self.shown, &error))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Waits until the disk has it.
    fn finish(&mut self) -> Result<u64> {
        if let Some(recoder) = &mut self.recoder {
            let mut end = Vec::new();
            recoder.end(&mut end);
            self.put(&end)?;
        }
        self.file.sync_all().map_err(|error| unwritable(&self.shown, &error))?;
        Ok(self.bytes)
    }
}

fn unwritable(shown: &str, error: &io::Error) -> Box<Error> {
    Error::new(Code::File, format!("'{shown}' cannot be written: {}", system_words(error)))
        .help("give a file in an existing, writable folder")
}
