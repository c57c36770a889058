use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::targets::{Targets, file_names, ranges, unwritable};
use super::{PATIENCE, Running, Transfer, counted, seconds, size, speed};
use crate::command::{Download, DownloadPart, Outcome, Progress, Step, Unit};
use crate::data::{DownloadTask, Downloaded, Downloading, OpenFile, Plan, Slices};
use crate::error::{Code, Error, Result, shortened};
use crate::shell::long_work::{Allowed, Continuation, LongWork};
use crate::shell::pipeline::Done;
use crate::shell::written_file;
use crate::store::{LineKind, NewTunnelSession, TransferKind, TransferStatus, Write};

impl LongWork for Download {
    /// Writes the audit record and the tunnel session before the first row.
    fn begin(self: Box<Self>, allowed: Allowed<'_>, write: Write<'_>) -> Result<Continuation> {
        allowed.audit(&write)?;
        let guard = allowed.guard(&write)?;
        let mut transfer = Transfer::new(guard, None);
        transfer.attempt = format!("job{}", write.number_job()?);
        let new = NewTunnelSession {
            kind: TransferKind::Download,
            command: self.command.clone(),
            started: transfer.now(),
            lease: allowed.lease()?.to_owned(),
            projects: transfer.guard.record.request.flows.iter().map(|flow| flow.source.project.id).collect(),
        };
        let letters = || transfer.service().world.transfer_letters();
        transfer.id = write.begin_tunnel(&transfer.guard.caller.principal, &new, &transfer.attempt, &letters)?;
        write.commit()?;
        Ok(Box::new(move |_, lease| download(&self, Transfer { lease, ..transfer }).map(Done::Outcome)))
    }
}

/// Begins a download; it runs while its outcome is read.
fn download(download: &Download, mut transfer: Transfer) -> Result<Outcome> {
    let begun = begin(&mut transfer, download).map_err(|error| error.at(download.path.span));
    let (targets, downloading) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            transfer.audit_failure(&error)?;
            transfer.end_failed(&error, TransferStatus::Failed)?;
            return Err(error);
        }
    };
    let rows = download.parts.iter().map(|part| part.rows).sum();
    let (threads, warnings) = (download.options.text.threads, &download.options.text.warnings);
    let mut run = Run { transfer, targets, rows, downloading: Some(downloading), steps: VecDeque::new() };
    run.head(&download.parts, threads, warnings);
    Ok(Outcome { items: vec![Running::item(run)] })
}

fn begin(transfer: &mut Transfer, download: &Download) -> Result<(Targets, Downloading)> {
    let names = file_names(download);
    let targets = match names.as_slice() {
        [] => Targets::one(transfer, &download.path)?,
        names => Targets::several(transfer, &download.path, names)?,
    };
    let write = transfer.service().store.write()?;
    // Named before it is there: should this process be killed, the next one removes it.
    write.set_tunnel_draft(&transfer.id, targets.draft())?;
    write.commit()?;
    targets.make()?;
    let started = start(transfer, download, &targets);
    if started.is_err() {
        targets.remove();
    }
    started.map(|downloading| (targets, downloading))
}

fn start(transfer: &Transfer, download: &Download, targets: &Targets) -> Result<Downloading> {
    let files = targets.files.clone();
    let open = move |number: usize| {
        let written = files.get(number).ok_or_else(|| Error::new(Code::Internal, "a download writes one file more"))?;
        let shown = shortened(&written.shown);
        let file = written_file::draft(&written.draft, &written.path).map_err(|error| unwritable(&shown, &error))?;
        Ok((file, shown))
    };
    let limited = download.options.limit.is_some();
    let partition = |part: &DownloadPart| {
        let limit = part.rows.filter(|_| limited);
        part.partition.clone().map(|partition| (partition, limit))
    };
    let slices = match download.parts.as_slice() {
        [one] if one.partition.is_none() => Slices::Even { files: targets.files.len(), rows: one.rows },
        [one] if targets.files.len() > 1 => {
            let plan = one.partition.as_ref().map(|partition| {
                download.plan.of_partition(partition, download.columns, one.rows.filter(|_| limited)).map(Arc::new)
            });
            let plan = plan.unwrap_or_else(|| Ok(Arc::clone(&download.plan)))?;
            let slices = Slices::Even { files: targets.files.len(), rows: one.rows };
            return run(transfer, download, plan, slices, Box::new(open));
        }
        parts => Slices::Partitions(parts.iter().filter_map(partition).collect()),
    };
    run(transfer, download, Arc::clone(&download.plan), slices, Box::new(open))
}

fn run(
    transfer: &Transfer,
    download: &Download,
    plan: Arc<Plan>,
    slices: Slices,
    open: OpenFile,
) -> Result<Downloading> {
    let task = DownloadTask { plan, columns: download.columns, slices, format: download.format.clone(), open };
    transfer.service().engine.download(task, transfer.cancel())
}

/// A running download. If it fails, nothing of it is left.
struct Run {
    transfer: Transfer,
    targets: Targets,
    /// Rows, if the manifest says so.
    rows: Option<u64>,
    /// Taken when it ends.
    downloading: Option<Downloading>,
    steps: VecDeque<Step>,
}

