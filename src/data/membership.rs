//! `x in (subquery)`, `x < any (subquery)` and `x < all (subquery)` as SQL means them: true, false or unknown. In a plan whose types are
//! settled.
//!
//! The engine looks for a match only. That is enough where an unknown condition is as good as a false one. Elsewhere, for `not in`, and for
//! other operators than `=`, membership is written out in terms of `exists`, which is never unknown. Source: SQL:2016, "in predicate",
//! "quantified comparison predicate".

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, ExprSchema, JoinType, Result, ScalarValue, internal_datafusion_err};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison, SetQuantifier};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, merge_schema, split_conjunction_owned};
use datafusion::logical_expr::{
    BinaryExpr, Expr, ExprSchemable, Filter, Join, LogicalPlan, LogicalPlanBuilder, Operator, Subquery, ident, lit,
    when,
};

use super::failure::{carry, not_for_each_row};
use super::{effort, pause};
use crate::error::{Code, Error};

/// The same plan, in which nothing depends on how the engine takes NULL in a list.
///
/// # Errors
/// A subquery on the left side of `in` that depends on the row.
pub fn spell_out(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(node).map(|transformed| transformed.data)
}

fn node(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    // Elsewhere the engine does not run it.
    if !matches!(plan, LogicalPlan::Filter(_) | LogicalPlan::Join(_)) {
        return Ok(Transformed::no(plan));
    }
    let mut found = false;
    plan.apply_expressions(|expression| {
        found |= asks_subquery(expression)?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    if !found {
        return Ok(Transformed::no(plan));
    }
    let plan = above_join(plan)?;
    let schema = merge_schema(&plan.inputs());
    // What is unknown counts as false in `where` and `on`.
    let place = if matches!(plan, LogicalPlan::Filter(_)) { Place::Whole } else { Place::Condition };
    let names = NamePreserver::new(&plan);
    let plan = plan.map_expressions(|expression| {
        let name = names.save(&expression);
        Ok(Transformed::yes(name.restore(spelled(expression, place, &schema)?)))
    })?;
    if let LogicalPlan::Join(Join { filter: Some(condition), .. }) = &plan.data
        && depends_on_rows(condition)?
    {
        return Err(carry(not_for_each_row()));
    }
    plan.map_data(LogicalPlan::recompute_schema)
}

/// Whether a condition asks subqueries for each row anew. The engine does not see which rows of a join these are.
fn depends_on_rows(condition: &Expr) -> Result<bool> {
    condition.exists(|part| {
        Ok(match part {
            Expr::InSubquery(within) => !within.subquery.outer_ref_columns.is_empty(),
            Expr::Exists(exists) => !exists.subquery.outer_ref_columns.is_empty(),
            _ => false,
        })
    })
}

fn asks_subquery(expression: &Expr) -> Result<bool> {
    expression.exists(|part| Ok(matches!(part, Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_))))
}

/// The conditions of a join that ask subqueries as ones of `where`, where that is the same: the engine knows them there only. Those of an
/// inner join are conditions on its rows; those of an outer join on one side are conditions on the rows that are joined to the other.
fn above_join(plan: LogicalPlan) -> Result<LogicalPlan> {
    let LogicalPlan::Join(mut join) = plan else { return Ok(plan) };
    match join.join_type {
        JoinType::Inner => {}
        JoinType::Left => return below_join(join, |join| &mut join.right),
        JoinType::Right => return below_join(join, |join| &mut join.left),
        _ => return Ok(LogicalPlan::Join(join)),
    }
    let conditions = join.filter.take().map(split_conjunction_owned).unwrap_or_default();
    let (mut above, mut kept) = (Vec::new(), Vec::new());
    for condition in conditions {
        if asks_subquery(&condition)? { above.push(condition) } else { kept.push(condition) }
    }
    join.filter = conjunction(kept);
    let join = LogicalPlan::Join(join);
    match conjunction(above) {
        Some(above) => Ok(LogicalPlan::Filter(Filter::try_new(above, Arc::new(join))?)),
        None => Ok(join),
    }
}

/// An outer join with those of its conditions that ask subqueries, and are on this side alone, as ones of `where` on that side.
fn below_join(mut join: Join, side: fn(&mut Join) -> &mut Arc<LogicalPlan>) -> Result<LogicalPlan> {
    let rows = Arc::clone(side(&mut join));
    let conditions = join.filter.take().map(split_conjunction_owned).unwrap_or_default();
    let (mut below, mut kept) = (Vec::new(), Vec::new());
    for condition in conditions {
        let moves = asks_subquery(&condition)? && is_on(&condition, rows.schema())?;
        if moves { below.push(condition) } else { kept.push(condition) }
    }
    join.filter = conjunction(kept);
    if let Some(below) = conjunction(below) {
        let filter = LogicalPlan::Filter(Filter::try_new(below, rows)?);
        *side(&mut join) = Arc::new(node(filter)?.data);
    }
    Ok(LogicalPlan::Join(join))
}

/// Whether a condition, and the subqueries in it, see columns of this schema only.
fn is_on(condition: &Expr, schema: &DFSchema) -> Result<bool> {
    let sees_others = condition.exists(|part| {
        let subquery = match part {
            Expr::Column(column) => return Ok(!schema.has_column(column)),
            Expr::OuterReferenceColumn(..) => return Ok(true),
            Expr::InSubquery(within) => &within.subquery,
            Expr::Exists(exists) => &exists.subquery,
            Expr::SetComparison(comparison) => &comparison.subquery,
            Expr::ScalarSubquery(subquery) => subquery,
            _ => return Ok(false),
        };
        let is_here = |seen: &Expr| matches!(seen, Expr::OuterReferenceColumn(_, column) if schema.has_column(column));
        Ok(!subquery.outer_ref_columns.iter().all(is_here))
    })?;
    Ok(!sees_others)
}

/// Where a part of an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is a condition of `where`, or one of several that all have to hold.
    Whole,
    /// It belongs to a condition, in which unknown is as good as false.
    Condition,
    /// Anywhere: unknown, false and true are three values.
    Value,
}

