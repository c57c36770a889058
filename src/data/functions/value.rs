//! Functions of values of any type, arrays, maps and structs among them: the frame that they are written in.
//!
//! Says how types are settled and rows are walked over; knows no single function.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, ListArray, MapArray, StructArray, UInt64Array, new_empty_array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::binary::try_type_union_resolution;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::allowance::Meter;
use crate::data::failure::carry;
use crate::data::spans::is_span;
use crate::data::{supertype, types};

/// What the names begin with that only plans know: no query can write it.
pub const HIDDEN: char = '?';

/// The types of the arguments after conversion, and of the result; nothing if there is no such function.
pub type Settled = Option<(Vec<Arrow>, Arrow)>;

/// Settles the types of one call.
pub type Settle = fn(&[Arrow]) -> Settled;

/// Computes one row. The last argument is the type of the result.
pub type Compute = fn(&[ScalarValue], &Arrow) -> Outcome<ScalarValue>;

/// Computes one row, and counts the memory that it takes by itself.
pub type Metered = fn(&[ScalarValue], &Arrow, &Meter) -> Outcome<ScalarValue>;

enum Work {
    /// Takes the elements of what it is given one by one.
    Plain(Compute),
    Metered(Metered),
}

/// A function of values.
pub struct ValueFunction {
    name: &'static str,
    settle: Settle,
    work: Work,
    /// Whether NULL among the arguments makes the result NULL.
    strict: bool,
    signature: Signature,
}

impl ValueFunction {
    /// A function that is NULL if an argument is.
    pub fn new(name: &'static str, settle: Settle, compute: Compute) -> Self {
        Self::of(name, settle, Work::Plain(compute))
    }

    /// The same, of a function that counts its memory.
    pub fn metered(name: &'static str, settle: Settle, compute: Metered) -> Self {
        Self::of(name, settle, Work::Metered(compute))
    }

    fn of(name: &'static str, settle: Settle, work: Work) -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        Self { name, settle, work, strict: true, signature }
    }

    /// The same, with NULL given to it.
    pub fn nullable(mut self) -> Self {
        self.strict = false;
        self
    }

    /// The same, whose result is another one each time: calculated for each row, and never while a query is planned.
    pub fn random(mut self) -> Self {
        self.signature = Signature::user_defined(Volatility::Volatile);
        self
    }

    fn settled(&self, given: &[Arrow]) -> Outcome<(Vec<Arrow>, Arrow)> {
        (self.settle)(given)
            .ok_or_else(|| DataFusionError::Plan(format!("`{}` does not take arguments of these types", self.name)))
    }
}

impl std::fmt::Debug for ValueFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for ValueFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ValueFunction {}

impl std::hash::Hash for ValueFunction {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for ValueFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        // An interval has no type of a table; a function takes it as it is, or as text.
        let known = |given: &Arrow| if is_span(given) { given.clone() } else { plain(given) };
        let given: Vec<Arrow> = given.iter().map(known).collect();
        self.settled(&given).map(|(arguments, _)| arguments)
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        self.settled(given).map(|(_, result)| result)
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let result = given.return_type().clone();
        let meter = Meter::new(&given.config_options);
        let constant = given.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        if constant && self.signature.volatility != Volatility::Volatile {
            let scalars = given.args.into_iter().filter_map(|argument| match argument {
                ColumnarValue::Scalar(value) => Some(value),
                ColumnarValue::Array(_) => None,
            });
            return self.row(&scalars.collect::<Vec<_>>(), &result, &meter).map(ColumnarValue::Scalar);
        }
        let mut values = Vec::with_capacity(given.number_rows);
        for at in 0..given.number_rows {
            let row = given.args.iter().map(|argument| match argument {
                ColumnarValue::Array(array) => ScalarValue::try_from_array(array, at),
                ColumnarValue::Scalar(value) => Ok(value.clone()),
            });
            values.push(self.row(&row.collect::<Outcome<Vec<_>>>()?, &result, &meter)?);
        }
        column(values, &result).map(ColumnarValue::Array)
    }
}

