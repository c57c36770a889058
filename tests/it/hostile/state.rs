//! State files that are none, or no longer whole.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::it::process::{Ended, World, each, run};

/// Any statement, with this state.
fn with_state(world: &World, state: impl AsRef<std::ffi::OsStr>) -> Ended {
    run(world.command().arg("--state").arg(state).args(["-e", "create role r;"]), b"")
}

/// Refused, and the file is as it was.
fn assert_left_alone(world: &World, file: &Path, case: &str) {
    let before = fs::read(file).unwrap();
    for arguments in [&["-e", "whoami;"][..], &["check"]] {
        let ended = run(world.command().arg("--state").arg(file).args(arguments), b"");
        ended.assert_refused(case);
        assert!(fs::read(file).unwrap() == before, "{case}: the file changed");
    }
}

#[test]
fn files_that_are_no_state_are_refused_and_left_alone() {
    let world = World::empty();
    let mut random = fastrand::Rng::with_seed(7);
    let garbage: Vec<u8> = (0..100_000).map(|_| random.u8(..)).collect();
    let files: [(&str, Vec<u8>); 6] = [
        ("zero", vec![]),
        ("one", vec![0]),
        ("zeros", vec![0; 4096]),
        ("text", b"select 1;".repeat(100)),
        ("garbage", garbage),
        ("header", b"SQLite format 3\0".to_vec()),
    ];
    for (name, content) in files {
        let file = world.file(name, content);
        assert_left_alone(&world, &file, name);
        let told = run(world.command().arg("--state").arg(&file).args(["-e", "whoami;"]), b"");
        assert!(told.error().contains("FAILED: ODPSH-0202"), "{name}");
    }
    let other = world.folder().join("other");
    rusqlite::Connection::open(&other).unwrap().execute_batch("create table a (b)").unwrap();
    assert_left_alone(&world, &other, "another database");
}

#[test]
fn states_of_other_versions_are_refused_and_left_alone() {
    for version in [99, 50, 2, 0, -1] {
        let world = World::fresh();
        world.database().pragma_update(None, "user_version", version).unwrap();
        assert_left_alone(&world, &world.state(), &format!("version {version}"));
    }
}

#[test]
fn a_state_cut_anywhere_is_refused() {
    let world = World::fresh();
    world.succeed("create table t (a bigint, b string); create role r; grant select on table t to role r;");
    let whole = fs::read(world.state()).unwrap();
    each(0..16, |sixteenth| {
        let case = format!("{sixteenth}/16");
        let file = world.file("cut.db", &whole[..whole.len() * sixteenth / 16]);
        with_state(&world, &file).assert_refused(&case);
        run(world.command().arg("--state").arg(&file).arg("check"), b"").assert_refused(&case);
    });
}

#[test]
fn a_state_with_bytes_turned_over_never_breaks_it() {
    let world = World::fresh();
    world.succeed("create table t (a bigint, b string); create role r; grant select on table t to role r;");
    let whole = fs::read(world.state()).unwrap();
    let mut random = fastrand::Rng::with_seed(8);
    for round in 0..40 {
        let mut damaged = whole.clone();
        for _ in 0..50 {
            let at = random.usize(100..whole.len());
            damaged[at] = random.u8(..);
        }
        let file = world.file(&format!("damaged{round}.db"), damaged);
        let script = "desc t; show grants; list roles; show acl for t; .audit\n";
        let ended = run(world.command().arg("--state").arg(&file), script.as_bytes());
        assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
        if ended.code == Some(1) {
            ended.assert_failed("damaged");
        }
        let checked = run(world.command().arg("--state").arg(&file).arg("check"), b"");
        assert!(matches!(checked.code, Some(0 | 1)), "{checked:?}");
    }
}

#[test]
fn places_where_no_state_can_be_are_refused() {
    let world = World::fresh();
    fs::create_dir(world.folder().join("folder")).unwrap();
    symlink("loop", world.folder().join("loop")).unwrap();
    let file = world.file("file", "x");
    let below_a_file = format!("{}/state.db", file.display());
    let long = "a".repeat(300);
    let places = [
        "folder",
        "loop",
        "/dev/null",
        "/dev/full",
        "/dev/zero",
        "/proc/state.db",
        below_a_file.as_str(),
        long.as_str(),
        "/",
    ];
    each(places, |place| {
        with_state(&world, place).assert_refused(place);
    });
    assert!(std::process::Command::new("mkfifo").arg(world.folder().join("pipe")).status().unwrap().success());
    with_state(&world, world.folder().join("pipe")).assert_refused("a pipe");
}

