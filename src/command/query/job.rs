//! Rows that a statement writes: how they are calculated without a lock, and how all of them become part of tables at once. Nothing here decides.

mod commit;
mod merge;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::merge::{merge, take_merged};
use super::branches::which_run;
use crate::cipher::DataKey;
use crate::command::bound::{ChangeWork, Work};
use crate::command::outcome::{Item, Outcome};
use crate::data::{Cancel, ChangeTarget, Changed, Clause, Drafts, Engine, Folders, OutsideTarget, Plan, WriteTarget};
use crate::error::{Code, Error, Result};
use crate::model::{ColumnId, DataFile, Location, ObjectId, Operation, PartitionSpec, ProjectId, Root, Table, Time};
use crate::store::{NewTable, Snapshot, Write};

/// Files below this size are small, in bytes.
const SMALL: u64 = 1024 * 1024;
/// A partition keeps at most this many small files.
const SMALL_FILES: usize = 8;

/// Rows that are ready to be written.
pub struct Job {
    /// Where they come from.
    pub plan: Arc<Plan>,
    /// Where they go.
    pub outlet: Outlet,
    /// Other jobs of the same statement: all are committed, or none.
    pub further: Vec<Job>,
}

/// Where a job's rows go.
pub enum Outlet {
    /// Into a table that it makes.
    NewTable(NewTable),
    /// Into a table that is there.
    Table(Insert),
    /// Into files outside.
    Outside(OutsideInsert),
    /// Into the place of rows of a table.
    Changes(Changes),
    /// Nowhere: they say which statements in the branches of an `if` run.
    Branches(Branches),
}

/// Statements in the branches of an `if`.
pub struct Branches {
    /// The number of the statement of each further job.
    pub numbers: Vec<usize>,
    /// What others change at the commit, by the numbers of their statements.
    pub changes: Vec<(usize, ChangeWork)>,
}

/// Rows of a table that change.
pub struct Changes {
    /// The table, as it was when names were bound.
    pub table: Table,
    /// Its files at that time.
    pub files: Vec<DataFile>,
    /// What is done.
    pub clauses: Vec<Clause>,
}

/// Rows for a table that is there.
pub struct Insert {
    /// The table, as it was when names were bound.
    pub table: Table,
    /// Replace what the written partitions hold.
    pub overwrite: bool,
    /// The column that each column of the query fills, partition columns apart.
    pub columns: Vec<ColumnId>,
    /// Partition columns with a value.
    pub fixed: Vec<(String, String)>,
    /// Partition columns that the last columns of the query fill.
    pub dynamic: Vec<String>,
    /// The files that an overwrite of a transactional table replaces or leaves, as they were when names were bound.
    pub replaces: Option<Vec<DataFile>>,
}

/// Rows for files outside.
pub struct OutsideInsert {
    /// The table, and its columns that are filled.
    pub insert: Insert,
    /// Its folders.
    pub scan: Folders,
    /// Whether the table is in the state; else it is one of the statement alone.
    pub is_table: bool,
}

/// What a job wrote, not yet part of any table.
pub struct Written {
    files: Vec<DataFile>,
    /// The files that they stand for.
    replaced: Vec<DataFile>,
    /// Merged files, each with the files that it stands for; taken if those are still there at the commit.
    merged: Vec<(DataFile, Vec<DataFile>)>,
    /// Files outside, which do not have their names yet.
    drafts: Option<Drafts>,
    /// Files that others were made of, and that no table gets.
    dropped: Vec<DataFile>,
    /// The files that the table had, where what was written rests on them.
    found: Option<Vec<DataFile>>,
    /// What further jobs wrote, in their order; none of one that did not run.
    further: Vec<Option<Written>>,
    /// Of the branches of an `if`: whether each statement runs.
    runs: Vec<bool>,
}

/// The files of the tables that rows are added to, and what encrypts new ones: of the job, and of further ones.
pub struct Existing {
    files: Vec<DataFile>,
    /// In an encrypted project, the key of its data.
    key: Option<DataKey>,
    further: Vec<Existing>,
}

impl Job {
    /// Numbers the columns of a new table: data files name them by it, before the table is there.
    pub fn number(&mut self, write: &Write<'_>) -> Result<()> {
        self.further.iter_mut().try_for_each(|job| job.number(write))?;
        match &mut self.outlet {
            Outlet::NewTable(new) => {
                write.number_columns(&mut new.columns)?;
                write.number_columns(&mut new.partition_columns)
            }
            Outlet::Table(_) | Outlet::Outside(_) | Outlet::Changes(_) | Outlet::Branches(_) => Ok(()),
        }
    }

