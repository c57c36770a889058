//! What leaves the engine besides rows: files outside, their names and number, and what functions of users' own see, say and try.
//!
//! Such functions run in processes of the program, so both worlds are states of the program itself.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::it::process::World;

const CSV: &str = "stored by 'com.aliyun.odps.CsvStorageHandler'";

/// Functions that say what they are given: in their errors, in what they print, in what they try.
const CODE: &str = "
from odps.udf import annotate, BaseUDAF, BaseUDTF


@annotate('string->string')
class Tell:
    def evaluate(self, value):
        raise ValueError(value)


@annotate('string->bigint')
class Print:
    def evaluate(self, value):
        print(value)
        return 1 if value == 'y' else 0


@annotate('string->string')
class Flee:
    def evaluate(self, value):
        if value.startswith('55'):
            open('/etc/passwd')
        return value


@annotate('string->string')
class Count:
    def __init__(self):
        self.calls = 0

    def evaluate(self, value):
        self.calls += 1
        return str(self.calls)


@annotate('string->string')
class Gather(BaseUDAF):
    def new_buffer(self):
        return ['']

    def iterate(self, buffer, value):
        buffer[0] += value

    def merge(self, buffer, other):
        buffer[0] += other[0]

    def terminate(self, buffer):
        raise ValueError(buffer[0])


@annotate('string->string')
class Each(BaseUDTF):
    def process(self, value):
        for letter in value:
            self.forward(letter)
";

const FUNCTIONS: [&str; 6] = ["Tell", "Print", "Flee", "Count", "Gather", "Each"];

/// What Carl tries, who reads the views and calls the functions, and what others try with them.
const ATTACKS: &[&str] = &[
    // Functions of the caller's, over a view that leaves rows out.
    "select a, d(c) as x from v;",
    "select tell(c) as x from v;",
    "select * from v where tell(c) = 'a';",
    "select * from v where print(c) = 1;",
    "select * from v where print(c) = 7;",
    "select * from v where flee(c) = 'a' limit 1;",
    "select a from v where count(c) = '1';",
    "select count(c) as x from v;",
    "select gather(c) as x from v;",
    "select a, gather(c) as x from v group by a;",
    "select each(c) as (x) from v;",
    "select a, x from v lateral view each(c) e as x;",
    "select m.a from mine m join v on m.a = v.a where print(v.c) = 1;",
    // Functions inside of views.
    "select * from safe;",
    "select a from safe where d is null;",
    "select count(*) as n from safe;",
    "select * from judged;",
    "select a from judged where tell(cast(a as string)) = 'x';",
    "select count(*) as n from judged;",
    "select * from failing;",
    "select a from failing where a > 5;",
    "select * from fleeing;",
    "select * from counted;",
    // What may not be read at all.
    "select tell(c) as x from t;",
    "select count(a) as x from t;",
    "select flee('55');",
    "insert into o select a, c from t;",
    "select * from o where c in (select c from t);",
    // Files outside.
    "insert into o select a, c from v;",
    "insert into o select a, c from judged;",
    "insert overwrite table o select a, d from safe;",
    "insert into o select a, tell(c) from v;",
    "insert into o select a, flee(c) from v;",
    "insert into o select a, d from failing;",
    "insert into q partition (ds) select a, c from v;",
    "insert into q partition (ds) select a, d from safe;",
    "insert overwrite table q partition (ds) select a, cast(a as string) from judged;",
    "insert overwrite table q partition (ds='1') select a from judged;",
    "show partitions q;",
    "unload from (select a, c from v) into location 'file://{files}/u' stored as parquet;",
    "unload from (select a from judged) into location 'file://{files}/w' {csv};",
    "unload from t into location 'file://{files}/x' {csv};",
    "select count(*) as n from o;",
    "select o.a from o join v on o.a = v.a where print(v.c) = 1;",
    "alter table q add partition (ds='9') location 'file://{files}/q/ds=9';",
    "desc o;",
    // Tables of an external schema.
    "set odps.namespace.schema=true; insert into es.x select a, c from prod.default.v; show tables in es; select count(*) as n from es.x;",
    "set odps.namespace.schema=true; insert into es.x select a, c from prod.default.t;",
    "set odps.namespace.schema=true; select a from es.x where c in (select c from prod.default.judged);",
    "set odps.namespace.schema=true; insert overwrite table es.x select a, d from prod.default.safe;",
    "create external schema more with lake on 'file://{files}/';",
    "--@ why select tell(c) as x from t;",
    "--@ why insert into o select a, c from t;",
];

