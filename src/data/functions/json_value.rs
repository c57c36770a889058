//! Values of the type JSON, and JSON text: made, looked into, taken apart.
//!
//! An argument keeps its type here: a text is a string in what is made, a JSON value stands in it as it is.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, StringArray};
use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef};
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::json::{Step, object, raw, steps};
use super::json_change::{self, Change};
use super::value::column;
use crate::data::cells::{self, Style};
use crate::data::failure::carry;
use crate::data::types;
use crate::error::{Code, Error};
use crate::model::{DataType, Dialect};

/// One row: the text of each argument, and its type.
type Row<'a> = [(Option<&'a str>, &'a DataType)];

/// What a function gives for one row, as text.
type Made = Outcome<Option<String>>;

/// What `value['key']` and `value[0]` stand for: a function that nobody can type.
pub const AT: &str = "?json_at";

/// A function of JSON values.
#[derive(Clone)]
pub struct JsonFunction {
    name: &'static str,
    arguments: std::ops::RangeInclusive<usize>,
    result: fn() -> DataType,
    call: fn(&Row<'_>) -> Made,
    /// Whether NULL among the arguments makes the result NULL.
    strict: bool,
    /// How values are written.
    dialect: Arc<Dialect>,
    signature: Signature,
}

impl JsonFunction {
    /// Its name.
    pub fn called(&self) -> &'static str {
        self.name
    }

    /// The same function in a session.
    pub fn speaking(&self, dialect: &Arc<Dialect>) -> Self {
        Self { dialect: Arc::clone(dialect), ..self.clone() }
    }
}

/// The functions of this file.
pub fn functions() -> Vec<JsonFunction> {
    let new = |name, arguments, result: fn() -> DataType, call| {
        let signature = Signature::user_defined(Volatility::Immutable);
        JsonFunction { name, arguments, result, call, strict: true, dialect: Arc::default(), signature }
    };
    let text = || DataType::String;
    let json = || DataType::Json;
    let flag = || DataType::Boolean;
    let number = || DataType::Bigint;
    let texts = || DataType::Array(Box::new(DataType::String));
    vec![
        new("json_parse", 1..=1, json, |row| compact(first(row)).map_or_else(wrong, |json| Ok(Some(json)))),
        new("json_format", 1..=1, text, |row| Ok(compact(first(row)))),
        new("json_pretty", 1..=1, text, pretty),
        new("json_type", 1..=1, text, |row| Ok(kind(first(row)).map(str::to_owned))),
        new("json_valid", 1..=1, flag, |row| Ok(Some(compact(first(row)).is_some().to_string()))),
        new("json_extract", 2..=2, json, |row| Ok(found(row))),
        new("json_exists", 2..=2, flag, |row| Ok(Some(found(row).is_some().to_string()))),
        new(AT, 2..=2, json, |row| Ok(at(row))),
        new("?json_field", 2..=2, text, |row| Ok(field(row))),
        new("?json_keys", 1..=1, texts, |row| Ok(Some(listed(row, |key, _| Json::from(key).to_string())))),
        new("?json_values", 1..=1, texts, |row| Ok(Some(listed(row, |_, value| Json::from(value).to_string())))),
        new("json_contains", 2..=3, flag, |row| Ok(Some(contains(row).to_string()))),
        new("json_length", 1..=2, number, |row| Ok(length(row))),
        new("json_insert", 4..=4, json, |row| changed(row, false)),
        new("json_set", 4..=4, json, |row| changed(row, true)),
        new("json_strip_nulls", 1..=1, json, |row| Ok(compact(&json_change::without_nulls(first(row))))),
        new("json_unquote", 1..=1, text, |row| Ok(Some(unquoted(first(row))))),
        JsonFunction { strict: false, ..new("json_object", 0..=1_000, json, made_object) },
        JsonFunction { strict: false, ..new("json_array", 0..=1_000, json, made_array) },
        new("to_json", 1..=1, text, |row| Ok(Some(first(row).to_owned()))),
        new(LITERAL, 1..=1, json, |row| Ok(Some(first(row).to_owned()))),
        new(MADE, 1..=1, json, |row| Ok(row.first().map(written))),
        new(TAKEN, 1..=1, text, |row| if is_composed(row) { composed() } else { Ok(taken(row)) }),
        new(TAKEN_OR_NULL, 1..=1, text, |row| Ok(if is_composed(row) { None } else { taken(row) })),
    ]
}

