//! How single values are written: as MaxCompute prints them.
//!
//! Knows no columns and no tables.

use std::fmt::Write;

use chrono::{DateTime, Datelike, NaiveDate, Timelike};

use crate::model::Zone;

/// A floating-point number as Java writes it: `1.0`, `1.0E10`, `NaN`, `Infinity`.
///
/// Source: MaxCompute prints doubles with Java's `Double.toString`.
pub fn double(value: f64) -> String {
    java(value, &format!("{value:E}"))
}

/// A 32-bit floating-point number as Java writes it.
pub fn float(value: f32) -> String {
    java(f64::from(value), &format!("{value:E}"))
}

/// `scientific` has the shortest digits that read back as the same number.
fn java(value: f64, scientific: &str) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let (mantissa, exponent) = scientific.split_once('E').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if value == 0.0 || (-3..7).contains(&exponent) {
        let plain = plain(mantissa, exponent);
        if plain.contains('.') { plain } else { format!("{plain}.0") }
    } else {
        let point = if mantissa.contains('.') { "" } else { ".0" };
        format!("{mantissa}{point}E{exponent}")
    }
}

/// `-1.25` and 1 become `-12.5`.
fn plain(mantissa: &str, exponent: i32) -> String {
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if exponent < 0 {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or_default());
        return format!("{sign}0.{zeros}{digits}");
    }
    let point = usize::try_from(exponent).unwrap_or_default() + 1;
    if digits.len() <= point {
        return format!("{sign}{digits}{}", "0".repeat(point - digits.len()));
    }
    let (before, after) = digits.split_at_checked(point).unwrap_or((&digits, ""));
    format!("{sign}{before}.{after}")
}

/// A fixed-point number without exponent and without zeros at the end.
///
/// Chosen: `1.50` is printed `1.5` at every scale of the column.
pub fn decimal(digits: &str) -> String {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.').to_owned() } else { digits.to_owned() }
}

/// `yyyy-mm-dd` of a day counted from 1970.
pub fn date(days: i32) -> String {
    match NaiveDate::from_epoch_days(days) {
        Some(day) => format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()),
        None => days.to_string(),
    }
}

/// `yyyy-mm-dd hh:mm:ss` of milliseconds since 1970 on the clock of `zone`, without the fraction.
///
/// Source: "Data type editions": DATETIME is accurate to the millisecond; the client prints whole seconds.
pub fn datetime(milliseconds: i64, zone: Zone) -> String {
    match DateTime::from_timestamp_millis(milliseconds) {
        Some(moment) => clock(&zone.to_local(moment.naive_utc())),
        None => milliseconds.to_string(),
    }
}

/// `yyyy-mm-dd hh:mm:ss` of nanoseconds since 1970 on the clock of `zone`, with as many digits of the fraction as are needed.
pub fn timestamp(nanoseconds: i64, zone: Zone) -> String {
    exact(&zone.to_local(DateTime::from_timestamp_nanos(nanoseconds).naive_utc()))
}

/// A moment on the clock of some zone, as `timestamp` has it.
pub fn exact(moment: &chrono::NaiveDateTime) -> String {
    let mut text = clock(moment);
    let fraction = moment.nanosecond() % 1_000_000_000;
    if fraction > 0 {
        text.push('.');
        text.push_str(format!("{fraction:09}").trim_end_matches('0'));
    }
    text
}

fn clock(moment: &chrono::NaiveDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        moment.year(),
        moment.month(),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second()
    )
}

/// Bytes as text: printable ASCII as it is, every other byte and `=` as `=XX`.
///
/// Source: the client prints BINARY as quoted-printable. Chosen: without line breaks.
pub fn binary(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if (b' '..=b'~').contains(byte) && *byte != b'=' {
            text.push(char::from(*byte));
        } else {
            let written = write!(text, "={byte:02X}");
            debug_assert!(written.is_ok());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_java_writes_them() {
        let cases = [
            (1.0, "1.0"),
            (-0.5, "-0.5"),
            (0.0, "0.0"),
            (0.001, "0.001"),
            (0.0001, "1.0E-4"),
            (1234567.0, "1234567.0"),
            (12345678.0, "1.2345678E7"),
            (1e10, "1.0E10"),
            (100.25, "100.25"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (value, text) in cases {
            assert_eq!(double(value), text);
        }
        assert_eq!(float(1.1), "1.1");
    }

    #[test]
    fn moments_show_a_fraction_only_where_there_is_one() {
        assert_eq!(datetime(1_500, Zone::Utc), "1970-01-01 00:00:01");
        assert_eq!(timestamp(1_500_000_000, Zone::Utc), "1970-01-01 00:00:01.5");
        assert_eq!(timestamp(-1_000_000_000, Zone::Utc), "1969-12-31 23:59:59");
        assert_eq!(date(-1), "1969-12-31");
        assert_eq!(datetime(0, Zone::new("Asia/Tokyo").unwrap()), "1970-01-01 09:00:00");
    }

    #[test]
    fn decimals_are_plain_and_bytes_are_printable() {
        assert_eq!(decimal("1.500"), "1.5");
        assert_eq!(decimal("100"), "100");
        assert_eq!(decimal("0.00"), "0");
        assert_eq!(binary(b"a=\x00\xff"), "a=3D=00=FF");
    }
}
