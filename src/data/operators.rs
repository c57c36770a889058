//! Operators whose meaning in MaxCompute is not the planner's: `/`, `%`, `div`, arithmetic on text and on DECIMAL, `[…]`.

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::functions::core::expr_fn::{greatest, least, nullif};
use datafusion::functions_nested::expr_fn::{array_element, map_extract};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, GetFieldAccess, Operator, cast, lit, try_cast};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::agreement::{self, type_of};
use super::conversion::is_text;
use super::functions::decimal;
use super::functions::one_zero::has_floats;
use super::functions::{JSON_AT, registry};
use super::types::from_field;
use crate::model::DataType;

/// No array has more elements.
const MOST_ELEMENTS: i64 = i32::MAX as i64 - 1;

/// Plans MaxCompute's operators.
#[derive(Debug)]
pub struct OperatorPlanner;

impl ExprPlanner for OperatorPlanner {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        if let Some(operator) = comparison(&expr.op) {
            return Ok(compared(expr, operator, schema));
        }
        let operator = match expr.op {
            BinaryOperator::Divide | BinaryOperator::MyIntegerDivide => Operator::Divide,
            BinaryOperator::Modulo => Operator::Modulo,
            BinaryOperator::Plus => Operator::Plus,
            BinaryOperator::Minus => Operator::Minus,
            BinaryOperator::Multiply => Operator::Multiply,
            _ => return Ok(PlannerResult::Original(expr)),
        };
        if matches!(operator, Operator::Divide | Operator::Modulo) && is_number(&expr.left) && is_zero(&expr.right) {
            return plan_err!("a constant is divided by zero");
        }
        if matches!(operator, Operator::Plus | Operator::Minus | Operator::Multiply)
            && !has_text_or_decimal([&expr.left, &expr.right], schema)
        {
            return Ok(PlannerResult::Original(expr));
        }
        let (Some(left_type), Some(right_type)) = (type_of(&expr.left, schema), type_of(&expr.right, schema)) else {
            return Ok(PlannerResult::Original(expr));
        };
        if expr.op != BinaryOperator::MyIntegerDivide && decimal::operands(operator, &left_type, &right_type).is_some()
        {
            let sides = ((expr.left.clone(), &left_type), (expr.right.clone(), &right_type));
            return Ok(match agreement::calculated(operator, sides.0, sides.1) {
                Some(calculated) => PlannerResult::Planned(calculated),
                None => PlannerResult::Original(expr),
            });
        }
        let Some(calculated) = common_type(&expr.op, &left_type, &right_type) else {
            return Ok(PlannerResult::Original(expr));
        };
        let RawBinaryExpr { op: _, left, right } = expr;
        let (left, mut right, right_type) = match calculated {
            Calculated::As(target) => {
                (converted(left, &left_type, &target), converted(right, &right_type, &target), target)
            }
            Calculated::AsTheyAre => (left, right, right_type),
        };
        if matches!(operator, Operator::Divide | Operator::Modulo) {
            right = never_zero(right, &right_type);
        }
        Ok(PlannerResult::Planned(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))))
    }

    fn plan_make_map(&self, given: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        Ok(match registry().scalar("map", &Default::default()) {
            Some(map) => PlannerResult::Planned(map.call(given)),
            None => PlannerResult::Original(given),
        })
    }

    /// Array elements are counted from 0; outside the array there is NULL. Source: "ARRAY functions".
    fn plan_field_access(
        &self,
        expr: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        if is_json(&expr.expr, schema)
            && let Some(at) = registry().scalar(JSON_AT, &Default::default())
        {
            return Ok(match expr.field_access {
                GetFieldAccess::NamedStructField { name } => {
                    PlannerResult::Planned(at.call(vec![expr.expr, lit(name)]))
                }
                GetFieldAccess::ListIndex { key } => PlannerResult::Planned(at.call(vec![expr.expr, *key])),
                GetFieldAccess::ListRange { .. } => PlannerResult::Original(expr),
            });
        }
        let data_type = expr.expr.get_type(schema);
        let is_list = matches!(data_type, Ok(Arrow::List(_) | Arrow::LargeList(_) | Arrow::FixedSizeList(..)));
        match expr.field_access {
            // The planner's own way takes constants only.
            GetFieldAccess::ListIndex { key } if matches!(&data_type, Ok(map @ Arrow::Map(..)) if !matches!(*key, Expr::Literal(..)) || has_floats(map)) => {
                Ok(PlannerResult::Planned(array_element(map_extract(expr.expr, *key), lit(1_i64))))
            }
            GetFieldAccess::ListIndex { key } if is_list => {
                // The planner counts from 1, and from the end for negative numbers.
                let is_whole = type_of(&key, schema).is_some_and(|data_type| data_type.is_integer());
                let key = if is_whole { least(vec![*key, lit(MOST_ELEMENTS)]) } else { *key };
                let index = greatest(vec![key + lit(1_i64), lit(0_i64)]);
                Ok(PlannerResult::Planned(array_element(expr.expr, index)))
            }
            _ => Ok(PlannerResult::Original(expr)),
        }
    }
}

