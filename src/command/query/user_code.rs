//! The code of the functions that a query calls: what it is made of, and whether it is still what its maker made (UDF-2).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::level::{Called, Level, Unusable};
use super::plans::Bodies;
use crate::command::annotation::annotation;
use crate::command::bound::Context;
use crate::command::resource::written;
use crate::data;
use crate::error::{Code, Error, Result};
use crate::model::{
    CodeResource, Dialect, FUNCTION_TIMEOUT, Function, ObjectId, PartitionSpec, Resource, ResourceKind, TableKind,
    TableSource, TenantResourceKind, UserCode, Zone,
};
use crate::security::membership;
use crate::store::Snapshot;
use crate::text::Span;

/// Most bytes of all resources of a function: its process holds them. Chosen.
const LARGEST: u64 = 128 << 20;
/// Most bytes of all resources of the functions of a statement, each counted once: the shell holds them. Chosen.
const LARGEST_OF_ALL: u64 = 256 << 20;

/// What helps where the signature is wrong.
const SIGNATURE: &str = "annotate the class with its signature, for example `@annotate(\"bigint,bigint->bigint\")`";

/// The code of these calls, and what is wrong with the first that cannot run.
pub(super) struct UserCodes {
    pub code: Vec<(data::Call, Arc<data::UserFunction>)>,
    pub bodies: Vec<(data::Call, Arc<data::SqlFunction>)>,
    pub unusable: Option<Box<Error>>,
}

impl UserCodes {
    /// Loads the code of every call of a text. `is_open` says whether its caller may see what it says.
    pub fn load(
        level: &Level,
        is_open: bool,
        (contents, planned): (&Contents, &Bodies),
        (context, snapshot): (&Context<'_>, &Snapshot<'_>),
    ) -> Result<Self> {
        let mut loaded = Self { code: Vec::new(), bodies: Vec::new(), unusable: None };
        for Called { call, function, .. } in &level.calls {
            let Some(function) = function else { continue };
            if function.body.is_some() {
                if let Some(planned) = planned.functions.get(&function.id) {
                    let maker = function.maker.as_ref().map(ToString::to_string).unwrap_or_default();
                    match data::SqlFunction::new(planned.plan.clone(), function.object().full_name(), maker) {
                        Ok(body) => loaded.bodies.push((call.clone(), Arc::new(body))),
                        Err(_) => {
                            let error = Unusable::NoLongerFits.error(&function.object());
                            loaded.unusable.get_or_insert(call.placed(error));
                        }
                    }
                }
                continue;
            }
            match code(function, (is_open, level.dialect.zone), contents, (context, snapshot))? {
                Ok(code) => loaded.code.push((call.clone(), Arc::new(code))),
                Err(error) => {
                    let error = match error.help {
                        Some(_) => error,
                        None => error.help(format!("the rules allow the call of `{}`; nothing was run", call.typed())),
                    };
                    loaded.unusable.get_or_insert(call.placed(error));
                }
            }
        }
        Ok(loaded)
    }
}

/// What a session has named for calls of users' functions and this program does not have: it is not left out without a word.
pub(super) fn without_what_is_named(call: &data::Call, context: &Context<'_>) -> Option<Box<Error>> {
    let named = |kind: TenantResourceKind| kind.flag().filter(|key| context.flags.contains_key(*key));
    let (key, what) = match (named(TenantResourceKind::NetworkLink), named(TenantResourceKind::Image)) {
        (Some(key), _) => (key, "a network for user functions"),
        (None, Some(key)) => (key, "images for user functions"),
        (None, None) => return None,
    };
    let error = Error::new(Code::Unsupported, format!("not supported yet: {what}"));
    Some(call.placed(error.help(format!("`unset {key};` runs them without it"))))
}