    /// Runs the query and writes its files, whose names start with `prefix`. Holds no lock; `small` are the table's files.
    pub fn run(&self, engine: &Engine, prefix: &str, existing: &Existing, cancel: &Cancel) -> Result<Written> {
        let key = existing.key.as_ref();
        let mut runs = None;
        let mut written = match &self.outlet {
            Outlet::Branches(branches) => {
                let all = which_run(&self.plan, engine, cancel)?;
                let is_run = |number: &usize| all.get(*number) == Some(&true);
                runs = Some(branches.numbers.iter().map(is_run).collect::<Vec<_>>());
                Written { runs: all, ..Written::of(Vec::new()) }
            }
            Outlet::NewTable(new) => {
                let target = WriteTarget { key: key.cloned(), ..new_table(new, prefix) };
                Written::of(engine.write(&self.plan, &target, cancel)?)
            }
            Outlet::Table(insert) => {
                let target = WriteTarget { key: key.cloned(), ..insert.target(prefix) };
                let files = engine.write(&self.plan, &target, cancel)?;
                let first = files.len();
                insert.gather(engine, files, (&existing.files, key), (prefix, first), cancel)?
            }
            Outlet::Outside(OutsideInsert { insert, scan, .. }) => {
                let target = OutsideTarget { target: insert.target(prefix), scan: scan.clone() };
                let drafts = engine.write_outside(&self.plan, &target, cancel)?;
                Written { drafts: Some(drafts), ..Written::of(Vec::new()) }
            }
            Outlet::Changes(changes) => {
                let Changed { files, replaced } =
                    engine.change(&self.plan, &ChangeTarget { key: key.cloned(), ..changes.target(prefix) }, cancel)?;
                Written { replaced, ..Written::of(files) }
            }
        };
        for (at, (job, existing)) in self.further.iter().zip(&existing.further).enumerate() {
            // Their files are found by the same prefix, if they are left behind.
            let run = || job.run(engine, &format!("{prefix}-of{at}"), existing, cancel);
            let is_run = runs.as_ref().is_none_or(|runs| runs.get(at) == Some(&true));
            written.further.push(is_run.then(run).transpose()?);
        }
        Ok(written)
    }

    /// The project that it writes to, if it writes.
    fn project(&self) -> Option<ProjectId> {
        match &self.outlet {
            Outlet::NewTable(new) => Some(new.project.id),
            Outlet::Table(insert) | Outlet::Outside(OutsideInsert { insert, .. }) => Some(insert.table.project.id),
            Outlet::Changes(changes) => Some(changes.table.project.id),
            Outlet::Branches(_) => None,
        }
    }

    /// The projects that it and its further jobs write to.
    pub fn projects(&self) -> impl Iterator<Item = ProjectId> {
        std::iter::once(self).chain(&self.further).filter_map(Self::project)
    }

    /// The files of the table that rows are added to.
    pub fn existing(&self, snapshot: &Snapshot<'_>) -> Result<Existing> {
        let files = match &self.outlet {
            Outlet::Table(insert) if !insert.overwrite => snapshot.files(insert.table.id)?,
            Outlet::NewTable(_) | Outlet::Table(_) | Outlet::Outside(_) | Outlet::Changes(_) | Outlet::Branches(_) => {
                Vec::new()
            }
        };
        let key = self.project().map(|project| snapshot.data_key(project)).transpose()?.flatten();
        let further = self.further.iter().map(|job| job.existing(snapshot)).collect::<Result<_>>()?;
        Ok(Existing { files, key, further })
    }

    /// Whether rows lie among the temporary files before they are sent: what goes to a bucket.
    pub fn is_staged(&self) -> bool {
        let is_bucket = |location: &Location| matches!(location.root, Root::Bucket { .. });
        let own = match &self.outlet {
            Outlet::Outside(OutsideInsert { scan, .. }) => {
                is_bucket(&scan.table) || scan.parts.iter().any(|(_, location)| is_bucket(location))
            }
            Outlet::NewTable(_) | Outlet::Table(_) | Outlet::Changes(_) | Outlet::Branches(_) => false,
        };
        own || self.further.iter().any(Self::is_staged)
    }

    /// The same job, with the changes of tables as they were bound in the transaction that decided again: they act on what is there by then.
    pub fn with_changes_of(mut self, again: Work) -> Self {
        if let (Outlet::Branches(own), Work::Job(Self { outlet: Outlet::Branches(again), .. })) =
            (&mut self.outlet, again)
        {
            own.changes = again.changes;
        }
        self
    }

