//! Columns as the process of a function reads them: Arrow's layout, with a byte for each truth value.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMillisecondType, TimestampNanosecondType,
};
use datafusion::common::{DataFusionError, Result as Outcome};
use serde_json::{Value, json};

use super::clock;
use crate::data::failure::memory;
use crate::data::types;
use crate::error::Result;
use crate::model::{DataType, Zone};

/// A type, in the words of the process.
pub(super) fn described(data_type: &DataType) -> Value {
    match data_type {
        DataType::Array(item) => json!(["array", described(item)]),
        DataType::Map(key, value) => json!(["map", described(key), described(value)]),
        DataType::Struct(fields) => {
            let names: Vec<&String> = fields.iter().map(|(name, _)| name).collect();
            let kinds: Vec<Value> = fields.iter().map(|(_, kind)| described(kind)).collect();
            json!(["struct", names, kinds])
        }
        DataType::Decimal(..) => json!(["decimal"]),
        DataType::Varchar(_) | DataType::Char(_) | DataType::Json => json!(["string"]),
        plain => json!([plain.to_string()]),
    }
}

/// Adds a column of this type to a request; moments as the clock of `zone` shows them. Source: "Time zone configuration operations": functions
/// have the zone of the session.
pub(super) fn add(column: &ArrayRef, data_type: &DataType, zone: Zone, request: &mut Vec<u8>) -> Outcome<()> {
    let wanted = types::to_arrow(data_type);
    let column = if *column.data_type() == wanted { column.clone() } else { cast(column, &wanted)? };
    match column.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
        None => request.push(0),
        Some(nulls) => {
            request.push(1);
            request.extend(nulls.iter().map(u8::from));
        }
    }
    match data_type {
        DataType::Tinyint => plain::<Int8Type>(&column, request),
        DataType::Smallint => plain::<Int16Type>(&column, request),
        DataType::Int => plain::<Int32Type>(&column, request),
        DataType::Bigint => plain::<Int64Type>(&column, request),
        DataType::Float => plain::<Float32Type>(&column, request),
        DataType::Double => plain::<Float64Type>(&column, request),
        DataType::Date => plain::<Date32Type>(&column, request),
        DataType::Datetime => {
            let moments = column.as_primitive::<TimestampMillisecondType>().values();
            on_clock(moments, |moment| clock::milliseconds(moment, zone), zone, request);
        }
        DataType::Timestamp => {
            let moments = column.as_primitive::<TimestampNanosecondType>().values();
            on_clock(moments, |moment| clock::nanoseconds(moment, zone), zone, request);
        }
        DataType::TimestampNtz => plain::<TimestampNanosecondType>(&column, request),
        DataType::Boolean => request.extend(column.as_boolean().values().iter().map(u8::from)),
        DataType::String | DataType::Varchar(_) | DataType::Char(_) | DataType::Json => {
            let texts = column.as_string::<i32>();
            bytes(texts.offsets(), texts.value_data(), request);
        }
        DataType::Binary => {
            let values = column.as_binary::<i32>();
            bytes(values.offsets(), values.value_data(), request);
        }
        DataType::Decimal(..) => {
            let numbers = column.as_primitive::<Decimal128Type>();
            let texts: Vec<String> = (0..numbers.len()).map(|row| numbers.value_as_string(row)).collect();
            let mut end = 0_usize;
            request.extend(0_i32.to_le_bytes());
            for text in &texts {
                end += text.len();
                request.extend(i32::try_from(end).map_err(|_| too_large())?.to_le_bytes());
            }
            texts.iter().for_each(|text| request.extend(text.as_bytes()));
        }
        DataType::Array(item) => {
            let lists = column.as_list::<i32>();
            let (start, length) = rebased(lists.offsets(), request);
            add(&lists.values().slice(start, length), item, zone, request)?;
        }
        DataType::Map(key, value) => {
            let maps = column.as_map();
            let (start, length) = rebased(maps.offsets(), request);
            add(&maps.keys().slice(start, length), key, zone, request)?;
            add(&maps.values().slice(start, length), value, zone, request)?;
        }
        DataType::Struct(fields) => {
            for (part, (_, kind)) in column.as_struct().columns().iter().zip(fields) {
                add(part, kind, zone, request)?;
            }
        }
    }
    Ok(())
}

fn too_large() -> DataFusionError {
    crate::data::failure::carry(memory())
}

fn plain<T: ArrowPrimitiveType>(column: &ArrayRef, request: &mut Vec<u8>) {
    request.extend_from_slice(column.as_primitive::<T>().values().inner().as_slice());
}

/// Adds moments, then whether any is one that the clock shows again, and for each whether it is.
fn on_clock(moments: &[i64], shown: impl Fn(i64) -> (i64, bool), zone: Zone, request: &mut Vec<u8>) {
    if zone == Zone::Utc {
        request.extend(moments.iter().flat_map(|moment| moment.to_le_bytes()));
        return request.push(0);
    }
    let shown: Vec<(i64, bool)> = moments.iter().map(|moment| shown(*moment)).collect();
    request.extend(shown.iter().flat_map(|(moment, _)| moment.to_le_bytes()));
    let any = shown.iter().any(|(_, again)| *again);
    request.push(u8::from(any));
    if any {
        request.extend(shown.iter().map(|(_, again)| u8::from(*again)));
    }
}

/// Adds offsets that begin with 0. Where their values begin, and how many there are.
fn rebased<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>, request: &mut Vec<u8>) -> (usize, usize) {
    let start = offsets.first().map_or(0, |first| first.as_usize());
    let end = offsets.last().map_or(start, |last| last.as_usize());
    for offset in offsets.iter() {
        let from_start = i32::try_from(offset.as_usize() - start).unwrap_or(i32::MAX);
        request.extend(from_start.to_le_bytes());
    }
    (start, end - start)
}

fn bytes(offsets: &OffsetBuffer<i32>, data: &[u8], request: &mut Vec<u8>) {
    let (start, length) = rebased(offsets, request);
    request.extend_from_slice(data.get(start..start + length).unwrap_or_default());
}

/// What the process is told before its first call; the contents of resources follow.
pub(super) fn introduction(about: &Value) -> Result<Vec<u8>> {
    let about = about.to_string();
    let length = u32::try_from(about.len()).map_err(|_| memory())?;
    let mut request = vec![b'I'];
    request.extend(length.to_le_bytes());
    request.extend(about.as_bytes());
    Ok(request)
}