/// Whether a value is JSON, and not text.
fn is_json(value: &Expr, schema: &DFSchema) -> bool {
    value.to_field(schema).is_ok_and(|(_, field)| from_field(&field) == DataType::Json)
}

fn comparison(op: &BinaryOperator) -> Option<Operator> {
    Some(match op {
        BinaryOperator::Eq => Operator::Eq,
        BinaryOperator::NotEq => Operator::NotEq,
        BinaryOperator::Lt => Operator::Lt,
        BinaryOperator::LtEq => Operator::LtEq,
        BinaryOperator::Gt => Operator::Gt,
        BinaryOperator::GtEq => Operator::GtEq,
        BinaryOperator::Spaceship => Operator::IsNotDistinctFrom,
        _ => return None,
    })
}

/// A comparison of types that are not compared as the engine does it. One that asks whether its sides are NULL as well is spelled once its
/// sides are: here they would double with each level.
fn compared(expr: RawBinaryExpr, operator: Operator, schema: &DFSchema) -> PlannerResult<RawBinaryExpr> {
    if operator == Operator::IsNotDistinctFrom {
        return PlannerResult::Original(expr);
    }
    let (Ok(left_type), Ok(right_type)) = (expr.left.get_type(schema), expr.right.get_type(schema)) else {
        return PlannerResult::Original(expr);
    };
    match agreement::alike((&expr.left, &left_type), operator, (&expr.right, &right_type)) {
        Some(comparison) => PlannerResult::Planned(comparison),
        None => PlannerResult::Original(expr),
    }
}

/// Whether one side is text or a DECIMAL. The engine's own calculations never are, which spares a look into long chains.
pub fn has_text_or_decimal(sides: [&Expr; 2], schema: &DFSchema) -> bool {
    sides.into_iter().any(|side| {
        !matches!(side, Expr::BinaryExpr(_) | Expr::Literal(ScalarValue::Int64(_), _))
            && type_of(side, schema).is_some_and(|data_type| is_text(&data_type) || data_type.is_decimal())
    })
}

/// A calculation in doubles.
pub fn in_doubles(operator: Operator, (left, left_type): (Expr, &Arrow), (right, right_type): (Expr, &Arrow)) -> Expr {
    let (left, mut right) =
        (converted(left, left_type, &Arrow::Float64), converted(right, right_type, &Arrow::Float64));
    if matches!(operator, Operator::Divide | Operator::Modulo) {
        right = never_zero(right, &Arrow::Float64);
    }
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
}

enum Calculated {
    /// Both sides in this type.
    As(Arrow),
    /// In the type that the planner finds.
    AsTheyAre,
}

/// Source: "Arithmetic operators": `/` of integers is a double, `div` is whole, text counts as a double.
fn common_type(op: &BinaryOperator, left: &Arrow, right: &Arrow) -> Option<Calculated> {
    let calculates = |side: &Arrow| side.is_numeric() || side.is_null() || is_text(side);
    if !calculates(left) || !calculates(right) {
        return None;
    }
    Some(match op {
        BinaryOperator::MyIntegerDivide if left.is_integer() && right.is_integer() => Calculated::AsTheyAre,
        BinaryOperator::MyIntegerDivide => Calculated::As(Arrow::Int64),
        _ if is_text(left) || is_text(right) => Calculated::As(Arrow::Float64),
        BinaryOperator::Divide if left.is_integer() && right.is_integer() => Calculated::As(Arrow::Float64),
        BinaryOperator::Divide | BinaryOperator::Modulo => Calculated::AsTheyAre,
        _ => return None,
    })
}

fn converted(side: Expr, from: &Arrow, to: &Arrow) -> Expr {
    if from == to { side } else { try_cast(side, to.clone()) }
}

/// Division by zero is NULL. Chosen: as Hive and the service's default mode do it.
fn never_zero(divisor: Expr, data_type: &Arrow) -> Expr {
    if let Expr::Literal(value, _) = &divisor
        && ScalarValue::new_zero(data_type).is_ok_and(|zero| *value != zero)
    {
        return divisor;
    }
    match ScalarValue::new_zero(data_type) {
        // The cast changes nothing, but tells the type without a look inside.
        Ok(zero) => cast(nullif(divisor, Expr::Literal(zero, None)), data_type.clone()),
        Err(_) => divisor,
    }
}

/// Whether this is a number that the text of the query returns.
fn is_number(side: &Expr) -> bool {
    match side {
        Expr::Literal(value, _) => value.data_type().is_numeric() && !value.is_null(),
        // A number with the suffix of a type.
        Expr::Cast(typed) => matches!(typed.expr.as_ref(), Expr::Literal(value, _) if !value.is_null()),
        _ => false,
    }
}

/// Source: people who use the service: what is constant is calculated before the query runs, in branches that are not taken as well.
fn is_zero(divisor: &Expr) -> bool {
    match divisor {
        Expr::Literal(value, _) if is_number(divisor) => {
            ScalarValue::new_zero(&value.data_type()).is_ok_and(|zero| *value == zero)
        }
        _ => false,
    }
}
