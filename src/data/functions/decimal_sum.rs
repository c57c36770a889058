//! Sums of DECIMALs, and of distinct DECIMALs and integers: kept in 256 bits, which no number of rows leaves.

use std::fmt::Debug;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DECIMAL256_MAX_PRECISION, DataType as Arrow, Decimal128Type, Decimal256Type, Int64Type, i256,
};
use datafusion::common::{DataFusionError, HashMap, Result as Outcome, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::decimal::misfit;
use crate::data::failure::carry;
use crate::error::{Code, Error};

/// The error for a sum that does not fit the type of its result.
pub fn overflow(result: &Arrow) -> DataFusionError {
    carry(match result {
        Arrow::Int64 => Error::new(Code::Execution, "a sum does not fit a `bigint`")
            .help("sum decimals: `sum(cast(… as decimal(38,0)))`"),
        other => {
            let error = misfit(other);
            let message = error.message.replacen("a value", "a sum", 1);
            Error::new(error.code, message).help("sum decimals of fewer decimal places, or doubles")
        }
    })
}

/// A sum as a value of this type.
fn result(sum: i256, data_type: &Arrow) -> Outcome<ScalarValue> {
    let narrow = sum.to_i128();
    let value = match *data_type {
        Arrow::Decimal128(precision, scale) => {
            let limit = 10_i128.checked_pow(u32::from(precision)).unwrap_or(i128::MAX);
            narrow
                .filter(|sum| -limit < *sum && *sum < limit)
                .map(|sum| ScalarValue::Decimal128(Some(sum), precision, scale))
        }
        _ => narrow.and_then(|sum| i64::try_from(sum).ok()).map(|sum| ScalarValue::Int64(Some(sum))),
    };
    value.ok_or_else(|| overflow(data_type))
}

/// The values of integers or DECIMALs that are not NULL.
fn values(array: &ArrayRef) -> Vec<i128> {
    match array.data_type() {
        Arrow::Decimal128(..) => array.as_primitive::<Decimal128Type>().iter().flatten().collect(),
        Arrow::Int64 => array.as_primitive::<Int64Type>().iter().flatten().map(i128::from).collect(),
        _ => Vec::new(),
    }
}

/// The sum of DECIMALs.
#[derive(Debug)]
pub struct DecimalSum {
    sum: i256,
    count: u64,
    result: Arrow,
}

impl DecimalSum {
    /// No values yet; the result has this type.
    pub fn new(result: &Arrow) -> Self {
        Self { sum: i256::ZERO, count: 0, result: result.clone() }
    }

    fn scale(&self) -> i8 {
        match self.result {
            Arrow::Decimal128(_, scale) => scale,
            _ => 0,
        }
    }
}

impl Accumulator for DecimalSum {
    fn update_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        for value in given.iter().take(1).flat_map(values) {
            self.sum = self.sum.wrapping_add(i256::from_i128(value));
            self.count += 1;
        }
        Ok(())
    }

    fn retract_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        for value in given.iter().take(1).flat_map(values) {
            self.sum = self.sum.wrapping_sub(i256::from_i128(value));
            self.count = self.count.saturating_sub(1);
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        match self.count {
            0 => ScalarValue::try_from(&self.result),
            _ => result(self.sum, &self.result),
        }
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        let sum = (self.count > 0).then_some(self.sum);
        Ok(vec![ScalarValue::Decimal256(sum, DECIMAL256_MAX_PRECISION, self.scale())])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Outcome<()> {
        let array = states.first().and_then(|array| array.as_primitive_opt::<Decimal256Type>());
        for value in array.into_iter().flatten().flatten() {
            self.sum = self.sum.wrapping_add(value);
            self.count += 1;
        }
        Ok(())
    }
}

/// The sum of integers or DECIMALs, each of which counts once.
#[derive(Debug)]
pub struct DistinctSum {
    counts: HashMap<i128, u64>,
    sum: i256,
    result: Arrow,
}

impl DistinctSum {
    /// No values yet; the result has this type.
    pub fn new(result: &Arrow) -> Self {
        Self { counts: HashMap::new(), sum: i256::ZERO, result: result.clone() }
    }
}

impl Accumulator for DistinctSum {
    fn update_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        for value in given.iter().take(1).flat_map(values) {
            let count = self.counts.entry(value).or_default();
            *count += 1;
            if *count == 1 {
                self.sum = self.sum.wrapping_add(i256::from_i128(value));
            }
        }
        Ok(())
    }

    fn retract_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        for value in given.iter().take(1).flat_map(values) {
            let Some(count) = self.counts.get_mut(&value) else { continue };
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.counts.remove(&value);
                self.sum = self.sum.wrapping_sub(i256::from_i128(value));
            }
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        match self.counts.is_empty() {
            true => ScalarValue::try_from(&self.result),
            false => result(self.sum, &self.result),
        }
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.counts.capacity() * (size_of::<(i128, u64)>() + 1)
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        let values: Vec<ScalarValue> =
            self.counts.keys().map(|value| result(i256::from_i128(*value), &self.result)).collect::<Outcome<_>>()?;
        Ok(vec![ScalarValue::List(ScalarValue::new_list(&values, &self.result, true))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Outcome<()> {
        let lists = states.first().and_then(|array| array.as_list_opt::<i32>());
        for list in lists.into_iter().flat_map(|lists| lists.iter()).flatten() {
            self.update_batch(&[list])?;
        }
        Ok(())
    }
}
