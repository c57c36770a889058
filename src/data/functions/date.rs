//! Days and moments: adding, comparing, cutting, reading and writing them.

use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};

use super::pattern::{self, Letters, Piece};
use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error::{Code, Error, Result};
use crate::model::{Misfit, TimeUnit, Zone};

use Kind::{Either, Instant, Integer, Moment, Text, Typed};

/// The functions of this file.
pub fn functions() -> Vec<RowFunction> {
    let part = |name, call| RowFunction::new(name, &[Moment], 1, Shape::Int, call);
    let time = |name, call| RowFunction::new(name, &[Either], 1, Shape::Int, call);
    // Source: "QUARTER", "HOUR": `int`; those of the first version of the types, such as "WEEKDAY", give `bigint`.
    vec![
        RowFunction::new("dateadd", &[Typed, Integer, Text], 2, Shape::First, add),
        RowFunction::new("date_add", &[Moment, Integer], 2, Shape::Date, |row| shift(row, 1)),
        RowFunction::new("date_sub", &[Moment, Integer], 2, Shape::Date, |row| shift(row, -1)),
        RowFunction::new("add_months", &[Moment, Integer], 2, Shape::Text, add_months),
        RowFunction::new("datediff", &[Typed, Typed, Text], 2, Shape::Integer, difference),
        RowFunction::new("months_between", &[Moment, Moment], 2, Shape::Double, months_between),
        RowFunction::new("datetrunc", &[Typed, Text, Text], 2, Shape::First, truncate),
        RowFunction::new("trunc_time", &[Typed, Text], 2, Shape::Text, trunc_time),
        RowFunction::new("datepart", &[Typed, Text], 2, Shape::Integer, |row| part_of(row, 0, 1)),
        // What `extract` stands for.
        RowFunction::new("date_part", &[Text, Moment], 2, Shape::Integer, |row| part_of(row, 1, 0)),
        RowFunction::new("lastday", &[Typed], 1, Shape::Datetime, last_day),
        RowFunction::new("last_day", &[Moment], 1, Shape::Date, last_day),
        RowFunction::new("next_day", &[Moment, Text], 2, Shape::Date, next_day),
        RowFunction::new("to_date", &[Text, Text], 1, Shape::DateUnlessFormatted, to_date),
        RowFunction::new("isdate", &[Text, Text], 2, Shape::Boolean, is_date),
        RowFunction::new("date_format", &[Moment, Text], 2, Shape::Text, date_format),
        RowFunction::new("from_unixtime", &[Integer, Text], 1, Shape::DatetimeUnlessFormatted, from_unixtime),
        RowFunction::new("from_utc_timestamp", &[Instant, Text], 2, Shape::Timestamp, |row| other_clock(row, false)),
        RowFunction::new("to_utc_timestamp", &[Instant, Text], 2, Shape::Timestamp, |row| other_clock(row, true)),
        RowFunction::new("unix_timestamp", &[Moment], 1, Shape::Integer, unix_timestamp),
        RowFunction::new("to_millis", &[Moment], 1, Shape::Integer, to_millis),
        part("year", |row| number(row, |at| at.year().into())),
        part("quarter", |row| number(row, |at| (at.month0() / 3 + 1).into())),
        part("month", |row| number(row, |at| at.month().into())),
        part("day", |row| number(row, |at| at.day().into())),
        part("dayofmonth", |row| number(row, |at| at.day().into())),
        part("dayofweek", |row| number(row, |at| at.weekday().number_from_sunday().into())),
        part("dayofyear", |row| number(row, |at| at.ordinal().into())),
        RowFunction::new("weekday", &[Typed], 1, Shape::Integer, |row| {
            number(row, |at| at.weekday().num_days_from_monday().into())
        }),
        part("isoyear", |row| number(row, |at| at.iso_week().year().into())),
        RowFunction::new("weekofyear", &[Moment, Text], 1, Shape::WeekNumber, week_of_year),
        time("hour", |row| clock(row, |at| at.hour())),
        time("minute", |row| clock(row, |at| at.minute())),
        time("second", |row| clock(row, |at| at.second())),
    ]
}

