//! `like` and `ilike`, with several patterns or another escape character.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value, ValueWithSpan,
};

use super::Rewriter;
use super::expression::call;
use crate::data::tokens::ALL_PATTERNS;
use crate::error::Result;

impl Rewriter<'_> {
    /// `a like any (b, c)`, `a like all (b, c)`: one comparison for each pattern; `not like any` is one of them that fails. Source: "LIKE".
    pub(super) fn any_or_all(&self, expression: &Expr) -> Result<Expr> {
        let Expr::Like { negated, any, expr, pattern, escape_char } = expression else { return Ok(expression.clone()) };
        let patterns: Vec<Expr> = match pattern.as_ref() {
            Expr::Tuple(patterns) => patterns.clone(),
            Expr::Nested(pattern) => vec![pattern.as_ref().clone()],
            Expr::Function(Function { args: FunctionArguments::List(list), .. }) => list
                .args
                .iter()
                .filter_map(|argument| match argument {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(pattern)) => Some(pattern.clone()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        if patterns.is_empty() || patterns.iter().any(|pattern| matches!(pattern, Expr::Subquery(_))) {
            return self
                .refuse("this `like` of several patterns", pattern.as_ref())
                .map_err(|error| error.help("list the patterns: `a like any ('x%', 'y%')`"));
        }
        let op = if *any { BinaryOperator::Or } else { BinaryOperator::And };
        let compared = patterns.into_iter().map(|pattern| Expr::Like {
            negated: *negated,
            any: false,
            expr: expr.clone(),
            pattern: Box::new(pattern),
            escape_char: escape_char.clone(),
        });
        let together = compared.reduce(|left, right| Expr::BinaryOp {
            left: Box::new(left),
            op: op.clone(),
            right: Box::new(right),
        });
        Ok(Expr::Nested(Box::new(together.unwrap_or_else(|| expression.clone()))))
    }

    /// A pattern with its own escape character, in the words of the default one, `\\`. Source: "LIKE".
    pub(super) fn escaped(&self, pattern: &mut Expr, escape: &ValueWithSpan) -> Result<()> {
        let escape = match &escape.value {
            Value::SingleQuotedString(text) => text.chars().next().filter(|_| text.chars().count() == 1),
            _ => None,
        };
        let (Some(escape), Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. })) =
            (escape, &mut *pattern)
        else {
            return self
                .refuse("this `escape` of `like`", &*pattern)
                .map_err(|error| error.help("write pattern and escape character as strings"));
        };
        let mut made = String::new();
        let mut signs = text.chars();
        while let Some(sign) = signs.next() {
            match sign {
                sign if sign == escape => {
                    made.push('\\');
                    made.extend(signs.next());
                }
                '\\' => made.push_str("\\\\"),
                other => made.push(other),
            }
        }
        *text = made;
        Ok(())
    }
}

/// Whether the patterns are those of `like all`.
pub(super) fn is_all(pattern: &Expr) -> bool {
    matches!(pattern, Expr::Function(function) if function.name.to_string().trim_matches('`') == ALL_PATTERNS)
}

/// `a ilike b` as `lower(a) like lower(b)`. Source: "LIKE".
pub(super) fn ignoring_case(expression: &mut Expr) {
    let Expr::ILike { negated, any, expr, pattern, escape_char } = expression else { return };
    let lower = |expr: &mut Box<Expr>| {
        let whole = std::mem::replace(expr, Box::new(Expr::Tuple(Vec::new())));
        Box::new(call("tolower", [*whole]))
    };
    let several = |list: &mut Vec<Expr>| {
        for pattern in list {
            let whole = std::mem::replace(pattern, Expr::Tuple(Vec::new()));
            *pattern = call("tolower", [whole]);
        }
    };
    match pattern.as_mut() {
        Expr::Tuple(patterns) if *any => several(patterns),
        Expr::Nested(inner) if *any => *inner = lower(inner),
        Expr::Function(function) if function.name.to_string().trim_matches('`') == ALL_PATTERNS => {
            if let FunctionArguments::List(list) = &mut function.args {
                for argument in &mut list.args {
                    if let FunctionArg::Unnamed(FunctionArgExpr::Expr(pattern)) = argument {
                        let whole = std::mem::replace(pattern, Expr::Tuple(Vec::new()));
                        *pattern = call("tolower", [whole]);
                    }
                }
            }
        }
        _ => *pattern = lower(pattern),
    }
    *expression = Expr::Like {
        negated: *negated,
        any: *any,
        expr: lower(expr),
        pattern: pattern.clone(),
        escape_char: escape_char.take(),
    };
}
