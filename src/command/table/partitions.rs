//! Partitions that `alter table` means: by all their values, by some, or by a condition.

use std::collections::BTreeSet;

use super::columns::{partial_partition, whole_partition};
use super::matching::matches;
use crate::error::{Code, Error, Result};
use crate::model::{Operation, PartitionSpec, Table, Time};
use crate::store::Write;
use crate::syntax::table::{Choice, Filter, PartitionValues};

/// The number of a partition that must be there.
pub(super) fn known_partition(write: &Write<'_>, table: &Table, values: &PartitionValues) -> Result<i64> {
    let spec = whole_partition(table, values)?;
    let found = write.partition(table.id, &spec)?;
    found.ok_or_else(|| Error::new(Code::PartitionNotFound, format!("partition {spec} of `{}`", table.name)))
}

/// Moves the rows of partitions into one, which holds no others afterwards; the partitions that changed. Source: "Partition operations", merge.
pub(super) fn merge_partitions(
    write: &Write<'_>,
    table: &Table,
    (partitions, if_exists): (&[Choice], bool),
    target: &PartitionValues,
    now: Time,
) -> Result<Vec<i64>> {
    if table.transactional {
        return Err(Error::new(Code::Unsupported, "not supported: merging partitions of a transactional table")
            .help("insert the rows into one of them, and drop the others"));
    }
    let mut merged = Vec::new();
    for choice in partitions {
        let found = match choice {
            Choice::Values(values) if !is_part(table, values) => {
                let spec = whole_partition(table, values)?;
                match write.partition(table.id, &spec)? {
                    Some(id) => vec![id],
                    None if if_exists => Vec::new(),
                    None => vec![known_partition(write, table, values)?],
                }
            }
            Choice::Values(_) | Choice::Matching(_) => {
                let found = chosen(write, table, choice)?;
                if found.is_empty() && !if_exists {
                    return Err(none_matches(table).help("write `merge if exists partition` to pass over it"));
                }
                found
            }
        };
        merged.extend(found.into_iter().filter(|id| !merged.contains(id)).collect::<Vec<_>>());
    }
    if merged.is_empty() {
        write.touch_definition(table.id, now)?;
        return Ok(Vec::new());
    }
    let spec = whole_partition(table, target)?;
    let target = write.ensure_partition(table.id, &spec, now)?;
    if !merged.contains(&target) {
        write.drop_files(target)?;
    }
    for id in merged.iter().copied().filter(|id| *id != target) {
        write.move_files(id, target)?;
        write.drop_partition(id)?;
    }
    write.touch_partition(target, now)?;
    write.touch_definition(table.id, now)?;
    write.note_version(table.id, Operation::Merge, now)?;
    merged.push(target);
    Ok(merged)
}

/// Drops every partition whose values satisfy a condition.
pub(super) fn drop_matching(
    write: &Write<'_>,
    table: &Table,
    filter: &Filter,
    if_exists: bool,
    now: Time,
) -> Result<()> {
    drop_chosen(write, table, &Choice::Matching(filter.clone()), if_exists)?;
    write.touch_definition(table.id, now)?;
    write.note_version(table.id, Operation::Drop, now)
}

pub(super) fn drop_chosen(write: &Write<'_>, table: &Table, choice: &Choice, if_exists: bool) -> Result<()> {
    let chosen = chosen(write, table, choice)?;
    if chosen.is_empty() && !if_exists {
        return Err(none_matches(table).help("write `drop if exists partition` to pass over it"));
    }
    chosen.into_iter().try_for_each(|partition| write.drop_partition(partition))
}

/// The numbers of the partitions that `truncate` means. Source: "TRUNCATE TABLE": values, or a condition; several are any of them.
pub(super) fn to_truncate(write: &Write<'_>, table: &Table, partitions: &[Choice]) -> Result<Vec<i64>> {
    let mut meant = Vec::new();
    for choice in partitions {
        let found = match choice {
            Choice::Values(values) if !is_part(table, values) => vec![known_partition(write, table, values)?],
            Choice::Values(_) | Choice::Matching(_) => chosen(write, table, choice)?,
        };
        if found.is_empty() {
            return Err(none_matches(table));
        }
        meant.extend(found.into_iter().filter(|id| !meant.contains(id)).collect::<Vec<_>>());
    }
    Ok(meant)
}

fn none_matches(table: &Table) -> Box<Error> {
    Error::new(Code::PartitionNotFound, format!("no partition of `{}` matches", table.name))
}

/// Whether values are given for some partition columns only.
pub(super) fn is_part(table: &Table, values: &PartitionValues) -> bool {
    let is_given = |column: &crate::model::Column| values.iter().any(|(name, _)| name.text == column.name);
    table.partition_columns.iter().any(is_given) && !table.partition_columns.iter().all(is_given)
}

/// The numbers of the partitions that are meant. What is wrong with a condition is an error whether or not there are partitions.
fn chosen(write: &Write<'_>, table: &Table, choice: &Choice) -> Result<Vec<i64>> {
    if !table.is_partitioned() {
        return Err(Error::new(Code::Semantic, format!("table `{}` has no partitions", table.name)));
    }
    let wanted = match choice {
        Choice::Values(values) => {
            check_once(values)?;
            Some(partial_partition(table, values)?)
        }
        Choice::Matching(filter) => {
            matches(filter, table, &PartitionSpec::default())?;
            None
        }
    };
    let mut found = Vec::new();
    for partition in write.partitions(table.id)? {
        let fits = match (choice, &wanted) {
            (Choice::Matching(filter), _) => matches(filter, table, &partition.spec)?,
            (Choice::Values(_), Some(wanted)) => wanted.0.iter().all(|pair| partition.spec.0.contains(pair)),
            (Choice::Values(_), None) => false,
        };
        if fits {
            found.push(partition.id);
        }
    }
    Ok(found)
}

fn check_once(values: &PartitionValues) -> Result<()> {
    let mut names = BTreeSet::new();
    match values.iter().find(|(name, _)| !names.insert(name.text.as_str())) {
        None => Ok(()),
        Some((name, _)) => {
            Err(Error::new(Code::Semantic, format!("the partition must give `{}` one value", name.text)).at(name.span))
        }
    }
}

pub(super) fn drop_partition(
    write: &Write<'_>,
    table: &Table,
    values: &PartitionValues,
    if_exists: bool,
) -> Result<()> {
    let spec: PartitionSpec = whole_partition(table, values)?;
    match write.partition(table.id, &spec)? {
        Some(id) => write.drop_partition(id),
        None if if_exists => Ok(()),
        None => Err(Error::new(Code::PartitionNotFound, format!("partition {spec} of `{}`", table.name))
            .help("write `drop if exists partition` to pass over it")),
    }
}
