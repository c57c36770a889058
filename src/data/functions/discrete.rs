//! `percentile_disc`: a value that is there, of any type that has an order.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use super::quantile::{counts_nulls, share};
use super::value::{common, list, make_list};

/// `percentile_disc(value, percentage)`. Source: "PERCENTILE_DISC".
#[derive(Debug, PartialEq, Eq, Hash)]
struct Discrete {
    signature: Signature,
}

/// The function of this file.
pub fn function() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(Discrete { signature: Signature::user_defined(Volatility::Immutable) }))
}

impl AggregateUDFImpl for Discrete {
    fn name(&self) -> &str {
        "percentile_disc"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        match given {
            [value, percentage, rest @ ..]
                if !value.is_nested() && !percentage.is_nested() && matches!(rest, [] | [Arrow::Boolean]) =>
            {
                let value = common(std::slice::from_ref(value)).unwrap_or(Arrow::Utf8);
                Ok([value, Arrow::Float64].into_iter().chain(rest.iter().cloned()).collect())
            }
            _ => Err(DataFusionError::Plan("`percentile_disc` takes a value and a percentage".to_owned())),
        }
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        given.first().cloned().ok_or_else(|| DataFusionError::Plan("`percentile_disc` takes a value".to_owned()))
    }

    fn accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn Accumulator>> {
        let result = given.return_field.data_type().clone();
        let share = share(&given, "percentile_disc")?;
        let counts_nulls = counts_nulls(&given, "percentile_disc")?;
        Ok(Box::new(Kept { values: Vec::new(), nulls: 0, counts_nulls, bytes: 0, share, result }))
    }

    fn state_fields(&self, given: StateFieldsArgs) -> Outcome<Vec<FieldRef>> {
        let result = list(given.return_type());
        Ok(vec![Arc::new(Field::new(format_state_name(given.name, "percentile_disc"), result, true))])
    }
}

/// Every value but NULL, which is counted if it is the smallest value.
#[derive(Debug)]
struct Kept {
    values: Vec<ScalarValue>,
    nulls: usize,
    counts_nulls: bool,
    bytes: usize,
    share: f64,
    result: Arrow,
}

impl Kept {
    fn put(&mut self, array: &ArrayRef) -> Outcome<()> {
        for at in (0..array.len()).filter(|at| array.is_valid(*at)) {
            let value = ScalarValue::try_from_array(array, at)?;
            self.bytes += value.size();
            self.values.push(value);
        }
        if self.counts_nulls {
            self.nulls += array.null_count();
        }
        Ok(())
    }
}

impl Accumulator for Kept {
    fn update_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        given.first().map_or(Ok(()), |array| self.put(array))
    }

    /// The first value at which the share of those up to it is large enough.
    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        self.values.sort_by(|left, right| left.partial_cmp(right).unwrap_or(std::cmp::Ordering::Equal));
        let place = (self.share * (self.nulls + self.values.len()) as f64).ceil() as usize;
        let place = place.saturating_sub(1).checked_sub(self.nulls);
        match place.and_then(|place| self.values.get(place)) {
            Some(value) => Ok(value.clone()),
            None => ScalarValue::try_from(&self.result),
        }
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        let null = ScalarValue::try_from(&self.result)?;
        let nulls = std::iter::repeat_n(null, std::mem::take(&mut self.nulls));
        let all = std::mem::take(&mut self.values).into_iter().chain(nulls);
        Ok(vec![make_list(all.collect(), &list(&self.result))?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Outcome<()> {
        let Some(lists) = states.first().and_then(|states| states.as_list_opt::<i32>()) else { return Ok(()) };
        lists.iter().flatten().try_for_each(|values| self.put(&values))
    }
}
