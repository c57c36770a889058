//! An upload: text files → data files of a table, block by block.
//!
//! One thread reads and cuts, as many as there are cores convert and write. A finished block is on disk; nothing of it is
//! part of a table.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::task::Poll;
use std::thread::Scope;
use std::time::Duration;

use datafusion::execution::memory_pool::MemoryConsumer;

use super::BadRecord;
use super::convert::Converter;
use super::format::TextFormat;
use super::look::TextFile;
use super::record::Delimiters;
use super::source::{Piece, Pieces};
use crate::cipher::DataKey;
use crate::data::engine::{Cancel, Started, cancelled};
use crate::data::quiet;
use crate::data::run::{Runner, Work};
use crate::data::write::file::{FileWriter, sync_folder};
use crate::error::{Code, Error, Result};
use crate::model::{DataFile, PartitionSpec, Table};
use crate::syntax::tunnel::Scan;

/// Pieces that wait for one thread.
const WAITING: usize = 2;

/// Bad records that are told of, of one piece.
const TOLD: usize = 1000;

/// What is uploaded, and how.
#[derive(Debug, Clone)]
pub struct UploadTask {
    /// The table.
    pub table: Table,
    /// The partition of it; empty without partitions.
    pub partition: PartitionSpec,
    /// How the files look.
    pub format: TextFormat,
    /// The files, each with its number, and the byte and the line ends behind what is done already.
    pub files: Vec<(usize, TextFile, u64, u64)>,
    /// Bytes of a block.
    pub block: u64,
    /// The number of the first block.
    pub first_block: u64,
    /// New files are called `<prefix>-<n>.parquet`.
    pub prefix: String,
    /// When bad records are looked for.
    pub scan: Scan,
    /// Whether bad records are left out.
    pub discard_bad: bool,
    /// Bad records that are too many, with those that are known already.
    pub max_bad: u64,
    /// Bad records that are known already.
    pub known_bad: u64,
    /// Whether a record must have as many fields as there are columns.
    pub strict: bool,
    /// In an encrypted project, the key of its data.
    pub key: Option<DataKey>,
}

/// What an upload tells.
#[derive(Debug)]
pub enum UploadEvent {
    /// The file of this number is read now; its records end with this.
    File(usize, Vec<u8>),
    /// A block was begun.
    Begun(u64),
    /// A block is done.
    Done(Block),
}

/// A part of the input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Block {
    /// Its number, from 1.
    pub number: u64,
    /// The number of its file.
    pub source: usize,
    /// The byte behind it.
    pub next: u64,
    /// Line ends up to there.
    pub lines: u64,
    /// Records that were written.
    pub rows: u64,
    /// Records that were not, as many as are told of.
    pub bad: Vec<BadRecord>,
    /// How many there are.
    pub bad_count: u64,
    /// Values whose last decimal places were cut off.
    pub cut: u64,
    /// The data files; none if the upload fails anyway, or only looks.
    pub files: Vec<DataFile>,
    /// Whether the upload can still succeed.
    pub counts: bool,
}

/// An upload that goes on. Dropping it stops it.
pub struct Uploading {
    work: Work<UploadEvent>,
    done: Arc<AtomicU64>,
}

impl Uploading {
    /// What it tells next, if there is something within `patience`; nothing at the end.
    pub fn poll(&mut self, patience: Duration) -> Poll<Option<Result<UploadEvent>>> {
        self.work.poll(patience)
    }

    /// Bytes of the input that are read.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Stops it and waits until it has stopped.
    pub fn stop(&mut self) {
        self.work.end();
    }
}

