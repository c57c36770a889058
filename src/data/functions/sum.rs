//! `sum`: of integers and DECIMALs it is exact, and an error where the result does not fit.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DECIMAL256_MAX_PRECISION, DataType as Arrow, Decimal128Type, Field, FieldRef, Int64Type,
};
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::functions_aggregate::sum::{Sum as EngineSum, sum_udaf};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature, Volatility,
};

use super::decimal_sum::{DecimalSum, DistinctSum, overflow};
use super::decimal_sums::DecimalSums;
use super::frames;

/// `sum(number)`; text counts as a double. Source: "SUM". Chosen: a sum that does not fit is an error.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Sum {
    engine: EngineSum,
    signature: Signature,
}

impl Sum {
    /// The function.
    pub fn new() -> Self {
        Self { engine: EngineSum::new(), signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for Sum {
    fn name(&self) -> &str {
        "sum"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        match given {
            [one] if one.is_integer() => Ok(vec![Arrow::Int64]),
            [one] if one.is_decimal() => Ok(vec![one.clone()]),
            [one] if one.is_floating() || one.is_null() => Ok(vec![Arrow::Float64]),
            [Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View] => Ok(vec![Arrow::Float64]),
            [_] => Err(DataFusionError::Plan("`sum` takes a number".to_owned())),
            _ => Err(DataFusionError::Plan("`sum` takes one argument".to_owned())),
        }
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        self.engine.return_type(given)
    }

    fn accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn Accumulator>> {
        match kept(&given) {
            Some(sum) => Ok(sum),
            None => self.engine.accumulator(given),
        }
    }

    fn create_sliding_accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn Accumulator>> {
        match kept(&given) {
            Some(sum) => Ok(sum),
            None => match frames::sliding(&sum_udaf(), &given) {
                Some(frame) => Ok(frame),
                None => self.engine.create_sliding_accumulator(given),
            },
        }
    }

    fn state_fields(&self, given: StateFieldsArgs) -> Outcome<Vec<FieldRef>> {
        match wide(&given.input_fields.iter().map(|field| field.data_type()).collect::<Vec<_>>()) {
            Some(wide) if !given.is_distinct => {
                Ok(vec![Arc::new(Field::new(format_state_name(given.name, "sum"), wide, true))])
            }
            _ => self.engine.state_fields(given),
        }
    }

    fn groups_accumulator_supported(&self, given: AccumulatorArgs) -> bool {
        !given.is_distinct
    }

    fn create_groups_accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn GroupsAccumulator>> {
        let Some(wide) = wide_of(&given) else {
            return self.engine.create_groups_accumulator(given);
        };
        let result = given.return_field.data_type().clone();
        if let Some(sums) = DecimalSums::new(&result) {
            return Ok(Box::new(sums));
        }
        let return_field: FieldRef = Arc::new(Field::new("sum", wide.clone(), true));
        let inner = self.engine.create_groups_accumulator(AccumulatorArgs { return_field, ..given })?;
        Ok(Box::new(WideSums { inner, wide, result }))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}

/// The type in which sums of values of this type are kept, if not by the engine: no number of rows leaves it.
///
/// DECIMALs of at most so many digits cannot fill the 38 digits in which the engine sums them.
fn wide(given: &[&Arrow]) -> Option<Arrow> {
    const HARMLESS: u8 = 28;
    match given {
        [Arrow::Int64] => Some(Arrow::Decimal128(38, 0)),
        [Arrow::Decimal128(precision, scale)] if *precision > HARMLESS => {
            Some(Arrow::Decimal256(DECIMAL256_MAX_PRECISION, *scale))
        }
        _ => None,
    }
}

fn wide_of(given: &AccumulatorArgs) -> Option<Arrow> {
    wide(&given.expr_fields.iter().map(|field| field.data_type()).collect::<Vec<_>>())
}

/// The sum that is kept here and not by the engine.
fn kept(given: &AccumulatorArgs) -> Option<Box<dyn Accumulator>> {
    let result = given.return_field.data_type();
    match (given.is_distinct, result) {
        (true, Arrow::Int64 | Arrow::Decimal128(..)) => Some(Box::new(DistinctSum::new(result))),
        (true, _) => None,
        (false, Arrow::Int64) => Some(Box::new(WideSum::default())),
        (false, _) => wide_of(given).map(|_| Box::new(DecimalSum::new(result)) as Box<dyn Accumulator>),
    }
}

/// One sum.
#[derive(Debug, Default)]
struct WideSum {
    sum: i128,
    count: u64,
}

impl WideSum {
    fn values(given: &[ArrayRef]) -> impl Iterator<Item = i128> {
        let array = given.first().and_then(|array| array.as_primitive_opt::<Int64Type>());
        array.into_iter().flatten().flatten().map(i128::from)
    }
}

impl Accumulator for WideSum {
    fn update_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        for value in Self::values(given) {
            self.sum += value;
            self.count += 1;
        }
        Ok(())
    }

    fn retract_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        for value in Self::values(given) {
            self.sum -= value;
            self.count = self.count.saturating_sub(1);
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        match self.count {
            0 => Ok(ScalarValue::Int64(None)),
            _ => i64::try_from(self.sum).map(|sum| ScalarValue::Int64(Some(sum))).map_err(|_| overflow(&Arrow::Int64)),
        }
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Decimal128((self.count > 0).then_some(self.sum), 38, 0)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Outcome<()> {
        let array = states.first().and_then(|array| array.as_primitive_opt::<Decimal128Type>());
        for value in array.into_iter().flatten().flatten() {
            self.sum += value;
            self.count += 1;
        }
        Ok(())
    }
}

/// Sums of many groups.
struct WideSums {
    inner: Box<dyn GroupsAccumulator>,
    wide: Arrow,
    result: Arrow,
}

impl WideSums {
    fn widened(&self, given: &[ArrayRef]) -> Outcome<Vec<ArrayRef>> {
        Ok(given.iter().map(|array| cast(array, &self.wide)).collect::<Result<_, _>>()?)
    }
}

impl GroupsAccumulator for WideSums {
    fn update_batch(
        &mut self,
        given: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Outcome<()> {
        let given = self.widened(given)?;
        self.inner.update_batch(&given, groups, filter, total)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Outcome<ArrayRef> {
        let sums = self.inner.evaluate(emit)?;
        let narrow = cast(&sums, &self.result)?;
        match narrow.null_count() == sums.null_count() {
            true => Ok(narrow),
            false => Err(overflow(&self.result)),
        }
    }

    fn state(&mut self, emit: EmitTo) -> Outcome<Vec<ArrayRef>> {
        self.inner.state(emit)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Outcome<()> {
        self.inner.merge_batch(states, groups, total)
    }

    fn convert_to_state(&self, given: &[ArrayRef], filter: Option<&BooleanArray>) -> Outcome<Vec<ArrayRef>> {
        self.inner.convert_to_state(&self.widened(given)?, filter)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}
