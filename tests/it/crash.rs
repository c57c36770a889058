//! Kills the process in the middle of a script, many times: every time the state is what it was before or after a statement.
//!
//! A script is run to its end once, statement by statement, and what the state says after each one is kept. Then it is run
//! again and again from the same beginning, and killed. As many statements as the audit knows were done; the state must say
//! what it said after exactly that many.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(feature = "sql")]
use crate::it::process::run;
use crate::it::process::{Ended, World, start_child, wait_at_most};

/// How often the process is killed.
const KILLS: usize = 200;
/// Worlds that are worked on side by side.
const WORKERS: u64 = 4;

/// What is there before each run.
const BEGINNING: &str = "
--@ account create ALIYUN$bob@aliyun.com
--@ account create RAM$owner:allen
--@ project create other
add user ALIYUN$bob@aliyun.com;
add user RAM$owner:allen;
create role keeper;
";

/// Statements that each change several rows at once. `{n}` is the number of the repetition.
const CHANGES: &str = "
create table t{n} (id bigint, name string comment 'x', at datetime) comment 'y' partitioned by (ds string, hh bigint) lifecycle 7;
create role r{n};
grant select, describe, update, alter, drop on table t{n} to role r{n};
grant r{n}, keeper to ALIYUN$bob@aliyun.com, RAM$owner:allen;
grant select(id, name) on table t{n} to ALIYUN$bob@aliyun.com;
alter table t{n} add partition (ds='a', hh=1) partition (ds='a', hh=2) partition (ds='b', hh=1);
alter table t{n} add columns (more string, still_more map<string,bigint>);
set ProjectProtection=true;
add trustedproject other;
alter table t{n} rename to u{n};
alter table u{n} drop partition (ds='a', hh=1), partition (ds='b', hh=1);
revoke select, alter on table u{n} from role r{n};
remove trustedproject other;
set ProjectProtection=false;
create package k{n};
add table u{n} to package k{n} with privileges describe, select, update;
allow project other to install package k{n} using label 3;
disallow project other to install package k{n};
allow project other to install package k{n};
remove table u{n} from package k{n};
add table * to package k{n};
drop package k{n};
revoke r{n}, keeper from ALIYUN$bob@aliyun.com, RAM$owner:allen;
drop role r{n};
purge privs from role r{n};
setproject odps.security.enabledownloadprivilege=true READ_TABLE_MAX_ROW=1{n}0;
--@ project create p{n}
create table p{n}.v (a int, b int, c int);
--@ project drop p{n}
drop table u{n};
";

/// The same with rows.
#[cfg(feature = "sql")]
const ROWS: &str = "
create table t{n} as select * from values (1, 'a'), (2, 'b'), (3, 'c') s (id, name);
create table q{n} (id bigint, name string) partitioned by (ds string);
insert into t{n} values (4, 'd'), (5, 'e');
insert into q{n} partition (ds) select id, name, name from t{n};
insert overwrite table t{n} select id + 10, name from t{n} where id > 2;
insert overwrite table q{n} partition (ds='a') values (7, 'x'), (8, 'y');
alter table q{n} drop partition (ds='b');
clone table t{n} to c{n};
truncate table t{n};
insert into t{n} select id, name from c{n};
truncate table q{n} partition (ds='c');
create view v{n} as select id from c{n};
drop table c{n};
insert overwrite table t{n} select 1, 'z';
create table a{n} (id bigint, name string) partitioned by (ds string) tblproperties ('transactional'='true');
insert into a{n} partition (ds) values (1, 'a', 'x'), (2, 'b', 'x'), (3, 'c', 'y');
setproject odps.timemachine.retention.days=7;
update a{n} set name = concat(name, id) where id > 1;
delete from a{n} where id = 2;
merge into a{n} t using t{n} s on t.id = s.id when matched then update set name = s.name when not matched then insert values (s.id, s.name, 'z');
update a{n} set name = 'u' from t{n} s where s.id = a{n}.id;
delete from a{n};
drop table a{n};
drop view v{n};
insert overwrite table t{n} select 2, 'y';
alter table q{n} drop partition (ds='a');
drop table t{n};
purge all;
drop table q{n};
setproject odps.timemachine.retention.days=0;
";

/// Pieces that are one statement each: a line.
fn statements(text: &str, repetitions: usize) -> Vec<String> {
    let one = |n: usize| text.trim().lines().map(move |line| line.replace("{n}", &n.to_string()));
    let head = ["--@ clock 2024-01-01 00:00:00".to_owned(), "use sandbox;".to_owned()];
    head.into_iter().chain((0..repetitions).flat_map(one)).collect()
}

