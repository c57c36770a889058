//! `sum`: of integers it is exact, and an error where the result does not fit.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as Arrow, Decimal128Type, Field, FieldRef, Int64Type};
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::functions_aggregate::sum::Sum as EngineSum;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature, Volatility,
};

use crate::data::failure::carry;
use crate::error::{Code, Error};

/// Sums of integers are kept in this type: no number of rows leaves it.
const WIDE: Arrow = Arrow::Decimal128(38, 0);

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

fn overflow() -> DataFusionError {
    carry(
        Error::new(Code::Execution, "a sum does not fit a `bigint`")
            .help("sum decimals: `sum(cast(… as decimal(38,0)))`"),
    )
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
        match is_wide(&given) {
            true => Ok(Box::new(WideSum::default())),
            false => self.engine.accumulator(given),
        }
    }

    fn create_sliding_accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn Accumulator>> {
        match is_wide(&given) {
            true => Ok(Box::new(WideSum::default())),
            false => self.engine.create_sliding_accumulator(given),
        }
    }

    fn state_fields(&self, given: StateFieldsArgs) -> Outcome<Vec<FieldRef>> {
        if given.is_distinct || *given.return_type() != Arrow::Int64 {
            return self.engine.state_fields(given);
        }
        Ok(vec![Arc::new(Field::new(format_state_name(given.name, "sum"), WIDE, true))])
    }

    fn groups_accumulator_supported(&self, given: AccumulatorArgs) -> bool {
        !given.is_distinct
    }

    fn create_groups_accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn GroupsAccumulator>> {
        if !is_wide(&given) {
            return self.engine.create_groups_accumulator(given);
        }
        let return_field: FieldRef = Arc::new(Field::new("sum", WIDE, true));
        let inner = self.engine.create_groups_accumulator(AccumulatorArgs { return_field, ..given })?;
        Ok(Box::new(WideSums { inner }))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}

fn is_wide(given: &AccumulatorArgs) -> bool {
    !given.is_distinct && *given.return_field.data_type() == Arrow::Int64
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
            _ => i64::try_from(self.sum).map(|sum| ScalarValue::Int64(Some(sum))).map_err(|_| overflow()),
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
}

fn widened(given: &[ArrayRef]) -> Outcome<Vec<ArrayRef>> {
    Ok(given.iter().map(|array| cast(array, &WIDE)).collect::<Result<_, _>>()?)
}

impl GroupsAccumulator for WideSums {
    fn update_batch(
        &mut self,
        given: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Outcome<()> {
        self.inner.update_batch(&widened(given)?, groups, filter, total)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Outcome<ArrayRef> {
        let sums = self.inner.evaluate(emit)?;
        let narrow = cast(&sums, &Arrow::Int64)?;
        match narrow.null_count() == sums.null_count() {
            true => Ok(narrow),
            false => Err(overflow()),
        }
    }

    fn state(&mut self, emit: EmitTo) -> Outcome<Vec<ArrayRef>> {
        self.inner.state(emit)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Outcome<()> {
        self.inner.merge_batch(states, groups, total)
    }

    fn convert_to_state(&self, given: &[ArrayRef], filter: Option<&BooleanArray>) -> Outcome<Vec<ArrayRef>> {
        self.inner.convert_to_state(&widened(given)?, filter)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}
