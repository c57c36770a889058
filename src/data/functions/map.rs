//! Maps: out of arrays, entries, text and other maps.

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::functions::regex::compile_regex;

use super::value::{
    Settled, ValueFunction, common, element, elements, entries, entry, fields, list, make_list, make_map, map, text,
};
use crate::data::failure::carry;
use crate::error::{Code, Error};

/// The functions of this file.
pub fn functions() -> Vec<ValueFunction> {
    vec![
        ValueFunction::new("map", pair_types, pairs).nullable(),
        ValueFunction::new("map_from_arrays", array_types, from_arrays),
        ValueFunction::new("map_from_entries", |given| entry_types(given, false), from_entries),
        ValueFunction::new("multimap_from_entries", |given| entry_types(given, true), multimap),
        ValueFunction::new("map_concat", concat_types, concat),
        ValueFunction::new("str_to_map", text_types, from_text),
    ]
}

type Entries = Vec<(ScalarValue, ScalarValue)>;

/// A map of what was given; a key must not be NULL, and appears twice only where the last one wins.
fn made(given: Entries, policy: Option<&ScalarValue>, of: &Arrow) -> Outcome<ScalarValue> {
    if given.iter().any(|(key, _)| key.is_null()) {
        return Err(carry(Error::new(Code::Execution, "a key of a map is NULL")));
    }
    let count = given.len();
    let made = make_map(given, of)?;
    match policy.and_then(text) {
        None | Some("last_win") => Ok(made),
        Some("exception") if entries(&made)?.len() == count => Ok(made),
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
fn pairs(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let pairs = row.chunks_exact(2).filter_map(|pair| match pair {
        [key, value] => Some((key.clone(), value.clone())),
        _ => None,
    });
    made(pairs.collect(), None, of)
}

fn array_types(given: &[Arrow]) -> Settled {
    let (policy, arrays) = policy(given, given.first() == Some(&Arrow::Utf8));
    let [keys, values] = arrays else { return None };
    let (key, value) = (element(keys)?, element(values)?);
    let arrays = [list(&key), list(&value)];
    Some((policy.cloned().into_iter().chain(arrays).collect(), map(&key, &value)))
}

/// Source: "MAP_FROM_ARRAYS".
fn from_arrays(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let (policy, arrays) = policy(row, row.len() > 2);
    let [keys, values] = arrays else { return ScalarValue::try_from(of) };
    let (keys, values) = (elements(keys)?, elements(values)?);
    if keys.len() != values.len() {
        return Err(carry(Error::new(Code::Execution, "a map needs as many keys as values")));
    }
    made(keys.into_iter().zip(values).collect(), policy, of)
}

fn entry_types(given: &[Arrow], many: bool) -> Settled {
    let (policy, arrays) = policy(given, given.first() == Some(&Arrow::Utf8));
    let [array] = arrays else { return None };
    let entry = element(array)?;
    let Arrow::Struct(fields) = &entry else { return None };
    let [key, value] = fields.as_ref() else { return None };
    let (key, value) = (key.data_type(), value.data_type());
    let result = if many { map(key, &list(value)) } else { map(key, value) };
    Some((policy.cloned().into_iter().chain([list(&entry)]).collect(), result))
}

fn listed(array: &ScalarValue) -> Outcome<Entries> {
    let pairs = elements(array)?.into_iter().filter(|entry| !entry.is_null()).map(|entry| {
        let mut parts = fields(&entry)?.into_iter();
        Ok(parts.next().zip(parts.next()))
    });
    Ok(pairs.collect::<Outcome<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Source: "MAP_FROM_ENTRIES".
fn from_entries(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let (policy, arrays) = policy(row, row.len() > 1);
    let [array] = arrays else { return ScalarValue::try_from(of) };
    made(listed(array)?, policy, of)
}

/// All values of each key. Source: "MULTIMAP_FROM_ENTRIES".
fn multimap(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let (Some(array), Some((_, values))) = (row.first(), entry(of)) else { return ScalarValue::try_from(of) };
    let mut kept: Vec<(ScalarValue, Vec<ScalarValue>)> = Vec::new();
    for (key, value) in listed(array)? {
        match kept.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(value),
            None => kept.push((key, vec![value])),
        }
    }
    let kept = kept.into_iter().map(|(key, list)| Ok((key, make_list(list, &values)?)));
    made(kept.collect::<Outcome<_>>()?, None, of)
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
fn concat(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let (policy, maps) = policy(row, row.first().is_some_and(|first| text(first).is_some()));
    let all = maps.iter().map(entries).collect::<Outcome<Vec<_>>>()?;
    made(all.into_iter().flatten().collect(), policy, of)
}

fn text_types(given: &[Arrow]) -> Settled {
    let simple = given.iter().all(|data_type| !data_type.is_nested());
    let fits = simple && (1..=4).contains(&given.len());
    fits.then(|| (vec![Arrow::Utf8; given.len()], map(&Arrow::Utf8, &Arrow::Utf8)))
}

/// `[policy,] text [, between entries [, between key and value]]`, both regular expressions. Source: "STR_TO_MAP".
fn from_text(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let names_policy = matches!(row.first().and_then(text), Some("last_win" | "exception"));
    let (policy, rest) = policy(row, row.len() > 1 && names_policy);
    let pattern = |at: usize, default: &'static str| {
        let pattern = rest.get(at).and_then(text).unwrap_or(default);
        compile_regex(pattern, None)
            .map_err(|_| carry(Error::new(Code::Execution, "a delimiter of `str_to_map` is not a regular expression")))
    };
    let (between, inside) = (pattern(1, ",")?, pattern(2, "=")?);
    let pairs = between.split(rest.first().and_then(text).unwrap_or_default()).map(|pair| {
        let mut parts = inside.splitn(pair, 2);
        let key = ScalarValue::from(parts.next().unwrap_or_default());
        (key, ScalarValue::Utf8(parts.next().map(str::to_owned)))
    });
    made(pairs.collect(), policy, of)
}
