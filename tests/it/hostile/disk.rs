//! Disks that are full or may not be written, and odd environments.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::it::process::{Ended, World, each, run};

/// A small disk in memory; unmounted when dropped.
struct Disk(PathBuf);

impl Disk {
    /// Nothing where this user may not mount.
    fn mount(world: &World, size: &str) -> Option<Self> {
        let place = world.folder().join("disk");
        fs::create_dir(&place).unwrap();
        let options = format!("size={size}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(&place)
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(place));
        }
        println!("skipped: this user may not mount a small disk");
        None
    }

    fn state(&self) -> PathBuf {
        self.0.join("state.db")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn on(world: &World, disk: &Disk, script: &str) -> Ended {
    run(world.command().arg("--state").arg(disk.state()), script.as_bytes())
}

#[test]
fn a_full_disk_refuses_and_the_state_stays_whole() {
    let world = World::empty();
    let Some(disk) = Disk::mount(&world, "1600k") else { return };
    let script: String = (0..5000).map(|n| format!("create role r{n};\n")).collect();
    let ended = on(&world, &disk, &script);
    let error = ended.assert_refused("full");
    assert!(error.contains("no space"), "{error}");
    // As many roles as were acknowledged, and room for nothing else is needed to look.
    let done = ended.output().lines().filter(|line| *line == "OK").count();
    let database = rusqlite::Connection::open(disk.state()).unwrap();
    let roles: usize =
        database.query_row("select count(*) from role where name like 'r%'", [], |row| row.get(0)).unwrap();
    let integrity: String = database.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!((roles, integrity.as_str()), (done, "ok"));
}

#[test]
fn a_state_that_has_no_room_is_not_made_by_half() {
    let world = World::empty();
    let Some(disk) = Disk::mount(&world, "100k") else { return };
    on(&world, &disk, "whoami;").assert_refused("no room");
    let left: Vec<_> = fs::read_dir(&disk.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[cfg(feature = "sql")]
#[test]
fn rows_that_have_no_room_leave_nothing_behind() {
    let world = World::empty();
    let Some(disk) = Disk::mount(&world, "1500k") else { return };
    let rows: Vec<String> = (0..1000).map(|n| format!("({n})")).collect();
    let ended = on(&world, &disk, &format!("create table s as select * from values {} v (a);", rows.join(",")));
    assert_eq!(ended.code, Some(0), "{}", ended.error());
    let query = "create table u as select md5(cast(x.a as string)) as a, md5(cast(x.a * y.a as string)) as b from s x join s y on x.a <> y.a;";
    on(&world, &disk, query).assert_failed("no room");
    let ended = on(&world, &disk, "show tables; insert into s values (7); select count(*) from s;");
    assert_eq!(ended.code, Some(0), "{}", ended.error());
    assert!(ended.output().contains("| 1001 "), "{}", ended.output());
    let checked = run(world.command().arg("--state").arg(disk.state()).arg("check"), b"");
    assert_eq!(checked.code, Some(0), "{}", checked.error());
}

#[test]
fn a_disk_that_may_not_be_written_is_refused() {
    let world = World::empty();
    let Some(disk) = Disk::mount(&world, "2m") else { return };
    assert_eq!(on(&world, &disk, "whoami;").code, Some(0));
    assert!(Command::new("mount").args(["-o", "remount,ro"]).arg(&disk.0).status().unwrap().success());
    on(&world, &disk, "whoami;").assert_refused("an old state");
    run(world.command().arg("--state").arg(disk.0.join("new.db")), b"whoami;").assert_refused("a new state");
}

#[test]
fn outputs_that_are_full_or_closed_are_told_or_ignored() {
    let world = World::fresh();
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let start = |stdout: Stdio, stderr: Stdio| {
        world
            .command()
            .args(["-e", "whoami; create role r; drop role r;"])
            .stdout(stdout)
            .stderr(stderr)
            .status()
            .unwrap()
            .code()
    };
    assert_eq!(start(full(), Stdio::null()), Some(1));
    assert_eq!(start(Stdio::null(), full()), Some(0), "nobody needs to read status words");
    let told = world.command().args(["-e", "whoami;"]).stdout(full()).stderr(Stdio::piped()).output().unwrap();
    let text = String::from_utf8(told.stderr).unwrap();
    assert!(text.starts_with("FAILED: ODPSH-0201: ") && !text.contains("os error"), "{text}");
    let shell = |redirection: &str, statement: &str| {
        let line = format!("exec \"$0\" -e '{statement}' {redirection}");
        world
            .command_as("sh", &["-c", &line, crate::it::process::binary().to_str().unwrap()])
            .stdout(Stdio::null())
            .status()
            .unwrap()
            .code()
    };
    for (redirection, statement, code) in
        [(">&-", "whoami;", 0), ("2>&-", "whoami;", 0), ("2>&- >&-", "selec", 1), ("<&- >&- 2>&-", "whoami;", 0)]
    {
        assert_eq!(shell(redirection, statement), Some(code), "{redirection}");
    }
    world.check();
}

#[test]
fn odd_environments_are_survived() {
    let world = World::empty();
    let file = world.file("file", "x");
    let file = file.to_str().unwrap();
    let without_state = |name: &str, value: &OsStr| {
        let mut command = world.command();
        command.env_remove("ODPSH_STATE").env(name, value).args(["-e", "whoami;"]);
        run(&mut command, b"")
    };
    without_state("HOME", OsStr::new(file)).assert_refused("a home that is a file");
    for (name, value) in [
        ("HOME", "relative"),
        ("XDG_DATA_HOME", "relative"),
        ("ODPSH_STATE", ""),
        ("LANG", "xx"),
        ("TERM", ""),
        ("COLUMNS", "x"),
    ] {
        let ended = without_state(name, OsStr::new(value));
        assert_eq!(ended.code, Some(0), "{name}={value}: {}", ended.error());
    }
    let long = "u".repeat(5000);
    let users: [&[u8]; 6] = [b"", b"-", b"a b/../$;x", b"\xff\xfe", "ä😀".as_bytes(), long.as_bytes()];
    each(users.map(|user| String::from_utf8_lossy(user).into_owned()), |user| {
        let ended =
            run(world.command().env("USER", user).args(["--state", ":memory:", "-e", "whoami; create role r;"]), b"");
        assert_eq!(ended.code, Some(0), "{}", ended.error());
    });
    let ended = run(
        world.command().env("USER", OsStr::from_bytes(b"\xff\xfe")).args(["--state", ":memory:", "-e", "whoami;"]),
        b"",
    );
    assert_eq!(ended.code, Some(0));
    for temporary in ["/nowhere/at/all", file] {
        let ended = run(world.command().env("TMPDIR", temporary).args(["--state", ":memory:", "-e", "whoami;"]), b"");
        ended.assert_done_or_failed(temporary);
    }
}

#[test]
fn worlds_in_memory_leave_nothing_behind() {
    let world = World::empty();
    for statement in ["whoami;", "drop table nothing;", "selec", "create table t (a bigint); read t;"] {
        run(world.command().args(["--state", ":memory:", "-e", statement]), b"");
    }
    let left: Vec<_> = fs::read_dir(world.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}
