use std::sync::Arc;

use super::branches::Alternatives;
use super::relation::Reading;
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{Use, destinations};
use crate::command::outcome::{Outcome, PropertiesOf};
use crate::command::resolve;
use crate::command::unbound::Binding;
use crate::data;
use crate::error::{Code, Error, Result};
use crate::model::{JobType, Record};
use crate::security::{Destination, Request};
use crate::store::Snapshot;
use crate::syntax::table::PartitionValues;
use crate::syntax::{QueryText, Statement, TableName, text_literal};
use crate::text::masked;

/// Rows that are ready to be read.
pub struct Query {
    /// The plan.
    pub plan: Arc<data::Plan>,
    /// Most rows that the statement itself shows.
    pub limit: Option<u64>,
    /// Whether an empty line stands before its rows. Source: odpscmd: before the results of SQL.
    pub spaced: bool,
    /// Whether the rows are the kept result of an instance.
    pub fetched: bool,
    /// In the branches of an `if`: what may be shown in the place of `plan`, or nothing.
    pub alternatives: Option<Alternatives>,
}

impl Query {
    /// A query that a statement shows.
    pub fn of(plan: Arc<data::Plan>) -> Self {
        Self { plan, limit: None, spaced: true, fetched: false, alternatives: None }
    }

    /// What is said where no more than `limit` rows are shown.
    pub fn notice(&self, limit: Option<u64>) -> String {
        let rows = limit.unwrap_or_default();
        if self.fetched && limit == self.limit {
            return format!("only the first {rows} rows of the result are shown: all of them take a download (FLW-9)");
        }
        format!("only the first {rows} rows are shown: READ_TABLE_MAX_ROW of a source project (FLW-8)")
    }
}

pub(super) fn bind(query: &QueryText, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Binding<Bound> {
    let (request, destinations) = session_job(context, snapshot)?;
    let reading = Reading::bind(query, (&request, Vec::new()), &destinations, context, snapshot)?;
    let request = whole(request, &reading, &destinations);
    Ok(Bound::new(request, Work::Query(Query::of(reading.plan))))
}

/// `@a := …`: decided like a query that is explained, since nothing leaves before a statement uses the variable (FLW-10), which reads the
/// rows itself.
pub(super) fn bind_variable(query: &QueryText, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Binding<Bound> {
    let context = &Context { explains: true, ..*context };
    let bound = bind(query, context, snapshot)?;
    let request = Request { flows: Vec::new(), shows_rows: false, ..bound.request.clone() };
    Ok(Bound::when_allowed(request, || bound.work.map(|_| Work::nothing())))
}

/// `count`: the query that counts the rows, decided and run as such.
pub(in crate::command) fn bind_count(
    table: &TableName,
    partition: Option<&PartitionValues>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Binding<Bound> {
    let values = partition.into_iter().flatten();
    let conditions: Vec<String> =
        values.map(|(column, value)| format!("`{}` = {}", column.text, text_literal(value))).collect();
    let filter = if conditions.is_empty() { String::new() } else { format!(" where {}", conditions.join(" and ")) };
    let query = QueryText::new(format!("select count(*) as `count` from {table}{filter}"), table.span());
    let bound = bind(&query, context, snapshot).map_err(|unbound| unbound.pointing_at(table.span()))?;
    Ok(bound.pointing_at(table.span()))
}

/// A job whose rows come to the session; as a tunnel job, they go to a local file and no instance is made (STG-5, FLW-2).
fn session_job(context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<(Request, Vec<Destination>)> {
    let downloads = context.as_job == Some(JobType::Dt);
    let requirements = if downloads { Vec::new() } else { vec![resolve::job_requirement(context, snapshot)?] };
    let request = Request {
        shows_rows: !downloads,
        downloads,
        ..Request::in_session(context, requirements).run_as(context, JobType::Sql)
    };
    Ok((request, destinations(if downloads { Use::TakenOut } else { Use::Shown }, context)))
}

/// The request with everything that the plan reads.
pub(in crate::command) fn whole(request: Request, reading: &Reading, destinations: &[Destination]) -> Request {
    let mut request = request;
    request.requirements.extend(reading.requirements());
    request.flows.extend(reading.flows(destinations));
    for (object, definition) in reading.definitions() {
        let known = request.definitions.entry(*object).or_default();
        if !known.contains(definition.as_str()) {
            known.push_str(definition);
        }
    }
    request.mentioned = request.mentioned.iter().chain(reading.mentioned().iter()).cloned().collect();
    request
}

/// The same accesses as the statement, and no flow: nothing leaves (FLW-10).
pub(super) fn bind_explain(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Binding<Bound> {
    let unexplained = || Error::new(Code::Semantic, "only queries and statements that write rows can be explained");
    let Statement::Query(explained) = statement else { return Err(unexplained().into()) };
    let context = &Context { explains: true, ..*context };
    // A refusal shows no more flows than the plan does.
    let bound = bind_planned(explained, context, snapshot)?;
    let request = |request: &Request| Request { flows: Vec::new(), shows_rows: false, ..request.clone() };
    Ok(match &bound.work {
        Ok(Work::Query(query)) => explained_plan(request(&bound.request), &query.plan),
        Ok(Work::Job(job)) => explained_plan(request(&bound.request), &job.plan),
        Ok(
            Work::Show(_)
            | Work::Export(_)
            | Work::Stream(_)
            | Work::Change(_)
            | Work::Store(_)
            | Work::Look(_)
            | Work::Session(_)
            | Work::Await(_)
            | Work::Upload(_)
            | Work::Download(_),
        )
        | Err(_) => bound.with_request(request),
    })
}

/// What a query, or a statement that writes its rows, would do.
pub(super) fn bind_planned(
    statement: &crate::syntax::query::Statement,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    use crate::syntax::query::Statement as Planned;
    match statement {
        Planned::Select { .. } | Planned::CreateTableAs { .. } | Planned::Insert { .. } | Planned::Change(_) => {
            super::bind(statement, context, snapshot)
        }
        Planned::Variable { .. }
        | Planned::If { .. }
        | Planned::Function { .. }
        | Planned::MultiInsert { .. }
        | Planned::Definition { .. }
        | Planned::Explain { .. }
        | Planned::Cost { .. }
        | Planned::Unload { .. }
        | Planned::Load { .. }
        | Planned::Clone { .. } => {
            let message = "only a query, CTAS, one insert, `update`, `delete` or `merge` can be explained";
            Err(Error::new(Code::Semantic, message).help("write each insert of the source as a statement of its own"))
        }
    }
}

fn explained_plan(request: Request, plan: &data::Plan) -> Bound {
    // The literals of the query are in it (KEY-2).
    let steps = masked(&plan.explain().join("\n"));
    let values = Record::default().with("plan", steps.lines().map(str::to_owned).collect::<Vec<_>>());
    Bound::show(request, |_| Ok(Outcome::properties(PropertiesOf::Plan, values)))
}
