use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use datafusion::arrow::array::ArrayRef;
use datafusion::common::config::ConfigOptions;
use serde_json::json;

use super::UserFunction;
use super::answer::{Answer, Wrong};
use super::budget::Share;
use super::request;
use crate::data::engine::{Cancel, cancelled};
use crate::data::failure::{failure, memory};
use crate::data::functions::allowance::Meter;
use crate::error::{Code, Error, Result};
use crate::model::{CodeKind, CodeResource, DataType, ResourceKind};
use crate::sandbox::{Confined, Ended, Patience};

/// The longest text of a function that is shown.
const SHOWN: usize = 2_000;

/// The connection of a function to its process, which starts with the first call.
pub(super) struct Line {
    code: Arc<UserFunction>,
    state: Mutex<State>,
    /// Set to stop what runs; calls for rows know more about that than those for groups.
    cancel: Cancel,
    /// Set once the plan has ended.
    ended: AtomicBool,
    /// The number of the next buffer of a group.
    next: AtomicU32,
}

/// The rows of a request.
pub(super) struct Rows<'r> {
    /// How many there are.
    pub count: usize,
    /// The number of each one's buffer, where groups are asked about.
    pub groups: &'r [u32],
    /// Their values, and of which types these are.
    pub columns: &'r [ArrayRef],
    pub kinds: &'r [DataType],
}

enum State {
    /// What its process may use is known, or not yet.
    Waiting(Option<Share>),
    Running(Confined),
    /// The plan has ended.
    Ended,
    /// It has failed: it is not asked again.
    Over(Box<Error>),
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({})", self.code.name)
    }
}

impl Line {
    /// Nothing is started yet.
    pub fn new(code: Arc<UserFunction>, cancel: &Cancel) -> Self {
        Self {
            code,
            state: Mutex::new(State::Waiting(None)),
            cancel: Arc::clone(cancel),
            ended: AtomicBool::new(false),
            next: AtomicU32::new(0),
        }
    }

    /// The function.
    pub fn code(&self) -> &Arc<UserFunction> {
        &self.code
    }

