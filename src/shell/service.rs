//! An open state, shared by all its sessions.

use std::sync::Arc;

use super::caller::Caller;
use super::credentials::Credentials;
use super::root_key::{Keeper, RootKeyPlace, RootKeys};
use super::world::World;
use crate::error::{Error, Result};
use crate::model::{Principal, Time};
use crate::store::{AuditRecord, Durability, Filling, ScratchFolder, StatePath, Store, Write};
use crate::syntax::local::Clock;

/// How a state is opened.
#[derive(Debug, Clone)]
pub struct ServiceOptions {
    /// Location of the state.
    pub state: StatePath,
    /// Where the root key is, which encrypts the secrets of a state in a file.
    pub root_key: RootKeyPlace,
    /// Memory limit of the process in bytes. Default: half of physical memory, determined at the first query.
    pub memory_limit: Option<u64>,
    /// When acknowledged changes are synced to disk.
    pub durable: Durability,
    /// Name of the operating system's user, for the first account of a new state.
    pub system_user: Option<String>,
}

/// An open state with one query engine and one memory pool, shared by all sessions. Safe for concurrent use; each caller runs statements
/// through its own [`Session`](super::Session).
pub struct Service {
    pub(super) world: Arc<World>,
    pub(super) store: Arc<Store>,
    /// The account of the system's user.
    pub(super) first: Principal,
    pub(super) durable: Durability,
    pub(super) engine: crate::data::Engine,
    pub(super) root_keys: Arc<RootKeys>,
    /// Those of external data sources.
    pub(super) credentials: Arc<Credentials>,
}

impl Service {
    /// Opens the state. A new state gets an account for the system's user and a project `sandbox`.
    ///
    /// # Errors
    /// The state cannot be used.
    pub fn open(world: impl Into<Arc<World>>, options: &ServiceOptions) -> Result<Arc<Self>> {
        let world: Arc<World> = world.into();
        let first = first_account(options.system_user.as_deref());
        let root_keys = Arc::new(RootKeys::of(&options.state, &options.root_key, &world)?);
        let filling = Filling {
            populate: &|write| {
                write.create_account(&first, world.now())?;
                write.create_project("sandbox", &first, world.now()).map(drop)
            },
            wrap: &|id, account, secret| root_keys.wrap((id, account), secret, None, &world),
        };
        let mut store = Store::open_with(&options.state, options.durable, filling)?;
        if let RootKeyPlace::File(file) = &options.root_key {
            store.keep_root_key(file.clone());
        }
        store.keep_keys_with(Box::new(Keeper { root_keys: Arc::clone(&root_keys), world: Arc::clone(&world) }));
        bind_earlier_views(&store)?;
        ScratchFolder::sweep(&ScratchFolder::base(store.data_folder()));
        let engine = crate::data::Engine::new(super::job::engine_options(options, &store, &world));
        let store = Arc::new(store);
        let credentials = Arc::new(Credentials::new(&store, &root_keys, &world));
        // Where it cannot be done, whoever needs them hears why.
        drop(credentials.sealed());
        Ok(Arc::new(Self { world, store, first, durable: options.durable, engine, root_keys, credentials }))
    }

    /// The time that a caller's statements see.
    pub(super) fn now(&self, caller: &Caller) -> Time {
        match caller.clock {
            Clock::Real => self.world.now(),
            Clock::At(time) => time,
            Clock::Ahead(milliseconds) => Time(self.world.now().0.saturating_add(milliseconds)),
        }
    }

    /// Deletes expired results, dead files and the leftovers of ended processes (see [`Store::sweep`]).
    ///
    /// # Errors
    /// The state cannot be read or written.
    pub(super) fn sweep(&self) -> Result<()> {
        self.store.sweep(self.world.now())
    }

    /// The same after a statement was committed or has failed: what cannot be deleted now is left to the next sweep. A failure is not the
    /// statement's, and must not replace its outcome.
    pub(super) fn tidy(&self) {
        let _ = self.sweep();
    }

    /// Writes the audit record of a statement that failed or was denied after its transaction ended.
    ///
    /// # Errors
    /// The state cannot be written.
    pub(super) fn audit(&self, record: &AuditRecord) -> Result<()> {
        let write = self.store.write()?;
        self.record(&write, record)?;
        write.commit()
    }

    /// Writes an audit record in the transaction of its effect, with the machine's time.
    ///
    /// # Errors
    /// The state cannot be written.
    pub(super) fn record(&self, write: &Write<'_>, record: &AuditRecord) -> Result<()> {
        write.audit(record, self.world.now())
    }

    /// Writes the audit record and returns `error`, or the error of the write if it fails.
    pub(super) fn audited(&self, record: &AuditRecord, error: Box<Error>) -> Box<Error> {
        self.audit(record).err().unwrap_or(error)
    }
}

/// Binds the names in views that were created before layout 4, which first stored these bindings (VIW-6).
fn bind_earlier_views(store: &Store) -> Result<()> {
    if store.read()?.unbound_views()?.is_empty() {
        return Ok(());
    }
    let write = store.write()?;
    crate::command::bind_earlier_views(&write)?;
    write.commit()
}

pub(super) fn first_account(system_user: Option<&str>) -> Principal {
    let name: String = system_user
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        .take(64)
        .collect();
    Principal::Account { account: if name.is_empty() { "owner".into() } else { name.into() } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_a_service() {
        fn shared<T: Send + Sync>() {}
        shared::<Service>();
        shared::<Caller>();
    }
}
