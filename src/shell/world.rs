use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Code, Error, Result};
use crate::model::Time;

/// Where time and chance come from: arguments of everything below, so that a transcript runs the same everywhere.
#[derive(Debug)]
pub struct World {
    /// `None` for the machine's time.
    fixed: Option<Time>,
    /// Milliseconds that a fixed world was moved on by.
    moved: AtomicI64,
    /// When a world that does not stand still began.
    began: Instant,
    /// Counts what a fixed world hands out in place of random numbers.
    handed_out: AtomicU64,
    /// Counts what a fixed world hands out for the ids of instances: they change no other number.
    ids: AtomicU64,
    /// The same for the ids of tunnel sessions.
    transfers: AtomicU64,
}

impl World {
    /// The machine's time, and random numbers of the operating system.
    pub fn real() -> Self {
        Self::new(None)
    }

    /// A fixed time, repeatable numbers, and plans that do not depend on the machine.
    pub fn fixed(now: Time) -> Self {
        Self::new(Some(now))
    }

    fn new(fixed: Option<Time>) -> Self {
        Self {
            fixed,
            moved: AtomicI64::new(0),
            began: Instant::now(),
            handed_out: AtomicU64::new(0),
            ids: AtomicU64::new(0),
            transfers: AtomicU64::new(0),
        }
    }

    /// Advances the time of a fixed world.
    pub fn advance(&self, milliseconds: i64) {
        self.moved.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// Whether its time and numbers are repeatable.
    pub fn is_fixed(&self) -> bool {
        self.fixed.is_some()
    }

    /// The time.
    pub fn now(&self) -> Time {
        match self.fixed {
            Some(start) => Time(start.0.saturating_add(self.moved.load(Ordering::Relaxed))),
            None => {
                #[expect(clippy::disallowed_methods, reason = "the one place where the machine's time comes in")]
                let now = std::time::SystemTime::now();
                let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                Time(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
        }
    }

    /// Monotonic time since start-up, unaffected by `.clock`; constant in a fixed world.
    pub fn elapsed(&self) -> Duration {
        if self.is_fixed() { Duration::ZERO } else { self.began.elapsed() }
    }

    /// A number that cannot be guessed; in a fixed world, the next one.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn random(&self) -> Result<u64> {
        if self.is_fixed() {
            return Ok(self.handed_out.fetch_add(1, Ordering::Relaxed));
        }
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(|_| Error::new(Code::Internal, "the system provides no random numbers"))?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// Bytes for keys and IVs, of the operating system also in a fixed world: nothing that is shown depends on them.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn random_bytes<const COUNT: usize>(&self) -> Result<[u8; COUNT]> {
        let mut bytes = [0; COUNT];
        getrandom::fill(&mut bytes).map_err(|_| Error::new(Code::Internal, "the system provides no random numbers"))?;
        Ok(bytes)
    }

    /// Eight letters and digits for the id of an instance; in a fixed world, the next ones.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn id_letters(&self) -> Result<String> {
        self.letters(&self.ids)
    }

    /// The same for the id of a tunnel session.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn transfer_letters(&self) -> Result<String> {
        self.letters(&self.transfers)
    }

    fn letters(&self, handed_out: &AtomicU64) -> Result<String> {
        const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        let number = if self.is_fixed() { handed_out.fetch_add(1, Ordering::Relaxed) } else { self.random()? };
        let mut left = number;
        let digits = (0..8).filter_map(|_| {
            let digit = LETTERS.get(usize::try_from(left % 36).unwrap_or_default());
            left /= 36;
            digit.map(|digit| char::from(*digit))
        });
        Ok(digits.collect::<Vec<_>>().into_iter().rev().collect())
    }

    /// A word of `length` letters and digits that cannot be guessed.
    pub fn random_word(&self, length: usize) -> Result<String> {
        const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let mut word = String::with_capacity(length);
        while word.len() < length {
            let number = self.random()?;
            let digits = (0..12).map(|place| (number >> (5 * place)) & 31);
            word.extend(
                digits
                    .filter_map(|digit| LETTERS.get(digit as usize))
                    .map(|letter| char::from(*letter))
                    .take(length - word.len()),
            );
        }
        Ok(word)
    }
}
