//! `numeric_histogram`: how values are distributed, as a map of places and weights. Source: "NUMERIC_HISTOGRAM".

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef, Float64Type};
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use super::histogram::Histogram;
use super::quantile::constant;
use super::value::{list, map, map_of_unique};
use crate::data::failure::carry;
use crate::error::{Code, Error};

const NAME: &str = "numeric_histogram";

/// Most buckets. Chosen.
const MOST: usize = 1 << 16;

#[derive(Debug, PartialEq, Eq, Hash)]
struct NumericHistogram {
    signature: Signature,
}

/// The function.
pub fn function() -> AggregateUDF {
    AggregateUDF::from(NumericHistogram { signature: Signature::user_defined(Volatility::Immutable) })
}

fn pairs() -> Arrow {
    map(&Arrow::Float64, &Arrow::Float64)
}

impl AggregateUDFImpl for NumericHistogram {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        let fits = |given: &Arrow| !given.is_nested() && !given.is_temporal() && *given != Arrow::Boolean;
        if !(2..=3).contains(&given.len()) || !given.iter().all(fits) {
            return Err(DataFusionError::Plan(format!(
                "`{NAME}` takes a number of buckets, numbers, and their weights"
            )));
        }
        Ok(std::iter::once(Arrow::Int64).chain(given.iter().skip(1).map(|_| Arrow::Float64)).collect())
    }

    fn return_type(&self, _: &[Arrow]) -> Outcome<Arrow> {
        Ok(pairs())
    }

    fn accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn Accumulator>> {
        let wrong = |message: String| Err(carry(Error::new(Code::Semantic, message)));
        if given.is_distinct {
            return wrong(format!("`{NAME}` does not take `distinct`"));
        }
        let buckets = match constant(&given, 0, NAME)? {
            Some(ScalarValue::Int64(None)) => None,
            Some(ScalarValue::Int64(Some(buckets))) => match usize::try_from(buckets) {
                Ok(buckets) if (2..=MOST).contains(&buckets) => Some(Histogram::new(buckets)),
                _ => return wrong(format!("`{NAME}` needs 2 to {MOST} buckets")),
            },
            _ => return wrong(format!("the number of buckets of `{NAME}` must be a constant")),
        };
        Ok(Box::new(Buckets { histogram: buckets }))
    }

    fn state_fields(&self, given: StateFieldsArgs) -> Outcome<Vec<FieldRef>> {
        let name = format_state_name(given.name, NAME);
        Ok(vec![Arc::new(Field::new(name, list(&Arrow::Float64), true))])
    }
}

/// The histogram so far; none where the number of buckets is NULL.
#[derive(Debug)]
struct Buckets {
    histogram: Option<Histogram>,
}

impl Accumulator for Buckets {
    fn update_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        let (Some(histogram), Some(values)) = (&mut self.histogram, given.get(1)) else { return Ok(()) };
        let weights = given.get(2).map(|weights| weights.as_primitive::<Float64Type>());
        for (row, value) in values.as_primitive::<Float64Type>().iter().enumerate() {
            let weight = match weights {
                None => Some(1.0),
                Some(weights) => weights.is_valid(row).then(|| weights.value(row)),
            };
            match (value, weight) {
                (Some(value), Some(weight)) if weight > 0.0 => histogram.add(value, weight),
                (Some(_), Some(weight)) if weight < 0.0 || weight.is_nan() => {
                    return Err(carry(Error::new(Code::Execution, format!("a weight of `{NAME}` is negative"))));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        let buckets: Vec<(f64, f64)> = self.histogram.iter().flat_map(|histogram| histogram.buckets()).collect();
        if buckets.is_empty() {
            return ScalarValue::try_from(&pairs());
        }
        let (places, weights): (Vec<f64>, Vec<f64>) = buckets.into_iter().unzip();
        let column = |values: Vec<f64>| -> ArrayRef { Arc::new(Float64Array::from(values)) };
        map_of_unique(column(places), column(weights), &pairs())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.histogram.as_ref().map_or(0, Histogram::size)
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        let buckets = self.histogram.iter().flat_map(|histogram| histogram.buckets());
        let flat: Vec<f64> = buckets.flat_map(|(place, weight)| [place, weight]).collect();
        let Arrow::List(item) = list(&Arrow::Float64) else { return Ok(Vec::new()) };
        let offsets = OffsetBuffer::from_lengths([flat.len()]);
        let state = ListArray::try_new(item, offsets, Arc::new(Float64Array::from(flat)), None)?;
        Ok(vec![ScalarValue::List(Arc::new(state))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Outcome<()> {
        let (Some(histogram), Some(states)) = (&mut self.histogram, states.first()) else { return Ok(()) };
        for state in states.as_list::<i32>().iter().flatten() {
            let flat: Vec<f64> = state.as_primitive::<Float64Type>().iter().flatten().collect();
            for bucket in flat.chunks_exact(2) {
                if let [place, weight] = bucket {
                    histogram.add(*place, *weight);
                }
            }
        }
        Ok(())
    }
}
