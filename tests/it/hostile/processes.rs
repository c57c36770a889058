//! Several processes on one state, and processes that are stopped.

use std::process::Stdio;
use std::thread;
use std::time::Instant;

use crate::it::process::{Ended, World, run, signal, start_child, wait};

fn side_by_side(count: usize, one: impl Fn(usize) -> Ended + Sync) -> Vec<Ended> {
    thread::scope(|scope| {
        let one = &one;
        let running: Vec<_> = (0..count).map(|number| scope.spawn(move || one(number))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn twenty_writers_lose_nothing() {
    let world = World::fresh();
    let before = world.number("select count(*) from audit");
    let ended = side_by_side(20, |writer| {
        let script: String = (0..10).map(|n| format!("create role w{writer}_{n};\n")).collect();
        world.pipe(script)
    });
    let mut done = 0;
    for ended in &ended {
        let acknowledged = ended.output().lines().filter(|line| *line == "OK").count();
        if ended.code != Some(0) {
            assert!(ended.assert_refused("a writer").contains("state file is busy"));
        } else {
            assert_eq!(acknowledged, 10);
        }
        done += i64::try_from(acknowledged).unwrap();
    }
    assert_eq!(world.number("select count(*) from role where name like 'w%'"), done);
    assert_eq!(world.number("select count(*) from audit where verdict = 'allowed'") - before, done);
    world.check();
}

#[test]
fn twenty_processes_make_one_state() {
    for _ in 0..5 {
        let world = World::empty();
        let ended = side_by_side(20, |number| world.pipe(format!("create role w{number};")));
        for ended in ended {
            assert_eq!(ended.code, Some(0), "{}", ended.error());
        }
        assert_eq!(world.number("select count(*) from role where name like 'w%'"), 20);
        assert_eq!(world.number("select count(*) from account"), 1);
        world.check();
    }
}

#[test]
fn a_state_that_stays_locked_is_busy_after_a_while() {
    let world = World::fresh();
    let database = world.database();
    database.execute_batch("begin immediate").unwrap();
    let error = world.pipe("create role r;").assert_refused("locked");
    assert!(error.contains("state file is busy"), "{error}");
    database.execute_batch("rollback").unwrap();
    world.succeed("create role r;");
}

#[cfg(feature = "sql")]
#[test]
fn writers_of_one_table_lose_no_rows() {
    let world = World::fresh();
    world.succeed("create table t (a bigint);");
    let ended = side_by_side(8, |writer| {
        world.pipe(format!("insert into t values ({writer}); insert into t select {writer};"))
    });
    let done: i64 = ended
        .iter()
        .map(|ended| {
            // Files of the table that were merged or replaced meanwhile may end a writer; it says so and its row is not there.
            ended.assert_done_or_failed("a writer");
            i64::try_from(ended.error().lines().filter(|line| *line == "OK").count()).unwrap()
        })
        .sum();
    assert!(world.succeed("select count(*) from t;").contains(&format!("| {done} ")));
    world.succeed("whoami;");
    assert_eq!(world.data_files(), world.manifest());
    world.check();
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let world = World::fresh();
    let script = "help; show version; ".repeat(2000);
    let file = world.file("s.odps", script);
    let begun = Instant::now();
    let mut child = world.command().arg("-f").arg(file).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut output = std::io::BufReader::with_capacity(64, child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    drop(output);
    let ended = wait(child, begun);
    assert_eq!((ended.code, ended.error().as_str()), (Some(0), ""));
    world.check();
}

#[cfg(feature = "sql")]
#[test]
fn a_reader_of_rows_that_goes_away_ends_the_query() {
    let world = many_rows();
    let begun = Instant::now();
    let mut child = start_child(world.command().args(["-M", "-e", &endless("x.a")]));
    let mut line = String::new();
    let mut output = std::io::BufReader::with_capacity(64, child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    drop(output);
    let ended = wait(child, begun);
    // Its id was told before; nothing else was.
    assert!(ended.code == Some(0) && ended.error().lines().all(|line| line.starts_with("ID = ")), "{}", ended.error());
    world.check();
}

/// A world with a table `s` of 3,000 rows.
#[cfg(feature = "sql")]
fn many_rows() -> World {
    let world = World::fresh();
    let rows: Vec<String> = (0..3000).map(|n| format!("({n})")).collect();
    world.succeed(&format!("create table s as select * from values {} v (a);", rows.join(",")));
    world
}

/// A query over 27 thousand million rows.
#[cfg(feature = "sql")]
fn endless(shown: &str) -> String {
    format!("select {shown} from s x join s y on x.a >= 0 or y.a >= 0 join s z on x.a >= 0 or z.a >= 0;")
}

/// Starts a statement that would run for hours, and sends the signal once it runs.
#[cfg(feature = "sql")]
fn assert_stopped(world: &World, statement: &str, name: &str) {
    let before = world.facts();
    let begun = Instant::now();
    // The first line says that the statement before it is done.
    let script = format!("show version; {statement} create role never;");
    let mut child = start_child(world.command().args(["-e", &script]));
    let mut first = [0];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    signal(&child, name);
    let ended = wait(child, begun);
    assert_eq!(ended.code, Some(130), "{statement} {name}: {}", ended.error());
    assert!(ended.error().contains("ODPS-0123044"), "{statement} {name}: {}", ended.error());
    assert_eq!(world.facts(), before, "{statement} {name}");
    world.succeed("whoami;");
    assert_eq!(world.data_files(), world.manifest());
    world.check();
}

#[cfg(feature = "sql")]
#[test]
fn ctrl_c_stops_a_query_and_a_job() {
    let world = many_rows();
    for name in ["INT", "TERM"] {
        assert_stopped(&world, &endless("count(distinct x.a + y.a + z.a)"), name);
        assert_stopped(&world, &format!("create table u as {}", endless("x.a")), name);
        assert_stopped(&world, &format!("insert overwrite table s {}", endless("x.a")), name);
    }
}

#[cfg(feature = "sql")]
#[test]
fn ctrl_c_stops_a_query_that_does_not_listen() {
    let world = World::fresh();
    let ten = "(select * from values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9) v (a))";
    let joins: String = (0..9).map(|n| format!(" join {ten} t{n} on x.a >= 0 or t{n}.a >= 0")).collect();
    assert_stopped(&world, &format!("select count(distinct x.a + t0.a) from {ten} x{joins};"), "INT");
}

#[test]
fn ctrl_c_stops_a_script_between_statements() {
    let world = World::fresh();
    let script: String = (0..5000).map(|n| format!("create role r{n};\n")).collect();
    let begun = Instant::now();
    let file = world.file("s.odps", format!("show version;\n{script}"));
    let mut child = start_child(world.command().arg("-f").arg(file));
    let mut first = [0];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    signal(&child, "INT");
    let ended = wait(child, begun);
    assert_eq!(ended.code, Some(130), "{}", ended.error());
    let done = ended.output().lines().filter(|line| *line == "OK").count();
    assert!(done < 5000);
    assert_eq!(world.number("select count(*) from role where name like 'r%'"), i64::try_from(done).unwrap());
    world.check();
    run(world.command().args(["-e", "create role again;"]), b"").assert_orderly("afterwards");
}