/// A world with or without the secret: another value and another row behind the views.
fn prepared(bit: bool) -> World {
    let world = World::empty();
    world.file("code.py", CODE);
    fs::create_dir(world.folder().join("files")).expect("a folder");
    let (card, more) = if bit { ("5500 0000", ", (3, 'z', '7')") } else { ("4111", "") };
    let functions: String = FUNCTIONS
        .iter()
        .map(|class| {
            let name = class.to_lowercase();
            let name = if name == "count" { "counts".to_owned() } else { name };
            format!("create function {name} as 'code.{class}' using 'code.py';\ngrant Execute on function {name} to user ALIYUN$carl;\n")
        })
        .collect();
    let script = format!(
        ".account create ALIYUN$carl
        .project create prod
        use prod;
        add user ALIYUN$carl;
        grant CreateTable, CreateInstance, List, CreateSchema on project prod to user ALIYUN$carl;
        .foreignserver create lake
        add py code.py;
        grant Read on resource code.py to user ALIYUN$carl;
        {functions}
        create table t (a bigint, b string, c string);
        insert into t values (1, 'x', 'y'), (2, 'z', '{card}'){more};
        create view v as select a, c from t where b = 'x';
        create view safe as select a, flee(c) as d from t where b = 'x';
        create view judged as select a from t where print(c) = 1;
        create view failing as select a, tell(c) as d from t where b = 'none';
        create view fleeing as select a, flee(c) as d from t where b = 'x' and a = 1;
        create view counted as select a, counts(c) as d from t where b = 'x';
        grant Select, Describe, Download on table v to user ALIYUN$carl;
        grant Select on table safe to user ALIYUN$carl;
        grant Select on table judged to user ALIYUN$carl;
        grant Select on table failing to user ALIYUN$carl;
        grant Select on table fleeing to user ALIYUN$carl;
        grant Select on table counted to user ALIYUN$carl;
        .user ALIYUN$carl
        use prod;
        create table mine (a bigint, b string);
        insert into mine values (1, 'x');
        create external table o (a bigint, c string) {CSV} location 'file://{files}/o';
        create external table q (a bigint) partitioned by (ds string) {CSV} location 'file://{files}/q';
        create external table seed (a bigint, c string) stored as parquet location 'file://{files}/es/x';
        insert into seed values (1, 'x');
        create external schema es with lake on 'file://{files}/es';
        ",
        files = world.folder().join("files").display()
    );
    world.succeed(&script);
    world
}

/// Every file below a folder, with what is in it.
fn files(folder: &Path, below: &str) -> String {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")).collect();
    entries.sort_by_key(|entry| entry.file_name());
    let mut shown = String::new();
    for entry in entries {
        let name = format!("{below}/{}", entry.file_name().to_string_lossy());
        shown.push_str(&match entry.file_type().expect("a type").is_dir() {
            true => files(&entry.path(), &name),
            false => format!("{name}: {:?}\n", fs::read(entry.path()).expect("a file")),
        });
    }
    shown
}

/// All that somebody sees of a statement; without the names of instances, which are of the clock.
fn seen(world: &World, user: &str, attack: &str) -> String {
    let folder = world.folder().join("files");
    let attack = attack.replace("{files}", folder.to_str().expect("a path")).replace("{csv}", CSV);
    // `count` is a function of the engine's; the other is one of the user's.
    let attack = attack.replace("count(c)", "counts(c)").replace("count(a)", "counts(a)");
    let ended = world.pipe(format!(".user {user}\nuse prod;\n{attack}\n"));
    let said = format!("{:?}\n{}{}{}", ended.code, ended.output(), ended.error(), files(&folder, ""));
    // The two worlds are made at different times.
    let is_of_its_time = |line: &&str| {
        ["ID = ", "| CreateTime: ", "| LastDDLTime: ", "| LastModifiedTime: "].iter().any(|head| line.starts_with(head))
    };
    let lines = said.lines().filter(|line| !is_of_its_time(line));
    lines.map(|line| line.replace(world.folder().to_str().expect("a path"), "{world}") + "\n").collect()
}

#[test]
fn neither_files_outside_nor_functions_tell_of_rows_that_their_reader_may_not_know() {
    if Command::new("python3").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        println!("skipped: no python3 on this machine");
        return;
    }
    let (without, with) = (prepared(false), prepared(true));
    let (mut differences, mut ran, mut told) = (Vec::new(), 0, 0);
    for attack in ATTACKS {
        let [one, other] = [&without, &with].map(|world| seen(world, "ALIYUN$carl", attack));
        ran += usize::from(one.starts_with("Some(0)"));
        if one != other {
            differences.push(format!("`{attack}`\n--- without:\n{one}--- with:\n{other}"));
        }
    }
    // Whoever owns the rows sees the difference by statements of the same kind.
    for attack in [
        "select tell(c) as x from t where a = 2;",
        "select a, flee(c) as x from t;",
        "select gather(c) as x from t;",
        "insert overwrite table o select a, c from t;",
        "insert overwrite table q partition (ds) select a, c from t;",
    ] {
        let [one, other] = [&without, &with].map(|world| seen(world, "ALIYUN$owner", attack));
        told += usize::from(one != other);
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    assert!(ran >= 20, "only {ran} statements ran");
    assert!(told >= 3, "only {told} statements of the owner tell");
    // Nor do records of what its reader did, whoever looks at them.
    let records = |world: &World| {
        let mut found = Vec::new();
        let database = world.database();
        let mut query = database
            .prepare(
                "select verdict || ' ' || coalesce(code, '') || ' ' || objects || ' ' || rules || ' ' || statement
                 from audit where principal = 'ALIYUN$carl' order by id",
            )
            .expect("a query");
        let mut rows = query.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let text: String = row.get(0).expect("a text");
            found.push(text.replace(world.folder().to_str().expect("a path"), "{world}"));
        }
        found
    };
    assert_eq!(records(&without), records(&with));
    without.check();
    with.check();
}
