//! What a statement does while it holds the write lock, and what it does before and after (STG-2).
//!
//! A second connection takes the lock, and changes the state while the shell waits for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use odpsh::command::Item;
use odpsh::error::Error;
use odpsh::model::{Principal, Time};
use odpsh::shell::{Options, Session, StatePath, World as Machine};
use odpsh::syntax;
use rusqlite::Connection;

const ODPSH: &str = env!("CARGO_BIN_EXE_odpsh");
const LENGTH: usize = 2 * 1024 * 1024 + 3;

/// What a statement showed, or why it failed.
type Ended = Result<String, Box<Error>>;

/// A folder with a state in which Alice may read the resource `r` and the table `t` of Bob's project.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(world.path("r"), vec![7; LENGTH]).unwrap();
        let text = format!(
            "--@ account create ALIYUN$bob\n--@ account create ALIYUN$alice\n--@ project create prod owner ALIYUN$bob\n\
            --@ user ALIYUN$bob\nuse prod; create table t (id bigint); add file '{}'; add user ALIYUN$alice;
            grant Describe on table t to user ALIYUN$alice; grant Read on resource r to user ALIYUN$alice;
            grant CreateResource on project prod to user ALIYUN$alice;",
            world.path("r").display()
        );
        let output = Command::new(ODPSH).arg("--state").arg(world.state()).args(["-e", &text]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn state(&self) -> PathBuf {
        self.path("state.db")
    }

    /// Opens a session of Alice, takes the lock, and lets her run a statement.
    fn while_locked(&self, statement: &str) -> (Connection, JoinHandle<Ended>) {
        let (state, statement) = (self.state(), statement.to_owned());
        let (opened, wait) = channel();
        let (go, start) = channel();
        let work = move || {
            let user = Some(Principal::parse("ALIYUN$alice").unwrap());
            let options = Options { user, project: Some("prod".to_owned()), ..Options::on(StatePath::File(state)) };
            let mut session = Session::open(Machine::fixed(Time(0)), options).unwrap();
            opened.send(()).unwrap();
            start.recv().unwrap();
            let piece = syntax::parse(&statement).unwrap().pieces.remove(0);
            let mut shown = String::new();
            for item in session.run(&piece, &statement)?.items {
                if let Item::Line(line) | Item::Status(line) = item {
                    shown.push_str(&line);
                }
            }
            Ok(shown)
        };
        let shell = thread::Builder::new().stack_size(32 << 20).spawn(work).unwrap();
        wait.recv().unwrap();
        let lock = self.locked();
        go.send(()).unwrap();
        (lock, shell)
    }

    /// A connection that holds the write lock.
    fn locked(&self) -> Connection {
        let connection = Connection::open(self.state()).unwrap();
        connection.busy_timeout(Duration::from_secs(30)).unwrap();
        connection.execute_batch("begin immediate").unwrap();
        connection
    }

    /// The verdicts in the audit of statements that begin with `start`, in order.
    fn verdicts(&self, start: &str) -> Vec<String> {
        let connection = Connection::open(self.state()).unwrap();
        let mut query = connection
            .prepare(
                "select verdict from audit where statement like ?1 || '%' and principal like '%alice%' order by id",
            )
            .unwrap();
        query.query_map([start], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}

/// Waits until a file in the folder is as long as the resource: the draft.
fn wait_for_draft(folder: &Path, shell: &JoinHandle<Ended>) {
    loop {
        let files = fs::read_dir(folder).unwrap().flatten();
        let lengths = files.filter_map(|file| file.metadata().ok()).map(|data| data.len());
        if lengths.max() == Some(LENGTH as u64) {
            return;
        }
        assert!(!shell.is_finished(), "it ended before its draft was seen");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_resource_is_written_without_the_lock_and_gets_its_name_after_its_record() {
    let world = World::new();
    let out = world.path("out");
    fs::create_dir(&out).unwrap();
    let (lock, shell) = world.while_locked(&format!("get resource r '{}';", out.join("copy").display()));
    wait_for_draft(&out, &shell);
    assert!(!out.join("copy").exists(), "it has its name without a record");
    lock.execute_batch("commit").unwrap();
    shell.join().unwrap().unwrap();
    assert_eq!(fs::read(out.join("copy")).unwrap().len(), LENGTH);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1, "a draft is left");
    assert_eq!(world.verdicts("get resource"), ["allowed"]);
}

#[test]
fn a_right_that_is_revoked_while_a_resource_is_written_leaves_no_file() {
    let world = World::new();
    let out = world.path("out");
    fs::create_dir(&out).unwrap();
    let (lock, shell) = world.while_locked(&format!("get resource r '{}';", out.join("copy").display()));
    wait_for_draft(&out, &shell);
    assert_eq!(lock.execute("delete from acl where object in (select id from resource_object)", []).unwrap(), 1);
    lock.execute_batch("commit").unwrap();
    let error = shell.join().unwrap().unwrap_err();
    assert!(error.message.contains("NO privilege 'odps:Read'"), "{}", error.message);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0, "a draft is left");
    assert_eq!(world.verdicts("get resource"), ["denied"]);
}

#[test]
fn a_right_that_is_revoked_before_the_record_shows_nothing() {
    // Whether the shell comes to its decision before or after the revocation: it waits for the lock, and decides again.
    for pause in [0, 300] {
        let world = World::new();
        let (lock, shell) = world.while_locked("desc t;");
        thread::sleep(Duration::from_millis(pause));
        assert_eq!(lock.execute("delete from acl where object in (select id from table_object)", []).unwrap(), 1);
        lock.execute_batch("commit").unwrap();
        let error = shell.join().unwrap().unwrap_err();
        assert!(error.message.contains("NO privilege 'odps:Describe'"), "{}", error.message);
        assert_eq!(world.verdicts("desc"), ["denied"]);
    }
}

#[test]
fn changes_of_another_project_do_not_disturb_a_statement() {
    let world = World::new();
    let (lock, shell) = world.while_locked("desc t;");
    thread::sleep(Duration::from_millis(100));
    lock.execute_batch("update project set version = version + 1 where name <> 'prod'; commit").unwrap();
    shell.join().unwrap().unwrap();
    assert_eq!(world.verdicts("desc"), ["allowed"]);
}

#[test]
fn advice_needs_no_lock() {
    let world = World::new();
    let (lock, shell) = world.while_locked("drop resource r;");
    lock.execute_batch("commit").unwrap();
    // The lock is taken again as soon as the record of the denial is there, and kept until the statement has ended.
    let lock = loop {
        let lock = world.locked();
        let denied = "select count(*) from audit where verdict = 'denied'";
        if lock.query_row(denied, [], |row| row.get::<_, i64>(0)).unwrap() == 1 {
            break lock;
        }
        lock.execute_batch("rollback").unwrap();
        thread::sleep(Duration::from_millis(2));
    };
    let error = shell.join().unwrap().unwrap_err();
    let help = error.help.unwrap_or_default();
    assert!(help.contains("grant Delete on resource r to user ALIYUN$alice"), "{help}");
    lock.execute_batch("rollback").unwrap();
}
