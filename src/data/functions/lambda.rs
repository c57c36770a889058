//! Functions that are given a function: `transform(list, x -> x + 1)`.
//!
//! The given function is computed for all elements of all rows at once; what it gives is put together row by row.

mod maps;
mod sort;

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, MapArray, StructArray, UInt32Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{cast, concat, filter, take, take_arrays};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::common::{DataFusionError, Result as Outcome};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaArgument, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use self::maps::zipped_entries;
use self::sort::sort;
use super::allowance::{LONGEST, Meter};
use super::value::{common, element, entry, list, map, plain};
use crate::data::effort;
use crate::data::failure::{carry, memory};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// `transform(list, x -> …)`
    Transform,
    /// `filter(list, x -> …)`
    Filter,
    /// `any_match(list, x -> …)`
    Any,
    /// `all_match(list, x -> …)`
    All,
    /// `zip_with(list, list, (x, y) -> …)`
    Zip,
    /// `map_filter(map, (k, v) -> …)`
    FilterEntries,
    /// `transform_keys(map, (k, v) -> …)`
    Keys,
    /// `transform_values(map, (k, v) -> …)`
    Values,
    /// `array_reduce(list, start, (sum, x) -> …, sum -> …)`
    Reduce,
    /// `array_sort(list, (x, y) -> …)`
    Sort,
    /// `map_zip_with(map, map, (k, v, w) -> …)`
    ZipEntries,
}

/// One of the functions.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Given {
    name: &'static str,
    kind: Kind,
    signature: HigherOrderSignature,
}

/// The functions of this file.
pub fn functions() -> Vec<HigherOrderUDF> {
    let new = |name, kind| {
        let value = || ValueOrLambda::Value(());
        let lambda = || ValueOrLambda::Lambda(());
        let arguments = match kind {
            Kind::Zip | Kind::ZipEntries => vec![value(), value(), lambda()],
            Kind::Reduce => vec![value(), value(), lambda(), lambda()],
            _ => vec![value(), lambda()],
        };
        let signature = match kind {
            // What happens to keys that appear twice may stand first.
            Kind::Keys => HigherOrderSignature::variadic_any(Volatility::Immutable),
            _ => HigherOrderSignature::exact(arguments, Volatility::Immutable),
        };
        HigherOrderUDF::new_from_impl(Given { name, kind, signature })
    };
    vec![
        new("transform", Kind::Transform),
        new("filter", Kind::Filter),
        new("any_match", Kind::Any),
        new("all_match", Kind::All),
        new("zip_with", Kind::Zip),
        new("map_filter", Kind::FilterEntries),
        new("transform_keys", Kind::Keys),
        new("transform_values", Kind::Values),
        new("array_reduce", Kind::Reduce),
        new("array_sort", Kind::Sort),
        new("map_zip_with", Kind::ZipEntries),
    ]
}

fn field(data_type: &Arrow) -> FieldRef {
    Arc::new(Field::new("", data_type.clone(), true))
}

impl Given {
    fn wrong<T>(&self) -> Outcome<T> {
        Err(DataFusionError::Plan(format!("`{}` does not take arguments of these types", self.name)))
    }

    fn takes<T>(&self, found: Option<T>) -> Outcome<T> {
        found.map_or_else(|| self.wrong(), Ok)
    }
}

/// What is given as a value, in order.
fn values<V: Clone, L>(given: &[ValueOrLambda<V, L>]) -> Vec<V> {
    let value = |given: &ValueOrLambda<V, L>| match given {
        ValueOrLambda::Value(value) => Some(value.clone()),
        ValueOrLambda::Lambda(_) => None,
    };
    given.iter().filter_map(value).collect()
}

/// What is given as a function, in order.
fn lambdas<V, L: Clone>(given: &[ValueOrLambda<V, L>]) -> Vec<L> {
    let lambda = |given: &ValueOrLambda<V, L>| match given {
        ValueOrLambda::Lambda(lambda) => Some(lambda.clone()),
        ValueOrLambda::Value(_) => None,
    };
    given.iter().filter_map(lambda).collect()
}

