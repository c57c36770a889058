//! Transfers through the real binary: killed and resumed, stopped, hostile files, files of the state, and round trips of any value.

#[path = "tunnel/given_up.rs"]
mod given_up;
#[path = "tunnel/round_trip.rs"]
mod round_trip;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::it::process::{World, each, run, signal, start_child, wait, wait_at_most};

/// Records of the file that is killed over and over.
const RECORDS: usize = 260_000;

fn big(world: &World) {
    let lines: String = (0..RECORDS).map(|id| format!("{id},name {id},{}.5\n", id % 100)).collect();
    world.file("big.csv", lines);
    world.succeed("create table t (id bigint, name string, price double);");
}

fn count(world: &World) -> String {
    let ended = run(world.command().args(["-M", "-e", "select count(*), count(distinct id), sum(price) from t;"]), b"");
    ended.output().lines().last().unwrap_or_default().to_owned()
}

/// Runs a statement and kills it; whether it was still alive.
fn killed(world: &World, statement: &str, delay: Duration) -> bool {
    let mut command: Command = world.command();
    command.args(["-e", statement]);
    let begun = Instant::now();
    wait_at_most(start_child(&mut command), begun, delay).1
}

#[test]
fn a_killed_upload_shows_nothing_and_goes_on_from_its_blocks() {
    let world = World::fresh();
    big(&world);
    let begun = Instant::now();
    world.succeed("tunnel upload big.csv t -bs 1;");
    let whole = begun.elapsed();
    let expected = count(&world);
    assert!(expected.starts_with(&format!("{RECORDS},{RECORDS},")), "{expected}");
    let empty = ["truncate table t;", "tunnel purge 0;"].join("");
    let mut random = fastrand::Rng::with_seed(7);
    let mut kept = 0;
    for _ in 0..4 {
        world.succeed(&empty);
        let mut statement = "tunnel upload big.csv t -bs 1;";
        for _ in 0..3 {
            if !killed(&world, statement, whole.mul_f64(0.3 + 0.4 * random.f64())) {
                break;
            }
            let seen = count(&world);
            if seen == expected {
                // The kill came between the commit and the end of the process.
                break;
            }
            assert!(seen.starts_with("0,0,"), "half an upload is seen");
            assert_eq!(world.number("select count(*) from writing"), 0);
            assert_eq!(world.data_files(), tunnel_files(&world), "only finished blocks are kept");
            world.check();
            kept = kept.max(world.number("select count(*) from tunnel_block"));
            if world.number("select count(*) from tunnel_session") > 0 {
                statement = "tunnel resume;";
            }
        }
        if world.number("select count(*) from tunnel_session where status = 'success'") == 0 {
            world.succeed(statement);
        }
        assert_eq!(count(&world), expected);
        assert_eq!(world.data_files(), world.manifest());
        assert_eq!(world.number("select count(*) from tunnel_block"), 0);
        world.check();
    }
    assert!(kept > 0, "no kill left a finished block");
}

fn tunnel_files(world: &World) -> Vec<String> {
    let database = world.database();
    let mut rows = database.prepare("select name from tunnel_file order by name").unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_stopped_upload_goes_on_and_a_stopped_download_leaves_nothing() {
    let world = World::fresh();
    big(&world);
    let begun = Instant::now();
    let mut command = world.command();
    let child = start_child(command.args(["-e", "tunnel upload big.csv t -bs 1;"]));
    while world.number("select count(*) from tunnel_block") == 0 && begun.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
    signal(&child, "INT");
    let ended = wait(child, begun);
    let told = ended.error();
    assert_eq!(ended.code, Some(130), "{told}");
    assert!(told.contains("`tunnel resume 2") && told.contains("continues it"), "{told}");
    assert!(count(&world).starts_with("0,0,"));
    assert!(world.succeed("tunnel resume;").starts_with("start resume\n"));
    assert!(count(&world).starts_with(&format!("{RECORDS},{RECORDS},")));

    let mut command = world.command();
    let many =
        "create view v as select a.id, b.name from t a join t b on a.id % 10 = b.id % 10; tunnel download v out.csv;";
    let begun = Instant::now();
    let child = start_child(command.args(["-e", many]));
    while drafts(&world).is_empty() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
    signal(&child, "INT");
    let ended = wait(child, begun);
    assert_eq!(ended.code, Some(130), "{}", ended.error());
    assert_eq!(drafts(&world), Vec::<String>::new());
    assert!(!world.folder().join("out.csv").exists());
}

/// Files that a download has not given their names.
fn drafts(world: &World) -> Vec<String> {
    let names = fs::read_dir(world.folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".part")).collect()
}