fn spelled(expression: Expr, place: Place, schema: &DFSchema) -> Result<Expr> {
    match expression {
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
            let inside = match (place, op) {
                (Place::Whole, Operator::Or) => Place::Condition,
                _ => place,
            };
            let side = |side: Box<Expr>| spelled(*side, inside, schema).map(Box::new);
            Ok(Expr::BinaryExpr(BinaryExpr { left: side(left)?, op, right: side(right)? }))
        }
        Expr::Not(inner) => match *inner {
            Expr::InSubquery(within) => {
                let negated = !within.negated;
                spelled(Expr::InSubquery(InSubquery { negated, ..within }), place, schema)
            }
            Expr::SetComparison(comparison) => {
                spelled(Expr::SetComparison(opposite_comparison(comparison)?), place, schema)
            }
            other => Ok(Expr::Not(Box::new(spelled(other, Place::Value, schema)?))),
        },
        Expr::IsTrue(inner) => Ok(Expr::IsTrue(Box::new(spelled(*inner, Place::Condition, schema)?))),
        Expr::InSubquery(InSubquery { expr, subquery, negated }) => {
            let value = spelled(*expr, Place::Value, schema)?;
            membership(Asked { value, operator: Operator::Eq, subquery, negated }, place, schema)
        }
        Expr::SetComparison(SetComparison { expr, subquery, op, quantifier }) => {
            let value = spelled(*expr, Place::Value, schema)?;
            // All are less unless any is not.
            let (operator, negated) = match quantifier {
                SetQuantifier::Any => (op, false),
                SetQuantifier::All => (opposite(op)?, true),
            };
            membership(Asked { value, operator, subquery, negated }, place, schema)
        }
        Expr::Exists(Exists { subquery, negated }) => Ok(match answer(&subquery, true)? {
            Answer::OneRow => lit(!negated),
            Answer::Rows => Expr::Exists(Exists { subquery, negated }),
        }),
        other => other
            .map_children(|part| spelled(part, Place::Value, schema).map(Transformed::yes))
            .map(|changed| changed.data),
    }
}

/// `value operator any (subquery)`: `in` is the one whose operator is `=`.
struct Asked {
    value: Expr,
    operator: Operator,
    subquery: Subquery,
    negated: bool,
}

/// The comparison that is true where `operator` gives false, and unknown where it is.
fn opposite(operator: Operator) -> Result<Operator> {
    operator.negate().ok_or_else(|| internal_datafusion_err!("an operator that compares nothing"))
}

/// `not (value operator any (subquery))` and its like as a comparison of the other kind.
fn opposite_comparison(comparison: SetComparison) -> Result<SetComparison> {
    let quantifier = match comparison.quantifier {
        SetQuantifier::Any => SetQuantifier::All,
        SetQuantifier::All => SetQuantifier::Any,
    };
    Ok(SetComparison { op: opposite(comparison.op)?, quantifier, ..comparison })
}

