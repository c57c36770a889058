//! One type for values that are compared, and for values that stand in each other's place, in a plan whose types are not
//! settled yet: where the engine would find another one than MaxCompute.
//!
//! `in`, `between`, `case x when`, `decode`, `nullif`, subqueries and joins compare as the operators `=`, `>=` and `<=` do.

mod lists;
mod orders;
mod plans;
mod searched;
mod zeros;

use datafusion::arrow::datatypes::{DataType as Arrow, TimeUnit};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::binary::comparison_coercion;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Between, BinaryExpr, Case, Cast, Expr, ExprSchemable, LogicalPlan, Operator, cast, lit, not, try_cast,
};

use super::conversion::is_text;
use super::exactness::compares;
use super::functions::decimal::{self, Digits};
use super::functions::exact::{Operation, known_type, of_decimals};
use super::functions::guarded::is_once;
use super::functions::nullable::nullable;
use super::functions::once::once;
use super::functions::one_zero::{has_floats, with_one_zero};
use super::membership::gives_one_row;
use super::operators::{has_text_or_decimal, in_doubles};
use super::supertype::{common, is_exact_and_not, is_text_and_number, retyped, special};

/// The same plan, in which such values have one type.
///
/// # Errors
/// Types that have nothing in common.
pub fn put_in(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(node).map(|transformed| transformed.data)
}

fn node(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let schema = match &plan {
        LogicalPlan::TableScan(scan) => scan.projected_schema.as_ref().clone(),
        _ => merge_schema(&plan.inputs()),
    };
    let names = NamePreserver::new(&plan);
    plan.map_expressions(|expression| {
        let name = names.save(&expression);
        let changed = expression.transform_up(|part| part_of(part, &schema))?;
        Ok(if changed.transformed { changed.update_data(|part| name.restore(part)) } else { changed })
    })?
    .map_data(|plan| match plan {
        LogicalPlan::Union(union) => plans::united(union),
        LogicalPlan::Join(join) => plans::joined(join).map(LogicalPlan::Join),
        LogicalPlan::Distinct(distinct) => plans::distinct(distinct),
        LogicalPlan::Aggregate(aggregate) => zeros::grouped(aggregate).map(LogicalPlan::Aggregate),
        other => Ok(other),
    })?
    // The types below may be others now.
    .map_data(LogicalPlan::recompute_schema)
}

fn part_of(part: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let changed = match &part {
        Expr::BinaryExpr(operation) => binary(operation, schema),
        Expr::InList(list) => lists::in_list(list, schema),
        Expr::Between(between) => self::between(between, schema),
        Expr::Case(case) => searched::case(case, schema),
        Expr::InSubquery(membership) => plans::in_subquery(membership, schema)?,
        Expr::SetComparison(comparison) => plans::set_comparison(comparison, schema)?,
        Expr::ScalarSubquery(subquery) if plans::may_give_rows(subquery) => Some(plans::only_row(subquery)?),
        // A row is never NULL, even if its column is.
        Expr::ScalarSubquery(subquery) if !gives_one_row(&subquery.subquery) => Some(nullable(part.clone())),
        Expr::ScalarFunction(call) => match call.func.name() {
            "nullif" => null_if(call, schema),
            "decode" => searched::decoded(call, schema),
            _ => settled(call, schema),
        },
        _ => None,
    };
    let part = changed.map_or_else(|| Transformed::no(part), Transformed::yes);
    let part = match orders::of(&part.data, schema) {
        Some(changed) => Transformed::yes(changed),
        None => part,
    };
    Ok(match zeros::of(&part.data, schema) {
        Some(changed) => Transformed::yes(changed),
        None => part,
    })
}

