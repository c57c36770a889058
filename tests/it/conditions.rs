//! A condition selects what it is true for, however it is written: conditions on floating numbers in `where` against the same in `select`,
//! and comparisons with subqueries against three-valued logic that is worked out here.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::it::process::World;

const CONDITIONS: usize = 120;
const MEMBERSHIPS: usize = 120;

fn pick<'t>(random: &mut fastrand::Rng, from: &[&'t str]) -> &'t str {
    from[random.usize(0..from.len())]
}

/// A condition on the columns of `numbers`.
fn condition(random: &mut fastrand::Rng, depth: usize) -> String {
    let columns = ["d", "e", "f", "d - e", "-d", "d * 0.0", "k", "n", "array(d)[0]"];
    let constants =
        ["cast('NaN' as double)", "0.0", "-0.0", "1.5", "cast('inf' as double)", "cast('-inf' as double)", "'NaN'"];
    let mut value = || {
        let is_column = random.bool();
        pick(random, if is_column { &columns } else { &constants }).to_owned()
    };
    let (one, other, third) = (value(), value(), value());
    if depth > 0 && random.u8(0..3) == 0 {
        let (left, right) = (condition(random, depth - 1), condition(random, depth - 1));
        return match random.u8(0..3) {
            0 => format!("({left} and {right})"),
            1 => format!("({left} or {right})"),
            _ => format!("(not {left})"),
        };
    }
    match random.u8(0..6) {
        0 => format!("({one} between {other} and {third})"),
        1 => format!("({one} in ({other}, {third}))"),
        2 => format!("(nullif({one}, {other}) is null)"),
        3 => format!("({one} <=> {other})"),
        _ => format!("({one} {} {other})", pick(random, &["=", "<>", "<", "<=", ">", ">="])),
    }
}

#[test]
fn where_selects_what_a_condition_is_true_for() {
    let mut random = fastrand::Rng::with_seed(20_261_127);
    let mut script = "set odps.sql.select.output.format=csv;
        create table numbers (k bigint, d double, e double, f float, n bigint);"
        .to_owned();
    let values =
        ["cast('NaN' as double)", "0.0", "cast('-0.0' as double)", "1.5", "cast('inf' as double)", "-7.25", "null"];
    for k in 0..14 {
        let (d, e, f) = (values[k % 7], pick(&mut random, &values), pick(&mut random, &values));
        // A file for every row: most are left out by what is known of them.
        writeln!(
            script,
            "insert into numbers select {k}, cast({d} as double), cast({e} as double), cast({f} as float), {};",
            k % 3
        )
        .unwrap();
    }
    for number in 0..CONDITIONS {
        let condition = condition(&mut random, 2);
        writeln!(
            script,
            "select 'w{number}' as w, k from numbers where {condition};
            select 'c{number}' as w, k from (select k, {condition} as c from numbers) q where case when c then 1 else 0 end = 1;"
        )
        .unwrap();
    }
    let output = World::fresh().succeed(&script);
    let of = |mark: char| {
        let lines = output.lines().filter_map(|line| line.strip_prefix(mark));
        let mut rows: Vec<&str> = lines.filter(|line| line.contains(',') && !line.starts_with(',')).collect();
        rows.sort_unstable();
        rows
    };
    assert_eq!(of('w'), of('c'));
    assert!(of('w').len() > CONDITIONS, "{} rows are too few", of('w').len());
}

type Number = Option<i64>;

/// `left operator right`, where NULL makes it unknown.
fn compared(left: Number, operator: &str, right: Number) -> Option<bool> {
    let (left, right) = (left?, right?);
    Some(match operator {
        "=" => left == right,
        "<>" => left != right,
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        _ => left >= right,
    })
}

/// Whether it is so for any of a list, or for all.
fn quantified(value: Number, operator: &str, is_any: bool, list: &[Number]) -> Option<bool> {
    let found: Vec<Option<bool>> = list.iter().map(|item| compared(value, operator, *item)).collect();
    let decides = Some(is_any);
    match (found.contains(&decides), found.contains(&None)) {
        (true, _) => decides,
        (false, true) => None,
        (false, false) => Some(!is_any),
    }
}

