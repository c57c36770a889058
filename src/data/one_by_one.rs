//! Conditions that are put together are simplified one by one.
//!
//! The engine merges two lists of one value as sets of what is written: `x in (1, 2) and x not in (y, 3)` becomes `x in (1, 2)`, and
//! `not (x in (1, 2) and x in (3, 4))` becomes true also where `x` is NULL. It makes such lists of `x = 1 or x = 2` itself. So each part of
//! a condition is a value of its own while the engine's rule looks at the whole: it can put parts in another order, leave out what is
//! there twice and fold constants, and can simplify each part, but it sees no two lists next to each other.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::{InList, Like, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    BinaryExpr, Case, ColumnarValue, Expr, LogicalPlan, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// The engine's rule that simplifies expressions, which sees the parts of conditions apart.
#[derive(Debug)]
pub(super) struct OneByOne(pub Arc<dyn OptimizerRule + Send + Sync>);

impl OptimizerRule for OneByOne {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.0.apply_order()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let mut found = false;
        plan.apply_expressions(|expression| {
            found = found || expression.exists(|part| Ok(puts_together(part)))?;
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        if !found {
            return self.0.rewrite(plan, config);
        }
        let apart = with_names(plan.clone(), &|expression| expression.transform_up(set_apart))?;
        let simplified = self.0.rewrite(apart, config)?;
        if !simplified.transformed {
            return Ok(Transformed::no(plan));
        }
        let is_aggregate = matches!(plan, LogicalPlan::Aggregate(_));
        let whole = |plan| with_names(plan, &|expression| expression.transform_up(put_back));
        let plan = match simplified.data {
            // It may put what is calculated with aggregates above them.
            plan @ LogicalPlan::Projection(_) if is_aggregate => {
                whole(plan)?.map_children(|below| whole(below).map(Transformed::yes))?.data
            }
            plan => whole(plan)?,
        };
        Ok(Transformed::yes(plan))
    }
}

/// The same for an expression that stands in no plan.
///
/// # Errors
/// Those of `simplify`.
pub(super) fn parts_apart(expression: Expr, simplify: impl FnOnce(Expr) -> Result<Expr>) -> Result<Expr> {
    simplify(expression.transform_up(set_apart)?.data)?.transform_up(put_back).data()
}

/// The plan with changed expressions, whose columns keep their names.
fn with_names(plan: LogicalPlan, change: &dyn Fn(Expr) -> Result<Transformed<Expr>>) -> Result<LogicalPlan> {
    let names = NamePreserver::new(&plan);
    let one = |expression: Expr| {
        let name = names.save(&expression);
        Ok(change(expression)?.update_data(|changed| name.restore(changed)))
    };
    let changed = plan.map_expressions(|expression| match expression {
        // As in the engine's rule: a set of groups has no name.
        Expr::GroupingSet(_) => expression.map_children(one),
        other => one(other),
    })?;
    Ok(changed.data)
}

fn puts_together(part: &Expr) -> bool {
    is_combination(part) || matches!(part, Expr::Case(_))
}

fn is_combination(part: &Expr) -> bool {
    match part {
        Expr::BinaryExpr(BinaryExpr { op, .. }) => matches!(op, Operator::And | Operator::Or),
        Expr::Not(inner) => is_combination(inner),
        _ => false,
    }
}

/// Sets the parts of a condition apart, and those of a case, of which the engine may make a condition.
fn set_apart(part: Expr) -> Result<Transformed<Expr>> {
    let boxed = |part: Box<Expr>| Box::new(apart(*part));
    let result = |part: Box<Expr>| if is_condition(&part) { boxed(part) } else { part };
    Ok(match part {
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
            Transformed::yes(Expr::BinaryExpr(BinaryExpr { left: boxed(left), op, right: boxed(right) }))
        }
        Expr::Case(Case { expr, when_then_expr, else_expr }) => {
            let when = |when| if expr.is_none() { boxed(when) } else { when };
            let cases = when_then_expr.into_iter().map(|(condition, then)| (when(condition), result(then))).collect();
            Transformed::yes(Expr::Case(Case { when_then_expr: cases, else_expr: else_expr.map(result), expr }))
        }
        other => Transformed::no(other),
    })
}

fn apart(part: Expr) -> Expr {
    match part {
        part if is_combination(&part) || is_apart(&part) || matches!(part, Expr::Literal(..)) => part,
        part => Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&APART), vec![part])),
    }
}

/// Whether this can only be a condition, which the engine may find beside others.
fn is_condition(part: &Expr) -> bool {
    match part {
        Expr::InList(_) | Expr::Like(_) | Expr::Not(_) => !is_combination(part),
        Expr::BinaryExpr(BinaryExpr { op, .. }) => op.negate().is_some(),
        _ => false,
    }
}

/// Takes the marks away, and the negation of a single condition into it.
fn put_back(part: Expr) -> Result<Transformed<Expr>> {
    Ok(match part {
        Expr::ScalarFunction(mut call) if call.func.name() == NAME && call.args.len() == 1 => {
            Transformed::yes(call.args.remove(0))
        }
        Expr::Not(inner) => Transformed::yes(match *inner {
            Expr::Not(inner) => *inner,
            Expr::InList(list) => Expr::InList(InList { negated: !list.negated, ..list }),
            Expr::Like(like) => Expr::Like(Like { negated: !like.negated, ..like }),
            Expr::IsNull(inner) => Expr::IsNotNull(inner),
            Expr::IsNotNull(inner) => Expr::IsNull(inner),
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match op.negate() {
                Some(opposite) => Expr::BinaryExpr(BinaryExpr { left, op: opposite, right }),
                None => Expr::Not(Box::new(Expr::BinaryExpr(BinaryExpr { left, op, right }))),
            },
            other => Expr::Not(Box::new(other)),
        }),
        other => Transformed::no(other),
    })
}

fn is_apart(part: &Expr) -> bool {
    matches!(part, Expr::ScalarFunction(call) if call.func.name() == NAME)
}

const NAME: &str = "?apart";

static APART: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Arc::new(ScalarUDF::from(Apart::new())));

/// A part of a condition, as long as the rule looks at it: the same value, NULL where it is.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Apart {
    signature: Signature,
}

impl Apart {
    fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Apart {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[Arrow]) -> Result<Arrow> {
        Ok(given.first().cloned().unwrap_or(Arrow::Null))
    }

    fn return_field_from_args(&self, given: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(match given.arg_fields.first() {
            Some(field) => field.as_ref().clone().with_name(NAME),
            None => Field::new(NAME, Arrow::Null, true),
        }))
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(given.args.into_iter().next().unwrap_or(ColumnarValue::Scalar(ScalarValue::Null)))
    }
}
