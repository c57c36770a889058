//! The AccessKeys of external data sources: in a file beside the state, which whoever holds the state writes. No statement reaches a file of
//! that name (FLW-11), and no secret is in the state, its audit or a message (KEY-2).
//!
//! ```ini
//! [ALIYUN$bob@example.com/lake]
//! access_id = …
//! access_key = …
//! ```

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::error::{Code, Error, Result};
use crate::model::Principal;
use crate::store::StatePath;

/// Most bytes of the file.
const LONGEST: u64 = 1 << 20;

/// The AccessKey of an external data source of a tenant: id and secret.
///
/// # Errors
/// The file has none, cannot be read, or can be read by others.
pub(super) fn of(state: &StatePath, tenant: &Principal, server: &str) -> Result<(String, String)> {
    let unknown = || {
        Error::new(Code::File, format!("external data source {server} has no credentials"))
            .help("whoever holds the state keeps them in the file `<state>.credentials`: [<tenant>/<name>], access_id and access_key")
    };
    let StatePath::File(state) = state else { return Err(unknown()) };
    let mut path = state.clone().into_os_string();
    path.push(".credentials");
    let Ok(mut file) = File::open(&path) else { return Err(unknown()) };
    if is_open_to_others(Path::new(&path)) {
        return Err(Error::new(Code::File, "the file of credentials can be read by others")
            .help("take their permission away: `chmod 600 <state>.credentials`"));
    }
    let mut text = String::new();
    let read = (&mut file).take(LONGEST).read_to_string(&mut text);
    read.map_err(|_| Error::new(Code::File, "the file of credentials cannot be read"))?;
    find(&text, &format!("{tenant}/{server}")).ok_or_else(unknown)
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(path: &Path) -> bool {
    fs::metadata(path).is_err()
}

/// Id and secret in the section of this name; names are compared without case, like principals.
fn find(text: &str, section: &str) -> Option<(String, String)> {
    let (mut is_here, mut id, mut secret) = (false, None, None);
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_here = name.trim().eq_ignore_ascii_case(section);
        } else if let Some((key, value)) = line.split_once('=').filter(|_| is_here) {
            match key.trim() {
                "access_id" => id = Some(value.trim().to_owned()),
                "access_key" => secret = Some(value.trim().to_owned()),
                _ => {}
            }
        }
    }
    id.zip(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_data_source_has_its_own_credentials() {
        let text = "# x\n[ALIYUN$bob@x/lake]\naccess_id = a\naccess_key=b=c\n\n[ALIYUN$eve@x/lake]\naccess_id=d\n";
        assert_eq!(find(text, "ALIYUN$Bob@x/lake"), Some(("a".into(), "b=c".into())));
        assert_eq!(find(text, "ALIYUN$eve@x/lake"), None);
        assert_eq!(find(text, "ALIYUN$bob@x/other"), None);
    }
}