/// A part of a date that a caller names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    Quarter,
    Month,
    /// A week, which begins on this day.
    Week(Weekday),
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
}

/// Source: "DATEADD", "DATETRUNC": `yyyy q mm week dd hh mi ss ff3 ff6`, and the extended names.
fn part(name: &str) -> Result<Part> {
    let unknown = || {
        Error::new(Code::Execution, "a part of a date has an unknown name")
            .help("write one of 'yyyy', 'q', 'mm', 'week', 'dd', 'hh', 'mi', 'ss', 'ff3'")
    };
    let name = name.to_ascii_lowercase();
    Ok(match name.as_str() {
        "yyyy" | "year" => Part::Year,
        "q" | "quarter" => Part::Quarter,
        "mm" | "month" | "mon" => Part::Month,
        "week" | "isoweek" => Part::Week(Weekday::Mon),
        "dd" | "day" => Part::Day,
        "hh" | "hour" => Part::Hour,
        "mi" | "minute" => Part::Minute,
        "ss" | "second" => Part::Second,
        "ff3" | "millisecond" => Part::Millisecond,
        "ff6" | "microsecond" => Part::Microsecond,
        _ => {
            let day = name.strip_prefix("week(").and_then(|rest| rest.strip_suffix(')')).map(str::trim);
            let day = day.filter(|day| day.len() > 3).and_then(weekday);
            return day.map(Part::Week).ok_or_else(unknown);
        }
    })
}

/// Source: "WEEKOFYEAR": a week of ISO 8601; with `week`, weeks begin with the first such day of the year, and 0 is before it.
fn week_of_year(row: &Row<'_>) -> Result<Value> {
    let Some(at) = row.moment(0) else { return Ok(Value::Null) };
    let iso = || Ok(Value::Integer(at.iso_week().week().into()));
    let Some(name) = row.text(1) else { return iso() };
    if row.dialect().hive {
        return Err(Error::new(Code::Execution, "`weekofyear` takes one argument in the Hive-compatible edition")
            .help("leave the second one out: weeks are those of ISO 8601"));
    }
    match (name.to_ascii_lowercase().as_str(), part(name)) {
        ("isoweek", _) => iso(),
        (_, Ok(Part::Week(first))) => {
            let since = at.weekday().days_since(first);
            Ok(Value::Integer(((at.ordinal() + 6 - since) / 7).into()))
        }
        _ => Err(Error::new(Code::Execution, "the second argument of `weekofyear` is not a kind of week")
            .help("write one of 'isoweek', 'week', 'week(sunday)'")),
    }
}

/// The part that an argument names; days if it was not given.
fn part_at(row: &Row<'_>, argument: usize) -> Result<Part> {
    row.text(argument).map_or(Ok(Part::Day), part)
}

/// What lies outside of 0000-01-01 to 9999-12-31 is NULL, or an error in a strict session. Source: "Data type editions".
fn out_of_range(row: &Row<'_>) -> Result<Value> {
    match row.dialect().misfit() {
        Misfit::Fail => Err(Error::new(Code::Execution, "a date is out of range")),
        Misfit::Null | Misfit::Prefix => Ok(Value::Null),
    }
}

fn given(moment: Option<NaiveDateTime>) -> Value {
    moment.map_or(Value::Null, Value::Moment)
}

fn number(row: &Row<'_>, of: fn(NaiveDateTime) -> i64) -> Result<Value> {
    Ok(row.moment(0).map_or(Value::Null, |moment| Value::Integer(of(moment))))
}

/// Days and longer are counted on the clock of the session, hours and shorter as time that passes.
fn add(row: &Row<'_>) -> Result<Value> {
    let (Some(moment), Some(count)) = (row.moment(0), row.integer(1)) else { return Ok(Value::Null) };
    let part = part_at(row, 2)?;
    if row.is_moment(0) && is_time(part) {
        let sum = row.instant(0).and_then(|utc| plus(utc, count, part));
        return sum.map_or_else(|| out_of_range(row), |sum| Ok(Value::Instant(sum)));
    }
    plus(moment, count, part).map_or_else(|| out_of_range(row), |sum| Ok(Value::Moment(sum)))
}

