//! Every function by its MaxCompute name, with what all of them have in common: planning a call is counted, and so is the
//! memory of what it gives.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, new_empty_array, new_null_array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef, Int64Type};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::logical_expr::interval_arithmetic::Interval;
use datafusion::logical_expr::preimage::PreimageResult;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExpressionPlacement, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    StructFieldMapping,
};

use super::allowance::{LONGEST, Meter};
use super::decimal;
use super::list::MOST;
use super::{first_known, one_nan};
use crate::data::failure::{carry, lacks_memory, memory};
use crate::data::{effort, guards};

/// Parts of the tested arguments of `coalesce` up to which it becomes a case. Chosen.
const REPEATED: usize = 32;

/// How often an array is in memory while a function makes one of it: its elements by themselves, what grows, and the result.
const COPIES: usize = 3;

/// Steps of a call that is calculated while a plan is made. Chosen.
pub const CALCULATED: u64 = 8;

/// How much a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Growth {
    /// It counts by itself.
    Own,
    /// At most so many times what it is given.
    Times(usize),
    /// What it is given, and one argument between all parts of the others.
    Separated(usize),
    /// What it is given, and the widths that a text asks for.
    Formatted,
    /// The first argument, as often as the second says.
    Repeated,
    /// Each element of the first argument, as often as the second says.
    Runs,
    /// Every choice of as many elements of the first argument as the second says.
    Choices,
    /// The first argument that is not NULL.
    FirstKnown,
}

/// A function under the name by which it is called.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Guarded {
    name: String,
    inner: Arc<ScalarUDF>,
    growth: Growth,
}

impl Guarded {
    /// `inner`, called `name`.
    pub fn function(name: &str, inner: Arc<ScalarUDF>, growth: Growth) -> ScalarUDF {
        ScalarUDF::from(Self { name: name.to_owned(), inner, growth })
    }

    fn implementation(&self) -> &dyn ScalarUDFImpl {
        self.inner.inner().as_ref()
    }

    fn invoke(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let meter = Meter::new(&given.config_options);
        meter.look().map_err(carry)?;
        if let Some(made) = without_values(self.inner.name(), &given)? {
            return Ok(made);
        }
        if self.growth == Growth::Own {
            meter.make_room(arrays(&given).saturating_mul(COPIES)).map_err(carry)?;
            return one_nan::with_one_nan(self.implementation().invoke_with_args(given)?);
        }
        if self.growth == Growth::FirstKnown {
            return first_known::of(&given);
        }
        if is_long(given.return_field.data_type()) {
            let weight = weight(self.growth, &given);
            // Offsets are 32-bit numbers.
            match weight > LONGEST {
                true => meter.make_room(weight),
                false => meter.reserve(weight),
            }
            .map_err(carry)?;
        }
        let is_decimal = given.return_field.data_type().is_decimal();
        let result = one_nan::with_one_nan(self.implementation().invoke_with_args(given)?)?;
        if is_decimal {
            fits(&result)?;
        }
        Ok(result)
    }

    /// Whether the arguments may not be written twice, for the test and for the result: nested calls would double with each level, and a
    /// random value would be another one.
    fn is_kept(&self, arguments: &[Expr]) -> bool {
        let tested = arguments.split_last().map(|(_, tested)| tested).unwrap_or_default();
        are_long(tested) || is_once(tested)
    }
}

