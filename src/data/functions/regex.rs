//! Regular expressions.
//!
//! Chosen: the engine's expressions, which run in linear time and have no look-around and no back-references.

use datafusion::functions::regex::compile_regex;

use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error::{Code, Error, Result};

use Kind::{Integer, Text};

/// The functions of this file.
pub fn functions() -> Vec<RowFunction> {
    vec![
        RowFunction::new("regexp_extract", &[Text, Text, Integer], 2, Shape::Text, extract),
        RowFunction::new("regexp_extract_all", &[Text, Text, Integer], 2, Shape::Texts, extract_all),
        RowFunction::new("regexp_replace", &[Text, Text, Text, Integer], 3, Shape::Text, replace),
        RowFunction::new("regexp_substr", &[Text, Text, Integer, Integer], 2, Shape::Text, substring),
        RowFunction::new("regexp_instr", &[Text, Text, Integer, Integer, Integer], 2, Shape::Integer, position),
        RowFunction::new("regexp_count", &[Text, Text, Integer], 2, Shape::Integer, count),
        RowFunction::new("rlike", &[Text, Text], 2, Shape::Boolean, matches),
        RowFunction::new("regexp", &[Text, Text], 2, Shape::Boolean, matches),
        RowFunction::new("regexp_like", &[Text, Text], 2, Shape::Boolean, matches),
        RowFunction::new("split", &[Text, Text, Kind::Boolean], 2, Shape::Texts, split),
    ]
}

fn wrong<E>(_: E) -> Box<Error> {
    Error::new(Code::Execution, "a regular expression cannot be used")
        .help("check its brackets; look-around and back-references are not built")
}

/// Whether a part of a text fits a regular expression.
///
/// # Errors
/// The expression cannot be used.
pub fn fits_pattern(text: &str, pattern: &str) -> Result<bool> {
    Ok(compile_regex(pattern, None).map_err(wrong)?.is_match(text))
}

/// The pattern, compiled once for many rows.
macro_rules! compiled {
    ($row:expr) => {
        $row.cached($row.words(1), || compile_regex($row.words(1), None)).map_err(wrong)?
    };
}

fn index(number: Option<i64>, default: usize) -> usize {
    number.map_or(default, |number| usize::try_from(number).unwrap_or(usize::MAX))
}

/// The text from the `start`-th character on, and how many bytes that leaves out.
fn from_start<'a>(row: &'a Row<'_>, argument: usize) -> Option<(&'a str, usize)> {
    let given = row.words(0);
    let skipped = index(row.integer(argument), 1).checked_sub(1)?;
    let offset = given.char_indices().map(|(at, _)| at).chain([given.len()]).nth(skipped)?;
    Some((given.get(offset..)?, offset))
}

/// The first group if none is named; 0 is the whole. Source: "REGEXP_EXTRACT".
fn extract(row: &Row<'_>) -> Result<Value> {
    let regex = compiled!(row);
    let group = index(row.integer(2), 1.min(regex.captures_len() - 1));
    if group >= regex.captures_len() {
        return Err(Error::new(Code::Execution, "a regular expression has fewer groups than that"));
    }
    let Some(captures) = regex.captures(row.words(0)) else { return Ok(Value::Null) };
    Ok(captures.get(group).map_or(Value::Null, |found| Value::Text(found.as_str().to_owned())))
}

fn extract_all(row: &Row<'_>) -> Result<Value> {
    let regex = compiled!(row);
    let group = index(row.integer(2), 1.min(regex.captures_len() - 1));
    let mut texts = Vec::new();
    for found in regex.captures_iter(row.words(0)) {
        row.meter().look()?;
        texts.push(found.get(group).map(|text| text.as_str().to_owned()).unwrap_or_default());
        row.meter().count(size_of::<String>())?;
    }
    Ok(Value::Texts(texts))
}

