use std::fmt;
use std::str::FromStr;

use chrono::{Duration, FixedOffset, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use crate::error::{Code, Error, Result};

/// A clock: what it shows at each moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Zone {
    /// UTC, which is what is used where no zone is named. Chosen: results then do not depend on the machine.
    #[default]
    Utc,
    /// A fixed distance from UTC.
    Fixed(FixedOffset),
    /// A region of the time zone database.
    Named(Tz),
}

/// Names of three letters that Java knows and the database does not. Source: `java.time.ZoneId.SHORT_IDS`.
const SHORT: [(&str, Tz); 18] = [
    ("ACT", Tz::Australia__Darwin),
    ("AET", Tz::Australia__Sydney),
    ("AGT", Tz::America__Argentina__Buenos_Aires),
    ("ART", Tz::Africa__Cairo),
    ("AST", Tz::America__Anchorage),
    ("BET", Tz::America__Sao_Paulo),
    ("BST", Tz::Asia__Dhaka),
    ("CAT", Tz::Africa__Harare),
    ("CNT", Tz::America__St_Johns),
    ("CST", Tz::America__Chicago),
    ("CTT", Tz::Asia__Shanghai),
    ("EAT", Tz::Africa__Addis_Ababa),
    ("ECT", Tz::Europe__Paris),
    ("IST", Tz::Asia__Kolkata),
    ("JST", Tz::Asia__Tokyo),
    ("NST", Tz::Pacific__Auckland),
    ("PST", Tz::America__Los_Angeles),
    ("VST", Tz::Asia__Ho_Chi_Minh),
];

/// The longest gap of a clock that is looked over, and the step in which this is done.
const LONGEST_GAP: i32 = 26 * 60;
const STEP: i32 = 15;

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
        region(text).map(Self::Named).ok_or_else(unknown)
    }

    /// `UTC`, `Asia/Shanghai`, `Etc/GMT-8`: the names that `odps.sql.timezone` takes. Source: "Time zone configuration
    /// operations": `GMT+9` is not supported.
    ///
    /// # Errors
    /// No such zone.
    pub fn of_session(text: &str) -> Result<Self> {
        if ["UTC", "GMT"].contains(&text.to_ascii_uppercase().as_str()) {
            return Ok(Self::Utc);
        }
        region(text).map(Self::Named).ok_or_else(|| {
            let help = match Self::new(text) {
                Ok(_) => "UTC offsets are not supported here: write a region (Asia/Shanghai) or Etc/GMT-8",
                Err(_) => "write UTC or a region of the time zone database: Asia/Shanghai, America/New_York, Etc/GMT-8",
            };
            Error::new(Code::Setting, format!("unknown time zone `{}`", crate::error::shortened(text))).help(help)
        })
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

    /// The same; where the clock shows it twice, the second time.
    pub fn to_later_utc(self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        match self {
            Self::Utc | Self::Fixed(_) => self.to_utc(local),
            Self::Named(zone) => zone.from_local_datetime(&local).latest().map(|moment| moment.naive_utc()),
        }
    }

    /// The same; what the clock never shows, because it is set forward, is as far behind the gap as it is in it.
    ///
    /// Source: `java.time.ZonedDateTime.ofLocal`.
    pub fn to_nearest_utc(self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        self.to_utc(local).or_else(|| {
            (STEP..=LONGEST_GAP).step_by(usize::try_from(STEP).unwrap_or(1)).find_map(|minutes| {
                let back = Duration::minutes(minutes.into());
                let before = self.to_utc(local.checked_sub_signed(back)?)?;
                before.checked_add_signed(back)
            })
        })
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

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utc => f.write_str("UTC"),
            Self::Fixed(offset) => offset.fmt(f),
            Self::Named(zone) => f.write_str(zone.name()),
        }
    }
}

fn region(text: &str) -> Option<Tz> {
    let short = SHORT.iter().find(|(name, _)| *name == text).map(|(_, zone)| *zone);
    short.or_else(|| Tz::from_str(text).ok())
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
    use chrono::NaiveDate;

    fn at(year: i32, month: u32, day: u32, hour: u32, minute: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(year, month, day).unwrap().and_hms_opt(hour, minute, 0).unwrap()
    }

    fn shown(zone: &str) -> String {
        let utc = at(2024, 1, 1, 0, 0);
        let zone = Zone::new(zone).unwrap();
        let local = zone.to_local(utc);
        assert_eq!(zone.to_utc(local), Some(utc));
        local.to_string()
    }

    #[test]
    fn zones_have_several_spellings() {
        for zone in ["GMT+8", "UTC+08:00", "+0800", "Asia/Shanghai", "CTT"] {
            assert_eq!(shown(zone), "2024-01-01 08:00:00", "{zone}");
        }
        assert_eq!(shown("-3:30"), "2023-12-31 20:30:00");
        assert_eq!(shown("utc"), "2024-01-01 00:00:00");
        for zone in ["", "Mars", "+99", "GMT+", "+1:99"] {
            assert!(Zone::new(zone).is_err(), "{zone}");
        }
    }

    #[test]
    fn a_session_takes_names_and_no_distances() {
        for zone in ["UTC", "GMT", "Asia/Shanghai", "Etc/GMT-8", "PST"] {
            let read = Zone::of_session(zone).unwrap();
            assert_eq!(Zone::of_session(&read.to_string()), Ok(read), "{zone}");
        }
        for zone in ["GMT+9", "+08:00", "Mars/Base", "", "asia/shanghai "] {
            assert_eq!(Zone::of_session(zone).unwrap_err().code, Code::Setting, "{zone}");
        }
    }

    #[test]
    fn what_no_clock_shows_lies_behind_the_gap() {
        let berlin = Zone::new("Europe/Berlin").unwrap();
        let gap = at(2024, 3, 31, 2, 30);
        assert_eq!(berlin.to_utc(gap), None);
        assert_eq!(berlin.to_nearest_utc(gap), Some(at(2024, 3, 31, 1, 30)));
        assert_eq!(berlin.to_local(at(2024, 3, 31, 1, 30)), at(2024, 3, 31, 3, 30));
        // The clock shows this twice; the first time counts.
        assert_eq!(berlin.to_nearest_utc(at(2024, 10, 27, 2, 30)), Some(at(2024, 10, 27, 0, 30)));
        // A day that was left out.
        let samoa = Zone::new("Pacific/Apia").unwrap();
        let day = samoa.to_nearest_utc(at(2011, 12, 30, 12, 0)).unwrap();
        assert_eq!(samoa.to_local(day), at(2011, 12, 31, 12, 0));
    }
}