fn is_time(part: Part) -> bool {
    matches!(part, Part::Hour | Part::Minute | Part::Second | Part::Millisecond | Part::Microsecond)
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
        Part::Week(_) => span(Duration::try_weeks(count)),
        Part::Day => span(Duration::try_days(count)),
        Part::Hour => span(Duration::try_hours(count)),
        Part::Minute => span(Duration::try_minutes(count)),
        Part::Second => span(Duration::try_seconds(count)),
        Part::Millisecond => span(Duration::try_milliseconds(count)),
        Part::Microsecond => span(Some(Duration::microseconds(count))),
    }
}

fn shift(row: &Row<'_>, sign: i64) -> Result<Value> {
    let (Some(moment), Some(days)) = (row.moment(0), row.integer(1)) else { return Ok(Value::Null) };
    let moved = days.checked_mul(sign).and_then(|days| plus(moment, days, Part::Day));
    moved.map_or_else(|| out_of_range(row), |moved| Ok(Value::Moment(moved)))
}

/// Gives text, as the service does. Source: "ADD_MONTHS".
fn add_months(row: &Row<'_>) -> Result<Value> {
    let (Some(moment), Some(count)) = (row.moment(0), row.integer(1)) else { return Ok(Value::Null) };
    match plus(moment, count, Part::Month).filter(|moved| (0..=9999).contains(&moved.year())) {
        Some(moved) => Ok(Value::Text(moved.format("%Y-%m-%d").to_string())),
        None => out_of_range(row),
    }
}

/// How often the part changes between the two. Source: "DATEDIFF".
fn difference(row: &Row<'_>) -> Result<Value> {
    let (Some(end), Some(start)) = (row.moment(0), row.moment(1)) else { return Ok(Value::Null) };
    let part = part_at(row, 2)?;
    let months = |moment: NaiveDateTime| i64::from(moment.year()) * 12 + i64::from(moment.month0());
    let days = |moment: NaiveDateTime| i64::from(moment.date().num_days_from_ce());
    let count = |moment: NaiveDateTime| match part {
        Part::Year => i64::from(moment.year()),
        Part::Quarter => months(moment).div_euclid(3),
        Part::Month => months(moment),
        // The first day of the count is a Monday.
        Part::Week(first) => (days(moment) - 1 - i64::from(first.num_days_from_monday())).div_euclid(7),
        Part::Day => days(moment),
        Part::Hour => moment.and_utc().timestamp().div_euclid(3_600),
        Part::Minute => moment.and_utc().timestamp().div_euclid(60),
        Part::Second => moment.and_utc().timestamp(),
        Part::Millisecond => moment.and_utc().timestamp_millis(),
        Part::Microsecond => moment.and_utc().timestamp_micros(),
    };
    // Where the clock was set between the two, other hours passed than it shows.
    if is_time(part) && (row.is_moment(0) || row.is_moment(1)) {
        let (Some(end_utc), Some(start_utc)) = (row.instant(0), row.instant(1)) else { return Ok(Value::Null) };
        let set = (end - end_utc) - (start - start_utc);
        return Ok(Value::Integer(count(end - set) - count(start)));
    }
    Ok(Value::Integer(count(end) - count(start)))
}

/// Whole months where days of the month agree or both are the last; else by 31 days a month. Source: "MONTHS_BETWEEN";
/// Hive rounds.
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
    Ok(Value::Double(if row.dialect().hive { (months * 1e8).round() / 1e8 } else { months }))
}

/// A third argument names the clock on which the part begins. Source: "DATETRUNC".
fn truncate(row: &Row<'_>) -> Result<Value> {
    let Some(moment) = row.moment(0) else { return Ok(Value::Null) };
    let part = part_at(row, 1)?;
    let Some(name) = row.text(2) else { return Ok(given(start_of(moment, part))) };
    let zone = clock_named(row, name)?;
    let start = row.instant(0).and_then(|utc| start_of(zone.to_local(utc), part));
    Ok(start.and_then(|start| zone.to_nearest_utc(start)).map_or(Value::Null, Value::Instant))
}

