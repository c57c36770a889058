//! Puts MaxCompute's arithmetic and conversions in the place of the engine's, in a plan whose types are settled.
//!
//! Changes no type and no name of a column.

mod clamped;

use std::sync::Arc;

use datafusion::arrow::datatypes::{DECIMAL256_MAX_PRECISION, DataType as Arrow, Field, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{Cast, InList, InSubquery, ScalarFunction, SetComparison, TryCast};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Between, BinaryExpr, Case, Expr, ExprSchemable, Like, LogicalPlan, Operator, Projection, WindowFunctionDefinition,
    cast,
};

use self::clamped::{clamped, clamped_column, clamped_keys};
use super::conversion::{self, Conversion, Way, is_text};
use super::failure::carry;
use super::functions::exact::{Operation, calculated, chained, known_type, moved, with_one_nan_of};
use super::functions::guarded::is_once;
use super::functions::json_value::{MADE, TAKEN, TAKEN_OR_NULL};
use super::functions::like;
use super::functions::once::once;
use super::functions::one_zero::has_floats;
use super::functions::opaque::opaque;
use super::functions::registry;
use super::functions::whole;
use super::spans::{self, is_span};
use super::{guards, types};
use crate::error::{Code, Error};
use crate::model::{DataType, Dialect, Misfit};

/// The same plan with exact operations.
///
/// # Errors
/// A conversion that MaxCompute does not have; a window function in `where`.
pub fn put_in(plan: LogicalPlan, dialect: &Arc<Dialect>) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|plan| node(plan, dialect)).map(|transformed| transformed.data)
}

/// The same plan, in which each chain of calculations with DECIMALs is one call: the engine asks each level for the names and types of
/// all levels below. Names of columns stay as they are.
///
/// # Errors
/// A mistake in this program.
pub fn chain(plan: LogicalPlan) -> Result<LogicalPlan> {
    let whole = |part: Expr| {
        Ok(match part {
            Expr::ScalarFunction(call) => match chained(call) {
                (call, true) => Transformed::yes(Expr::ScalarFunction(call)),
                (call, false) => Transformed::no(Expr::ScalarFunction(call)),
            },
            other => Transformed::no(other),
        })
    };
    plan.transform_up_with_subqueries(|plan| plan.map_expressions(|expression| expression.transform_up(whole)))
        .map(|transformed| transformed.data)
}

fn node(plan: LogicalPlan, dialect: &Arc<Dialect>) -> Result<Transformed<LogicalPlan>> {
    if let LogicalPlan::Filter(filter) = &plan
        && filter.predicate.exists(|part| Ok(matches!(part, Expr::WindowFunction(_))))?
    {
        return Err(carry(
            Error::new(Code::Semantic, "a window function is not allowed in `where`")
                .help("compute it in a subquery, and put the condition around that"),
        ));
    }
    let schema = match &plan {
        LogicalPlan::TableScan(scan) => scan.projected_schema.as_ref().clone(),
        _ => merge_schema(&plan.inputs()),
    };
    plan.apply_expressions(|expression| {
        expression.apply(|part| check_order(part, &schema).map(|()| TreeNodeRecursion::Continue))
    })?;
    let names = NamePreserver::new(&plan);
    let changed = plan.map_expressions(|expression| {
        let name = names.save(&expression);
        let changed = expression
            .transform_up(|part| part_of(part, &schema, dialect)?.transform_data(|part| one_nan(part, &schema)))?
            .transform_data(|expression| expression.transform_up(of_each_row))?;
        Ok(if changed.transformed { changed.update_data(|part| name.restore(part)) } else { changed })
    })?;
    let changed = changed.transform_data(aggregated_with_one_nan)?;
    match changed.transformed {
        true => changed.map_data(|plan| match plan {
            LogicalPlan::Join(join) => LogicalPlan::Join(clamped_keys(join)).recompute_schema(),
            other => other.recompute_schema(),
        }),
        false => Ok(changed),
    }
}

/// A calculation with floating numbers, or their text, with one NaN.
fn one_nan(part: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let of = |part: &Expr| type_of(part, schema);
    let data_type = match &part {
        Expr::BinaryExpr(BinaryExpr { left, op, .. }) if calculates(*op) => of(left)?,
        Expr::Negative(number) if !matches!(**number, Expr::Literal(..)) => of(number)?,
        Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field })
            if field.data_type().is_floating() && is_text(&of(expr)?) =>
        {
            field.data_type().clone()
        }
        _ => return Ok(Transformed::no(part)),
    };
    Ok(match data_type.is_floating() {
        true => Transformed::yes(with_one_nan_of(part, data_type)),
        false => Transformed::no(part),
    })
}