/// Starts an upload.
///
/// # Errors
/// A column of a type that text files do not hold, or no thread.
pub(in crate::data) fn start(started: Arc<Started>, task: UploadTask, cancel: &Cancel) -> Result<Uploading> {
    let format = Arc::new(task.format.clone());
    Converter::new(&task.table, Arc::clone(&format), task.strict)?;
    let done = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&done);
    let work = Work::start(started, cancel, move |runner, sender| {
        let upload = Upload {
            runner,
            task: &task,
            format,
            next_file: AtomicUsize::new(0),
            bad: AtomicU64::new(task.known_bad),
            doomed: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        };
        upload.run(sender, &counter)
    })?;
    Ok(Uploading { work, done })
}

/// An upload, as all of its threads see it.
struct Upload<'a> {
    runner: &'a Runner,
    task: &'a UploadTask,
    format: Arc<TextFormat>,
    next_file: AtomicUsize,
    bad: AtomicU64,
    /// A bad record was found that may not be left out: nothing more is written.
    doomed: AtomicBool,
    stop: AtomicBool,
}

/// What a thread is told.
enum Order {
    Piece(Piece, Arc<Delimiters>),
    EndOfBlock,
}

/// What a thread did of a block.
#[derive(Default)]
struct Part {
    rows: u64,
    bad: Vec<BadRecord>,
    bad_count: u64,
    cut: u64,
    file: Option<DataFile>,
}

/// The threads, and the blocks that they are at.
struct Team<'s> {
    orders: Vec<SyncSender<Order>>,
    turn: usize,
    parts: Receiver<(usize, Result<Part>)>,
    /// What each thread did of the blocks that are not done, oldest first.
    finished: Vec<VecDeque<Part>>,
    /// Blocks that were cut and are not done.
    open: VecDeque<Block>,
    /// Whether the next block waits for the one before, so that what is told does not depend on chance.
    one_by_one: bool,
    events: &'s SyncSender<Result<UploadEvent>>,
}

