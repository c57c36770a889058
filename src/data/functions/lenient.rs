//! Functions of the engine that take more types here: text as a number, numbers beside text in an array, arrays in `concat`.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef};
use datafusion::common::{DataFusionError, Result as Outcome};
use datafusion::logical_expr::binary::type_union_coercion;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::value::{common, element, list};
use crate::data::conversion::is_text;
use crate::data::supertype;

/// What is done with the types before the function sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Change {
    /// Text as the first argument becomes a double.
    Number,
    /// All become text if one is.
    Text,
    /// As `Text`, of two arguments.
    Pair,
    /// All but the first become text if one of them is.
    Results,
    /// The greatest or least is sought: text becomes a double if there are numbers.
    Compared,
    /// Arrays whose elements are compared or put together: they become text if those of one are.
    Arrays,
    /// A value is sought in an array: both are doubles if text is compared with numbers.
    Sought,
    /// As `Results`, for a condition of any type, about which the function is not asked.
    Free,
    /// Each single value becomes text, except binary ones.
    AllText,
}

/// A function with more types.
#[derive(Debug)]
struct Lenient {
    inner: Arc<ScalarUDF>,
    change: Change,
    signature: Signature,
}

/// The same function, which takes text as a number.
pub fn with_text(inner: &Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    lenient(inner, Change::Number)
}

/// The same function, for which all arguments are text if one is.
pub fn with_numbers(inner: &Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    lenient(inner, Change::Text)
}

/// The same function of two arguments, which are text if one is.
pub fn with_pair(inner: &Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    lenient(inner, Change::Pair)
}

/// The same function, whose results are text if one is. The first argument is a condition.
pub fn with_results(inner: &Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    lenient(inner, Change::Results)
}

/// The same function, which seeks the greatest or least of its arguments.
pub fn with_compared(inner: &Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    lenient(inner, Change::Compared)
}

/// The same function of arrays, whose elements get one type.
pub fn with_arrays(inner: &Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    lenient(inner, Change::Arrays)
}

/// The same function, which seeks a value in an array.
pub fn with_sought(inner: &Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    lenient(inner, Change::Sought)
}

/// The same function, whose results are text if one is. The first argument is of any type.
pub fn with_free(inner: &Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    lenient(inner, Change::Free)
}

/// The same function of text, which takes other single values as the text that they are shown as.
pub fn with_values(inner: &Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    lenient(inner, Change::AllText)
}

fn lenient(inner: &Arc<ScalarUDF>, change: Change) -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::from(Lenient { inner: Arc::clone(inner), change, signature }))
}

impl PartialEq for Lenient {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

impl Eq for Lenient {}

impl Hash for Lenient {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl ScalarUDFImpl for Lenient {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        let unified = |given: &[Arrow]| match (supertype::special(given), common(given)) {
            (_, Some(Arrow::Utf8)) if given.iter().any(is_text) => vec![Arrow::Utf8; given.len()],
            (Some(special), _) => vec![special; given.len()],
            _ => given.to_vec(),
        };
        if self.change == Change::Free {
            return free(given, unified);
        }
        let changed: Vec<Arrow> = match (self.change, given.split_first()) {
            (Change::Pair, _) if given.len() != 2 => return Err(refused("two arguments are needed")),
            (Change::Text | Change::Pair, _) => unified(given),
            (Change::Results, Some((condition, results))) => {
                std::iter::once(condition.clone()).chain(unified(results)).collect()
            }
            (Change::Number, Some((first, rest))) if is_text(first) => {
                std::iter::once(Arrow::Float64).chain(rest.iter().cloned()).collect()
            }
            (Change::AllText, _) => given.iter().map(as_text).collect(),
            (Change::Compared, _) => match supertype::special_of_compared(given) {
                Some(special) => vec![special; given.len()],
                None => given.to_vec(),
            },
            (Change::Arrays, _) => one_array(given).map_or_else(|| given.to_vec(), |array| vec![array; given.len()]),
            (Change::Sought, _) => sought(given).unwrap_or_else(|| given.to_vec()),
            (Change::Number | Change::Results | Change::Free, _) => given.to_vec(),
        };
        let fields: Vec<FieldRef> = changed
            .iter()
            .map(|data_type| Arc::new(datafusion::arrow::datatypes::Field::new("", data_type.clone(), true)))
            .collect();
        let coerced =
            datafusion::logical_expr::type_coercion::functions::fields_with_udf(&fields, self.inner.as_ref())?;
        Ok(coerced.iter().map(|field| field.data_type().clone()).collect())
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        self.inner.return_type(given)
    }

    fn return_field_from_args(&self, given: ReturnFieldArgs) -> Outcome<FieldRef> {
        self.inner.return_field_from_args(given)
    }

    fn short_circuits(&self) -> bool {
        self.inner.short_circuits()
    }

    fn conditional_arguments<'a>(&self, args: &'a [Expr]) -> Option<(Vec<&'a Expr>, Vec<&'a Expr>)> {
        self.inner.conditional_arguments(args)
    }

    fn simplify(&self, given: Vec<Expr>, context: &SimplifyContext) -> Outcome<ExprSimplifyResult> {
        self.inner.simplify(given, context)
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        self.inner.invoke_with_args(given)
    }
}

/// The types of a condition, which stays as it is, and of two results.
fn free(given: &[Arrow], unified: impl Fn(&[Arrow]) -> Vec<Arrow>) -> Outcome<Vec<Arrow>> {
    let [condition, results @ ..] = given else { return Err(refused("a condition is needed")) };
    let results = unified(results);
    let [one, other] = results.as_slice() else { return Err(refused("two results are needed")) };
    let common = type_union_coercion(one, other).ok_or_else(|| refused("the results have no type in common"))?;
    Ok(vec![condition.clone(), common.clone(), common])
}

/// The type of arrays that are compared or put together, where the engine would find another one.
fn one_array(given: &[Arrow]) -> Option<Arrow> {
    let elements: Vec<Arrow> = given.iter().map(known_element).collect::<Option<_>>()?;
    let has = |of: fn(&Arrow) -> bool| elements.iter().any(of);
    if has(is_text) && has(Arrow::is_numeric) {
        return common(&elements).map(|element| list(&element));
    }
    supertype::special(&elements).map(|element| list(&element))
}

/// The types of an array and of what is sought in it, where the engine would find others.
fn sought(given: &[Arrow]) -> Option<Vec<Arrow>> {
    let [array, value] = given else { return None };
    let common = supertype::special_of_compared(&[known_element(array)?, value.clone()])?;
    Some(vec![list(&common), common])
}

/// The type of the elements of an array that may have some.
fn known_element(array: &Arrow) -> Option<Arrow> {
    matches!(array, Arrow::List(item) if !item.data_type().is_null()).then(|| element(array)).flatten()
}

fn refused(why: &str) -> DataFusionError {
    DataFusionError::Plan(why.to_owned())
}

fn as_text(given: &Arrow) -> Arrow {
    match given {
        other if other.is_nested() || other.is_null() => other.clone(),
        Arrow::Binary | Arrow::LargeBinary | Arrow::BinaryView | Arrow::FixedSizeBinary(_) => given.clone(),
        _ => Arrow::Utf8,
    }
}
