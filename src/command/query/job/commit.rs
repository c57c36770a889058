//! Commits of rows that go into files outside, and of rows that change.

use super::{Changes, OutsideInsert, Written, add, check_unchanged};
use crate::data::ChangeTarget;
use crate::error::{Code, Error, Result};
use crate::model::{Operation, Time};
use crate::store::Write;

impl OutsideInsert {
    /// Gives the files their names, as the last thing: what was decided again, and is about to be committed (EXT-1).
    pub(super) fn commit(self, write: &Write<'_>, written: Written, now: Time) -> Result<()> {
        let Some(drafts) = written.drafts else {
            return Err(Error::new(Code::Internal, "nothing was written outside"));
        };
        let table = &self.insert.table;
        if self.is_table {
            let known = write.table_by_id(table.id)?;
            if known.is_none_or(|known| known.external != table.external) {
                return Err(Error::new(Code::TableNotFound, format!("{} was dropped while the job ran", table.name)));
            }
            for partition in drafts.partitions().filter(|partition| !partition.0.is_empty()) {
                let partition = write.ensure_partition(table.id, partition, now)?;
                write.touch_partition(partition, now)?;
            }
            write.touch_rows(table.id, Operation::Insert, now)?;
        }
        drafts.publish(self.insert.overwrite)
    }
}

impl Changes {
    pub(super) fn target(&self, prefix: &str) -> ChangeTarget {
        ChangeTarget {
            table: self.table.clone(),
            files: self.files.clone(),
            clauses: self.clauses.clone(),
            prefix: prefix.to_owned(),
            key: None,
        }
    }

    /// Puts what was written in the place of what it was made of. Which rows change was said of all files of the table: they must be what they
    /// were.
    pub(super) fn commit(&self, write: &Write<'_>, written: &Written, now: Time) -> Result<()> {
        let name = &self.table.name;
        if write.table_by_id(self.table.id)?.is_none() {
            return Err(Error::new(Code::TableNotFound, format!("{name} was dropped while the job ran")));
        }
        check_unchanged(&self.table, &self.files, write)?;
        for file in &written.replaced {
            write.remove_file(&file.name)?;
        }
        add(write, self.table.id, &written.files, now)?;
        match written.files.is_empty() && written.replaced.is_empty() {
            true => Ok(()),
            false => write.touch_rows(self.table.id, self.operation(), now),
        }
    }
}
