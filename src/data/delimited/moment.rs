use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike};

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

/// Milliseconds since 1970 on the clock of UTC.
pub fn from_milliseconds(milliseconds: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_millis(milliseconds).map(|moment| moment.naive_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_is_in_no_calendar_is_no_moment() {
        assert_eq!(Moment { year: 2023, month: 2, day: 29, ..Moment::default() }.naive(), None);
    }
}
