//! Arrays: what they hold, and arrays made of arrays.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, Int64Array, StructArray, UInt32Array, new_null_array};
use datafusion::arrow::compute::{concat as together, take};
use datafusion::arrow::datatypes::{DataType as Arrow, IntervalMonthDayNano, IntervalUnit};
use datafusion::common::{Result as Outcome, ScalarValue};

use super::allowance::Meter;
use super::order::ordered;
use super::value::{Settled, ValueFunction, common, element, elements, integer, items, list, list_of, make_list, text};
use crate::data::failure::carry;
use crate::data::spans::is_span;
use crate::data::types;
use crate::error::{Code, Error};
use crate::model::DataType;

/// The functions of this file.
pub fn functions() -> Vec<ValueFunction> {
    vec![
        ValueFunction::new("array_position", |given| with_element(given, Arrow::Int64), position),
        ValueFunction::new("arrays_overlap", |given| two(given, Arrow::Boolean), overlap),
        ValueFunction::new("array_repeat", repeat_types, repeat).nullable(),
        ValueFunction::new("array_normalize", normalize_types, normalize).nullable(),
        ValueFunction::metered("arrays_zip", zip_types, zip),
        ValueFunction::new("combinations", nested_types, combinations),
        ValueFunction::new("ngrams", nested_types, ngrams),
        ValueFunction::metered("sequence", sequence_types, sequence),
        ValueFunction::new("sort_array", sort_types, sort),
        ValueFunction::new("reverse", reverse_types, reverse),
        ValueFunction::new(GREATEST, extreme_types, |row, of| extreme(row, of, Ordering::Greater)),
        ValueFunction::new(LEAST, extreme_types, |row, of| extreme(row, of, Ordering::Less)),
        ValueFunction::new("index", index_types, index),
        ValueFunction::new("concat_ws", joined_types, concat_ws),
        ValueFunction::new("array_join", array_join_types, array_join).nullable(),
    ]
}

/// Most elements of an array that a function makes. Chosen.
pub(super) const MOST: usize = 1 << 20;

pub(super) fn too_many<T>() -> Outcome<T> {
    Err(carry(Error::new(Code::Execution, format!("a function makes an array of more than {MOST} elements"))))
}

fn null(data_type: &Arrow) -> Outcome<ScalarValue> {
    ScalarValue::try_from(data_type)
}

/// Two arrays, whose elements get one type.
fn two(given: &[Arrow], result: Arrow) -> Settled {
    let [left, right] = given else { return None };
    let array = list(&common_elements(&[left, right])?);
    Some((vec![array.clone(), array], result))
}

/// The common type of the elements of these arrays.
pub(super) fn common_elements(arrays: &[&Arrow]) -> Option<Arrow> {
    let inner = |data_type: &Arrow| match data_type {
        Arrow::List(item) | Arrow::LargeList(item) | Arrow::FixedSizeList(item, _) => Some(item.data_type().clone()),
        Arrow::Null => Some(Arrow::Null),
        _ => None,
    };
    common(&arrays.iter().map(|array| inner(array)).collect::<Option<Vec<_>>>()?)
}

fn with_element(given: &[Arrow], result: Arrow) -> Settled {
    let [array, wanted] = given else { return None };
    let element = match array {
        Arrow::Null => common(std::slice::from_ref(wanted))?,
        _ if *wanted == Arrow::Null => element(array)?,
        _ => compared(&element(array)?, wanted)?,
    };
    Some((vec![list(&element), element], result))
}

/// The type in which an element is compared with a value: text becomes a number beside numbers.
fn compared(element: &Arrow, wanted: &Arrow) -> Option<Arrow> {
    let is_text = |data_type: &Arrow| *data_type == Arrow::Utf8;
    match (is_text(element), is_text(wanted)) {
        (true, false) if wanted.is_numeric() => Some(Arrow::Float64),
        (false, true) if element.is_numeric() => Some(Arrow::Float64),
        _ => common(&[element.clone(), wanted.clone()]),
    }
}

/// Counted from 1; 0 if it is not there. Source: "ARRAY_POSITION".
fn position(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let [array, wanted] = row else { return null(&Arrow::Int64) };
    let found = elements(array)?.iter().position(|element| element == wanted);
    Ok(ScalarValue::from(found.and_then(|at| i64::try_from(at + 1).ok()).unwrap_or(0)))
}

