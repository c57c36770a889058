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

/// Rows that are ready to be written into a text file.
pub struct Download {
    /// Where they come from.
    pub plan: Arc<Plan>,
    /// How the file looks.
    pub format: TextFormat,
    /// How it goes.
    pub options: DownloadOptions,
    /// The file, as typed.
    pub path: FileName,
    /// How many rows there are, if the manifest says so.
    pub rows: Option<u64>,
    /// The statement, as it is listed.
    pub command: String,
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
                let download = Download { plan, format, options, path: path.clone(), rows: Some(rows), command };
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
    let rows =
        TableRows { columns: &names, partitions: &[values_of(values)], limit: options.limit, ..rows_of(&target.table) };
    let request = Request { downloads: true, ..Request::in_session(context, Vec::new()).run_as(context, JobType::Dt) };
    let destinations = destinations(Use::TakenOut, context);
    let reading = Reading::bind_rows(&rows, Dialect::default(), &request, &destinations, context, snapshot)
        .map_err(|unbound| unbound.pointing_at(if lacks(&named, &columns) { columns_span } else { span }))?;
    Ok(Bound::when_allowed(whole(request, &reading, &destinations), || {
        let counted = chosen.and_then(|chosen| count(&named, &chosen, &options, snapshot));
        let rows = counted.map_err(|error| error.at(span))?;
        let download = Download { plan: reading.plan, format, options, path: path.clone(), rows, command };
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
struct Choice {
    columns: Vec<Name>,
    partition: PartitionSpec,
}

/// Source: "Tunnel commands": of a partitioned table, one partition is downloaded, without its partition columns. Chosen:
/// several at once with `-wp true`, which writes the columns that tell them apart.
fn choose(named: &Named, target: &Target, options: &DownloadOptions, columns_span: Span) -> Result<Choice> {
    let Some(table) = &named.table else {
        return Ok(Choice { columns: Vec::new(), partition: PartitionSpec::default() });
    };
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
    if partition.0.len() != names.len() && !options.with_partition {
        return Err(Error::new(
            Code::Semantic,
            format!("table `{}` is partitioned by {}: name one partition", table.name, names.join(", ")),
        )
        .help("write `<table>/<column>='…'` with a value of each, or take several with `-wp true`"));
    }
    let mut columns = chosen_columns(table, &options.columns).map_err(|error| error.at(columns_span))?;
    if options.with_partition {
        let others: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        columns.extend(others.into_iter().filter(|name| !columns.contains(name)).collect::<Vec<_>>());
    }
    let columns = columns.into_iter().map(|text| Name { text, span: Span::default() }).collect();
    Ok(Choice { columns, partition })
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

/// The rows of a table's files; a partition that is named must be there.
fn count(named: &Named, choice: &Choice, options: &DownloadOptions, snapshot: &Snapshot<'_>) -> Result<Option<u64>> {
    let Some(table) = named.table.as_ref().filter(|table| table.kind == TableKind::Table) else { return Ok(None) };
    let wanted = |spec: &PartitionSpec| choice.partition.0.iter().all(|value| spec.0.contains(value));
    let partitions = snapshot.partitions(table.id)?;
    if !choice.partition.0.is_empty() && !partitions.iter().any(|partition| wanted(&partition.spec)) {
        return Err(Error::new(Code::PartitionNotFound, format!("partition {} of `{}`", choice.partition, table.name)));
    }
    let files = snapshot.files(table.id)?;
    let rows = files.iter().filter(|file| wanted(&file.partition)).map(|file| file.rows).sum::<u64>();
    Ok(Some(options.limit.map_or(rows, |limit| limit.min(rows))))
}
