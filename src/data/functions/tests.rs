//! Each function on a few values: of a constant, and of a column.

use std::sync::Arc;

use datafusion::execution::context::SessionContext;
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};
use datafusion::logical_expr::ScalarUDF;

use super::allowance::Allowance;
use super::registry;
use crate::data::cells::{self, Style};
use crate::model::Time;

fn context() -> SessionContext {
    within(None)
}

/// The functions with an allowance.
fn within(allowance: Option<Allowance>) -> SessionContext {
    let mut config = datafusion::prelude::SessionConfig::new()
        .set_str("datafusion.sql_parser.map_string_types_to_utf8view", "false")
        .set_str("datafusion.execution.time_zone", "UTC")
        .with_target_partitions(1);
    if let Some(allowance) = allowance {
        config.options_mut().extensions.insert(allowance);
    }
    let context = SessionContext::new_with_config(config);
    let functions = registry();
    for name in functions.names() {
        let own: &'static str = format!("mc_{name}").leak();
        let name: &'static str = name.leak();
        // A name of the engine with another function behind it needs that name.
        let under = |function: Arc<ScalarUDF>| function.as_ref().clone().with_aliases([name, own]);
        if let Some(function) = functions
            .scalar(name, &Arc::default())
            .or_else(|| functions.contextual(name, Time(1_700_000_000_123), 7, &Arc::default()))
        {
            context.register_udf(under(function));
        }
        if let Some(function) = functions.aggregate(name) {
            context.register_udaf(function.as_ref().clone().with_aliases([name, own]));
        }
    }
    context
}

fn shown(context: &SessionContext, sql: &str) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let batches =
        runtime.block_on(async { context.sql(sql).await?.collect().await }).map_err(|error| error.to_string())?;
    let mut lines = Vec::new();
    for batch in batches {
        let columns: Vec<_> =
            batch.columns().iter().map(|column| cells::texts(column, Style::default()).unwrap()).collect();
        for row in 0..batch.num_rows() {
            let texts = columns.iter().map(|column| column[row].clone().unwrap_or_else(|| "NULL".into()));
            lines.push(texts.collect::<Vec<_>>().join("|"));
        }
    }
    Ok(lines.join(" "))
}

