//! A download: the rows of a plan → text files that are made for it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use encoding_rs::Encoding;

use super::charset::Recoder;
use super::format::TextFormat;
use super::output::{Losses, Output};
use crate::data::engine::{Cancel, Started};
use crate::data::plan::Plan;
use crate::data::run::Work;
use crate::error::{Code, Error, Result, system_words};
use crate::model::PartitionSpec;

/// Text is handed to the system in pieces of about this size, in bytes.
const PIECE: usize = 1 << 20;

/// Opens a file that is written, by its number: the file, empty, and what it is called in messages.
pub type OpenFile = Box<dyn FnMut(usize) -> Result<(File, String)>>;

/// What is downloaded, and how.
pub struct DownloadTask {
    /// The rows.
    pub plan: Arc<Plan>,
    /// How many of the plan's columns are written: those of a partition may follow.
    pub columns: usize,
    /// Where they go.
    pub slices: Slices,
    /// How a file looks.
    pub format: TextFormat,
    /// Opens the files.
    pub open: OpenFile,
}

/// How rows are dealt out to files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slices {
    /// To so many files in turn: of this many rows each as many. Where the number is not known before, batch by batch.
    Even {
        /// Files.
        files: usize,
        /// Rows.
        rows: Option<u64>,
    },
    /// The rows of each partition to a file of its own, at most so many.
    Partitions(Vec<(PartitionSpec, Option<u64>)>),
}

/// A download that came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Downloaded {
    /// Records.
    pub rows: u64,
    /// Bytes of each file.
    pub bytes: Vec<u64>,
    /// What the files do not say exactly.
    pub ambiguous: u64,
    /// Values of DATETIME whose milliseconds are left out.
    pub milliseconds: u64,
    /// Values of DATETIME and TIMESTAMP that would read back as other moments.
    pub moments: u64,
}

/// A download that goes on. Dropping it stops it; its files are then its caller's to remove.
pub struct Downloading {
    work: Work<Piece>,
    targets: Targets,
    done: Arc<AtomicU64>,
}

/// What its thread makes.
enum Piece {
    /// Text of a file, ready to be written.
    Text(usize, Vec<u8>),
    /// A file is complete.
    File(usize),
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
        let written = match self.work.poll(patience) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
            Poll::Ready(Some(Ok(Piece::Text(file, text)))) => may().and_then(|()| self.targets.write(file, &text)),
            Poll::Ready(Some(Ok(Piece::File(file)))) => may().and_then(|()| self.targets.finish(file)),
            Poll::Ready(Some(Ok(Piece::End(rows, losses)))) => {
                let Losses { ambiguous, milliseconds, moments } = losses;
                let bytes = std::mem::take(&mut self.targets.bytes);
                return Poll::Ready(Some(may().map(|()| Downloaded { rows, bytes, ambiguous, milliseconds, moments })));
            }
        };
        match written {
            Ok(()) => Poll::Pending,
            Err(error) => Poll::Ready(Some(Err(error))),
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
    let DownloadTask { plan, columns, slices, format, open } = task;
    let targets = Targets { charset: format.charset, open, files: BTreeMap::new(), bytes: Vec::new() };
    let work = Work::start(started, cancel, move |runner, sender| {
        // A receiver that is gone no longer wants to know.
        let mut write = |piece| sender.send(Ok(piece)).is_ok();
        let mut written = Written { rows: 0, losses: Losses::default(), counter };
        let parts = match slices {
            Slices::Even { files, rows } => vec![(plan, 0..files.max(1), rows)],
            Slices::Partitions(partitions) => {
                let part = |(file, (partition, limit)): (usize, (PartitionSpec, Option<u64>))| {
                    Ok((Arc::new(plan.of_partition(&partition, columns, limit)?), file..file + 1, None))
                };
                partitions.into_iter().enumerate().map(part).collect::<Result<Vec<_>>>()?
            }
        };
        for (plan, files, rows) in parts {
            let mut deal = Deal::new(&plan, &format, files, rows);
            let mut batches = runner.start(plan.logical(), Some(&plan.readable()))?;
            while let Some(batch) = batches.next()? {
                if !deal.rows(&batch, &mut written, &mut write)? {
                    return Ok(());
                }
            }
            if !deal.end(&mut written, &mut write) {
                return Ok(());
            }
        }
        let _ = write(Piece::End(written.rows, written.losses));
        Ok(())
    })?;
    Ok(Downloading { work, targets, done })
}

/// What all files together have.
struct Written {
    rows: u64,
    losses: Losses,
    counter: Arc<AtomicU64>,
}

