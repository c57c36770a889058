//! `pivot`: rows are grouped by every column that neither the functions nor the values name.

use std::collections::BTreeSet;

use datafusion::common::{Column, Result, TableReference, plan_datafusion_err};
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, ExprWithAlias, TableAlias, TableFactor};

use super::failure::carry;
use crate::error::{Code, Error};

/// The plan of `table` with a column for each of these functions, which have their conditions by now.
pub fn plan(
    table: TableFactor,
    functions: Vec<ExprWithAlias>,
    columns: Vec<SqlExpr>,
    alias: Option<TableAlias>,
    context: &mut dyn RelationPlannerContext,
) -> Result<LogicalPlan> {
    let input = context.plan(table)?;
    let alias = alias.ok_or_else(|| plan_datafusion_err!("`pivot` without a name"))?;
    let view = TableReference::bare(alias.name.value);
    let mut used: BTreeSet<Column> = BTreeSet::new();
    for column in columns {
        used.extend(context.sql_to_expr(column, input.schema())?.column_refs().into_iter().cloned());
    }
    let (mut aggregates, mut made): (Vec<Expr>, Vec<Expr>) = (Vec::new(), Vec::new());
    for ExprWithAlias { expr, alias } in functions {
        let function = context.sql_to_expr(expr, input.schema())?.unalias();
        let (Expr::AggregateFunction(_), Some(alias)) = (&function, alias) else {
            let error = Error::new(Code::Semantic, "`pivot` takes aggregate functions");
            return Err(carry(error.help("write `sum(…)`, and calculate with it in the `select` list")));
        };
        used.extend(function.column_refs().into_iter().cloned());
        let name = function.schema_name().to_string();
        made.push(Expr::Column(Column::new_unqualified(name)).alias_qualified(Some(view.clone()), alias.value));
        if !aggregates.contains(&function) {
            aggregates.push(function);
        }
    }
    let keys: Vec<Column> = input.schema().columns().into_iter().filter(|column| !used.contains(column)).collect();
    let shown = keys.iter().map(|key| Expr::Column(key.clone()).alias_qualified(Some(view.clone()), key.name.clone()));
    let shown: Vec<Expr> = shown.chain(made).collect();
    let keys: Vec<Expr> = keys.into_iter().map(Expr::Column).collect();
    LogicalPlanBuilder::from(input).aggregate(keys, aggregates)?.project(shown)?.build()
}
