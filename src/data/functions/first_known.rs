//! `coalesce` of values that are not written twice: the first of each row that is not NULL.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::is_not_null;
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{DFSchema, Result as Outcome, ScalarValue};
use datafusion::logical_expr::{Case, ColumnarValue, Expr, ScalarFunctionArgs};

use super::guarded::is_once;
use super::once::once;
use super::opaque::opaque;
use crate::data::agreement::type_of;
use crate::data::guards;

/// Of values that are calculated already.
pub fn of(given: &ScalarFunctionArgs) -> Outcome<ColumnarValue> {
    let mut arrays = given.args.iter().map(|argument| argument.to_array(given.number_rows)).rev();
    let mut result: ArrayRef = match arrays.next() {
        Some(last) => last?,
        None => return ScalarValue::try_from(given.return_field.data_type()).map(ColumnarValue::Scalar),
    };
    for array in arrays {
        let array = array?;
        result = zip(&is_not_null(&array)?, &array, &result)?;
    }
    Ok(ColumnarValue::Array(result))
}

/// Of values of which each is calculated only where those before it are NULL. Nothing if that makes no difference, because none of them
/// can fail.
pub fn in_turn(values: &[Expr], schema: &DFSchema) -> Option<Expr> {
    let (_, later) = values.split_first()?;
    if later.iter().any(guards::may_fail) { chosen(values, schema) } else { None }
}

fn chosen(values: &[Expr], schema: &DFSchema) -> Option<Expr> {
    // Short ones are written twice, and those behind the next long one are inside of it.
    let short = values.iter().take_while(|value| !is_once([*value])).count();
    let (short, rest) = values.split_at(short);
    let last = match rest {
        [] => None,
        [last] => Some(last.clone()),
        [first, rest @ ..] => {
            Some(once(&[first], schema, |values, scope| choice(values, Some(chosen(rest, scope)?), scope))?)
        }
    };
    match (short, last) {
        ([], last) => last,
        (short, None) => {
            let (last, short) = short.split_last()?;
            choice(short, Some(last.clone()), schema)
        }
        (short, last) => choice(short, last, schema),
    }
}

/// The first of these that is not NULL, or else another value.
fn choice(values: &[Expr], otherwise: Option<Expr>, schema: &DFSchema) -> Option<Expr> {
    let cases: Vec<_> = values
        .iter()
        .map(|value| (Box::new(Expr::IsNotNull(Box::new(value.clone()))), Box::new(value.clone())))
        .collect();
    let Some((_, first)) = cases.first() else { return otherwise };
    let is_condition = type_of(first, schema)? == Arrow::Boolean;
    let case = Case::new(None, cases, otherwise.map(Box::new));
    Some(match guards::needs_guard(&case) {
        true if is_condition => guards::guarded(case),
        true => opaque(Expr::Case(case)),
        false => Expr::Case(case),
    })
}
