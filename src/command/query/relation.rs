//! The tables and views behind a query, down through view bodies (VIW-1, VIW-2).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::command::absent::Missing;
use crate::command::bound::{Bound, Context};
use crate::command::resolve::{self, Named};
use crate::command::usage::Usage;
use crate::data;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Function, Object, ObjectKind, ProjectRef, TableKind};
use crate::security::{Access, Claim, Columns, Destination, Facts, Flow, Request, Subject, WhatIf, decide};
use crate::store::Snapshot;
use crate::syntax::QueryText;

/// Deepest nesting of views.
const VIEW_DEPTH: usize = 20;

/// A query whose relations are known and whose plan is not made yet.
struct Level {
    query: data::Query,
    relations: Vec<Relation>,
    calls: Vec<Called>,
}

/// A call of a function that is not built in.
struct Called {
    call: data::Call,
    object: Object,
    /// The function, if it is there.
    function: Option<Function>,
}

/// One relation of a query.
struct Relation {
    key: data::RelationKey,
    named: Named,
    /// The body of a view, or why it cannot be read.
    body: Option<Result<Level>>,
}

/// A query that was planned after its table-level accesses were allowed.
pub(in crate::command) struct Reading {
    /// The plan.
    pub plan: Arc<data::Plan>,
    usage: Usage,
    /// Whether the query names a table without its project.
    pub has_bare_names: bool,
}

impl Reading {
    /// Binds a query and plans it.
    ///
    /// `request` holds what the statement needs besides, `absent` what of that is not there; if its accesses and the query's
    /// table-level ones are refused, or the query cannot be planned, the bound refusal comes back instead of a reading.
    ///
    /// # Errors
    /// The text is no query, or the state cannot be read.
    pub fn bind(
        text: &QueryText,
        (request, absent): (&Request, Vec<Missing>),
        destination: &Destination,
        context: &Context<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Result<Result<Self, Bound>> {
        let home = resolve::current(context)?;
        let facts = &WhatIf::of(snapshot, context.supposed, context.now);
        let query = data::parse(&text.text, text.span.start)?;
        let mut level = own_level(query, &home, snapshot)?;

        // What the caller names itself comes first, there or not; no view is opened before that is allowed (STG-4a).
        let mut own = request.clone();
        own.claims.extend(own_accesses(&level).into_iter().map(Claim::Access));
        let missing = [absent, level.missing()].concat();
        if let Some(first) = missing.first().and_then(Missing::error).cloned() {
            return Ok(Err(Bound::missing_each(own, missing, first)));
        }
        if !decide(&own, facts, context.now)?.is_allowed() {
            return Ok(Err(Bound::fail(own, refused())));
        }
        open_bodies(&mut level, &mut Vec::new(), snapshot);
        let mut usage = Usage::default();
        collect(&level, &Subject::Caller, &[], &mut usage, None, snapshot)?;
        let tables = with_usage(request, &usage, destination, context);
        if let Some(view) = level.unusable() {
            return Ok(Err(Bound::fail(tables, unusable(&view.object))));
        }
        // Every access before any flow (STG-1): what columns are missing is not known yet.
        let accesses = Request { flows: Vec::new(), ..tables.clone() };
        if !decide(&accesses, facts, context.now)?.is_allowed() {
            return Ok(Err(Bound::fail(tables, refused())));
        }
        // Only now may messages name columns (STG-4).
        let unsupported = first_call(&level).map(|call| call.unsupported());
        match (plan_level(&level, context, snapshot), unsupported) {
            (Err(data::Unplanned { error, column }), unsupported) => {
                let request = told(&tables, column.as_deref(), context, facts)?;
                // What a function gives is not known: of messages about a plan with one, only those about columns are true.
                let error = unsupported.filter(|_| column.is_none()).unwrap_or(error);
                Ok(Err(Bound::fail(request, error)))
            }
            (Ok(planned), unsupported) => {
                let mut usage = Usage::default();
                collect(&level, &Subject::Caller, &[], &mut usage, Some(&planned), snapshot)?;
                if let Some(error) = unsupported {
                    return Ok(Err(Bound::fail(with_usage(request, &usage, destination, context), error)));
                }
                let has_bare_names = level.relations.iter().any(|relation| relation.key.0.is_none());
                Ok(Ok(Self { plan: planned.plan, usage, has_bare_names }))
            }
        }
    }

    /// Every access, in the order of the text, view bodies behind their view.
    pub fn accesses(&self) -> &[Access] {
        &self.usage.accesses
    }

    /// The flows of every source to one destination.
    pub fn flows(&self, destination: &Destination) -> Vec<Flow> {
        self.usage.flows(destination)
    }
}

/// The request with everything that a query uses; what is only explained does not flow (FLW-10).
fn with_usage(request: &Request, usage: &Usage, destination: &Destination, context: &Context<'_>) -> Request {
    let mut request = request.clone();
    request.claims.extend(usage.claims());
    if !context.explains {
        request.flows.extend(usage.flows(destination));
    }
    request
}

/// The first call of a function that is not built in, view bodies behind the query.
fn first_call(level: &Level) -> Option<&data::Call> {
    let bodies = level.relations.iter().filter_map(|relation| relation.body.as_ref()?.as_ref().ok());
    level.calls.first().map(|called| &called.call).or_else(|| bodies.into_iter().find_map(first_call))
}

/// Stands where the work of a refused query would: nobody can get there.
fn refused() -> Box<Error> {
    Error::new(Code::Internal, "a query that was refused cannot run")
}

/// A plan and the plans of the views under it, by their key.
struct Planned {
    plan: Arc<data::Plan>,
    views: BTreeMap<data::RelationKey, Planned>,
}

impl Level {
    /// What it names and is not there: relations in the order of the text, then functions.
    fn missing(&self) -> Vec<Missing> {
        let relations = self.relations.iter().filter(|relation| relation.named.table.is_none());
        let relations =
            relations.map(|Relation { named, .. }| Missing::new(named.object.clone(), named.not_found.clone()));
        let calls = self.calls.iter().filter(|called| called.function.is_none());
        let calls = calls.map(|Called { call, object, .. }| Missing::new(object.clone(), call.unknown()));
        relations.chain(calls).collect()
    }