/// A list whose items are calculated for each row: the engine takes one for a constant that it can calculate for no row, as it can a case or
/// a random value.
fn of_each_row(part: Expr) -> Result<Transformed<Expr>> {
    let Expr::InList(InList { expr, list, negated }) = part else { return Ok(Transformed::no(part)) };
    let is_changed = !list.iter().all(is_column_or_constant);
    let item = |item| if is_column_or_constant(&item) { item } else { opaque(item) };
    let list = Expr::InList(InList { expr, list: list.into_iter().map(item).collect(), negated });
    Ok(if is_changed { Transformed::yes(list) } else { Transformed::no(list) })
}

fn is_column_or_constant(item: &Expr) -> bool {
    match item {
        Expr::Column(_) | Expr::OuterReferenceColumn(..) | Expr::Literal(..) => true,
        Expr::Cast(Cast { expr, .. }) | Expr::TryCast(TryCast { expr, .. }) => is_column_or_constant(expr),
        _ => false,
    }
}

fn calculates(operator: Operator) -> bool {
    use Operator as O;
    matches!(operator, O::Plus | O::Minus | O::Multiply | O::Divide | O::Modulo)
}

/// Aggregates of floating numbers with one NaN.
fn aggregated_with_one_nan(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let first = match &plan {
        LogicalPlan::Aggregate(aggregate) => plan.schema().fields().len().saturating_sub(aggregate.aggr_expr.len()),
        LogicalPlan::Window(window) => window.input.schema().fields().len(),
        _ => return Ok(Transformed::no(plan)),
    };
    let plan = plan.recompute_schema()?;
    if !plan.schema().fields().iter().skip(first).any(|field| has_floats(field.data_type())) {
        return Ok(Transformed::no(plan));
    }
    let columns = plan.schema().iter().enumerate().map(|(at, (table, field))| {
        let column = Expr::Column(Column::from((table, field)));
        match at >= first && has_floats(field.data_type()) {
            true => with_one_nan_of(column, field.data_type().clone()).alias_qualified(table.cloned(), field.name()),
            false => column,
        }
    });
    let columns: Vec<Expr> = columns.collect();
    Projection::try_new(columns, Arc::new(plan)).map(|plan| Transformed::yes(LogicalPlan::Projection(plan)))
}

/// An aggregate over a window goes from one value of its order to the next: there is none between arrays, maps and structs.
fn check_order(part: &Expr, schema: &DFSchema) -> Result<()> {
    let Expr::WindowFunction(window) = part else { return Ok(()) };
    if !matches!(window.fun, WindowFunctionDefinition::AggregateUDF(_)) {
        return Ok(());
    }
    for key in &window.params.order_by {
        let data_type = type_of(&key.expr, schema)?;
        if data_type.is_nested() {
            let message = format!("a window cannot be ordered by `{}`", types::from_arrow(&data_type));
            let error = Error::new(Code::Semantic, message);
            return Err(carry(error.help("order it by numbers, text, days or moments")));
        }
    }
    Ok(())
}

