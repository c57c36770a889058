//! The state file: one SQLite database, and the rows that say which data files make up a table.
//!
//! [`Snapshot`] answers questions and implements [`crate::security::Facts`]; [`Write`] changes things inside one transaction. It
//! decides nothing: callers ask `security` first.

mod account;
mod acl;
mod audit;
mod batch;
mod cache;
mod check;
mod content;
mod error;
mod facts;
mod file;
mod function;
mod id;
mod installation;
mod instance;
mod kept;
mod label;
mod lease;
mod member;
mod migrate;
mod object;
mod open;
mod own_files;
mod package;
mod partition;
mod policy;
mod pool;
mod project;
mod resource;
mod result_access;
mod reverse;
mod role;
mod schema;
mod scratch;
mod sweep;
mod table;
mod tenant;
mod transaction;
mod trust;
mod tunnel;
mod view;

pub use account::Account;
pub use acl::{AclEntry, AclPlace};
pub use audit::AuditRecord;
pub use batch::Batch;
pub use check::check;
pub use content::StoredContent;
pub use function::NewFunction;
pub use installation::Installation;
pub use instance::{InstanceFilter, NewInstance};
pub use kept::KeptResult;
pub use label::LabelEntry;
pub use lease::Lease;
pub use member::Member;
pub use open::{Durability, StatePath, Store};
pub use package::{Package, PackageItem};
pub use partition::Partition;
pub use resource::NewResource;
pub use role::Role;
pub use scratch::ScratchFolder;
pub use table::NewTable;
pub use transaction::{Snapshot, Write};
pub use tunnel::{LineKind, NewTunnelSession, TransferKind, TransferStatus, TunnelBlock, TunnelSession, TunnelSource};
