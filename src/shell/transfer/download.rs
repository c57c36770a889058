use std::collections::VecDeque;
use std::path::PathBuf;
use std::task::Poll;
use std::time::Duration;

use super::{PATIENCE, Running, Transfer, counted, seconds, size, speed};
use crate::command::{Download, Outcome, Progress, Step, Unit};
use crate::data::{DownloadTask, Downloaded, Downloading};
use crate::error::{Code, Error, Result, shortened, system_words};
use crate::shell::local_file::expanded;
use crate::shell::long_work::{Allowed, Continuation, LongWork};
use crate::shell::pipeline::Done;
use crate::shell::written_file::{self, Unwritable};
use crate::store::{LineKind, NewTunnelSession, TransferKind, TransferStatus, Write};
use crate::syntax::FileName;

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
    let (target, downloading) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            transfer.audit_failure(&error)?;
            transfer.end_failed(&error, TransferStatus::Failed)?;
            return Err(error);
        }
    };
    let mut run = Run { transfer, target, rows: download.rows, downloading: Some(downloading), steps: VecDeque::new() };
    run.head();
    Ok(Outcome { items: vec![Running::item(run)] })
}

/// Where a download goes.
struct Target {
    /// As typed.
    shown: String,
    /// The file, links resolved.
    path: PathBuf,
    /// Beside it: what is written before it is complete.
    draft: PathBuf,
}

fn begin(transfer: &mut Transfer, download: &Download) -> Result<(Target, Downloading)> {
    let target = target(transfer, &download.path)?;
    let shown = shortened(&target.shown);
    let write = transfer.service().store.write()?;
    // Named before it is there: should this process be killed, the next one removes it.
    write.set_tunnel_draft(&transfer.id, &target.draft)?;
    write.commit()?;
    let file = written_file::draft(&target.draft, &target.path).map_err(|error| {
        Error::new(Code::File, format!("'{shown}' cannot be written: {}", system_words(&error)))
            .help("give a file in an existing, writable folder")
    })?;
    let task = DownloadTask { plan: download.plan.clone(), format: download.format.clone(), file, shown };
    match transfer.service().engine.download(task, transfer.cancel()) {
        Ok(downloading) => Ok((target, downloading)),
        Err(error) => {
            // The error itself is what the user must hear of.
            drop(std::fs::remove_file(&target.draft));
            Err(error)
        }
    }
}

/// Finds the file that is written: an existing one is replaced when the new one is complete.
fn target(transfer: &Transfer, name: &FileName) -> Result<Target> {
    let typed = expanded(&name.text);
    let unwritable = |why: &str| {
        Error::new(Code::File, format!("'{}' cannot be written: {why}", shortened(&name.text)))
            .help("give a file in an existing, writable folder")
    };
    transfer.check_file(&typed, name)?;
    let path = written_file::resolve(&typed).map_err(|why| match why {
        Unwritable::Not(why) => unwritable(why),
        Unwritable::System(error) => unwritable(&system_words(&error)),
    })?;
    let draft = written_file::beside(&path, ".", &format!(".{}.part", transfer.id));
    transfer.check_file(&path, name)?;
    transfer.check_file(&draft, name)?;
    Ok(Target { shown: name.text.clone(), path, draft })
}

/// A running download. If it fails, nothing of it is left.
struct Run {
    transfer: Transfer,
    target: Target,
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
    fn head(&mut self) {
        let (id, shown) = (self.transfer.id.clone(), self.target.shown.clone());
        let lines = match self.rows {
            Some(rows) => [
                format!("new session: {id}\ttotal lines: {rows}"),
                format!("downloading {rows} records into 1 file"),
                format!("file [0]: [0, {rows}), {shown}"),
            ],
            None => [
                format!("new session: {id}"),
                "downloading records into 1 file".to_owned(),
                format!("file [0]: {shown}"),
            ],
        };
        for line in lines {
            let step = self.transfer.say_now("  -  ", &line);
            self.steps.push_back(step);
        }
    }

    /// The file is written: it gets its name, if that is still allowed (STG-2).
    fn finish(&mut self, downloaded: &Downloaded) -> Result<()> {
        let Downloaded { rows, bytes, ambiguous, milliseconds, moments } = *downloaded;
        let service = std::sync::Arc::clone(&self.transfer.guard.service);
        let write = service.store.write()?;
        write.check_tunnel(&self.transfer.id, &self.transfer.attempt)?;
        self.transfer.guard.decide(&write)?;
        std::fs::rename(&self.target.draft, &self.target.path).map_err(|error| {
            let shown = shortened(&self.target.shown);
            Error::new(Code::File, format!("'{shown}' cannot be written: {}", system_words(&error)))
        })?;
        self.downloading = None;
        let time = self.transfer.elapsed();
        let (total, average) = (size(bytes), speed(bytes, time));
        let step = self.transfer.say_now("  -  ", &format!("file [0] OK. total: {total}"));
        self.steps.push_back(step);
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
        drop(std::fs::remove_file(&self.target.draft));
        drop(
            self.transfer.audit_failure(&error).and_then(|()| self.transfer.end_failed(&error, TransferStatus::Failed)),
        );
        error
    }

    fn goes_on(&self) -> bool {
        self.downloading.is_some()
    }
}
