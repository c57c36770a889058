//! `x -> x + 1`: functions that are given to functions.

use datafusion::sql::sqlparser::ast::{Expr, LambdaFunction, OneOrManyWithParens};

use super::Rewriter;
use super::expression::{call, text};
use crate::error::{Code, Result};

impl Rewriter<'_> {
    /// Walks over a given function. Its parameters hide columns of their names.
    pub(super) fn lambda(&mut self, lambda: &mut LambdaFunction) -> Result<()> {
        let LambdaFunction { params, body, syntax: _ } = lambda;
        let parameters = match params {
            OneOrManyWithParens::One(one) => std::slice::from_mut(one),
            OneOrManyWithParens::Many(many) => many.as_mut_slice(),
        };
        let around = self.parameters.len();
        for parameter in parameters {
            if parameter.data_type.is_some() {
                return Err(self.unsupported("types of parameters", parameter.name.span));
            }
            self.identifier(&mut parameter.name)?;
            let name = parameter.name.value.clone();
            if self.parameters.iter().skip(around).any(|known| *known == name) {
                return Err(self.error(
                    Code::Semantic,
                    format!("parameter `{name}` appears twice"),
                    parameter.name.span,
                ));
            }
            self.parameters.push(name);
        }
        let walked = self.expression(body);
        self.parameters.truncate(around);
        walked
    }

    /// `x.a.b` of a parameter: the planner knows fields of columns only.
    pub(super) fn parameter_field(&self, expression: &mut Expr) -> bool {
        let Expr::CompoundIdentifier(names) = &*expression else { return false };
        let Some((first, fields)) = names.split_first() else { return false };
        if !self.parameters.contains(&first.value) {
            return false;
        }
        let root = Expr::Identifier(first.clone());
        let value = fields.iter().fold(root, |value, field| call("get_field", [value, text(field.value.clone())]));
        *expression = value;
        true
    }
}
