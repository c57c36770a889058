//! What is kept comes back as it was; what is not leaves nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Keep, Kept, kept};
use crate::data::{Cancel, Context, Engine, EngineOptions, Plan, parse, plan};
use crate::model::{Dialect, KeptRows, Lost, Row, Time};

struct World {
    engine: Engine,
    folder: tempfile::TempDir,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let options = EngineOptions {
        memory_limit: Some(512 << 20),
        spill: folder.path().join("spill"),
        spill_folder: |base| Ok(Box::new(crate::data::engine::tests::Spill(base.to_owned()))),
        data: folder.path().join("data"),
        threads: Some(4),
        deterministic: false,
    };
    World { engine: Engine::new(options), folder }
}

fn planned(text: &str) -> Plan {
    let context = Context {
        now: Time(0),
        seed: 0,
        script_seed: 0,
        dialect: Arc::default(),
        stand_ins: Default::default(),
        answers: Vec::new(),
        code: Vec::new(),
        bodies: Vec::new(),
        cancel: Default::default(),
    };
    plan(&parse(text, 0, &Dialect::default()).unwrap(), &BTreeMap::new(), &context).unwrap()
}

fn go() -> Cancel {
    Arc::new(AtomicBool::new(false))
}

impl World {
    /// The rows that are given, and what is kept of them.
    fn run(&self, plan: &Plan, small: usize, limit: u64, shown: Option<u64>) -> (Vec<Row>, Option<Kept>) {
        let keep = Keep { prefix: "result1".into(), small, limit, key: None };
        let mut stream = self.engine.run_and_keep(plan, Some(keep), shown, &go()).unwrap();
        let rows = stream.by_ref().flat_map(Result::unwrap).collect();
        (rows, stream.kept())
    }

    fn fetched(&self, plan: &Plan, content: KeptRows) -> Vec<Row> {
        let plan = kept(plan.columns().to_vec(), plan.is_ordered(), content, &Arc::default()).unwrap();
        self.engine.run(&plan, &go()).unwrap().flat_map(Result::unwrap).collect()
    }

    fn files(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("data")).map(|entries| entries.count()).unwrap_or_default()
    }
}

/// Rows of many types, up to 10,000 of them.
fn query(end: &str) -> String {
    let digits = "values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)";
    format!(
        "select a.x * 1000 + b.x * 100 + c.x * 10 + d.x as n, a.x / 3 as f, cast(b.x as decimal(10, 2)) as m, null as z,
         concat('x', a.x) as n, array(a.x, null) as l, map('k', struct(b.x, 'ä')) as s, a.x > 5 as t, date '2024-01-02' as day,
         datetime '2024-01-02 03:04:05' as at, cast('ab ' as char(5)) as c, cast(a.x as float) as g
         from {digits} a (x) join {digits} b (x) on true join {digits} c (x) on true join {digits} d (x) on true
         order by a.x * 1000 + b.x * 100 + c.x * 10 + d.x desc {end}"
    )
}

#[test]
fn few_rows_and_many_come_back_as_they_were_and_in_their_order() {
    let world = world();
    let (none, few, many) = ("limit 0", "limit 3", "limit 10000");
    let places = [
        (none, 64 << 10, true),
        (few, 64 << 10, true),
        (many, 16 << 20, true),
        (few, 0, false),
        (many, 64 << 10, false),
    ];
    for (end, small, in_memory) in places {
        let plan = planned(&query(end));
        let (shown, kept) = world.run(&plan, small, 1 << 30, None);
        let Some(Kept::Rows(rows, content)) = kept else { panic!("{kept:?}") };
        assert_eq!(rows, shown.len() as u64);
        assert_eq!(matches!(content, KeptRows::Small(_)), in_memory, "{end} {small}");
        assert_eq!(world.fetched(&plan, content), shown, "{end} {small}");
        let _ = std::fs::remove_file(world.folder.path().join("data/result1-0.parquet"));
    }
}

#[test]
fn all_rows_are_kept_where_some_are_shown() {
    let world = world();
    let plan = planned(&query("limit 10000"));
    let (shown, kept) = world.run(&plan, 16 << 20, 1 << 30, Some(10));
    assert!(shown.len() > 10 && shown.len() < 5_000, "{}", shown.len());
    assert!(matches!(kept, Some(Kept::Rows(10_000, _))), "{kept:?}");
}

#[test]
fn what_is_too_large_is_not_kept_and_stops_nothing() {
    let world = world();
    let plan = planned(&query("limit 10000"));
    let (shown, kept) = world.run(&plan, 1 << 10, 2 << 10, None);
    assert_eq!((shown.len(), kept), (10_000, Some(Kept::Lost(Lost::Size))));
    assert_eq!(world.files(), 0);
}

#[test]
fn a_result_that_is_not_read_to_its_end_leaves_nothing() {
    let world = world();
    let plan = planned(&query("limit 10000"));
    let keep = Keep { prefix: "result1".into(), small: 0, limit: 1 << 30, key: None };
    let mut stream = world.engine.run_and_keep(&plan, Some(keep), None, &go()).unwrap();
    stream.next().unwrap().unwrap();
    stream.stop();
    assert_eq!(world.files(), 0);
}
