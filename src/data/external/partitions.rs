//! The partitions of an external table that the folders in its location name: `<column>=<value>` inside of each other.

use std::collections::BTreeSet;
use std::sync::Arc;

use object_store::path::Path;

use super::Folders;
use super::folder::{self, unescaped, value_of};
use super::place::{At, Place};
use crate::data::engine::{Cancel, Started};
use crate::data::run::Work;
use crate::error::{Code, Error, Result};
use crate::model::{Column, Location, PartitionSpec};

/// Looks at the folders of a location. One that names no value of its column is passed over.
pub(in crate::data) fn partitions(
    started: Arc<Started>,
    location: &Location,
    columns: &[Column],
    folders: &Folders,
    cancel: &Cancel,
) -> Result<Vec<PartitionSpec>> {
    if location.is_on_machine() {
        return folder::partitions(location, columns, folders);
    }
    let (location, columns, folders) = (location.clone(), columns.to_vec(), folders.clone());
    let mut work = Work::start(started, cancel, move |runner, sender| {
        let found = runner.started.runtime.block_on(in_bucket(&location, &columns, &folders));
        drop(sender.send(found));
        Ok(())
    })?;
    match work.wait() {
        Some(found) => found,
        None => Err(Error::new(Code::Internal, "the query engine failed")),
    }
}

/// In a bucket, folders are what the names of objects begin with.
async fn in_bucket(location: &Location, columns: &[Column], folders: &Folders) -> Result<Vec<PartitionSpec>> {
    let place = Place::open(location, folders)?;
    let mut found = BTreeSet::new();
    for file in place.files(folders.outside.as_ref()).await? {
        let (way, At::Object(path)) = (place.below(&file.at), &file.at) else { continue };
        let Some(spec) = spec_of(&way, columns).filter(|spec| !found.contains(spec)) else { continue };
        // Its files are looked for where its values lead to, in the same letters.
        let own: Path = location.of_partition(&spec).parts.iter().map(String::as_str).collect();
        if path.prefix_matches(&own) {
            found.insert(spec);
        }
    }
    Ok(found.into_iter().collect())
}

/// The values that the names of the first folders on a way stand for.
fn spec_of(way: &[String], columns: &[Column]) -> Option<PartitionSpec> {
    let (_, folders) = way.split_last()?;
    let value = |(name, column): (&String, &Column)| {
        let name = unescaped(name)?;
        let (key, value) = name.split_once('=')?;
        key.eq_ignore_ascii_case(&column.name).then(|| Some((column.name.clone(), value_of(value)?)))?
    };
    let values: Vec<(String, String)> = folders.iter().zip(columns).map(value).collect::<Option<_>>()?;
    (values.len() == columns.len()).then_some(PartitionSpec(values))
}
