//! Queries: `with`, set operations, `order by`, `limit`.

use std::mem::take;

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    Cte, ExceptSelectItem, Expr, GroupByExpr, Ident, LimitClause, Offset, OffsetRows, OrderBy, OrderByExpr,
    OrderByKind, OrderByOptions, Query, Select, SelectFlavor, SelectItem, SetExpr, SetOperator, SetQuantifier, Spanned,
    TableAlias, TableAliasColumnDef, TableFactor, TableWithJoins, UnaryOperator, Value, Values,
    WildcardAdditionalOptions, With,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::from::NUMBERED;
use super::scope::Scopes;
use super::{REPEATED, Rewriter};
use crate::error::{Code, Result};
use crate::model::Setting;

impl Rewriter<'_> {
    /// Walks over a query with its named subqueries.
    pub(super) fn query(&mut self, query: &mut Query) -> Result<()> {
        if !self.parameters.is_empty() {
            return self.refuse("a subquery in `x -> …`", query.body.as_ref());
        }
        let start = self.scopes.enter();
        self.nest(1, Span::empty())?;
        self.level += 1;
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        for (absent, what) in [
            (fetch.is_none(), "`fetch`"),
            (locks.is_empty(), "`for update`"),
            (for_clause.is_none(), "`for`"),
            (settings.is_none(), "`settings`"),
            (format_clause.is_none(), "`format`"),
            (pipe_operators.is_empty(), "`|>`"),
        ] {
            self.only_if(absent, what, body.as_ref())?;
        }
        if let Some(with) = with {
            self.with(with, start)?;
        }
        if let Some(order_by) = order_by {
            let is_limited = limit_clause.as_ref().is_some_and(|clause| match clause {
                LimitClause::LimitOffset { limit, .. } => limit.is_some(),
                LimitClause::OffsetCommaLimit { .. } => true,
            });
            if self.dialect.order_needs_limit && !is_limited {
                return Err(self
                    .error(Code::Semantic, "ORDER BY must be used with a LIMIT clause", order_by.span())
                    .help(format!("add `limit`, or write `set {}=false;` before", Setting::OrderByLimit.key())));
            }
            let around = self.enter_variables(body);
            self.order_by(order_by)?;
            self.variables.truncate(around);
        }
        if let SetExpr::Select(select) = body.as_mut()
            && let Some(sorted) = self.sort_by(select)?
        {
            if order_by.is_some() {
                return self
                    .refuse("`order by` together with `sort by`, `distribute by` or `cluster by`", body.as_ref());
            }
            *order_by = Some(sorted);
        }
        self.body(body)?;
        if let (SetExpr::Select(select), Some(order_by)) = (body.as_ref(), &order_by) {
            self.ordered_by_one(order_by, select)?;
        }
        if let Some(limit) = limit_clause {
            self.limit(limit)?;
        }
        self.leave(start, with.as_mut());
        self.level -= 1;
        Ok(())
    }

    fn with(&mut self, with: &mut With, start: usize) -> Result<()> {
        let With { with_token: _, recursive, cte_tables } = with;
        let mut defined = take(cte_tables);
        if take(recursive) {
            defined = self.all_unrolled(defined)?;
        }
        for mut cte in defined {
            if self.defines_function(&mut cte)? {
                continue;
            }
            let Cte { alias, query, from, materialized, closing_paren_token: _ } = &mut cte;
            self.only_if(from.is_none(), "`from` after a named subquery", &*alias)?;
            self.only_if(materialized.is_none(), "`materialized`", &*alias)?;
            self.alias(alias)?;
            let name = alias.name.value.clone();
            if self.scopes.is_defined_since(start, &name) {
                return Err(self.error(Code::Semantic, format!("`{name}` is defined twice"), alias.name.span));
            }
            let outside = (take(&mut self.expanded), take(&mut self.level), take(&mut self.deepest));
            // A subquery inside of the definition of a variable is part of that.
            let draws = self.draws_of(&name, alias.name.span);
            let draws = draws.map(|draws| self.draws.replace(draws));
            self.scopes.define();
            self.query(query)?;
            let (weight, levels) = (self.expanded.max(1), self.deepest);
            (self.expanded, self.level, self.deepest) = outside;
            if let Some(draws) = draws {
                self.draws = draws;
            }
            let number = self.scopes.defined(name, weight, levels);
            alias.name.value = Scopes::internal(number);
            alias.name.quote_style = Some('`');
            if let Some(named) = self.scopes.get_mut(number) {
                named.tree = Some(cte);
            }
        }
        Ok(())
    }

    /// Ends the scope of a query: unused subqueries are kept aside, the trees go back where they were.
    fn leave(&mut self, start: usize, with: Option<&mut With>) {
        let numbers = self.scopes.leave(start);
        let unused = self.scopes.unused(&numbers);
        if !unused.is_empty() {
            self.unused.push(touching(&unused, self.scopes.trees_for(&unused)));
        }
        if let Some(with) = with {
            with.cte_tables = self.scopes.kept(&numbers);
        }
    }

    fn body(&mut self, body: &mut SetExpr) -> Result<()> {
        match body {
            SetExpr::Select(select) => match self.sort_by(select)? {
                Some(sorted) => {
                    let inner = std::mem::replace(body, SetExpr::Values(no_values()));
                    let mut query = plain(inner);
                    query.order_by = Some(sorted);
                    self.body(query.body.as_mut())?;
                    *body = SetExpr::Query(Box::new(query));
                    Ok(())
                }
                None => self.select(select),
            },
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                match op {
                    SetOperator::Union | SetOperator::Except | SetOperator::Intersect => {}
                    SetOperator::Minus => *op = SetOperator::Except,
                }
                let counts = *set_quantifier == SetQuantifier::All && *op != SetOperator::Union;
                match set_quantifier {
                    SetQuantifier::All | SetQuantifier::Distinct | SetQuantifier::None => {}
                    SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName => {
                        return self.refuse("`by name`", left.as_ref());
                    }
                }
                self.expand(1, Span::empty())?;
                self.body(left)?;
                self.body(right)?;
                if counts {
                    *set_quantifier = SetQuantifier::None;
                    *body = counted(std::mem::replace(body, SetExpr::Values(no_values())));
                }
                Ok(())
            }
            SetExpr::Values(values) => {
                self.values(values)?;
                *body = match self.spread(values)? {
                    Some(selects) => selects,
                    None => named_values(std::mem::replace(values, no_values())),
                };
                Ok(())
            }
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) | SetExpr::Table(_) => {
                self.refuse("anything but a query here", &*body)
            }
        }
    }

    pub(super) fn values(&mut self, values: &mut Values) -> Result<()> {
        let Values { explicit_row, value_keyword, rows } = values;
        if *explicit_row || *value_keyword {
            return Err(self.unsupported("`row` in `values`", rows.first().map_or_else(Span::empty, Spanned::span)));
        }
        for row in rows {
            self.expressions(&mut row.content)?;
        }
        Ok(())
    }

    pub(super) fn order_by(&mut self, order_by: &mut OrderBy) -> Result<()> {
        let OrderBy { kind, interpolate } = order_by;
        match (kind, interpolate) {
            (OrderByKind::Expressions(items), None) => {
                let constant = items.iter().find(|item| is_number(&item.expr));
                if let Some(item) = constant.filter(|_| !self.dialect.order_by_position) {
                    return Err(self
                        .error(Code::Semantic, "a constant in `order by` orders nothing", item.expr.span())
                        .help(format!(
                            "write the name of a column, or `set {}=true;` before",
                            Setting::OrderByPosition.key()
                        )));
                }
                self.order_by_items(items)
            }
            _ => self.refuse("this kind of `order by`", &*order_by),
        }
    }

    pub(super) fn order_by_items(&mut self, items: &mut [OrderByExpr]) -> Result<()> {
        for item in items {
            let OrderByExpr { expr, options, with_fill } = item;
            let OrderByOptions { asc: _, nulls_first: _ } = options;
            self.only_if(with_fill.is_none(), "`with fill`", &*expr)?;
            self.expression(expr)?;
        }
        Ok(())
    }

    /// A name in `order by` that two columns of the result have means neither.
    fn ordered_by_one(&self, order_by: &OrderBy, select: &Select) -> Result<()> {
        let OrderByKind::Expressions(items) = &order_by.kind else { return Ok(()) };
        for item in items {
            let Expr::Identifier(name) = &item.expr else { continue };
            let repeated = format!("{}{REPEATED}", name.value);
            let is_repeated = |item: &SelectItem| matches!(item, SelectItem::ExprWithAlias { alias, .. } if alias.value.starts_with(&repeated));
            if select.projection.iter().any(is_repeated) {
                return Err(self
                    .error(
                        Code::Semantic,
                        format!("`{}` in `order by` is ambiguous: two columns have this name", name.value),
                        name.span,
                    )
                    .help("give one of them an alias, or write the name of its table in front"));
            }
        }
        Ok(())
    }

    fn limit(&mut self, limit: &mut LimitClause) -> Result<()> {
        match limit {
            LimitClause::LimitOffset { limit, offset, limit_by } => {
                if let Some(first) = limit_by.first() {
                    return self.refuse("`limit … by`", first);
                }
                if let Some(limit) = limit {
                    self.count(limit)?;
                }
                match offset {
                    Some(Offset { value, rows: OffsetRows::None | OffsetRows::Row | OffsetRows::Rows }) => {
                        self.count(value)
                    }
                    None => Ok(()),
                }
            }
            LimitClause::OffsetCommaLimit { offset, limit } => {
                self.count(offset)?;
                self.count(limit)
            }
        }
    }

    /// A number of rows. Source: "SELECT syntax", limit: a constant.
    fn count(&mut self, rows: &mut Expr) -> Result<()> {
        match rows {
            // NULL would be no limit.
            Expr::Value(value) if matches!(value.value, Value::Number(..)) => self.expression(rows),
            _ => Err(self
                .error(Code::Semantic, "the number of rows must be a constant", rows.span())
                .help("write a whole number: `limit 10`")),
        }
    }
}

