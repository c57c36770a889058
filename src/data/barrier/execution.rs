//! A border in the plan that runs: rows pass, filters and projections do not; errors from inside lose what they say.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result, Statistics, internal_err};
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_plan::execution_plan::CardinalityEffect;
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties,
    ReplaceChildrenOptions,
};
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};
use futures::TryStreamExt;

use super::in_order::InOrderExec;
use super::{Barrier, View};
use crate::data::failure::{carry, failure, not_for_each_row};
use crate::error::{Code, Error};
use crate::model::ObjectKind;

/// The engine's own planner, which also knows borders.
#[derive(Debug)]
pub(super) struct Planner;

impl QueryPlanner for Planner {
    fn create_physical_plan<'a, 'b, 'c, 'future>(
        &'a self,
        plan: &'b LogicalPlan,
        session: &'c dyn Session,
    ) -> Pin<Box<dyn Future<Output = Result<Arc<dyn ExecutionPlan>>> + Send + 'future>>
    where
        'a: 'future,
        'b: 'future,
        'c: 'future,
        Self: 'future,
    {
        Box::pin(async move {
            if keeps_subquery(plan)? {
                return Err(carry(not_for_each_row()));
            }
            let planner = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(Borders)]);
            planner.create_physical_plan(plan, session).await
        })
    }
}

/// Whether the optimiser has left a subquery in the condition of a join.
fn keeps_subquery(plan: &LogicalPlan) -> Result<bool> {
    plan.exists(|node| match node {
        LogicalPlan::Join(join) => join.filter.iter().try_fold(false, |found, condition| {
            let is_subquery =
                |part: &Expr| Ok(matches!(part, Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_)));
            Ok(found || condition.exists(is_subquery)?)
        }),
        _ => Ok(false),
    })
}

struct Borders;

impl ExtensionPlanner for Borders {
    fn plan_extension<'a, 'b, 'c, 'd, 'e, 'f, 'g, 'h, 'future>(
        &'a self,
        _: &'b dyn PhysicalPlanner,
        node: &'c dyn UserDefinedLogicalNode,
        _: &'d [&'e LogicalPlan],
        inputs: &'f [Arc<dyn ExecutionPlan>],
        _: &'g dyn Session,
        _: &'h PhysicalPlanningContext,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Arc<dyn ExecutionPlan>>>> + Send + 'future>>
    where
        'a: 'future,
        'b: 'future,
        'c: 'future,
        'd: 'future,
        'e: 'future,
        'f: 'future,
        'g: 'future,
        'h: 'future,
        Self: 'future,
    {
        Box::pin(async move {
            let (Some(barrier), [input]) = (node.as_any().downcast_ref::<Barrier>(), inputs) else { return Ok(None) };
            if barrier.schema.fields().len() != input.schema().fields().len() {
                return internal_err!("a column that a view does not have");
            }
            let input = Arc::new(InOrderExec::new(Arc::clone(input)));
            let barrier = BarrierExec::new(Arc::clone(&barrier.view), input);
            Ok(Some(Arc::new(barrier) as Arc<dyn ExecutionPlan>))
        })
    }
}

/// Hands on the rows of a view's body.
#[derive(Debug)]
pub(in crate::data) struct BarrierExec {
    view: Arc<View>,
    input: Arc<dyn ExecutionPlan>,
}

impl BarrierExec {
    /// A border around what a view, or a table in it, gives.
    pub(super) fn new(view: Arc<View>, input: Arc<dyn ExecutionPlan>) -> Self {
        Self { view, input }
    }
}

impl DisplayAs for BarrierExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BarrierExec")
    }
}

impl ExecutionPlan for BarrierExec {
    fn name(&self) -> &str {
        "BarrierExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
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
        match <[Arc<dyn ExecutionPlan>; 1]>::try_from(children) {
            Ok([input]) => Ok(Arc::new(Self { view: Arc::clone(&self.view), input })),
            Err(_) => internal_err!("a border has one input"),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let view = Arc::clone(&self.view);
        let rows = self.input.execute(partition, context).map_err(|error| seen_from_outside(error, &self.view))?;
        let schema = rows.schema();
        let rows = rows.map_err(move |error| seen_from_outside(error, &view));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }

    fn child_stats_requests(&self, _: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::Skip]
    }

    /// Nothing is known: how many rows the body leaves out must not decide how the caller's query is planned, because the order of its rows
    /// shows the plan (VIW-5).
    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        Ok(Arc::new(Statistics::new_unknown(&self.schema())))
    }

    fn cardinality_effect(&self) -> CardinalityEffect {
        CardinalityEffect::Equal
    }
}

/// What the caller learns of an error inside a body: which view or function, and nothing of what it was.
pub(in crate::data) fn seen_from_outside(error: DataFusionError, view: &View) -> DataFusionError {
    let error = failure(error);
    carry(match error.code {
        Code::Memory | Code::Cancelled => error,
        code => {
            let View { name, owner, .. } = view;
            let (message, help) = match view.kind {
                ObjectKind::Function => (
                    format!("function {name} failed"),
                    format!("its maker {owner} can run the body of the function to see why"),
                ),
                _ => (
                    format!("the query of view {name} failed"),
                    format!("its owner {owner} can run that query to see why"),
                ),
            };
            let outside = Error::new(code, message).help(help);
            Box::new(Error { escaped: error.escaped, ..*outside })
        }
    })
}
