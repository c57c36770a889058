//! Every flag of the table does what the table says: it changes something, warns, or is refused.

use std::fmt::Write;

use odpsh::model::{Effect, FLAGS, Flag, Setting, Values};

use crate::it::process::{World, run};

/// The head of the page.
const HEAD: &str = "# Flags

`set <flag>=<value>;` sets a flag for the session until `use <project>`; `unset <flag>;` unsets it, `show flags;` lists the flags that are
set. Names are case-insensitive. Values are checked. Flags that change SQL can also be set for a project, with
`setproject <flag>=<value>;`: they then apply to every session in the project that does not set them itself, and to the bodies of the
project's views. A flag that is not listed is stored and has no effect; a warning says so. Project properties that are not flags
(`odps.security.…`, `READ_TABLE_MAX_ROW`) are refused by `set`.

This page is generated from the table in `src/model/flag.rs`; a test checks that it is current.
";

fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut part = |title: &str, heads: &str, is_in: &dyn Fn(&Flag) -> bool, row: &dyn Fn(&Flag) -> String| {
        write!(page, "\n## {title}\n\n{heads}\n").expect("memory");
        for flag in FLAGS.iter().filter(|flag| is_in(flag)) {
            writeln!(page, "{}", row(flag)).expect("memory");
        }
    };
    let works = |flag: &Flag| !matches!(flag.effect, Effect::Nothing);
    part("Flags that work", "| flag | values | default | effect |\n| --- | --- | --- | --- |", &works, &|flag| {
        let default = match flag.effect {
            Effect::Dialect(setting) if setting.default().is_empty() => {
                "NULL for values that cannot be converted".to_owned()
            }
            Effect::Dialect(setting) => format!("`{}`", setting.default()),
            Effect::TenantResource(_) => "none".to_owned(),
            Effect::Functions => "`1800`".to_owned(),
            Effect::Naming => if flag.values == Values::Flag { "`false`" } else { "`default`" }.to_owned(),
            _ => "`.mode`".to_owned(),
        };
        format!("| `{}` | {} | {default} | {} |", flag.key, values(flag.values), flag.about)
    });
    let nothing = |flag: &Flag| flag.effect == Effect::Nothing;
    let reason = |flag: &Flag| format!("| `{}` | {} | {} |", flag.key, values(flag.values), flag.about);
    part(
        "Flags that have no effect",
        "A warning says so.\n\n| flag | values | why |\n| --- | --- | --- |",
        &nothing,
        &reason,
    );
    page
}

fn values(values: Values) -> String {
    match values {
        Values::Any => "any".to_owned(),
        Values::Flag => "`true`, `false`".to_owned(),
        Values::Off => "`false`".to_owned(),
        Values::Zone => "a time zone".to_owned(),
        Values::Number => "a whole number".to_owned(),
        Values::Seconds => "1 to 3600".to_owned(),
        Values::Schema => "a schema".to_owned(),
        Values::Resource => "a tenant resource".to_owned(),
        Values::Words(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
    }
}

#[test]
fn the_page_of_flags_is_what_the_table_says() {
    let expected = page();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/flags.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == expected, "docs/flags.md must be:\n\n{expected}");
}

/// A value of the flag that is not the usual one, and a query that then gives something else, or fails.
fn example(setting: Setting) -> (&'static str, &'static str) {
    match setting {
        Setting::Timezone => ("Asia/Tokyo", "select from_unixtime(0)"),
        Setting::Types2 => ("false", "select cast('1' as int)"),
        Setting::Decimal2 => ("false", "select cast(n as decimal(3, 1)) from t"),
        Setting::Hive => ("true", "select months_between('1997-02-28 10:30:00', '1996-10-30')"),
        Setting::StrictMode => ("true", "select cast('x' as bigint)"),
        Setting::StrictFunctions => ("false", "select cast('1x' as bigint)"),
        Setting::FullScan => ("false", "select n from t"),
        Setting::OrderByLimit => ("false", "select n from t order by n"),
        Setting::GroupByPosition => ("true", "select n from t group by 1"),
        Setting::OrderByPosition => ("false", "select n from t order by 1 limit 9"),
        Setting::TrimZero => ("false", "select cast(m as string) from t"),
        Setting::DateOfFullText => ("true", "select cast('2024-01-01 10:00:00' as date)"),
        Setting::TimestampNtz => ("true", "create table c as select current_timestamp() as n; desc c"),
        Setting::Iterations => {
            ("1", "with recursive r as (select 1 as a union all select a + 1 from r where a < 4) select max(a) from r")
        }
    }
}

#[test]
fn each_flag_that_works_changes_what_a_query_gives() {
    let setup = "create table t (n bigint, m decimal(5, 2)) partitioned by (p string);
        insert into t partition (p = '1') values (1, 1.5BD);";
    for setting in Setting::ALL {
        let (value, query) = example(setting);
        let given = |flag: &str| {
            let world = World::empty();
            let ended = run(
                world
                    .command()
                    .arg("-M")
                    .arg("-e")
                    .arg(format!("{setup}\n.clock 2024-01-01T00:00:00Z\n{flag} {query};")),
                b"",
            );
            (ended.code, ended.output())
        };
        let usual = given("");
        let key = setting.key();
        assert_ne!(usual, given(&format!("set {key}={value};")), "set {key}={value}");
        assert_ne!(usual, given(&format!("setproject {key}={value};")), "setproject {key}={value}");
        // What the session says counts more than what the project says.
        if !setting.default().is_empty() {
            let both = given(&format!("setproject {key}={value}; set {key}={};", setting.default()));
            assert_eq!(usual, both, "{key}");
        }
    }
}

#[test]
fn each_flag_without_effect_warns_and_each_refused_one_fails() {
    let world = World::fresh();
    for flag in FLAGS {
        let key = flag.key.replace('*', "x");
        let value = match flag.values {
            Values::Any => "1",
            Values::Flag => "true",
            Values::Off => "false",
            Values::Zone => "UTC",
            Values::Number | Values::Seconds => "3",
            Values::Schema => "default",
            Values::Resource => "q",
            Values::Words(words) => words[0],
        };
        let ended = world.pipe(format!("set {key}={value};"));
        let warns = format!("{}{}", ended.output(), ended.error()).contains("has no effect here");
        assert_eq!(ended.code, Some(0), "{key}: {}", ended.error());
        assert_eq!(warns, flag.effect == Effect::Nothing, "{key}");
    }
}
