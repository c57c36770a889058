//! What the functions of a running query may use: memory of the pool that all work shares, and time until it is stopped.
//!
//! It reaches every function with the options of the session that runs the plan; without a session nothing is counted.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::common::config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions};
use datafusion::common::{DataFusionError, Result as Outcome};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};

use crate::data::failure::memory;
use crate::error::{Code, Error, Result};

/// Bytes that are counted together, so that short values do not ask the pool one by one.
const PORTION: usize = 64 << 10;
/// Most bytes of all values of one result: its offsets are 32-bit numbers.
pub const LONGEST: usize = i32::MAX as usize;

/// The memory and the stop flags of one query.
#[derive(Clone)]
pub struct Allowance {
    pool: Arc<dyn MemoryPool>,
    stops: Vec<Arc<AtomicBool>>,
}

impl Allowance {
    /// Memory comes from `pool`; any of `stops` ends the work.
    pub fn new(pool: Arc<dyn MemoryPool>, stops: Vec<Arc<AtomicBool>>) -> Self {
        Self { pool, stops }
    }
}

impl fmt::Debug for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("allowance")
    }
}

impl ConfigExtension for Allowance {
    const PREFIX: &'static str = "allowance";
}

impl ExtensionOptions for Allowance {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, _: &str, _: &str) -> Outcome<()> {
        Err(DataFusionError::Configuration("no such setting".to_owned()))
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        Vec::new()
    }
}

/// Counts what one call of a function uses. Its memory is given back when the result has been handed over.
pub struct Meter {
    reservation: Option<MemoryReservation>,
    stops: Vec<Arc<AtomicBool>>,
    /// Bytes that the pool has not been asked for yet.
    uncounted: Cell<usize>,
    /// Bytes of all values.
    total: Cell<usize>,
}

impl Meter {
    /// A meter for a call with these options.
    pub fn new(options: &ConfigOptions) -> Self {
        let allowance = options.extensions.get::<Allowance>();
        Self {
            reservation: allowance.map(|allowance| MemoryConsumer::new("function").register(&allowance.pool)),
            stops: allowance.map(|allowance| allowance.stops.clone()).unwrap_or_default(),
            uncounted: Cell::new(0),
            total: Cell::new(0),
        }
    }

    /// Counts the bytes of a value that becomes part of the result.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn count(&self, bytes: usize) -> Result<()> {
        let total = self.total.get().saturating_add(bytes);
        self.total.set(total);
        let uncounted = self.uncounted.get().saturating_add(bytes);
        if total > LONGEST {
            return Err(memory());
        }
        if uncounted < PORTION {
            self.uncounted.set(uncounted);
            return Ok(());
        }
        self.uncounted.set(0);
        self.reserve(uncounted)
    }

    /// Makes sure that there is memory for a value of so many bytes before it is made.
    ///
    /// # Errors
    /// There is none.
    pub fn make_room(&self, bytes: usize) -> Result<()> {
        if bytes < PORTION {
            return Ok(());
        }
        if bytes > LONGEST {
            return Err(memory());
        }
        self.reserve(bytes)?;
        if let Some(reservation) = &self.reservation {
            reservation.shrink(bytes);
        }
        Ok(())
    }

    /// Reserves memory as long as the result lives.
    ///
    /// # Errors
    /// There is not so much.
    pub fn hold(&self, bytes: usize) -> Result<Held<'_>> {
        let bytes = if bytes < PORTION { 0 } else { bytes };
        self.reserve(bytes)?;
        Ok(Held { meter: self, bytes })
    }

    /// Reserves memory until the call is over.
    ///
    /// # Errors
    /// There is not so much.
    pub fn reserve(&self, bytes: usize) -> Result<()> {
        match &self.reservation {
            Some(reservation) => reservation.try_grow(bytes).map_err(|_| memory()),
            None => Ok(()),
        }
    }

    /// Looks whether the query was stopped; every loop that may take long does.
    ///
    /// # Errors
    /// It was.
    pub fn look(&self) -> Result<()> {
        match self.stops.iter().any(|stop| stop.load(Ordering::Relaxed)) {
            true => Err(Error::new(Code::Cancelled, "stopped")),
            false => Ok(()),
        }
    }
}

/// Memory that is given back when it is dropped.
pub struct Held<'m> {
    meter: &'m Meter,
    bytes: usize,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(reservation) = &self.meter.reservation {
            reservation.shrink(self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::execution::memory_pool::GreedyMemoryPool;

    fn meter(bytes: usize, stop: &Arc<AtomicBool>) -> (Arc<dyn MemoryPool>, Meter) {
        let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(bytes));
        let mut options = ConfigOptions::new();
        options.extensions.insert(Allowance::new(Arc::clone(&pool), vec![Arc::clone(stop)]));
        (pool, Meter::new(&options))
    }

    #[test]
    fn values_are_counted_until_the_call_is_over() {
        let (pool, meter) = meter(10 * PORTION, &Arc::default());
        (0..10).try_for_each(|_| meter.count(PORTION)).unwrap();
        assert_eq!(pool.reserved(), 10 * PORTION);
        assert_eq!(meter.count(PORTION).unwrap_err().code, Code::Memory);
        assert_eq!(meter.make_room(PORTION).unwrap_err().code, Code::Memory);
        drop(meter);
        assert_eq!(pool.reserved(), 0);
    }

    #[test]
    fn a_loop_ends_when_the_query_is_stopped() {
        let stop = Arc::new(AtomicBool::new(false));
        let (_, meter) = meter(1, &stop);
        meter.look().unwrap();
        stop.store(true, Ordering::Relaxed);
        assert_eq!(meter.look().unwrap_err().code, Code::Cancelled);
    }
}
