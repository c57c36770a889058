use std::str::FromStr;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike};
use chrono_tz::Tz;

use crate::error::{Code, Error, Result};

/// A moment on the clock of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    pub year: i32,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub nanosecond: u32,
}

impl Moment {
    /// The moment in UTC; nothing if there is no such day or time.
    pub fn naive(&self) -> Option<NaiveDateTime> {
        let day = NaiveDate::from_ymd_opt(self.year, self.month, self.day)?;
        (self.nanosecond < 1_000_000_000)
            .then(|| day.and_hms_nano_opt(self.hour, self.minute, self.second, self.nanosecond))?
    }

    /// What the clock shows then.
    pub fn of(moment: &NaiveDateTime) -> Self {
        Self {
            year: moment.year(),
            month: moment.month(),
            day: moment.day(),
            hour: moment.hour(),
            minute: moment.minute(),
            second: moment.second(),
            nanosecond: moment.nanosecond() % 1_000_000_000,
        }
    }
}

/// The zone whose clock the file shows. Chosen: UTC without one, as everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    Utc,
    Fixed(FixedOffset),
    Named(Tz),
}

impl Zone {
    /// `UTC`, `GMT+8`, `+08:00`, `Asia/Shanghai`.
    ///
    /// # Errors
    /// No such zone.
    pub fn new(text: &str) -> Result<Self> {
        let unknown = || {
            Error::new(Code::Setting, format!("Unsupported time zone '{text}'"))
                .help("write for example UTC, GMT+8, +08:00 or Asia/Shanghai")
        };
        let folded = text.to_ascii_uppercase();
        let distance = folded.strip_prefix("GMT").or_else(|| folded.strip_prefix("UTC")).unwrap_or(&folded);
        if distance.is_empty() || distance == "Z" {
            return if text.is_empty() { Err(unknown()) } else { Ok(Self::Utc) };
        }
        if distance.starts_with(['+', '-']) {
            return offset(distance).map(Self::Fixed).ok_or_else(unknown);
        }
        Tz::from_str(text).map(Self::Named).map_err(|_| unknown())
    }

    /// The moment in UTC of what the zone's clock shows; nothing if it never shows that.
    pub fn to_utc(self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        match self {
            Self::Utc => Some(local),
            Self::Fixed(offset) => local.checked_sub_offset(offset),
            // A clock that is set back shows an hour twice; the first time counts.
            Self::Named(zone) => zone.from_local_datetime(&local).earliest().map(|moment| moment.naive_utc()),
        }
    }

    /// What the zone's clock shows.
    pub fn to_local(self, utc: NaiveDateTime) -> NaiveDateTime {
        let offset = match self {
            Self::Utc => return utc,
            Self::Fixed(offset) => offset,
            Self::Named(zone) => zone.offset_from_utc_datetime(&utc).fix(),
        };
        utc.checked_add_offset(offset).unwrap_or(utc)
    }
}

/// Milliseconds since 1970 on the clock of UTC.
pub fn from_milliseconds(milliseconds: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_millis(milliseconds).map(|moment| moment.naive_utc())
}

/// `+8`, `+08`, `+0830`, `+08:30`
fn offset(text: &str) -> Option<FixedOffset> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("-", digits) => (-1, digits),
        (_, digits) => (1, digits),
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() > 2 => digits.split_at_checked(digits.len() - 2)?,
        None => (digits, "0"),
    };
    let number = |text: &str| -> Option<i32> {
        (text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 18 && minutes < 60).then(|| FixedOffset::east_opt(sign * (hours * 60 + minutes) * 60))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(zone: &str) -> String {
        let utc = from_milliseconds(1_704_067_200_000).unwrap();
        let zone = Zone::new(zone).unwrap();
        let local = zone.to_local(utc);
        assert_eq!(zone.to_utc(local), Some(utc));
        local.to_string()
    }

    #[test]
    fn zones_have_several_spellings() {
        for zone in ["GMT+8", "UTC+08:00", "+0800", "Asia/Shanghai"] {
            assert_eq!(shown(zone), "2024-01-01 08:00:00", "{zone}");
        }
        assert_eq!(shown("-3:30"), "2023-12-31 20:30:00");
        assert_eq!(shown("utc"), "2024-01-01 00:00:00");
        for zone in ["", "Mars", "+99", "GMT+", "+1:99"] {
            assert!(Zone::new(zone).is_err(), "{zone}");
        }
    }

    #[test]
    fn what_no_clock_shows_is_no_moment() {
        let gap = NaiveDate::from_ymd_opt(2024, 3, 31).unwrap().and_hms_opt(2, 30, 0).unwrap();
        assert_eq!(Zone::new("Europe/Berlin").unwrap().to_utc(gap), None);
        assert_eq!(Moment { year: 2023, month: 2, day: 29, ..Moment::default() }.naive(), None);
    }
}
