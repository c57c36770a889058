//! The tables of an external schema: each folder of its location whose files say what columns they have (SCH-4).
//!
//! Whoever writes into the location chooses names and contents: nothing of them is believed that could mean something else here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::json::reader::infer_json_schema;

use super::Folders;
use super::json::is_too_deep;
use super::parquet;
use super::place::{Found, Input, Place};
use crate::data::engine::{Cancel, Started, cancelled};
use crate::data::run::Work;
use crate::data::types;
use crate::error::{Code, Error, Result};
use crate::model::{Catalogue, DataType, ExternalFormat, FoundTable, Location};
use crate::syntax::parse_type;
use crate::text::{fold, is_identifier};

/// Folders of one location. Chosen.
const TABLES: usize = 1_000;
/// Columns of one table, as of tables inside.
const COLUMNS: usize = 1_200;
/// How much of a JSON file is looked at: bytes, and lines. Chosen.
const SAMPLE: usize = 1 << 20;
const LINES: usize = 1_000;

/// Looks at the folders of a location.
pub(in crate::data) fn tables(
    started: Arc<Started>,
    location: &Location,
    folders: &Folders,
    cancel: &Cancel,
) -> Result<Catalogue> {
    let (location, folders) = (location.clone(), folders.clone());
    let mut work = Work::start(started, cancel, move |runner, sender| {
        let stopped = || runner.is_stopped();
        let found = runner.started.runtime.block_on(look(&location, &folders, &stopped));
        drop(sender.send(found));
        Ok(())
    })?;
    match work.wait() {
        Some(found) => found,
        None => Err(Error::new(Code::Internal, "the query engine failed")),
    }
}

async fn look(location: &Location, folders: &Folders, stopped: &dyn Fn() -> bool) -> Result<Catalogue> {
    let place = Place::open(location, folders)?;
    let mut all: BTreeMap<String, Vec<(Vec<String>, Found)>> = BTreeMap::new();
    for found in place.files(folders.outside.as_ref()).await? {
        let mut below = place.below(&found.at);
        // What lies beside the folders is no table.
        if below.len() > 1 {
            all.entry(below.remove(0)).or_default().push((below, found));
        }
    }
    if all.len() > TABLES {
        return Err(Error::new(Code::File, format!("the location contains more than {TABLES} folders"))
            .help("name a folder with fewer folders"));
    }
    let mut catalogue = Catalogue::default();
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    for folder in all.keys() {
        *alike.entry(fold(folder)).or_default() += 1;
    }
    for (folder, files) in all {
        if stopped() {
            return Err(cancelled());
        }
        let name = fold(&folder);
        let found = match alike.get(&name) {
            _ if !is_identifier(&folder) => Err("its name cannot be the name of a table".to_owned()),
            Some(1) => columns(&place, &files, folders).await.and_then(checked),
            _ => Err("the name of another folder differs in its case only".to_owned()),
        };
        match found {
            Ok((format, columns)) => catalogue.tables.push(FoundTable { folder, name, format, columns }),
            Err(why) => catalogue.others.push((folder, why)),
        }
    }
    catalogue.tables.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(catalogue)
}

/// What the files of a folder are, and the columns that they say they have; or why it is no table.
type Told = std::result::Result<(ExternalFormat, Vec<(String, DataType)>), String>;

async fn columns(place: &Place, files: &[(Vec<String>, Found)], folders: &Folders) -> Told {
    let mut formats = BTreeSet::new();
    for (path, _) in files {
        let Some((name, above)) = path.split_last() else { continue };
        if above.iter().any(|folder| folder.contains('=')) {
            return Err("it has folders of partitions: create an external table with `partitioned by`".to_owned());
        }
        formats.insert(format_of(name).map(ExternalFormat::name));
    }
    let format = match formats.into_iter().collect::<Vec<_>>().as_slice() {
        [Some(format)] => ExternalFormat::parse(format),
        _ => None,
    };
    let (Some(format), Some((_, first))) = (format, files.first()) else {
        return Err(
            "its files are not all `.parquet`, or all `.json`: of others an external table says the columns".to_owned()
        );
    };
    let input = place.input(first, folders.outside.as_ref()).map_err(|error| error.message.clone())?;
    let columns = match format {
        ExternalFormat::Parquet => parquet::columns(input).await,
        _ => json_columns(input).await,
    };
    Ok((format, columns.map_err(|error| error.message.clone())?))
}

/// Of which format a file is by its name: one that says names and types of its columns itself.
fn format_of(name: &str) -> Option<ExternalFormat> {
    match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "parquet" => Some(ExternalFormat::Parquet),
        "json" | "jsonl" | "ndjson" => Some(ExternalFormat::Json),
        _ => None,
    }
}

/// The fields of the first lines of a file with an object on each.
async fn json_columns(mut input: Input) -> Result<Vec<(String, DataType)>> {
    let mut text = input.read(SAMPLE).await?;
    if text.len() == SAMPLE {
        let whole = memchr::memrchr(b'\n', &text).map_or(0, |at| at + 1);
        text.truncate(whole);
    }
    let wrong = || Error::new(Code::Execution, "its first lines are not objects in JSON");
    if text.is_empty() || is_too_deep(&text) {
        return Err(wrong());
    }
    let (schema, _) = infer_json_schema(text.as_slice(), Some(LINES)).map_err(|_| wrong())?;
    Ok(schema.fields().iter().map(|field| (field.name().clone(), types::from_field(field))).collect())
}

/// The same, where every column can be named and every type written.
fn checked((format, columns): (ExternalFormat, Vec<(String, DataType)>)) -> Told {
    let mut named = Vec::new();
    for (name, data_type) in columns {
        if !is_identifier(&name) {
            return Err("the name of a column is not supported".to_owned());
        }
        if parse_type(&data_type.to_string()).ok().as_ref() != Some(&data_type) {
            return Err("the type of a column is not supported".to_owned());
        }
        named.push((fold(&name), data_type));
    }
    let distinct: BTreeSet<&String> = named.iter().map(|(name, _)| name).collect();
    match named.len() {
        0 => Err("its files have no columns".to_owned()),
        count if count > COLUMNS => Err(format!("it has more than {COLUMNS} columns")),
        count if distinct.len() < count => Err("two columns have the same name".to_owned()),
        _ => Ok((format, named)),
    }
}