/// Without a common element, NULL in one of two arrays that hold something makes it unknown. Source: "ARRAYS_OVERLAP".
fn overlap(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let [left, right] = row else { return null(&Arrow::Boolean) };
    let (left, right) = (elements(left)?, elements(right)?);
    let known: HashSet<&ScalarValue> = left.iter().filter(|element| !element.is_null()).collect();
    if right.iter().any(|element| known.contains(element)) {
        return Ok(ScalarValue::from(true));
    }
    let unknown = left.iter().chain(&right).any(ScalarValue::is_null);
    match unknown && !left.is_empty() && !right.is_empty() {
        true => null(&Arrow::Boolean),
        false => Ok(ScalarValue::from(false)),
    }
}

fn joined_types(given: &[Arrow]) -> Settled {
    let (separator, parts) = given.split_first()?;
    let part = |data_type: &Arrow| match data_type {
        Arrow::List(item) => (!item.data_type().is_nested()).then(|| list(&Arrow::Utf8)),
        other if other.is_nested() => None,
        _ => Some(Arrow::Utf8),
    };
    if separator.is_nested() || parts.is_empty() {
        return None;
    }
    let parts = parts.iter().map(part).collect::<Option<Vec<_>>>()?;
    Some((std::iter::once(Arrow::Utf8).chain(parts).collect(), Arrow::Utf8))
}

/// Texts and arrays of texts; NULL inside an array is left out. Source: "CONCAT_WS".
fn concat_ws(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let Some((separator, parts)) = row.split_first() else { return null(&Arrow::Utf8) };
    let mut texts = Vec::new();
    for part in parts {
        match text(part) {
            Some(text) => texts.push(text.to_owned()),
            None => texts.extend(elements(part)?.iter().filter_map(|part| text(part).map(str::to_owned))),
        }
    }
    Ok(ScalarValue::from(texts.join(text(separator).unwrap_or_default())))
}

fn array_join_types(given: &[Arrow]) -> Settled {
    let ([array, rest @ ..], true) = (given, (2..=3).contains(&given.len())) else { return None };
    let is_single = !element(array)?.is_nested() && !rest.iter().any(Arrow::is_nested);
    let texts = std::iter::once(list(&Arrow::Utf8)).chain(rest.iter().map(|_| Arrow::Utf8));
    is_single.then(|| (texts.collect(), Arrow::Utf8))
}

/// The elements as text; NULL among them is left out, or replaced. Source: "ARRAY_JOIN".
fn array_join(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    let [array, separator, rest @ ..] = row else { return null(&Arrow::Utf8) };
    let (false, Some(separator)) = (array.is_null(), text(separator)) else { return null(&Arrow::Utf8) };
    let replacement = rest.first().and_then(text);
    let elements = elements(array)?;
    let texts: Vec<&str> = elements.iter().filter_map(|element| text(element).or(replacement)).collect();
    Ok(ScalarValue::from(texts.join(separator)))
}

fn repeat_types(given: &[Arrow]) -> Settled {
    let [value, count] = given else { return None };
    let value = common(std::slice::from_ref(value))?;
    (!count.is_nested()).then(|| (vec![value.clone(), Arrow::Int64], list(&value)))
}

fn repeat(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let [value, count] = row else { return null(of) };
    let Some(count) = integer(count) else { return null(of) };
    match usize::try_from(count.max(0)) {
        Ok(count) if count <= MOST => {
            let elements = take(&value.to_array()?, &UInt32Array::from(vec![0; count]), None)?;
            list_of(elements, of)
        }
        _ => too_many(),
    }
}

fn normalize_types(given: &[Arrow]) -> Settled {
    let [array, power] = given else { return None };
    let doubles = list(&Arrow::Float64);
    (element(array)?.is_numeric() && !power.is_nested()).then(|| (vec![doubles.clone(), Arrow::Float64], doubles))
}