/// The code of a function, or why it cannot run.
fn code(
    function: &Function,
    (is_open, zone): (bool, Zone),
    contents: &Contents,
    (context, snapshot): (&Context<'_>, &Snapshot<'_>),
) -> Result<Result<data::UserFunction, Box<Error>>> {
    let object = function.object();
    let unusable = |why: String| Error::new(Code::Semantic, format!("{object} cannot run: {why}"));
    let (module, class) = function.class.rsplit_once('.').unwrap_or(("", &function.class));
    let file = format!("{}.py", module.to_lowercase());
    let found = snapshot.made_of(function.id)?;
    let found = found.into_iter().map(|made_of| {
        let resource = made_of.resource.map(|id| snapshot.resource_by_id(id)).transpose()?.flatten();
        Ok((resource, made_of))
    });
    let found = found.collect::<Result<Vec<_>>>()?;
    if found.iter().any(|(resource, _)| resource.is_none()) {
        return Ok(Err(unusable("one of its resources does not exist".to_owned())));
    }
    let is_module = |resource: &Resource| resource.kind == ResourceKind::Py && resource.name == file;
    if !found.iter().any(|(resource, _)| resource.as_ref().is_some_and(is_module)) {
        let error = Error::new(Code::Unsupported, "not supported: running user functions that are not in Python");
        return Ok(Err(error));
    }
    let (mut resources, mut tables) = (Vec::new(), Vec::new());
    let mut bytes = 0_u64;
    for (resource, made_of) in found {
        let Some(resource) = resource else { continue };
        if made_of.then != made_of.now && !is_trusted(&resource, function, snapshot)? {
            let why = "one of its resources was changed by a user who cannot change the function".to_owned();
            let help = "its maker, or a user who can replace it, must check the resources and replace it with `create function … -f`";
            return Ok(Err(unusable(why).help(help)));
        }
        if let Some(table) = &resource.table {
            match contents.rows(table, (context, snapshot))? {
                Ok(plan) => tables.push(plan),
                Err(why) => return Ok(Err(unusable(why))),
            }
        }
        bytes += resource.size;
        resources.push((
            made_of.now,
            resource.id,
            CodeResource { name: resource.name, kind: resource.kind, content: Arc::new([]) },
        ));
    }
    if bytes > LARGEST {
        return Ok(Err(unusable(format!("its resources have more than {} MB", LARGEST >> 20))));
    }
    let resources = resources
        .into_iter()
        .map(|(number, id, resource)| Ok(CodeResource { content: contents.bytes(number, id, snapshot)?, ..resource }));
    let resources = resources.collect::<Result<Vec<CodeResource>>>()?;
    if contents.size() > LARGEST_OF_ALL {
        let most = LARGEST_OF_ALL >> 20;
        let message = format!("the resources of the functions of a statement have more than {most} MB");
        return Ok(Err(Error::new(Code::Limit, message).help("split the statement")));
    }
    let module_of = |resource: &&CodeResource| resource.kind == ResourceKind::Py && resource.name == file;
    let source = resources.iter().find(module_of).map(|resource| &*resource.content);
    let source = String::from_utf8_lossy(source.unwrap_or_default());
    let annotation = match annotation(&source, class) {
        Ok(annotation) => annotation,
        Err(error) => {
            // It quotes the code, which not everyone may read who may call it.
            let (why, help) = match function.maker.as_ref() == Some(context.principal) {
                true => (error.message, error.help),
                false => ("its code has no valid `@annotate` signature".to_owned(), None),
            };
            return Ok(Err(unusable(why).help(help.unwrap_or_else(|| SIGNATURE.into()))));
        }
    };
    // What it says may be what it was given besides: files and rows that its caller cannot read.
    let is_own = function.maker.as_ref() == Some(context.principal);
    let is_open = is_open && (is_own || resources.iter().all(|resource| resource.kind == ResourceKind::Py));
    let code = UserCode {
        name: object.full_name(),
        path: object.path(),
        class: format!("{module}.{class}"),
        kind: annotation.kind,
        arguments: annotation.arguments,
        results: annotation.results,
        resources,
        is_open,
        seconds: seconds(context),
        zone,
    };
    Ok(Ok(data::UserFunction::new(code, tables)))
}

/// A table, and the partition of it that is meant.
type TableKey = (ObjectId, Option<String>);

/// What the functions of one statement are made of: each content once, however many of them use it.
#[derive(Default)]
pub(super) struct Contents {
    bytes: RefCell<BTreeMap<i64, Arc<[u8]>>>,
    tables: RefCell<BTreeMap<TableKey, Arc<data::Plan>>>,
}

