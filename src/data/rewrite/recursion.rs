//! `with recursive`: written out, as often as it may be repeated. Source: "Common table expressions", recursive.
//!
//! What is repeated reads the rows of the step before, each row by itself. So the rows of all steps are those that the beginning gives, and those
//! that the repeated part makes of the rows of all steps but the last: each step is in the query once. A second chain, of the last step alone,
//! fails if there are rows of one step more.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Cte, Expr, GroupByExpr, Ident, JoinOperator, LimitClause, ObjectName, ObjectNamePart, Query, Select, SelectItem,
    SetExpr, SetOperator, SetQuantifier, TableAlias, TableFactor, TableWithJoins, Value, WildcardAdditionalOptions,
    visit_expressions, visit_relations,
};

use super::Rewriter;
use super::expression::call;
use super::query::{plain, select_from};
use crate::data::functions::context::is_random;
use crate::data::functions::registry;
use crate::error::{Code, Result};
use crate::text::fold;

/// Most subqueries behind one `with recursive`, of which each is written out. Chosen.
const RECURSIONS: usize = 8;

/// The parts of a recursive named subquery.
struct Recursion<'c> {
    cte: &'c Cte,
    /// What its name is while it is written out: no query can name these.
    prefix: String,
    /// The rows of the first step.
    beginning: SetExpr,
    /// What makes the rows of the next step.
    step: Select,
}

impl Rewriter<'_> {
    /// The named subqueries of `with recursive`, those that read themselves written out.
    pub(super) fn all_unrolled(&mut self, defined: Vec<Cte>) -> Result<Vec<Cte>> {
        let mut all = Vec::with_capacity(defined.len());
        let before = self.recursions;
        for cte in defined {
            all.extend(self.unrolled(cte, self.recursions - before)?);
        }
        // The rows of a variable are drawn anew for each step that reads it.
        let random = |cte: &&Cte| cte.alias.name.value.starts_with('@') && draws_rows(&cte.query.body);
        if let (true, Some(cte)) = (self.recursions > before, all.iter().find(random)) {
            let message = "a recursive subquery together with a variable whose rows have random values";
            let error = self.error(Code::Semantic, message, cte.alias.name.span);
            return Err(error.help("write the rows of the variable to a table first"));
        }
        Ok(all)
    }

    /// The named subqueries that one of `with recursive` stands for; itself alone if it does not read itself. `number` says how many before it do.
    fn unrolled(&mut self, cte: Cte, number: usize) -> Result<Vec<Cte>> {
        let name = fold(&cte.alias.name.value);
        if references(cte.query.as_ref(), &name) == 0 {
            return Ok(vec![cte]);
        }
        self.recursions += 1;
        if number >= RECURSIONS {
            let message = format!("more than {RECURSIONS} subqueries behind one `with recursive`");
            let error = self.error(Code::Unsupported, message, cte.alias.name.span);
            return Err(error.help("write the rows of some of them to tables first"));
        }
        let (beginning, step) = self.parts(&cte, &name)?;
        let recursion = Recursion { cte: &cte, prefix: format!(":{number}"), beginning, step };
        Ok(recursion.steps(&name, self.dialect.iterations))
    }

    /// The beginning and the repeated part.
    fn parts(&self, cte: &Cte, name: &str) -> Result<(SetExpr, Select)> {
        let place = cte.alias.name.span;
        let refuse = |what: &str, help: &str| {
            let message = format!("recursive subquery `{name}` {what}");
            Err(self.error(Code::Semantic, message, place).help(help))
        };
        let form = "write `with recursive <name> as (<beginning> union all select … from <name> …)`";
        let Query { with, body, order_by, limit_clause, .. } = cte.query.as_ref();
        if with.is_some() || order_by.is_some() || limit_clause.is_some() {
            return refuse("has a `with`, `order by` or `limit` of its own", form);
        }
        let SetExpr::SetOperation { op: SetOperator::Union, set_quantifier: SetQuantifier::All, left, right } =
            body.as_ref()
        else {
            return refuse("is not two parts with `union all`", form);
        };
        if references(left.as_ref(), name) > 0 {
            return refuse("reads itself in its first part", form);
        }
        let SetExpr::Select(step) = within(right) else {
            return refuse("has a second part that is not one `select`", form);
        };
        if references(step.as_ref(), name) != 1 || !step.from.iter().any(|tables| reads(tables, name)) {
            return refuse(
                "reads itself other than once, in the `from` of its second part, where each of its rows counts alone",
                "join it with `join` or as the left side of `left join`; name it in no subquery, and only once",
            );
        }
        if !is_by_row(step) {
            return refuse(
                "combines rows in its second part, with a window, `distinct`, `group by` or an order",
                "calculate them in the query that reads it, or in a subquery before it",
            );
        }
        for part in [left.as_ref(), right.as_ref()] {
            if calls(part, is_random) {
                return refuse("has random values", "draw them in a table before");
            }
        }
        if calls(&SetExpr::Select(step.clone()), |function| !registry().has_scalar(function)) {
            return refuse(
                "calls an aggregate or a function of users in its second part",
                "call it in the query that reads the subquery",
            );
        }
        Ok((left.as_ref().clone(), step.as_ref().clone()))
    }
}

