//! External schemas: what lies in a location is of whoever can write there.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{credentials, make_bucket, moto, refused, world};
use crate::it::process::World;

/// Makes an external schema over a folder; what the statement says.
fn make(world: &World, folder: &Path) -> String {
    let script = format!(
        ".foreignserver create lake\nuse sandbox; set odps.namespace.schema=true; create external schema s with lake on 'file://{}';",
        folder.display()
    );
    let ended = world.pipe(script);
    assert_eq!(ended.code, Some(0), "{} {}", ended.output(), ended.error());
    ended.error()
}

/// Writes a file, and the folder that it is in.
fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn odd_folders_are_no_tables() {
    let (world, outside) = world();
    let secret = world.folder().join("secret");
    write(&secret, "in/a.json", "{\"a\": 7}\n");
    symlink(secret.join("in"), outside.join("linked")).unwrap();
    symlink(secret.join("in/a.json"), outside.join("file")).unwrap();
    write(&outside, "good/a.json", "{\"a\": 1, \"b\": [\"x\"]}\n{\"a\": 2}\n");
    write(&outside, "loose.json", "{\"a\": 1}\n");
    write(&outside, ".hidden/a.json", "{\"a\": 1}\n");
    write(&outside, "_delta_log/a.json", "{\"a\": 1}\n");
    write(&outside, "../outside2/a.json", "{\"a\": 1}\n");
    fs::create_dir(outside.join("empty")).unwrap();
    for name in
        ["a-b", "1st", "two words", "t'); drop schema s; --", "%2e%2e", "ta\u{1b}[31mble", "ünï", &"n".repeat(200)]
    {
        write(&outside, &format!("{name}/a.json"), "{\"a\": 1}\n");
    }
    write(&outside, "Case/a.json", "{\"a\": 1}\n");
    write(&outside, "case/a.json", "{\"a\": 2}\n");
    write(&outside, "mixed/a.json", "{\"a\": 1}\n");
    write(&outside, "mixed/b.csv", "1\n");
    write(&outside, "text/a.csv", "1\n");
    write(&outside, "parts/ds=1/a.json", "{\"a\": 1}\n");
    write(&outside, "broken/a.json", "{\"a\": \n");
    write(&outside, "fake/a.parquet", "PAR1 this is none PAR1");
    write(&outside, "names/a.json", "{\"a b\": 1}\n");
    write(&outside, "twice/a.json", "{\"a\": 1, \"A\": 2}\n");
    write(&outside, "deep/a.json", &format!("{{\"a\": {}{}}}\n", "[".repeat(5000), "]".repeat(5000)));
    let told = make(&world, &outside);
    assert!(told.contains("1 tables found") && !told.contains('\u{1b}'), "{told}");
    let asked = |script: &str| world.succeed(&format!("use sandbox; set odps.namespace.schema=true; {script}"));
    let tables = asked("show tables in s;");
    assert!(tables.contains("good") && !tables.contains("linked") && !tables.contains("case"), "{tables}");
    assert!(asked("select sum(a) as n, count(b) as m from s.good;").contains("| 3          | 1"), "{tables}");
    let refuse =
        |statement: &str, words: &str| refused(&world, &format!("set odps.namespace.schema=true; {statement}"), words);
    for name in ["`..`", "`../secret`", "`good/../../secret/in`", "linked", "`.hidden`", "_delta_log", "mixed"] {
        refuse(&format!("select * from s.{name};"), "");
    }
    // A folder that becomes a link leads nowhere, and what it gave stays out of reach.
    fs::rename(outside.join("good"), outside.join("was")).unwrap();
    symlink(secret.join("in"), outside.join("good")).unwrap();
    refuse("select * from s.good;", "leads out of the location of its table by a link");
    refuse("insert into s.good select 1, null;", "leads out of the location of its table by a link");
    refuse("insert overwrite table s.good select 1, null;", "leads out of the location of its table by a link");
    assert_eq!(super::names(&secret.join("in")), ["a.json"]);
    let tables = asked("show tables in s;");
    assert!(tables.contains("was") && !tables.contains("good"), "{tables}");
    world.check();
}

#[test]
fn a_schema_does_not_reach_the_state() {
    let (world, outside) = world();
    world.succeed(".foreignserver create lake\n");
    let data = world.data();
    symlink(&data, outside.join("data")).unwrap();
    symlink(world.folder(), outside.join("up")).unwrap();
    for folder in [data.clone(), world.folder().to_owned(), outside.join("data"), outside.join("up")] {
        let statement = format!("create external schema s with lake on 'file://{}';", folder.display());
        refused(&world, &format!("set odps.namespace.schema=true; {statement}"), "belongs to the state");
    }
    refused(&world, "create external schema s with lake on 'file:///proc/self/';", "is a folder of the system");
    refused(&world, "create external schema s with lake on 'file:///dev/';", "is a folder of the system");
}

#[test]
fn more_folders_than_tables_are_refused() {
    let (world, outside) = world();
    for number in 0..1_001 {
        write(&outside, &format!("t{number}/a.json"), "{}\n");
    }
    world.succeed(".foreignserver create lake\n");
    let statement = format!("create external schema s with lake on 'file://{}';", outside.display());
    refused(&world, &statement, "contains more than 1000 folders");
}

#[test]
fn a_bucket_holds_tables_and_partitions() {
    let Some((_server, port)) = moto() else { return };
    assert!(make_bucket(port));
    let (world, _) = world();
    credentials(&world, 0o600);
    world.succeed(".networklink create n\n.foreignserver create lake networklink n\n.foreignserver create direct\n");
    let at = |folder: &str| format!("'s3://127.0.0.1:{port}/bkt/{folder}/'");
    let by = "tblproperties ('foreignserver'='lake')";
    world.succeed(&format!(
        "use sandbox; create external table w (id bigint, s string) stored as parquet location {} {by};
         create external table j (id bigint) row format serde 'org.apache.hive.hcatalog.data.JsonSerDe' stored as textfile location {} {by};
         insert into w select * from t; insert into j values (5);",
        at("db/Sales"),
        at("db/events"),
    ));
    let asked = |script: &str| world.succeed(&format!("use sandbox; set odps.namespace.schema=true; {script}"));
    let rows = asked(&format!(
        "create external schema s with lake on {}; show tables in s; insert into s.sales values (40, 'x');
         select sum(id) as n from s.sales; select max(id) as n from s.events;",
        at("db")
    ));
    assert!(
        rows.contains("sales") && rows.contains("events") && rows.contains("| 43 ") && rows.contains("| 5 "),
        "{rows}"
    );
    // A private address is reached by a network connection only: here by that of the data source.
    let direct = format!("create external schema d with direct on {};", at("db"));
    refused(&world, &format!("set odps.namespace.schema=true; {direct}"), "in a private network");
    // Partitions of an external table are found in a bucket as in a folder.
    let define = |name: &str| {
        format!(
            "create external table {name} (id bigint) partitioned by (ds string, n bigint) stored as parquet location {} {by};",
            at("parts")
        )
    };
    world.succeed(&format!(
        "use sandbox; {} insert into p partition (ds, n) values (1, '2024-01-01', 7), (2, 'a/b c', 8);",
        define("p")
    ));
    let found = world.succeed(&format!(
        "use sandbox; {} msck repair table q; show partitions q; select sum(id) as n from q where ds = 'a/b c'; msck repair table q;",
        define("q")
    ));
    assert!(found.contains("ds=2024-01-01/n=7") && found.contains("ds=a/b c/n=8") && found.contains("| 2 "), "{found}");
    world.check();
}
