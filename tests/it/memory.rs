//! A query that needs more memory than it may use, and cannot spill, ends with an error that says what to do.

use std::process::{Command, Output};

fn in_little_memory(limit: &str, script: &str) -> Output {
    let mut odpsh = Command::new(env!("CARGO_BIN_EXE_odpsh"));
    odpsh.args(["--state", ":memory:", "--memory-limit", limit, "-e", script]).output().unwrap()
}

#[test]
fn a_list_that_does_not_fit_into_the_memory_limit_is_an_error_with_its_remedy() {
    let doubled: String = (0..12).map(|power| format!("insert into t select id + {} from t;", 1 << power)).collect();
    let script = format!(
        "create table t as select 0 as id; {doubled} select size(collect_list(a.id * b.id)) as n from t a join t b on a.id <> b.id;"
    );
    let output = in_little_memory("64MB", &script);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("FAILED: ODPS-0123065") && error.contains("--memory-limit"), "{error}");
}

#[test]
fn values_of_functions_count_as_memory() {
    let made = [
        "length(replace(repeat('a', 1000000), 'a', repeat('b', 1000)))",
        "length(regexp_replace(repeat('a', 1000000), 'a', repeat('b', 1000)))",
        "length(concat_ws(repeat('b', 8000000), split(repeat('a,', 100), ',')))",
        "length(array_join(split(repeat('a,', 10000), ','), repeat('b', 100000)))",
        "length(format_string('%1000000000s', 'a'))",
    ];
    for value in made {
        let output = in_little_memory("256MB", &format!("select {value} as n;"));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains("FAILED: ODPS-0123065"), "{value}: {error}");
    }
}

#[test]
fn arrays_count_as_the_memory_of_their_elements() {
    let made = [
        "size(array_repeat(repeat('a', 8000000), 1000))",
        "size(flatten(array_repeat(array_repeat(repeat('a', 10000), 1000), 100)))",
        "size(concat(array_repeat(repeat('a', 100000), 1000), array_repeat(repeat('a', 100000), 1000)))",
        "size(arrays_zip(array_repeat(repeat('a', 50000), 1000), array_repeat(repeat('b', 50000), 1000)))",
        "size(map_from_arrays(sequence(1, 1000), array_repeat(repeat('b', 100000), 1000)))",
        "size(ngrams(array_repeat(repeat('a', 10000), 500), 300))",
        "length(to_json(array_repeat(array_repeat(repeat('a', 10000), 100), 100)))",
        "size(transform(sequence(1, 10000), x -> repeat('a', 100000)))",
        "size(transform(sequence(1, 100000), x -> repeat('a', 100000)))",
    ];
    for value in made {
        let output = in_little_memory("256MB", &format!("select {value} as n;"));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains("FAILED: ODPS-0123065"), "{value}: {error}");
    }
}

#[test]
fn long_constants_go_through_a_query_in_small_batches() {
    let rows = "(select explode(sequence(1, 3000)) as a) t";
    let queries = [
        format!("select count(r) as n from (select repeat('x', 1000000) as r from {rows}) u;"),
        format!("select max(length(r)) - 997000 as n from (select repeat('x', 1000000) as r from {rows}) u;"),
        format!("select count(concat(repeat('x', 1000000), cast(a as string))) as n from {rows};"),
    ];
    for query in queries {
        let output = in_little_memory("256MB", &query);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(String::from_utf8_lossy(&output.stdout).contains("3000"), "{query}: {error}");
    }
}

#[test]
fn a_sort_larger_than_its_memory_spills_and_leaves_room_for_the_table_that_is_written() {
    let doubled: String = (0..17).map(|power| format!("insert into t select id + {} from t;", 1 << power)).collect();
    let script = format!(
        "set odps.sql.validate.orderby.limit=false; create table t as select 0 as id; {doubled} \
         create table o as select concat('a text that takes some memory: ', \
         cast(id * 7919 % 131101 as string), repeat('x', 80)) as s, id from t order by s desc, id; \
         select count(*) as n from o where s is not null;"
    );
    let output = in_little_memory("96MB", &script);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("131072"), "{error}");
}
