//! Runs the planner on a thread with a deep stack, and turns its panics into errors.
//!
//! Never lets a panic of a dependency reach the terminal.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::quiet;
use crate::error::{Code, Error, Result};

/// Stack of a planning thread, in bytes: enough for the deepest query that [`super::limits`] lets through.
const STACK: usize = 256 << 20;

/// Runs `work` on a thread of its own and waits for it.
///
/// # Errors
/// Those of `work`; an internal error if it panics or no thread can be started.
pub(in crate::data) fn on_deep_stack<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    quiet::silence();
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name(format!("{}-plan", quiet::THREADS))
            .stack_size(STACK)
            .spawn_scoped(scope, || catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(failed())))
            .map_err(|_| Error::new(Code::Internal, "no thread can be started for the planner"))?
            .join()
            .unwrap_or_else(|_| Err(failed()))
    })
}

fn failed() -> Box<Error> {
    Error::new(Code::Internal, "the planner failed on this query")
        .help("write it in another way, and report it as a mistake in this program")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let error = on_deep_stack::<()>(|| panic!("secret")).unwrap_err();
        assert_eq!(error.code, Code::Internal);
        assert!(!format!("{error:?}").contains("secret"));
        assert_eq!(on_deep_stack(|| Ok(1)).unwrap(), 1);
    }
}
