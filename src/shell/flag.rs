//! The flags that this session itself heeds; all others are kept and shown, as the client does.

use crate::error::{Code, Error, Result};
use crate::model::{OutputMode, Property, Switch};
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

/// A flag that is nearly spelled as a security switch or a project property: what was probably meant.
///
/// # Errors
/// Always for such a flag: a script that hardens a project must not go on as if it had. Chosen: the client takes every key.
pub(super) fn check_spelling(key: &str) -> Result<()> {
    let switches = || Switch::ALL.map(Switch::key).into_iter().chain(["ProjectProtection"]);
    let properties = || Property::ALL.map(Property::key).into_iter();
    let is_exact = |known: &str| known.eq_ignore_ascii_case(key);
    if switches().chain(properties()).any(is_exact) {
        return Ok(());
    }
    // Half a word is no slip of the hand.
    let near = nearest(key, switches().chain(properties())).filter(|known| key.len() + 3 > known.len());
    let Some(known) = near else { return Ok(()) };
    let meant = match properties().any(|property| property == known) {
        true => format!("setproject {known}=…;"),
        false => format!("set {known}=true|false;"),
    };
    Err(Error::new(Code::Setting, format!("unknown setting `{key}`")).help(format!("did you mean `{meant}`?")))
}

#[cfg(test)]
mod tests {
    use super::check_spelling;

    #[test]
    fn near_misses_of_switches_and_properties_are_refused_and_other_flags_are_not() {
        for key in [
            "ProjectProtecton",
            "projectprotections",
            "CheckPermissionUsingAC",
            "LabelSecurty",
            "READ_TABLE_MAX_ROWS",
            "odps.security.ip.whitelst",
        ] {
            assert!(check_spelling(key).is_err(), "{key}");
        }
        for key in [
            "odps.sql.timezone",
            "odps.sql.allow.fullscan",
            "odps.sql.allow.cartesian",
            "odps.sql.mapper.split.size",
            "project",
            "a",
        ] {
            assert!(check_spelling(key).is_ok(), "{key}");
        }
    }
}