impl Upload<'_> {
    fn run(&self, events: &SyncSender<Result<UploadEvent>>, done: &AtomicU64) -> Result<()> {
        std::thread::scope(|scope| {
            let mut team = self.team(scope, events)?;
            let cut = self.cut(&mut team, done);
            // Without orders the threads end.
            team.orders.clear();
            if cut.is_err() {
                self.stop.store(true, Ordering::Relaxed);
            }
            cut?;
            self.wait(&mut team)?;
            self.judge_bad()
        })
    }

    fn team<'s, 'e>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        events: &'e SyncSender<Result<UploadEvent>>,
    ) -> Result<Team<'e>> {
        let started = &self.runner.started;
        let threads = started.workers();
        let (sender, parts) = channel();
        let mut orders = Vec::new();
        for number in 0..threads {
            let (order, taken) = sync_channel(WAITING);
            let sender = sender.clone();
            std::thread::Builder::new()
                .name(quiet::THREADS.to_owned())
                .spawn_scoped(scope, move || self.work(number, &taken, &sender))
                .map_err(|_| Error::new(Code::Internal, "cannot start a thread for an upload"))?;
            orders.push(order);
        }
        let finished = (0..threads).map(|_| VecDeque::new()).collect();
        let one_by_one = started.options.deterministic;
        Ok(Team { orders, turn: 0, parts, finished, open: VecDeque::new(), one_by_one, events })
    }

    /// Reads the files and hands their pieces out.
    fn cut(&self, team: &mut Team<'_>, done: &AtomicU64) -> Result<()> {
        let mut number = self.task.first_block;
        done.fetch_add(self.task.files.iter().map(|(_, _, at, _)| at).sum(), Ordering::Relaxed);
        for (source, file, at, lines) in &self.task.files {
            if *at >= file.bytes {
                continue;
            }
            let mut pieces = Pieces::open(file, &self.format, *at, *lines)?;
            let delimiters = Arc::new(pieces.delimiters().clone());
            team.tell(UploadEvent::File(*source, delimiters.record.clone()))?;
            let mut begun = false;
            let mut last = *at;
            while let Some(piece) = pieces.next()? {
                if let Err(error) = self.look_up(team) {
                    // The bad records that end it are told.
                    if begun && error.code == Code::Execution {
                        team.end_block(Block { number, source: *source, ..Block::default() })?;
                        self.wait(team)?;
                    }
                    return Err(error);
                }
                if !begun {
                    team.tell(UploadEvent::Begun(number))?;
                    begun = true;
                }
                team.hand_out(Order::Piece(piece, Arc::clone(&delimiters)))?;
                let (next, lines) = pieces.place();
                done.fetch_add(next - last, Ordering::Relaxed);
                // Bytes of a file that is decoded are no places in it: it is one block.
                let ends = self.format.charset.is_none() && next / self.task.block > last / self.task.block;
                last = next;
                if ends && next < file.bytes {
                    team.end_block(Block { number, source: *source, next, lines, ..Block::default() })?;
                    (number, begun) = (number + 1, false);
                    if team.one_by_one {
                        self.wait(team)?;
                    }
                }
            }
            let (_, lines) = pieces.place();
            if begun {
                team.end_block(Block { number, source: *source, next: file.bytes, lines, ..Block::default() })?;
                number += 1;
                if team.one_by_one {
                    self.wait(team)?;
                }
            }
        }
        Ok(())
    }

    /// Waits for every block that was cut.
    fn wait(&self, team: &mut Team<'_>) -> Result<()> {
        while !team.open.is_empty() {
            let Ok(part) = team.parts.recv() else {
                return Err(Error::new(Code::Internal, "an upload thread failed unexpectedly"));
            };
            self.take(team, part)?;
        }
        Ok(())
    }

    /// Takes what the threads did meanwhile, and stops where it has to.
    fn look_up(&self, team: &mut Team<'_>) -> Result<()> {
        while let Ok(part) = team.parts.try_recv() {
            self.take(team, part)?;
        }
        if self.runner.is_stopped() {
            return Err(cancelled());
        }
        match self.task.scan == Scan::Never || self.bad.load(Ordering::Relaxed) > self.task.max_bad {
            true => self.judge_bad(),
            false => Ok(()),
        }
    }

    /// Takes a part of a block; a block whose parts are all there is done.
    fn take(&self, team: &mut Team<'_>, (thread, part): (usize, Result<Part>)) -> Result<()> {
        let part = part?;
        if let Some(finished) = team.finished.get_mut(thread) {
            finished.push_back(part);
        }
        while team.finished.iter().all(|parts| !parts.is_empty())
            && let Some(mut block) = team.open.pop_front()
        {
            for part in team.finished.iter_mut().filter_map(VecDeque::pop_front) {
                block.rows += part.rows;
                block.bad.extend(part.bad);
                block.bad_count += part.bad_count;
                block.cut += part.cut;
                block.files.extend(part.file);
            }
            block.bad.sort_by_key(|bad| bad.line);
            block.counts = !self.doomed.load(Ordering::Relaxed);
            if !block.files.is_empty() {
                sync_folder(&self.runner.started.options.data)?;
            }
            team.tell(UploadEvent::Done(block))?;
        }
        Ok(())
    }

    /// Bad records that may not be left out, or too many of them.
    fn judge_bad(&self) -> Result<()> {
        let bad = self.bad.load(Ordering::Relaxed);
        if self.doomed.load(Ordering::Relaxed) {
            let records = if bad == 1 { "record" } else { "records" };
            return Err(Error::new(Code::Execution, format!("{bad} bad {records}; nothing was uploaded"))
                .help("fix the file or the options: `-h true` skips a header, `-cf true` reads fields in quotes, `-fd` sets the delimiter; `-dbr true` skips bad records, which are then lost; `tunnel show bad` lists them"));
        }
        if bad > self.task.max_bad {
            return Err(Error::new(
                Code::Execution,
                match self.task.max_bad {
                    1 => "more than 1 bad record; nothing was uploaded".to_owned(),
                    most => format!("more than {most} bad records; nothing was uploaded"),
                },
            )
            .help("check that the delimiters (-fd, -rd) match the file; `-mbr` allows more"));
        }
        Ok(())
    }

    /// One thread: converts pieces, and writes what is good of a block into one file.
    fn work(&self, number: usize, orders: &Receiver<Order>, parts: &Sender<(usize, Result<Part>)>) {
        let mut part = Part::default();
        let mut open = None;
        let mut converter = Converter::new(&self.task.table, Arc::clone(&self.format), self.task.strict);
        while let Ok(order) = orders.recv() {
            let finished = match &mut converter {
                Err(error) => Err(error.clone()),
                Ok(converter) => match order {
                    Order::Piece(piece, delimiters) => {
                        match self.piece(converter, &piece, &delimiters, &mut part, &mut open) {
                            Ok(()) => continue,
                            Err(error) => Err(error),
                        }
                    }
                    Order::EndOfBlock => self.end(&mut part, &mut open),
                },
            };
            let failed = finished.is_err();
            if parts.send((number, finished)).is_err() || failed {
                break;
            }
        }
        // The reader must not wait for ever for a worker that ended.
        while orders.recv().is_ok() {}
    }

    fn piece(
        &self,
        converter: &mut Converter,
        piece: &Piece,
        delimiters: &Delimiters,
        part: &mut Part,
        open: &mut Option<FileWriter>,
    ) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let converted = converter.convert(piece, delimiters, TOLD)?;
        if converted.bad_count > 0 {
            self.bad.fetch_add(converted.bad_count, Ordering::Relaxed);
            part.bad_count += converted.bad_count;
            let room = TOLD.saturating_sub(part.bad.len());
            part.bad.extend(converted.bad.into_iter().take(room));
            if !self.task.discard_bad {
                self.doomed.store(true, Ordering::Relaxed);
            }
        }
        part.cut += converted.cut;
        let rows = &converted.rows;
        part.rows += rows.num_rows() as u64;
        if rows.num_rows() == 0 || self.task.scan == Scan::Only || self.doomed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let file = match open {
            Some(file) => file,
            None => open.insert(self.new_file(converter)?),
        };
        file.append(rows)
    }

    /// Ends the part of a block: its file is on disk.
    fn end(&self, part: &mut Part, open: &mut Option<FileWriter>) -> Result<Part> {
        let file = open.take().filter(|_| !self.doomed.load(Ordering::Relaxed));
        part.file = file.map(|file| file.finish(self.task.partition.clone())).transpose()?;
        Ok(std::mem::take(part))
    }

    fn new_file(&self, converter: &Converter) -> Result<FileWriter> {
        let started = &self.runner.started;
        let number = self.next_file.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}.parquet", self.task.prefix);
        let path: PathBuf = started.options.data.join(&name);
        let memory = MemoryConsumer::new("data file").register(&started.pool());
        FileWriter::create(name, &path, converter.schema(), (memory, started.memory_limit), self.task.key.as_ref())
    }
}

impl Team<'_> {
    fn tell(&self, event: UploadEvent) -> Result<()> {
        self.events.send(Ok(event)).map_err(|_| cancelled())
    }

    /// Gives the next thread something to do.
    fn hand_out(&mut self, order: Order) -> Result<()> {
        let turn = self.turn;
        self.turn = (turn + 1) % self.orders.len().max(1);
        let sent = self.orders.get(turn).map(|thread| thread.send(order));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(Error::new(Code::Internal, "an upload thread failed unexpectedly")),
        }
    }

    /// A block ends here for every thread; the next one begins with the first thread, so that files do not depend on chance.
    fn end_block(&mut self, block: Block) -> Result<()> {
        self.open.push_back(block);
        self.turn = 0;
        for thread in &self.orders {
            thread
                .send(Order::EndOfBlock)
                .map_err(|_| Error::new(Code::Internal, "an upload thread failed unexpectedly"))?;
        }
        Ok(())
    }
}
