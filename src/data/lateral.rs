//! `lateral view`: rows of a table repeated for every row that a function makes of them.
//!
//! Comes from the walk over the tree in a node that no query can be written with. The columns below pass through:
//! a query that does not use them does not read them.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::{Column, NullHandling, Result, TableReference, UnnestOptions, plan_datafusion_err, plan_err};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder, ScalarUDF, Unnest};
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, TableFactor,
};

use super::engine::Cancel;
use super::failure::carry;
use super::generators::{self, Generated, Part};
use super::pivot;
use super::relations::number_of;
use super::rewrite::{CHOSEN, NUMBERED, PARTITION};
use super::user_function::{TableCode, UserFunction};
use crate::error::{Code, Error};
use crate::model::CodeKind;

/// What the repeated columns are called until they get their names.
const COLUMN: &str = "lateral:";

/// Plans `lateral view`.
#[derive(Debug)]
pub struct LateralPlanner {
    /// The first partition column of each partitioned table of the query, by its number.
    pub partitions: BTreeMap<usize, String>,
    /// The functions of users' own, by the names that the planner asks for.
    pub code: BTreeMap<String, Arc<UserFunction>>,
    /// Stops them.
    pub cancel: Cancel,
}

impl RelationPlanner for LateralPlanner {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let (table, value, name, columns, null_inclusion) = match relation {
            TableFactor::Unpivot { table, value, name, columns, null_inclusion, alias: None } => {
                (table, value, name, columns, null_inclusion)
            }
            TableFactor::Pivot { table, aggregate_functions, value_column, alias, .. } => {
                let pivoted = pivot::plan(*table, aggregate_functions, value_column, alias, context)?;
                return Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(pivoted, None))));
            }
            other => return Ok(RelationPlanning::Original(Box::new(other))),
        };
        let input = context.plan(*table)?;
        let SqlExpr::Function(function) = value else { return plan_err!("`lateral view` needs a function") };
        let called = function.name.to_string();
        if called == "max_pt" {
            return Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(self.partitions(input)?, None))));
        }
        if called == NUMBERED {
            return Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(numbered(input)?, None))));
        }
        let given = arguments(function)?.into_iter().map(|value| context.sql_to_expr(value, input.schema()));
        let given = given.collect::<Result<Vec<_>>>()?;
        if called == CHOSEN {
            let condition = conjunction(given).ok_or_else(|| plan_datafusion_err!("no condition"))?;
            let chosen = LogicalPlanBuilder::from(input).filter(condition)?.build()?;
            return Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(chosen, None))));
        }
        let made = match self.code.get(&called.replace('`', "")) {
            Some(code) => user_rows(&called, (code, &self.cancel), given)?,
            None => generators::columns(&called, given, input.schema())?,
        };
        let names: Vec<String> = match columns.len() {
            0 => made.names.clone(),
            _ => columns.into_iter().map(|column| column.expr.to_string().replace('`', "")).collect(),
        };
        if names.len() != made.names.len() {
            return plan_err!("`lateral view` makes {} columns, but {} are named", made.names.len(), names.len());
        }
        let nulls = if null_inclusion.is_some() { NullHandling::PreserveAndExpandEmpty } else { NullHandling::Drop };
        let plan = repeat(input, made, &TableReference::bare(name.value), &names, nulls)?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, None))))
    }
}

impl LateralPlanner {
    /// The values of a table's first partition column, one for each row. Source: "MAX_PT": a partition without rows does not count.
    fn partitions(&self, input: LogicalPlan) -> Result<LogicalPlan> {
        let Some(name) = scanned(&input).and_then(|number| self.partitions.get(&number)) else {
            return plan_err!("`max_pt` takes a table that has partitions");
        };
        let (table, _) = input.schema().qualified_field_with_unqualified_name(name)?;
        let column = Expr::Column(Column::new(table.cloned(), name)).alias(PARTITION);
        LogicalPlanBuilder::from(input).project(vec![column])?.build()
    }
}

/// The rows of a function of a user's own.
fn user_rows(called: &str, (code, cancel): (&Arc<UserFunction>, &Cancel), given: Vec<Expr>) -> Result<Generated> {
    if code.kind != CodeKind::Table {
        let error = Error::new(Code::Semantic, format!("function `{}` is not a table function", code.name));
        return Err(carry(error.help("call it as a scalar value")));
    }
    let rows = ScalarUDF::from(TableCode::new(called, code, cancel)).call(given);
    let names = TableCode::columns(code);
    Ok(Generated { parts: vec![Part::Each(rows)], fields: names.clone(), names })
}

/// Rows with a number among those that are equal, counted from 1.
fn numbered(input: LogicalPlan) -> Result<LogicalPlan> {
    let columns: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
    let number = row_number().partition_by(columns.clone()).build()?;
    let name = Column::new_unqualified(number.schema_name().to_string());
    LogicalPlanBuilder::from(input)
        .window(vec![number])?
        .project(columns.into_iter().chain([Expr::Column(name).alias(NUMBERED)]).collect::<Vec<_>>())?
        .build()
}

fn scanned(plan: &LogicalPlan) -> Option<usize> {
    match plan {
        LogicalPlan::SubqueryAlias(alias) => scanned(&alias.input),
        LogicalPlan::TableScan(scan) => number_of(&scan.table_name),
        _ => None,
    }
}

/// Whether the columns of this plan's input pass through it untouched.
pub fn passes_through(unnest: &Unnest) -> bool {
    unnest.exec_columns.iter().all(|column| column.name.starts_with(COLUMN))
}

fn arguments(function: Function) -> Result<Vec<SqlExpr>> {
    let wrong = || plan_datafusion_err!("`{}` takes values", function.name);
    let FunctionArguments::List(list) = &function.args else { return Err(wrong()) };
    let arguments = list.args.iter().map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)) => Ok(argument.clone()),
        _ => Err(wrong()),
    });
    arguments.collect()
}

fn repeat(
    input: LogicalPlan,
    made: Generated,
    view: &TableReference,
    names: &[String],
    nulls: NullHandling,
) -> Result<LogicalPlan> {
    let below: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
    // Views of one query are told apart by their places in the row.
    let internal = |at: usize| format!("{COLUMN}{}", below.len() + at);
    let mut exploded = Vec::new();
    let mut added = Vec::new();
    for (at, part) in made.parts.into_iter().enumerate() {
        let value = match part {
            Part::Each(list) => {
                exploded.push(Column::from_name(internal(at)));
                list
            }
            Part::Same(value) => value,
        };
        added.push(value.alias(internal(at)));
    }
    let columns: Vec<Expr> = match made.fields.is_empty() {
        true => (0..added.len()).map(|at| Expr::Column(Column::from_name(internal(at)))).collect(),
        false => {
            let element = || Expr::Column(Column::from_name(internal(0)));
            made.fields.into_iter().map(|field| get_field(element(), field)).collect()
        }
    };
    let unnested = LogicalPlanBuilder::from(input)
        .project(below.iter().cloned().chain(added))?
        .unnest_columns_with_options(exploded, UnnestOptions::new().with_null_handling(nulls))?
        .build()?;
    let renamed = columns.into_iter().zip(names).map(|(column, name)| column.alias_qualified(Some(view.clone()), name));
    LogicalPlanBuilder::new_from_arc(Arc::new(unnested))
        .project(below.into_iter().chain(renamed).collect::<Vec<_>>())?
        .build()
}
