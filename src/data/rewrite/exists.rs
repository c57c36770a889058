//! `table_exists('t')`, `partition_exists('t', '20240101', …)`: what the state says, found before the query is planned.
//!
//! Whoever decides on the query finds the answers (`command`); the planner gets them as functions that nobody can call.

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, ObjectNamePart, Spanned, Value,
};

use super::Rewriter;
use super::expression::call;
use crate::error::{Code, Result};
use crate::text::{Span, fold};

/// A question for a table or a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// What stands before the name of the table, folded, with points between its parts.
    pub qualifier: Option<String>,
    /// The table, folded.
    pub name: String,
    /// The values of the partition, in the order of the partition columns.
    pub partition: Option<Vec<String>>,
    /// The call.
    pub span: Span,
}

/// What the planner calls the answer to a question, by its number.
pub fn answer_name(number: usize) -> String {
    format!("?exists{number}")
}

impl Rewriter<'_> {
    /// What stands for a call whose value is found before rows are read; nothing for any other function.
    pub(super) fn found_before(&mut self, function: &Function) -> Result<Option<Expr>> {
        match self.max_pt(function)? {
            Some(greatest) => Ok(Some(greatest)),
            None => self.probe(function),
        }
    }

    /// The answer to a call; nothing for any other function.
    fn probe(&mut self, function: &Function) -> Result<Option<Expr>> {
        let [ObjectNamePart::Identifier(called)] = function.name.0.as_slice() else { return Ok(None) };
        let called = fold(&called.value);
        let help = match called.as_str() {
            "table_exists" => "write `table_exists('t')` or `table_exists('project.t')`",
            "partition_exists" => "write `partition_exists('t', '<value>', …)`, a value for each partition column",
            _ => return Ok(None),
        };
        let span = function.name.span();
        let wrong = |rewriter: &Self| {
            let error = rewriter.error(Code::Semantic, format!("`{called}` takes constant strings"), span);
            Err(error.help(help))
        };
        let Some(texts) = constants(function) else { return wrong(self) };
        let (table, values) = match texts.as_slice() {
            [table] if called == "table_exists" => (table, None),
            [table, values @ ..] if called == "partition_exists" && !values.is_empty() => {
                (table, Some(values.to_vec()))
            }
            _ => return wrong(self),
        };
        let parts: Vec<Ident> =
            table.split('.').map(|part| Ident { span, ..Ident::with_quote('`', part.trim()) }).collect();
        if parts.iter().any(|part| part.value.is_empty()) || parts.len() > 3 {
            return Err(self.error(Code::Semantic, format!("`{called}` takes the name of a table"), span).help(help));
        }
        let mut name = ObjectName::from(parts);
        self.object_name(&mut name)?;
        let mut parts: Vec<String> =
            name.0.iter().filter_map(|part| part.as_ident()).map(|part| part.value.clone()).collect();
        let name = parts.pop().unwrap_or_default();
        let qualifier = (!parts.is_empty()).then(|| parts.join("."));
        let span = self.places.tree(span).unwrap_or_default();
        self.probes.push(Probe { qualifier, name, partition: values, span });
        Ok(Some(call(&answer_name(self.probes.len() - 1), [])))
    }
}

/// The arguments of a plain call, if all are constant strings.
fn constants(function: &Function) -> Option<Vec<String>> {
    if function.over.is_some() || function.filter.is_some() || !function.within_group.is_empty() {
        return None;
    }
    let FunctionArguments::List(list) = &function.args else { return None };
    if list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return None;
    }
    let text = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    };
    list.args.iter().map(text).collect()
}
