use std::sync::Arc;

use super::select::bind_planned;
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{Use, destinations};
use crate::command::outcome::{Outcome, PropertiesOf};
use crate::command::unbound::Binding;
use crate::data;
use crate::error::{Code, Error};
use crate::model::{Action, Object, ObjectKind, Record, Table};
use crate::security::{Access, Columns, Flow, Part, Request, Rights};
use crate::store::Snapshot;
use crate::syntax::query::{Statement, Unloaded};
use crate::syntax::{Statement as AnyStatement, lex};

/// `cost sql` shows how much a statement would read. Its accesses are those of the statement, and what it shows is derived from rows: a flow of
/// each source to the session (FLW-2a). Whole files are counted, whose sizes depend on every column: only for callers who may select each column of
/// each table, labels included, behind views as well (VIW-5).
pub(super) fn bind(statement: &AnyStatement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Binding<Bound> {
    let AnyStatement::Query(costed) = statement else {
        return Err(Error::new(Code::Semantic, "only queries and statements that write rows have a cost").into());
    };
    let bound = bind_planned(costed, context, snapshot)?;
    let plan = match &bound.work {
        Ok(Work::Query(query)) => Some(Arc::clone(&query.plan)),
        Ok(Work::Job(job)) => Some(Arc::clone(&job.plan)),
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
        | Err(_) => None,
    };
    let shown = destinations(Use::Shown, context);
    let mut sources: Vec<(Object, Vec<Object>)> = Vec::new();
    for Flow { source, through, .. } in &bound.request.flows {
        if !sources.iter().any(|known| known == &(source.clone(), through.clone())) {
            sources.push((source.clone(), through.clone()));
        }
    }
    let flow = |(source, through): &(Object, Vec<Object>)| {
        let (source, through) = (source.clone(), through.clone());
        let to = move |destination| Flow { source: source.clone(), through: through.clone(), destination };
        shown.iter().cloned().map(to).collect::<Vec<_>>()
    };
    let flows: Vec<Flow> = sources.iter().flat_map(flow).collect();
    let request = |request: &Request| Request { flows: flows.clone(), shows_rows: false, ..request.clone() };
    let Some(plan) = plan else { return Ok(bound.with_request(request)) };
    let counted: Vec<Object> = sources.iter().map(|(source, _)| source.clone()).collect();
    let tables = counted.iter().map(|object| snapshot.table_of(object)).collect::<crate::error::Result<Vec<_>>>()?;
    let part = |(object, table): (&Object, &Option<Table>)| {
        let columns = table.iter().flat_map(Table::all_columns).map(|column| column.name.clone()).collect();
        Part {
            of: object.clone(),
            job: None,
            accesses: vec![Access { columns: Columns::Read(columns), ..Access::of(Action::Select, object.clone()) }],
            flows: flows.iter().filter(|flow| flow.source == *object).cloned().collect(),
        }
    };
    let parts = counted.iter().zip(&tables).map(part).collect();
    let request = Request { parts, ..request(&bound.request) };
    let complexity = complexity(costed);
    // Files outside are not looked at.
    let is_outside = tables.iter().flatten().any(|table| table.external.is_some());
    let functions = functions(&bound.request);
    Ok(Bound::show_parts(request, move |_, shown| {
        let whole = !is_outside && counted.iter().all(|object| shown.includes(object));
        let bytes = if whole { Some(data::input_bytes(&plan)?) } else { None };
        let values =
            Record::default().with("input_bytes", bytes).with("functions", functions).with("complexity", complexity);
        Ok(Outcome::properties(PropertiesOf::Cost, values))
    }))
}

/// The functions of users' own that a statement itself calls.
fn functions(request: &Request) -> u64 {
    let is_call = |access: &&Access| access.object.kind == ObjectKind::Function && access.rights == Rights::Invoker;
    request.accesses().filter(is_call).count() as u64
}

/// Source: "Computing pricing": by the number of joins, groupings, orders, distincts, windows and targets beyond the first.
fn complexity(statement: &Statement) -> &'static str {
    let text = match statement {
        Statement::Variable { query, .. }
        | Statement::If { query, .. }
        | Statement::Function { query, .. }
        | Statement::Select { query }
        | Statement::CreateTableAs { query, .. }
        | Statement::Insert { query, .. } => query.text.as_str(),
        Statement::MultiInsert { text, .. } => text.text.as_str(),
        Statement::Change(change) => change.text.text.as_str(),
        Statement::Unload { source: Unloaded::Query(query), .. } => query.text.as_str(),
        Statement::Unload { source: Unloaded::Table(..), .. }
        | Statement::Load { .. }
        | Statement::Definition { .. }
        | Statement::Explain { .. }
        | Statement::Cost { .. }
        | Statement::Clone { .. } => "",
    };
    let tokens = lex(text).map(|lexed| lexed.tokens).unwrap_or_default();
    let counted = ["join", "group", "order", "distinct", "over"];
    let is_counted = |word: &str| counted.iter().any(|counted| word.eq_ignore_ascii_case(counted));
    match tokens.iter().filter(|token| is_counted(token.span.of(text))).count() + 1 {
        0..=3 => "1.0",
        4..=6 => "1.5",
        7..=19 => "2.0",
        _ => "4.0",
    }
}
