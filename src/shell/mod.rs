//! Services and sessions, and the single path by which every statement is executed.
//!
//! The prompt, scripts and transcripts all call [`Session::run`]; no statement bypasses it.

mod caller;
mod check;
mod credentials;
mod event;
mod export;
mod files;
mod flag;
mod group;
mod guard;
mod instance;
mod job;
mod local;
mod local_file;
mod long_work;
mod looking;
mod managed_reach;
mod names;
mod on_snapshot;
mod pipeline;
mod probe;
mod query;
mod reach;
mod reading;
mod record;
mod refused;
mod resource_reach;
mod root_key;
mod service;
mod session;
mod sign_in;
mod storing;
mod text_file;
mod transfer;
mod watch;
mod ways;
mod why;
mod world;
mod written_file;

pub use crate::store::{Durability, Head, StatePath};
pub use check::check;
pub use export::{AuditExport, audit_head};
pub use reading::{ScriptFile, Show, Stopped, parse};
pub use root_key::RootKeyPlace;
pub use service::{Service, ServiceOptions};
pub use session::{AccessKeyPair, Options, Session};
pub use text_file::{read_file, read_text};
pub use world::World;
