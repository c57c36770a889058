//! What is calculated above a border does not depend on rows that the body leaves out.

use std::sync::Arc;

use datafusion::datasource::ViewTable;
use datafusion::prelude::SessionContext;

use super::{Plan, World, column, table, target, types, world_of};
use crate::data::barrier::{View, around};
use crate::data::provider::ManifestTable;
use crate::model::{Cell, DataType, ResultColumn};

/// What views show of `t(id, secret, hid)`: the rows whose `hid` is 0.
const BODIES: [&str; 6] = [
    "select id, secret from t where hid = 0",
    "select id + 0 as id, secret from t where hid < 1",
    "select id, secret from t where hid = 0 and id < 20000 union all select id, secret from t where hid = 0 and id >= 20000",
    "select t.id, t.secret from t join (select 0 as k) kinds on t.hid = kinds.k",
    "select id, max(secret) as secret from t group by id having max(hid) = 0",
    "select id, secret from t where hid = 0 order by id",
];

/// Sums that depend on which rows are added first, one for each row in which a batch may begin.
fn sums() -> String {
    let sum = |at: usize| {
        format!("sum(case id when 100 then 1e16 when {at} then 1.0 when 8500 then -1e16 else 0.0 end) as s{at}")
    };
    let sums: Vec<String> = (4080..4112).map(sum).collect();
    format!("select {} from v", sums.join(", "))
}

/// Rows of `t` behind these, in this order.
fn rows(hidden: &str) -> String {
    format!(
        "select * from ({hidden} select i as id, -1 as secret, 0 as hid from unnest(range(0, 40000)) as u(i)) order by id"
    )
}

/// What a question about a view gives, where these are the rows below it.
fn answer(world: &World, rows: &str, body: &str, question: &str) -> Vec<Vec<Cell>> {
    let columns = [(1, "id"), (2, "secret"), (3, "hid")];
    let table = table(columns.map(|(id, name)| column(id, name, DataType::Bigint)).to_vec(), Vec::new());
    let files = world.write(rows, &target(&table, &[], &[], "w")).unwrap();
    let context = SessionContext::new();
    context.register_table("t", ManifestTable::provider(&table, &files).unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let planned = |sql: &str| runtime.block_on(context.state().create_logical_plan(sql)).unwrap();
    let view = View { kind: crate::model::ObjectKind::View, name: "p.v".to_owned(), owner: "a".to_owned() };
    let view = around(planned(body), view).unwrap();
    context.register_table("v", Arc::new(ViewTable::new(view, None))).unwrap();
    let logical = planned(question);
    let fields = logical.schema().fields().iter();
    let columns = fields.map(|field| ResultColumn { name: field.name().clone(), data_type: types::from_field(field) });
    world.rows(&Plan { columns: columns.collect(), logical })
}

#[test]
fn sums_do_not_depend_on_how_many_rows_are_left_out() {
    let one = "select -1 as id, 0 as secret, 1 as hid union all";
    let many = "select -1 - i as id, 0 as secret, 1 as hid from unnest(range(0, 5003)) as h(i) union all";
    let worlds = ["", one, many].map(rows);
    for body in BODIES {
        let mut answers = worlds.iter().map(|rows| answer(&world_of(512 << 20, false), rows, body, &sums()));
        let known = answers.next().unwrap();
        for (at, other) in answers.enumerate() {
            assert_eq!(known, other, "{at}\n{body}");
        }
    }
}
