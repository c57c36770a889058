//! How much work it is to plan a query, counted in steps, and where it ends.
//!
//! The planner and the optimiser ask for the type of every call again and again; each time is a step. The count depends on the
//! query alone, so a query that is refused is always refused.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::common::DataFusionError;

use super::failure::carry;
use crate::error::{Code, Error, Result};

/// Most steps of planning or optimising one query. Chosen: some seconds.
pub const STEPS: u64 = 5_000_000;

/// Most bytes of constants that are computed for one plan. Chosen.
const CONSTANTS: usize = 16 << 20;

/// The work of this thread.
struct Present {
    steps: u64,
    stops: Vec<Arc<AtomicBool>>,
    ended: Option<Box<Error>>,
    /// Bytes of the constants that were computed; the greatest number there is once one could not be.
    constants: usize,
}

thread_local! {
    static PRESENT: RefCell<Option<Present>> = const { RefCell::new(None) };
}

/// Runs `work`, which may take [`STEPS`] steps and ends when one of `stops` is set. Gives the steps that it took, too.
///
/// # Errors
/// It was too much, or was stopped; then this is the error, and that of `work` is discarded.
pub fn counted<T>(stops: Vec<Arc<AtomicBool>>, work: impl FnOnce() -> T) -> Result<(T, u64)> {
    let outer = PRESENT.with(|present| present.replace(Some(Present { steps: 0, stops, ended: None, constants: 0 })));
    let made = work();
    let present = PRESENT.with(|present| present.replace(outer));
    match present {
        Some(Present { ended: Some(error), .. }) => Err(error),
        Some(Present { steps, .. }) => Ok((made, steps)),
        None => Ok((made, 0)),
    }
}

/// Counts the planning steps of this thread.
///
/// # Errors
/// There were too many, or the work was stopped.
pub fn step(count: u64) -> Result<(), DataFusionError> {
    let ended = PRESENT.with(|present| {
        let Ok(mut present) = present.try_borrow_mut() else { return None };
        let present = present.as_mut()?;
        present.steps = present.steps.saturating_add(count);
        if present.ended.is_none() {
            if present.steps > STEPS {
                present.ended = Some(too_complex());
            } else if present.stops.iter().any(|stop| stop.load(Ordering::Relaxed)) {
                present.ended = Some(Error::new(Code::Cancelled, "stopped"));
            }
        }
        present.ended.clone()
    });
    ended.map_or(Ok(()), |error| Err(carry(error)))
}

/// Notes that a constant of the plan was computed, of as many bytes as `size` says.
pub fn add_constant(size: impl FnOnce() -> usize) {
    PRESENT.with(|present| {
        if let Ok(mut present) = present.try_borrow_mut()
            && let Some(present) = present.as_mut()
        {
            present.constants = present.constants.saturating_add(size());
        }
    });
}

/// Whether this thread plans, and no more constants are to be computed: they stand in the plan, in its names too, and one that
/// does not fit into memory would be tried again by each rule. The rest is computed when the plan runs.
pub fn has_enough_constants() -> bool {
    let enough = |present: &Option<Present>| present.as_ref().is_some_and(|present| present.constants > CONSTANTS);
    PRESENT.with(|present| present.try_borrow().is_ok_and(|present| enough(&present)))
}

/// The steps of what this thread plans, so far.
pub fn so_far() -> u64 {
    PRESENT
        .with(|present| present.try_borrow().ok().and_then(|present| present.as_ref().map(|present| present.steps)))
        .unwrap_or_default()
}

/// The error for a query that is too much work.
pub fn too_complex() -> Box<Error> {
    Error::new(Code::Semantic, "the expressions of this query are too complex to plan")
        .help("compute their parts in subqueries, or put a part into a table of its own")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_ends_after_its_steps() {
        let work = || (0..).find(|_| step(1000).is_err()).unwrap_or(0_u64);
        assert_eq!(counted(Vec::new(), work).unwrap_err().code, Code::Semantic);
        assert_eq!(counted(Vec::new(), || step(7).is_ok()).unwrap(), (true, 7));
        assert!(step(STEPS * 2).is_ok(), "without a plan there is nothing to count");
    }

    #[test]
    fn work_ends_when_it_is_stopped() {
        let stop = Arc::new(AtomicBool::new(true));
        assert_eq!(counted(vec![stop], || step(1).is_err()).unwrap_err().code, Code::Cancelled);
    }
}
