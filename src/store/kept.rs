//! Stored results, and instances of ended processes.

use super::error::damaged;
use super::open::Store;
use super::sweep::gone;
use super::transaction::{Snapshot, Write};
use crate::error::Result;
use crate::model::{DataFile, Instance, KeptRows, Lost, ObjectId, PartitionSpec, ResultColumn, Time};
use crate::syntax::parse_type;

/// How long a result is kept, in milliseconds.
///
/// Chosen: a day. The service keeps instances for `odps.instance.remain.days`, their results for less.
const KEPT: i64 = 86_400_000;

/// A result that can be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptResult {
    /// The head.
    pub columns: Vec<ResultColumn>,
    /// Whether the order of the rows means something.
    pub ordered: bool,
    /// How many there are.
    pub rows: u64,
    /// Until when it can be fetched.
    pub until: Time,
    /// The rows.
    pub content: KeptRows,
}

impl KeptResult {
    /// When the stored result expires.
    pub fn until(now: Time) -> Time {
        Time(now.0.saturating_add(KEPT))
    }
}

impl Snapshot<'_> {
    /// Why an instance whose result cannot be fetched has none: it is over for this session, though not deleted yet, or as noted.
    pub fn why_not_kept(&self, instance: &Instance) -> Result<Option<Lost>> {
        let expired =
            self.one("select 1 from instance_result where instance = ?1", [instance.id], |_| Ok(Lost::Time))?;
        Ok(instance.lost.or(expired))
    }

    /// The result of an instance, if it is still kept at this time.
    pub fn result(&self, instance: ObjectId, now: Time) -> Result<Option<KeptResult>> {
        let found = self.one(
            "select ordered, row_count, kept_until, content, file, byte_count, checksum from instance_result
             where instance = ?1 and kept_until > ?2",
            (instance, now.0),
            |row| {
                let rows = row.get(1)?;
                let content = match (row.get(3)?, row.get(4)?) {
                    (Some(bytes), _) => KeptRows::Small(bytes),
                    (None, Some(name)) => KeptRows::File(DataFile {
                        name,
                        partition: PartitionSpec::default(),
                        rows,
                        bytes: row.get(5)?,
                        checksum: row.get(6)?,
                    }),
                    (None, None) => return Err(damaged("a result without rows")),
                };
                let (ordered, until) = (row.get(0)?, Time(row.get(2)?));
                Ok(KeptResult { columns: Vec::new(), ordered, rows, until, content })
            },
        )?;
        let Some(mut result) = found else { return Ok(None) };
        result.columns = self.all(
            "select name, data_type from instance_column where instance = ?1 order by position",
            [instance],
            |row| {
                let data_type: String = row.get(1)?;
                let data_type = parse_type(&data_type).map_err(|_| damaged("the type of a column of a result"))?;
                Ok(ResultColumn { name: row.get(0)?, data_type })
            },
        )?;
        Ok(Some(result))
    }

    /// The files of results that are kept, for `check`.
    pub(super) fn result_files(&self) -> Result<Vec<DataFile>> {
        self.all(
            "select file, row_count, byte_count, checksum from instance_result where file is not null",
            [],
            |row| {
                Ok(DataFile {
                    name: row.get(0)?,
                    partition: PartitionSpec::default(),
                    rows: row.get(1)?,
                    bytes: row.get(2)?,
                    checksum: row.get(3)?,
                })
            },
        )
    }

    /// How the files begin that running instances may be writing.
    pub(super) fn result_prefixes(&self) -> Result<Vec<String>> {
        let running: Vec<ObjectId> =
            self.all("select id from instance_object where status = 'Running'", [], |row| row.get(0))?;
        Ok(running.into_iter().map(|id| format!("{}-", Instance::file_prefix(id))).collect())
    }
}

impl Write<'_> {
    /// Keeps the result of an instance that ended now.
    pub fn keep_result(&self, instance: ObjectId, result: &KeptResult) -> Result<()> {
        let KeptResult { columns, ordered, rows, until, content } = result;
        let (bytes, file) = match content {
            KeptRows::Small(bytes) => (Some(bytes), None),
            KeptRows::File(file) => (None, Some(file)),
        };
        self.run(
            "insert into instance_result values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            rusqlite::params![
                instance,
                ordered,
                rows,
                until.0,
                bytes,
                file.map(|file| &file.name),
                file.map_or(0, |file| file.bytes),
                file.map_or(0, |file| file.checksum),
            ],
        )?;
        for (position, column) in columns.iter().enumerate() {
            self.run(
                "insert into instance_column values (?1, ?2, ?3, ?4)",
                (instance, position as i64, &column.name, column.data_type.to_string()),
            )?;
        }
        Ok(())
    }

    /// Notes that the result of an instance is not kept.
    pub fn lose_result(&self, instance: ObjectId, why: Lost) -> Result<()> {
        self.run("update instance_object set lost = ?2 where id = ?1", (instance, why.name()))?;
        Ok(())
    }

    /// Lets go of results whose time is over; their files are dead then.
    pub(super) fn expire_results(&self, now: Time) -> Result<()> {
        self.run(
            "update instance_object set lost = ?2 where id in (select instance from instance_result where kept_until <= ?1)",
            (now.0, Lost::Time.name()),
        )?;
        self.run("delete from instance_result where kept_until <= ?1", [now.0])?;
        Ok(())
    }
}

impl Store {
    /// Removes what was written of the result of an instance that still runs and will not keep it.
    pub fn remove_result(&self, instance: ObjectId) {
        // What cannot be removed now is no part of anything, and `check` tells of it.
        gone(&self.result_file(instance));
    }

    fn result_file(&self, instance: ObjectId) -> std::path::PathBuf {
        self.data_folder().join(format!("{}-0.parquet", Instance::file_prefix(instance)))
    }

    /// Ends the instances whose shell is gone, and removes what it had written of their results.
    pub(super) fn end_orphans(&self, write: &Write<'_>, instances: &[ObjectId], now: Time) -> Result<()> {
        for id in instances.iter().copied() {
            if gone(&self.result_file(id)) {
                write.run(
                    "update instance_object set status = 'Failed', ended = max(?2, (select created from object o where o.id = ?1)), error_code = ?3, error = ?4, lost = ?5
                     where id = ?1",
                    (id, now.0, crate::error::Code::Internal.number(), "the shell that ran it ended", Lost::Reader.name()),
                )?;
            }
        }
        Ok(())
    }
}
