//! The fields of a statement that all kinds of policy read the same way.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::condition::{Condition, parse_condition};
use super::condition_key::Keys;
use super::document::Reader;
use crate::error::Result;
use crate::text::Span;

/// The actions as they are written, each once, with its place: one string may list several, separated by commas (EXC-2).
pub fn actions<'a>(reader: Reader<'a>, raw: &'a RawValue) -> Result<Vec<(String, Span)>> {
    let mut known = HashSet::new();
    let mut actions = Vec::new();
    for (list, span) in reader.strings(raw, "Action")? {
        for action in list.split(',').map(str::trim) {
            if action.is_empty() && list.contains(',') {
                return Err(reader.wrong(span, "an action is missing before or behind a comma"));
            }
            if known.insert(action.to_owned()) {
                actions.push((action.to_owned(), span));
            }
        }
    }
    Ok(actions)
}

/// The conditions of a statement: at least one.
pub fn conditions<'a>(reader: Reader<'a>, raw: &'a RawValue, known: Keys) -> Result<Vec<Condition>> {
    let mut conditions = Vec::new();
    for (operator, keys) in reader.object(raw, "Condition")? {
        for (key, values) in reader.object(keys, &operator)? {
            let values = reader.strings(values, &key)?;
            let span = values.first().map_or(reader.span(raw), |(_, span)| *span);
            let texts = values.into_iter().map(|(text, _)| text).collect();
            let condition = parse_condition(&operator, &key, texts, known);
            conditions.push(condition.map_err(|problem| reader.wrong(span, &problem))?);
        }
    }
    if conditions.is_empty() {
        return Err(reader.wrong(reader.span(raw), "`Condition` is empty").help(reader.no_condition()));
    }
    Ok(conditions)
}
