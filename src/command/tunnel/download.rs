use std::collections::BTreeMap;
use std::sync::Arc;

use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{Use, destinations};
use crate::command::instance::whole_result;
use crate::command::query::{Reading, rows_of, values_of, whole};
use crate::command::resolve::{self, Named};
use crate::command::table::partial_partition;
use crate::command::unbound::Binding;
use crate::data::{Plan, TableRows, TextFormat, kept};
use crate::error::{Code, Error, Result};
use crate::model::{Dialect, JobType, PartitionSpec, Table, TableKind};
use crate::security::Request;
use crate::store::{KeptResult, Snapshot};
use crate::syntax::tunnel::{Chosen, DownloadOptions, Options, Source, Statement, Target};
use crate::syntax::{FileName, Name};
use crate::text::{Span, fold};

/// Rows that are ready to be written into text files.
pub struct Download {
    /// Where they come from.
    pub plan: Arc<Plan>,
    /// How many of the plan's columns are written; the others tell partitions apart.
    pub columns: usize,
    /// Which of the rows; what goes to a file of its own.
    pub parts: Vec<Part>,
    /// How a file looks.
    pub format: TextFormat,
    /// How it goes.
    pub options: DownloadOptions,
    /// The file, as typed.
    pub path: FileName,
    /// The statement, as it is listed.
    pub command: String,
}

/// Rows that are downloaded together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The partition that they are in, where the plan gives those of others as well.
    pub partition: Option<PartitionSpec>,
    /// How many there are, if the manifest says so.
    pub rows: Option<u64>,
}

impl Part {
    fn whole(rows: Option<u64>) -> Vec<Self> {
        vec![Self { partition: None, rows }]
    }
}

