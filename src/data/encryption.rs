//! Encrypted data files (ENC-1): Parquet's modular encryption of everything in them, the footer included, with a key for each file.
//!
//! The name of a file is its associated data and not stored in it: one that stands in the place of another does not open.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::config::EncryptionFactoryOptions;
use datafusion::common::{DataFusionError, Result as Outcome};
use datafusion::execution::parquet_encryption::EncryptionFactory;
use datafusion::object_store::path::Path;
use datafusion::parquet::encryption::decrypt::FileDecryptionProperties;
use datafusion::parquet::encryption::encrypt::FileEncryptionProperties;

use crate::error::{Code, Error, Result};
use crate::model::{DataFile, FileKey};

/// How a new file is encrypted.
pub(super) fn encrypting(name: &str, key: &FileKey) -> Result<Arc<FileEncryptionProperties>> {
    FileEncryptionProperties::builder(key.bytes().to_vec())
        .with_aad_prefix(name.as_bytes().to_vec())
        .with_aad_prefix_storage(false)
        .build()
        .map_err(failed)
}

pub(super) fn failed(why: impl fmt::Display) -> Box<Error> {
    Error::new(Code::Internal, format!("a data file cannot be encrypted: {why}"))
}

/// How the encrypted ones among these files are decrypted; nothing where none is.
pub(super) fn decrypting<'f>(files: impl Iterator<Item = &'f DataFile>) -> Option<Arc<dyn EncryptionFactory>> {
    let keys: BTreeMap<String, FileKey> =
        files.filter_map(|file| Some((file.name.clone(), file.key.clone()?))).collect();
    if keys.is_empty() { None } else { Some(Arc::new(Keys(keys))) }
}

/// The keys of files by their names.
#[derive(Debug)]
struct Keys(BTreeMap<String, FileKey>);

impl Keys {
    fn properties(&self, path: &Path) -> Outcome<Option<Arc<FileDecryptionProperties>>> {
        let name = path.filename().unwrap_or_default();
        let Some(key) = self.0.get(name) else { return Ok(None) };
        let properties = FileDecryptionProperties::builder(key.bytes().to_vec())
            .with_aad_prefix(name.as_bytes().to_vec())
            .build()?;
        Ok(Some(properties))
    }
}

impl EncryptionFactory for Keys {
    fn get_file_encryption_properties<'a, 'b, 'c, 'd, 'future>(
        &'a self,
        _: &'b EncryptionFactoryOptions,
        _: &'c SchemaRef,
        _: &'d Path,
    ) -> Pin<Box<dyn Future<Output = Outcome<Option<Arc<FileEncryptionProperties>>>> + Send + 'future>>
    where
        'a: 'future,
        'b: 'future,
        'c: 'future,
        'd: 'future,
        Self: 'future,
    {
        Box::pin(async { Err(DataFusionError::Internal("no plan writes a file".to_owned())) })
    }

    fn get_file_decryption_properties<'a, 'b, 'c, 'future>(
        &'a self,
        _: &'b EncryptionFactoryOptions,
        path: &'c Path,
    ) -> Pin<Box<dyn Future<Output = Outcome<Option<Arc<FileDecryptionProperties>>>> + Send + 'future>>
    where
        'a: 'future,
        'b: 'future,
        'c: 'future,
        Self: 'future,
    {
        Box::pin(async move { self.properties(path) })
    }
}
