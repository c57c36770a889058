//! Encrypted projects (ENC-1): no file of the state has anything that is derived from their rows, and nothing opens that was changed or moved.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use odpsh::command::{Chunk, Item, Outcome};
use odpsh::shell::{Options, RootKeyPlace, Session, StatePath, World as Clock};
use odpsh::syntax::parse;

use crate::it::process::{World, run, start_child, wait_at_most};

/// Statements that write values by every way in. Each value has `mark` in it, or is a number that stands nowhere else.
const WAYS_IN: &str = "
create table t (a string, b bigint) partitioned by (ds string);
alter table t add partition (ds='partmarka');
insert into t partition (ds='partmarkb') values ('rowmarka', 912912912), ('rowmarkb', 2);
insert into t partition (ds) select 'rowmarkc', 3, 'partmarkc' union all select 'rowmarkd', 4, 'partmarkd';
select a, b, ds from t;
select * from t where a = 'litmarka';
create table c as select a, b from t;
create table many (a string);
insert into many select concat('manymark', id) from (select explode(sequence(1, 30000)) as id) x;
select a from many;
create table tx (k bigint, a string) tblproperties ('transactional'='true');
insert into tx values (1, 'txmarka'), (2, 'txmarkb');
update tx set a = 'txmarkc' where k = 1;
delete from tx where a = 'txmarkb';
merge into tx using (select 3 as k, 'txmarkd' as a) s on tx.k = s.k when not matched then insert values (s.k, s.a);
alter table t partition (ds='partmarka') rename to partition (ds='partmarke');
clone table t to cl;
show partitions t;
desc t;
create table u (a string, b bigint);
tunnel upload up.csv u;
tunnel upload -acp true up.csv t/ds=partmarkf;
tunnel upload -dbr true bad.csv u;
tunnel show bad;
tunnel download t many.csv;
tunnel show log;
explain select a from t where a = 'explainmark';
cost sql select a from t where a = 'costmark';
add file resource.txt -f;
get resource resource.txt got.txt;
read t partition (ds='partmarkb');
use reader;
select * from p.t where ds = 'partmarkb';
select concat(a, 'elsewheremark') from p.many;
-- A script elsewhere whose values become rows, or are compared with rows.
@y string := 'scriptmarka';
insert into p.t partition (ds='1') select @y, 5;
@z := 'scriptmarkb';
select a from p.t where a = @z;
@w table(a string) := select 'scriptmarkc';
select t.a from p.t t join @w w on t.a = w.a;
@v string;
if ((select count(*) from p.t where a = 'scriptmarkd') > 0) begin @v := 'scriptmarke'; end
select a from p.t where a = @v;
function same(@a string) as @a = 'scriptmarkf';
select a from p.t where same(a);
use p;
.why select * from t where a = 'whymarka';
";

/// Statements that fail, before and after they are decided.
const FAILING: [&str; 8] = [
    "insert into t partition (ds='errmarka') values ('errmarkb', cast('errmarkc' as bigint), 5);",
    "select nosuch from t where a='errmarkd';",
    "select 'errmarke' from nosuch;",
    "alter table t drop partition (ds='errmarkf');",
    "desc t partition (ds='errmarkg');",
    "insert into t partition (ds='errmarkh') select 'errmarki' from t;",
    "select datetime 'errmarkj' from t;",
    "tunnel upload up.csv t/ds=errmarkk;",
];

/// What must be in no file: what the texts above have with `mark` in it, and a number that one of them types.
fn marks() -> Vec<String> {
    let texts = std::iter::once(WAYS_IN).chain(FAILING).chain(["upmarka badmarka resourcemark"]);
    let words = texts.flat_map(|text| text.split(|letter: char| !letter.is_ascii_alphanumeric()));
    let mut marks: Vec<String> = words.filter(|word| word.contains("mark")).map(str::to_owned).collect();
    marks.push("912912912".to_owned());
    marks.sort();
    marks.dedup();
    marks
}

