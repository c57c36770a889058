use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Code, Error, Result};

/// Exit code of a process that was stopped by Ctrl-C.
///
/// Source: odpscmd.
pub const STOPPED: u8 = 130;

/// From now on the first Ctrl-C asks the running statement to stop, and the second ends the process at once.
///
/// Ending at once is safe: the state is before or after a statement at every moment. Code that continues after a stopped
/// statement clears the flag.
///
/// # Errors
/// The system takes no handler.
pub fn install(cancel: Arc<AtomicBool>) -> Result<()> {
    let handler = move || {
        if cancel.swap(true, Ordering::SeqCst) {
            process::exit(i32::from(STOPPED));
        }
    };
    ctrlc::set_handler(handler).map_err(|error| Error::new(Code::Internal, format!("cannot watch for Ctrl-C: {error}")))
}
