//! Text: joining, cutting, finding.

use std::collections::HashSet;

use super::pattern::{self, Letters};
use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error::{Code, Error, Result};

use Kind::{Integer, Text};

/// The functions of this file.
pub fn functions() -> Vec<RowFunction> {
    vec![
        RowFunction::new("substr", &[Text, Integer, Integer], 2, Shape::Text, substring),
        RowFunction::new("substring", &[Text, Integer, Integer], 2, Shape::Text, substring),
        RowFunction::new("instr", &[Text, Text, Integer, Integer], 2, Shape::Integer, instr),
        RowFunction::new("locate", &[Text, Text, Integer], 2, Shape::Integer, locate).nullable(),
        RowFunction::new("chr", &[Integer], 1, Shape::Text, character),
        RowFunction::new("find_in_set", &[Text, Text, Text], 2, Shape::Integer, find_in_set),
        RowFunction::new("left", &[Text, Integer], 2, Shape::Text, |row| text(side(row, false))),
        RowFunction::new("right", &[Text, Integer], 2, Shape::Text, |row| text(side(row, true))),
        RowFunction::new("length", &[Text], 1, Shape::Integer, |row| integer(row.words(0).chars().count())),
        RowFunction::new("char_length", &[Text], 1, Shape::Integer, |row| integer(row.words(0).chars().count())),
        RowFunction::new("lengthb", &[Text], 1, Shape::Integer, |row| integer(row.words(0).len())),
        RowFunction::new("to_char", &[Kind::Either, Text], 1, Shape::Text, to_char),
        RowFunction::new("tolower", &[Text], 1, Shape::Text, |row| text(row.words(0).to_lowercase())),
        RowFunction::new("toupper", &[Text], 1, Shape::Text, |row| text(row.words(0).to_uppercase())),
        RowFunction::new("lower", &[Text], 1, Shape::Text, |row| text(row.words(0).to_lowercase())),
        RowFunction::new("upper", &[Text], 1, Shape::Text, |row| text(row.words(0).to_uppercase())),
        RowFunction::new("trim", &[Text, Text], 1, Shape::Text, |row| text(cut(row, true, true))),
        RowFunction::new("ltrim", &[Text, Text], 1, Shape::Text, |row| text(cut(row, true, false))),
        RowFunction::new("rtrim", &[Text, Text], 1, Shape::Text, |row| text(cut(row, false, true))),
        RowFunction::new("levenshtein", &[Text, Text], 2, Shape::Int, levenshtein),
        RowFunction::new("repeat", &[Text, Integer], 2, Shape::Text, repeat),
        RowFunction::new("space", &[Integer], 1, Shape::Text, space),
        RowFunction::new("lpad", &[Text, Integer, Text], 3, Shape::Text, |row| text(pad(row)? + &kept(row))),
        RowFunction::new("rpad", &[Text, Integer, Text], 3, Shape::Text, |row| text(kept(row) + &pad(row)?)),
        RowFunction::new("replace", &[Text, Text, Text], 2, Shape::Text, replace),
        RowFunction::new("split_part", &[Text, Text, Integer, Integer], 3, Shape::Text, split_part),
        RowFunction::new("keyvalue", &[Text, Text, Text, Text], 2, Shape::Text, key_value),
        RowFunction::new("char_matchcount", &[Text, Text], 2, Shape::Integer, match_count),
        RowFunction::new("substring_index", &[Text, Text, Integer], 3, Shape::Text, substring_index),
        RowFunction::new("?split_exactly", &[Text, Text], 2, Shape::Texts, split_exactly),
        RowFunction::new("starts_with", &[Text, Text], 2, Shape::Boolean, |row| {
            Ok(Value::Boolean(row.words(0).starts_with(row.words(1))))
        }),
        RowFunction::new("ends_with", &[Text, Text], 2, Shape::Boolean, |row| {
            Ok(Value::Boolean(row.words(0).ends_with(row.words(1))))
        }),
    ]
}

/// Longest text that a function may make, in bytes. Source: "Limits": a STRING has at most 8 MB.
const LONGEST: usize = 8 << 20;
/// Bytes of characters that are looked through one by one.
const FEW: usize = 16;

fn text(text: String) -> Result<Value> {
    Ok(Value::Text(text))
}

fn integer(count: usize) -> Result<Value> {
    Ok(Value::Integer(i64::try_from(count).unwrap_or(i64::MAX)))
}

fn size(count: Option<i64>) -> usize {
    usize::try_from(count.unwrap_or_default()).unwrap_or_default().min(LONGEST)
}

/// Every part, empty ones too.
fn split_exactly(row: &Row<'_>) -> Result<Value> {
    let separator = row.words(1);
    let parts: Vec<&str> =
        if separator.is_empty() { vec![row.words(0)] } else { row.words(0).split(separator).collect() };
    Ok(Value::Texts(parts.into_iter().map(str::to_owned).collect()))
}

/// `concat` of texts.
pub fn concat() -> RowFunction {
    RowFunction::new("concat", &[Text], 0, Shape::Text, joined).more()
}

