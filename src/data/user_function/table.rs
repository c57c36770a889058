use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ListArray, StructArray, new_empty_array};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Fields};
use datafusion::common::Result as Outcome;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::UserFunction;
use super::answer::Wrong;
use super::line::{Line, Rows};
use super::scalar::taken;
use crate::data::engine::Cancel;
use crate::data::failure::carry;
use crate::data::types;

/// A function of a user's own that makes rows: for the engine, one that gives a list of them.
#[derive(Debug)]
pub(in crate::data) struct TableCode {
    name: String,
    code: Arc<UserFunction>,
    line: Arc<Line>,
    signature: Signature,
}

impl TableCode {
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

    /// The names of its columns, unless the query returns them others.
    pub fn columns(code: &UserFunction) -> Vec<String> {
        (0..code.results.len()).map(|at| format!("c{at}")).collect()
    }

    fn fields(&self) -> Fields {
        let fields = Self::columns(&self.code).into_iter().zip(&self.code.results);
        fields.map(|(name, data_type)| types::to_field(&name, data_type)).collect()
    }

    fn list(&self) -> Arrow {
        Arrow::List(self.item())
    }

    fn item(&self) -> Arc<Field> {
        Arc::new(Field::new("item", Arrow::Struct(self.fields()), true))
    }
}

impl PartialEq for TableCode {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.line, &other.line)
    }
}

impl Eq for TableCode {}

impl Hash for TableCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.line).cast::<()>().addr().hash(state);
    }
}

impl ScalarUDFImpl for TableCode {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        taken(&self.code, given)
    }

    fn return_type(&self, _: &[Arrow]) -> Outcome<Arrow> {
        Ok(self.list())
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let rows = given.number_rows;
        if rows == 0 {
            return Ok(ColumnarValue::Array(new_empty_array(&self.list())));
        }
        let columns = given.args.iter().map(|value| value.to_array(rows)).collect::<Outcome<Vec<_>>>()?;
        let request = Rows { count: rows, groups: &[], columns: &columns, kinds: &self.code.arguments };
        let made = self.line.ask(b'T', &request, &given.config_options, |answer| {
            let offsets = answer.offsets(rows)?;
            let made = offsets.last().and_then(|last| usize::try_from(*last).ok()).ok_or(Wrong::Garbled)?;
            let columns =
                self.code.results.iter().map(|kind| answer.column(kind, made)).collect::<Result<Vec<_>, _>>()?;
            let values = StructArray::try_new(self.fields(), columns, None).map_err(|_| Wrong::Garbled)?;
            ListArray::try_new(self.item(), offsets, Arc::new(values), None).map_err(|_| Wrong::Garbled)
        });
        let made: Arc<dyn Array> = Arc::new(made.map_err(carry)?);
        Ok(ColumnarValue::Array(made))
    }
}
