//! Variables and functions of a script: `@a := select …`, `@n bigint := 5`, `if (…) …`, `function f(@a bigint) as …`. The variables are named
//! subqueries of the statements that use them, the functions what they are called for. Source: "Script mode".
//!
//! The text of a query that uses them begins with their definitions, as they are written, and has blanks for what is between them, so
//! that every place in it stays the same. `data` reads the definitions as a `with`.

use std::collections::BTreeSet;

use super::parser::Name;
use super::statement::{QueryText, Statement, TableName};
use super::token::{Token, TokenKind};
use super::{function, local, query, session, table};
use crate::error::{Code, Error, Result};
use crate::model::{CURRENT_SCHEMA, NAMESPACE_SCHEMA, Setting};
use crate::text::{Span, fold, names_keys};

/// A variable or a function.
struct Variable {
    name: String,
    kind: Kind,
    /// Its definition, `;` apart.
    span: Span,
    /// The places in the list of the variables that it uses itself.
    uses: Vec<usize>,
    /// The place in the list of what gives it a type or columns: it can be assigned again.
    declared: Option<usize>,
    is_used: bool,
}

/// What a definition defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `@a`
    Variable,
    /// `f(…)`
    Function,
}

impl Kind {
    /// How a query writes it.
    fn shown(self, name: &str) -> String {
        match self {
            Self::Variable => format!("variable `@{name}`"),
            Self::Function => format!("function `{name}`"),
        }
    }
}

/// The variables and functions of a script so far.
#[derive(Default)]
pub struct Variables {
    known: Vec<Variable>,
    /// The tables that the script has written, each with the place behind the statement.
    written: Vec<(TableName, usize)>,
    /// The first statement behind which no variable is known.
    ended: Option<Span>,
}

