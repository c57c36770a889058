//! Rows that a view leaves out change nothing that a caller sees, whatever the caller computes (VIW-5).
//!
//! The same questions are put to states that differ in such a row only, and must end in the same way.

use std::fs;

use crate::it::process::{World, run};

/// Conditions that fail for the card 5500, one for every error that a query can end with.
const FAILING: [&str; 11] = [
    "9223372036854775807 + (case when card = '5500' then 1 else 0 end) > 0",
    "abs(case when card = '5500' then -9223372036854775807 - 1 else 0 end) >= 0",
    "cast(99.9 as decimal(38,2)) * cast(case when card = '5500' then '9999999999999999999999999999999999' else '1' end as decimal(38,2)) > 0",
    "-(case when card = '5500' then -9223372036854775807 - 1 else 0 end) >= 0",
    "datetrunc(d, case when card = '5500' then 'nosuch' else 'yyyy' end) is not null",
    "datepart(d, case when card = '5500' then 'nosuch' else 'yyyy' end) is not null",
    "card rlike case when card = '5500' then '(' else '1' end",
    "regexp_extract('a', 'a', case when card = '5500' then 9 else 0 end) is not null",
    "size(map(case when card = '5500' then cast(null as string) else 'a' end, 1)) = 1",
    "size(map_concat('exception', map('a', 1), map(case when card = '5500' then 'a' else 'b' end, 2))) = 2",
    "chr(case when card = '5500' then 5000000 else 65 end) is not null",
];

/// Where a caller can put such a condition (`E`) over a view (`V`).
const PLACES: [&str; 27] = [
    "select id from V where E",
    "select id, E as e from V",
    "select id from V where id > 0 and E",
    "select id from V where card = '5500' and E",
    "select id from V where (id = 2 or id = 1) and E",
    "select id from V where case when id > 0 then E else false end",
    "select id from V where coalesce(E, true)",
    "select id from V where not E or id is null",
    "select id from (select id, card, d from V) x where E",
    "select id from (select id, E as e from V) x where e",
    "with w as (select * from V where E) select id from w",
    "select V.id from V join two on E",
    "select V.id from V join two on x = case when E then 1 else 0 end",
    "select V.id from V left join two on x = 1 and E where id = 1",
    "select x from two left join V on E where x = 1",
    "select x from two where exists (select 1 from V where id = x and E)",
    "select x from two where x in (select id from V where E)",
    "select x from two where x not in (select id from V where E)",
    "select id from V order by E, id limit 100",
    "select count(*) as n from V group by E",
    "select card, count(*) as n from V group by card, d having E",
    "select max(id) as n from V having max(case when E then 1 else 0 end) = 1",
    "select id, sum(case when E then 1 else 0 end) over (order by id) as n from V",
    "select id from V where E limit 1",
    "select id from V where E union all select x from two where x = 1",
    "select distinct E as e from V",
    "select id, y from V lateral view explode(case when E then array(1) else array(2) end) l as y",
];

/// Questions of other forms.
const OTHERS: [&str; 14] = [
    "select id from V where 9223372036854775807 + 1 > 0 and card = '5500'",
    "select id from V where card = '5500' and rand() >= 0 and 9223372036854775807 + 1 > 0",
    "select V.id from V join two on 9223372036854775807 + 1 > 0 where card = '5500'",
    "select sum(case when card = '5500' then 9223372036854775807 else 4611686018427387904 end) as n from V group by id",
    "select x from two where x = (select id from V where card >= '1')",
    "select count(*) as n, min(card) as low, max(card) as high from V",
    "explain select id from V where card = '5500'",
    "create table made as select id, date_add(d, case when card = '5500' then 2147483647 else 1 end) as e from V; drop table made",
    "select id from V where card in ('4111', '5500', '1', '2', '3')",
    "select id from V where card = '4111' or card = '5500'",
    "select id from V where (card = '4111' or card = '5500') and card in ('5500', '9', '8', '7') or card >= '6' and card <= '4'",
    "select V.id, x from two right join V on x = id where card >= '5' and (x <=> id or id = 2)",
    "read V",
    "tunnel download V rows.csv",
];

