//! `if` of a script with statements that write or show rows in its branches: one instance, and one decision on all that any of them does.
//!
//! Which branch counts is not known when the statement is decided, so that all count there (STG-3). Whether something is written depends on what
//! the conditions read: that flows wherever any of the branches writes (FLW-2).

use std::sync::Arc;

use super::change::random;
use super::job::{Branches, Job, Outlet, OutsideInsert};
use super::relation::Reading;
use super::select::{Query, whole};
use crate::command::bound::{Bound, ChangeWork, Context, Work};
use crate::command::flow::{Use, destinations};
use crate::command::resolve;
use crate::command::unbound::Binding;
use crate::data::{Cancel, Engine, Plan};
use crate::error::{Code, Error, Result};
use crate::model::{Cell, JobType, Object, ObjectId, ProjectId, SchemaName};
use crate::security::{Destination, Flow, Request};
use crate::store::Snapshot;
use crate::syntax::query::{Effect, Statement};
use crate::syntax::table::{self, Alteration};
use crate::syntax::{QueryText, lex};

/// Queries in branches, of which one is shown at most.
pub struct Alternatives {
    condition: Arc<Plan>,
    /// Their plans, each with the number of its statement.
    plans: Vec<(usize, Arc<Plan>)>,
}

impl Alternatives {
    /// The plan of the query that is shown, if one is.
    ///
    /// # Errors
    /// A condition fails.
    pub fn chosen(&self, engine: &Engine, cancel: &Cancel) -> Result<Option<Arc<Plan>>> {
        let runs = which_run(&self.condition, engine, cancel)?;
        let plan = self.plans.iter().find(|(number, _)| runs.get(*number) == Some(&true));
        Ok(plan.map(|(_, plan)| Arc::clone(plan)))
    }
}

/// Asks the conditions: for each statement in the branches, whether it runs.
pub(super) fn which_run(condition: &Plan, engine: &Engine, cancel: &Cancel) -> Result<Vec<bool>> {
    let mut runs = Vec::new();
    for rows in engine.run(condition, cancel)? {
        runs.extend(rows?.into_iter().flatten().map(|cell| cell == Cell::Boolean(true)));
    }
    Ok(runs)
}

