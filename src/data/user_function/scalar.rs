use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::new_empty_array;
use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef};
use datafusion::common::Result as Outcome;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::logical_expr::{Expr, LogicalPlan};

use super::UserFunction;
use super::line::{Line, Rows};
use crate::data::engine::Cancel;
use crate::data::failure::carry;
use crate::data::types;
use crate::error::{Code, Error};
use crate::model::{CodeKind, DataType};

/// A function of a user's own that gives a value for each row.
///
/// Volatile: the engine neither folds nor repeats nor leaves out calls of it, and none happens before the plan runs (STG-3).
#[derive(Debug)]
pub(in crate::data) struct ScalarCode {
    name: String,
    code: Arc<UserFunction>,
    line: Arc<Line>,
    signature: Signature,
}

impl ScalarCode {
    /// The function as a query calls it, by the name that the planner asks for.
    pub fn new(name: &str, code: &Arc<UserFunction>, cancel: &Cancel) -> Self {
        Self {
            name: name.to_owned(),
            code: Arc::clone(code),
            line: Arc::new(Line::new(Arc::clone(code), cancel)),
            signature: Signature::user_defined(Volatility::Volatile),
        }
    }

    /// Its connection to its process.
    pub(super) fn line(&self) -> &Arc<Line> {
        &self.line
    }

    /// The same function with a process of its own.
    pub fn apart(&self) -> Self {
        Self::new(&self.name, &self.code, self.line.cancel())
    }

    fn result(&self) -> DataType {
        self.code.results.first().cloned().unwrap_or(DataType::String)
    }
}

impl PartialEq for ScalarCode {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.line, &other.line)
    }
}

impl Eq for ScalarCode {}

impl Hash for ScalarCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        Arc::as_ptr(&self.line).cast::<()>().addr().hash(state);
    }
}

impl ScalarUDFImpl for ScalarCode {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        // Told by `check`, in better words than the planner has for types that do not fit.
        if self.code.kind == CodeKind::Table {
            return Ok(given.to_vec());
        }
        taken(&self.code, given)
    }

    fn return_type(&self, _: &[Arrow]) -> Outcome<Arrow> {
        Ok(types::to_arrow(&self.result()))
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs<'_>) -> Outcome<FieldRef> {
        Ok(Arc::new(types::to_field(&self.name, &self.result())))
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let (rows, result) = (given.number_rows, self.result());
        if rows == 0 {
            return Ok(ColumnarValue::Array(new_empty_array(&types::to_arrow(&result))));
        }
        let columns = given.args.iter().map(|value| value.to_array(rows)).collect::<Outcome<Vec<_>>>()?;
        let request = Rows { count: rows, groups: &[], columns: &columns, kinds: &self.code.arguments };
        let asked = self.line.ask(b'C', &request, &given.config_options, |answer| answer.column(&result, rows));
        asked.map(ColumnarValue::Array).map_err(carry)
    }
}

/// Checks that no function that makes rows stands for one value.
///
/// # Errors
/// One does.
pub(in crate::data) fn check(plan: &LogicalPlan) -> Outcome<()> {
    let check = |part: &Expr| match part {
        Expr::ScalarFunction(call) => match call.func.inner().downcast_ref::<ScalarCode>() {
            Some(function) if function.code.kind == CodeKind::Table => {
                let name = &function.code.name;
                let message = format!("function `{name}` is a table function and cannot be used as a scalar value");
                let help = "name its columns, `f(…) as (a, b)`, or write `lateral view f(…) t as a, b`";
                Err(carry(Error::new(Code::Semantic, message).help(help)))
            }
            _ => Ok(TreeNodeRecursion::Continue),
        },
        _ => Ok(TreeNodeRecursion::Continue),
    };
    plan.apply_with_subqueries(|node| node.apply_expressions(|expression| expression.apply(check))).map(|_| ())
}

/// The types to which arguments are converted.
pub(super) fn taken(code: &UserFunction, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
    let takes = &code.arguments;
    if takes.len() != given.len() {
        let (name, takes, given) = (&code.name, takes.len(), given.len());
        let error = Error::new(Code::Semantic, format!("function `{name}` takes {takes} arguments, not {given}"));
        return Err(carry(error));
    }
    Ok(takes.iter().map(types::to_arrow).collect())
}
