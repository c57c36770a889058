//! Records → columns.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BinaryBuilder, BooleanArray, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder,
    Float64Builder, Int8Builder, Int16Builder, Int32Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMillisecondBuilder, TimestampNanosecondBuilder,
};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef, Schema, SchemaRef};
use memchr::{memchr, memchr2};

use super::BadRecord;
use super::format::TextFormat;
use super::record::{Delimiters, Field, MOST_FIELDS, Quotes};
use super::source::{Piece, lines_in};
use super::value::{self, Misfit};
use crate::data::failure::failure;
use crate::data::provider::column_name;
use crate::data::types;
use crate::error::{Code, Error, Result};
use crate::model::{Column, DataType, Table};

/// Characters of a bad value that are shown.
const SHOWN: usize = 60;

/// Bytes of a bad record that are kept.
const KEPT: usize = 4096;

/// Makes columns of a table out of records.
pub struct Converter {
    format: Arc<TextFormat>,
    /// Whether a record must have as many fields as there are columns.
    strict: bool,
    /// Whether lines without anything are no records.
    skips_empty: bool,
    columns: Vec<(Column, Builder)>,
    schema: SchemaRef,
    fields: Vec<Field>,
    undoubled: Vec<u8>,
    bytes: Vec<u8>,
    cut: u64,
}

/// What became of a piece.
pub struct Converted {
    /// The good records.
    pub rows: RecordBatch,
    /// The others, as many as are told of.
    pub bad: Vec<BadRecord>,
    /// How many others there are.
    pub bad_count: u64,
    /// Values whose last decimal places were cut off.
    pub cut: u64,
}

impl Converter {
    /// For the columns of `table`.
    ///
    /// # Errors
    /// A column of a type that text files do not hold yet.
    pub fn new(table: &Table, format: Arc<TextFormat>, strict: bool) -> Result<Self> {
        let columns = table.columns.iter().map(|column| Ok((column.clone(), Builder::new(column)?)));
        let field =
            |column: &Column| -> FieldRef { Arc::new(types::to_field(&column_name(column.id), &column.data_type)) };
        Ok(Self {
            format,
            strict,
            skips_empty: false,
            columns: columns.collect::<Result<_>>()?,
            schema: Arc::new(Schema::new(table.columns.iter().map(field).collect::<Vec<_>>())),
            fields: Vec::new(),
            undoubled: Vec::new(),
            bytes: Vec::new(),
            cut: 0,
        })
    }

    /// The same; with `skips`, lines without anything are no records.
    pub fn passing_over_empty_lines(self, skips: bool) -> Self {
        Self { skips_empty: skips, ..self }
    }

    /// What the columns are stored as.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Converts the records of a piece; tells at most `most` bad ones.
    ///
    /// # Errors
    /// A mistake in this program.
    pub fn convert(&mut self, piece: &Piece, delimiters: &Delimiters, most: usize) -> Result<Converted> {
        let text = piece.text.as_slice();
        let mut fields = std::mem::take(&mut self.fields);
        let (mut at, mut rows) = (0, 0_usize);
        if piece.first && self.format.header {
            at = delimiters.record(text, 0, &mut fields).next;
        }
        let mut bad: Vec<(usize, BadRecord)> = Vec::new();
        let mut bad_rows: Vec<usize> = Vec::new();
        // Lines that end in several ways: what is no end of a record would slip into a value.
        let mixed = delimiters.guessed && (delimiters.record != b"\n" || memchr(b'\r', text).is_some());
        while at < text.len() {
            let found = delimiters.record(text, at, &mut fields);
            if self.skips_empty && matches!(text.get(at..found.next), Some(b"\n" | b"\r\n")) {
                at = found.next;
                continue;
            }
            let stray = mixed && self.has_line_end(text, &fields);
            if let Err(problem) = self.record(text, &fields, (found.quotes, stray)) {
                bad_rows.push(rows);
                if bad.len() < most {
                    let lines = text.get(..at).unwrap_or_default();
                    let line = piece.lines + lines_in(lines, &delimiters.record) + 1;
                    bad.push((rows, problem.told(line, text.get(at..found.next).unwrap_or_default())));
                }
            }
            rows += 1;
            at = found.next;
        }
        self.fields = fields;
        let arrays = self.columns.iter_mut().map(|(_, builder)| builder.finish()).collect();
        let mut batch =
            RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(|error| failure(error.into()))?;
        if !bad_rows.is_empty() {
            let mut keep = vec![true; rows];
            bad_rows.iter().filter_map(|row| keep.get_mut(*row).map(|keep| *keep = false)).for_each(drop);
            batch = filter_record_batch(&batch, &BooleanArray::from(keep)).map_err(|error| failure(error.into()))?;
        }
        let bad_count = bad_rows.len() as u64;
        let bad = bad.into_iter().map(|(_, record)| record).collect();
        Ok(Converted { rows: batch, bad, bad_count, cut: std::mem::take(&mut self.cut) })
    }