/// Source: "TRUNC_TIME": in UTC, as text.
fn trunc_time(row: &Row<'_>) -> Result<Value> {
    let moment = if row.is_moment(0) { row.instant(0) } else { row.moment(0) };
    let Some(moment) = moment else { return Ok(Value::Null) };
    let Some(unit) = TimeUnit::parse(row.words(1)) else {
        return Err(Error::new(Code::Execution, "a part of a date has an unknown name")
            .help("write one of 'year', 'month', 'day', 'hour'"));
    };
    Ok(Value::Text(moment.format(unit.format()).to_string()))
}

/// What a clock of another zone shows when that of UTC shows the moment, and back. Source: "FROM_UTC_TIMESTAMP".
fn other_clock(row: &Row<'_>, back: bool) -> Result<Value> {
    let Some(moment) = row.moment(0) else { return Ok(Value::Null) };
    let zone = clock_named(row, row.words(1))?;
    Ok(given(if back { zone.to_nearest_utc(moment) } else { Some(zone.to_local(moment)) }))
}

fn clock_named(row: &Row<'_>, name: &str) -> Result<Zone> {
    let unknown = |_| {
        Error::new(Code::Execution, "a time zone has an unknown name")
            .help("write for example 'UTC', 'Asia/Shanghai' or 'GMT+8'")
    };
    row.cached(name, || Zone::new(name)).map(|zone| *zone).map_err(unknown)
}

fn start_of(moment: NaiveDateTime, part: Part) -> Option<NaiveDateTime> {
    let day = |month: u32| NaiveDate::from_ymd_opt(moment.year(), month, 1);
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN);
    let time = |hour, minute, second| Some(moment.date().and_time(NaiveTime::from_hms_opt(hour, minute, second)?));
    match part {
        Part::Year => day(1).map(midnight),
        Part::Quarter => day(moment.month0() / 3 * 3 + 1).map(midnight),
        Part::Month => day(moment.month()).map(midnight),
        Part::Week(first) => moment.date().week(first).checked_first_day().map(midnight),
        Part::Day => Some(midnight(moment.date())),
        Part::Hour => time(moment.hour(), 0, 0),
        Part::Minute => time(moment.hour(), moment.minute(), 0),
        Part::Second => time(moment.hour(), moment.minute(), moment.second()),
        Part::Millisecond => {
            DateTime::from_timestamp_millis(moment.and_utc().timestamp_millis()).map(|at| at.naive_utc())
        }
        Part::Microsecond => {
            DateTime::from_timestamp_micros(moment.and_utc().timestamp_micros()).map(|at| at.naive_utc())
        }
    }
}

fn part_of(row: &Row<'_>, moment: usize, name: usize) -> Result<Value> {
    let Some(at) = row.moment(moment) else { return Ok(Value::Null) };
    Ok(Value::Integer(match part_at(row, name)? {
        Part::Year => at.year().into(),
        Part::Quarter => (at.month0() / 3 + 1).into(),
        Part::Month => at.month().into(),
        Part::Week(_) => at.iso_week().week().into(),
        Part::Day => at.day().into(),
        Part::Hour => at.hour().into(),
        Part::Minute => at.minute().into(),
        Part::Second => at.second().into(),
        Part::Millisecond => at.and_utc().timestamp_subsec_millis().into(),
        Part::Microsecond => at.and_utc().timestamp_subsec_micros().into(),
    }))
}

fn month_end(moment: NaiveDateTime) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(moment.year(), moment.month(), 1)?.checked_add_months(Months::new(1))?.pred_opt()
}

fn last_day(row: &Row<'_>) -> Result<Value> {
    Ok(given(row.moment(0).and_then(month_end).map(|day| day.and_time(NaiveTime::MIN))))
}

fn next_day(row: &Row<'_>) -> Result<Value> {
    let (Some(moment), Some(weekday)) = (row.moment(0), weekday(row.words(1))) else { return Ok(Value::Null) };
    let ahead = (7 + weekday.num_days_from_monday() - moment.weekday().num_days_from_monday() - 1) % 7 + 1;
    Ok(given(plus(moment, ahead.into(), Part::Day)))
}