/// Each number divided by the p-norm of all; the array itself where `p` is 0. Source: "ARRAY_NORMALIZE".
fn normalize(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let [array, ScalarValue::Float64(Some(power))] = row else { return null(of) };
    if array.is_null() {
        return null(of);
    }
    let elements = elements(array)?;
    let number = |element: &ScalarValue| match element {
        ScalarValue::Float64(number) => *number,
        _ => None,
    };
    let Some(numbers) = elements.iter().map(number).collect::<Option<Vec<f64>>>() else { return null(of) };
    if *power < 0.0 {
        return Err(carry(Error::new(Code::Execution, "the power of `array_normalize` is negative")));
    }
    let norm = numbers.iter().map(|number| number.abs().powf(*power)).sum::<f64>().powf(1.0 / power);
    let norm = if *power == 0.0 || norm == 0.0 { 1.0 } else { norm };
    make_list(numbers.into_iter().map(|number| ScalarValue::from(number / norm)).collect(), of)
}

fn zip_types(given: &[Arrow]) -> Settled {
    let arrays = given.iter().map(|array| Some(list(&element(array)?))).collect::<Option<Vec<_>>>()?;
    let field = |(at, array): (usize, &Arrow)| Some((at.to_string(), types::from_arrow(&element(array)?)));
    let fields = arrays.iter().enumerate().map(field).collect::<Option<Vec<_>>>()?;
    let result = DataType::Array(Box::new(DataType::Struct(fields)));
    (!given.is_empty()).then(|| (arrays, types::to_arrow(&result)))
}

/// Fields are named by their place, from 0; short arrays end with NULL. Source: "ARRAYS_ZIP".
fn zip(row: &[ScalarValue], of: &Arrow, meter: &Meter) -> Outcome<ScalarValue> {
    let Arrow::List(item) = of else { return null(of) };
    let Arrow::Struct(fields) = item.data_type() else { return null(of) };
    let arrays = row.iter().zip(fields).map(|(array, field)| items(array, field.data_type()));
    let arrays = arrays.collect::<Outcome<Vec<_>>>()?;
    let longest = arrays.iter().map(|array| array.len()).max().unwrap_or_default();
    let mut columns = Vec::with_capacity(arrays.len());
    for array in arrays {
        meter.look().map_err(carry)?;
        let missing = longest - array.len();
        columns.push(match missing {
            0 => array,
            _ => together(&[array.as_ref(), new_null_array(array.data_type(), missing).as_ref()])?,
        });
    }
    list_of(Arc::new(StructArray::try_new(fields.clone(), columns, None)?), of)
}

fn nested_types(given: &[Arrow]) -> Settled {
    let [array, count] = given else { return None };
    let array = list(&element(array)?);
    (!count.is_nested()).then(|| (vec![array.clone(), Arrow::Int64], list(&array)))
}

/// The type of the elements of an array type.
fn inner(of: &Arrow) -> Arrow {
    match of {
        Arrow::List(item) => item.data_type().clone(),
        other => other.clone(),
    }
}

/// Every choice of `n` elements, in their order. Source: "COMBINATIONS".
fn combinations(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let [array, count] = row else { return null(of) };
    let all = elements(array)?;
    let Some(count) = integer(count).and_then(|count| usize::try_from(count).ok()) else { return null(of) };
    let mut chosen: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..count {
        let longer = chosen.iter().flat_map(|places| {
            let next = places.last().map_or(0, |last| last + 1);
            (next..all.len()).map(move |place| places.iter().copied().chain([place]).collect())
        });
        let longer: Vec<Vec<usize>> = longer.take(MOST / count.max(1) + 1).collect();
        if longer.len() > MOST / count.max(1) {
            return too_many();
        }
        chosen = longer;
    }
    let pick = |places: &Vec<usize>| places.iter().filter_map(|place| all.get(*place).cloned()).collect();
    make_list(chosen.iter().map(|places| make_list(pick(places), &inner(of))).collect::<Outcome<_>>()?, of)
}

/// Every run of `n` neighbours; all elements where there are fewer. Source: "NGRAMS".
fn ngrams(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let [array, count] = row else { return null(of) };
    let all = elements(array)?;
    let Some(count) = integer(count).and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0) else {
        return Err(carry(Error::new(Code::Execution, "`ngrams` needs a length of at least 1")));
    };
    if count.min(all.len()).saturating_mul(all.len()) > MOST {
        return too_many();
    }
    let runs = all.windows(count.min(all.len()).max(1)).map(|run| make_list(run.to_vec(), &inner(of)));
    make_list(runs.collect::<Outcome<_>>()?, of)
}