/// A world that stands at the beginning.
fn beginning() -> World {
    let world = World::empty();
    world.succeed(BEGINNING);
    world
}

fn copy(of: &World) -> World {
    let world = World::empty();
    reset(&world, of);
    world
}

/// Puts a world back to the beginning.
fn reset(world: &World, beginning: &World) {
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(world.folder().join(format!("state.db{ending}")));
    }
    let _ = fs::remove_dir_all(world.data());
    fs::copy(beginning.state(), world.state()).unwrap();
}

/// What the state says after no statement, the first, the second …
fn told_after_each(beginning: &World, statements: &[String]) -> Vec<Vec<String>> {
    let world = copy(beginning);
    let mut told = vec![world.facts()];
    // The clock and the current project belong to the session, so each statement is preceded by them.
    for (index, statement) in statements.iter().enumerate() {
        let script =
            if index < 2 { statement.clone() } else { format!("{}\n{}\n{statement}", statements[0], statements[1]) };
        world.succeed(&script);
        told.push(world.facts());
    }
    world.check();
    told
}

/// Runs the script by `-f` or `-e`, and kills it after `delay`.
fn run_and_kill(world: &World, script: &str, by_file: bool, delay: Duration) -> (Ended, bool) {
    let mut command: Command = world.command();
    if by_file {
        command.arg("-f").arg(world.file("script.odps", script));
    } else {
        command.arg("-e").arg(script);
    }
    let begun = Instant::now();
    wait_at_most(start_child(&mut command), begun, delay)
}

/// The state after a kill is one of those that the script leads through, and nothing else is left.
fn assert_whole(world: &World, records: i64, told: &[Vec<String>], statements: &[String]) -> usize {
    let next = world.pipe("whoami;");
    assert_eq!(next.code, Some(0), "the next run: {}", next.error());
    let done = usize::try_from(world.number("select count(*) from audit") - 1 - records).unwrap();
    let expected = told.get(done).expect("more audit records than statements");
    let last = done.checked_sub(1).map_or("no statement", |last| &statements[last]);
    assert_eq!(&world.facts(), expected, "behind {last}");
    assert_eq!(world.number("select count(*) from writing"), 0, "behind {last}");
    assert_eq!(world.number("select count(*) from instance_object where status = 'Running'"), 0, "behind {last}");
    assert_eq!(world.number("select count(*) from data_file where table_id is null and kept = 0"), 0, "behind {last}");
    assert_eq!(world.data_files(), world.manifest(), "behind {last}");
    world.check();
    done
}

