//! `values` with subqueries: the engine's list of values holds constants only.

use std::mem::take;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, SelectItem, SetExpr, SetOperator, SetQuantifier, Spanned, Values, visit_expressions,
};

use super::Rewriter;
use super::query::{column_of_values, select_from};
use crate::error::{Code, Result};

/// Most rows of `values` with subqueries. Chosen: each is a query of its own.
const ROWS: usize = 100;

impl Rewriter<'_> {
    /// The same rows as one `select` each, if a row holds a subquery.
    pub(super) fn spread(&self, values: &mut Values) -> Result<Option<SetExpr>> {
        let columns = values.rows.first().map(|row| row.content.len());
        let fits = values.rows.iter().all(|row| Some(row.content.len()) == columns);
        if !fits || !values.rows.iter().any(|row| row.content.iter().any(holds_query)) {
            return Ok(None);
        }
        if let Some(row) = values.rows.get(ROWS) {
            let message = format!("`values` with subqueries has at most {ROWS} rows");
            let error = self.error(Code::Semantic, message, row.span());
            return Err(error.help("split the statement, or join with the inner query instead"));
        }
        let selects = take(&mut values.rows).into_iter().map(|row| {
            let name =
                |(at, expr)| SelectItem::ExprWithAlias { expr, alias: Ident::with_quote('`', column_of_values(at)) };
            select_from(row.content.into_iter().enumerate().map(name).collect(), Vec::new())
        });
        Ok(selects.reduce(|left, right| SetExpr::SetOperation {
            left: Box::new(left),
            op: SetOperator::Union,
            set_quantifier: SetQuantifier::All,
            right: Box::new(right),
        }))
    }
}

fn holds_query(expression: &Expr) -> bool {
    let query = |part: &Expr| match part {
        Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    visit_expressions(expression, query).is_break()
}