/// A comparison or a calculation that was planned before the types of its sides were known.
fn binary(BinaryExpr { left, op, right }: &BinaryExpr, schema: &DFSchema) -> Option<Expr> {
    let types = || Some((type_of(left, schema)?, type_of(right, schema)?));
    if compares(*op) {
        let (left_type, right_type) = types()?;
        let sides = ((left.as_ref(), &left_type), (right.as_ref(), &right_type));
        let agreed = moments_alike(sides.0, *op, sides.1).or_else(|| alike(sides.0, *op, sides.1))?;
        // Whether a side is NULL is asked of the side itself.
        let writes_twice = matches!(op, Operator::IsNotDistinctFrom | Operator::IsDistinctFrom);
        if writes_twice && is_once([left.as_ref(), right]) {
            let sides = [left.as_ref(), right.as_ref()];
            return once(&sides, schema, |sides, scope| match sides {
                [left, right] => Some(compared(left.clone(), *op, right.clone(), scope)),
                _ => None,
            });
        }
        return Some(agreed);
    }
    let calculates = matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply);
    if !calculates || !has_text_or_decimal([left, right], schema) {
        return None;
    }
    let (left_type, right_type) = types()?;
    let sides = ((left.as_ref().clone(), &left_type), (right.as_ref().clone(), &right_type));
    match is_text_and_number(&left_type, &right_type) {
        true => Some(in_doubles(*op, sides.0, sides.1)),
        false => calculated(*op, sides.0, sides.1),
    }
}

/// A comparison in the types that its sides are compared in.
fn compared(left: Expr, operator: Operator, right: Expr, schema: &DFSchema) -> Expr {
    let comparison = BinaryExpr::new(Box::new(left), operator, Box::new(right));
    let comparison = binary(&comparison, schema).unwrap_or(Expr::BinaryExpr(comparison));
    zeros::of(&comparison, schema).unwrap_or(comparison)
}

/// The type of an expression. Long chains are asked once for each of their parts: what is known at the top is not sought below.
pub fn type_of(expression: &Expr, schema: &DFSchema) -> Option<Arrow> {
    known_type(expression).or_else(|| expression.get_type(schema).ok())
}

fn types_of<'e>(expressions: impl IntoIterator<Item = &'e Expr>, schema: &DFSchema) -> Option<Vec<Arrow>> {
    expressions.into_iter().map(|expression| type_of(expression, schema)).collect()
}

fn operation(left: Expr, operator: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
}

/// Whether two numbers, a number and text, or arrays of them are compared as others than the engine does.
fn are_compared_here(one: &Arrow, other: &Arrow) -> bool {
    match (one, other) {
        (Arrow::List(one), Arrow::List(other)) => are_compared_here(one.data_type(), other.data_type()),
        _ => is_text_and_number(one, other) || is_exact_and_not(one, other),
    }
}

/// Whether a value is compared with one of the others as the engine does not do it. What cannot be compared is left to it.
fn is_compared_here<'t>(value: &'t Arrow, others: impl IntoIterator<Item = &'t Arrow> + Clone) -> bool {
    // A long list has few types.
    let mut types: Vec<&Arrow> = Vec::new();
    for data_type in std::iter::once(value).chain(others.clone()) {
        if !types.contains(&data_type) {
            types.push(data_type);
        }
    }
    // Three types together would get one that no two of them are compared in.
    types.iter().any(|one| types.iter().any(|other| are_compared_here(one, other)))
        && others.into_iter().all(|other| comparison_coercion(value, other).is_some())
}

/// Whether types are different ones of days, moments and text.
fn are_moments(one: &Arrow, other: &Arrow) -> bool {
    let may_be = |side: &Arrow| is_text(side) || matches!(side, Arrow::Date32 | Arrow::Timestamp(..));
    one != other && may_be(one) && may_be(other) && !(is_text(one) && is_text(other))
}

/// A comparison of sides that the engine does not compare so by itself.
pub fn alike(left: (&Expr, &Arrow), operator: Operator, right: (&Expr, &Arrow)) -> Option<Expr> {
    if operator == Operator::IsDistinctFrom {
        return alike(left, Operator::IsNotDistinctFrom, right).map(not);
    }
    Some(known_same(agreed(left, right)?, operator, left, right))
}

/// The same of text and days or moments: what is no day is not NULL, and a DATETIME reaches further than the type that the engine takes.
fn moments_alike(left: (&Expr, &Arrow), operator: Operator, right: (&Expr, &Arrow)) -> Option<Expr> {
    if operator == Operator::IsDistinctFrom {
        return moments_alike(left, Operator::IsNotDistinctFrom, right).map(not);
    }
    let has_text = are_moments(left.1, right.1) && (is_text(left.1) || is_text(right.1));
    let is_datetime = datetime_of(&[left.1.clone(), right.1.clone()]).is_some();
    let differs = has_text && operator == Operator::IsNotDistinctFrom || is_datetime;
    differs.then(|| paired(left, right)).flatten().map(|pair| known_same(pair, operator, left, right))
}