    /// The first view whose body cannot be used: something that it names is not there.
    fn unusable(&self) -> Option<&Named> {
        let is_whole = |level: &Level| level.missing().is_empty() && level.unusable().is_none();
        let broken = self.relations.iter().find(|relation| match &relation.body {
            None => false,
            Some(body) => !body.as_ref().is_ok_and(is_whole),
        });
        broken.map(|relation| &relation.named)
    }
}

/// Finds the relations and functions that a query names itself; names without a project belong to `home`.
fn own_level(query: data::Query, home: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<Level> {
    let mut relations = Vec::new();
    for relation in query.relations() {
        let project = named_or(relation.project.as_deref(), home, snapshot)?;
        let named = resolve::table_in(project, &relation.name, snapshot)?;
        let named = Named { not_found: named.not_found.at(relation.span), ..named };
        relations.push(Relation { key: (relation.project.clone(), relation.name.clone()), named, body: None });
    }
    let mut calls = Vec::new();
    for call in query.calls() {
        let project = named_or(call.project.as_deref(), home, snapshot)?;
        let function = snapshot.function(project.id, &call.name)?;
        let object = match &function {
            Some(function) => function.object(),
            None => Object::unknown(ObjectKind::Function, project, &call.name),
        };
        calls.push(Called { call: call.clone(), object, function });
    }
    Ok(Level { query, relations, calls })
}

/// Opens the bodies of the views of a query, and of those behind them.
fn open_bodies(level: &mut Level, open: &mut Vec<i64>, snapshot: &Snapshot<'_>) {
    for relation in &mut level.relations {
        if let Some(view) = relation.named.table.as_ref().filter(|table| table.kind == TableKind::View) {
            relation.body = Some(resolve_body(view, open, snapshot));
        }
    }
}

/// What a query asks of what it names itself, on table level.
fn own_accesses(level: &Level) -> Vec<Access> {
    let relations = level.relations.iter().map(|relation| Access {
        columns: Columns::Read(Default::default()),
        ..Access::of(Action::Select, relation.named.object.clone())
    });
    let calls = level.calls.iter().map(|called| Access::of(Action::Execute, called.object.clone()));
    relations.chain(calls).collect()
}

fn named_or(name: Option<&str>, home: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<ProjectRef> {
    name.map_or_else(|| Ok(home.clone()), |name| resolve::named_project(name, snapshot))
}

/// A view's body: names without a project belong to the view's own.
fn resolve_body(view: &crate::model::Table, open: &mut Vec<i64>, snapshot: &Snapshot<'_>) -> Result<Level> {
    if open.contains(&view.id) || open.len() >= VIEW_DEPTH {
        return Err(Error::new(
            Code::Semantic,
            format!("view `{}` refers to itself, or views are nested deeper than {VIEW_DEPTH}", view.name),
        ));
    }
    open.push(view.id);
    let query = data::parse(view.view_text.as_deref().unwrap_or_default(), 0)?;
    let mut level = own_level(query, &view.project, snapshot);
    if let Ok(level) = &mut level {
        open_bodies(level, open, snapshot);
    }
    open.pop();
    level
}

/// Lists accesses and sources; with a plan, the columns that it touches, else only the tables.
fn collect(
    level: &Level,
    subject: &Subject,
    through: &[Object],
    usage: &mut Usage,
    planned: Option<&Planned>,
    snapshot: &Snapshot<'_>,
) -> Result<()> {
    for relation in &level.relations {
        let object = relation.named.object.clone();
        let columns = match planned {
            None => Default::default(),
            Some(planned) => touched(&planned.plan, &relation.key)?,
        };
        usage.accesses.push(Access {
            action: Action::Select,
            object: object.clone(),
            columns: Columns::Read(columns),
            subject: subject.clone(),
        });
        let Some(body) = &relation.body else {
            usage.sources.push((object, through.to_vec()));
            continue;
        };
        let before = usage.sources.len();
        if let Ok(body) = body {
            let owner = Subject::ViewOwner { owner: object.owner.clone(), view: object.clone() };
            let inner = [through, std::slice::from_ref(&object)].concat();
            let planned = planned.and_then(|planned| planned.views.get(&relation.key));
            collect(body, &owner, &inner, usage, planned, snapshot)?;
        }
        // What a view adds to the tables of other projects comes from its own project (FLW-3).
        let represented = usage.sources.iter().skip(before).any(|(source, _)| source.project.id == object.project.id);
        if !represented {
            usage.sources.push((object, through.to_vec()));
        }
    }
    for Called { object, function, .. } in &level.calls {
        match function {
            Some(function) => usage.add_call(function, subject, through, snapshot)?,
            None => {
                usage.accesses.push(Access { subject: subject.clone(), ..Access::of(Action::Execute, object.clone()) })
            }
        }
    }
    Ok(())
}

/// The columns of a relation that the plan touches; a relation that the plan does not know is a mistake that must not pass.
fn touched(plan: &data::Plan, key: &data::RelationKey) -> Result<std::collections::BTreeSet<String>> {
    let access = plan.accesses().iter().find(|access| access.relation == *key);
    access
        .map(|access| access.columns.clone())
        .ok_or_else(|| Error::new(Code::Internal, format!("the plan does not say what it reads of `{}`", key.1)))
}

/// The request for being told why a query cannot be planned. The message may tell of any column, so it takes Select on whole
/// tables; who holds columns only misses the permission on what was asked for, whether there is such a column or not (STG-4).
fn told(tables: &Request, column: Option<&str>, context: &Context<'_>, facts: &dyn Facts) -> Result<Request> {
    let reads = |access: &Access| access.subject == Subject::Caller && matches!(access.columns, Columns::Read(_));
    let mut request = tables.clone();
    let accesses = request.claims.iter_mut().filter_map(|claim| match claim {
        Claim::Access(access) if reads(access) => Some(access),
        _ => None,
    });
    for access in accesses {
        let whole = Access { columns: Columns::Whole, ..access.clone() };
        let asked = Request { claims: vec![whole.clone().into()], flows: Vec::new(), ..tables.clone() };
        if decide(&asked, facts, context.now)?.is_allowed() {
            continue;
        }
        access.columns = match column {
            Some(column) => Columns::Read([column.to_owned()].into()),
            None => Columns::Whole,
        };
    }
    Ok(request)
}

fn plan_level(level: &Level, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Planned, data::Unplanned> {
    let (mut sources, mut views) = (BTreeMap::new(), BTreeMap::new());
    for relation in &level.relations {
        let table = relation.named.expect_any()?.clone();
        let source = match &relation.body {
            None => data::Source::Table { files: snapshot.files(table.id)?, table },
            Some(body) => {
                // What is wrong with a body may name columns that only its owner may know of.
                let body = body.as_ref().map_err(|_| unusable(&relation.named.object))?;
                let planned = plan_level(body, context, snapshot).map_err(|_| unusable(&relation.named.object))?;
                // By position alone, a new column of a table would slip under a grant on an old one (ACC-5).
                if !fits(&table, &snapshot.view_columns(table.id)?, &planned.plan) {
                    return Err(unusable(&relation.named.object).into());
                }
                let body = planned.plan.clone();
                views.insert(relation.key.clone(), planned);
                data::Source::View { table, body }
            }
        };
        sources.insert(relation.key.clone(), source);
    }
    let context = data::Context {
        now: context.now,
        seed: context.seed,
        flags: context.flags.clone(),
        stand_ins: !level.calls.is_empty(),
    };
    Ok(Planned { plan: Arc::new(data::plan(&level.query, &sources, &context)?), views })
}

/// Whether a body still gives the columns that it gave when the view was made: the same names and types, in the same order.
fn fits(view: &crate::model::Table, names: &[String], body: &data::Plan) -> bool {
    let given = body.columns().iter().map(|column| (column.name.to_lowercase(), &column.data_type));
    given.eq(names.iter().cloned().zip(view.columns.iter().map(|column| &column.data_type)))
}

fn unusable(view: &Object) -> Box<Error> {
    Error::new(Code::Semantic, format!("{view} cannot be used: its definition no longer fits"))
        .help(format!("its owner {} can replace it with `create or replace view`", view.owner))
}
