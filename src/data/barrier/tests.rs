//! What the rules of the engine may move through a border, and what not.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;

use datafusion::physical_plan::displayable;

use super::respected;
use crate::data::{Context, Plan, RelationKey, Source, parse, plan, single_feed};
use crate::model::{
    Column, ColumnId, DataFile, DataType, Dialect, ObjectId, Principal, ProjectId, ProjectRef, SchemaName, Table,
    TableKind, Time,
};

fn table(id: i64, kind: TableKind, name: &str, columns: &[(&str, DataType)]) -> Table {
    let column = |(at, (name, data_type)): (usize, &(&str, DataType))| Column {
        id: ColumnId(i64::try_from(at).unwrap() + 1),
        name: (*name).to_owned(),
        data_type: data_type.clone(),
        comment: String::new(),
        nullable: true,
        default: None,
        is_key: false,
        generator: None,
    };
    Table {
        id: ObjectId(id),
        project: ProjectRef { id: ProjectId(1), name: "p".into() },
        schema: SchemaName::default(),
        name: name.to_owned(),
        kind,
        owner: Principal::Account { account: "a".into() },
        comment: String::new(),
        lifecycle: None,
        transactional: false,
        columns: columns.iter().enumerate().map(column).collect(),
        partition_columns: Vec::new(),
        view_text: None,
        external: None,
        created: Time(0),
        defined: Time(0),
        modified: Time(0),
    }
}

fn context() -> Context {
    Context {
        now: Time(0),
        seed: 1,
        script_seed: 1,
        dialect: Arc::default(),
        stand_ins: false,
        answers: Vec::new(),
        code: Vec::new(),
        bodies: Vec::new(),
        cancel: Default::default(),
    }
}

/// The plan of a query over `t(id, small, name, s)` and views over it.
fn planned(query: &str) -> Plan {
    let item = DataType::Struct(vec![("f".into(), DataType::Bigint)]);
    let columns = [("id", DataType::Bigint), ("small", DataType::Int), ("name", DataType::String), ("s", item)];
    let mut sources: BTreeMap<RelationKey, Source> = BTreeMap::new();
    let t = table(1, TableKind::Table, "t", &columns);
    sources.insert((None, "t".into()), Source::Table { table: t, files: vec![file()] });
    let views = [
        ("picks", "select id, small, name, s from t"),
        ("filters", "select id, small, name, s from t where name = 'x'"),
        ("nested", "select id, small, name, s from filters where small > 0"),
        ("counts", "select id, max(small) as small, max(name) as name, s from t group by id, s"),
        ("calculates", "select id + 1 as id, small, name, s from t where name = 'x'"),
        ("cuts", "select id, small, name, s from t limit 10"),
    ];
    for (number, (name, body)) in (2..).zip(views) {
        let body = plan(&parse(body, 0, &Dialect::default()).unwrap(), &sources, &context()).unwrap();
        let view = table(number, TableKind::View, name, &columns);
        sources.insert((None, name.into()), Source::View { table: view, body: Arc::new(body) });
    }
    plan(&parse(query, 0, &Dialect::default()).unwrap(), &sources, &context()).unwrap()
}

/// It is never read.
fn file() -> DataFile {
    DataFile {
        name: "f".into(),
        rows: 1_000_000,
        bytes: 1 << 20,
        partition: Default::default(),
        checksum: 0,
        key: None,
    }
}

/// The optimised plan of a query.
fn optimised(query: &str) -> String {
    let state = respected(SessionStateBuilder::new()).build();
    state.optimize(planned(query).logical()).unwrap().display_indent().to_string()
}

/// By which condition parts of files are skipped.
fn predicate(query: &str) -> String {
    let state = respected(SessionStateBuilder::new()).with_physical_optimizer_rules(single_feed::rules()).build();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let physical = runtime.block_on(state.create_physical_plan(planned(query).logical())).unwrap();
    let shown = displayable(physical.as_ref()).indent(false).to_string();
    let predicate = shown.split_once(", predicate=").map_or("", |(_, after)| after);
    predicate.lines().next().unwrap_or_default().split(", pruning_predicate=").next().unwrap_or_default().to_owned()
}

/// What is above the first border, and what is below.
fn sides(query: &str) -> (String, String) {
    let plan = optimised(query);
    let (above, below) = plan.split_once("Barrier").unwrap_or_else(|| panic!("{query}: no border\n{plan}"));
    (above.to_owned(), below.to_owned())
}

#[test]
fn comparisons_with_constants_reach_the_table() {
    for condition in [
        "id = 5",
        "5 = id",
        "id < 5",
        "id <= 5",
        "id > 5",
        "id >= 5",
        "id between 5 and 7",
        "id is null",
        "id is not null",
        "small = 5",
        "name >= 'abc'",
        "id in (5, 7)",
        "id = 5 or id = 7 and name >= 'abc'",
    ] {
        for view in ["filters", "nested"] {
            let query = format!("select id from {view} where {condition}");
            let (above, below) = sides(&query);
            assert!(!above.contains("Filter"), "{query}:\n{above}");
            let column = condition.split(|letter: char| !letter.is_alphabetic()).find(|word| !word.is_empty()).unwrap();
            let scan = below.lines().last().unwrap();
            assert!(scan.contains("filters=[") && scan.contains(column), "{query}:\n{below}");
        }
    }
}

