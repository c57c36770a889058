//! Keeps the parts of a `case` away from rows that its conditions leave out.
//!
//! The engine writes a `case` with boolean results, and one whose results become constants and that is compared with a constant, in terms
//! of `and` and `or`, whose sides it calculates for all rows. A calculation that its condition was to keep from a value that does not fit
//! would then fail. One that the optimiser does not look into stays a `case`: what becomes a constant only the optimiser knows.

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, cast, lit};

use super::functions::guarded::is_once;
use super::functions::opaque::{inside_opaque, opaque};

/// Whether parts of a `case` behind its first condition may fail.
pub fn needs_guard(case: &Case) -> bool {
    let first = case.when_then_expr.first().map(|(when, _)| when.as_ref());
    let parts = case.when_then_expr.iter().flat_map(|(when, then)| [when.as_ref(), then.as_ref()]);
    let later = parts.skip_while(|part| first.is_some_and(|first| std::ptr::eq(*part, first)));
    case.expr.is_none() && later.chain(case.else_expr.as_deref()).any(may_fail)
}

/// The same `case`, which the engine does not take apart.
pub fn guarded(case: Case) -> Expr {
    let number = |result: Box<Expr>| Box::new(cast(*result, Arrow::Int8));
    let choices = case.when_then_expr.into_iter().map(|(when, then)| (when, number(then)));
    let choice = Case::new(None, choices.collect(), case.else_expr.map(number));
    opaque(Expr::Case(choice)).eq(lit(1_i8))
}

/// The same `case`, whose results the engine does not look for in long conditions.
///
/// To know whether a `case` can be NULL, the engine calculates each condition as if its result were NULL, and does so again for every `case` and
/// every function in it: that doubles with each level.
pub fn unprobed(mut case: Case, nullable: impl Fn(&Expr) -> bool) -> Transformed<Case> {
    let mut changed = false;
    for (when, then) in case.when_then_expr.iter_mut().filter(|_| case.expr.is_none()) {
        let is_plain = matches!(then.as_ref(), Expr::Literal(..)) || inside_opaque(then).is_some();
        if !is_plain && is_once([when.as_ref()]) && nullable(then) {
            **then = opaque(std::mem::take(then.as_mut()));
            changed = true;
        }
    }
    Transformed::new(case, changed, TreeNodeRecursion::Continue)
}

/// Whether a part may fail for some row: what only compares does not.
pub fn may_fail(part: &Expr) -> bool {
    let fails = |part: &Expr| {
        Ok(match part {
            Expr::BinaryExpr(BinaryExpr { op, .. }) => !matches!(
                op,
                Operator::And
                    | Operator::Or
                    | Operator::Eq
                    | Operator::NotEq
                    | Operator::Lt
                    | Operator::LtEq
                    | Operator::Gt
                    | Operator::GtEq
                    | Operator::IsDistinctFrom
                    | Operator::IsNotDistinctFrom
            ),
            // What is inside of it is asked as well.
            opaque if inside_opaque(opaque).is_some() => false,
            Expr::ScalarFunction(_) | Expr::HigherOrderFunction(_) | Expr::Cast(_) | Expr::Negative(_) => true,
            _ => false,
        })
    };
    part.exists(fails).unwrap_or(true)
}