/// `json '…'`: as it is written.
pub const LITERAL: &str = "?json_literal";
/// `cast(… as json)`. Source: "CAST": a text becomes a JSON string, whatever it says.
pub const MADE: &str = "?json";
/// A JSON value as the text that a strict `cast(… as …)` converts further. Source: "CAST": an array or object cannot be converted.
pub const TAKEN: &str = "?json_scalar";
/// The same, NULL then: of `try_cast`, and in a session that is not strict.
pub const TAKEN_OR_NULL: &str = "?json_scalar_or_null";

fn is_composed(row: &Row<'_>) -> bool {
    matches!(kind(first(row)), Some("array" | "object"))
}

fn composed<T>() -> Outcome<T> {
    Err(carry(
        Error::new(Code::Execution, "an array or object of JSON cannot be converted")
            .help("`json_format(…)` gives its text, `json_extract(…)` a part of it"),
    ))
}

fn taken(row: &Row<'_>) -> Option<String> {
    match kind(first(row)) {
        Some("null") | None => None,
        Some(_) => Some(unquoted(first(row).trim())),
    }
}

/// Whether a text is JSON.
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

fn first<'a>(row: &Row<'a>) -> &'a str {
    row.first().and_then(|(text, _)| *text).unwrap_or_default()
}

fn second<'a>(row: &Row<'a>) -> &'a str {
    row.get(1).and_then(|(text, _)| *text).unwrap_or_default()
}

fn wrong<T>() -> Outcome<T> {
    Err(carry(Error::new(Code::Execution, "a text is not JSON").help("ask with `json_valid(…)` first")))
}

/// The same value without white space between its parts; nothing if it is no JSON.
fn compact(text: &str) -> Option<String> {
    serde_json::from_str::<&RawValue>(text).ok()?;
    let (mut made, mut inside, mut escaped) = (String::with_capacity(text.len()), false, false);
    for letter in text.chars() {
        if inside || !letter.is_ascii_whitespace() {
            made.push(letter);
        }
        inside = if letter == '"' && !escaped { !inside } else { inside };
        escaped = inside && letter == '\\' && !escaped;
    }
    Some(made)
}

fn pretty(row: &Row<'_>) -> Made {
    match serde_json::from_str::<Json>(first(row)) {
        Ok(value) => Ok(serde_json::to_string_pretty(&value).ok()),
        Err(_) => Ok(None),
    }
}

/// Source: "JSON_TYPE".
fn kind(text: &str) -> Option<&'static str> {
    Some(match text.trim_start().as_bytes().first()? {
        b'{' => "object",
        b'[' => "array",
        b'"' => "string",
        b't' | b'f' => "boolean",
        b'n' => "null",
        _ => "number",
    })
}

/// What lies at a path, as JSON. Source: "JSON_EXTRACT": `lax` and `strict` may stand before the path.
fn found(row: &Row<'_>) -> Option<String> {
    let path = second(row).trim_start_matches("lax ").trim_start_matches("strict ");
    raw(first(row), &steps(path)?).and_then(|found| compact(&found))
}

/// The value of a key, or the element at a place. Source: "JSON data type", access by index.
fn at(row: &Row<'_>) -> Option<String> {
    let (key, kind) = row.get(1)?;
    let step = match kind {
        DataType::String | DataType::Varchar(_) | DataType::Char(_) => Step::Key((*key)?.to_owned()),
        _ => Step::Index((*key)?.parse().ok()?),
    };
    raw(first(row), &[step]).and_then(|found| compact(&found))
}