#[test]
fn odd_names_of_states_are_names() {
    let world = World::empty();
    let names = ["a b", "ä😀", "file:x.db?mode=ro", "file:y.db", "a?b#c%20.db", ":memory", "it's", "-x", " "];
    each(names, |name| {
        let path = world.folder().join(name);
        let ended = with_state(&world, &path);
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.error());
        assert!(path.is_file(), "{name}");
        fs::remove_file(&path).unwrap();
    });
    let left: Vec<_> = fs::read_dir(world.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_state_in_a_folder_that_is_not_there_makes_the_folder() {
    let world = World::empty();
    let state = world.folder().join("a/b/c/state.db");
    assert_eq!(with_state(&world, &state).code, Some(0));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o600);
    assert_eq!(mode(state.parent().unwrap()), 0o700);
}

#[test]
fn a_state_that_may_not_be_written_can_only_be_checked() {
    let world = World::fresh();
    fs::set_permissions(world.state(), fs::Permissions::from_mode(0o400)).unwrap();
    let before = fs::read(world.state()).unwrap();
    run(world.command().args(["-e", "whoami;"]), b"").assert_refused("read-only");
    let checked = run(world.command().arg("check"), b"");
    assert!(checked.code == Some(0) && checked.error().contains("the state is read-only"), "{checked:?}");
    assert!(fs::read(world.state()).unwrap() == before);
}

#[test]
fn a_state_that_is_deleted_meanwhile_breaks_nobody() {
    let world = World::fresh();
    let script = format!("{}whoami;", "create role r; drop role r; ".repeat(300));
    let file = world.file("s.odps", script);
    let begun = std::time::Instant::now();
    let child = crate::it::process::start_child(world.command().arg("-f").arg(file));
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(world.folder().join(format!("state.db{ending}")));
    }
    let ended = crate::it::process::wait(child, begun);
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    if ended.code == Some(1) {
        ended.assert_failed("deleted");
    }
    // What is there then is whole, whoever made it.
    world.succeed("whoami;");
    world.check();
}

#[test]
fn a_state_behind_a_link_is_the_same_state() {
    let world = World::fresh();
    fs::create_dir(world.folder().join("links")).unwrap();
    let link = world.folder().join("links/link.db");
    symlink("../state.db", &link).unwrap();
    assert_eq!(with_state(&world, &link).code, Some(0));
    assert!(world.succeed("list roles;").lines().any(|role| role == "r"));
    assert_eq!(fs::read_dir(world.folder().join("links")).unwrap().count(), 1, "a second folder of data");
}

#[cfg(feature = "sql")]
#[test]
fn rows_behind_a_link_are_the_same_rows() {
    let world = World::fresh();
    let link = world.folder().join("link.db");
    symlink("state.db", &link).unwrap();
    world.succeed("create table t as select 1 as a;");
    let script = "insert into t values (2); select count(*) from t; insert overwrite table t select 3;";
    let ended = run(world.command().arg("--state").arg(&link), script.as_bytes());
    assert_eq!(ended.code, Some(0), "{}", ended.error());
    assert!(ended.output().contains("| 2 "), "{}", ended.output());
    assert!(world.succeed("select * from t;").contains("| 3 "));
    assert_eq!(world.data_files(), world.manifest());
    assert!(!world.folder().join("link.db.data").exists());
    world.check();
}

#[test]
fn check_notices_what_is_missing() {
    for damage in ["drop table acl", "drop trigger acl_inserted", "drop index acl_user"] {
        let world = World::fresh();
        world.database().execute_batch(&format!("pragma foreign_keys = off; {damage}")).unwrap();
        run(world.command().arg("check"), b"").assert_refused(damage);
    }
}

#[cfg(feature = "sql")]
#[test]
fn data_files_that_are_damaged_or_gone_are_told() {
    let world = World::fresh();
    world.succeed("create table t as select 1 as a, 'x' as b;");
    let name = world.manifest().remove(0);
    let file = world.data().join(&name);
    let whole = fs::read(&file).unwrap();
    let mut turned = whole.clone();
    turned[10] ^= 0xff;
    let half = whole[..whole.len() / 2].to_vec();
    for (case, content) in [("empty", vec![]), ("half", half), ("noise", vec![7; 400]), ("turned", turned)] {
        fs::write(&file, content).unwrap();
        let ended = world.pipe("select * from t;");
        // A byte in the padding may be nobody's: then the rows are right.
        if ended.code == Some(1) {
            ended.assert_refused(case);
        }
        let error = run(world.command().arg("check"), b"").assert_refused(case);
        assert!(error.contains(&name), "{error}");
    }
    fs::remove_file(&file).unwrap();
    world.pipe("select * from t;").assert_refused("gone");
    run(world.command().arg("check"), b"").assert_refused("gone");
    // Dropping it is still possible.
    world.succeed("drop table t;");
    world.check();
}