fn sequence_types(given: &[Arrow]) -> Settled {
    let (kind, step) = match given {
        [start, stop] => (common(&[start.clone(), stop.clone()])?, None),
        [start, stop, step] => (common(&[start.clone(), stop.clone()])?, Some(step)),
        _ => return None,
    };
    let (kind, step) = match (&kind, step) {
        (nested, _) if nested.is_nested() => return None,
        (Arrow::Date32 | Arrow::Timestamp(..), None) => (kind, None),
        (Arrow::Date32 | Arrow::Timestamp(..), Some(Arrow::Interval(_) | Arrow::Duration(_))) => {
            (kind, Some(Arrow::Interval(IntervalUnit::MonthDayNano)))
        }
        (moment, _) if moment.is_temporal() => return None,
        (_, Some(nested)) if nested.is_nested() || is_span(nested) => return None,
        (_, step) => (Arrow::Int64, step.map(|_| Arrow::Int64)),
    };
    let result = list(&kind);
    Some(([kind.clone(), kind].into_iter().chain(step).collect(), result))
}

/// From start to stop, both counted; without a step by 1 or -1, or by a day. Source: "SEQUENCE".
fn sequence(row: &[ScalarValue], of: &Arrow, meter: &Meter) -> Outcome<ScalarValue> {
    let ([start, stop] | [start, stop, _]) = row else { return null(of) };
    if start.data_type() != Arrow::Int64 {
        return sequence_of_moments(start, stop, row.get(2), of, meter);
    }
    let (Some(start), Some(stop)) = (integer(start), integer(stop)) else { return null(of) };
    let step = row.get(2).and_then(integer).unwrap_or(if start > stop { -1 } else { 1 });
    let (start, stop, step) = (i128::from(start), i128::from(stop), i128::from(step));
    if step == 0 && start != stop || step > 0 && start > stop || step < 0 && start < stop {
        return wrong_step();
    }
    let count = if step == 0 { 0 } else { (stop - start) / step };
    match usize::try_from(count) {
        Ok(last) if last < MOST => {
            meter.reserve((last + 1).saturating_mul(size_of::<i64>())).map_err(carry)?;
            let numbers = (0..=count).filter_map(|at| i64::try_from(start + at * step).ok());
            list_of(Arc::new(Int64Array::from_iter_values(numbers)), of)
        }
        _ => too_many(),
    }
}

fn wrong_step<T>() -> Outcome<T> {
    Err(carry(Error::new(Code::Execution, "the step of `sequence` does not lead from start to stop")))
}

/// Each element is the start and so many steps, so that months do not lose their last days on the way.
fn sequence_of_moments(
    start: &ScalarValue,
    stop: &ScalarValue,
    step: Option<&ScalarValue>,
    of: &Arrow,
    meter: &Meter,
) -> Outcome<ScalarValue> {
    let forward = start <= stop;
    let step = match step {
        Some(ScalarValue::IntervalMonthDayNano(Some(step))) => *step,
        _ => IntervalMonthDayNano::new(0, if forward { 1 } else { -1 }, 0),
    };
    let is_day = start.data_type() == Arrow::Date32;
    if !is_day && step.months != 0 {
        let message = "not supported: `sequence` by months or years over anything but dates";
        return Err(carry(Error::new(Code::Unsupported, message).help("use dates: `cast(… as date)`")));
    }
    if is_day && step.nanoseconds % 86_400_000_000_000 != 0 {
        return Err(carry(Error::new(Code::Execution, "the step of a `sequence` of dates is not a number of days")));
    }
    let days = i64::from(step.days) + if is_day { step.nanoseconds / 86_400_000_000_000 } else { 0 };
    let nanoseconds = if is_day { 0 } else { step.nanoseconds };
    let mut made: Vec<ScalarValue> = Vec::new();
    for at in 0_i64.. {
        meter.look().map_err(carry)?;
        let times = |one: i64| i32::try_from(one.checked_mul(at)?).ok();
        let (Some(months), Some(days), Some(nanoseconds)) =
            (times(step.months.into()), times(days), nanoseconds.checked_mul(at))
        else {
            break;
        };
        let distance = IntervalMonthDayNano::new(months, days, nanoseconds);
        let Ok(next) = start.add(ScalarValue::IntervalMonthDayNano(Some(distance))) else { break };
        let next = next.cast_to(&start.data_type())?;
        // A step that leads nowhere, or away.
        if made.last().is_some_and(|last| if forward { next <= *last } else { next >= *last }) {
            if made.len() == 1 && start != stop {
                return wrong_step();
            }
            break;
        }
        let is_past = if forward { next > *stop } else { next < *stop };
        if is_past {
            break;
        }
        if made.len() == MOST {
            return too_many();
        }
        meter.count(size_of::<ScalarValue>()).map_err(carry)?;
        made.push(next);
    }
    make_list(made, of)
}

