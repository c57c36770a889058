//! `join … using (…)`: what its columns are, and in which order `*` gives them.

use datafusion::sql::sqlparser::ast::{
    ExceptSelectItem, Expr, Ident, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, Select, SelectItem,
    SelectItemQualifiedWildcardKind, TableFactor, WildcardAdditionalOptions,
};

use super::Rewriter;
use super::expression::call;
use crate::text::fold;

impl Rewriter<'_> {
    /// What a column of `using` is where rows may come from the right side alone; the left side's elsewhere.
    pub(super) fn shared(&self, name: &str) -> Option<Expr> {
        self.shared.iter().find(|(shared, _)| shared == name).map(|(_, value)| value.clone())
    }
}

/// The columns of `using` whose value is not the left side's, folded. Source: SQL:2016, "joined table".
pub(super) fn shared(select: &Select) -> Vec<(String, Expr)> {
    let [from] = select.from.as_slice() else { return Vec::new() };
    let mut shared: Vec<(String, Expr)> = Vec::new();
    for (at, join) in from.joins.iter().enumerate() {
        let (right, both) = match &join.join_operator {
            JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => (constraint, false),
            JoinOperator::FullOuter(constraint) => (constraint, true),
            _ => continue,
        };
        let Some(table) = called(&join.relation) else { continue };
        for name in names(right) {
            let name = fold(&name.value);
            let column = |table: &Ident| {
                Expr::CompoundIdentifier(vec![
                    Ident::with_quote('`', fold(&table.value)),
                    Ident::with_quote('`', &name),
                ])
            };
            let known = shared.iter().position(|(known, _)| *known == name);
            let left = known.map(|at| shared.remove(at).1);
            // The left side of the first join is one table; without its name the column would be ambiguous in places.
            let first = called(&from.relation).filter(|_| at == 0);
            let plain = || Expr::Identifier(Ident::with_quote('`', &name));
            let left = left.unwrap_or_else(|| first.as_ref().map_or_else(plain, column));
            let value = if both { call("coalesce", [left, column(&table)]) } else { column(&table) };
            shared.push((name, value));
        }
    }
    shared
}

/// `*` over a join with `using`: the columns of `using` first, then the others, side by side.
///
/// Source: SQL:2016, "joined table".
pub(super) fn spell_out(select: &mut Select) {
    let [SelectItem::Wildcard(options)] = select.projection.as_slice() else { return };
    let [from] = select.from.as_slice() else { return };
    if !is_plain(options) || !select.lateral_views.is_empty() {
        return;
    }
    let mut shared: Vec<Ident> = Vec::new();
    let mut tables = vec![called(&from.relation)];
    for join in &from.joins {
        // The right side of semi and anti joins is not shown; other joins keep their columns apart.
        let Some(constraint) = constraint(&join.join_operator) else { return };
        let mut listed = names(constraint);
        shared.retain(|known| !listed.iter().any(|name| name.value.eq_ignore_ascii_case(&known.value)));
        listed.append(&mut shared);
        shared = listed;
        tables.push(called(&join.relation));
    }
    let Some((first, rest)) = shared.split_first() else { return };
    let Some(tables) = tables.into_iter().collect::<Option<Vec<Ident>>>() else { return };
    let except = ExceptSelectItem { first_element: first.clone(), additional_elements: rest.to_vec() };
    let others = WildcardAdditionalOptions { opt_except: Some(except), ..options.clone() };
    let columns = shared.iter().map(|name| SelectItem::UnnamedExpr(Expr::Identifier(name.clone())));
    let others = tables.into_iter().map(|table| {
        let table = ObjectName::from(vec![table]);
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(table), others.clone())
    });
    select.projection = columns.chain(others).collect();
}

/// What a table is called in its query.
fn called(factor: &TableFactor) -> Option<Ident> {
    match factor {
        TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
            Some(alias.name.clone())
        }
        TableFactor::Table { name, .. } => name.0.last().and_then(ObjectNamePart::as_ident).cloned(),
        _ => None,
    }
}

/// The columns of `using`.
fn names(constraint: &JoinConstraint) -> Vec<Ident> {
    let JoinConstraint::Using(columns) = constraint else { return Vec::new() };
    columns.iter().filter_map(|column| column.0.last().and_then(ObjectNamePart::as_ident).cloned()).collect()
}

fn is_plain(options: &WildcardAdditionalOptions) -> bool {
    let WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    opt_ilike.is_none()
        && opt_exclude.is_none()
        && opt_except.is_none()
        && opt_replace.is_none()
        && opt_rename.is_none()
        && opt_alias.is_none()
}

fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint @ JoinConstraint::Using(_))
        | JoinOperator::Inner(constraint @ JoinConstraint::Using(_))
        | JoinOperator::Left(constraint @ JoinConstraint::Using(_))
        | JoinOperator::LeftOuter(constraint @ JoinConstraint::Using(_))
        | JoinOperator::Right(constraint @ JoinConstraint::Using(_))
        | JoinOperator::RightOuter(constraint @ JoinConstraint::Using(_))
        | JoinOperator::FullOuter(constraint @ JoinConstraint::Using(_)) => Some(constraint),
        _ => None,
    }
}
