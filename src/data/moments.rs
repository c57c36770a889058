//! Moments on the clock of a session: columns of text, days and moments into each other.
//!
//! A DATETIME or TIMESTAMP is a moment, independent of time zones; days, TIMESTAMP_NTZ and text are what a clock shows.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, TimestampMillisecondArray, TimestampNanosecondArray, new_null_array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType as Arrow, Date32Type, TimeUnit, TimestampMillisecondType, TimestampNanosecondType,
};
use datafusion::arrow::error::ArrowError;

use super::functions::pattern;
use crate::model::{Dialect, Zone};

/// A value of a column of days, moments or text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// What the clock of the session shows.
    pub local: NaiveDateTime,
    /// The moment in UTC, where the value is one.
    pub utc: Option<NaiveDateTime>,
}

impl At {
    /// What a clock shows.
    pub fn shown(local: NaiveDateTime) -> Self {
        Self { local, utc: None }
    }

    /// A moment, as the clock of `zone` shows it.
    pub fn moment(utc: NaiveDateTime, zone: Zone) -> Self {
        Self { local: zone.to_local(utc), utc: Some(utc) }
    }

    /// The moment in UTC: of what the clock never shows, the one behind the gap.
    pub fn instant(&self, zone: Zone) -> Option<NaiveDateTime> {
        self.utc.or_else(|| zone.to_nearest_utc(self.local))
    }
}

/// How text is read as a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// `yyyy-mm-dd`, and a time if there is one; digits may be missing.
    Loose,
    /// `yyyy-mm-dd hh:mi:ss`, with all its digits.
    Full,
}

/// Values of a column of text, days or moments; those of another type are nothing.
pub fn values(array: &ArrayRef, zone: Zone, reading: Reading) -> Vec<Option<At>> {
    let read = match reading {
        Reading::Loose => pattern::moment,
        Reading::Full => pattern::full_moment,
    };
    match array.data_type() {
        Arrow::Date32 => {
            let midnight = |day: i32| Some(At::shown(NaiveDate::from_epoch_days(day)?.and_time(NaiveTime::MIN)));
            array.as_primitive::<Date32Type>().iter().map(|day| midnight(day?)).collect()
        }
        Arrow::Timestamp(TimeUnit::Millisecond, named) => {
            let moments = array.as_primitive::<TimestampMillisecondType>().iter();
            let utc = |value: i64| DateTime::from_timestamp_millis(value).map(|moment| moment.naive_utc());
            moments.map(|value| Some(at(utc(value?)?, named.is_some(), zone))).collect()
        }
        Arrow::Timestamp(TimeUnit::Nanosecond, named) => {
            let moments = array.as_primitive::<TimestampNanosecondType>().iter();
            let utc = |value: i64| DateTime::from_timestamp_nanos(value).naive_utc();
            moments.map(|value| Some(at(utc(value?), named.is_some(), zone))).collect()
        }
        Arrow::Utf8 => array.as_string::<i32>().iter().map(|text| read(text?).map(At::shown)).collect(),
        _ => vec![None; array.len()],
    }
}

fn at(value: NaiveDateTime, is_moment: bool, zone: Zone) -> At {
    if is_moment { At::moment(value, zone) } else { At::shown(value) }
}

/// A column of these values, NULL where one is out of range; nothing if the type is none of days or moments.
pub fn column(values: impl Iterator<Item = Option<At>>, target: &Arrow, zone: Zone) -> Option<ArrayRef> {
    // Source: "Data type editions": DATE and DATETIME reach from 0000-01-01 to 9999-12-31.
    let values = values.map(|at| at.filter(|at| (0..=9999).contains(&at.local.year())));
    let milliseconds = |utc: NaiveDateTime| utc.and_utc().timestamp_millis();
    let nanoseconds = |utc: NaiveDateTime| utc.and_utc().timestamp_nanos_opt();
    Some(match target {
        Arrow::Date32 => {
            let epoch = NaiveDate::default().num_days_from_ce();
            let day = |at: At| at.local.date().num_days_from_ce() - epoch;
            Arc::new(values.map(|at| at.map(day)).collect::<Date32Array>())
        }
        Arrow::Timestamp(TimeUnit::Millisecond, Some(named)) => {
            let array: TimestampMillisecondArray = values.map(|at| at?.instant(zone).map(milliseconds)).collect();
            Arc::new(array.with_timezone(Arc::clone(named)))
        }
        Arrow::Timestamp(TimeUnit::Nanosecond, Some(named)) => {
            let array: TimestampNanosecondArray = values.map(|at| nanoseconds(at?.instant(zone)?)).collect();
            Arc::new(array.with_timezone(Arc::clone(named)))
        }
        Arrow::Timestamp(TimeUnit::Millisecond, None) => {
            Arc::new(values.map(|at| Some(milliseconds(at?.local))).collect::<TimestampMillisecondArray>())
        }
        Arrow::Timestamp(TimeUnit::Nanosecond, None) => {
            Arc::new(values.map(|at| nanoseconds(at?.local)).collect::<TimestampNanosecondArray>())
        }
        _ => return None,
    })
}

/// Whether text, a day or a moment becomes a day or another moment.
pub fn converts(from: &Arrow, to: &Arrow) -> bool {
    let is_moment = |side: &Arrow| {
        matches!(side, Arrow::Date32 | Arrow::Timestamp(TimeUnit::Millisecond | TimeUnit::Nanosecond, _))
    };
    is_moment(to) && (is_text(from) || is_moment(from) && from != to)
}

/// The values of `array`, for which [`converts`] holds, as `target` has them; what cannot be converted is NULL. With
/// `clamped`, what lies beyond the moments of a TIMESTAMP is the first or the last of them.
///
/// # Errors
/// A mistake in this program.
pub fn convert(array: &ArrayRef, target: &Arrow, dialect: &Dialect, clamped: bool) -> Result<ArrayRef, ArrowError> {
    let zone = dialect.zone;
    if is_text(array.data_type()) {
        let texts = cast(array, &Arrow::Utf8)?;
        let read = |text: &str| match target {
            Arrow::Date32 if !dialect.date_of_full_text => pattern::day(text),
            _ => pattern::cast_moment(text),
        };
        let values = texts.as_string::<i32>().iter().map(|text| read(text?).map(At::shown));
        return Ok(column(values, target, zone).unwrap_or_else(|| new_null_array(target, array.len())));
    }
    let is_short = clamped && matches!(target, Arrow::Timestamp(TimeUnit::Nanosecond, _));
    let values = values(array, zone, Reading::Loose).into_iter();
    let values = values.map(|at| if is_short { at.map(|at| within(at, zone)) } else { at });
    Ok(column(values, target, zone).unwrap_or_else(|| new_null_array(target, array.len())))
}

/// The same, or the first or the last moment that nanoseconds since 1970 can tell.
fn within(at: At, zone: Zone) -> At {
    let utc = at.instant(zone).unwrap_or(at.local);
    let tells = |moment: NaiveDateTime| moment.and_utc().timestamp_nanos_opt().is_some();
    if tells(utc) && tells(at.local) {
        return at;
    }
    let end = if utc < NaiveDateTime::default() { i64::MIN } else { i64::MAX };
    let end = DateTime::from_timestamp_nanos(end).naive_utc();
    At { local: end, utc: Some(end) }
}

fn is_text(data_type: &Arrow) -> bool {
    matches!(data_type, Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View)
}