/// A number that stands for a column, by its position: with a sign and in parentheses as well.
pub(super) fn is_number(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => matches!(value.value, Value::Number(..)),
        Expr::Nested(inner) | Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr: inner } => {
            is_number(inner)
        }
        _ => false,
    }
}

/// `except all` and `intersect all` as operations on rows that are numbered among those that are equal: the engine does not count how often a
/// row stands on each side.
fn counted(body: SetExpr) -> SetExpr {
    let SetExpr::SetOperation { left, op, set_quantifier, right } = body else { return body };
    let everything = |options| vec![SelectItem::Wildcard(options)];
    let numbered = |side: Box<SetExpr>| {
        let rows = super::from::marked(derived(*side), super::expression::call(NUMBERED, []));
        Box::new(select_from(everything(WildcardAdditionalOptions::default()), vec![rows]))
    };
    let rows = SetExpr::SetOperation { left: numbered(left), op, set_quantifier, right: numbered(right) };
    let first_element = Ident::with_quote('`', NUMBERED);
    let except = ExceptSelectItem { first_element, additional_elements: Vec::new() };
    let options = WildcardAdditionalOptions { opt_except: Some(except), ..Default::default() };
    select_from(everything(options), vec![derived(rows)])
}

/// A query as a table without a name of its own.
fn derived(body: SetExpr) -> TableFactor {
    let name = Ident::with_quote('`', "rows:");
    let alias = TableAlias { explicit: true, name, columns: Vec::new(), at: None };
    TableFactor::Derived { lateral: false, subquery: Box::new(plain(body)), alias: Some(alias), sample: None }
}

