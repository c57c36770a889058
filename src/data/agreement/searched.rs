//! A value that is sought among others: `case value when …` and `decode`, which compare as operators do.

use datafusion::common::DFSchema;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Case, Expr, Operator, cast, lit};

use super::{are_moments, common, compared, is_compared_here, type_of, types_of};
use crate::data::functions::guarded::is_once;
use crate::data::functions::once::once;
use crate::data::functions::one_zero::has_floats;

/// A condition or a value, and what is given where it holds or is found.
type Choice = (Box<Expr>, Box<Expr>);

/// A case whose results have one type, and whose values are compared by operators where the engine would do it otherwise.
pub fn case(case: &Case, schema: &DFSchema) -> Option<Expr> {
    let compared = compared_case(case, schema);
    let case = compared.as_ref().unwrap_or(case);
    with_one_type(case, schema).or_else(|| compared.map(Expr::Case))
}

fn with_one_type(case: &Case, schema: &DFSchema) -> Option<Expr> {
    let results = case.when_then_expr.iter().map(|(_, then)| then.as_ref()).chain(case.else_expr.as_deref());
    let types = types_of(results, schema)?;
    let (common, _) = common(&types)?;
    if types.iter().all(|data_type| *data_type == common) {
        return None;
    }
    let converted = |result: &Expr| {
        let is_so = type_of(result, schema).is_some_and(|data_type| data_type == common);
        Box::new(if is_so { result.clone() } else { cast(result.clone(), common.clone()) })
    };
    let cases = case.when_then_expr.iter().map(|(when, then)| (when.clone(), converted(then))).collect();
    Some(Expr::Case(Case::new(case.expr.clone(), cases, case.else_expr.as_deref().map(converted))))
}

/// `case value when …` as a case of conditions.
fn compared_case(case: &Case, schema: &DFSchema) -> Option<Case> {
    let value = case.expr.as_deref()?;
    let searches: Vec<Expr> = case.when_then_expr.iter().map(|(when, _)| when.as_ref().clone()).collect();
    let results = case.when_then_expr.iter().map(|(_, then)| then.as_ref().clone()).collect();
    if is_once([value]) {
        let found = once(&[value], schema, |values, scope| {
            Some(place(conditions(values.first()?, &searches, Operator::Eq, scope)?))
        })?;
        return Some(of_places(found, results, case.else_expr.clone()));
    }
    let conditions = conditions(value, &searches, Operator::Eq, schema)?;
    Some(Case::new(None, choices(conditions, results), case.else_expr.clone()))
}

/// The value as conditions on it, one for each search. Nothing where the engine compares in the same way.
fn conditions(value: &Expr, searches: &[Expr], operator: Operator, schema: &DFSchema) -> Option<Vec<Expr>> {
    let value_type = type_of(value, schema)?;
    let types = types_of(searches, schema)?;
    let are_other =
        is_compared_here(&value_type, &types) || types.iter().any(|search| are_moments(&value_type, search));
    // The engine would find constants by their bits, but `0.0 = -0.0`.
    let have_zeros = has_floats(&value_type) || types.iter().any(has_floats);
    if !are_other && !have_zeros {
        return None;
    }
    let condition = |search: &Expr| compared(value.clone(), operator, search.clone(), schema);
    Some(searches.iter().map(condition).collect())
}

fn choices(conditions: Vec<Expr>, results: Vec<Expr>) -> Vec<Choice> {
    conditions.into_iter().map(Box::new).zip(results.into_iter().map(Box::new)).collect()
}

/// The number of the first condition that holds.
fn place(conditions: Vec<Expr>) -> Expr {
    let numbers = (0_i64..).map(|number| Box::new(lit(number)));
    Expr::Case(Case::new(None, conditions.into_iter().map(Box::new).zip(numbers).collect(), None))
}

/// The result of the place that was found.
fn of_places(found: Expr, results: Vec<Expr>, default: Option<Box<Expr>>) -> Case {
    let numbers = (0_i64..).map(|number| Box::new(lit(number)));
    Case::new(Some(Box::new(found)), numbers.zip(results.into_iter().map(Box::new)).collect(), default)
}

/// `decode(value, search, result, …, default)` as a case of conditions.
pub fn decoded(call: &ScalarFunction, schema: &DFSchema) -> Option<Expr> {
    let (value, rest) = call.args.split_first()?;
    let (pairs, default) = rest.as_chunks::<2>();
    let searches: Vec<Expr> = pairs.iter().map(|[search, _]| search.clone()).collect();
    let results = pairs.iter().map(|[_, result]| result.clone()).collect();
    let default = default.first().map(|default| Box::new(default.clone()));
    let decoded = if is_once([value]) {
        let found = once(&[value], schema, |values, scope| {
            let value = values.first()?;
            let found = conditions(value, &searches, Operator::IsNotDistinctFrom, scope).map(place);
            // The engine compares in the same way, but writes the value once for each search.
            Some(found.unwrap_or_else(|| place_by_decode(call, value, &searches)))
        })?;
        of_places(found, results, default)
    } else {
        let conditions = conditions(value, &searches, Operator::IsNotDistinctFrom, schema)?;
        Case::new(None, choices(conditions, results), default)
    };
    Some(case(&decoded, schema).unwrap_or(Expr::Case(decoded)))
}

/// The place of a search as `decode` finds it.
fn place_by_decode(call: &ScalarFunction, value: &Expr, searches: &[Expr]) -> Expr {
    let numbers = (0_i64..).map(lit);
    let pairs = searches.iter().zip(numbers).flat_map(|(search, number)| [search.clone(), number]);
    let args = std::iter::once(value.clone()).chain(pairs).collect();
    Expr::ScalarFunction(ScalarFunction { func: call.func.clone(), args })
}
