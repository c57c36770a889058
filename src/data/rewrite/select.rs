//! `select`: its list, its clauses, and the names of its columns.

use std::collections::BTreeSet;
use std::mem::take;

use datafusion::sql::sqlparser::ast::{
    Distinct, ExceptSelectItem, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr,
    GroupByWithModifier, Ident, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, ReplaceSelectElement, Select,
    SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, Spanned, TableFactor, TableWithJoins,
    WildcardAdditionalOptions,
};

use super::expression::call;
use super::query::is_number;
use super::variable::is_one_row;
use super::{REPEATED, Rewriter, grouping, join, rows};
use crate::data::limits;
use crate::error::{Code, Error, Result};

impl Rewriter<'_> {
    /// The order that `sort by`, `distribute by` and `cluster by` ask for, taken out of the clause.
    ///
    /// Chosen: the whole result is ordered; one reducer writes it here. Expressions of `distribute by` come first, so
    /// that rows of one group stay together and every column of the clause is read.
    pub(super) fn sort_by(&mut self, select: &mut Select) -> Result<Option<OrderBy>> {
        let plain = |expr: Expr| OrderByExpr {
            expr,
            options: OrderByOptions { asc: None, nulls_first: None },
            with_fill: None,
        };
        let mut items: Vec<OrderByExpr> = take(&mut select.cluster_by).into_iter().map(plain).collect();
        items.extend(take(&mut select.distribute_by).into_iter().map(plain));
        items.extend(take(&mut select.sort_by));
        if items.is_empty() {
            return Ok(None);
        }
        self.order_by_items(&mut items)?;
        Ok(Some(OrderBy { kind: OrderByKind::Expressions(items), interpolate: None }))
    }

    pub(super) fn select(&mut self, select: &mut Select) -> Result<()> {
        let span = select.select_token.0.span;
        self.column_patterns(&mut select.projection)?;
        self.generators(select)?;
        join::spell_out(select);
        let shared = join::shared(select);
        let Select {
            select_token: _,
            optimizer_hints: _,
            distinct,
            select_modifiers,
            top,
            top_before_distinct,
            projection,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection,
            connect_by,
            group_by,
            cluster_by,
            distribute_by,
            sort_by,
            having,
            named_window,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        let distinct_on = matches!(distinct, Some(Distinct::On(_)));
        for (present, what) in [
            (distinct_on, "`distinct on`"),
            (select_modifiers.is_some(), "modifiers of `select`"),
            (top.is_some() || *top_before_distinct, "`top`"),
            (exclude.is_some(), "`exclude`"),
            (into.is_some(), "`select … into`"),
            (prewhere.is_some(), "`prewhere`"),
            (!connect_by.is_empty(), "`connect by`"),
            (!cluster_by.is_empty() || !distribute_by.is_empty() || !sort_by.is_empty(), "`sort by` here"),
            (value_table_mode.is_some(), "`select as`"),
            (matches!(flavor, SelectFlavor::FromFirstNoSelect), "`from` without `select`"),
        ] {
            if present {
                return Err(self.unsupported(what, span));
            }
        }
        if matches!(distinct, Some(Distinct::All)) {
            *distinct = None;
        }
        if distinct.is_some() && !matches!(&*group_by, GroupByExpr::Expressions(items, _) if items.is_empty()) {
            return Err(self
                .error(Code::Semantic, "`select distinct` cannot be combined with `group by`", span)
                .help("leave `distinct` out, or put the groups into a subquery"));
        }
        let around = take(&mut self.windows);
        if let Err(items) = grouping::spell_out(group_by) {
            let message = format!("a `cube` of {items} lists of columns is too large");
            return Err(self
                .error(Code::Semantic, message, span)
                .help("write the sets of columns that are needed as `grouping sets (…)`"));
        }
        let grouped = std::mem::replace(&mut self.grouped, keys(group_by));
        let outside = take(&mut self.shared);
        let draws = self.draws.take_if(|_| !(is_one_row(from) && lateral_views.is_empty()));
        let variables = self.enter_tables(from);
        self.from(from, lateral_views)?;
        self.shared = shared;
        self.projection(projection)?;
        if let Some(condition) = selection.as_mut() {
            rows::spell_out(condition);
        }
        for condition in [&mut *selection, &mut *having, &mut *qualify].into_iter().flatten() {
            self.expression(condition)?;
        }
        self.group_by(group_by)?;
        if let Some(having) = having {
            let aliases = aliases(projection, group_by);
            self.without_aliases(having, &aliases, only_relation(from).as_ref())?;
        }
        self.named_windows(named_window)?;
        self.windows = around;
        self.grouped = grouped;
        self.shared = outside;
        self.variables.truncate(variables);
        if draws.is_some() {
            self.draws = draws;
        }
        Ok(())
    }

    fn group_by(&mut self, group_by: &mut GroupByExpr) -> Result<()> {
        let (items, modifiers) = match group_by {
            GroupByExpr::Expressions(items, modifiers) => (items, take(modifiers)),
            GroupByExpr::All(_) => return Err(self.unsupported("`group by all`", group_by.span())),
        };
        self.expressions(items)?;
        if !self.dialect.group_by_position {
            // Source: "SELECT syntax", group by: a number is a constant.
            for item in items.iter_mut().filter(|item| is_number(item)) {
                let number = std::mem::replace(item, Expr::Tuple(Vec::new()));
                *item = call("coalesce", [number]);
                self.grouped_by_number = true;
            }
        }
        let mut modifiers = modifiers.into_iter();
        let Some(modifier) = modifiers.next() else { return Ok(()) };
        let sets = |items: &mut Vec<Expr>| take(items).into_iter().map(|item| vec![item]).collect();
        let replaced = match modifier {
            GroupByWithModifier::Rollup => Expr::Rollup(sets(items)),
            GroupByWithModifier::Cube => Expr::Cube(sets(items)),
            GroupByWithModifier::GroupingSets(mut listed) => {
                self.expression(&mut listed)?;
                listed
            }
            GroupByWithModifier::Totals => return self.refuse("`with totals`", &*group_by),
        };
        if modifiers.next().is_some() {
            return self.refuse("more than one of `rollup`, `cube`, `grouping sets`", &*group_by);
        }
        *items = vec![replaced];
        Ok(())
    }

    fn projection(&mut self, projection: &mut [SelectItem]) -> Result<()> {
        if projection.len() > limits::COLUMNS {
            return Err(Error::new(Code::Semantic, format!("a result has at most {} columns", limits::COLUMNS))
                .help("write several queries"));
        }
        let mut names = BTreeSet::new();
        for (position, item) in projection.iter_mut().enumerate() {
            match item {
                SelectItem::UnnamedExpr(expr) => {
                    let name = column_name(expr).unwrap_or_else(|| Ident::new(format!("_c{position}")));
                    self.column(expr)?;
                    let mut alias = name;
                    self.identifier(&mut alias)?;
                    self.unique(&mut alias, &mut names)?;
                    let expr = std::mem::replace(expr, Expr::Tuple(Vec::new()));
                    *item = SelectItem::ExprWithAlias { expr, alias };
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    self.column(expr)?;
                    self.column_alias(alias)?;
                    self.unique(alias, &mut names)?;
                }
                SelectItem::ExprWithAliases { .. } => {
                    return self.refuse("more than one alias of an expression", &*item);
                }
                SelectItem::QualifiedWildcard(kind, options) => {
                    match kind {
                        SelectItemQualifiedWildcardKind::ObjectName(name) => {
                            if name.0.len() != 1 {
                                return Err(self
                                    .unsupported("a project in front of `.*`", name.span())
                                    .help("give the table an alias, and write `<alias>.*`"));
                            }
                            self.object_name(name)?;
                        }
                        SelectItemQualifiedWildcardKind::Expr(expr) => {
                            return self.refuse("`.*` of an expression", &*expr);
                        }
                    }
                    self.wildcard(options)?;
                }
                SelectItem::Wildcard(options) => self.wildcard(options)?,
            }
        }
        Ok(())
    }

    /// The name of a column of the result, which may stand in quotes. What is asked for by its name is a name as elsewhere.
    fn column_alias(&self, alias: &mut Ident) -> Result<()> {
        if alias.value.starts_with('@') {
            let error = self.error(Code::Parse, "a variable cannot be the name of a column", alias.span);
            return Err(error.help("put `,` or `from` before it"));
        }
        let is_result = self.level == 1 && !self.scopes.is_defining();
        if matches!(alias.quote_style, Some('"' | '\'')) && is_result {
            let forbidden = |sign: char| sign.is_control() || matches!(sign, REPEATED | '`' | '"' | '?' | '@' | '\\');
            if alias.value.is_empty() || alias.value.contains(forbidden) {
                return Err(self
                    .error(Code::Parse, "this string cannot be the name of a column", alias.span)
                    .help("leave quotes, backslashes, colons, `?` and `@` out of it"));
            }
            alias.quote_style = Some('`');
        }
        self.identifier(alias)
    }

    /// `* [except (…)] [replace (…)]`. Source: "SELECT syntax".
    fn wildcard(&mut self, options: &mut WildcardAdditionalOptions) -> Result<()> {
        let WildcardAdditionalOptions {
            wildcard_token,
            // A pattern of column names: `column_patterns` has refused what is typed.
            opt_ilike: _,
            opt_exclude,
            opt_except,
            opt_replace,
            opt_rename,
            opt_alias,
        } = options;
        let span = wildcard_token.0.span;
        for (absent, what) in [
            (opt_exclude.is_none(), "`* exclude`"),
            (opt_rename.is_none(), "`* rename`"),
            (opt_alias.is_none(), "an alias of `*`"),
        ] {
            if !absent {
                return Err(self.unsupported(what, span));
            }
        }
        if let Some(ExceptSelectItem { first_element, additional_elements }) = opt_except {
            self.identifier(first_element)?;
            self.identifiers(additional_elements)?;
        }
        for item in opt_replace.iter_mut().flat_map(|replace| &mut replace.items) {
            let ReplaceSelectElement { expr, column_name, as_keyword: _ } = item.as_mut();
            self.expression(expr)?;
            self.identifier(column_name)?;
        }
        Ok(())
    }

    /// Columns of one name get different names in the plan; the part that differs is not shown. What stands in a
    /// subquery is asked for by its name, which must mean one column.
    fn unique(&self, alias: &mut Ident, names: &mut BTreeSet<String>) -> Result<()> {
        let mut name = alias.value.clone();
        let mut count = 0;
        while !names.insert(name.clone()) {
            if self.level > 1 || self.scopes.is_defining() {
                return Err(self
                    .error(Code::Semantic, format!("column `{}` appears twice in a subquery", alias.value), alias.span)
                    .help("give one of them an alias of its own"));
            }
            count += 1;
            name = format!("{}{REPEATED}{count}", alias.value);
        }
        alias.value = name;
        Ok(())
    }

    fn column(&mut self, expr: &mut Expr) -> Result<()> {
        if self.generator(expr)? { Ok(()) } else { self.expression(expr) }
    }

    /// A name in `having` is a column of what is read, never an alias. Source: "having.use.select.alias".
    ///
    /// The planner would take it for the alias, so the name of the relation is put in front.
    fn without_aliases(
        &self,
        condition: &mut Expr,
        aliases: &BTreeSet<String>,
        relation: Option<&Ident>,
    ) -> Result<()> {
        let all = |parts: Vec<&mut Expr>| {
            parts.into_iter().try_for_each(|part| self.without_aliases(part, aliases, relation))
        };
        match condition {
            Expr::Identifier(name) if aliases.contains(&name.value) => match relation {
                Some(relation) => {
                    *condition = Expr::CompoundIdentifier(vec![relation.clone(), name.clone()]);
                    Ok(())
                }
                None => Err(self
                    .error(
                        Code::Semantic,
                        format!("`{}` in `having` is the name of an expression", name.value),
                        name.span,
                    )
                    .help("write the expression itself, or the name of a table before a column")),
            },
            Expr::BinaryOp { left, right, .. } => all(vec![left.as_mut(), right.as_mut()]),
            Expr::Between { expr, low, high, .. } => all(vec![expr.as_mut(), low.as_mut(), high.as_mut()]),
            Expr::UnaryOp { expr, .. }
            | Expr::Nested(expr)
            | Expr::IsNull(expr)
            | Expr::IsNotNull(expr)
            | Expr::InSubquery { expr, .. }
            | Expr::Cast { expr, .. } => all(vec![expr.as_mut()]),
            Expr::InList { expr, list, .. } => all(std::iter::once(expr.as_mut()).chain(list).collect()),
            Expr::Like { expr, pattern, .. } => all(vec![expr.as_mut(), pattern.as_mut()]),
            Expr::Function(function) => {
                let FunctionArguments::List(list) = &mut function.args else { return Ok(()) };
                all(list
                    .args
                    .iter_mut()
                    .filter_map(|argument| match argument {
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)) => Some(argument),
                        _ => None,
                    })
                    .collect())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn semantic<T>(&self, message: &str, tree: &impl Spanned) -> Result<T> {
        Err(self.error(Code::Semantic, message, tree.span()))
    }
}

/// The expressions that rows are grouped by, each once, in the order of the text.
fn keys(group_by: &GroupByExpr) -> Vec<Expr> {
    let GroupByExpr::Expressions(items, modifiers) = group_by else { return Vec::new() };
    let sets = modifiers.iter().filter_map(|modifier| match modifier {
        GroupByWithModifier::GroupingSets(Expr::GroupingSets(sets)) => Some(sets),
        _ => None,
    });
    let mut keys: Vec<Expr> = Vec::new();
    let listed = items.iter().flat_map(|item| match item {
        Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => sets.iter().flatten().collect(),
        other => vec![other],
    });
    for key in listed.chain(sets.flatten().flatten()) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    keys
}

/// Aliases that `having` cannot see: those of expressions that `group by` does not name.
fn aliases(projection: &[SelectItem], group_by: &GroupByExpr) -> BTreeSet<String> {
    let is_grouped = |alias: &Ident| match group_by {
        GroupByExpr::Expressions(items, _) => {
            items.iter().any(|item| matches!(item, Expr::Identifier(name) if name.value == alias.value))
        }
        GroupByExpr::All(_) => false,
    };
    let hidden = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { expr, alias }
            if column_name(expr).is_none_or(|name| name.value != alias.value) && !is_grouped(alias) =>
        {
            Some(alias.value.clone())
        }
        _ => None,
    };
    projection.iter().filter_map(hidden).collect()
}

/// The name of the one relation that a `select` reads.
fn only_relation(from: &[TableWithJoins]) -> Option<Ident> {
    let [TableWithJoins { relation: TableFactor::Table { alias, .. } | TableFactor::Derived { alias, .. }, joins }] =
        from
    else {
        return None;
    };
    alias.as_ref().filter(|_| joins.is_empty()).map(|alias| alias.name.clone())
}

/// The name that an expression gives its column. Source: "SELECT syntax": others are `_c0`, `_c1` …
fn column_name(expr: &Expr) -> Option<Ident> {
    match expr {
        // A variable is a value.
        Expr::Identifier(name) if name.value.starts_with('@') => None,
        Expr::Identifier(name) => Some(name.clone()),
        Expr::CompoundIdentifier(names) => names.last().cloned(),
        Expr::Nested(inner) => column_name(inner),
        _ => None,
    }
}
