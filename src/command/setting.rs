//! The values that `setproject` accepts.

use crate::error::{Code, Error, Result, shortened};
use crate::model::{Effect, FLAGS, NOT_ENFORCED, Property, Setting};
use crate::policy::AddressList;
use crate::syntax::Name;

/// The property of a key and its value, checked.
///
/// # Errors
/// An unknown key, one that is not enforced here, or a value that does not fit.
pub(super) fn check(key: &Name, value: &str) -> Result<(Property, String)> {
    let Some(property) = Property::parse(&key.text) else {
        let error = if NOT_ENFORCED.iter().any(|known| known.eq_ignore_ascii_case(&key.text)) {
            Error::new(Code::Unsupported, format!("not supported yet: `{}`", shortened(&key.text)))
                .help("it would be stored and not enforced, so it is refused")
        } else if is_naming(&key.text) {
            Error::new(Code::Setting, format!("`{}` is not a property of a project", shortened(&key.text)))
                .help(format!(
                    "`set {}=…;` sets it for the session; `.tenant schemas` says whether names have schemas in a tenant",
                    key.text.to_lowercase()
                ))
        } else {
            let flags = Setting::ALL.map(Property::Flag).into_iter().filter(|flag| !Property::ALL.contains(flag));
            let known: Vec<&str> = Property::ALL.into_iter().chain(flags).map(Property::key).collect();
            Error::new(Code::Setting, format!("unknown project property `{}`", shortened(&key.text)))
                .help(format!("known are {}", known.join(", ")))
        };
        return Err(error.at(key.span));
    };
    // The client's own sign for "no list".
    let value = if value == "\\N" { "" } else { value };
    let wrong =
        |expected: &str| Error::new(Code::Setting, format!("`{}` must be {expected}", property.key())).at(key.span);
    match property {
        Property::DownloadControl if !is_boolean(value) => return Err(wrong("true or false")),
        Property::Flag(setting) => {
            return setting.check(value).map(|value| (property, value)).map_err(|error| error.at(key.span));
        }
        Property::ReadLimit if !value.parse::<u64>().is_ok_and(|rows| (1..=10_000).contains(&rows)) => {
            return Err(wrong("a number from 1 to 10000"));
        }
        // Source: "Local backup".
        Property::Retention if !value.parse::<u8>().is_ok_and(|days| days <= 30) => {
            return Err(wrong("a number of days from 0 to 30; 0 keeps no versions"));
        }
        Property::IpWhitelist => drop(AddressList::parse(value, "").map_err(|error| error.at(key.span))?),
        Property::VpcWhitelist => drop(AddressList::parse("", value).map_err(|error| error.at(key.span))?),
        Property::DownloadControl | Property::ReadLimit | Property::Retention => {}
    }
    Ok((property, value.to_lowercase()))
}

/// A warning, if less is kept than a value asks for.
pub(super) fn warning(key: &Name, value: &str) -> Option<String> {
    match Property::parse(&key.text)? {
        Property::Flag(setting) => setting.warning(value),
        Property::DownloadControl
        | Property::IpWhitelist
        | Property::VpcWhitelist
        | Property::ReadLimit
        | Property::Retention => None,
    }
}

/// Whether a key is a flag by which sessions read names (SCH-1).
fn is_naming(key: &str) -> bool {
    let naming = FLAGS.iter().filter(|flag| flag.effect == Effect::Naming);
    naming.into_iter().any(|flag| flag.key.eq_ignore_ascii_case(key))
}

fn is_boolean(value: &str) -> bool {
    value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
}
