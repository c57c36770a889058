//! `x in (subquery)` as SQL means it: true, false or unknown. In a plan whose types are settled.
//!
//! The engine looks for a match only. That is enough where an unknown condition is as good as a false one. Elsewhere, and for
//! `not in`, membership is written out in terms of `exists`, which is never unknown. Source: SQL:2016, "in predicate".

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, ExprSchema, JoinType, Result, ScalarValue, internal_datafusion_err};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, merge_schema, split_conjunction_owned};
use datafusion::logical_expr::{
    BinaryExpr, Expr, ExprSchemable, Filter, LogicalPlan, LogicalPlanBuilder, Operator, Subquery, lit, when,
};

use super::failure::carry;
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
    plan.map_expressions(|expression| {
        let name = names.save(&expression);
        Ok(Transformed::yes(name.restore(spelled(expression, place, &schema)?)))
    })?
    .map_data(LogicalPlan::recompute_schema)
}

fn asks_subquery(expression: &Expr) -> Result<bool> {
    expression.exists(|part| Ok(matches!(part, Expr::InSubquery(_) | Expr::Exists(_))))
}

/// The conditions of an inner join that ask subqueries as ones of `where`, which is the same: the engine knows them there only.
fn above_join(plan: LogicalPlan) -> Result<LogicalPlan> {
    let LogicalPlan::Join(mut join) = plan else { return Ok(plan) };
    if join.join_type != JoinType::Inner {
        return Ok(LogicalPlan::Join(join));
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
            other => Ok(Expr::Not(Box::new(spelled(other, Place::Value, schema)?))),
        },
        Expr::IsTrue(inner) => Ok(Expr::IsTrue(Box::new(spelled(*inner, Place::Condition, schema)?))),
        Expr::InSubquery(InSubquery { expr, subquery, negated }) => {
            let value = spelled(*expr, Place::Value, schema)?;
            membership(InSubquery { expr: Box::new(value), subquery, negated }, place, schema)
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

/// Whether a plan gives exactly one row, whatever it reads.
fn gives_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => gives_one_row(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => gives_one_row(&alias.input),
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        _ => false,
    }
}

fn membership(within: InSubquery, place: Place, schema: &DFSchema) -> Result<Expr> {
    if let Answer::OneRow = answer(&within.subquery, false)? {
        let one = Box::new(Expr::ScalarSubquery(within.subquery));
        let op = if within.negated { Operator::NotEq } else { Operator::Eq };
        return Ok(Expr::BinaryExpr(BinaryExpr { left: within.expr, op, right: one }));
    }
    let alone = within.subquery.outer_ref_columns.is_empty();
    let by_column = within.expr.any_column_refs() && !within.expr.contains_outer();
    if place != Place::Value && !within.negated || place == Place::Whole && alone && by_column {
        return Ok(Expr::InSubquery(within));
    }
    let InSubquery { expr: value, subquery, negated } = within;
    let list = List::new(&value, subquery)?;
    let is_match = list.contains(&value, Test::Equal, schema)?;
    if place != Place::Value {
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

/// Steps that a copy of a part of a plan counts for. Chosen.
const COPIED: u64 = 16;

/// What the list of `in` is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    /// Whether a row is equal to the value.
    Equal,
    /// Whether a row is not known to be different from it or equal to it.
    Unknown,
    /// Whether a row is NULL.
    Null,
    /// Whether there is any.
    Any,
}

/// The subquery of `in`.
struct List {
    subquery: Subquery,
    /// Its one column.
    column: Column,
    column_is_nullable: bool,
}

impl List {
    fn new(value: &Expr, subquery: Subquery) -> Result<Self> {
        if value.contains_outer() || value.exists(|part| Ok(depends_on_row(part)))? {
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
        Ok(Self { subquery, column, column_is_nullable })
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
        // The same list for every row: one row of it tells.
        let of_list = match self.column_is_nullable {
            true => Some(self.contains(value, Test::Null, schema)?),
            false => None,
        };
        let of_value = match value_is_nullable {
            true => Some(value.clone().is_null().and(self.contains(value, Test::Any, schema)?)),
            false => None,
        };
        Ok(of_list.into_iter().chain(of_value).reduce(Expr::or))
    }

    /// `exists (…)` with those rows of the list.
    fn contains(&self, value: &Expr, test: Test, schema: &DFSchema) -> Result<Expr> {
        // Nested lists are copied again with each level.
        effort::step((pause::parts(&self.subquery.subquery)? as u64).saturating_mul(COPIED))?;
        let column = Expr::Column(self.column.clone());
        let equal =
            || Ok::<_, datafusion::common::DataFusionError>(column.clone().eq(seen_from_inside(value, schema)?));
        let condition = match test {
            Test::Equal => Some(equal()?),
            Test::Unknown => Some(equal()?.is_null()),
            Test::Null => Some(column.clone().is_null()),
            Test::Any => None,
        };
        let one_tells = self.subquery.outer_ref_columns.is_empty() && (test != Test::Equal || !value.any_column_refs());
        let mut rows = LogicalPlanBuilder::from(self.subquery.subquery.as_ref().clone());
        if let Some(condition) = condition {
            rows = rows.filter(condition)?;
        }
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