impl Recursion<'_> {
    fn steps(&self, name: &str, most: u32) -> Vec<Cte> {
        let beginning = self.named("0");
        let mut all = vec![self.part("0", self.beginning.clone())];
        let (mut rows, mut last) = (beginning.clone(), beginning.clone());
        for number in 1..=most {
            let next = self.named(&format!("r{number}"));
            all.push(self.part(&format!("r{number}"), union(everything(&beginning, None), self.step(name, &rows))));
            rows = next;
        }
        let none = Expr::Value(Value::Boolean(false).with_empty_span());
        for number in 1..=most + 1 {
            let key = format!("l{number}");
            // The beginning gives names and types, and no row.
            all.push(self.part(&key, union(everything(&beginning, Some(none.clone())), self.step(name, &last))));
            last = self.named(&key);
        }
        let message = format!("recursive-cte {name} exceeds max iterate number {most}");
        let literal = |value: Value| Expr::Value(value.with_empty_span());
        let fails = call("failif", [literal(Value::Boolean(true)), literal(Value::SingleQuotedString(message))]);
        // Nothing moves a filter below a limit: only rows of the last step make it fail, whatever the reader does with them.
        let mut limited = |key: &str, body: SetExpr| {
            let mut part = self.part(key, body);
            let limit = Some(literal(Value::Number("1".to_owned(), false)));
            part.query.limit_clause = Some(LimitClause::LimitOffset { limit, offset: None, limit_by: Vec::new() });
            all.push(part);
        };
        limited("one", everything(&last, None));
        limited("none", everything(&self.named("one"), Some(fails)));
        let body = union(everything(&rows, None), everything(&self.named("none"), None));
        all.push(Cte { query: Box::new(plain(body)), ..self.cte.clone() });
        all
    }

    fn named(&self, key: &str) -> String {
        format!("{}:{key}", self.prefix)
    }

    fn part(&self, key: &str, body: SetExpr) -> Cte {
        let mut part = Cte { query: Box::new(plain(body)), ..self.cte.clone() };
        part.alias.name.value = self.named(key);
        part.alias.name.quote_style = Some('`');
        part
    }

    /// The repeated part, on the rows of a named subquery.
    fn step(&self, name: &str, rows: &str) -> SetExpr {
        let mut step = self.step.clone();
        for tables in &mut step.from {
            let joined = tables.joins.iter_mut().map(|join| &mut join.relation);
            for factor in std::iter::once(&mut tables.relation).chain(joined) {
                put(factor, name, rows);
            }
        }
        SetExpr::Select(Box::new(step))
    }
}