fn part_of(mut part: Expr, schema: &DFSchema, dialect: &Arc<Dialect>) -> Result<Transformed<Expr>> {
    if widened(&mut part, schema)? {
        return Ok(Transformed::yes(part));
    }
    match part {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: op @ (Operator::Plus | Operator::Minus | Operator::Multiply),
            right,
        }) => {
            let (left_type, right_type) = (type_of(&left, schema)?, type_of(&right, schema)?);
            if left_type == right_type && left_type.is_signed_integer() {
                return Ok(Transformed::yes(calculated(*left, op, *right, left_type)));
            }
            let is_moment = |side: &Arrow| matches!(side, Arrow::Date32 | Arrow::Timestamp(..));
            let clock = (dialect.zone, dialect.misfit());
            match (&left_type, &right_type) {
                (moment, Arrow::Interval(_)) if is_moment(moment) && op != Operator::Multiply => {
                    return Ok(Transformed::yes(moved(*left, op, *right, clock, left_type)));
                }
                (Arrow::Interval(_), moment) if is_moment(moment) && op == Operator::Plus => {
                    return Ok(Transformed::yes(moved(*right, op, *left, clock, right_type)));
                }
                _ => {}
            }
            Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })))
        }
        // The engine would make 0 of `x ^ x`, also where it is NULL.
        Expr::BinaryExpr(BinaryExpr { left, op: op @ Operator::BitwiseXor, right }) => {
            let (left_type, right_type) = (type_of(&left, schema)?, type_of(&right, schema)?);
            if left_type == right_type && left_type.is_signed_integer() {
                return Ok(Transformed::yes(calculated(*left, op, *right, left_type)));
            }
            Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })))
        }
        // A constant is checked where it is read.
        Expr::Negative(number) if !matches!(*number, Expr::Literal(..)) => match type_of(&number, schema)? {
            integer if integer.is_signed_integer() => {
                let zero = Expr::Literal(ScalarValue::new_zero(&integer)?, None);
                Ok(Transformed::yes(calculated(zero, Operator::Minus, *number, integer)))
            }
            _ => Ok(Transformed::no(Expr::Negative(number))),
        },
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if spans::compares(op) => {
            if may_be_span(&left) && may_be_span(&right) && is_span(&type_of(&left, schema)?) {
                return Ok(Transformed::yes(Operation::Spans(op).call(vec![*left, *right])));
            }
            match (clamped(&left), clamped(&right)) {
                (None, None) => Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right }))),
                (new_left, new_right) => {
                    let (left, right) = (new_left.unwrap_or(*left), new_right.unwrap_or(*right));
                    let compared = BinaryExpr { left: Box::new(left), op, right: Box::new(right) };
                    Ok(Transformed::yes(Expr::BinaryExpr(compared)))
                }
            }
        }
        Expr::Between(between)
            if [&between.expr, &between.low, &between.high].iter().any(|part| clamped(part).is_some()) =>
        {
            let within = |part: Box<Expr>| clamped(&part).map_or(part, Box::new);
            let Between { expr, negated, low, high } = between;
            let between = Between { expr: within(expr), negated, low: within(low), high: within(high) };
            Ok(Transformed::yes(Expr::Between(between)))
        }
        Expr::InList(InList { expr, list, negated })
            if std::iter::once(&*expr).chain(&list).any(|part| clamped(part).is_some()) =>
        {
            let within = |part: Expr| clamped(&part).unwrap_or(part);
            let list = list.into_iter().map(within).collect();
            Ok(Transformed::yes(Expr::InList(InList { expr: Box::new(within(*expr)), list, negated })))
        }
        Expr::InSubquery(InSubquery { expr, subquery, negated }) => {
            let (value, column) = (clamped(&expr), clamped_column(&subquery)?);
            let changed = value.is_some() || column.is_some();
            let value = value.map_or(expr, Box::new);
            let membership = InSubquery::new(value, column.unwrap_or(subquery), negated);
            let membership = Expr::InSubquery(membership);
            Ok(if changed { Transformed::yes(membership) } else { Transformed::no(membership) })
        }
        Expr::SetComparison(SetComparison { expr, subquery, op, quantifier }) => {
            let (value, column) = (clamped(&expr), clamped_column(&subquery)?);
            let changed = value.is_some() || column.is_some();
            let value = value.map_or(expr, Box::new);
            let comparison = SetComparison::new(value, column.unwrap_or(subquery), op, quantifier);
            let comparison = Expr::SetComparison(comparison);
            Ok(if changed { Transformed::yes(comparison) } else { Transformed::no(comparison) })
        }
        Expr::Cast(Cast { expr, field }) => {
            let from = type_of(&expr, schema)?;
            // A constant: `datetime '…'` is a moment, or a mistake.
            let misfit = match expr.as_ref() {
                Expr::Literal(..) if field.data_type().is_temporal() => Misfit::Fail,
                // One that nobody wrote.
                _ if from.is_floating() && field.data_type().is_decimal() => Misfit::Fail,
                _ => dialect.misfit(),
            };
            match converted(&expr, &from, &field, dialect, (misfit, true))? {
                Some(converted) => Ok(Transformed::yes(converted)),
                // A conversion that nobody wrote: text that is no number is NULL, as in a written one.
                None if is_text(&from) && field.data_type().is_numeric() => {
                    Ok(Transformed::yes(Expr::TryCast(TryCast { expr, field })))
                }
                None => Ok(Transformed::no(Expr::Cast(Cast { expr, field }))),
            }
        }
        Expr::TryCast(TryCast { expr, field }) => {
            let misfit = if types::is_lenient(&field) { Misfit::Null } else { dialect.misfit() };
            let (expr, is_json) = json(expr, &field, schema, (dialect, misfit))?;
            if is_json {
                return Ok(Transformed::yes(*expr));
            }
            match converted(&expr, &type_of(&expr, schema)?, &field, dialect, (misfit, false))? {
                Some(converted) => Ok(Transformed::yes(converted)),
                None if misfit == Misfit::Fail && field.data_type().is_numeric() => {
                    Ok(Transformed::yes(Expr::Cast(Cast { expr, field })))
                }
                None => Ok(Transformed::no(Expr::TryCast(TryCast { expr, field }))),
            }
        }
        Expr::Case(case) => {
            let unprobed = guards::unprobed(case, |then| then.nullable(schema).unwrap_or(true));
            let (case, changed) = (unprobed.data, unprobed.transformed);
            let first = case.when_then_expr.first().map(|(_, then)| type_of(then, schema));
            let is_condition = first.transpose()? == Some(Arrow::Boolean);
            Ok(match guards::needs_guard(&case) {
                true if is_condition => Transformed::yes(guards::guarded(case)),
                true => Transformed::yes(opaque(Expr::Case(case))),
                false => Transformed::new(Expr::Case(case), changed, TreeNodeRecursion::Continue),
            })
        }
        // The engine writes the value twice.
        Expr::Between(Between { expr, negated, low, high }) if is_once([&*expr]) => {
            let value = type_of(&expr, schema)?;
            if value != type_of(&low, schema)? || value != type_of(&high, schema)? {
                return Ok(Transformed::no(Expr::Between(Between { expr, negated, low, high })));
            }
            if value.is_nested() {
                let between = Between { expr, negated, low, high };
                let within = once(&[&between.expr], schema, |values, _| {
                    Some(Expr::Between(Between { expr: Box::new(values.first()?.clone()), ..between.clone() }))
                });
                return Ok(match within {
                    Some(within) => Transformed::yes(within),
                    None => Transformed::no(Expr::Between(between)),
                });
            }
            let lies = Operation::Between.call(vec![*expr, *low, *high]);
            Ok(Transformed::yes(if negated { Expr::Not(Box::new(lies)) } else { lies }))
        }
        Expr::Like(Like { negated, expr, pattern, escape_char, case_insensitive: false }) => {
            let escape = escape_char.unwrap_or('\\');
            let plain = match pattern.as_ref() {
                Expr::Literal(ScalarValue::Utf8(Some(pattern)), _) => escape == '\\' && like::is_plain(pattern, escape),
                _ => false,
            };
            if plain || type_of(&expr, schema)? != Arrow::Utf8 || type_of(&pattern, schema)? != Arrow::Utf8 {
                let like = Like { negated, expr, pattern, escape_char, case_insensitive: false };
                return Ok(Transformed::no(Expr::Like(like)));
            }
            let matches = like::call(*expr, *pattern, escape);
            Ok(Transformed::yes(if negated { Expr::Not(Box::new(matches)) } else { matches }))
        }
        Expr::ScalarFunction(call) if call.func.name() == "abs" => {
            let [number] = call.args.as_slice() else {
                return Ok(Transformed::no(Expr::ScalarFunction(call)));
            };
            match type_of(number, schema)? {
                integer if integer.is_signed_integer() => {
                    Ok(Transformed::yes(Operation::Absolute(integer).call(call.args)))
                }
                _ => Ok(Transformed::no(Expr::ScalarFunction(call))),
            }
        }
        Expr::ScalarFunction(call) if whole::rounds(&call) => {
            let from = call.args.first().map(|number| type_of(number, schema)).transpose()?;
            Ok(match from.and_then(|from| whole::rounded(&call, &from, dialect.misfit())) {
                Some(rounded) => Transformed::yes(rounded),
                None => Transformed::no(Expr::ScalarFunction(call)),
            })
        }
        Expr::ScalarFunction(call) => {
            let (call, changed) = chained(call);
            let call = Expr::ScalarFunction(call);
            Ok(if changed { Transformed::yes(call) } else { Transformed::no(call) })
        }
        other => Ok(Transformed::no(other)),
    }
}

