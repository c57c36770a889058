//! Functions that are computed row by row: the frame that all functions of our own are written in.
//!
//! Says how arguments are read and results are made; knows no single function.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

use chrono::NaiveDateTime;
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, ListBuilder, StringBuilder,
};
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::allowance::Meter;
pub use super::arguments::Kind;
use super::arguments::{Argument, shared};
use crate::data::failure::carry;
use crate::data::moments::{At, column};
use crate::data::types;
use crate::error::{Code, Error, Result};
use crate::model::{DataType, Dialect, Misfit, Zone};

/// What a function gives for one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// Text.
    Text(String),
    /// A 64-bit integer.
    Integer(i64),
    /// A 64-bit floating-point number.
    Double(f64),
    /// A flag.
    Boolean(bool),
    /// A day, or what the clock of the session shows.
    Moment(NaiveDateTime),
    /// A moment in UTC.
    Instant(NaiveDateTime),
    /// A list of texts.
    Texts(Vec<String>),
}

/// The type of what a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `string`
    Text,
    /// `bigint`
    Integer,
    /// `int`
    Int,
    /// `double`
    Double,
    /// `boolean`
    Boolean,
    /// `date`
    Date,
    /// `datetime`
    Datetime,
    /// `timestamp`
    Timestamp,
    /// `array<string>`
    Texts,
    /// The type of the first argument; `datetime` for text.
    First,
    /// Depends on the number of arguments: `datetime` with one less than all, else `string`.
    DatetimeUnlessFormatted,
    /// `date` with one argument, else `datetime`.
    DateUnlessFormatted,
    /// `bigint` of a datetime or a text, `int` of any other moment, and of a text as in Hive.
    WeekNumber,
}

/// Computes one row.
pub type Call = fn(&Row<'_>) -> Result<Value>;

/// A function of our own.
#[derive(Clone)]
pub struct RowFunction {
    name: &'static str,
    parameters: &'static [Kind],
    required: usize,
    /// Further arguments are read as the last parameter.
    more: bool,
    /// Whether the function is called where an argument is NULL, too.
    nullable: bool,
    result: Shape,
    call: Call,
    signature: Signature,
    dialect: Arc<Dialect>,
}

impl RowFunction {
    /// A function with these parameters, of which the first `required` must be given; NULL if an argument is NULL.
    pub fn new(name: &'static str, parameters: &'static [Kind], required: usize, result: Shape, call: Call) -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        Self {
            name,
            parameters,
            required,
            more: false,
            nullable: false,
            result,
            call,
            signature,
            dialect: Arc::default(),
        }
    }

    /// The same, called with NULL, too.
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The same, with any number of further arguments like the last one.
    pub fn more(mut self) -> Self {
        self.more = true;
        self
    }

    /// Its name.
    pub fn called(&self) -> &'static str {
        self.name
    }

    /// The same, in this dialect.
    pub fn speaking(&self, dialect: &Arc<Dialect>) -> Self {
        Self { dialect: Arc::clone(dialect), ..self.clone() }
    }

    fn kind(&self, at: usize) -> Option<Kind> {
        self.parameters.get(at).or(self.parameters.last()).copied()
    }

    fn result_type(&self, arguments: &[Arrow]) -> Arrow {
        let formatted = arguments.len() > 1;
        let data_type = match self.result {
            Shape::Text => DataType::String,
            Shape::Integer => DataType::Bigint,
            Shape::Int => DataType::Int,
            Shape::Double => DataType::Double,
            Shape::Boolean => DataType::Boolean,
            Shape::Date => DataType::Date,
            Shape::Datetime => DataType::Datetime,
            Shape::Timestamp => DataType::Timestamp,
            Shape::Texts => DataType::Array(Box::new(DataType::String)),
            Shape::DatetimeUnlessFormatted => {
                if formatted || self.dialect.hive {
                    DataType::String
                } else {
                    DataType::Datetime
                }
            }
            Shape::DateUnlessFormatted => {
                if formatted {
                    DataType::Datetime
                } else {
                    DataType::Date
                }
            }
            Shape::WeekNumber => match arguments.first() {
                Some(Arrow::Date32) => DataType::Int,
                Some(moment @ Arrow::Timestamp(..)) if types::from_arrow(moment) != DataType::Datetime => DataType::Int,
                Some(Arrow::Utf8) if self.dialect.hive => DataType::Int,
                _ => DataType::Bigint,
            },
            Shape::First => match arguments.first() {
                Some(first @ (Arrow::Date32 | Arrow::Timestamp(..))) => types::from_arrow(first),
                _ => DataType::Datetime,
            },
        };
        types::to_arrow(&data_type)
    }
}