    /// Makes the written files part of the table, in the transaction that decided again.
    pub fn commit(self, write: &Write<'_>, written: Written, now: Time) -> Result<Outcome> {
        // Before any part of the statement changes a table that another part writes, too.
        self.check(write, &written)?;
        let ambiguous = self.add_all(write, written, now)?;
        let mut outcome = Outcome::ok();
        if ambiguous > 0 {
            outcome.items.insert(0, Item::Status(format!(
                "Warning: {ambiguous} records would not read back unchanged: a value contains a delimiter or is written like NULL; see `odps.text.option.use.quote` and `odps.text.option.null.indicator`"
            )));
        }
        Ok(outcome)
    }

    /// Whether what an overwrite rests on is still there.
    fn check(&self, write: &Write<'_>, written: &Written) -> Result<()> {
        if let Outlet::Table(Insert { table, replaces: Some(files), .. }) = &self.outlet {
            check_unchanged(table, files, write)?;
        }
        for (job, written) in self.further.iter().zip(&written.further) {
            written.as_ref().map_or(Ok(()), |written| job.check(write, written))?;
        }
        Ok(())
    }

    /// Adds what further jobs wrote, and then its own. How many records would not read back unchanged.
    fn add_all(mut self, write: &Write<'_>, mut written: Written, now: Time) -> Result<u64> {
        let mut ambiguous = written.drafts.as_ref().map_or(0, |drafts| drafts.ambiguous);
        let further = std::mem::take(&mut self.further).into_iter().zip(std::mem::take(&mut written.further));
        for (job, written) in further.filter_map(|(job, written)| Some((job, written?))) {
            ambiguous += job.add_all(write, written, now)?;
        }
        self.add(write, written, now)?;
        Ok(ambiguous)
    }

