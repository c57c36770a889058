//! Days that are compared with moments: those far away become the last moment that the engine knows.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as Arrow, TimeUnit};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, Join, LogicalPlan, Projection, Subquery};

use crate::data::conversion::Conversion;
use crate::data::functions::exact::{Operation, known_conversion};

/// A side of a comparison that nobody wrote the conversion of: a day far away becomes the last TIMESTAMP there is, which
/// compares as the day does.
pub(super) fn clamped(side: &Expr) -> Option<Expr> {
    let Expr::ScalarFunction(call) = side else { return None };
    let conversion = known_conversion(side).filter(|conversion| conversion.exact && !conversion.clamped)?;
    let is_short = matches!(conversion.to.data_type(), Arrow::Timestamp(TimeUnit::Nanosecond, _));
    let conversion = Conversion { clamped: true, ..conversion.clone() };
    is_short.then(|| Operation::Converted(conversion).call(call.args.clone()))
}

/// The same of the one column of a subquery.
pub(super) fn clamped_column(subquery: &Subquery) -> Result<Option<Subquery>> {
    let LogicalPlan::Projection(projection) = subquery.subquery.as_ref() else { return Ok(None) };
    let [column] = projection.expr.as_slice() else { return Ok(None) };
    let Some(value) = clamped(&column.clone().unalias_nested().data) else { return Ok(None) };
    let name = projection.schema.field(0).name().clone();
    let projection = Projection::try_new(vec![value.alias(name)], Arc::clone(&projection.input))?;
    Ok(Some(subquery.with_plan(Arc::new(LogicalPlan::Projection(projection)))))
}

/// The same of the keys of a join.
pub(super) fn clamped_keys(mut join: Join) -> Join {
    for side in join.on.iter_mut().flat_map(|(left, right)| [left, right]) {
        if let Some(value) = clamped(side) {
            *side = value;
        }
    }
    join
}
