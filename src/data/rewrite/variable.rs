//! Variables of a script where an expression stands: the one value of a variable, and the branch of an `if` that counts.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident, ObjectName, ObjectNamePart,
    Query, SelectItem, SetExpr, TableAlias, TableFactor, TableWithJoins, Visit, Visitor, WildcardAdditionalOptions,
    visit_expressions,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::expression::{call, text};
use super::function::literal;
use super::{Rewriter, from, query};
use crate::data::functions::context::{drawn_once, is_drawn_once, is_random};
use crate::data::functions::first_of::FIRST_OF;
use crate::data::functions::registry;
use crate::data::tokens::{BRANCH, VALUES};
use crate::error::Result;
use crate::text::fold;

/// Random values of one definition, which are the same wherever its variable is named.
#[derive(Debug)]
pub(super) struct Draws {
    /// The place of the definition in the script.
    place: usize,
    /// How many it has had so far.
    count: usize,
}

impl Rewriter<'_> {
    /// The value of a variable; none if it has none here. One that is an expression stands here itself: a condition on a partition is one, and
    /// values that name each other are not nested. One of rows is a subquery.
    pub(super) fn value_of_variable(&mut self, name: &Ident) -> Result<Option<Expr>> {
        let Some(named) = self.scopes.visible(&name.value) else { return Ok(None) };
        if let Some(value) = named.tree.as_ref().and_then(|tree| expression(&tree.query)).cloned() {
            let (weight, levels) = (named.weight, named.levels);
            if has_subquery(&value) {
                self.expand(weight, name.span)?;
                self.nest(levels, name.span)?;
            }
            self.scopes.write_out(&name.value);
            return Ok(Some(Expr::Nested(Box::new(value))));
        }
        let named = ObjectName(vec![ObjectNamePart::Identifier(name.clone())]);
        let alias =
            TableAlias { explicit: true, name: Ident::with_quote('`', "variable:"), columns: Vec::new(), at: None };
        let everything = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
        let mut value = query::plain(query::select_from(everything, vec![from::table(named, alias)]));
        self.query(&mut value)?;
        Ok(Some(Expr::Subquery(Box::new(value))))
    }

    /// `@s.a`: a field of the value of a variable, unless it is a table here whose column this could be.
    pub(super) fn field_of_variable(&mut self, names: &[Ident]) -> Result<Option<Expr>> {
        let Some((variable, fields)) = names.split_first().filter(|(first, _)| first.value.starts_with('@')) else {
            return Ok(None);
        };
        let mut variable = variable.clone();
        self.identifier(&mut variable)?;
        if self.variables.contains(&variable.value) {
            return Ok(None);
        }
        let Some(value) = self.value_of_variable(&variable)? else { return Ok(None) };
        let names: Vec<String> = fields.iter().map(|field| spelled(&value, &field.value)).collect();
        let field = |value, name| call("get_field", [value, text(name)]);
        Ok(Some(names.into_iter().fold(value, field)))
    }

    /// The variables that are tables in this part of a query. How many were known before.
    pub(super) fn enter_variables(&mut self, body: &SetExpr) -> usize {
        match body {
            SetExpr::Select(select) => self.enter_tables(&select.from),
            _ => self.variables.len(),
        }
    }

    /// The variables among these tables. How many were known before.
    pub(super) fn enter_tables(&mut self, from: &[TableWithJoins]) -> usize {
        let before = self.variables.len();
        from.iter().for_each(|tables| self.enter_joined(tables));
        before
    }

    fn enter_joined(&mut self, tables: &TableWithJoins) {
        let joined = tables.joins.iter().map(|join| &join.relation);
        for factor in std::iter::once(&tables.relation).chain(joined) {
            match factor {
                TableFactor::Table { name, alias: None, .. } => {
                    let Some(name) = name.0.first().and_then(ObjectNamePart::as_ident) else { continue };
                    if name.value.starts_with('@') {
                        self.variables.push(fold(&name.value));
                    }
                }
                TableFactor::NestedJoin { table_with_joins, alias: None } => self.enter_joined(table_with_joins),
                _ => {}
            }
        }
    }

    /// What numbers the random values of a named subquery that is the definition of a variable.
    pub(super) fn draws_of(&self, name: &str, span: Span) -> Option<Draws> {
        let place = self.places.tree(span).unwrap_or_default().start;
        name.starts_with('@').then_some(Draws { place, count: 0 })
    }

    /// The name of a function that draws random values, where it draws the same one each time.
    pub(super) fn drawn_once(&mut self, function: &Function, name: &str) -> Option<String> {
        let draws = self.draws.as_mut().filter(|_| function.over.is_none() && is_random(name))?;
        draws.count += 1;
        drawn_once(name, draws.place, draws.count)
    }

    /// The arguments of a function that no query can write: its name is not looked up.
    pub(super) fn arguments_alone(&mut self, function: &mut Function) -> Result<()> {
        let FunctionArguments::List(list) = &mut function.args else { return Ok(()) };
        for argument in &mut list.args {
            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) = argument {
                self.expression(value)?;
            }
        }
        Ok(())
    }
}