/// Whether expressions are too long to be written twice.
fn are_long(expressions: &[Expr]) -> bool {
    let mut parts = 0;
    let mut counted = |_: &Expr| {
        parts += 1;
        Ok(if parts > REPEATED { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    };
    expressions.iter().any(|expression| matches!(expression.apply(&mut counted), Ok(TreeNodeRecursion::Stop) | Err(_)))
}

/// Whether one of these values may be written once only: a long one would double with each level, and a random one would be another
/// each time.
pub fn is_once<'e>(values: impl IntoIterator<Item = &'e Expr>) -> bool {
    values.into_iter().any(|value| are_long(std::slice::from_ref(value)) || value.is_volatile())
}

impl ScalarUDFImpl for Guarded {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema_name(&self, arguments: &[Expr]) -> Outcome<String> {
        if self.name == self.inner.name() {
            return self.inner.schema_name(arguments);
        }
        let names = arguments.iter().map(|argument| argument.schema_name().to_string());
        Ok(format!("{}({})", self.name, names.collect::<Vec<_>>().join(",")))
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, arguments: &[Arrow]) -> Outcome<Arrow> {
        effort::step(1)?;
        self.implementation().return_type(arguments)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Outcome<FieldRef> {
        effort::step(1)?;
        self.implementation().return_field_from_args(arguments)
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        effort::step(1)?;
        self.implementation().coerce_types(given)
    }

    fn is_strict(&self) -> bool {
        self.implementation().is_strict()
    }

    fn with_updated_config(&self, _: &ConfigOptions) -> Option<ScalarUDF> {
        None
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        // A plan that calculates while it is made is work as well.
        effort::step(CALCULATED)?;
        if effort::has_enough_constants() {
            return Err(carry(memory()));
        }
        let made = self.invoke(given);
        match &made {
            Ok(ColumnarValue::Scalar(value)) => effort::add_constant(|| value.size()),
            Err(error) if lacks_memory(error) => effort::add_constant(|| usize::MAX),
            Ok(ColumnarValue::Array(_)) | Err(_) => {}
        }
        made
    }

    fn simplify(&self, arguments: Vec<Expr>, info: &SimplifyContext) -> Outcome<ExprSimplifyResult> {
        if self.growth == Growth::FirstKnown && self.is_kept(&arguments) {
            let first = first_known::in_turn(&arguments, info.schema());
            return Ok(first.map_or(ExprSimplifyResult::Original(arguments), ExprSimplifyResult::Simplified));
        }
        match self.implementation().simplify(arguments, info)? {
            ExprSimplifyResult::Simplified(Expr::Case(case)) => {
                let case = guards::unprobed(case, |then| info.nullable(then).unwrap_or(true)).data;
                if !guards::needs_guard(&case) {
                    return Ok(ExprSimplifyResult::Simplified(Expr::Case(case)));
                }
                let first = case.when_then_expr.first().map(|(_, then)| info.get_data_type(then));
                let is_condition = first.transpose()? == Some(Arrow::Boolean);
                let kept = if is_condition { guards::guarded(case) } else { Expr::Case(case) };
                Ok(ExprSimplifyResult::Simplified(kept))
            }
            other => Ok(other),
        }
    }

    fn preimage(&self, arguments: &[Expr], literal: &Expr, info: &SimplifyContext) -> Outcome<PreimageResult> {
        self.implementation().preimage(arguments, literal, info)
    }

    fn short_circuits(&self) -> bool {
        self.implementation().short_circuits()
    }

    fn conditional_arguments<'a>(&self, arguments: &'a [Expr]) -> Option<(Vec<&'a Expr>, Vec<&'a Expr>)> {
        self.implementation().conditional_arguments(arguments)
    }

    fn evaluate_bounds(&self, inputs: &[&Interval]) -> Outcome<Interval> {
        self.implementation().evaluate_bounds(inputs)
    }

    fn propagate_constraints(&self, interval: &Interval, inputs: &[&Interval]) -> Outcome<Option<Vec<Interval>>> {
        self.implementation().propagate_constraints(interval, inputs)
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Outcome<SortProperties> {
        self.implementation().output_ordering(inputs)
    }

    fn preserves_lex_ordering(&self, inputs: &[ExprProperties]) -> Outcome<bool> {
        self.implementation().preserves_lex_ordering(inputs)
    }

    fn strictly_order_preserving(&self, inputs: &[ExprProperties]) -> Outcome<bool> {
        self.implementation().strictly_order_preserving(inputs)
    }

    fn struct_field_mapping(&self, arguments: &[Option<ScalarValue>]) -> Option<StructFieldMapping> {
        self.implementation().struct_field_mapping(arguments)
    }

    fn placement(&self, arguments: &[ExpressionPlacement]) -> ExpressionPlacement {
        self.implementation().placement(arguments)
    }
}

/// What a function gives of no rows, or of columns that hold nothing but NULL: some of the engine's do not expect them.
fn without_values(engine_name: &str, given: &ScalarFunctionArgs) -> Outcome<Option<ColumnarValue>> {
    let columns = given.args.iter().any(|argument| matches!(argument, ColumnarValue::Array(_)));
    if !columns {
        return Ok(None);
    }
    if given.number_rows == 0 {
        return Ok(Some(ColumnarValue::Array(new_empty_array(given.return_field.data_type()))));
    }
    match given.return_field.data_type() {
        Arrow::List(item) if item.data_type().is_null() && engine_name == "make_array" => {
            let offsets = OffsetBuffer::from_repeated_length(given.args.len(), given.number_rows);
            let nulls = new_null_array(&Arrow::Null, given.args.len().saturating_mul(given.number_rows));
            let lists = ListArray::try_new(Arc::clone(item), offsets, nulls, None)?;
            Ok(Some(ColumnarValue::Array(Arc::new(lists))))
        }
        _ => Ok(None),
    }
}

/// The engine's functions may give a DECIMAL one digit more than there is room for.
fn fits(result: &ColumnarValue) -> Outcome<()> {
    match result {
        ColumnarValue::Array(array) => decimal::check(array).map_err(carry),
        ColumnarValue::Scalar(value) => decimal::check(&value.to_array()?).map_err(carry),
    }
}

/// Whether values of this type may be long.
fn is_long(data_type: &Arrow) -> bool {
    data_type.is_nested() || data_type.is_string() || data_type.is_binary()
}

/// Bytes that the result of a call may have, at most.
fn weight(growth: Growth, given: &ScalarFunctionArgs) -> usize {
    let rows = given.number_rows.max(1);
    let all_scalar = given.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
    // Constants give one value.
    let rows = if all_scalar { 1 } else { rows };
    let of = |argument: &ColumnarValue| match argument {
        ColumnarValue::Scalar(value) => value.size().saturating_mul(rows),
        ColumnarValue::Array(array) => size(array),
    };
    let sum = given.args.iter().map(of).fold(0, usize::saturating_add);
    match growth {
        Growth::Own | Growth::FirstKnown => 0,
        Growth::Times(times) if given.return_field.data_type().is_nested() || arrays(given) > 0 => {
            sum.saturating_mul(times.max(COPIES))
        }
        Growth::Times(times) => sum.saturating_mul(times),
        Growth::Repeated | Growth::Runs | Growth::Choices => {
            let made = (0..rows).map(|row| multiplied(growth, &given.args, row));
            made.fold(0, usize::saturating_add).saturating_mul(COPIES)
        }
        Growth::Separated(place) => {
            let parts = given.args.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, part)| parts(part, rows));
            let longest = given.args.get(place).map_or(0, longest);
            sum.saturating_add(longest.saturating_mul(parts.fold(0, usize::saturating_add)))
        }
        Growth::Formatted => {
            let widths = given.args.first().map_or(0, widths);
            sum.saturating_add(widths.saturating_mul(rows))
        }
    }
}

