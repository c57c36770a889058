//! What the names of a query mean, read off its tree: which columns of which relations, in the order of the text.
//!
//! The planner takes a name that it does not find, or finds twice, for a column of a query around. That is wrong where the name may be a
//! column that the caller does not hold, or is ambiguous where it stands. So the names are looked up here as well, and before.

mod pivot;
mod replaced;
mod scope;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Ident, JoinConstraint, JoinOperator, LambdaFunctionParameter, NamedWindowExpr, ObjectNamePart,
    OneOrManyWithParens, OrderBy, OrderByKind, Query as Tree, Select, SelectItem, SelectItemQualifiedWildcardKind,
    SetExpr, TableFactor, TableWithJoins, Visit, Visitor, WildcardAdditionalOptions,
};
use datafusion::sql::sqlparser::tokenizer::Span as TokenSpan;

use self::scope::{Factor, Found, Scope, Shown};
use super::column_patterns::{self, LeftOut};
use super::parse::Query;
use super::relations::{Relation, RelationKey, number_in};
use super::rewrite::{CHOSEN, NUMBERED};
use crate::error::{Code, Error, Result};

/// A column of a relation, by the number of the relation.
type Base = (usize, String);

/// What is known of a relation.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The columns that a name may mean.
    pub columns: Vec<String>,
    /// Whether it has others, which the caller does not hold.
    pub has_others: bool,
}

/// What the names of a query mean.
#[derive(Debug, Default)]
pub struct Meaning {
    /// Columns that the text names, in its order; a column that it names several times stands there several times.
    pub named: Vec<(RelationKey, String)>,
    /// Names that may be columns that the caller does not hold.
    pub asked: BTreeMap<RelationKey, BTreeSet<String>>,
    /// The columns that patterns leave out.
    pub left_out: LeftOut,
}

/// Looks the names of `query` up, given what is known of its relations, by their numbers.
///
/// # Errors
/// A name in a subquery that means two columns there, and that the planner would take for a third one.
pub fn meaning(query: &Query, trees: &[&Tree], known: &[Known]) -> Result<Meaning> {
    let mut reader = Reader {
        known,
        scopes: Vec::new(),
        named_subqueries: BTreeMap::new(),
        named: Vec::new(),
        asked: BTreeSet::new(),
        left_out: LeftOut::default(),
        ambiguous: None,
        no_pattern: None,
    };
    for tree in trees {
        reader.query(tree);
    }
    let ambiguous = reader.ambiguous.map(|name| {
        let error = Error::new(Code::Semantic, format!("column `{}` is ambiguous", name.value));
        (name.span, error.help("qualify it with the alias of its table"))
    });
    if let Some((span, error)) = ambiguous.or(reader.no_pattern) {
        return Err(match query.places.tree(span) {
            Some(place) => error.at(place),
            None => error,
        });
    }
    // What the text does not spell comes last.
    reader.named.sort_by_key(|(place, _)| if *place == 0 { u64::MAX } else { *place });
    let relations = query.rewritten.relations.list();
    let key = |number: usize| relations.get(number).map(Relation::key);
    let mut meaning = Meaning { left_out: reader.left_out, ..Meaning::default() };
    for (_, (number, column)) in reader.named {
        meaning.named.extend(key(number).map(|key| (key, column)));
    }
    for (number, column) in reader.asked {
        if let Some(key) = key(number) {
            meaning.asked.entry(key).or_default().insert(column);
        }
    }
    Ok(meaning)
}

/// Which names besides columns an expression may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clause {
    /// Columns only.
    Plain,
    /// The aliases of its `select` as well.
    AfterList,
}

struct Reader<'k> {
    known: &'k [Known],
    /// The queries around, innermost last.
    scopes: Vec<Scope>,
    /// What named subqueries show, by their internal names.
    named_subqueries: BTreeMap<String, Vec<Shown>>,
    /// With the number of the token.
    named: Vec<(u64, Base)>,
    asked: BTreeSet<Base>,
    left_out: LeftOut,
    ambiguous: Option<Ident>,
    /// The first pattern that names no columns.
    no_pattern: Option<(TokenSpan, Box<Error>)>,
}