#[test]
fn parts_of_files_are_skipped_by_lists_through_borders_as_well() {
    let list = "c1@0 = 5 OR c1@0 = 7";
    assert_eq!(predicate("select id from t where id in (5, 7)"), list);
    let beside = predicate("select id from t where id in (5, 7) and id not in (8, small)");
    assert!(beside.contains("c1@0 IN (SET) ([5, 7]) AND c1@0 NOT IN"), "{beside}");
    let long = predicate("select id from t where id in (5, 7, 9, 11, 13)");
    assert!(long.contains("IN") && long.contains("13"), "{long}");
    for view in ["filters", "nested"] {
        let shown = predicate(&format!("select id from {view} where id in (5, 7)"));
        assert!(shown.contains(list) && shown.contains("= x") && !shown.contains('?'), "{shown}");
        let shown = predicate(&format!("select id from {view} where id in (5, 7, 9, 11, 13)"));
        assert!(shown.contains("IN") && shown.contains("13") && !shown.contains('?'), "{shown}");
    }
}

#[test]
fn conditions_of_a_caller_and_of_a_body_are_not_put_together() {
    for condition in ["name = 'y'", "name = 'x'", "name in ('x', 'y')", "name >= 'a' and name is not null"] {
        for view in ["filters", "nested"] {
            let query = format!("select id from {view} where {condition}");
            let (_, below) = sides(&query);
            assert!(below.contains("t.name = Utf8(\"x\")") || below.contains(".name = Utf8(\"x\")"), "{below}");
            assert!(below.contains("?opaque("), "{below}");
        }
    }
}

#[test]
fn everything_else_stays_outside() {
    for condition in [
        "id + 1 = 5",
        "id = small",
        "id <> 5",
        "name like 'a%'",
        "length(name) = 5",
        "small = 5.5",
        "rand() > 0.5",
        "9223372036854775807 + 1 > 0",
        "not (id = 5 or length(name) = 2)",
        "s.f = 5",
        "case when id = 5 then true else length(name) = 2 end",
    ] {
        let query = format!("select id from filters where {condition}");
        let (above, below) = sides(&query);
        assert!(above.contains("Filter"), "{query}:\n{above}");
        let filters: Vec<&str> = below.lines().filter(|line| line.contains("Filter")).collect();
        assert!(filters.len() == 1 && filters.iter().all(|line| !line.contains("AND")), "{query}:\n{below}");
    }
    let (above, below) = sides("select id from filters where id = 5 and length(name) = 3");
    assert!(above.contains("character_length") || above.contains("length"), "{above}");
    assert!(below.contains("Int64(5)") && !below.contains("length"), "{below}");
}

#[test]
fn a_comparison_with_what_a_body_calculates_stays_outside() {
    let (above, below) = sides("select name from calculates where id = 5");
    assert!(above.contains("Filter") && !below.contains("Int64(5)"), "{above}{below}");
    let (above, _) = sides("select name from calculates where small = 5");
    assert!(!above.contains("Filter"), "{above}");
}

#[test]
fn conditions_stop_where_rows_are_counted_or_cut() {
    for (query, kept) in
        [("select id from counts where small = 5", "Aggregate"), ("select id from cuts where id = 5", "Limit")]
    {
        let (above, below) = sides(query);
        assert!(!above.contains("Filter"), "{query}:\n{above}");
        let at = |text: &str| below.find(text).unwrap_or_else(|| panic!("{query}: no {text}\n{below}"));
        assert!(at("Filter") < at(kept), "{query}:\n{below}");
    }
    let (_, below) = sides("select id from counts where id = 5");
    assert!(below.find("Aggregate").unwrap() < below.find("Int64(5)").unwrap(), "{below}");
}

#[test]
fn columns_that_nobody_uses_are_not_read_behind_a_border() {
    for view in ["filters", "nested", "cuts"] {
        let plan = optimised(&format!("select id from {view}"));
        let scan = plan.lines().last().unwrap();
        let wanted = match view {
            "cuts" => "projection=[id]",
            "nested" => "projection=[id, small, name]",
            _ => "projection=[id, name]",
        };
        assert!(scan.contains(wanted), "{view}:\n{plan}");
    }
}

#[test]
fn limits_and_struct_fields_stay_outside() {
    let (above, below) = sides("select s.f from filters limit 3");
    assert!(above.contains("Limit") && above.contains("get_field"), "{above}");
    assert!(!below.contains("Limit") && !below.contains("fetch=") && !below.contains("get_field"), "{below}");
}

#[test]
fn a_body_that_only_picks_columns_has_no_border() {
    let plan = optimised("select id from picks where length(name) = 3");
    assert!(!plan.contains("Barrier") && plan.contains("TableScan"), "{plan}");
}

#[test]
fn a_view_of_a_view_has_a_border_of_its_own() {
    assert_eq!(optimised("select id from nested").matches("Barrier").count(), 2);
}
