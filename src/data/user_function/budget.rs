//! What the functions of one statement may use together: it does not grow with their number.

use super::function::Lines;
use crate::error::{Code, Error, Result};

/// Memory of all processes of a statement, in bytes. Chosen.
const MEMORY: u64 = 2 << 30;
/// The most that one process gets of it, and the least: an interpreter needs some to begin with. Chosen.
const MOST: u64 = 512 << 20;
const LEAST: u64 = 64 << 20;
/// Processor time of all processes of a statement, in seconds. Chosen: each call has a limit of its own.
const PROCESSOR: u64 = 3_600;

/// What one process may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// Bytes of memory.
    pub memory: u64,
    /// Seconds of processor time.
    pub seconds: u64,
}

impl Share {
    /// The share of each of so many processes.
    ///
    /// # Errors
    /// There are too many.
    fn of(processes: usize) -> Result<Self> {
        let processes = (processes as u64).max(1);
        let memory = (MEMORY / processes).min(MOST);
        if memory < LEAST {
            let most = MEMORY / LEAST;
            let message = format!("a statement calls more than {most} user functions; each has a process of its own");
            return Err(Error::new(Code::Limit, message)
                .help("split the statement: a function that a view calls counts for each use of the view"));
        }
        Ok(Self { memory, seconds: (PROCESSOR / processes).max(1) })
    }
}

impl Lines {
    /// Gives each function its share.
    ///
    /// # Errors
    /// There are too many.
    pub fn allot(&self) -> Result<()> {
        let share = Share::of(self.0.len())?;
        self.0.iter().for_each(|line| line.allot(share));
        Ok(())
    }

    /// Ends every function, whatever another one has tried.
    ///
    /// # Errors
    /// One has tried to leave.
    pub fn end(&self) -> Result<()> {
        self.0.iter().map(|line| line.end()).fold(Ok(()), Result::and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_functions_may_use_together_does_not_grow_with_their_number() {
        for processes in 1..=32 {
            let share = Share::of(processes).unwrap();
            let all = processes as u64;
            assert!(share.memory * all <= MEMORY && share.seconds * all <= PROCESSOR, "{processes}: {share:?}");
            assert!((LEAST..=MOST).contains(&share.memory), "{processes}: {share:?}");
        }
        assert_eq!(Share::of(33).unwrap_err().code, Code::Limit);
    }
}