/// A comparison of two sides that were made of these. A side that could not be converted is not NULL.
fn known_same((one, other): (Expr, Expr), operator: Operator, left: (&Expr, &Arrow), right: (&Expr, &Arrow)) -> Expr {
    if operator != Operator::IsNotDistinctFrom || is_exact_and_not(left.1, right.1) {
        return operation(one, operator, other);
    }
    let equal = Expr::IsTrue(Box::new(operation(one, Operator::Eq, other)));
    let is_null = |side: &Expr| Expr::IsNull(Box::new(side.clone()));
    equal.or(is_null(left.0).and(is_null(right.0)))
}

/// Both sides of a comparison in the type that they are compared in. Nothing where they have it already, or the engine finds it.
pub fn paired(left: (&Expr, &Arrow), right: (&Expr, &Arrow)) -> Option<(Expr, Expr)> {
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

/// Both sides of a comparison as they are compared: text and a number as doubles, as are a DECIMAL and a double; text that
/// is no number is NULL. Nothing where the engine compares so by itself.
///
/// Source: "Relational operators". Chosen: a constant counts with the digits that it is written with.
pub fn agreed((left, left_type): (&Expr, &Arrow), (right, right_type): (&Expr, &Arrow)) -> Option<(Expr, Expr)> {
    if !are_compared_here(left_type, right_type) {
        return None;
    }
    let doubles = || (double(left, left_type), double(right, right_type));
    if is_exact_and_not(left_type, right_type) {
        let exact = |side: &Expr| match side {
            Expr::Literal(ScalarValue::Float64(Some(double)), _) => decimal::of_double(*double).map(lit),
            _ => None,
        };
        return Some(match (exact(left), exact(right)) {
            (Some(exact), _) => (exact, right.clone()),
            (_, Some(exact)) => (left.clone(), exact),
            _ => doubles(),
        });
    }
    // An integer that is written as text leaves the other side as it is, so that files can be skipped.
    let whole = |side: &Expr| match side {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => text.trim().parse::<i64>().ok(),
        _ => None,
    };
    Some(match (whole(left), whole(right)) {
        (Some(number), _) if right_type.is_integer() => (lit(number), right.clone()),
        (_, Some(number)) if left_type.is_integer() => (left.clone(), lit(number)),
        _ => doubles(),
    })
}

/// The type in which text and DATETIMEs are compared: the engine would take TIMESTAMP, which ends in 2262.
fn datetime_of(types: &[Arrow]) -> Option<Arrow> {
    let is_datetime = |data_type: &Arrow| matches!(data_type, Arrow::Timestamp(TimeUnit::Millisecond, Some(_)));
    let are_such = types.iter().all(|data_type| data_type.is_null() || is_text(data_type) || is_datetime(data_type));
    let datetime = types.iter().find(|data_type| is_datetime(data_type))?;
    (are_such && types.iter().any(is_text)).then(|| datetime.clone())
}

fn converted(side: &Expr, from: &Arrow, to: &Arrow) -> Expr {
    if from == to { side.clone() } else { cast(side.clone(), to.clone()) }
}

/// A number or text as a double, an array as one of doubles.
fn double(side: &Expr, from: &Arrow) -> Expr {
    let to = doubles_of(from);
    if *from == to { side.clone() } else { try_cast(side.clone(), to) }
}

fn doubles_of(data_type: &Arrow) -> Arrow {
    match data_type {
        Arrow::List(item) => Arrow::List(retyped(item, doubles_of(item.data_type()))),
        _ => Arrow::Float64,
    }
}

/// `between` as `>=` and `<=`.
fn between(between: &Between, schema: &DFSchema) -> Option<Expr> {
    let within = of_bounds(between, schema)?;
    if matches!(within, Expr::Between(_)) || !is_once([between.expr.as_ref()]) {
        return Some(within);
    }
    once(&[between.expr.as_ref()], schema, |values, scope| {
        let expr = Box::new(values.first()?.clone());
        of_bounds(&Between { expr, ..between.clone() }, scope)
    })
}

fn of_bounds(Between { expr, negated, low, high }: &Between, schema: &DFSchema) -> Option<Expr> {
    let [value_type, low_type, high_type] = [expr, low, high].map(|part| type_of(part, schema));
    let (value_type, low_type, high_type) = (value_type?, low_type?, high_type?);
    let of = |value: Expr, low: Expr, high: Expr| {
        Some(Expr::Between(Between::new(Box::new(value), *negated, Box::new(low), Box::new(high))))
    };
    let bounds = [&low_type, &high_type];
    let has_moments = bounds.iter().any(|bound| are_moments(&value_type, bound));
    if !has_moments && !is_compared_here(&value_type, bounds) {
        return None;
    }
    let bound = |bound: &Expr, from: &Arrow| {
        paired((expr, &value_type), (bound, from)).unwrap_or_else(|| (expr.as_ref().clone(), bound.clone()))
    };
    let ((above, least), (below, greatest)) = (bound(low, &low_type), bound(high, &high_type));
    if above == below && (low_type == high_type || !has_moments && !are_compared_here(&low_type, &high_type)) {
        return of(above, least, greatest);
    }
    let within = operation(above, Operator::GtEq, least).and(operation(below, Operator::LtEq, greatest));
    Some(if *negated { not(within) } else { within })
}

/// `nullif(value, other)` as a case: the result is the value as it is, in its type.
fn null_if(call: &ScalarFunction, schema: &DFSchema) -> Option<Expr> {
    let [value, other] = call.args.as_slice() else { return None };
    let (value_type, other_type) = (type_of(value, schema)?, type_of(other, schema)?);
    let is_known = |data_type: &Arrow| data_type.is_numeric() || is_text(data_type) || data_type.is_temporal();
    let are_mixed = value_type != other_type && is_known(&value_type) && is_known(&other_type);
    // The engine would compare bits.
    if !are_mixed && !has_floats(&value_type) && !has_floats(&other_type) {
        return None;
    }
    if value_type.is_floating() && other_type.is_floating() {
        let other = with_one_zero(double(other, &other_type), &Arrow::Float64);
        return Some(Operation::NullIf(value_type, Arrow::Float64).call(vec![value.clone(), other]));
    }
    let none = Expr::Literal(ScalarValue::try_from(&value_type).ok()?, None);
    once(&[value], schema, |values, scope| {
        let value = values.first()?;
        let equal = compared(value.clone(), Operator::Eq, other.clone(), scope);
        Some(Expr::Case(Case::new(None, vec![(Box::new(equal), Box::new(none))], Some(Box::new(value.clone())))))
    })
}

/// A calculation with DECIMALs that was planned for other types than its operands have by now.
fn settled(call: &ScalarFunction, schema: &DFSchema) -> Option<Expr> {
    let (operator, result) = of_decimals(call)?;
    let [left, right] = call.args.as_slice() else { return None };
    let (left, right) = (without_stale_cast(left, schema), without_stale_cast(right, schema));
    let (left_type, right_type) = (type_of(left, schema)?, type_of(right, schema)?);
    if let Some([_, _, settled]) = decimal::operands(operator, &left_type, &right_type)
        && settled.arrow() == *result
        && call.args.iter().all(|side| type_of(side, schema).is_some_and(|data_type| data_type.is_decimal()))
    {
        return None;
    }
    let sides = || ((left.clone(), &left_type), (right.clone(), &right_type));
    calculated(operator, sides().0, sides().1).or_else(|| {
        let are_numbers = [&left_type, &right_type].iter().all(|side| side.is_numeric() || is_text(side));
        are_numbers.then(|| in_doubles(operator, sides().0, sides().1))
    })
}

/// A side without the conversion of an integer that is none any more. Written casts are others.
fn without_stale_cast<'e>(side: &'e Expr, schema: &DFSchema) -> &'e Expr {
    match side {
        Expr::Cast(Cast { expr, field })
            if type_of(expr, schema)
                .is_some_and(|inner| Digits::of(&inner).is_none_or(|digits| digits.arrow() != *field.data_type())) =>
        {
            expr
        }
        other => other,
    }
}

/// A calculation with a DECIMAL or with text; nothing where the engine finds the types.
pub fn calculated(operator: Operator, left: (Expr, &Arrow), right: (Expr, &Arrow)) -> Option<Expr> {
    let [left_digits, right_digits, result] = decimal::operands(operator, left.1, right.1)?.map(Digits::arrow);
    let side = |(side, from): (Expr, &Arrow), to: Arrow| if *from == to { side } else { cast(side, to) };
    Some(Operation::Decimal(vec![operator], result).call(vec![side(left, left_digits), side(right, right_digits)]))
}
