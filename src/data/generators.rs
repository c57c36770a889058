//! Functions that make rows: what their columns are.

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::functions_nested::expr_fn::{array_length, make_array, map_keys, map_values, range};
use datafusion::logical_expr::{Expr, ExprSchemable, cast, lit};

use super::functions::registry;
use super::supertype;

/// Their names. Source: "UDTF functions", "EXPLODE", "INLINE", "JSON_EXPLODE".
pub const NAMES: &[&str] = &[
    "explode",
    "posexplode",
    "inline",
    "stack",
    "json_tuple",
    "json_explode",
    "parse_url_tuple",
    "keyvalue_tuple",
    "trans_array",
    "trans_cols",
];

/// The longest text of columns that a function may make. Chosen.
const COLUMNS: usize = 1_200;

/// One column.
pub enum Part {
    /// An element of this array in each row.
    Each(Expr),
    /// This value in every row.
    Same(Expr),
}

/// What a function makes.
pub struct Generated {
    /// Its columns; those of an array of structs are the fields of the one part.
    pub parts: Vec<Part>,
    /// What they are called unless the query says so.
    pub names: Vec<String>,
    /// The fields of each element, which are the columns.
    pub fields: Vec<String>,
}

fn generated(parts: Vec<Part>, names: &[&str]) -> Generated {
    Generated { parts, names: names.iter().map(|name| (*name).to_owned()).collect(), fields: Vec::new() }
}

fn numbered(parts: Vec<Part>, prefix: &str) -> Generated {
    let names = (0..parts.len()).map(|at| format!("{prefix}{at}")).collect();
    Generated { parts, names, fields: Vec::new() }
}

/// The columns of a call.
pub fn columns(name: &str, given: Vec<Expr>, schema: &DFSchema) -> Result<Generated> {
    let types = given.iter().map(|value| value.get_type(schema)).collect::<Result<Vec<_>>>()?;
    let made = match (name, given.as_slice(), types.as_slice()) {
        ("explode", [value], [Arrow::Map(..)]) => {
            let parts = vec![Part::Each(map_keys(value.clone())), Part::Each(map_values(value.clone()))];
            generated(parts, &["key", "value"])
        }
        ("explode", [value], [one]) if is_list(one) => generated(vec![Part::Each(value.clone())], &["col"]),
        ("posexplode", [value], [one]) if is_list(one) => {
            let length = cast(array_length(value.clone()), Arrow::Int64);
            let places = range(lit(0_i64), length, lit(1_i64));
            generated(vec![Part::Each(places), Part::Each(value.clone())], &["pos", "val"])
        }
        ("inline", [value], [one]) => match item(one) {
            Some(Arrow::Struct(fields)) => {
                let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
                Generated { parts: vec![Part::Each(value.clone())], fields: names.clone(), names }
            }
            _ => return plan_err!("`inline` takes an array of structs"),
        },
        ("stack", [Expr::Literal(ScalarValue::Int64(Some(rows)), _), values @ ..], [_, types @ ..]) => {
            stack(*rows, values, types)?
        }
        ("json_tuple", [text, keys @ ..], _) if !keys.is_empty() => {
            let parts = keys.iter().map(|key| one(call("?json_field", vec![text.clone(), key.clone()])));
            numbered(parts.collect::<Result<_>>()?, "c")
        }
        ("json_explode", [text], _) => {
            let part = |function: &str| call(function, vec![text.clone()]).map(Part::Each);
            generated(vec![part("?json_keys")?, part("?json_values")?], &["key", "value"])
        }
        ("parse_url_tuple", [url, keys @ ..], _) if !keys.is_empty() => {
            let parts = keys.iter().map(|key| one(url_part(url, key)));
            numbered(parts.collect::<Result<_>>()?, "c")
        }
        ("keyvalue_tuple", [text, pairs, between, keys @ ..], _) if !keys.is_empty() => {
            let part = |key: &Expr| call("keyvalue", vec![text.clone(), pairs.clone(), between.clone(), key.clone()]);
            numbered(keys.iter().map(|key| one(part(key))).collect::<Result<_>>()?, "c")
        }
        ("trans_array", [Expr::Literal(ScalarValue::Int64(Some(keys)), _), separator, values @ ..], _) => {
            let (keys, texts) = split(*keys, values)?;
            let same = keys.iter().map(|key| Ok(Part::Same(key.clone())));
            let each = texts.iter().map(|text| {
                let parts = call("?split_exactly", vec![text.clone(), separator.clone()])?;
                Ok(Part::Each(parts))
            });
            numbered(same.chain(each).collect::<Result<_>>()?, "c")
        }
        ("trans_cols", [Expr::Literal(ScalarValue::Int64(Some(keys)), _), values @ ..], [_, types @ ..]) => {
            let (keys, columns) = split(*keys, values)?;
            let places = (1..).zip(columns).map(|(at, _)| lit(at as i64));
            let place = Part::Each(make_array(places.collect()));
            let same = keys.iter().map(|key| Part::Same(key.clone()));
            let types = types.iter().skip(keys.len()).cloned();
            let each = each(name, columns.iter().cloned().zip(types))?;
            numbered(std::iter::once(place).chain(same).chain([each]).collect(), "c")
        }
        _ => return plan_err!("`{name}` does not take arguments of these types"),
    };
    match made.names.len() {
        1..=COLUMNS => Ok(made),
        _ => plan_err!("`{name}` makes no column, or more than {COLUMNS}"),
    }
}

