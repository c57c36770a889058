//! Tables, files and queries together.

mod cost;
mod hidden;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlanProperties;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::prelude::SessionContext;

use super::{Cancel, Engine, EngineOptions, Join, RowStream, WriteTarget, run, types, write};
use crate::data::provider::ManifestTable;
use crate::error::{Code, Result};
use crate::model::{
    Cell, Column, ColumnId, DataFile, DataType, ObjectId, Principal, ProjectId, ProjectRef, ResultColumn, Row,
    SchemaName, Table, TableKind, Time,
};

/// A planned query.
struct Plan {
    logical: LogicalPlan,
    columns: Vec<ResultColumn>,
}

impl Engine {
    fn start(&self, plan: &Plan, cancel: &Cancel) -> RowStream {
        let types = plan.columns.iter().map(|column| column.data_type.clone()).collect();
        run::rows(self.started().unwrap(), plan.logical.clone(), None, types, cancel).unwrap()
    }
}

/// A folder for temporary files.
pub(in crate::data) struct Spill(pub std::path::PathBuf);

impl super::SpillFolder for Spill {
    fn path(&self) -> &std::path::Path {
        &self.0
    }
}

/// An engine over a temporary folder.
struct World {
    engine: Engine,
    folder: tempfile::TempDir,
}

fn world() -> World {
    world_of(512 << 20, true)
}

fn world_of(memory_limit: u64, deterministic: bool) -> World {
    let folder = tempfile::tempdir().unwrap();
    let options = EngineOptions {
        memory_limit: Some(memory_limit),
        spill: folder.path().join("spill"),
        spill_folder: |base| Ok(Box::new(Spill(base.to_owned()))),
        data: folder.path().join("data"),
        threads: Some(2),
        deterministic,
    };
    World { engine: Engine::new(options), folder }
}

/// A table of one column of whole numbers.
fn numbers() -> Table {
    table(vec![column(1, "a", DataType::Bigint)], Vec::new())
}

fn column(id: i64, name: &str, data_type: DataType) -> Column {
    Column {
        id: ColumnId(id),
        name: name.into(),
        data_type,
        comment: String::new(),
        nullable: true,
        default: None,
        is_key: false,
        generator: None,
    }
}

fn table(columns: Vec<Column>, partition_columns: Vec<Column>) -> Table {
    Table {
        id: ObjectId(7),
        project: ProjectRef { id: ProjectId(1), name: "p".into() },
        schema: SchemaName::default(),
        name: "t".into(),
        kind: TableKind::Table,
        owner: Principal::Account { account: "a@b".into() },
        comment: String::new(),
        lifecycle: None,
        transactional: false,
        columns,
        partition_columns,
        view_text: None,
        external: None,
        created: Time(0),
        defined: Time(0),
        modified: Time(0),
    }
}

