//! Agreement between plans: subqueries, joins, unions and other set operations.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as Arrow, Field};
use datafusion::common::{Column, DFSchema, JoinType, NullEquality, Result, internal_err};
use datafusion::logical_expr::expr::{InSubquery, SetComparison, SetQuantifier};
use datafusion::logical_expr::expr_rewriter::coerce_plan_expr_for_schema;
use datafusion::logical_expr::{
    Distinct, Expr, Join, LogicalPlan, LogicalPlanBuilder, Operator, Projection, Subquery, Union, cast,
};
use datafusion::optimizer::analyzer::type_coercion::TypeCoercionRewriter;

use super::{paired, type_of};
use crate::data::functions::one_zero::with_one_zero_inside;
use crate::data::functions::registry;
use crate::data::functions::single::ONLY;
use crate::data::membership::gives_one_row;
use crate::data::supertype::{common, retyped};

/// Both sides in one type, with one zero inside of them. Nothing where the engine compares so by itself.
fn keys(left: (&Expr, &Arrow), right: (&Expr, &Arrow)) -> Option<(Expr, Expr)> {
    if let Some(pair) = paired(left, right) {
        return Some(pair);
    }
    let one_zero = |(side, data_type): (&Expr, &Arrow)| with_one_zero_inside(side.clone(), data_type);
    let (one, other) = (one_zero(left), one_zero(right));
    (one != *left.0 || other != *right.0).then_some((one, other))
}

/// Whether a subquery that stands for a value depends on the row around it and may give several rows for one.
pub fn may_give_rows(subquery: &Subquery) -> bool {
    let plan = &subquery.subquery;
    !subquery.outer_ref_columns.is_empty() && !gives_one_row(plan) && plan.max_rows().is_none_or(|rows| rows > 1)
}

/// The value of its row: the engine takes such a subquery only if it aggregates, so it gathers its rows, and the only one is
/// taken out where the value stands. Rows that no row around it asks for are no error there.
///
/// # Errors
/// The engine's.
pub fn only_row(subquery: &Subquery) -> Result<Expr> {
    let (Some(gather), Some(only)) = (registry().aggregate("array_agg"), registry().scalar(ONLY, &Arc::default()))
    else {
        return internal_err!("a function of this program is missing");
    };
    let plan = subquery.subquery.as_ref().clone();
    let Some(column) = plan.schema().columns().into_iter().next() else {
        return internal_err!("a subquery has no column");
    };
    let gathered = LogicalPlanBuilder::from(plan)
        .aggregate(Vec::<Expr>::new(), vec![gather.call(vec![Expr::Column(column)]).alias("rows")])?
        .build()?;
    Ok(only.call(vec![Expr::ScalarSubquery(subquery.with_plan(Arc::new(gathered)))]))
}

/// Matches the value with the column of the subquery, both in one type.
///
/// # Errors
/// The engine's.
pub fn in_subquery(membership: &InSubquery, schema: &DFSchema) -> Result<Option<Expr>> {
    let InSubquery { expr, subquery, negated } = membership;
    let agreed = with_subquery(expr, subquery, schema)?;
    Ok(agreed.map(|(value, subquery)| Expr::InSubquery(InSubquery::new(Box::new(value), subquery, *negated))))
}

/// The same for `value operator any (…)` and `value operator all (…)`: `= any` is `in`, and `<> all` is `not in`.
///
/// # Errors
/// The engine's.
pub fn set_comparison(comparison: &SetComparison, schema: &DFSchema) -> Result<Option<Expr>> {
    let SetComparison { expr, subquery, op, quantifier } = comparison;
    let negated = match (op, quantifier) {
        (Operator::Eq, SetQuantifier::Any) => Some(false),
        (Operator::NotEq, SetQuantifier::All) => Some(true),
        _ => None,
    };
    if let Some(negated) = negated {
        let membership = InSubquery::new(expr.clone(), subquery.clone(), negated);
        return Ok(Some(in_subquery(&membership, schema)?.unwrap_or(Expr::InSubquery(membership))));
    }
    let agreed = with_subquery(expr, subquery, schema)?;
    Ok(agreed
        .map(|(value, subquery)| Expr::SetComparison(SetComparison::new(Box::new(value), subquery, *op, *quantifier))))
}

/// The value, and the subquery whose column it is compared with, in one type. Nothing where the engine finds it.
fn with_subquery(value: &Expr, subquery: &Subquery, schema: &DFSchema) -> Result<Option<(Expr, Subquery)>> {
    let Some(value_type) = type_of(value, schema) else { return Ok(None) };
    let (qualifier, field) = subquery.subquery.schema().qualified_field(0);
    let column = Expr::Column(Column::from((qualifier, field)));
    let Some((value, converted)) = keys((value, &value_type), (&column, field.data_type())) else {
        return Ok(None);
    };
    let subquery = if converted == column {
        subquery.clone()
    } else {
        let name = field.name().clone();
        let projection = Projection::try_new(vec![converted.alias(name)], Arc::clone(&subquery.subquery))?;
        subquery.with_plan(Arc::new(LogicalPlan::Projection(projection)))
    };
    Ok(Some((value, subquery)))
}