/// What a subquery gives for a row of the query around it.
enum Answer {
    /// Always one row.
    OneRow,
    /// Any number of rows.
    Rows,
}

/// The engine joins what a subquery makes of all rows, and finds nothing where an aggregation makes a row of none, or where only
/// some rows count.
fn answer(subquery: &Subquery, any_row_will_do: bool) -> Result<Answer> {
    if subquery.outer_ref_columns.is_empty() {
        return Ok(Answer::Rows);
    }
    if gives_one_row(&subquery.subquery) {
        return Ok(Answer::OneRow);
    }
    let misread = subquery.subquery.exists(|node| {
        let misread = match node {
            LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
            LogicalPlan::Limit(limit) => !any_row_will_do || limit.skip.is_some(),
            _ => false,
        };
        Ok(misread && !node.all_out_ref_exprs().is_empty())
    })?;
    match misread {
        false => Ok(Answer::Rows),
        true => Err(carry(
            Error::new(
                Code::Unsupported,
                "not supported: `having` or `limit` in a subquery that depends on the row around it",
            )
            .help("join with a query that computes it for all rows"),
        )),
    }
}

/// Whether a plan gives exactly one row for every input.
pub(super) fn gives_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => gives_one_row(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => gives_one_row(&alias.input),
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        _ => false,
    }
}

fn membership(asked: Asked, place: Place, schema: &DFSchema) -> Result<Expr> {
    let Asked { value, operator, subquery, negated } = asked;
    if let Answer::OneRow = answer(&subquery, false)? {
        let op = if negated { opposite(operator)? } else { operator };
        let one = Box::new(Expr::ScalarSubquery(subquery));
        return Ok(Expr::BinaryExpr(BinaryExpr { left: Box::new(value), op, right: one }));
    }
    let alone = subquery.outer_ref_columns.is_empty();
    let by_column = is_column(&value) && !value.contains_outer();
    let is_plain = place != Place::Value && !negated || place == Place::Whole && alone && by_column;
    if operator == Operator::Eq && is_plain {
        return Ok(Expr::InSubquery(InSubquery { expr: Box::new(value), subquery, negated }));
    }
    let list = List::new(&value, operator, subquery)?;
    let is_match = list.contains(&value, Test::Match, schema)?;
    if place != Place::Value {
        if !negated {
            return Ok(is_match);
        }
        let Some(unknown) = list.unknown(&value, schema)? else { return Ok(Expr::Not(Box::new(is_match))) };
        return Ok(Expr::Not(Box::new(is_match)).and(Expr::Not(Box::new(unknown))));
    }
    let nothing = Expr::Literal(ScalarValue::Boolean(None), None);
    let found = match list.unknown(&value, schema)? {
        Some(unknown) => when(is_match, lit(true)).when(unknown, nothing).otherwise(lit(false))?,
        None => is_match,
    };
    Ok(if negated { Expr::Not(Box::new(found)) } else { found })
}

/// Whether a value is a column, or one in another type. Any other may turn out to be a constant, for which the engine's `not in` forgets NULL.
fn is_column(value: &Expr) -> bool {
    match value {
        Expr::Column(_) => true,
        Expr::Cast(cast) => is_column(&cast.expr),
        Expr::TryCast(cast) => is_column(&cast.expr),
        Expr::Alias(alias) => is_column(&alias.expr),
        _ => false,
    }
}

/// Steps that a copy of a part of a plan counts for, and how much more with each level of `exists` in it. Chosen: the engine takes about
/// ten times as long with each level of lists that are written out.
const COPIED: u64 = 32;
const PER_LEVEL: u64 = 8;

/// What the list is asked.
#[derive(Debug, Clone, Copy)]
enum Test {
    /// Whether the value compares so with a row.
    Match,
    /// Whether it is not known for a row how the value compares with it.
    Unknown,
}

/// The subquery, and how a value is compared with its rows.
struct List {
    operator: Operator,
    subquery: Subquery,
    /// Its one column.
    column: Column,
    column_is_nullable: bool,
}

impl List {
    fn new(value: &Expr, operator: Operator, subquery: Subquery) -> Result<Self> {
        if value.contains_outer() || value.is_volatile() || value.exists(|part| Ok(depends_on_row(part)))? {
            return Err(carry(
                Error::new(Code::Unsupported, "not supported: this value on the left side of `in (select …)`")
                    .help("compute the value in a subquery of `from`, and compare its column"),
            ));
        }
        // Types are settled, and so is the number of columns.
        let (table, field) = subquery
            .subquery
            .schema()
            .iter()
            .next()
            .ok_or_else(|| internal_datafusion_err!("a list without a column"))?;
        let column = Column::from((table, field));
        let column_is_nullable = field.is_nullable();
        Ok(Self { operator, subquery, column, column_is_nullable })
    }

