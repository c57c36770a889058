//! `pivot` and `unpivot`: values of rows become columns, and columns become rows. Source: "PIVOT and UNPIVOT".

use std::collections::BTreeSet;
use std::mem::take;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, ExceptSelectItem, Expr, ExprWithAlias, Ident, NullInclusion, PivotValueSource, SelectItem, SetExpr,
    Spanned, TableAlias, TableFactor, UnaryOperator, Value, WildcardAdditionalOptions,
};

use super::Rewriter;
use super::expression::call;
use super::from::named;
use super::query::{plain, select_from};
use crate::error::{Code, Result};

/// What the rows of `unpivot` are called inside. No query can write it.
const ROWS: &str = "unpivot:";

impl Rewriter<'_> {
    /// `pivot (<aggregates> for <columns> in (<values>))`: what is left is one aggregate with a condition for each column that is made.
    pub(super) fn pivot(&mut self, factor: &mut TableFactor) -> Result<()> {
        let TableFactor::Pivot { table, aggregate_functions, value_column, value_source, default_on_null, alias } =
            factor
        else {
            return Ok(());
        };
        self.only_if(default_on_null.is_none(), "`default on null` of `pivot`", table.as_ref())?;
        let PivotValueSource::List(values) = value_source else {
            return self
                .refuse("these values of `pivot`", table.as_ref())
                .map_err(|error| error.help("list the values: `pivot (sum(a) for b in ('x', 'y'))`"));
        };
        self.factor(table)?;
        self.table_alias(table, alias)?;
        self.expressions(value_column)?;
        for function in aggregate_functions.iter_mut() {
            self.expression(&mut function.expr)?;
            if let Some(alias) = &mut function.alias {
                self.identifier(alias)?;
            }
        }
        let mut names = BTreeSet::new();
        let mut made = Vec::new();
        for value in take(values) {
            let ExprWithAlias { expr: value, alias: column } = value;
            let span = value.span();
            let mut constants = match value {
                Expr::Tuple(values) => values,
                Expr::Nested(inner) => vec![*inner],
                other => vec![other],
            };
            if constants.len() != value_column.len() {
                let message = format!(
                    "`pivot` has {} columns after `for`, but this value has {}",
                    value_column.len(),
                    constants.len()
                );
                return Err(self.error(Code::Semantic, message, span));
            }
            let written = match column {
                Some(mut column) => {
                    self.identifier(&mut column)?;
                    Some(column.value)
                }
                None => constants.iter().map(constant).collect::<Option<Vec<_>>>().map(|parts| parts.join("_")),
            };
            let Some(written) = written else {
                return Err(self
                    .error(Code::Semantic, "this value of `pivot` gives its column no name", span)
                    .help("write `<value> as <column>`"));
            };
            self.expressions(&mut constants)?;
            let pairs = value_column
                .iter()
                .zip(constants)
                .map(|(column, value)| both(column.clone(), BinaryOperator::Eq, value));
            let Some(condition) = pairs.reduce(|one, other| both(one, BinaryOperator::And, other)) else { continue };
            for function in aggregate_functions.iter() {
                let name = match &function.alias {
                    Some(alias) => format!("{written}_{}", alias.value),
                    None => written.clone(),
                };
                if !names.insert(name.clone()) {
                    return Err(self
                        .error(Code::Semantic, format!("`pivot` makes two columns `{name}`"), function.expr.span())
                        .help("give each function and each value an alias of its own"));
                }
                let mut expr = function.expr.clone();
                let Expr::Function(call) = &mut expr else {
                    return Err(self
                        .error(Code::Semantic, "`pivot` takes aggregate functions", function.expr.span())
                        .help("write `sum(…)`, and calculate with it in the `select` list"));
                };
                let filter = match call.filter.take() {
                    Some(filter) => {
                        both(Expr::Nested(filter), BinaryOperator::And, Expr::Nested(Box::new(condition.clone())))
                    }
                    None => condition.clone(),
                };
                call.filter = Some(Box::new(filter));
                made.push(ExprWithAlias { expr, alias: Some(Ident::with_quote('`', name)) });
            }
        }
        *aggregate_functions = made;
        Ok(())
    }

    /// `unpivot (<value> for <name> in (<columns>))` as rows of `stack`, without the columns that they are made of.
    ///
    /// Chosen: rows whose values are all NULL are left out only by `exclude nulls`; the values come first, then the name.
    pub(super) fn unpivot(&mut self, factor: &mut TableFactor) -> Result<()> {
        let TableFactor::Unpivot { table, value, name, columns, null_inclusion, alias } = factor else { return Ok(()) };
        self.factor(table)?;
        self.table_alias(table, alias)?;
        let mut made = self.plain_names(value)?;
        let values = made.clone();
        self.identifier(name)?;
        made.push(name.clone());
        let count = i64::try_from(columns.len()).unwrap_or(i64::MAX);
        let mut given = vec![Expr::Value(Value::Number(count.to_string(), false).with_empty_span())];
        let mut used: Vec<Ident> = Vec::new();
        for ExprWithAlias { expr, alias } in take(columns) {
            let from = self.plain_names(&expr)?;
            if from.len() != values.len() {
                let message =
                    format!("`unpivot` makes {} columns of values, but {} are given here", values.len(), from.len());
                return Err(self.error(Code::Semantic, message, expr.span()));
            }
            let label = alias.map_or_else(
                || from.iter().map(|column| column.value.as_str()).collect::<Vec<_>>().join("_"),
                |alias| alias.value,
            );
            for column in from {
                let mut value = Expr::Identifier(column.clone());
                self.expression(&mut value)?;
                given.push(value);
                if !used.iter().any(|other| other.value == column.value) {
                    used.push(column);
                }
            }
            given.push(Expr::Value(Value::SingleQuotedString(label).with_empty_span()));
        }
        if let Some(both) = made.iter().find(|name| used.iter().any(|column| column.value == name.value)) {
            return Err(self
                .error(
                    Code::Semantic,
                    format!("`unpivot` makes a column `{}` of a column of this name", both.value),
                    both.span,
                )
                .help("choose another name for the new column"));
        }
        let conditions = values.iter().map(|value| Expr::IsNull(Box::new(Expr::Identifier(value.clone()))));
        let nothing = conditions.reduce(|one, other| both(one, BinaryOperator::And, other));
        let mut used = used.into_iter();
        let except =
            used.next().map(|first_element| ExceptSelectItem { first_element, additional_elements: used.collect() });
        let everything = WildcardAdditionalOptions { opt_except: except, ..Default::default() };
        let source = std::mem::replace(table, Box::new(named("")));
        let rows = TableFactor::Unpivot {
            table: source,
            value: call("stack", given),
            name: Ident::with_quote('`', ROWS),
            columns: made
                .into_iter()
                .map(|column| ExprWithAlias { expr: Expr::Identifier(column), alias: None })
                .collect(),
            null_inclusion: None,
            alias: None,
        };
        let mut body = select_from(vec![SelectItem::Wildcard(everything)], vec![rows]);
        if matches!(null_inclusion, Some(NullInclusion::ExcludeNulls))
            && let SetExpr::Select(select) = &mut body
        {
            select.selection = nothing.map(|nothing| Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr: Box::new(Expr::Nested(Box::new(nothing))),
            });
        }
        *factor =
            TableFactor::Derived { lateral: false, subquery: Box::new(plain(body)), alias: take(alias), sample: None };
        Ok(())
    }

    /// The alias that the made rows have: their own, or that of the table that they are made of.
    fn table_alias(&mut self, table: &TableFactor, alias: &mut Option<TableAlias>) -> Result<()> {
        if let Some(alias) = alias {
            return self.alias(alias);
        }
        let source = match table {
            TableFactor::Table { alias, .. }
            | TableFactor::Derived { alias, .. }
            | TableFactor::Pivot { alias, .. } => alias.as_ref(),
            _ => None,
        };
        let name = source.map_or_else(|| Ident::with_quote('`', ROWS), |alias| alias.name.clone());
        *alias = Some(TableAlias { explicit: true, name, columns: Vec::new(), at: None });
        Ok(())
    }

    /// One name, or several in parentheses.
    fn plain_names(&self, written: &Expr) -> Result<Vec<Ident>> {
        let parts = match written {
            Expr::Tuple(parts) => parts.iter().collect(),
            Expr::Nested(part) => vec![part.as_ref()],
            other => vec![other],
        };
        let name = |part: &Expr| match part {
            Expr::Identifier(name) => {
                let mut name = name.clone();
                self.identifier(&mut name)?;
                Ok(name)
            }
            other => self.semantic("`unpivot` takes names of columns here", other),
        };
        parts.into_iter().map(name).collect()
    }
}

fn both(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

/// A constant as it is written, which names its column.
fn constant(value: &Expr) -> Option<String> {
    match value {
        Expr::Value(value) => Some(value.value.to_string()),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => constant(expr).map(|number| format!("-{number}")),
        _ => None,
    }
}
