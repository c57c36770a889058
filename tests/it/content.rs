//! The bytes of resources, which are stored before the state is locked: nobody waits for them, and nothing of them is left over.

use std::fs;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use crate::it::process::{LIMIT, World, run, start_child, wait};

/// Bytes of a file that takes long enough to be met while it is stored.
const LARGE: usize = 60 << 20;

const LOOSE: &str = "select count(*) from resource_content where resource is null";

fn world() -> World {
    let world = World::fresh();
    world.file("large", vec![7; LARGE]);
    world.file("small", "small");
    world.succeed(
        "--@ account create ALIYUN$bob
--@ account create ALIYUN$amy
--@ project create prod owner ALIYUN$bob
--@ user ALIYUN$bob
use prod; add user ALIYUN$amy; grant CreateResource on project prod to user ALIYUN$amy;",
    );
    world
}

/// Begins to store the file, and comes back when some of it is there.
fn begin(world: &World, statement: &str) -> Child {
    let text = format!("--@ user ALIYUN$amy\nuse prod; {statement}");
    let mut child = start_child(world.command().args(["-e", &text]));
    let begun = Instant::now();
    while world
        .number("select count(*) from resource_piece join resource_content on id = content where resource is null")
        < 3
    {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was seen");
        assert!(begun.elapsed() < LIMIT, "it never began");
        thread::yield_now();
    }
    child
}

fn verdicts(world: &World) -> Vec<String> {
    let database = world.database();
    let mut query = database.prepare("select verdict from audit where statement like 'add file%' order by id").unwrap();
    query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn other_shells_change_the_state_while_a_file_is_stored_and_leave_it_alone() {
    let world = world();
    let child = begin(&world, "add file large;");
    let text = "--@ user ALIYUN$bob\nuse prod; create role r; add file small; whoami;";
    for _ in 0..2 {
        assert!(run(world.command().args(["-e", text]), b"").time < Duration::from_secs(30));
    }
    assert_eq!(world.number(LOOSE), 1, "it was stored before the others were done");
    assert_eq!(wait(child, Instant::now()).code, Some(0));
    assert_eq!(world.number(LOOSE), 0);
    assert_eq!(world.number("select count(*) from resource_piece"), 61);
    world.check();
}

#[test]
fn what_a_killed_shell_stored_is_deleted_a_part_with_each_statement() {
    let world = world();
    let mut child = begin(&world, "add file large;");
    child.kill().unwrap();
    wait(child, Instant::now());
    assert_eq!(world.number(LOOSE), 1);
    world.succeed(&"whoami;\n".repeat(12));
    assert_eq!(world.number("select count(*) from resource_piece"), 0);
    assert_eq!(world.number(LOOSE), 0);
    assert_eq!(verdicts(&world), [""; 0]);
    world.check();
}

#[test]
fn a_right_that_is_revoked_while_a_file_is_stored_leaves_nothing() {
    let world = world();
    let child = begin(&world, "add file large;");
    assert_eq!(world.database().execute("delete from acl", []).unwrap(), 1);
    let error = wait(child, Instant::now()).assert_failed("a revoked right");
    assert!(error.contains("NO privilege 'odps:CreateResource'"), "{error}");
    assert_eq!(verdicts(&world), ["denied"]);
    assert_eq!(world.number("select count(*) from resource_content"), 0);
    assert_eq!(world.number("select count(*) from object where kind = 'resource'"), 0);
    world.check();
}

#[test]
fn who_may_not_create_resources_stores_nothing() {
    let world = world();
    world.succeed("--@ user ALIYUN$bob\nuse prod; revoke CreateResource on project prod from user ALIYUN$amy;");
    let ended = world.pipe("--@ user ALIYUN$amy\nuse prod; add file small;");
    assert!(ended.assert_failed("no right").contains("CreateResource"));
    assert_eq!(world.number("select count(*) from sqlite_sequence where name = 'resource_content'"), 0);
}

#[test]
fn a_resource_of_that_name_that_came_meanwhile_is_kept() {
    let world = world();
    let child = begin(&world, "add file large as r;");
    world.succeed("--@ user ALIYUN$bob\nuse prod; add file small as r;");
    let error = wait(child, Instant::now()).assert_failed("a name that is used");
    assert!(error.contains("already exists"), "{error}");
    assert_eq!(world.number("select byte_count from resource_object"), 5);
    assert_eq!(world.number("select count(*) from resource_content"), 1);
    world.check();
}

#[test]
fn what_a_resource_held_before_is_deleted() {
    let world = world();
    let copy = world.folder().join("copy");
    let text = format!(
        "--@ user ALIYUN$bob
use prod; add file large as r; add file small as r -f; get resource r '{}'; drop resource r; whoami;",
        copy.display()
    );
    world.succeed(&text);
    assert_eq!(fs::read(copy).unwrap(), b"small");
    assert_eq!(world.number("select count(*) from resource_piece"), 0);
    assert_eq!(world.number("select count(*) from resource_content"), 0);
    world.check();
}

#[test]
fn a_file_that_others_took_for_abandoned_is_not_stored_and_says_so() {
    let world = world();
    let child = begin(&world, "add file large;");
    // What a sweep does that finds the lease not held.
    world.database().execute("update resource_content set lease = '' where resource is null", []).unwrap();
    let ended = wait(child, Instant::now());
    assert_eq!(ended.code, Some(1));
    assert!(ended.error().contains("another process"), "{}", ended.error());
    assert_eq!(verdicts(&world), ["failed"]);
    assert_eq!(world.number("select count(*) from resource_object"), 0);
}

#[test]
fn a_file_that_cannot_be_stored_leaves_a_record() {
    let world = world();
    let leases = world.data().join("leases");
    // There may be no folder yet.
    let _ = fs::remove_dir_all(&leases);
    fs::create_dir_all(world.data()).unwrap();
    fs::write(&leases, "").unwrap();
    let ended = run(world.command().args(["-e", "--@ user ALIYUN$amy\nuse prod; add file small;"]), b"");
    assert_eq!(ended.code, Some(1));
    assert_eq!(verdicts(&world), ["failed"], "{}", ended.error());
}