/// A day of the week: two or three letters, or the whole name. Source: "NEXT_DAY".
fn weekday(name: &str) -> Option<Weekday> {
    let days = [
        ("monday", Weekday::Mon),
        ("tuesday", Weekday::Tue),
        ("wednesday", Weekday::Wed),
        ("thursday", Weekday::Thu),
        ("friday", Weekday::Fri),
        ("saturday", Weekday::Sat),
        ("sunday", Weekday::Sun),
    ];
    let name = name.to_ascii_lowercase();
    let means = |day: &str| name == day || matches!(name.len(), 2 | 3) && day.starts_with(&name);
    days.into_iter().find(|(day, _)| means(day)).map(|(_, day)| day)
}

/// With a pattern, every digit of it must be there, and the year once. Source: "TO_DATE".
fn read(row: &Row<'_>) -> Option<NaiveDateTime> {
    match row.text(1) {
        Some(format) => {
            let pieces = row.cached(format, || Ok::<_, ()>(pattern::pieces(format, Letters::Native))).ok()?;
            let years = pieces.iter().filter(|piece| matches!(piece, Piece::Year(_))).count();
            if years == 1 { pattern::parse_full(row.words(0), &pieces) } else { None }
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

/// Source: "DATE_FORMAT": Hive's letters are Java's, of which an unknown one gives NULL.
fn date_format(row: &Row<'_>) -> Result<Value> {
    let Some(moment) = row.moment(0) else { return Ok(Value::Null) };
    let letters = if row.dialect().hive { Letters::Java } else { Letters::Plain };
    let pieces = row.cached(row.words(1), || Ok::<_, Box<Error>>(pattern::pieces(row.words(1), letters)))?;
    if pieces.iter().any(|piece| matches!(piece, Piece::Letter(_))) {
        return Ok(Value::Null);
    }
    Ok(Value::Text(pattern::print(moment, &pieces)))
}

/// Source: "FROM_UNIXTIME": DATETIME, in Hive text.
fn from_unixtime(row: &Row<'_>) -> Result<Value> {
    let Some(seconds) = row.integer(0) else { return Ok(Value::Null) };
    let moment = DateTime::from_timestamp(seconds, 0).map(|moment| moment.naive_utc());
    let Some(utc) = moment.filter(|utc| (0..=9999).contains(&row.zone().to_local(*utc).year())) else {
        return out_of_range(row);
    };
    let written =
        |format| Value::Text(pattern::print(row.zone().to_local(utc), &pattern::pieces(format, Letters::Java)));
    Ok(match row.text(1) {
        Some(format) => written(format),
        None if row.dialect().hive => written("yyyy-MM-dd HH:mm:ss"),
        None => Value::Instant(utc),
    })
}

fn unix_timestamp(row: &Row<'_>) -> Result<Value> {
    Ok(row.instant(0).map_or(Value::Null, |at| Value::Integer(at.and_utc().timestamp())))
}

fn to_millis(row: &Row<'_>) -> Result<Value> {
    Ok(row.instant(0).map_or(Value::Null, |at| Value::Integer(at.and_utc().timestamp_millis())))
}

/// The time that a clock shows where seconds, minutes or hours go beyond it. Source: "HOUR": `25:59:60` is two o'clock.
fn carried(text: &str) -> Option<NaiveTime> {
    let part = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() <= 2 && !text.starts_with('+'));
    let parts: Vec<u32> = text.trim().split(':').map(part).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts.as_slice() else { return None };
    NaiveTime::from_num_seconds_from_midnight_opt((hours * 3600 + minutes * 60 + seconds) % 86_400, 0)
}

/// A part of a time, which text may have without a day. Source: "HOUR", "MINUTE", "SECOND".
fn clock(row: &Row<'_>, of: fn(NaiveTime) -> u32) -> Result<Value> {
    let text = || pattern::time(row.words(0)).or_else(|| carried(row.words(0)));
    let time = row.moment(0).map(|moment| moment.time()).or_else(text);
    Ok(time.map_or(Value::Null, |time| Value::Integer(of(time).into())))
}
