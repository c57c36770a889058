//! The rows of data files with their numbers: of the file, and of the row in it.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
    ReplaceChildrenOptions,
};
use futures::{StreamExt, TryStreamExt};

/// Bits of a number that are the row's.
const ROW_BITS: u32 = 40;

/// The number of the file, and of the row in it, that the number of a row stands for.
pub fn place_of(row: i64) -> (usize, u64) {
    let row = row.unsigned_abs();
    (usize::try_from(row >> ROW_BITS).unwrap_or(usize::MAX), row & ((1 << ROW_BITS) - 1))
}

fn number(file: usize, row: u64) -> Option<i64> {
    let file = i64::try_from(file).ok().filter(|file| *file < 1 << (62 - ROW_BITS))?;
    let row = i64::try_from(row).ok().filter(|row| *row < 1 << ROW_BITS)?;
    Some((file << ROW_BITS) | row)
}

/// Reads files one after the other, each from its first row to its last, and numbers the rows.
#[derive(Debug)]
pub struct NumberedExec {
    /// The scan of each file, by its number.
    scans: Vec<(usize, Arc<dyn ExecutionPlan>)>,
    /// Where the numbers stand among the columns.
    at: usize,
    properties: Arc<PlanProperties>,
}

impl NumberedExec {
    /// Scans of one file each, whose columns are those of `schema` without the one of numbers `at` its place.
    pub fn new(scans: Vec<(usize, Arc<dyn ExecutionPlan>)>, at: usize, schema: SchemaRef) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { scans, at, properties: Arc::new(properties) }
    }

    /// The scans of the files.
    pub fn scans(&self) -> impl Iterator<Item = &Arc<dyn ExecutionPlan>> {
        self.scans.iter().map(|(_, scan)| scan)
    }
}

impl DisplayAs for NumberedExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NumberedExec")
    }
}

impl ExecutionPlan for NumberedExec {
    fn name(&self) -> &str {
        "NumberedExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    /// None that a rule could divide, sort or filter: the rows would get other numbers.
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.is_empty() {
            true => Ok(self),
            false => internal_err!("numbered rows have no other input"),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        if partition != 0 {
            return internal_err!("numbered rows come in one partition");
        }
        for (_, scan) in &self.scans {
            if scan.properties().output_partitioning().partition_count() != 1 {
                return internal_err!("the rows of a file are divided, and cannot be numbered");
            }
        }
        let (schema, at) = (self.schema(), self.at);
        let scans = futures::stream::iter(self.scans.clone());
        let numbered = Arc::clone(&schema);
        let rows = scans.map(move |(file, scan)| {
            let schema = Arc::clone(&numbered);
            let mut next = 0_u64;
            let batches = scan.execute(0, Arc::clone(&context))?;
            Ok::<_, DataFusionError>(batches.map(move |batch| {
                let batch = batch?;
                let first = next;
                next += batch.num_rows() as u64;
                with_numbers(&batch, &schema, at, file, first)
            }))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows.try_flatten())))
    }
}

fn with_numbers(batch: &RecordBatch, schema: &SchemaRef, at: usize, file: usize, first: u64) -> Result<RecordBatch> {
    let numbers: Option<Int64Array> =
        (first..first + batch.num_rows() as u64).map(|row| number(file, row).map(Some)).collect();
    let Some(numbers) = numbers else { return internal_err!("a table has too many files or rows to change them") };
    let mut columns = batch.columns().to_vec();
    let numbers: ArrayRef = Arc::new(numbers);
    columns.insert(at.min(columns.len()), numbers);
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_for_a_row_of_a_file() {
        for place in [(0, 0), (0, 7), (3, 0), (70_000, 1 << 39)] {
            assert_eq!(place_of(number(place.0, place.1).unwrap()), place);
        }
        assert!(number(0, 5) < number(1, 0) && number(1, 0) < number(1, 1));
        assert_eq!((number(1 << 23, 0), number(0, 1 << 40)), (None, None));
    }
}
