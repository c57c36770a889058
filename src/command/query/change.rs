//! `update`, `delete`, `merge`: a query says which rows change and what they become; the files that hold them are written anew.

use super::job::{Changes, Job, Outlet};
use super::level::Target;
use super::relation::Reading;
use super::select::whole;
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{Use, destinations};
use crate::command::resolve::{self, Named};
use crate::command::unbound::Binding;
use crate::data::{self, Clause, Part};
use crate::error::{Code, Error, Result};
use crate::model::{Action, ColumnId, Dialect, JobType, Operation, Table, TableKind, builtin_function};
use crate::security::{Access, Request};
use crate::store::Snapshot;
use crate::syntax::query::change::{self, Change, Kind, Set};
use crate::syntax::{Name, QueryText, Token, TokenKind, lex};
use crate::text::{Span, fold};

/// A statement that changes rows: Update on their table, and Select on every column that it reads. What happens depends on the rows that are
/// there, so the table is a source besides (FLW-2).
pub(super) fn bind(change: &Change, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Binding<Bound> {
    let target = resolve::table(&change.table, context, snapshot)?;
    let requirements =
        vec![resolve::job_requirement(context, snapshot)?, Access::of(Action::Update, target.object.clone()).into()];
    let request = Request::in_session(context, requirements).run_as(context, JobType::Sql);
    let destinations = destinations(Use::Written(&target.object.project), context);
    let dialect = context.dialect(snapshot)?;
    let query = query(change, &dialect)?;
    let unusable = unusable(change, &target);
    // Values that fit or not, and sources that match or not, tell how many rows there are: only a delete of everything reads nothing.
    let is_blind = matches!(change.kind, Kind::Delete { condition: None });
    let named = Target { named: &target, is_blind, unusable };
    let reading = Reading::bind_change((query, dialect), named, &request, &destinations, context, snapshot)?;
    reading.check_written(&change.text, &request, &destinations, context, snapshot)?;
    let request = whole(request, &reading, &destinations);
    Ok(Bound::when_allowed(request, || {
        let table = target.expect_table().map_err(|refusal| refusal.at(change.table.span()))?.clone();
        let clauses = clauses(change, &table)?;
        reading.plan.check_stored()?;
        let files = snapshot.files_to_plan(table.id)?;
        let changes = Changes { table, files, clauses };
        Ok(Work::Job(Job { plan: reading.plan, outlet: Outlet::Changes(changes), further: Vec::new() }))
    }))
}

/// Reads the expressions without binding anything.
///
/// # Errors
/// One of them is no expression, or has a clause that is not supported.
pub(super) fn check(change: &Change) -> Result<()> {
    match query(change, &Dialect::of_any_flags()) {
        Err(error) if error.code == Code::WithoutSql => Ok(()),
        read => read.map(drop),
    }
}

/// Source: the service's words; the property is given when the table is made, and never later.
fn unusable(change: &Change, target: &Named) -> Option<Box<Error>> {
    let table = target.table.as_ref()?;
    if table.kind == TableKind::View {
        let error = Error::new(Code::Semantic, format!("`{}` is a view", table.name)).at(change.table.span());
        return Some(error.help("change the rows of the tables that it reads"));
    }
    if table.transactional {
        return None;
    }
    let verb = match change.kind {
        Kind::Update { .. } => "update",
        Kind::Delete { .. } => "delete from",
        Kind::Merge { .. } => "merge into",
    };
    let message = format!(
        "trying to {verb} a non-transactional table is not allowed. Set tblproperties (\"transactional\" = \"true\") in order to use this feature"
    );
    let error = Error::new(Code::Semantic, message).at(change.table.span());
    Some(error.help(
        "a table is transactional from its creation: make another one, or write `insert overwrite table <table> select …`",
    ))
}

impl Changes {
    /// What its clauses do, as the history of the table has it.
    pub(super) fn operation(&self) -> Operation {
        match self.clauses.as_slice() {
            [Clause::Delete] => Operation::Delete,
            [Clause::Update(_)] => Operation::Update,
            _ => Operation::Merge,
        }
    }
}

/// The query: numbers of rows, numbers of clauses, values.
fn query(change: &Change, dialect: &Dialect) -> Result<data::Query> {
    let mut parts = Vec::new();
    let definitions = Span::new(change.text.starts, change.text.span.start);
    if definitions.start < definitions.end {
        parts.push(Part::Given(definitions));
    }
    parts.extend([Part::Fixed("select"), Part::Row, Part::Fixed(",")]);
    match &change.kind {
        Kind::Update { set, from, condition } => {
            parts.push(Part::Number(0));
            check_one_row(set, change)?;
            for Set { value, of, .. } in set {
                parts.extend([Part::Fixed(if of.is_some() { ", ( select" } else { ", (" }), Part::Given(value.span)]);
                parts.extend(of.map(Part::Given));
                parts.push(Part::Fixed(")"));
            }
            target(change, &mut parts);
            for source in from {
                parts.extend([Part::Fixed(","), Part::Given(source.span)]);
            }
            filter(condition.as_ref().map(|condition| condition.span), &mut parts);
        }
        Kind::Delete { condition } => {
            parts.push(Part::Number(0));
            target(change, &mut parts);
            filter(condition.as_ref().map(|condition| condition.span), &mut parts);
        }
        Kind::Merge { source, on, clauses } => {
            let conditions = || clauses.iter().filter_map(|clause| clause.condition.as_ref());
            conditions().try_for_each(check_certain)?;
            conditions().try_for_each(|condition| check_definitions(condition, change, definitions))?;
            chosen(clauses, &mut parts);
            for (number, clause) in clauses.iter().enumerate() {
                for value in values(&clause.action) {
                    // A value is calculated for the rows of its clause, and for no other.
                    parts.push(Part::Fixed(", case when"));
                    chosen(clauses, &mut parts);
                    parts.extend([Part::Fixed("="), Part::Number(number), Part::Fixed("then (")]);
                    parts.extend([Part::Given(value), Part::Fixed(") end")]);
                }
            }
            parts.extend([Part::Fixed("from"), Part::Given(source.span), Part::Fixed("left join")]);
            parts.extend([Part::Target(&change.table.name), Part::Fixed("as"), Part::Given(change.alias.span)]);
            parts.extend([Part::Fixed("on ("), Part::Given(on.span), Part::Fixed(")")]);
        }
    }
    data::Query::of_parts(&change.text.text, change.text.starts, &parts, dialect)
}

/// A condition stands in the query for each value of its clause, and must be the same for all of them.
fn check_certain(condition: &QueryText) -> Result<()> {
    match random(&condition.text) {
        None => Ok(()),
        Some(place) => {
            let start = condition.span.start;
            let place = Span::new(start + place.start, start + place.end);
            let error = Error::new(Code::Semantic, "the condition of a `when` has no random values").at(place);
            Err(error.help("draw the value in the source: `using (select …, rand() as r from …) <alias>`"))
        }
    }
}

/// So must what a script defines for it.
fn check_definitions(condition: &QueryText, change: &Change, definitions: Span) -> Result<()> {
    let length = definitions.end.saturating_sub(definitions.start);
    let is_random = change.text.text.get(..length).is_some_and(|text| random(text).is_some());
    let tokens = lex(&condition.text).map(|lexed| lexed.tokens).unwrap_or_default();
    // A variable, or a call.
    let uses = tokens.iter().any(|token| matches!(token.span.of(&condition.text), "@" | "("));
    if is_random && uses {
        let error =
            Error::new(Code::Semantic, "the condition of a `when` has no random values, nor variables with them");
        return Err(error
            .at(condition.span)
            .help("join the variable in the source: `using (select … from @a) <alias>`"));
    }
    Ok(())
}

/// Each value of `(<columns>) = (select <values> from …)` is a subquery of its own. They must read the same row.
fn check_one_row(set: &[Set], change: &Change) -> Result<()> {
    let Some(of) = set.iter().find_map(|set| set.of) else { return Ok(()) };
    let starts = change.text.starts;
    let behind = Span::new(of.start.saturating_sub(starts), of.end.saturating_sub(starts)).of(&change.text.text);
    let tokens = lex(behind).map(|lexed| lexed.tokens).unwrap_or_default();
    let words = || tokens.iter().map(|token| token.span.of(behind));
    let has_limit = words().any(|word| word.eq_ignore_ascii_case("limit"));
    let mut depth = 0_usize;
    let groups = words().any(|word| {
        match word {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && ["group", "having"].iter().any(|clause| word.eq_ignore_ascii_case(clause))
    });
    let values = || set.iter().filter(|set| set.of == Some(of)).map(|set| set.value.text.as_str());
    let refuse = |message: &str, help: &str| Err(Error::new(Code::Unsupported, message).at(of).help(help));
    if has_limit || random(behind).is_some() || values().any(|value| random(value).is_some()) {
        return refuse(
            "not supported: several columns set by a subquery with `limit` or random values",
            "write `update <table> set … from <tables> where …`",
        );
    }
    if !groups && values().any(combines_rows) && !values().all(combines_rows) {
        return refuse(
            "not supported: several columns set by a subquery, of which some are aggregates and others are not",
            "use aggregates only, such as `max('n')`, or set each column by a subquery of its own",
        );
    }
    Ok(())
}

/// Whether a value calls an aggregate, or a function that may be one.
fn combines_rows(value: &str) -> bool {
    let tokens = lex(value).map(|lexed| lexed.tokens).unwrap_or_default();
    let of = |token: &Token| token.span.of(value);
    let calls = tokens
        .windows(2)
        .filter(|pair| matches!(pair, [name, next] if name.kind == TokenKind::Word && of(next) == "("));
    let mut names = calls.filter_map(<[Token]>::first).map(of);
    names.any(|name| builtin_function(name).is_none_or(|function| function.family == "aggregate"))
}

/// The first call of a function whose value is another one each time.
pub(super) fn random(text: &str) -> Option<Span> {
    let tokens = lex(text).map(|lexed| lexed.tokens).unwrap_or_default();
    let of = |token: &Token| token.span.of(text);
    let is_random = |pair: &&[Token]| matches!(pair, [name, next] if of(next) == "(" && data::is_random(&fold(of(name).trim_matches('`'))));
    tokens.windows(2).find(is_random).and_then(<[Token]>::first).map(|token| token.span)
}

fn target<'p>(change: &'p Change, parts: &mut Vec<Part<'p>>) {
    parts.extend([Part::Fixed("from"), Part::Target(&change.table.name), Part::Fixed("as")]);
    parts.push(Part::Given(change.alias.span));
}

fn filter(condition: Option<Span>, parts: &mut Vec<Part<'_>>) {
    if let Some(condition) = condition {
        parts.extend([Part::Fixed("where ("), Part::Given(condition), Part::Fixed(")")]);
    }
}

/// The number of the first clause that fits a row.
fn chosen(clauses: &[change::Clause], parts: &mut Vec<Part<'_>>) {
    parts.push(Part::Fixed("case"));
    for (number, clause) in clauses.iter().enumerate() {
        let is_new = matches!(clause.action, change::Action::Insert { .. });
        parts.extend([Part::Fixed("when"), Part::Row, Part::Fixed(if is_new { "is null" } else { "is not null" })]);
        if let Some(condition) = &clause.condition {
            parts.extend([Part::Fixed("and ("), Part::Given(condition.span), Part::Fixed(")")]);
        }
        parts.extend([Part::Fixed("then"), Part::Number(number)]);
    }
    parts.push(Part::Fixed("end"));
}

/// The values of an action, in the order of the query's columns.
fn values(action: &change::Action) -> Vec<Span> {
    match action {
        change::Action::Update(set) => set.iter().map(|set| set.value.span).collect(),
        change::Action::Delete => Vec::new(),
        change::Action::Insert { values, .. } => values.iter().map(|value| value.span).collect(),
    }
}

/// What is done, with the columns of the table and of the query; the first value is the third column of the query.
fn clauses(change: &Change, table: &Table) -> Result<Vec<Clause>> {
    let mut next = 2;
    match &change.kind {
        Kind::Update { set, .. } => Ok(vec![Clause::Update(assigned(set, table, &mut next)?)]),
        Kind::Delete { .. } => Ok(vec![Clause::Delete]),
        Kind::Merge { clauses, .. } => {
            check_reached(clauses)?;
            let clause = |clause: &change::Clause| match &clause.action {
                change::Action::Update(set) => Ok(Clause::Update(assigned(set, table, &mut next)?)),
                change::Action::Delete => Ok(Clause::Delete),
                change::Action::Insert { columns, values } => {
                    inserted(columns, values.len(), table, &mut next).map_err(|error| error.at(change.table.span()))
                }
            };
            clauses.iter().map(clause).collect()
        }
    }
}

/// Source: "MERGE INTO": of the clauses for rows of one kind, one may have no condition. Chosen: it is the last, or those behind it would do nothing.
fn check_reached(clauses: &[change::Clause]) -> Result<()> {
    for is_new in [false, true] {
        let of_kind = clauses.iter().filter(|clause| matches!(clause.action, change::Action::Insert { .. }) == is_new);
        let mut behind = of_kind.skip_while(|clause| clause.condition.is_some()).skip(1);
        if behind.next().is_some() {
            let kind = if is_new { "not matched" } else { "matched" };
            let message = format!("a `when {kind}` follows one without a condition, and is never reached");
            return Err(Error::new(Code::Semantic, message).help("put the one without a condition last"));
        }
    }
    Ok(())
}

/// Columns that get new values.
fn assigned(set: &[Set], table: &Table, next: &mut usize) -> Result<Vec<(ColumnId, usize)>> {
    let mut columns: Vec<(ColumnId, usize)> = Vec::new();
    for Set { column: name, .. } in set {
        let wrong = |message: String| Error::new(Code::Semantic, message).at(name.span);
        if table.partition_columns.iter().any(|column| column.name == name.text) {
            let message = format!("`{}` is a partition column, and cannot be updated", name.text);
            return Err(wrong(message).help("insert the rows into the other partition, and delete them from this one"));
        }
        let column = named_column(name, table)?;
        if table.columns.iter().any(|known| known.id == column && known.is_key) {
            // Source: "Delta tables": its columns cannot be updated.
            let message = format!("`{}` is in the primary key, and cannot be updated", name.text);
            return Err(wrong(message).help("delete the row and insert it again with the new key"));
        }
        if columns.iter().any(|(known, _)| *known == column) {
            return Err(wrong(format!("column `{}` is set twice", name.text)));
        }
        columns.push((column, *next));
        *next += 1;
    }
    Ok(columns)
}

fn named_column(name: &Name, table: &Table) -> Result<ColumnId> {
    let column = table.columns.iter().find(|column| column.name == name.text);
    column.map(|column| column.id).ok_or_else(|| {
        Error::new(Code::Semantic, format!("table `{}` has no column `{}`", table.name, name.text)).at(name.span)
    })
}

/// Columns of new rows; every partition column is among them.
fn inserted(names: &[Name], values: usize, table: &Table, next: &mut usize) -> Result<Clause> {
    if table.has_key() {
        let error = Error::new(Code::Unsupported, "not supported: `insert` in a merge into a table with a primary key");
        return Err(
            error.help("write `insert into`: it replaces the rows that have the same keys, and adds the others")
        );
    }
    let all: Vec<Name> = match names.is_empty() {
        true => table.all_columns().map(|column| Name { text: column.name.clone(), ..Name::default() }).collect(),
        false => names.to_vec(),
    };
    if all.len() != values {
        let message = format!("the insert gives {values} values, `{}` takes {}", table.name, all.len());
        return Err(Error::new(Code::Semantic, message));
    }
    let mut columns: Vec<(ColumnId, usize)> = Vec::new();
    let mut dynamic: Vec<(String, usize)> = Vec::new();
    for name in &all {
        let is_partition = table.partition_columns.iter().any(|column| column.name == name.text);
        let twice = dynamic.iter().any(|(known, _)| *known == name.text);
        if is_partition && !twice {
            dynamic.push((name.text.clone(), *next));
        } else {
            let column = if is_partition { None } else { Some(named_column(name, table)?) };
            match column.filter(|column| !columns.iter().any(|(known, _)| known == column)) {
                Some(column) => columns.push((column, *next)),
                None => {
                    let message = format!("column `{}` is named twice", name.text);
                    return Err(Error::new(Code::Semantic, message).at(name.span));
                }
            }
        }
        *next += 1;
    }
    if let Some(missing) =
        table.partition_columns.iter().find(|column| !dynamic.iter().any(|(name, _)| *name == column.name))
    {
        let message = format!("the insert has no value for partition column `{}`", missing.name);
        return Err(Error::new(Code::Semantic, message));
    }
    Ok(Clause::Insert { columns, dynamic })
}
