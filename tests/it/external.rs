//! Files outside of the state: what no location reaches, what a killed write leaves, and a real S3 server.

mod endless;
mod schema;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::it::process::{World, start_child, wait_at_most};

const CSV: &str = "stored by 'com.aliyun.odps.CsvStorageHandler'";

/// The sorted names in a folder, hidden ones included; none where there is no folder.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A world with a table, and a folder beside it.
fn world() -> (World, PathBuf) {
    let world = World::fresh();
    world.succeed("use sandbox; create table t (id bigint, s string); insert into t values (1, 'one'), (2, 'two');");
    let outside = world.folder().join("outside");
    fs::create_dir(&outside).unwrap();
    (world, outside)
}

fn refused(world: &World, statement: &str, words: &str) {
    let ended = world.pipe(format!("use sandbox;\n{statement}\n"));
    assert!(
        ended.code != Some(0) && ended.error().contains(words),
        "{statement}: {} {}",
        ended.output(),
        ended.error()
    );
}

#[test]
fn no_location_is_in_the_state() {
    let (world, outside) = world();
    let data = world.data();
    fs::hard_link(
        fs::read_dir(&data).unwrap().flatten().find(|file| file.path().is_file()).unwrap().path(),
        outside.join("hard"),
    )
    .unwrap();
    symlink(&data, world.folder().join("link")).unwrap();
    fs::create_dir(world.folder().join("way")).unwrap();
    symlink(world.folder(), world.folder().join("way").join("up")).unwrap();
    let before = names(&data);
    let folder = world.folder().display().to_string();
    for location in [
        format!("{folder}/state.db.data"),
        format!("{folder}/state.db.data/leases"),
        format!("{folder}/state.db.data/new"),
        format!("{folder}/link"),
        format!("{folder}/link/new"),
        format!("{folder}/way/up/state.db.data"),
        format!("{folder}/state%2Edb.data"),
        format!("{folder}/state.db-journal"),
        format!("{folder}/state.db-journal/a/b"),
        format!("{folder}/state.db.credentials"),
        folder.clone(),
    ] {
        let table = format!("create external table if not exists e (x string) {CSV} location 'file://{location}';");
        refused(&world, &format!("{table} select * from e;"), "belongs to the state");
        refused(&world, "insert into e values ('x');", "belongs to the state");
        world.succeed("use sandbox; drop table if exists e;");
        refused(&world, &format!("unload from t into location 'file://{location}' {CSV};"), "belongs to the state");
    }
    // Nothing was written beside the state either.
    assert!(!names(world.folder()).iter().any(|name| name.contains("part-") || name.contains("draft")));
    // A hard link to a data file is that file.
    let table = format!("create external table e (x string) {CSV} location 'file://{}';", outside.display());
    refused(&world, &format!("{table} select * from e;"), "belongs to the state");
    assert_eq!(names(&data), before);
    assert!(!world.folder().join("state.db-journal").exists());
    world.check();
}

#[test]
fn no_location_and_no_file_is_the_root_key() {
    let (world, outside) = world();
    world.succeed(".account create ALIYUN$new@example.com");
    let key = world.folder().join(".config/odpsh/root.key");
    assert!(key.exists());
    let folder = key.parent().unwrap().display().to_string();
    fs::hard_link(&key, outside.join("hard")).unwrap();
    for location in [folder.clone(), outside.display().to_string()] {
        let table = format!("create external table if not exists e (x string) {CSV} location 'file://{location}';");
        refused(&world, &format!("{table} select * from e;"), "belongs to the state");
        world.succeed("use sandbox; drop table if exists e;");
    }
    refused(&world, &format!("unload from t into location 'file://{folder}/' {CSV};"), "belongs to the state");
    refused(&world, &format!("add file '{}' as k.txt;", key.display()), "belongs to the state");
    refused(&world, "add file /proc/self/environ as e.txt;", "is a file of the system");
}

