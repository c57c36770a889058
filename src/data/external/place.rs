//! The folder of a location, on this machine or in a bucket, and the files in it.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use object_store::path::Path;

use super::bucket::Bucket;
use super::folder::Folder;
use super::{Folders, Outside};
use crate::error::{Code, Error, Result, system_words};
use crate::model::{Location, Root};

/// Where files are.
#[derive(Debug)]
pub(super) enum Place {
    Folder(Folder),
    Bucket(Bucket),
}

/// A file.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub at: At,
    pub bytes: u64,
}

/// What a file is found by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum At {
    File(PathBuf),
    Object(Path),
}

impl Place {
    /// Opens the place of a location.
    pub fn open(location: &Location, folders: &Folders) -> Result<Self> {
        match location.root {
            Root::Machine => Folder::open(location, folders).map(Self::Folder),
            Root::Bucket { .. } => Bucket::open(location, folders).map(Self::Bucket),
        }
    }

    /// Its files, by name.
    pub async fn files(&self, outside: &dyn Outside) -> Result<Vec<Found>> {
        match self {
            Self::Folder(folder) => folder.files(outside),
            Self::Bucket(bucket) => {
                let objects = bucket.files().await?.into_iter();
                Ok(objects.map(|(path, bytes)| Found { at: At::Object(path), bytes }).collect())
            }
        }
    }

    /// The names on the way from here to a file that was found, its own last.
    pub fn below(&self, at: &At) -> Vec<String> {
        match (self, at) {
            (Self::Folder(folder), At::File(path)) => {
                let below = path.strip_prefix(folder.path()).into_iter().flat_map(std::path::Path::components);
                below.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
            }
            (Self::Bucket(bucket), At::Object(path)) => bucket.below(path),
            _ => Vec::new(),
        }
    }

    /// Opens a file that was found.
    pub fn input(&self, found: &Found, outside: &dyn Outside) -> Result<Input> {
        match (self, &found.at) {
            (Self::Folder(folder), At::File(path)) => folder.read(path, outside).map(Input::File),
            (Self::Bucket(bucket), At::Object(path)) => {
                Ok(Input::Object { bucket: bucket.clone(), path: path.clone(), at: 0, bytes: found.bytes })
            }
            _ => Err(Error::new(Code::Internal, "a file is in another place")),
        }
    }
}

/// The bytes of a file.
pub(super) enum Input {
    File(File),
    Object { bucket: Bucket, path: Path, at: u64, bytes: u64 },
}

impl Input {
    /// The next bytes, at most so many; fewer only at the end.
    pub async fn read(&mut self, most: usize) -> Result<Vec<u8>> {
        match self {
            Self::File(file) => {
                let mut bytes = Vec::with_capacity(most);
                file.take(most as u64).read_to_end(&mut bytes).map_err(|error| {
                    Error::new(Code::File, format!("a file of the location cannot be read: {}", system_words(&error)))
                })?;
                Ok(bytes)
            }
            Self::Object { bucket, path, at, bytes } => {
                let end = bytes.min(&mut at.saturating_add(most as u64)).to_owned();
                if *at >= end {
                    return Ok(Vec::new());
                }
                let read = bucket.read(path, *at..end).await?;
                *at = end;
                Ok(read)
            }
        }
    }
}
