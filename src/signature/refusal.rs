use super::WINDOW;
use super::date;
use crate::model::Time;

/// Why the service refuses who signed a request: status 403 in HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The header `Authorization` is missing or has another form.
    Malformed,
    /// There is no such key. Chosen: a key that is disabled is answered as one that is not there.
    KeyNotFound,
    /// The signature is not the one of this request with this key.
    Mismatch,
    /// The request is too old, or from the future: it may be sent again by somebody who recorded it.
    Expired {
        /// The date of the request.
        date: Time,
        /// The time of the service.
        now: Time,
    },
}

impl Refusal {
    /// The number of the service's error.
    pub fn number(&self) -> &'static str {
        match self {
            Self::Malformed | Self::KeyNotFound => "ODPS-0410051",
            Self::Mismatch => "ODPS-0410042",
            Self::Expired { .. } => "ODPS-0410031",
        }
    }

    /// What the service says behind the number and the title of it, word by word.
    pub fn message(&self) -> String {
        match self {
            // Chosen: no text of the service is known. It differs from those that make a client fall back to v2.
            Self::Malformed => "the Authorization header cannot be read".to_owned(),
            Self::KeyNotFound => "accessKeyId not found".to_owned(),
            Self::Mismatch => "User signature dose not match".to_owned(),
            Self::Expired { date, now } => format!(
                "the expire time interval  exceeds the max limitation: {WINDOW}, max_interval_date:{WINDOW},expire_date:{},now_date:{}",
                date::iso(*date),
                date::iso(*now),
            ),
        }
    }
}
