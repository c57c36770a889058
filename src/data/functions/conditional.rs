//! `decode`: a case by value.

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{DataFusionError, Result as Outcome};
use datafusion::logical_expr::binary::{comparison_coercion, try_type_union_resolution};
use datafusion::logical_expr::expr::{BinaryExpr, Case};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::value::common;
use crate::data::supertype;

/// `decode(value, search, result, …, default)`; NULL equals NULL. Source: "DECODE".
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Decode {
    signature: Signature,
}

impl Decode {
    /// The function.
    pub fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

/// Whether the argument at this place is a result: every second one, and a default at the end.
fn is_result(at: usize, count: usize) -> bool {
    at >= 2 && (at.is_multiple_of(2) || at + 1 == count)
}

/// Whether a search finds nothing but what is equal to it in every way: NULL is found by NULL, and `0.0` by `-0.0`.
fn is_plain_constant(search: &Expr) -> bool {
    matches!(search, Expr::Literal(known, _) if !known.is_null() && !known.data_type().is_floating())
}

/// The types of the value and of what it is compared with. Those that have nothing in common stay, if each can be compared.
fn searches(given: Vec<Arrow>) -> Outcome<Vec<Arrow>> {
    let unified = try_type_union_resolution(&given);
    let are_comparable = given
        .split_first()
        .is_some_and(|(value, others)| others.iter().all(|other| comparison_coercion(value, other).is_some()));
    if unified.is_err() && are_comparable { Ok(given) } else { unified }
}

impl ScalarUDFImpl for Decode {
    fn name(&self) -> &str {
        "decode"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        if given.len() < 3 {
            return Err(DataFusionError::Plan("`decode` needs a value, a search and a result".to_owned()));
        }
        let of = |results: bool| -> Vec<Arrow> {
            let places = given.iter().enumerate().filter(|(at, _)| is_result(*at, given.len()) == results);
            places.map(|(_, data_type)| data_type.clone()).collect()
        };
        let mut searches = searches(of(false))?.into_iter();
        // Text wins over numbers, as in `case`.
        let results = of(true);
        let mut results = match (supertype::special(&results), common(&results)) {
            (Some(one), _) => vec![one; results.len()],
            (None, Some(one)) if one == Arrow::Utf8 => vec![one; results.len()],
            _ => try_type_union_resolution(&results)?,
        }
        .into_iter();
        let next = |at| if is_result(at, given.len()) { results.next() } else { searches.next() };
        Ok((0..given.len()).filter_map(next).collect())
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        given.get(2).cloned().ok_or_else(|| DataFusionError::Plan("`decode` needs a result".to_owned()))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        Err(DataFusionError::Internal("`decode` is a case before it runs".to_owned()))
    }

    fn simplify(&self, given: Vec<Expr>, _: &SimplifyContext) -> Outcome<ExprSimplifyResult> {
        let mut given = given.into_iter();
        let Some(value) = given.next() else { return Ok(ExprSimplifyResult::Original(Vec::new())) };
        let mut cases = Vec::new();
        let mut default = None;
        while let Some(search) = given.next() {
            match given.next() {
                Some(result) => cases.push((Box::new(search), Box::new(result))),
                None => default = Some(Box::new(search)),
            }
        }
        // Without NULL it is a case by value, which does not write the value out for each search.
        if cases.iter().all(|(search, _)| is_plain_constant(search)) {
            return Ok(ExprSimplifyResult::Simplified(Expr::Case(Case::new(Some(Box::new(value)), cases, default))));
        }
        let equal = |search| BinaryExpr::new(Box::new(value.clone()), Operator::IsNotDistinctFrom, search);
        let cases = cases.into_iter().map(|(search, result)| (Box::new(Expr::BinaryExpr(equal(search))), result));
        Ok(ExprSimplifyResult::Simplified(Expr::Case(Case::new(None, cases.collect(), default))))
    }
}
