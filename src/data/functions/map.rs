//! Maps: out of arrays, entries, text and other maps.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, StringBuilder, UInt64Array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::{cast, concat as together, filter, is_not_null, take};
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::functions::regex::compile_regex;

use super::allowance::Meter;
use super::value::{
    Groups, Settled, ValueFunction, column, common, element, entry, items, keyed, list, map, map_fields, map_of,
    map_of_unique, text,
};
use crate::data::failure::carry;
use crate::error::{Code, Error};

/// The functions of this file.
pub fn functions() -> Vec<ValueFunction> {
    vec![
        ValueFunction::metered("map", pair_types, pairs).nullable(),
        ValueFunction::metered("map_from_arrays", array_types, from_arrays),
        ValueFunction::metered("map_from_entries", |given| entry_types(given, false), from_entries),
        ValueFunction::metered("multimap_from_entries", |given| entry_types(given, true), multimap),
        ValueFunction::metered("map_concat", concat_types, concat),
        ValueFunction::metered("str_to_map", text_types, from_text),
    ]
}

/// A map of what was given; a key must not be NULL, and appears twice only where the last one wins.
pub(super) fn made(
    keys: &ArrayRef,
    values: &ArrayRef,
    policy: Option<&ScalarValue>,
    of: &Arrow,
    meter: &Meter,
) -> Outcome<ScalarValue> {
    if keys.logical_null_count() > 0 {
        return Err(carry(Error::new(Code::Execution, "a key of a map is NULL")));
    }
    let made = map_of(keys, values, of, meter)?;
    match policy.and_then(text) {
        None | Some("last_win") => Ok(made),
        Some("exception") if keyed(&made).is_some_and(|(made, _)| made.len() == keys.len()) => Ok(made),
        Some("exception") => Err(carry(Error::new(Code::Execution, "a key of a map appears twice"))),
        Some(_) => Err(carry(
            Error::new(Code::Semantic, "what happens to a key that appears twice is unknown")
                .help("the first argument is `last_win` or `exception`"),
        )),
    }
}

/// The policy that stands first, if one does, and the rest.
fn policy<T>(given: &[T], is_policy: bool) -> (Option<&T>, &[T]) {
    match given.split_first() {
        Some((first, rest)) if is_policy => (Some(first), rest),
        _ => (None, given),
    }
}

fn pair_types(given: &[Arrow]) -> Settled {
    if given.is_empty() || !given.len().is_multiple_of(2) {
        return None;
    }
    let every_second = |first: usize| -> Vec<Arrow> { given.iter().skip(first).step_by(2).cloned().collect() };
    let (key, value) = (common(&every_second(0))?, common(&every_second(1))?);
    let arguments = (0..given.len()).map(|at| if at.is_multiple_of(2) { key.clone() } else { value.clone() });
    Some((arguments.collect(), map(&key, &value)))
}

/// `map(key, value, …)`. Source: "MAP".
fn pairs(row: &[ScalarValue], of: &Arrow, meter: &Meter) -> Outcome<ScalarValue> {
    let every_second = |first: usize| -> Vec<ScalarValue> { row.iter().skip(first).step_by(2).cloned().collect() };
    let (key, value) = map_fields(of)?;
    let (keys, values) = (column(every_second(0), key.data_type())?, column(every_second(1), value.data_type())?);
    made(&keys, &values, None, of, meter)
}

fn array_types(given: &[Arrow]) -> Settled {
    let (policy, arrays) = policy(given, given.first() == Some(&Arrow::Utf8));
    let [keys, values] = arrays else { return None };
    let (key, value) = (element(keys)?, element(values)?);
    let arrays = [list(&key), list(&value)];
    Some((policy.cloned().into_iter().chain(arrays).collect(), map(&key, &value)))
}

/// Source: "MAP_FROM_ARRAYS".
fn from_arrays(row: &[ScalarValue], of: &Arrow, meter: &Meter) -> Outcome<ScalarValue> {
    let (policy, arrays) = policy(row, row.len() > 2);
    let [keys, values] = arrays else { return ScalarValue::try_from(of) };
    let (key, value) = map_fields(of)?;
    let (keys, values) = (items(keys, key.data_type())?, items(values, value.data_type())?);
    if keys.len() != values.len() {
        return Err(carry(Error::new(Code::Execution, "a map needs as many keys as values")));
    }
    made(&keys, &values, policy, of, meter)
}

fn entry_types(given: &[Arrow], many: bool) -> Settled {
    let (policy, arrays) = policy(given, !many && given.first() == Some(&Arrow::Utf8));
    let [array] = arrays else { return None };
    let entry = element(array)?;
    let Arrow::Struct(fields) = &entry else { return None };
    let [key, value] = fields.as_ref() else { return None };
    let (key, value) = (key.data_type(), value.data_type());
    let result = if many { map(key, &list(value)) } else { map(key, value) };
    Some((policy.cloned().into_iter().chain([list(&entry)]).collect(), result))
}

