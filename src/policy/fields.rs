//! The fields of a statement that all kinds of policy read the same way.

use serde_json::value::RawValue;

use super::condition::{Condition, parse_condition};
use super::condition_key::Keys;
use super::document::Reader;
use crate::error::Result;
use crate::text::Span;

/// The actions as they are written, each with its place: one string may list several, separated by commas (EXC-2).
pub fn actions<'a>(reader: Reader<'a>, raw: &'a RawValue) -> Result<Vec<(String, Span)>> {
    let lists = reader.strings(raw, "Action")?;
    let each = |(list, span): (String, Span)| {
        list.split(',').map(|action| (action.trim().to_owned(), span)).collect::<Vec<_>>()
    };
    Ok(lists.into_iter().flat_map(each).collect())
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
