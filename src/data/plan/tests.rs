//! What plans touch, what they give, and what they say when they cannot be made.

mod limits;

use datafusion::arrow::util::display::array_value_to_string;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::SessionContext;

use super::*;
use crate::data::{barrier, parse::usual as parse};
use crate::model::{ColumnId, DataType, ObjectId, Principal, ProjectId, ProjectRef, SchemaName, Table, TableKind};

fn columns_of(list: &[(&str, DataType)]) -> Vec<Column> {
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
    list.iter().enumerate().map(column).collect()
}

fn table(name: &str, columns: &[(&str, DataType)], partitions: &[(&str, DataType)]) -> Table {
    Table {
        id: ObjectId(1),
        project: ProjectRef { id: ProjectId(1), name: "p".into() },
        schema: SchemaName::default(),
        name: name.to_owned(),
        kind: TableKind::Table,
        owner: Principal::Account { account: "a".into() },
        comment: String::new(),
        lifecycle: None,
        transactional: false,
        columns: columns_of(columns),
        partition_columns: columns_of(partitions),
        view_text: None,
        external: None,
        created: Time(0),
        defined: Time(0),
        modified: Time(0),
    }
}

/// `t(a, b, c, s, l, m, ds)`, `u(a, d, e)`, `q.t(a, z)`, view `v(x, y)` over `t`.
fn sources() -> BTreeMap<RelationKey, Source> {
    let text = || DataType::String;
    let item = DataType::Struct(vec![("f".into(), DataType::Bigint), ("g".into(), text())]);
    let t = table(
        "t",
        &[
            ("a", DataType::Bigint),
            ("b", text()),
            ("c", DataType::Double),
            ("s", item),
            ("l", DataType::Array(Box::new(DataType::Bigint))),
            ("m", DataType::Map(Box::new(text()), Box::new(DataType::Bigint))),
        ],
        &[("ds", text())],
    );
    let u = table("u", &[("a", DataType::Bigint), ("d", text()), ("e", DataType::Decimal(10, 2))], &[]);
    let other = table("t", &[("a", DataType::Bigint), ("z", text())], &[]);
    let mut sources = BTreeMap::new();
    let plain = |table: &Table| Source::Table { table: table.clone(), files: Vec::new() };
    sources.insert((None, "t".to_owned()), plain(&t));
    sources.insert((None, "u".to_owned()), plain(&u));
    sources.insert((Some("q".to_owned()), "t".to_owned()), plain(&other));
    let body = plan(&parse("select a, b from t where c > 1", 0).unwrap(), &sources, &context()).unwrap();
    let view = table("v", &[("x", DataType::Int), ("y", DataType::String)], &[]);
    sources.insert((None, "v".to_owned()), Source::View { table: view, body: Arc::new(body) });
    sources
}

fn context() -> Context {
    Context {
        now: Time(0),
        seed: 1,
        script_seed: 1,
        dialect: <_>::default(),
        stand_ins: false,
        answers: Vec::new(),
        code: vec![],
        bodies: Vec::new(),
        cancel: <_>::default(),
    }
}
fn planned(text: &str) -> Plan {
    let query = parse(text, 0).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    plan(&query, &sources(), &context()).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn failure(text: &str) -> Box<Error> {
    plan(&parse(text, 0).unwrap_or_else(|error| panic!("{text}: {error:?}")), &sources(), &context()).unwrap_err().error
}

/// `t: a b; u:` for a query that reads `a` and `b` of `t` and counts `u`.
fn touches(text: &str) -> String {
    let shown = |access: &RelationAccess| {
        let (project, name) = &access.relation;
        let name = project.as_ref().map_or_else(|| name.clone(), |project| format!("{project}.{name}"));
        let columns: Vec<&str> = access.columns.iter().map(String::as_str).collect();
        format!("{name}: {}", columns.join(" ")).trim().to_owned()
    };
    planned(text).accesses().iter().map(shown).collect::<Vec<_>>().join("; ")
}

fn names(text: &str) -> Vec<String> {
    planned(text).columns().iter().map(|column| format!("{} {}", column.name, column.data_type)).collect()
}

/// The first column of the result, as text.
fn results(text: &str) -> Vec<String> {
    let plan = planned(text);
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_stack_size(64 << 20).build().unwrap();
    let batches = runtime
        .block_on(async {
            let state = barrier::respected(SessionStateBuilder::new_with_default_features()).build();
            let frame = SessionContext::new_with_state(state).execute_logical_plan(plan.logical().clone()).await?;
            frame.collect().await
        })
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut out = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let array = batch.column(0);
            let null = array.is_null(row);
            out.push(if null { "NULL".to_owned() } else { array_value_to_string(array, row).unwrap() });
        }
    }
    out
}

