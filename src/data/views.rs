//! Puts the bodies of views into a plan whose accesses have been read.
//!
//! Before, a view is a table with columns of its own, and its body belongs to its owner; after, there are tables only, and
//! borders around what views leave out or calculate.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::Column;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, try_cast};

use super::barrier::{self, View};
use super::kept_back::KeptBack;
use super::plan::{Plan, Source};
use super::relations::{Relation, RelationKey, number_of, reference};
use super::{seeds, types};
use crate::error::{Code, Error, Result};
use crate::model::{ObjectKind, Table};

/// The same plan, reading the bodies of views.
///
/// # Errors
/// A body that has other columns than its view.
pub fn put_in(
    plan: LogicalPlan,
    relations: &[Relation],
    sources: &BTreeMap<RelationKey, Source>,
    kept_back: &KeptBack,
) -> Result<LogicalPlan> {
    let mut bodies = BTreeMap::new();
    for (number, relation) in relations.iter().enumerate() {
        if let Some(Source::View { table, body }) = sources.get(&relation.key()) {
            let body = self::body(number, table, body, |column| kept_back.name(&relation.key(), column));
            bodies.insert(number, body.map_err(|error| error.at(relation.span))?);
        }
    }
    if bodies.is_empty() {
        return Ok(plan);
    }
    let mut uses = 0;
    plan.transform_up_with_subqueries(|node| match &node {
        LogicalPlan::TableScan(scan) => match number_of(&scan.table_name).and_then(|number| bodies.get(&number)) {
            Some(body) => {
                uses += 1;
                Ok(Transformed::yes(seeds::for_use(body.clone(), uses)?))
            }
            None => Ok(Transformed::no(node)),
        },
        _ => node.recompute_schema().map(Transformed::yes),
    })
    .map(|transformed| transformed.data)
    .map_err(|_| Error::new(Code::Internal, "the body of a view cannot be put in its place"))
}

/// A body under the names and types of its view's columns.
fn body(number: usize, table: &Table, body: &Arc<Plan>, name: impl Fn(&str) -> String) -> Result<LogicalPlan> {
    let logical = body.logical();
    let columns: Vec<_> = table.all_columns().collect();
    if columns.len() != logical.schema().fields().len() {
        return Err(Error::new(
            Code::Semantic,
            format!(
                "the definition of view `{}` no longer fits: its query has {} columns, the view {}",
                table.name,
                logical.schema().fields().len(),
                columns.len()
            ),
        )
        .help("create the view again with `create or replace view`"));
    }
    let renamed = logical.schema().iter().zip(columns).map(|((qualifier, field), column)| {
        let value = Expr::Column(Column::from((qualifier, field)));
        let wanted = types::to_arrow(&column.data_type);
        let value = if *field.data_type() == wanted { value } else { try_cast(value, wanted) };
        value.alias(name(&column.name))
    });
    let view =
        View { kind: ObjectKind::View, name: table.place().qualified(&table.name), owner: table.owner.to_string() };
    LogicalPlanBuilder::from(logical.clone())
        .project(renamed.collect::<Vec<_>>())
        .and_then(LogicalPlanBuilder::build)
        .and_then(|body| barrier::around(body, view))
        .and_then(|body| LogicalPlanBuilder::from(body).alias(reference(number)))
        .and_then(LogicalPlanBuilder::build)
        .map_err(|_| {
            Error::new(Code::Semantic, format!("the definition of view `{}` no longer fits its columns", table.name))
                .help("create the view again with `create or replace view`")
        })
}
