//! Changes single rows: the files that hold them are written anew, row by row in their order; all others stay.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, UInt64Array};
use datafusion::arrow::compute::{filter_record_batch, interleave, take_record_batch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::Column as Named;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::Expr;

use super::{WriteTarget, Writer, convert, file, partitions};
use crate::cipher::DataKey;
use crate::data::change::numbered;
use crate::data::engine::{Cancel, Started, cancelled};
use crate::data::failure::failure;
use crate::data::plan::Plan;
use crate::data::provider::{ManifestTable, place_of};
use crate::data::run::{Batches, Runner, Work};
use crate::error::{Code, Error, Result};
use crate::model::{ColumnId, DataFile, Dialect, Table};

/// What is done with rows.
#[derive(Debug, Clone)]
pub enum Clause {
    /// They get new values in these columns, from columns of the query.
    Update(Vec<(ColumnId, usize)>),
    /// They go.
    Delete,
    /// They come in addition, with these columns of the query.
    Insert {
        /// The columns of the table.
        columns: Vec<(ColumnId, usize)>,
        /// The partition columns.
        dynamic: Vec<(String, usize)>,
    },
}

/// Whose rows change, and how. The first column of the query is the number of a row, or NULL for one that is new; the second one is the
/// number of its clause, or NULL where nothing is to be done.
#[derive(Debug, Clone)]
pub struct ChangeTarget {
    /// The table.
    pub table: Table,
    /// Its files, in the order in which the query numbers their rows.
    pub files: Vec<DataFile>,
    /// What is done, by number.
    pub clauses: Vec<Clause>,
    /// New files are called `<prefix>-<n>.parquet`.
    pub prefix: String,
    /// In an encrypted project, the key of its data.
    pub key: Option<DataKey>,
}

/// What was written.
#[derive(Debug, Default)]
pub struct Changed {
    /// New files.
    pub files: Vec<DataFile>,
    /// The files that they stand for, and those of which nothing is left.
    pub replaced: Vec<DataFile>,
}

/// Runs `plan` and writes the changed files; on an error none is left.
pub(in crate::data) fn change(
    started: Arc<Started>,
    plan: &Plan,
    target: &ChangeTarget,
    cancel: &Cancel,
) -> Result<Changed> {
    let logical = in_order(plan.logical().clone(), target).map_err(failure)?;
    let (readable, dialect, target) = (plan.readable(), Arc::clone(plan.dialect()), target.clone());
    let mut work = Work::start(started, cancel, move |runner, sender| {
        let mut changer = Changer::new(runner, target, dialect)?;
        let changed = runner.start(&logical, Some(&readable)).and_then(|changes| changer.run(changes));
        if changed.is_err() {
            changer.discard();
        }
        drop(sender.send(changed));
        Ok(())
    })?;
    match work.wait() {
        Some(changed) => changed,
        None => Err(Error::new(Code::Internal, "the query engine failed")),
    }
}

/// The rows with something to do, in the order of the files; new ones last, those of one partition side by side.
fn in_order(plan: LogicalPlan, target: &ChangeTarget) -> datafusion::common::Result<LogicalPlan> {
    let columns = plan.schema().columns();
    let column = |at: usize| columns.get(at).cloned().unwrap_or_else(|| Named::new_unqualified(""));
    let mut keys = vec![Expr::Column(column(0)).sort(true, false), Expr::Column(column(1)).sort(true, false)];
    for clause in &target.clauses {
        if let Clause::Insert { dynamic, .. } = clause {
            keys.extend(dynamic.iter().map(|(_, at)| Expr::Column(column(*at)).sort(true, true)));
        }
    }
    LogicalPlanBuilder::from(plan).filter(Expr::Column(column(1)).is_not_null())?.sort(keys)?.build()
}

struct Changer<'a> {
    runner: &'a Runner,
    target: ChangeTarget,
    dialect: Arc<Dialect>,
    /// Writes rows that were there.
    writer: Writer<'a>,
    /// Writes new rows, by the number of their clause.
    inserts: Vec<(usize, Writer<'a>)>,
    open: Option<Open<'a>>,
    replaced: Vec<DataFile>,
    /// The row that was changed last.
    last: Option<i64>,
}

/// A file that is being written anew.
struct Open<'a> {
    number: usize,
    file: DataFile,
    batches: Batches<'a>,
    /// How many rows are read.
    read: u64,
    /// Rows that are read and not written.
    rest: Option<RecordBatch>,
    /// The number of the first of them.
    first: u64,
}

