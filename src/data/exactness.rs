//! Puts MaxCompute's arithmetic and conversions in the place of the engine's, in a plan whose types are settled.
//!
//! Changes no type and no name of a column.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DECIMAL256_MAX_PRECISION, DataType as Arrow, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{Cast, InList, TryCast};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Between, BinaryExpr, Case, Expr, ExprSchemable, Like, LogicalPlan, Operator, WindowFunctionDefinition, cast,
};

use super::cells::Style;
use super::failure::carry;
use super::functions::exact::{Operation, calculated, chained, known_type};
use super::functions::guarded::are_long;
use super::functions::like;
use super::{moments, types};
use crate::error::{Code, Error};
use crate::model::{DataType, Dialect, Misfit, Zone};

/// The same plan with exact operations.
///
/// # Errors
/// A conversion that MaxCompute does not have; a window function in `where`.
pub fn put_in(plan: LogicalPlan, dialect: &Arc<Dialect>) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|plan| node(plan, dialect)).map(|transformed| transformed.data)
}

fn node(plan: LogicalPlan, dialect: &Arc<Dialect>) -> Result<Transformed<LogicalPlan>> {
    if let LogicalPlan::Filter(filter) = &plan
        && filter.predicate.exists(|part| Ok(matches!(part, Expr::WindowFunction(_))))?
    {
        return Err(carry(
            Error::new(Code::Semantic, "a window function cannot stand in `where`")
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
        let changed = expression.transform_up(|part| part_of(part, &schema, dialect))?;
        Ok(if changed.transformed { changed.update_data(|part| name.restore(part)) } else { changed })
    })?;
    match changed.transformed {
        true => changed.map_data(LogicalPlan::recompute_schema),
        false => Ok(changed),
    }
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
            // In UTC the engine calculates as the clock does.
            if dialect.zone != Zone::Utc && op != Operator::Multiply {
                match (&left_type, &right_type) {
                    (Arrow::Timestamp(_, Some(_)), Arrow::Interval(_)) => {
                        let moved = Operation::Moved(op, dialect.zone, left_type);
                        return Ok(Transformed::yes(moved.call(vec![*left, *right])));
                    }
                    (Arrow::Interval(_), Arrow::Timestamp(_, Some(_))) => {
                        let moved = Operation::Moved(op, dialect.zone, right_type);
                        return Ok(Transformed::yes(moved.call(vec![*right, *left])));
                    }
                    _ => {}
                }
            }
            Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })))
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
            match converted(&expr, &from, &field, dialect, misfit)? {
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
            match converted(&expr, &type_of(&expr, schema)?, &field, dialect, misfit)? {
                Some(converted) => Ok(Transformed::yes(converted)),
                None if misfit == Misfit::Fail && field.data_type().is_numeric() => {
                    Ok(Transformed::yes(Expr::Cast(Cast { expr, field })))
                }
                None => Ok(Transformed::no(Expr::TryCast(TryCast { expr, field }))),
            }
        }
        // The engine writes the value twice: nested, it would double with each level.
        Expr::Between(Between { expr, negated, low, high }) if are_long(std::slice::from_ref(&*expr)) => {
            let value = type_of(&expr, schema)?;
            if value.is_nested() || value != type_of(&low, schema)? || value != type_of(&high, schema)? {
                return Ok(Transformed::no(Expr::Between(Between { expr, negated, low, high })));
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

fn compares(operator: Operator) -> bool {
    use Operator as O;
    let ordered = matches!(operator, O::Lt | O::LtEq | O::Gt | O::GtEq);
    ordered || matches!(operator, O::Eq | O::NotEq | O::IsDistinctFrom | O::IsNotDistinctFrom)
}

/// The conversion of `expr` as MaxCompute does it, where the engine does another.
fn converted(
    expr: &Expr,
    from: &Arrow,
    field: &FieldRef,
    dialect: &Arc<Dialect>,
    misfit: Misfit,
) -> Result<Option<Expr>> {
    let to = field.data_type();
    // Source: "CAST": numbers and moments are not converted into each other.
    let is_moment = |side: &Arrow| matches!(side, Arrow::Date32 | Arrow::Timestamp(..));
    let moment_of_number = from.is_numeric() && is_moment(to) || is_moment(from) && to.is_numeric();
    if moment_of_number || to.is_nested() && !from.is_nested() && !from.is_null() {
        let (from, to) = (types::from_arrow(from), types::from_field(field));
        return Err(carry(Error::new(Code::Semantic, format!("a `{from}` cannot be converted to `{to}`")).help(
            "build arrays, maps and structs with `array(…)`, `map(…)` and `named_struct(…)`, days and moments from text",
        )));
    }
    let expr = || vec![expr.clone()];
    if moments::converts(from, to) {
        return Ok(Some(Operation::Moment(to.clone(), Arc::clone(dialect), misfit).call(expr())));
    }
    let style = Style::of(dialect);
    let text = from.is_floating() || from.is_decimal() || from.is_temporal() || from.is_nested();
    let length = match types::from_field(field) {
        DataType::Varchar(length) | DataType::Char(length) => Some(length),
        _ => None,
    };
    Ok(match to {
        Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View => match (text, length) {
            (true, None) => Some(same_type(Operation::Text(style).call(expr()), to)),
            (_, Some(length)) => {
                let text = Operation::Text(style).call(expr());
                let cut = Box::new(Operation::Cut(length).call(vec![text]));
                // Keeps the name of the type beside the column.
                Some(Expr::TryCast(TryCast { expr: cut, field: field.clone() }))
            }
            (false, None) => None,
        },
        Arrow::Boolean if is_text(from) => Some(Operation::Flag.call(expr())),
        _ if to.is_signed_integer() && is_text(from) => Some(Operation::Whole(to.clone(), misfit).call(expr())),
        Arrow::Decimal128(..) if from.is_floating() => Some(Operation::Number(to.clone(), misfit).call(expr())),
        Arrow::Float64 if from.is_decimal() => Some(Operation::Double.call(expr())),
        _ if to.is_numeric() && is_text(from) && misfit != Misfit::Null => {
            Some(Operation::Number(to.clone(), misfit).call(expr()))
        }
        _ => None,
    })
}

/// Text in the representation that the plan asks for.
fn same_type(text: Expr, to: &Arrow) -> Expr {
    if *to == Arrow::Utf8 { text } else { cast(text, to.clone()) }
}

/// Long chains are asked once for each of their parts: what is known at the top is not sought below.
fn type_of(expression: &Expr, schema: &DFSchema) -> Result<Arrow> {
    match known_type(expression) {
        Some(known) => Ok(known),
        None => expression.get_type(schema),
    }
}

fn is_text(data_type: &Arrow) -> bool {
    matches!(data_type, Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View)
}
