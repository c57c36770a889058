//! `from_json`: JSON text as a value of a type that is written as text.

use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef};
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use serde_json::value::RawValue;

use super::allowance::Meter;
use super::json::object;
use super::value::{ELEMENT, column, make_list, make_map, make_struct};
use crate::data::conversion::Conversion;
use crate::data::failure::carry;
use crate::data::types;
use crate::error::{Code, Error};
use crate::model::{DataType, Dialect, Misfit};
use crate::syntax::parse_type;

/// Bytes of a part of an array or object while the whole is made: its text, its value, and what a text takes besides.
const PART: usize = 2 * ELEMENT;

/// `from_json(text, 'a int, b array<string>')`. Source: "FROM_JSON".
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct FromJson {
    dialect: Arc<Dialect>,
    signature: Signature,
}

impl FromJson {
    /// The function in a session.
    pub fn new(dialect: &Arc<Dialect>) -> Self {
        Self { dialect: Arc::clone(dialect), signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for FromJson {
    fn name(&self) -> &str {
        "from_json"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        match given {
            [text, schema] if !text.is_nested() && !schema.is_nested() => Ok(vec![Arrow::Utf8, Arrow::Utf8]),
            _ => Err(DataFusionError::Plan("`from_json` takes a text and a type".to_owned())),
        }
    }

    fn return_type(&self, _: &[Arrow]) -> Outcome<Arrow> {
        Err(DataFusionError::Internal("the type of `from_json` is that of its second argument".to_owned()))
    }

    fn return_field_from_args(&self, given: ReturnFieldArgs) -> Outcome<FieldRef> {
        match given.scalar_arguments.get(1) {
            Some(Some(ScalarValue::Utf8(Some(schema)))) => {
                let schema = schema.trim();
                let data_type = parse_type(schema).or_else(|_| parse_type(&format!("struct<{}>", with_colons(schema))));
                let data_type =
                    data_type.map_err(|_| {
                        carry(Error::new(Code::Semantic, "the second argument of `from_json` is not a type").help(
                            "write it as in `create table`: `'a bigint, b array<string>'`, `'map<string,bigint>'`",
                        ))
                    })?;
                Ok(Arc::new(types::to_field("from_json", &data_type)))
            }
            _ => Err(carry(Error::new(Code::Semantic, "the type of `from_json` must be written as a text"))),
        }
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let result = given.return_type().clone();
        let data_type = types::from_field(&given.return_field);
        let meter = Meter::new(&given.config_options);
        let constant = matches!(given.args.first(), Some(ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { given.number_rows };
        let texts =
            given.args.first().map(|text| cast(&text.to_array(rows)?, &Arrow::Utf8).map_err(DataFusionError::from));
        let Some(texts) = texts.transpose()? else { return ScalarValue::try_from(&result).map(Into::into) };
        let values =
            texts.as_string::<i32>().iter().map(|text| match text.and_then(|text| serde_json::from_str(text).ok()) {
                Some(json) => self.value(json, &data_type, &meter),
                None => ScalarValue::try_from(&result),
            });
        let values = values.collect::<Outcome<Vec<_>>>()?;
        match (constant, values.first()) {
            (true, Some(one)) => Ok(ColumnarValue::Scalar(one.clone())),
            _ => column(values, &result).map(ColumnarValue::Array),
        }
    }
}

/// `a int, b array<string>` in the words of a struct: `a:int, b:array<string>`.
fn with_colons(schema: &str) -> String {
    let (mut made, mut depth, mut name) = (String::new(), 0_usize, true);
    for letter in schema.chars() {
        match letter {
            '<' | '(' => depth += 1,
            '>' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => name = true,
            ':' if depth == 0 => name = false,
            _ => {}
        }
        let begun = made.ends_with(|before: char| before.is_alphanumeric() || matches!(before, '_' | '`'));
        if letter.is_whitespace() && name && depth == 0 && begun {
            made.push(':');
            name = false;
        } else {
            made.push(letter);
        }
    }
    made
}

impl FromJson {
    /// A JSON value as one of this type; NULL if it is none.
    fn value(&self, json: &RawValue, data_type: &DataType, meter: &Meter) -> Outcome<ScalarValue> {
        let arrow = types::to_arrow(data_type);
        let null = || ScalarValue::try_from(&arrow);
        match data_type {
            DataType::Array(item) => {
                let Ok(parts) = serde_json::from_str::<Vec<&RawValue>>(json.get()) else { return null() };
                let _held = meter.hold(parts.len().saturating_mul(PART)).map_err(carry)?;
                let mut values = Vec::with_capacity(parts.len());
                for part in parts {
                    meter.look().map_err(carry)?;
                    let made = self.value(part, item, meter)?;
                    // Source: "FROM_JSON": an element of another type is left out.
                    if !made.is_null() || part.get() == "null" {
                        values.push(made);
                    }
                }
                make_list(values, &arrow)
            }
            DataType::Map(key, item) => {
                let Some(parts) = object(json.get()) else { return null() };
                let _held = meter.hold(parts.len().saturating_mul(2 * PART)).map_err(carry)?;
                let mut entries = Vec::with_capacity(parts.len());
                for (name, part) in parts {
                    meter.look().map_err(carry)?;
                    let name = self.single(&name, key)?;
                    if !name.is_null() {
                        entries.push((name, self.of_text(part, item, meter)?));
                    }
                }
                make_map(entries, &arrow, meter)
            }
            DataType::Struct(fields) => {
                let Some(parts) = object(json.get()) else { return null() };
                let values = fields.iter().map(|(name, item)| {
                    match parts.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
                        Some((_, part)) => self.of_text(part, item, meter),
                        None => ScalarValue::try_from(&types::to_arrow(item)),
                    }
                });
                make_struct(values.collect::<Outcome<_>>()?, &arrow)
            }
            _ => match json.get() {
                "null" => null(),
                text if text.starts_with('"') => {
                    self.single(&serde_json::from_str::<String>(text).unwrap_or_default(), data_type)
                }
                text => self.single(text, data_type),
            },
        }
    }

    fn of_text(&self, text: &str, data_type: &DataType, meter: &Meter) -> Outcome<ScalarValue> {
        match serde_json::from_str::<&RawValue>(text) {
            Ok(json) => self.value(json, data_type, meter),
            Err(_) => ScalarValue::try_from(&types::to_arrow(data_type)),
        }
    }

    /// A text as a single value; NULL if it is none of this type.
    fn single(&self, text: &str, data_type: &DataType) -> Outcome<ScalarValue> {
        let array = ScalarValue::from(text).to_array()?;
        // A flag is `true` or `false` here, and a number is written in full.
        let is_read = matches!(data_type, DataType::Boolean) || types::to_arrow(data_type).is_numeric();
        let array = match is_read {
            true => cast(&array, &types::to_arrow(data_type))?,
            false => {
                let (to, dialect) = (Arc::new(types::to_field("value", data_type)), Arc::clone(&self.dialect));
                Conversion { to, dialect, misfit: Misfit::Null, exact: false, clamped: false }.convert(&array)?
            }
        };
        ScalarValue::try_from_array(&array, 0)
    }
}
