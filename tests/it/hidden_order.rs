//! The order in which the rows of a view come does not show how many rows its body leaves out (VIW-5).

use crate::it::process::{World, run};

/// Bodies with a join that keeps the table in memory, hidden rows included.
const BODIES: [&str; 6] = [
    "select id from t where hid = (select max(h) from ok where ok.h = t.hid)",
    "select t.id from t left join (select h, max(h) m from ok group by h) o on t.hid = o.h where t.hid = o.m",
    "select id from t intersect select id from t where hid = 0",
    "select id from t except select id from t where hid = 1",
    "select t.id from t join ok on t.hid = ok.h",
    "select id from t where hid not in (select 1L)",
];

/// The first rows of each view, in a world with so many hidden rows before the visible ones.
fn firsts(hidden: u32) -> Vec<String> {
    let world = World::empty();
    let views: String =
        BODIES.iter().enumerate().map(|(number, body)| format!("create view v{number} as {body};")).collect();
    let rows = match hidden {
        0 => String::new(),
        _ => format!("select explode(sequence(1L, {hidden}L)) as id, 1L as hid union all "),
    };
    world.succeed(&format!(
        "create table t as {rows}select explode(sequence(100000L, 111999L)) as id, 0L as hid;
         create table ok as select 0L as h; {views}"
    ));
    let first = |number: usize| {
        let query = format!("select id from v{number} limit 3;");
        let ended = run(world.command().args(["-M", "-e", &query]), b"");
        assert_eq!(ended.code, Some(0), "{}", ended.error());
        ended.output()
    };
    (0..BODIES.len()).map(first).collect()
}

#[test]
fn hidden_rows_do_not_show_in_the_order_of_the_others() {
    let without = firsts(0);
    for hidden in [1, 2, 37] {
        assert_eq!(firsts(hidden), without, "{hidden} hidden rows");
    }
}
