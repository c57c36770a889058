//! The memory of one attempt at a plan, and when it has all come back.
//!
//! Tasks of a plan that was dropped end when they next pause; until then they hold what they reserved.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::common::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnv;
use tokio::sync::oneshot::{self, Receiver, Sender};

/// What one attempt takes from the pool of all; every reservation holds on to it.
#[derive(Debug)]
struct Share {
    pool: Arc<dyn MemoryPool>,
    /// Most bytes that may be held by what cannot spill, and how many are.
    limit: usize,
    unspillable: AtomicUsize,
    /// Dropped with the last reservation, which is what [`Returned`] waits for.
    _held: Sender<()>,
}

/// Ends when nothing of an attempt holds memory any more.
pub(super) struct Returned(Receiver<()>);

impl Returned {
    /// Waits until then.
    pub(super) async fn wait(self) {
        // Nothing is ever sent: the sender is dropped.
        drop(self.0.await);
    }
}

/// `environment` with a share of its memory, of which at most `limit` bytes go to what cannot spill.
pub(super) fn share(environment: &RuntimeEnv, limit: usize) -> (Arc<RuntimeEnv>, Returned) {
    let (held, returned) = oneshot::channel();
    let pool = Arc::clone(&environment.memory_pool);
    let share = Share { pool, limit, unspillable: AtomicUsize::new(0), _held: held };
    (Arc::new(RuntimeEnv { memory_pool: Arc::new(share), ..environment.clone() }), Returned(returned))
}

impl Share {
    /// Counts what cannot spill; says whether it is within the limit.
    fn add(&self, reservation: &MemoryReservation, additional: usize) -> bool {
        let spills = reservation.consumer().can_spill();
        spills || self.unspillable.fetch_add(additional, Ordering::Relaxed).saturating_add(additional) <= self.limit
    }

    fn subtract(&self, reservation: &MemoryReservation, bytes: usize) {
        if !reservation.consumer().can_spill() {
            self.unspillable.fetch_sub(bytes, Ordering::Relaxed);
        }
    }
}

impl Display for Share {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.pool.fmt(formatter)
    }
}

impl MemoryPool for Share {
    fn name(&self) -> &str {
        self.pool.name()
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.pool.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.pool.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.add(reservation, additional);
        self.pool.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.subtract(reservation, shrink);
        self.pool.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let grown = match self.add(reservation, additional) {
            true => self.pool.try_grow(reservation, additional),
            false => Err(DataFusionError::ResourcesExhausted("an attempt has a share of the memory".to_owned())),
        };
        if grown.is_err() {
            self.subtract(reservation, additional);
        }
        grown
    }

    fn reserved(&self) -> usize {
        self.pool.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.pool.memory_limit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::execution::memory_pool::GreedyMemoryPool;
    use futures::FutureExt;

    fn environment() -> RuntimeEnv {
        RuntimeEnv { memory_pool: Arc::new(GreedyMemoryPool::new(100)), ..RuntimeEnv::default() }
    }

    #[test]
    fn memory_is_back_when_the_last_reservation_is_gone() {
        let environment = environment();
        let (shared, returned) = share(&environment, 100);
        let mut returned = Box::pin(returned.wait());
        let reservation = MemoryConsumer::new("task").register(&shared.memory_pool);
        reservation.try_grow(60).unwrap();
        drop(shared);
        assert_eq!(returned.as_mut().now_or_never(), None);
        assert_eq!(environment.memory_pool.reserved(), 60);
        drop(reservation);
        assert_eq!(returned.as_mut().now_or_never(), Some(()));
        assert_eq!(environment.memory_pool.reserved(), 0);
    }

    #[test]
    fn what_cannot_spill_gets_less_than_all() {
        let (shared, _) = share(&environment(), 40);
        let table = MemoryConsumer::new("table").register(&shared.memory_pool);
        let sort = MemoryConsumer::new("sort").with_can_spill(true).register(&shared.memory_pool);
        assert!(table.try_grow(41).is_err());
        table.try_grow(40).unwrap();
        assert!(table.try_grow(1).is_err());
        sort.try_grow(60).unwrap();
        assert!(sort.try_grow(1).is_err());
        table.shrink(10);
        table.try_grow(10).unwrap();
        assert_eq!(shared.memory_pool.reserved(), 100);
    }
}
