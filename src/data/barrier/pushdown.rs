//! Which conditions of the caller are evaluated inside a view: comparisons of a column with a constant, so that files can be
//! skipped. They can neither fail nor reveal a value. Conditions that would get too long stay where they are, too, and those
//! without columns above what makes a row of nothing.

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{BinaryExpr, Distinct, Expr, Extension, Filter, GroupingSet, LogicalPlan, Operator};
use datafusion::optimizer::eliminate_outer_join::EliminateOuterJoin;
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::optimizer::simplify_expressions::SimplifyExpressions;
use datafusion::optimizer::{Optimizer, OptimizerConfig, OptimizerRule};

use std::sync::Arc;

use super::Barrier;
use crate::data::functions::opaque::{inside_opaque, opaque};
use crate::data::inlining::{ThroughProjections, becomes_too_long};
use crate::data::one_by_one::OneByOne;

type Rule = Arc<dyn OptimizerRule + Send + Sync>;

/// Rules that move the fields of structs towards the tables, through any node. They save little, and have no place to stop at.
const LEFT_OUT: [&str; 2] = ["extract_leaf_expressions", "push_down_leaf_projections"];

/// The engine's own rules, of which the one that moves filters stops at borders.
pub(super) fn rules() -> Vec<Rule> {
    let mut rules = Optimizer::new().rules;
    rules.retain(|rule| !LEFT_OUT.contains(&rule.name()));
    for rule in &mut rules {
        if rule.name() == PushDownFilter::new().name() {
            *rule = Arc::new(Filters(PushDownFilter::new()));
        } else if rule.name() == EliminateOuterJoin::new().name() {
            *rule = Arc::new(ThroughProjections(Arc::clone(rule)));
        } else if rule.name() == SimplifyExpressions::new().name() {
            *rule = Arc::new(OneByOne(Arc::clone(rule)));
        }
    }
    rules
}

/// The engine's rule, which would take a condition without columns through any node: whether that fails tells of rows.
#[derive(Debug)]
struct Filters(PushDownFilter);

impl OptimizerRule for Filters {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.0.apply_order()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        match at_border(&plan) {
            None => match above(&plan) {
                None => self.0.rewrite(plan, config),
                Some((below, pass, stay)) => self.keep(below, pass, stay, config),
            },
            Some((barrier, conditions)) => self.split(barrier, conditions, config),
        }
    }
}

impl Filters {
    /// Moves `pass` through `below`, and leaves `stay` above it.
    fn keep(
        &self,
        below: &LogicalPlan,
        pass: Vec<Expr>,
        stay: Vec<Expr>,
        config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let moved = match conjunction(pass) {
            None => Transformed::no(below.clone()),
            Some(pass) => {
                let filtered = LogicalPlan::Filter(Filter::try_new(pass, Arc::new(below.clone()))?);
                self.0.rewrite(filtered, config)?
            }
        };
        moved.map_data(|below| match conjunction(stay) {
            None => Ok(below),
            Some(stay) => Filter::try_new(stay, Arc::new(below)).map(LogicalPlan::Filter),
        })
    }

    /// Takes inside what may pass, and leaves the rest where it is.
    fn split(
        &self,
        barrier: &Barrier,
        conditions: Vec<Expr>,
        config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let body = &barrier.input;
        let (pass, stay): (Vec<Expr>, Vec<Expr>) =
            conditions.into_iter().partition(|condition| is_leakproof(condition, body));
        let moved = !pass.is_empty();
        // No rule puts them together with conditions of the body, which has to leave out what it leaves out.
        let pass = pass.into_iter().map(|condition| match inside_opaque(&condition) {
            Some(_) => condition,
            None => opaque(condition),
        });
        let barrier = match conjunction(pass) {
            None => barrier.clone(),
            Some(pass) => {
                let filtered = LogicalPlan::Filter(Filter::try_new(pass, Arc::new(body.clone()))?);
                // At once to where it belongs: a later pass of the rules may not reach the views inside of views.
                barrier.with_input(filtered.transform_down(|node| self.rewrite(node, config))?.data)?
            }
        };
        let barrier = LogicalPlan::Extension(Extension { node: Arc::new(barrier) });
        let plan = match conjunction(stay) {
            None => barrier,
            Some(stay) => LogicalPlan::Filter(Filter::try_new(stay, Arc::new(barrier))?),
        };
        Ok(if moved { Transformed::yes(plan) } else { Transformed::no(plan) })
    }
}

