//! Functions that make rows, in a `select` list: they become a `lateral view` of its `from`.

use std::mem::take;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, GroupByExpr, Ident, LateralView, ObjectName, ObjectNamePart, Select, SelectItem,
    SelectItemQualifiedWildcardKind, TableFactor, TableWithJoins, Value, WildcardAdditionalOptions,
};

use super::{Rewriter, query};
use crate::data::functions::registry;
use crate::data::generators;
use crate::data::is_function;
use crate::error::Result;
use crate::text::fold;

/// What the view is called. No name has the colon.
const VIEW: &str = "generated:";

impl Rewriter<'_> {
    /// Moves the function that makes rows out of the list of a `select`.
    ///
    /// What is made of aggregates, or stands beside `*`, stays where it is: for an array, the planner can make rows there.
    pub(super) fn generators(&mut self, select: &mut Select) -> Result<()> {
        let named = select.projection.iter().filter(|item| generator(item).is_some()).count();
        let Some(at) = select.projection.iter().position(|item| generator(item).is_some()) else { return Ok(()) };
        let Some(item) = select.projection.get_mut(at) else { return Ok(()) };
        let several = matches!(item, SelectItem::ExprWithAliases { .. });
        let plain = generator(item).is_some_and(|function| fold(&function.name.to_string()) == "explode") && !several;
        let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(items, _) if items.is_empty());
        let aggregated = grouped || generator(item).is_some_and(|function| aggregates(&function.to_string()));
        if plain && aggregated {
            return Ok(());
        }
        let wildcards = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
        if select.projection.iter().any(wildcards) {
            return if plain { Ok(()) } else { self.refuse("`*` beside a function that makes rows", &*select) };
        }
        if aggregated || named > 1 {
            return self
                .refuse("a function that makes rows beside another one, or of aggregates", &*select)
                .map_err(|error| error.help("compute the aggregates in a subquery, and use `lateral view`"));
        }
        let name = ObjectName(vec![ObjectNamePart::Identifier(Ident::with_quote('`', VIEW))]);
        let options = WildcardAdditionalOptions::default();
        let wildcard =
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name.clone()), options);
        let Some(item) = select.projection.get_mut(at) else { return Ok(()) };
        let (function, aliases) = match std::mem::replace(item, wildcard) {
            SelectItem::UnnamedExpr(function) => (function, Vec::new()),
            SelectItem::ExprWithAlias { expr, alias } => (expr, vec![alias]),
            SelectItem::ExprWithAliases { expr, aliases } => (expr, aliases),
            other => {
                *item = other;
                return Ok(());
            }
        };
        if select.from.is_empty() {
            select.from.push(one_row());
        }
        let mut views = take(&mut select.lateral_views);
        views.push(LateralView {
            lateral_view: function,
            lateral_view_name: name,
            lateral_col_alias: aliases,
            outer: false,
        });
        select.lateral_views = views;
        Ok(())
    }
}

fn generator(item: &SelectItem) -> Option<&Function> {
    let (SelectItem::UnnamedExpr(expr)
    | SelectItem::ExprWithAlias { expr, .. }
    | SelectItem::ExprWithAliases { expr, .. }) = item
    else {
        return None;
    };
    let Expr::Function(function) = expr else { return None };
    let name = fold(&function.name.to_string());
    // A function that is not built in makes rows if its columns are named.
    let is_users_own = || matches!(item, SelectItem::ExprWithAliases { .. }) && !is_function(&name.replace('`', ""));
    (generators::NAMES.contains(&name.as_str()) || is_users_own()).then_some(function)
}

/// Whether an aggregate seems to be called; a string that looks like a call counts, too.
fn aggregates(text: &str) -> bool {
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices('(').any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let name = before.rsplit(|letter| !is_name(letter)).next().unwrap_or_default();
        registry().aggregate(&fold(name)).is_some()
    })
}

/// A `from` of one row.
fn one_row() -> TableWithJoins {
    let value = Expr::Value(Value::Boolean(true).with_empty_span());
    let body = query::select_from(vec![SelectItem::UnnamedExpr(value)], Vec::new());
    let relation = TableFactor::Derived {
        lateral: false,
        subquery: Box::new(query::plain(body)),
        alias: Some(query::alias_of_values(0)),
        sample: None,
    };
    TableWithJoins { relation, joins: Vec::new() }
}