    /// Whether a field that stands in no quotes, and is no NULL, has `\r` or `\n` in it. Chosen: where the end of records was
    /// not said, such a record is bad; nobody can tell whether it is a value or the end of a line.
    fn has_line_end(&self, text: &[u8], fields: &[Field]) -> bool {
        let stray = |field: &Field| {
            let bytes = field.of(text);
            memchr2(b'\r', b'\n', bytes).is_some() && bytes != self.format.null.as_slice()
        };
        fields.iter().any(|field| !field.quoted && stray(field))
    }

    /// Adds one value to every column; of a bad record, which is taken out again, some of them are NULL.
    fn record(&mut self, text: &[u8], fields: &[Field], (quotes, stray): (Quotes, bool)) -> Result<(), Problem> {
        let mut problem = match quotes {
            Quotes::Behind => Some("text after a closing quote"),
            Quotes::Open => Some("a quote is not closed"),
            Quotes::Fine if stray => {
                Some("a field contains a line end that is not the record delimiter; with `-rd` it is part of the value")
            }
            Quotes::Fine => None,
        }
        .map(|reason| Problem::Record(reason.to_owned()));
        if self.strict && fields.len() != self.columns.len() && problem.is_none() {
            // Source: odpscmd.
            let or_more = if fields.len() < MOST_FIELDS { "" } else { " or more" };
            problem = Some(Problem::Record(format!(
                "column mismatch, expected {} columns, {}{or_more} columns found, please check data or delimiter",
                self.columns.len(),
                fields.len()
            )));
        }
        for (place, (column, builder)) in self.columns.iter_mut().enumerate() {
            let Some(field) = fields.get(place).filter(|_| problem.is_none()) else {
                builder.append_null();
                if problem.is_none() && !column.nullable {
                    problem =
                        Some(Problem::misfit(place, column, &[], "the value is missing, but the column is not null"));
                }
                continue;
            };
            let mut bytes = field.of(text);
            if field.doubled {
                undouble(bytes, &mut self.undoubled);
                bytes = &self.undoubled;
            }
            if !field.quoted && bytes == self.format.null.as_slice() {
                builder.append_null();
                if !column.nullable {
                    problem =
                        Some(Problem::misfit(place, column, bytes, "the value is NULL, but the column is not null"));
                }
                continue;
            }
            match builder.append(bytes, &self.format, &mut self.bytes) {
                Ok(cut) => self.cut += u64::from(cut),
                Err(misfit) => {
                    builder.append_null();
                    problem = Some(Problem::misfit(place, column, bytes, misfit));
                }
            }
        }
        problem.map_or(Ok(()), Err)
    }
}

/// What is wrong with a record.
enum Problem {
    Record(String),
    Value { place: usize, name: String, data_type: String, shown: String, misfit: Misfit },
}

