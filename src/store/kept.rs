//! Stored results, and instances of ended processes.

use super::encryption::{sealed, unsealed};
use super::error::damaged;
use super::file::KeptCounts;
use super::open::Store;
use super::sweep::gone;
use super::transaction::{Snapshot, Write};
use crate::cipher::DataKey;
use crate::error::Result;
use crate::model::{DataFile, Instance, KeptRows, Lost, ObjectId, PartitionSpec, ProjectId, ResultColumn, Time};
use crate::syntax::parse_type;

/// How long a result is kept, in milliseconds.
///
/// Chosen: a day. The service keeps instances for `odps.instance.remain.days`, their results for less.
const KEPT: i64 = 86_400_000;

/// A result that can be fetched.
#[derive(Debug, Clone)]
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
    /// What encrypts it, if rows of encrypted projects are in it (ENC-1).
    pub seal: Option<ResultSeal>,
}

/// What encrypts a result: the data keys of all encrypted projects whose rows may be in it.
#[derive(Debug, Clone)]
pub struct ResultSeal {
    projects: Vec<ProjectId>,
    /// The key that follows from theirs.
    pub key: DataKey,
}

impl ResultSeal {
    fn projects(&self) -> String {
        self.projects.iter().map(|project| project.0.to_string()).collect::<Vec<_>>().join(",")
    }
}

impl KeptResult {
    /// When the stored result expires.
    pub fn until(now: Time) -> Time {
        Time(now.0.saturating_add(KEPT))
    }
}

impl Snapshot<'_> {
    /// What encrypts the result of an instance; nothing where no encrypted project has to do with it.
    ///
    /// # Errors
    /// A key cannot be opened.
    pub fn seal_for(&self, instance: ObjectId) -> Result<Option<ResultSeal>> {
        let projects = self.encrypted_sources(instance)?;
        Ok(self.data_key_of_all(&projects)?.map(|key| ResultSeal { projects, key }))
    }

    fn seal_of(&self, projects: &str) -> Result<ResultSeal> {
        let numbers = projects.split(',').map(|number| number.parse().map(ProjectId));
        let projects =
            numbers.collect::<Result<Vec<_>, _>>().map_err(|_| damaged("the key reference of a stored result"))?;
        let key = self.data_key_of_all(&projects)?.ok_or_else(|| damaged("the key reference of a stored result"))?;
        Ok(ResultSeal { projects, key })
    }

    /// Why an instance whose result cannot be fetched has none: it is over for this session, though not deleted yet, or as noted.
    pub fn why_not_kept(&self, instance: &Instance) -> Result<Option<Lost>> {
        let expired =
            self.one("select 1 from instance_result where instance = ?1", [instance.id], |_| Ok(Lost::Time))?;
        Ok(instance.lost.or(expired))
    }

    /// The result of an instance, if it is still kept at this time.
    pub fn result(&self, instance: ObjectId, now: Time) -> Result<Option<KeptResult>> {
        type Found = (bool, Option<u64>, Time, Option<Vec<u8>>, Option<DataFile>, Option<String>, Option<Vec<u8>>);
        let found: Option<Found> = self.one(
            "select ordered, row_count, kept_until, content, file, byte_count, checksum, sealed_by, sealed from instance_result
             where instance = ?1 and kept_until > ?2",
            (instance, now.0),
            |row| {
                let file = row.get::<_, Option<String>>(4)?.map(|name| -> rusqlite::Result<DataFile> {
                    let partition = PartitionSpec::default();
                    Ok(DataFile { name, partition, rows: 0, bytes: row.get(5)?, checksum: row.get(6)?, key: None })
                });
                let (until, file) = (Time(row.get(2)?), file.transpose()?);
                Ok((row.get(0)?, row.get(1)?, until, row.get(3)?, file, row.get(7)?, row.get(8)?))
            },
        )?;
        let Some((ordered, rows, until, content, file, sealed_by, sealed)) = found else { return Ok(None) };
        let seal = sealed_by.map(|projects| self.seal_of(&projects)).transpose()?;
        let key = seal.as_ref().map(|seal| &seal.key);
        let place = format!("result {}", instance.0);
        let [rows] = KeptCounts { plain: [rows], sealed }.read(key, &place)?;
        let content = match (content, file) {
            (Some(bytes), _) => KeptRows::Small(match key {
                None => bytes,
                Some(key) => unsealed(key.open(&[&place], &bytes), "a stored result")?.to_vec(),
            }),
            (None, Some(file)) => {
                let key = key.and_then(|key| key.file_key(&file.name));
                KeptRows::File(DataFile { rows, key, ..file })
            }
            (None, None) => return Err(damaged("a result without rows").into()),
        };
        let mut result = KeptResult { columns: Vec::new(), ordered, rows, until, content, seal };
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
        self.all("select file, byte_count, checksum from instance_result where file is not null", [], |row| {
            Ok(DataFile {
                name: row.get(0)?,
                partition: PartitionSpec::default(),
                rows: 0,
                bytes: row.get(1)?,
                checksum: row.get(2)?,
                key: None,
            })
        })
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
        let KeptResult { columns, ordered, rows, until, content, seal } = result;
        let key = seal.as_ref().map(|seal| &seal.key);
        let place = format!("result {}", instance.0);
        let (bytes, file) = match (content, key) {
            (KeptRows::Small(bytes), None) => (Some(bytes.clone()), None),
            (KeptRows::Small(bytes), Some(key)) => (Some(sealed(key.seal(&[&place], bytes))?), None),
            (KeptRows::File(file), _) => (None, Some(file)),
        };
        let counts = KeptCounts::of(key, &place, [*rows])?;
        self.run(
            "insert into instance_result
               (instance, ordered, row_count, kept_until, content, file, byte_count, checksum, sealed_by, sealed)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            rusqlite::params![
                instance,
                ordered,
                counts.plain[0],
                until.0,
                bytes,
                file.map(|file| &file.name),
                file.map_or(0, |file| file.bytes),
                file.map_or(0, |file| file.checksum),
                seal.as_ref().map(|seal| seal.projects()),
                counts.sealed,
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
