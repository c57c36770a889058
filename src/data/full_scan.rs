//! Refuses queries that would read every partition of a table, where the session does not allow that.

use datafusion::common::{Column, Result, TableReference};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{LogicalPlan, TableScan};
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::optimizer::{Optimizer, OptimizerContext};

use std::collections::BTreeSet;
use std::sync::Arc;

use super::parse::Query;
use super::provider::ManifestTable;
use super::relations::number_of;
use crate::error::{Code, Error};
use crate::model::Setting;

/// The refusal of a finished plan that reads a partitioned table without a condition on a partition column.
///
/// Names only what the query itself names: a table, or the view through which one is read.
///
/// # Errors
/// The planner's own.
pub fn refusal(plan: &LogicalPlan, query: &Query) -> Result<Option<Box<Error>>> {
    let rules = vec![Arc::new(PushDownFilter::new()) as _];
    let plan = Optimizer::with_rules(rules).optimize(plan.clone(), &OptimizerContext::new(), |_, _| {})?;
    let mut search = Search { filtered: BTreeSet::new(), found: None };
    search.walk(&plan, None)?;
    let Some(number) = search.found else { return Ok(None) };
    let key = Setting::FullScan.key();
    let error = |name: &str| {
        Error::new(
            Code::Semantic,
            format!("`{name}` is read by a full scan with all partitions: no condition names a partition column"),
        )
        .help(format!("add one to `where`, or write `set {key}=true;` before"))
    };
    Ok(Some(match query.rewritten.relations.list().get(number) {
        Some(relation) => error(&relation.typed()).at(relation.span),
        None => error("a table"),
    }))
}

struct Search {
    /// Columns in the conditions above, as the inputs of the present node call them: those of another relation do not count, for a
    /// view would tell by them how its body calls its columns.
    filtered: BTreeSet<Column>,
    /// The relation of the query that is read whole.
    found: Option<usize>,
}

impl Search {
    /// `view` is the relation whose body is walked over.
    fn walk(&mut self, plan: &LogicalPlan, view: Option<usize>) -> Result<()> {
        let before = self.filtered.clone();
        let view = match plan {
            LogicalPlan::SubqueryAlias(alias) => view.or_else(|| number_of(&alias.alias)),
            _ => view,
        };
        match plan {
            // A condition with a subquery stays where it was written.
            LogicalPlan::Filter(filter) => self.filtered.extend(filter.predicate.column_refs().into_iter().cloned()),
            LogicalPlan::SubqueryAlias(alias) => {
                let of_alias = self.filtered.iter().filter(|column| is_of(column, &alias.alias));
                self.filtered = of_alias.map(|column| Column::new_unqualified(column.name.clone())).collect();
            }
            LogicalPlan::Projection(projection) => {
                let outputs = projection.schema.iter().zip(&projection.expr);
                let filtered = outputs.filter(|((relation, field), _)| {
                    let is_same =
                        |column: &Column| column.name == *field.name() && relation.is_none_or(|of| is_of(column, of));
                    self.filtered.iter().any(is_same)
                });
                let inputs = filtered.filter_map(|(_, expression)| expression.clone().unalias().try_as_col().cloned());
                self.filtered = inputs.collect();
            }
            LogicalPlan::Union(_) => {
                let names = self.filtered.iter().map(|column| Column::new_unqualified(column.name.clone()));
                self.filtered = names.collect();
            }
            LogicalPlan::TableScan(scan) if is_whole(scan, &self.filtered) => {
                self.found = self.found.or(view).or_else(|| number_of(&scan.table_name));
            }
            _ => {}
        }
        plan.apply_subqueries(|inner| {
            self.walk(inner, view)?;
            Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
        })?;
        for input in plan.inputs() {
            self.walk(input, view)?;
        }
        self.filtered = before;
        Ok(())
    }
}

/// Whether a column may be one of this relation.
fn is_of(column: &Column, relation: &TableReference) -> bool {
    column.relation.as_ref().is_none_or(|of| of == relation)
}

/// Whether a scan reads every partition of a partitioned table.
fn is_whole(scan: &TableScan, filtered: &BTreeSet<Column>) -> bool {
    let Ok(provider) = source_as_provider(&scan.source) else { return false };
    let Some(table) = provider.downcast_ref::<ManifestTable>() else { return false };
    let partitions = table.partition_columns();
    let named = |name: &str| {
        filtered.iter().any(|column| column.name == name && is_of(column, &scan.table_name))
            || scan.filters.iter().any(|filter| filter.column_refs().iter().any(|column| column.name == name))
    };
    // Source: "AUTO PARTITION table": a condition on what the partitions are calculated from chooses among them.
    !partitions.is_empty() && !partitions.into_iter().chain(table.calculated_from()).any(named)
}