impl Problem {
    fn misfit(place: usize, column: &Column, bytes: &[u8], misfit: Misfit) -> Self {
        let text = String::from_utf8_lossy(bytes.get(..SHOWN * 4).unwrap_or(bytes)).into_owned();
        let mut shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
        if text.chars().nth(SHOWN).is_some() {
            shown.push('…');
        }
        let data_type = column.data_type.to_string().to_uppercase();
        Self::Value { place: place + 1, name: column.name.clone(), data_type, shown, misfit }
    }

    /// Source: odpscmd, `format error - :4, BOOLEAN:'a'`; the line stands before the colon.
    fn told(self, line: u64, record: &[u8]) -> BadRecord {
        let record =
            String::from_utf8_lossy(record.get(..KEPT).unwrap_or(record)).trim_end_matches(['\r', '\n']).to_owned();
        match self {
            Self::Record(reason) => BadRecord { line, record, shown: format!("line {line}: {reason}"), reason },
            Self::Value { place, name, data_type, shown, misfit } => BadRecord {
                line,
                record,
                reason: format!("column {place} `{name}`, {data_type}: {misfit}"),
                shown: format!("format error - {line}:{place}, {data_type}:'{shown}'  {misfit}"),
            },
        }
    }
}

/// One quote for every two.
fn undouble(text: &[u8], undoubled: &mut Vec<u8>) {
    undoubled.clear();
    let mut rest = text;
    while let Some(at) = memchr(b'"', rest) {
        let (before, after) = rest.split_at_checked(at + 1).unwrap_or((rest, &[]));
        undoubled.extend_from_slice(before);
        rest = after.get(1..).unwrap_or_default();
    }
    undoubled.extend_from_slice(rest);
}

/// The values of one column.
enum Builder {
    Tinyint(Int8Builder),
    Smallint(Int16Builder),
    Int(Int32Builder),
    Bigint(Int64Builder),
    Float(Float32Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder, u8, u8),
    Text(StringBuilder, Option<u32>),
    /// Stored without blanks at its end, as INSERT does.
    Char(StringBuilder, u32),
    Json(StringBuilder),
    Binary(BinaryBuilder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Datetime(TimestampMillisecondBuilder),
    Timestamp(TimestampNanosecondBuilder, bool),
}

impl Builder {
    fn new(column: &Column) -> Result<Self> {
        let arrow = types::to_arrow(&column.data_type);
        let zone = || Some::<Arc<str>>(types::ZONE.into());
        Ok(match &column.data_type {
            DataType::Tinyint => Self::Tinyint(Int8Builder::new()),
            DataType::Smallint => Self::Smallint(Int16Builder::new()),
            DataType::Int => Self::Int(Int32Builder::new()),
            DataType::Bigint => Self::Bigint(Int64Builder::new()),
            DataType::Float => Self::Float(Float32Builder::new()),
            DataType::Double => Self::Double(Float64Builder::new()),
            DataType::Decimal(precision, scale) => {
                let builder = match arrow {
                    Arrow::Decimal128(precision, scale) => {
                        Decimal128Builder::new().with_precision_and_scale(precision, scale)
                    }
                    _ => return Err(Error::new(Code::Internal, "a DECIMAL column has another Arrow type")),
                };
                Self::Decimal(builder.map_err(|error| failure(error.into()))?, *precision, *scale)
            }
            DataType::String => Self::Text(StringBuilder::new(), None),
            DataType::Varchar(length) => Self::Text(StringBuilder::new(), Some(*length)),
            DataType::Char(length) => Self::Char(StringBuilder::new(), *length),
            DataType::Json => Self::Json(StringBuilder::new()),
            DataType::Binary => Self::Binary(BinaryBuilder::new()),
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Date => Self::Date(Date32Builder::new()),
            DataType::Datetime => Self::Datetime(TimestampMillisecondBuilder::new().with_timezone_opt(zone())),
            DataType::Timestamp => Self::Timestamp(TimestampNanosecondBuilder::new().with_timezone_opt(zone()), true),
            DataType::TimestampNtz => Self::Timestamp(TimestampNanosecondBuilder::new(), false),
            DataType::Array(_) | DataType::Map(..) | DataType::Struct(_) => {
                let message =
                    format!("not supported yet: an upload into column `{}`, {}", column.name, column.data_type);
                return Err(Error::new(Code::Unsupported, message)
                    .help("upload the JSON into a STRING column, then `insert` the result of `from_json`"));
            }
        })
    }

