use super::*;
use crate::data::parse::usual;

/// What the names of a query mean where `o(id, b)` is held whole, and of `t(a, …)` one column of more.
fn of(text: &str) -> Result<(Vec<String>, Vec<String>)> {
    let query = usual(text, 0).unwrap();
    let known = query.rewritten.relations.list().iter().map(|relation| match relation.name.as_str() {
        "t" => Known { columns: vec!["a".into()], has_others: true },
        _ => Known { columns: vec!["id".into(), "b".into()], has_others: false },
    });
    let known: Vec<Known> = known.collect();
    let meaning = meaning(&query, &[&query.rewritten.query], &known)?;
    let named = meaning.named.iter().map(|((_, table), column)| format!("{table}.{column}")).collect();
    let asked =
        meaning.asked.iter().flat_map(|((_, table), columns)| columns.iter().map(move |c| format!("{table}.{c}")));
    Ok((named, asked.collect()))
}

fn asked(text: &str) -> Vec<String> {
    of(text).unwrap().1
}

fn named(text: &str) -> String {
    of(text).unwrap().0.join(" ")
}

#[test]
fn a_name_that_may_be_hidden_is_asked_of_its_own_query_first() {
    assert_eq!(asked("select * from o where exists (select 1 from t where b = 1)"), ["t.b"]);
    assert_eq!(asked("select * from o where id in (select b from t)"), ["t.b"]);
    assert_eq!(asked("select (select max(a + b) from t) from o"), ["t.b"]);
    assert_eq!(asked("select * from o where exists (select 1 from (select b as x from t) y where x = 1)"), ["t.b"]);
    assert_eq!(asked("select * from o where exists (with w as (select b as x from t) select x from w)"), ["t.b"]);
    assert_eq!(asked("select * from o where exists (select 1 from t group by b)"), ["t.b"]);
    assert_eq!(asked("select * from o where exists (select 1 from t order by b limit 1)"), ["t.b"]);
    assert_eq!(asked("select * from o where exists (select 1 from t x join o y on x.a = y.id and c = 1)"), ["t.c"]);
    assert_eq!(asked("select nosuch, t.other, a from t"), ["t.nosuch", "t.other"]);
    assert_eq!(
        asked("select * from o where exists (select 1 from t lateral view explode(array(1)) e where b = 1)"),
        ["t.b"]
    );
}

#[test]
fn a_name_that_can_mean_one_thing_only_is_not_asked_for() {
    assert!(asked("select * from o where exists (select 1 from t where o.b = a)").is_empty());
    assert!(asked("select b from o join t on o.id = t.a").is_empty());
    assert!(asked("select upper(a) as k from t group by k order by k limit 9").is_empty());
    assert!(asked("select * from o where exists (select 1 from (select a as b from t) x where b = 1)").is_empty());
    assert!(asked("select transform(array(1), y -> y + a) from t").is_empty());
    assert!(asked("select x from t lateral view explode(array(1)) e as x").is_empty());
    assert!(asked("select col from t lateral view explode(array(1)) e").is_empty());
    assert!(
        asked("with t2 as (select a from t) select a from t2 where exists (select 1 from o where b = a)").is_empty()
    );
}

#[test]
fn columns_come_in_the_order_of_the_text() {
    assert_eq!(named("select y.b, x.id from o x join o2 y on y.id = x.b"), "o2.b o.id o2.id o.b");
    assert_eq!(named("select * from t where a = 1"), "t.a t.a");
    assert_eq!(named("select x.b from (select id, b from o) x"), "o.b o.id o.b");
    assert_eq!(named("select p.*, b from o2 q join t p on q.id = p.a"), "t.a o2.b o2.id t.a");
    assert_eq!(named("select * except (b) from o"), "o.id");
}

#[test]
fn a_name_that_means_two_columns_means_none_outside() {
    let error =
        of("select * from o where exists (select 1 from o2 x join o3 y on x.id = y.id where b = 1)").unwrap_err();
    assert_eq!(error.message, "column `b` is ambiguous");
    assert!(of("select * from o where exists (select 1 from o2 x join o3 y using (id) where id = 1)").is_ok());
    assert!(
        of("select * from o where exists (select 1 from o2 x left semi join o3 y on x.id = y.id where b = 1)").is_ok()
    );
    assert!(of("select * from o z where exists (select 1 from o2 x join o3 y on x.id = y.id where z.b = 1)").is_ok());
}
