//! Times of a day as microseconds since midnight: made of clocks and texts, moved, compared, cut and written.

use chrono::{NaiveDateTime, Timelike};

use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error::{Code, Error, Result};

use Kind::{Either, Integer, Text};

/// The functions of this file.
pub fn functions() -> Vec<RowFunction> {
    vec![
        RowFunction::new("time_add", &[Integer, Integer, Text], 3, Shape::Integer, |row| moved(row, 1)),
        RowFunction::new("time_sub", &[Integer, Integer, Text], 3, Shape::Integer, |row| moved(row, -1)),
        RowFunction::new("time_diff", &[Integer, Integer, Text], 3, Shape::Integer, difference),
        RowFunction::new("time_trunc", &[Integer, Text], 2, Shape::Integer, truncated),
        RowFunction::new("to_time", &[Either, Text, Text], 1, Shape::Integer, made),
        RowFunction::new("format_time", &[Integer, Text], 2, Shape::Text, written),
    ]
}

const SECOND: i64 = 1_000_000;

/// The microseconds of a day.
const DAY: i64 = 86_400 * SECOND;

/// The microseconds of a unit. Source: "TIME_ADD", "TIME_TRUNC".
fn unit(name: &str) -> Result<i64> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "hour" | "hh" => 3_600 * SECOND,
        "minute" | "mi" => 60 * SECOND,
        "second" | "ss" => SECOND,
        "millisecond" | "millis" | "ff3" => 1_000,
        "microsecond" | "micros" | "ff6" => 1,
        _ => {
            return Err(Error::new(Code::Execution, "a part of a time has an unknown name")
                .help("write one of 'hour', 'minute', 'second', 'millis', 'micros'"));
        }
    })
}

/// Chosen: a sum is not taken round midnight.
fn moved(row: &Row<'_>, sign: i64) -> Result<Value> {
    let (Some(time), Some(count)) = (row.integer(0), row.integer(1)) else { return Ok(Value::Null) };
    let unit = unit(row.words(2))?;
    let distance = count.checked_mul(unit).and_then(|distance| distance.checked_mul(sign));
    match distance.and_then(|distance| time.checked_add(distance)) {
        Some(sum) => Ok(Value::Integer(sum)),
        None => Err(Error::new(Code::Execution, "the result of a calculation does not fit its type")),
    }
}

/// Parts of a unit do not count. Source: "TIME_DIFF".
fn difference(row: &Row<'_>) -> Result<Value> {
    let (Some(end), Some(start)) = (row.integer(0), row.integer(1)) else { return Ok(Value::Null) };
    let unit = unit(row.words(2))?;
    match end.checked_sub(start) {
        Some(distance) => Ok(Value::Integer(distance / unit)),
        None => Err(Error::new(Code::Execution, "the result of a calculation does not fit its type")),
    }
}

fn truncated(row: &Row<'_>) -> Result<Value> {
    let Some(time) = row.integer(0) else { return Ok(Value::Null) };
    let unit = unit(row.words(1))?;
    Ok(time.div_euclid(unit).checked_mul(unit).map_or(Value::Null, Value::Integer))
}

/// Of a moment, of a text and its format, or of an hour, a minute and a second. Source: "TO_TIME".
fn made(row: &Row<'_>) -> Result<Value> {
    match row.count() {
        1 => Ok(row.moment(0).map_or(Value::Null, |moment| Value::Integer(of_clock(moment)))),
        2 => read(row.words(0), &pieces(row.words(1))?).map(Value::Integer).ok_or_else(|| {
            Error::new(Code::Execution, "a text of `to_time` does not have its format")
                .help("write for example `to_time('15:39:40', '%H:%M:%S')`")
        }),
        _ => {
            let number = |at: usize| row.words(at).parse::<i64>().ok();
            let time = match (number(0), number(1), number(2)) {
                (Some(hour), Some(minute), Some(second)) => time(hour, minute, second, 0),
                _ => None,
            };
            time.map(Value::Integer).ok_or_else(outside)
        }
    }
}

fn of_clock(moment: NaiveDateTime) -> i64 {
    let time = moment.time();
    i64::from(time.num_seconds_from_midnight()) * SECOND + i64::from(time.nanosecond() / 1_000)
}

fn time(hour: i64, minute: i64, second: i64, micros: i64) -> Option<i64> {
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    fits.then_some(((hour * 60 + minute) * 60 + second) * SECOND + micros)
}

