//! Random values in conditions, drawn where the condition stands: once for each row that it is asked of. In a plan whose types are settled.
//!
//! The engine moves a condition to where its columns are: to one side of a join, below groups. A random value reads no column, and would be
//! drawn for other rows. So what is random in `where` and `having` is a column below the condition, which no rule moves. In `on`, one
//! that is equal to a column of one side is drawn for each row of the other; everything else for each pair of rows.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, JoinType, Result, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, Filter, Join, LogicalPlan, Operator, Projection, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility, lit,
};

/// What columns of random values are called, each with its number. No query can write it.
const DRAWN: &str = "?drawn";

/// What the columns are called that make a condition one of both sides of a join.
const LEFT: &str = "?left";
const RIGHT: &str = "?right";

/// The same plan, in which random values are drawn for the rows that they are asked of.
///
/// # Errors
/// A mistake in this program.
pub(super) fn put_in(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|plan| match plan {
        LogicalPlan::Filter(filter) => filtered(filter),
        LogicalPlan::Join(join) => joined(join),
        other => Ok(Transformed::no(other)),
    })
    .data()
}

/// Whether a condition is random. What depends on a row around the query stays what the engine makes of it.
fn is_random(condition: &Expr) -> bool {
    condition.is_volatile() && !condition.contains_outer()
}

fn filtered(filter: Filter) -> Result<Transformed<LogicalPlan>> {
    let conditions = split_conjunction_owned(filter.predicate.clone());
    let (random, others): (Vec<Expr>, Vec<Expr>) = conditions.into_iter().partition(is_random);
    if random.is_empty() {
        return Ok(Transformed::no(LogicalPlan::Filter(filter)));
    }
    // Nothing is drawn, or calculated with it, for rows that the others leave out.
    let input = match conjunction(others) {
        Some(others) => Arc::new(LogicalPlan::Filter(Filter::try_new(others, filter.input)?)),
        None => filter.input,
    };
    where_drawn(random, input).map(Transformed::yes)
}

/// The rows of `input` for which random conditions hold.
fn where_drawn(conditions: Vec<Expr>, input: Arc<LogicalPlan>) -> Result<LogicalPlan> {
    let columns: Vec<Expr> = input.schema().iter().map(|column| Expr::Column(Column::from(column))).collect();
    let mut drawn = Vec::new();
    let conditions = conditions.into_iter().map(|condition| set_apart(condition, &mut drawn));
    let conditions = conjunction(conditions.collect::<Result<Vec<_>>>()?);
    let with_values = Projection::try_new(columns.iter().cloned().chain(drawn).collect(), input)?;
    let mut rows = LogicalPlan::Projection(with_values);
    if let Some(conditions) = conditions {
        rows = LogicalPlan::Filter(Filter::try_new(conditions, Arc::new(rows))?);
    }
    Projection::try_new(columns, Arc::new(rows)).map(LogicalPlan::Projection)
}

/// A condition whose random parts are columns, which are added to `drawn`. The engine knows subqueries in conditions only.
fn set_apart(condition: Expr, drawn: &mut Vec<Expr>) -> Result<Expr> {
    let apart = condition.transform_down(|part| {
        if !part.is_volatile() {
            return Ok(Transformed::new(part, false, TreeNodeRecursion::Jump));
        }
        if has_subquery(&part)? {
            return Ok(Transformed::no(part));
        }
        let name = format!("{DRAWN}{}", drawn.len());
        drawn.push(part.alias(&name));
        Ok(Transformed::new(Expr::Column(Column::new_unqualified(name)), true, TreeNodeRecursion::Jump))
    });
    apart.data()
}

fn has_subquery(part: &Expr) -> Result<bool> {
    part.exists(|part| {
        let asks =
            matches!(part, Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_) | Expr::ScalarSubquery(_));
        Ok(asks)
    })
}

