//! What nobody uses any more is cleaned up beside shells that read and write, and what they use is not.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use odpsh::command::{Item, Outcome};
use odpsh::model::Time;
use odpsh::shell::{Options, Session, StatePath, World};
use odpsh::syntax;
use rusqlite::Connection;

struct State(tempfile::TempDir);

impl State {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("state.db")
    }

    fn session(&self) -> Session {
        Session::open(World::fixed(Time(0)), Options::on(StatePath::File(self.file()))).unwrap()
    }

    /// The data files that exist.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path().join("state.db.data")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(".parquet")).collect();
        names.sort();
        names
    }

    fn leases(&self) -> usize {
        fs::read_dir(self.0.path().join("state.db.data/leases")).unwrap().count()
    }

    fn change(&self, sql: &str) {
        assert_eq!(Connection::open(self.file()).unwrap().execute(sql, []).unwrap(), 1, "{sql}");
    }
}

/// The last outcome, unread.
fn run(session: &mut Session, text: &str) -> Outcome {
    let pieces = syntax::parse(text).unwrap().pieces;
    let mut last = Outcome::default();
    for piece in pieces {
        last = session.run(&piece, text).unwrap();
    }
    last
}

fn rows(outcome: Outcome) -> usize {
    let mut count = 0;
    for item in outcome.items {
        if let Item::Rows(rows) = item {
            for chunk in rows.chunks {
                if let odpsh::command::Chunk::Rows(rows) = chunk.unwrap() {
                    count += rows.len();
                }
            }
        }
    }
    count
}

#[test]
fn files_die_beside_readers_that_do_not_use_them() {
    let state = State::new();
    let (mut reader, mut writer) = (state.session(), state.session());
    run(&mut writer, "create table a (x bigint); create table b (x bigint);");
    run(&mut writer, "insert into a values (1); insert into b values (1);");
    let first = state.files();
    assert_eq!(first.len(), 2);
    // A query that is still being shown: it uses both tables.
    let shown = run(&mut reader, "select a.x from a join b on a.x = b.x;");
    run(&mut writer, "insert overwrite table a values (2); whoami;");
    assert_eq!(state.files().len(), 3, "the old file of `a` is in use");
    // A second reader begins after that, and does not use it.
    let later = run(&mut reader, "select x from a;");
    assert_eq!(rows(shown), 1);
    run(&mut writer, "whoami;");
    let files = state.files();
    assert_eq!(files.len(), 2, "the second reader keeps nothing of what died before it");
    assert!(!first.iter().all(|file| files.contains(file)));
    assert_eq!(state.leases(), 1);
    assert_eq!(rows(later), 1);
    assert_eq!(state.leases(), 0);
}

#[test]
fn jobs_of_processes_that_ended_are_ended_beside_busy_ones() {
    let state = State::new();
    let (mut reader, mut other) = (state.session(), state.session());
    run(&mut other, "create table a (x bigint); insert into a values (1);");
    rows(run(&mut other, "select x from a;"));
    let busy = run(&mut reader, "select x from a;");
    // What a process that was killed leaves: a running instance, an announcement and a file, a lease that nobody holds.
    state.change("update instance_object set status = 'Running', lease = 'dead' where id = (select min(id) from instance_object)");
    state.change("insert into writing values ('job77', 'dead')");
    let folder = state.0.path().join("state.db.data");
    fs::write(folder.join("job77-1.parquet"), "x").unwrap();
    fs::write(folder.join("leases/dead"), "0;").unwrap();
    run(&mut other, "whoami;");
    assert!(!folder.join("job77-1.parquet").exists());
    assert!(!folder.join("leases/dead").exists());
    let running = |state: &State| -> i64 {
        let connection = Connection::open(state.file()).unwrap();
        let count = "select count(*) from instance_object where status = 'Running'";
        connection.query_row(count, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(running(&state), 1, "the reader's own goes on");
    assert_eq!(rows(busy), 1);
    assert_eq!(running(&state), 0);
}

/// A lease of which nobody knows yet what it uses keeps everything.
#[test]
fn a_lease_that_is_being_taken_keeps_everything() {
    let state = State::new();
    let mut session = state.session();
    run(&mut session, "create table a (x bigint); insert into a values (1);");
    let path = state.0.path().join("state.db.data/leases/new");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = fs::File::create(&path).unwrap();
    file.lock().unwrap();
    run(&mut session, "insert overwrite table a values (2); whoami;");
    assert_eq!(state.files().len(), 2);
    drop(file);
    run(&mut session, "whoami;");
    assert_eq!(state.files().len(), 1);
}

/// A lease that cannot be opened, for whatever reason, may be in use. The system refuses to open a running program for writing, even for root.
#[cfg(target_os = "linux")]
#[test]
fn a_lease_that_cannot_be_opened_keeps_everything() {
    let state = State::new();
    let mut session = state.session();
    run(&mut session, "create table a (x bigint); insert into a values (1);");
    rows(run(&mut session, "select x from a;"));
    let folder = state.0.path().join("state.db.data");
    let lease = folder.join("leases/other");
    fs::create_dir_all(lease.parent().unwrap()).unwrap();
    fs::copy("/bin/sleep", &lease).unwrap();
    let mut holder = Command::new(&lease).arg("60").spawn().unwrap();
    assert!(fs::OpenOptions::new().write(true).open(&lease).is_err());
    state.change("update instance_object set status = 'Running', lease = 'other' where id = (select min(id) from instance_object)");
    state.change("insert into writing values ('job77', 'other')");
    fs::write(folder.join("job77-1.parquet"), "x").unwrap();
    let before = state.files().len();
    run(&mut session, "insert overwrite table a values (2); whoami;");
    assert_eq!(state.files().len(), before + 1, "neither the announced file nor the dead one is deleted");
    holder.kill().unwrap();
    holder.wait().unwrap();
    run(&mut session, "whoami;");
    assert_eq!(state.files().len(), 1);
}

/// What is no file cannot be held, and keeps nothing.
#[test]
fn other_things_in_the_folder_of_leases_keep_nothing() {
    let state = State::new();
    let mut session = state.session();
    run(&mut session, "create table a (x bigint); insert into a values (1);");
    fs::create_dir_all(state.0.path().join("state.db.data/leases/folder")).unwrap();
    run(&mut session, "insert overwrite table a values (2); whoami;");
    assert_eq!(state.files().len(), 1);
}

/// Cleaning up may fail after a statement was committed; the statement did not.
#[test]
fn a_sweep_that_fails_after_the_commit_is_no_failure_of_the_statement() {
    let state = State::new();
    let mut session = state.session();
    run(&mut session, "create table a (x bigint); insert into a values (1);");
    let leases = state.0.path().join("state.db.data/leases");
    fs::remove_dir_all(&leases).unwrap();
    fs::write(&leases, "not a folder").unwrap();
    run(&mut session, "drop table a;");
    let text = "desc a;";
    assert!(session.run(&syntax::parse(text).unwrap().pieces[0], text).is_err(), "it is dropped");
    session.finish().unwrap();
}