pub(super) fn no_values() -> Values {
    Values { explicit_row: false, value_keyword: false, rows: Vec::new() }
}

pub(super) fn plain(body: SetExpr) -> Query {
    Query {
        with: None,
        body: Box::new(body),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

pub(super) fn select_from(projection: Vec<SelectItem>, from: Vec<TableFactor>) -> SetExpr {
    SetExpr::Select(Box::new(Select {
        select_token: AttachedToken::empty(),
        optimizer_hints: Vec::new(),
        distinct: None,
        select_modifiers: None,
        top: None,
        top_before_distinct: false,
        projection,
        exclude: None,
        into: None,
        from: from.into_iter().map(|relation| TableWithJoins { relation, joins: Vec::new() }).collect(),
        lateral_views: Vec::new(),
        prewhere: None,
        selection: None,
        connect_by: Vec::new(),
        group_by: GroupByExpr::Expressions(Vec::new(), Vec::new()),
        cluster_by: Vec::new(),
        distribute_by: Vec::new(),
        sort_by: Vec::new(),
        having: None,
        named_window: Vec::new(),
        qualify: None,
        window_before_qualify: false,
        value_table_mode: None,
        flavor: SelectFlavor::Standard,
    }))
}

/// A query that reads each of `numbers`, and is only ever planned.
fn touching(numbers: &[usize], cte_tables: Vec<Cte>) -> Query {
    let from = numbers.iter().map(|number| super::from::named(&Scopes::internal(*number))).collect();
    let one = Expr::Value(Value::Null.with_empty_span());
    let mut query = plain(select_from(vec![SelectItem::UnnamedExpr(one)], from));
    query.with = Some(With { with_token: AttachedToken::empty(), recursive: false, cte_tables });
    query
}

/// `values` as a query whose columns have MaxCompute's names.
fn named_values(values: Values) -> SetExpr {
    let columns = values.rows.first().map_or(0, |row| row.content.len());
    let derived = TableFactor::Derived {
        lateral: false,
        subquery: Box::new(plain(SetExpr::Values(values))),
        alias: Some(alias_of_values(columns)),
        sample: None,
    };
    select_from(vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())], vec![derived])
}

/// The name of a column of `values`.
pub(super) fn column_of_values(at: usize) -> String {
    format!("_c{at}")
}

/// The alias of `values` that has none. Chosen: columns are called as in a `select` without aliases.
pub(super) fn alias_of_values(columns: usize) -> TableAlias {
    let column =
        |at: usize| TableAliasColumnDef { name: Ident::with_quote('`', column_of_values(at)), data_type: None };
    TableAlias {
        explicit: true,
        name: Ident::with_quote('`', "values:"),
        columns: (0..columns).map(column).collect(),
        at: None,
    }
}