/// A join on keys of one type each.
///
/// # Errors
/// The engine's.
pub fn joined(mut join: Join) -> Result<Join> {
    if is_set_operation(&join) {
        return of_sets(join);
    }
    for (left, right) in &mut join.on {
        let types = (type_of(left, join.left.schema()), type_of(right, join.right.schema()));
        let (Some(left_type), Some(right_type)) = types else { continue };
        if let Some(pair) = keys((left, &left_type), (right, &right_type)) {
            (*left, *right) = pair;
        }
    }
    Ok(join)
}

/// Whether a join is what the planner makes of `intersect` and `except`.
fn is_set_operation(join: &Join) -> bool {
    join.null_equality == NullEquality::NullEqualsNull
        && matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti)
}

/// `intersect` or `except`, whose columns have the types that they would have in a union.
fn of_sets(mut join: Join) -> Result<Join> {
    let pairs = join.left.schema().fields().iter().zip(join.right.schema().fields());
    let types = pairs.map(|(left, right)| common(&[left.data_type().clone(), right.data_type().clone()]));
    if let Some(types) = types.collect::<Option<Vec<_>>>() {
        let types: Vec<Arrow> = types.into_iter().map(|(common, _)| common).collect();
        join.left = Arc::new(side_of_set(join.left, &types)?);
        join.right = Arc::new(side_of_set(join.right, &types)?);
    }
    Ok(join)
}

/// A side with columns of these types. Equal rows are left out after they are converted.
fn side_of_set(side: Arc<LogicalPlan>, types: &[Arrow]) -> Result<LogicalPlan> {
    let side = Arc::unwrap_or_clone(side);
    if let LogicalPlan::Distinct(Distinct::All(rows)) = side {
        return Ok(LogicalPlan::Distinct(Distinct::All(Arc::new(side_of_set(rows, types)?))));
    }
    with_columns(side, |column, field, at| match types.get(at) {
        Some(to) if field.data_type() != to => with_one_zero_inside(cast(column, to.clone()), to),
        _ => with_one_zero_inside(column, field.data_type()),
    })
}

/// `select distinct` of rows with one zero inside of arrays, maps and structs.
///
/// # Errors
/// The engine's.
pub fn distinct(distinct: Distinct) -> Result<LogicalPlan> {
    let Distinct::All(rows) = distinct else { return Ok(LogicalPlan::Distinct(distinct)) };
    let rows = Arc::unwrap_or_clone(rows);
    let rows = with_columns(rows, |column, field, _| with_one_zero_inside(column, field.data_type()))?;
    Ok(LogicalPlan::Distinct(Distinct::All(Arc::new(rows))))
}

/// The same rows, each column as `change` makes it from its field and its place, under its name.
fn with_columns(plan: LogicalPlan, change: impl Fn(Expr, &Field, usize) -> Expr) -> Result<LogicalPlan> {
    let mut is_same = true;
    let columns = plan.schema().iter().enumerate().map(|(at, (qualifier, field))| {
        let column = Expr::Column(Column::from((qualifier, field)));
        let changed = change(column.clone(), field, at);
        if changed == column {
            return column;
        }
        is_same = false;
        changed.alias_qualified(qualifier.cloned(), field.name())
    });
    let columns: Vec<Expr> = columns.collect();
    if is_same {
        return Ok(plan);
    }
    Projection::try_new(columns, Arc::new(plan)).map(LogicalPlan::Projection)
}

/// A union whose columns have one type each.
///
/// # Errors
/// Types that have nothing in common.
pub fn united(union: Union) -> Result<LogicalPlan> {
    let count = union.schema.fields().len();
    if union.inputs.iter().any(|input| input.schema().fields().len() != count) {
        return TypeCoercionRewriter::coerce_union(union);
    }
    let of_column = |at: usize| {
        let types: Vec<_> = union.inputs.iter().map(|input| input.schema().field(at).data_type().clone()).collect();
        common(&types)
    };
    let Some(columns) = (0..count).map(of_column).collect::<Option<Vec<_>>>() else {
        return TypeCoercionRewriter::coerce_union(union);
    };
    // The types of its schema are those of its first part before that was looked at.
    let fields = union.schema.iter().zip(columns);
    let fields = fields.map(|((qualifier, field), (to, _))| (qualifier.cloned(), retyped(field, to))).collect();
    let schema = Arc::new(DFSchema::new_with_metadata(fields, union.schema.metadata().clone())?);
    let inputs = union.inputs.into_iter();
    let inputs = inputs.map(|input| coerce_plan_expr_for_schema(Arc::unwrap_or_clone(input), &schema).map(Arc::new));
    let inputs = inputs.collect::<Result<Vec<_>>>()?;
    TypeCoercionRewriter::coerce_union(Union { inputs, schema })
}
