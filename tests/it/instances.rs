//! Jobs that several shells know of: killed, waited for, left behind; and the results that are kept of them.

use std::io::Read;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use crate::it::process::{LIMIT, World, start_child, wait};

/// A query that takes seconds, and gives one row.
const SLOW: &str = "select sum(a.id * b.id) as n from t a join t b on a.id <> b.id join d on true";

/// The same for a moment.
const MOMENT: &str = "select sum(a.id * b.id) as n from t a join t b on a.id <> b.id where a.id < 1000";

/// A query with more rows than a pipe holds, in an order, whose result does not fit the state.
const LONG: &str = "select a.id * 4096 + b.id as n, 'a text that takes some room' as x from t a join t b on b.id < 50 order by n limit 300000";

/// A state with the numbers from 0 to 4095.
fn world() -> World {
    let world = World::fresh();
    let doubled: String = (0..12).map(|power| format!("insert into t select id + {} from t;\n", 1 << power)).collect();
    world.succeed(&format!(
        "create table t as select 0 as id;\n{doubled}create table d as select * from values (1), (2), (3), (4) d (x);"
    ));
    world
}

fn one(world: &World, text: &str) -> Command {
    let mut command = world.command();
    command.args(["-e", text]);
    command
}

/// Starts a statement and waits until its job is noted; gives its id.
fn start(world: &World, text: &str) -> (Child, String) {
    let mut child = start_child(&mut one(world, text));
    let begun = Instant::now();
    loop {
        let found = world.database().query_row(
            "select name from object join instance_object using (id) where status = 'Running'",
            [],
            |row| row.get::<_, String>(0),
        );
        if let Ok(id) = found {
            return (child, id);
        }
        assert!(child.try_wait().unwrap().is_none(), "{text}: ended before it was seen");
        assert!(begun.elapsed() < LIMIT, "{text}: never began");
        thread::yield_now();
    }
}

fn status(world: &World, id: &str) -> String {
    let told = world.succeed(&format!("status {id};"));
    told.lines().last().unwrap_or_default().rsplit(' ').next().unwrap_or_default().to_owned()
}

#[test]
fn another_shell_kills_a_query_and_a_job() {
    let world = world();
    for statement in [format!("{SLOW};"), format!("create table copy as {SLOW};")] {
        let (child, id) = start(&world, &statement);
        let killer = world.pipe(format!("kill -sync {id};"));
        assert_eq!(killer.code, Some(0), "{}", killer.error());
        assert!(killer.error().contains(&format!("instance {id} has been CANCELLED ;")), "{}", killer.error());
        let ended = wait(child, Instant::now());
        let error = ended.assert_failed(&statement);
        assert!(error.contains("ODPS-0123044") && error.contains("Task got cancelled"), "{error}");
        assert_eq!(status(&world, &id), "Cancelled");
        let again = world.pipe(format!("wait {id};"));
        assert!(again.error().contains("Task got cancelled"), "{}", again.error());
    }
    assert!(!world.succeed("show tables;").contains("copy"));
    world.check();
}

#[test]
fn a_script_ends_with_its_killed_job() {
    let world = world();
    let (child, id) = start(&world, &format!("{SLOW}; select 1;"));
    world.succeed(&format!("kill {id};"));
    let error = wait(child, Instant::now()).assert_failed("killed");
    assert!(error.contains("Task got cancelled"), "{error}");
}

#[test]
fn another_shell_waits_for_the_result() {
    let world = world();
    let (child, id) = start(&world, &format!("{MOMENT};"));
    let waited = world.succeed(&format!("wait {id};"));
    let shown = wait(child, Instant::now());
    assert_eq!(shown.code, Some(0), "{}", shown.error());
    assert!(shown.error().contains(&format!("ID = {id}")), "{}", shown.error());
    assert_eq!(waited, shown.output());
}

