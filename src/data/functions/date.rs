//! Days and moments: adding, comparing, cutting, reading and writing them.

use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};

use super::pattern::{self, Letters};
use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error::{Code, Error, Result};

use Kind::{Integer, Moment, Text};

/// The functions of this file.
pub fn functions() -> Vec<RowFunction> {
    let part = |name, call| RowFunction::new(name, &[Moment], 1, Shape::Integer, call);
    vec![
        RowFunction::new("dateadd", &[Moment, Integer, Text], 2, Shape::First, add),
        RowFunction::new("date_add", &[Moment, Integer], 2, Shape::Date, |row| shift(row, 1)),
        RowFunction::new("date_sub", &[Moment, Integer], 2, Shape::Date, |row| shift(row, -1)),
        RowFunction::new("add_months", &[Moment, Integer], 2, Shape::Text, add_months),
        RowFunction::new("datediff", &[Moment, Moment, Text], 2, Shape::Integer, difference),
        RowFunction::new("months_between", &[Moment, Moment], 2, Shape::Double, months_between),
        RowFunction::new("datetrunc", &[Moment, Text], 2, Shape::First, truncate),
        RowFunction::new("datepart", &[Moment, Text], 2, Shape::Integer, part_of),
        RowFunction::new("lastday", &[Moment], 1, Shape::Datetime, last_day),
        RowFunction::new("last_day", &[Moment], 1, Shape::Date, last_day),
        RowFunction::new("next_day", &[Moment, Text], 2, Shape::Date, next_day),
        RowFunction::new("to_date", &[Text, Text], 1, Shape::DateUnlessFormatted, to_date),
        RowFunction::new("isdate", &[Text, Text], 2, Shape::Boolean, is_date),
        RowFunction::new("date_format", &[Moment, Text], 2, Shape::Text, date_format),
        RowFunction::new("from_unixtime", &[Integer, Text], 1, Shape::DatetimeUnlessFormatted, from_unixtime),
        RowFunction::new("unix_timestamp", &[Moment], 1, Shape::Integer, unix_timestamp),
        RowFunction::new("to_millis", &[Moment], 1, Shape::Integer, to_millis),
        part("year", |row| number(row, |at| at.year().into())),
        part("quarter", |row| number(row, |at| (at.month0() / 3 + 1).into())),
        part("month", |row| number(row, |at| at.month().into())),
        part("day", |row| number(row, |at| at.day().into())),
        part("dayofmonth", |row| number(row, |at| at.day().into())),
        part("dayofweek", |row| number(row, |at| at.weekday().number_from_sunday().into())),
        part("dayofyear", |row| number(row, |at| at.ordinal().into())),
        part("weekday", |row| number(row, |at| at.weekday().num_days_from_monday().into())),
        part("weekofyear", |row| number(row, |at| at.iso_week().week().into())),
        part("hour", |row| number(row, |at| at.hour().into())),
        part("minute", |row| number(row, |at| at.minute().into())),
        part("second", |row| number(row, |at| at.second().into())),
    ]
}

/// A part of a date that a caller names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

/// Source: "DATEADD": `yyyy mm dd hh mi ss`, and the extended names.
fn part(name: &str) -> Result<Part> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "yyyy" | "year" => Part::Year,
        "q" | "quarter" => Part::Quarter,
        "mm" | "month" | "mon" => Part::Month,
        "week" => Part::Week,
        "dd" | "day" => Part::Day,
        "hh" | "hour" => Part::Hour,
        "mi" | "minute" => Part::Minute,
        "ss" | "second" => Part::Second,
        "ff3" | "millisecond" => Part::Millisecond,
        _ => {
            return Err(Error::new(Code::Execution, "a part of a date has an unknown name")
                .help("write one of 'yyyy', 'mm', 'dd', 'hh', 'mi', 'ss'"));
        }
    })
}

/// The part that an argument names; days if it was not given.
fn part_at(row: &Row<'_>, argument: usize) -> Result<Part> {
    row.text(argument).map_or(Ok(Part::Day), part)
}

fn out_of_range() -> Box<Error> {
    Error::new(Code::Execution, "a date is out of range")
}

fn given(moment: Option<NaiveDateTime>) -> Value {
    moment.map_or(Value::Null, Value::Moment)
}

fn number(row: &Row<'_>, of: fn(NaiveDateTime) -> i64) -> Result<Value> {
    Ok(row.moment(0).map_or(Value::Null, |moment| Value::Integer(of(moment))))
}

