//! Transfers between tables and text files: they run outside any lock and report their progress.
//!
//! Files of the state are never touched (FLW-11). A transfer is decided again before it takes effect (STG-2).

mod download;
mod targets;
mod upload;

use std::collections::VecDeque;
use std::path::Path;
use std::task::Poll;
use std::time::Duration;

use super::guard::Guard;
use super::service::Service;
use crate::command::{Item, Progress, Step, Steps};
use crate::data::Cancel;
use crate::error::{Code, Error, Result};
use crate::model::Time;
use crate::store::{Lease, LineKind, TransferStatus};
use crate::syntax::FileName;

/// How long one waits for news before progress is shown.
const PATIENCE: Duration = Duration::from_millis(100);

/// What a transfer needs until it ends.
struct Transfer {
    guard: Guard,
    lease: Option<Lease>,
    /// Its id, and which run of it this is.
    id: String,
    attempt: String,
    /// The prefixes of the data files that it writes.
    announced: Vec<String>,
    /// Log lines that are not stored yet.
    said: Vec<String>,
    began: Duration,
}

impl Transfer {
    fn new(guard: Guard, lease: Option<Lease>) -> Self {
        let began = guard.service.world.elapsed();
        Self { guard, lease, id: String::new(), attempt: String::new(), announced: Vec::new(), said: Vec::new(), began }
    }

    fn service(&self) -> &Service {
        &self.guard.service
    }

    fn cancel(&self) -> &Cancel {
        &self.guard.caller.cancel
    }

    /// The name of its lease.
    fn lease_name(&self) -> &str {
        self.lease.as_ref().map(Lease::name).unwrap_or_default()
    }

    fn now(&self) -> Time {
        self.guard.now()
    }

    /// A status line, which the session's log keeps.
    fn say(&mut self, line: impl Into<String>) -> Step {
        let line = line.into();
        self.said.push(line.clone());
        Step::Status(line)
    }

    /// A status line with the time before it.
    fn say_now(&mut self, between: &str, line: &str) -> Step {
        let time = self.now().plain();
        self.say(format!("{time}{between}{line}"))
    }

    /// Notes in the audit that the transfer failed; it quotes no values (FLW-10).
    fn audit_failure(&self, error: &Error) -> Result<()> {
        self.service().audit(&self.guard.record.ended(error))
    }

    /// Ends the session of a transfer that failed, and removes what it left behind.
    fn end_failed(&mut self, error: &Error, status: TransferStatus) -> Result<()> {
        self.said.push(format!("FAILED: {}", error.headline("")));
        let service = std::sync::Arc::clone(&self.guard.service);
        let write = service.store.write()?;
        if write.check_tunnel(&self.id, &self.attempt).is_ok() {
            write.end_tunnel(&self.id, &self.attempt, status)?;
            write.add_tunnel_lines(&self.id, LineKind::Log, &self.said)?;
        }
        for prefix in &self.announced {
            write.keep_announced(prefix)?;
        }
        write.commit()?;
        self.lease = None;
        service.tidy();
        Ok(())
    }

    /// How long it has been running.
    fn elapsed(&self) -> Duration {
        self.service().world.elapsed().saturating_sub(self.began)
    }

    /// Refuses files of the state itself, links resolved (FLW-11).
    fn check_file(&self, path: &Path, name: &FileName) -> Result<()> {
        match self.service().store.holds(path) {
            false => Ok(()),
            true => Err(Error::new(Code::File, format!("`{}` belongs to the state", name.text))
                .help("give another file (FLW-11)")),
        }
    }
}

/// A running transfer.
trait Run {
    /// The messages of its threads.
    type News;

    /// The next message.
    fn steps(&mut self) -> &mut VecDeque<Step>;

    /// What its threads tell, if they do within [`PATIENCE`]; nothing once it is over.
    fn poll(&mut self) -> Option<Poll<Option<Result<Self::News>>>>;

    /// How far it is.
    fn progress(&self) -> Progress;

    /// Takes the messages of its threads; `None` means that they are done.
    fn take(&mut self, news: Option<Self::News>) -> Result<()>;

    /// Stops it, if it is not over, and cleans up; returns the error for its user.
    fn fail(&mut self, error: Box<Error>) -> Box<Error>;

    /// Whether it is not over.
    fn goes_on(&self) -> bool;
}

/// Runs a transfer while its steps are read. Dropping it stops it.
struct Running<R: Run>(R);

impl<R: Run + 'static> Running<R> {
    fn item(run: R) -> Item {
        Item::Steps(Steps(Box::new(Self(run))))
    }
}

impl<R: Run> Iterator for Running<R> {
    type Item = Result<Step>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(step) = self.0.steps().pop_front() {
                return Some(Ok(step));
            }
            let done = match self.0.poll()? {
                Poll::Pending => return Some(Ok(Step::Progress(self.0.progress()))),
                Poll::Ready(Some(Ok(news))) => self.0.take(Some(news)),
                Poll::Ready(Some(Err(error))) => Err(error),
                Poll::Ready(None) => self.0.take(None),
            };
            if let Err(error) = done {
                self.0.steps().clear();
                return Some(Err(self.0.fail(error)));
            }
        }
    }
}

impl<R: Run> Drop for Running<R> {
    fn drop(&mut self) {
        if self.0.goes_on() {
            // Nobody is left to be told.
            drop(self.0.fail(Error::new(Code::Cancelled, "stopped")));
        }
    }
}

/// `17 bytes`, `1.5 KB`, as the client has it.
fn size(bytes: u64) -> String {
    let units = [("GB", 30), ("MB", 20), ("KB", 10)];
    match units.into_iter().find(|(_, shift)| bytes >> shift > 0) {
        None => format!("{bytes} bytes"),
        Some((unit, shift)) => {
            let tenths = (u128::from(bytes) * 10) >> shift;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
    }
}

/// Bytes a second; what took no time took a second.
fn speed(bytes: u64, time: Duration) -> String {
    let milliseconds = match time.as_millis() {
        0 => 1000,
        milliseconds => milliseconds,
    };
    size(u64::try_from(u128::from(bytes) * 1000 / milliseconds).unwrap_or(u64::MAX))
}

/// `1 record`, `2 records`
fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// `1.234 s`
fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_speeds_are_told_in_fitting_units() {
        assert_eq!(
            [0, 1023, 1536, 5 << 20, 3 << 29].map(size),
            ["0 bytes", "1023 bytes", "1.5 KB", "5.0 MB", "1.5 GB"]
        );
        assert_eq!(speed(4096, Duration::from_millis(500)), "8.0 KB");
        assert_eq!(speed(17, Duration::ZERO), "17 bytes");
    }
}
