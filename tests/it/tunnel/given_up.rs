//! Uploads of many blocks that fail: whoever ends them, no data file is left that nobody knows.

use std::time::{Duration, Instant};

use super::big;
use crate::it::process::{World, run, start_child, wait};

/// Every file in the data folder is part of a table, and `check` finds nothing.
fn assert_tidy(world: &World, case: &str) {
    world.succeed("whoami;");
    assert_eq!(world.data_files(), world.manifest(), "{case}");
    assert_eq!(world.number("select count(*) from writing"), 0, "{case}");
    world.check();
}

/// Runs a statement of another shell once an upload has so many blocks; gives what the upload said.
fn disturbed(world: &World, statement: &str, blocks: i64) -> (Option<i32>, String) {
    let begun = Instant::now();
    let mut command = world.command();
    let mut child = start_child(command.args(["-e", "tunnel upload big.csv t -bs 1;"]));
    while world.number("select count(*) from tunnel_block") < blocks
        && child.try_wait().unwrap().is_none()
        && begun.elapsed() < Duration::from_secs(60)
    {
        std::thread::yield_now();
    }
    run(world.command().args(["-e", statement]), b"");
    let ended = wait(child, begun);
    (ended.code, ended.error())
}

#[test]
fn a_table_that_is_dropped_ends_its_uploads() {
    let world = World::fresh();
    big(&world);
    let mut ended = 0;
    for blocks in [1, 2, 3] {
        let (code, error) = disturbed(&world, "drop table t;", blocks);
        if code != Some(0) {
            ended += 1;
            assert!(error.contains("Table not found") && !error.contains("FOREIGN"), "{error}");
        }
        assert_tidy(&world, &error);
        world.succeed("create table t (id bigint, name string, price double);");
    }
    assert!(ended > 0, "no upload was still running");
}

#[test]
fn a_purge_ends_running_uploads() {
    let world = World::fresh();
    big(&world);
    let mut ended = 0;
    for blocks in [1, 2, 3] {
        let (code, error) = disturbed(&world, "tunnel purge 0;", blocks);
        if code != Some(0) {
            ended += 1;
            assert!(error.contains("the upload was purged while it ran"), "{error}");
        }
        assert_tidy(&world, &error);
        world.succeed("truncate table t;");
    }
    assert!(ended > 0, "no upload was still running");
}

#[test]
fn a_late_bad_record_leaves_no_file() {
    let world = World::fresh();
    big(&world);
    let lines = std::fs::read_to_string(world.folder().join("big.csv")).unwrap();
    world.file("big.csv", lines + "x,bad\n");
    for _ in 0..3 {
        let ended = run(world.command().args(["-e", "tunnel upload big.csv t -bs 1;"]), b"");
        let error = ended.assert_failed("a bad record");
        assert!(error.contains("1 bad record;"), "{error}");
        assert_tidy(&world, &error);
    }
}

#[test]
fn what_a_killed_upload_left_goes_when_it_begins_anew() {
    let world = World::fresh();
    big(&world);
    for (blocks, statement) in [(1, "tunnel resume -force;"), (2, "tunnel purge 0;"), (3, "tunnel resume -force;")] {
        let begun = Instant::now();
        let mut command = world.command();
        let mut child = start_child(command.args(["-e", "tunnel upload big.csv t -bs 1;"]));
        while world.number("select count(*) from tunnel_block") < blocks
            && child.try_wait().unwrap().is_none()
            && begun.elapsed() < Duration::from_secs(60)
        {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        wait(child, begun);
        world.succeed(statement);
        assert_tidy(&world, statement);
        world.succeed("truncate table t; tunnel purge 0;");
    }
}
