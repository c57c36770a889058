//! A confined process, seen from the shell: requests go in, answers come out, and it ends with whatever needs it.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::python;
use super::roles::OUTER;
use super::spec::{Limits, Spec};
use super::{Ended, Patience};

/// How often it is looked whether a call is to end.
const LOOK: Duration = Duration::from_millis(50);
/// How long an ended process may take to be gone.
const END: Duration = Duration::from_millis(300);
/// How much of the output is kept.
const OUTPUT: usize = 16 << 10;
/// The longest answer.
const LONGEST: usize = 256 << 20;
/// This program: it starts itself anew, whatever has become of its file.
const OWN: &str = "/proc/self/exe";
/// The program that runs functions in the sandbox.
const WORKER: &str = include_str!("worker.py");

/// A Python process without network, files and environment.
pub struct Confined {
    supervisor: Child,
    line: UnixStream,
    output: Arc<Mutex<Vec<u8>>>,
    drain: Option<JoinHandle<()>>,
    /// What it tried to reach, which shows at its end at the latest.
    tried: Option<&'static str>,
}

impl fmt::Debug for Confined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Confined")
    }
}

impl Confined {
    /// Starts Python, ready to take a function, with so many bytes of memory and seconds of processor time.
    ///
    /// # Errors
    /// There is no Python, or the system lacks what confines it.
    pub fn start(memory: u64, seconds: u64) -> Result<Self, Ended> {
        let python = python::installation().map_err(|why| Ended::Unavailable(format!("Python 3: {why}")))?;
        // Isolated from the environment and from folders of users; the text of the worker is no file.
        let arguments = ["-I", "-S", "-B", "-X", "utf8", "-c", WORKER].map(str::to_owned);
        let spec = Spec {
            program: python.program.clone(),
            loader: python.loader.clone(),
            arguments: std::iter::once(python.program.to_string_lossy().into_owned()).chain(arguments).collect(),
            places: python.places.clone(),
            limits: Limits { memory, seconds },
        };
        Self::spawn(&spec).map_err(|error| Ended::Unavailable(error.to_string()))
    }