#[test]
fn a_partition_does_not_lead_out_of_its_table() {
    let (world, outside) = world();
    let secret = world.folder().join("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("a.csv"), "7,secret\n").unwrap();
    symlink(&secret, outside.join("link")).unwrap();
    symlink(&secret, outside.join("ds=9")).unwrap();
    let table = format!(
        "create external table e (id bigint, s string) partitioned by (ds string) {CSV} location 'file://{}';",
        outside.display()
    );
    world.succeed(&format!("use sandbox; {table}"));
    for partition in [format!("(ds='8') location 'file://{}/link'", outside.display()), "(ds='9')".to_owned()] {
        world.succeed(&format!("use sandbox; alter table e add partition {partition};"));
        refused(&world, "select * from e;", "leads out of the location of its table by a link");
        let value = if partition.contains("ds='8'") { 8 } else { 9 };
        refused(
            &world,
            &format!("insert into e partition (ds='{value}') values (1, 'x');"),
            "leads out of the location of its table by a link",
        );
        world.succeed(&format!("use sandbox; alter table e drop partition (ds='{value}');"));
    }
    assert_eq!(names(&secret), ["a.csv"]);
}

#[test]
fn deeply_nested_json_is_refused() {
    let (world, outside) = world();
    let nested = format!("{{\"a\":{}{}}}\n", "[".repeat(1_000_000), "]".repeat(1_000_000));
    fs::write(outside.join("a.json"), nested).unwrap();
    let table = format!(
        "create external table e (a bigint) row format serde 'org.apache.hive.hcatalog.data.JsonSerDe' stored as textfile location 'file://{}';",
        outside.display()
    );
    refused(&world, &format!("{table} select a from e;"), "nested deeper than 100 levels");
}

#[test]
fn links_lead_to_no_other_place() {
    let (world, outside) = world();
    let secret = world.folder().join("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("a.csv"), "7,secret\n").unwrap();
    fs::write(outside.join("b.csv"), "1,open\n").unwrap();
    // Links among the files are not followed, names that are no data are passed over.
    symlink(secret.join("a.csv"), outside.join("a.csv")).unwrap();
    symlink(&secret, outside.join("c")).unwrap();
    fs::write(outside.join(".hidden"), "8,hidden\n").unwrap();
    fs::write(outside.join("_SUCCESS"), "").unwrap();
    let define = |name: &str, folder: &Path| {
        format!("create external table {name} (id bigint, s string) {CSV} location 'file://{}';", folder.display())
    };
    let rows = world.succeed(&format!("use sandbox; {} select s from e;", define("e", &outside)));
    assert!(rows.contains("open") && !rows.contains("secret") && !rows.contains("hidden"), "{rows}");
    // With a list, the folder itself must be inside of it once its links are resolved.
    let list = format!("set ExternalResourceAccessControl=true with locations file://{};", outside.display());
    world.succeed(&format!("use sandbox; {list} {}", define("linked", &outside.join("c"))));
    refused(&world, "select * from linked;", "leads outside of the locations that the project allows");
    refused(&world, "insert into linked values (1, 'x');", "leads outside of the locations that the project allows");
    assert_eq!(names(&secret), ["a.csv"]);
    world.succeed("use sandbox; select * from e;");
}

#[test]
fn an_overwrite_deletes_no_file_of_others() {
    let (world, outside) = world();
    fs::write(outside.join("mine.csv"), "1,a\n").unwrap();
    let table = format!("create external table e (id bigint, s string) {CSV} location 'file://{}';", outside.display());
    world.succeed(&format!("use sandbox; {table} insert into e select * from t;"));
    refused(&world, "insert overwrite table e select * from t;", "contains files that no statement has written");
    let left = names(&outside);
    assert!(left.len() == 2 && left.contains(&"mine.csv".to_owned()), "{left:?}");
    fs::remove_file(outside.join("mine.csv")).unwrap();
    world.succeed("use sandbox; insert overwrite table e select * from t; insert overwrite table e select * from t;");
    assert_eq!(names(&outside).len(), 1);
    // Two states may write into one folder.
    let other = World::fresh();
    other.succeed(&format!(
        "use sandbox; create table t (id bigint, s string); {table} insert into e values (3, 'three');"
    ));
    let rows = other.succeed("use sandbox; select * from e;");
    assert!(rows.contains("three") && rows.contains("two"), "{rows}");
}

#[test]
fn a_killed_write_leaves_all_of_its_rows_or_none() {
    let (world, outside) = world();
    let define =
        format!("create external table e (id bigint, s string) {CSV} location 'file://{}';", outside.display());
    let fill = "insert into t select id, s from t;\n".repeat(11);
    world.succeed(&format!("use sandbox; {define} {fill}"));
    let script = "use sandbox; insert into e select id, repeat(s, 5000) from t;";
    let mut seen = 0;
    for delay in [100, 300, 600, 900, 1200] {
        let begun = Instant::now();
        let (_, killed) =
            wait_at_most(start_child(world.command().arg("-e").arg(script)), begun, Duration::from_millis(delay));
        let left = names(&outside);
        seen += usize::from(left.iter().any(|name| name.starts_with(".odpsh-draft-")));
        // A kill between the commit and the end of the process leaves the whole file.
        let whole = left.iter().any(|name| name.starts_with("part-"));
        assert!(killed || whole, "{left:?}");
        let count = world.succeed("use sandbox; select count(*) as n from e;");
        assert!(count.contains(if whole { "| 4096 " } else { "| 0 " }), "{count}");
        if whole {
            break;
        }
    }
    println!("{seen} of the killed writes had begun a file");
    // The next write into the folder removes what is left.
    world.succeed("use sandbox; insert into e values (1, 'x');");
    assert!(names(&outside).iter().all(|name| name.starts_with("part-")), "{:?}", names(&outside));
    world.check();
}

/// A server that a test started.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts moto's S3 server, by `ODPSH_MOTO_SERVER` or on the path: the server and its port; nothing where there is none.
fn moto() -> Option<(Server, u16)> {
    let program = std::env::var_os("ODPSH_MOTO_SERVER").unwrap_or_else(|| "moto_server".into());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new(program);
    command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(child) = command.spawn() else {
        println!("skipped: there is no moto_server; `pip install moto[server]`, or name one in ODPSH_MOTO_SERVER");
        return None;
    };
    let server = Server(child);
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "moto_server does not start");
        std::thread::sleep(Duration::from_millis(100));
    }
    Some((server, port))
}

