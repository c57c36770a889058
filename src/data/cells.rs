//! Result columns as cells: the text of each value, as MaxCompute prints it.
//!
//! Converts nothing: a value is shown by the type that its column has.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, StructArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType as Arrow, Date32Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int64Type, TimeUnit,
    TimestampMillisecondType, TimestampNanosecondType, UInt64Type,
};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::failure::failure;
use super::functions::decimal;
use super::{printing, spans, types};
use crate::error::{Code, Error, Result};
use crate::model::{Cell, DataType, Dialect, Row, Zone};

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Style {
    /// The clock that shows moments.
    pub zone: Zone,
    /// Whether decimals keep the zeros at their end.
    pub zeros: bool,
}

impl Style {
    /// How values become text.
    pub fn of(dialect: &Dialect) -> Self {
        Self { zone: dialect.zone, zeros: !dialect.trim_zero }
    }
}

/// The rows of `batch`, whose columns have these types, moments on the clock of `zone`.
///
/// Errors: a DECIMAL that has more digits than its type; a batch that has other columns than that is a mistake in this
/// program.
pub fn rows(batch: &RecordBatch, data_types: &[DataType], zone: Zone) -> Result<Vec<Row>> {
    if batch.num_columns() != data_types.len() {
        return Err(Error::new(Code::Internal, "the result has other columns than its head"));
    }
    let mut rows: Vec<Row> = (0..batch.num_rows()).map(|_| Vec::with_capacity(data_types.len())).collect();
    let style = Style { zone, zeros: false };
    for (array, data_type) in batch.columns().iter().zip(data_types) {
        let printer = Printer::new(array, style)?;
        for (at, row) in rows.iter_mut().enumerate() {
            row.push(printer.cell(at, data_type));
        }
    }
    Ok(rows)
}

/// The values of `array` as text, NULL where there is none.
pub fn texts(array: &ArrayRef, style: Style) -> Result<Vec<Option<String>>> {
    let printer = Printer::new(array, style)?;
    Ok((0..array.len()).map(|at| printer.text(at)).collect())
}

/// One column, ready to be printed value by value.
enum Printer {
    Boolean(ArrayRef),
    Signed(ArrayRef),
    Unsigned(ArrayRef),
    Float(ArrayRef),
    Double(ArrayRef),
    Decimal(ArrayRef, bool),
    WideDecimal(ArrayRef, bool),
    Text(ArrayRef),
    Binary(ArrayRef),
    Date(ArrayRef),
    Datetime(ArrayRef, Zone),
    Timestamp(ArrayRef, Zone),
    List(ArrayRef, Box<Printer>),
    Map(ArrayRef, Box<Printer>, Box<Printer>),
    Struct(ArrayRef, Vec<(String, Printer)>),
    Null,
}

impl Printer {
    fn new(array: &ArrayRef, style: Style) -> Result<Self> {
        let new = |array: &ArrayRef| Self::new(array, style);
        let to = |target: Arrow| cast(array, &target).map_err(|error| failure(error.into()));
        // Printed, a value with too many digits would lose the last.
        decimal::check(array)?;
        Ok(match array.data_type() {
            Arrow::Null => Self::Null,
            Arrow::Boolean => Self::Boolean(Arc::clone(array)),
            Arrow::UInt64 => Self::Unsigned(Arc::clone(array)),
            integer if integer.is_integer() => Self::Signed(to(Arrow::Int64)?),
            Arrow::Float16 | Arrow::Float32 => Self::Float(to(Arrow::Float32)?),
            Arrow::Float64 => Self::Double(Arc::clone(array)),
            Arrow::Decimal128(..) => Self::Decimal(Arc::clone(array), style.zeros),
            Arrow::Decimal256(..) => Self::WideDecimal(Arc::clone(array), style.zeros),
            Arrow::Decimal32(precision, scale) | Arrow::Decimal64(precision, scale) => {
                Self::Decimal(to(Arrow::Decimal128(*precision, *scale))?, style.zeros)
            }
            Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View => Self::Text(to(Arrow::Utf8)?),
            Arrow::Binary | Arrow::LargeBinary | Arrow::BinaryView | Arrow::FixedSizeBinary(_) => {
                Self::Binary(to(Arrow::Binary)?)
            }
            Arrow::Date32 | Arrow::Date64 => Self::Date(to(Arrow::Date32)?),
            Arrow::Timestamp(TimeUnit::Second | TimeUnit::Millisecond, Some(_)) => {
                let moments = to(Arrow::Timestamp(TimeUnit::Millisecond, Some(types::ZONE.into())))?;
                Self::Datetime(moments, style.zone)
            }
            Arrow::Timestamp(_, named) => {
                let moments = to(Arrow::Timestamp(TimeUnit::Nanosecond, named.clone()))?;
                Self::Timestamp(moments, if named.is_some() { style.zone } else { Zone::Utc })
            }
            Arrow::List(item) => {
                let list = to(Arrow::List(Arc::clone(item)))?;
                let items = new(list.as_list::<i32>().values())?;
                Self::List(list, Box::new(items))
            }
            Arrow::LargeList(item)
            | Arrow::FixedSizeList(item, _)
            | Arrow::ListView(item)
            | Arrow::LargeListView(item) => new(&to(Arrow::List(Arc::clone(item)))?)?,
            Arrow::Map(..) => {
                let map = array.as_map();
                let (keys, values) = (new(map.keys())?, new(map.values())?);
                Self::Map(Arc::clone(array), Box::new(keys), Box::new(values))
            }
            Arrow::Struct(fields) => {
                let columns: &StructArray = array.as_struct();
                let parts = fields.iter().zip(columns.columns());
                let parts = parts.map(|(field, part)| Ok((field.name().clone(), new(part)?)));
                let parts = parts.collect::<Result<_>>()?;
                Self::Struct(Arc::clone(array), parts)
            }
            Arrow::Dictionary(_, value) => new(&to(value.as_ref().clone())?)?,
            Arrow::RunEndEncoded(_, value) => new(&to(value.data_type().clone())?)?,
            span if spans::is_span(span) => {
                let texts = spans::texts(array).map_err(|error| failure(error.into()))?;
                Self::Text(Arc::new(texts.into_iter().collect::<StringArray>()))
            }
            Arrow::Time32(_) | Arrow::Time64(_) | Arrow::Union(..) => Self::Text(displayed(array)?),
            _ => return Err(Error::new(Code::Internal, "a column has a type that cannot be shown")),
        })
    }

