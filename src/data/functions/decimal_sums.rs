//! Sums of DECIMALs of many groups, kept in 256 bits like those of one.

use std::sync::Arc;

use super::decimal_sum::overflow;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Decimal256Array};
use datafusion::arrow::datatypes::{DECIMAL256_MAX_PRECISION, DataType as Arrow, Decimal128Type, Decimal256Type, i256};
use datafusion::common::{DataFusionError, Result as Outcome};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};

/// The sums of the groups, each with whether it had a value.
#[derive(Debug)]
pub struct DecimalSums {
    sums: Vec<Option<i256>>,
    result: Arrow,
    precision: u8,
    scale: i8,
}

impl DecimalSums {
    /// No groups yet; nothing if the result is not a DECIMAL.
    pub fn new(result: &Arrow) -> Option<Self> {
        let Arrow::Decimal128(precision, scale) = *result else { return None };
        Some(Self { sums: Vec::new(), result: result.clone(), precision, scale })
    }

    fn add(&mut self, group: usize, value: i256) {
        if let Some(sum) = self.sums.get_mut(group) {
            *sum = Some(sum.map_or(value, |sum| sum.wrapping_add(value)));
        }
    }

    fn states(&self, sums: impl IntoIterator<Item = Option<i256>>) -> ArrayRef {
        let sums: Decimal256Array = sums.into_iter().collect();
        Arc::new(sums.with_data_type(Arrow::Decimal256(DECIMAL256_MAX_PRECISION, self.scale)))
    }
}

/// Whether a row counts: one whose filter is NULL does not.
fn counts(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}

/// The only argument as an array of this type.
fn only<'a, T>(given: &'a [ArrayRef], read: impl Fn(&'a ArrayRef) -> Option<T>) -> Outcome<T> {
    let array = given.first().and_then(read);
    array.ok_or_else(|| DataFusionError::Internal("a sum of something else than decimals".to_owned()))
}

impl GroupsAccumulator for DecimalSums {
    fn update_batch(
        &mut self,
        given: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Outcome<()> {
        self.sums.resize(total, None);
        let values = only(given, |array| array.as_primitive_opt::<Decimal128Type>())?;
        if values.null_count() == 0 && filter.is_none() {
            for (group, value) in groups.iter().zip(values.values()) {
                self.add(*group, i256::from_i128(*value));
            }
            return Ok(());
        }
        for (row, (group, value)) in groups.iter().zip(values).enumerate() {
            if let Some(value) = value.filter(|_| counts(filter, row)) {
                self.add(*group, i256::from_i128(value));
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Outcome<ArrayRef> {
        let limit = 10_i128.checked_pow(u32::from(self.precision)).unwrap_or(i128::MAX);
        let narrow = |sum: i256| sum.to_i128().filter(|sum| -limit < *sum && *sum < limit);
        let of_group = |sum: Option<i256>| match sum {
            None => Ok(None),
            Some(sum) => narrow(sum).map(Some).ok_or_else(|| overflow(&self.result)),
        };
        let sums = emit.take_needed(&mut self.sums);
        let sums: Decimal128Array = sums.into_iter().map(of_group).collect::<Outcome<_>>()?;
        Ok(Arc::new(sums.with_data_type(self.result.clone())))
    }

    fn state(&mut self, emit: EmitTo) -> Outcome<Vec<ArrayRef>> {
        let sums = emit.take_needed(&mut self.sums);
        Ok(vec![self.states(sums)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Outcome<()> {
        self.sums.resize(total, None);
        let states = only(states, |array| array.as_primitive_opt::<Decimal256Type>())?;
        for (group, value) in groups.iter().zip(states) {
            if let Some(value) = value {
                self.add(*group, value);
            }
        }
        Ok(())
    }

    fn convert_to_state(&self, given: &[ArrayRef], filter: Option<&BooleanArray>) -> Outcome<Vec<ArrayRef>> {
        let values = only(given, |array| array.as_primitive_opt::<Decimal128Type>())?;
        let rows = values.iter().enumerate();
        let rows = rows.map(|(row, value)| value.filter(|_| counts(filter, row)).map(i256::from_i128));
        Ok(vec![self.states(rows)])
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.sums.capacity() * size_of::<Option<i256>>()
    }
}
