//! Systems without the mechanisms of the sandbox: nothing runs there.

use std::ffi::OsString;
use std::process::ExitCode;

use super::{Ended, Patience};

/// A process that cannot be: this system cannot confine one.
#[derive(Debug)]
pub enum Confined {}

impl Confined {
    /// Says that this system cannot confine a process.
    ///
    /// # Errors
    /// Always.
    pub fn start(_: u64, _: u64) -> Result<Self, Ended> {
        Err(Ended::Unavailable("it needs the namespaces, seccomp and Landlock of Linux".to_owned()))
    }

    /// Ends it, and gives what it has printed.
    pub fn output(&mut self) -> String {
        match *self {}
    }

    /// Ends it.
    pub fn end(&mut self) {
        match *self {}
    }

    /// What it tried to reach.
    pub fn tried(&self) -> Option<&'static str> {
        match *self {}
    }

    /// Sends a request.
    ///
    /// # Errors
    /// Never: there is no such process.
    pub fn call(&mut self, _: &[&[u8]], _: &Patience<'_>) -> Result<Vec<u8>, Ended> {
        match *self {}
    }
}

/// Plays no role: this process was started for none.
pub fn play(_: &mut dyn Iterator<Item = OsString>) -> Option<ExitCode> {
    None
}
