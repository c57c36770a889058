//! Every name of a state leads to the one state or is refused: no second state, no lost change, no file of the state in or out.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use odpsh::store::{Durability, StatePath, Store};

use crate::it::process::{Ended, World, run};

fn with_state(world: &World, state: impl AsRef<Path>, text: &str) -> Ended {
    run(world.command().arg("--state").arg(state.as_ref()), text.as_bytes())
}

/// The names of the roles of `sandbox`.
fn roles(world: &World, state: impl AsRef<Path>) -> Vec<String> {
    let ended = with_state(world, state, "list roles;");
    assert_eq!(ended.code, Some(0), "{}", ended.error());
    ended.output().lines().filter(|line| line.len() == 2).map(str::to_owned).collect()
}

#[test]
fn a_state_with_two_hard_links_is_opened_by_neither() {
    let world = World::fresh();
    let other = world.folder().join("other.db");
    fs::hard_link(world.state(), &other).unwrap();
    for name in [world.state(), other.clone()] {
        let error = with_state(&world, &name, "create role r1;").assert_refused("hard link");
        assert!(error.contains("has several names (hard links)"), "{error}");
    }
    fs::remove_file(&other).unwrap();
    with_state(&world, world.state(), "create role r1;");
    assert_eq!(roles(&world, world.state()), ["r1"]);
}

#[test]
fn a_state_that_gets_another_file_while_it_is_open_takes_no_more_changes() {
    let world = World::fresh();
    let backup = world.folder().join("backup");
    fs::copy(world.state(), &backup).unwrap();
    let store = Store::open(&StatePath::File(world.state()), Durability::EachStatement).unwrap();
    drop(store.write().unwrap());
    fs::rename(&backup, world.state()).unwrap();
    for error in [store.write().map(drop).unwrap_err(), store.read().map(drop).unwrap_err()] {
        assert!(error.message.ends_with("was removed or replaced while it was open"), "{}", error.message);
    }
    drop(store);
    world.succeed("create role r1;");
    world.check();
}

#[cfg(feature = "sql")]
#[test]
fn different_paths_to_a_state_lead_to_the_same_state() {
    let world = World::fresh();
    fs::create_dir(world.folder().join("sub")).unwrap();
    symlink("state.db", world.folder().join("link.db")).unwrap();
    symlink(".", world.folder().join("here")).unwrap();
    let names = ["state.db", "./state.db", "sub/../state.db", "link.db", "here/state.db", "here/link.db"];
    for (number, name) in names.iter().enumerate() {
        let ended =
            with_state(&world, name, &format!("create role r{number}; create table t{number} as select 1 as a;"));
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.error());
    }
    for name in names {
        assert_eq!(roles(&world, name).len(), names.len(), "{name}");
    }
    world.check();
}

#[test]
fn a_name_that_looks_like_an_address_is_a_name() {
    for name in ["file:a.db", "file:a.db?mode=memory", "file:///a.db", ":memory", "a?b#c%20d.db"] {
        let world = World::empty();
        with_state(&world, name, "create role r1;");
        assert_eq!(roles(&world, name), ["r1"], "{name}");
        assert!(world.folder().join(name).is_file(), "{name}");
    }
}

#[test]
fn what_lies_beside_a_state_cannot_be_one() {
    for name in ["t.db-wal", "t.db-shm", "t.db-journal"] {
        let world = World::empty();
        let error = with_state(&world, name, "whoami;").assert_refused(name);
        assert!(error.contains("cannot be a state file"), "{name}: {error}");
        assert!(!world.folder().join(name).exists(), "{name}");
    }
}