/// The value of a key of the outermost object, as text. Source: "JSON_TUPLE".
fn field(row: &Row<'_>) -> Option<String> {
    let key = second(row);
    let entries = object(first(row))?;
    let (_, value) = entries.into_iter().find(|(name, _)| name == key)?;
    match value {
        "null" => None,
        text if text.starts_with('"') => serde_json::from_str(text).ok(),
        text => Some(text.to_owned()),
    }
}

/// The entries of an object as an array; those of an array have no key. Source: "JSON_EXPLODE".
fn listed(row: &Row<'_>, part: fn(Option<&str>, &str) -> String) -> String {
    let text = first(row);
    let parts: Vec<String> = match (object(text), serde_json::from_str::<Vec<&RawValue>>(text)) {
        (Some(entries), _) => entries.iter().map(|(key, value)| part(Some(key.as_str()), value)).collect(),
        (None, Ok(elements)) => elements.iter().map(|element| part(None, element.get())).collect(),
        (None, Err(_)) => Vec::new(),
    };
    format!("[{}]", parts.join(","))
}

/// The text of an argument that may be left out.
fn optional<'a>(row: &Row<'a>, at: usize) -> Option<&'a str> {
    row.get(at).and_then(|(text, _)| *text)
}

/// Source: "JSON_CONTAINS": false where nothing lies at the path, or it is none.
fn contains(row: &Row<'_>) -> bool {
    let whole = match optional(row, 2) {
        None => Some(first(row).to_owned()),
        Some(path) => steps(path).and_then(|steps| raw(first(row), &steps)),
    };
    let value = whole.and_then(|whole| serde_json::from_str::<Json>(&whole).ok());
    match (value, serde_json::from_str::<Json>(second(row))) {
        (Some(value), Ok(sought)) => json_change::contains(&value, &sought),
        _ => false,
    }
}

/// How many entries or elements lie at a path. Chosen: 1 for a single value, NULL where nothing lies.
fn length(row: &Row<'_>) -> Option<String> {
    let whole = match optional(row, 1) {
        None => first(row).to_owned(),
        Some(path) => raw(first(row), &steps(path)?)?,
    };
    let length = match serde_json::from_str::<Vec<&RawValue>>(&whole) {
        Ok(elements) => elements.len(),
        Err(_) => object(&whole).map_or(1, |entries| entries.len()),
    };
    Some(length.to_string())
}

/// Source: "JSON_SET", "JSON_INSERT": each element of the second argument is a step, a place of an array as a text.
fn changed(row: &Row<'_>, replaces: bool) -> Made {
    let Ok(path) = serde_json::from_str::<Vec<String>>(second(row)) else {
        return Err(carry(
            Error::new(Code::Execution, "the path of a change of JSON is not an array of strings")
                .help("write each step by itself: `array('a', '0')`"),
        ));
    };
    let (value, flag) = (optional(row, 2).unwrap_or_default(), optional(row, 3) == Some("true"));
    let change = if replaces { Change::Set { create: flag } } else { Change::Insert { after: flag } };
    Ok(compact(&json_change::at(first(row), &path, value, change)))
}

/// A string without quotes and escapes; anything else as it is. Source: "JSON_UNQUOTE".
fn unquoted(text: &str) -> String {
    serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())
}

/// A value inside of what is made.
fn written((text, data_type): &(Option<&str>, &DataType)) -> String {
    match (text, data_type) {
        (None, _) => "null".to_owned(),
        (
            Some(text),
            DataType::Json
            | DataType::Boolean
            | DataType::Tinyint
            | DataType::Smallint
            | DataType::Int
            | DataType::Bigint
            | DataType::Decimal(..)
            | DataType::Array(_)
            | DataType::Map(..)
            | DataType::Struct(_),
        ) => (*text).to_owned(),
        (Some(text), DataType::Float | DataType::Double) if serde_json::from_str::<Json>(text).is_ok() => {
            (*text).to_owned()
        }
        (Some(text), _) => Json::from(*text).to_string(),
    }
}

