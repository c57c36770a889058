//! A session: who, where, with which settings; and the one way that every statement takes through the house.
//!
//! [`Session::run`] is called by the prompt, by scripts, by transcripts, and by whatever comes later; nothing goes around it.

mod caller;
mod check;
mod files;
mod flag;
mod group;
mod guard;
mod instance;
mod local;
mod local_file;
mod long_work;
mod names;
mod on_snapshot;
mod pipeline;
mod probe;
mod reach;
mod reading;
mod record;
mod refusal;
mod rows;
mod service;
mod session;
mod shown;
mod sign_in;
mod storing;
mod text_file;
mod transfer;
mod watch;
mod ways;
mod why;
mod world;
mod written_file;

pub use crate::store::{Durability, StatePath};
pub use check::check;
pub use reading::{ScriptFile, Show, Stopped, parse};
pub use service::{Service, ServiceOptions};
pub use session::{Options, Session};
pub use text_file::{read_file, read_text};
pub use world::World;
