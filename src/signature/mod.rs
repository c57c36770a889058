//! Requests signed with an AccessKey pair, as the clients of the service sign them and as it verifies them (KEY-1).
//!
//! Pure: the caller looks the secret up and gives the time. Source: reference of the clients' source, see `docs/sources.md`.

mod authorization;
mod canonical;
mod date;
mod hash;
mod refusal;
mod target;
#[cfg(test)]
mod tests;

pub use authorization::{Authorization, Scheme};
pub use canonical::Request;
pub use date::http as http_date;
pub use refusal::Refusal;

use crate::model::Time;
use crate::text::Secret;

/// How far the date of a request may be from the time of the service, in milliseconds: 15 minutes.
pub const WINDOW: i64 = 900_000;

/// The value of `Authorization` that a client sends: v4 if it knows its region, else v2.
///
/// Nothing if the request cannot be signed: without a date of the form that HTTP has, or with characters that no header has.
pub fn sign(request: &Request, id: &str, secret: &Secret, region: Option<&str>) -> Option<String> {
    let scheme = match region {
        None => Scheme::V2,
        Some(region) => Scheme::v4(&date::day(date::of(request)?), region),
    };
    let text = canonical::as_sent(request)?;
    Some(Authorization::signed(id, scheme, secret, &text).to_string())
}

/// Verifies that a request was signed with this secret, not long before or after `now`.
///
/// The signature is compared first and in constant time, so that only who has the secret learns what the service's clock shows.
///
/// # Errors
/// The signature or the date is refused.
pub fn verify(request: &Request, given: &Authorization, secret: &Secret, now: Time) -> Result<(), Refusal> {
    // Every form is tried, also after one that fits: how long it takes does not show which it was.
    let fits = canonical::as_received(request).iter().fold(false, |fits, text| given.fits(secret, text) | fits);
    if !fits {
        return Err(Refusal::Mismatch);
    }
    let Some(date) = date::of(request) else { return Err(Refusal::Mismatch) };
    let is_near = (now.0.saturating_sub(date.0)).saturating_abs() <= WINDOW;
    let day_fits = match &given.scheme {
        Scheme::V2 => true,
        Scheme::V4 { day, .. } => {
            [-WINDOW, 0, WINDOW].iter().any(|off| *day == date::day(Time(date.0.saturating_add(*off))))
        }
    };
    if is_near && day_fits { Ok(()) } else { Err(Refusal::Expired { date, now }) }
}