#[test]
fn a_job_whose_shell_was_killed_has_failed_and_leaves_nothing() {
    let world = world();
    for statement in [format!("{SLOW};"), format!("{LONG};"), format!("create table copy as {SLOW};")] {
        let (mut child, id) = start(&world, &statement);
        if statement.starts_with(LONG) {
            // Its rows go into a pipe that nobody empties; a part of its result is a file by then.
            let begun = Instant::now();
            while world.data_files().iter().all(|name| !name.starts_with("result")) {
                assert!(begun.elapsed() < LIMIT, "no file");
                thread::yield_now();
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(status(&world, &id), "Failed", "{statement}");
        let again = world.pipe(format!("wait {id};"));
        assert!(again.error().contains("the shell that ran it ended"), "{}", again.error());
        assert!(world.data_files().iter().all(|name| !name.starts_with("result")), "{:?}", world.data_files());
        world.check();
    }
}

#[test]
fn a_result_that_was_not_read_to_its_end_is_not_kept() {
    let world = world();
    let mut child = start_child(&mut one(&world, &format!("{LONG};")));
    let mut some = [0; 4096];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut some).unwrap();
    drop(stdout);
    wait(child, Instant::now());
    let id =
        world.database().query_row("select name from object where kind = 'instance' order by id desc", [], |row| {
            row.get::<_, String>(0)
        });
    let id = id.unwrap();
    assert_eq!(status(&world, &id), "Cancelled");
    assert_eq!(world.number("select count(*) from instance_result where file is not null"), 0);
    assert_eq!(world.data_files(), world.manifest());
    world.check();
}

#[test]
fn a_large_result_comes_back_in_its_order_and_goes_with_its_owner_and_its_time() {
    let world = world();
    world.succeed("--@ account create ALIYUN$bob\n--@ project create other owner ALIYUN$bob\n");
    let shown = world.succeed(&format!("{LONG};"));
    let id =
        world.database().query_row("select name from object where kind = 'instance' order by id desc", [], |row| {
            row.get::<_, String>(0)
        });
    let id = id.unwrap();
    assert_eq!(world.number("select count(*) from instance_result where file is not null"), 1);
    world.check();
    let again = world.succeed(&format!("wait {id};"));
    let head = |text: &str| text.lines().take(10_000 + 4).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(head(&again), head(&shown));
    let extended = world.succeed(&format!("status extended {id};"));
    assert!(extended.contains("204800 rows, kept until"), "{extended}");
    // A day later nothing is left of it. The machine's clock counts: a session's own deletes nothing of others.
    let later = world.succeed(&format!("--@ clock +25h\nstatus extended {id};"));
    assert!(later.contains("not kept: results are kept for 24 hours"), "{later}");
    world.database().execute("update instance_result set kept_until = kept_until - 25 * 3600000", []).unwrap();
    world.succeed("whoami;");
    assert_eq!(world.number("select count(*) from instance_result where file is not null"), 0);
    assert_eq!(world.data_files(), world.manifest());
    world.check();

    // The same where the account, or the project, goes.
    let copied =
        format!("--@ user ALIYUN$bob\nuse other;\ncreate table t as select id from sandbox.t where id < 50;\n{LONG};");
    world
        .succeed("grant Select on table t to user ALIYUN$bob;".replace("grant", "add user ALIYUN$bob; grant").as_str());
    world.succeed(&copied.replace("b.id < 50", "true"));
    world.succeed("--@ project drop other\nwhoami;");
    assert_eq!(world.number("select count(*) from instance_object where id not in (select id from object)"), 0);
    assert_eq!(world.data_files(), world.manifest());
    world.check();
}

#[test]
fn ten_thousand_jobs_cost_the_same_as_ten() {
    let world = World::fresh();
    let script = "create table if not exists t (id bigint);\n".repeat(5_000);
    let time = || {
        let begun = Instant::now();
        world.succeed(&script);
        begun.elapsed()
    };
    let (first, second) = (time(), time());
    assert!(second < first.mul_f64(2.0) + Duration::from_secs(2), "{first:?}, then {second:?}");
    assert_eq!(world.number("select count(*) from instance_object where status = 'Success'"), 10_000);
    let listed = world.succeed("show p;");
    assert_eq!(listed.lines().count(), 51, "{listed}");
}
