//! `odpsh`: MaxCompute's security model in one process.
//!
//! The life of a statement: text → [`syntax`] → [`command`] binds it to a request → [`security`] decides → [`command`] runs it,
//! [`store`] and `data` keep what it did → [`render`] → text. [`shell`] spells that way out; nothing goes around it.
//! A module uses only modules above it in this list.

pub mod text;

pub mod error;

#[deny(clippy::wildcard_enum_match_arm)]
pub mod model;

pub mod cipher;

pub mod signature;

#[deny(clippy::wildcard_enum_match_arm)]
pub mod policy;

pub mod syntax;

#[deny(clippy::wildcard_enum_match_arm)]
pub mod security;

pub mod store;

pub mod sandbox;

#[cfg(feature = "sql")]
pub mod data;
#[cfg(not(feature = "sql"))]
#[path = "data_absent.rs"]
pub mod data;

#[deny(clippy::wildcard_enum_match_arm)]
pub mod command;

#[deny(clippy::wildcard_enum_match_arm)]
pub mod analysis;

pub mod shell;

pub mod render;

pub mod transcript;

pub mod repl;

pub mod cli;