/// Source: "JSON_OBJECT".
fn made_object(row: &Row<'_>) -> Made {
    let pairs = row.chunks(2).map(|pair| match pair {
        [(Some(key), _), value] => Some(format!("{}:{}", Json::from(*key), written(value))),
        _ => None,
    });
    match pairs.collect::<Option<Vec<String>>>() {
        Some(pairs) => Ok(Some(format!("{{{}}}", pairs.join(",")))),
        None => {
            Err(carry(Error::new(Code::Execution, "`json_object` takes keys and values in turn, and no key is NULL")))
        }
    }
}

/// Source: "JSON_ARRAY".
fn made_array(row: &Row<'_>) -> Made {
    Ok(Some(format!("[{}]", row.iter().map(written).collect::<Vec<_>>().join(","))))
}

impl std::fmt::Debug for JsonFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for JsonFunction {
    fn eq(&self, other: &Self) -> bool {
        (self.name, &self.dialect) == (other.name, &other.dialect)
    }
}

impl Eq for JsonFunction {}

impl Hash for JsonFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.name, &self.dialect).hash(state);
    }
}

impl ScalarUDFImpl for JsonFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        match self.arguments.contains(&given.len()) {
            true => Ok(given.to_vec()),
            false => Err(DataFusionError::Plan(format!("`{}` has another number of arguments", self.name))),
        }
    }

    fn return_type(&self, _: &[Arrow]) -> Outcome<Arrow> {
        Ok(types::to_arrow(&(self.result)()))
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Outcome<FieldRef> {
        Ok(Arc::new(types::to_field(self.name, &(self.result)())))
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let constant = given.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { given.number_rows };
        let data_types: Vec<DataType> = given.arg_fields.iter().map(|field| types::from_field(field)).collect();
        let mut columns = Vec::with_capacity(given.args.len());
        for argument in &given.args {
            columns.push(cells::texts(&argument.to_array(rows)?, Style::of(&self.dialect)).map_err(carry)?);
        }
        let mut made = Vec::with_capacity(rows);
        for at in 0..rows {
            let texts = columns.iter().map(|column| column.get(at).and_then(Option::as_deref));
            let row: Vec<_> = texts.zip(&data_types).collect();
            let null = self.strict && row.iter().any(|(text, _)| text.is_none());
            made.push(if null { None } else { (self.call)(&row)? });
        }
        let array = match (self.result)() {
            DataType::Boolean => Arc::new(
                made.iter()
                    .map(|flag| Some(flag.as_deref()? == "true"))
                    .collect::<datafusion::arrow::array::BooleanArray>(),
            ) as Arc<dyn Array>,
            DataType::Bigint => Arc::new(
                made.iter()
                    .map(|number| number.as_deref()?.parse().ok())
                    .collect::<datafusion::arrow::array::Int64Array>(),
            ),
            DataType::Array(_) => lists(made, given.return_type())?,
            _ => Arc::new(made.into_iter().collect::<StringArray>()),
        };
        match constant {
            true => ScalarValue::try_from_array(&array, 0).map(ColumnarValue::Scalar),
            false => Ok(ColumnarValue::Array(array)),
        }
    }
}

/// Arrays of text out of JSON arrays of strings.
fn lists(made: Vec<Option<String>>, data_type: &Arrow) -> Outcome<Arc<dyn Array>> {
    let values = made.into_iter().map(|list| {
        let Some(list) = list else { return ScalarValue::try_from(data_type) };
        let parts: Vec<Option<String>> = serde_json::from_str(&list).unwrap_or_default();
        super::value::make_list(parts.into_iter().map(ScalarValue::from).collect(), data_type)
    });
    column(values.collect::<Outcome<_>>()?, data_type)
}
