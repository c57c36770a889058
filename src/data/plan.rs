//! A query with its names bound: what it reads, what comes out, and the plan to run.

mod held;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::Query as Tree;

use super::accesses::Touched;
use super::calls::{Call, unknown_function};
use super::change::ROW;
use super::engine::Cancel;
use super::functions::context::is_drawn_once;
use super::functions::registry;
use super::kept_back::KeptBack;
use super::limits::{BODIES, EXPANDED, LEVELS, SUBQUERIES};
use super::listed::Days;
use super::message::{explained, in_sight, unknown_column, wording};
use super::parse::Query;
use super::planner::{Known, Planner};
use super::relations::{Relation, RelationKey};
use super::rewrite::REPEATED;
use super::sql_function::{self, SqlFunction};
use super::thread::on_deep_stack;
use super::user_function::UserFunction;
use super::{effort, full_scan, listed, spans, types, views};
use crate::error::{Code, Error, Result};
use crate::model::{Column, ColumnId, DAY, Dialect, ObjectId, ResultColumn, Time};

use self::held::meaning_of;
pub use self::held::{Held, plan_held};
pub use self::source::Source;
use super::meaning::Meaning;

/// What functions get from outside.
#[derive(Debug, Clone)]
pub struct Context {
    /// The time of the statement.
    pub now: Time,
    /// What random numbers begin with.
    pub seed: u64,
    /// The same for what the variables of a script draw once.
    pub script_seed: u64,
    /// How the query calculates.
    pub dialect: Arc<Dialect>,
    /// Whether functions that are not built in may be called: those without code have stand-ins, and such a plan says what it reads, and
    /// cannot be run.
    pub stand_ins: bool,
    /// The code of functions that are not built in.
    pub code: Vec<(Call, Arc<UserFunction>)>,
    /// The bodies of those of them that are in SQL.
    pub bodies: Vec<(Call, Arc<SqlFunction>)>,
    /// The answers to what the query asks of the state, in the order of its questions.
    pub answers: Vec<bool>,
    /// Set to stop the planner.
    pub cancel: Cancel,
}

/// The columns of one relation that a plan touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationAccess {
    /// The relation.
    pub relation: RelationKey,
    /// Names of columns, folded, partition columns included; none if only rows are counted.
    pub columns: BTreeSet<String>,
}

/// A planned query. Copies are cheap.
#[derive(Debug, Clone)]
pub struct Plan {
    inner: Arc<Inner>,
}

/// The columns that a plan may read, by numbers of table and column, view bodies included.
pub(in crate::data) type Readable = BTreeMap<ObjectId, BTreeSet<ColumnId>>;

#[derive(Debug)]
struct Inner {
    readable: Arc<Readable>,
    columns: Vec<ResultColumn>,
    accesses: Vec<RelationAccess>,
    named: Vec<(RelationKey, String)>,
    /// The days of the listed rows that are read.
    days: BTreeMap<RelationKey, Days>,
    explain: Vec<String>,
    ordered: bool,
    dialect: Arc<Dialect>,
    logical: LogicalPlan,
    /// How many tables are read once views are put in.
    weight: usize,
    /// How deep queries are nested then.
    levels: usize,
    /// How many bodies of functions are in it, those in other bodies included.
    bodies: usize,
    /// How much work it was to plan it, the bodies of views included.
    steps: u64,
}

impl Plan {
    /// The columns of the result. Source: "SELECT syntax": a column without a name is `_c` and its position.
    pub fn columns(&self) -> &[ResultColumn] {
        &self.inner.columns
    }

    /// Checks that every column of the result can be stored.
    ///
    /// # Errors
    /// An interval. Source: "INTERVAL data type": it is no type of a column.
    pub fn check_stored(&self) -> Result<()> {
        let fields = self.inner.logical.schema().fields();
        let Some(field) = fields.iter().find(|field| spans::holds_span(field.data_type())) else { return Ok(()) };
        let name = field.name().split(REPEATED).next().unwrap_or_default();
        let error = Error::new(Code::Semantic, format!("column `{name}` is an interval, which a table cannot store"));
        Err(error.help("store a number (`datediff(…, 'ss')`), or its text: `cast(… as string)`"))
    }

    /// What the query touches: one entry for each relation that it asks for, in the order of the text.
    pub fn accesses(&self) -> &[RelationAccess] {
        &self.inner.accesses
    }