fn add(row: &Row<'_>) -> Result<Value> {
    let (Some(moment), Some(count)) = (row.moment(0), row.integer(1)) else { return Ok(Value::Null) };
    plus(moment, count, part_at(row, 2)?).map(Value::Moment).ok_or_else(out_of_range)
}

/// Months that are too short end on their last day. Source: "DATEADD".
fn plus(moment: NaiveDateTime, count: i64, part: Part) -> Option<NaiveDateTime> {
    let months = |count: i64| {
        let months = Months::new(u32::try_from(count.unsigned_abs()).ok()?);
        if count < 0 { moment.checked_sub_months(months) } else { moment.checked_add_months(months) }
    };
    let span = |span: Option<Duration>| moment.checked_add_signed(span?);
    match part {
        Part::Year => months(count.checked_mul(12)?),
        Part::Quarter => months(count.checked_mul(3)?),
        Part::Month => months(count),
        Part::Week => span(Duration::try_weeks(count)),
        Part::Day => span(Duration::try_days(count)),
        Part::Hour => span(Duration::try_hours(count)),
        Part::Minute => span(Duration::try_minutes(count)),
        Part::Second => span(Duration::try_seconds(count)),
        Part::Millisecond => span(Duration::try_milliseconds(count)),
    }
}

fn shift(row: &Row<'_>, sign: i64) -> Result<Value> {
    let (Some(moment), Some(days)) = (row.moment(0), row.integer(1)) else { return Ok(Value::Null) };
    let moved = days.checked_mul(sign).and_then(|days| plus(moment, days, Part::Day));
    moved.map(Value::Moment).ok_or_else(out_of_range)
}

/// Gives text, as the service does. Source: "ADD_MONTHS".
fn add_months(row: &Row<'_>) -> Result<Value> {
    let (Some(moment), Some(count)) = (row.moment(0), row.integer(1)) else { return Ok(Value::Null) };
    let moved = plus(moment, count, Part::Month).ok_or_else(out_of_range)?;
    Ok(Value::Text(moved.format("%Y-%m-%d").to_string()))
}

/// How often the part changes between the two. Source: "DATEDIFF".
fn difference(row: &Row<'_>) -> Result<Value> {
    let (Some(end), Some(start)) = (row.moment(0), row.moment(1)) else { return Ok(Value::Null) };
    let part = part_at(row, 2)?;
    let months = |moment: NaiveDateTime| i64::from(moment.year()) * 12 + i64::from(moment.month0());
    let days = |moment: NaiveDateTime| i64::from(moment.date().num_days_from_ce());
    let seconds = |moment: NaiveDateTime| moment.and_utc().timestamp();
    let count = |moment: NaiveDateTime| match part {
        Part::Year => i64::from(moment.year()),
        Part::Quarter => months(moment).div_euclid(3),
        Part::Month => months(moment),
        // The first day of the count is a Monday.
        Part::Week => (days(moment) - 1).div_euclid(7),
        Part::Day => days(moment),
        Part::Hour => seconds(moment).div_euclid(3_600),
        Part::Minute => seconds(moment).div_euclid(60),
        Part::Second => seconds(moment),
        Part::Millisecond => moment.and_utc().timestamp_millis(),
    };
    Ok(Value::Integer(count(end) - count(start)))
}

/// Whole months where days of the month agree or both are the last; else by 31 days a month. Source: "MONTHS_BETWEEN".
fn months_between(row: &Row<'_>) -> Result<Value> {
    let (Some(end), Some(start)) = (row.moment(0), row.moment(1)) else { return Ok(Value::Null) };
    let whole = f64::from((end.year() - start.year()) * 12) + f64::from(end.month()) - f64::from(start.month());
    let is_last = |moment: NaiveDateTime| month_end(moment) == Some(moment.date());
    if end.day() == start.day() || (is_last(end) && is_last(start)) {
        return Ok(Value::Double(whole));
    }
    let day = |moment: NaiveDateTime| {
        f64::from(moment.day()) + f64::from(moment.time().num_seconds_from_midnight()) / 86_400.0
    };
    let months = whole + (day(end) - day(start)) / 31.0;
    Ok(Value::Double((months * 1e8).round() / 1e8))
}

fn truncate(row: &Row<'_>) -> Result<Value> {
    let Some(moment) = row.moment(0) else { return Ok(Value::Null) };
    Ok(given(start_of(moment, part_at(row, 1)?)))
}

