//! Encryption with keys that are given: no key is kept or looked up here, and random bytes are arguments.

mod aead;
mod data_key;
mod keyset;
mod root_key;

pub use aead::{IV, KEY, open, seal};
pub use data_key::DataKey;
pub use keyset::{Algorithm, ID as KEY_ID, Keyset, NotAKeyset};
pub use root_key::{RootKey, RootKeyId, Wrapped};
