//! What a process that was killed leaves is removed by the next one; what a living process uses is not.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use odpsh::store::{Durability, ScratchFolder, StatePath, Store};

use crate::it::process::{World, run};

#[cfg(feature = "sql")]
#[test]
fn temporary_files_of_a_process_that_ended_are_removed() {
    let world = World::fresh();
    let spill = world.data().join("spill");
    for name in ["1-0", "2-0"] {
        fs::create_dir_all(spill.join(name).join("datafusion-x")).unwrap();
        fs::write(spill.join(name).join("datafusion-x/.tmp1"), "rows").unwrap();
        fs::write(spill.join(format!("{name}.lock")), "").unwrap();
    }
    let used = fs::File::options().write(true).open(spill.join("2-0.lock")).unwrap();
    used.lock().unwrap();
    world.succeed("whoami;");
    let left = |name: &str| spill.join(name).exists() || spill.join(format!("{name}.lock")).exists();
    assert!(!left("1-0"), "the process that used it has ended");
    assert!(left("2-0"), "a process uses it");
    drop(used);
    world.succeed("select 1;");
    assert!(!left("2-0"));
    assert_eq!(fs::read_dir(&spill).unwrap().count(), 0, "a query leaves nothing");
}

#[test]
fn check_names_temporary_files_of_nobody() {
    let world = World::fresh();
    let orphan = world.data().join("spill/datafusion-x");
    fs::create_dir_all(&orphan).unwrap();
    let ended = run(world.command().arg("check"), b"");
    assert_eq!(ended.code, Some(1));
    assert!(ended.error().contains("belongs to no process"), "{}", ended.error());
    fs::remove_dir(orphan).unwrap();
    world.check();
}

#[test]
fn a_draft_of_a_state_goes_with_the_next_shell_that_makes_one() {
    let world = World::empty();
    for ending in ["", "-wal", "-shm", ".lock"] {
        world.file(&format!("state.db.new-1{ending}"), "");
    }
    // Not a draft of this state.
    world.file("state.db.new-old", "");
    world.succeed("whoami;");
    let mut names: Vec<String> =
        fs::read_dir(world.folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.starts_with("state.db.new"));
    assert_eq!(names, ["state.db.new-old"]);
}

#[cfg(feature = "sql")]
#[test]
fn the_folder_of_a_state_in_memory_goes_with_the_next_one() {
    let world = World::empty();
    fs::create_dir(world.folder().join("odpsh-1-0.data")).unwrap();
    world.file("odpsh-1-0.data/job1-0.parquet", "rows");
    world.file("odpsh-1-0.data.lock", "");
    let ended = run(world.command().args(["--state", ":memory:", "-e", "create table t as select 1 as a;"]), b"");
    assert_eq!(ended.code, Some(0), "{}", ended.error());
    let left = fs::read_dir(world.folder())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("odpsh-"));
    assert_eq!(left.count(), 0);
}

#[cfg(feature = "sql")]
#[test]
fn the_draft_of_a_download_that_was_killed_is_removed() {
    let world = World::fresh();
    world.succeed("create table t as select 1 as a; tunnel download t t.csv;");
    let draft = world.file(".u.csv.1.part", "rows");
    // As a killed process leaves it.
    let named =
        world.database().execute("update tunnel_session set status = 'running', draft = ?1", [draft.to_str().unwrap()]);
    assert_eq!(named.unwrap(), 1);
    world.succeed("show p;");
    assert!(!draft.exists());
    assert_eq!(world.number("select count(*) from tunnel_session where status = 'failed' and draft is null"), 1);
}

#[cfg(feature = "sql")]
#[test]
fn the_clock_of_one_shell_deletes_nothing_of_another() {
    let world = World::fresh();
    let said = world.pipe("select 4711 as a;").error();
    let id = said.split("ID = ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let later = world.succeed(&format!("--@ clock +2d\nshow tables;\n--@ clock real\nwait {id};"));
    assert!(later.contains("4711"), "{later}");
    // A clock that is behind keeps a result as long.
    let said = world.pipe("--@ clock -30d\nselect 4712 as a;").error();
    let id = said.split("ID = ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    assert!(world.succeed(&format!("show p; wait {id};")).contains("4712"));
}

#[cfg(feature = "sql")]
#[test]
fn a_script_of_grants_starves_no_query_of_its_project() {
    let world = World::fresh();
    world.succeed("create table t as select 1 as a; create role r; create table u (a bigint);");
    let grants = "grant Select on table u to role r; revoke Select on table u from role r;\n".repeat(4_000);
    std::thread::scope(|scope| {
        let script = scope.spawn(|| run(&mut world.command(), grants.as_bytes()));
        let mut queries = 0;
        while !script.is_finished() && queries < 30 {
            let ended = run(world.command().args(["-e", "select a from t;"]), b"");
            assert_eq!(ended.code, Some(0), "query {queries}: {}", ended.error());
            queries += 1;
        }
        assert!(queries > 1, "the script ended too early to say anything");
        assert_eq!(script.join().unwrap().code, Some(0));
    });
}

#[test]
fn a_state_in_memory_removes_its_folder() {
    let store = Store::open(&StatePath::Memory, Durability::AtEnd).unwrap();
    let data = store.data_folder().to_owned();
    let mark = data.with_extension("data.lock");
    assert!(data.is_dir() && mark.is_file());
    drop(store);
    assert!(!data.exists() && !mark.exists());
}

#[test]
fn whoever_removes_leftovers_touches_nothing_that_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    ScratchFolder::sweep(base);
                }
            });
        }
        let makers = [0, 1].map(|_| {
            scope.spawn(|| {
                for round in 0..400 {
                    let scratch = ScratchFolder::in_folder(base).unwrap();
                    fs::create_dir(scratch.path()).unwrap();
                    let file = scratch.path().join("rows");
                    fs::write(&file, "rows").unwrap();
                    std::thread::yield_now();
                    assert!(file.exists(), "round {round}: files of a living process were removed");
                }
            })
        });
        let ended = makers.map(|maker| maker.join().is_ok());
        stop.store(true, Ordering::Relaxed);
        assert_eq!(ended, [true, true]);
    });
}

