//! Rows → text. Values are written as the screen shows them, but times, which follow the pattern and zone of the file.

use chrono::{Datelike, NaiveDate};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType as Arrow, Date32Type, Decimal128Type, Float32Type, Float64Type, Int64Type, TimeUnit,
    TimestampMillisecondType, TimestampNanosecondType,
};
use memchr::{memchr, memchr2, memchr3, memmem};

use super::format::TextFormat;
use super::pattern::padded;
use super::record::{Delimiters, Field};
use super::times::{Loss, Times};
use crate::data::cells::{self, Style};
use crate::data::failure::failure;
use crate::data::{printing, types};
use crate::error::Result;
use crate::model::Zone;

/// What a file does not say exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Losses {
    /// Records that would read back as others: a delimiter in a value, or a value that is written like NULL.
    pub ambiguous: u64,
    /// Values of DATETIME whose milliseconds are not written.
    pub milliseconds: u64,
    /// Values of DATETIME and TIMESTAMP that would read back as other moments.
    pub moments: u64,
}

impl Losses {
    /// Counts those of another file as well.
    pub fn add(&mut self, other: Self) {
        self.ambiguous += other.ambiguous;
        self.milliseconds += other.milliseconds;
        self.moments += other.moments;
    }
}

/// Writes rows as records.
pub struct Output {
    format: TextFormat,
    record: Vec<u8>,
    losses: Losses,
    times: Times,
    /// Whether a delimiter can stand in a number or a time.
    everywhere: bool,
    /// Reads records again where one delimiter begins with the other: what stands behind a short one may make it the long one.
    reader: Option<Delimiters>,
    /// Where the fields of the present record stand, for the reader.
    places: Vec<(usize, usize)>,
}

