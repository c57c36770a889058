use std::collections::VecDeque;
use std::path::PathBuf;
use std::task::Poll;

use super::{PATIENCE, Running, Transfer, counted, seconds, speed};
use crate::command::{Item, Outcome, Progress, Resumed, Step, Unit, Upload};
use crate::data::{Block, Found, TextFile, UploadEvent, UploadTask, Uploading, look};
use crate::error::{Code, Error, Result};
use crate::shell::guard::Guard;
use crate::shell::local_file::{expanded, link_followed};
use crate::shell::long_work::{Allowed, Continuation, LongWork};
use crate::shell::pipeline::Done;
use crate::store::{Lease, LineKind, NewTunnelSession, TransferKind, TransferStatus, TunnelBlock, TunnelSource, Write};
use crate::syntax::tunnel::Scan;

/// Bad records that are shown during an upload; `tunnel show bad` lists more of them.
const SHOWN: u64 = 20;

impl LongWork for Upload {
    /// The audit record is written when the upload ends.
    fn begin(self: Box<Self>, allowed: Allowed<'_>, write: Write<'_>) -> Result<Continuation> {
        let guard = allowed.guard(&write)?;
        drop(write);
        Ok(Box::new(move |_, lease| upload(*self, guard, lease).map(Done::Outcome)))
    }
}

/// Starts or resumes an upload; it runs while its outcome is read.
fn upload(upload: Upload, guard: Guard, lease: Option<Lease>) -> Result<Outcome> {
    let resumes = upload.resumed.is_some();
    let mut transfer = Transfer::new(guard, lease);
    let (begun, uploading) = match begin(&mut transfer, &upload) {
        Ok(begun) => begun,
        Err(error) => {
            transfer.audit_failure(&error)?;
            return Err(error);
        }
    };
    let mut head = vec![format!("Upload session: {}", transfer.id), format!("Start upload:{}", upload.path.text)];
    head.extend(upload.options.text.warnings.iter().cloned());
    head.extend(begun.links.iter().map(|(name, target)| link_followed(name, target)));
    head.extend(begun.left_out.iter().map(|name| format!("warning: `{name}` in it is not uploaded: it is not a file")));
    if begun.is_empty {
        head.push("warning: there is no file in the folder".to_owned());
    }
    let steps = head.into_iter().map(|line| transfer.say(line)).collect();
    // Source: odpscmd: what `resume` prints as data.
    let resumed = resumes.then(|| ["start resume".to_owned(), transfer.id.clone()]);
    let run = Run { transfer, upload: Some(upload), uploading: Some(uploading), steps, begun };
    let lines = resumed.into_iter().flatten().map(Item::Line);
    Ok(Outcome { items: lines.chain([Running::item(run)]).collect() })
}

/// What is known of an upload when it begins.
struct Begun {
    /// Names of files that hold small files together.
    merged: String,
    /// Bytes of the files.
    total: u64,
    /// Bytes that an earlier run has done.
    skipped: u64,
    /// Blocks, at most.
    blocks: u64,
    /// Bad records so far.
    bad: u64,
    /// Values whose last decimal places were cut off.
    cut: u64,
    /// Whether the lines before the first block are said.
    headed: bool,
    /// Names of the files, if there are several.
    names: Vec<String>,
    /// What of the folder is not uploaded.
    left_out: Vec<String>,
    /// The links that were followed.
    links: Vec<(String, PathBuf)>,
    /// Whether there is no file.
    is_empty: bool,
}