    fn add(self, write: &Write<'_>, written: Written, now: Time) -> Result<()> {
        match self.outlet {
            Outlet::NewTable(new) => {
                let table = write.create_table(new, now)?;
                add(write, table.id, &written.files, now)?;
                write.note_version(table.id, Operation::Insert, now)?;
            }
            Outlet::Table(insert) => insert.commit(write, written, now)?,
            Outlet::Outside(outside) => outside.commit(write, written, now)?,
            Outlet::Changes(changes) => changes.commit(write, &written, now)?,
            Outlet::Branches(branches) => {
                for (number, change) in branches.changes {
                    if written.runs.get(number) == Some(&true) {
                        change(write, now)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Written {
    fn of(files: Vec<DataFile>) -> Self {
        Self {
            files,
            replaced: Vec::new(),
            merged: Vec::new(),
            drafts: None,
            dropped: Vec::new(),
            found: None,
            further: Vec::new(),
            runs: Vec::new(),
        }
    }
}

impl Written {
    /// Sends what goes to stores outside, part by part; before each, `check` says whether the job is still allowed (FLW-12).
    pub fn send(&mut self, check: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        if let Some(drafts) = &mut self.drafts {
            drafts.send(check)?;
        }
        self.further.iter_mut().flatten().try_for_each(|written| written.send(check))
    }
}

fn new_table(new: &NewTable, prefix: &str) -> WriteTarget {
    WriteTarget {
        columns: new.columns.iter().map(|column| column.id).collect(),
        fixed: Vec::new(),
        dynamic: new.partition_columns.iter().map(|column| column.name.clone()).collect(),
        table: Table {
            id: ObjectId(0),
            project: new.project.clone(),
            schema: new.schema.clone(),
            name: new.name.clone(),
            kind: new.kind,
            owner: new.owner.clone(),
            comment: String::new(),
            lifecycle: None,
            transactional: false,
            columns: new.columns.clone(),
            partition_columns: new.partition_columns.clone(),
            view_text: None,
            external: None,
            created: Time(0),
            defined: Time(0),
            modified: Time(0),
        },
        prefix: prefix.to_owned(),
        key: None,
    }
}

impl Insert {
    fn target(&self, prefix: &str) -> WriteTarget {
        WriteTarget {
            table: self.table.clone(),
            columns: self.columns.clone(),
            fixed: self.fixed.clone(),
            dynamic: self.dynamic.clone(),
            prefix: prefix.to_owned(),
            key: None,
        }
    }

    /// Puts what was written together with the small files that are there, in files that are called `<prefix>-<n>` from a
    /// first number on. Holds no lock; `existing` are the table's files, and what encrypts new ones.
    pub fn gather(
        &self,
        engine: &Engine,
        files: Vec<DataFile>,
        existing: (&[DataFile], Option<&DataKey>),
        names: (&str, usize),
        cancel: &Cancel,
    ) -> Result<Written> {
        if self.table.has_key() {
            let mut written = upsert(engine, &self.table, files, existing, names.0, cancel)?;
            // An overwrite rests on no row that is there.
            written.found = written.found.filter(|_| !self.overwrite);
            return Ok(written);
        }
        let merged = match self.overwrite {
            true => Vec::new(),
            false => merge(engine, &self.table, &files, existing, names, cancel)?,
        };
        Ok(Written { merged, ..Written::of(files) })
    }

    /// Makes the written files part of the table, in the transaction that decided again.
    pub fn commit(self, write: &Write<'_>, written: Written, now: Time) -> Result<()> {
        if write.table_by_id(self.table.id)?.is_none() {
            return Err(Error::new(Code::TableNotFound, format!("{} was dropped while the job ran", self.table.name)));
        }
        let id = self.table.id;
        if let Some(found) = &written.found {
            check_unchanged(&self.table, found, write)?;
        }
        for file in &written.dropped {
            write.add_dead_file(file)?;
        }
        for file in &written.replaced {
            write.remove_file(&file.name)?;
        }
        if self.overwrite {
            clear(write, &self, &written.files)?;
        } else if !self.fixed.is_empty() && self.dynamic.is_empty() {
            write.ensure_partition(id, &PartitionSpec(self.fixed.clone()), now)?;
        }
        if self.overwrite && !self.fixed.is_empty() && self.dynamic.is_empty() {
            let partition = write.ensure_partition(id, &PartitionSpec(self.fixed), now)?;
            write.touch_partition(partition, now)?;
        }
        add(write, id, &take_merged(write, id, written)?, now)?;
        let operation = if self.overwrite { Operation::Overwrite } else { Operation::Insert };
        write.touch_rows(id, operation, now)
    }
}

/// Checks that a table has the files that it had when the statement was bound, so that no change committed since is undone.
///
/// # Errors
/// It does not.
fn check_unchanged(table: &Table, files: &[DataFile], write: &Write<'_>) -> Result<()> {
    // A partition that got another name keeps its files.
    let places = |files: &[DataFile]| -> BTreeSet<(String, PartitionSpec)> {
        files.iter().map(|file| (file.name.clone(), file.partition.clone())).collect()
    };
    if places(&write.files(table.id)?) == places(files) {
        return Ok(());
    }
    let message = format!("the rows of {} were changed by another statement while the job ran", table.name);
    Err(Error::new(Code::Conflict, message).help("run the statement again: it has changed nothing"))
}

/// Takes out what an overwrite replaces: the whole table, its one named partition, or every partition that was written.
fn clear(write: &Write<'_>, insert: &Insert, files: &[DataFile]) -> Result<()> {
    let id = insert.table.id;
    if !insert.table.is_partitioned() {
        write.remove_files(id, None)?;
        return Ok(());
    }
    let is_whole = insert.fixed.len() == insert.table.partition_columns.len();
    let specs: BTreeSet<PartitionSpec> = match is_whole {
        true => BTreeSet::from([PartitionSpec(insert.fixed.clone())]),
        false => files.iter().map(|file| file.partition.clone()).collect(),
    };
    for spec in specs {
        if let Some(partition) = write.partition(id, &spec)? {
            write.remove_files(id, Some(partition))?;
        }
    }
    Ok(())
}

fn add(write: &Write<'_>, table: ObjectId, files: &[DataFile], now: Time) -> Result<()> {
    for file in files {
        let partition = match file.partition.0.is_empty() {
            true => None,
            false => {
                let partition = write.ensure_partition(table, &file.partition, now)?;
                write.touch_partition(partition, now)?;
                Some(partition)
            }
        };
        write.add_file(table, partition, file)?;
    }
    Ok(())
}

/// Writes new rows of a table with a primary key together with those that are there and keep their keys, partition by partition.
fn upsert(
    engine: &Engine,
    table: &Table,
    new: Vec<DataFile>,
    (existing, key): (&[DataFile], Option<&DataKey>),
    prefix: &str,
    cancel: &Cancel,
) -> Result<Written> {
    let mut partitions: BTreeMap<&PartitionSpec, Vec<DataFile>> = BTreeMap::new();
    for file in &new {
        partitions.entry(&file.partition).or_default().push(file.clone());
    }
    let mut written = Written { found: Some(existing.to_vec()), ..Written::of(Vec::new()) };
    for (number, (partition, files)) in partitions.into_iter().enumerate() {
        let old: Vec<DataFile> = existing.iter().filter(|file| file.partition == *partition).cloned().collect();
        let prefix = format!("{prefix}-key{number}");
        written.files.extend(engine.upsert(table, (&files, &old), (&prefix, key), cancel)?);
        written.replaced.extend(old);
    }
    written.dropped = new;
    Ok(written)
}