fn check(cases: &[(&str, &str)]) {
    let context = context();
    let wrong = cases.iter().filter_map(|(expression, expected)| {
        let given = shown(&context, &format!("select {expression}"));
        (given.as_deref() != Ok(*expected)).then(|| format!("{expression}: {given:?} is not {expected:?}"))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn text_is_joined_cut_and_found() {
    check(&[
        ("concat('a', 1, 'b')", "a1b"),
        ("concat('a', null)", "NULL"),
        ("concat('a', 1.0)", "a1.0"),
        ("concat_ws(',', 'a', null, 'b')", "NULL"),
        ("mc_substr('abcde', 2, 3)", "bcd"),
        ("mc_substr('abcde', -2)", "de"),
        ("mc_substr('abcde', 0, 2)", "ab"),
        ("mc_substr('äbc', 2)", "bc"),
        ("mc_instr('Tech on the net', 'e')", "2"),
        ("mc_instr('Tech on the net', 'e', 1, 2)", "11"),
        ("mc_instr('abc', 'x')", "0"),
        ("locate('b', 'abcb', 3)", "4"),
        ("length('äb')", "2"),
        ("lengthb('äb')", "3"),
        ("to_char(123)", "123"),
        ("to_char(1.5)", "1.5"),
        ("toupper('ab')", "AB"),
        ("trim('  a ')", "a"),
        ("ltrim('xxa', 'x')", "a"),
        ("reverse('abc')", "cba"),
        ("repeat('ab', 2)", "abab"),
        ("replace('abab', 'a', 'x')", "xbxb"),
        ("split_part('a,b,c', ',', 2)", "b"),
        ("split_part('a,b,c', ',', 2, 3)", "b,c"),
        ("split_part('a,b,c', ',', -1)", "c"),
        ("keyvalue('a:1;b:2', 'b')", "2"),
        ("keyvalue('a=1,b=2', ',', '=', 'a')", "1"),
        ("char_matchcount('aabc', 'ab')", "3"),
        ("substring_index('a.b.c', '.', 2)", "a.b"),
        ("substring_index('a.b.c', '.', -1)", "c"),
        ("lpad('a', 3, 'x')", "xxa"),
        ("initcap('ab cd')", "Ab Cd"),
        ("md5('abc')", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("base64('abc')", "YWJj"),
        ("url_encode('a b')", "a+b"),
    ]);
}

#[test]
fn regular_expressions_extract_replace_and_split() {
    check(&[
        ("regexp_extract('foothebar', 'foo(.*?)(bar)', 1)", "the"),
        ("regexp_extract('foothebar', 'foo(.*?)(bar)', 2)", "bar"),
        ("regexp_extract('foothebar', 'foo(.*?)(bar)', 0)", "foothebar"),
        ("regexp_extract('x', 'y')", "NULL"),
        ("regexp_extract_all('a1b2', '[a-z]([0-9])')", "[\"1\",\"2\"]"),
        ("regexp_replace('123.456', '[0-9]+', 'x')", "x.x"),
        ("regexp_replace('123.456', '([0-9])([0-9])', '\\2\\1', 2)", "123.546"),
        ("regexp_replace('a', 'a', '$1')", "$1"),
        ("regexp_count('abab', 'ab')", "2"),
        ("regexp_instr('i love a', 'a', 1, 1)", "8"),
        ("regexp_substr('a1b22', '[0-9]+', 3)", "22"),
        ("rlike('abc', '^a')", "true"),
        ("split('a,b,,c,,', ',')", "[\"a\",\"b\",\"\",\"c\"]"),
        ("split('a,b,,c', ',', false)", "[\"a\",\"b\",\"\",\"c\"]"),
    ]);
    let context = context();
    assert!(shown(&context, "select rlike('a', '(')").is_err());
}

#[test]
fn values_come_out_of_json() {
    let json = r#"'{"a":{"b":[{"c":1.50},{"c":"x"}]},"d":null,"e f":true}'"#;
    check(&[
        (&format!("get_json_object({json}, '$.a.b[0].c')"), "1.50"),
        (&format!("get_json_object({json}, '$.a.b[*].c')"), "[1.50,\"x\"]"),
        (&format!("get_json_object({json}, '$.a.b[1]')"), "{\"c\":\"x\"}"),
        (&format!("get_json_object({json}, '$[''e f'']')"), "true"),
        (&format!("get_json_object({json}, '$.d')"), "NULL"),
        (&format!("get_json_object({json}, 'a')"), "NULL"),
        ("get_json_object('{', '$.a')", "NULL"),
    ]);
}

#[test]
fn dates_are_moved_compared_and_written() {
    check(&[
        ("dateadd(to_date('2005-03-31'), -1, 'mm')", "2005-02-28"),
        ("dateadd(cast('2005-02-28 00:00:00' as timestamp), 1, 'dd')", "2005-03-01 00:00:00"),
        ("datediff(cast('2005-12-31 23:59:59' as timestamp), cast('2006-01-01 00:00:00' as timestamp), 'dd')", "-1"),
        ("datediff(cast('2005-12-31 23:59:59' as timestamp), cast('2006-01-01 00:00:00' as timestamp), 'yyyy')", "-1"),
        ("datediff(cast('2006-01-01' as date), cast('2005-12-31' as date))", "1"),
        ("datetrunc(cast('2011-12-07 16:28:46' as timestamp), 'month')", "2011-12-01 00:00:00"),
        ("datetrunc(to_date('2011-12-07'), 'yyyy')", "2011-01-01"),
        ("datepart(cast('2013-06-08 01:10:00' as timestamp), 'mi')", "10"),
        ("to_date('20080718', 'yyyymmdd')", "2008-07-18 00:00:00"),
        ("to_date('x')", "NULL"),
        ("to_char(to_date('20080718', 'yyyymmdd'), 'yyyy/mm/dd hh:mi:ss')", "2008/07/18 00:00:00"),
        ("isdate('2021-02-30', 'yyyy-mm-dd')", "false"),
        ("date_format('2021-02-03 04:05:06', 'yyyy-MM-dd HH:mi')", "2021-02-03 04:05"),
        ("from_unixtime(123456789)", "1973-11-29 21:33:09"),
        ("unix_timestamp('1970-01-01 00:01:00')", "60"),
        ("last_day('2021-02-03')", "2021-02-28"),
        ("next_day('2017-08-01', 'TU')", "2017-08-08"),
        ("add_months('2017-02-14', 3)", "2017-05-14"),
        ("date_add('2021-02-28', 1)", "2021-03-01"),
        ("date_sub('2021-03-01', 1)", "2021-02-28"),
        ("months_between('1997-02-28 10:30:00', '1996-10-30')", "3.9495967741935485"),
        ("weekday(cast('2024-01-01' as date))", "0"),
        ("dayofweek('2024-01-01')", "2"),
        ("weekofyear('2024-01-01')", "1"),
        ("quarter('2024-05-01')", "2"),
        ("year('2024-05-01')", "2024"),
    ]);
}

#[test]
fn conditions_numbers_and_structures_mean_what_the_service_means() {
    check(&[
        ("decode(1, 1, 'a', 2, 'b', 'c')", "a"),
        ("decode(3, 1, 'a', 2, 'b', 'c')", "c"),
        ("decode(null, null, 'a')", "a"),
        ("decode(5, 1, 'a')", "NULL"),
        ("if(1 > 2, 'a', 'b')", "b"),
        ("nvl(null, 'a')", "a"),
        ("greatest(1, 3, 2)", "3"),
        ("conv('1100', 2, 10)", "12"),
        ("sign(-2)", "-1.0"),
        ("ceil(1.2)", "2"),
        ("floor(-1.2)", "-2"),
        ("round(125.315, 2)", "125.32"),
        ("abs(-1)", "1"),
        ("factorial(5)", "120"),
        ("factorial(21)", "NULL"),
        ("sqrt(-1)", "NULL"),
        ("sqrt(4)", "2.0"),
        ("ln(0)", "NULL"),
        ("log(2, 8)", "3.0"),
        ("pow(2, 3)", "8.0"),
        ("size(array(1, 2))", "2"),
        ("size(array(array(1, 2), array(3)))", "2"),
        ("size(map('a', 1, 'b', 2))", "2"),
        ("map('a', 1, 'b', null)", "{\"a\":1,\"b\":null}"),
        ("map_keys(map('a', 1))", "[\"a\"]"),
        ("array_contains(array(1, 2), 2)", "true"),
        ("sort_array(array(2, 1))", "[1,2]"),
        ("named_struct('a', 1, 'b', 'x')", "{\"a\":1,\"b\":\"x\"}"),
    ]);
}

#[test]
fn aggregates_in_other_words_give_the_same() {
    let context = context();
    let values = "from (values (1, 'a', 'g'), (2, 'b', 'g'), (3, 'c', 'h'), (null, 'd', 'h')) as t(n, s, g)";
    for (expression, expected) in [
        ("wm_concat('-', s)", "a-b-c-d"),
        ("count_if(n > 1)", "2"),
        ("max_by(s, n)", "c"),
        ("min_by(s, n)", "a"),
        ("median(n)", "2.0"),
        ("percentile(n, 0.5)", "2.0"),
        ("collect_list(n)", "[1,2,3]"),
        ("count(distinct g)", "2"),
    ] {
        assert_eq!(shown(&context, &format!("select {expression} {values}")).as_deref(), Ok(expected), "{expression}");
    }
}

#[test]
fn functions_of_columns_do_the_same_as_of_constants() {
    let context = context();
    let sql = "select instr(s, 'b'), regexp_replace(s, '(a)', '<\\1>'), to_char(d, 'yyyymmdd'), decode(s, 'ab', 1, 0) \
               from (values ('ab', date '2024-01-02'), (null, null)) as t(s, d)";
    assert_eq!(shown(&context, sql).as_deref(), Ok("2|<a>b|20240102|1 NULL|NULL|NULL|0"));
}

#[test]
fn time_and_chance_come_from_the_world() {
    let context = context();
    let sql = "select getdate(), current_timestamp(), unix_timestamp()";
    assert_eq!(shown(&context, sql).as_deref(), Ok("2023-11-14 22:13:20|2023-11-14 22:13:20.123|1700000000"));
    let random = "select rand(), uuid() from (values (1), (2))";
    let (one, two) = (shown(&context, random).unwrap(), shown(&self::context(), random).unwrap());
    assert_eq!(one, two);
    let (first, second) = one.split_once(' ').unwrap();
    assert_ne!(first, second);
    assert!(registry().scalar("now", &Arc::default()).is_none());
}

#[test]
fn no_function_reads_files_or_the_machine() {
    for name in ["read_parquet", "version", "input_file_name", "arrow_typeof", "random", "current_time"] {
        assert!(!registry().names().iter().any(|known| known == name), "{name}");
    }
    assert_eq!(registry().aggregate("stddev").unwrap().name(), "stddev_pop");
    assert!(registry().names().len() > 150, "{}", registry().names().len());
}

/// Calls that make much of little.
const LONG: [&str; 18] = [
    "repeat('a', 3000000)",
    "space(3000000)",
    "lpad('a', 3000000, 'b')",
    "rpad('a', 3000000, 'b')",
    "replace(repeat('a', 10000), 'a', repeat('b', 1000))",
    "regexp_replace(repeat('a', 10000), 'a', repeat('b', 1000))",
    "concat(repeat('a', 900000), repeat('b', 900000), repeat('c', 900000))",
    "concat_ws(repeat('a', 900000), '1', '2', '3', '4')",
    "format_string('%3000000s', 'a')",
    "array_join(split(repeat('a,', 10000), ','), repeat('b', 1000))",
    "split(repeat('a,', 300000), ',')",
    "regexp_extract_all(repeat('a', 300000), 'a')",
    "mc_array(repeat('a', 900000), repeat('b', 900000), repeat('c', 900000))",
    "hex(repeat('a', 900000))",
    "url_encode(repeat('ä', 400000))",
    "translate(repeat('a', 900000), 'a', '€')",
    "initcap(repeat('a ', 400000))",
    "array_join(map_keys(str_to_map(repeat('a:1,', 200000))), '')",
];

#[test]
fn what_a_function_makes_counts_as_memory() {
    let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(2 << 20));
    let context = within(Some(Allowance::new(Arc::clone(&pool), Vec::new())));
    for call in LONG {
        let given =
            shown(&context, &format!("select length(cast({call} as string)) from (values (1), (2)) t(a) where a = 1"));
        assert!(given.as_ref().is_err_and(|error| error.contains("memory")), "{call}: {given:?}");
        assert_eq!(pool.reserved(), 0, "{call}");
    }
}

#[test]
fn functions_end_when_the_query_is_stopped() {
    let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(1 << 30));
    let context = within(Some(Allowance::new(pool, vec![Arc::new(true.into())])));
    for call in [
        "levenshtein(b, b)",
        "upper(b)",
        "regexp_count(b, 'a')",
        "translate(b, 'a', 'b')",
        "md5(b)",
        "array_max(mc_array(b, b))",
    ] {
        let given = shown(&context, &format!("select {call} from (values ('a')) t(b)"));
        assert!(given.as_ref().is_err_and(|error| error.contains("stopped")), "{call}: {given:?}");
    }
}

#[test]
fn the_table_of_functions_lists_every_function_and_no_other() {
    use std::collections::BTreeSet;

    use crate::data::is_function;
    use crate::model::builtin_functions;

    let listed: BTreeSet<&str> =
        builtin_functions().iter().filter(|function| function.is_built()).map(|function| function.name).collect();
    let names = registry().names();
    // What the planner calls by a name that nobody can type.
    let missing: Vec<_> =
        names.iter().filter(|name| !name.starts_with('?') && !listed.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "functions.tsv lacks {missing:?}");
    // That one is written like a column.
    for function in builtin_functions().iter().filter(|function| function.name != "grouping__id") {
        assert_eq!(is_function(function.name), function.is_built(), "{}", function.name);
    }
}