/// Looks at the files, notes the session, and starts the threads.
fn begin(transfer: &mut Transfer, upload: &Upload) -> Result<(Begun, Uploading)> {
    let at = upload.path.span;
    let typed = expanded(&upload.path.text);
    let typed = typed.as_path();
    transfer.check_file(typed, &upload.path).map_err(|error| error.at(at))?;
    let goes_on = upload.resumed.as_ref().filter(|resumed| !resumed.force);
    let (Found { files, left_out, links }, blocks) = match goes_on {
        Some(resumed) => {
            let files = known(transfer, resumed)?;
            let blocks = transfer.service().store.read()?.tunnel_blocks(&resumed.session.id)?;
            (Found { files, ..Found::default() }, blocks)
        }
        None => (look(typed).map_err(|error| error.at(at))?, Vec::new()),
    };
    for file in &files {
        transfer.check_file(&file.path, &upload.path).map_err(|error| error.at(at))?;
    }
    let changed = goes_on.is_some_and(|resumed| upload.table.defined > resumed.session.started);
    if changed || blocks.iter().any(|block| block.table != upload.table.id) {
        return Err(Error::new(Code::Conflict, format!("`{}` changed since the upload began", upload.table.name))
            .help("start over with `tunnel resume -force`"));
    }
    let merged = note(transfer, upload, &files)?;
    let total: u64 = files.iter().map(|file| file.bytes).sum();
    let in_blocks = |file: &TextFile| match upload.format.is_cut() {
        true => file.bytes.div_ceil(upload.options.block),
        false => file.bytes.min(1),
    };
    let key = transfer.service().store.read()?.data_key(upload.table.project.id)?;
    let task = UploadTask { key, ..task(transfer, upload, &files, &blocks) };
    let begun = Begun {
        merged,
        total,
        skipped: task.files.iter().map(|(_, _, at, _)| at).sum(),
        blocks: files.iter().map(in_blocks).sum(),
        bad: task.known_bad,
        cut: 0,
        headed: false,
        names: if files.len() > 1 { files.iter().map(file_name).collect() } else { Vec::new() },
        left_out,
        links,
        is_empty: files.is_empty(),
    };
    match transfer.service().engine.upload(task, transfer.cancel()) {
        Ok(uploading) => Ok((begun, uploading)),
        Err(error) => {
            transfer.end_failed(&error, TransferStatus::Failed)?;
            Err(error)
        }
    }
}