fn input(world: &World) {
    world.file("up.csv", "upmarka,711\n");
    world.file("bad.csv", "goodone,1\nbadmarka,notanumber\n");
    world.file("resource.txt", "resourcemark ".repeat(3_000));
}

/// Every file of the state: itself, its log, and everything in its folder.
fn files_of_state(world: &World) -> Vec<(PathBuf, Vec<u8>)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => walk(&path, found),
                // It may be gone by now.
                path => found.extend(fs::read(&path).ok().map(|bytes| (path, bytes))),
            }
        }
    }
    let mut found = Vec::new();
    walk(&world.data(), &mut found);
    for ending in ["", "-wal", "-journal"] {
        let path = world.folder().join(format!("state.db{ending}"));
        found.extend(fs::read(&path).ok().map(|bytes| (path, bytes)));
    }
    found
}

/// The marks that are in a file of the state, each with the file.
fn found_marks(world: &World) -> Vec<String> {
    let files = files_of_state(world);
    let mut found = Vec::new();
    for mark in marks() {
        let has = |bytes: &[u8]| memchr::memmem::find(bytes, mark.as_bytes()).is_some();
        found.extend(
            files.iter().filter(|(_, bytes)| has(bytes)).map(|(path, _)| format!("{mark}: {}", path.display())),
        );
    }
    found
}

fn world_with(project: &str) -> World {
    let world = World::fresh();
    input(&world);
    world.succeed(&format!(".project create reader\n.project create p {project}\nuse p;\n{WAYS_IN}"));
    for statement in FAILING {
        let ended = world.pipe(format!("use p;\n{statement}"));
        assert_ne!(ended.code, Some(0), "{statement}");
    }
    world
}