#[test]
fn a_bar_is_drawn_on_a_terminal_and_nowhere_else() {
    let world = World::fresh();
    big(&world);
    let mut command = world.command();
    command.env("TERM", "xterm").args(["-e", "tunnel upload big.csv t;"]);
    let options = rexpect::reader::Options::new().timeout_ms(Some(60_000));
    let mut terminal = rexpect::spawn_with_options(command, options).unwrap();
    terminal.exp_string("scan block: '1'").unwrap();
    terminal.exp_string("%  ").unwrap();
    terminal.exp_string("\r\u{1b}[K").unwrap();
    terminal.exp_string("upload complete").unwrap();
    terminal.exp_eof().unwrap();
    let ended = run(world.command().args(["-e", "tunnel upload big.csv t;"]), b"");
    assert_eq!(ended.code, Some(0));
    assert!(!ended.error().contains(['%', '\u{1b}', '\r']), "{}", ended.error());
}

#[test]
fn hostile_files_are_refused_and_nothing_counts() {
    let world = World::fresh();
    world.succeed("create table t (id bigint, name string);");
    let mut random = fastrand::Rng::with_seed(3);
    world.file("garbage", (0..300_000).map(|_| random.u8(..)).collect::<Vec<u8>>());
    world.file("zeros", vec![0; 100_000]);
    world.file("wide", format!("1{}\n", ",x".repeat(500_000)));
    world.file("quote", format!("\"1,{}\n", "x\n".repeat(200_000)));
    world.file("control", "\u{1b}[2J,\u{7}\n");
    fs::create_dir(world.folder().join("nothing")).unwrap();
    fs::create_dir_all(world.folder().join("deep/deeper")).unwrap();
    let pipe = world.folder().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink("loop", world.folder().join("loop")).unwrap();
    let cases = [
        "garbage t",
        "garbage t -cf true",
        "garbage t -c utf-16",
        "garbage t -fd 'ab' -rd 'ba'",
        "zeros t",
        "wide t",
        "quote t -cf true",
        "control t",
        "pipe t",
        "loop t",
        "missing t",
        "/dev/zero t",
        "/proc/self/status t",
        "'' t",
        "garbage t -bs 99999999999999999999",
        "garbage t -fd \"\\u0000\"",
    ];
    each(cases, |case| {
        let ended = run(world.command().args(["-e", &format!("tunnel upload {case};")]), b"");
        ended.assert_failed(case);
        assert!(ended.stderr.len() < 20_000, "{case}: {} bytes", ended.stderr.len());
    });
    // A folder without files is no mistake, as with the client.
    for folder in ["nothing", "deep"] {
        world.succeed(&format!("tunnel upload {folder} t;"));
    }
    // A line of a megabyte is as good as any.
    world.file("long", format!("1,{}\n2,b\n", "x".repeat(1 << 20)));
    world.succeed("tunnel upload long t;");
    assert_eq!(world.succeed("select sum(length(name)) as n from t;").lines().nth(4), Some("| 1048577    | "));
    world.check();
    assert_eq!(world.data_files(), world.manifest());
}

#[test]
fn files_of_the_state_are_never_read_or_written() {
    let world = World::fresh();
    world.succeed("create table t (id bigint); insert into t values (1);");
    let file = world.manifest().remove(0);
    symlink(world.data(), world.folder().join("elsewhere")).unwrap();
    symlink(world.state(), world.folder().join("link.csv")).unwrap();
    fs::hard_link(world.data().join(&file), world.folder().join("hard.parquet")).unwrap();
    fs::create_dir(world.folder().join("folder")).unwrap();
    symlink(world.data().join(&file), world.folder().join("folder/a.csv")).unwrap();
    let paths = [
        "state.db".to_owned(),
        "./state.db-wal".to_owned(),
        "link.csv".to_owned(),
        "hard.parquet".to_owned(),
        "state.db.data".to_owned(),
        format!("state.db.data/{file}"),
        format!("elsewhere/{file}"),
        "folder/../state.db".to_owned(),
        "folder".to_owned(),
        "folder/a.csv".to_owned(),
    ];
    each(paths.iter(), |path| {
        let ended = run(world.command().args(["-e", &format!("tunnel upload {path} t;")]), b"");
        let error = ended.assert_refused(path);
        assert!(error.contains("belongs to the state"), "{path}: {error}");
    });
    let more = ["elsewhere/new.csv".to_owned(), "state.db.copy".to_owned()];
    let is_file = |path: &&String| !["folder", "state.db.data"].contains(&path.as_str());
    each(paths.iter().chain(&more).filter(is_file), |path| {
        let ended = run(world.command().args(["-e", &format!("tunnel download t {path};")]), b"");
        let error = ended.assert_refused(path);
        assert!(error.contains("belongs to the state"), "{path}: {error}");
    });
    // Several files: their folder, or one of them.
    fs::create_dir(world.folder().join("out")).unwrap();
    symlink(world.data().join(&file), world.folder().join("out/out_1.csv")).unwrap();
    each(["state.db.csv", "state.db.data.csv", "elsewhere.csv", "elsewhere/new.csv", "out.csv"].iter(), |path| {
        let ended = run(world.command().args(["-e", &format!("tunnel download t {path} -threads=2;")]), b"");
        let error = ended.assert_refused(path);
        assert!(error.contains("belongs to the state"), "{path}: {error}");
    });
    assert!(!world.folder().join("out/out_0.csv").exists());
    world.check();
    assert_eq!(world.data_files(), world.manifest());
}

