//! What is put into a state when it is opened.

use super::Write;
use super::access_key::Wrap;
use crate::error::{Code, Error, Result};

/// Puts what every new state has into one.
pub(super) type Populate<'p> = &'p dyn Fn(&Write<'_>) -> Result<()>;

/// What is put into a state when it is opened.
#[derive(Clone, Copy)]
pub struct Filling<'f> {
    /// Fills a new state, before anyone else can see it.
    pub populate: Populate<'f>,
    /// Encrypts secrets that a state of an earlier version holds in plain text.
    pub wrap: Wrap<'f>,
}

impl Filling<'_> {
    /// An empty new state; one with secrets in plain text is not opened.
    pub const NONE: Filling<'static> = Filling { populate: &|_| Ok(()), wrap: &|_, _, _| Err(needs_root_key()) };
}

fn needs_root_key() -> Box<Error> {
    Error::new(
        Code::RootKey,
        "the state has AccessKey secrets in plain text, which this version encrypts with the root key",
    )
    .help("open it once with `odpsh`, where the root key can be read or created; nothing was changed")
}