impl Open<'_> {
    /// The next rows, without their numbers, which must be those that follow.
    fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some(batch) = self.batches.next()? else { return Ok(None) };
        let last = batch.num_columns().saturating_sub(1);
        let numbers = batch.columns().get(last).and_then(|numbers| numbers.as_primitive_opt::<Int64Type>());
        let follow = |numbers: &Int64Array| {
            numbers.values().iter().zip(self.read..).all(|(number, row)| place_of(*number) == (0, row))
        };
        if !numbers.is_some_and(follow) {
            return Err(Error::new(Code::Internal, "the rows of a data file come in another order"));
        }
        self.read += batch.num_rows() as u64;
        batch.project(&(0..last).collect::<Vec<_>>()).map(Some).map_err(|error| failure(error.into()))
    }
}

impl<'a> Changer<'a> {
    fn new(runner: &'a Runner, target: ChangeTarget, dialect: Arc<Dialect>) -> Result<Self> {
        let table = &target.table;
        let whole = WriteTarget {
            table: table.clone(),
            columns: table.columns.iter().map(|column| column.id).collect(),
            fixed: Vec::new(),
            dynamic: Vec::new(),
            prefix: target.prefix.clone(),
            key: target.key.clone(),
        };
        let mut inserts = Vec::new();
        for (number, clause) in target.clauses.iter().enumerate() {
            if let Clause::Insert { columns, dynamic } = clause {
                let target = WriteTarget {
                    table: table.clone(),
                    columns: columns.iter().map(|(column, _)| *column).collect(),
                    fixed: Vec::new(),
                    dynamic: dynamic.iter().map(|(name, _)| name.clone()).collect(),
                    prefix: format!("{}-new{number}", target.prefix),
                    key: target.key.clone(),
                };
                inserts.push((number, Writer::new(runner, target, Arc::clone(&dialect))?));
            }
        }
        let writer = Writer::new(runner, whole, Arc::clone(&dialect))?;
        Ok(Self { runner, target, dialect, writer, inserts, open: None, replaced: Vec::new(), last: None })
    }

    fn run(&mut self, mut changes: Batches<'a>) -> Result<Changed> {
        while let Some(batch) = changes.next()? {
            if self.runner.is_stopped() {
                return Err(cancelled());
            }
            self.batch(&batch)?;
        }
        self.finish()?;
        let mut files = self.writer.finish()?;
        for (_, writer) in &mut self.inserts {
            files.extend(writer.finish()?);
        }
        file::sync_folder(&self.runner.started.options.data)?;
        Ok(Changed { files, replaced: std::mem::take(&mut self.replaced) })
    }

    fn discard(&mut self) {
        self.writer.discard();
        self.inserts.iter_mut().for_each(|(_, writer)| writer.discard());
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let [rows, clauses, ..] = batch.columns() else { return Err(unknown_columns()) };
        let (Some(rows), Some(clauses)) =
            (rows.as_primitive_opt::<Int64Type>(), clauses.as_primitive_opt::<Int64Type>())
        else {
            return Err(unknown_columns());
        };
        let clauses: Vec<usize> = clauses.iter().map(|clause| number(clause.unwrap_or(-1))).collect::<Result<_>>()?;
        let mut at = 0;
        while at < rows.len() {
            if rows.is_null(at) {
                self.finish()?;
                return self.insert(&batch.slice(at, rows.len() - at), clauses.get(at..).unwrap_or_default());
            }
            let (file, _) = place_of(rows.value(at));
            let same = |to: &usize| *to < rows.len() && rows.is_valid(*to) && place_of(rows.value(*to)).0 == file;
            let end = (at..rows.len()).find(|to| !same(to)).unwrap_or(rows.len());
            self.open(file)?;
            let mut places = Vec::with_capacity(end - at);
            for row in at..end {
                let id = rows.value(row);
                if self.last.is_some_and(|last| last >= id) {
                    let message = format!("a row of `{}` is matched by several rows", self.target.table.name);
                    return Err(Error::new(Code::Execution, message)
                        .help("leave one row for each row of the target: `group by` what they are matched by"));
                }
                self.last = Some(id);
                places.push(place_of(id).1);
            }
            self.apply(&places, &batch.slice(at, end - at), clauses.get(at..end).unwrap_or_default())?;
            at = end;
        }
        Ok(())
    }