/// Views that leave out the row of bob, and show the one of alice if they show any.
const VIEWS: [(&str, &str); 20] = [
    ("filter", "select id, card, d from cust where owner = 'alice'"),
    ("nested", "select id, card, d from filter"),
    ("calculates", "select id + 0 as id, concat(card, '') as card, d from filter"),
    ("joins", "select id, card, d from cust join allowed on cust.owner = allowed.owner"),
    ("semi", "select id, card, d from cust left semi join allowed on cust.owner = allowed.owner"),
    ("anti", "select id, card, d from cust left anti join denied on cust.owner = denied.owner"),
    ("part", "select id, card, d from cust where owner in (select owner from allowed)"),
    ("there", "select id, card, d from cust where exists (select 1 from allowed a where a.owner = cust.owner)"),
    ("first", "select id, card, d from cust order by owner limit 1"),
    ("groups", "select max(id) as id, card, d from cust group by card, d having max(owner) = 'alice'"),
    ("united", "select id, card, d from cust where owner = 'alice' union all select id, card, d from cust where false"),
    ("common", "select id, card, d from cust where owner = 'alice' intersect select id, card, d from cust"),
    ("numbered", "select id, card, d from (select *, row_number() over (order by owner) as n from cust) x where n = 1"),
    ("exploded", "select id, card, d from cust lateral view explode(split(owner, 'lic')) l as part where part = 'a'"),
    ("kept", "select distinct id, card, d from cust where owner = 'alice'"),
    ("listed", "select id, card, d from cust where card not in ('0000', case owner when 'bob' then card else '' end)"),
    ("unlisted", "select id, card, d from cust where card in ('0000', case owner when 'alice' then card end)"),
    ("nothing", "select id, card, d from cust where card not in ('0000', null)"),
    (
        "asked",
        "select id, card, d from cust where card not in ('0', coalesce((select max(c.card) from cust c where c.owner = 'bob'), ''))",
    ),
    ("outer_side", "select a.id, a.card, a.d from allowed w left join cust a on a.owner = w.owner"),
];

/// The end of every question where the hidden row has this card, or is missing; and how the state was made.
fn ends(hidden: Option<&str>, questions: &[String]) -> (Vec<String>, String) {
    let hidden = hidden.map(|card| format!(", (2, 'bob', '{card}', date '2020-01-01')")).unwrap_or_default();
    let views: String = VIEWS.map(|(name, body)| format!("create view {name} as {body};\n")).concat();
    let setup = format!(
        "-- questions.\ncreate table cust as select * from values (1, 'alice', '4111', date '2020-01-01'){hidden} t(id, owner, card, d);
create table allowed as select 'alice' as owner;
create table denied as select 'bob' as owner;
create table two as select * from values (1), (2) t(x);
{views}"
    );
    let world = World::empty();
    let asked: String = questions.iter().map(|question| format!("{question};\n-->?\n")).collect();
    let file = world.file("questions.odps", format!("{setup}-- here\n{asked}"));
    let ended = run(world.command().args(["test", "--bless", "questions.odps"]), b"");
    let told = fs::read_to_string(&file).unwrap();
    let after = told.split_once("-- here\n").expect("the setup is one part").1;
    // What failed is in the report, what passed in the file.
    (vec![after.to_owned(), ended.output()], setup)
}

fn ask(questions: &[String], others: &[Option<&str>]) {
    let (with, _) = ends(Some("5500"), questions);
    let report = with.last().unwrap();
    assert!(
        ["ODPS-01300", "ODPS-0130161", "ODPSH-0103"].iter().all(|code| !report.contains(code)),
        "a question is none: {report}"
    );
    for other in others {
        let (without, setup) = ends(*other, questions);
        for (with, without) in with.iter().zip(&without) {
            let differs = with.lines().zip(without.lines()).find(|(one, other)| one != other);
            assert_eq!(differs, None, "with the hidden card {other:?}; after\n{setup}");
            assert_eq!(with.lines().count(), without.lines().count());
        }
    }
}

#[test]
fn every_failing_condition_fails_for_the_card_that_is_hidden_later() {
    let questions: Vec<String> = FAILING.iter().map(|e| format!("select id from cust where {e}")).collect();
    let (told, _) = ends(Some("5500"), &questions);
    let report = told.last().unwrap();
    assert_eq!(report.matches("ODPS-0123144").count(), FAILING.len(), "{report}");
    let (told, _) = ends(Some("9999"), &questions);
    assert!(!told.last().unwrap().contains("ODPS-"), "{told:?}");
}

#[test]
fn no_condition_of_the_caller_meets_a_row_that_a_view_leaves_out() {
    let questions = VIEWS.iter().enumerate().flat_map(|(number, (view, _))| {
        // Two views are asked everything; the others share it.
        let places = PLACES.iter().enumerate().filter(move |(at, _)| number < 2 || at % 3 == number % 3);
        places.map(move |(at, place)| {
            let failing = FAILING.get((at + number) % FAILING.len()).unwrap();
            place.replace('V', view).replace('E', failing)
        })
    });
    ask(&questions.collect::<Vec<_>>(), &[Some("9999")]);
}

#[test]
fn no_other_statement_tells_of_a_row_that_a_view_leaves_out() {
    let questions = VIEWS.iter().flat_map(|(view, _)| OTHERS.iter().map(move |other| other.replace('V', view)));
    ask(&questions.collect::<Vec<_>>(), &[Some("9999"), None]);
}