impl Variables {
    /// Puts the definitions in front of the queries of a statement that uses variables, and takes note of what it defines or writes.
    ///
    /// # Errors
    /// A variable that is not defined, is defined twice, or stands where none can be.
    pub(super) fn put_in(&mut self, statement: &mut Statement, tokens: &[Token], source: &str) -> Result<()> {
        let whole =
            tokens.first().zip(tokens.last()).map_or_else(Span::default, |(first, last)| first.span.to(last.span));
        let own = match statement {
            Statement::Query(query::Statement::Variable { .. }) => used(tokens.get(2..).unwrap_or_default(), source),
            // What has the sign in it are its parameters.
            Statement::Query(query::Statement::Function { .. })
            | Statement::Function(function::Statement::CreateSql { .. }) => Vec::new(),
            _ => used(tokens, source),
        };
        let assigned = self.assigned(statement, whole)?;
        let called = self.called(tokens, source);
        let is_query = matches!(statement, Statement::Query(_) | Statement::Local(_));
        let explained = match statement {
            Statement::Local(local::Statement::Why { statement, .. }) => reads_variables(statement),
            _ => false,
        };
        if matches!(statement, Statement::Table(table::Statement::CreateView { .. })) {
            if let Some((_, span)) = own.first() {
                return Err(Error::new(Code::Semantic, "a view cannot read a variable of a script")
                    .at(*span)
                    .help("write its query into the view, as a `with`"));
            }
            if let Some((_, span)) = called.first() {
                return Err(Error::new(Code::Semantic, "a view cannot call a function of a script")
                    .at(*span)
                    .help("write its expression into the view"));
            }
        }
        if let (Statement::Function(function::Statement::CreateSql { .. }), Some((_, span))) =
            (&*statement, called.first())
        {
            return Err(Error::new(Code::Semantic, "a stored function cannot call a function of a script")
                .at(*span)
                .help("write its expression into the stored function, or store both"));
        }
        if !is_query && !own.is_empty() {
            // Principals and resources have the sign too.
            self.end(statement, whole);
            return Ok(());
        }
        let mut uses = Vec::new();
        if !matches!(statement, Statement::Local(_)) || explained {
            for (name, span) in own {
                uses.push(self.find(&name, span)?);
            }
        }
        if matches!(statement, Statement::Query(_)) || explained {
            uses.extend(called.iter().map(|(at, _)| *at));
        }
        // What is assigned has the type that was declared; in branches, the value that it had if none of them assigns it.
        let is_branched = matches!(statement, Statement::Query(query::Statement::If { .. }));
        uses.extend(assigned.iter().filter_map(|(present, _)| match is_branched {
            true => Some(*present),
            false => self.known.get(*present)?.declared,
        }));
        if let Statement::Query(query::Statement::Variable { name, defined, query, .. }) = statement
            && *defined == query::Defined::Rows
            && !assigned.is_empty()
        {
            *defined = query::Defined::Value;
            *query = QueryText::new(query::with_reading(whole.of(source), name), whole);
        }
        // The literals that are masked in records are those of one statement.
        let is_function = matches!(statement, Statement::Query(query::Statement::Function { .. }));
        if (is_function || !uses.is_empty()) && names_keys(whole.of(source)) {
            return Err(Error::new(
                Code::Unsupported,
                "not supported: functions with keys together with variables and functions of a script",
            )
            .at(whole)
            .help("write one statement without them: keys in it are masked in every record"));
        }
        let mut around = (Vec::new(), Vec::new());
        if !uses.is_empty() {
            let all = self.with_theirs(&uses);
            // An `if` defines several at once.
            let mut definitions: Vec<Span> = all.iter().filter_map(|at| Some(self.known.get(*at)?.span)).collect();
            definitions.dedup();
            // What was written before all of them is what they read.
            let first = definitions.first().map_or(0, |first| first.start);
            let written: Vec<_> = self.written.iter().filter(|(_, place)| *place > first).cloned().collect();
            let mut place = |query: &mut QueryText| {
                query.text = with_definitions(&definitions, query, source);
                query.starts = definitions.first().map_or(query.starts, |first| first.start);
                query.written.clone_from(&written);
            };
            if !queries(statement, &mut place) {
                return Err(Error::new(
                    Code::Unsupported,
                    "not supported: variables and functions of a script in this statement",
                )
                .at(whole)
                .help("queries and statements that write their rows read variables and call functions"));
            }
            for at in all {
                if let Some(variable) = self.known.get_mut(at) {
                    variable.is_used = true;
                }
            }
            around = (definitions, written);
        }
        if let Some((effects, query)) = effects_of(statement) {
            query.written.extend(place_in_effects(effects, &around.0, &around.1, source));
        }
        match statement {
            Statement::Query(query::Statement::Variable { name, defined, .. }) => {
                let declared = match assigned.first() {
                    Some((present, _)) => self.known.get(*present).and_then(|present| present.declared),
                    None => (*defined == query::Defined::Declared).then_some(self.known.len()),
                };
                self.define(Kind::Variable, &name.text, whole, uses, declared);
                Ok(())
            }
            Statement::Query(query::Statement::Function { name, .. }) => {
                let name = name.text.clone();
                if self.known.iter().any(|known| known.kind == Kind::Function && known.name == fold(&name)) {
                    return Err(defined_twice(Kind::Function, &name, whole).help("give it another name"));
                }
                self.define(Kind::Function, &name, whole, uses, None);
                Ok(())
            }
            Statement::Query(query) if matches!(query, query::Statement::If { .. }) => {
                let tables: Vec<_> = query.written().into_iter().map(|table| (table.clone(), whole.end)).collect();
                for (present, name) in assigned {
                    let declared = self.known.get(present).and_then(|present| present.declared);
                    self.define(Kind::Variable, &name, whole, uses.clone(), declared);
                }
                self.written.extend(tables);
                // Statements that take something away end variables in a branch, too.
                let ends = |part: &&query::Statement| match part {
                    query::Statement::Definition { statement, .. } => !statement.creates_table(),
                    _ => false,
                };
                if query.parts().iter().any(ends) {
                    self.ended = Some(whole);
                }
                Ok(())
            }
            other => {
                self.end(other, whole);
                Ok(())
            }
        }
    }

    fn define(&mut self, kind: Kind, name: &str, span: Span, uses: Vec<usize>, declared: Option<usize>) {
        self.known.push(Variable { name: fold(name), kind, span, uses, declared, is_used: false });
    }

    /// The variables that a statement assigns again, each with the place in the list of its present value.
    fn assigned(&self, statement: &Statement, whole: Span) -> Result<Vec<(usize, String)>> {
        let names: Vec<&Name> = match statement {
            Statement::Query(query::Statement::Variable { name, .. }) if self.present(&name.text).is_some() => {
                vec![name]
            }
            Statement::Query(query::Statement::If { assigned, .. }) => assigned.iter().collect(),
            _ => Vec::new(),
        };
        let mut found: Vec<(usize, String)> = Vec::new();
        for Name { text, span } in names {
            let declares = matches!(
                statement,
                Statement::Query(query::Statement::Variable { defined: query::Defined::Declared, .. })
            );
            let present = match self.present(text) {
                Some(present) => present,
                None => self.find(text, *span)?,
            };
            if declares || self.known.get(present).is_none_or(|known| known.declared.is_none()) {
                let error = defined_twice(Kind::Variable, text, whole);
                return Err(match declares {
                    true => error.help("give it another name"),
                    false => error.help(format!(
                        "give it another name, or a type first: `@{text} bigint;`, `@{text} table(a bigint);`"
                    )),
                });
            }
            self.find(text, *span)?;
            if !found.iter().any(|(known, _)| *known == present) {
                found.push((present, fold(text)));
            }
        }
        Ok(found)
    }

