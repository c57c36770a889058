use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, TryLockError};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use super::encryption::KeyKeeper;
use super::transaction::Link;
use crate::error::{Code, Error, Result};

/// Maximum number of concurrent transactions in a process. Chosen: well above typical thread counts, well below file descriptor limits.
const SLOTS: usize = 64;
/// How often a thread looks again for a free connection, and how long it waits in between: 5 s, as for the lock of the state.
const LOOKS: u32 = 500;
const PAUSE: Duration = Duration::from_millis(10);

/// Connections to one state, opened when they are needed and used again: the first free one, so that a single user keeps one, and its
/// cache.
pub(super) struct Pool {
    /// On the heap: together they are larger than what a thread's stack has to spare.
    slots: Box<[OnceLock<Mutex<Link>>]>,
    open: Open,
    /// Whether connections cache between transactions.
    caches: AtomicBool,
    /// What holds the root key, once it is known.
    key_keeper: OnceLock<Box<dyn KeyKeeper>>,
}

/// Opens another connection.
pub(super) type Open = Box<dyn Fn() -> Result<Connection> + Send + Sync>;

/// A connection that nobody else uses.
pub(super) struct Taken<'p> {
    pub link: MutexGuard<'p, Link>,
    pub slot: usize,
    pub key_keeper: &'p OnceLock<Box<dyn KeyKeeper>>,
}

impl Pool {
    /// A pool that begins with this connection.
    pub fn new(first: Connection, open: Open) -> Result<Self> {
        let slots: Box<[_]> = std::iter::repeat_with(OnceLock::new).take(SLOTS).collect();
        let first = Mutex::new(Link::new(first)?);
        if let Some(slot) = slots.first() {
            slot.get_or_init(|| first);
        }
        Ok(Self { slots, open, caches: AtomicBool::new(true), key_keeper: OnceLock::new() })
    }

    /// From now on, this holds the root key; the first one counts.
    pub fn keep_keys_with(&self, keeper: Box<dyn KeyKeeper>) {
        let _ = self.key_keeper.set(keeper);
    }

    /// From now on, nothing is cached between transactions.
    pub fn switch_off_caches(&self) {
        self.caches.store(false, Ordering::Relaxed);
        for link in self.slots.iter().filter_map(OnceLock::get) {
            locked(link).cache.switch_off();
        }
    }

    /// Takes a connection whose transaction has ended.
    ///
    /// # Errors
    /// No connection becomes free within 5 s, or a new one cannot be opened.
    pub fn take(&self) -> Result<Taken<'_>> {
        for _ in 0..LOOKS {
            for (slot, link) in self.slots.iter().enumerate() {
                if let Some(link) = self.free(link)? {
                    return Ok(Taken { link, slot, key_keeper: &self.key_keeper });
                }
            }
            thread::sleep(PAUSE);
        }
        Err(Error::new(Code::StateFile, "too many statements use the state at once").help("try again later"))
    }

    /// Takes the connection of a slot, in which a batch has left its transaction.
    pub fn take_again(&self, slot: usize) -> Option<Taken<'_>> {
        let link = self.slots.get(slot)?.get()?;
        Some(Taken { link: locked(link), slot, key_keeper: &self.key_keeper })
    }

    /// The connection of a slot, if nobody uses it. An empty slot gets one.
    fn free<'p>(&self, slot: &'p OnceLock<Mutex<Link>>) -> Result<Option<MutexGuard<'p, Link>>> {
        let link = match slot.get() {
            Some(link) => link,
            None => {
                let link = Link::new((self.open)()?)?;
                if !self.caches.load(Ordering::Relaxed) {
                    link.cache.switch_off();
                }
                slot.get_or_init(|| Mutex::new(link))
            }
        };
        let link = match link.try_lock() {
            Ok(link) => link,
            // Its transaction was rolled back while the thread unwound.
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(None),
        };
        Ok((!link.is_reserved()).then_some(link))
    }
}

fn locked(link: &Mutex<Link>) -> MutexGuard<'_, Link> {
    link.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let opened = self.slots.iter().filter(|slot| slot.get().is_some()).count();
        f.debug_struct("Pool").field("opened", &opened).finish_non_exhaustive()
    }
}