/// Kills runs of the script until [`KILLS`] of them were alive when it hit them.
fn kill_many_times(statements: &[String], seed: u64) {
    let beginning = beginning();
    let records = beginning.number("select count(*) from audit");
    let told = told_after_each(&beginning, statements);
    let script = statements.join("\n");
    let unharmed = copy(&beginning);
    let begun = Instant::now();
    unharmed.succeed(&script);
    let whole = begun.elapsed();

    let kills = AtomicUsize::new(0);
    let reached: BTreeSet<usize> = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let (beginning, told, script, kills) = (&beginning, &told, &script, &kills);
                scope.spawn(move || {
                    let mut random = fastrand::Rng::with_seed(seed + worker);
                    let world = copy(beginning);
                    let mut reached = BTreeSet::new();
                    while kills.load(Ordering::Relaxed) < KILLS {
                        reset(&world, beginning);
                        // Several runs side by side are slower than one alone.
                        let delay = whole.mul_f64(random.f64() * 2.0);
                        let (ended, killed) = run_and_kill(&world, script, random.bool(), delay);
                        assert!(killed || ended.code == Some(0), "{}", ended.error());
                        kills.fetch_add(usize::from(killed), Ordering::Relaxed);
                        reached.insert(assert_whole(&world, records, told, statements));
                    }
                    reached
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    // The kills must hit all over the script, or they show little.
    assert!(reached.len() > statements.len() / 3, "only behind {reached:?}");
}

#[test]
fn a_kill_leaves_the_state_before_or_after_a_statement() {
    kill_many_times(&statements(CHANGES, 3), 1);
}

#[cfg(feature = "sql")]
#[test]
fn a_kill_leaves_rows_before_or_after_a_statement_and_no_dead_files() {
    kill_many_times(&statements(ROWS, 1), 2);
}

#[test]
fn a_kill_while_the_state_is_made_leaves_a_whole_one_or_none() {
    let mut random = fastrand::Rng::with_seed(3);
    let begun = Instant::now();
    World::fresh();
    let whole = begun.elapsed();
    for _ in 0..50 {
        let world = World::empty();
        let delay = whole.mul_f64(random.f64() * 1.2);
        run_and_kill(&world, "whoami;", false, delay);
        world.succeed("whoami; show tables; create role r;");
        world.check();
        assert_eq!(world.number("select count(*) from account"), 1);
    }
}

/// Begins again after a shell was killed: its log is not replayed into what follows, though several shells make that at once.
#[test]
fn a_new_state_takes_nothing_from_the_log_of_a_removed_one() {
    const SHELLS: usize = 6;
    for empty in [false, true] {
        let world = World::fresh();
        // While this one looks on, nobody takes the log away, as if its writer had been killed.
        let looks = world.database();
        let _: i64 = looks.query_row("select count(*) from audit", [], |row| row.get(0)).unwrap();
        world.succeed("create role old; create table t (a bigint);");
        let left = ["-wal", "-shm"].map(|ending| world.folder().join(format!("state.db{ending}")));
        let copies = left.each_ref().map(|path| fs::read(path).unwrap());
        assert!(!copies[0].is_empty());
        drop(looks);
        fs::remove_file(world.state()).unwrap();
        let _ = fs::remove_dir_all(world.data());
        for (path, copy) in left.iter().zip(&copies) {
            fs::write(path, copy).unwrap();
        }
        if empty {
            fs::write(world.state(), "").unwrap();
            let refused = world.pipe("whoami;").assert_refused("an empty file beside a log");
            assert!(refused.contains("is not an odpsh state"), "{refused}");
            assert_eq!(fs::read(world.state()).unwrap(), b"", "not touched");
            continue;
        }
        thread::scope(|scope| {
            let shells: Vec<_> = (0..SHELLS)
                .map(|n| {
                    scope.spawn({
                        let world = &world;
                        move || world.succeed(&format!("create role r{n};"))
                    })
                })
                .collect();
            for shell in shells {
                shell.join().unwrap();
            }
        });
        world.check();
        let roles = "select count(*) from role where name like 'r_'";
        assert_eq!(world.number(roles), i64::try_from(SHELLS).unwrap());
        assert_eq!(world.number("select count(*) from role where name = 'old'"), 0);
        assert!(!world.folder().join("state.db.new").exists());
    }
}

/// Writers are killed all the time while a reader looks: it sees one generation of rows, whole.
#[cfg(feature = "sql")]
#[test]
fn a_reader_never_sees_half_an_overwrite() {
    let world = World::fresh();
    let rows: Vec<String> = (0..900).map(|id| format!("({id}, '{}')", ["a", "b", "c"][id % 3])).collect();
    world.succeed(&format!(
        "create table s as select * from values {} v (id, ds);
         create table t (id bigint, generation bigint) partitioned by (ds string);",
        rows.join(", ")
    ));
    let overwrite =
        |generation: usize| format!("insert overwrite table t partition (ds) select id, {generation}, ds from s;\n");
    world.succeed(&overwrite(0));
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        let (world, done) = (&world, &done);
        let reader = scope.spawn(move || {
            let mut seen = BTreeSet::new();
            while !done.load(Ordering::Relaxed) {
                let looks = "select count(*), count(distinct generation), min(generation), count(distinct ds) from t;"
                    .repeat(20);
                let ended = run(world.command().arg("-M").arg("-e").arg(looks), b"");
                assert_eq!(ended.code, Some(0), "{}", ended.error());
                for line in ended.output().lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())) {
                    let numbers: Vec<&str> = line.split(',').collect();
                    assert_eq!((numbers[0], numbers[1], numbers[3]), ("900", "1", "3"), "{line}");
                    seen.insert(numbers[2].to_owned());
                }
            }
            seen
        });
        let mut random = fastrand::Rng::with_seed(4);
        for round in 1..=40 {
            let script: String = (0..8).map(|each| overwrite(round * 8 + each)).collect();
            let (ended, killed) =
                run_and_kill(world, &script, round % 2 == 0, Duration::from_millis(random.u64(30..400)));
            assert!(killed || ended.code == Some(0), "{}", ended.error());
        }
        done.store(true, Ordering::Relaxed);
        let seen = reader.join().unwrap();
        assert!(seen.len() > 5, "only the generations {seen:?} were seen");
    });
    world.succeed("whoami;");
    world.check();
    assert_eq!(world.data_files(), world.manifest());
}