/// One or several filters, the innermost first, and what is right below them.
fn filters(plan: &LogicalPlan) -> (Vec<&Filter>, &LogicalPlan) {
    let mut filters = Vec::new();
    let mut below = plan;
    while let LogicalPlan::Filter(filter) = below {
        filters.push(filter);
        below = &filter.input;
    }
    filters.reverse();
    (filters, below)
}

/// The border right below filters, and their conditions.
fn at_border(plan: &LogicalPlan) -> Option<(&Barrier, Vec<Expr>)> {
    let (filters, below) = filters(plan);
    let barrier = Barrier::of(below).filter(|_| !filters.is_empty())?;
    let conditions = filters.into_iter().flat_map(|filter| split_conjunction_owned(filter.predicate.clone()));
    Some((barrier, conditions.collect()))
}

/// What is right below filters, their conditions that may move through it, and those that may not: because they would get too
/// long, or because other rows would come out. Nothing if there are none of these. What is above a filter that stays is not
/// moved past it.
fn above(plan: &LogicalPlan) -> Option<(&LogicalPlan, Vec<Expr>, Vec<Expr>)> {
    let (filters, below) = filters(plan);
    let makes_row = makes_row(below);
    let stays = |condition: &Expr| becomes_too_long(condition, below) || makes_row && !condition.any_column_refs();
    let (mut pass, mut stay) = (Vec::new(), Vec::new());
    for filter in filters {
        let conditions = split_conjunction_owned(filter.predicate.clone());
        let all = !stay.is_empty();
        let (kept, moved): (Vec<_>, Vec<_>) = conditions.into_iter().partition(|condition| all || stays(condition));
        stay.extend(kept);
        pass.extend(moved);
    }
    (!stay.is_empty()).then_some((below, pass, stay))
}

/// Whether a plan gives a row where its input has none: an aggregation without groups, or with a grouping set of none.
/// The engine takes a condition without columns for one on its groups.
fn makes_row(plan: &LogicalPlan) -> bool {
    let LogicalPlan::Aggregate(aggregate) = plan else { return false };
    match aggregate.group_expr.as_slice() {
        [] => true,
        [Expr::GroupingSet(GroupingSet::GroupingSets(sets))] => sets.iter().any(Vec::is_empty),
        groups => groups.iter().any(|group| matches!(group, Expr::GroupingSet(_))),
    }
}

/// Whether a condition on the rows of `body` can neither fail nor reveal a value, wherever in the body it is evaluated.
fn is_leakproof(condition: &Expr, body: &LogicalPlan) -> bool {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And | Operator::Or, right }) => {
            is_leakproof(left, body) && is_leakproof(right, body)
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(*op) => match (left.as_ref(), right.as_ref()) {
            (Expr::Column(column), constant) | (constant, Expr::Column(column)) => {
                is_comparable(column, &[constant], body)
            }
            _ => false,
        },
        Expr::Between(between) if !between.negated => match between.expr.as_ref() {
            Expr::Column(column) => is_comparable(column, &[between.low.as_ref(), between.high.as_ref()], body),
            _ => false,
        },
        Expr::InList(list) if !list.negated => match list.expr.as_ref() {
            Expr::Column(column) => is_comparable(column, &list.list.iter().collect::<Vec<_>>(), body),
            _ => false,
        },
        Expr::IsNull(inner) | Expr::IsNotNull(inner) => match inner.as_ref() {
            Expr::Column(column) => is_comparable(column, &[], body),
            _ => false,
        },
        // One that has passed a border already.
        other => inside_opaque(other).is_some_and(|condition| is_leakproof(condition, body)),
    }
}

