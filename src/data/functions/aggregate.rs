//! Aggregates that are other aggregates in other words.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{DataFusionError, Result as Outcome};
use datafusion::functions_aggregate as engine;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::function::{AccumulatorArgs, AggregateFunctionSimplification};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility, lit, when};

use super::order::order_key;

/// How arguments change places on their way to the other aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Change {
    /// `wm_concat(separator, text)`: the text comes first.
    Swap,
    /// `count_if(condition)`: counts where it is true.
    Count,
    /// `max_by(result, by)`: the first result by descending order.
    Greatest,
    /// `min_by(result, by)`
    Least,
    /// `arg_max(by, result)`
    ByGreatest,
    /// `arg_min(by, result)`
    ByLeast,
}

/// An aggregate in other words.
#[derive(Debug)]
struct Rewritten {
    name: &'static str,
    arguments: usize,
    change: Change,
    other: Arc<AggregateUDF>,
    signature: Signature,
}

/// The functions of this file.
pub fn functions() -> Vec<Arc<AggregateUDF>> {
    let new = |name, arguments, change, other: Arc<AggregateUDF>| {
        let signature = Signature::user_defined(Volatility::Immutable);
        Arc::new(AggregateUDF::from(Rewritten { name, arguments, change, other, signature }))
    };
    let first = engine::first_last::first_value_udaf;
    vec![
        // Source: "WM_CONCAT".
        new("wm_concat", 2, Change::Swap, engine::string_agg::string_agg_udaf()),
        // Source: "COUNT_IF".
        new("count_if", 1, Change::Count, engine::count::count_udaf()),
        // Source: "MAX_BY", "MIN_BY".
        new("max_by", 2, Change::Greatest, first()),
        new("min_by", 2, Change::Least, first()),
        // Source: "ARG_MAX", "ARG_MIN": what is compared comes first.
        new("arg_max", 2, Change::ByGreatest, first()),
        new("arg_min", 2, Change::ByLeast, first()),
    ]
}

impl PartialEq for Rewritten {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Rewritten {}

impl Hash for Rewritten {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for Rewritten {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        if given.len() != self.arguments {
            return Err(DataFusionError::Plan(format!("`{}` has another number of arguments", self.name)));
        }
        Ok(match self.change {
            Change::Swap => vec![Arrow::Utf8; given.len()],
            Change::Count => vec![Arrow::Boolean],
            Change::Greatest | Change::Least | Change::ByGreatest | Change::ByLeast => given.to_vec(),
        })
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        match (self.change, given) {
            (Change::Swap, [separator, text]) => self.other.return_type(&[text.clone(), separator.clone()]),
            (Change::Count, _) => Ok(Arrow::Int64),
            (Change::Greatest | Change::Least, [result, ..]) | (Change::ByGreatest | Change::ByLeast, [_, result]) => {
                Ok(result.clone())
            }
            _ => self.other.return_type(given),
        }
    }

    fn is_nullable(&self) -> bool {
        self.other.is_nullable()
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Outcome<Box<dyn Accumulator>> {
        Err(DataFusionError::NotImplemented(format!("`{}` over a window", self.name)))
    }

    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        let (change, other) = (self.change, Arc::clone(&self.other));
        Some(Box::new(move |mut call: AggregateFunction, context| {
            let mut given = std::mem::take(&mut call.params.args);
            match change {
                Change::Swap => given.reverse(),
                Change::Count => {
                    let counted = given.into_iter().map(|condition| when(condition, lit(1_i64)).end());
                    given = counted.collect::<Outcome<_>>()?;
                }
                Change::Greatest | Change::Least | Change::ByGreatest | Change::ByLeast => {
                    if matches!(change, Change::ByGreatest | Change::ByLeast) {
                        given.reverse();
                    }
                    let by = given.pop().unwrap_or_else(|| lit(true));
                    let known = by.clone().is_not_null();
                    call.params.filter = Some(Box::new(match call.params.filter.take() {
                        Some(filter) => filter.and(known),
                        None => known,
                    }));
                    let by = order_key(by.clone(), &context.get_data_type(&by)?);
                    call.params.order_by = vec![by.sort(matches!(change, Change::Least | Change::ByLeast), false)];
                }
            }
            call.params.args = given;
            call.func = Arc::clone(&other);
            Ok(Expr::AggregateFunction(call))
        }))
    }
}
