//! Ill-typed queries end with an error that says what does not fit, never with one of this program's own.

use std::fs;
use std::process::Command;

/// Queries in one run, and with `ODPSH_LONG`.
const FEW: usize = 500;
const MANY: usize = 10_000;

const HEAD: &str = "-- Ill-typed queries.
--@ account create ALIYUN$bob@aliyun.com
--@ project create prj_a owner ALIYUN$bob@aliyun.com
--@ user ALIYUN$bob@aliyun.com
use prj_a;
create table t as select 1 as a, 'x' as s, true as b, 1.5 as d, cast('2020-01-01' as date) as dt, array(1, 2) as ar, map('a', 1) as m;
";

const VALUES: &[&str] = &[
    "1",
    "'a'",
    "true",
    "null",
    "1.5",
    "2.5BD",
    "cast('2020-01-01' as date)",
    "getdate()",
    "array(1)",
    "array('a')",
    "map('a', 1)",
    "struct(1, 'a')",
    "cast('1' as tinyint)",
    "current_timestamp()",
    "array(array(1))",
    "cast('x' as binary)",
    "0",
    "-1",
    "named_struct('f', 1)",
    "a",
    "s",
    "b",
    "d",
    "dt",
    "ar",
    "m",
    "(select 1)",
    "(select max(a) from t)",
    "interval 1 day",
    "1Y",
    "2S",
    "3L",
];

const OPERATORS: &[&str] = &[
    "+",
    "-",
    "*",
    "/",
    "%",
    "=",
    "<>",
    "<",
    ">=",
    "and",
    "or",
    "||",
    "like",
    "rlike",
    "div",
    "&",
    "|",
    "^",
    "<=>",
    "is distinct from",
];

const TYPES: &[&str] = &[
    "bigint",
    "int",
    "string",
    "double",
    "boolean",
    "date",
    "datetime",
    "timestamp",
    "decimal(10, 2)",
    "array<bigint>",
    "map<string, bigint>",
    "binary",
    "varchar(3)",
    "tinyint",
    "float",
    "timestamp_ntz",
    "struct<f: bigint>",
];

const WINDOWS: &[&str] = &["sum", "count", "max", "avg", "lag", "ntile", "collect_list", "first_value"];

struct Writer {
    random: fastrand::Rng,
    functions: Vec<String>,
}

impl Writer {
    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of[self.random.usize(..of.len())]
    }

    fn expression(&mut self, depth: usize) -> String {
        let kind = self.random.usize(..100);
        if depth == 0 || kind < 15 {
            return self.one(VALUES).to_owned();
        }
        let mut inner = || self.expression(depth - 1);
        let (x, y, z) = (inner(), inner(), inner());
        match kind {
            15..35 => format!("({x} {} {y})", self.one(OPERATORS)),
            35..42 => format!("({x} {} {y} and {z})", self.one(&["between", "not between"])),
            42..47 => format!("({x} {} ({y}, {z}))", self.one(&["in", "not in"])),
            47..52 => format!("case when {x} then {y} else {z} end"),
            52..55 => format!("case {x} when {y} then {z} end"),
            55..60 => format!("cast({x} as {})", self.one(TYPES)),
            60..62 => format!("{}({x})", self.one(&["-", "not ", "+", "!"])),
            62..64 => format!("({x} is {})", self.one(&["null", "not null", "true", "not false"])),
            64..66 => format!("{x}[{y}]"),
            66..69 => format!("{}({x}) over (partition by {y} order by {z})", self.one(WINDOWS)),
            _ => {
                let arguments = [x, y, z];
                let count = self.random.usize(..=3);
                let name = &self.functions[self.random.usize(..self.functions.len())];
                format!("{name}({})", arguments[..count].join(", "))
            }
        }
    }

    fn query(&mut self) -> String {
        let depth = 1 + self.random.usize(..3);
        let (x, y) = (self.expression(depth), self.expression(1));
        match self.random.usize(..10) {
            0 => format!("select a from t where {x};"),
            1 => format!("select max({x}) as c from t group by {y};"),
            2 => format!("select a from t order by {x} limit 9;"),
            3 => format!("select {x} as c from t union all select {y} as c from t;"),
            _ => format!("select {x} as c from t;"),
        }
    }
}

#[test]
fn no_ill_typed_query_ends_in_an_internal_error() {
    let count = if std::env::var_os("ODPSH_LONG").is_some() { MANY } else { FEW };
    let mut writer = Writer { random: fastrand::Rng::with_seed(20_240_901), functions: odpsh::data::function_names() };
    let queries: String = (0..count).map(|_| writer.query() + "\n").collect();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("mistakes.odps");
    fs::write(&script, format!("{HEAD}{queries}")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_odpsh")).arg("test").arg(&script).output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // Each statement that failed is shown with its error: it was expected to succeed.
    assert!(told.contains(&format!("{} statements", count + 5)), "{}", told);
    let lines: Vec<&str> = told.lines().collect();
    let internal: Vec<String> =
        lines.windows(2).filter(|pair| pair[1].contains("ODPS-0010000")).map(|pair| pair.join("\n")).collect();
    assert!(internal.is_empty(), "{}", internal.join("\n"));
    assert!(told.contains("ODPS-0130071"), "nothing was wrong");
}
