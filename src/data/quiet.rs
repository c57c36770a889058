//! Keeps panics of the engine's threads off the terminal; they become errors where the thread is waited for.

use std::panic::{set_hook, take_hook};
use std::sync::Once;

/// How the names of the engine's threads begin.
pub const THREADS: &str = "odpsh-query";

/// From now on threads of the engine panic silently; all others as before.
pub fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = take_hook();
        set_hook(Box::new(move |panic| {
            let thread = std::thread::current();
            if !thread.name().is_some_and(|name| name.starts_with(THREADS)) {
                previous(panic);
            }
        }));
    });
}