/// Compares DECIMALs in a type that holds all their values: the engine takes one of 38 digits, which cannot hold those of
/// a DECIMAL with more digits before the point and of one with more after it.
fn widened(part: &mut Expr, schema: &DFSchema) -> Result<bool> {
    let compared: Vec<&mut Expr> = match part {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(*op) => vec![left, right],
        Expr::Between(Between { expr, low, high, .. }) => vec![expr, low, high],
        Expr::InList(InList { expr, list, .. }) => std::iter::once(expr.as_mut()).chain(list).collect(),
        Expr::Case(Case { expr: Some(expr), when_then_expr, .. }) => {
            std::iter::once(expr.as_mut()).chain(when_then_expr.iter_mut().map(|(when, _)| when.as_mut())).collect()
        }
        _ => return Ok(false),
    };
    let mut wide = None;
    for side in &compared {
        let Expr::Cast(Cast { expr, field }) = &**side else { continue };
        if let Arrow::Decimal128(precision, scale) = field.data_type()
            && let Arrow::Decimal128(given, given_scale) = type_of(expr, schema)?
            && i16::from(*precision) - i16::from(*scale) < i16::from(given) - i16::from(given_scale)
        {
            wide = Some(Arrow::Decimal256(DECIMAL256_MAX_PRECISION, *scale));
        }
    }
    let Some(wide) = wide else { return Ok(false) };
    for side in compared {
        let whole = std::mem::take(side);
        let inside = match whole {
            Expr::Cast(Cast { expr, field })
                if field.data_type().is_decimal() && type_of(&expr, schema)?.is_decimal() =>
            {
                *expr
            }
            other => other,
        };
        *side = cast(inside, wide.clone());
    }
    Ok(true)
}

