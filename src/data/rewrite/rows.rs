//! Rows that are compared as a whole: `(a, b) in (…)`.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Ident, SelectItem, SetExpr, TableAlias, TableAliasColumnDef, TableFactor, UnaryOperator,
    Value,
};

use super::query;

/// What the list is called inside, and its columns. No query can write it.
const LIST: &str = "in:";

/// Spells `(a, b) in (select …)` and `(a, b) in ((1, 2), …)` out where they are conditions, in which unknown is as good as false.
///
/// Source: "Subqueries", in: several columns.
pub(super) fn spell_out(condition: &mut Expr) {
    match condition {
        Expr::Nested(inner) => spell_out(inner),
        Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            spell_out(left);
            spell_out(right);
        }
        Expr::InSubquery { expr, .. } | Expr::InList { expr, .. } => {
            let Some(row) = row_of(expr) else { return };
            if let Some(spelled) = spelled(&row, condition) {
                *condition = Expr::Nested(Box::new(spelled));
            }
        }
        _ => {}
    }
}

fn row_of(expr: &Expr) -> Option<Vec<Expr>> {
    match expr {
        Expr::Tuple(values) if values.len() > 1 => Some(values.clone()),
        _ => None,
    }
}

fn spelled(row: &[Expr], condition: &Expr) -> Option<Expr> {
    match condition {
        Expr::InList { list, negated, .. } => {
            let items = list.iter().map(row_of).collect::<Option<Vec<_>>>()?;
            let is_row = |item: &Vec<Expr>| {
                let pairs = row.iter().zip(item);
                all(pairs.map(|(value, item)| operation(value.clone(), BinaryOperator::Eq, item.clone())))
            };
            if items.iter().any(|item| item.len() != row.len()) {
                return None;
            }
            let any = items
                .iter()
                .filter_map(is_row)
                .map(nested)
                .reduce(|one, other| operation(one, BinaryOperator::Or, other))?;
            Some(match negated {
                false => any,
                true => Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(nested(any)) },
            })
        }
        Expr::InSubquery { subquery, negated, .. } => {
            let column = |at: usize| Ident::with_quote('`', format!("{LIST}{at}"));
            let alias = TableAlias {
                explicit: true,
                name: Ident::with_quote('`', LIST),
                columns: (0..row.len()).map(|at| TableAliasColumnDef { name: column(at), data_type: None }).collect(),
                at: None,
            };
            let list =
                TableFactor::Derived { lateral: false, subquery: subquery.clone(), alias: Some(alias), sample: None };
            // A row that is not there for sure: none is equal, or could be.
            let matches = all(row.iter().enumerate().map(|(at, value)| {
                let listed = || Expr::CompoundIdentifier(vec![Ident::with_quote('`', LIST), column(at)]);
                let equal = operation(listed(), BinaryOperator::Eq, value.clone());
                match negated {
                    false => equal,
                    true => {
                        let unknown = operation(
                            Expr::IsNull(Box::new(listed())),
                            BinaryOperator::Or,
                            Expr::IsNull(Box::new(nested(value.clone()))),
                        );
                        nested(operation(equal, BinaryOperator::Or, unknown))
                    }
                }
            }))?;
            let one = SelectItem::ExprWithAlias {
                expr: Expr::Value(Value::Number("1".to_owned(), false).with_empty_span()),
                alias: Ident::with_quote('`', "_c0"),
            };
            let mut body = query::select_from(vec![one], vec![list]);
            if let SetExpr::Select(select) = &mut body {
                select.selection = Some(matches);
            }
            Some(Expr::Exists { subquery: Box::new(query::plain(body)), negated: *negated })
        }
        _ => None,
    }
}

fn operation(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(nested(left)), op, right: Box::new(nested(right)) }
}

fn nested(expr: Expr) -> Expr {
    match expr {
        Expr::Nested(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_) => expr,
        other => Expr::Nested(Box::new(other)),
    }
}

fn all(conditions: impl Iterator<Item = Expr>) -> Option<Expr> {
    conditions.reduce(|one, other| operation(one, BinaryOperator::And, other))
}