/// The rows of a plan on their way into its files.
struct Deal<'f> {
    format: &'f TextFormat,
    /// The header of each file.
    header: Option<Vec<String>>,
    /// Numbers of the files.
    files: Range<usize>,
    /// Rows of each file; else a batch for each in turn.
    share: Option<u64>,
    dealt: u64,
    batches: usize,
    open: BTreeMap<usize, (Output, Vec<u8>)>,
    /// The first file that is not complete.
    next: usize,
}

impl<'f> Deal<'f> {
    fn new(plan: &Plan, format: &'f TextFormat, files: Range<usize>, rows: Option<u64>) -> Self {
        let names = || plan.columns().iter().map(|column| column.name.clone()).collect();
        let share = rows.map(|rows| rows.div_ceil(files.len().max(1) as u64).max(1));
        // One file takes what there is.
        let share = if files.len() == 1 { Some(u64::MAX) } else { share };
        let next = files.start;
        let header = format.header.then(names);
        Self { format, header, files, share, dealt: 0, batches: 0, open: BTreeMap::new(), next }
    }

    /// Writes the rows of a batch; false if nobody wants them.
    fn rows(
        &mut self,
        batch: &RecordBatch,
        written: &mut Written,
        write: &mut dyn FnMut(Piece) -> bool,
    ) -> Result<bool> {
        let last = self.files.end.saturating_sub(1);
        let mut at = 0;
        while at < batch.num_rows() {
            let left = batch.num_rows() - at;
            let (file, count) = match self.share {
                Some(share) => {
                    let file = usize::try_from(self.dealt / share).unwrap_or(last).saturating_add(self.files.start);
                    let room = share - self.dealt % share;
                    let fits = usize::try_from(room).unwrap_or(left).min(left);
                    if file >= last { (last, left) } else { (file, fits) }
                }
                None => (self.files.start + self.batches % self.files.len().max(1), left),
            };
            // The files before it have all of their rows.
            if self.share.is_some() && !self.complete(file, written, write) {
                return Ok(false);
            }
            let (output, text) = self.file(file);
            output.rows(&batch.slice(at, count), text)?;
            let full = (text.len() >= PIECE).then(|| std::mem::replace(text, Vec::with_capacity(PIECE + PIECE / 4)));
            if full.is_some_and(|text| !write(Piece::Text(file, text))) {
                return Ok(false);
            }
            at += count;
            self.dealt += count as u64;
        }
        self.batches += 1;
        written.rows += batch.num_rows() as u64;
        written.counter.store(written.rows, Ordering::Relaxed);
        Ok(true)
    }

    /// The file, with its header if it has none yet.
    fn file(&mut self, number: usize) -> &mut (Output, Vec<u8>) {
        self.open.entry(number).or_insert_with(|| {
            let (mut output, mut text) = (Output::new(self.format.clone()), Vec::new());
            if let Some(names) = &self.header {
                output.header(names, &mut text);
            }
            (output, text)
        })
    }

    /// Completes the files before `end`; false if nobody wants them.
    fn complete(&mut self, end: usize, written: &mut Written, write: &mut dyn FnMut(Piece) -> bool) -> bool {
        while self.next < end {
            let number = self.next;
            self.file(number);
            if let Some((output, text)) = self.open.remove(&number) {
                written.losses.add(output.losses());
                if !write(Piece::Text(number, text)) || !write(Piece::File(number)) {
                    return false;
                }
            }
            self.next += 1;
        }
        true
    }

    /// Completes all files.
    fn end(&mut self, written: &mut Written, write: &mut dyn FnMut(Piece) -> bool) -> bool {
        self.complete(self.files.end, written, write)
    }
}

/// The files that are written.
struct Targets {
    charset: Option<&'static Encoding>,
    open: OpenFile,
    files: BTreeMap<usize, Target>,
    /// Bytes of the files that are complete, in the order in which they are.
    bytes: Vec<u64>,
}

impl Targets {
    fn write(&mut self, number: usize, text: &[u8]) -> Result<()> {
        let target = match self.files.entry(number) {
            Entry::Occupied(target) => target.into_mut(),
            Entry::Vacant(place) => {
                let (file, shown) = (self.open)(number)?;
                place.insert(Target { recoder: self.charset.map(Recoder::new), file, shown, bytes: 0 })
            }
        };
        target.write(text)
    }

    fn finish(&mut self, number: usize) -> Result<()> {
        if let Some(mut target) = self.files.remove(&number) {
            self.bytes.push(target.finish()?);
        }
        Ok(())
    }
}

/// A file that is written.
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
