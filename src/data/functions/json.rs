//! Values out of JSON text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error;

/// The functions of this file.
pub fn functions() -> Vec<RowFunction> {
    vec![RowFunction::new("get_json_object", &[Kind::Text, Kind::Text], 2, Shape::Text, get)]
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// `.key`
    Key(String),
    /// `[0]`
    Index(usize),
    /// `[*]`
    All,
}

/// `$.store.book[0]['title']`, `[*]`; NULL where the text, the path or the value is not there. Source: "GET_JSON_OBJECT".
fn get(row: &Row<'_>) -> error::Result<Value> {
    let path = row.words(1);
    let Ok(steps) = row.cached(path, || steps(path).ok_or(())) else { return Ok(Value::Null) };
    let Ok(root) = serde_json::from_str::<&RawValue>(row.words(0)) else { return Ok(Value::Null) };
    Ok(follow(root, &steps).map_or(Value::Null, Value::Text))
}

/// The steps of a path; nothing if it is none.
pub(super) fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.trim().strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (key, after) = after.split_at_checked(end)?;
            if key.is_empty() {
                return None;
            }
            steps.push(if key == "*" { Step::All } else { Step::Key(key.to_owned()) });
            rest = after;
        } else {
            let (inner, after) = rest.strip_prefix('[')?.split_once(']')?;
            let quoted = |quote: char| inner.strip_prefix(quote).and_then(|inner| inner.strip_suffix(quote));
            steps.push(match (inner, quoted('\'').or(quoted('"'))) {
                ("*", _) => Step::All,
                (_, Some(key)) => Step::Key(key.to_owned()),
                (number, None) => Step::Index(number.trim().parse().ok()?),
            });
            rest = after;
        }
    }
    Some(steps)
}

fn follow(value: &RawValue, steps: &[Step]) -> Option<String> {
    let Some((step, rest)) = steps.split_first() else { return shown(value) };
    let text = value.get();
    match step {
        Step::Key(key) => {
            let Object(entries) = serde_json::from_str(text).ok()?;
            follow(entries.iter().find(|(name, _)| name == key)?.1, rest)
        }
        Step::Index(index) => {
            let list: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            follow(list.get(*index)?, rest)
        }
        Step::All => {
            let list: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            let parts: Vec<String> = list.into_iter().filter_map(|item| inner(item, rest)).collect();
            (!parts.is_empty()).then(|| format!("[{}]", parts.join(",")))
        }
    }
}

/// What lies at a path, as it is written; nothing if there is nothing.
pub(super) fn raw(text: &str, steps: &[Step]) -> Option<String> {
    let mut value: &RawValue = serde_json::from_str(text).ok()?;
    let mut steps = steps.iter();
    while let Some(step) = steps.next() {
        value = match step {
            Step::Key(key) => {
                let Object(entries) = serde_json::from_str(value.get()).ok()?;
                entries.into_iter().find(|(name, _)| name == key)?.1
            }
            Step::Index(index) => *serde_json::from_str::<Vec<&RawValue>>(value.get()).ok()?.get(*index)?,
            Step::All => {
                let list: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
                let parts: Vec<String> = list.iter().filter_map(|item| raw(item.get(), steps.as_slice())).collect();
                return (!parts.is_empty()).then(|| format!("[{}]", parts.join(",")));
            }
        };
    }
    Some(value.get().to_owned())
}

/// The entries of an object; nothing if the text is none.
pub(super) fn object(text: &str) -> Option<Vec<(String, &str)>> {
    let Object(entries) = serde_json::from_str(text).ok()?;
    Some(entries.into_iter().map(|(key, value)| (key, value.get())).collect())
}

/// Inside a list, texts keep their quotes.
fn inner(value: &RawValue, steps: &[Step]) -> Option<String> {
    let found = follow(value, steps)?;
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&found).is_ok();
    Some(if is_json { found } else { serde_json::Value::from(found).to_string() })
}

fn shown(value: &RawValue) -> Option<String> {
    match value.get() {
        "null" => None,
        text if text.starts_with('"') => serde_json::from_str(text).ok(),
        text => Some(text.to_owned()),
    }
}

/// The entries of an object as they are written: of several with one key, the first counts. Source: "GET_JSON_OBJECT".
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Object(entries))
    }
}
