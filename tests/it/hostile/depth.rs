//! Statements of absurd depth, length and size: done or refused within seconds.

use std::collections::BTreeMap;

use crate::it::process::{World, each, run};

const DEEP: usize = 10_000;
const LONG: usize = 100_000;
const BIG: usize = 10_000_000;

/// Runs each text in a world of its own.
fn assert_survived(cases: impl IntoIterator<Item = (&'static str, String)>) {
    let world = World::empty();
    let cases: BTreeMap<&str, String> = cases.into_iter().collect();
    each(cases.keys(), |case| {
        let file = world.file("case.odps", &cases[*case]);
        let ended = run(world.command().args(["--state", ":memory:", "-f"]).arg(file), b"");
        ended.assert_done_or_failed(case);
    });
}

/// `open` and `close` around `inside`.
fn nested(before: &str, open: &str, inside: &str, close: &str, after: &str) -> String {
    format!("{before}{}{inside}{}{after}", open.repeat(DEEP), close.repeat(DEEP))
}

fn numbered(count: usize, between: &str, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(between)
}

#[test]
fn deep_nesting_of_expressions() {
    assert_survived([
        ("parentheses", nested("select ", "(", "1", ")", ";")),
        ("open parentheses", "(".repeat(BIG)),
        ("brackets", nested("select ", "[", "1", "]", ";")),
        ("indexes", nested("select a", "[1", "", "]", ";")),
        ("braces", nested("setproject a=", "{", "", "}", ";")),
        ("case", nested("select ", "case when 1 = 1 then ", "1", " end", ";")),
        ("case in else", nested("select ", "case when false then 1 else ", "1", " end", ";")),
        ("cast", nested("select ", "cast(", "1", " as bigint)", ";")),
        ("functions", nested("select ", "abs(", "1", ")", ";")),
        ("windows", nested("select ", "sum(1) over (partition by ", "1", ")", ";")),
        ("lambdas", format!("select transform(array(1), {}x);", "x -> ".repeat(DEEP))),
        ("between", format!("select {}1;", "1 between 1 and ".repeat(DEEP))),
    ]);
}

#[test]
fn deep_nesting_of_types_and_queries() {
    assert_survived([
        ("arrays", nested("create table t (a ", "array<", "int", ">", ");")),
        ("structs", nested("create table t (a ", "struct<a:", "int", ">", ");")),
        ("maps", nested("create table t (a ", "map<string,", "int", ">", ");")),
        ("cast to arrays", nested("select cast(1 as ", "array<", "int", ">", ");")),
        ("subqueries", nested("select * from ", "(select * from ", "(select 1) x", ") x", ";")),
        ("exists", nested("select 1 where ", "exists (select 1 where ", "true", ")", ";")),
        ("in", nested("select 1 where ", "1 in (select 1 where ", "true", ")", ";")),
        ("unions", nested("select 1 ", "union all (select 1 ", "", ")", ";")),
        ("with", nested("", "with a as (", "select 1", ") select * from a", ";")),
        ("views", nested("create view v as ", "(", "select 1", ")", ";")),
        ("comments", nested("", "/*", " whoami; ", "*/", "")),
        ("why", format!("{}select 1;", ".why ".repeat(DEEP))),
        ("explain", format!("{}select 1;", "explain ".repeat(DEEP))),
    ]);
}

#[test]
fn long_chains_of_operators() {
    let chain = |one: &str, last: &str| format!("select {}{last};", one.repeat(LONG));
    assert_survived([
        ("and", chain("true and ", "true")),
        ("or", chain("true or ", "true")),
        ("and and or", chain("true and false or ", "true")),
        ("plus", chain("1 + ", "1")),
        ("times", chain("1 * ", "1")),
        ("concat", chain("'a' || ", "'a'")),
        ("not", chain("not ", "true")),
        ("minus", chain("- ", "1")),
        ("equals", chain("1 = ", "1")),
        ("is null", format!("select 1{};", " is null".repeat(LONG))),
        ("like", chain("'a' like ", "'a'")),
        ("dots", format!("select a{};", ".a".repeat(LONG))),
        ("strings", chain("'a' ", "'a'")),
        ("intervals", chain("interval ", "'1' day")),
        ("when", format!("select case {}end;", "when 1 = 2 then 3 ".repeat(LONG))),
        ("casts", format!("select 1{};", "::int".repeat(LONG))),
    ]);
}

#[test]
fn long_lists_in_queries() {
    let list = |one: &str| one.repeat(LONG);
    assert_survived([
        ("columns", format!("select {}1;", list("1, "))),
        ("stars", format!("select {}* from values (1) t (a);", list("*, "))),
        ("in", format!("select 1 in ({}1);", list("1, "))),
        ("values", format!("values {}(1);", list("(1), "))),
        ("group by", format!("select 1 group by {}1;", list("1, "))),
        ("order by", format!("select 1 order by {}1 limit 9;", list("1, "))),
        ("arguments", format!("select coalesce({}1);", list("null, "))),
        ("array", format!("select array({}1);", list("1, "))),
        ("insert", format!("create table t (a bigint); insert into t values {}(1);", list("(1), "))),
        ("unions", format!("select 1{};", list(" union all select 1"))),
        ("joins", format!("select 1 from t a {};", numbered(LONG, " ", |n| format!("join t a{n}")))),
        ("commas", format!("select 1 from {};", numbered(LONG, ", ", |n| format!("t a{n}")))),
        ("lateral views", format!("select 1 from t {};", list("lateral view explode(array(1)) x as y "))),
        ("named queries", format!("with {} select 1;", numbered(LONG, ", ", |n| format!("a{n} as (select 1)")))),
        (
            "named queries of named queries",
            format!(
                "with a as (select 1 as x), {} select * from a299;",
                numbered(300, ", ", |n| format!("a{n} as (select l.x from a{p} l join a{p} r)", p = n.wrapping_sub(1)))
                    .replace("a18446744073709551615", "a")
            ),
        ),
    ]);
}

#[test]
fn long_lists_in_statements() {
    assert_survived([
        ("columns", format!("create table t ({});", numbered(LONG, ", ", |n| format!("c{n} int")))),
        ("same columns", format!("create table t ({}a int);", "a int, ".repeat(LONG))),
        (
            "partitions",
            format!(
                "create table t (a int) partitioned by (ds string); alter table t add {};",
                numbered(LONG, " ", |n| format!("partition (ds='{n}')"))
            ),
        ),
        ("privileges", format!("grant {}select on table t to role r;", "select, ".repeat(LONG))),
        ("grantees", format!("grant select on table t to {}role r;", "role r, ".repeat(LONG))),
        ("roles", format!("grant {}r to ALIYUN$a;", "r, ".repeat(LONG))),
        ("properties", format!("setproject {};", "READ_TABLE_MAX_ROW=1 ".repeat(LONG))),
        ("ends", ";".repeat(BIG)),
        ("statements", "whoami;".repeat(2_000)),
        ("flags", numbered(2_000, "", |n| format!("set k{n}=v;"))),
    ]);
}

#[test]
fn ten_megabytes_in_one_statement() {
    let big = |one: &str| one.repeat(BIG / one.len());
    assert_survived([
        ("a word", big("x")),
        ("signs", big("+")),
        ("blanks", format!("select{}1;", big(" "))),
        ("lines", format!("{}select", big("\n"))),
        ("a comment", format!("-- {}\nwhoami;", big("x"))),
        ("a string", format!("select '{}';", big("x"))),
        ("an open string", format!("select '{}", big("x"))),
        ("escapes", format!("select '{}';", big("\\u0041"))),
        ("a number", format!("select {};", big("1"))),
        ("words", format!("select {};", big("a "))),
        ("create create", big("create ")),
        ("a flag", format!("set a={};", big("b "))),
        ("help", format!("help {};", big("b "))),
        ("why", format!(".why {};", big("whoami "))),
        ("a local command", format!(".{}\n", big("x "))),
        ("a directive", format!("--@ {}\n", big("x"))),
        ("grantees", format!("grant select on table t to {}role r;", big("role r, "))),
        ("columns", format!("create table t ({}b int);", big("a int, "))),
    ]);
}

#[test]
fn names_of_ten_megabytes() {
    let name = "a".repeat(BIG);
    let cases = [
        "create table {} (a int);",
        "create table t ({} int);",
        "create role {};",
        "use {};",
        "desc {};",
        "drop table {};",
        "read {};",
        "desc role {};",
        "show principals {};",
        "show acl for {};",
        "desc project {};",
        "add user ALIYUN${};",
        "add trustedproject {};",
        "add accountprovider {};",
        "grant select on table {} to role r;",
        "grant {} to ALIYUN$owner;",
        "setproject {}=1;",
        "unset {};",
        "set ProjectProtection=true with exception {};",
        "show tables in {};",
        "show grants for role {};",
        "select * from {};",
        "select {}(1);",
        "select `{}`;",
        ".user ALIYUN${}\n",
        ".project create {}\n",
        ".output {}\n",
        ".mode {}\n",
        ".clock {}\n",
        ".source {}\n",
        ".read {}\n",
        "show tables like '{}';",
        "create table t (a int) lifecycle {};",
    ];
    assert_survived(cases.map(|case| (case, case.replace("{}", &name))));
}