impl HigherOrderUDFImpl for Given {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        let array = |given: &Arrow| Some(list(&element(given)?));
        let coerced = match (self.kind, given) {
            (Kind::Transform | Kind::Filter | Kind::Any | Kind::All | Kind::Sort, [one]) => {
                array(one).map(|one| vec![one])
            }
            (Kind::ZipEntries, [left, right]) => {
                zipped_entries(left, right).map(|(key, left, right)| vec![map(&key, &left), map(&key, &right)])
            }
            (Kind::Keys, [Arrow::Utf8, one]) => entry(one).map(|(key, value)| vec![Arrow::Utf8, map(&key, &value)]),
            (Kind::Zip, [left, right]) => array(left).zip(array(right)).map(|(left, right)| vec![left, right]),
            (Kind::FilterEntries | Kind::Keys | Kind::Values, [one]) => {
                entry(one).map(|(key, value)| vec![map(&key, &value)])
            }
            (Kind::Reduce, [one, start]) => {
                array(one).zip(common(std::slice::from_ref(start))).map(|(one, start)| vec![one, start])
            }
            _ => None,
        };
        self.takes(coerced)
    }

    fn lambda_parameters(
        &self,
        _: usize,
        given: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Outcome<LambdaParametersProgress> {
        let types: Vec<Arrow> = values(given).iter().map(|field| field.data_type().clone()).collect();
        let known = lambdas(given);
        let parameters = match (self.kind, types.as_slice()) {
            (Kind::FilterEntries | Kind::Keys | Kind::Values, [one]) | (Kind::Keys, [_, one]) => {
                let (key, value) = self.takes(entry(one))?;
                vec![field(&key), field(&value)]
            }
            (Kind::Zip, [left, right]) => {
                vec![field(&self.takes(element(left))?), field(&self.takes(element(right))?)]
            }
            (Kind::Reduce, [one, start]) => {
                let one = field(&self.takes(element(one))?);
                // The sum has a type that both the start and each step fit.
                let Some(Some(step)) = known.first() else {
                    return Ok(LambdaParametersProgress::Partial(vec![Some(vec![field(start), one]), None]));
                };
                let sum = field(&self.takes(summed(start, step.data_type()))?);
                return Ok(LambdaParametersProgress::Complete(vec![vec![Arc::clone(&sum), one], vec![sum]]));
            }
            (Kind::ZipEntries, [left, right]) => {
                let (key, left, right) = self.takes(zipped_entries(left, right))?;
                vec![field(&key), field(&left), field(&right)]
            }
            (Kind::Sort, [one]) => {
                let one = field(&self.takes(element(one))?);
                vec![Arc::clone(&one), one]
            }
            (_, [one]) => vec![field(&self.takes(element(one))?)],
            _ => return self.wrong(),
        };
        Ok(LambdaParametersProgress::Complete(vec![parameters]))
    }

    fn return_field_from_args(&self, given: HigherOrderReturnFieldArgs) -> Outcome<FieldRef> {
        effort::step(1)?;
        let types: Vec<Arrow> = values(given.arg_fields).iter().map(|field| field.data_type().clone()).collect();
        let made: Vec<Arrow> = lambdas(given.arg_fields).iter().map(|field| settled(field.data_type())).collect();
        let predicate = made.first().is_some_and(|made| *made == Arrow::Boolean);
        let result = match (self.kind, types.as_slice(), made.as_slice()) {
            (Kind::Transform | Kind::Zip, _, [made]) => list(made),
            (Kind::Filter | Kind::FilterEntries, [one], _) if predicate => one.clone(),
            (Kind::Any | Kind::All, _, _) if predicate => Arrow::Boolean,
            (Kind::Keys, [one] | [_, one], [made]) => map(made, &self.takes(entry(one))?.1),
            (Kind::ZipEntries, [left, right], [made]) => map(&self.takes(zipped_entries(left, right))?.0, made),
            (Kind::Sort, [one], [made]) if made.is_numeric() => one.clone(),
            (Kind::Values, [one], [made]) => map(&self.takes(entry(one))?.0, made),
            (Kind::Reduce, _, [_, made]) => made.clone(),
            _ => return self.wrong(),
        };
        Ok(field(&result))
    }

    fn invoke_with_args(&self, given: HigherOrderFunctionArgs) -> Outcome<ColumnarValue> {
        let rows = given.number_rows;
        let result = given.return_type().clone();
        let meter = Meter::new(&given.config_options);
        meter.look().map_err(carry)?;
        let arrays = values(&given.args).iter().map(|value| value.to_array(rows)).collect::<Outcome<Vec<_>>>()?;
        let lambdas = lambdas(&given.args);
        let made = match (self.kind, arrays.as_slice(), lambdas.as_slice()) {
            (Kind::Reduce, [array, start], [step, finish]) => {
                let fields: Vec<Arrow> =
                    self::lambdas(&given.arg_fields).iter().map(|made| made.data_type().clone()).collect();
                let sum = fields.first().and_then(|step| summed(start.data_type(), step));
                reduce(array, start, &self.takes(sum)?, step, finish, &meter)?
            }
            (Kind::Zip, [left, right], [lambda]) => {
                let flat = Flat::zipped(left, right)?;
                flat.lists(&flat.evaluate(lambda, &meter)?, &result)?
            }
            (Kind::Sort, [array], [lambda]) => sort(array, lambda, &meter)?,
            (Kind::ZipEntries, [left, right], [lambda]) => {
                let flat = Flat::zipped_maps(left, right, &meter)?;
                let keys = flat.parameters.first().cloned().map_or_else(|| self.wrong(), Ok)?;
                map_array(&flat.lengths, keys, flat.evaluate(lambda, &meter)?, flat.nulls.clone(), &result)?
            }
            (Kind::Keys, [array] | [_, array], [lambda]) => {
                let flat = Flat::of_map(array)?;
                let policy = if arrays.len() > 1 { arrays.first() } else { None };
                flat.keyed_anew(&flat.evaluate(lambda, &meter)?, policy, &result, &meter)?
            }
            (Kind::FilterEntries | Kind::Values, [array], [lambda]) => {
                let flat = Flat::of_map(array)?;
                self.entries(&flat, &flat.evaluate(lambda, &meter)?, &result)?
            }
            (_, [array], [lambda]) => {
                let flat = Flat::of_list(array)?;
                self.list(&flat, &flat.evaluate(lambda, &meter)?, &result)?
            }
            _ => return self.wrong(),
        };
        cast(&made, &result).map(ColumnarValue::Array).map_err(Into::into)
    }
}