#[cfg(feature = "sql")]
#[test]
fn output_never_goes_into_the_state_through_a_link() {
    let world = World::fresh();
    world.succeed("create table t as select 1 as a;");
    let target = world.data().join("job2-0.parquet");
    symlink(&target, world.folder().join("dangling")).unwrap();
    symlink("dangling", world.folder().join("further")).unwrap();
    symlink("state.db", world.folder().join("link")).unwrap();
    symlink("state.db-wal", world.folder().join("log")).unwrap();
    symlink("state.db.data", world.folder().join("data")).unwrap();
    let before = fs::read(world.state()).unwrap();
    for name in ["dangling", "further", "link", "log", "data/new.csv", "state.db", "state.db-shm", "state.db.data/x"] {
        let error = world.pipe(format!(".output {name}\nselect 1;")).assert_refused(name);
        assert!(error.contains("belongs to the state"), "{name}: {error}");
    }
    assert!(!target.exists());
    assert_eq!(fs::read(world.state()).unwrap().len(), before.len());
    world.succeed("insert into t values (2);");
    world.check();
}

#[test]
fn the_state_is_no_policy_no_resource_and_no_script() {
    let world = World::fresh();
    fs::hard_link(world.file("plain.json", "{}"), world.folder().join("second.json")).unwrap();
    symlink("state.db", world.folder().join("link")).unwrap();
    for name in ["./state.db", "./link"] {
        let error = world.pipe(format!("set ProjectProtection=true with exception {name};")).assert_refused(name);
        assert!(error.contains("belongs to the state"), "{name}: {error}");
        let error = world.pipe(format!("add file {name} as r;")).assert_refused(name);
        assert!(error.contains("belongs to the state"), "{name}: {error}");
    }
    // To close such a file would release the locks that the shell holds on it.
    for name in ["state.db", "./link", "state.db-wal", "state.db-shm"] {
        let error = world.pipe(format!(".read {name}")).assert_refused(name);
        assert!(error.contains("belongs to the state"), "{name}: {error}");
    }
    // A file with two names that is none of the state's is as good as any other.
    world.succeed("add file second.json as s;");
}

/// Runs a script of the system's shell as if the folder were mounted at `b` as well; nothing where that is not possible.
fn mounted(world: &World, mount: &str, script: &str) -> Option<Ended> {
    let text = format!("{mount} || exit 99\n{script}");
    let ended = run(&mut world.command_as("unshare", &["-rm", "sh", "-c", &text]), b"");
    if matches!(ended.code, Some(0 | 1)) {
        return Some(ended);
    }
    println!("skipped: no mount namespaces here: {}", ended.error());
    None
}

#[cfg(target_os = "linux")]
#[cfg(feature = "sql")]
#[test]
fn a_second_mount_of_the_folder_hides_no_file_of_the_state() {
    let world = World::fresh();
    fs::create_dir(world.folder().join("b")).unwrap();
    world.succeed("create table t as select 1 as a;");
    let odpsh = crate::it::process::binary();
    let odpsh = odpsh.to_str().unwrap();
    for statement in [
        "add file b/state.db as stolen;",
        ".output b/state.db",
        ".output b/state.db.data/x",
        "tunnel download t b/state.db.data/x.csv;",
        "tunnel download t b/state.db;",
        "tunnel upload b/state.db t;",
    ] {
        let script = format!("printf '%s\\nselect 1;' '{statement}' | {odpsh} --state state.db");
        let Some(ended) = mounted(&world, "mount --bind . b", &script) else { return };
        let error = ended.assert_refused(statement);
        assert!(error.contains("belongs to the state"), "{statement}: {error}");
    }
    // The same state by the other path.
    let script =
        format!("{odpsh} --state b/state.db -e 'create role r1;' && {odpsh} --state state.db -e 'create role r2;'");
    mounted(&world, "mount --bind . b", &script).unwrap();
    assert_eq!(roles(&world, world.state()), ["r1", "r2"]);
    world.check();
}

#[cfg(target_os = "linux")]
#[test]
fn a_state_file_that_is_mounted_by_itself_is_refused() {
    let world = World::fresh();
    world.file("other name.db", "");
    let odpsh = crate::it::process::binary();
    let script = format!("{} --state 'other name.db' -e 'create role r1;'", odpsh.to_str().unwrap());
    let Some(ended) = mounted(&world, "mount --bind state.db 'other name.db'", &script) else { return };
    let error = ended.assert_refused("mounted file");
    assert!(error.contains("is a mount point"), "{error}");
}
