//! Texts that are no statements, and names that are none.

use std::fs;

use crate::it::process::{Ended, World, each, run};

/// A refused text leaves the state's file as it was, to the byte: nothing was even opened.
fn assert_untouched(world: &World, case: &str, script: impl AsRef<[u8]>) -> Ended {
    let before = fs::read(world.state()).unwrap();
    let ended = world.pipe(script);
    let after = fs::read(world.state()).unwrap();
    assert!(before == after, "{case}: the state's file changed");
    assert!(!world.folder().join("state.db-wal").exists(), "{case}: the state was opened");
    assert!(ended.stdout.is_empty(), "{case}: {}", ended.output());
    ended
}

#[test]
fn what_is_no_statement_is_refused_at_its_place() {
    let world = World::fresh();
    let cases = [
        ("whoami;\nselect 'abc;\n", 2, 8),
        ("select \"abc;", 1, 8),
        ("create table `abc (a int);", 1, 14),
        ("whoami; /* never ends", 1, 9),
        ("frobnicate;", 1, 1),
        ("whoami; selec 1;", 1, 9),
        ("  create tabel t (a int);", 1, 10),
        (")", 1, 1),
        ("create table t (a int;", 1, 22),
        ("grant select on table t;", 1, 24),
        ("use", 1, 4),
        ("whoami whoami;", 1, 8),
        ("whoami\nuse sandbox;", 2, 1),
        ("\u{1}", 1, 1),
        ("whoami;\n\0", 2, 1),
        ("ｗｈｏａｍｉ;", 1, 1),
        ("\\", 1, 1),
        (".nonsense\n", 1, 2),
        ("whoami; .user ALIYUN$owner", 1, 9),
        ("drop table t\n--@ user ALIYUN$owner\n;", 2, 1),
    ];
    each(cases.map(|(text, line, column)| format!("{line},{column}:{text}")), |case| {
        let (place, text) = case.split_once(':').unwrap();
        let (line, column) = place.split_once(',').unwrap();
        let ended = assert_untouched(&world, text, text);
        ended.assert_refused(text);
        ended.assert_failed_at(text, line.parse().unwrap(), column.parse().unwrap());
    });
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_offset() {
    let world = World::fresh();
    let mut random = fastrand::Rng::with_seed(5);
    let mut garbage: Vec<u8> = b"whoami;\n".to_vec();
    garbage.extend((0..100_000).map(|_| random.u8(..)));
    let offset = std::str::from_utf8(&garbage).unwrap_err().valid_up_to();
    let cases: [(&[u8], usize); 6] = [
        (b"whoami;\n\xff", 8),
        (b"\xed\xa0\x80", 0),
        (b"select \xc0\xaf;", 7),
        (b"whoami; -- \xe2\x82", 11),
        (b"\xff\xfew\0h\0o\0", 0),
        (&garbage, offset),
    ];
    for (bytes, offset) in cases {
        let case = String::from_utf8_lossy(bytes.get(..20).unwrap_or(bytes)).into_owned();
        let error = assert_untouched(&world, &case, bytes).assert_refused(&case);
        assert!(error.contains(&format!(" at offset {offset}\n")), "{error}");
    }
    // The same in a file.
    let file = world.file("bad.odps", b"whoami;\n\xff");
    let error = run(world.command().arg("-f").arg(file), b"").assert_refused("a file");
    assert!(error.contains("offset 8"), "{error}");
}

#[test]
fn random_bytes_and_random_words_never_break_it() {
    let world = World::fresh();
    let words = [
        "select",
        "create",
        "table",
        "(",
        ")",
        "grant",
        "on",
        "'",
        "`",
        "\"",
        ";",
        "--",
        "/*",
        "*/",
        "--@",
        ".",
        ",",
        "1",
        "t",
        "\n",
        "user",
        "ALIYUN$a",
        "set",
        "=",
        "with",
        "as",
        "#",
        "\\",
        "😀",
        "\u{202e}",
        "[",
        "]",
        "{",
        "}",
        "insert",
        "overwrite",
        "why",
        "$",
    ];
    let mut random = fastrand::Rng::with_seed(6);
    for round in 0..100 {
        let length = random.usize(1..200);
        let text: String = if round % 2 == 0 {
            (0..length).map(|_| char::from(random.u8(0..128))).collect()
        } else {
            (0..length).map(|_| format!("{} ", words[random.usize(..words.len())])).collect()
        };
        // Whatever it means, it is refused or done.
        world.pipe(&text).assert_done_or_failed(&text);
    }
    world.check();
}

#[test]
fn a_syntax_error_anywhere_stops_everything() {
    let world = World::fresh();
    for place in 0..6 {
        let mut statements: Vec<String> = (0..5).map(|n| format!("create role r{n}")).collect();
        statements.insert(place, "create rool r".to_owned());
        let ended = assert_untouched(&world, "syntax", statements.join(";\n"));
        ended.assert_failed_at("syntax", place + 1, 8);
        let one_line = run(world.command().arg("-e").arg(statements.join("; ")), b"");
        one_line.assert_failed("-e");
    }
    assert_eq!(world.number("select count(*) from role where name like 'r%'"), 0);
}

#[cfg(feature = "sql")]
#[test]
fn a_syntax_error_inside_a_query_stops_everything() {
    let world = World::fresh();
    world.succeed("create table t (a bigint);");
    let queries = [
        "select (1",
        "select 1)",
        "select 1 +",
        "select ‘a’",
        "select from where",
        "select 1 1 1",
        "with a as (select 1) select * from",
        "create table u as select 1 from (",
        "insert into t select ((",
        "create view v as select 1 union",
        "explain select case when 1",
    ];
    each(queries, |query| {
        let ended = assert_untouched(&world, query, format!("create role early; {query};"));
        ended.assert_failed(query);
    });
}

#[test]
fn an_error_while_running_keeps_what_ran_and_stops_what_follows() {
    for by in ["pipe", "-e", "-f"] {
        let world = World::fresh();
        let script = "create role a;\ncreate role b;\ndrop role nobody;\ncreate role c;\n";
        let ended = match by {
            "-e" => run(world.command().args(["-e", script]), b""),
            "-f" => run(world.command().arg("-f").arg(world.file("s.odps", script)), b""),
            _ => world.pipe(script),
        };
        ended.assert_failed_at(by, 3, 11);
        let roles = world.succeed("list roles;");
        let has = |name: &str| roles.lines().any(|line| line == name);
        assert!(has("a") && has("b") && !has("c"), "{by}: {roles}");
        world.check();
    }
}

#[test]
fn a_refused_statement_changes_nothing_but_the_audit() {
    let world = World::fresh();
    world
        .succeed("create table t (a bigint) partitioned by (ds string); create role r; \n.account create ALIYUN$bob\n");
    let before = world.facts();
    let cases = [
        "create table t (a bigint);",
        "create table nowhere.t (a bigint);",
        "drop table nothing;",
        "alter table t add columns (b int, a int);",
        "alter table t add partition (ds='1') partition (hh='2');",
        "alter table t add partition (ds='1') partition (ds='1');",
        "alter table t drop columns ds;",
        "grant select, download on table nothing to role r;",
        "grant select on table t to role r, role nobody;",
        "grant r to ALIYUN$bob, ALIYUN$nobody;",
        "grant select(a, b) on table t to role r;",
        "create role r;",
        "drop role nobody;",
        "add user ALIYUN$nobody;",
        "remove user ALIYUN$bob;",
        "use nowhere;",
        "add trustedproject nowhere;",
        "setproject READ_TABLE_MAX_ROW=5 nonsense=1;",
        "set ProjectProtection=true with exception nothing;",
        "set odps.namespace.schema=perhaps;",
        "set odps.default.schema=nowhere;",
        "use schema nowhere;",
        ".project create sandbox\n",
        ".account create ALIYUN$bob\n",
        ".user ALIYUN$nobody\n",
        ".account drop ALIYUN$owner\n",
        "desc nothing;",
        "truncate table nothing;",
        "create view v as select * from nothing;",
        "insert into t partition (ds='1') select b from t;",
        "clone table nothing to u;",
        "read nothing;",
    ];
    each(cases, |case| {
        world.pipe(case).assert_failed(case);
        assert_eq!(world.facts(), before, "{case}");
    });
}

#[test]
fn odd_names_are_refused_and_never_become_paths() {
    let world = World::fresh();
    world.succeed("create table t (a bigint);");
    let before = world.facts();
    let long = "a".repeat(129);
    let names = [
        "a/b",
        "../../etc/passwd",
        "..",
        ".",
        "a\\b",
        "a'b",
        "a\"b",
        "a b",
        " ",
        "",
        "a\nb",
        "a\tb",
        "a\u{1}b",
        "a\u{7f}b",
        "tä",
        "表",
        "😀",
        "\u{202e}a",
        "e\u{301}",
        "ａ",
        "1a",
        "-a",
        "a-b",
        "a.b",
        "a;b",
        "a$b",
        "$(id)",
        "%00",
        "a%2fb",
        "con:",
        long.as_str(),
    ];
    each(names, |name| {
        for statement in [
            format!("create table `{name}` (a bigint);"),
            format!("create table u (`{name}` bigint);"),
            format!("create table u (a bigint) partitioned by (`{name}` string);"),
            format!("create role `{name}`;"),
            format!("alter table t rename to `{name}`;"),
            format!("alter table t add columns (`{name}` bigint);"),
            format!("alter table t change column a rename to `{name}`;"),
            format!("create view `{name}` as select 1 as a;"),
            format!(".project create `{name}`\n"),
            format!("add user `ALIYUN$é{name}`;"),
        ] {
            world.pipe(&statement).assert_failed(&statement);
        }
    });
    assert_eq!(world.facts(), before);
}

#[cfg(feature = "sql")]
#[test]
fn odd_names_of_results_do_not_become_columns() {
    let world = World::fresh();
    let before = told(&world);
    for name in ["a/b", "ä", "a b", "😀", "a\u{1}b"] {
        for statement in
            [format!("create table u as select 1 as `{name}`;"), format!("create view u as select 1 as `{name}`;")]
        {
            world.pipe(&statement).assert_failed(&statement);
        }
        world.pipe(format!("select 1 as `{name}`;")).assert_done_or_failed(name);
    }
    assert_eq!(told(&world), before);
}

#[cfg(feature = "sql")]
/// What the state says, but for the jobs that ran.
fn told(world: &World) -> Vec<String> {
    world.facts().into_iter().filter(|line| !line.starts_with("instance_")).collect()
}

#[cfg(feature = "sql")]
#[test]
fn odd_partition_values_stay_values() {
    let world = World::fresh();
    world.succeed("create table p (a bigint) partitioned by (ds string);");
    for value in ["../../x", "a/b=c", "/etc/passwd", "it\\'s", "ä😀", "%2e%2e", " ", "a,b", "x".repeat(255).as_str()]
    {
        let case = format!("insert into p partition (ds='{value}') values (1);");
        let ended = world.pipe(&case);
        ended.assert_done_or_failed(&case);
    }
    for value in ["", "a\\nb", "a\\0b", "x".repeat(10_000_000).as_str()] {
        let case = format!("alter table p add partition (ds='{value}');");
        world.pipe(&case).assert_failed(value.get(..40).unwrap_or(value));
    }
    world.succeed("show partitions p; select * from p;");
    assert_eq!(world.data_files(), world.manifest());
    world.check();
}

#[cfg(feature = "sql")]
#[test]
fn queries_that_cannot_run_are_refused() {
    let world = World::fresh();
    let cases = [
        "select nothing;",
        "select abs();",
        "select nosuch(1);",
        "select 1 limit 99999999999999999999;",
        "select 'a' rlike '(';",
        "select regexp_replace('a', '(', 'b');",
        "select 'a' rlike '(((a{1000}){1000}){1000})';",
        "select * from values (1), (1, 2);",
        "select 1 union all select 1, 2;",
        "select (select 1 union all select 2);",
        "set odps.sql.groupby.position.alias=true; select 1 group by 7;",
        "with a as (select 1), a as (select 2) select * from a;",
        "with a as (select * from a) select * from a;",
        "select * from t for update;",
        "select sum(sum(1));",
        "select 1 order by nothing limit 9;",
        "select cast(1 as nosuchtype);",
        "select a.b.c.d.e.f from t;",
        "copy t to 'x';",
        "select * from '/etc/passwd';",
        "select * from `/etc/passwd`;",
        "select * from information_schema.nothing;",
        "select version();",
    ];
    each(cases, |case| {
        world.pipe(case).assert_failed(case);
    });
    for case in [
        "select 1/0;",
        "select 9223372036854775807 + 1;",
        "select cast('x' as bigint);",
        "select length(lpad('a', 2000000000, 'b'));",
    ] {
        world.pipe(case).assert_done_or_failed(case);
    }
}