/// The type of a result; an untyped NULL is text.
fn settled(data_type: &Arrow) -> Arrow {
    match data_type {
        Arrow::Null => Arrow::Utf8,
        other => plain(other),
    }
}

fn summed(start: &Arrow, step: &Arrow) -> Option<Arrow> {
    let (start, step) = (settled(start), plain(step));
    if start == step || step.is_null() { Some(start) } else { common(&[start, step]) }
}

impl Given {
    fn list(&self, flat: &Flat, made: &ArrayRef, result: &Arrow) -> Outcome<ArrayRef> {
        match self.kind {
            Kind::Filter => {
                let (kept, lengths) = flat.kept(made)?;
                let values = flat.parameters.first().map(|values| filter(values, &kept)).transpose()?;
                list_array(&lengths, values.unwrap_or_else(|| Arc::clone(made)), flat.nulls.clone(), result)
            }
            Kind::Any => Ok(flat.matches(made, true)),
            Kind::All => Ok(flat.matches(made, false)),
            _ => flat.lists(made, result),
        }
    }

    fn entries(&self, flat: &Flat, made: &ArrayRef, result: &Arrow) -> Outcome<ArrayRef> {
        let [keys, values] = flat.parameters.as_slice() else { return self.wrong() };
        let (keys, values, lengths) = match self.kind {
            Kind::FilterEntries => {
                let (kept, lengths) = flat.kept(made)?;
                (filter(keys, &kept)?, filter(values, &kept)?, lengths)
            }
            _ => (Arc::clone(keys), Arc::clone(made), flat.lengths.clone()),
        };
        map_array(&lengths, keys, values, flat.nulls.clone(), result)
    }
}

/// The elements of all rows, one after the other.
struct Flat {
    parameters: Vec<ArrayRef>,
    /// The row of each element.
    rows: UInt32Array,
    /// How many elements each row has.
    lengths: Vec<usize>,
    nulls: Option<NullBuffer>,
}

