//! Moments → text, and what that loses.

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::format::TextFormat;
use super::moment::{Moment, from_milliseconds};
use crate::data::printing;
use crate::error::{Code, Error, Result};
use crate::model::Zone;

/// What a value loses when it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    Nothing,
    /// Milliseconds, for which the pattern has no place.
    Milliseconds,
    /// It reads back as another moment: a clock that is set back shows an hour twice, or the pattern leaves more out.
    Moment,
}

/// Writes moments in the pattern and zone of a file.
pub struct Times {
    has_year: bool,
    has_milliseconds: bool,
    /// Whether every second has a form of its own, so that nothing need be read back.
    is_exact: bool,
    /// Whether the clock of the zone shows every moment once.
    is_steady: bool,
}

impl Times {
    pub fn new(format: &TextFormat) -> Self {
        let is_steady = !matches!(format.zone, Zone::Named(_));
        Self {
            has_year: format.pattern.has_year(),
            has_milliseconds: format.pattern.is_exact(),
            is_exact: is_steady && format.pattern.is_whole(),
            is_steady,
        }
    }

    /// Writes a DATETIME.
    ///
    /// # Errors
    /// It cannot be written: its year has not four digits.
    pub fn datetime(&self, milliseconds: i64, format: &TextFormat, text: &mut Vec<u8>) -> Result<Loss> {
        let utc = from_milliseconds(milliseconds).ok_or_else(unwritable)?;
        let local = format.zone.to_local(utc);
        if self.has_year && !(0..=9999).contains(&local.year()) {
            return Err(unwritable());
        }
        let start = text.len();
        format.pattern.write(&Moment::of(&local), text);
        let rest = if self.has_milliseconds { 0 } else { local.nanosecond() };
        if self.is_exact {
            return Ok(if rest > 0 { Loss::Milliseconds } else { Loss::Nothing });
        }
        let back = format.pattern.read(text.get(start..).unwrap_or_default()).and_then(|moment| moment.naive());
        let back = back.and_then(|local| format.zone.to_utc(local));
        Ok(match back {
            Some(back) if back == utc => Loss::Nothing,
            Some(back) if rest > 0 && Some(back) == seconds(utc) => Loss::Milliseconds,
            _ => Loss::Moment,
        })
    }

    /// Writes a TIMESTAMP.
    pub fn timestamp(&self, nanoseconds: i64, format: &TextFormat, text: &mut Vec<u8>) -> Loss {
        let utc = chrono::DateTime::from_timestamp_nanos(nanoseconds).naive_utc();
        let local = format.zone.to_local(utc);
        text.extend_from_slice(printing::exact(&local).as_bytes());
        match self.is_steady || format.zone.to_utc(local) == Some(utc) {
            true => Loss::Nothing,
            false => Loss::Moment,
        }
    }
}

fn seconds(moment: NaiveDateTime) -> Option<NaiveDateTime> {
    moment.with_nanosecond(0)
}

fn unwritable() -> Box<Error> {
    Error::new(Code::Execution, "a value of DATETIME has a year that cannot be written with four digits")
        .help("try another zone (-tz), or download a query that leaves the value out or casts it to STRING")
}