fn joined(mut join: Join) -> Result<Transformed<LogicalPlan>> {
    let conditions = join.filter.clone().map(split_conjunction_owned).unwrap_or_default();
    let (random, mut kept): (Vec<Expr>, Vec<Expr>) = conditions.into_iter().partition(is_random);
    if random.is_empty() {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    }
    let columns: Vec<Expr> = join.schema.iter().map(|column| Expr::Column(Column::from(column))).collect();
    let (mut above, mut of_pairs) = (Vec::new(), Vec::new());
    let (mut of_left, mut of_right) = (Vec::new(), Vec::new());
    for condition in random {
        match key(condition, join.left.schema(), join.right.schema()) {
            Ok((left, right)) => {
                join.on.push((as_column(left, LEFT, &mut of_left), as_column(right, RIGHT, &mut of_right)));
            }
            Err(condition) if has_subquery(&condition)? => kept.push(condition),
            Err(condition) if join.join_type == JoinType::Inner => above.push(condition),
            Err(condition) => of_pairs.push(condition),
        }
    }
    join.filter = conjunction(kept);
    for (side, drawn) in [(&mut join.left, of_left), (&mut join.right, of_right)] {
        if !drawn.is_empty() {
            let all = side.schema().iter().map(|column| Expr::Column(Column::from(column))).chain(drawn).collect();
            *side = Arc::new(LogicalPlan::Projection(Projection::try_new(all, Arc::clone(side))?));
        }
    }
    let join = match LogicalPlan::Join(join).recompute_schema()? {
        LogicalPlan::Join(join) => join,
        other => return Ok(Transformed::yes(other)),
    };
    let plan = match (conjunction(of_pairs), above.is_empty()) {
        (Some(condition), _) => joined_by_pair(condition, join)?,
        (None, false) => where_drawn(above, Arc::new(LogicalPlan::Join(join)))?,
        (None, true) => LogicalPlan::Join(join),
    };
    Projection::try_new(columns, Arc::new(plan)).map(LogicalPlan::Projection).map(Transformed::yes)
}

/// A key of a join. A random one becomes a column of its side: the engine takes a key without columns for none.
fn as_column(key: Expr, side: &str, drawn: &mut Vec<Expr>) -> Expr {
    if !key.is_volatile() {
        return key;
    }
    let name = format!("{DRAWN}{side}{}", drawn.len());
    drawn.push(key.alias(&name));
    Expr::Column(Column::new_unqualified(name))
}

/// A condition as keys of both sides: one that says that a value of one side, or of none, is equal to one of the other. Otherwise itself.
fn key(condition: Expr, left: &DFSchema, right: &DFSchema) -> Result<(Expr, Expr), Expr> {
    let Expr::BinaryExpr(BinaryExpr { left: one, op: Operator::Eq, right: other }) = condition else {
        return Err(condition);
    };
    let is_of = |side: &Expr, schema: &DFSchema| side.column_refs().into_iter().all(|column| schema.has_column(column));
    let has_columns = one.any_column_refs() || other.any_column_refs();
    let is_single = !has_subquery(&one).unwrap_or(true) && !has_subquery(&other).unwrap_or(true);
    match has_columns && is_single {
        true if is_of(&one, left) && is_of(&other, right) => Ok((*one, *other)),
        true if is_of(&one, right) && is_of(&other, left) => Ok((*other, *one)),
        _ => Err(Expr::BinaryExpr(BinaryExpr { left: one, op: Operator::Eq, right: other })),
    }
}

/// An outer or a semi join with a condition that is asked for each pair of rows: it reads a column of each side, which say nothing.
fn joined_by_pair(condition: Expr, mut join: Join) -> Result<LogicalPlan> {
    let columns: Vec<Expr> = join.schema.iter().map(|column| Expr::Column(Column::from(column))).collect();
    let mut given = vec![condition];
    for (side, name) in [(&mut join.left, LEFT), (&mut join.right, RIGHT)] {
        let all = side.schema().iter().map(|column| Expr::Column(Column::from(column)));
        let all = all.chain([lit(true).alias(name)]).collect();
        *side = Arc::new(LogicalPlan::Projection(Projection::try_new(all, Arc::clone(side))?));
        given.push(Expr::Column(Column::new_unqualified(name)));
    }
    let asked = Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&OF_PAIR), given));
    join.filter = conjunction(join.filter.into_iter().chain([asked]));
    let join = LogicalPlan::Join(join).recompute_schema()?;
    Projection::try_new(columns, Arc::new(join)).map(LogicalPlan::Projection)
}

static OF_PAIR: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Arc::new(ScalarUDF::from(OfPair::new())));

/// Its first argument.
#[derive(Debug, PartialEq, Eq, Hash)]
struct OfPair {
    signature: Signature,
}

impl OfPair {
    fn new() -> Self {
        Self { signature: Signature::variadic_any(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for OfPair {
    fn name(&self) -> &str {
        "?of_pair"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[Arrow]) -> Result<Arrow> {
        Ok(Arrow::Boolean)
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(given.args.into_iter().next().unwrap_or(ColumnarValue::Scalar(ScalarValue::Boolean(None))))
    }
}
