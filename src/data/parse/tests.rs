//! What is read, what is refused, and where.

use super::*;

fn relations(text: &str) -> Vec<String> {
    parse(text, 0, &Dialect::default())
        .unwrap_or_else(|error| panic!("{text}: {error:?}"))
        .relations()
        .iter()
        .map(Relation::typed)
        .collect()
}

fn refusal(text: &str) -> Box<Error> {
    match parse(text, 0, &Dialect::default()) {
        Ok(query) => panic!("{text} is accepted: {:?}", query.rewritten.query.to_string()),
        Err(error) => error,
    }
}

#[test]
fn every_relation_is_named_once_in_the_order_of_the_text() {
    assert_eq!(
        relations("select * from B join p.a on B.x = a.x where exists (select 1 from c) union all select 1 from b"),
        ["b", "p.a", "c"]
    );
    assert_eq!(relations("select (select max(x) from a), x from b where x in (select x from c)"), ["a", "b", "c"]);
    assert_eq!(relations("select 1"), Vec::<String>::new());
    assert_eq!(relations("from t select a"), ["t"]);
    let query = parse("select * from Aa", 100, &Dialect::default()).unwrap();
    assert_eq!(query.relations()[0].span, crate::text::Span::new(114, 116));
}

#[test]
fn named_subqueries_hide_tables_only_where_they_can_be_seen() {
    assert_eq!(relations("with t as (select * from t) select * from t"), ["t"]);
    assert_eq!(relations("with a as (select * from t), b as (select * from a) select * from b"), ["t"]);
    assert_eq!(relations("select * from a join (with a as (select 1 x) select * from a) s on a.x = s.x"), ["a"]);
    assert_eq!(relations("with a as (select 1 x) select * from p.a"), ["p.a"]);
    assert_eq!(relations("with unused as (select * from secret) select 1"), ["secret"]);
    assert_eq!(relations("with a as (with b as (select * from x) select * from b) select * from a, b"), ["x", "b"]);
    assert_eq!(relations("with A as (select 1 x) select * from `a`"), Vec::<String>::new());
    assert_eq!(
        relations("with a as (select 1 x) select * from t where exists (with a as (select * from a) select * from a)"),
        ["t"]
    );
}

#[test]
fn what_maxcompute_has_is_accepted() {
    for text in [
        "select a, b c, count(*) from t group by a, b having count(*) > 1 order by 1 desc limit 10",
        "select * from t limit 2, 3",
        "select * from t limit 3 offset 2",
        "select a from t sort by a",
        "select a from t distribute by a sort by a desc",
        "select a from t cluster by a",
        "select a from t minus select a from u",
        "select a from t except select a from u intersect distinct select a from v",
        "select * from t left semi join u on t.a = u.a left anti join v on t.a = v.a",
        "select * from t left outer join u on t.a == u.a full outer join v on t.a <=> v.a cross join w",
        "select * from t join u using (a) natural join v",
        "select a from t lateral view explode(b) x as y lateral view outer posexplode(c) z as p, q where y > 1",
        "select a, b, grouping(a) from t group by a, b with rollup",
        "select a, b from t group by a, b with cube",
        "select a, b from t group by a, b grouping sets ((a, b), a, ())",
        "select a from t group by rollup(a, b)",
        "select * except (a) from t",
        "select t.* from t",
        "select row_number() over (partition by a order by b) r from t qualify r = 1",
        "select sum(a) over w from t window w as (partition by b order by c rows between 1 preceding and current row)",
        "select cast(a as bigint), cast(b as decimal(10,2)), cast(c as array<map<string,struct<x:int,y:array<string>>>>) from t",
        "select a rlike 'x', a not regexp 'y', not a like 'z%', !b, a div 2, a % 2, 2S, 10L, 1.5BD from t",
        "select case when a then 1 else 2 end, case a when 1 then 'x' end, if(a, 1, 2), array(1, 2)[0], map('a', 1)['a'] from t",
        "select date '2024-01-01', timestamp '2024-01-01 00:00:00', interval 1 day from t",
        "select /*+ mapjoin(a) */ a from t",
        "values (1, 'a'), (2, 'b')",
        "select * from values (1, 'a'), (2, 'b') t(x, y)",
        "(select 1) union all (select 2)",
        "select \"it's\", `date`, 'a' 'b' from `T`",
        "select year(a), left(b, 1), minus, date, share, value, name, type, key, user, time from t",
        "select count(distinct a), count(all b) from t where a in (1, 2) and b not in (select b from u) and c between 1 and 2",
        "select a.b.c, s.f[0].g from t a",
        "select explode(a) as x from t",
        "select a from t where a = any (select a from u) and a > all (select a from v)",
        "select wm_concat(distinct ',', a) within group (order by a) from t",
        "select * from t tablesample (10 percent)",
        "select a from t intersect all select a from u",
        "select a from t except all select a from u",
    ] {
        relations(text);
    }
}