    /// Whether membership can be unknown where there is no match; nothing if it never is.
    fn unknown(&self, value: &Expr, schema: &DFSchema) -> Result<Option<Expr>> {
        let value_is_nullable = value.nullable(schema)?;
        if !value_is_nullable && !self.column_is_nullable {
            return Ok(None);
        }
        if !self.subquery.outer_ref_columns.is_empty() {
            return self.contains(value, Test::Unknown, schema).map(Some);
        }
        // The same list for every row: it is looked at once.
        let least = when(value.clone().is_null(), lit(0_i64)).otherwise(lit(1_i64))?;
        Ok(Some(self.kind()?.gt(least)))
    }

    /// What a list is that depends on no row: 0 if it is empty, 2 if a row is NULL, and 1 otherwise.
    fn kind(&self) -> Result<Expr> {
        self.copied()?;
        let counted = |what: Expr, name: &str| count(what).alias(name);
        let column = Expr::Column(self.column.clone());
        let (rows, known) = (ident("rows"), ident("known"));
        let kind =
            when(rows.clone().eq(lit(0_i64)), lit(0_i64)).when(known.lt(rows), lit(2_i64)).otherwise(lit(1_i64))?;
        let counts = LogicalPlanBuilder::from(self.subquery.subquery.as_ref().clone())
            .aggregate(Vec::<Expr>::new(), vec![counted(lit(1_i64), "rows"), counted(column, "known")])?
            .project(vec![kind.alias("kind")])?
            .build()?;
        Ok(Expr::ScalarSubquery(self.subquery.with_plan(Arc::new(counts))))
    }

    /// Nested lists are copied again with each level.
    fn copied(&self) -> Result<()> {
        let list = &self.subquery.subquery;
        let each = COPIED.saturating_mul(PER_LEVEL.saturating_pow(levels(list)?));
        effort::step((pause::parts(list)? as u64).saturating_mul(each))
    }

    /// `exists (…)` with those rows of the list.
    fn contains(&self, value: &Expr, test: Test, schema: &DFSchema) -> Result<Expr> {
        self.copied()?;
        let column = Expr::Column(self.column.clone());
        let (left, right) = (Box::new(seen_from_inside(value, schema)?), Box::new(column));
        let compared = Expr::BinaryExpr(BinaryExpr { left, op: self.operator, right });
        let condition = match test {
            Test::Match => compared,
            Test::Unknown => compared.is_null(),
        };
        let one_tells = self.subquery.outer_ref_columns.is_empty() && !value.any_column_refs();
        let mut rows = LogicalPlanBuilder::from(self.subquery.subquery.as_ref().clone()).filter(condition)?;
        if one_tells {
            rows = rows.limit(0, Some(1))?;
        }
        let rows = rows.build()?;
        let subquery = Subquery {
            outer_ref_columns: rows.all_out_ref_exprs(),
            subquery: Arc::new(rows),
            spans: self.subquery.spans.clone(),
        };
        Ok(Expr::Exists(Exists { subquery, negated: false }))
    }
}

/// How deep `exists` is nested in a plan.
fn levels(plan: &LogicalPlan) -> Result<u32> {
    let mut deepest = 0;
    plan.apply(|node| {
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                if let Expr::Exists(exists) = part {
                    deepest = deepest.max(1 + levels(&exists.subquery.subquery)?);
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(deepest)
}

/// A value of the row, as a subquery sees it.
fn seen_from_inside(value: &Expr, schema: &DFSchema) -> Result<Expr> {
    let seen = value.clone().transform_up(|part| match part {
        Expr::Column(column) => {
            let field = Arc::clone(schema.field_from_column(&column)?);
            Ok(Transformed::yes(Expr::OuterReferenceColumn(field, column)))
        }
        other => Ok(Transformed::no(other)),
    })?;
    Ok(seen.data)
}

/// Whether this is a subquery that cannot stand in another one.
fn depends_on_row(part: &Expr) -> bool {
    match part {
        Expr::ScalarSubquery(subquery) => !subquery.outer_ref_columns.is_empty(),
        Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_) => true,
        _ => false,
    }
}
