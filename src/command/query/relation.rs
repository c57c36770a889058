//! The tables and views behind a query, down through view bodies (VIW-1, VIW-2).

use std::collections::BTreeMap;
use std::sync::Arc;

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
    /// `request` holds what the statement needs besides; if its accesses and the query's table-level ones are refused, or the
    /// query cannot be planned, the bound refusal comes back instead of a reading.
    ///
    /// # Errors
    /// The text is no query, or the state cannot be read.
    pub fn bind(
        text: &QueryText,
        request: &Request,
        destination: &Destination,
        context: &Context<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Result<Result<Self, Bound>> {
        let home = resolve::current(context)?;
        let facts = &WhatIf::of(snapshot, context.supposed, context.now);
        let query = data::parse(&text.text, text.span.start)?;
        let level = resolve_level(query, &home, &mut Vec::new(), snapshot)?;

        let mut usage = Usage::default();
        collect(&level, &Subject::Caller, &[], &mut usage, None, snapshot)?;
        let tables = with_usage(request, &usage, destination, context);

        // Whoever may not read a view learns nothing of what is behind it (STG-4).
        let mut own = request.clone();
        own.claims.extend(tables.claims.iter().skip(request.claims.len()).filter(|claim| is_own(claim)).cloned());
        if let Some(relation) = level.relations.iter().find(|relation| relation.named.table.is_none()) {
            let Named { object, not_found, .. } = &relation.named;
            return Ok(Err(Bound::missing(own, object.clone(), not_found.clone())));
        }
        if let Some(Called { call, object, .. }) = level.calls.iter().find(|called| called.function.is_none()) {
            return Ok(Err(Bound::missing(own, object.clone(), call.unknown())));
        }
        // A download is known by its flow, and asks for other rights: it is decided as a whole below.
        let downloads = *destination == Destination::Local;
        if !downloads && !decide(&own, facts, context.now)?.is_allowed() {
            return Ok(Err(Bound::fail(own, refused())));
        }
        if let Some(bound) = missing(&level, &tables) {
            return Ok(Err(bound));
        }
        // Every access before any flow (STG-1): what columns are missing is not known yet.
        let accesses = if downloads { tables.clone() } else { Request { flows: Vec::new(), ..tables.clone() } };
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

/// An access of the caller's own, not of a view's owner.
fn is_own(claim: &Claim) -> bool {
    !matches!(claim, Claim::Access(Access { subject: Subject::ViewOwner { .. }, .. }))
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

/// Finds the relations and functions of a query; names without a project belong to `home`.
fn resolve_level(query: data::Query, home: &ProjectRef, open: &mut Vec<i64>, snapshot: &Snapshot<'_>) -> Result<Level> {
    let mut relations = Vec::new();
    for relation in query.relations() {
        let project = named_or(relation.project.as_deref(), home, snapshot)?;
        let named = resolve::table_in(project, &relation.name, snapshot)?;
        let named = Named { not_found: named.not_found.at(relation.span), ..named };
        let body = match &named.table {
            Some(table) if table.kind == TableKind::View => Some(resolve_body(table, open, snapshot)),
            _ => None,
        };
        relations.push(Relation { key: (relation.project.clone(), relation.name.clone()), named, body });
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
    let level = resolve_level(query, &view.project, open, snapshot);
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

/// The refusal for a relation that is not there, or a view that cannot be used.
fn missing(level: &Level, request: &Request) -> Option<Bound> {
    for relation in &level.relations {
        let named = &relation.named;
        if named.table.is_none() {
            return Some(Bound::missing(request.clone(), named.object.clone(), named.not_found.clone()));
        }
        let broken = match &relation.body {
            None => false,
            Some(Err(_)) => true,
            Some(Ok(body)) => missing(body, request).is_some(),
        };
        if broken {
            return Some(Bound::fail(request.clone(), unusable(&named.object)));
        }
    }
    let unknown = level.calls.iter().find(|called| called.function.is_none());
    unknown.map(|Called { call, object, .. }| Bound::missing(request.clone(), object.clone(), call.unknown()))
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
