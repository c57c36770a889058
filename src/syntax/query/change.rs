//! Statements that change single rows of a transactional table: `update`, `delete`, `merge`.
//!
//! Expressions are not read here: each is a piece of the statement's text, with its place, for the planner.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::preceded;

use crate::error::{Code, Error};
use crate::syntax::parser::{Miss, Name, Parsed, Tokens, keyword, keywords, list, name, parenthesised, symbol, wrong};
use crate::syntax::phrase::table_name;
use crate::syntax::token::TokenKind;
use crate::syntax::{QueryText, TableName};
use crate::text::Span;

/// `update`, `delete` or `merge`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The statement, as typed.
    pub text: QueryText,
    /// The table whose rows change.
    pub table: TableName,
    /// What its rows are called.
    pub alias: Name,
    /// What changes.
    pub kind: Kind,
}

/// Which rows change, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `set … [from …] [where …]`
    Update {
        /// Columns and their new values.
        set: Vec<Set>,
        /// Other tables.
        from: Vec<QueryText>,
        /// The rows that change; without it, all.
        condition: Option<QueryText>,
    },
    /// `from … [where …]`
    Delete {
        /// The rows that go; without it, all.
        condition: Option<QueryText>,
    },
    /// `using … on … when …`
    Merge {
        /// A table or subquery, with its alias.
        source: QueryText,
        /// Which rows of both belong together.
        on: QueryText,
        /// What is done; of several that fit, the first.
        clauses: Vec<Clause>,
    },
}

/// One `when` of a `merge`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// What stands behind `and`.
    pub condition: Option<QueryText>,
    /// What is done.
    pub action: Action,
}

/// What a `merge` does with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `when matched … then update set …`
    Update(Vec<Set>),
    /// `when matched … then delete`
    Delete,
    /// `when not matched … then insert [(…)] values (…)`
    Insert {
        /// The columns that get values; without them, all, in order.
        columns: Vec<Name>,
        /// The values.
        values: Vec<QueryText>,
    },
}

/// A column and its new value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// The column.
    pub column: Name,
    /// The value.
    pub value: QueryText,
    /// What stands behind the list of the subquery whose list the value is an item of.
    pub of: Option<Span>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// Words that cannot be an alias without `as`: they begin what follows.
const BEHIND: [&str; 7] = ["set", "where", "from", "using", "on", "when", "as"];