    /// The place in the list of what a variable means now.
    fn present(&self, name: &str) -> Option<usize> {
        self.known.iter().rposition(|known| known.kind == Kind::Variable && known.name == name)
    }

    /// What is said of definitions that nothing uses.
    pub(super) fn unused(&self) -> impl Iterator<Item = (Span, String)> {
        let is_used = |variable: &Variable| {
            let same = self.known.iter().filter(|known| known.kind == variable.kind && known.name == variable.name);
            variable.is_used || same.skip_while(|known| known.span != variable.span).any(|later| later.is_used)
        };
        self.known.iter().filter(move |variable| !is_used(variable)).map(|variable| {
            let shown = variable.kind.shown(&variable.name);
            (variable.span, format!("{shown} is not used: it is known only in the text that defines it"))
        })
    }

    fn find(&self, name: &str, span: Span) -> Result<usize> {
        let found = self.present(name).ok_or_else(|| {
            Error::new(Code::Semantic, format!("variable `@{name}` is not defined"))
                .at(span)
                .help(format!("define it before, in the same text: `@{name} := select …;`"))
        })?;
        match self.ended {
            Some(ended) if self.known.get(found).is_some_and(|variable| variable.span.start < ended.start) => {
                Err(Error::new(
                    Code::Unsupported,
                    format!("not supported: `@{name}` after a statement that may change what it reads"),
                )
                .at(span)
                .help("between a variable and its use, a script has only `set`, queries, inserts and new tables"))
            }
            _ => Ok(found),
        }
    }

    /// The functions of the script that are called in these tokens, by their places in the list.
    fn called(&self, tokens: &[Token], source: &str) -> Vec<(usize, Span)> {
        if self.known.iter().all(|known| known.kind == Kind::Variable) {
            return Vec::new();
        }
        let known = |name: &str| self.known.iter().position(|one| one.kind == Kind::Function && one.name == fold(name));
        let text = |at: usize| tokens.get(at).map(|token: &Token| token.span.of(source)).unwrap_or_default();
        let is_name = |token: &Token| matches!(token.kind, TokenKind::Word | TokenKind::Quoted);
        let call = |(at, token): (usize, &Token)| {
            let before = at.checked_sub(1).map(text).unwrap_or_default();
            let is_call = is_name(token) && text(at + 1) == "(" && !matches!(before, "." | ":" | "@");
            Some((is_call.then(|| known(text(at).trim_matches('`')))??, token.span))
        };
        tokens.iter().enumerate().filter_map(call).collect()
    }

    /// These definitions and those that they use, in the order of the text.
    fn with_theirs(&self, uses: &[usize]) -> Vec<usize> {
        let mut all: BTreeSet<usize> = uses.iter().copied().collect();
        // A variable uses earlier ones only.
        for at in (0..self.known.len()).rev().filter(|at| *at <= uses.iter().copied().max().unwrap_or_default()) {
            if all.contains(&at) {
                all.extend(self.known.get(at).into_iter().flat_map(|variable| &variable.uses));
            }
        }
        all.into_iter().collect()
    }

    /// Takes note of what a statement changes.
    fn end(&mut self, statement: &Statement, span: Span) {
        match statement {
            Statement::Query(
                query @ (query::Statement::Insert { .. }
                | query::Statement::CreateTableAs { .. }
                | query::Statement::MultiInsert { .. }
                | query::Statement::Change(_)),
            ) => self.written.extend(query.written().into_iter().map(|table| (table.clone(), span.end))),
            Statement::Query(
                query::Statement::Select { .. } | query::Statement::Explain { .. } | query::Statement::Cost { .. },
            )
            | Statement::Table(table::Statement::Create { .. })
            // Nothing runs.
            | Statement::Local(local::Statement::Why { .. }) => {}
            // A flag of how queries are read would give them another meaning.
            Statement::Session(session::Statement::Set { key, .. })
                if Setting::parse(key).is_none()
                    && ![NAMESPACE_SCHEMA, CURRENT_SCHEMA].iter().any(|name| key.eq_ignore_ascii_case(name)) => {}
            _ => self.ended = Some(span),
        }
    }
}

/// Whether a statement that is explained reads variables.
fn reads_variables(statement: &Statement) -> bool {
    matches!(statement, Statement::Query(query) if query.has_effects())
}

fn defined_twice(kind: Kind, name: &str, span: Span) -> Box<Error> {
    Error::new(Code::Semantic, format!("{} is defined twice", kind.shown(name))).at(span)
}