impl fmt::Debug for RowFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for RowFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.dialect == other.dialect
    }
}

impl Eq for RowFunction {}

impl Hash for RowFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.dialect.hash(state);
    }
}

impl ScalarUDFImpl for RowFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        if given.len() < self.required || (given.len() > self.parameters.len() && !self.more) {
            return Err(DataFusionError::Plan(format!("`{}` has another number of arguments", self.name)));
        }
        let places = given.iter().enumerate();
        let refused = |(at, given): (usize, &Arrow)| given.is_nested() && self.kind(at).is_some_and(Kind::is_simple);
        if places.clone().any(refused) {
            return Err(DataFusionError::Plan(format!("`{}` takes no array, map or struct", self.name)));
        }
        let is_text = |given: &Arrow| matches!(given, Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View);
        let typed = |(at, given): (usize, &Arrow)| self.kind(at) == Some(Kind::Typed) && is_text(given);
        if self.dialect.types2 && places.clone().any(typed) {
            return Err(carry(self.no_text()));
        }
        Ok(places.filter_map(|(at, given)| Some(self.kind(at)?.coerced(given))).collect())
    }

    fn return_type(&self, arguments: &[Arrow]) -> Outcome<Arrow> {
        Ok(self.result_type(arguments))
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let constant = given.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { given.number_rows };
        let meter = Meter::new(&given.config_options);
        let array = self.compute(&given.args, rows, given.return_type(), &meter).map_err(carry)?;
        if constant {
            return ScalarValue::try_from_array(&array, 0).map(ColumnarValue::Scalar);
        }
        Ok(ColumnarValue::Array(array))
    }
}

impl RowFunction {
    /// Source: "DATEADD" and others: text becomes DATETIME by itself in the 1.0 type edition only.
    fn no_text(&self) -> Box<Error> {
        let message = format!("`{}` takes a DATE, DATETIME or TIMESTAMP, and no STRING", self.name);
        let key = crate::model::Setting::Types2.key();
        Error::new(Code::Semantic, message).help(format!("write `cast(… as datetime)`, or `set {key}=false;` before"))
    }

    fn compute(&self, given: &[ColumnarValue], rows: usize, result: &Arrow, meter: &Meter) -> Result<ArrayRef> {
        let internal = |_| Error::new(Code::Internal, format!("`{}` cannot be computed", self.name));
        let arguments = given.iter().enumerate().map(|(at, argument)| {
            let kind = self.kind(at).unwrap_or(Kind::Text);
            match argument {
                ColumnarValue::Array(array) => Argument::new(array, kind, false, &self.dialect),
                ColumnarValue::Scalar(value) => {
                    Argument::new(&value.to_array().map_err(internal)?, kind, true, &self.dialect)
                }
            }
        });
        let arguments = arguments.collect::<Result<Vec<_>>>()?;
        let cache = RefCell::default();
        let values = (0..rows).map(|at| {
            meter.look()?;
            let row = Row { arguments: &arguments, at, cache: &cache, dialect: &self.dialect, meter };
            if !self.nullable && arguments.iter().any(|argument| argument.is_null(at)) {
                return Ok(Value::Null);
            }
            let value = (self.call)(&row)?;
            meter.count(weight(&value))?;
            Ok(value)
        });
        if *result == Arrow::Utf8 {
            return texts(values);
        }
        collect(values.collect::<Result<Vec<Value>>>()?, result, &self.dialect)
    }
}

/// The arguments of one row; those that were not given are NULL.
pub struct Row<'a> {
    arguments: &'a [Argument],
    at: usize,
    cache: &'a RefCell<HashMap<String, Rc<dyn Any>>>,
    dialect: &'a Dialect,
    meter: &'a Meter,
}

/// Things that are made from one argument and used for many rows.
const CACHED: usize = 64;

