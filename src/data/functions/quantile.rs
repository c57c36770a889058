//! `median`, `percentile`, `percentile_cont` and `percentile_approx`, over groups and windows.
//!
//! The first three keep every value and interpolate between two neighbours. `percentile_approx` keeps a histogram.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray, RecordBatch};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef, Float64Type};
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, Signature, Volatility};

use super::histogram::Histogram;
use crate::data::failure::carry;
use crate::data::types;
use crate::error::{Code, Error};
use crate::model::DataType;

/// Buckets of `percentile_approx` that nobody names. Source: "PERCENTILE_APPROX".
const BUCKETS: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Median,
    Exact,
    Approximate,
}

/// One of the functions.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Quantile {
    name: &'static str,
    kind: Kind,
    signature: Signature,
}

/// The functions of this file.
pub fn functions() -> Vec<Arc<AggregateUDF>> {
    let new = |name, kind| {
        let signature = Signature::user_defined(Volatility::Immutable);
        Arc::new(AggregateUDF::from(Quantile { name, kind, signature }))
    };
    vec![
        new("median", Kind::Median),
        new("percentile", Kind::Exact),
        new("percentile_cont", Kind::Exact),
        new("percentile_approx", Kind::Approximate),
    ]
}

fn wrong(message: String) -> DataFusionError {
    carry(Error::new(Code::Semantic, message))
}

fn doubles() -> Arrow {
    types::to_arrow(&DataType::Array(Box::new(DataType::Double)))
}

impl AggregateUDFImpl for Quantile {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        let takes = match self.kind {
            Kind::Median => 1..=1,
            Kind::Exact if self.name == "percentile_cont" => 2..=3,
            Kind::Exact => 2..=2,
            Kind::Approximate => 2..=3,
        };
        if !takes.contains(&given.len()) {
            return Err(DataFusionError::Plan(format!("`{}` has another number of arguments", self.name)));
        }
        let coerced = given.iter().enumerate().map(|(at, given)| match given {
            Arrow::List(_) | Arrow::LargeList(_) | Arrow::FixedSizeList(..) if at == 1 => Ok(doubles()),
            Arrow::Boolean if at == 2 && self.kind == Kind::Exact => Ok(Arrow::Boolean),
            _ if given.is_nested() || given.is_temporal() || *given == Arrow::Boolean => {
                Err(DataFusionError::Plan(format!("`{}` takes numbers", self.name)))
            }
            _ if at == 2 && self.kind == Kind::Exact => Ok(Arrow::Boolean),
            _ if at == 2 => Ok(Arrow::Int64),
            _ => Ok(Arrow::Float64),
        });
        coerced.collect()
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        Ok(match given.get(1) {
            Some(Arrow::List(_)) => doubles(),
            _ => Arrow::Float64,
        })
    }

    fn accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn Accumulator>> {
        if given.is_distinct {
            return Err(wrong(format!("`{}` does not take `distinct`", self.name)));
        }
        let constant = |at: usize| constant(&given, at, self.name);
        let percentages = match self.kind {
            Kind::Median => Percentages { wanted: vec![0.5], list: false },
            Kind::Exact | Kind::Approximate => percentages(constant(1)?, self.name)?,
        };
        if self.kind != Kind::Approximate {
            let counts_nulls = self.kind == Kind::Exact && counts_nulls(&given, self.name)?;
            return Ok(Box::new(Values { values: Vec::new(), nulls: 0, counts_nulls, sorted: true, percentages }));
        }
        let buckets = match constant(2)? {
            Some(ScalarValue::Int64(Some(buckets))) => usize::try_from(buckets).unwrap_or_default(),
            _ => BUCKETS,
        };
        if buckets == 0 {
            return Err(wrong(format!("`{}` needs at least one bucket", self.name)));
        }
        Ok(Box::new(Buckets { histogram: Histogram::new(buckets), percentages }))
    }

    fn state_fields(&self, given: StateFieldsArgs) -> Outcome<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format_state_name(given.name, self.name), doubles(), true))])
    }
}

/// An argument that has the same value for every row; nothing if it is not given.
pub(super) fn constant(given: &AccumulatorArgs, at: usize, name: &str) -> Outcome<Option<ScalarValue>> {
    let Some(argument) = given.exprs.get(at) else { return Ok(None) };
    let batch = RecordBatch::new_empty(Arc::new(given.schema.clone()));
    match argument.evaluate(&batch) {
        Ok(ColumnarValue::Scalar(value)) => Ok(Some(value)),
        _ => Err(wrong(format!("the percentages of `{name}` must be constants"))),
    }
}

/// Whether NULL is a value, smaller than all others: the third argument says so. Source: "PERCENTILE_CONT", "PERCENTILE_DISC".
pub(super) fn counts_nulls(given: &AccumulatorArgs, name: &str) -> Outcome<bool> {
    match constant(given, 2, name)? {
        None | Some(ScalarValue::Boolean(Some(true))) => Ok(false),
        Some(ScalarValue::Boolean(Some(false))) => Ok(true),
        Some(_) => Err(wrong(format!("the third argument of `{name}` is `true` or `false`"))),
    }
}

/// The one percentage that is the second argument.
pub(super) fn share(given: &AccumulatorArgs, name: &str) -> Outcome<f64> {
    let wanted = percentages(constant(given, 1, name)?, name)?.wanted;
    wanted.first().copied().ok_or_else(|| wrong(format!("`{name}` needs a percentage")))
}

/// What is asked for, and whether as a list.
#[derive(Debug, Clone)]
struct Percentages {
    wanted: Vec<f64>,
    list: bool,
}

