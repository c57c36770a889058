//! The real binary as a child process: a folder of its own, a time limit, and what must hold of every end.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

/// No case may take longer.
pub const LIMIT: Duration = Duration::from_secs(90);

/// Longest text on standard error for one refused statement, in bytes.
const LONGEST_MESSAGE: usize = 4096;

/// What never stands in a message: words of the language and the libraries below.
const INTERNAL: [&str; 26] = [
    "panicked",
    "RUST_BACKTRACE",
    "thread '",
    "src/",
    ".rs:",
    "::",
    "Some(",
    "Err(",
    "Error {",
    "Utf8",
    "Int64",
    "Arrow",
    "arrow error",
    "DataFusion",
    "datafusion",
    "sqlparser",
    "ParserError",
    "Parquet error",
    "SQLite",
    "rusqlite",
    "SQL logic error",
    "constraint failed",
    "no such table",
    "uncategorized",
    "os error",
    "not yet implemented",
];

/// A state file in a folder of its own.
pub struct World {
    folder: TempDir,
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; nothing if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// How long it took.
    pub time: Duration,
}

/// The binary under test: this build's, or the one that `ODPSH_BINARY` names.
pub fn binary() -> PathBuf {
    std::env::var_os("ODPSH_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_odpsh").into(), PathBuf::from)
}

impl World {
    /// A folder without a state.
    pub fn empty() -> Self {
        Self { folder: tempfile::Builder::new().prefix("odpsh-it").tempdir().unwrap() }
    }

    /// A folder with a fresh state.
    pub fn fresh() -> Self {
        let world = Self::empty();
        world.succeed("whoami;");
        world
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn state(&self) -> PathBuf {
        self.folder().join("state.db")
    }

    pub fn data(&self) -> PathBuf {
        self.folder().join("state.db.data")
    }

    /// A file in the folder.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The binary on this state, in an environment of its own: nothing of the caller's is seen.
    pub fn command(&self) -> Command {
        self.command_as(binary(), &[])
    }

    /// Another program in the same environment.
    pub fn command_as(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", self.folder())
            .env("TMPDIR", self.folder())
            .env("USER", "owner")
            .env("ODPSH_STATE", self.state())
            .stdin(Stdio::null());
        command
    }

    /// Runs a script through standard input.
    pub fn pipe(&self, script: impl AsRef<[u8]>) -> Ended {
        run(&mut self.command(), script.as_ref())
    }

    /// Runs statements that must succeed; gives standard output.
    pub fn succeed(&self, text: &str) -> String {
        let ended = self.pipe(text);
        assert_eq!(ended.code, Some(0), "{}\n{}", start(text), ended.error());
        ended.output()
    }

    /// `odpsh check` finds nothing.
    pub fn check(&self) {
        let ended = run(self.command().arg("check"), b"");
        assert_eq!((ended.code, ended.output().as_str()), (Some(0), "OK: no problems found\n"), "{}", ended.error());
    }

    /// The state as another tool sees it.
    pub fn database(&self) -> Connection {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(self.state(), flags).unwrap();
        connection.busy_timeout(LIMIT).unwrap();
        connection
    }

    /// One number out of the state.
    pub fn number(&self, sql: &str) -> i64 {
        self.database().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Everything in the state that a statement means to change: neither the audit nor what is yet to be cleaned away.
    pub fn facts(&self) -> Vec<String> {
        let database = self.database();
        let names = lines(&database, "select name from sqlite_schema where type = 'table' order by name", "");
        let quiet = ["audit", "audit_block", "data_file", "sequence", "sqlite_sequence", "writing"];
        let mut facts = lines(&database, FILES, "data_file ");
        facts.extend(lines(&database, INSTANCES, "instance_object "));
        // Ids of instances are random.
        let shown = |name: &&str| !quiet.contains(name) && !name.starts_with("instance_");
        for name in names.iter().map(|name| name.trim_matches(['\'', ' '])).filter(shown) {
            let which = if name == "object" { "where kind <> 'instance'" } else { "" };
            facts.extend(lines(&database, &format!("select * from {name} {which}"), name));
        }
        facts
    }

    /// The files in the data folder, but the lock and the folder of temporary files.
    pub fn data_files(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.data()) else { return Vec::new() };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != "leases" && name != "spill").collect();
        names.sort();
        names
    }

    /// The data files that the manifest names: those of tables, and of versions of them.
    pub fn manifest(&self) -> Vec<String> {
        let sql = "select name from data_file where table_id is not null or kept = 1 order by name";
        lines(&self.database(), sql, "").iter().map(|name| name.trim_matches('\'').to_owned()).collect()
    }
}

/// The rows of the live files; how many files they are spread over is the engine's own affair.
const FILES: &str = "select table_id, partition_id, sum(row_count) from data_file where table_id is not null
    group by table_id, partition_id order by table_id, partition_id";

/// The jobs that came to their end; one that was killed with its shell has failed, and changed nothing.
const INSTANCES: &str =
    "select o.project, o.owner, i.job, i.statement, i.status, o.created, i.ended, i.error, i.lost, i.killed from instance_object i
    join object o on o.id = i.id where i.status = 'Success' order by i.id";

