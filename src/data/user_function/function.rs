use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as Outcome;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, WindowFunctionDefinition};

use super::line::Line;
use super::{AggregateCode, ScalarCode, TableCode};
use crate::data::functions::once;
use crate::data::plan::Plan;
use crate::error::{Code, Error, Result};
use crate::model::UserCode;

/// A function of a user's own: its code, and the plans of the tables that it reads.
#[derive(Debug)]
pub struct UserFunction {
    code: UserCode,
    /// Of its table resources, in their order.
    tables: Vec<CodeTable>,
}

/// A table that a function reads as a whole, before its first call.
#[derive(Debug)]
pub(in crate::data) struct CodeTable {
    pub plan: Arc<Plan>,
    rows: OnceLock<RecordBatch>,
}

impl UserFunction {
    /// The function of this code, whose table resources have these plans.
    pub fn new(code: UserCode, tables: Vec<Arc<Plan>>) -> Self {
        let tables = tables.into_iter().map(|plan| CodeTable { plan, rows: OnceLock::new() });
        Self { code, tables: tables.collect() }
    }

    pub(in crate::data) fn tables(&self) -> &[CodeTable] {
        &self.tables
    }
}

impl Deref for UserFunction {
    type Target = UserCode;

    fn deref(&self) -> &UserCode {
        &self.code
    }
}

impl CodeTable {
    /// Its rows, once they were read.
    pub fn rows(&self) -> Result<&RecordBatch> {
        self.rows.get().ok_or_else(|| {
            Error::new(Code::Unsupported, "not supported: a user function with a table resource in this place")
                .help("call it in a subquery of `from`")
        })
    }

    /// Whether they were read.
    pub fn is_read(&self) -> bool {
        self.rows.get().is_some()
    }

    /// Keeps its rows.
    pub fn keep(&self, rows: RecordBatch) {
        // Another attempt to run the plan has read the same.
        let _ = self.rows.set(rows);
    }
}

/// The functions of users' own that a plan calls.
///
/// # Errors
/// A mistake in this program.
pub(in crate::data) fn called(plan: &LogicalPlan) -> Outcome<Vec<Arc<UserFunction>>> {
    Ok(Lines::of(plan)?.0.iter().map(|line| Arc::clone(line.code())).collect())
}

/// The connections of the functions that a plan calls to their processes, each once.
#[derive(Debug)]
pub(in crate::data) struct Lines(pub(super) Vec<Arc<Line>>);

impl Lines {
    /// Those of a plan.
    ///
    /// # Errors
    /// A mistake in this program.
    pub fn of(plan: &LogicalPlan) -> Outcome<Self> {
        let mut found = Vec::new();
        plan.apply_with_subqueries(|node| {
            node.apply_expressions(|expression| {
                find(expression, &mut found)?;
                Ok(TreeNodeRecursion::Continue)
            })
        })?;
        Ok(Self(found))
    }
}

fn find(expression: &Expr, found: &mut Vec<Arc<Line>>) -> Outcome<()> {
    expression.apply(|part| {
        if let Expr::ScalarFunction(call) = part
            && let Some(body) = once::body(&call.func)
        {
            find(body, found)?;
        }
        if let Some(line) = line(part).filter(|line| !found.iter().any(|known| Arc::ptr_eq(known, line))) {
            found.push(Arc::clone(line));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

fn line(part: &Expr) -> Option<&Arc<Line>> {
    match part {
        Expr::ScalarFunction(call) => {
            let inner = call.func.inner();
            let scalar = inner.downcast_ref::<ScalarCode>().map(ScalarCode::line);
            scalar.or_else(|| inner.downcast_ref::<TableCode>().map(TableCode::line))
        }
        Expr::AggregateFunction(call) => call.func.inner().downcast_ref::<AggregateCode>().map(AggregateCode::line),
        Expr::WindowFunction(call) => match &call.fun {
            WindowFunctionDefinition::AggregateUDF(function) => {
                function.inner().downcast_ref::<AggregateCode>().map(AggregateCode::line)
            }
            WindowFunctionDefinition::WindowUDF(_) => None,
        },
        _ => None,
    }
}