    /// The columns that the text names, in its order (LAB-7).
    pub fn named(&self) -> &[(RelationKey, String)] {
        &self.inner.named
    }

    /// The days of the rows that are read of a listed relation.
    pub fn days(&self, relation: &RelationKey) -> Days {
        self.inner.days.get(relation).cloned().unwrap_or_default()
    }

    /// The steps of the query as it is written: no paths, no statistics, nothing of a view's body (FLW-10, VIW-1).
    pub fn explain(&self) -> Vec<String> {
        self.inner.explain.clone()
    }

    /// Whether the query says in which order its rows come.
    pub fn is_ordered(&self) -> bool {
        self.inner.ordered
    }

    /// The plan that reads a kept result.
    pub(in crate::data) fn of_kept(
        columns: Vec<ResultColumn>,
        readable: Readable,
        ordered: bool,
        dialect: Arc<Dialect>,
        logical: LogicalPlan,
    ) -> Self {
        let inner = Inner {
            readable: Arc::new(readable),
            columns,
            accesses: Vec::new(),
            named: Vec::new(),
            days: BTreeMap::new(),
            explain: Vec::new(),
            ordered,
            dialect,
            logical,
            weight: 1,
            levels: 1,
            bodies: 0,
            steps: 0,
        };
        Self { inner: Arc::new(inner) }
    }

    /// How much work it was to make this plan, in steps that depend on the query alone.
    pub fn steps(&self) -> u64 {
        self.inner.steps
    }

    /// How the query calculates, and shows what it gives.
    pub(in crate::data) fn dialect(&self) -> &Arc<Dialect> {
        &self.inner.dialect
    }

    /// What the finished plan may read.
    pub(in crate::data) fn readable(&self) -> Arc<Readable> {
        Arc::clone(&self.inner.readable)
    }

    /// The plan with views put in, ready to optimise and run.
    pub(in crate::data) fn logical(&self) -> &LogicalPlan {
        &self.inner.logical
    }
}

/// Plans `query` over `sources`, which hold every relation that it asks for. No file is touched.
///
/// # Errors
/// Unknown functions and columns, types that do not fit, views that no longer fit. The messages name columns.
pub fn plan(query: &Query, sources: &BTreeMap<RelationKey, Source>, context: &Context) -> Result<Plan, Unplanned> {
    check_functions(query, context.stand_ins)?;
    let nothing = &KeptBack::default();
    counted(context, || build(query, &query.rewritten.query, sources, nothing, context))
}

/// Runs the planner on a deep stack, as far as it may go.
fn counted<T: Send>(context: &Context, work: impl FnOnce() -> Result<T, Unplanned> + Send) -> Result<T, Unplanned> {
    let (planned, _) = on_deep_stack(|| effort::counted(vec![Arc::clone(&context.cancel)], work))?;
    planned
}

fn unplanned(error: &DataFusionError, query: &Query) -> Unplanned {
    Unplanned {
        error: explained(error, query),
        column: unknown_column(error),
        in_sight: in_sight(error),
        too_large: false,
    }
}

/// Why a query has no plan. The message may name columns that not everyone may know of (STG-4).
#[derive(Debug)]
pub struct Unplanned {
    /// The message for someone who may know them.
    pub error: Box<Error>,
    /// The column that could not be found, if that is what is wrong.
    column: Option<String>,
    /// The columns that were in sight there, as the planner knows them.
    in_sight: Vec<String>,
    /// It reads too many tables.
    pub too_large: bool,
}

impl Unplanned {
    /// Whether a column could not be found.
    pub fn misses_a_column(&self) -> bool {
        self.column.is_some()
    }
}

impl From<Box<Error>> for Unplanned {
    fn from(error: Box<Error>) -> Self {
        Self { error, column: None, in_sight: Vec::new(), too_large: false }
    }
}

