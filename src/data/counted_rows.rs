//! Gives windows over rows without columns a column, because the engine cannot put such rows together.
//!
//! `row_number() over (order by rand())` reads no column. The engine counts rows by their columns, and fails without one.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions};

/// What the column is called. No query can write it.
const ROW: &str = "?row";

/// The rule; it stands before those that sort and distribute rows.
#[derive(Debug)]
pub(super) struct CountedRows;

impl PhysicalOptimizerRule for CountedRows {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            let is_window =
                plan.downcast_ref::<WindowAggExec>().is_some() || plan.downcast_ref::<BoundedWindowAggExec>().is_some();
            let rows = match plan.children().as_slice() {
                [rows] if is_window && rows.schema().fields().is_empty() => Some(Arc::clone(rows)),
                _ => None,
            };
            match rows {
                Some(rows) => counted(plan, numbered(rows)?).map(Transformed::yes),
                None => Ok(Transformed::no(plan)),
            }
        })
        .data()
    }

    fn name(&self) -> &str {
        "CountedRows"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The rows with one column.
fn numbered(rows: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let one: Arc<dyn PhysicalExpr> = Arc::new(Literal::new(ScalarValue::from(true)));
    Ok(Arc::new(ProjectionExec::try_new(vec![(one, ROW.to_owned())], rows)?))
}

/// The window over such rows, without their column.
fn counted(window: Arc<dyn ExecutionPlan>, rows: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
    let window = window.replace_children(vec![rows], options)?;
    let schema = window.schema();
    let columns = schema.fields().iter().enumerate().skip(1).map(|(at, field)| {
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), at));
        (column, field.name().clone())
    });
    Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Vec<_>>(), window)?))
}
