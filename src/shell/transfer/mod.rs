//! Transfers between tables and text files: what runs outside of any lock, said while it goes on.
//!
//! Files of the state itself are never touched (FLW-11). A transfer is decided again before what it made counts (STG-2).

mod download;
mod upload;

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

pub(super) use download::ReadyDownload;
pub(super) use upload::ReadyUpload;

use super::files::SessionFiles;
use super::instance::Timekeeper;
use super::pipeline::{Record, audit_failure};
use super::rows::decide_again;
use super::session::Session;
use crate::command::{Context, Step};
use crate::data::{Cancel, Engine};
use crate::error::{Code, Error, Result};
use crate::model::{Principal, ProjectRef, Source, Time};
use crate::security::{Decision, Request};
use crate::store::{AuditRecord, Lease, LineKind, Store, TransferStatus, Write};
use crate::syntax::{FileName, Statement};

/// How long one waits for news before progress is shown.
const PATIENCE: Duration = Duration::from_millis(100);

/// What a transfer needs of its session until it ends.
struct Transfer {
    store: Rc<Store>,
    engine: Rc<Engine>,
    cancel: Cancel,
    time: Timekeeper,
    principal: Principal,
    source: Source,
    current: Option<ProjectRef>,
    flags: BTreeMap<String, String>,
    files: SessionFiles,
    statement: Statement,
    record: Record,
    lease: Option<Lease>,
    /// Its id, and which run of it this is.
    id: String,
    attempt: String,
    /// What it said and what is not yet kept.
    said: Vec<String>,
    began: Duration,
}

impl Session {
    fn transfer(
        &self,
        (request, rules): (&Request, String),
        statement: &Statement,
        text: &str,
        lease: Option<Lease>,
    ) -> Transfer {
        let mut record = self.record(request, text);
        record.base.rules = rules;
        Transfer {
            store: Rc::clone(&self.store),
            engine: Rc::clone(&self.engine),
            cancel: self.cancel.clone(),
            time: self.timekeeper(),
            principal: self.principal.clone(),
            source: self.source.clone(),
            current: self.current.clone(),
            flags: self.flags.clone(),
            files: self.files.clone(),
            statement: statement.clone(),
            record,
            lease,
            id: String::new(),
            attempt: String::new(),
            said: Vec::new(),
            began: self.world.elapsed(),
        }
    }
}

impl Transfer {
    fn now(&self) -> Time {
        self.time.now()
    }

    /// Decides the statement anew, on what the state is by now.
    fn decide_again(&mut self, write: &Write<'_>) -> Result<Decision> {
        let context = Context {
            principal: &self.principal,
            source: &self.source,
            current: self.current.as_ref(),
            now: self.now(),
            flags: &self.flags,
            as_job: None,
            explains: false,
            supposed: &[],
            seed: 0,
            files: &self.files,
        };
        decide_again(&context, &self.statement, &mut self.record, write)
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
        let record = AuditRecord { code: Some(error.code.number()), ..self.record.clone().ended() };
        audit_failure(&self.store, &record)
    }

    /// Ends the session of a transfer that failed, and lets go of what it left behind.
    fn end_failed(&mut self, error: &Error, status: TransferStatus) -> Result<()> {
        self.said.push(format!("FAILED: {}", error.headline("")));
        let write = self.store.write()?;
        if write.check_tunnel(&self.id, &self.attempt).is_ok() {
            write.end_tunnel(&self.id, &self.attempt, status)?;
            write.add_tunnel_lines(&self.id, LineKind::Log, &self.said)?;
        }
        write.commit()?;
        self.lease = None;
        self.store.sweep(self.now())
    }

    /// How long it goes on.
    fn elapsed(&self) -> Duration {
        self.time.world.elapsed().saturating_sub(self.began)
    }

    /// Refuses files of the state itself, links resolved (FLW-11).
    fn check_file(&self, path: &Path, name: &FileName) -> Result<()> {
        match self.store.holds(path) {
            false => Ok(()),
            true => Err(Error::new(Code::File, format!("`{}` belongs to the state itself", name.text))
                .help("give another file (FLW-11)")),
        }
    }
}

/// The id of a session: when it began, and a number that no job ever had.
fn session_id(now: Time, number: i64) -> String {
    let time: String = now.plain().chars().filter(char::is_ascii_digit).collect();
    format!("{time}{number:08x}")
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
        assert_eq!(session_id(Time(1_704_067_200_000), 26), "202401010000000000001a");
    }
}