#[test]
fn every_column_that_an_expression_names_is_touched() {
    for (text, expected) in [
        ("select a from t", "t: a"),
        ("select * from t", "t: a b c ds l m s"),
        ("select t.* from t, u", "t: a b c ds l m s; u:"),
        ("select * except (b, c) from t", "t: a ds l m s"),
        ("select count(*) from t", "t:"),
        ("select 1 from t", "t:"),
        ("select count(1) from (select a, b from t) x", "t: a b"),
        ("select a from t where b = 'x' and ds = '1'", "t: a b ds"),
        ("select a from t where false", "t: a"),
        ("select a from t limit 0", "t: a"),
        ("select case when false then b else a end from t", "t: a b"),
        ("select sum(a) from t group by b having max(c) > 1", "t: a b c"),
        ("select a from t order by b limit 9", "t: a b"),
        ("select a from t sort by b", "t: a b"),
        ("select a from t distribute by b sort by c", "t: a b c"),
        ("select x.a from (select a, b from t order by c limit 9) x", "t: a b c"),
        ("select sum(a) over (partition by b order by c) from t", "t: a b c"),
        ("select a from t qualify row_number() over (order by b) = 1", "t: a b"),
        ("select a from t where exists (select 1 from u)", "t: a; u:"),
        ("select a from t where exists (select d from u where u.a = t.c)", "t: a c; u: a d"),
        ("select a from t where b in (select d from u)", "t: a b; u: d"),
        ("select a from t where a > all (select a from u where u.d = t.b)", "t: a b; u: a d"),
        ("select (select max(e) from u where u.d = t.b) from t", "u: d e; t: b"),
        ("select t.a from t join u on t.a = u.a", "t: a; u: a"),
        ("select d from t join u using (a)", "t: a; u: a d"),
        ("select d from t natural join u", "t: a; u: a d"),
        ("select t.b from t left semi join u on t.a = u.a and u.d = 'x'", "t: a b; u: a d"),
        ("select t.b from t left anti join u on t.a = u.a", "t: a b; u: a"),
        ("select t.b from t cross join u", "t: b; u:"),
        ("select a from t union all select a from u", "t: a; u: a"),
        ("select a from t union select a from u", "t: a; u: a"),
        ("select a, b from t minus select a, d from u", "t: a b; u: a d"),
        ("select b from t intersect select d from u", "t: b; u: d"),
        ("select distinct a from t", "t: a"),
        ("with x as (select a, b from t) select a from x", "t: a b"),
        ("with x as (select a, b from t where c > 1) select 1", "t: a b c"),
        ("with x as (select count(*) n from u) select 1", "u:"),
        ("with x as (select a from t), y as (select d from u join x on u.a = x.a) select 1", "t: a; u: a d"),
        ("select 1 from t where exists (with x as (select d from u) select 1)", "t:; u: d"),
        ("with x as (select a from u) select b from t x", "u: a; t: b"),
        ("with t as (select a, d as b from u) select b from t", "u: a d"),
        ("with t as (select a from t) select a from t", "t: a"),
        ("select t.a, w.z from t join q.t w on t.a = w.a", "t: a; q.t: a z"),
        ("select w.z from q.t w join t on t.a = w.a", "q.t: a z; t: a"),
        ("select s.f from t", "t: s"),
        ("select t.s.g, l[0], m['x'] from t", "t: l m s"),
        ("select x.y from t lateral view explode(l) x as y", "t: l"),
        ("select a, y from t lateral view explode(l) x as y where b = 'q'", "t: a b l"),
        ("select k, v from t lateral view explode(m) x as k, v", "t: m"),
        ("select p, v, d from t join u on t.a = u.a lateral view outer posexplode(l) x as p, v", "t: a l; u: a d"),
        ("select y from t lateral view explode(l) x as y join u on x.y = u.a", "t: l; u: a"),
        (
            "select y, d, w from t lateral view explode(l) x as y left join u on t.a = u.a lateral view explode(m) z as w, n",
            "t: a l m; u: a d",
        ),
        ("from t where b = 'q' select a", "t: a b"),
        ("select (select d from u where u.a = t.b) from t", "u: a d; t: b"),
        ("select a from t group by a, cube ((b, c))", "t: a b c"),
        ("select * from t lateral view explode(l) x as y", "t: a b c ds l m s"),
        ("select count(*) from t lateral view explode(l) x as y", "t: l"),
        ("select explode(l) as z from t", "t: l"),
        ("select explode(l) as z, a from t", "t: a l"),
        ("select y from v", "v: y"),
        ("select count(*) from v where x > 1", "v: x"),
        ("select v.y, t.b from v join t on v.x = t.a", "v: x y; t: a b"),
        ("select a, b from t group by a, b with rollup", "t: a b"),
        ("select b from t group by b, c grouping sets ((b), (c))", "t: b c"),
        ("select max(a) filter (where b = 'x') from t", "t: a b"),
        ("select x.a from t x join t y on x.a = y.a where y.b = 'q'", "t: a b"),
        ("values (1)", ""),
        ("with x(p, r) as (select a, b from t) select p from x", "t: a b"),
        ("select x.p from (select a p, b from t) x where exists (select 1 from u where u.d = x.b)", "t: a b; u: d"),
        (
            "select 1 from t where a in (select u.a from u where u.d in (select z from q.t w where w.a = t.c))",
            "t: a c; u: a d; q.t: a z",
        ),
        ("select a from (select a, c from t) where c > 1", "t: a c"),
        ("select sum(c) over w from t window w as (partition by b)", "t: b c"),
        ("select * from (select a from t) x join (select d, a from u) y on x.a = y.a", "t: a; u: a d"),
    ] {
        assert_eq!(touches(text), expected, "{text}");
    }
}

