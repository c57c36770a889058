//! The dates of a request.

use chrono::{DateTime, SecondsFormat, Utc};

use super::canonical::Request;
use crate::model::Time;

/// The time in the header `Date`.
pub fn of(request: &Request) -> Option<Time> {
    let text = request.header("date")?;
    // Clients send GMT; another zone would make the text mean another moment than its day in a key of v4 says.
    let date = DateTime::parse_from_rfc2822(text).ok().filter(|_| text.ends_with("GMT"))?;
    Some(Time(date.timestamp_millis()))
}

/// A time as clients write it in the header `Date`.
pub fn http(time: Time) -> Option<String> {
    DateTime::<Utc>::from_timestamp_millis(time.0).map(|time| time.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

/// The day in UTC as `20240131`.
pub fn day(time: Time) -> String {
    DateTime::<Utc>::from_timestamp_millis(time.0).unwrap_or_default().format("%Y%m%d").to_string()
}

/// `2018-01-20T16:20:17.012Z`
pub fn iso(time: Time) -> String {
    DateTime::<Utc>::from_timestamp_millis(time.0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}
