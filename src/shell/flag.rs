//! The flags that this session itself heeds; all others are kept and shown, as the client does.

use crate::error::{Code, Error, Result};
use crate::model::{OutputMode, Switch};
use crate::syntax::grammar::nearest;

/// What a flag means for the session.
pub(super) enum Effect {
    /// It is kept and shown.
    Keep,
    /// Results are written in this mode.
    Mode(OutputMode),
}

/// Checks a flag that is about to be set.
///
/// # Errors
/// A flag that would change what a statement may or means, and that is not built.
pub(super) fn check(key: &str, value: &str) -> Result<Effect> {
    let refuse =
        |help: &str| Err(Error::new(Code::Unsupported, format!("not supported yet: `set {key}={value}`")).help(help));
    let on = value.eq_ignore_ascii_case("true");
    match key.to_lowercase().as_str() {
        "odps.sql.select.output.format" => Ok(match value.to_lowercase().as_str() {
            "csv" => Effect::Mode(OutputMode::Csv),
            "humanreadable" => Effect::Mode(OutputMode::Table),
            _ => return refuse("`csv` and `HumanReadable` are; see `.mode` for the rest"),
        }),
        "odps.namespace.schema" | "odps.sql.allow.namespace.schema" if on => {
            refuse("names have two parts here: project and table")
        }
        "odps.default.schema" if !value.eq_ignore_ascii_case("default") => {
            refuse("names have two parts here: project and table")
        }
        "odps.session.networklink" | "odps.task.wlm.quota" => {
            refuse("tenant resources are not built, so they are refused")
        }
        _ => Ok(Effect::Keep),
    }
}

/// The security switch that a flag was probably meant to be. Chosen: a note and no error, since the client takes every key.
pub(super) fn meant(key: &str) -> Option<&'static str> {
    let switches = Switch::ALL.map(Switch::key).into_iter().chain(["ProjectProtection"]);
    // Half a word is no slip of the hand.
    nearest(key, switches).filter(|switch| key.len() + 3 > switch.len())
}
