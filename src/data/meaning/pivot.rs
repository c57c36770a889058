//! What `pivot` names and shows.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, ExprWithAlias, TableAlias, TableFactor, visit_expressions};

use super::scope::{Factor, Scope, Shown};
use super::{Clause, Reader};

impl Reader<'_> {
    /// Reads `pivot`, which has these functions for these columns, and gives what it shows: rows are grouped by everything else.
    pub(super) fn pivot(
        &mut self,
        table: &TableFactor,
        (functions, columns): (&[ExprWithAlias], &[Expr]),
        alias: Option<&TableAlias>,
    ) -> Factor {
        let inner = self.factor(table, Scope::default());
        self.scopes.push(inner);
        let mut used = BTreeSet::new();
        for expression in functions.iter().map(|function| &function.expr).chain(columns) {
            self.walk(expression, Clause::Plain);
            used.extend(last_names(expression));
        }
        let inner = self.scopes.pop().unwrap_or_default();
        let mut shown: Vec<Shown> = inner.shown(None).filter(|column| !used.contains(&column.name)).cloned().collect();
        // The text does not spell these.
        self.named.extend(shown.iter().filter_map(|column| Some((0, column.base.clone()?))));
        let made = functions.iter().filter_map(|function| function.alias.as_ref());
        shown.extend(made.map(|alias| Shown::computed(alias.value.clone())));
        Factor {
            alias: alias.map(|alias| alias.name.value.clone()),
            shown,
            others: inner.others().next(),
            is_open: inner.is_open(),
        }
    }
}

/// The names of columns in an expression, without their tables.
fn last_names(expression: &Expr) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let _: ControlFlow<()> = visit_expressions(expression, |part| {
        match part {
            Expr::Identifier(name) => names.extend([name.value.clone()]),
            Expr::CompoundIdentifier(parts) => names.extend(parts.iter().map(|name| name.value.clone())),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    names
}