#[test]
fn no_file_has_anything_of_the_rows_of_an_encrypted_project() {
    let plain = world_with("");
    let found = found_marks(&plain);
    for mark in marks() {
        // Otherwise the search shows nothing.
        assert!(found.iter().any(|line| line.starts_with(&format!("{mark}:"))), "{mark} is in no file");
    }
    let encrypted = world_with("encrypted");
    assert_eq!(found_marks(&encrypted), Vec::<String>::new());
    encrypted.check();
    // A log counts rows, and a download names its files after partitions.
    let logs = |world: &World| -> (i64, i64) {
        let readable = "select count(*), count(*) filter (where line like '% %') from tunnel_line where kind = 'log'";
        world.database().query_row(readable, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    assert!(logs(&plain).1 > 30, "{:?}", logs(&plain));
    assert!(logs(&encrypted).0 == logs(&plain).0 && logs(&encrypted).1 == 0, "{:?}", logs(&encrypted));
    let shown =
        encrypted.pipe("use p;\nselect count(*) from t;\nread t partition (ds='partmarke');\ntunnel show history;");
    let said = shown.error() + &shown.output();
    assert!(shown.code == Some(0) && said.contains("partmarkf"), "{said}");
    // What it shows is sealed again: nothing of it is in the log either.
    assert_eq!(found_marks(&encrypted), Vec::<String>::new());
}

fn root_key(world: &World) -> PathBuf {
    world.folder().join(".config/odpsh/root.key")
}

/// An encrypted project with some rows, a resource, and the id of a query whose result is kept.
fn small_world() -> (World, String) {
    let world = World::fresh();
    input(&world);
    world.succeed(
        ".project create p encrypted\n.project create q encrypted\nuse q;\ncreate table o (a string);\ninsert into o values ('q');
use p;\ncreate table t (a string) partitioned by (ds string);\ninsert into t partition (ds='1') values ('one'), ('two');
create table w (a string);\ninsert into w values ('w');\nadd file resource.txt;",
    );
    let ended = world.pipe("use p;\nselect a from t;");
    let said = ended.error() + &ended.output();
    let id = said.lines().find_map(|line| line.strip_prefix("ID = ")).unwrap().to_owned();
    (world, id)
}

/// Runs statements in the project; what it says in any case.
fn tried(world: &World, text: &str) -> (Option<i32>, String) {
    let ended = world.pipe(format!("use p;\n{text}"));
    (ended.code, ended.error() + &ended.output())
}

#[test]
fn a_lost_or_other_root_key_opens_nothing_and_is_named() {
    let (world, id) = small_world();
    let statements =
        ["select count(*) from t;", "read w;", "desc t;", &format!("wait {id};"), "get resource resource.txt got;"];
    for statement in statements {
        assert_eq!(tried(&world, statement).0, Some(0), "{statement}");
    }
    let key = fs::read(root_key(&world)).unwrap();
    let refused = |why: &str| {
        for statement in statements {
            let (code, said) = tried(&world, statement);
            assert_eq!(code, Some(1), "{why}: {statement}");
            assert!(said.contains("ODPSH-0204") && said.contains("encryption key `default`"), "{why}: {said}");
            assert!(!said.contains("one") && !said.contains("two"), "{why}: {said}");
        }
    };
    fs::remove_file(root_key(&world)).unwrap();
    refused("no root key");
    // No other one is made in its place.
    assert_eq!(tried(&world, ".key create other").0, Some(1));
    assert!(!root_key(&world).exists());
    for wrong in [&b"00".repeat(32)[..], b"", b"not a key", &key[..40]] {
        fs::write(root_key(&world), wrong).unwrap();
        #[cfg(unix)]
        fs::set_permissions(root_key(&world), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        refused("a wrong root key");
    }
    fs::write(root_key(&world), key).unwrap();
    for statement in statements {
        assert_eq!(tried(&world, statement).0, Some(0), "{statement}");
    }
    // The check compares ciphertext, and needs no key for that.
    fs::remove_file(root_key(&world)).unwrap();
    world.check();
}

#[test]
fn flipped_bits_of_keys_open_nothing() {
    let (world, _) = small_world();
    let mut random = fastrand::Rng::with_seed(5);
    for (table, column) in [("encryption_key", "wrapped"), ("project_encryption", "wrapped")] {
        let read = |sql: &str| -> Vec<u8> { world.database().query_row(sql, [], |row| row.get(0)).unwrap() };
        let whole = read(&format!("select {column} from {table} limit 1"));
        for _ in 0..10 {
            let mut changed = whole.clone();
            let at = random.usize(..changed.len());
            changed[at] ^= 1 << random.u8(..8);
            let set = format!("update {table} set {column} = ?1 where {column} = ?2");
            world.database().execute(&set, (&changed, &whole)).unwrap();
            let (code, said) = tried(&world, "select count(*) from t;");
            assert!(code == Some(1) && said.contains("ODPSH-0204"), "{said}");
            world.database().execute(&set, (&whole, &changed)).unwrap();
        }
    }
    assert_eq!(tried(&world, "select count(*) from t;").0, Some(0));
}

/// Changes the state with another tool, and says what a statement answers then.
fn after(change: &str, statement: &str) -> (Option<i32>, String) {
    let (world, _) = small_world();
    world.database().execute_batch(change).unwrap();
    tried(&world, statement)
}

#[test]
fn what_is_moved_to_another_place_does_not_open() {
    let of = |name: &str| format!("(select id from object where name = '{name}' and kind = 'table')");
    let changes = [
        // The data keys of two projects, exchanged.
        (
            "update project_encryption set wrapped = (select wrapped from project_encryption o where o.project <> project_encryption.project)".to_owned(),
            "select count(*) from t;",
        ),
        // The counts of one file at another one.
        (
            format!("update data_file set sealed = (select sealed from data_file where table_id = {}) where table_id = {}", of("w"), of("t")),
            "select count(*) from t;",
        ),
        // Counts in plain text.
        (format!("update data_file set sealed = null, row_count = 7 where table_id = {}", of("t")), "select count(*) from t;"),
        // A file of another project.
        (format!("update data_file set table_id = {} where table_id = {}", of("w"), of("o")), "select a from w;"),
        // The name of a partition in plain text.
        ("update partition_object set spec = 'ds=1'".to_owned(), "show partitions t;"),
        // Pieces of a resource exchanged, taken away at the end, moved to another place.
        ("update resource_piece set bytes = zeroblob(length(bytes))".to_owned(), "get resource resource.txt got;"),
        ("update resource_piece set position = position + 1".to_owned(), "get resource resource.txt got;"),
        ("update resource_object set md5 = 'd41d8cd98f00b204e9800998ecf8427e'".to_owned(), "desc resource resource.txt;"),
    ];
    for (change, statement) in changes {
        let (code, said) = after(&change, statement);
        // A piece that is not there is an end too early, which the checksum shows.
        let is_empty = change.contains("position + 1");
        assert!(code == Some(1) || is_empty, "{change}: {said}");
        assert!(!said.contains("one") && !said.contains("| w"), "{change}: {said}");
    }
}

#[test]
fn a_data_file_that_was_changed_or_stands_for_another_one_is_refused() {
    let (world, _) = small_world();
    world.succeed(
        "use p;\ncreate table x (a string);\ninsert into x values ('first');\ninsert into x values ('second');",
    );
    let files: Vec<PathBuf> = world.manifest().iter().map(|name| world.data().join(name)).collect();
    let x: Vec<&PathBuf> = files.iter().rev().take(2).collect();
    let whole = x.iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>();
    fs::write(x[0], &whole[1]).unwrap();
    fs::write(x[1], &whole[0]).unwrap();
    let (code, said) = tried(&world, "select * from x;");
    assert!(code == Some(1) && !said.contains("first") && !said.contains("second"), "{said}");
    let mut random = fastrand::Rng::with_seed(6);
    fs::write(x[1], &whole[1]).unwrap();
    let mut refused = 0;
    for _ in 0..20 {
        let mut changed = whole[0].clone();
        let at = random.usize(..changed.len());
        changed[at] ^= 1 << random.u8(..8);
        fs::write(x[0], &changed).unwrap();
        let (code, said) = tried(&world, "select * from x;");
        // What the query does not read it does not look at; the checksum of the file shows it all the same.
        assert!(code == Some(1) || said.contains("| first") && said.contains("| second"), "byte {at}: {said}");
        refused += usize::from(code == Some(1));
        let found = run(world.command().arg("check"), b"");
        assert!(
            found.code != Some(0) && (found.error() + &found.output()).contains("was changed outside"),
            "byte {at}"
        );
    }
    assert!(refused > 5, "{refused}");
    fs::write(x[0], &whole[0]).unwrap();
    assert_eq!(tried(&world, "select * from x;").0, Some(0));
}

#[test]
fn results_need_the_keys_of_all_projects_whose_rows_are_in_them() {
    let (world, _) = small_world();
    let ended = world.pipe(".project create r\nuse r;\nselect * from p.w join q.o on true;");
    let said = ended.error() + &ended.output();
    let id = said.lines().find_map(|line| line.strip_prefix("ID = ")).unwrap().to_owned();
    let wait = format!("use r;\nwait {id};");
    assert!(world.succeed(&wait).contains("| w"));
    world.succeed(".project drop q");
    let ended = world.pipe(&wait);
    assert!(ended.code == Some(1) && !ended.output().contains("| w"), "{}", ended.error());
}

#[test]
fn a_rotated_key_opens_everything_and_rewrites_no_data() {
    let (world, id) = small_world();
    let before: Vec<(String, Vec<u8>)> =
        world.data_files().into_iter().map(|name| (name.clone(), fs::read(world.data().join(name)).unwrap())).collect();
    let data_keys = || world.number("select sum(unicode(hex(wrapped))) from project_encryption");
    let wrapped: Vec<u8> =
        world.database().query_row("select wrapped from project_encryption limit 1", [], |row| row.get(0)).unwrap();
    assert!(data_keys() > 0);
    world.succeed(".key rotate default");
    let anew: Vec<u8> =
        world.database().query_row("select wrapped from project_encryption limit 1", [], |row| row.get(0)).unwrap();
    assert_ne!(wrapped, anew);
    for statement in ["select count(*) from t;", &format!("wait {id};"), "get resource resource.txt got;", "desc t;"] {
        let (code, said) = tried(&world, statement);
        assert_eq!(code, Some(0), "{statement}: {said}");
    }
    for (name, bytes) in before {
        assert_eq!(fs::read(world.data().join(&name)).unwrap(), bytes, "{name}");
    }
    world.check();
}

/// Queries that write rows, results and temporary files for a while.
const LONG: &str = "
create table big (a string, b bigint);
insert into big select concat('manymark', id), id from (select explode(sequence(1, 200000)) as id) x;
insert into big select a, b + 200000 from big;
select a, count(*) as n from big group by a order by n desc, a limit 100000;
tunnel upload up.csv u;
insert overwrite table big select concat(a, 'rowmarka'), b from big;
select a from big order by a desc limit 50000;
";

#[test]
fn a_kill_leaves_no_plain_text_of_an_encrypted_project() {
    let mut random = fastrand::Rng::with_seed(7);
    let begin = || {
        let world = World::fresh();
        input(&world);
        world.succeed(".project create p encrypted\nuse p;\ncreate table u (a string, b bigint);");
        world
    };
    let script = format!("use p;\n{LONG}");
    let command = |world: &World| {
        let mut command = world.command();
        command.args(["--memory-limit", "512MB", "-e", &script]);
        command
    };
    let world = begin();
    let begun = Instant::now();
    let ended = run(&mut command(&world), b"");
    assert_eq!(ended.code, Some(0), "{}", ended.error());
    let whole = begun.elapsed();
    for _ in 0..8 {
        let world = begin();
        let delay = Duration::from_millis(50).max(whole.mul_f64(random.f64() * 1.1));
        let begun = Instant::now();
        wait_at_most(start_child(&mut command(&world)), begun, delay);
        assert_eq!(found_marks(&world), Vec::<String>::new());
        world.succeed("whoami;");
        assert_eq!(found_marks(&world), Vec::<String>::new());
        world.check();
    }
}

/// What was shown before is out; nothing more comes (FLW-12).
#[test]
fn a_query_that_runs_ends_with_the_key_of_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        root_key: RootKeyPlace::File(folder.path().join("elsewhere/root.key")),
        system_user: Some("owner".to_owned()),
        ..Options::on(StatePath::File(folder.path().join("state.db")))
    };
    let start = |session: &mut Session, text: &str| {
        let mut pieces = parse(text).unwrap().pieces;
        session.run(&pieces.remove(0), text).unwrap()
    };
    let rows = |outcome: Outcome| {
        let is_rows = |item| match item {
            Item::Rows(rows) => Some(rows.chunks),
            _ => None,
        };
        outcome.items.into_iter().find_map(is_rows).unwrap()
    };
    let [mut money, mut other, mut keys] = [(); 3].map(|()| Session::open(Clock::real(), options.clone()).unwrap());
    start(&mut keys, ".project create money encrypted\n");
    for session in [&mut money, &mut keys] {
        start(session, "use money;");
    }
    start(&mut keys, "create table t as select explode(sequence(1, 20000)) as a;");
    // In the project, elsewhere, and through a view elsewhere.
    start(&mut other, "create view v as select a from money.t;");
    for (session, query) in [(&mut money, "select a from t;"), (&mut other, "select a from money.t;")] {
        let mut chunks = rows(start(session, query));
        assert!(matches!(chunks.next(), Some(Ok(Chunk::Rows(_)))), "{query}");
        start(&mut keys, ".key disable default\n");
        let refused = chunks.find_map(Result::err).unwrap();
        assert_eq!(refused.code.number(), "ODPSH-0204", "{query}");
        assert!(chunks.next().is_none(), "{query}");
        start(&mut keys, ".key enable default\n");
    }
    let mut chunks = rows(start(&mut other, "select a from v;"));
    assert!(matches!(chunks.next(), Some(Ok(Chunk::Rows(_)))));
    start(&mut keys, ".key disable default\n");
    assert_eq!(chunks.find_map(Result::err).unwrap().code.number(), "ODPSH-0204");
}