/// A project that keeps versions, and a table with two of them.
#[cfg(feature = "sql")]
fn with_versions() -> World {
    let world = World::fresh();
    world.succeed(
        "setproject odps.timemachine.retention.days=7; create table t as select 1 as a; insert overwrite table t select 2;
         create table u as select 3 as a; drop table u;",
    );
    world
}

#[cfg(feature = "sql")]
#[test]
fn files_of_versions_stay_and_are_checked() {
    let world = with_versions();
    world.check();
    assert_eq!(world.data_files(), world.manifest());
    assert_eq!(world.data_files().len(), 3);
    assert!(world.succeed("restore table t to lsn '2'; select * from t;").contains("| 1 "));
    let lost = world.data_files().into_iter().next().unwrap();
    fs::remove_file(world.data().join(&lost)).unwrap();
    let ended = run(world.command().arg("check"), b"");
    assert_eq!(ended.code, Some(1));
    assert!(ended.error().contains(&lost), "{}", ended.error());
}

#[cfg(feature = "sql")]
#[test]
fn check_finds_versions_of_nothing() {
    for (damage, said) in [
        ("update data_file set kept = 1 where table_id is not null and kept = 0", "is marked as kept"),
        ("delete from dropped_table", "and it is gone"),
    ] {
        let world = with_versions();
        assert!(world.database().execute(damage, []).unwrap() > 0);
        let ended = run(world.command().arg("check"), b"");
        assert!(ended.error().contains(said), "{}", ended.error());
    }
}

#[cfg(feature = "sql")]
#[test]
fn versions_whose_time_is_over_are_deleted_and_the_present_one_is_not() {
    let world = with_versions();
    let day = 86_400_000;
    // As if the statements had run earlier: not yet long enough ago, then long enough.
    let age = |days: i64| {
        let state = world.database();
        for (table, column) in [
            ("table_version", "time"),
            ("table_version", "replaced"),
            ("version_file", "ended"),
            ("dropped_table", "dropped"),
        ] {
            state.execute(&format!("update {table} set {column} = {column} - {}", days * day), []).unwrap();
        }
    };
    age(6);
    world.succeed("whoami;");
    assert_eq!(world.data_files().len(), 3);
    age(2);
    world.succeed("whoami;");
    assert_eq!(world.data_files(), world.manifest());
    assert_eq!(world.data_files().len(), 1);
    for table in ["version_file", "dropped_table", "dropped_column", "table_version where replaced is not null"] {
        assert_eq!(world.number(&format!("select count(*) from {table}")), 0, "{table}");
    }
    assert!(world.succeed("select * from t;").contains("| 2 "));
    world.check();
}

#[cfg(feature = "sql")]
#[test]
fn purged_versions_are_deleted_with_the_statement() {
    for purge in ["purge all;", "setproject odps.timemachine.retention.days=0;", "purge table t; purge all;"] {
        let world = with_versions();
        world.succeed(purge);
        assert_eq!(world.data_files().len(), 1, "{purge}");
        assert_eq!(world.data_files(), world.manifest());
        world.succeed("drop table t purge;");
        assert_eq!(world.data_files(), Vec::<String>::new(), "{purge}");
        world.check();
    }
}

#[cfg(feature = "sql")]
#[test]
fn what_a_dropped_project_kept_goes_with_it() {
    let world = World::fresh();
    world.succeed(
        "--@ project create p\nuse p; setproject odps.timemachine.retention.days=7; create table t as select 1 as a;
         insert overwrite table t select 2; create table u as select 3 as a; drop table u;\n--@ project drop p\nuse sandbox; whoami;",
    );
    assert_eq!(world.data_files(), Vec::<String>::new());
    world.check();
}