/// Makes the bucket `bkt`; whether the server did.
fn make_bucket(port: u16) -> bool {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "PUT /bkt HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.starts_with("HTTP/1.1 200")
}

const SECRET: &str = "TheSecretOfTheLake";

/// `<state>.credentials` with a pair for the data source `lake` of the owner.
fn credentials(world: &World, mode: u32) {
    let text = format!("# of the lake\n[ALIYUN$owner/lake]\naccess_id=LTAIWORDS\naccess_key = {SECRET}\n");
    let file = world.file("state.db.credentials", text);
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}

/// The files below a folder that have this text in them.
fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            found.extend(files_with(&path, text));
        } else if kind.is_file() {
            let bytes = fs::read(&path).unwrap_or_default();
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn credentials_are_encrypted_where_they_lie() {
    let (world, _) = world();
    world.succeed(".networklink create n\n.foreignserver create lake\n.foreignserver create pond\n");
    credentials(&world, 0o600);
    // As soon as a shell opens the state.
    world.succeed("whoami;");
    assert_eq!(files_with(world.folder(), SECRET), Vec::<PathBuf>::new());
    let file = world.folder().join("state.db.credentials");
    let sealed = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = sealed.lines().collect();
    assert_eq!(&lines[..3], ["# of the lake", "[ALIYUN$owner/lake]", "access_id=LTAIWORDS"], "{sealed}");
    assert!(lines.len() == 4 && lines[3].starts_with("encrypted_access_key = "), "{sealed}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(world.folder()).iter().filter(|name| name.contains("credentials")).count(), 1);

    // An encrypted secret opens in its own section only, for its own id, with its own root key.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let table = |name: &str, server: &str| {
        format!(
            "create external table {name} (id bigint) {CSV} location 's3://127.0.0.1:{closed}/bkt/in/'
             tblproperties ('networklink'='n', 'foreignserver'='{server}');"
        )
    };
    world.succeed(&format!("use sandbox; {} {}", table("e", "lake"), table("o", "pond")));
    refused(&world, "select * from e;", "cannot be reached, or answers with an error");
    for (moved, table) in [
        (sealed.replace("owner/lake", "owner/pond"), "o"),
        (sealed.replace("LTAIWORDS", "LTAIOTHER"), "e"),
        (sealed.replace("key = ", "key = 0"), "e"),
    ] {
        fs::write(&file, moved).unwrap();
        let ended = world.pipe(format!("use sandbox; select * from {table};"));
        let error = ended.assert_refused("a secret of another place");
        assert!(error.contains("cannot be decrypted") || error.contains("was encrypted with root key"), "{error}");
    }

    // A pipe of that name is not waited for, and no link is followed.
    for kind in ["pipe", "link"] {
        fs::remove_file(&file).unwrap();
        match kind {
            "pipe" => assert!(Command::new("mkfifo").arg(&file).status().unwrap().success()),
            _ => symlink(world.file("elsewhere", format!("[a/b]\naccess_id=c\naccess_key={SECRET}\n")), &file).unwrap(),
        }
        world.succeed("whoami;");
        refused(&world, "select * from e;", "the file of credentials");
    }
    assert_eq!(files_with(world.folder(), SECRET), [world.folder().join("elsewhere")]);
    let pipe = world.folder().join(".config/pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = world.command();
    command.args(["--root-key", pipe.to_str().unwrap(), "-e", ".account create ALIYUN$x"]);
    let (ended, killed) = wait_at_most(start_child(&mut command), Instant::now(), Duration::from_secs(30));
    assert!(!killed && ended.error().contains("is not a file"), "{}", ended.error());
}

#[test]
fn what_a_refused_location_gives_away_is_kept_nowhere() {
    let (world, _) = world();
    for location in [
        "oss://id:TheUsersPassword@h/bkt/in/",
        "oss://h/bkt/in/?Expires=1&Signature=TheUsersPassword",
        "oss://h/bkt/in/?x-oss-security=TheUsersPassword,b",
        "gopher://TheUsersPassword@h/bkt/",
        "oss://h/bkt/in/' tblproperties ('sk'='TheUsersPassword') junk '",
    ] {
        for statement in [
            format!("create external table e (id bigint) {CSV} location '{location}';"),
            format!("unload from t into location '{location}' {CSV};"),
            format!("create external schema s with lake on '{location}';"),
            format!("set ExternalResourceAccessControl=true with locations {location};"),
            format!(".why create external table e (id bigint) {CSV} location '{location}';"),
        ] {
            let ended = world.pipe(format!("use sandbox;\n{statement}\n"));
            let said = format!("{}{}", ended.output(), ended.error());
            assert!(!said.contains("TheUsersPassword"), "{statement}: {said}");
        }
    }
    let shown = world.succeed(".audit 100");
    assert!(!shown.contains("TheUsersPassword"), "{shown}");
    assert_eq!(files_with(world.folder(), "TheUsersPassword"), Vec::<PathBuf>::new());
}

#[test]
fn a_bucket_is_read_and_written() {
    let Some((_server, port)) = moto() else { return };
    assert!(make_bucket(port));
    let (world, _) = world();
    credentials(&world, 0o600);
    let at = |folder: &str, how: &str| format!("{how} location 's3://127.0.0.1:{port}/bkt/{folder}/'");
    let by = "tblproperties ('networklink'='n', 'foreignserver'='lake')";
    world.succeed(".networklink create n\n.foreignserver create lake\n");
    // A private address is reached by a network connection only.
    let bare = format!("create external table bare (id bigint, s string) {};", at("in", CSV));
    refused(&world, &format!("{bare} select * from bare;"), "in a private network");
    // Folders in the location belong to it, and no other name that begins alike.
    let define = |name: &str, folder: &str| {
        format!("create external table {name} (id bigint, s string) {} {by};", at(folder, CSV))
    };
    let rows = world.succeed(&format!(
        "use sandbox; {} {} {}
         insert into e values (7, 'seven'), (8, 'eight'); insert into deeper values (9, 'nine'); insert into input values (10, 'ten');
         select * from e; select count(*) as n from e;",
        define("e", "in"),
        define("deeper", "in/deeper"),
        define("input", "input")
    ));
    assert!(
        rows.contains("seven") && rows.contains("nine") && rows.contains("| 3 ") && !rows.contains("ten"),
        "{rows}"
    );
    // Written in parts, named at the commit.
    for (name, how) in [("p", "stored as parquet"), ("c", CSV)] {
        let rows = world.succeed(&format!(
            "use sandbox; create external table {name} (id bigint, s string) {} {by};
             insert into {name} select * from t; insert overwrite table {name} select id + 10, s from t; insert into {name} select * from t;
             select sum(id) as n, count(*) as m from {name};",
            at(name, how)
        ));
        assert!(rows.contains("| 26 ") && rows.contains("| 4 "), "{rows}");
    }
    let unload = format!(
        "unload from t into {} properties ('networklink'='n', 'foreignserver'='lake');",
        at("u", "").trim_start()
    );
    let unload = unload.replace(" properties", " stored as parquet properties");
    let load = unload.replace("unload from t into", "load overwrite table t from");
    let rows = world.succeed(&format!("use sandbox; {unload} {unload} {load} select count(*) as n from t;"));
    assert!(rows.contains("| 4 "), "{rows}");
    // Nothing of the secret is left anywhere, and the file must be a secret itself.
    assert_eq!(files_with(world.folder(), SECRET), Vec::<PathBuf>::new());
    credentials(&world, 0o644);
    refused(&world, "select * from e;", "the file of credentials can be read by others");
    fs::remove_file(world.folder().join("state.db.credentials")).unwrap();
    refused(&world, "select * from e;", "external data source lake has no credentials");
    world.check();
}

/// A server that sends everyone elsewhere.
#[test]
fn redirects_are_not_followed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, target) = (listener.local_addr().unwrap().port(), other.local_addr().unwrap().port());
    other.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = write!(
                stream,
                "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:{target}/bkt?list-type=2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
    });
    let (world, _) = world();
    world.succeed(".networklink create n\n");
    let define = format!(
        "create external table e (id bigint) {CSV} location 's3://127.0.0.1:{port}/bkt/in/' tblproperties ('networklink'='n');"
    );
    refused(&world, &format!("{define} select * from e;"), "cannot be reached, or answers with an error");
    assert!(other.accept().is_err(), "the redirect was followed");
}
