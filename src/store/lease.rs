use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::open::{private_folder, unusable};
use crate::error::Result;

/// A lock on the folder of data files: shared while files are read or written, alone while dead ones are deleted.
///
/// It is a lock of the operating system, so it ends with its process, however that ends.
#[derive(Debug)]
pub struct Lease {
    _file: File,
}

impl Lease {
    /// Keeps every existing file until the lease is dropped. Take it before the manifest is read.
    pub fn shared(data: &Path) -> Result<Self> {
        let file = open(data)?;
        file.lock_shared().map_err(|error| unusable(data, &error))?;
        Ok(Self { _file: file })
    }

    /// The right to delete; `None` while any process holds a shared lease.
    pub fn alone(data: &Path) -> Result<Option<Self>> {
        let file = open(data)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(unusable(data, &error)),
        }
    }
}

fn open(data: &Path) -> Result<File> {
    private_folder().recursive(true).create(data).map_err(|error| unusable(data, &error))?;
    let path = data.join("lease");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&path).map_err(|error| unusable(&path, &error))
}