/// NULL of nothing. Source: "CONCAT".
fn joined(row: &Row<'_>) -> Result<Value> {
    if row.count() == 0 {
        return Ok(Value::Null);
    }
    row.meter().make_room((0..row.count()).map(|at| row.words(at).len()).sum())?;
    text((0..row.count()).map(|at| row.words(at)).collect())
}

/// Counts from 1; negative from the end. Source: "SUBSTR". Chosen: 0 is 1.
fn substring(row: &Row<'_>) -> Result<Value> {
    let given = row.words(0);
    let start = row.integer(1).unwrap_or(1);
    let skipped = match start {
        1.. => usize::try_from(start - 1).unwrap_or(usize::MAX),
        0 => 0,
        _ => {
            let count = given.chars().count();
            match count.checked_sub(usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX)) {
                Some(skipped) => skipped,
                None => return text(String::new()),
            }
        }
    };
    let taken = match row.integer(2) {
        Some(length) => usize::try_from(length).unwrap_or_default(),
        None if row.count() > 2 => 0,
        None => usize::MAX,
    };
    text(given.chars().skip(skipped).take(taken).collect())
}

/// The position of the n-th occurrence, counted from 1; 0 if there is none. Source: "INSTR".
fn instr(row: &Row<'_>) -> Result<Value> {
    let nth = usize::try_from(row.integer(3).unwrap_or(1)).unwrap_or_default();
    Ok(Value::Integer(find(row.words(0), row.words(1), row.integer(2).unwrap_or(1), nth)))
}

/// 0 if the start is NULL. Source: "LOCATE".
fn locate(row: &Row<'_>) -> Result<Value> {
    let (Some(wanted), Some(given)) = (row.text(0), row.text(1)) else { return Ok(Value::Null) };
    let start = if row.count() > 2 { row.integer(2) } else { Some(1) };
    Ok(Value::Integer(start.map_or(0, |start| find(given, wanted, start, 1))))
}

/// The character of a code from 0 to 128; NULL of NULL. Source: "CHR".
///
/// # Errors
/// The code is outside of that range.
fn character(row: &Row<'_>) -> Result<Value> {
    let Some(number) = row.integer(0) else { return Ok(Value::Null) };
    match u8::try_from(number) {
        Ok(code @ 0..=128) => Ok(Value::Text(char::from(code).to_string())),
        _ => Err(Error::new(Code::Execution, "the argument of `chr` is outside of its range")
            .help("give a code from 0 to 128")),
    }
}

/// Which part of a list a text is, counted from 1; 0 if it is none. Source: "FIND_IN_SET".
fn find_in_set(row: &Row<'_>) -> Result<Value> {
    let delimiter = if row.count() > 2 { row.words(2) } else { "," };
    let parts = row.words(1);
    let found = match delimiter.is_empty() {
        true => (parts == row.words(0)).then_some(0),
        false => parts.split(delimiter).position(|part| part == row.words(0)),
    };
    integer(found.map_or(0, |at| at + 1))
}

/// A negative start counts from the end. Source: "INSTR".
fn find(given: &str, wanted: &str, start: i64, nth: usize) -> i64 {
    let length = || i64::try_from(given.chars().count()).unwrap_or(i64::MAX);
    let first = if start < 0 { length().saturating_add(start) } else { start.saturating_sub(1) };
    let Ok(skipped) = usize::try_from(first) else { return 0 };
    let Some(nth) = nth.checked_sub(1) else { return 0 };
    let offset = given.char_indices().map(|(at, _)| at).chain([given.len()]).nth(skipped);
    let Some(rest) = offset.and_then(|offset| given.get(offset..)) else { return 0 };
    let found = rest.match_indices(wanted).nth(nth).and_then(|(at, _)| rest.get(..at));
    found.map_or(0, |before| i64::try_from(skipped + before.chars().count() + 1).unwrap_or_default())
}

/// With a pattern the first argument is a moment; a flag is in capitals. Source: "TO_CHAR".
fn to_char(row: &Row<'_>) -> Result<Value> {
    let Some(format) = row.text(1) else {
        return text(if row.is_flag(0) { row.words(0).to_uppercase() } else { row.words(0).to_owned() });
    };
    let Some(moment) = row.moment(0) else { return Ok(Value::Null) };
    text(pattern::print(moment, &pattern::pieces(format, Letters::Native)))
}

fn cut(row: &Row<'_>, front: bool, back: bool) -> String {
    let given = row.words(0);
    let wanted = one_of(row.text(1).unwrap_or(" "));
    let given = if front { given.trim_start_matches(&wanted) } else { given };
    let given = if back { given.trim_end_matches(&wanted) } else { given };
    given.to_owned()
}

/// Whether a character is one of these: looked up where they are many.
fn one_of(letters: &str) -> impl Fn(char) -> bool + '_ {
    let many = (letters.len() > FEW).then(|| letters.chars().collect::<HashSet<char>>());
    move |letter| match &many {
        Some(many) => many.contains(&letter),
        None => letters.contains(letter),
    }
}