#[test]
fn what_is_no_query_or_not_maxcompute_is_refused() {
    for text in [
        "",
        "create table a as select 1",
        "insert into t select 1",
        "with a as (select 1) insert into t select * from a",
        "update t set a = 1",
        "copy t to 'x'",
        "table t",
        "explain select 1",
        "select 1; select 2",
        "select 1 into t",
        "select * from t for update",
        "select * from t tablesample (10 rows)",
        "select * from t tablesample (bucket 1 out of 4)",
        "select * from t tablesample bernoulli (10)",
        "select a from t start with a = 1 connect by a = b",
        "select a from t connect by a = b",
        "select * from t fetch first 1 rows only",
        "select * from range(10)",
        "select * from generate_series(1, 10) g",
        "select * from read_parquet('x')",
        "select * from 'x.parquet'",
        "select * from table(f())",
        "select * from unnest(array(1))",
        "select unnest(a) from t",
        "select * from t, lateral (select 1)",
        "select * from t pivot (sum(a) for b in (select 1))",
        "with recursive a as (select 1 x union select x + 1 from a) select * from a",
        "with a as (select 1), A as (select 2) select * from a",
        "select @x",
        "select $1",
        "select ?",
        "select a::int from t",
        "select x -> x + 1",
        "select f(a => 1)",
        "select p.f(a) from t",
        "select [1, 2]",
        "select {'a': 1}",
        "select (1, 2)",
        "select top 1 a from t",
        "select distinct on (a) a from t",
        "select a from t prewhere a > 1",
        "select a from t limit 1 by a",
        "select a from t limit 1 + 1",
        "select a from t group by all",
        "select a from t group by a with totals",
        "select a from t group by a with rollup with cube",
        "select a from t union by name select a from u",
        "select a from (select a, b as a from t) x",
        "with x as (select 1 a, 2 a) select a from x",
        "select 128Y",
        "select 1 - 128Y",
        "select -129Y",
        "select 9223372036854775808L",
        "select 99999999999999999999999999999999999999999",
        "select * from a.b.c.d",
        "select a.t.* from a.t",
        "select * rename (a as b) from t",
        "select * from t right semi join u on t.a = u.a",
        "select * from t left join u",
        "select cast(a as hugeint) from t",
        "select cast(a as decimal(50,2)) from t",
        "select cast(a as bigint unsigned) from t",
        "select a ~ 'x' from t",
        "select a similar to 'x' from t",
        "select a collate x from t",
        "select a at time zone 'utc' from t",
        "select count(t.*) from t",
        "select max(*) from t",
        "select a from t where a in ()",
        "select a from t order by a sort by b limit 9",
        "select a from t as of timestamp 1",
        "select listagg(a, ',' on overflow truncate) from t",
        "with a as materialized (select 1) select * from a",
        "select exists(select 1) from t |> select 1",
        "select a from t format json",
        "select a from t settings x = 1",
        "select * from t partition (p1)",
        "select a b c from t",
    ] {
        let error = refusal(text);
        assert!(matches!(error.code, Code::Parse | Code::Unsupported | Code::Semantic), "{text}: {error:?}");
        assert!(!error.message.contains("Token") && !error.message.contains("Keyword"), "{text}: {error:?}");
    }
}