/// Whether an operator compares values.
pub fn compares(operator: Operator) -> bool {
    use Operator as O;
    let ordered = matches!(operator, O::Lt | O::LtEq | O::Gt | O::GtEq);
    ordered || matches!(operator, O::Eq | O::NotEq | O::IsDistinctFrom | O::IsNotDistinctFrom)
}

/// Whether an expression can be an interval, as far as a look at its top tells: long chains are not asked for their type.
fn may_be_span(side: &Expr) -> bool {
    match side {
        Expr::Literal(value, _) => is_span(&value.data_type()),
        Expr::Cast(Cast { field, .. }) | Expr::TryCast(TryCast { field, .. }) => is_span(field.data_type()),
        Expr::BinaryExpr(BinaryExpr { op, .. }) => matches!(op, Operator::Plus | Operator::Minus),
        Expr::Column(_) => true,
        _ => false,
    }
}

/// The conversion of `expr` as MaxCompute does it, where the engine does another.
fn converted(
    expr: &Expr,
    from: &Arrow,
    field: &FieldRef,
    dialect: &Arc<Dialect>,
    (misfit, exact): (Misfit, bool),
) -> Result<Option<Expr>> {
    let way = match conversion::way(from, field) {
        None => return Err(conversion::refusal(from, field)),
        Some(Way::Same | Way::Engine) => return Ok(None),
        Some(Way::Number) if misfit == Misfit::Null && is_text(from) => return Ok(None),
        Some(way) => way,
    };
    let (to, dialect) = (Arc::clone(field), Arc::clone(dialect));
    let conversion = Conversion { to, dialect, misfit, exact, clamped: false };
    let call = Operation::Converted(conversion).call(vec![expr.clone()]);
    Ok(Some(match way {
        // Keeps the name of the type beside the column.
        Way::Cut(_) => Expr::TryCast(TryCast { expr: Box::new(call), field: Arc::clone(field) }),
        _ => call,
    }))
}

/// What is converted to or from the type JSON, which is text for the engine. Whether the conversion is complete.
fn json(
    expr: Box<Expr>,
    field: &FieldRef,
    schema: &DFSchema,
    (dialect, misfit): (&Arc<Dialect>, Misfit),
) -> Result<(Box<Expr>, bool)> {
    let is_json = |field: &Field| types::from_field(field) == DataType::Json;
    let call = |name: &str, expr: Box<Expr>| match registry().scalar(name, dialect) {
        Some(function) => Ok(Box::new(Expr::ScalarFunction(ScalarFunction::new_udf(function, vec![*expr])))),
        None => Err(carry(Error::new(Code::Internal, format!("`{name}` is missing")))),
    };
    let made = is_json(field);
    if !made && !is_text(&type_of(&expr, schema)?) {
        return Ok((expr, false));
    }
    let given = is_json(&expr.to_field(schema)?.1);
    Ok(match (given, made) {
        (false, false) => (expr, false),
        (true, true) => (expr, true),
        (false, true) => (call(MADE, expr)?, true),
        (true, false) => (call(if misfit == Misfit::Fail { TAKEN } else { TAKEN_OR_NULL }, expr)?, false),
    })
}

/// Long chains are asked once for each of their parts: what is known at the top is not sought below.
fn type_of(expression: &Expr, schema: &DFSchema) -> Result<Arrow> {
    match known_type(expression) {
        Some(known) => Ok(known),
        None => expression.get_type(schema),
    }
}
