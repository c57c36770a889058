//! `in (…)`: values that are compared in different ways cannot stand in one list.

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::binary::comparison_coercion;
use datafusion::logical_expr::expr::{InList, TryCast};
use datafusion::logical_expr::{Cast, Expr, lit, not};

use super::{are_moments, is_compared_here, paired, type_of, types_of};
use crate::data::functions::guarded::is_once;
use crate::data::functions::once::once;
use crate::data::functions::one_zero::{has_floats, with_one_zero};

/// In what numbers a comparison is made, inside of arrays as well: values that are compared in different ones cannot stand in one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Floating,
    Decimal,
    Other,
}

fn kind_of(value: &Arrow, item: &Arrow) -> Kind {
    match comparison_coercion(value, item) {
        Some(common) if has_floats(&common) => Kind::Floating,
        Some(common) if common.is_decimal() => Kind::Decimal,
        _ => Kind::Other,
    }
}

/// `in` as one list for each way to compare.
pub fn in_list(within: &InList, schema: &DFSchema) -> Option<Expr> {
    let lists = lists(within, schema)?;
    if matches!(lists, Expr::InList(_)) || !is_once([within.expr.as_ref()]) {
        return Some(lists);
    }
    once(&[within.expr.as_ref()], schema, |values, scope| {
        let expr = Box::new(values.first()?.clone());
        self::lists(&InList { expr, ..within.clone() }, scope)
    })
}

fn lists(InList { expr, list, negated }: &InList, schema: &DFSchema) -> Option<Expr> {
    let value_type = type_of(expr, schema)?;
    let types = types_of(list, schema)?;
    let has_moments = types.iter().any(|item| are_moments(&value_type, item));
    if !has_moments && !is_compared_here(&value_type, &types) {
        let has_zeros = types.iter().any(|item| kind_of(&value_type, item) == Kind::Floating);
        return has_zeros.then(|| with_both_zeros(expr, list, *negated, schema)).flatten();
    }
    let mut groups: Vec<((Expr, Kind), Vec<Expr>)> = Vec::new();
    for (item, item_type) in list.iter().zip(&types) {
        let (value, item) =
            paired((expr, &value_type), (item, item_type)).unwrap_or_else(|| (expr.as_ref().clone(), item.clone()));
        let kind = kind_of(&type_of(&value, schema)?, &type_of(&item, schema)?);
        let key = (value, kind);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, items)) => items.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    let lists = groups.into_iter().map(|((value, kind), items)| {
        let zeros = if kind == Kind::Floating { with_both_zeros(&value, &items, false, schema) } else { None };
        zeros.unwrap_or_else(|| Expr::InList(InList::new(Box::new(value), items, false)))
    });
    let any = lists.reduce(Expr::or)?;
    Some(match any {
        Expr::InList(list) => Expr::InList(InList { negated: *negated, ..list }),
        any if *negated => not(any),
        any => any,
    })
}

/// A list of doubles that holds a zero, with the other zero: the engine finds constants by their bits, but `0.0 = -0.0`.
fn with_both_zeros(value: &Expr, list: &[Expr], negated: bool, schema: &DFSchema) -> Option<Expr> {
    let is_nested = type_of(value, schema).is_some_and(|data_type| data_type.is_nested());
    if is_nested || !list.iter().all(is_constant) {
        let one_zero = |side: &Expr| with_one_zero(side.clone(), &type_of(side, schema).unwrap_or(Arrow::Float64));
        let list = list.iter().map(one_zero).collect();
        return Some(Expr::InList(InList::new(Box::new(one_zero(value)), list, negated)));
    }
    if !list.iter().any(is_zero) {
        return None;
    }
    let list = list.iter().cloned().chain([lit(0.0), lit(-0.0)]).collect();
    Some(Expr::InList(InList::new(Box::new(value.clone()), list, negated)))
}

fn is_constant(item: &Expr) -> bool {
    match item {
        Expr::Cast(Cast { expr, .. }) | Expr::TryCast(TryCast { expr, .. }) => is_constant(expr),
        other => matches!(other, Expr::Literal(..)),
    }
}

fn is_zero(item: &Expr) -> bool {
    match item {
        Expr::Cast(Cast { expr, .. }) | Expr::TryCast(TryCast { expr, .. }) => is_zero(expr),
        Expr::Literal(number, _) => {
            let number = number.cast_to(&Arrow::Float64);
            matches!(number, Ok(ScalarValue::Float64(Some(number))) if number == 0.0)
        }
        _ => false,
    }
}