fn build(
    query: &Query,
    tree: &Tree,
    sources: &BTreeMap<RelationKey, Source>,
    kept_back: &KeptBack,
    context: &Context,
) -> Result<Plan, Unplanned> {
    let Meaning { named, left_out, .. } = meaning_of(query, sources, kept_back)?;
    let planner = Planner::new(query, sources, Known { kept_back, typed: true }, context)?;
    let failed = |error| unplanned(&error, query);
    let relations = query.rewritten.relations.list();
    let tree = left_out.written_out(tree);
    let raw = planner.plan(&tree).map_err(failed)?;
    let mut touched = Touched::default();
    touched.add(&raw).map_err(failed)?;
    let called = sql_function::called(&raw).map_err(failed)?;
    let (weight, levels, bodies) = size(query, &touched, sources, &called)
        .map_err(|error| Unplanned { too_large: true, ..Unplanned::from(error) })?;
    for unused in &query.rewritten.unused {
        touched.add(&planner.plan(&left_out.written_out(unused)).map_err(failed)?).map_err(failed)?;
    }
    let explain = raw.display_indent().to_string().lines().map(|line| wording(line, query)).collect();
    // Bodies are typed already, each by its own rules.
    let limit = |depth| match depth > SUBQUERIES {
        true => {
            let message = format!("subqueries inside expressions are nested deeper than {SUBQUERIES} levels");
            let help = match query.rewritten.names.iter().any(|(_, typed)| typed.starts_with('@')) {
                true => "write the value of one of the variables to a table, and read it from there",
                false => "join with the inner query instead",
            };
            Err(Unplanned::from(Error::new(Code::Semantic, message).help(help)))
        }
        false => Ok(()),
    };
    limit(subqueries(&raw).map_err(failed)?)?;
    let logical = views::put_in(planner.typed(raw).map_err(failed)?, relations, sources, kept_back)?;
    limit(subqueries(&logical).map_err(failed)?)?;
    if !context.dialect.full_scan
        && let Some(refusal) = full_scan::refusal(&logical, query).map_err(failed)?
    {
        return Err(refusal.into());
    }
    let accesses = accesses(query, &touched, sources);
    let days = days(&logical, relations, sources).map_err(failed)?;
    let of_views = sources.values().map(|source| match source {
        Source::View { body, .. } => body.inner.steps,
        Source::Table { .. } | Source::External { .. } | Source::Listed { .. } => 0,
    });
    let functions = called.iter().map(|function| function.plan().inner.steps);
    let steps = of_views.chain(functions).fold(effort::so_far(), u64::saturating_add);
    if steps > effort::STEPS {
        return Err(Unplanned { too_large: true, ..Unplanned::from(effort::too_complex()) });
    }
    // What functions read was checked when their bodies were planned.
    let logical = sql_function::put_in(logical).map_err(failed)?;
    limit(subqueries(&logical).map_err(failed)?)?;
    let inner = Inner {
        readable: Arc::new(readable(&accesses, sources, &called)),
        columns: columns(&logical),
        accesses,
        named,
        days,
        explain,
        ordered: query.rewritten.ordered,
        dialect: Arc::clone(&context.dialect),
        logical,
        weight,
        levels,
        bodies,
        steps,
    };
    Ok(Plan { inner: Arc::new(inner) })
}

/// The days of what is read of listed relations, where they have days.
fn days(
    plan: &LogicalPlan,
    relations: &[Relation],
    sources: &BTreeMap<RelationKey, Source>,
) -> datafusion::common::Result<BTreeMap<RelationKey, Days>> {
    let has_days = |source: &Source| match source {
        Source::Listed { table, .. } => table.columns.iter().any(|column| column.name == DAY),
        Source::Table { .. } | Source::External { .. } | Source::View { .. } => false,
    };
    if !sources.values().any(has_days) {
        return Ok(BTreeMap::new());
    }
    let days = listed::days(plan)?;
    let of_relation = |(number, days)| relations.get(number).map(|relation: &Relation| (relation.key(), days));
    Ok(days.into_iter().filter_map(of_relation).collect())
}

fn check_functions(query: &Query, stand_ins: bool) -> Result<()> {
    let registry = registry();
    for called in &query.rewritten.functions {
        let name = called.name.as_str();
        let needs_window = registry.window(name).is_some() && registry.aggregate(name).is_none();
        let error = match registry.contains(name) {
            _ if is_drawn_once(name) => continue,
            true if called.over || !needs_window || registry.has_scalar(name) => continue,
            true => Error::new(Code::Semantic, format!("function `{name}` needs `over (…)`")),
            false if stand_ins => continue,
            false => unknown_function(name),
        };
        return Err(match called.span {
            Some(span) => error.at(span),
            None => error,
        });
    }
    Ok(())
}

