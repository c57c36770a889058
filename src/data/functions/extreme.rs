//! `min` and `max`: the engine's own, except for groups of floating-point numbers, and for values that hold others.

use std::cmp::Ordering;

use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef};
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::functions_aggregate::min_max::{Max, Min};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, ReversedUDAF, SetMonotonicity, Signature,
    StatisticsArgs,
};

use super::extreme_nested::{Extreme as Nested, Sliding};
use super::order::has_inner_order;

/// The least or the greatest value.
///
/// The engine's accumulator of many groups begins with the greatest finite number instead of infinity, and is confused by NaN. With one
/// accumulator for each group, numbers have their total order: NaN is the greatest.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Extreme<E> {
    engine: E,
    /// How what is sought compares with all others.
    sought: Ordering,
}

/// `min(value)`.
pub fn min() -> AggregateUDF {
    AggregateUDF::from(Extreme { engine: Min::new(), sought: Ordering::Less })
}

/// `max(value)`.
pub fn max() -> AggregateUDF {
    AggregateUDF::from(Extreme { engine: Max::new(), sought: Ordering::Greater })
}

impl<E: AggregateUDFImpl + PartialEq + Eq + std::hash::Hash> AggregateUDFImpl for Extreme<E> {
    fn name(&self) -> &str {
        self.engine.name()
    }

    fn signature(&self) -> &Signature {
        self.engine.signature()
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        self.engine.coerce_types(given)
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        self.engine.return_type(given)
    }

    fn accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn Accumulator>> {
        match given.return_field.data_type() {
            nested if has_inner_order(nested) => Ok(Box::new(Nested::new(nested, self.sought)?)),
            _ => self.engine.accumulator(given),
        }
    }

    fn create_sliding_accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn Accumulator>> {
        match given.return_field.data_type() {
            nested if has_inner_order(nested) => Ok(Box::new(Sliding::new(nested, self.sought)?)),
            _ => self.engine.create_sliding_accumulator(given),
        }
    }

    fn state_fields(&self, given: StateFieldsArgs) -> Outcome<Vec<FieldRef>> {
        self.engine.state_fields(given)
    }

    fn groups_accumulator_supported(&self, given: AccumulatorArgs) -> bool {
        let data_type = given.return_field.data_type();
        !data_type.is_floating() && !has_inner_order(data_type) && self.engine.groups_accumulator_supported(given)
    }

    fn create_groups_accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn GroupsAccumulator>> {
        self.engine.create_groups_accumulator(given)
    }

    fn is_descending(&self) -> Option<bool> {
        self.engine.is_descending()
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.engine.order_sensitivity()
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        self.engine.reverse_expr()
    }

    fn value_from_stats(&self, given: &StatisticsArgs) -> Option<ScalarValue> {
        // They are put together in the engine's order.
        if has_inner_order(given.return_type) { None } else { self.engine.value_from_stats(given) }
    }

    fn set_monotonicity(&self, data_type: &Arrow) -> SetMonotonicity {
        self.engine.set_monotonicity(data_type)
    }
}
