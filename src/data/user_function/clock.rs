//! Moments as the process of a function has them: what the clock of the session shows then, without a zone.

use chrono::{DateTime, NaiveDateTime};

use crate::model::Zone;

/// What a process says with what a clock shows. Python's names: `fold`, `tzinfo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// The first time, where it is shown twice.
    First,
    /// The second time.
    Again,
    /// The moment in UTC: it had a zone of its own.
    Utc,
}

impl Shown {
    pub fn of(mark: u8) -> Option<Self> {
        match mark {
            0 => Some(Self::First),
            1 => Some(Self::Again),
            2 => Some(Self::Utc),
            _ => None,
        }
    }
}

/// What the clock shows, in milliseconds since 1970, and whether for the second time.
pub(super) fn milliseconds(moment: i64, zone: Zone) -> (i64, bool) {
    let utc = DateTime::from_timestamp_millis(moment).map(|moment| moment.naive_utc());
    utc.map_or((moment, false), |utc| {
        let (local, again) = shown(utc, zone);
        (local.and_utc().timestamp_millis(), again)
    })
}

/// The same in nanoseconds; a moment whose local time does not fit stays as it is.
pub(super) fn nanoseconds(moment: i64, zone: Zone) -> (i64, bool) {
    let (local, again) = shown(DateTime::from_timestamp_nanos(moment).naive_utc(), zone);
    local.and_utc().timestamp_nanos_opt().map_or((moment, false), |local| (local, again))
}

/// The moment when the clock shows so many milliseconds since 1970.
pub(super) fn of_milliseconds(local: i64, mark: Shown, zone: Zone) -> Option<i64> {
    let local = DateTime::from_timestamp_millis(local)?.naive_utc();
    Some(moment(local, mark, zone)?.and_utc().timestamp_millis())
}

/// The same in nanoseconds.
pub(super) fn of_nanoseconds(local: i64, mark: Shown, zone: Zone) -> Option<i64> {
    moment(DateTime::from_timestamp_nanos(local).naive_utc(), mark, zone)?.and_utc().timestamp_nanos_opt()
}

fn shown(utc: NaiveDateTime, zone: Zone) -> (NaiveDateTime, bool) {
    let local = zone.to_local(utc);
    (local, zone.to_utc(local).is_some_and(|first| first != utc))
}

fn moment(local: NaiveDateTime, mark: Shown, zone: Zone) -> Option<NaiveDateTime> {
    match mark {
        Shown::First => zone.to_nearest_utc(local),
        Shown::Again => zone.to_later_utc(local).or_else(|| zone.to_nearest_utc(local)),
        Shown::Utc => Some(local),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_comes_back() {
        let zones = ["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];
        for zone in zones.map(|name| Zone::new(name).unwrap()) {
            // Every half hour around the change of clocks in autumn and in spring.
            for start in [1_698_447_600_000_i64, 1_711_836_000_000, 1_699_138_800_000, -62_135_596_800_000] {
                for half in 0..200 {
                    let at = start + half * 1_800_000;
                    let (local, again) = milliseconds(at, zone);
                    let mark = if again { Shown::Again } else { Shown::First };
                    assert_eq!(of_milliseconds(local, mark, zone), Some(at), "{zone}");
                    assert_eq!(of_milliseconds(at, Shown::Utc, zone), Some(at));
                }
            }
        }
    }
}