#[test]
fn columns_have_maxcomputes_names_and_types() {
    assert_eq!(
        names("select a, b as x, 1, a + 1, count(*) from t group by a, b"),
        ["a bigint", "x string", "_c2 bigint", "_c3 bigint", "_c4 bigint"]
    );
    assert_eq!(names("select t.a, u.a, a from t join u using (a)").join(","), "a bigint,a bigint,a bigint");
    assert_eq!(names("select a, a from t"), ["a bigint", "a bigint"]);
    assert_eq!(names("values (1, 'a')"), ["_c0 bigint", "_c1 string"]);
    assert_eq!(names("select * from (select a + 1, b from t) x"), ["_c0 bigint", "b string"]);
    assert_eq!(names("select A, `B`, T.C from T"), ["a bigint", "b string", "c double"]);
    assert_eq!(names("select s.f, l[0], m['x'] from t"), ["f bigint", "_c1 bigint", "_c2 bigint"]);
    assert_eq!(names("select x, y from v"), ["x int", "y string"]);
    assert_eq!(
        names("select cast(a as int), cast(b as decimal(10,2)), cast(b as datetime), cast(b as varchar(3)) from t"),
        ["_c0 int", "_c1 decimal(10,2)", "_c2 datetime", "_c3 varchar(3)"]
    );
    assert_eq!(
        names("select 2S, 3Y, 4L, 1.5, 1.50BD, 1 / 2, 'a', true"),
        [
            "_c0 smallint",
            "_c1 tinyint",
            "_c2 bigint",
            "_c3 double",
            "_c4 decimal(38,2)",
            "_c5 double",
            "_c6 string",
            "_c7 boolean"
        ]
    );
    assert_eq!(names("select a from t union all select e from u"), ["a decimal(22,2)"]);
    assert_eq!(names("select k, v from t lateral view explode(m) x as k, v"), ["k string", "v bigint"]);
}

