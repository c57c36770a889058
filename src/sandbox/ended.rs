use std::fmt;
use std::time::Duration;

/// Why a confined process gives no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The machine cannot confine it: nothing has run.
    Unavailable(String),
    /// The statement was stopped.
    Cancelled,
    /// It took longer than it may.
    TimedOut,
    /// It made a system call that it may not make.
    Escaped,
    /// It ended, in these words.
    Ended(String),
    /// It gave something that is no answer.
    Garbled,
}

/// When a call ends without an answer.
pub struct Patience<'p> {
    /// The longest time that it may take.
    pub most: Duration,
    /// Whether nobody waits for it any more.
    pub is_stopped: &'p dyn Fn() -> bool,
}

impl fmt::Debug for Patience<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Patience({:?})", self.most)
    }
}