impl ValueFunction {
    fn row(&self, row: &[ScalarValue], result: &Arrow, meter: &Meter) -> Outcome<ScalarValue> {
        meter.look().map_err(carry)?;
        if self.strict && row.iter().any(ScalarValue::is_null) {
            return ScalarValue::try_from(result);
        }
        match self.work {
            Work::Plain(compute) => {
                let elements = row.iter().map(count).fold(0, usize::saturating_add);
                let _held = meter.hold(elements.saturating_mul(ELEMENT)).map_err(carry)?;
                compute(row, result)
            }
            Work::Metered(compute) => compute(row, result, meter),
        }
    }
}

/// Bytes of an element that is taken out of an array, at least.
pub const ELEMENT: usize = size_of::<ScalarValue>();

/// How many elements or entries a value has.
fn count(value: &ScalarValue) -> usize {
    match value {
        ScalarValue::List(list) => list.values().len(),
        ScalarValue::Map(map) => map.keys().len() * 2,
        _ => 0,
    }
}

/// A type as the tables have it.
pub fn plain(data_type: &Arrow) -> Arrow {
    match data_type {
        Arrow::Null => Arrow::Null,
        Arrow::List(item) if item.data_type().is_null() => data_type.clone(),
        other => types::to_arrow(&types::from_arrow(other)),
    }
}

/// The values as a column of this type.
pub fn column(values: Vec<ScalarValue>, data_type: &Arrow) -> Outcome<ArrayRef> {
    match values.is_empty() {
        true => Ok(new_empty_array(data_type)),
        false => ScalarValue::iter_to_array(values),
    }
}

/// The type of the elements of an array; an empty one holds text.
pub fn element(data_type: &Arrow) -> Option<Arrow> {
    match data_type {
        Arrow::List(item) | Arrow::LargeList(item) | Arrow::FixedSizeList(item, _) => Some(match item.data_type() {
            Arrow::Null => Arrow::Utf8,
            other => plain(other),
        }),
        Arrow::Null => Some(Arrow::Utf8),
        _ => None,
    }
}

/// The types of keys and values of a map.
pub fn entry(data_type: &Arrow) -> Option<(Arrow, Arrow)> {
    let Arrow::Map(entries, _) = data_type else { return None };
    let Arrow::Struct(fields) = entries.data_type() else { return None };
    match fields.as_ref() {
        [key, value] => Some((plain(key.data_type()), plain(value.data_type()))),
        _ => None,
    }
}

/// An array of elements of this type.
pub fn list(element: &Arrow) -> Arrow {
    types::to_arrow(&crate::model::DataType::Array(Box::new(types::from_arrow(element))))
}

/// A map from keys to values of these types.
pub fn map(key: &Arrow, value: &Arrow) -> Arrow {
    let (key, value) = (types::from_arrow(key), types::from_arrow(value));
    types::to_arrow(&crate::model::DataType::Map(Box::new(key), Box::new(value)))
}

/// The one type that values of all these types are converted to. Text wins over numbers, as in an array.
pub fn common(given: &[Arrow]) -> Option<Arrow> {
    let text = |data_type: &Arrow| matches!(data_type, Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View);
    if given.iter().any(text) {
        return given.iter().all(|data_type| !data_type.is_nested()).then_some(Arrow::Utf8);
    }
    let known: Vec<Arrow> = given.iter().filter(|data_type| !data_type.is_null()).cloned().collect();
    match known.as_slice() {
        [] => Some(Arrow::Utf8),
        [one] => Some(plain(one)),
        _ => match supertype::special(&known) {
            Some(common) => Some(plain(&common)),
            None => try_type_union_resolution(&known).ok()?.first().map(plain),
        },
    }
}

/// The elements of an array as a column; an empty one of this type where there is none.
pub fn items(list: &ScalarValue, of: &Arrow) -> Outcome<ArrayRef> {
    let items = match list {
        ScalarValue::List(list) if list.is_valid(0) => list.value(0),
        ScalarValue::FixedSizeList(list) if list.is_valid(0) => list.value(0),
        _ => new_empty_array(of),
    };
    Ok(if items.data_type() == of { items } else { cast(&items, of)? })
}