#[test]
fn comparisons_with_subqueries_have_three_values() {
    let mut random = fastrand::Rng::with_seed(20_261_128);
    let number = |random: &mut fastrand::Rng| (random.u8(0..4) > 0).then(|| random.i64(0..4));
    let sql = |number: &Number| number.map_or("null".to_owned(), |number| number.to_string());
    let a: Vec<Number> = (0..4).map(Some).chain([None]).collect();
    let b: Vec<[Number; 2]> = (0..7).map(|_| [number(&mut random), number(&mut random)]).collect();
    let rows = |rows: Vec<String>| rows.iter().map(|row| format!("({row})")).collect::<Vec<_>>().join(", ");
    let mut script = format!(
        "set odps.sql.select.output.format=csv;
        create table a (id bigint, x bigint); insert into a values {};
        create table b (x bigint, y bigint); insert into b values {};",
        rows(a.iter().enumerate().map(|(id, x)| format!("{id}, {}", sql(x))).collect()),
        rows(b.iter().map(|[x, y]| format!("{}, {}", sql(x), sql(y))).collect()),
    );
    let mut expected: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for number in 0..MEMBERSHIPS {
        let operator = pick(&mut random, &["=", "<>", "<", "<=", ">", ">="]);
        let (is_any, kind, place) = (random.bool(), random.u8(0..6), random.u8(0..5));
        let query = match kind {
            0 => "select y from b",
            1 => "select y from b where y is not null",
            2 => "select y from b where y > 100",
            3 => "select y from b where b.x = a.x",
            4 => "select max(y) from b where b.x = a.x",
            _ => "select count(y) from b where b.x = a.x",
        };
        let list = |x: Number| -> Vec<Number> {
            let all = || b.iter().map(|[_, y]| *y);
            let own = || b.iter().filter(|[other, _]| compared(x, "=", *other) == Some(true)).map(|[_, y]| *y);
            match kind {
                0 => all().collect(),
                1 => all().filter(Option::is_some).collect(),
                2 => Vec::new(),
                3 => own().collect(),
                4 => vec![own().flatten().max()],
                _ => vec![Some(own().flatten().count() as i64)],
            }
        };
        let asked = match (operator, is_any, random.bool()) {
            ("=", true, true) => format!("x in ({query})"),
            ("<>", false, true) => format!("x not in ({query})"),
            _ => format!("x {operator} {} ({query})", if is_any { "any" } else { "all" }),
        };
        let condition = match place {
            0 => asked,
            1 => format!("not ({asked})"),
            2 => format!("({asked}) is null"),
            3 => format!("coalesce({asked}, true)"),
            _ => format!("({asked}) or x = 2"),
        };
        let selects = |x: Number| {
            let found = quantified(x, operator, is_any, &list(x));
            match place {
                0 => found == Some(true),
                1 => found == Some(false),
                2 => found.is_none(),
                3 => found != Some(false),
                _ => found == Some(true) || x == Some(2),
            }
        };
        expected.insert(number, (0..a.len()).filter(|id| selects(a[*id])).collect());
        writeln!(script, "select 'q{number}' as q, id from a where {condition};").unwrap();
    }
    let output = World::fresh().succeed(&script);
    let mut found: BTreeMap<usize, Vec<usize>> = expected.keys().map(|number| (*number, Vec::new())).collect();
    for line in output.lines() {
        let Some((number, id)) = line.strip_prefix('q').and_then(|line| line.split_once(',')) else { continue };
        if let (Ok(number), Ok(id)) = (number.parse(), id.parse()) {
            found.entry(number).or_default().push(id);
        }
    }
    for ids in found.values_mut() {
        ids.sort_unstable();
    }
    for (number, ids) in &expected {
        let asked = script.lines().find(|line| line.contains(&format!("'q{number}'"))).unwrap_or_default();
        assert_eq!(&found[number], ids, "{asked}\na: {a:?}\nb: {b:?}");
    }
}