    fn spawn(spec: &Spec) -> std::io::Result<Self> {
        let (line, other) = UnixStream::pair()?;
        let (mut reader, writer) = std::io::pipe()?;
        let spec = serde_json::to_string(spec)?;
        let mut command = Command::new(OWN);
        command.arg0(OUTER).arg(spec).env_clear().current_dir("/").process_group(0);
        command.stdin(OwnedFd::from(other)).stdout(writer).stderr(Stdio::piped());
        let supervisor = command.spawn()?;
        // The ends of the other process are closed here with the command.
        drop(command);
        line.set_read_timeout(Some(LOOK))?;
        line.set_write_timeout(Some(LOOK))?;
        let output = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&output);
        let drain = std::thread::Builder::new().name("output".to_owned()).spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut piece) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = OUTPUT.saturating_sub(kept.len()).min(read);
                kept.extend(piece.iter().take(room));
            }
        })?;
        Ok(Self { supervisor, line, output, drain: Some(drain), tried: None })
    }

    /// Ends it, and gives what it has printed, as far as that is kept.
    pub fn output(&mut self) -> String {
        self.end();
        String::from_utf8_lossy(&self.output.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Sends a request, whose first byte says what it is, and waits for the answer.
    ///
    /// # Errors
    /// The process gives none; it has ended then.
    pub fn call(&mut self, request: &[&[u8]], patience: &Patience<'_>) -> Result<Vec<u8>, Ended> {
        let until = Instant::now() + patience.most;
        self.exchange(request, patience, until).map_err(|broken| match broken {
            Broken::Gone => self.reason(),
            Broken::Stopped(ended) => {
                self.end();
                ended
            }
        })
    }

    fn exchange(&mut self, request: &[&[u8]], patience: &Patience<'_>, until: Instant) -> Result<Vec<u8>, Broken> {
        let check = || match () {
            () if (patience.is_stopped)() => Err(Broken::Stopped(Ended::Cancelled)),
            () if Instant::now() >= until => Err(Broken::Stopped(Ended::TimedOut)),
            () => Ok(()),
        };
        let length = request.iter().map(|part| part.len()).sum::<usize>() as u64;
        write(&mut self.line, &length.to_le_bytes(), &check)?;
        for part in request {
            write(&mut self.line, part, &check)?;
        }
        let mut length = [0; 8];
        read(&mut self.line, &mut length, &check)?;
        let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length > LONGEST {
            return Err(Broken::Stopped(Ended::Garbled));
        }
        let mut answer = Vec::new();
        // Memory is taken as bytes come, not as they are announced.
        while answer.len() < length {
            let start = answer.len();
            answer.resize(length.min(start + (1 << 20)), 0);
            let (_, piece) = answer.split_at_mut(start);
            read(&mut self.line, piece, &check)?;
        }
        Ok(answer)
    }

    /// Why the process is gone.
    fn reason(&mut self) -> Ended {
        let report = self.report();
        self.end();
        if let Some(missing) = report.lines().find_map(|line| line.strip_prefix("missing ")) {
            return Ended::Unavailable(missing.to_owned());
        }
        if !report.lines().any(|line| line == "ready") {
            return Ended::Unavailable("the process did not start".to_owned());
        }
        match report.lines().last().unwrap_or_default() {
            FORBIDDEN_CALL => Ended::Escaped,
            "signal 9" => Ended::Ended("it was killed".to_owned()),
            "signal 24" => Ended::TimedOut,
            last => Ended::Ended(match last.strip_prefix("exit ") {
                Some(code) => format!("its process ended with exit code {code}"),
                None => format!("its process ended with {last}"),
            }),
        }
    }

    /// What the supervisor says; nothing where it was read before. Waits for the supervisor's end.
    fn report(&mut self) -> String {
        let mut report = String::new();
        if let Some(mut pipe) = self.supervisor.stderr.take() {
            let _ = pipe.by_ref().take(4096).read_to_string(&mut report);
            let _ = self.supervisor.wait();
        }
        let tried = match report.lines().last() {
            Some(FORBIDDEN_CALL) => Some("a system call that functions may not make"),
            Some(WATCHED) => Some("files, the network or another process"),
            _ => None,
        };
        self.tried = self.tried.or(tried);
        report
    }

    /// Ends it; [`Confined::tried`] knows then what it tried after its last answer.
    pub fn end(&mut self) {
        // The process finds the end of its line. One that goes on is ended by its supervisor, which finds that nobody reads the line any more.
        // Only a supervisor that does not end is killed.
        let _ = self.line.shutdown(Shutdown::Write);
        self.hear_out();
        if !self.ends_within(Duration::ZERO) {
            let _ = self.line.shutdown(Shutdown::Both);
            if !self.ends_within(END) {
                // Its report is not waited for.
                drop(self.supervisor.stderr.take());
                let _ = self.supervisor.kill();
            }
        }
        self.report();
        let _ = self.supervisor.wait();
        if let Some(drain) = self.drain.take() {
            let _ = drain.join();
        }
    }

    /// What it tried to reach, if it tried to leave.
    pub fn tried(&self) -> Option<&'static str> {
        self.tried
    }

    /// Reads what it still says, so that nothing holds it up, until both processes have ended or their time is over.
    fn hear_out(&mut self) {
        let (until, mut piece) = (Instant::now() + END, [0; 4096]);
        while Instant::now() < until {
            match self.line.read(&mut piece) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if waited(&error).is_ok() => {}
                Err(_) => break,
            }
        }
    }
}

/// How a report ends where the kernel ended the process for a system call (SIGSYS).
const FORBIDDEN_CALL: &str = "signal 31";
/// The same where Python's watcher did (`worker.py`).
const WATCHED: &str = "exit 113";

impl Confined {
    /// Whether the supervisor ends by itself in this time.
    fn ends_within(&mut self, most: Duration) -> bool {
        let until = Instant::now() + most;
        loop {
            if !matches!(self.supervisor.try_wait(), Ok(None)) {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Confined {
    fn drop(&mut self) {
        self.end();
    }
}

enum Broken {
    Gone,
    Stopped(Ended),
}

fn write(line: &mut UnixStream, mut bytes: &[u8], check: &dyn Fn() -> Result<(), Broken>) -> Result<(), Broken> {
    while !bytes.is_empty() {
        match line.write(bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) => waited(&error)?,
        }
        check()?;
    }
    Ok(())
}

fn read(line: &mut UnixStream, mut into: &mut [u8], check: &dyn Fn() -> Result<(), Broken>) -> Result<(), Broken> {
    while !into.is_empty() {
        match line.read(into) {
            Ok(0) => return Err(Broken::Gone),
            Ok(read) => into = into.get_mut(read..).unwrap_or_default(),
            Err(error) => waited(&error)?,
        }
        check()?;
    }
    Ok(())
}

fn waited(error: &std::io::Error) -> Result<(), Broken> {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(()),
        _ => Err(Broken::Gone),
    }
}