/// Keys and values of a map as columns.
pub fn keyed(map: &ScalarValue) -> Option<(ArrayRef, ArrayRef)> {
    match map {
        ScalarValue::Map(map) if map.is_valid(0) => {
            let entries = map.value(0);
            Some((Arc::clone(entries.column(0)), Arc::clone(entries.column(1))))
        }
        _ => None,
    }
}

/// The elements of an array.
pub fn elements(list: &ScalarValue) -> Outcome<Vec<ScalarValue>> {
    match list {
        ScalarValue::List(list) if list.is_valid(0) => scalars(&list.value(0)),
        ScalarValue::FixedSizeList(list) if list.is_valid(0) => scalars(&list.value(0)),
        _ => Ok(Vec::new()),
    }
}

/// Keys and values of a map.
pub fn entries(map: &ScalarValue) -> Outcome<Vec<(ScalarValue, ScalarValue)>> {
    match map {
        ScalarValue::Map(map) if map.is_valid(0) => {
            let entries = map.value(0);
            let (keys, values) = (scalars(entries.column(0))?, scalars(entries.column(1))?);
            Ok(keys.into_iter().zip(values).collect())
        }
        _ => Ok(Vec::new()),
    }
}

fn scalars(array: &ArrayRef) -> Outcome<Vec<ScalarValue>> {
    (0..array.len()).map(|at| ScalarValue::try_from_array(array, at)).collect()
}

/// An array of this type.
pub fn make_list(values: Vec<ScalarValue>, data_type: &Arrow) -> Outcome<ScalarValue> {
    let Arrow::List(item) = data_type else { return other_type() };
    list_of(column(values, item.data_type())?, data_type)
}

/// An array of this type that holds these values.
pub fn list_of(values: ArrayRef, data_type: &Arrow) -> Outcome<ScalarValue> {
    let Arrow::List(item) = data_type else { return other_type() };
    let offsets = OffsetBuffer::from_lengths([values.len()]);
    Ok(ScalarValue::List(Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, None)?)))
}

/// A map of this type. Of entries with one key, the last counts. Source: "MAP": `last_win`.
pub fn make_map(entries: Vec<(ScalarValue, ScalarValue)>, data_type: &Arrow, meter: &Meter) -> Outcome<ScalarValue> {
    let (key, value) = map_fields(data_type)?;
    let (keys, values): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
    map_of(&column(keys, key.data_type())?, &column(values, value.data_type())?, data_type, meter)
}

/// The same, of columns of keys and values.
pub fn map_of(keys: &ArrayRef, values: &ArrayRef, data_type: &Arrow, meter: &Meter) -> Outcome<ScalarValue> {
    let groups = Groups::new(keys, meter)?;
    let mut last = vec![0; groups.first.len()];
    for (entry, group) in groups.of.iter().enumerate() {
        if let Some(last) = last.get_mut(*group) {
            *last = entry as u64;
        }
    }
    let values = take(values, &UInt64Array::from(last), None)?;
    map_of_unique(groups.keys(keys)?, values, data_type)
}

/// The same, of keys that are different.
pub fn map_of_unique(keys: ArrayRef, values: ArrayRef, data_type: &Arrow) -> Outcome<ScalarValue> {
    let Arrow::Map(field, sorted) = data_type else { return other_type() };
    let Arrow::Struct(fields) = field.data_type() else { return other_type() };
    let offsets = OffsetBuffer::from_lengths([keys.len()]);
    let typed = |array: ArrayRef, field: Option<&FieldRef>| match field {
        Some(field) if field.data_type() != array.data_type() => cast(&array, field.data_type()),
        _ => Ok(array),
    };
    let columns = vec![typed(keys, fields.first())?, typed(values, fields.get(1))?];
    let entries = StructArray::try_new(fields.clone(), columns, None)?;
    Ok(ScalarValue::Map(Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, None, *sorted)?)))
}