fn start_of(moment: NaiveDateTime, part: Part) -> Option<NaiveDateTime> {
    let day = |month: u32| NaiveDate::from_ymd_opt(moment.year(), month, 1);
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN);
    let time = |hour, minute, second| Some(moment.date().and_time(NaiveTime::from_hms_opt(hour, minute, second)?));
    match part {
        Part::Year => day(1).map(midnight),
        Part::Quarter => day(moment.month0() / 3 * 3 + 1).map(midnight),
        Part::Month => day(moment.month()).map(midnight),
        Part::Week => moment.date().week(Weekday::Mon).checked_first_day().map(midnight),
        Part::Day => Some(midnight(moment.date())),
        Part::Hour => time(moment.hour(), 0, 0),
        Part::Minute => time(moment.hour(), moment.minute(), 0),
        Part::Second => time(moment.hour(), moment.minute(), moment.second()),
        Part::Millisecond => {
            DateTime::from_timestamp_millis(moment.and_utc().timestamp_millis()).map(|at| at.naive_utc())
        }
    }
}

fn part_of(row: &Row<'_>) -> Result<Value> {
    let Some(at) = row.moment(0) else { return Ok(Value::Null) };
    Ok(Value::Integer(match part_at(row, 1)? {
        Part::Year => at.year().into(),
        Part::Quarter => (at.month0() / 3 + 1).into(),
        Part::Month => at.month().into(),
        Part::Week => at.iso_week().week().into(),
        Part::Day => at.day().into(),
        Part::Hour => at.hour().into(),
        Part::Minute => at.minute().into(),
        Part::Second => at.second().into(),
        Part::Millisecond => at.and_utc().timestamp_subsec_millis().into(),
    }))
}

fn month_end(moment: NaiveDateTime) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(moment.year(), moment.month(), 1)?.checked_add_months(Months::new(1))?.pred_opt()
}

fn last_day(row: &Row<'_>) -> Result<Value> {
    Ok(given(row.moment(0).and_then(month_end).map(|day| day.and_time(NaiveTime::MIN))))
}

fn next_day(row: &Row<'_>) -> Result<Value> {
    let (Some(moment), Ok(weekday)) = (row.moment(0), weekday(row.words(1))) else { return Ok(Value::Null) };
    let ahead = (7 + weekday.num_days_from_monday() - moment.weekday().num_days_from_monday() - 1) % 7 + 1;
    Ok(given(plus(moment, ahead.into(), Part::Day)))
}

fn weekday(name: &str) -> Result<Weekday, ()> {
    let short = name.get(..2).unwrap_or_default().to_ascii_lowercase();
    Ok(match short.as_str() {
        "mo" => Weekday::Mon,
        "tu" => Weekday::Tue,
        "we" => Weekday::Wed,
        "th" => Weekday::Thu,
        "fr" => Weekday::Fri,
        "sa" => Weekday::Sat,
        "su" => Weekday::Sun,
        _ => return Err(()),
    })
}

fn read(row: &Row<'_>) -> Option<NaiveDateTime> {
    match row.text(1) {
        Some(format) => {
            let pieces = row.cached(format, || Ok::<_, ()>(pattern::pieces(format, Letters::Native))).ok()?;
            pattern::parse(row.words(0), &pieces)
        }
        None => pattern::moment(row.words(0)),
    }
}

/// Text that is no date gives NULL. Source: "TO_DATE". Chosen: an error is not raised.
fn to_date(row: &Row<'_>) -> Result<Value> {
    Ok(given(read(row)))
}

fn is_date(row: &Row<'_>) -> Result<Value> {
    Ok(Value::Boolean(read(row).is_some()))
}

fn date_format(row: &Row<'_>) -> Result<Value> {
    let Some(moment) = row.moment(0) else { return Ok(Value::Null) };
    Ok(Value::Text(pattern::print(moment, &pattern::pieces(row.words(1), Letters::Java))))
}

fn from_unixtime(row: &Row<'_>) -> Result<Value> {
    let Some(moment) = row.integer(0).and_then(|seconds| DateTime::from_timestamp(seconds, 0)) else {
        return Ok(Value::Null);
    };
    Ok(match row.text(1) {
        Some(format) => Value::Text(pattern::print(moment.naive_utc(), &pattern::pieces(format, Letters::Java))),
        None => Value::Moment(moment.naive_utc()),
    })
}

fn unix_timestamp(row: &Row<'_>) -> Result<Value> {
    number(row, |at| at.and_utc().timestamp())
}

fn to_millis(row: &Row<'_>) -> Result<Value> {
    number(row, |at| at.and_utc().timestamp_millis())
}
