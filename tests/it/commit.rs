//! What changes while a job runs is decided again at its commit (STG-2, FLW-12).

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const ODPSH: &str = env!("CARGO_BIN_EXE_odpsh");

fn odpsh(state: &Path, principal: &str, project: &str, script: &str) -> Command {
    let mut command = Command::new(ODPSH);
    command.arg("--state").arg(state).args(["--user", principal, "--project", project, "-e", script]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

fn succeed(command: &mut Command) -> String {
    let output = run(command);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A world with a table that is large enough for a job on it to take a moment.
fn world(folder: &Path) -> std::path::PathBuf {
    let state = folder.join("state.db");
    let set_up = "--@ account create ALIYUN$bob\n--@ account create ALIYUN$alice\n\
        --@ project create prod owner ALIYUN$bob\n--@ project create dev owner ALIYUN$alice\n--@ user ALIYUN$bob\n\
        use prod; create table t as select 0 as id; add user ALIYUN$alice; grant Select on table t to user ALIYUN$alice;\n";
    let doubled: String = (0..12).map(|power| format!("insert into t select id + {} from t;\n", 1 << power)).collect();
    let mut command = Command::new(ODPSH);
    command.arg("--state").arg(&state).args(["-e", &format!("{set_up}{doubled}")]);
    succeed(&mut command);
    state
}

/// Starts a copy into `dev` whose query takes a moment, and waits until it runs: its files are announced.
fn slow_copy(state: &Path) -> Child {
    slow_copy_of(state, "prod.t")
}

fn slow_copy_of(state: &Path, source: &str) -> Child {
    let slow =
        format!("create table copy as select sum(a.id * b.id) as n from {source} a join {source} b on a.id <> b.id;");
    slow_job(odpsh(state, "ALIYUN$alice", "dev", &slow), state)
}

/// Starts a job, and waits until it runs.
fn slow_job(mut job: Command, state: &Path) -> Child {
    let mut child = job.spawn().unwrap();
    let connection = rusqlite::Connection::open(state).unwrap();
    loop {
        let announced: i64 = connection.query_row("select count(*) from writing", [], |row| row.get(0)).unwrap();
        if announced > 0 {
            return child;
        }
        assert!(child.try_wait().unwrap().is_none(), "the job ended before it was seen");
        std::thread::yield_now();
    }
}

#[test]
fn protection_that_is_switched_on_while_a_job_runs_stops_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let state = world(folder.path());
    let copy = slow_copy(&state);
    succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", "set ProjectProtection=true;"));
    let output = copy.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("[4021]") && error.contains("project 'prod' is protected"), "{error}");
    let tables = succeed(&mut odpsh(&state, "ALIYUN$alice", "dev", "show tables;"));
    assert!(!tables.contains("copy"), "{tables}");
}

#[test]
fn a_view_that_is_replaced_while_a_job_reads_it_stops_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let state = world(folder.path());
    let make = "create view inner_v as select id from t; create view v as select id from inner_v;
        grant Select on table v to user ALIYUN$alice;";
    succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", make));
    for replaced in [
        "create or replace view v as select id from inner_v where id > 5;",
        "create or replace view inner_v as select id from t where id > 5;",
        // The same text again, while its table is another one.
        "alter table t rename to before; create table t (id bigint); create or replace view inner_v as select id from t;",
    ] {
        let copy = slow_copy_of(&state, "prod.v");
        succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", replaced));
        let output = copy.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{replaced}: {error}");
        assert!(error.contains("changed while it ran"), "{replaced}: {error}");
    }
    let tables = succeed(&mut odpsh(&state, "ALIYUN$alice", "dev", "show tables;"));
    assert!(!tables.contains("copy"), "{tables}");
}

#[test]
fn columns_that_a_job_does_not_read_may_change_while_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let state = world(folder.path());
    let make = "create view v as select id from t; grant Select on table v to user ALIYUN$alice;";
    succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", make));
    let copy = slow_copy_of(&state, "prod.v");
    let changed = "alter table t add columns (late int); alter table t change column late rename to later;";
    succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", changed));
    let output = copy.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_table_whose_rows_another_statement_changed_keeps_those_changes() {
    let folder = tempfile::tempdir().unwrap();
    let state = world(folder.path());
    let acid = "(id bigint, v bigint) tblproperties ('transactional'='true')";
    let make = format!("create table acid {acid}; insert into acid values (1, 1), (2, 2);");
    succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", &make));
    let slow = "select sum(a.id * b.id) as n from t a join t b on a.id <> b.id";
    for (change, other) in [
        (format!("update acid set v = ({slow});"), "insert into acid values (3, 3);"),
        (format!("delete from acid where id < ({slow});"), "update acid set v = v + 1;"),
        (
            format!("merge into acid x using ({slow}) s on x.id < s.n when matched then delete;"),
            "delete from acid where id = 2;",
        ),
        (
            format!("insert overwrite table acid select a.id, a.v from acid a join ({slow}) s on s.n > a.id;"),
            "update acid set v = 5 where id = 3;",
        ),
    ] {
        let job = slow_job(odpsh(&state, "ALIYUN$bob", "prod", &change), &state);
        succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", other));
        let output = job.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{change}: {error}");
        assert!(error.contains("changed by another statement"), "{change}: {error}");
    }
    let rows = succeed(&mut odpsh(
        &state,
        "ALIYUN$bob",
        "prod",
        "select concat(id, '=', v) as x from acid order by x limit 100;",
    ));
    assert!(rows.contains("1=2") && rows.contains("3=5") && !rows.contains("2="), "{rows}");
    // Files of what did not commit are gone.
    let check = Command::new(ODPSH).arg("check").arg("--state").arg(&state).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

#[test]
fn a_grant_that_is_taken_while_a_job_runs_stops_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let state = world(folder.path());
    let copy = slow_copy(&state);
    succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", "revoke Select on table t from user ALIYUN$alice;"));
    let output = copy.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("[4009,4019]"), "{error}");
    // What would lift it is told as for any denial.
    assert!(error.contains("grant Select on table t to user ALIYUN$alice"), "{error}");
}