fn file_name(file: &TextFile) -> String {
    file.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The files of a resumed upload, unchanged.
fn known(transfer: &Transfer, resumed: &Resumed) -> Result<Vec<TextFile>> {
    let sources = transfer.service().store.read()?.tunnel_sources(&resumed.session.id)?;
    let unchanged = |source: TunnelSource| {
        let TunnelSource { path, bytes, modified } = source;
        let file = TextFile { path, bytes, modified };
        match look(&file.path)?.files.as_slice() {
            [now] if *now == file => Ok(file),
            _ => Err(file.changed()),
        }
    };
    sources.into_iter().map(unchanged).collect()
}

/// Notes that the upload runs, and announces its files; gives how merged files are called.
fn note(transfer: &mut Transfer, upload: &Upload, files: &[TextFile]) -> Result<String> {
    let source = |file: &TextFile| TunnelSource { path: file.path.clone(), bytes: file.bytes, modified: file.modified };
    let sources: Vec<TunnelSource> = files.iter().map(source).collect();
    let now = transfer.now();
    let service = std::sync::Arc::clone(&transfer.guard.service);
    let write = service.store.write()?;
    let attempt = format!("job{}", write.number_job()?);
    let merged = format!("job{}", write.number_job()?);
    write.announce(&attempt, transfer.lease_name())?;
    write.announce(&merged, transfer.lease_name())?;
    let id = match &upload.resumed {
        Some(Resumed { session, force }) => {
            write.resume_tunnel(&session.id, &attempt)?;
            if *force {
                write.clear_tunnel_blocks(&session.id)?;
                write.clear_tunnel_bad(&session.id)?;
                write.set_tunnel_sources(&session.id, &sources)?;
                write.restart_tunnel(&session.id, now)?;
            }
            session.id.clone()
        }
        None => {
            // From the root, so that it can go on wherever one is.
            let typed = expanded(&upload.path.text);
            let path = std::fs::canonicalize(&typed).unwrap_or(typed);
            let command = upload.command(&path.to_string_lossy());
            let new = NewTunnelSession {
                kind: TransferKind::Upload,
                command,
                started: now,
                lease: transfer.lease_name().to_owned(),
                projects: vec![upload.table.project.id],
            };
            let letters = || transfer.service().world.transfer_letters();
            let id = write.begin_tunnel(&transfer.guard.caller.principal, &new, &attempt, &letters)?;
            write.set_tunnel_sources(&id, &sources)?;
            id
        }
    };
    write.commit()?;
    transfer.announced = vec![attempt.clone(), merged.clone()];
    (transfer.id, transfer.attempt) = (id, attempt);
    Ok(merged)
}

fn task(transfer: &Transfer, upload: &Upload, files: &[TextFile], blocks: &[TunnelBlock]) -> UploadTask {
    let place = |number: usize| {
        let last = blocks.iter().rev().find(|block| block.source == number);
        last.map_or((0, 0), |block| (block.next, block.lines))
    };
    let file = |(number, file): (usize, &TextFile)| {
        let (next, lines) = place(number);
        (number, file.clone(), next, lines)
    };
    UploadTask {
        table: upload.table.clone(),
        partition: upload.partition.clone(),
        format: upload.format.clone(),
        files: files.iter().enumerate().map(file).collect(),
        block: upload.options.block,
        first_block: blocks.last().map_or(1, |block| block.number + 1),
        prefix: transfer.attempt.clone(),
        scan: upload.options.scan,
        discard_bad: upload.options.discard_bad,
        max_bad: upload.options.max_bad,
        known_bad: blocks.iter().map(|block| block.bad).sum(),
        strict: upload.options.strict,
        key: None,
    }
}

/// A running upload. If it is stopped, it can be resumed.
struct Run {
    transfer: Transfer,
    /// Taken when it commits.
    upload: Option<Upload>,
    /// Taken when it ends.
    uploading: Option<Uploading>,
    steps: VecDeque<Step>,
    begun: Begun,
}

impl Run {
    fn scans(&self) -> Scan {
        self.upload.as_ref().map_or(Scan::First, |upload| upload.options.scan)
    }

    fn say(&mut self, line: String) {
        let step = self.transfer.say(line);
        self.steps.push_back(step);
    }

    fn say_now(&mut self, line: &str) {
        let step = self.transfer.say_now("\t", line);
        self.steps.push_back(step);
    }

    /// Lines of the client, odpscmd. Chosen: a block is looked through and written in one pass, because nothing counts
    /// before the end, so its lines stand together.
    fn tell(&mut self, event: UploadEvent) -> Result<()> {
        match event {
            UploadEvent::File(_, record) => {
                let shown = String::from_utf8_lossy(&record).escape_debug().to_string();
                self.say(format!("Using {shown} to split records"));
                if !self.begun.headed {
                    self.begun.headed = true;
                    let strict = self.upload.as_ref().is_none_or(|upload| upload.options.strict);
                    self.say(format!("Upload in strict schema mode: {strict}"));
                    let (bytes, blocks) = (self.begun.total, self.begun.blocks);
                    self.say(format!("Total bytes:{bytes}\t Split input to {blocks} blocks"));
                }
                Ok(())
            }
            UploadEvent::Begun(number) => {
                if self.scans() != Scan::Never {
                    self.say_now(&format!("scan block: '{number}'"));
                } else {
                    self.say_now(&format!("upload block: '{number}'"));
                }
                Ok(())
            }
            UploadEvent::Done(block) => self.block(block),
        }
    }

    /// Keeps a finished block, so that it need not be done again.
    fn block(&mut self, block: Block) -> Result<()> {
        let Block { number, source, next, lines, rows, bad, bad_count, cut, files, counts } = block;
        // In a folder, a line says too little.
        let place = self.begun.names.get(source).map(|name| format!("{name}, ")).unwrap_or_default();
        for record in &bad {
            // What is wrong is in the log; the records themselves are kept apart from it.
            self.transfer.said.push(format!("ERROR: {place}line {}: {}", record.line, record.reason));
            if self.begun.bad < SHOWN {
                self.steps.push_back(Step::Status(format!("ERROR: {place}{}", record.shown)));
            } else if self.begun.bad == SHOWN {
                self.steps.push_back(Step::Status("ERROR: … (`tunnel show bad` lists more)".to_owned()));
            }
            self.begun.bad += 1;
        }
        self.begun.bad += bad_count - bad.len() as u64;
        self.begun.cut += cut;
        let scan = self.scans();
        if scan != Scan::Never {
            self.say_now(&format!("scan block complete, block id: {number}"));
        }
        if counts && scan != Scan::Only {
            if scan == Scan::First {
                self.say_now(&format!("upload block: '{number}'"));
            }
            self.say_now(&format!("upload block complete, block id: {number}"));
        }
        let service = std::sync::Arc::clone(&self.transfer.guard.service);
        let write = service.store.write()?;
        write.check_tunnel(&self.transfer.id, &self.transfer.attempt)?;
        let bad_lines: Vec<String> = bad.iter().map(|bad| bad.record.clone()).collect();
        write.add_tunnel_lines(&self.transfer.id, LineKind::Bad, &bad_lines)?;
        if let Some(upload) = self.upload.as_ref().filter(|_| counts && scan != Scan::Only) {
            if write.table_by_id(upload.table.id)?.is_none() {
                let message = format!("{} was dropped while the upload ran", upload.table.name);
                return Err(Error::new(Code::TableNotFound, message).at(upload.path.span));
            }
            let block = TunnelBlock { number, source, next, lines, rows, bad: bad_count, table: upload.table.id };
            write.add_tunnel_block(&self.transfer.id, &block, &files)?;
        }
        write.add_tunnel_lines(&self.transfer.id, LineKind::Log, &self.transfer.said)?;
        write.commit()?;
        self.transfer.said.clear();
        Ok(())
    }

    /// Every block is done: they become part of the table together, if that is still allowed.
    fn finish(&mut self) -> Result<()> {
        let Some(upload) = self.upload.take() else { return Ok(()) };
        let transfer = &mut self.transfer;
        let scans_only = upload.options.scan == Scan::Only;
        let insert = upload.insert();
        let (files, existing) = {
            let snapshot = transfer.service().store.read()?;
            let existing = if insert.overwrite { Vec::new() } else { snapshot.files(upload.table.id)? };
            let key = snapshot.data_key(upload.table.project.id)?;
            (snapshot.tunnel_files(&transfer.id, &upload.partition)?, (existing, key))
        };
        let names = (self.begun.merged.as_str(), 0);
        let existing = (existing.0.as_slice(), existing.1.as_ref());
        let written = insert.gather(&transfer.service().engine, files, existing, names, transfer.cancel())?;
        let time = transfer.elapsed();
        let average = speed(self.begun.total - self.begun.skipped, time);
        let mut lines = Vec::new();
        if self.begun.bad > 0 {
            let (records, verb, them) = match self.begun.bad {
                1 => ("record", "was", "it"),
                _ => ("records", "were", "them"),
            };
            lines.push(format!("{} bad {records} {verb} skipped; `tunnel show bad` lists {them}", self.begun.bad));
        }
        if self.begun.cut > 0 {
            let values = counted(self.begun.cut, "value");
            lines.push(format!(
                "warning: {values} of DECIMAL had more decimal places than the column: they were cut off"
            ));
        }
        if !scans_only {
            lines.push(format!("upload complete, average speed is {average}/s"));
        }
        if upload.options.text.timed {
            lines.push(format!("total time: {}", seconds(time)));
        }
        lines.push("OK".to_owned());

        let (id, attempt, now) = (transfer.id.as_str(), transfer.attempt.as_str(), transfer.guard.now());
        transfer.guard.commit(|write, _| {
            write.check_tunnel(id, attempt)?;
            if !scans_only {
                insert.commit(write, written, now)?;
            }
            write.clear_tunnel_blocks(id)?;
            write.end_tunnel(id, attempt, TransferStatus::Success)?;
            write.add_tunnel_lines(id, LineKind::Log, &transfer.said)?;
            write.add_tunnel_lines(id, LineKind::Log, &lines)?;
            write.end_announcement(attempt)?;
            write.end_announcement(&self.begun.merged)
        })?;
        self.uploading = None;
        self.steps.extend(lines.into_iter().map(Step::Status));
        transfer.lease = None;
        transfer.service().tidy();
        Ok(())
    }
}

impl super::Run for Run {
    type News = UploadEvent;

    fn steps(&mut self) -> &mut VecDeque<Step> {
        &mut self.steps
    }

    fn poll(&mut self) -> Option<Poll<Option<Result<UploadEvent>>>> {
        self.uploading.as_mut().map(|uploading| uploading.poll(PATIENCE))
    }

    fn progress(&self) -> Progress {
        let done = self.uploading.as_ref().map_or(0, Uploading::done);
        Progress { done, total: Some(self.begun.total), unit: Unit::Bytes }
    }

    fn take(&mut self, event: Option<UploadEvent>) -> Result<()> {
        match event {
            Some(event) => self.tell(event),
            None => self.finish(),
        }
    }

    /// Ends an upload that failed; blocks that are done stay, if it can go on.
    fn fail(&mut self, error: Box<Error>) -> Box<Error> {
        let error = self.transfer.guard.advised(error);
        if let Some(mut uploading) = self.uploading.take() {
            uploading.stop();
        }
        let is_bad = self.begun.bad > 0 && error.code == Code::Execution;
        let status = if is_bad { TransferStatus::Bad } else { TransferStatus::Failed };
        // The error itself is what the user must hear of.
        let noted = self.transfer.audit_failure(&error).and_then(|()| {
            if is_bad {
                let write = self.transfer.service().store.write()?;
                write.check_tunnel(&self.transfer.id, &self.transfer.attempt)?;
                write.clear_tunnel_blocks(&self.transfer.id)?;
                write.commit()?;
            }
            self.transfer.end_failed(&error, status)
        });
        drop(noted);
        match error.code {
            Code::Cancelled => error.help(format!("`tunnel resume {}` continues it", self.transfer.id)),
            _ => error,
        }
    }

    fn goes_on(&self) -> bool {
        self.uploading.is_some()
    }
}
