//! Runs the planner on a thread with a deep stack, and turns its panics into errors.
//!
//! Never lets a panic of a dependency reach the terminal.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use crate::error::{Code, Error, Result};

/// Stack of a planning thread, in bytes: enough for the deepest query that [`super::limits`] lets through.
const STACK: usize = 256 << 20;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` on a thread of its own and waits for it.
///
/// # Errors
/// Those of `work`; an internal error if it panics or no thread can be started.
pub(in crate::data) fn on_deep_stack<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    silence();
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("planner".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                QUIET.set(true);
                catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(failed()))
            })
            .map_err(|_| Error::new(Code::Internal, "no thread can be started for the planner"))?
            .join()
            .unwrap_or_else(|_| Err(failed()))
    })
}

fn failed() -> Box<Error> {
    Error::new(Code::Internal, "the planner failed on this query")
        .help("write it in another way, and report it as a mistake in this program")
}

/// A panic is printed before it can be caught, by a hook of the process: it stays silent on planning threads only.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.try_with(Cell::get).unwrap_or(false) {
                previous(panic);
            }
        }));
    });
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