fn lines(database: &Connection, sql: &str, head: &str) -> Vec<String> {
    let mut rows = database.prepare(sql).unwrap();
    let width = rows.column_count();
    let lines = rows.query_map([], |row| {
        let cells = (0..width).map(|at| row.get::<_, Value>(at));
        let shown = cells.map(|cell| {
            cell.map(|cell| match cell {
                Value::Text(text) => format!("'{text}'"),
                other => format!("{other:?}"),
            })
        });
        Ok(format!("{head}{}", shown.collect::<rusqlite::Result<Vec<_>>>()?.join(" ")))
    });
    lines.unwrap().map(Result::unwrap).collect()
}

impl Ended {
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn error(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Nothing of the program's inside came out, whatever else happened.
    pub fn assert_orderly(&self, case: &str) {
        let error = self.error();
        assert!(self.code.is_some(), "{case}: ended by a signal\n{}", start(&error));
        assert!(self.time < LIMIT, "{case}: took {:?}", self.time);
        // Lines with ` | ` show the user's own text.
        let told: String = error.lines().filter(|line| !line.contains(" | ")).map(|line| format!("{line}\n")).collect();
        for word in INTERNAL {
            assert!(!told.contains(word), "{case}: says `{word}`\n{}", start(&error));
        }
    }

    /// Exit code 1 and one clear error with a code; nothing of the program's inside. Gives its text.
    pub fn assert_failed(&self, case: &str) -> String {
        self.assert_orderly(case);
        let error = self.error();
        assert_eq!(self.code, Some(1), "{case}: exit code\n{}", start(&error));
        let told = error.find("FAILED: ").and_then(|at| error.get(at..)).unwrap_or_default();
        assert!(told.len() < LONGEST_MESSAGE, "{case}: {} bytes of message\n{}", told.len(), start(&error));
        let heads: Vec<&str> = error.lines().filter(|line| line.starts_with("FAILED: ")).collect();
        assert_eq!(heads.len(), 1, "{case}: one error is told\n{}", start(&error));
        let code = heads[0].trim_start_matches("FAILED: ").split(':').next().unwrap_or_default();
        let known = odpsh::error::Code::ALL.iter().any(|known| known.number() == code);
        assert!(known, "{case}: `{code}` is no code\n{}", start(&error));
        assert_ne!(code, odpsh::error::Code::Internal.number(), "{case}\n{}", start(&error));
        assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "{case}: control characters\n{}", start(&error));
        error
    }

    /// As [`Self::assert_failed`], with what to do instead.
    pub fn assert_refused(&self, case: &str) -> String {
        let error = self.assert_failed(case);
        assert!(error.contains("  = help: "), "{case}: no help\n{}", start(&error));
        error
    }

    /// As [`Self::assert_failed`], and the place in the text is told as `[line,column]`.
    pub fn assert_failed_at(&self, case: &str, line: usize, column: usize) {
        let error = self.assert_failed(case);
        let place = format!(":[{line},{column}] ");
        assert!(error.contains(&place), "{case}: not at {place}\n{}", start(&error));
    }

    /// Done, or failed with one clear error; nothing in between.
    pub fn assert_done_or_failed(&self, case: &str) {
        if self.code == Some(0) {
            self.assert_orderly(case);
        } else {
            self.assert_failed(case);
        }
    }
}

/// Runs a command with this standard input; kills it after [`LIMIT`].
pub fn run(command: &mut Command, input: &[u8]) -> Ended {
    command.stdin(Stdio::piped());
    let begun = Instant::now();
    let mut child = start_child(command);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A process that ends without reading everything closes the pipe: that is its right.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let ended = wait(child, begun);
    writer.join().unwrap();
    ended
}

/// Starts a command whose output is kept.
pub fn start_child(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until a child ends; kills it after [`LIMIT`].
pub fn wait(child: Child, begun: Instant) -> Ended {
    wait_at_most(child, begun, LIMIT).0
}

/// Waits until a child ends or the time is over, then kills it; also tells whether it was killed.
pub fn wait_at_most(mut child: Child, begun: Instant, limit: Duration) -> (Ended, bool) {
    let (sender, closed) = channel();
    let read = |from: Option<Box<dyn Read + Send>>, sender: Sender<()>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut from) = from {
                from.read_to_end(&mut bytes).unwrap();
            }
            // Nobody listens any more once the time is over.
            let _ = sender.send(());
            bytes
        })
    };
    let stdout = read(child.stdout.take().map(|pipe| Box::new(pipe) as _), sender.clone());
    let stderr = read(child.stderr.take().map(|pipe| Box::new(pipe) as _), sender);
    // A process that has closed both of its outputs is about to end.
    let both = (0..2).all(|_| closed.recv_timeout(limit.saturating_sub(begun.elapsed())).is_ok());
    if !both {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    let time = begun.elapsed();
    let ended = Ended { code: status.code(), stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap(), time };
    // It may have ended by itself just before.
    let killed = ended.code.is_none();
    (ended, killed)
}

/// Sends a signal by name, such as `INT`.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Tries every case, and fails with the names of those that fail; each has told why by then.
pub fn each<T: fmt::Display>(cases: impl IntoIterator<Item = T>, check: impl Fn(&T)) {
    let fails = |case: &T| catch_unwind(AssertUnwindSafe(|| check(case))).is_err();
    let failed: Vec<String> = cases.into_iter().filter(fails).map(|case| start(&case.to_string()).to_owned()).collect();
    assert!(failed.is_empty(), "{} cases fail: {failed:#?}", failed.len());
}

/// The start of a text, for messages of tests.
pub fn start(text: &str) -> &str {
    match text.char_indices().nth(300) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}
