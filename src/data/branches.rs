//! Which branches of the `if` of a script count: found once before a plan runs.
//!
//! The service runs the conditions first, as jobs of their own, and only the branches that they choose. What the other branches read was decided
//! all the same (STG-3); it is not calculated here either, so that a condition can keep a calculation from values that do not fit.

use std::collections::HashMap;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{EmptyRelation, Expr, Filter, LogicalPlan, LogicalPlanBuilder, lit};

use super::barrier;
use super::functions::single::is_chosen;
use super::tokens::BRANCH;

/// `plan` with what `run` gives for each condition, and without the branches that do not count.
///
/// # Errors
/// A condition fails.
pub(super) fn chosen(
    plan: &LogicalPlan,
    run: &dyn Fn(LogicalPlan) -> Result<Option<RecordBatch>>,
) -> Result<LogicalPlan> {
    Chooser { run, known: HashMap::new() }.plan(plan.clone())
}

struct Chooser<'r> {
    run: &'r dyn Fn(LogicalPlan) -> Result<Option<RecordBatch>>,
    /// The same condition, written twice, is asked once.
    known: HashMap<Expr, bool>,
}

impl Chooser<'_> {
    fn plan(&mut self, plan: LogicalPlan) -> Result<LogicalPlan> {
        plan.transform_down_with_subqueries(|node| {
            if barrier::is_border(&node) {
                return Ok(Transformed::new(node, false, TreeNodeRecursion::Jump));
            }
            // Before what is below a branch: its own conditions are not asked if it does not count.
            let LogicalPlan::Filter(Filter { predicate, input, .. }) = &node else { return self.expressions(node) };
            if !asks(predicate)? {
                return self.expressions(node);
            }
            let predicate = self.expression(predicate.clone())?;
            if predicate == lit(false) {
                let empty = EmptyRelation { produce_one_row: false, schema: input.schema().clone() };
                return Ok(Transformed::yes(LogicalPlan::EmptyRelation(empty)));
            }
            let filter = Filter::try_new(predicate, std::sync::Arc::clone(input))?;
            Ok(Transformed::yes(LogicalPlan::Filter(filter)))
        })
        .data()
    }

    fn expressions(&mut self, node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        let names = NamePreserver::new(&node);
        node.map_expressions(|expr| {
            if !asks(&expr)? {
                return Ok(Transformed::no(expr));
            }
            let name = names.save(&expr);
            Ok(Transformed::yes(name.restore(self.expression(expr)?)))
        })
    }

    /// An expression without conditions that are asked here.
    fn expression(&mut self, expr: Expr) -> Result<Expr> {
        expr.transform_down(|part| match part {
            Expr::Case(Case { expr: None, when_then_expr, else_expr })
                if when_then_expr.iter().any(|(when, _)| is_branch(when)) =>
            {
                let (mut left, mut otherwise) = (Vec::new(), else_expr);
                for (when, then) in when_then_expr {
                    if !is_branch(&when) {
                        left.push((when, then));
                    } else if self.is_chosen(&when)? {
                        otherwise = Some(then);
                        break;
                    }
                }
                // What is not chosen is not asked, either.
                let chosen = match (left.is_empty(), otherwise) {
                    (true, Some(value)) => self.expression(*value)?,
                    (true, None) => Expr::Literal(ScalarValue::Null, None),
                    (false, otherwise) => {
                        let otherwise = otherwise.map(|value| self.expression(*value).map(Box::new)).transpose()?;
                        Expr::Case(Case::new(None, left, otherwise))
                    }
                };
                Ok(Transformed::new(chosen, true, TreeNodeRecursion::Jump))
            }
            branch if is_branch(&branch) => Ok(Transformed::yes(lit(self.is_chosen(&branch)?))),
            other => Ok(Transformed::no(other)),
        })
        .data()
    }

    /// Whether the condition of a branch holds.
    fn is_chosen(&mut self, branch: &Expr) -> Result<bool> {
        if let Some(known) = self.known.get(branch) {
            return Ok(*known);
        }
        let Expr::ScalarFunction(function) = branch else { return Ok(false) };
        let named = |at: usize| Some(function.args.get(at)?.clone().alias(format!("_c{at}")));
        let alone = LogicalPlanBuilder::empty(true).project([0, 1].into_iter().filter_map(named))?.build()?;
        let alone = self.plan(alone)?;
        let batch = (self.run)(alone)?.filter(|batch| batch.num_rows() > 0);
        let batch = batch.ok_or_else(|| DataFusionError::Internal("condition returned no row".to_owned()))?;
        let row = batch.columns().iter().map(|column| ScalarValue::try_from_array(column, 0));
        let holds = is_chosen(&row.collect::<Result<Vec<_>>>()?);
        self.known.insert(branch.clone(), holds);
        Ok(holds)
    }
}

/// Whether an expression has a condition of a branch in it.
fn asks(expr: &Expr) -> Result<bool> {
    expr.exists(|part| Ok(is_branch(part)))
}

fn is_branch(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(function) if function.func.name() == BRANCH)
}
