//! The border of a view inside a plan (VIW-5).
//!
//! What is below belongs to the view's owner, what is above to the caller: no expression of the caller is evaluated on rows
//! that the view leaves out. Three things keep that: the node, which no rule of the engine looks through; [`pushdown`], which
//! lets only comparisons pass that can neither fail nor reveal a value; and [`execution`], which the physical rules stop at. What comes
//! out depends on the rows that come out alone: [`sequence`] and [`in_order`] see to their order and their batches.

mod execution;
mod in_order;
mod one_batch;
mod outside;
mod pushdown;
mod sequence;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{DFSchema, DFSchemaRef, Result, internal_err};
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

pub(super) use self::execution::{BarrierExec, seen_from_outside};
pub(super) use self::in_order::InOrderExec;
pub(super) use self::sequence::Sequence;
use super::pause;
use super::provider::ManifestTable;
use crate::model::ObjectKind;

/// The body of a view, seen from outside.
#[derive(Debug, Clone)]
struct Barrier {
    /// What errors inside the body are told of.
    view: Arc<View>,
    /// Names of the columns that the body had at first: no other column ever passes.
    columns: Arc<BTreeSet<String>>,
    input: LogicalPlan,
    schema: DFSchemaRef,
}

/// A view, or a function in SQL, as its users know it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct View {
    /// Which of the two.
    pub kind: ObjectKind,
    /// Project and name.
    pub name: String,
    /// Whom to ask.
    pub owner: String,
}

/// `body` behind the border of `view`.
///
/// A body that only picks columns of tables needs none: it leaves out no row, and nothing in it can fail.
///
/// # Errors
/// A mistake in this program.
pub(super) fn around(body: LogicalPlan, view: View) -> Result<LogicalPlan> {
    let view = Arc::new(view);
    let body = outside::concealed(body, &view)?;
    if only_picks_columns(&body) {
        return Ok(body);
    }
    let body = uncounted(body)?;
    let columns = body.schema().fields().iter().map(|field| field.name().clone()).collect();
    let barrier = Barrier::new(view, Arc::new(columns), body)?;
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(barrier) }))
}

/// A body that is planned without the numbers of its tables' rows: how a join in it runs, and so the order of its rows, would show how many
/// of them it leaves out.
fn uncounted(body: LogicalPlan) -> Result<LogicalPlan> {
    body.transform_up_with_subqueries(|node| match node {
        LogicalPlan::TableScan(mut scan) => Ok(match ManifestTable::without_counts(&scan.source) {
            Some(source) => {
                scan.source = source;
                Transformed::yes(LogicalPlan::TableScan(scan))
            }
            None => Transformed::no(LogicalPlan::TableScan(scan)),
        }),
        other => Ok(Transformed::no(other)),
    })
    .data()
}

/// A session whose rules and planner respect borders.
pub(super) fn respected(builder: SessionStateBuilder) -> SessionStateBuilder {
    builder.with_optimizer_rules(pause::logical(pushdown::rules())).with_query_planner(Arc::new(execution::Planner))
}

/// Whether a plan begins with a border.
pub(super) fn is_border(plan: &LogicalPlan) -> bool {
    Barrier::of(plan).is_some()
}

fn only_picks_columns(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => {
            let is_column = |expr: &Expr| matches!(expr.clone().unalias(), Expr::Column(_));
            projection.expr.iter().all(is_column) && only_picks_columns(&projection.input)
        }
        LogicalPlan::SubqueryAlias(alias) => only_picks_columns(&alias.input),
        LogicalPlan::TableScan(scan) => scan.filters.is_empty() && scan.fetch.is_none(),
        _ => false,
    }
}

impl Barrier {
    fn new(view: Arc<View>, columns: Arc<BTreeSet<String>>, input: LogicalPlan) -> Result<Self> {
        let known = |name: &String| columns.contains(name);
        let schema = match input.schema().fields().iter().all(|field| known(field.name())) {
            true => Arc::clone(input.schema()),
            // Rules that add a column below see that it does not come out, and take it back.
            false => {
                let fields = input.schema().iter().filter(|(_, field)| known(field.name()));
                let fields = fields.map(|(table, field)| (table.cloned(), Arc::clone(field))).collect();
                Arc::new(DFSchema::new_with_metadata(fields, input.schema().metadata().clone())?)
            }
        };
        Ok(Self { view, columns, input, schema })
    }

    /// The same border around another body.
    fn with_input(&self, input: LogicalPlan) -> Result<Self> {
        Self::new(Arc::clone(&self.view), Arc::clone(&self.columns), input)
    }

    /// The border that this plan begins with.
    fn of(plan: &LogicalPlan) -> Option<&Self> {
        match plan {
            LogicalPlan::Extension(extension) => extension.node.as_any().downcast_ref(),
            _ => None,
        }
    }
}

impl UserDefinedLogicalNodeCore for Barrier {
    fn name(&self) -> &str {
        "Barrier"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Barrier")
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        match (exprs.as_slice(), <[LogicalPlan; 1]>::try_from(inputs)) {
            ([], Ok([input])) => self.with_input(input),
            _ => internal_err!("a border has one input and no expression"),
        }
    }

    /// Columns that nobody uses are not read.
    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Arc::ptr_eq(&self.schema, self.input.schema()).then(|| vec![output_columns.to_vec()])
    }
}

impl PartialEq for Barrier {
    fn eq(&self, other: &Self) -> bool {
        self.view == other.view && self.columns == other.columns && self.input == other.input
    }
}

impl Eq for Barrier {}

impl Hash for Barrier {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.view.hash(state);
        self.input.hash(state);
    }
}

impl PartialOrd for Barrier {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.input.partial_cmp(&other.input)
    }
}
