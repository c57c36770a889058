//! Variables of a script where an expression stands: the one value of a variable, and the branch of an `if` that counts.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident, ObjectName, ObjectNamePart,
    Query, SelectItem, SetExpr, TableAlias, WildcardAdditionalOptions, visit_expressions,
};

use super::expression::{call, text};
use super::{Rewriter, from, query};
use crate::data::functions::context::is_random;
use crate::data::functions::registry;
use crate::data::tokens::BRANCH;
use crate::error::Result;
use crate::text::fold;

impl Rewriter<'_> {
    /// The value of a variable; none if it has none here. One that is an expression over constants stands here itself, so that a condition on
    /// a partition is one; every other one is a subquery.
    pub(super) fn value_of_variable(&mut self, name: &Ident) -> Result<Option<Expr>> {
        let Some((number, _)) = self.scopes.use_of(&name.value) else { return Ok(None) };
        let constant = self.scopes.get_mut(number).and_then(|named| constant(&named.tree.as_ref()?.query).cloned());
        if let Some(value) = constant {
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

    /// `@s.a`, where the variable is an expression over constants: such a one is no relation whose column this could be.
    pub(super) fn field_of_variable(&mut self, names: &[Ident]) -> Result<Option<Expr>> {
        let Some((variable, fields)) = names.split_first().filter(|(first, _)| first.value.starts_with('@')) else {
            return Ok(None);
        };
        let is_constant = self.scopes.visible(&variable.value).and_then(|named| named.tree.as_ref());
        if is_constant.and_then(|tree| constant(&tree.query)).is_none() {
            return Ok(None);
        }
        let Some(value) = self.value_of_variable(variable)? else { return Ok(None) };
        let field = |value, field: &Ident| call("get_field", [value, text(field.value.clone())]);
        Ok(Some(fields.iter().fold(value, field)))
    }

    /// What [`crate::data::branches`] asks for before a plan runs.
    pub(super) fn branch(&mut self, function: &mut Function) -> Result<()> {
        let FunctionArguments::List(list) = &mut function.args else { return Ok(()) };
        for argument in &mut list.args {
            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) = argument {
                self.expression(value)?;
            }
        }
        Ok(())
    }
}

/// Whether a function says which branch of an `if` counts.
pub(super) fn is_branch(function: &Function) -> bool {
    matches!(function.name.0.as_slice(), [ObjectNamePart::Identifier(name)] if name.value == BRANCH)
}

/// The only value of a query that reads nothing, if it is the same each time.
fn constant(query: &Query) -> Option<&Expr> {
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

/// Whether an expression asks rows, or what may give another value each time.
fn differs(value: &Expr) -> bool {
    let found = visit_expressions(value, |part: &Expr| {
        let differs = match part {
            Expr::Function(function) => match function.name.0.as_slice() {
                [ObjectNamePart::Identifier(name)] => {
                    let name = fold(&name.value);
                    !registry().has_scalar(&name) || is_random(&name) || function.over.is_some()
                }
                _ => true,
            },
            Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => true,
            _ => false,
        };
        if differs { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    found.is_break()
}
