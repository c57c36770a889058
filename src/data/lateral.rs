//! `lateral view`: rows of a table repeated for every element of an array or map.
//!
//! Comes from the walk over the tree in a node that no query can be written with. The columns below pass through:
//! a query that does not use them does not read them.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{Column, NullHandling, Result, TableReference, UnnestOptions, plan_datafusion_err, plan_err};
use datafusion::functions_nested::expr_fn::{array_length, map_keys, map_values, range};
use datafusion::logical_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Unnest, cast, lit};
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, TableFactor,
};

/// What the repeated columns are called until they get their names.
const COLUMN: &str = "lateral:";

/// Plans `lateral view`.
#[derive(Debug)]
pub struct LateralPlanner;

impl RelationPlanner for LateralPlanner {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let TableFactor::Unpivot { table, value, name, columns, null_inclusion, alias: None } = relation else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let input = context.plan(*table)?;
        let SqlExpr::Function(function) = value else { return plan_err!("`lateral view` needs a function") };
        let with_position = function.name.to_string() == "posexplode";
        let value = context.sql_to_expr(argument(function)?, input.schema())?;
        let lists = lists(value, with_position, &input)?;
        let names: Vec<String> = match columns.len() {
            0 => default_names(lists.len()),
            _ => columns.into_iter().map(|column| column.expr.to_string().replace('`', "")).collect(),
        };
        if names.len() != lists.len() {
            return plan_err!("`lateral view` makes {} columns, but {} are named", lists.len(), names.len());
        }
        let nulls = if null_inclusion.is_some() { NullHandling::PreserveAndExpandEmpty } else { NullHandling::Drop };
        let plan = repeat(input, lists, &TableReference::bare(name.value), &names, nulls)?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, None))))
    }
}

/// Whether the columns of this plan's input pass through it untouched.
pub fn passes_through(unnest: &Unnest) -> bool {
    unnest.exec_columns.iter().all(|column| column.name.starts_with(COLUMN))
}

fn argument(function: Function) -> Result<SqlExpr> {
    let wrong = || plan_datafusion_err!("`explode` and `posexplode` take one argument");
    let FunctionArguments::List(list) = function.args else { return Err(wrong()) };
    let mut arguments = list.args.into_iter();
    match (arguments.next(), arguments.next()) {
        (Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))), None) => Ok(argument),
        _ => Err(wrong()),
    }
}

/// The lists that are taken apart side by side. Source: "LATERAL VIEW": `posexplode` counts from 0.
fn lists(value: Expr, with_position: bool, input: &LogicalPlan) -> Result<Vec<Expr>> {
    match (value.get_type(input.schema())?, with_position) {
        (Arrow::List(_) | Arrow::LargeList(_) | Arrow::FixedSizeList(..), false) => Ok(vec![value]),
        (Arrow::List(_) | Arrow::LargeList(_) | Arrow::FixedSizeList(..), true) => {
            let length = cast(array_length(value.clone()), Arrow::Int64);
            Ok(vec![range(lit(0_i64), length, lit(1_i64)), value])
        }
        (Arrow::Map(..), false) => Ok(vec![map_keys(value.clone()), map_values(value)]),
        _ => plan_err!("`explode` takes an array or a map, `posexplode` an array"),
    }
}

/// Source: "LATERAL VIEW": `explode` without aliases names its columns `key` and `value`, or `col`.
fn default_names(count: usize) -> Vec<String> {
    let names: &[&str] = if count == 1 { &["col"] } else { &["key", "value"] };
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn repeat(
    input: LogicalPlan,
    lists: Vec<Expr>,
    view: &TableReference,
    names: &[String],
    nulls: NullHandling,
) -> Result<LogicalPlan> {
    let below: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
    // Views of one query are told apart by their places in the row.
    let internal = |at: usize| format!("{COLUMN}{}", below.len() + at);
    let exploded: Vec<Column> = (0..lists.len()).map(|at| Column::from_name(internal(at))).collect();
    let projected =
        below.iter().cloned().chain(lists.into_iter().enumerate().map(|(at, list)| list.alias(internal(at))));
    let unnested = LogicalPlanBuilder::from(input)
        .project(projected.collect::<Vec<_>>())?
        .unnest_columns_with_options(exploded.clone(), UnnestOptions::new().with_null_handling(nulls))?
        .build()?;
    let renamed = exploded
        .into_iter()
        .zip(names)
        .map(|(column, name)| Expr::Column(column).alias_qualified(Some(view.clone()), name.clone()));
    LogicalPlanBuilder::new_from_arc(Arc::new(unnested))
        .project(below.into_iter().chain(renamed).collect::<Vec<_>>())?
        .build()
}