    /// Begins to write a file anew, unless that has begun.
    fn open(&mut self, number: usize) -> Result<()> {
        if self.open.as_ref().is_some_and(|open| open.number == number) {
            return Ok(());
        }
        self.finish()?;
        let file = self.target.files.get(number).cloned();
        let file = file.ok_or_else(|| Error::new(Code::Internal, "a row of an unknown file is changed"))?;
        let table = &self.target.table;
        // Its rows come in their order, however large it is.
        let source =
            provider_as_source(ManifestTable::provider(&numbered(table.clone()), std::slice::from_ref(&file))?);
        let row = table.columns.len() + table.partition_columns.len();
        let columns = (0..table.columns.len()).chain([row]).collect();
        let plan = LogicalPlanBuilder::scan(table.name.as_str(), source, Some(columns))
            .and_then(LogicalPlanBuilder::build)
            .map_err(failure)?;
        let batches = self.runner.start(&plan, None)?;
        self.open = Some(Open { number, file, batches, read: 0, rest: None, first: 0 });
        Ok(())
    }

    /// Writes the open file to its end.
    fn finish(&mut self) -> Result<()> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        loop {
            let rest = open.rest.take();
            let rows = if rest.is_some() { rest } else { open.next()? };
            let Some(rows) = rows else { break };
            self.keep(&open.file, rows.columns().to_vec(), rows.num_rows(), None)?;
        }
        if open.read != open.file.rows {
            return Err(Error::new(Code::Internal, "a data file has other rows than it was written with"));
        }
        self.replaced.push(open.file);
        Ok(())
    }

    /// Writes the open file up to the last of the rows at `places`, which change as `changes` says.
    fn apply(&mut self, places: &[u64], changes: &RecordBatch, clauses: &[usize]) -> Result<()> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let mut done = 0;
        while let Some(place) = places.get(done) {
            let Some(rows) = open.rest.take() else {
                let rows = open.next()?;
                let rows = rows.ok_or_else(|| Error::new(Code::Internal, "a row that is not there is changed"))?;
                open.rest = Some(rows);
                continue;
            };
            let end = open.first + rows.num_rows() as u64;
            if *place >= end {
                self.keep(&open.file, rows.columns().to_vec(), rows.num_rows(), None)?;
                open.first = end;
                continue;
            }
            let here = places.iter().skip(done).take_while(|place| **place < end).count();
            let to = done + here;
            let inside = places.get(done..to).unwrap_or_default();
            let last = inside.last().copied().unwrap_or(*place) + 1;
            let count = usize::try_from(last - open.first).unwrap_or(usize::MAX).min(rows.num_rows());
            let inside: Vec<usize> =
                inside.iter().map(|place| usize::try_from(place - open.first).unwrap_or(usize::MAX)).collect();
            let changes = changes.slice(done, here);
            self.changed(
                &open.file,
                &rows.slice(0, count),
                &inside,
                &changes,
                clauses.get(done..to).unwrap_or_default(),
            )?;
            if count < rows.num_rows() {
                open.rest = Some(rows.slice(count, rows.num_rows() - count));
            }
            open.first = last;
            done = to;
        }
        self.open = Some(open);
        Ok(())
    }

    /// Writes rows of which those at `places` change.
    fn changed(
        &mut self,
        file: &DataFile,
        rows: &RecordBatch,
        places: &[usize],
        changes: &RecordBatch,
        clauses: &[usize],
    ) -> Result<()> {
        let mut columns = rows.columns().to_vec();
        let mut kept = vec![true; rows.num_rows()];
        for (number, clause) in self.target.clauses.iter().enumerate() {
            let own = || clauses.iter().enumerate().filter(|(_, of)| **of == number).map(|(at, _)| at);
            match clause {
                Clause::Delete => own().filter_map(|at| places.get(at)).for_each(|place| {
                    if let Some(kept) = kept.get_mut(*place) {
                        *kept = false;
                    }
                }),
                Clause::Update(set) => {
                    let chosen: UInt64Array = own().map(|at| at as u64).collect();
                    if chosen.is_empty() {
                        continue;
                    }
                    let values = take_record_batch(changes, &chosen).map_err(|error| failure(error.into()))?;
                    let mut from: Vec<(usize, usize)> = (0..rows.num_rows()).map(|row| (0, row)).collect();
                    for (new, place) in own().filter_map(|at| places.get(at)).enumerate() {
                        if let Some(from) = from.get_mut(*place) {
                            *from = (1, new);
                        }
                    }
                    self.update(&mut columns, set, &values, &from)?;
                }
                Clause::Insert { .. } => {}
            }
        }
        let kept = kept.iter().any(|kept| !kept).then(|| BooleanArray::from(kept));
        self.keep(file, columns, rows.num_rows(), kept.as_ref())
    }

    /// Puts new values into columns: each row `from` the old (0) or the new (1) ones.
    fn update(
        &self,
        columns: &mut [ArrayRef],
        set: &[(ColumnId, usize)],
        values: &RecordBatch,
        from: &[(usize, usize)],
    ) -> Result<()> {
        for (id, at) in set {
            let position = self.target.table.columns.iter().position(|column| column.id == *id);
            let column = position.and_then(|position| self.target.table.columns.get(position));
            let old = position.and_then(|position| columns.get_mut(position));
            let (Some(column), Some(old)) = (column, old) else { return Err(unknown_columns()) };
            let new = convert::column(values.columns().get(*at), column, values.num_rows(), &self.dialect)?;
            *old = interleave(&[old.as_ref(), new.as_ref()], from).map_err(|error| failure(error.into()))?;
        }
        Ok(())
    }

    /// Writes rows into the partition of a file.
    fn keep(
        &mut self,
        file: &DataFile,
        columns: Vec<ArrayRef>,
        rows: usize,
        kept: Option<&BooleanArray>,
    ) -> Result<()> {
        if rows == 0 {
            return Ok(());
        }
        let wrong = |error: datafusion::arrow::error::ArrowError| failure(error.into());
        let mut batch = RecordBatch::try_new(Arc::clone(&self.writer.schema), columns).map_err(wrong)?;
        if let Some(kept) = kept {
            batch = filter_record_batch(&batch, kept).map_err(wrong)?;
        }
        match batch.num_rows() {
            0 => Ok(()),
            _ => self.writer.append(file.partition.clone(), &batch),
        }
    }

    /// Writes new rows.
    fn insert(&mut self, batch: &RecordBatch, clauses: &[usize]) -> Result<()> {
        for (number, writer) in &mut self.inserts {
            let Some(Clause::Insert { columns, dynamic }) = self.target.clauses.get(*number) else { continue };
            let own = clauses.iter().enumerate().filter(|(_, of)| *of == number).map(|(at, _)| at as u64);
            let chosen: UInt64Array = own.collect();
            if chosen.is_empty() {
                continue;
            }
            let wrong = |error: datafusion::arrow::error::ArrowError| failure(error.into());
            let rows = take_record_batch(batch, &chosen).map_err(wrong)?;
            let order: Vec<usize> =
                columns.iter().map(|(_, at)| *at).chain(dynamic.iter().map(|(_, at)| *at)).collect();
            let rows = rows.project(&order).map_err(wrong)?;
            let stored = writer.stored(&rows)?;
            for (spec, range) in partitions::ranges((&rows, &stored), &writer.target, &self.dialect)? {
                writer.append(spec, &stored.slice(range.start, range.len()))?;
            }
        }
        Ok(())
    }
}

fn number(value: i64) -> Result<usize> {
    usize::try_from(value).map_err(|_| unknown_columns())
}

fn unknown_columns() -> Box<Error> {
    Error::new(Code::Internal, "the changes of a table have unknown columns")
}
