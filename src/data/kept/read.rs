use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::{DataFusionError, Result as Outcome};
use datafusion::datasource::provider_as_source;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::{StreamExt, stream};

use super::{schema, stored};
use crate::data::failure::failure;
use crate::data::plan::Plan;
use crate::data::provider::ManifestTable;
use crate::error::Result;
use crate::model::{
    Column, DataFile, Dialect, KeptRows, ObjectId, Principal, ProjectRef, ResultColumn, SchemaName, Table, TableKind,
    Time,
};

/// Stands where the number of a table would: a result is none.
const NO_TABLE: ObjectId = ObjectId(-1);

/// A plan that gives the rows of a result as they were, in their order; moments are shown in `dialect`. No file is touched.
///
/// # Errors
/// A mistake in this program.
pub fn kept(columns: Vec<ResultColumn>, ordered: bool, content: KeptRows, dialect: &Arc<Dialect>) -> Result<Plan> {
    let stored = stored(&columns);
    let numbers = stored.iter().map(|column| column.id).collect();
    let source: Arc<dyn TableProvider> = match content {
        // One file is one group, which nothing splits: its rows come in the order in which they were written.
        KeptRows::File(file) => from_file(stored, file)?,
        KeptRows::Small(bytes) => {
            let schema = schema(&stored);
            let rows = Rows { schema: Arc::clone(&schema), bytes: bytes.into() };
            Arc::new(StreamingTable::try_new(schema, vec![Arc::new(rows)]).map_err(failure)?)
        }
    };
    let plan = LogicalPlanBuilder::scan("result", provider_as_source(source), None)
        .and_then(LogicalPlanBuilder::build)
        .map_err(failure)?;
    Ok(Plan::of_kept(columns, BTreeMap::from([(NO_TABLE, numbers)]), ordered, Arc::clone(dialect), plan))
}

fn from_file(columns: Vec<Column>, file: DataFile) -> Result<Arc<dyn TableProvider>> {
    let nowhere = ProjectRef::unknown("");
    let table = Table {
        id: NO_TABLE,
        project: nowhere,
        schema: SchemaName::default(),
        name: "result".to_owned(),
        kind: TableKind::Table,
        owner: Principal::Account { account: Default::default() },
        comment: String::new(),
        lifecycle: None,
        transactional: false,
        columns,
        partition_columns: Vec::new(),
        view_text: None,
        external: None,
        created: Time(0),
        defined: Time(0),
        modified: Time(0),
    };
    ManifestTable::provider(&table, &[file])
}

/// Rows that are held in the state.
#[derive(Debug)]
struct Rows {
    schema: SchemaRef,
    bytes: Arc<[u8]>,
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let batches = match StreamReader::try_new(Cursor::new(Arc::clone(&self.bytes)), None) {
            Ok(reader) => stream::iter(reader.map(|batch| batch.map_err(DataFusionError::from))).boxed(),
            Err(error) => stream::iter([Outcome::Err(error.into())]).boxed(),
        };
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }
}