/// The fields of keys and values of a type of maps.
pub fn map_fields(data_type: &Arrow) -> Outcome<(FieldRef, FieldRef)> {
    let Arrow::Map(field, _) = data_type else { return other_type() };
    match field.data_type() {
        Arrow::Struct(fields) => match fields.as_ref() {
            [key, value] => Ok((Arc::clone(key), Arc::clone(value))),
            _ => other_type(),
        },
        _ => other_type(),
    }
}

/// Which values of a column are equal.
pub struct Groups {
    /// The place of the first value of each group.
    pub first: Vec<u64>,
    /// The group of each value.
    pub of: Vec<usize>,
}

/// Bytes for each value while equal ones are sought: its place in a hash table, and its group. Measured.
const GROUPED: usize = 64;

impl Groups {
    /// The groups of `keys`.
    ///
    /// # Errors
    /// There is no memory for it, or the query was stopped.
    pub fn new(keys: &ArrayRef, meter: &Meter) -> Outcome<Self> {
        let bytes = keys.to_data().get_slice_memory_size()?.saturating_mul(2);
        let _held = meter.hold(keys.len().saturating_mul(GROUPED).saturating_add(bytes)).map_err(carry)?;
        let fields = vec![SortField::new(keys.data_type().clone())];
        if !RowConverter::supports_fields(&fields) {
            let scalars = (0..keys.len()).map(|at| ScalarValue::try_from_array(keys, at));
            return Self::found(scalars, meter);
        }
        let rows = RowConverter::new(fields)?.convert_columns(std::slice::from_ref(keys))?;
        Self::found(rows.iter().map(Ok), meter)
    }

    fn found<K: Hash + Eq>(keys: impl Iterator<Item = Outcome<K>>, meter: &Meter) -> Outcome<Self> {
        let mut groups = HashMap::new();
        let (mut first, mut of) = (Vec::new(), Vec::new());
        for (at, key) in keys.enumerate() {
            if at.is_multiple_of(LOOKS) {
                meter.look().map_err(carry)?;
            }
            let next = first.len();
            let group = *groups.entry(key?).or_insert(next);
            if group == next {
                first.push(at as u64);
            }
            of.push(group);
        }
        Ok(Self { first, of })
    }

    /// One key of each group.
    pub fn keys(&self, keys: &ArrayRef) -> Outcome<ArrayRef> {
        Ok(take(keys, &UInt64Array::from(self.first.clone()), None)?)
    }
}

/// How many steps of a loop are done between two looks at whether the query was stopped.
pub const LOOKS: usize = 4096;

/// A struct of this type.
pub fn make_struct(values: Vec<ScalarValue>, data_type: &Arrow) -> Outcome<ScalarValue> {
    let Arrow::Struct(fields) = data_type else { return other_type() };
    let columns = values.into_iter().zip(fields).map(|(value, field)| column(vec![value], field.data_type()));
    Ok(ScalarValue::Struct(Arc::new(StructArray::try_new(fields.clone(), columns.collect::<Outcome<_>>()?, None)?)))
}

fn other_type<T>() -> Outcome<T> {
    Err(DataFusionError::Internal("a function gives another type".to_owned()))
}

/// A whole number.
pub fn integer(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::Int64(number) => *number,
        _ => None,
    }
}

/// A text.
pub fn text(value: &ScalarValue) -> Option<&str> {
    match value {
        ScalarValue::Utf8(text) => text.as_deref(),
        _ => None,
    }
}

/// A value as the text that a result shows for it.
pub fn shown(value: &ScalarValue) -> Outcome<Option<String>> {
    let array = value.to_array()?;
    if let Some(texts) = array.as_string_opt::<i32>() {
        return Ok(texts.is_valid(0).then(|| texts.value(0).to_owned()));
    }
    let texts = crate::data::cells::texts(&array, Default::default()).map_err(crate::data::failure::carry)?;
    Ok(texts.into_iter().next().flatten())
}
