//! Variables and functions of a script: `@a := select …`, `function f(@a bigint) as …`. The variables are named subqueries of the statements
//! that use them, the functions what they are called for. Source: "Script mode".
//!
//! The text of a query that uses them begins with their definitions, as they are written, and has blanks for what is between them, so
//! that every place in it stays the same. `data` reads the definitions as a `with`.

use std::collections::BTreeSet;

use super::statement::{QueryText, Statement, TableName};
use super::token::{Token, TokenKind};
use super::{query, session, table};
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
    /// How many tables had been written before it.
    written: usize,
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
    /// The tables that the script has written.
    written: Vec<TableName>,
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
            Statement::Query(query::Statement::Function { .. }) => Vec::new(),
            _ => used(tokens, source),
        };
        let called = self.called(tokens, source);
        let is_query = matches!(statement, Statement::Query(_) | Statement::Local(_));
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
        if !is_query && !own.is_empty() {
            // Principals and resources have the sign too.
            self.end(statement, whole);
            return Ok(());
        }
        let mut uses = Vec::new();
        if !matches!(statement, Statement::Local(_)) {
            for (name, span) in own {
                uses.push(self.find(&name, span)?);
            }
        }
        if matches!(statement, Statement::Query(_)) {
            uses.extend(called.iter().map(|(at, _)| *at));
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
        if !uses.is_empty() {
            let all = self.with_theirs(&uses);
            let read = all.iter().filter_map(|at| self.known.get(*at)).filter(|known| known.kind == Kind::Variable);
            let since = read.map(|variable| variable.written).min().unwrap_or(self.written.len());
            let written = self.written.get(since..).unwrap_or_default().to_vec();
            let definitions: Vec<Span> = all.iter().filter_map(|at| Some(self.known.get(*at)?.span)).collect();
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
                .help("`select`, `insert` and `create table … as` read variables and call functions"));
            }
            for at in all {
                if let Some(variable) = self.known.get_mut(at) {
                    variable.is_used = true;
                }
            }
        }
        match statement {
            Statement::Query(query::Statement::Variable { name, .. }) => {
                self.define(Kind::Variable, &name.text, whole, uses)
            }
            Statement::Query(query::Statement::Function { name, .. }) => {
                self.define(Kind::Function, &name.text, whole, uses)
            }
            other => {
                self.end(other, whole);
                Ok(())
            }
        }
    }

    fn define(&mut self, kind: Kind, name: &str, span: Span, uses: Vec<usize>) -> Result<()> {
        let name = fold(name);
        if self.known.iter().any(|known| known.kind == kind && known.name == name) {
            let error = Error::new(Code::Semantic, format!("{} is defined twice", kind.shown(&name)));
            return Err(error.at(span).help("give it another name"));
        }
        self.known.push(Variable { name, kind, span, uses, written: self.written.len(), is_used: false });
        Ok(())
    }

    /// What is said of definitions that nothing uses.
    pub(super) fn unused(&self) -> impl Iterator<Item = (Span, String)> {
        self.known.iter().filter(|variable| !variable.is_used).map(|variable| {
            let shown = variable.kind.shown(&variable.name);
            (variable.span, format!("{shown} is not used: it is known only in the text that defines it"))
        })
    }

    fn find(&self, name: &str, span: Span) -> Result<usize> {
        let is_it = |known: &Variable| known.kind == Kind::Variable && known.name == name;
        let found = self.known.iter().position(is_it).ok_or_else(|| {
            Error::new(Code::Semantic, format!("variable `@{name}` is not defined"))
                .at(span)
                .help(format!("define it before, in the same text: `@{name} := select …;`"))
        })?;
        match self.ended {
            Some(ended) if self.known.get(found).is_some_and(|variable| variable.span.start < ended.start) => {
                Err(Error::new(
                    Code::Unsupported,
                    format!("not supported: `@{name}` behind a statement that may change what it reads"),
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
                query::Statement::Insert { table, .. } | query::Statement::CreateTableAs { table, .. },
            ) => {
                self.written.push(table.clone());
            }
            Statement::Query(query::Statement::MultiInsert { inserts, .. }) => {
                self.written.extend(inserts.iter().map(|insert| insert.table.clone()));
            }
            Statement::Query(
                query::Statement::Select { .. } | query::Statement::Explain { .. } | query::Statement::Cost { .. },
            )
            | Statement::Table(table::Statement::Create { .. }) => {}
            // A flag of how queries are read would give them another meaning.
            Statement::Session(session::Statement::Set { key, .. })
                if Setting::parse(key).is_none()
                    && ![NAMESPACE_SCHEMA, CURRENT_SCHEMA].iter().any(|name| key.eq_ignore_ascii_case(name)) => {}
            _ => self.ended = Some(span),
        }
    }
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
        Statement::Query(
            query::Statement::Variable { query, .. }
            | query::Statement::Function { query, .. }
            | query::Statement::Select { query }
            | query::Statement::CreateTableAs { query, .. }
            | query::Statement::Insert { query, .. },
        ) => {
            work(query);
            true
        }
        Statement::Query(query::Statement::MultiInsert { inserts, .. }) => {
            inserts.iter_mut().for_each(|insert| work(&mut insert.query));
            true
        }
        Statement::Query(query::Statement::Explain { statement } | query::Statement::Cost { statement }) => {
            queries(statement, work)
        }
        _ => false,
    }
}

/// The definitions as they stand, each with `;`, blanks for what is between them, and the query.
fn with_definitions(definitions: &[Span], query: &QueryText, source: &str) -> String {
    let mut text = String::new();
    let mut at = definitions.first().map_or(query.span.start, |first| first.start);
    for definition in definitions {
        text.push_str(&blank(Span::new(at, definition.start), source));
        text.push_str(definition.of(source));
        at = definition.end;
        // A definition that something follows ends with its sign.
        let closing = Span::new(at, query.span.start).of(source).find(';').unwrap_or_default();
        text.push_str(&blank(Span::new(at, at + closing), source));
        text.push(';');
        at += closing + 1;
    }
    text.push_str(&blank(Span::new(at, query.span.start), source));
    text.push_str(&query.text);
    text
}

fn blank(span: Span, source: &str) -> String {
    span.of(source).bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}
