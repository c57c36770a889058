//! Columns that the process of a function has given. It may have written anything: each length, place and text is checked.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Decimal128Array, ListArray, MapArray, PrimitiveArray, StringArray, StructArray,
};
use datafusion::arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use datafusion::arrow::compute::kernels::cast_utils::parse_decimal;
use datafusion::arrow::datatypes::{
    ArrowNativeType, ArrowPrimitiveType, DataType as Arrow, Date32Type, Decimal128Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, TimestampMillisecondType, TimestampNanosecondType,
};

use crate::data::types;
use crate::model::DataType;

/// Longest text of a decimal, in bytes. Chosen: more than any decimal has digits.
const PLAIN_NUMBER: usize = 256;

/// What is wrong with an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is no answer at all.
    Garbled,
    /// A value does not fit its type.
    Misfit(String),
}

/// The rest of an answer.
pub(super) struct Answer<'a> {
    rest: &'a [u8],
}

impl<'a> Answer<'a> {
    pub fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Wrong> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Wrong::Garbled)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Whether nothing is left.
    pub fn end(&self) -> Result<(), Wrong> {
        if self.rest.is_empty() { Ok(()) } else { Err(Wrong::Garbled) }
    }

    /// Offsets of so many rows, which begin with 0 and never go back.
    pub fn offsets(&mut self, rows: usize) -> Result<OffsetBuffer<i32>, Wrong> {
        let numbers: ScalarBuffer<i32> = self.numbers(rows + 1)?;
        let grows =
            numbers.first() == Some(&0) && numbers.windows(2).all(|pair| matches!(pair, [one, two] if one <= two));
        if grows { Ok(OffsetBuffer::new(numbers)) } else { Err(Wrong::Garbled) }
    }

    fn numbers<T: ArrowNativeType>(&mut self, rows: usize) -> Result<ScalarBuffer<T>, Wrong> {
        let length = rows.checked_mul(size_of::<T>()).ok_or(Wrong::Garbled)?;
        // Copied, because what comes over a line lies anywhere.
        Ok(ScalarBuffer::new(Buffer::from(self.take(length)?), 0, rows))
    }

    /// A column of this type.
    pub fn column(&mut self, data_type: &DataType, rows: usize) -> Result<ArrayRef, Wrong> {
        let nulls = match self.take(1)? {
            [0] => None,
            [1] => Some(NullBuffer::from(self.truths(rows)?)),
            _ => return Err(Wrong::Garbled),
        };
        let garbled = |_| Wrong::Garbled;
        Ok(match data_type {
            DataType::Tinyint => self.plain::<Int8Type>(rows, nulls)?,
            DataType::Smallint => self.plain::<Int16Type>(rows, nulls)?,
            DataType::Int => self.plain::<Int32Type>(rows, nulls)?,
            DataType::Bigint => self.plain::<Int64Type>(rows, nulls)?,
            // There is one NaN.
            DataType::Float => {
                let numbers: ScalarBuffer<f32> = self.numbers(rows)?;
                let numbers: Vec<f32> =
                    numbers.iter().map(|number| if number.is_nan() { f32::NAN } else { *number }).collect();
                Arc::new(PrimitiveArray::<Float32Type>::try_new(numbers.into(), nulls).map_err(garbled)?)
            }
            DataType::Double => {
                let numbers: ScalarBuffer<f64> = self.numbers(rows)?;
                let numbers: Vec<f64> =
                    numbers.iter().map(|number| if number.is_nan() { f64::NAN } else { *number }).collect();
                Arc::new(PrimitiveArray::<Float64Type>::try_new(numbers.into(), nulls).map_err(garbled)?)
            }
            DataType::Date => self.plain::<Date32Type>(rows, nulls)?,
            DataType::Datetime => {
                let moments = self.numbers::<i64>(rows)?;
                let moments = PrimitiveArray::<TimestampMillisecondType>::try_new(moments, nulls).map_err(garbled)?;
                Arc::new(moments.with_timezone(types::ZONE))
            }
            DataType::Timestamp => {
                let moments = self.numbers::<i64>(rows)?;
                let moments = PrimitiveArray::<TimestampNanosecondType>::try_new(moments, nulls).map_err(garbled)?;
                Arc::new(moments.with_timezone(types::ZONE))
            }
            DataType::TimestampNtz => self.plain::<TimestampNanosecondType>(rows, nulls)?,
            DataType::Boolean => Arc::new(BooleanArray::new(self.truths(rows)?, nulls)),
            DataType::String | DataType::Varchar(_) | DataType::Char(_) | DataType::Json => {
                let texts = self.texts(rows, nulls)?;
                check_length(&texts, data_type)?;
                Arc::new(texts)
            }
            DataType::Binary => {
                let (offsets, data) = self.bytes(rows)?;
                Arc::new(BinaryArray::try_new(offsets, data, nulls).map_err(garbled)?)
            }
            DataType::Decimal(precision, scale) => Arc::new(self.decimals(rows, nulls, *precision, *scale)?),
            DataType::Array(item) => {
                let Arrow::List(field) = types::to_arrow(data_type) else { return Err(Wrong::Garbled) };
                let offsets = self.offsets(rows)?;
                let items = self.column(item, last(&offsets))?;
                Arc::new(ListArray::try_new(field, offsets, items, nulls).map_err(garbled)?)
            }
            DataType::Map(key, value) => {
                let Arrow::Map(field, _) = types::to_arrow(data_type) else { return Err(Wrong::Garbled) };
                let Arrow::Struct(fields) = field.data_type().clone() else { return Err(Wrong::Garbled) };
                let offsets = self.offsets(rows)?;
                let parts = vec![self.column(key, last(&offsets))?, self.column(value, last(&offsets))?];
                let entries = StructArray::try_new(fields, parts, None).map_err(garbled)?;
                Arc::new(MapArray::try_new(field, offsets, entries, nulls, false).map_err(garbled)?)
            }
            DataType::Struct(fields) => {
                let Arrow::Struct(arrow) = types::to_arrow(data_type) else { return Err(Wrong::Garbled) };
                let parts = fields.iter().map(|(_, kind)| self.column(kind, rows)).collect::<Result<Vec<_>, _>>()?;
                Arc::new(StructArray::try_new(arrow, parts, nulls).map_err(garbled)?)
            }
        })
    }

    fn plain<T: ArrowPrimitiveType>(&mut self, rows: usize, nulls: Option<NullBuffer>) -> Result<ArrayRef, Wrong> {
        let numbers = self.numbers::<T::Native>(rows)?;
        Ok(Arc::new(PrimitiveArray::<T>::try_new(numbers, nulls).map_err(|_| Wrong::Garbled)?))
    }

    fn truths(&mut self, rows: usize) -> Result<BooleanBuffer, Wrong> {
        Ok(self.take(rows)?.iter().map(|truth| *truth != 0).collect())
    }

    fn bytes(&mut self, rows: usize) -> Result<(OffsetBuffer<i32>, Buffer), Wrong> {
        let offsets = self.offsets(rows)?;
        let data = self.take(last(&offsets))?;
        Ok((offsets, Buffer::from(data)))
    }

    fn texts(&mut self, rows: usize, nulls: Option<NullBuffer>) -> Result<StringArray, Wrong> {
        let (offsets, data) = self.bytes(rows)?;
        StringArray::try_new(offsets, data, nulls).map_err(|_| Wrong::Garbled)
    }

    fn decimals(
        &mut self,
        rows: usize,
        nulls: Option<NullBuffer>,
        precision: u8,
        scale: u8,
    ) -> Result<Decimal128Array, Wrong> {
        let scale = i8::try_from(scale).map_err(|_| Wrong::Garbled)?;
        let texts = self.texts(rows, nulls)?;
        let misfit = || Wrong::Misfit(format!("a number that does not fit `decimal({precision},{scale})`"));
        // The engine's reader takes exponents that it cannot represent.
        let is_plain = |text: &str| {
            text.len() <= PLAIN_NUMBER && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
        };
        let number = |text: Option<&str>| match text {
            Some(text) if !is_plain(text) => Err(misfit()),
            Some(text) => parse_decimal::<Decimal128Type>(text, precision, scale).map(Some).map_err(|_| misfit()),
            None => Ok(None),
        };
        let numbers = texts.iter().map(number).collect::<Result<Decimal128Array, _>>()?;
        numbers.with_precision_and_scale(precision, scale).map_err(|_| misfit())
    }
}