#[test]
fn a_download_of_several_files_that_fails_leaves_the_old_ones() {
    let world = World::fresh();
    world.succeed("create table t (id string); insert into t values ('1'), ('x');");
    world.succeed("create view v as select cast(id as bigint) / 0 as a, cast(id as decimal(3,1)) as b from t;");
    fs::create_dir(world.folder().join("out")).unwrap();
    world.file("out/out_0.csv", "old");
    let failed = |path: &str| run(world.command().args(["-e", &format!("tunnel download v {path} -threads=2;")]), b"");
    for path in ["out.csv", "new.csv"] {
        if failed(path).code == Some(0) {
            return;
        }
    }
    assert_eq!(fs::read_to_string(world.folder().join("out/out_0.csv")).unwrap(), "old");
    assert!(!world.folder().join("new").exists());
    let left = fs::read_dir(world.folder()).unwrap().flatten().map(|entry| entry.file_name());
    assert_eq!(left.filter(|name| name.to_string_lossy().ends_with(".part")).count(), 0);
    world.check();
}

#[test]
fn a_download_that_fails_leaves_the_old_file() {
    let world = World::fresh();
    world.succeed("create table t (id string); insert into t values ('1'), ('x');");
    world.file("out.csv", "old");
    world.succeed("create view v as select cast(id as bigint) / 0 as a, cast(id as decimal(3,1)) as b from t;");
    world.file("link.csv", "old");
    let ended = run(world.command().args(["-e", "tunnel download v out.csv;"]), b"");
    ended.assert_done_or_failed("failing rows");
    if ended.code != Some(0) {
        assert_eq!(fs::read(world.folder().join("out.csv")).unwrap(), b"old");
    }
    assert_eq!(drafts(&world), Vec::<String>::new());
    // Through a link, the file that it leads to is written.
    symlink("link.csv", world.folder().join("to.csv")).unwrap();
    world.succeed("tunnel download t to.csv;");
    assert!(world.folder().join("to.csv").is_symlink());
    assert_eq!(fs::read(world.folder().join("link.csv")).unwrap(), b"1\nx\n");
}

#[test]
fn a_download_writes_the_file_that_is_named_or_none() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::fresh();
    world.succeed("create table t (id string); insert into t values ('1');");
    let out = world.file("out.csv", "old");
    // What is open is no file to replace, wherever it leads.
    for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let mut command = world.command();
        command.args(["-e", &format!("tunnel download t {name};")]);
        let status = command.stdout(fs::File::create(&out).unwrap()).stderr(std::process::Stdio::null()).status();
        assert!(!status.unwrap().success(), "{name}");
        assert_eq!(fs::read(&out).unwrap(), b"", "{name}");
    }
    let refused = world.pipe("tunnel download t 'newdir/';").assert_refused("newdir/");
    assert!(refused.contains("there is no such folder"), "{refused}");
    assert!(!world.folder().join("newdir").exists());
    // The home folder, in both directions.
    let at_home = |statement: &str| {
        let ended = run(world.command().env("HOME", world.folder()).args(["-e", statement]), b"");
        assert_eq!(ended.code, Some(0), "{}", ended.error());
    };
    at_home("tunnel download t ~/home.csv; tunnel upload ~/home.csv t; tunnel resume -force;");
    assert_eq!(world.succeed("tunnel download t out.csv;"), "");
    assert_eq!(fs::read(&out).unwrap(), b"1\n1\n1\n");
    // Who may read the old file may read the new one, and nobody else.
    for mode in [0o600, 0o640] {
        fs::set_permissions(&out, fs::Permissions::from_mode(mode)).unwrap();
        world.succeed("tunnel download t out.csv;");
        assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o7777, mode);
    }
    assert_eq!(drafts(&world), Vec::<String>::new());
}

#[test]
fn a_file_that_changed_is_not_resumed() {
    let world = World::fresh();
    big(&world);
    let begun = Instant::now();
    let mut command = world.command();
    let mut child = start_child(command.args(["-e", "tunnel upload big.csv t -bs 1;"]));
    while world.number("select count(*) from tunnel_block") == 0 && begun.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    wait(child, begun);
    world.file("big.csv", "1,a,1\n");
    let refused = world.pipe("tunnel resume;").assert_refused("changed");
    assert!(refused.contains("changed since the upload began"), "{refused}");
    world.succeed("tunnel resume -force;");
    assert!(count(&world).starts_with("1,1,"));
    world.succeed("whoami;");
    assert_eq!(world.data_files(), world.manifest());
}