fn is_list(data_type: &Arrow) -> bool {
    item(data_type).is_some()
}

fn item(data_type: &Arrow) -> Option<&Arrow> {
    match data_type {
        Arrow::List(item) | Arrow::LargeList(item) | Arrow::FixedSizeList(item, _) => Some(item.data_type()),
        _ => None,
    }
}

/// A call of a function of ours.
fn call(name: &str, given: Vec<Expr>) -> Result<Expr> {
    match registry().scalar(name, &Default::default()) {
        Some(function) => Ok(function.call(given)),
        None => plan_err!("`{name}` is not there"),
    }
}

/// A column of one row.
fn one(value: Result<Expr>) -> Result<Part> {
    Ok(Part::Each(make_array(vec![value?])))
}

/// A column with one of these values in each row. It has the type of the results of all of them, as in a `union all`.
fn each(name: &str, values: impl Iterator<Item = (Expr, Arrow)>) -> Result<Part> {
    let (values, types): (Vec<Expr>, Vec<Arrow>) = values.unzip();
    match supertype::common(&types) {
        Some((one, _)) => {
            Ok(Part::Each(make_array(values.into_iter().map(|value| cast(value, one.clone())).collect())))
        }
        None => plan_err!("the values that `{name}` puts into one column have types that do not fit together"),
    }
}

/// So many rows out of values that are given row by row; what is missing in the last is NULL. Source: "STACK".
fn stack(rows: i64, values: &[Expr], types: &[Arrow]) -> Result<Generated> {
    let Some(rows) = usize::try_from(rows).ok().filter(|rows| *rows > 0) else {
        return plan_err!("`stack` makes at least one row");
    };
    let width = values.len().div_ceil(rows);
    if rows > values.len().max(1) {
        return plan_err!("`stack` makes at most as many rows as values");
    }
    let column = |column: usize| {
        let cells = (0..rows).map(|row| row * width + column);
        let cells: Vec<_> = cells.map(|place| values.get(place).cloned().zip(types.get(place).cloned())).collect();
        let missing = || (Expr::Literal(ScalarValue::Null, None), Arrow::Null);
        each("stack", cells.into_iter().map(|cell| cell.unwrap_or_else(missing)))
    };
    Ok(numbered((0..width).map(column).collect::<Result<_>>()?, "col"))
}

/// Source: "PARSE_URL_TUPLE": `QUERY:key` is one value of the query.
fn url_part(url: &Expr, key: &Expr) -> Result<Expr> {
    let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = key else {
        return plan_err!("the parts of `parse_url_tuple` are written as text");
    };
    match text.split_once(':') {
        Some((part, key)) => call("parse_url", vec![url.clone(), lit(part), lit(key)]),
        None => call("parse_url", vec![url.clone(), key.clone()]),
    }
}

/// The first `keys` values, and the rest.
fn split(keys: i64, values: &[Expr]) -> Result<(&[Expr], &[Expr])> {
    let keys = usize::try_from(keys).ok().filter(|keys| *keys < values.len());
    match keys.and_then(|keys| values.split_at_checked(keys)) {
        Some(parts) => Ok(parts),
        None => plan_err!("there must be more columns than keys"),
    }
}
