//! The rows of one partition, out of a plan that reads all of them: decided once, read partition by partition.

use std::sync::Arc;

use datafusion::common::{Column, DataFusionError, ScalarValue, plan_err};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit};

use super::failure::failure;
use super::plan::Plan;
use crate::error::Result;
use crate::model::PartitionSpec;

impl Plan {
    /// The rows of a partition, the first `columns` of each. The plan gives the table's partition columns, by their names.
    ///
    /// # Errors
    /// The plan does not give them.
    pub fn of_partition(&self, partition: &PartitionSpec, columns: usize, limit: Option<u64>) -> Result<Self> {
        let rows = self.rows_of(partition, columns, limit).map_err(failure)?;
        let columns = self.columns().iter().take(columns).cloned().collect();
        let readable = self.readable().as_ref().clone();
        Ok(Self::of_kept(columns, readable, self.is_ordered(), Arc::clone(self.dialect()), rows))
    }

    fn rows_of(
        &self,
        partition: &PartitionSpec,
        columns: usize,
        limit: Option<u64>,
    ) -> Result<LogicalPlan, DataFusionError> {
        let schema = self.logical().schema();
        let mut condition = lit(true);
        for (name, value) in &partition.0 {
            let Some((qualifier, field)) = schema.iter().find(|(_, field)| field.name() == name) else {
                return plan_err!("the plan has no partition column");
            };
            let value = ScalarValue::try_from_string(value.clone(), field.data_type())?;
            condition = condition.and(Expr::Column(Column::from((qualifier, field))).eq(lit(value)));
        }
        let chosen = schema.iter().take(columns).map(|field| Expr::Column(Column::from(field)));
        let limit = limit.and_then(|limit| usize::try_from(limit).ok());
        LogicalPlanBuilder::from(self.logical().clone())
            .filter(condition)?
            .project(chosen.collect::<Vec<_>>())?
            .limit(0, limit)?
            .build()
    }
}
