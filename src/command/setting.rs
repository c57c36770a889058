//! The values that `setproject` accepts.

use crate::error::{Code, Error, Result, shortened};
use crate::model::Property;
use crate::security::AddressList;
use crate::syntax::Name;

/// Properties of the service that this shell could store but not enforce: they are refused.
const NOT_ENFORCED: [&str; 5] = [
    "odps.security.ip.whitelist.services",
    "odps.forbid.fetch.result.by.bearertoken",
    "odps.output.field.formatter",
    "odps.isolation.session.enable",
    "odps.data.masking.policy.enable",
];

/// The property of a key and its value, checked.
///
/// # Errors
/// An unknown key, one that is not enforced here, or a value that does not fit.
pub(super) fn check(key: &Name, value: &str) -> Result<(Property, String)> {
    let Some(property) = Property::parse(&key.text) else {
        let error = if NOT_ENFORCED.iter().any(|known| known.eq_ignore_ascii_case(&key.text)) {
            Error::new(Code::Unsupported, format!("not supported yet: `{}`", shortened(&key.text)))
                .help("it would be stored and not enforced, so it is refused")
        } else {
            let known: Vec<&str> = Property::ALL.iter().map(|property| property.key()).collect();
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
        // Partitions are always scanned as asked, and the types are always the 2.0 ones: only that can be promised.
        Property::AllowFullScan | Property::TypeSystem2 if !value.eq_ignore_ascii_case("true") => {
            return Err(Error::new(Code::Unsupported, format!("not supported yet: `{}={value}`", property.key()))
                .at(key.span)
                .help("only true can be kept here"));
        }
        Property::ReadLimit if !value.parse::<u64>().is_ok_and(|rows| (1..=10_000).contains(&rows)) => {
            return Err(wrong("a number from 1 to 10000"));
        }
        Property::IpWhitelist => drop(AddressList::parse(value, "").map_err(|error| error.at(key.span))?),
        Property::VpcWhitelist => drop(AddressList::parse("", value).map_err(|error| error.at(key.span))?),
        Property::DownloadControl | Property::ReadLimit | Property::AllowFullScan | Property::TypeSystem2 => {}
    }
    Ok((property, value.to_lowercase()))
}

fn is_boolean(value: &str) -> bool {
    value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
}