#[test]
fn operators_mean_what_they_mean_in_maxcompute() {
    for (text, expected) in [
        ("select 1 / 2", "0.5"),
        ("select 7 div 2", "3"),
        ("select 1 + 6 div 2 * 2", "7"),
        ("select 7 % 4", "3"),
        ("select x / 0 from values (1) t(x)", "NULL"),
        ("select 1 div (1 - 1)", "NULL"),
        ("select '3' + 1", "4.0"),
        ("select array(10, 20)[0]", "10"),
        ("select array(10, 20)[1 - 1 + 1]", "20"),
        ("select array(10, 20)[2]", "NULL"),
        ("select array(10, 20)[-2]", "NULL"),
        ("select map('k', 5)['k']", "5"),
        ("select cast('abc' as bigint)", "NULL"),
        ("select cast('12' as bigint)", "12"),
        ("select 'abc' rlike '^a'", "true"),
        ("select 'abc' not rlike '^a'", "false"),
        ("select null <=> null", "true"),
        ("select !true", "false"),
        ("select 1 == 1", "true"),
        ("select 'a' \"b\" '\\u0041'", "abA"),
        ("select x from values (2), (null), (1) t(x) order by x limit 9", "NULL 1 2"),
        ("select x from values (2), (null), (1) t(x) order by x desc limit 9", "2 1 NULL"),
        ("select x from values (2), (null), (1) t(x) order by x limit 1, 1", "1"),
        ("select x from values (2), (3) t(x) minus select 3", "2"),
        ("select y from (select array(1, 2) l) t lateral view explode(l) v as y order by y limit 9", "1 2"),
        ("select p from (select array(7, 8) l) t lateral view posexplode(l) v as p, q order by p desc limit 9", "1 0"),
        ("select k from (select map('x', 1, 'y', 2) m) t lateral view explode(m) v as k, w order by k limit 2", "x y"),
        (
            "select z from (select array(array(1, 2), array(3)) l) t lateral view explode(l) v as y lateral view explode(y) w as z",
            "1 2 3",
        ),
        ("select y from (select cast(null as array<int>) l) t lateral view outer explode(l) v as y", "NULL"),
        ("select count(*) from (select cast(null as array<int>) l) t lateral view explode(l) v as y", "0"),
        ("select explode(array(4, 5)) as x", "4 5"),
        (
            "select count(*) from (select 1 a, 1 b union all select 1 a, 2 b) t group by a, b with rollup order by 1 limit 9",
            "1 1 2 2",
        ),
        ("select x from values (1), (2) a(x) left semi join values (2), (3) b(y) on a.x = b.y", "2"),
        ("with a as (select 1 x), b as (select x + 1 as x from a) select a.x + b.x from a join b on a.x < b.x", "3"),
        ("select x from (select 1 x union all select 2) t where x in (select 2)", "2"),
        ("select count(x) from v", "0"),
        ("select y from v where x = 1 union all select 'z'", "z"),
        ("select count(*) from t where exists (select 1 from v where v.x = t.a)", "0"),
        ("select count(*) from t join v on t.a = v.x join v w on w.y = v.y", "0"),
        ("select cast(9223372036854775808 as string)", "9223372036854775808"),
    ] {
        assert_eq!(results(text).join(" "), expected, "{text}");
    }
}

#[test]
fn plans_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    shared(&planned("select 1"));
}

#[test]
fn order_is_known() {
    assert!(planned("select a from t order by a limit 9").is_ordered());
    assert!(!planned("select a from t sort by a").is_ordered());
    assert!(!planned("select a from (select a from t order by a limit 9) x").is_ordered());
}