/// A column, ready to be written value by value.
enum Column<'a> {
    Integer(ArrayRef),
    Float(ArrayRef),
    Double(&'a ArrayRef),
    Decimal(&'a ArrayRef, usize),
    Text(&'a ArrayRef),
    View(&'a ArrayRef),
    Boolean(&'a ArrayRef),
    Date(ArrayRef),
    Datetime(ArrayRef),
    Timestamp(ArrayRef, bool),
    /// Everything else, as the screen shows it.
    Shown(Vec<Option<String>>),
}

impl Output {
    /// In this format.
    pub fn new(format: TextFormat) -> Self {
        let record = format.record.clone().unwrap_or_else(|| b"\n".to_vec());
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-+.: ".contains(byte);
        let pattern_text = format.delimiter.first().zip(record.first());
        let joins = record.starts_with(&format.delimiter);
        let everywhere = joins || pattern_text.is_none_or(|(field, record)| plain(field) || plain(record));
        let reader = joins.then(|| Delimiters {
            field: format.delimiter.clone(),
            record: record.clone(),
            quoted: format.quoted,
            guessed: false,
        });
        let times = Times::new(&format);
        Self { everywhere, record, losses: Losses::default(), times, reader, places: Vec::new(), format }
    }

    /// What was not written exactly so far.
    pub fn losses(&self) -> Losses {
        self.losses
    }

    /// Writes the names of the columns.
    pub fn header(&mut self, names: &[String], text: &mut Vec<u8>) {
        for (place, name) in names.iter().enumerate() {
            let start = text.len();
            text.extend_from_slice(name.as_bytes());
            self.end_field(place + 1 == names.len(), start, true, text);
        }
    }

    /// Writes the rows of a batch.
    ///
    /// # Errors
    /// A value that cannot be written.
    pub fn rows(&mut self, batch: &RecordBatch, text: &mut Vec<u8>) -> Result<()> {
        let columns =
            batch.columns().iter().map(|array| Column::new(array, self.format.zone)).collect::<Result<Vec<_>>>()?;
        let last = columns.len().saturating_sub(1);
        for row in 0..batch.num_rows() {
            let mut ambiguous = false;
            let begin = text.len();
            self.places.clear();
            for (place, column) in columns.iter().enumerate() {
                let start = text.len();
                if column.is_null(row) {
                    text.extend_from_slice(&self.format.null);
                    self.places.push((start, text.len()));
                    text.extend_from_slice(if place == last { &self.record } else { &self.format.delimiter });
                    continue;
                }
                match column.write(row, &self.format, &self.times, text)? {
                    Loss::Nothing => {}
                    Loss::Milliseconds => self.losses.milliseconds += 1,
                    Loss::Moment => self.losses.moments += 1,
                }
                let delimiter = if place == last { self.record.len() } else { self.format.delimiter.len() };
                ambiguous |= self.end_field(place == last, start, column.is_free(), text);
                self.places.push((start, text.len() - delimiter));
            }
            ambiguous |= !self.reads_back(text, begin);
            self.losses.ambiguous += u64::from(ambiguous);
        }
        Ok(())
    }

    /// Whether the fields of the record at `begin` are found where they stand.
    fn reads_back(&self, text: &[u8], begin: usize) -> bool {
        let Some(reader) = &self.reader else { return true };
        let mut fields = Vec::new();
        let found = reader.record(text, begin, &mut fields);
        let same = |(field, place): (&Field, &(usize, usize))| field.outer() == *place;
        found.next == text.len() && fields.len() == self.places.len() && fields.iter().zip(&self.places).all(same)
    }

    /// Ends a field that begins at `start`: in quotes if it must, then its delimiter. Gives whether it reads back as another.
    fn end_field(&self, last: bool, start: usize, free: bool, text: &mut Vec<u8>) -> bool {
        let delimiter = if last { &self.record } else { &self.format.delimiter };
        let value = text.get(start..).unwrap_or_default();
        if !free && !self.everywhere && value != self.format.null.as_slice() {
            text.extend_from_slice(delimiter);
            return false;
        }
        // In front of a file it would be taken for a byte order mark.
        let unclear = value == self.format.null.as_slice() || value.starts_with("\u{feff}".as_bytes());
        if self.format.quoted {
            let first = self.format.delimiter.first().copied().unwrap_or(b',');
            let other = self.record.first().copied().unwrap_or(b'\n');
            if unclear
                || self.reader.is_some()
                || memchr3(b'"', b'\n', b'\r', value).is_some()
                || memchr2(first, other, value).is_some()
            {
                quote(start, text);
            }
            text.extend_from_slice(delimiter);
            return false;
        }
        let length = value.len();
        let mark = |marks: &[u8], value: &[u8]| match marks {
            [one] => memchr(*one, value),
            several => memmem::find(value, several),
        };
        // The end of a value and a delimiter may be a delimiter together.
        let carriage = match &self.format.record {
            // An upload that looks into the file takes no line end for a value.
            None => memchr(b'\r', value).is_some(),
            Some(record) => last && record == b"\n" && value.ends_with(b"\r"),
        };
        text.extend_from_slice(delimiter);
        let whole = text.get(start..).unwrap_or_default();
        let cut = |marks: &[u8]| mark(marks, whole).is_some_and(|at| at < length);
        unclear || carriage || cut(&self.format.delimiter) || cut(&self.record)
    }
}

/// Puts the field at `start` into quotes, and doubles those in it.
fn quote(start: usize, text: &mut Vec<u8>) {
    let value = text.split_off(start);
    text.push(b'"');
    let mut rest = value.as_slice();
    while let Some(at) = memchr(b'"', rest) {
        let (before, after) = rest.split_at_checked(at + 1).unwrap_or((rest, &[]));
        text.extend_from_slice(before);
        text.push(b'"');
        rest = after;
    }
    text.extend_from_slice(rest);
    text.push(b'"');
}

impl<'a> Column<'a> {
    /// Moments inside of arrays, maps and structs are shown on the clock of `zone`. Chosen: in the form of the screen.
    fn new(array: &'a ArrayRef, zone: Zone) -> Result<Self> {
        let to = |target: Arrow| cast(array, &target).map_err(|error| failure(error.into()));
        Ok(match array.data_type() {
            integer if integer.is_integer() && *integer != Arrow::UInt64 => Self::Integer(to(Arrow::Int64)?),
            Arrow::Float16 | Arrow::Float32 => Self::Float(to(Arrow::Float32)?),
            Arrow::Float64 => Self::Double(array),
            Arrow::Decimal128(_, scale) => Self::Decimal(array, usize::try_from(*scale).unwrap_or_default()),
            Arrow::Utf8 => Self::Text(array),
            Arrow::Utf8View => Self::View(array),
            Arrow::Boolean => Self::Boolean(array),
            Arrow::Date32 | Arrow::Date64 => Self::Date(to(Arrow::Date32)?),
            Arrow::Timestamp(TimeUnit::Second | TimeUnit::Millisecond, Some(_)) => {
                Self::Datetime(to(Arrow::Timestamp(TimeUnit::Millisecond, Some(types::ZONE.into())))?)
            }
            Arrow::Timestamp(_, zone) => {
                Self::Timestamp(to(Arrow::Timestamp(TimeUnit::Nanosecond, zone.clone()))?, zone.is_some())
            }
            _ => Self::Shown(cells::texts(array, Style { zone, zeros: false })?),
        })
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Integer(array) | Self::Float(array) | Self::Date(array) | Self::Datetime(array) => array.is_null(row),
            Self::Timestamp(array, _) => array.is_null(row),
            Self::Double(array)
            | Self::Decimal(array, _)
            | Self::Text(array)
            | Self::View(array)
            | Self::Boolean(array) => array.is_null(row),
            Self::Shown(texts) => !texts.get(row).is_some_and(Option::is_some),
        }
    }

    /// Whether its values are any text.
    fn is_free(&self) -> bool {
        matches!(self, Self::Text(_) | Self::View(_) | Self::Shown(_) | Self::Datetime(_))
    }

    /// Writes one value; gives what it loses.
    fn write(&self, row: usize, format: &TextFormat, times: &Times, text: &mut Vec<u8>) -> Result<Loss> {
        match self {
            Self::Integer(array) => integer(array.as_primitive::<Int64Type>().value(row), text),
            Self::Float(array) => {
                let number = array.as_primitive::<Float32Type>().value(row);
                // What is not finite has no digits.
                match format.exponential || !number.is_finite() {
                    true => text.extend_from_slice(printing::float(number).as_bytes()),
                    false => text.extend_from_slice(number.to_string().as_bytes()),
                }
            }
            Self::Double(array) => {
                let number = array.as_primitive::<Float64Type>().value(row);
                match format.exponential || !number.is_finite() {
                    true => text.extend_from_slice(printing::double(number).as_bytes()),
                    false => text.extend_from_slice(number.to_string().as_bytes()),
                }
            }
            Self::Decimal(array, scale) => decimal(array.as_primitive::<Decimal128Type>().value(row), *scale, text),
            Self::Text(array) => text.extend_from_slice(array.as_string::<i32>().value(row).as_bytes()),
            Self::View(array) => text.extend_from_slice(array.as_string_view().value(row).as_bytes()),
            Self::Boolean(array) => {
                let word: &[u8] = if array.as_boolean().value(row) { b"true" } else { b"false" };
                text.extend_from_slice(word);
            }
            Self::Date(array) => date(array.as_primitive::<Date32Type>().value(row), text),
            Self::Datetime(array) => {
                return times.datetime(array.as_primitive::<TimestampMillisecondType>().value(row), format, text);
            }
            Self::Timestamp(array, zoned) => {
                let nanoseconds = array.as_primitive::<TimestampNanosecondType>().value(row);
                if *zoned {
                    return Ok(times.timestamp(nanoseconds, format, text));
                }
                text.extend_from_slice(printing::timestamp(nanoseconds, Zone::Utc).as_bytes());
            }
            Self::Shown(texts) => {
                text.extend_from_slice(texts.get(row).and_then(Option::as_deref).unwrap_or_default().as_bytes());
            }
        }
        Ok(Loss::Nothing)
    }
}

/// A day, as `printing::date` has it.
fn date(days: i32, text: &mut Vec<u8>) {
    match NaiveDate::from_epoch_days(days).filter(|day| (0..=9999).contains(&day.year())) {
        None => text.extend_from_slice(printing::date(days).as_bytes()),
        Some(day) => {
            padded(day.year().into(), 4, text);
            text.push(b'-');
            padded(day.month().into(), 2, text);
            text.push(b'-');
            padded(day.day().into(), 2, text);
        }
    }
}

/// A whole number in digits.
fn integer(number: i64, text: &mut Vec<u8>) {
    if number < 0 {
        text.push(b'-');
    }
    unsigned(number.unsigned_abs().into(), 1, text);
}

/// Digits, at least so many.
fn unsigned(number: u128, least: usize, text: &mut Vec<u8>) {
    let start = text.len();
    let mut push = |digit: u64| text.push(b'0' + u8::try_from(digit).unwrap_or_default());
    let mut left = number;
    while left > u128::from(u64::MAX) {
        push(u64::try_from(left % 10).unwrap_or_default());
        left /= 10;
    }
    let mut small = u64::try_from(left).unwrap_or_default();
    while small > 0 {
        push(small % 10);
        small /= 10;
    }
    while text.len() < start + least {
        text.push(b'0');
    }
    text.get_mut(start..).unwrap_or_default().reverse();
}

/// A fixed-point number, as `printing::decimal` has it: no zeros at its end.
fn decimal(number: i128, scale: usize, text: &mut Vec<u8>) {
    if number < 0 {
        text.push(b'-');
    }
    unsigned(number.unsigned_abs(), scale + 1, text);
    if scale == 0 {
        return;
    }
    let point = text.len() - scale;
    text.insert(point, b'.');
    while text.last() == Some(&b'0') {
        text.pop();
    }
    if text.last() == Some(&b'.') {
        text.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut text = Vec::new();
        write(&mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn numbers_and_days_are_written_as_on_the_screen() {
        for number in [i64::MIN, -1, 0, 7, 10, i64::MAX] {
            assert_eq!(written(|text| integer(number, text)), number.to_string());
        }
        for (number, scale, shown) in
            [(150, 2, "1.5"), (-5, 2, "-0.05"), (0, 3, "0"), (700, 2, "7"), (42, 0, "42"), (i128::MAX, 18, "")]
        {
            let digits = written(|text| decimal(number, scale, text));
            assert!(digits == shown || shown.is_empty() && digits.starts_with("170141183460469231731.68"), "{digits}");
        }
        for days in [-719_162, -1, 0, 19_782, 2_932_896, 2_932_897, i32::MAX] {
            assert_eq!(written(|text| date(days, text)), printing::date(days));
        }
    }
}
