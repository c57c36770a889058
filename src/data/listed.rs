//! Rows that are no table's: those of the views of `information_schema`. They are in memory, and all of them may be seen by who runs the plan.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StringArray, TimestampMillisecondArray,
    new_null_array,
};
use datafusion::arrow::datatypes::{DataType as Arrow, SchemaRef};
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result as Outcome, ScalarValue, internal_datafusion_err};
use datafusion::datasource::TableType;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, LogicalPlan, Operator, TableProviderFilterPushDown};
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::optimizer::{Optimizer, OptimizerContext};
use datafusion::physical_plan::ExecutionPlan;

use super::relations::number_of;
use super::types;
use crate::model::{DAY, Listed, ListedValues};

/// Rows of a batch.
const BATCH: usize = 8192;

/// The days of the rows that a plan reads of a relation: from the first to the last, as text; nothing where it does not say.
pub type Days = (Option<String>, Option<String>);

/// Rows that are put in before the plan runs.
#[derive(Debug)]
pub struct ListedRows {
    schema: SchemaRef,
    rows: Listed,
}

impl ListedRows {
    /// A source of these rows, under these names.
    pub fn new(schema: SchemaRef, rows: Listed) -> Self {
        Self { schema, rows }
    }

    fn plan(&self, projection: Option<&Vec<usize>>) -> Outcome<Arc<dyn ExecutionPlan>> {
        let rows = self.rows.rows().ok_or_else(|| internal_datafusion_err!("rows that were not read"))?;
        let wanted = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&wanted)?);
        let columns: Vec<ArrayRef> = wanted
            .iter()
            .map(|at| {
                let data_type = self.schema.field(*at).data_type();
                array(rows.columns.get(*at).unwrap_or(&ListedValues::Nothing), data_type, rows.count)
            })
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.count));
        let whole = RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)?;
        let batches: Vec<RecordBatch> =
            (0..rows.count).step_by(BATCH).map(|start| whole.slice(start, BATCH.min(rows.count - start))).collect();
        Ok(MemorySourceConfig::try_new_exec(&[batches], schema, None)?)
    }
}

fn array(values: &ListedValues, data_type: &Arrow, count: usize) -> ArrayRef {
    match (values, data_type) {
        (ListedValues::Text(texts), Arrow::Utf8) => Arc::new(StringArray::from_iter(texts)),
        (ListedValues::Number(numbers), Arrow::Int64) => Arc::new(Int64Array::from_iter(numbers.iter().copied())),
        (ListedValues::Number(moments), Arrow::Timestamp(..)) => {
            Arc::new(TimestampMillisecondArray::from_iter(moments.iter().copied()).with_timezone(types::ZONE))
        }
        (ListedValues::Truth(truths), Arrow::Boolean) => Arc::new(BooleanArray::from_iter(truths.iter().copied())),
        _ => new_null_array(data_type, count),
    }
}

impl TableProvider for ListedRows {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn get_logical_plan(&self) -> Option<Cow<'_, LogicalPlan>> {
        None
    }

    fn scan<'a, 'b, 'c, 'd, 'future>(
        &'a self,
        _: &'b dyn Session,
        projection: Option<&'c Vec<usize>>,
        _: &'d [Expr],
        _: Option<usize>,
    ) -> Pin<Box<dyn Future<Output = Outcome<Arc<dyn ExecutionPlan>>> + Send + 'future>>
    where
        'a: 'future,
        'b: 'future,
        'c: 'future,
        'd: 'future,
        Self: 'future,
    {
        Box::pin(async move { self.plan(projection) })
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Outcome<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Unsupported; filters.len()])
    }
}

/// The days of the rows that a plan reads of each relation, by its number: of several conditions on one the narrowest, of several uses of a
/// relation all. Only comparisons with constants count, where they stand right above the relation once filters are moved there.
///
/// # Errors
/// The engine's own.
pub fn days(plan: &LogicalPlan) -> Outcome<BTreeMap<usize, Days>> {
    let rules = vec![Arc::new(PushDownFilter::new()) as _];
    let plan = Optimizer::with_rules(rules).optimize(plan.clone(), &OptimizerContext::new(), |_, _| {})?;
    let mut found = BTreeMap::new();
    collect(&plan, (None, None), &mut found)?;
    Ok(found)
}

fn collect(plan: &LogicalPlan, days: Days, found: &mut BTreeMap<usize, Days>) -> Outcome<()> {
    let inner = match plan {
        LogicalPlan::Filter(filter) => split_conjunction(&filter.predicate).into_iter().fold(days, narrowed),
        LogicalPlan::SubqueryAlias(_) => days,
        LogicalPlan::TableScan(scan) => {
            let days = scan.filters.iter().fold(days, narrowed);
            if let Some(number) = number_of(&scan.table_name) {
                let all = match found.remove(&number) {
                    None => days,
                    Some((first, last)) => {
                        (first.zip(days.0).map(|(a, b)| a.min(b)), last.zip(days.1).map(|(a, b)| a.max(b)))
                    }
                };
                found.insert(number, all);
            }
            (None, None)
        }
        _ => (None, None),
    };
    plan.apply_subqueries(|subquery| {
        collect(subquery, (None, None), found)?;
        Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
    })?;
    plan.inputs().into_iter().try_for_each(|input| collect(input, inner.clone(), found))
}

/// The days that are left of some by a condition.
fn narrowed((first, last): Days, condition: &Expr) -> Days {
    let (from, to) = bounds(condition);
    let first = match (first, from) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    };
    let last = match (last, to) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    (first, last)
}

fn bounds(condition: &Expr) -> Days {
    let is_day = |expr: &Expr| matches!(expr, Expr::Column(column) if column.name == DAY);
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let (op, value) = match (is_day(left), is_day(right)) {
                (true, false) => (Some(*op), text(right)),
                (false, true) => (op.swap(), text(left)),
                _ => (None, None),
            };
            match (op, value) {
                (Some(Operator::Eq), Some(value)) => (Some(value.clone()), Some(value)),
                (Some(Operator::Gt | Operator::GtEq), Some(value)) => (Some(value), None),
                (Some(Operator::Lt | Operator::LtEq), Some(value)) => (None, Some(value)),
                _ => (None, None),
            }
        }
        Expr::Between(Between { expr, negated: false, low, high }) if is_day(expr) => (text(low), text(high)),
        Expr::InList(list) if !list.negated && is_day(&list.expr) => {
            let values: Option<Vec<String>> = list.list.iter().map(text).collect();
            let values = values.unwrap_or_default();
            (values.iter().min().cloned(), values.iter().max().cloned())
        }
        _ => (None, None),
    }
}

fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Some(text.clone()),
        _ => None,
    }
}