#[test]
fn messages_name_what_was_typed_where_it_was_typed() {
    let at = |text: &str| failure(text).span.map(|span| span.of(text).to_owned());
    assert_eq!(failure("select aa from t").message, "column `aa` cannot be resolved");
    assert_eq!(failure("select cc from t").help.as_deref(), Some("did you mean `c`?"));
    assert_eq!(at("select a, bb from t").as_deref(), Some("bb"));
    assert_eq!(failure("select t.zz from q.t").message, "column `t.zz` cannot be resolved");
    assert_eq!(failure("with x as (select a from t) select x.b from x").message, "column `x.b` cannot be resolved");
    assert_eq!(failure("select a from t join u on t.a = u.a").message, "column `a` is ambiguous");
    assert_eq!(failure("select nosuch(a) from t").message, "function `nosuch` cannot be resolved");
    assert_eq!(at("select 1 + nosuch(a) from t").as_deref(), Some("nosuch"));
    assert_eq!(
        failure("select a, count(*) from t").message,
        "column `t.a` must appear in `group by` or be used in an aggregate function"
    );
    for text in [
        "select * from t join t on true",
        "select a from t union all select a, d from u",
        "select abs(b, c, 1) from t",
        "select b - s from t",
        "select a from t where a",
        "select sum(sum(a)) from t",
        "select a from t where sum(a) > 1",
        "select *, a from t",
        "select 1 from t lateral view explode(a) x as y",
        "select 1 from t lateral view explode(l) x as y, z",
        "select row_number() from t",
        "select a from t where (select a, d from u) = 1",
        "select a from t group by 9",
        "select a from t order by 9 limit 9",
        "select s.nosuch from t",
        "select x.* from t",
        "select sum(a) over nosuch from t",
        "select * except (nosuch) from t",
        "with x as (select u.a from u where u.a = t.a) select 1 from t",
    ] {
        let error = failure(text);
        assert_ne!(error.code, Code::Internal, "{text}: {error:?}");
        for word in ["odps:relation", "with:", "Utf8", "Int64", "DataFusion", "::", "Expr", "Schema"] {
            assert!(!format!("{} {:?}", error.message, error.help).contains(word), "{text}: {error:?}");
        }
    }
}

#[test]
fn a_view_that_no_longer_fits_is_refused() {
    let mut sources = sources();
    let Some(Source::View { table, .. }) = sources.get_mut(&(None, "v".to_owned())) else { panic!() };
    table.columns.pop();
    let error = plan(&parse("select x from v", 3).unwrap(), &sources, &context()).unwrap_err().error;
    assert!(error.message.contains("no longer fits"), "{error:?}");
    assert_eq!(error.span, Some(crate::text::Span::new(17, 18)));
}

#[test]
fn explain_shows_steps_with_typed_names_and_no_bodies_of_views() {
    let lines = planned("with w as (select a from q.t) select v.y, w.a + 1 from v join w on v.x = w.a where v.y = 'k'")
        .explain();
    let text = lines.join("\n");
    assert!(text.contains("TableScan: q.t") && text.contains("TableScan: v"), "{text}");
    for hidden in ["odps:", "with:", "Utf8", "Int64", "TableScan: t"] {
        assert!(!text.contains(hidden), "{text}");
    }
}

/// The message of a query that can be planned, but not run.
fn broken(text: &str) -> String {
    let plan = planned(text);
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_stack_size(64 << 20).build().unwrap();
    let error = runtime.block_on(async {
        let frame = SessionContext::new().execute_logical_plan(plan.logical().clone()).await?;
        frame.collect().await
    });
    crate::data::failure::failure(error.unwrap_err()).message
}