    /// Adds a value; tells whether its last decimal places were cut off.
    fn append(&mut self, text: &[u8], format: &TextFormat, bytes: &mut Vec<u8>) -> Result<bool, Misfit> {
        /// A number that is within the bounds of its type.
        fn narrow<T: TryFrom<i64>>(number: i64) -> Result<T, Misfit> {
            T::try_from(number).map_err(|_| "out of range")
        }
        match self {
            Self::Tinyint(builder) => {
                builder.append_value(narrow(value::integer(text, i8::MIN.into(), i8::MAX.into())?)?)
            }
            Self::Smallint(builder) => {
                builder.append_value(narrow(value::integer(text, i16::MIN.into(), i16::MAX.into())?)?);
            }
            Self::Int(builder) => {
                builder.append_value(narrow(value::integer(text, i32::MIN.into(), i32::MAX.into())?)?)
            }
            // Source: odpscmd: a BIGINT is not the smallest number of 64 bits.
            Self::Bigint(builder) => builder.append_value(value::integer(text, -i64::MAX, i64::MAX)?),
            Self::Float(builder) => builder.append_value(value::float(text)?),
            Self::Double(builder) => builder.append_value(value::float(text)?),
            Self::Decimal(builder, precision, scale) => {
                let (number, cut) = value::decimal(text, *precision, *scale)?;
                builder.append_value(number);
                return Ok(cut);
            }
            Self::Text(builder, most) => builder.append_value(value::text(text, *most)?),
            Self::Char(builder, most) => builder.append_value(value::text(text, Some(*most))?.trim_end_matches(' ')),
            Self::Json(builder) => builder.append_value(value::json(text)?),
            Self::Binary(builder) => {
                value::binary(text, bytes)?;
                builder.append_value(bytes);
            }
            Self::Boolean(builder) => builder.append_value(value::boolean(text)?),
            Self::Date(builder) => builder.append_value(value::date(text)?),
            Self::Datetime(builder) => builder.append_value(value::datetime(text, format)?),
            Self::Timestamp(builder, zoned) => builder.append_value(value::timestamp(text, format, *zoned)?),
        }
        Ok(false)
    }

    fn append_null(&mut self) {
        match self {
            Self::Tinyint(builder) => builder.append_null(),
            Self::Smallint(builder) => builder.append_null(),
            Self::Int(builder) => builder.append_null(),
            Self::Bigint(builder) => builder.append_null(),
            Self::Float(builder) => builder.append_null(),
            Self::Double(builder) => builder.append_null(),
            Self::Decimal(builder, ..) => builder.append_null(),
            Self::Text(builder, _) | Self::Char(builder, _) | Self::Json(builder) => builder.append_null(),
            Self::Binary(builder) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Datetime(builder) => builder.append_null(),
            Self::Timestamp(builder, _) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Tinyint(builder) => Arc::new(builder.finish()),
            Self::Smallint(builder) => Arc::new(builder.finish()),
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::Bigint(builder) => Arc::new(builder.finish()),
            Self::Float(builder) => Arc::new(builder.finish()),
            Self::Double(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder, ..) => Arc::new(builder.finish()),
            Self::Text(builder, _) | Self::Char(builder, _) | Self::Json(builder) => Arc::new(builder.finish()),
            Self::Binary(builder) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Datetime(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder, _) => Arc::new(builder.finish()),
        }
    }
}
