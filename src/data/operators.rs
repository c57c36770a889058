//! Operators whose meaning in MaxCompute is not the planner's: `/`, `%`, `div`, arithmetic on text and on DECIMAL, `[…]`.

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::functions::core::expr_fn::{greatest, nullif};
use datafusion::functions_nested::expr_fn::{array_element, map_extract};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, GetFieldAccess, Operator, cast, lit, try_cast};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::functions::decimal::{self, Digits};
use super::functions::exact::{Operation, known_type};
use super::functions::registry;

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
        if matches!(operator, Operator::Plus | Operator::Minus | Operator::Multiply)
            && !has_text_or_decimal(&expr, schema)
        {
            return Ok(PlannerResult::Original(expr));
        }
        let (Ok(left_type), Ok(right_type)) = (type_of(&expr.left, schema), type_of(&expr.right, schema)) else {
            return Ok(PlannerResult::Original(expr));
        };
        if expr.op != BinaryOperator::MyIntegerDivide
            && let Some(types) = decimal::operands(operator, &left_type, &right_type)
        {
            let [left, right, result] = types.map(Digits::arrow);
            let side = |side: Expr, from: &Arrow, to: Arrow| if *from == to { side } else { cast(side, to) };
            let sides = vec![side(expr.left, &left_type, left), side(expr.right, &right_type, right)];
            return Ok(PlannerResult::Planned(Operation::Decimal(vec![operator], result).call(sides)));
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
        let data_type = expr.expr.get_type(schema);
        let is_list = matches!(data_type, Ok(Arrow::List(_) | Arrow::LargeList(_) | Arrow::FixedSizeList(..)));
        match expr.field_access {
            // The planner's own way takes constants only.
            GetFieldAccess::ListIndex { key }
                if matches!(data_type, Ok(Arrow::Map(..))) && !matches!(*key, Expr::Literal(..)) =>
            {
                Ok(PlannerResult::Planned(array_element(map_extract(expr.expr, *key), lit(1_i64))))
            }
            GetFieldAccess::ListIndex { key } if is_list => {
                // The planner counts from 1, and from the end for negative numbers.
                let index = greatest(vec![*key + lit(1_i64), lit(0_i64)]);
                Ok(PlannerResult::Planned(array_element(expr.expr, index)))
            }
            _ => Ok(PlannerResult::Original(expr)),
        }
    }
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

/// Text and a number are compared as doubles, as are a DECIMAL and a double; text that is none is NULL.
///
/// Source: "Relational operators". Chosen: a constant counts with the digits that it is written with.
fn compared(expr: RawBinaryExpr, operator: Operator, schema: &DFSchema) -> PlannerResult<RawBinaryExpr> {
    let (Ok(left_type), Ok(right_type)) = (expr.left.get_type(schema), expr.right.get_type(schema)) else {
        return PlannerResult::Original(expr);
    };
    let mixed = |one: &Arrow, other: &Arrow| is_text(one) && other.is_numeric();
    let inexact = |one: &Arrow, other: &Arrow| one.is_decimal() && other.is_floating();
    if inexact(&left_type, &right_type) || inexact(&right_type, &left_type) {
        let exact = |side: &Expr| match side {
            Expr::Literal(ScalarValue::Float64(Some(double)), _) => decimal::of_double(*double).map(lit),
            _ => None,
        };
        let (left, right) = match (exact(&expr.left), exact(&expr.right)) {
            (Some(exact), _) => (exact, expr.right),
            (_, Some(exact)) => (expr.left, exact),
            _ => {
                let double = |side: Expr, from: &Arrow| converted(side, from, &Arrow::Float64);
                (double(expr.left, &left_type), double(expr.right, &right_type))
            }
        };
        return PlannerResult::Planned(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right))));
    }
    if !mixed(&left_type, &right_type) && !mixed(&right_type, &left_type) {
        return PlannerResult::Original(expr);
    }
    // An integer that is written as text leaves the other side as it is, so that files can be skipped.
    let whole = |side: &Expr| match side {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => text.trim().parse::<i64>().ok(),
        _ => None,
    };
    let (left, right) = match (whole(&expr.left), whole(&expr.right)) {
        (Some(number), _) if right_type.is_integer() => (lit(number), expr.right),
        (_, Some(number)) if left_type.is_integer() => (expr.left, lit(number)),
        _ => (converted(expr.left, &left_type, &Arrow::Float64), converted(expr.right, &right_type, &Arrow::Float64)),
    };
    PlannerResult::Planned(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right))))
}

/// Whether one side is text or a DECIMAL. The engine's own calculations never are, which spares a look into long chains.
fn has_text_or_decimal(expr: &RawBinaryExpr, schema: &DFSchema) -> bool {
    [&expr.left, &expr.right].into_iter().any(|side| {
        !matches!(side, Expr::BinaryExpr(_) | Expr::Literal(ScalarValue::Int64(_), _))
            && type_of(side, schema).is_ok_and(|data_type| is_text(&data_type) || data_type.is_decimal())
    })
}

fn type_of(side: &Expr, schema: &DFSchema) -> Result<Arrow> {
    match known_type(side) {
        Some(known) => Ok(known),
        None => side.get_type(schema),
    }
}

fn is_text(data_type: &Arrow) -> bool {
    matches!(data_type, Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View)
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
