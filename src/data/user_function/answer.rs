//! Columns that the process of a function has given. It may have written anything: each length, place and value is checked, also where it is
//! NULL, so that nothing comes in that no literal of its type could be.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{DateTime, Datelike as _};
use datafusion::arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Decimal128Array, ListArray, MapArray, PrimitiveArray, StringArray,
    StructArray,
};
use datafusion::arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::{
    ArrowNativeType, ArrowPrimitiveType, DataType as Arrow, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimestampMillisecondType, TimestampNanosecondType,
};
use datafusion::arrow::row::{RowConverter, SortField};

use super::clock::{self, Shown};
use crate::data::types;
use crate::model::{DataType, Zone};

/// The days from 0000-01-01 to 9999-12-31, which is how far DATE and DATETIME reach. Source: "Data type editions".
const DAYS: RangeInclusive<i32> = -719_528..=2_932_896;
const YEARS: RangeInclusive<i32> = 0..=9999;
/// Moments within these years on every clock: from 0001-01-01 to 9998-12-31, in milliseconds.
const ON_EVERY_CLOCK: std::ops::Range<i64> = -62_135_596_800_000..253_370_764_800_000;

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
    /// The clock on which moments are dates.
    zone: Zone,
}

impl<'a> Answer<'a> {
    pub fn new(rest: &'a [u8], zone: Zone) -> Self {
        Self { rest, zone }
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

    /// Moments, from what the clock shows then.
    fn moments(
        &mut self,
        rows: usize,
        of: fn(i64, Shown, Zone) -> Option<i64>,
        data_type: &DataType,
    ) -> Result<ScalarBuffer<i64>, Wrong> {
        let shown = self.numbers::<i64>(rows)?;
        let marks = match self.take(1)? {
            [0] => None,
            [1] => Some(self.take(rows)?),
            _ => return Err(Wrong::Garbled),
        };
        if self.zone == Zone::Utc && marks.is_none() {
            return Ok(shown);
        }
        let moment = |(row, shown): (usize, &i64)| {
            let mark = marks.and_then(|marks| marks.get(row)).copied().unwrap_or_default();
            let mark = Shown::of(mark).ok_or(Wrong::Garbled)?;
            of(*shown, mark, self.zone).ok_or_else(|| out_of_range(data_type))
        };
        let moments = shown.iter().enumerate().map(moment).collect::<Result<Vec<i64>, _>>()?;
        Ok(moments.into())
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
            DataType::Date => {
                let days = self.numbers::<i32>(rows)?;
                check(days.iter().all(|day| DAYS.contains(day)), || out_of_range(data_type))?;
                Arc::new(PrimitiveArray::<Date32Type>::try_new(days, nulls).map_err(garbled)?)
            }
            DataType::Datetime => {
                let moments = self.moments(rows, clock::of_milliseconds, data_type)?;
                let is_shown = |moment: &i64| {
                    let utc = DateTime::from_timestamp_millis(*moment).map(|moment| moment.naive_utc());
                    utc.is_some_and(|utc| YEARS.contains(&self.zone.to_local(utc).year()))
                };
                let fits = |moment: &i64| ON_EVERY_CLOCK.contains(moment) || is_shown(moment);
                check(moments.iter().all(fits), || out_of_range(data_type))?;
                let moments = PrimitiveArray::<TimestampMillisecondType>::try_new(moments, nulls).map_err(garbled)?;
                Arc::new(moments.with_timezone(types::ZONE))
            }
            DataType::Timestamp => {
                let moments = self.moments(rows, clock::of_nanoseconds, data_type)?;
                let moments = PrimitiveArray::<TimestampNanosecondType>::try_new(moments, nulls).map_err(garbled)?;
                Arc::new(moments.with_timezone(types::ZONE))
            }
            DataType::TimestampNtz => self.plain::<TimestampNanosecondType>(rows, nulls)?,
            DataType::Boolean => Arc::new(BooleanArray::new(self.truths(rows)?, nulls)),
            DataType::String | DataType::Varchar(_) | DataType::Char(_) | DataType::Json => {
                Arc::new(fitting(self.texts(rows, nulls)?, data_type)?)
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
                check_keys(parts.first(), &offsets)?;
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
        let truths = self.take(rows)?;
        check(truths.iter().all(|truth| *truth <= 1), || Wrong::Garbled)?;
        Ok(truths.iter().map(|truth| *truth == 1).collect())
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
        let texts = self.texts(rows, nulls)?;
        let misfit = || Wrong::Misfit(format!("a number that does not fit `decimal({precision},{scale})`"));
        let number =
            |text: Option<&str>| text.map(|text| decimal(text, precision, scale).ok_or_else(misfit)).transpose();
        let numbers = texts.iter().map(number).collect::<Result<Decimal128Array, _>>()?;
        let scale = i8::try_from(scale).map_err(|_| Wrong::Garbled)?;
        numbers.with_precision_and_scale(precision, scale).map_err(|_| misfit())
    }
}

fn check(holds: bool, wrong: impl FnOnce() -> Wrong) -> Result<(), Wrong> {
    if holds { Ok(()) } else { Err(wrong()) }
}

fn out_of_range(data_type: &DataType) -> Wrong {
    Wrong::Misfit(format!("a {data_type} outside the range of years 0000 to 9999"))
}

/// A decimal of so many digits, without its point; further decimal places are cut off. The engine's reader counts digits in a byte.
fn decimal(text: &str, precision: u8, scale: u8) -> Option<i128> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + places.len() == 0 || !are_digits(whole) || !are_digits(places) {
        return None;
    }
    let places = places.bytes().chain(std::iter::repeat(b'0')).take(scale.into());
    let number = whole
        .bytes()
        .chain(places)
        .try_fold(0_i128, |number, digit| number.checked_mul(10)?.checked_add(i128::from(digit - b'0')))?;
    let fits = number < 10_i128.checked_pow(precision.into())?;
    fits.then_some(if is_negative { -number } else { number })
}

/// Keys of a map are there once each.
fn check_keys(keys: Option<&ArrayRef>, offsets: &OffsetBuffer<i32>) -> Result<(), Wrong> {
    let keys = keys.ok_or(Wrong::Garbled)?;
    let converter = RowConverter::new(vec![SortField::new(keys.data_type().clone())]);
    let keys = converter.and_then(|converter| converter.convert_columns(&[Arc::clone(keys)]));
    let keys = keys.map_err(|_| Wrong::Garbled)?;
    let mut rows = keys.iter();
    let mut seen = HashSet::new();
    for length in offsets.lengths() {
        seen.clear();
        check(rows.by_ref().take(length).all(|key| seen.insert(key)), || Wrong::Garbled)?;
    }
    Ok(())
}

fn last(offsets: &OffsetBuffer<i32>) -> usize {
    offsets.last().and_then(|last| usize::try_from(*last).ok()).unwrap_or_default()
}

/// Texts that fit their type: at most as long as it says; JSON is JSON, and a CHAR ends with no blank.
fn fitting(texts: StringArray, data_type: &DataType) -> Result<StringArray, Wrong> {
    let texts = match data_type {
        DataType::Char(_) => texts.iter().map(|text| text.map(|text| text.trim_end_matches(' '))).collect(),
        _ => texts,
    };
    let fits = |text: &str| match data_type {
        DataType::Varchar(most) | DataType::Char(most) => {
            usize::try_from(*most).is_ok_and(|most| text.chars().nth(most).is_none())
        }
        DataType::Json => serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok(),
        _ => true,
    };
    let what = || match data_type {
        DataType::Json => Wrong::Misfit("a string that is not valid JSON".to_owned()),
        _ => Wrong::Misfit(format!("a string that is too long for `{data_type}`")),
    };
    check(texts.iter().flatten().all(fits), what)?;
    Ok(texts)
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
            request::add(&column, &kind, Zone::Utc, &mut bytes).unwrap();
            let mut answer = Answer::new(&bytes, Zone::Utc);
            let read = answer.column(&kind, 5).unwrap();
            assert_eq!((read.len(), read.null_count(), answer.end()), (5, 5, Ok(())), "{kind}");
        }
        let column: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("ä€")]));
        let mut bytes = Vec::new();
        // A part of a column begins anywhere.
        request::add(&column.slice(1, 2), &DataType::String, Zone::Utc, &mut bytes).unwrap();
        assert_eq!(
            Answer::new(&bytes, Zone::Utc).column(&DataType::String, 2).unwrap().as_ref(),
            column.slice(1, 2).as_ref()
        );
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
                let mut answer = Answer::new(&bytes, Zone::Utc);
                let _ = answer.column(&kind, next() % 9);
                let _ = answer.offsets(next() % 9);
            }
        }
        assert_eq!(Answer::new(&[], Zone::Utc).column(&DataType::Bigint, usize::MAX).unwrap_err(), Wrong::Garbled);
        assert_eq!(Answer::new(&[0, 1, 0, 0, 0], Zone::Utc).offsets(0).unwrap_err(), Wrong::Garbled);
    }

    #[test]
    fn a_value_that_does_not_fit_its_type_is_told() {
        let mut bytes = Vec::new();
        let column: ArrayRef = Arc::new(StringArray::from(vec!["abcd"]));
        request::add(&column, &DataType::String, Zone::Utc, &mut bytes).unwrap();
        let misfit = Answer::new(&bytes, Zone::Utc).column(&DataType::Varchar(3), 1).unwrap_err();
        assert_eq!(misfit, Wrong::Misfit("a string that is too long for `varchar(3)`".to_owned()));
    }
    /// A column of one row, without NULL.
    fn read(kind: &DataType, value: &[u8]) -> Result<ArrayRef, Wrong> {
        let bytes = [&[0], value].concat();
        let mut answer = Answer::new(&bytes, Zone::of_session("Asia/Shanghai").unwrap());
        let column = answer.column(kind, 1)?;
        answer.end().map(|()| column)
    }

    fn text(text: &[u8]) -> Vec<u8> {
        [&0_i32.to_le_bytes(), &(text.len() as i32).to_le_bytes(), text].concat()
    }

    #[test]
    fn no_value_comes_in_that_no_literal_could_be() {
        let misfits = |kind: &DataType, value: &[u8]| {
            assert!(matches!(read(kind, value), Err(Wrong::Misfit(_))), "{kind} {value:?}");
        };
        let garbled = |kind: &DataType, value: &[u8]| {
            assert_eq!(read(kind, value).unwrap_err(), Wrong::Garbled, "{kind} {value:?}");
        };
        for day in [i32::MIN, -719_529, 2_932_897, i32::MAX] {
            misfits(&DataType::Date, &day.to_le_bytes());
        }
        for day in [-719_528_i32, 2_932_896] {
            read(&DataType::Date, &day.to_le_bytes()).unwrap();
        }
        // 10000-01-01 on the clock of Shanghai, and the millisecond before; with a zone of its own, in UTC.
        let end = 2_932_897_i64 * 24 * 3_600_000;
        let on_clock = |moment: i64| [&moment.to_le_bytes()[..], &[0]].concat();
        let in_utc = |moment: i64| [&moment.to_le_bytes()[..], &[1, 2]].concat();
        for moment in [i64::MIN, end, i64::MAX] {
            misfits(&DataType::Datetime, &on_clock(moment));
        }
        misfits(&DataType::Datetime, &in_utc(end - 8 * 3_600_000));
        read(&DataType::Datetime, &on_clock(end - 1)).unwrap();
        let (local, utc) = (
            read(&DataType::Datetime, &on_clock(0)).unwrap(),
            read(&DataType::Datetime, &in_utc(-28_800_000)).unwrap(),
        );
        assert_eq!(local.as_ref(), utc.as_ref());
        garbled(&DataType::Datetime, &[&[0; 8][..], &[1, 3]].concat());
        garbled(&DataType::Datetime, &[&[0; 8][..], &[2]].concat());
        // Also inside of others, and where the value is said to be NULL.
        let array = DataType::Array(Box::new(DataType::Date));
        let one = [0_i32.to_le_bytes(), 1_i32.to_le_bytes()].concat();
        misfits(&array, &[&*one, &[1, 0], &i32::MAX.to_le_bytes()].concat());

        let number = DataType::Decimal(5, 2);
        for value in ["1000", "-1000.00", "1e3", "", "-", ".", "1.2.3", "--1", "+1", "0x1", " 1", "١"] {
            misfits(&number, &text(value.as_bytes()));
        }
        // As many digits as a byte counts up to, and so many that they would begin anew.
        for length in [39, 255, 256, 257, 300, 512] {
            misfits(&DataType::Decimal(38, 0), &text("9".repeat(length).as_bytes()));
        }
        for (value, expected) in [("999.99", 99_999), ("-0.019", -1), (".5", 50), ("007.", 700)] {
            let read = read(&number, &text(value.as_bytes())).unwrap();
            assert_eq!(read.as_ref(), &Decimal128Array::from(vec![expected]).with_precision_and_scale(5, 2).unwrap());
        }

        garbled(&DataType::String, &text(b"\xff"));
        garbled(&DataType::String, &text("é".as_bytes()).into_iter().take(9).collect::<Vec<_>>());
        misfits(&DataType::Json, &text(b"{"));
        assert_eq!(read(&DataType::Char(2), &text(b"a   ")).unwrap().as_ref(), &StringArray::from(vec!["a"]));
        garbled(&DataType::Boolean, &[2]);
        // Fewer items than the offsets say, more than they say, and offsets that go back.
        garbled(&array, &[&*one, &[0]].concat());
        garbled(&array, &[&*one, &[0], &[0; 8]].concat());
        garbled(&array, &[1_i32.to_le_bytes(), 0_i32.to_le_bytes()].concat());
        // A key twice, and one that is NULL.
        let map = DataType::Map(Box::new(DataType::Tinyint), Box::new(DataType::Tinyint));
        let two = [0_i32.to_le_bytes(), 2_i32.to_le_bytes()].concat();
        garbled(&map, &[&*two, &[0, 7, 7], &[0, 1, 1]].concat());
        garbled(&map, &[&*two, &[1, 1, 0, 7, 8], &[0, 1, 1]].concat());
        read(&map, &[&*two, &[0, 7, 8], &[0, 1, 1]].concat()).unwrap();
    }
}