/// The variables that are named in these tokens, without `@`.
fn used(tokens: &[Token], source: &str) -> Vec<(String, Span)> {
    let pairs = tokens.windows(2);
    let variable = |pair: &[Token]| match pair {
        [sign, name]
            if sign.kind == TokenKind::Symbol
                && sign.span.of(source) == "@"
                && name.kind == TokenKind::Word
                && name.span.start == sign.span.end =>
        {
            Some((fold(name.span.of(source)), sign.span.to(name.span)))
        }
        _ => None,
    };
    pairs.filter_map(variable).collect()
}

/// Does this to each query of a statement that variables can stand in; false if it has none.
fn queries(statement: &mut Statement, work: &mut dyn FnMut(&mut QueryText)) -> bool {
    match statement {
        Statement::Query(query::Statement::Explain { statement } | query::Statement::Cost { statement })
        | Statement::Local(local::Statement::Why { statement, .. }) => queries(statement, work),
        Statement::Query(statement) => own_queries(statement, work),
        _ => false,
    }
}

fn own_queries(statement: &mut query::Statement, work: &mut dyn FnMut(&mut QueryText)) -> bool {
    match statement {
        query::Statement::Variable { query, .. }
        | query::Statement::If { query, .. }
        | query::Statement::Function { query, .. }
        | query::Statement::Select { query }
        | query::Statement::CreateTableAs { query, .. }
        | query::Statement::Insert { query, .. }
        | query::Statement::Unload { source: query::Unloaded::Query(query), .. } => {
            work(query);
            true
        }
        query::Statement::MultiInsert { inserts, .. } => {
            inserts.iter_mut().for_each(|insert| work(&mut insert.query));
            true
        }
        query::Statement::Change(change) => {
            work(&mut change.text);
            true
        }
        _ => false,
    }
}

/// What an `if` does in its branches, and its own query.
fn effects_of(statement: &mut Statement) -> Option<(&mut Vec<query::Effect>, &mut QueryText)> {
    match statement {
        Statement::Query(query::Statement::If { effects, query, .. }) => Some((effects, query)),
        Statement::Local(local::Statement::Why { statement, .. }) => effects_of(statement),
        _ => None,
    }
}

/// Puts the definitions in front of the queries of what an `if` does: those before the `if`, and the assignments before it in its branches. All
/// branches read the rows that were there before the `if`, so that none may read what it has written itself.
///
/// The tables that are written in front of an assignment or another `if` in a branch: the `if` must not read them either.
fn place_in_effects(
    effects: &mut [query::Effect],
    definitions: &[Span],
    written: &[(TableName, usize)],
    source: &str,
) -> Vec<(TableName, usize)> {
    let mut followed = Vec::new();
    let mut before = Vec::new();
    for effect in effects {
        // Wherever they are read in the `if`.
        let tables: Vec<_> = effect.statement.written().into_iter().map(|table| (table.clone(), usize::MAX)).collect();
        if effect.is_followed {
            followed.extend(tables.iter().cloned());
        }
        let earlier = before.iter().filter(|(path, _): &&(Vec<_>, Vec<_>)| !effect.excludes(path));
        let written: Vec<_> = written.iter().chain(earlier.flat_map(|(_, tables)| tables)).cloned().collect();
        let mut all: Vec<Span> = definitions.iter().chain(&effect.before).copied().collect();
        all.dedup();
        let mut place = |query: &mut QueryText| {
            if let Some(first) = all.first() {
                query.text = with_definitions(&all, query, source);
                query.starts = first.start;
            }
            query.written.clone_from(&written);
        };
        own_queries(&mut effect.statement, &mut place);
        before.push((effect.path.clone(), tables));
    }
    followed
}

/// The definitions as they stand, each with its `;`, blanks for what is between them, and the query.
fn with_definitions(definitions: &[Span], query: &QueryText, source: &str) -> String {
    let mut text = String::new();
    let next = definitions.iter().skip(1).map(|next| next.start).chain([query.span.start]);
    for (definition, next) in definitions.iter().zip(next) {
        text.push_str(definition.of(source));
        // An `if` may have no sign at its end.
        let gap = Span::new(definition.end, next);
        let sign = gap.of(source).find(';').map(|at| definition.end + at);
        text.push_str(&blank(Span::new(definition.end, sign.unwrap_or(next)), source));
        if let Some(sign) = sign {
            text.push(';');
            text.push_str(&blank(Span::new(sign + 1, next), source));
        }
    }
    text.push_str(&query.text);
    text
}

fn blank(span: Span, source: &str) -> String {
    span.of(source).bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}