impl Run {
    fn say(&mut self, line: String) {
        let step = self.transfer.say(line);
        self.steps.push_back(step);
    }

    /// Source: odpscmd. Chosen: for a view the number of records is not shown in advance, because it is read only once.
    fn head(&mut self, parts: &[DownloadPart], threads: u64, warnings: &[String]) {
        let id = self.transfer.id.clone();
        let count = counted(self.targets.files.len() as u64, "file");
        let using = if threads > 1 { format!(" using {}", counted(threads, "thread")) } else { String::new() };
        let mut lines = match self.rows {
            Some(rows) => {
                vec![
                    format!("new session: {id}\ttotal lines: {rows}"),
                    format!("downloading {rows} records into {count}{using}"),
                ]
            }
            None => vec![format!("new session: {id}"), format!("downloading records into {count}{using}")],
        };
        let files = self.targets.files.iter().map(|file| &file.shown).enumerate();
        lines.extend(files.zip(ranges(parts, self.targets.files.len())).map(|((number, shown), range)| match range {
            Some((from, to)) => format!("file [{number}]: [{from}, {to}), {shown}"),
            None => format!("file [{number}]: {shown}"),
        }));
        for line in lines {
            let step = self.transfer.say_now("  -  ", &line);
            self.steps.push_back(step);
        }
        for warning in warnings {
            self.say(warning.clone());
        }
    }

    /// The files are written: they get their names, if that is still allowed (STG-2).
    fn finish(&mut self, downloaded: &Downloaded) -> Result<()> {
        let Downloaded { rows, ref bytes, ambiguous, milliseconds, moments } = *downloaded;
        let service = std::sync::Arc::clone(&self.transfer.guard.service);
        let write = service.store.write()?;
        write.check_tunnel(&self.transfer.id, &self.transfer.attempt)?;
        self.transfer.guard.decide(&write)?;
        self.targets.keep()?;
        self.downloading = None;
        let time = self.transfer.elapsed();
        for (number, bytes) in bytes.iter().enumerate() {
            let step = self.transfer.say_now("  -  ", &format!("file [{number}] OK. total: {}", size(*bytes)));
            self.steps.push_back(step);
        }
        let bytes = bytes.iter().sum();
        let (total, average) = (size(bytes), speed(bytes, time));
        if self.rows.is_none() {
            self.say(format!("total lines: {rows}"));
        }
        let time = if time == Duration::ZERO { "0 s".to_owned() } else { seconds(time) };
        self.say(format!("total: {total}, time: {time}, average speed: {average}/s"));
        // Chosen: the client writes such files without a word.
        if ambiguous > 0 {
            let records = counted(ambiguous, "record");
            self.say(format!(
                "warning: {records} would not read back unchanged: a value contains a delimiter or the NULL indicator; download with `-cf true`, or with other -fd, -rd, -ni"
            ));
        }
        if milliseconds > 0 {
            let values = counted(milliseconds, "value");
            self.say(format!(
                "warning: the milliseconds of {values} of DATETIME are not in the file; download with `-dfp 'yyyy-MM-dd HH:mm:ss.SSS'`"
            ));
        }
        if moments > 0 {
            let values = counted(moments, "value");
            self.say(format!(
                "warning: {values} of DATETIME or TIMESTAMP would read back as other times: their local time occurs twice in the zone, or the pattern leaves a part out; download without -tz, or with another -dfp"
            ));
        }
        self.say("download OK".to_owned());
        write.end_tunnel(&self.transfer.id, &self.transfer.attempt, TransferStatus::Success)?;
        write.add_tunnel_lines(&self.transfer.id, LineKind::Log, &self.transfer.said)?;
        write.commit()?;
        self.transfer.said.clear();
        self.transfer.lease = None;
        service.tidy();
        Ok(())
    }
}

impl super::Run for Run {
    type News = Downloaded;

    fn steps(&mut self) -> &mut VecDeque<Step> {
        &mut self.steps
    }

    fn poll(&mut self) -> Option<Poll<Option<Result<Downloaded>>>> {
        let guard = &mut self.transfer.guard;
        // Before each piece that is written it is decided again if anything moved (FLW-12).
        self.downloading.as_mut().map(|downloading| downloading.poll(PATIENCE, || guard.check()))
    }

    fn progress(&self) -> Progress {
        let done = self.downloading.as_ref().map_or(0, Downloading::done);
        Progress { done, total: self.rows, unit: Unit::Rows }
    }

    fn take(&mut self, downloaded: Option<Downloaded>) -> Result<()> {
        match downloaded {
            Some(downloaded) => self.finish(&downloaded),
            None => Err(Error::new(Code::Internal, "a download stopped without a result")),
        }
    }

    /// Ends a download that failed; nothing of it is left.
    fn fail(&mut self, error: Box<Error>) -> Box<Error> {
        let error = self.transfer.guard.advised(error);
        if let Some(mut downloading) = self.downloading.take() {
            downloading.stop();
        }
        // The error itself is what the user must hear of.
        self.targets.remove();
        drop(
            self.transfer.audit_failure(&error).and_then(|()| self.transfer.end_failed(&error, TransferStatus::Failed)),
        );
        error
    }

    fn goes_on(&self) -> bool {
        self.downloading.is_some()
    }
}