    /// Says what its process may use; a plan that runs once more has another process.
    pub fn allot(&self, share: Share) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Waiting(_) | State::Ended = *state {
            self.ended.store(false, Ordering::Relaxed);
            *state = State::Waiting(Some(share));
        }
    }

    /// Ends its process: nothing is asked any more.
    ///
    /// # Errors
    /// It has tried to leave, and nobody was told yet: for example after its last answer.
    pub fn end(&self) -> Result<()> {
        // A call that still goes on ends by itself.
        self.ended.store(true, Ordering::Relaxed);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let error = match &mut *state {
            State::Running(process) => self.tried(process),
            State::Over(error) if error.code == Code::Escape => Some(error.clone()),
            State::Over(_) | State::Waiting(_) | State::Ended => None,
        };
        *state = State::Ended;
        error.map_or(Ok(()), Err)
    }

    /// What stops it.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// A number for the buffer of a group.
    pub fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Asks for what `step` means of some rows, and reads the answer.
    pub fn ask<T>(
        &self,
        step: u8,
        rows: &Rows<'_>,
        options: &ConfigOptions,
        read: impl FnOnce(&mut Answer<'_>) -> Result<T, Wrong>,
    ) -> Result<T> {
        let meter = Meter::new(options);
        let mut request = vec![step];
        request.extend(u32::try_from(rows.count).map_err(|_| memory())?.to_le_bytes());
        request.extend(rows.groups.iter().flat_map(|number| number.to_le_bytes()));
        for (column, data_type) in rows.columns.iter().zip(rows.kinds) {
            request::add(column, data_type, self.code.zone, &mut request).map_err(failure)?;
        }
        meter.reserve(request.len())?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let answered = self.exchange(&mut state, &[&request], &meter, read);
        // Without memory, the plan may run once more in another way.
        answered.map_err(|error| if error.code == Code::Memory { error } else { self.over(&mut state, error) })
    }

    /// Ends its process after an error. That it tried to leave counts more than any other.
    fn over(&self, state: &mut State, error: Box<Error>) -> Box<Error> {
        let error = match state {
            // What was told of an attempt says more than how the process ended.
            State::Running(process) => self.tried(process).filter(|_| error.code != Code::Escape).unwrap_or(error),
            State::Waiting(_) | State::Ended | State::Over(_) => error,
        };
        *state = State::Over(error.clone());
        error
    }

    /// Ends a process, and says what it tried.
    fn tried(&self, process: &mut Confined) -> Option<Box<Error>> {
        process.end();
        process.tried().map(|tried| self.attempt(tried))
    }

    fn exchange<T>(
        &self,
        state: &mut State,
        request: &[&[u8]],
        meter: &Meter,
        read: impl FnOnce(&mut Answer<'_>) -> Result<T, Wrong>,
    ) -> Result<T> {
        meter.look()?;
        let is_stopped =
            || meter.look().is_err() || self.cancel.load(Ordering::Relaxed) || self.ended.load(Ordering::Relaxed);
        let patience = Patience { most: Duration::from_secs(self.code.seconds), is_stopped: &is_stopped };
        if let State::Waiting(share) = state {
            let share =
                share.ok_or_else(|| Error::new(Code::Internal, "a function has no memory share in its statement"))?;
            let started = Confined::start(share.memory, share.seconds).map_err(|ended| self.gone(None, ended))?;
            *state = State::Running(started);
            if let State::Running(process) = state {
                self.introduce(process, &patience)?;
            }
        }
        let process = match state {
            State::Running(process) => process,
            State::Over(error) => return Err(error.clone()),
            State::Ended | State::Waiting(_) => return Err(cancelled()),
        };
        let answer = match process.call(request, &patience) {
            Ok(answer) => answer,
            Err(ended) => return Err(self.gone(Some(process), ended)),
        };
        meter.reserve(answer.len())?;
        let mut answer = Answer::new(self.values(process, &answer)?, self.code.zone);
        let value = read(&mut answer).and_then(|value| answer.end().map(|()| value));
        value.map_err(|wrong| match wrong {
            Wrong::Garbled => self.gone(Some(process), Ended::Garbled),
            Wrong::Misfit(what) => self.failed(&format!("it returns {what}"), None),
        })
    }

    /// Gives its process the function.
    fn introduce(&self, process: &mut Confined, patience: &Patience<'_>) -> Result<()> {
        let mut tables = self.code.tables().iter();
        let (mut resources, mut contents) = (Vec::new(), Vec::new());
        for CodeResource { name, kind, content } in &self.code.resources {
            if *kind != ResourceKind::Table {
                resources.push(json!({ "name": name, "kind": kind.name(), "length": content.len() }));
                // Sent from where all functions of the statement have it.
                contents.push(Cow::Borrowed(&**content));
                continue;
            }
            let table =
                tables.next().ok_or_else(|| Error::new(Code::Internal, "the plan of a table resource is missing"))?;
            let (rows, columns) = (table.rows()?, table.plan.columns());
            let kinds: Vec<_> = columns.iter().map(|column| request::described(&column.data_type)).collect();
            resources.push(json!({ "name": name, "kind": kind.name(), "rows": rows.num_rows(), "columns": kinds }));
            let mut bytes = Vec::new();
            for (values, column) in rows.columns().iter().zip(columns) {
                request::add(values, &column.data_type, self.code.zone, &mut bytes).map_err(failure)?;
            }
            contents.push(Cow::Owned(bytes));
        }
        let about = json!({
            "class": self.code.class,
            "kind": match self.code.kind {
                CodeKind::Scalar => "scalar",
                CodeKind::Table => "table",
                CodeKind::Aggregate => "aggregate",
            },
            "arguments": self.code.arguments.iter().map(request::described).collect::<Vec<_>>(),
            "results": self.code.results.iter().map(request::described).collect::<Vec<_>>(),
            "resources": resources,
        });
        let introduction = request::introduction(&about)?;
        let parts: Vec<&[u8]> = std::iter::once(&*introduction).chain(contents.iter().map(|part| &**part)).collect();
        match process.call(&parts, patience) {
            Ok(answer) => self.values(process, &answer).map(drop),
            Err(ended) => Err(self.gone(Some(process), ended)),
        }
    }

    /// The values of an answer; its first byte says whether there are any.
    fn values<'a>(&self, process: &mut Confined, answer: &'a [u8]) -> Result<&'a [u8]> {
        match answer.split_first() {
            Some((b'R', values)) => Ok(values),
            Some((b'E', said)) => Err(self.failed(&String::from_utf8_lossy(said), Some(process))),
            Some((b'A', tried)) => Err(self.attempt(&String::from_utf8_lossy(tried))),
            _ => Err(self.gone(Some(process), Ended::Garbled)),
        }
    }

    /// What is said of a process that gives no answer.
    fn gone(&self, process: Option<&mut Confined>, ended: Ended) -> Box<Error> {
        match ended {
            Ended::Cancelled => Error::new(Code::Cancelled, "stopped"),
            Ended::Escaped => self.attempt("a system call that functions may not make"),
            Ended::Unavailable(what) => {
                let message =
                    format!("function `{}` cannot run on this machine: its sandbox needs {what}", self.code.name);
                Error::new(Code::Unsupported, message)
                    .help("it never runs with less; the kernel or its administrator can provide it")
            }
            Ended::TimedOut => self
                .failed(&format!("it took longer than {} s for some rows", self.code.seconds), process)
                .help("`set odps.function.timeout=<seconds>;` gives it more"),
            Ended::Ended(how) => self.failed(&how, process),
            Ended::Garbled => self.failed("it wrote something that is not an answer", process),
        }
    }

    /// An error of the function itself, in words that its caller may read.
    fn failed(&self, said: &str, process: Option<&mut Confined>) -> Box<Error> {
        let name = &self.code.name;
        if !self.code.is_open {
            return Error::new(Code::Execution, format!("function `{name}` failed"));
        }
        let error = Error::new(Code::Execution, format!("function `{name}` failed: {}", one_line(said)));
        match process.map(Confined::output).filter(|output| !output.trim().is_empty()) {
            Some(output) => error.help(format!("it printed: {}", one_line(&output))),
            None => error,
        }
    }

    /// It tried to leave.
    fn attempt(&self, tried: &str) -> Box<Error> {
        let name = &self.code.name;
        let message = match self.code.is_open {
            true => format!("function `{name}` tried to leave its sandbox: {}", one_line(tried)),
            false => format!("function `{name}` tried to leave its sandbox"),
        };
        let error =
            Error::new(Code::Escape, message).help("functions have no network, no files and no other processes");
        Box::new(Error { escaped: Some(self.code.path.clone()), ..*error })
    }
}

/// A text that may be anything, as a part of a message.
fn one_line(text: &str) -> String {
    let shown: String =
        text.trim().chars().take(SHOWN).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    shown.trim_end().to_owned()
}