fn number(at: usize) -> Outcome<u32> {
    u32::try_from(at).map_err(|_| DataFusionError::Execution("too many elements".to_owned()))
}

/// The places of the elements of each row; a row that is NULL has none.
fn places(offsets: &[i32], array: &dyn Array) -> Vec<Vec<u32>> {
    let pairs = offsets.windows(2).enumerate().map(|(row, pair)| match pair {
        [start, end] if array.is_valid(row) => (*start..*end).filter_map(|at| u32::try_from(at).ok()).collect(),
        _ => Vec::new(),
    });
    pairs.collect()
}

impl Flat {
    fn new(parts: &[(&ArrayRef, &[Vec<u32>])], nulls: Option<NullBuffer>) -> Outcome<Self> {
        let count = parts.iter().map(|(_, places)| places.len()).max().unwrap_or_default();
        let length =
            |row: usize| parts.iter().filter_map(|(_, places)| places.get(row)).map(Vec::len).max().unwrap_or_default();
        let lengths: Vec<usize> = (0..count).map(length).collect();
        let mut rows = Vec::new();
        for (row, length) in lengths.iter().enumerate() {
            rows.extend(std::iter::repeat_n(number(row)?, *length));
        }
        let parameter = |(values, places): &(&ArrayRef, &[Vec<u32>])| {
            let padded = lengths.iter().enumerate().flat_map(|(row, length)| {
                (0..*length).map(move |at| places.get(row).and_then(|places| places.get(at)).copied())
            });
            take(values.as_ref(), &padded.collect::<UInt32Array>(), None)
        };
        let parameters = parts.iter().map(parameter).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { parameters, rows: rows.into(), lengths, nulls })
    }

    fn of_list(array: &ArrayRef) -> Outcome<Self> {
        let lists = array.as_list::<i32>();
        Self::new(&[(lists.values(), &places(lists.value_offsets(), lists))], lists.nulls().cloned())
    }

    /// The longer list decides; what the other lacks is NULL.
    fn zipped(left: &ArrayRef, right: &ArrayRef) -> Outcome<Self> {
        let (left, right) = (left.as_list::<i32>(), right.as_list::<i32>());
        let nulls = NullBuffer::union(left.nulls(), right.nulls());
        let (mut first, mut second) = (places(left.value_offsets(), left), places(right.value_offsets(), right));
        for (row, places) in first.iter_mut().zip(second.iter_mut()).enumerate() {
            if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                places.0.clear();
                places.1.clear();
            }
        }
        Self::new(&[(left.values(), &first), (right.values(), &second)], nulls)
    }

    fn of_map(array: &ArrayRef) -> Outcome<Self> {
        let maps = array.as_map();
        let places = places(maps.value_offsets(), maps);
        Self::new(&[(maps.keys(), &places), (maps.values(), &places)], maps.nulls().cloned())
    }

    fn evaluate(&self, lambda: &LambdaArgument, meter: &Meter) -> Outcome<ArrayRef> {
        call(lambda, &self.parameters, &self.rows, meter)
    }

    /// Which elements stay, and how many of each row.
    fn kept(&self, made: &ArrayRef) -> Outcome<(BooleanArray, Vec<usize>)> {
        let made = cast(made, &Arrow::Boolean)?;
        let kept: BooleanArray = made.as_boolean().iter().map(|keep| Some(keep == Some(true))).collect();
        let mut at = 0;
        let lengths = self.lengths.iter().map(|length| {
            let stay = (at..at + length).filter(|at| kept.value(*at)).count();
            at += length;
            stay
        });
        let lengths = lengths.collect();
        Ok((kept, lengths))
    }

    /// For each row whether one element gives `wanted`, or all the opposite; unknown if NULL keeps it open.
    fn matches(&self, made: &ArrayRef, wanted: bool) -> ArrayRef {
        let mut found = made.as_boolean().iter();
        let rows = self.lengths.iter().enumerate().map(|(row, length)| {
            let elements: Vec<Option<bool>> = found.by_ref().take(*length).collect();
            if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                return None;
            }
            match elements.contains(&Some(wanted)) {
                true => Some(wanted),
                false if elements.contains(&None) => None,
                false => Some(!wanted),
            }
        });
        Arc::new(rows.collect::<BooleanArray>())
    }

    fn lists(&self, made: &ArrayRef, result: &Arrow) -> Outcome<ArrayRef> {
        list_array(&self.lengths, Arc::clone(made), self.nulls.clone(), result)
    }
}