#[test]
fn a_table_that_is_made_anew_while_a_job_reads_it_stops_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let state = world(folder.path());
    let copy = slow_copy(&state);
    let anew = "drop table t; create table t (id int); grant Select on table t to user ALIYUN$alice;";
    succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", anew));
    let output = copy.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("changed while it ran"), "{error}");
    succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", "show tables;"));
}

/// What a branch of `if` does to tables is done at the commit: to the table that was meant, by who may still do it.
#[test]
fn a_table_that_a_branch_would_drop_is_the_one_that_was_decided() {
    let folder = tempfile::tempdir().unwrap();
    let state = world(folder.path());
    let make = "create table x (id bigint); grant Drop, Update on table x to user ALIYUN$alice;";
    succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", make));
    let condition = "(select sum(a.id * b.id) from prod.t a join prod.t b on a.id <> b.id) > 0";
    for (statement, other, expected) in [
        ("drop table prod.x", format!("drop table x; {make}"), "changed while it ran"),
        ("drop table if exists prod.x", format!("drop table x; {make}"), "changed while it ran"),
        ("truncate table prod.x", "alter table x rename to y; create table x (id bigint);".to_owned(), "[4009,4019]"),
        ("drop table prod.y", "revoke Drop on table y from user ALIYUN$alice;".to_owned(), "[4009,4019]"),
        ("create table made (id bigint)", "set ProjectProtection=true;".to_owned(), "[4021]"),
    ] {
        let job = slow_job(odpsh(&state, "ALIYUN$alice", "dev", &format!("if ({condition}) {statement};")), &state);
        succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", &other));
        let output = job.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{statement}: {error}");
        assert!(error.contains(expected), "{statement}: {error}");
    }
    let tables = succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", "show tables;"));
    assert!(tables.contains(":x") && tables.contains(":y"), "{tables}");
    assert!(!succeed(&mut odpsh(&state, "ALIYUN$alice", "dev", "show tables;")).contains("made"));
}

/// Another process took the job for abandoned, for example because its lease was removed: its files are gone, so nothing is committed.
#[test]
fn a_job_that_another_process_has_ended_is_not_committed() {
    let folder = tempfile::tempdir().unwrap();
    let state = world(folder.path());
    let copy = slow_copy(&state);
    for lease in std::fs::read_dir(folder.path().join("state.db.data/leases")).unwrap() {
        std::fs::remove_file(lease.unwrap().path()).unwrap();
    }
    succeed(&mut odpsh(&state, "ALIYUN$bob", "prod", "whoami;"));
    let output = copy.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("another process ended this work"), "{error}");
    let tables = succeed(&mut odpsh(&state, "ALIYUN$alice", "dev", "show tables;"));
    assert!(!tables.contains("copy"), "{tables}");
    let check = Command::new(ODPSH).args(["check", "--state"]).arg(&state).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn a_schema_that_is_dropped_while_a_job_reads_or_writes_in_it_stops_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let state = world(folder.path());
    let named = |script: &str| format!("set odps.namespace.schema=true; {script}");
    let (bob, alice) = (("ALIYUN$bob", "prod"), ("ALIYUN$alice", "dev"));
    let in_schemas = |(who, project): (&str, &str), script: &str| odpsh(&state, who, project, &named(script));
    let make = "create schema s; create table s.t as select id from prod.default.t;
        grant Select on table s.t to user ALIYUN$alice;";
    succeed(&mut in_schemas(bob, make));
    succeed(&mut in_schemas(alice, "create schema w;"));
    for (source, target, (who, dropped), refusal) in [
        // As if there had never been such a table.
        ("prod.s.t", "copy", (bob, "drop schema s cascade;"), "[4009,4019]"),
        ("prod.default.t", "w.copy", (alice, "drop schema w;"), "schema w not exists"),
    ] {
        let slow = format!(
            "create table {target} as select sum(a.id * b.id) as n from {source} a join {source} b on a.id <> b.id;"
        );
        let job = slow_job(in_schemas(alice, &slow), &state);
        succeed(&mut in_schemas(who, dropped));
        let output = job.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{dropped} {error}");
        assert!(error.contains(refusal), "{dropped} {error}");
        let tables = succeed(&mut in_schemas(alice, "show tables;"));
        assert!(!tables.contains("copy"), "{tables}");
    }
    let checked = succeed(Command::new(ODPSH).arg("--state").arg(&state).arg("check"));
    assert!(checked.contains("no problems found"), "{checked}");
}