#[test]
fn errors_point_at_the_script() {
    let error = parse("select a frm t where", 10, &Dialect::default()).unwrap_err();
    assert_eq!((error.code, error.span), (Code::Parse, Some(crate::text::Span::new(23, 24))), "{error:?}");
    assert_eq!(error.message, "expected the end of the query, found `t`");
    let error = parse("select a from", 10, &Dialect::default()).unwrap_err();
    assert_eq!(error.span, Some(crate::text::Span::new(23, 23)), "{error:?}");
    assert_eq!(error.message, "expected identifier, found the end of the query");
    let error = parse("select a from t tablesample (10 rows)", 5, &Dialect::default()).unwrap_err();
    assert_eq!(error.message, "not supported: this kind of `tablesample`", "{error:?}");
    assert_eq!(parse("select 'a", 7, &Dialect::default()).unwrap_err().span.unwrap().start, 14);
}

#[test]
fn deep_and_long_queries_are_read_or_refused_quickly() {
    let nested = |open: &str, inner: &str, close: &str, count: usize| {
        format!("select {}{inner}{}", open.repeat(count), close.repeat(count))
    };
    let started = std::time::Instant::now();
    for text in [
        nested("(", "1", ")", 200),
        nested("cast(", "1", " as bigint)", 200),
        nested("(select ", "1", ")", 199),
        nested("f(", "1", ")", 200),
        nested("case when ", "true", " then 1 end", 199),
        nested("1 in (", "1", ")", 200),
        nested("exists (select ", "1", ")", 199),
        nested("not ", "true", "", 30),
        nested("- ", "1", "", 30),
        nested("", "1", " + 1", 900),
        nested("", "true", " and true", 900),
        nested("", "a", " is null", 900),
        nested("", "1", " div 1", 900),
        format!("select * from {}t{}", "(".repeat(200), ")".repeat(200)),
        format!("select * from {}t{}", "(select * from ".repeat(199), ")".repeat(199)),
        format!("select cast(a as {}int{})", "array<".repeat(1_000), ">".repeat(1_000)),
        format!("select a{}", "[0]".repeat(1_000)),
        format!("select 1 {}", "union all select 1 ".repeat(250)),
        format!("select 1 from t {}", "join t on true ".repeat(250)),
        format!("select case {} end", "when true then 1 ".repeat(10_000)),
        format!("select a in ({}1)", "1, ".repeat(100_000)),
        format!("select f({}1)", "1, ".repeat(50_000)),
        format!("select {}1", "1, ".repeat(20_000)),
        format!("values {}(1)", "(1), ".repeat(20_000)),
    ] {
        drop(parse(&text, 0, &Dialect::default()));
    }
    assert!(started.elapsed().as_secs() < 30);
    let named = |body: &str, count: usize| {
        let list: Vec<String> =
            (1..count).map(|at| format!("c{at} as ({})", body.replace('#', &(at - 1).to_string()))).collect();
        format!("with c0 as (select * from t), {} select * from c{}", list.join(", "), count - 1)
    };
    assert!(parse(&named("select * from c#", 100), 0, &Dialect::default()).is_ok());
    assert!(refusal(&named("select * from c#", 1_000)).message.contains("nested deeper"));
    assert!(refusal(&named("select * from c# x join c# y on x.a = y.a", 60)).message.contains("reads more than"));
    assert!(parse(&"select 1, ".repeat(1 << 20), 0, &Dialect::default()).is_err());
}