impl Reader<'_> {
    /// Reads a query, and gives the columns that it shows.
    fn query(&mut self, query: &Tree) -> Vec<Shown> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            let shown = self.query(&cte.query);
            let shown = scope::renamed(shown, &cte.alias.columns);
            self.named_subqueries.insert(cte.alias.name.value.clone(), shown);
        }
        self.body(&query.body, query.order_by.as_ref())
    }

    fn body(&mut self, body: &SetExpr, order_by: Option<&OrderBy>) -> Vec<Shown> {
        let shown = match body {
            SetExpr::Select(select) => return self.select(select, order_by),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, right, .. } => {
                let shown = self.body(left, None);
                self.body(right, None);
                // A row of the result may come from either side.
                shown.into_iter().map(|column| Shown { base: None, ..column }).collect()
            }
            SetExpr::Values(values) => {
                self.inside(Scope::default(), |reader| {
                    values.rows.iter().flat_map(|row| &row.content).for_each(|value| reader.walk(value, Clause::Plain));
                });
                let columns = values.rows.first().map_or(0, |row| row.content.len());
                (0..columns).map(|at| Shown::computed(format!("column{}", at + 1))).collect()
            }
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) | SetExpr::Table(_) => {
                Vec::new()
            }
        };
        let scope = Scope::of(Factor { shown: shown.clone(), ..Factor::default() });
        self.inside(scope, |reader| reader.order_by(order_by));
        shown
    }

    fn order_by(&mut self, order_by: Option<&OrderBy>) {
        if let Some(OrderBy { kind: OrderByKind::Expressions(items), .. }) = order_by {
            items.iter().for_each(|item| self.walk(&item.expr, Clause::AfterList));
        }
    }

    fn inside<T>(&mut self, scope: Scope, work: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(scope);
        let made = work(self);
        self.scopes.pop();
        made
    }

    fn select(&mut self, select: &Select, order_by: Option<&OrderBy>) -> Vec<Shown> {
        let mut scope = Scope::default();
        for item in &select.from {
            scope = self.table_with_joins(item, scope);
        }
        scope.aliases = select.projection.iter().filter_map(alias).cloned().collect();
        self.inside(scope, |reader| {
            let shown = select.projection.iter().flat_map(|item| reader.item(item)).collect();
            if let Some(condition) = &select.selection {
                reader.walk(condition, Clause::Plain);
            }
            if let GroupByExpr::Expressions(items, _) = &select.group_by {
                items.iter().for_each(|item| reader.walk(item, Clause::AfterList));
            }
            for condition in select.having.iter().chain(&select.qualify) {
                reader.walk(condition, Clause::AfterList);
            }
            for window in &select.named_window {
                if let NamedWindowExpr::WindowSpec(window) = &window.1 {
                    window.partition_by.iter().for_each(|key| reader.walk(key, Clause::Plain));
                    window.order_by.iter().for_each(|key| reader.walk(&key.expr, Clause::Plain));
                }
            }
            reader.order_by(order_by);
            shown
        })
    }

    fn table_with_joins(&mut self, item: &TableWithJoins, mut scope: Scope) -> Scope {
        scope = self.factor(&item.relation, scope);
        for join in &item.joins {
            let before = scope.factors();
            scope = self.factor(&join.relation, scope);
            let (constraint, hides) = match &join.join_operator {
                JoinOperator::Join(constraint)
                | JoinOperator::Inner(constraint)
                | JoinOperator::Left(constraint)
                | JoinOperator::LeftOuter(constraint)
                | JoinOperator::Right(constraint)
                | JoinOperator::RightOuter(constraint)
                | JoinOperator::FullOuter(constraint) => (constraint, false),
                JoinOperator::LeftSemi(constraint) | JoinOperator::LeftAnti(constraint) => (constraint, true),
                _ => continue,
            };
            match constraint {
                JoinConstraint::On(condition) => {
                    self.scopes.push(scope);
                    self.walk(condition, Clause::Plain);
                    scope = self.scopes.pop().unwrap_or_default();
                }
                JoinConstraint::Using(columns) => {
                    for column in columns.iter().filter_map(|column| column.0.last()?.as_ident()) {
                        for base in scope.bases(&column.value) {
                            self.named.push((column.span.start.line, base));
                        }
                        scope.merge(&column.value);
                    }
                }
                JoinConstraint::Natural => scope.merge_all(),
                JoinConstraint::None => {}
            }
            if hides {
                scope.hide_from(before);
            }
        }
        scope
    }

    fn factor(&mut self, factor: &TableFactor, mut scope: Scope) -> Scope {
        match factor {
            TableFactor::Table { name, alias, .. } => {
                let internal = name.0.last().and_then(ObjectNamePart::as_ident);
                let mut added =
                    Factor { alias: alias.as_ref().map(|alias| alias.name.value.clone()), ..Factor::default() };
                match number_in(name) {
                    Some(number) => {
                        let known = self.known.get(number).cloned().unwrap_or_default();
                        let shown =
                            |column: String| Shown { base: Some((number, column.clone())), ..Shown::computed(column) };
                        added.shown = known.columns.into_iter().map(shown).collect();
                        added.others = known.has_others.then_some(number);
                    }
                    None => {
                        let shown = internal.and_then(|name| self.named_subqueries.get(&name.value));
                        added.shown = shown.cloned().unwrap_or_default();
                    }
                }
                let columns = alias.as_ref().map_or(&[][..], |alias| &alias.columns);
                added.shown = scope::renamed(added.shown, columns);
                scope.add(added);
                scope
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let shown = self.query(subquery);
                let columns = alias.as_ref().map_or(&[][..], |alias| &alias.columns);
                let shown = scope::renamed(shown, columns);
                let alias = alias.as_ref().map(|alias| alias.name.value.clone());
                scope.add(Factor { alias, shown, ..Factor::default() });
                scope
            }
            TableFactor::NestedJoin { table_with_joins, .. } => self.table_with_joins(table_with_joins, scope),
            // A `lateral view`.
            TableFactor::Unpivot { table, value, name, columns, .. } => {
                scope = self.factor(table, scope);
                self.scopes.push(scope);
                self.walk(value, Clause::Plain);
                let mut scope = self.scopes.pop().unwrap_or_default();
                if matches!(value, Expr::Function(function) if [CHOSEN, NUMBERED].contains(&function.name.to_string().as_str()))
                {
                    return scope;
                }
                let named = columns.iter().filter_map(|column| match &column.expr {
                    Expr::Identifier(name) => Some(Shown::computed(name.value.clone())),
                    _ => None,
                });
                let shown = named.collect();
                let is_open = columns.is_empty();
                scope.add(Factor { alias: Some(name.value.clone()), shown, is_open, ..Factor::default() });
                scope
            }
            TableFactor::Pivot { table, aggregate_functions, value_column, alias, .. } => {
                scope.add(self.pivot(table, (aggregate_functions, value_column), alias.as_ref()));
                scope
            }
            _ => scope,
        }
    }

    /// Reads an item of a list, and gives the columns that it shows.
    fn item(&mut self, item: &SelectItem) -> Vec<Shown> {
        match item {
            SelectItem::ExprWithAlias { expr, alias } => {
                self.walk(expr, Clause::Plain);
                let scope = self.scopes.last();
                let base = match expr {
                    Expr::Identifier(name) => scope.and_then(|scope| scope.bases(&name.value).pop()),
                    Expr::CompoundIdentifier(names) => match names.as_slice() {
                        [table, name] => {
                            scope.and_then(|scope| scope.called(&table.value)?.column(&name.value)?.base.clone())
                        }
                        _ => None,
                    },
                    _ => None,
                };
                vec![Shown { base, ..Shown::computed(alias.value.clone()) }]
            }
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAliases { expr, .. } => {
                self.walk(expr, Clause::Plain);
                Vec::new()
            }
            SelectItem::Wildcard(options) => self.wildcard(options, None),
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
                let alias = name.0.last().and_then(ObjectNamePart::as_ident);
                self.wildcard(options, alias)
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _) => Vec::new(),
        }
    }

    fn wildcard(&mut self, options: &WildcardAdditionalOptions, of: Option<&Ident>) -> Vec<Shown> {
        let Some(scope) = self.scopes.last() else { return Vec::new() };
        let except = options.opt_except.as_ref();
        let left_out: BTreeSet<&str> = except
            .into_iter()
            .flat_map(|except| std::iter::once(&except.first_element).chain(&except.additional_elements))
            .map(|name| name.value.as_str())
            .collect();
        let shown = scope.shown(of.map(|alias| alias.value.as_str()));
        let mut shown: Vec<Shown> = shown.filter(|column| !left_out.contains(column.name.as_str())).cloned().collect();
        if let Some(like) = &options.opt_ilike {
            let span = options.wildcard_token.0.span;
            let names = shown.iter().map(|column| column.name.as_str());
            match column_patterns::left_out(&like.pattern, names, scope.is_open()) {
                Ok(names) => {
                    shown.retain(|column| !names.contains(&column.name));
                    self.left_out.add(span, names);
                }
                Err(error) => {
                    self.no_pattern.get_or_insert((span, error));
                }
            }
        }
        self.replaced(options, &mut shown);
        let place = match of {
            Some(alias) => alias.span.start.line,
            None => options.wildcard_token.0.span.start.line,
        };
        self.named.extend(shown.iter().filter_map(|column| Some((place, column.base.clone()?))));
        shown
    }

    fn walk(&mut self, expression: &Expr, clause: Clause) {
        let mut names = Names { reader: self, clause, below: 0, parameters: Vec::new() };
        let _ = Visit::visit(expression, &mut names);
    }

    /// Looks up a name without a table in front.
    fn name(&mut self, name: &Ident, clause: Clause) {
        for at in (0..self.scopes.len()).rev() {
            let (outer, Some(scope)) = (self.scopes.get(..at).unwrap_or_default(), self.scopes.get(at)) else { return };
            let is_innermost = at + 1 == self.scopes.len();
            match scope.find(&name.value) {
                Found::One(bases) => {
                    self.named.extend(bases.into_iter().map(|base| (name.span.start.line, base)));
                    return;
                }
                Found::Several => {
                    if outer.iter().any(|scope| matches!(scope.find(&name.value), Found::One(_))) {
                        self.ambiguous.get_or_insert_with(|| name.clone());
                    }
                    return;
                }
                Found::None => {}
            }
            let is_alias = is_innermost && clause == Clause::AfterList && scope.aliases.contains(&name.value);
            if is_alias || scope.has_alias(&name.value) {
                return;
            }
            let others: Vec<usize> = scope.others().collect();
            if !others.is_empty() {
                // What a `lateral view` without names makes is not known here: the planner says whether it is that.
                let is_outside = outer.iter().any(|scope| !matches!(scope.find(&name.value), Found::None));
                if !scope.is_open() || is_outside {
                    self.ask(&others, name.span, &name.value);
                }
                return;
            }
        }
    }

    /// Looks up `a.b`: a column of a table, or a field of a column. A table of a query around goes before a column that is not known.
    fn names(&mut self, names: &[Ident], clause: Clause) {
        let [first, second, ..] = names else { return };
        let is_there =
            |scope: &&Scope| scope.has_alias(&first.value) || !matches!(scope.find(&first.value), Found::None);
        let scope = self.scopes.iter().rev().find(is_there);
        let Some((scope, factor)) = scope.and_then(|scope| Some((scope, scope.called(&first.value)?))) else {
            return self.name(first, clause);
        };
        if let Some(column) = factor.column(&second.value) {
            let base = column.base.clone();
            self.named.extend(base.map(|base| (first.span.start.line, base)));
        } else if !matches!(scope.find(&first.value), Found::None) {
            self.name(first, clause);
        } else if let Some(number) = factor.others {
            self.ask(&[number], first.span, &second.value);
        }
    }

    fn ask(&mut self, relations: &[usize], place: TokenSpan, column: &str) {
        for number in relations {
            self.asked.insert((*number, column.to_owned()));
            self.named.push((place.start.line, (*number, column.to_owned())));
        }
    }
}

