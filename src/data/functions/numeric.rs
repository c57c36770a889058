//! Aggregates of the engine that take text as a number here. Source: "AVG": STRING becomes DOUBLE.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, AggregateFunctionSimplification, StateFieldsArgs};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, ReversedUDAF, Signature, Volatility,
};

use super::decimal::average;
use super::frames;

/// An aggregate of numbers.
#[derive(Debug)]
struct Numeric {
    inner: Arc<AggregateUDF>,
    signature: Signature,
}

/// The same aggregate, which takes text as a number.
pub fn with_text(inner: &Arc<AggregateUDF>) -> Arc<AggregateUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(AggregateUDF::from(Numeric { inner: Arc::clone(inner), signature }))
}

impl PartialEq for Numeric {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

impl Eq for Numeric {}

impl Hash for Numeric {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl AggregateUDFImpl for Numeric {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        let number = |given: &Arrow| match given {
            Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View | Arrow::Null => Arrow::Float64,
            other => other.clone(),
        };
        let fields: Vec<FieldRef> =
            given.iter().map(|given| Arc::new(Field::new("", number(given), true)) as FieldRef).collect();
        let coerced = fields_with_udf(&fields, self.inner.as_ref())?;
        Ok(coerced.iter().map(|field| field.data_type().clone()).collect())
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        match average(given) {
            Some(decimal) if self.inner.name() == "avg" => Ok(decimal),
            _ => self.inner.return_type(given),
        }
    }

    fn accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn Accumulator>> {
        self.inner.accumulator(given)
    }

    fn state_fields(&self, given: StateFieldsArgs) -> Outcome<Vec<FieldRef>> {
        self.inner.state_fields(given)
    }

    fn groups_accumulator_supported(&self, given: AccumulatorArgs) -> bool {
        self.inner.groups_accumulator_supported(given)
    }

    fn create_groups_accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn GroupsAccumulator>> {
        self.inner.create_groups_accumulator(given)
    }

    fn create_sliding_accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn Accumulator>> {
        match frames::sliding(&self.inner, &given) {
            Some(frame) => Ok(frame),
            None => self.inner.create_sliding_accumulator(given),
        }
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.inner.order_sensitivity()
    }

    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        self.inner.simplify()
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        self.inner.reverse_udf()
    }

    fn default_value(&self, data_type: &Arrow) -> Outcome<ScalarValue> {
        self.inner.default_value(data_type)
    }

    fn is_nullable(&self) -> bool {
        self.inner.is_nullable()
    }
}