/// How many tables are read, how deep queries are nested, and how many bodies of functions are calculated; views and functions count with
/// their bodies.
fn size(
    query: &Query,
    touched: &Touched,
    sources: &BTreeMap<RelationKey, Source>,
    called: &[Arc<SqlFunction>],
) -> Result<(usize, usize, usize)> {
    let relations = query.rewritten.relations.list();
    let (mut weight, mut below, mut bodies) = (0_usize, 0, 0_usize);
    for body in called.iter().map(|function| &function.plan().inner) {
        weight = weight.saturating_add(body.weight);
        below = below.max(body.levels);
        bodies = bodies.saturating_add(body.bodies.saturating_add(1));
    }
    if bodies > BODIES {
        let message = format!("the query expands to more than {BODIES} calls of SQL functions");
        return Err(Error::new(Code::Semantic, message).help("split it into several queries"));
    }
    for number in touched.scans() {
        match relations.get(*number).and_then(|relation| sources.get(&relation.key())) {
            Some(Source::View { body, .. }) => {
                weight = weight.saturating_add(body.inner.weight.max(1));
                below = below.max(body.inner.levels);
                bodies = bodies.saturating_add(body.inner.bodies);
            }
            Some(Source::Table { .. } | Source::External { .. } | Source::Listed { .. }) | None => {
                weight = weight.saturating_add(1);
            }
        }
    }
    let levels = query.rewritten.levels + below;
    if weight > EXPANDED || levels > LEVELS {
        let message = format!("the query reads more than {EXPANDED} tables, or is nested deeper than {LEVELS} levels");
        return Err(Error::new(Code::Semantic, message).help("put the rows of a view that is used often into a table"));
    }
    Ok((weight, levels, bodies))
}

/// How deep subqueries inside expressions are nested.
fn subqueries(plan: &LogicalPlan) -> datafusion::common::Result<usize> {
    let mut deepest = 0;
    plan.apply(|node| {
        let mut inner = Vec::new();
        node.apply_subqueries(|subquery| {
            inner.push(subquery.clone());
            Ok(TreeNodeRecursion::Jump)
        })?;
        for subquery in inner {
            deepest = deepest.max(1 + subqueries(&subquery)?);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(deepest)
}

fn columns(plan: &LogicalPlan) -> Vec<ResultColumn> {
    let fields = plan.schema().fields().iter();
    fields
        .map(|field| ResultColumn {
            name: field.name().split(REPEATED).next().unwrap_or_default().to_owned(),
            data_type: types::from_field(field),
        })
        .collect()
}

fn readable(
    accesses: &[RelationAccess],
    sources: &BTreeMap<RelationKey, Source>,
    called: &[Arc<SqlFunction>],
) -> Readable {
    let mut readable = Readable::new();
    for (table, columns) in called.iter().map(|function| function.readable()).flat_map(Arc::unwrap_or_clone) {
        readable.entry(table).or_default().extend(columns);
    }
    for access in accesses {
        match sources.get(&access.relation) {
            Some(Source::Table { table, .. } | Source::External { table, .. }) => {
                let read = table.all_columns().filter(|column| access.columns.contains(&column.name));
                readable.entry(table.id).or_default().extend(read.map(|column| column.id));
            }
            Some(Source::View { body, .. }) => {
                for (table, columns) in body.inner.readable.iter() {
                    readable.entry(*table).or_default().extend(columns.iter().copied());
                }
            }
            // What is not asked for is not put in.
            Some(Source::Listed { .. }) | None => {}
        }
    }
    readable
}

fn accesses(query: &Query, touched: &Touched, sources: &BTreeMap<RelationKey, Source>) -> Vec<RelationAccess> {
    let numbers: BTreeMap<RelationKey, usize> = query
        .rewritten
        .relations
        .list()
        .iter()
        .enumerate()
        .map(|(number, relation)| (relation.key(), number))
        .collect();
    let access = |relation: &Relation| {
        let key = relation.key();
        let names: Vec<&Column> =
            sources.get(&key).map(|source| source.table().all_columns().collect()).unwrap_or_default();
        let touched = numbers.get(&key).into_iter().flat_map(|number| touched.columns(*number));
        // Which row it is tells nothing of what is in it.
        let names = touched.filter_map(|column| names.get(column).map(|column| column.name.clone()));
        let columns = names.filter(|name| name != ROW).collect();
        RelationAccess { relation: key, columns }
    };
    query.relations().iter().map(access).collect()
}

#[cfg(test)]
mod tests;