fn plan(sql: &str, tables: &[(&str, &Table, &[DataFile])]) -> Plan {
    let context = SessionContext::new();
    for (name, table, files) in tables {
        context.register_table(*name, ManifestTable::provider(table, files).unwrap()).unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let logical = runtime.block_on(context.state().create_logical_plan(sql)).unwrap();
    let columns = logical.schema().fields().iter();
    let columns = columns.map(|field| ResultColumn { name: field.name().clone(), data_type: types::from_field(field) });
    Plan { columns: columns.collect(), logical }
}

fn target(table: &Table, fixed: &[(&str, &str)], dynamic: &[&str], prefix: &str) -> WriteTarget {
    WriteTarget {
        table: table.clone(),
        columns: table.columns.iter().map(|column| column.id).collect(),
        fixed: fixed.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        dynamic: dynamic.iter().map(|name| (*name).into()).collect(),
        prefix: prefix.into(),
        key: None,
    }
}

fn go() -> Cancel {
    Arc::new(AtomicBool::new(false))
}

impl World {
    fn rows(&self, plan: &Plan) -> Vec<Row> {
        let chunks: Result<Vec<Vec<Row>>> = self.engine.start(plan, &go()).collect();
        chunks.unwrap().concat()
    }

    fn shown(&self, sql: &str, tables: &[(&str, &Table, &[DataFile])]) -> Vec<String> {
        let text = |cell: &Cell| match cell {
            Cell::Null => "NULL".to_owned(),
            Cell::Boolean(flag) => flag.to_string(),
            Cell::Number(text) | Cell::Text(text) | Cell::Json(text) => text.clone(),
            Cell::Time(_) | Cell::List(_) | Cell::Record(_) => panic!("{cell:?} is not a value of a query"),
        };
        let rows = self.rows(&plan(sql, tables));
        rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join("|")).collect()
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    fn write(&self, sql: &str, target: &WriteTarget) -> Result<Vec<DataFile>> {
        write::write(self.engine.started()?, &plan(sql, &[]).logical, None, &Arc::default(), target, &go())
    }
}

fn files_in(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn what_is_written_is_read_back() {
    let world = world();
    let table = table(
        vec![
            column(1, "id", DataType::Bigint),
            column(2, "name", DataType::Varchar(3)),
            column(5, "at", DataType::Datetime),
        ],
        vec![],
    );
    let sql = "select * from (values (1, 'abcdef', '2024-01-02 03:04:05'), (2, null, null)) order by 1";
    let files = world.write(sql, &target(&table, &[], &[], "w1")).unwrap();
    assert_eq!((files.len(), files[0].name.as_str(), files[0].rows), (1, "w1-0.parquet", 2));
    let bytes = std::fs::read(world.data().join(&files[0].name)).unwrap();
    assert_eq!((files[0].bytes, files[0].checksum), (bytes.len() as u64, crc32fast::hash(&bytes)));
    let shown = world.shown("select * from t order by id", &[("t", &table, &files)]);
    assert_eq!(shown, ["1|abc|2024-01-02 03:04:05", "2|NULL|NULL"]);
    let head = plan("select name from t", &[("t", &table, &files)]);
    assert_eq!(head.columns[0].data_type, DataType::Varchar(3));
}

#[test]
fn added_columns_are_null_and_dropped_ones_do_not_come_back() {
    let world = world();
    let old = table(vec![column(1, "a", DataType::Bigint), column(2, "b", DataType::Bigint)], vec![]);
    let files = world.write("select 1, 2", &target(&old, &[], &[], "w")).unwrap();
    let new = table(vec![column(1, "x", DataType::Bigint), column(3, "b", DataType::String)], vec![]);
    assert_eq!(world.shown("select x, b from t", &[("t", &new, &files)]), ["1|NULL"]);
    assert_eq!(world.shown("select x from t where b is null and x > 0", &[("t", &new, &files)]), ["1"]);
    assert_eq!(world.shown("select count(*) from t where x > 1", &[("t", &new, &files)]), ["0"]);
}

#[test]
fn partitions_are_written_by_value_and_read_only_where_the_filter_allows() {
    let world = world();
    let table = table(
        vec![column(1, "id", DataType::Bigint)],
        vec![column(2, "ds", DataType::String), column(3, "n", DataType::Int)],
    );
    let sql = "select * from (values (1, 7), (2, 8), (3, 7))";
    let files = world.write(sql, &target(&table, &[("ds", "a/b='c")], &["n"], "w")).unwrap();
    let specs: Vec<String> = files.iter().map(|file| file.partition.to_string()).collect();
    assert_eq!(specs, ["ds=a/b='c/n=7", "ds=a/b='c/n=8"]);
    let tables: &[(&str, &Table, &[DataFile])] = &[("t", &table, &files)];
    assert_eq!(
        world.shown("select sum(id), n, ds from t group by n, ds order by n", tables),
        ["4|7|a/b='c", "2|8|a/b='c"]
    );
    // A file that is left out need not even be there.
    std::fs::remove_file(world.data().join(&files[1].name)).unwrap();
    assert_eq!(world.shown("select id from t where n = 7 order by id desc", tables), ["3", "1"]);
    assert_eq!(world.shown("select count(*) from t", tables), ["3"]);
    assert!(world.shown("select id from t where n = 9", tables).is_empty());
}

#[test]
fn a_refused_row_leaves_no_file() {
    let world = world();
    let mut not_null = table(vec![column(1, "id", DataType::Tinyint)], vec![column(2, "ds", DataType::String)]);
    not_null.columns[0].nullable = false;
    for (sql, code) in [
        ("select 300, 'x'", Code::Execution),
        ("select null, 'x'", Code::Execution),
        ("select 1, null", Code::Partition),
        ("select 1, ''", Code::Partition),
        ("select true, 'x'", Code::Semantic),
        ("select 1, cast(i as string) from unnest(range(0, 2001)) as u(i)", Code::Execution),
    ] {
        let error = world.write(sql, &target(&not_null, &[], &["ds"], "w")).unwrap_err();
        assert_eq!(error.code, code, "{sql}: {error:?}");
        assert_eq!(files_in(&world.data()), 0, "{sql}");
    }
}

#[test]
fn no_rows_make_no_file_and_no_files_make_no_rows() {
    let world = world();
    let table = table(vec![column(1, "id", DataType::Bigint)], vec![]);
    let files = world.write("select 1 where false", &target(&table, &[], &[], "w")).unwrap();
    assert!(files.is_empty());
    assert_eq!(world.shown("select count(*), max(id) from t", &[("t", &table, &files)]), ["0|NULL"]);
}

#[test]
fn small_files_of_a_partition_become_one() {
    let world = world();
    let table = table(vec![column(1, "id", DataType::Bigint)], vec![column(2, "ds", DataType::String)]);
    let mut files = Vec::new();
    for n in 0..3 {
        files.extend(
            world.write(&format!("select {n}"), &target(&table, &[("ds", "a")], &[], &format!("w{n}"))).unwrap(),
        );
    }
    let merged = world.engine.merge(&table, &files, ("m", None), &go()).unwrap();
    assert_eq!((merged.rows, merged.partition.to_string(), merged.name.as_str()), (3, "ds=a".into(), "m-0.parquet"));
    let shown = world.shown("select id, ds from t order by id", &[("t", &table, &[merged])]);
    assert_eq!(shown, ["0|a", "1|a", "2|a"]);
}

#[test]
fn a_finished_plan_tells_which_columns_it_reads() {
    let world = world();
    let table = table(
        vec![column(1, "a", DataType::Bigint), column(2, "b", DataType::Bigint), column(3, "c", DataType::Bigint)],
        vec![],
    );
    let files = world.write("select 1, 2, 3", &target(&table, &[], &[], "w")).unwrap();
    let plan = plan("select a from t where b = 2", &[("t", &table, &files)]);
    let first = |numbers: &[i64]| {
        let numbers = numbers.iter().map(|number| ColumnId(*number)).collect();
        let readable = Arc::new(BTreeMap::from([(ObjectId(7), numbers)]));
        let started = world.engine.started().unwrap();
        let mut rows = run::rows(started, plan.logical.clone(), Some(readable), vec![DataType::Bigint], &go()).unwrap();
        rows.next().unwrap()
    };
    assert_eq!(first(&[1, 2]).unwrap(), [[Cell::Number("1".to_owned())]]);
    assert_eq!(first(&[1]).unwrap_err().code, Code::Internal);
}

#[test]
fn a_cancelled_query_stops() {
    let world = world();
    let cancel = go();
    let endless = "select count(*) from unnest(range(0, 100000)) as a(i), unnest(range(0, 100000)) as b(j), \
                   unnest(range(0, 100000)) as c(k) where i + j > k";
    let mut stream = world.engine.start(&plan(endless, &[]), &cancel);
    cancel.store(true, Ordering::Relaxed);
    assert_eq!(stream.next().unwrap().unwrap_err().code, Code::Cancelled);
    assert!(stream.next().is_none());
    // A stream that nobody reads to its end stops as well.
    let mut many = world.engine.start(&plan("select i from unnest(range(0, 1000000)) as a(i)", &[]), &go());
    assert_eq!(many.next().unwrap().unwrap().len(), 1024);
    drop(many);
}

#[test]
fn a_query_without_enough_memory_says_so() {
    let world = world_of(4 << 20, false);
    let sql = "select array_agg(i) from unnest(range(0, 2000000)) as a(i)";
    let error = world.engine.start(&plan(sql, &[]), &go()).find_map(|item| item.err());
    let error = error.unwrap();
    assert_eq!(error.code, Code::Memory);
    assert!(error.help.as_deref().unwrap().contains("--memory-limit"));
}

/// Less than a join in memory needs below, and several times what single batches take; and how often queries run.
const MEMORY: u64 = 48 << 20;
const ATTEMPTS: usize = 2;

/// A table of two files with 100,000 rows each.
fn two_files(world: &World) -> (Table, Vec<DataFile>) {
    let table = table(vec![column(1, "id", DataType::Bigint), column(2, "s", DataType::String)], vec![]);
    let mut files = Vec::new();
    for start in [0, 100_000] {
        let end = start + 100_000;
        let sql = format!(
            "select i, concat('a value that takes some memory: ', i) from unnest(range({start}, {end})) as u(i)"
        );
        files.extend(world.write(&sql, &target(&table, &[], &[], &format!("w{start}"))).unwrap());
    }
    (table, files)
}

const JOINED: &str = "select count(*), sum(n), sum(total), max(last) from (select a.s, count(*) as n, sum(b.id) as total, \
                      max(b.s) as last from t a join t b on a.id = b.id where a.id <> 7 group by a.s)";

#[test]
fn joins_and_groupings_in_little_memory_end_and_give_it_back() {
    let world = world_of(MEMORY, false);
    let (table, files) = two_files(&world);
    let tables: &[(&str, &Table, &[DataFile])] = &[("t", &table, &files)];
    let started = world.engine.started().unwrap();
    for _ in 0..ATTEMPTS {
        let shown = world.shown(JOINED, tables);
        assert_eq!(shown, ["199999|199999|19999899993|a value that takes some memory: 99999"]);
        assert_eq!(started.environment.memory_pool.reserved(), 0);
    }
    // Spills of the grouping alone.
    let grouped =
        "select count(*), sum(n) from (select id % 5000 as g, count(distinct s) as n from t group by id % 5000)";
    for _ in 0..ATTEMPTS {
        assert_eq!(world.shown(grouped, tables), ["5000|200000"]);
    }
}

#[test]
fn every_repartitioning_has_one_feed() {
    let world = world_of(512 << 20, false);
    let (table, files) = two_files(&world);
    let logical = plan(JOINED, &[("t", &table, &files)]).logical;
    let started = world.engine.started().unwrap();
    for join in [Join::Hash, Join::SortMerge] {
        let physical =
            started.runtime.block_on(started.session(join, Vec::new()).create_physical_plan(&logical)).unwrap();
        let (mut nodes, mut seen) = (vec![physical], 0);
        while let Some(node) = nodes.pop() {
            if node.is::<RepartitionExec>() {
                seen += 1;
                assert_eq!(node.children()[0].output_partitioning().partition_count(), 1);
            }
            nodes.extend(node.children().into_iter().cloned());
        }
        assert!(seen > 0, "{join:?}");
    }
}

#[test]
fn errors_at_run_time_quote_no_value() {
    let world = world();
    let mut error = world.engine.start(&plan("select cast(x as bigint) from (values ('4711x')) as t(x)", &[]), &go());
    let error = error.find_map(|item| item.err()).unwrap();
    assert!(!format!("{error:?}").contains("4711"), "{error:?}");
    assert_eq!(error.code, Code::Execution);
}