/// An `if` whose branches do more than assign variables.
pub(super) fn bind(
    query: &QueryText,
    effects: &[Effect],
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Binding<Bound> {
    check_shown(effects)?;
    check_certain(query)?;
    let own = Request::in_session(context, vec![resolve::job_requirement(context, snapshot)?]);
    let own = own.run_as(context, JobType::Sql);
    let written: Vec<_> =
        effects.iter().map(|effect| destinations_of(effect, context, snapshot)).collect::<Result<_>>()?;
    let to = united(std::iter::once(&destinations(Use::Shown, context)).chain(&written));
    let reading = Reading::bind(query, (&own, Vec::new()), &to, context, snapshot)?;
    let mut request = whole(own, &reading, &to);
    let mut parts = Vec::new();
    for effect in effects {
        let bound = super::bind_part(&effect.statement, context, snapshot)?;
        // All statements of a run are committed, or none: what one reads decides whether the others write.
        let beside = effects.iter().zip(&written).filter(|(other, _)| !other.excludes(&effect.path));
        let beside = united(beside.map(|(_, to)| to));
        let flows = &bound.request.flows;
        let further = flows.iter().flat_map(|flow| {
            beside.iter().map(move |destination| Flow { destination: destination.clone(), ..flow.clone() })
        });
        let further = Request { flows: further.collect(), ..request.alone(Vec::new(), Vec::new()) };
        request = joined(joined(request, &bound.request), &further);
        parts.push(bound);
    }
    Ok(Bound::when_allowed(request, || {
        let (mut numbers, mut jobs, mut queries, mut changes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (number, bound) in parts.into_iter().enumerate() {
            match bound.work? {
                Work::Job(job) => {
                    numbers.push(number);
                    jobs.push(job);
                }
                Work::Query(query) => queries.push((number, query)),
                Work::Change(change) => changes.push((number, change)),
                // `create table if not exists` found a table, or `drop table if exists` none.
                Work::Show(_)
                | Work::Stream(_)
                | Work::Export(_)
                | Work::Store(_)
                | Work::Look(_)
                | Work::Session(_)
                | Work::Await(_)
                | Work::Upload(_)
                | Work::Download(_) => {}
            }
        }
        check_apart(effects, (&numbers, &jobs), &changes, (context, snapshot))?;
        let plans: Vec<_> = queries.iter().map(|(number, query)| (*number, Arc::clone(&query.plan))).collect();
        Ok(match queries.into_iter().next() {
            Some((_, query)) => {
                let alternatives = Some(Alternatives { condition: reading.plan, plans });
                Work::Query(Query { alternatives, ..query })
            }
            None => Work::Job(Job {
                plan: reading.plan,
                outlet: Outlet::Branches(Branches { numbers, changes }),
                further: jobs,
            }),
        })
    }))
}

/// Where the rows of a statement in a branch go.
fn destinations_of(effect: &Effect, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Vec<Destination>> {
    let mut all = Vec::new();
    for table in effect.statement.written() {
        all.push(match resolve::table(table, context, snapshot)? {
            named if named.table.is_some() => destinations(named.written(), context),
            named => destinations(Use::Written(&named.object.project), context),
        });
    }
    Ok(united(&all))
}

/// Each of these destinations once.
fn united<'d>(lists: impl IntoIterator<Item = &'d Vec<Destination>>) -> Vec<Destination> {
    let mut all = Vec::new();
    for destination in lists.into_iter().flatten() {
        if !all.contains(destination) {
            all.push(destination.clone());
        }
    }
    all
}

/// A condition is asked once for the `if`, and again for the variables that it sets: it must be the same.
fn check_certain(query: &QueryText) -> Result<()> {
    let text = query.text.as_str();
    let tokens = lex(text).map(|lexed| lexed.tokens).unwrap_or_default();
    let of = |at: usize| tokens.get(at).map(|token| token.span.of(text)).unwrap_or_default();
    let start = query.span.start.saturating_sub(query.starts);
    let defines_random = text.get(..start).is_some_and(|definitions| random(definitions).is_some());
    let is_condition = |at: &usize| {
        let is_behind = tokens.get(*at).is_some_and(|token| token.span.start >= start);
        is_behind && of(*at).eq_ignore_ascii_case("if") && of(at + 1) == "("
    };
    for at in (0..tokens.len()).filter(is_condition) {
        let mut depth = 0_usize;
        let behind = (at + 1..tokens.len()).find(|place| {
            match of(*place) {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        });
        let inside = tokens.get(at + 1..behind.unwrap_or(tokens.len())).unwrap_or_default();
        let (Some(first), Some(last)) = (inside.first(), inside.last()) else { continue };
        let condition = text.get(first.span.start..last.span.end).unwrap_or_default();
        let names_variable = inside.iter().any(|token| token.span.of(text) == "@");
        if random(condition).is_some() || names_variable && defines_random {
            let message = "a condition of an `if` that writes or shows rows depends on random values";
            return Err(Error::new(Code::Semantic, message).help("write the random value to a table before the `if`"));
        }
    }
    Ok(())
}

/// What both ask for.
fn joined(mut request: Request, other: &Request) -> Request {
    fn add<T: Clone + PartialEq>(all: &mut Vec<T>, others: &[T]) {
        for other in others {
            if !all.contains(other) {
                all.push(other.clone());
            }
        }
    }
    add(&mut request.requirements, &other.requirements);
    add(&mut request.flows, &other.flows);
    add(&mut request.parts, &other.parts);
    request.shows_rows |= other.shows_rows;
    request.downloads |= other.downloads;
    for (object, definition) in &other.definitions {
        let known = request.definitions.entry(*object).or_default();
        if !known.contains(definition.as_str()) {
            known.push_str(definition);
        }
    }
    request.mentioned = request.mentioned.iter().chain(other.mentioned.iter()).cloned().collect();
    request
}

/// Source: "Script mode": a script shows the rows of one query. Chosen: an `if` shows rows or writes them.
fn check_shown(effects: &[Effect]) -> Result<()> {
    let shown: Vec<&Effect> = effects.iter().filter(|one| matches!(one.statement, Statement::Select { .. })).collect();
    if let (Some(first), true) = (shown.first(), shown.len() < effects.len()) {
        let message = "not supported: an `if` that shows rows in one place and writes rows in another";
        return Err(Error::new(Code::Unsupported, message)
            .at(first.span)
            .help("write two `if` with the same condition: one that writes, and one that shows"));
    }
    for (at, later) in shown.iter().enumerate() {
        if shown.iter().take(at).any(|earlier| !earlier.excludes(&later.path)) {
            return Err(Error::new(Code::Semantic, "a branch of `if` shows the rows of more than one query")
                .at(later.span)
                .help("join them with `union all`, or write one `if` for each"));
        }
    }
    Ok(())
}

/// What a statement writes: a table by its number, or a new one by its name.
#[derive(PartialEq, Eq)]
enum Target {
    Table(ObjectId),
    New(ProjectId, SchemaName, String),
}

/// A table that a statement changes.
struct Changed {
    target: Target,
    name: String,
    /// Whether it adds rows, or partitions that may be there already, without regard to others.
    adds: bool,
}

/// All branches are calculated from what was there before the `if`: of statements that one run may execute, none changes what another one
/// has written. Rows may be added twice, and partitions that may be there already.
fn check_apart(
    effects: &[Effect],
    (numbers, jobs): (&[usize], &[Job]),
    changes: &[(usize, ChangeWork)],
    (context, snapshot): (&Context<'_>, &Snapshot<'_>),
) -> Result<()> {
    let mut all: Vec<(usize, Vec<Changed>)> = Vec::new();
    for (number, job) in numbers.iter().zip(jobs) {
        all.push((*number, std::iter::once(job).chain(&job.further).filter_map(target).collect()));
    }
    for (number, _) in changes {
        let defined = effects.get(*number).map(|effect| defined(&effect.statement, context, snapshot)).transpose()?;
        all.push((*number, defined.flatten().into_iter().collect()));
    }
    all.sort_by_key(|(number, _)| *number);
    let mut before: Vec<(&Effect, &Target, bool)> = Vec::new();
    for (effect, own) in all.iter().filter_map(|(number, own)| Some((effects.get(*number)?, own))) {
        for Changed { target, name, adds } in own {
            let again = before.iter().any(|(earlier, written, added)| {
                *written == target && !earlier.excludes(&effect.path) && !(*adds && *added)
            });
            if again {
                return Err(Error::new(Code::Semantic, format!("`{name}` is written twice in a branch of `if`"))
                    .at(effect.span)
                    .help("write the second statement behind the `if`, or into an `if` of its own"));
            }
        }
        before.extend(own.iter().map(|Changed { target, adds, .. }| (effect, target, *adds)));
    }
    Ok(())
}

/// What a statement of the table's family changes.
fn defined(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Option<Changed>> {
    let Statement::Definition { table, statement } = statement else { return Ok(None) };
    let named = resolve::table(table, context, snapshot)?;
    let target = match &named.table {
        Some(table) => Target::Table(table.id),
        None => {
            let Object { project, schema, name, .. } = &named.object;
            Target::New(project.id, schema.clone(), name.to_string())
        }
    };
    let adds = matches!(
        statement,
        table::Statement::Alter { change: Alteration::AddPartitions { if_not_exists: true, .. }, .. }
    );
    Ok(Some(Changed { target, name: table.name.text.clone(), adds }))
}

/// What a job writes.
fn target(job: &Job) -> Option<Changed> {
    let (target, name, adds) = match &job.outlet {
        Outlet::NewTable(new) => {
            (Target::New(new.project.id, new.schema.clone(), new.name.clone()), new.name.as_str(), false)
        }
        Outlet::Table(insert) | Outlet::Outside(OutsideInsert { insert, .. }) => {
            let adds = !insert.overwrite && !insert.table.has_key();
            (Target::Table(insert.table.id), insert.table.name.as_str(), adds)
        }
        Outlet::Changes(changes) => (Target::Table(changes.table.id), changes.table.name.as_str(), false),
        Outlet::Branches(_) => return None,
    };
    Some(Changed { target, name: name.to_owned(), adds })
}
