//! Agreement between plans: subqueries, joins, unions and other set operations.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{Column, DFSchema, JoinType, NullEquality, Result};
use datafusion::logical_expr::expr::InSubquery;
use datafusion::logical_expr::expr_rewriter::coerce_plan_expr_for_schema;
use datafusion::logical_expr::{Distinct, Expr, Join, LogicalPlan, Projection, Union, cast};
use datafusion::optimizer::analyzer::type_coercion::TypeCoercionRewriter;

use super::{agreed, are_moments, converted, type_of};
use crate::data::conversion::is_text;
use crate::data::supertype::{common, retyped, special};

/// Both sides that are matched by their values, in one type. Nothing where the engine finds it.
fn matched(left: (&Expr, &Arrow), right: (&Expr, &Arrow)) -> Option<(Expr, Expr)> {
    if let Some(agreed) = agreed(left, right) {
        return Some(agreed);
    }
    if !are_moments(left.1, right.1) {
        return None;
    }
    let common = match (left.1, right.1) {
        (text, moment) | (moment, text) if is_text(text) => moment.clone(),
        (left, right) => special(&[left.clone(), right.clone()])?,
    };
    Some((converted(left.0, left.1, &common), converted(right.0, right.1, &common)))
}

/// Matches the value with the column of the subquery, both in one type.
///
/// # Errors
/// The engine's.
pub fn in_subquery(membership: &InSubquery, schema: &DFSchema) -> Result<Option<Expr>> {
    let InSubquery { expr, subquery, negated } = membership;
    let Some(value_type) = type_of(expr, schema) else { return Ok(None) };
    let (qualifier, field) = subquery.subquery.schema().qualified_field(0);
    let column = Expr::Column(Column::from((qualifier, field)));
    let Some((value, converted)) = matched((expr, &value_type), (&column, field.data_type())) else {
        return Ok(None);
    };
    let subquery = if converted == column {
        subquery.clone()
    } else {
        let name = field.name().clone();
        let projection = Projection::try_new(vec![converted.alias(name)], Arc::clone(&subquery.subquery))?;
        subquery.with_plan(Arc::new(LogicalPlan::Projection(projection)))
    };
    Ok(Some(Expr::InSubquery(InSubquery::new(Box::new(value), subquery, *negated))))
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
        if let Some(pair) = matched((left, &left_type), (right, &right_type)) {
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
    if side.schema().fields().iter().zip(types).all(|(field, to)| field.data_type() == to) {
        return Ok(side);
    }
    let columns = side.schema().iter().zip(types).map(|((qualifier, field), to)| {
        let column = Expr::Column(Column::from((qualifier, field)));
        match field.data_type() == to {
            true => column,
            false => cast(column, to.clone()).alias_qualified(qualifier.cloned(), field.name()),
        }
    });
    let columns = columns.collect();
    Projection::try_new(columns, Arc::new(side)).map(LogicalPlan::Projection)
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
