//! Small files of a partition that become one.

use std::collections::{BTreeMap, BTreeSet};

use super::{SMALL, SMALL_FILES, Written};
use crate::cipher::DataKey;
use crate::data::{Cancel, Engine};
use crate::error::Result;
use crate::model::{DataFile, ObjectId, PartitionSpec, Table};
use crate::store::Write;

/// Merges the small files of every partition that would get too many of them.
pub(super) fn merge(
    engine: &Engine,
    table: &Table,
    new: &[DataFile],
    (existing, key): (&[DataFile], Option<&DataKey>),
    (prefix, first): (&str, usize),
    cancel: &Cancel,
) -> Result<Vec<(DataFile, Vec<DataFile>)>> {
    let written: BTreeSet<&PartitionSpec> = new.iter().map(|file| &file.partition).collect();
    let mut small: BTreeMap<&PartitionSpec, Vec<DataFile>> = BTreeMap::new();
    for file in existing.iter().chain(new).filter(|file| file.bytes < SMALL && written.contains(&file.partition)) {
        small.entry(&file.partition).or_default().push(file.clone());
    }
    let mut merged = Vec::new();
    for (number, parts) in (first..).zip(small.into_values().filter(|parts| parts.len() > SMALL_FILES)) {
        merged.push((engine.merge(table, &parts, (&format!("{prefix}-{number}"), key), cancel)?, parts));
    }
    Ok(merged)
}

/// The files to add: a merged one in place of its parts, if every part is still what it was.
pub(super) fn take_merged(write: &Write<'_>, table: ObjectId, written: Written) -> Result<Vec<DataFile>> {
    let mut files = written.files;
    let there = if written.merged.is_empty() { Vec::new() } else { write.files(table)? };
    // In the same partition: one that got another name keeps its files.
    let is_there =
        |part: &DataFile| there.iter().any(|file| file.name == part.name && file.partition == part.partition);
    for (merged, parts) in written.merged {
        let is_new = |part: &DataFile| files.iter().any(|file| file.name == part.name);
        let (new, old): (Vec<DataFile>, Vec<DataFile>) = parts.into_iter().partition(is_new);
        if !old.iter().all(is_there) {
            write.add_dead_file(&merged)?;
            continue;
        }
        for part in &old {
            write.remove_file(&part.name)?;
        }
        files.retain(|file| !new.iter().any(|part| part.name == file.name));
        for part in &new {
            write.add_dead_file(part)?;
        }
        files.push(merged);
    }
    Ok(files)
}
