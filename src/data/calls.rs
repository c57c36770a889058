//! Calls of functions that are not built in: whether there are such, and who may call them, is decided elsewhere.
//!
//! Those that cannot be run have stand-ins, so that it is known all the same which columns a query reads for them: they take any arguments,
//! give a string, and are never executed.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{DataFusionError, Result as Outcome};
use datafusion::logical_expr::{
    AggregateUDF, ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::engine::Cancel;
use super::functions::context::is_drawn_once;
use super::functions::registry;
use super::generators;
use super::message::distance;
use super::rewrite::{CONVERSIONS, Called};
use super::sql_function::{SqlCall, SqlFunction};
use super::tokens::IN_PROJECT;
use super::user_function::{AggregateCode, ScalarCode, UserFunction};
use crate::error::{Code, Error};
use crate::model::{CodeKind, builtin_function};
use crate::text::Span;

/// What a query reads as a call although no function of the registry has the name.
const SPELLED: [&str; 17] = [
    "cast",
    "safe_cast",
    "try_cast",
    "case",
    "exists",
    "grouping_id",
    "field",
    "max_pt",
    "partition_exists",
    "table_exists",
    "cluster_sample",
    "extract",
    "interval",
    "position",
    "struct",
    "trim",
    "unnest",
];

/// Whether a query knows a function of this name, folded, by itself: no function of a user's own is ever called by it.
pub fn is_function(name: &str) -> bool {
    registry().contains(name)
        || SPELLED.contains(&name)
        || CONVERSIONS.contains(&name)
        || generators::NAMES.contains(&name)
}

/// The names of the functions that every query knows by itself.
pub fn function_names() -> Vec<String> {
    registry().names()
}

/// A call of a function that is not built in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What was typed before the name, folded, with points between its parts: projects and schemas (SCH-1).
    pub qualifier: Option<String>,
    /// The name, folded.
    pub name: String,
    /// Where it stands first.
    pub span: Option<Span>,
}

impl Call {
    /// The name as it was typed, folded.
    pub fn typed(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}{IN_PROJECT}{}", qualifier.replace('.', IN_PROJECT), self.name),
            None => self.name.clone(),
        }
    }

    /// What is said if there is no such function.
    pub fn unknown(&self) -> Box<Error> {
        self.placed(unknown_function(&self.typed()))
    }

    /// An error about this call.
    pub fn placed(&self, error: Box<Error>) -> Box<Error> {
        match self.span {
            Some(span) => error.at(span),
            None => error,
        }
    }
}

/// What is said of a function that nobody knows.
pub fn unknown_function(name: &str) -> Box<Error> {
    if let Some(known) = builtin_function(name).filter(|function| !function.is_built()) {
        let error = Error::new(Code::Unsupported, format!("not supported: `{name}` {}", known.meaning));
        return match known.name.ends_with("wrapped_keyset") {
            true => error.help("use a keyset that is not wrapped: `new_keyset` creates one"),
            false => error,
        };
    }
    let error = Error::new(Code::Semantic, format!("function `{name}` cannot be resolved"));
    let close = registry().names().into_iter().map(|other| (distance(other.as_ref(), name), other)).min();
    match close {
        // Short names are close to everything.
        Some((distance, other)) if distance <= 2 && distance * 2 <= name.len() => {
            error.help(format!("did you mean `{other}`?"))
        }
        _ => error,
    }
}

/// The calls of functions that are not built in, each once, in the order of the text.
pub fn calls(called: &[Called]) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let is_built_in = |name: &str| registry().contains(name) || is_drawn_once(name);
    for called in called.iter().filter(|called| !is_built_in(&called.name)) {
        let (qualifier, name) = match called.name.rsplit_once(IN_PROJECT) {
            Some((qualifier, name)) => (Some(qualifier.replace(IN_PROJECT, ".")), name.to_owned()),
            None => (None, called.name.clone()),
        };
        match calls.iter_mut().find(|call| call.qualifier == qualifier && call.name == name) {
            Some(known) => known.span = known.span.into_iter().chain(called.span).min(),
            None => calls.push(Call { qualifier, name, span: called.span }),
        }
    }
    calls.sort_by_key(|call| call.span);
    calls
}

/// The functions that calls mean: those that run in a process of their own, and those in SQL.
type CodeAndBodies<'c> = (&'c [(Call, Arc<UserFunction>)], &'c [(Call, Arc<SqlFunction>)]);

/// What the planner calls for these, by the names that it asks for: their code, or a stand-in.
pub fn scalars(calls: &[Call], (code, bodies): CodeAndBodies<'_>, cancel: &Cancel) -> BTreeMap<String, Arc<ScalarUDF>> {
    let scalar = |call: &Call| {
        let (name, code) = (call.typed(), code.iter().find(|(other, _)| other == call));
        if let Some((_, body)) = bodies.iter().find(|(other, _)| other == call) {
            let function = ScalarUDF::from(SqlCall::new(&name, body));
            return Some((name, Arc::new(function)));
        }
        let function = match code {
            Some((_, code)) if code.kind == CodeKind::Aggregate => return None,
            Some((_, code)) => ScalarUDF::from(ScalarCode::new(&name, code, cancel)),
            None => ScalarUDF::from(StandIn::new(name.clone())),
        };
        Some((name, Arc::new(function)))
    };
    calls.iter().filter_map(scalar).collect()
}

/// The same for those that give a value for each group of rows.
pub fn aggregates(code: &[(Call, Arc<UserFunction>)], cancel: &Cancel) -> BTreeMap<String, Arc<AggregateUDF>> {
    let aggregate = |(call, code): &(Call, Arc<UserFunction>)| {
        let name = call.typed();
        let function = AggregateUDF::from(AggregateCode::new(&name, code, cancel));
        (name, Arc::new(function))
    };
    code.iter().filter(|(_, code)| code.kind == CodeKind::Aggregate).map(aggregate).collect()
}

/// A function of any arguments that gives a string, and is never executed.
#[derive(Debug, PartialEq, Eq, Hash)]
struct StandIn {
    name: String,
    signature: Signature,
}

impl StandIn {
    fn new(name: String) -> Self {
        Self { name, signature: Signature::user_defined(Volatility::Volatile) }
    }
}

impl ScalarUDFImpl for StandIn {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        Ok(given.to_vec())
    }

    fn return_type(&self, _: &[Arrow]) -> Outcome<Arrow> {
        Ok(Arrow::Utf8)
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        Err(DataFusionError::NotImplemented("running user functions".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use crate::data::parse;
    use crate::model::Dialect;
    use crate::text::Span;

    #[test]
    fn each_function_that_is_not_built_in_is_listed_once_in_the_order_of_the_text() {
        let query = parse(
            "select P:f(g(1)), length(`F`(2)) from t where p:F(3) in (select g(4)) limit 1",
            0,
            &Dialect::default(),
        )
        .unwrap();
        let calls: Vec<_> = query.calls().iter().map(|call| (call.qualifier.as_deref(), call.name.as_str())).collect();
        assert_eq!(calls, [(Some("p"), "f"), (None, "g"), (None, "f")]);
        assert_eq!(query.calls()[0].span, Some(Span::new(7, 8)));
    }
}