/// Reads `update`, `delete` or `merge`.
pub fn change(tokens: Tokens<'_>) -> Parsed<'_, Change> {
    let (rest, (table, alias, kind)) = alt((update, delete, merge)).parse(tokens)?;
    let span = tokens.rest_span();
    let text = QueryText::new(span.of(tokens.source()).to_owned(), span);
    Ok((rest, Change { text, table, alias, kind }))
}

fn update(tokens: Tokens<'_>) -> Parsed<'_, (TableName, Name, Kind)> {
    let (tokens, (table, alias)) = preceded(keyword("update"), target).parse(tokens)?;
    let (tokens, set) = preceded(keyword("set"), assignments(&alias, &table)).parse(tokens)?;
    let (tokens, from) = opt(preceded(keyword("from"), list(source))).parse(tokens)?;
    let (tokens, condition) = opt(preceded(keyword("where"), piece(&[]))).parse(tokens)?;
    Ok((tokens, (table, alias, Kind::Update { set, from: from.unwrap_or_default(), condition })))
}

fn delete(tokens: Tokens<'_>) -> Parsed<'_, (TableName, Name, Kind)> {
    let (tokens, (table, alias)) = preceded(keywords("delete from"), target).parse(tokens)?;
    let (tokens, condition) = opt(preceded(keyword("where"), piece(&[]))).parse(tokens)?;
    Ok((tokens, (table, alias, Kind::Delete { condition })))
}

fn merge(tokens: Tokens<'_>) -> Parsed<'_, (TableName, Name, Kind)> {
    let (tokens, (table, alias)) = preceded(keywords("merge into"), target).parse(tokens)?;
    let (tokens, source) = preceded(keyword("using"), source).parse(tokens)?;
    let (mut tokens, on) = preceded(keyword("on"), plain(&["when"])).parse(tokens)?;
    let mut clauses = Vec::new();
    loop {
        let (rest, clause) = clause(&alias, &table).parse(tokens)?;
        clauses.push(clause);
        tokens = rest;
        if tokens.is_empty() {
            return Ok((tokens, (table, alias, Kind::Merge { source, on, clauses })));
        }
    }
}

/// `when [not] matched [and <condition>] then …`
fn clause<'a>(alias: &Name, table: &TableName) -> impl Parser<Tokens<'a>, Output = Clause, Error = Miss> {
    move |tokens: Tokens<'a>| {
        let (tokens, negated) = preceded(keyword("when"), opt(keyword("not"))).parse(tokens)?;
        let (tokens, _) = keyword("matched").parse(tokens)?;
        if let Ok((_, span)) = keywords("by source").parse(tokens) {
            let error = Error::new(Code::Unsupported, "not supported: `when not matched by source`").at(span);
            return wrong(error.help("write an `update` or `delete` with `where not exists (…)` after the merge"));
        }
        let tokens = if negated.is_some() { opt(keywords("by target")).parse(tokens)?.0 } else { tokens };
        let (tokens, condition) = opt(preceded(keyword("and"), plain(&["then"]))).parse(tokens)?;
        let (tokens, _) = keyword("then").parse(tokens)?;
        let update = preceded(keywords("update set"), assignments(alias, table)).map(Action::Update);
        let (tokens, action) = match negated {
            Some(_) => insert(tokens)?,
            None => alt((update, value(Action::Delete, keyword("delete")))).parse(tokens)?,
        };
        if let Action::Update(set) = &action
            && let Some(of) = set.iter().find_map(|set| set.of)
        {
            let error = Error::new(Code::Semantic, "the values of a merge have no subqueries").at(of);
            return wrong(error.help("join the other table in the source: `using (select … from … join …) <alias>`"));
        }
        Ok((tokens, Clause { condition, action }))
    }
}

/// `insert [(<columns>)] values (<values>)`
fn insert(tokens: Tokens<'_>) -> Parsed<'_, Action> {
    let (tokens, columns) = preceded(keyword("insert"), opt(parenthesised(list(name)))).parse(tokens)?;
    let (tokens, values) = preceded(keyword("values"), parenthesised(list(piece(&[])))).parse(tokens)?;
    Ok((tokens, Action::Insert { columns: columns.unwrap_or_default(), values }))
}

/// `<table> [[as] <alias>]`: without an alias, rows are called by the name of the table.
fn target(tokens: Tokens<'_>) -> Parsed<'_, (TableName, Name)> {
    let (tokens, table) = table_name(tokens)?;
    let (tokens, alias) = alias(tokens)?;
    let alias = alias.unwrap_or_else(|| table.name.clone());
    Ok((tokens, (table, alias)))
}

fn alias(tokens: Tokens<'_>) -> Parsed<'_, Option<Name>> {
    if let Ok((rest, _)) = keyword("as").parse(tokens) {
        return name.map(Some).parse(rest);
    }
    match name(tokens) {
        Ok((rest, alias)) if !is_word(tokens, &BEHIND) => Ok((rest, Some(alias))),
        _ => Ok((tokens, None)),
    }
}

/// A table or a subquery with its alias. Nothing else: it stands in the `from` of a query.
fn source(tokens: Tokens<'_>) -> Parsed<'_, QueryText> {
    let (rest, ()) = alt((enclosed, table_name.map(|_| ()))).parse(tokens)?;
    let (rest, alias) = alias(rest)?;
    let rest = if alias.is_some() { opt(parenthesised(list(name))).parse(rest)?.0 } else { rest };
    Ok((rest, between(tokens, rest)))
}

/// A parenthesis and everything up to the one that closes it.
fn enclosed(tokens: Tokens<'_>) -> Parsed<'_, ()> {
    symbol("(").parse(tokens)?;
    let mut depth = 0_usize;
    for (at, token) in tokens.list().iter().enumerate() {
        match token.span.of(tokens.source()) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Ok((nom::Input::take_from(&tokens, at + 1), ()));
        }
    }
    nom::Input::take_from(&tokens, tokens.list().len()).miss("`)`")
}

/// `<column> = <value>, …`, `(<columns>) = (<values>)`
fn assignments<'a>(alias: &Name, table: &TableName) -> impl Parser<Tokens<'a>, Output = Vec<Set>, Error = Miss> {
    let known = [alias.text.clone(), table.name.text.clone()];
    move |tokens: Tokens<'a>| {
        let column = |tokens| assigned(&known, tokens);
        let together = (parenthesised(list(column)), symbol("="), parenthesised(list(piece(&[]))));
        if let Ok((rest, (columns, _, values))) = { together }.parse(tokens) {
            let first = values.first().map(|value| value.span).unwrap_or_default();
            return match paired(columns, values, None) {
                Ok(set) => Ok((rest, set)),
                Err(error) => wrong(error.at(first)),
            };
        }
        if let Ok((rest, (columns, _))) = (parenthesised(list(column)), symbol("=")).parse(tokens)
            && let Ok((rest, (values, of))) = listed(rest)
        {
            return match paired(columns, values, Some(of)) {
                Ok(set) => Ok((rest, set)),
                Err(error) => wrong(error.at(of)),
            };
        }
        let single = (column, symbol("="), piece(&["where", "from", "when"]));
        list(single.map(|(column, _, value)| Set { column, value, of: None })).parse(tokens)
    }
}

/// Each column with its value.
fn paired(columns: Vec<Name>, values: Vec<QueryText>, of: Option<Span>) -> Result<Vec<Set>, Box<Error>> {
    if columns.len() != values.len() {
        let message = format!("{} columns are set to {} values", columns.len(), values.len());
        return Err(Error::new(Code::Parse, message));
    }
    Ok(columns.into_iter().zip(values).map(|(column, value)| Set { column, value, of }).collect())
}

/// `(select <values> from …)`: the values, and what stands behind them. Source: "UPDATE".
fn listed(tokens: Tokens<'_>) -> Parsed<'_, (Vec<QueryText>, Span)> {
    let (inside, _) = (symbol("("), keyword("select")).parse(tokens)?;
    if is_word(inside, &["distinct", "all"]) {
        return inside.miss("an expression");
    }
    let (behind, values) = list(piece(&["from"])).parse(inside)?;
    let (rest, ()) = enclosed(tokens)?;
    let taken = behind.list().len().saturating_sub(rest.list().len() + 1);
    keyword("from").parse(behind)?;
    Ok((rest, (values, nom::Input::take(&behind, taken).rest_span())))
}

/// A column, by its name alone or behind what the rows of the target are called.
fn assigned<'a>(known: &[String], tokens: Tokens<'a>) -> Parsed<'a, Name> {
    let (rest, first) = name(tokens)?;
    let Ok((rest, _)) = symbol(".").parse(rest) else { return Ok((rest, first)) };
    if !known.contains(&first.text) {
        let error = Error::new(Code::Semantic, format!("`{}` is not the table that is changed", first.text));
        return wrong(error.at(first.span).help("only columns of the target can be set"));
    }
    name(rest)
}

/// An expression that ends where one of these words stands, a comma, or the parenthesis around it.
fn piece<'a>(ends: &'static [&'static str]) -> impl Parser<Tokens<'a>, Output = QueryText, Error = Miss> {
    move |tokens: Tokens<'a>| {
        let (mut depth, mut cases, mut taken) = (0_usize, 0_usize, 0);
        let (mut after_point, mut after_distinct) = (false, false);
        for token in tokens.list() {
            let text = token.span.of(tokens.source());
            let is_keyword = token.kind == TokenKind::Word && !after_point;
            let is = |word: &str| is_keyword && text.eq_ignore_ascii_case(word);
            // `is distinct from` compares.
            let top = depth == 0 && cases == 0 && !(after_distinct && is("from"));
            if top && (ends.iter().any(|end| is(end)) || matches!(text, ")" | ",")) {
                break;
            }
            match text {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                _ if is("case") => cases += 1,
                _ if is("end") => cases = cases.saturating_sub(1),
                _ => {}
            }
            (after_point, after_distinct) = (text == ".", is("distinct"));
            taken += 1;
        }
        let rest = nom::Input::take_from(&tokens, taken);
        let first = tokens.list().first().map(|token| token.span.of(tokens.source()));
        // A star is not a value here, and a query needs parentheses.
        if first.is_some_and(|first| {
            first == "*" || ["select", "with", "from"].iter().any(|word| first.eq_ignore_ascii_case(word))
        }) {
            return tokens.miss("an expression");
        }
        if taken == 0 || depth > 0 {
            return rest.miss(if depth > 0 { "`)`" } else { "an expression" });
        }
        Ok((rest, between(tokens, rest)))
    }
}

/// An expression without subqueries. Source: "MERGE INTO", limits.
fn plain<'a>(ends: &'static [&'static str]) -> impl Parser<Tokens<'a>, Output = QueryText, Error = Miss> {
    move |tokens: Tokens<'a>| {
        let (rest, text) = piece(ends).parse(tokens)?;
        let inside = tokens.list().iter().take_while(|token| token.span.end <= text.span.end);
        let mut words = inside.filter(|token| token.kind == TokenKind::Word);
        match words.find(|token| token.span.of(tokens.source()).eq_ignore_ascii_case("select")) {
            None => Ok((rest, text)),
            Some(select) => {
                let error = Error::new(Code::Semantic, "the conditions of a merge have no subqueries").at(select.span);
                wrong(error.help("join the other table in the source: `using (select … from … join …) <alias>`"))
            }
        }
    }
}

/// The text from one place to another.
fn between<'a>(tokens: Tokens<'a>, rest: Tokens<'a>) -> QueryText {
    let taken = tokens.list().len().saturating_sub(rest.list().len());
    let span = nom::Input::take(&tokens, taken).rest_span();
    let span = if taken == 0 { Span::new(span.start, span.start) } else { span };
    QueryText::new(span.of(tokens.source()).to_owned(), span)
}

fn is_word(tokens: Tokens<'_>, words: &[&str]) -> bool {
    let first = tokens.list().first().filter(|token| token.kind == TokenKind::Word);
    first.is_some_and(|token| words.iter().any(|word| token.span.of(tokens.source()).eq_ignore_ascii_case(word)))
}