/// `\1` stands for a group; occurrence 0 is every one. Source: "REGEXP_REPLACE".
fn replace(row: &Row<'_>) -> Result<Value> {
    let regex = compiled!(row);
    let template = template(row.words(2));
    let given = row.words(0);
    let nth = index(row.integer(3), 0);
    let (mut made, mut end) = (String::new(), 0);
    for (at, captures) in regex.captures_iter(given).enumerate() {
        row.meter().look()?;
        if nth > 0 && at + 1 < nth {
            continue;
        }
        let Some(found) = captures.get(0) else { continue };
        let before = made.len();
        made.push_str(given.get(end..found.start()).unwrap_or_default());
        captures.expand(&template, &mut made);
        end = found.end();
        row.meter().count(made.len() - before)?;
        if nth > 0 {
            break;
        }
    }
    made.push_str(given.get(end..).unwrap_or_default());
    Ok(Value::Text(made))
}

/// A replacement in the engine's words: `$` is `$$`, `\1` is `${1}`.
fn template(given: &str) -> String {
    let mut made = String::new();
    let mut letters = given.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '$' => made.push_str("$$"),
            '\\' => match letters.next() {
                Some(digit) if digit.is_ascii_digit() => made.push_str(&format!("${{{digit}}}")),
                Some(other) => made.push(other),
                None => made.push('\\'),
            },
            other => made.push(other),
        }
    }
    made
}

/// The n-th match, counted from 1.
fn nth_match<T>(row: &Row<'_>, matches: impl Iterator<Item = T>, nth: usize) -> Result<Option<T>> {
    for (at, found) in matches.enumerate() {
        row.meter().look()?;
        if at + 1 == nth {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn substring(row: &Row<'_>) -> Result<Value> {
    let regex = compiled!(row);
    let nth = index(row.integer(3), 1);
    let Some((rest, _)) = from_start(row, 2) else { return Ok(Value::Null) };
    let found = nth_match(row, regex.find_iter(rest), nth)?;
    Ok(found.map_or(Value::Null, |found| Value::Text(found.as_str().to_owned())))
}

/// Where the n-th match starts, or where it has ended if the last argument is 1. Source: "REGEXP_INSTR".
fn position(row: &Row<'_>) -> Result<Value> {
    let regex = compiled!(row);
    let nth = index(row.integer(3), 1);
    let Some((rest, offset)) = from_start(row, 2) else { return Ok(Value::Integer(0)) };
    let found = nth_match(row, regex.find_iter(rest), nth)?;
    let Some(found) = found else { return Ok(Value::Integer(0)) };
    let end = if index(row.integer(4), 0) == 1 { found.end() } else { found.start() };
    let before = row.words(0).get(..offset + end).unwrap_or_default().chars().count();
    Ok(Value::Integer(i64::try_from(before + 1).unwrap_or_default()))
}

fn count(row: &Row<'_>) -> Result<Value> {
    let regex = compiled!(row);
    let Some((rest, _)) = from_start(row, 2) else { return Ok(Value::Integer(0)) };
    let mut count = 0;
    for _ in regex.find_iter(rest) {
        row.meter().look()?;
        count += 1;
    }
    Ok(Value::Integer(count))
}

fn matches(row: &Row<'_>) -> Result<Value> {
    Ok(Value::Boolean(compiled!(row).is_match(row.words(0))))
}

/// Parts between matches; empty ones at the end are left out unless the last argument is false. Source: "SPLIT".
fn split(row: &Row<'_>) -> Result<Value> {
    let regex = compiled!(row);
    let trims = row.boolean(2).unwrap_or(true);
    let mut parts: Vec<String> = Vec::new();
    for part in regex.split(row.words(0)) {
        row.meter().look()?;
        row.meter().count(size_of::<String>())?;
        parts.push(part.to_owned());
    }
    while trims && parts.last().is_some_and(String::is_empty) {
        parts.pop();
    }
    Ok(Value::Texts(parts))
}