#[test]
fn integers_never_become_other_numbers() {
    for text in [
        "select 9223372036854775807 + 1",
        "select -9223372036854775807 - 2",
        "select 3000000000 * 4000000000",
        "select 127Y + 1Y",
        "select abs(-128Y)",
        "select a + 1 from values (9223372036854775807) x(a)",
    ] {
        assert_eq!(broken(text), "the result of a calculation does not fit its type", "{text}");
    }
    for text in [
        "select sum(a) from values (9223372036854775807), (1) x(a)",
        "select sum(a) from values (9223372036854775807, 1), (1, 1) x(a, b) group by b",
        "select sum(a) over (order by b) from values (9223372036854775807, 1), (1, 2) x(a, b)",
    ] {
        assert_eq!(broken(text), "a sum does not fit a `bigint`", "{text}");
    }
    for (text, expected) in [
        ("select 1 + 2 * 3 - 4", "3"),
        ("select -128Y", "-128"),
        ("select -9223372036854775808", "-9223372036854775808"),
        ("select abs(-5)", "5"),
        ("select sum(a) from values (1), (null), (2) x(a)", "3"),
        ("select sum(a) from values ('1'), ('x'), ('2') x(a)", "3.0"),
        ("select sum(a + 1) from values (1), (1) x(a) group by a + 1", "4"),
        ("select a from values (1), (2) x(a) where exists (select 1 from values (1) y(b) where y.b + 1 = x.a)", "2"),
    ] {
        assert_eq!(results(text), [expected], "{text}");
    }
    let chain = format!("select 0{}", " + 1 - 2".repeat(400));
    assert_eq!(results(&chain), ["-400"]);
}

#[test]
fn values_are_converted_as_the_service_does_it() {
    for (text, expected) in [
        ("select cast(1e20 as string)", "1.0E20"),
        ("select cast(datetime '2024-01-01 10:00:00' as string)", "2024-01-01 10:00:00"),
        ("select datetime '2024-01-01 10:00:00' || '!'", "2024-01-01 10:00:00!"),
        ("select cast(timestamp_ntz '2024-01-01 10:00:00.5' as string)", "2024-01-01 10:00:00.5"),
        ("select cast('1.9' as bigint)", "1"),
        ("select cast('1e3' as int)", "1000"),
        ("select cast('300' as tinyint)", "NULL"),
        ("select cast('x' as bigint)", "NULL"),
        ("select cast('abc' as varchar(2))", "ab"),
        ("select count(*) from values ('x'), ('5'), ('5.0') x(a) where a = 5", "2"),
        ("select count(*) from values (5), (6) x(a) where a = '5' and a < '5.5'", "1"),
        ("select 10 in ('10', 'x')", "true"),
    ] {
        assert_eq!(results(text), [expected], "{text}");
    }
    assert_eq!(names("select cast('abc' as varchar(2)) a"), ["a varchar(2)"]);
    for text in [
        "select cast(2.5 as array<int>)",
        "select cast(1 as date)",
        "select length(l) from t",
        "select reverse(m) from t",
    ] {
        assert_eq!(failure(text).code, Code::Semantic, "{text}");
    }
    assert_eq!(
        failure("select length(l) from t").message,
        "no function `length(array<bigint>)` takes arguments of these types"
    );
}

#[test]
fn fields_of_values_and_several_columns_are_counted_and_named() {
    assert_eq!(results("select named_struct('x', 1, 'y', 'two').y"), ["two"]);
    assert_eq!(results("select struct(1, 'a').col2"), ["a"]);
    assert_eq!(results("select array(named_struct('x', 7))[0].x"), ["7"]);
    let pairs = "select count(distinct a, b) from values (1, 2), (1, 2), (1, 3), (null, 1) x(a, b)";
    assert_eq!(results(pairs), ["2"]);
    assert_eq!(touches("select count(distinct a, b) from t"), "t: a b");
    assert_eq!(
        failure("select a from t where row_number() over (order by a) = 1").message,
        "a window function is not allowed in `where`"
    );
}

#[test]
fn messages_of_clauses_point_at_the_clause() {
    for (text, place) in [
        ("select a from t where a", "where"),
        ("select a from t order by 9 limit 9", "order"),
        ("select abs() from t", "abs"),
        ("select a from t where a in (select a, d from u)", "in"),
    ] {
        let error = failure(text);
        assert_eq!(error.span.map(|span| span.of(text)), Some(place), "{text}: {error:?}");
    }
}
