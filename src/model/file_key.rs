use std::fmt;

use zeroize::Zeroizing;

/// The key that every tenant has for its encrypted projects, made with the first one that names no other.
pub const DEFAULT_KEY: &str = "default";

/// The key of one data file of an encrypted project (ENC-1): not shown by `Debug`, and overwritten in memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct FileKey(Zeroizing<[u8; Self::BYTES]>);

impl FileKey {
    /// Bytes of a key.
    pub const BYTES: usize = 32;

    /// A key of these bytes.
    pub fn new(bytes: Zeroizing<[u8; Self::BYTES]>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
