//! `max_pt('t')`: the greatest partition of a table that holds rows.
//!
//! It becomes a subquery over the table's first partition column, which [`crate::data::lateral`] finds: which column that is,
//! the text does not say.

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, ObjectNamePart, SelectItem,
    Spanned, TableFactor, Value,
};

use super::expression::call;
use super::{Rewriter, from, query};
use crate::data::functions::single::FOUND;
use crate::error::{Code, Result};
use crate::text::fold;

/// What the column is called inside the subquery.
pub const PARTITION: &str = "max_pt:";

impl Rewriter<'_> {
    /// The subquery for a call; nothing for any other function.
    pub(super) fn max_pt(&mut self, function: &Function) -> Result<Option<Expr>> {
        let [ObjectNamePart::Identifier(called)] = function.name.0.as_slice() else { return Ok(None) };
        if fold(&called.value) != "max_pt" {
            return Ok(None);
        }
        let Some(table) = table(function) else {
            return Err(self
                .error(Code::Semantic, "`max_pt` takes the name of a table as a string", function.name.span())
                .help("write `max_pt('t')` or `max_pt('project.t')`"));
        };
        let mut parts = Vec::new();
        for part in table.split('.') {
            parts.push(Ident { value: part.trim().to_owned(), quote_style: Some('`'), span: called.span });
        }
        if parts.iter().any(|part| part.value.is_empty()) {
            return Err(self.error(Code::Semantic, "`max_pt` takes the name of a table", called.span));
        }
        self.nest(1, called.span)?;
        let (mut name, mut alias) = (ObjectName::from(parts), None);
        self.stored_relation(&mut name, &mut alias)?;
        let Some(alias) = alias else { return Ok(None) };
        let partitions = TableFactor::Unpivot {
            table: Box::new(from::table(name, alias)),
            value: call("max_pt", []),
            name: Ident::with_quote('`', PARTITION),
            columns: Vec::new(),
            null_inclusion: None,
            alias: None,
        };
        let greatest = call("max", [Expr::Identifier(Ident::with_quote('`', PARTITION))]);
        let alias = Ident::with_quote('`', "_c0");
        let body = query::select_from(vec![SelectItem::ExprWithAlias { expr: greatest, alias }], vec![partitions]);
        Ok(Some(call(FOUND, [Expr::Subquery(Box::new(query::plain(body)))])))
    }
}

fn table(function: &Function) -> Option<&str> {
    let FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))] => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}
