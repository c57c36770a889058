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
    array.ok_or_else(|| DataFusionError::Internal("sum of a non-decimal array".to_owned()))
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

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::Accumulator;

    use super::super::decimal_sum::DecimalSum;
    use super::*;

    const TYPE: Arrow = Arrow::Decimal128(38, 4);

    fn decimals(values: Vec<Option<i128>>) -> ArrayRef {
        Arc::new(Decimal128Array::from(values).with_data_type(TYPE))
    }

    /// In two halves, of which one reaches the other as states: like the sums that are kept for one group at a time.
    #[test]
    fn sums_of_groups_are_those_of_each_group_alone() {
        const GROUPS: usize = 5;
        let mut random = fastrand::Rng::with_seed(7);
        for round in 0..200 {
            let rows = random.usize(0..60);
            let values: Vec<Option<i128>> = (0..rows)
                .map(|_| (round % 2 == 0 || random.u8(..4) > 0).then(|| random.i128(-(1 << 80)..1 << 80)))
                .collect();
            let groups: Vec<usize> = (0..rows).map(|_| random.usize(..GROUPS)).collect();
            let filter: Option<BooleanArray> = (round % 3 == 0)
                .then(|| (0..rows).map(|_| [None, Some(true), Some(false)][random.usize(..3)]).collect());
            let (mut whole, mut half) = (DecimalSums::new(&TYPE).unwrap(), DecimalSums::new(&TYPE).unwrap());
            let cut = rows / 2;
            let given = decimals(values.clone());
            let first = filter.as_ref().map(|filter| filter.slice(0, cut));
            let last = filter.as_ref().map(|filter| filter.slice(cut, rows - cut));
            whole.update_batch(&[given.slice(0, cut)], &groups[..cut], first.as_ref(), GROUPS).unwrap();
            if round % 4 < 2 {
                half.update_batch(&[given.slice(cut, rows - cut)], &groups[cut..], last.as_ref(), GROUPS).unwrap();
                let states = half.state(EmitTo::All).unwrap();
                whole.merge_batch(&states, &(0..GROUPS).collect::<Vec<_>>(), GROUPS).unwrap();
            } else {
                let states = half.convert_to_state(&[given.slice(cut, rows - cut)], last.as_ref()).unwrap();
                whole.merge_batch(&states, &groups[cut..], GROUPS).unwrap();
            }
            let sums = whole.evaluate(EmitTo::All).unwrap();
            for group in 0..GROUPS {
                let mut alone = DecimalSum::new(&TYPE);
                let of_group = (0..rows).filter(|row| groups[*row] == group && counts(filter.as_ref(), *row));
                alone.update_batch(&[decimals(of_group.map(|row| values[row]).collect())]).unwrap();
                let sum = datafusion::common::ScalarValue::try_from_array(&sums, group).unwrap();
                assert_eq!(sum, alone.evaluate().unwrap(), "round {round}, group {group}");
            }
        }
    }

    #[test]
    fn a_sum_that_does_not_fit_is_an_error_and_one_that_fits_again_is_not() {
        let most = 10_i128.pow(38) - 1;
        let mut sums = DecimalSums::new(&TYPE).unwrap();
        sums.update_batch(&[decimals(vec![Some(most), Some(most), Some(-most)])], &[0, 0, 0], None, 1).unwrap();
        assert_eq!(sums.evaluate(EmitTo::First(1)).unwrap().as_primitive::<Decimal128Type>().value(0), most);
        sums.update_batch(&[decimals(vec![Some(most), Some(most)])], &[0, 0], None, 1).unwrap();
        assert!(sums.evaluate(EmitTo::All).unwrap_err().to_string().contains("a sum does not fit"));
    }
}
