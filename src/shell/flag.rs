//! What `set` does with a flag: it is checked, kept, and where it changes nothing, a warning says so.

use crate::error::{Code, Error, Result, shortened};
use crate::model::{Effect, Flag, OutputMode, Property, Switch, property};
use crate::syntax::grammar::nearest;

/// A flag that may be set.
pub(super) struct Checked {
    /// The key as it is kept.
    pub key: String,
    /// The value as it is kept.
    pub value: String,
    /// Results are written in this mode; nothing is kept then.
    pub mode: Option<OutputMode>,
    /// What the user should know.
    pub warning: Option<String>,
}

/// Checks a flag that is about to be set.
///
/// # Errors
/// A property of projects, a value that does not fit, a flag that would change what a statement may or means and is not built.
pub(super) fn check(key: String, value: String) -> Result<Checked> {
    if let Some(property) = property(&key) {
        return Err(Error::new(Code::Setting, format!("`{property}` is a property of the project, not a flag"))
            .help(format!("write `setproject {property}={};`", shortened(&value))));
    }
    let Some(flag) = Flag::find(&key) else {
        check_spelling(&key)?;
        let warning = Some(unknown(&key));
        return Ok(Checked { key, value, mode: None, warning });
    };
    let typed = value;
    let value = flag.check(&key, &typed)?;
    let mode = (flag.effect == Effect::Output).then(|| match value.eq_ignore_ascii_case("csv") {
        true => OutputMode::Csv,
        false => OutputMode::Table,
    });
    let warning = match flag.effect {
        Effect::Nothing => Some(format!("Warning: `{}` has no effect here: {}", shortened(&key), flag.about)),
        Effect::Dialect(setting) => setting.warning(&typed),
        Effect::Naming | Effect::Output | Effect::TenantResource(_) | Effect::Functions => None,
    };
    // One flag is kept once, however it was typed.
    let key = if flag.key.ends_with('*') { key } else { flag.key.to_owned() };
    Ok(Checked { key, value, mode, warning })
}

/// A flag that is nearly spelled as a security switch or a project property: what was probably meant.
///
/// # Errors
/// Always for such a flag: a script that hardens a project must not go on as if it had. Chosen: the client takes every key.
fn check_spelling(key: &str) -> Result<()> {
    let switches = || Switch::ALL.map(Switch::key).into_iter().chain(["ProjectProtection"]);
    let properties = || {
        let all = Property::ALL.into_iter().filter(|property| !matches!(property, Property::Flag(_)));
        all.map(Property::key)
    };
    // Half a word is no slip of the hand.
    let near = nearest(key, switches().chain(properties())).filter(|known| key.len() + 3 > known.len());
    let Some(known) = near else { return Ok(()) };
    let meant = match properties().any(|property| property == known) {
        true => format!("setproject {known}=…;"),
        false => format!("set {known}=true|false;"),
    };
    Err(Error::new(Code::Setting, format!("unknown setting `{key}`")).help(format!("did you mean `{meant}`?")))
}

/// The message for an unknown key. Chosen: a warning and not an error, since the client accepts every key.
fn unknown(key: &str) -> String {
    let flags = crate::model::FLAGS.iter().map(|flag| flag.key).filter(|key| !key.ends_with('*'));
    let close = match nearest(key, flags).filter(|flag| key.len() + 3 > flag.len()) {
        Some(flag) => format!("; did you mean `{flag}`?"),
        None => String::new(),
    };
    format!("Warning: `{}` is an unknown flag and has no effect{close}", shortened(key))
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