/// The rows of a table, partition or view, chosen by a query and decided as such: job type `DT`, and a flow of every source to
/// a local file (FLW-2, DLC-1). The columns that are chosen are the columns of the access.
pub(super) fn bind(
    source: &Source,
    path: &FileName,
    given: &Options,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Binding<Bound> {
    resolve::current(context)?;
    let options = given.download()?;
    let format = TextFormat::new(&options.text)?.writable()?;
    let command =
        Statement::Download { source: source.clone(), path: path.clone(), options: given.clone() }.to_string();
    let target = match source {
        Source::Table(target) => target,
        Source::Instance { project, id } => {
            let id = Name { text: fold(&id.text), span: id.span };
            let whole = whole_result(project.as_ref(), &id, context, snapshot)?;
            let work = || {
                let kept = whole.result.and_then(|result| result_of(result, &options));
                let (plan, rows) = kept.map_err(|error| error.at(id.span))?;
                let (columns, parts) = (plan.columns().len(), Part::whole(Some(rows)));
                let download = Download { plan, columns, parts, format, options, path: path.clone(), command };
                Ok(Work::Download(Box::new(download)))
            };
            return Ok(Bound::when_allowed(whole.request, work).lacking(whole.gone));
        }
    };
    let named = resolve::table(&target.table, context, snapshot)?;
    let span = target.table.span();
    let columns_span = given.columns_span().unwrap_or(span);
    let chosen = choose(&named, target, &options, columns_span);
    let columns = chosen.as_ref().map(|chosen| chosen.columns.clone()).unwrap_or_default();
    let values = target.partition.as_ref().filter(|_| chosen.is_ok());
    let names: Vec<&str> = columns.iter().map(|column| column.text.as_str()).collect();
    // Of several partitions, each has a part of the limit.
    let limit = options.limit.filter(|_| !chosen.as_ref().is_ok_and(|chosen| chosen.is_part));
    let qualifier = target.table.qualifier.texts();
    let rows =
        TableRows { columns: &names, partitions: &[values_of(values)], limit, ..rows_of(&target.table, &qualifier) };
    let how = (Dialect::default(), resolve::naming(&target.table.qualifier, context)?);
    let request = Request { downloads: true, ..Request::in_session(context, Vec::new()).run_as(context, JobType::Dt) };
    let destinations = destinations(Use::TakenOut, context);
    let reading = Reading::bind_rows(&rows, how, &request, &destinations, context, snapshot)
        .map_err(|unbound| unbound.pointing_at(if lacks(&named, &columns) { columns_span } else { span }))?;
    Ok(Bound::when_allowed(whole(request, &reading, &destinations), || {
        let counted = chosen.and_then(|chosen| Ok((parts(&named, &chosen, &options, snapshot)?, chosen.written)));
        let (parts, columns) = counted.map_err(|error| error.at(span))?;
        let (plan, path) = (reading.plan, path.clone());
        let download = Download { plan, columns, parts, format, options, path, command };
        Ok(Work::Download(Box::new(download)))
    }))
}

/// A result is downloaded as it was given: whole, with all of its columns (FLW-9).
fn result_of(result: KeptResult, options: &DownloadOptions) -> Result<(Arc<Plan>, u64)> {
    if options.limit.is_some() || options.columns != Chosen::All || options.with_partition {
        return Err(Error::new(Code::Unsupported, "not supported yet: a part of the result of an instance")
            .help("leave -limit, -cn, -ci and -wp out, or choose rows and columns in the query"));
    }
    let plan = kept(result.columns, result.ordered, result.content, &Arc::default())?;
    Ok((Arc::new(plan), result.rows))
}

/// What is downloaded of a table; no columns for all of them.
#[derive(Default)]
struct Choice {
    columns: Vec<Name>,
    /// How many of the columns are written.
    written: usize,
    partition: PartitionSpec,
    /// Whether several partitions may have these values: each is a file of its own.
    is_part: bool,
}

/// Source: odpscmd: partitions are written without their partition columns, unless `-wp true` asks for them; where the name of the file
/// tells partitions apart, they are read as well.
fn choose(named: &Named, target: &Target, options: &DownloadOptions, columns_span: Span) -> Result<Choice> {
    let Some(table) = &named.table else { return Ok(Choice::default()) };
    let partition = match &target.partition {
        None => PartitionSpec::default(),
        // Source: odpscmd.
        Some(_) if table.kind == TableKind::View => {
            return Err(Error::new(Code::Semantic, format!("Invalid view identifier: {target}")));
        }
        Some(_) if !table.is_partitioned() => {
            return Err(Error::new(Code::Semantic, format!("table `{}` has no partitions", table.name)));
        }
        Some(values) => partial_partition(table, values)?,
    };
    let names: Vec<&str> = table.partition_columns.iter().map(|column| column.name.as_str()).collect();
    check_begins(table, &partition)?;
    let is_part = partition.0.len() != names.len();
    let mut columns = chosen_columns(table, &options.columns).map_err(|error| error.at(columns_span))?;
    let mut written = columns.len();
    if options.with_partition || is_part {
        let others: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        columns.extend(others.into_iter().filter(|name| !columns.contains(name)).collect::<Vec<_>>());
    }
    if options.with_partition {
        written = columns.len();
    }
    let columns = columns.into_iter().map(|text| Name { text, span: Span::default() }).collect();
    Ok(Choice { columns, written, partition, is_part })
}

/// Source: odpscmd: what is given of a partition are the values of its first columns.
fn check_begins(table: &Table, partition: &PartitionSpec) -> Result<()> {
    let first = table.partition_columns.iter().take(partition.0.len());
    let gap = first.map(|column| &column.name).find(|name| !partition.0.iter().any(|(given, _)| given == *name));
    match gap {
        None => Ok(()),
        Some(gap) => {
            Err(Error::new(Code::PartitionNotFound, format!("partition {partition} of `{}`: no `{gap}`", table.name))
                .help("give the values of the first partition columns; `show partitions <table>;` lists all"))
        }
    }
}

/// Whether the table is there, and one of the columns is not.
fn lacks(named: &Named, columns: &[Name]) -> bool {
    let has = |table: &Table, name: &Name| {
        table.columns.iter().chain(&table.partition_columns).any(|column| column.name == name.text)
    };
    named.table.as_ref().is_some_and(|table| columns.iter().any(|name| !has(table, name)))
}

fn chosen_columns(table: &Table, chosen: &Chosen) -> Result<Vec<String>> {
    let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    match chosen {
        Chosen::All => Ok(names),
        Chosen::Names(names) => Ok(names.clone()),
        Chosen::Places(places) => {
            let name = |place: &usize| {
                names.get(*place).cloned().ok_or_else(|| {
                    Error::new(Code::Semantic, format!("`{}` has no column at place {place}", table.name))
                        .help(format!("the places go from 0 to {}", names.len().saturating_sub(1)))
                })
            };
            places.iter().map(name).collect()
        }
    }
}

/// The rows of a table's files, partition by partition where there are several; one that is named must be there.
fn parts(named: &Named, choice: &Choice, options: &DownloadOptions, snapshot: &Snapshot<'_>) -> Result<Vec<Part>> {
    let table = named.table.as_ref().filter(|table| table.kind == TableKind::Table && table.external.is_none());
    let Some(table) = table else { return Ok(Part::whole(None)) };
    let wanted = |spec: &PartitionSpec| choice.partition.0.iter().all(|value| spec.0.contains(value));
    let mut partitions: Vec<PartitionSpec> =
        snapshot.partitions(table.id)?.into_iter().map(|partition| partition.spec).collect();
    partitions.retain(wanted);
    if table.is_partitioned() && partitions.is_empty() {
        let message = match choice.partition.0.is_empty() {
            true => format!("table `{}` has no partition", table.name),
            false => format!("partition {} of `{}`", choice.partition, table.name),
        };
        return Err(Error::new(Code::PartitionNotFound, message));
    }
    let mut rows: BTreeMap<PartitionSpec, u64> = BTreeMap::new();
    for file in snapshot.files(table.id)? {
        if wanted(&file.partition) {
            *rows.entry(file.partition).or_default() += file.rows;
        }
    }
    let mut left = options.limit;
    let mut take = |rows: u64| {
        let taken = left.map_or(rows, |left| left.min(rows));
        left = left.map(|left| left - taken);
        taken
    };
    if !choice.is_part {
        return Ok(Part::whole(Some(take(rows.values().sum()))));
    }
    let mut parts = Vec::new();
    for partition in partitions {
        let rows = Some(take(rows.get(&partition).copied().unwrap_or_default()));
        parts.push(Part { partition: Some(partition), rows });
    }
    if options.limit.is_some() {
        // Source: odpscmd: no file is made of partitions behind the limit.
        let last = parts.iter().rposition(|part| part.rows > Some(0)).unwrap_or_default();
        parts.truncate(last + 1);
    }
    Ok(parts)
}