fn repeat(row: &Row<'_>) -> Result<Value> {
    let given = row.words(0);
    let count = size(row.integer(1)).min(LONGEST / given.len().max(1));
    row.meter().make_room(given.len() * count)?;
    text(given.repeat(count))
}

/// So many characters of one end; a negative number leaves out as many of the other.
fn side(row: &Row<'_>, right: bool) -> String {
    let given: Vec<char> = row.words(0).chars().collect();
    let wanted = row.integer(1).unwrap_or_default();
    let distance = usize::try_from(wanted.unsigned_abs()).unwrap_or(usize::MAX).min(given.len());
    let kept = if wanted < 0 { given.len() - distance } else { distance };
    let range = if right { given.len() - kept..given.len() } else { 0..kept };
    given.get(range).unwrap_or_default().iter().collect()
}

/// What `lpad` and `rpad` keep of a text that is too long.
fn kept(row: &Row<'_>) -> String {
    row.words(0).chars().take(size(row.integer(1))).collect()
}

/// What fills a text up to the wanted number of characters.
fn pad(row: &Row<'_>) -> Result<String> {
    let missing = size(row.integer(1)).saturating_sub(row.words(0).chars().count());
    row.meter().make_room(missing)?;
    Ok(row.words(2).chars().cycle().take(if row.words(2).is_empty() { 0 } else { missing }).collect())
}

fn space(row: &Row<'_>) -> Result<Value> {
    let count = size(row.integer(0));
    row.meter().make_room(count)?;
    text(" ".repeat(count))
}

/// How many characters must be put in, left out or changed to make one text of the other.
fn levenshtein(row: &Row<'_>) -> Result<Value> {
    let right: Vec<char> = row.words(1).chars().collect();
    let mut distances: Vec<usize> = (1..=right.len()).collect();
    let mut last = right.len();
    for (at, letter) in row.words(0).chars().enumerate() {
        row.meter().look()?;
        let mut diagonal = at;
        last = at + 1;
        for (distance, other) in distances.iter_mut().zip(&right) {
            last = (*distance + 1).min(last + 1).min(diagonal + usize::from(letter != *other));
            diagonal = std::mem::replace(distance, last);
        }
    }
    integer(last)
}

fn replace(row: &Row<'_>) -> Result<Value> {
    let wanted = row.words(1);
    if wanted.is_empty() {
        return text(row.words(0).to_owned());
    }
    let (given, by) = (row.words(0), row.words(2));
    let found = given.matches(wanted).count();
    row.meter().make_room((given.len() - found * wanted.len()).saturating_add(found.saturating_mul(by.len())))?;
    text(given.replace(wanted, by))
}

/// Parts from `start` to `end`, counted from 1 or from the end. Source: "SPLIT_PART".
fn split_part(row: &Row<'_>) -> Result<Value> {
    let (given, separator) = (row.words(0), row.words(1));
    let parts: Vec<&str> = if separator.is_empty() { vec![given] } else { given.split(separator).collect() };
    let count = i64::try_from(parts.len()).unwrap_or(i64::MAX);
    let place = |at: i64| if at < 0 { count + at + 1 } else { at };
    let start = place(row.integer(2).unwrap_or(1)).max(1);
    let end = place(row.integer(3).or(row.integer(2)).unwrap_or(1)).min(count);
    let range = usize::try_from(start - 1).unwrap_or_default()..usize::try_from(end).unwrap_or_default();
    text(parts.get(range).map(|parts| parts.join(separator)).unwrap_or_default())
}

/// `keyvalue('a:1;b:2', 'b')`. Source: "KEYVALUE".
fn key_value(row: &Row<'_>) -> Result<Value> {
    let (pairs, between, key) = match row.count() {
        2 => (";", ":", row.words(1)),
        _ => (row.words(1), row.words(2), row.words(3)),
    };
    if pairs.is_empty() || between.is_empty() {
        return Ok(Value::Null);
    }
    let found = row.words(0).split(pairs).find_map(|pair| pair.split_once(between).filter(|(name, _)| *name == key));
    Ok(found.map_or(Value::Null, |(_, value)| Value::Text(value.to_owned())))
}

fn match_count(row: &Row<'_>) -> Result<Value> {
    let wanted = one_of(row.words(1));
    integer(row.words(0).chars().filter(|letter| wanted(*letter)).count())
}

fn substring_index(row: &Row<'_>) -> Result<Value> {
    let (given, separator) = (row.words(0), row.words(1));
    let count = row.integer(2).unwrap_or_default();
    if separator.is_empty() || count == 0 {
        return text(String::new());
    }
    let parts: Vec<&str> = given.split(separator).collect();
    let kept = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(parts.len());
    let range = if count > 0 { 0..kept } else { parts.len() - kept..parts.len() };
    text(parts.get(range).map(|parts| parts.join(separator)).unwrap_or_default())
}