/// Whether a call stands for a part of a script: it says which branch of an `if` counts, or has what a function does not read.
pub(super) fn is_of_script(function: &Function) -> bool {
    let [ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else { return false };
    matches!(name.value.as_str(), BRANCH | FIRST_OF)
}

/// Whether these tables have one row: there are none, or it is the row in front of a condition or of the columns of a variable.
pub(super) fn is_one_row(from: &[TableWithJoins]) -> bool {
    match from {
        [] => true,
        [TableWithJoins { relation: TableFactor::Derived { alias: Some(alias), .. }, joins }] => {
            alias.name.value == VALUES && joins.is_empty()
        }
        _ => false,
    }
}

/// The only value of a query that reads no table itself, if it is the same each time.
fn expression(query: &Query) -> Option<&Expr> {
    let Query { with: None, body, order_by: None, limit_clause: None, .. } = query else { return None };
    let SetExpr::Select(select) = body.as_ref() else { return None };
    let is_plain = select.from.is_empty()
        && select.selection.is_none()
        && select.having.is_none()
        && select.distinct.is_none()
        && select.qualify.is_none()
        && matches!(&select.group_by, GroupByExpr::Expressions(columns, _) if columns.is_empty());
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, alias: _ }] =
        select.projection.as_slice()
    else {
        return None;
    };
    (is_plain && !differs(value)).then_some(value)
}

/// Whether an expression may give another value each time, or combines rows.
fn differs(value: &Expr) -> bool {
    let mut subqueries = 0_usize;
    let mut differs = Differs { subqueries: &mut subqueries };
    value.visit(&mut differs).is_break()
}

struct Differs<'s> {
    /// How many subqueries the expression is in.
    subqueries: &'s mut usize,
}

impl Visitor for Differs<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        *self.subqueries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        *self.subqueries = self.subqueries.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, part: &Expr) -> ControlFlow<()> {
        let Expr::Function(function) = part else { return ControlFlow::Continue(()) };
        let name = match function.name.0.as_slice() {
            [ObjectNamePart::Identifier(name)] => fold(&name.value),
            _ => return ControlFlow::Break(()),
        };
        let is_same = match *self.subqueries {
            _ if is_random(&name) => false,
            0 => function.over.is_none() && (registry().has_scalar(&name) || is_drawn_once(&name)),
            // Rows may be combined there, by built-in functions.
            _ => registry().contains(&name) || is_drawn_once(&name),
        };
        if is_same { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// A field as the value itself spells it; folded like those of columns where it does not.
fn spelled(value: &Expr, field: &str) -> String {
    let mut spelled = fold(field);
    let _: ControlFlow<()> = visit_expressions(value, |part: &Expr| {
        let Expr::Function(Function { name, args: FunctionArguments::List(list), .. }) = part else {
            return ControlFlow::Continue(());
        };
        if name.to_string().trim_matches('`') == "named_struct" {
            let names = list.args.iter().step_by(2).filter_map(literal);
            spelled = names.into_iter().find(|name| fold(name) == fold(field)).map_or(spelled.clone(), str::to_owned);
        }
        ControlFlow::Continue(())
    });
    spelled
}

fn has_subquery(value: &Expr) -> bool {
    let found = visit_expressions(value, |part: &Expr| match part {
        Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
}
