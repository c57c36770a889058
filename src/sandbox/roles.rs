//! This program in another role: it starts itself anew to confine a process.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use super::spec::{Failure, Spec, Step as _};
use super::{confinement, supervisor};

/// The name by which the outer process is started.
pub(super) const OUTER: &str = "odpsh: sandbox";
/// The name by which the inner process is started.
pub(super) const INNER: &str = "odpsh: confined";

/// Plays the role that this process was started for, if it was started for one.
pub fn play(arguments: &mut dyn Iterator<Item = OsString>) -> Option<ExitCode> {
    let role = arguments.next()?;
    let spec = || arguments.next().and_then(|spec| spec.into_string().ok()).unwrap_or_default();
    let played = match role.to_str()? {
        OUTER => supervisor::run(&{ spec }()),
        INNER => confine(&{ spec }()),
        _ => return None,
    };
    Some(match played {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where nobody reads the report, nobody waits for it.
            let _ = writeln!(std::io::stderr(), "missing {failure}");
            ExitCode::FAILURE
        }
    })
}

fn confine(spec: &str) -> Result<(), Failure> {
    let spec: Spec = serde_json::from_str(spec).step("the description of the sandbox")?;
    match confinement::enter(&spec)? {}
}