/// What the function gives for these parameters; `rows` says for which rows.
fn call(lambda: &LambdaArgument, parameters: &[ArrayRef], rows: &UInt32Array, meter: &Meter) -> Outcome<ArrayRef> {
    let parameters: Vec<_> = parameters.iter().map(|array| move || Ok(Arc::clone(array))).collect();
    let parameters: Vec<&dyn Fn() -> Outcome<ArrayRef>> =
        parameters.iter().map(|parameter| parameter as &dyn Fn() -> Outcome<ArrayRef>).collect();
    let made = lambda.evaluate(&parameters, |captured| Ok(take_arrays(captured, rows, None)?))?;
    if let ColumnarValue::Scalar(constant) = &made {
        // It is there once for each element.
        let bytes = constant.size().saturating_mul(rows.len());
        if bytes > LONGEST {
            return Err(carry(memory()));
        }
        meter.reserve(bytes).map_err(carry)?;
    }
    made.into_array(rows.len())
}

fn list_array(lengths: &[usize], values: ArrayRef, nulls: Option<NullBuffer>, result: &Arrow) -> Outcome<ArrayRef> {
    let Arrow::List(item) = result else { return Err(DataFusionError::Internal("a list is made".to_owned())) };
    let values = cast(&values, item.data_type())?;
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, nulls)?))
}

fn map_array(
    lengths: &[usize],
    keys: ArrayRef,
    values: ArrayRef,
    nulls: Option<NullBuffer>,
    result: &Arrow,
) -> Outcome<ArrayRef> {
    let internal = || DataFusionError::Internal("a map is made".to_owned());
    let Arrow::Map(entries, sorted) = result else { return Err(internal()) };
    let Arrow::Struct(fields) = entries.data_type() else { return Err(internal()) };
    let columns = [keys, values].into_iter().zip(fields).map(|(array, field)| cast(&array, field.data_type()));
    let pairs = StructArray::try_new(fields.clone(), columns.collect::<Result<_, _>>()?, None)?;
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, pairs, nulls, *sorted)?))
}

/// One step for the first elements of all rows, one for the second …
fn reduce(
    array: &ArrayRef,
    start: &ArrayRef,
    sum: &Arrow,
    step: &LambdaArgument,
    finish: &LambdaArgument,
    meter: &Meter,
) -> Outcome<ArrayRef> {
    let lists = array.as_list::<i32>();
    let places = places(lists.value_offsets(), lists);
    let mut sums = cast(start, sum)?;
    let longest = places.iter().map(Vec::len).max().unwrap_or_default();
    for at in 0..longest {
        let mut rows = Vec::new();
        let mut elements = Vec::new();
        for (row, places) in places.iter().enumerate() {
            if let Some(place) = places.get(at) {
                rows.push(number(row)?);
                elements.push(*place);
            }
        }
        let (rows, elements) = (UInt32Array::from(rows), UInt32Array::from(elements));
        let before = take(&sums, &rows, None)?;
        let element = take(lists.values().as_ref(), &elements, None)?;
        let after = cast(&call(step, &[before, element], &rows, meter)?, sum)?;
        // Rows that have no such element keep their sum.
        let total = number(sums.len())?;
        let mut sources: Vec<u32> = (0..total).collect();
        for (changed, row) in rows.values().iter().enumerate() {
            if let Some(source) = usize::try_from(*row).ok().and_then(|row| sources.get_mut(row)) {
                *source = total.saturating_add(number(changed)?);
            }
        }
        sums = take(&concat(&[&sums, &after])?, &UInt32Array::from(sources), None)?;
    }
    let all: UInt32Array = (0..number(sums.len())?).collect();
    let made = call(finish, &[sums], &all, meter)?;
    match lists.nulls() {
        None => Ok(made),
        Some(nulls) => {
            let known = (0..made.len()).map(|row| number(row).ok().filter(|_| nulls.is_valid(row)));
            Ok(take(&made, &known.collect::<UInt32Array>(), None)?)
        }
    }
}