/// Keys and values of an array of entries, without those that are NULL.
fn listed(array: &ScalarValue) -> Outcome<Option<(ArrayRef, ArrayRef)>> {
    let ScalarValue::List(list) = array else { return Ok(None) };
    let entries = list.value(0);
    let Some(entries) = entries.as_struct_opt() else { return Ok(None) };
    let [keys, values] = entries.columns() else { return Ok(None) };
    match entries.nulls() {
        None => Ok(Some((Arc::clone(keys), Arc::clone(values)))),
        Some(_) => {
            let known = is_not_null(entries)?;
            Ok(Some((filter(keys, &known)?, filter(values, &known)?)))
        }
    }
}

/// Source: "MAP_FROM_ENTRIES".
fn from_entries(row: &[ScalarValue], of: &Arrow, meter: &Meter) -> Outcome<ScalarValue> {
    let (policy, arrays) = policy(row, row.len() > 1);
    let [array] = arrays else { return ScalarValue::try_from(of) };
    match listed(array)? {
        Some((keys, values)) => made(&keys, &values, policy, of, meter),
        None => ScalarValue::try_from(of),
    }
}

/// All values of each key. Source: "MULTIMAP_FROM_ENTRIES".
fn multimap(row: &[ScalarValue], of: &Arrow, meter: &Meter) -> Outcome<ScalarValue> {
    let listed = row.first().map(listed).transpose()?.flatten();
    let Some((keys, values)) = listed else { return ScalarValue::try_from(of) };
    if keys.logical_null_count() > 0 {
        return Err(carry(Error::new(Code::Execution, "a key of a map is NULL")));
    }
    let (_, lists) = map_fields(of)?;
    let Arrow::List(item) = lists.data_type() else { return ScalarValue::try_from(of) };
    let groups = Groups::new(&keys, meter)?;
    let mut places: Vec<u64> = (0..keys.len() as u64).collect();
    // The values of a key keep their order.
    places.sort_by_key(|place| usize::try_from(*place).ok().and_then(|place| groups.of.get(place)));
    let mut lengths = vec![0_usize; groups.first.len()];
    for group in &groups.of {
        if let Some(length) = lengths.get_mut(*group) {
            *length += 1;
        }
    }
    let values = take(&values, &UInt64Array::from(places), None)?;
    let values = if values.data_type() == item.data_type() { values } else { cast(&values, item.data_type())? };
    let lists = ListArray::try_new(Arc::clone(item), OffsetBuffer::from_lengths(lengths), values, None)?;
    map_of_unique(groups.keys(&keys)?, Arc::new(lists), of)
}

fn concat_types(given: &[Arrow]) -> Settled {
    let (policy, maps) = policy(given, given.first() == Some(&Arrow::Utf8));
    let known = maps.iter().map(entry).collect::<Option<Vec<_>>>()?;
    let (keys, values): (Vec<Arrow>, Vec<Arrow>) = known.into_iter().unzip();
    if keys.is_empty() {
        return None;
    }
    let result = map(&common(&keys)?, &common(&values)?);
    let arguments = policy.cloned().into_iter().chain(maps.iter().map(|_| result.clone()));
    Some((arguments.collect(), result.clone()))
}

/// Source: "MAP_CONCAT".
fn concat(row: &[ScalarValue], of: &Arrow, meter: &Meter) -> Outcome<ScalarValue> {
    let (policy, maps) = policy(row, row.first().is_some_and(|first| text(first).is_some()));
    let (keys, values): (Vec<ArrayRef>, Vec<ArrayRef>) = maps.iter().filter_map(keyed).unzip();
    let all = |parts: &[ArrayRef]| together(&parts.iter().map(AsRef::as_ref).collect::<Vec<_>>());
    made(&all(&keys)?, &all(&values)?, policy, of, meter)
}

fn text_types(given: &[Arrow]) -> Settled {
    let simple = given.iter().all(|data_type| !data_type.is_nested());
    let fits = simple && (1..=4).contains(&given.len());
    fits.then(|| (vec![Arrow::Utf8; given.len()], map(&Arrow::Utf8, &Arrow::Utf8)))
}

/// `[policy,] text [, between entries [, between key and value]]`, both regular expressions. Source: "STR_TO_MAP".
fn from_text(row: &[ScalarValue], of: &Arrow, meter: &Meter) -> Outcome<ScalarValue> {
    let names_policy = matches!(row.first().and_then(text), Some("last_win" | "exception"));
    let (policy, rest) = policy(row, row.len() > 1 && names_policy);
    let pattern = |at: usize, default: &'static str| {
        let pattern = rest.get(at).and_then(text).unwrap_or(default);
        compile_regex(pattern, None)
            .map_err(|_| carry(Error::new(Code::Execution, "a delimiter of `str_to_map` is not a regular expression")))
    };
    let (between, inside) = (pattern(1, ",")?, pattern(2, "=")?);
    let (mut keys, mut values) = (StringBuilder::new(), StringBuilder::new());
    for pair in between.split(rest.first().and_then(text).unwrap_or_default()) {
        meter.look().map_err(carry)?;
        meter.count(pair.len() + size_of::<[i32; 2]>()).map_err(carry)?;
        let mut parts = inside.splitn(pair, 2);
        keys.append_value(parts.next().unwrap_or_default());
        values.append_option(parts.next());
    }
    let (keys, values): (ArrayRef, ArrayRef) = (Arc::new(keys.finish()), Arc::new(values.finish()));
    made(&keys, &values, policy, of, meter)
}