impl Contents {
    /// The bytes of a resource, whose content has this number.
    fn bytes(&self, number: Option<i64>, resource: ObjectId, snapshot: &Snapshot<'_>) -> Result<Arc<[u8]>> {
        // A table has no bytes.
        let Some(number) = number.filter(|number| *number > 0) else { return Ok(Arc::new([])) };
        if let Some(known) = self.bytes.borrow().get(&number) {
            return Ok(Arc::clone(known));
        }
        let content: Arc<[u8]> = content(resource, snapshot)?.into();
        self.bytes.borrow_mut().insert(number, Arc::clone(&content));
        Ok(content)
    }

    /// Bytes of all that is loaded.
    fn size(&self) -> u64 {
        self.bytes.borrow().values().map(|content| content.len() as u64).sum()
    }

    /// The plan of the rows of a table: the same for every function, so that they are read once.
    fn rows(
        &self,
        source: &TableSource,
        (context, snapshot): (&Context<'_>, &Snapshot<'_>),
    ) -> Result<Result<Arc<data::Plan>, String>> {
        let key = source.id.map(|id| (id, source.partition.clone()));
        if let Some(known) = key.as_ref().and_then(|key| self.tables.borrow().get(key).cloned()) {
            return Ok(Ok(known));
        }
        let rows = rows_of(source, context, snapshot)?;
        if let (Some(key), Ok(plan)) = (key, &rows) {
            self.tables.borrow_mut().insert(key, Arc::clone(plan));
        }
        Ok(rows)
    }
}

/// The rows of a table that stands in for a resource, or why there are none. That its maker may read it is an access of the call.
fn rows_of(
    source: &TableSource,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Result<Arc<data::Plan>, String>> {
    let table = source.id.map(|id| snapshot.table_by_id(id)).transpose()?.flatten();
    let Some(table) = table.filter(|table| table.kind == TableKind::Table) else {
        return Ok(Err("a table that it reads does not exist or is a view".to_owned()));
    };
    let is_meant = |spec: &PartitionSpec| source.partition.as_ref().is_none_or(|part| *part == written(spec));
    if source.partition.is_some()
        && !snapshot.partitions_to_plan(table.id)?.iter().any(|partition| is_meant(&partition.spec))
    {
        return Ok(Err("a partition that it reads does not exist".to_owned()));
    }
    let files = snapshot.files_to_plan(table.id)?.into_iter().filter(|file| is_meant(&file.partition)).collect();
    let rows = data::TableRows {
        qualifier: &[],
        name: &table.name,
        span: Span::new(0, 0),
        columns: &[],
        partitions: &[],
        limit: None,
    };
    let dialect = Arc::new(Dialect::default());
    let query = data::Query::of_table(&rows, &dialect)?;
    let sources = [((None, table.name.clone()), data::Source::Table { table: table.clone(), files })].into();
    let plan_context = data::Context {
        now: context.now,
        seed: 0,
        script_seed: 0,
        dialect,
        stand_ins: false,
        answers: Vec::new(),
        code: Vec::new(),
        bodies: Vec::new(),
        cancel: Arc::clone(context.cancel),
    };
    match data::plan(&query, &sources, &plan_context) {
        Ok(plan) => Ok(Ok(Arc::new(plan))),
        Err(unplanned) => Err(unplanned.error),
    }
}

/// How long a call may take, in seconds.
fn seconds(context: &Context<'_>) -> u64 {
    let seconds = context.flags.get(FUNCTION_TIMEOUT).and_then(|seconds| seconds.parse().ok());
    seconds.unwrap_or(1_800)
}

/// Whether whoever changed a resource of a function may change what the function does: its maker, or who heads its project.
fn is_trusted(resource: &Resource, function: &Function, snapshot: &Snapshot<'_>) -> Result<bool> {
    let Some(by) = &resource.updator else { return Ok(false) };
    if function.maker.as_ref() == Some(by) {
        return Ok(true);
    }
    match snapshot.project_by_id(function.project.id)? {
        Some(project) => Ok(membership(snapshot, &project, by)?.is_super()),
        None => Ok(false),
    }
}

fn content(resource: ObjectId, snapshot: &Snapshot<'_>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let Some(content) = snapshot.content_to_plan(resource)? else { return Ok(bytes) };
    let mut position = 0;
    while let Some(piece) = snapshot.piece(&content, position)? {
        bytes.extend(piece);
        position += 1;
    }
    Ok(bytes)
}
