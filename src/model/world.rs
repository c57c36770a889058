use std::fmt;
use std::net::IpAddr;

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};

/// A moment, in milliseconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    fn date_time(self) -> DateTime<Utc> {
        Utc.timestamp_millis_opt(self.0).single().unwrap_or(if self.0 < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        })
    }

    /// `2021-12-28T18:10:39+0800` in the service's time zone, as `show packages` and `Expires:` print it.
    ///
    /// Chosen: times are shown in UTC, so that output does not depend on the machine.
    pub fn iso(self) -> String {
        self.date_time().format("%Y-%m-%dT%H:%M:%S+0000").to_string()
    }

    /// `2021-12-13 11:27:04`, as `desc` prints it.
    pub fn plain(self) -> String {
        self.date_time().format("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// `20240131120000123`, as the ids of instances begin: to the millisecond.
    pub fn digits(self) -> String {
        self.date_time().format("%Y%m%d%H%M%S%3f").to_string()
    }

    /// The midnight that this moment's day began with.
    pub fn midnight(self) -> Self {
        Self(self.0 - self.0.rem_euclid(86_400_000))
    }

    /// This moment, `days` later; stops at the end of time.
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(86_400_000)))
    }

    /// Reads RFC 3339, `yyyy-mm-dd` or `yyyy-mm-dd hh:mm:ss` (UTC).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let moment = DateTime::parse_from_rfc3339(text)
            .map(|moment| moment.to_utc())
            .or_else(|_| {
                chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").map(|moment| moment.and_utc())
            })
            .or_else(|_| {
                chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
                    .map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc())
            });
        moment.ok().map(|moment| Self(moment.timestamp_millis()))
    }
}

impl Time {
    /// The same with its milliseconds, in UTC.
    pub fn with_milliseconds(self) -> String {
        self.date_time().to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.date_time().to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

/// Where a session comes from: what address lists are held against (PRJ-3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The address of the session.
    pub ip: IpAddr,
    /// The network that the address lies in: addresses of different networks have nothing to do with each other.
    pub network: Network,
}

/// The networks from which projects are used (NET-1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// The internet.
    Internet,
    /// The classic network of the cloud.
    Classic,
    /// A VPC, as `<region>_<vpc>`.
    Vpc(String),
}

impl Source {
    /// An address of the internet.
    pub fn internet(ip: IpAddr) -> Self {
        Self { ip, network: Network::Internet }
    }

    /// The VPC that it is in.
    pub fn vpc(&self) -> Option<&str> {
        match &self.network {
            Network::Vpc(vpc) => Some(vpc),
            Network::Internet | Network::Classic => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.network {
            Network::Internet => write!(f, "{}", self.ip),
            Network::Classic => write!(f, "{}@classic", self.ip),
            Network::Vpc(vpc) => write!(f, "{}@{vpc}", self.ip),
        }
    }
}

impl Default for Source {
    fn default() -> Self {
        Self::internet(IpAddr::from([127, 0, 0, 1]))
    }
}