fn sort_types(given: &[Arrow]) -> Settled {
    let ([array] | [array, _]) = given else { return None };
    let array = list(&element(array)?);
    let order = given.iter().skip(1).map(|_| Arrow::Boolean);
    Some((std::iter::once(array.clone()).chain(order).collect(), array))
}

/// What `array_max` and `array_min` are of arrays whose elements hold others: the engine compares these in another way.
pub const GREATEST: &str = "?array_max";
/// See [`GREATEST`].
pub const LEAST: &str = "?array_min";

fn extreme_types(given: &[Arrow]) -> Settled {
    let [array] = given else { return None };
    let element = element(array)?;
    Some((vec![list(&element)], element))
}

/// The element that compares so with all others; NULL is none.
fn extreme(row: &[ScalarValue], of: &Arrow, sought: Ordering) -> Outcome<ScalarValue> {
    let Some(array) = row.first() else { return null(of) };
    let known = elements(array)?.into_iter().filter(|element| !element.is_null());
    let found = known.reduce(|found, next| if ordered(&next, &found) == sought { next } else { found });
    found.map_or_else(|| null(of), Ok)
}

/// NULL is the smallest. Source: "SORT_ARRAY".
fn sort(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let Some(array) = row.first() else { return null(of) };
    let mut all = elements(array)?;
    all.sort_by(ordered);
    if matches!(row.get(1), Some(ScalarValue::Boolean(Some(false)))) {
        all.reverse();
    }
    make_list(all, of)
}

fn reverse_types(given: &[Arrow]) -> Settled {
    let [one] = given else { return None };
    let one = match one {
        Arrow::List(_) | Arrow::LargeList(_) | Arrow::FixedSizeList(..) => list(&element(one)?),
        nested if nested.is_nested() => return None,
        _ => Arrow::Utf8,
    };
    Some((vec![one.clone()], one))
}

/// The characters of a text or the elements of an array, the last one first. Source: "REVERSE".
fn reverse(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let Some(one) = row.first() else { return null(of) };
    if let Some(text) = text(one) {
        return Ok(ScalarValue::from(text.chars().rev().collect::<String>()));
    }
    let mut all = elements(one)?;
    all.reverse();
    make_list(all, of)
}

fn index_types(given: &[Arrow]) -> Settled {
    let [array @ (Arrow::List(_) | Arrow::LargeList(_) | Arrow::FixedSizeList(..)), _] = given else {
        let [map, _] = given else { return None };
        let (key, value) = super::value::entry(map)?;
        return Some((vec![map.clone(), key], value));
    };
    let element = element(array)?;
    Some((vec![list(&element), Arrow::Int64], element))
}

/// An element, counted from 0, or the value of a key; NULL if there is none. Source: "INDEX".
fn index(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let [holder, place] = row else { return null(of) };
    if matches!(holder, ScalarValue::Map(_)) {
        let found = super::value::entries(holder)?.into_iter().find(|(key, _)| key == place);
        return found.map_or_else(|| null(of), |(_, value)| Ok(value));
    }
    let place = integer(place).and_then(|place| usize::try_from(place).ok());
    match place.and_then(|place| elements(holder).ok()?.into_iter().nth(place)) {
        Some(element) => Ok(element),
        None => null(of),
    }
}