/// Puts a named subquery where this name is read; it is still called by the name.
fn put(factor: &mut TableFactor, name: &str, rows: &str) {
    if let TableFactor::Table { name: table, alias, .. } = factor
        && is_name(table, name)
    {
        let called = alias.take().unwrap_or_else(|| TableAlias {
            explicit: true,
            name: Ident::with_quote('`', name),
            columns: Vec::new(),
            at: None,
        });
        *alias = Some(called);
        *table = ObjectName(vec![ObjectNamePart::Identifier(Ident::with_quote('`', rows))]);
    }
}

fn union(left: SetExpr, right: SetExpr) -> SetExpr {
    SetExpr::SetOperation {
        op: SetOperator::Union,
        set_quantifier: SetQuantifier::All,
        left: Box::new(left),
        right: Box::new(right),
    }
}

/// `select * from <name> [where …]`
fn everything(name: &str, condition: Option<Expr>) -> SetExpr {
    let star = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
    let mut all = select_from(star, vec![super::from::named(name)]);
    if let SetExpr::Select(select) = &mut all {
        select.selection = condition;
    }
    all
}

/// What is inside parentheses.
fn within(part: &SetExpr) -> &SetExpr {
    match part {
        SetExpr::Query(query) if query.with.is_none() && query.order_by.is_none() && query.limit_clause.is_none() => {
            within(&query.body)
        }
        other => other,
    }
}

fn is_name(table: &ObjectName, name: &str) -> bool {
    matches!(table.0.as_slice(), [ObjectNamePart::Identifier(only)] if fold(&only.value) == name)
}

/// How often a name is read.
fn references<V: datafusion::sql::sqlparser::ast::Visit>(part: &V, name: &str) -> usize {
    let mut count = 0;
    let _: ControlFlow<()> = visit_relations(part, |table| {
        count += usize::from(is_name(table, name));
        ControlFlow::Continue(())
    });
    count
}

/// Whether the name is among these tables where each of its rows gives rows of its own.
fn reads(tables: &TableWithJoins, name: &str) -> bool {
    let is_it = |factor: &TableFactor| matches!(factor, TableFactor::Table { name: table, .. } if is_name(table, name));
    let inner = |join: &JoinOperator| {
        matches!(join, JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::CrossJoin(_))
    };
    let keeps_left = |join: &JoinOperator| {
        inner(join)
            || matches!(
                join,
                JoinOperator::Left(_)
                    | JoinOperator::LeftOuter(_)
                    | JoinOperator::LeftSemi(_)
                    | JoinOperator::LeftAnti(_)
            )
    };
    let behind = match tables.joins.iter().position(|join| is_it(&join.relation)) {
        Some(at) if !tables.joins.get(at).is_some_and(|join| inner(&join.join_operator)) => return false,
        Some(at) => at + 1,
        None if is_it(&tables.relation) => 0,
        None => return false,
    };
    tables.joins.iter().skip(behind).all(|join| keeps_left(&join.join_operator))
}

/// Whether it makes its rows of single rows.
fn is_by_row(select: &Select) -> bool {
    let has_window = |value: &Expr| matches!(value, Expr::Function(function) if function.over.is_some());
    let windows: ControlFlow<()> = visit_expressions(select, |value| match has_window(value) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    });
    windows.is_continue()
        && select.distinct.is_none()
        && select.top.is_none()
        && select.having.is_none()
        && select.qualify.is_none()
        && select.named_window.is_empty()
        && select.sort_by.is_empty()
        && select.distribute_by.is_empty()
        && select.cluster_by.is_empty()
        && matches!(&select.group_by, GroupByExpr::Expressions(columns, modifiers) if columns.is_empty() && modifiers.is_empty())
}

/// Whether a query draws random values of rows.
fn draws_rows(body: &SetExpr) -> bool {
    let is_one_row = matches!(body, SetExpr::Select(select) if select.from.is_empty());
    !is_one_row && calls(body, is_random)
}

/// Whether a function of this kind is called.
fn calls(part: &SetExpr, is_it: impl Fn(&str) -> bool) -> bool {
    let found: ControlFlow<()> = visit_expressions(part, |value| match value {
        Expr::Function(function) if is_it(&fold(&function.name.to_string())) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
}