fn percentages(given: Option<ScalarValue>, name: &str) -> Outcome<Percentages> {
    let (wanted, list): (Vec<Option<f64>>, bool) = match given {
        Some(ScalarValue::Float64(one)) => (vec![one], false),
        Some(ScalarValue::List(list)) => {
            let all = list.value(0);
            (all.as_primitive_opt::<Float64Type>().into_iter().flatten().collect(), true)
        }
        _ => (Vec::new(), false),
    };
    let fits = |percentage: &f64| (0.0..=1.0).contains(percentage);
    let wanted: Option<Vec<f64>> = wanted.into_iter().map(|one| one.filter(fits)).collect();
    match wanted {
        Some(wanted) if !wanted.is_empty() => Ok(Percentages { wanted, list }),
        _ => Err(wrong(format!("the percentages of `{name}` must be between 0 and 1"))),
    }
}

impl Percentages {
    /// The result, given what each percentage gives.
    fn result(&self, found: impl Fn(f64) -> Option<f64>) -> ScalarValue {
        let found: Vec<Option<f64>> = self.wanted.iter().map(|percentage| found(*percentage)).collect();
        match (self.list, found.as_slice()) {
            (false, found) => ScalarValue::Float64(found.first().copied().flatten()),
            (true, [None, ..]) => ScalarValue::List(Arc::new(ListArray::new_null(item(), 1))),
            (true, found) => list_of(found.iter().copied().collect()),
        }
    }
}

fn item() -> FieldRef {
    match doubles() {
        Arrow::List(item) => item,
        _ => Arc::new(Field::new("item", Arrow::Float64, true)),
    }
}

fn list_of(values: Float64Array) -> ScalarValue {
    let offsets = OffsetBuffer::from_lengths([values.len()]);
    ScalarValue::List(Arc::new(ListArray::new(item(), offsets, Arc::new(values), None)))
}

/// The numbers of a column, or of a column of lists. NaN is the greatest of them.
fn numbers(array: Option<&ArrayRef>) -> Outcome<Vec<f64>> {
    let Some(array) = array else { return Ok(Vec::new()) };
    let parts: Vec<ArrayRef> = match array.as_list_opt::<i32>() {
        Some(lists) => lists.iter().flatten().collect(),
        None => vec![cast(array, &Arrow::Float64)?],
    };
    let numbers = parts.iter().flat_map(|part| part.as_primitive::<Float64Type>().iter().flatten());
    Ok(numbers.map(|number| if number.is_nan() { f64::NAN } else { number }).collect())
}

/// Every value.
#[derive(Debug)]
struct Values {
    values: Vec<f64>,
    /// How many NULL there are, if they count.
    nulls: usize,
    counts_nulls: bool,
    sorted: bool,
    percentages: Percentages,
}

impl Values {
    /// How many of a column, or of a column of lists, are NULL.
    fn nulls_of(&self, array: Option<&ArrayRef>) -> usize {
        let count = |array: &ArrayRef| match array.as_list_opt::<i32>() {
            Some(lists) => lists.iter().flatten().map(|list| list.null_count()).sum(),
            None => array.null_count(),
        };
        if self.counts_nulls { array.map_or(0, count) } else { 0 }
    }

    fn sort(&mut self) {
        if !self.sorted {
            self.values.sort_by(f64::total_cmp);
            self.sorted = true;
        }
    }

    /// Source: "PERCENTILE": between two values, their weighted mean. Chosen: between NULL and a value, the value.
    fn at(&self, percentage: f64) -> Option<f64> {
        let last = (self.nulls + self.values.len()).checked_sub(1)?;
        let place = percentage * last as f64;
        let value = |place: f64| self.values.get((place as usize).checked_sub(self.nulls)?);
        let above = value(place.ceil())?;
        let below = value(place.floor()).unwrap_or(above);
        let share = place - place.floor();
        Some(if share == 0.0 { *below } else { below * (1.0 - share) + above * share })
    }
}

impl Accumulator for Values {
    fn update_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        let more = numbers(given.first())?;
        self.nulls += self.nulls_of(given.first());
        self.sorted = self.sorted && more.is_empty();
        self.values.extend(more);
        Ok(())
    }

    fn retract_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        self.sort();
        self.nulls = self.nulls.saturating_sub(self.nulls_of(given.first()));
        for value in numbers(given.first())? {
            if let Ok(at) = self.values.binary_search_by(|known| known.total_cmp(&value)) {
                self.values.remove(at);
            }
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        self.sort();
        Ok(self.percentages.result(|percentage| self.at(percentage)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.capacity() * size_of::<f64>()
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        let nulls = std::iter::repeat_n(None, std::mem::take(&mut self.nulls));
        Ok(vec![list_of(std::mem::take(&mut self.values).into_iter().map(Some).chain(nulls).collect())])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Outcome<()> {
        self.update_batch(states)
    }
}

/// A histogram of the values.
#[derive(Debug)]
struct Buckets {
    histogram: Histogram,
    percentages: Percentages,
}

impl Accumulator for Buckets {
    fn update_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        for value in numbers(given.first())? {
            self.histogram.add(value, 1.0);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        Ok(self.percentages.result(|percentage| self.histogram.quantile(percentage)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.histogram.size()
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        let buckets = self.histogram.buckets().flat_map(|(place, weight)| [place, weight]);
        Ok(vec![list_of(buckets.collect::<Vec<f64>>().into())])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Outcome<()> {
        let flat = numbers(states.first())?;
        for bucket in flat.chunks_exact(2) {
            if let [place, weight] = bucket {
                self.histogram.add(*place, *weight);
            }
        }
        Ok(())
    }
}