    fn cell(&self, at: usize, data_type: &DataType) -> Cell {
        let Some(text) = self.text(at) else { return Cell::Null };
        match self {
            Self::Null => Cell::Null,
            Self::Boolean(array) => Cell::Boolean(array.as_boolean().value(at)),
            Self::Signed(_)
            | Self::Unsigned(_)
            | Self::Float(_)
            | Self::Double(_)
            | Self::Decimal(..)
            | Self::WideDecimal(..) => Cell::Number(text),
            Self::List(..) | Self::Map(..) | Self::Struct(..) => Cell::Json(text),
            Self::Text(_) if *data_type == DataType::Json => Cell::Json(text),
            Self::Text(_) | Self::Binary(_) | Self::Date(_) | Self::Datetime(..) | Self::Timestamp(..) => {
                Cell::Text(text)
            }
        }
    }

    fn text(&self, at: usize) -> Option<String> {
        if self.is_null(at) {
            return None;
        }
        Some(match self {
            Self::Null => return None,
            Self::Boolean(array) => array.as_boolean().value(at).to_string(),
            Self::Signed(array) => array.as_primitive::<Int64Type>().value(at).to_string(),
            Self::Unsigned(array) => array.as_primitive::<UInt64Type>().value(at).to_string(),
            Self::Float(array) => printing::float(array.as_primitive::<Float32Type>().value(at)),
            Self::Double(array) => printing::double(array.as_primitive::<Float64Type>().value(at)),
            Self::Decimal(array, zeros) => {
                digits_of(array.as_primitive::<Decimal128Type>().value_as_string(at), *zeros)
            }
            Self::WideDecimal(array, zeros) => {
                digits_of(array.as_primitive::<Decimal256Type>().value_as_string(at), *zeros)
            }
            Self::Text(array) => array.as_string::<i32>().value(at).to_owned(),
            Self::Binary(array) => printing::binary(array.as_binary::<i32>().value(at)),
            Self::Date(array) => printing::date(array.as_primitive::<Date32Type>().value(at)),
            Self::Datetime(array, zone) => {
                printing::datetime(array.as_primitive::<TimestampMillisecondType>().value(at), *zone)
            }
            Self::Timestamp(array, zone) => {
                printing::timestamp(array.as_primitive::<TimestampNanosecondType>().value(at), *zone)
            }
            Self::List(..) | Self::Map(..) | Self::Struct(..) => {
                let mut json = String::new();
                self.write_json(at, &mut json);
                json
            }
        })
    }

    fn is_null(&self, at: usize) -> bool {
        match self {
            Self::Null => true,
            Self::Boolean(array)
            | Self::Signed(array)
            | Self::Unsigned(array)
            | Self::Float(array)
            | Self::Double(array)
            | Self::Decimal(array, _)
            | Self::WideDecimal(array, _)
            | Self::Text(array)
            | Self::Binary(array)
            | Self::Date(array)
            | Self::Datetime(array, _)
            | Self::Timestamp(array, _)
            | Self::List(array, _)
            | Self::Map(array, _, _)
            | Self::Struct(array, _) => array.is_null(at),
        }
    }