fn compares(operator: Operator) -> bool {
    matches!(operator, Operator::Eq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq)
}

/// Whether all of these are constants of the column's own type, and the column is read and not calculated.
fn is_comparable(column: &Column, constants: &[&Expr], body: &LogicalPlan) -> bool {
    let Some(at) = position(column, body.schema()) else { return false };
    let data_type = body.schema().field(at).data_type();
    let fits = |constant: &&Expr| matches!(constant, Expr::Literal(value, _) if value.data_type() == *data_type);
    is_simple(data_type) && constants.iter().all(fits) && is_read(body, at)
}

fn is_simple(data_type: &Arrow) -> bool {
    !data_type.is_nested() && !matches!(data_type, Arrow::Dictionary(..) | Arrow::RunEndEncoded(..))
}

fn position(column: &Column, schema: &DFSchema) -> Option<usize> {
    schema.maybe_index_of_column(column)
}

/// Whether a condition on this column of a plan is, wherever it moves, one on a column that is there: never on a calculation,
/// which could fail for rows that the plan leaves out.
fn is_read(plan: &LogicalPlan, at: usize) -> bool {
    let input_column = |expr: &Expr, input: &LogicalPlan| match expr.clone().unalias() {
        Expr::Column(column) => position(&column, input.schema()).is_some_and(|at| is_read(input, at)),
        _ => false,
    };
    match plan {
        LogicalPlan::TableScan(_) | LogicalPlan::EmptyRelation(_) | LogicalPlan::Values(_) => true,
        LogicalPlan::Projection(projection) => {
            projection.expr.get(at).is_some_and(|expr| input_column(expr, &projection.input))
        }
        LogicalPlan::SubqueryAlias(alias) => is_read(&alias.input, at),
        LogicalPlan::Filter(filter) => is_read(&filter.input, at),
        LogicalPlan::Sort(sort) => is_read(&sort.input, at),
        LogicalPlan::Limit(limit) => is_read(&limit.input, at),
        LogicalPlan::Distinct(Distinct::All(input)) => is_read(input, at),
        LogicalPlan::Extension(_) => Barrier::of(plan).is_some_and(|barrier| {
            let (table, field) = barrier.schema.qualified_field(at);
            position(&Column::from((table, field)), barrier.input.schema())
                .is_some_and(|at| is_read(&barrier.input, at))
        }),
        LogicalPlan::Aggregate(aggregate) => match aggregate.group_expr.get(at) {
            _ if aggregate.group_expr.iter().any(|expr| matches!(expr, Expr::GroupingSet(_))) => false,
            Some(expr) => input_column(expr, &aggregate.input),
            // What is aggregated is compared behind the aggregation.
            None => true,
        },
        LogicalPlan::Window(window) => at >= window.input.schema().fields().len() || is_read(&window.input, at),
        LogicalPlan::Join(join) => {
            let left = join.left.schema().fields().len();
            let total = left + join.right.schema().fields().len();
            match at {
                _ if plan.schema().fields().len() != total => false,
                at if at < left => is_read(&join.left, at),
                at => is_read(&join.right, at - left),
            }
        }
        LogicalPlan::Union(union) => union.inputs.iter().all(|input| is_read(input, at)),
        LogicalPlan::Unnest(unnest) => {
            let taken_apart = |index: usize| {
                let (table, field) = unnest.input.schema().qualified_field(index);
                unnest.exec_columns.contains(&Column::from((table, field)))
            };
            let below = unnest.dependency_indices.get(at).copied();
            below.is_some_and(|index| !taken_apart(index) && is_read(&unnest.input, index))
        }
        _ => false,
    }
}