fn outside() -> Box<Error> {
    Error::new(Code::Execution, "a time of day is outside of 00:00:00 to 23:59:59.999999")
}

/// A piece of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Hour,
    Minute,
    Second,
    Millisecond,
    /// Seconds with so many digits behind the point.
    Exact(usize),
    Letter(char),
}

/// Digits of a second that a time has.
const DIGITS: usize = 6;

/// Source: "FORMAT_TIME".
fn pieces(format: &str) -> Result<Vec<Piece>> {
    const NAMED: [(&str, Piece); 11] = [
        ("%E*S", Piece::Exact(DIGITS)),
        ("%H", Piece::Hour),
        ("HH", Piece::Hour),
        ("hh", Piece::Hour),
        ("%M", Piece::Minute),
        ("MI", Piece::Minute),
        ("mi", Piece::Minute),
        ("%S", Piece::Second),
        ("SS", Piece::Second),
        ("ss", Piece::Second),
        ("ff3", Piece::Millisecond),
    ];
    let (mut pieces, mut rest) = (Vec::new(), format);
    while let Some(letter) = rest.chars().next() {
        if let Some((name, piece)) = NAMED.iter().find(|(name, _)| rest.starts_with(name)) {
            pieces.push(*piece);
            rest = rest.get(name.len()..).unwrap_or_default();
        } else if let Some((digits, after)) = rest.strip_prefix("%E").and_then(|rest| rest.split_once('S')) {
            match digits.parse::<usize>() {
                Ok(digits) if digits <= DIGITS => pieces.push(Piece::Exact(digits)),
                _ => {
                    return Err(Error::new(Code::Execution, "a format of a time has an unknown part")
                        .help("write `%E3S` for three digits, `%E*S` for six"));
                }
            }
            rest = after;
        } else {
            pieces.push(Piece::Letter(letter));
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(pieces)
}

fn written(row: &Row<'_>) -> Result<Value> {
    let Some(time) = row.integer(0) else { return Ok(Value::Null) };
    if !(0..DAY).contains(&time) {
        return Err(outside());
    }
    let pieces = row.cached(row.words(1), || pieces(row.words(1)))?;
    let (second, micros) = (time / SECOND % 60, time % SECOND);
    let mut text = String::new();
    for piece in pieces.iter() {
        match piece {
            Piece::Hour => text.push_str(&format!("{:02}", time / SECOND / 3_600)),
            Piece::Minute => text.push_str(&format!("{:02}", time / SECOND / 60 % 60)),
            Piece::Second | Piece::Exact(0) => text.push_str(&format!("{second:02}")),
            Piece::Millisecond => text.push_str(&format!("{:03}", micros / 1_000)),
            Piece::Exact(digits) => {
                let fraction = format!("{micros:06}");
                text.push_str(&format!("{second:02}.{}", fraction.get(..*digits).unwrap_or_default()));
            }
            Piece::Letter(letter) => text.push(*letter),
        }
    }
    Ok(Value::Text(text))
}

/// The time that `text` shows in this format; nothing if it does not have it.
fn read(text: &str, pieces: &[Piece]) -> Option<i64> {
    let (mut hour, mut minute, mut second, mut micros, mut rest) = (0, 0, 0, 0, text);
    for piece in pieces {
        match piece {
            Piece::Hour => hour = digits(&mut rest, 2)?,
            Piece::Minute => minute = digits(&mut rest, 2)?,
            Piece::Second | Piece::Exact(0) => second = digits(&mut rest, 2)?,
            Piece::Millisecond => micros = digits(&mut rest, 3)? * 1_000,
            Piece::Exact(count) => {
                second = digits(&mut rest, 2)?;
                rest = rest.strip_prefix('.')?;
                let scale = 10_i64.pow(u32::try_from(DIGITS - count).ok()?);
                micros = digits(&mut rest, *count)? * scale;
            }
            Piece::Letter(letter) => rest = rest.strip_prefix(*letter)?,
        }
    }
    if rest.is_empty() { time(hour, minute, second, micros) } else { None }
}

/// The number that so many digits show at the beginning of `rest`, which goes on behind them.
fn digits(rest: &mut &str, count: usize) -> Option<i64> {
    let (number, after) = rest.split_at_checked(count)?;
    if !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    *rest = after;
    number.parse().ok()
}