/// Bytes of the arrays among constants.
fn arrays(given: &ScalarFunctionArgs) -> usize {
    let of = |argument: &ColumnarValue| match argument {
        ColumnarValue::Scalar(value) if value.data_type().is_nested() => value.size(),
        _ => 0,
    };
    given.args.iter().map(of).fold(0, usize::saturating_add)
}

/// Bytes that one row of a function gives whose second argument says how often the first is in the result.
fn multiplied(growth: Growth, given: &[ColumnarValue], row: usize) -> usize {
    let [first, second] = given else { return 0 };
    let Some((bytes, elements)) = measured(first, row) else { return 0 };
    let count = match second {
        ColumnarValue::Scalar(ScalarValue::Int64(count)) => *count,
        ColumnarValue::Array(counts) => counts
            .as_primitive_opt::<Int64Type>()
            .filter(|counts| row < counts.len() && counts.is_valid(row))
            .map(|counts| counts.value(row)),
        ColumnarValue::Scalar(_) => None,
    };
    let count = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    // What has too many elements is refused by the function itself, before it is made.
    let (elements, each) = match growth {
        Growth::Runs => (elements.saturating_mul(count.min(elements)), bytes / elements.max(1)),
        Growth::Choices => {
            let choose = |made: usize, at: usize| made.saturating_mul(elements - at) / (at + 1);
            let choices = (0..count.min(elements)).fold(1, choose);
            (choices.saturating_mul(count), bytes / elements.max(1))
        }
        _ => (count, bytes),
    };
    if elements > MOST { 0 } else { elements.saturating_mul(each) }
}

/// Bytes of one row of an argument, and the elements of an array.
fn measured(argument: &ColumnarValue, row: usize) -> Option<(usize, usize)> {
    let array = match argument {
        ColumnarValue::Scalar(value) => value.to_array().ok()?,
        ColumnarValue::Array(array) => (row < array.len()).then(|| array.slice(row, 1))?,
    };
    match array.as_list_opt::<i32>() {
        Some(list) => {
            let elements = list.value(0);
            Some((size(&elements), elements.len()))
        }
        None => Some((size(&array), 1)),
    }
}

/// Bytes of the values of an array.
fn size(array: &ArrayRef) -> usize {
    array.to_data().get_slice_memory_size().unwrap_or_else(|_| array.get_array_memory_size())
}

/// How many texts an argument holds.
fn parts(argument: &ColumnarValue, rows: usize) -> usize {
    let of = |array: &ArrayRef| match array.data_type() {
        Arrow::List(_) => {
            let offsets = array.as_list::<i32>().offsets();
            match (offsets.first(), offsets.last()) {
                (Some(first), Some(last)) => usize::try_from(last - first).unwrap_or_default(),
                _ => 0,
            }
        }
        _ => array.len(),
    };
    match argument {
        ColumnarValue::Array(array) => of(array),
        ColumnarValue::Scalar(value) => value.to_array().map_or(1, |array| of(&array)).saturating_mul(rows),
    }
}

/// The longest text of an argument, in bytes.
fn longest(argument: &ColumnarValue) -> usize {
    texts(argument, |text| text.len()).max().unwrap_or_default()
}

/// The widths in the longest format of an argument: all its numbers.
fn widths(argument: &ColumnarValue) -> usize {
    let of = |text: &str| {
        let numbers = text.split(|sign: char| !sign.is_ascii_digit()).filter(|number| !number.is_empty());
        numbers.map(|number| number.parse().unwrap_or(usize::MAX)).fold(0, usize::saturating_add)
    };
    texts(argument, of).max().unwrap_or_default()
}

fn texts(argument: &ColumnarValue, of: impl Fn(&str) -> usize) -> impl Iterator<Item = usize> {
    let array = match argument {
        ColumnarValue::Array(array) => Some(Arc::clone(array)),
        ColumnarValue::Scalar(value) => value.to_array().ok(),
    };
    let texts = array
        .as_ref()
        .and_then(|array| array.as_string_opt::<i32>())
        .map(|texts| texts.iter().flatten().map(of).collect::<Vec<_>>());
    texts.unwrap_or_default().into_iter()
}