fn last(offsets: &OffsetBuffer<i32>) -> usize {
    offsets.last().and_then(|last| usize::try_from(*last).ok()).unwrap_or_default()
}

fn check_length(texts: &StringArray, data_type: &DataType) -> Result<(), Wrong> {
    let (DataType::Varchar(most) | DataType::Char(most)) = data_type else { return Ok(()) };
    let most = usize::try_from(*most).unwrap_or(usize::MAX);
    match texts.iter().flatten().any(|text| text.chars().nth(most).is_some()) {
        true => Err(Wrong::Misfit(format!("a text that does not fit `{data_type}`"))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::new_null_array;

    use super::*;
    use crate::data::user_function::request;

    fn kinds() -> Vec<DataType> {
        let text = || Box::new(DataType::String);
        vec![
            DataType::Tinyint,
            DataType::Smallint,
            DataType::Int,
            DataType::Bigint,
            DataType::Float,
            DataType::Double,
            DataType::Decimal(10, 2),
            DataType::String,
            DataType::Varchar(3),
            DataType::Binary,
            DataType::Boolean,
            DataType::Date,
            DataType::Datetime,
            DataType::Timestamp,
            DataType::TimestampNtz,
            DataType::Array(text()),
            DataType::Map(text(), Box::new(DataType::Array(Box::new(DataType::Bigint)))),
            DataType::Struct(vec![("a".to_owned(), DataType::Bigint), ("b".to_owned(), DataType::String)]),
        ]
    }

    #[test]
    fn what_is_sent_reads_back_the_same() {
        for kind in kinds() {
            let column = new_null_array(&types::to_arrow(&kind), 5);
            let mut bytes = Vec::new();
            request::add(&column, &kind, &mut bytes).unwrap();
            let mut answer = Answer::new(&bytes);
            let read = answer.column(&kind, 5).unwrap();
            assert_eq!((read.len(), read.null_count(), answer.end()), (5, 5, Ok(())), "{kind}");
        }
        let column: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("ä€")]));
        let mut bytes = Vec::new();
        // A part of a column begins anywhere.
        request::add(&column.slice(1, 2), &DataType::String, &mut bytes).unwrap();
        assert_eq!(Answer::new(&bytes).column(&DataType::String, 2).unwrap().as_ref(), column.slice(1, 2).as_ref());
    }

    #[test]
    fn no_bytes_make_it_fail_otherwise_than_with_an_error() {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize
        };
        for kind in kinds() {
            for _ in 0..500 {
                let bytes: Vec<u8> =
                    (0..next() % 200).map(|_| [0, 0, 0, 1, 2, 255, next() as u8][next() % 7]).collect();
                let mut answer = Answer::new(&bytes);
                let _ = answer.column(&kind, next() % 9);
                let _ = answer.offsets(next() % 9);
            }
        }
        assert_eq!(Answer::new(&[]).column(&DataType::Bigint, usize::MAX).unwrap_err(), Wrong::Garbled);
        assert_eq!(Answer::new(&[0, 1, 0, 0, 0]).offsets(0).unwrap_err(), Wrong::Garbled);
    }

    #[test]
    fn a_value_that_does_not_fit_its_type_is_told() {
        let mut bytes = Vec::new();
        let column: ArrayRef = Arc::new(StringArray::from(vec!["abcd"]));
        request::add(&column, &DataType::String, &mut bytes).unwrap();
        let misfit = Answer::new(&bytes).column(&DataType::Varchar(3), 1).unwrap_err();
        assert_eq!(misfit, Wrong::Misfit("a text that does not fit `varchar(3)`".to_owned()));
    }
}