impl Row<'_> {
    /// How many arguments were given.
    pub fn count(&self) -> usize {
        self.arguments.len()
    }

    /// What this call uses: to be asked before a long value is made, and in every loop that may take long.
    pub fn meter(&self) -> &Meter {
        self.meter
    }

    /// An argument as text.
    pub fn text(&self, argument: usize) -> Option<&str> {
        self.arguments.get(argument)?.text(self.at)
    }

    /// An argument as text, empty if there is none.
    pub fn words(&self, argument: usize) -> &str {
        self.text(argument).unwrap_or_default()
    }

    /// An argument as an integer.
    pub fn integer(&self, argument: usize) -> Option<i64> {
        self.arguments.get(argument)?.integer(self.at)
    }

    /// An argument as a number.
    pub fn double(&self, argument: usize) -> Option<f64> {
        self.arguments.get(argument)?.double(self.at)
    }

    /// An argument as a flag.
    pub fn boolean(&self, argument: usize) -> Option<bool> {
        self.arguments.get(argument)?.boolean(self.at)
    }

    /// An argument as a day or moment: what the clock of the session shows.
    pub fn moment(&self, argument: usize) -> Option<NaiveDateTime> {
        self.arguments.get(argument)?.moment(self.at)
    }

    /// An argument as a moment in UTC.
    pub fn instant(&self, argument: usize) -> Option<NaiveDateTime> {
        self.arguments.get(argument)?.value(self.at)?.instant(self.zone())
    }

    /// Whether an argument is a moment, and not only what a clock shows.
    pub fn is_moment(&self, argument: usize) -> bool {
        self.arguments.get(argument).and_then(|given| given.value(self.at)).is_some_and(|at| at.utc.is_some())
    }

    /// Whether an argument is a flag.
    pub fn is_flag(&self, argument: usize) -> bool {
        self.arguments.get(argument).is_some_and(Argument::is_flag)
    }

    /// The clock of the session.
    pub fn zone(&self) -> Zone {
        self.dialect.zone
    }

    /// How the session calculates.
    pub fn dialect(&self) -> &Dialect {
        self.dialect
    }

    /// What `make` makes of `key`, made once for many rows.
    pub fn cached<T: Any, E>(&self, key: &str, make: impl FnOnce() -> Result<T, E>) -> Result<Rc<T>, E> {
        if let Some(known) = self.cache.borrow().get(key).cloned()
            && let Ok(known) = known.downcast::<T>()
        {
            return Ok(known);
        }
        let made = Rc::new(make()?);
        let mut cache = self.cache.borrow_mut();
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(key.to_owned(), Rc::clone(&made) as Rc<dyn Any>);
        Ok(made)
    }
}

/// The bytes of a value; texts in a list are there twice until the list is made.
fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Texts(texts) => texts.iter().map(|text| 2 * text.len() + size_of::<String>()).sum(),
        _ => size_of::<Value>(),
    }
}

/// A column of texts; each value is gone once it is in the column.
fn texts(values: impl Iterator<Item = Result<Value>>) -> Result<ArrayRef> {
    let mut texts = StringBuilder::new();
    for value in values {
        match value? {
            Value::Text(text) => texts.append_value(text),
            _ => texts.append_null(),
        }
    }
    Ok(shared(texts.finish()))
}

/// One column of the values; a value of another type than `result` is NULL.
fn collect(values: Vec<Value>, result: &Arrow, dialect: &Dialect) -> Result<ArrayRef> {
    let zone = dialect.zone;
    let moments = values.iter().map(|value| match value {
        Value::Moment(local) => Some(At::shown(*local)),
        Value::Instant(utc) => Some(At::moment(*utc, zone)),
        _ => None,
    });
    if let Some(column) = column(moments, result, zone) {
        let is_lost = |(row, value): (usize, &Value)| !matches!(value, Value::Null) && column.is_null(row);
        if dialect.misfit() == Misfit::Fail && values.iter().enumerate().any(is_lost) {
            return Err(Error::new(Code::Execution, "a date is out of range"));
        }
        return Ok(column);
    }
    Ok(match result {
        Arrow::Utf8 => texts(values.into_iter().map(Ok))?,
        Arrow::Int32 => {
            let integer = |value| if let Value::Integer(integer) = value { i32::try_from(integer).ok() } else { None };
            shared(values.into_iter().map(integer).collect::<Int32Array>())
        }
        Arrow::Int64 => {
            let integer = |value| if let Value::Integer(integer) = value { Some(integer) } else { None };
            shared(values.into_iter().map(integer).collect::<Int64Array>())
        }
        Arrow::Float64 => {
            let double = |value| if let Value::Double(double) = value { Some(double) } else { None };
            shared(values.into_iter().map(double).collect::<Float64Array>())
        }
        Arrow::Boolean => {
            let flag = |value| if let Value::Boolean(flag) = value { Some(flag) } else { None };
            shared(values.into_iter().map(flag).collect::<BooleanArray>())
        }
        Arrow::List(_) => {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for value in values {
                match value {
                    Value::Texts(texts) => lists.append_value(texts.into_iter().map(Some)),
                    _ => lists.append_null(),
                }
            }
            shared(lists.finish())
        }
        _ => return Err(Error::new(Code::Internal, "a function returns an unknown type")),
    })
}