    fn write_json(&self, at: usize, json: &mut String) {
        if self.is_null(at) {
            json.push_str("null");
            return;
        }
        match self {
            Self::List(array, items) => {
                let offsets = array.as_list::<i32>().value_offsets();
                json.push('[');
                for (index, item) in range(offsets, at).enumerate() {
                    separate(index, json);
                    items.write_json(item, json);
                }
                json.push(']');
            }
            Self::Map(array, keys, values) => {
                let offsets = array.as_map().value_offsets();
                json.push('{');
                for (index, entry) in range(offsets, at).enumerate() {
                    separate(index, json);
                    quote(&keys.text(entry).unwrap_or_default(), json);
                    json.push(':');
                    values.write_json(entry, json);
                }
                json.push('}');
            }
            Self::Struct(_, parts) => {
                json.push('{');
                for (index, (name, part)) in parts.iter().enumerate() {
                    separate(index, json);
                    quote(name, json);
                    json.push(':');
                    part.write_json(at, json);
                }
                json.push('}');
            }
            Self::Float(_) | Self::Double(_) => {
                let text = self.text(at).unwrap_or_default();
                if text.ends_with(['N', 'y']) { quote(&text, json) } else { json.push_str(&text) }
            }
            Self::Text(_) | Self::Binary(_) | Self::Date(_) | Self::Datetime(..) | Self::Timestamp(..) => {
                quote(&self.text(at).unwrap_or_default(), json);
            }
            Self::Null
            | Self::Boolean(_)
            | Self::Signed(_)
            | Self::Unsigned(_)
            | Self::Decimal(..)
            | Self::WideDecimal(..) => json.push_str(&self.text(at).unwrap_or_default()),
        }
    }
}

fn digits_of(digits: String, zeros: bool) -> String {
    if zeros { digits } else { printing::decimal(&digits) }
}

fn range(offsets: &[i32], at: usize) -> std::ops::Range<usize> {
    let offset = |at: usize| offsets.get(at).and_then(|offset| usize::try_from(*offset).ok()).unwrap_or_default();
    offset(at)..offset(at + 1)
}

fn separate(index: usize, json: &mut String) {
    if index > 0 {
        json.push(',');
    }
}

fn quote(text: &str, json: &mut String) {
    json.push_str(&serde_json::Value::from(text).to_string());
}

fn displayed(array: &ArrayRef) -> Result<ArrayRef> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array, &options).map_err(|error| failure(error.into()))?;
    let texts = (0..array.len()).map(|at| array.is_valid(at).then(|| formatter.value(at).to_string()));
    Ok(Arc::new(texts.collect::<StringArray>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{BooleanArray, Float64Array, Int8Array, TimestampMillisecondArray};
    use datafusion::arrow::array::{Int64Builder, ListBuilder, MapBuilder, StringBuilder};

    #[test]
    fn values_are_printed_by_their_type() {
        let datetimes = TimestampMillisecondArray::from(vec![Some(0), None]).with_timezone("UTC");
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("a", Arc::new(Int8Array::from(vec![Some(-1), None]))),
            ("b", Arc::new(Float64Array::from(vec![Some(1e10), None]))),
            ("c", Arc::new(BooleanArray::from(vec![Some(true), None]))),
            ("d", Arc::new(datetimes)),
            ("e", Arc::new(StringArray::from(vec![Some("{\"a\":1}"), None]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let data_types = [DataType::Tinyint, DataType::Double, DataType::Boolean, DataType::Datetime, DataType::Json];
        let rows = rows(&batch, &data_types, Zone::Utc).unwrap();
        assert_eq!(
            rows[0],
            [
                Cell::Number("-1".into()),
                Cell::Number("1.0E10".into()),
                Cell::Boolean(true),
                Cell::Text("1970-01-01 00:00:00".into()),
                Cell::Json("{\"a\":1}".into()),
            ]
        );
        assert!(rows[1].iter().all(|cell| *cell == Cell::Null));
    }

    #[test]
    fn lists_and_maps_are_json_even_in_a_slice() {
        let mut lists = ListBuilder::new(StringBuilder::new());
        lists.append_value([Some("x")]);
        lists.append_value([Some("a\"b"), None]);
        let lists: ArrayRef = Arc::new(lists.finish().slice(1, 1));
        assert_eq!(texts(&lists, Style::default()).unwrap(), [Some("[\"a\\\"b\",null]".to_owned())]);

        let mut maps = MapBuilder::new(None, Int64Builder::new(), StringBuilder::new());
        maps.keys().append_value(7);
        maps.values().append_value("y");
        maps.append(true).unwrap();
        let maps: ArrayRef = Arc::new(maps.finish());
        assert_eq!(texts(&maps, Style::default()).unwrap(), [Some("{\"7\":\"y\"}".to_owned())]);
    }
}