fn alias(item: &SelectItem) -> Option<&String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(&alias.value),
        _ => None,
    }
}

/// Finds the names of an expression, and the queries in it.
struct Names<'r, 'k> {
    reader: &'r mut Reader<'k>,
    clause: Clause,
    /// How many queries there are around the present place, below the expression.
    below: usize,
    /// Parameters of the given functions around.
    parameters: Vec<String>,
}

impl Visitor for Names<'_, '_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Tree) -> ControlFlow<()> {
        if self.below == 0 {
            self.reader.query(query);
        }
        self.below += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Tree) -> ControlFlow<()> {
        self.below = self.below.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if self.below > 0 {
            return ControlFlow::Continue(());
        }
        match expression {
            Expr::Identifier(name) if !self.parameters.contains(&name.value) => self.reader.name(name, self.clause),
            Expr::CompoundIdentifier(names)
                if names.first().is_some_and(|first| !self.parameters.contains(&first.value)) =>
            {
                self.reader.names(names, self.clause);
            }
            Expr::Lambda(lambda) => self.parameters.extend(parameters(&lambda.params)),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if let Expr::Lambda(lambda) = expression
            && self.below == 0
        {
            let own = parameters(&lambda.params).count();
            self.parameters.truncate(self.parameters.len().saturating_sub(own));
        }
        ControlFlow::Continue(())
    }
}

fn parameters(listed: &OneOrManyWithParens<LambdaFunctionParameter>) -> impl Iterator<Item = String> {
    let listed = match listed {
        OneOrManyWithParens::One(one) => std::slice::from_ref(one),
        OneOrManyWithParens::Many(many) => many.as_slice(),
    };
    listed.iter().map(|parameter| parameter.name.value.clone())
}

#[cfg(test)]
mod tests;
