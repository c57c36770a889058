//! Intervals: how long they are, which is longer, and how they are written.
//!
//! Source: "INTERVAL data type": one of years and months, one of days and time, which are not mixed.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as Arrow, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::common::Result as Outcome;
use datafusion::logical_expr::Operator;

use super::failure::carry;
use crate::error::{Code, Error};

const SECOND: i128 = 1_000_000_000;

/// How long an interval is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    months: i64,
    nanoseconds: i128,
}

impl Span {
    fn of(interval: IntervalMonthDayNano) -> Self {
        let days = i128::from(interval.days) * 86_400 * SECOND;
        Self { months: interval.months.into(), nanoseconds: days + i128::from(interval.nanoseconds) }
    }

    /// Nothing where a part of a year is compared with a part of a day.
    fn compared(self, other: Self) -> Option<Ordering> {
        if self.months == other.months {
            return Some(self.nanoseconds.cmp(&other.nanoseconds));
        }
        (self.nanoseconds == other.nanoseconds).then(|| self.months.cmp(&other.months))
    }

    /// `16-8`; `1 02:03:04.000000000`. Source: "INTERVAL data type"; days and time as Hive writes them.
    fn text(self) -> String {
        if self.months != 0 && self.nanoseconds == 0 {
            let (sign, months) = (if self.months < 0 { "-" } else { "" }, self.months.unsigned_abs());
            return format!("{sign}{}-{}", months / 12, months % 12);
        }
        let (sign, length) = (if self.nanoseconds < 0 { "-" } else { "" }, self.nanoseconds.unsigned_abs());
        let second = SECOND.unsigned_abs();
        let (seconds, fraction) = (length / second, length % second);
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        let time = format!("{sign}{days} {hours:02}:{minutes:02}:{:02}.{fraction:09}", seconds % 60);
        if self.months == 0 { time } else { format!("{} {time}", Self { nanoseconds: 0, ..self }.text()) }
    }
}

/// Whether an operator compares.
pub fn compares(operator: Operator) -> bool {
    use Operator as O;
    let order = matches!(operator, O::Lt | O::LtEq | O::Gt | O::GtEq);
    order || matches!(operator, O::Eq | O::NotEq | O::IsDistinctFrom | O::IsNotDistinctFrom)
}

/// Whether values of this type are intervals.
pub fn is_span(data_type: &Arrow) -> bool {
    matches!(data_type, Arrow::Interval(_) | Arrow::Duration(_))
}

/// Whether values of this type are intervals, or hold some.
pub fn holds_span(data_type: &Arrow) -> bool {
    match data_type {
        Arrow::List(item) | Arrow::LargeList(item) | Arrow::FixedSizeList(item, _) | Arrow::Map(item, _) => {
            holds_span(item.data_type())
        }
        Arrow::Struct(fields) => fields.iter().any(|field| holds_span(field.data_type())),
        other => is_span(other),
    }
}

fn spans(array: &ArrayRef) -> Result<Vec<Option<Span>>, ArrowError> {
    let intervals = cast(array, &Arrow::Interval(IntervalUnit::MonthDayNano))?;
    let intervals = intervals.as_primitive::<IntervalMonthDayNanoType>();
    Ok(intervals.iter().map(|interval| interval.map(Span::of)).collect())
}

/// Intervals as text.
///
/// # Errors
/// A mistake in this program.
pub fn texts(array: &ArrayRef) -> Result<Vec<Option<String>>, ArrowError> {
    Ok(spans(array)?.into_iter().map(|span| span.map(Span::text)).collect())
}

/// `left operator right`, row by row.
///
/// # Errors
/// Months beside days.
pub fn compared(left: &ArrayRef, right: &ArrayRef, operator: Operator) -> Outcome<ArrayRef> {
    let is_asked = |order: Ordering| match operator {
        Operator::Eq | Operator::IsNotDistinctFrom => order.is_eq(),
        Operator::NotEq | Operator::IsDistinctFrom => order.is_ne(),
        Operator::Lt => order.is_lt(),
        Operator::LtEq => order.is_le(),
        Operator::Gt => order.is_gt(),
        _ => order.is_ge(),
    };
    let flags = spans(left)?.into_iter().zip(spans(right)?).map(|pair| match (pair, operator) {
        ((Some(left), Some(right)), _) => {
            let order = left.compared(right).ok_or_else(|| {
                let message = "an interval of years and months cannot be compared with one of days and time";
                carry(Error::new(Code::Execution, message).help("add both to a date, and compare the sums"))
            })?;
            Ok(Some(is_asked(order)))
        }
        ((left, right), Operator::IsNotDistinctFrom) => Ok(Some(left == right)),
        ((left, right), Operator::IsDistinctFrom) => Ok(Some(left != right)),
        _ => Ok(None),
    });
    Ok(Arc::new(flags.collect::<Outcome<BooleanArray>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(months: i32, days: i32, nanoseconds: i64) -> Span {
        Span::of(IntervalMonthDayNano::new(months, days, nanoseconds))
    }

    #[test]
    fn intervals_are_as_long_as_they_last() {
        let hour = 3_600 * 1_000_000_000;
        assert_eq!(span(0, 1, 0).compared(span(0, 0, 24 * hour)), Some(Ordering::Equal));
        assert_eq!(span(0, 1, 0).compared(span(0, 0, 25 * hour)), Some(Ordering::Less));
        assert_eq!(span(12, 0, 0).compared(span(11, 0, 0)), Some(Ordering::Greater));
        assert_eq!(span(1, 0, 0).compared(span(0, 30, 0)), None);
    }

    #[test]
    fn intervals_are_written_as_hive_does() {
        assert_eq!(span(200, 0, 0).text(), "16-8");
        assert_eq!(span(-14, 0, 0).text(), "-1-2");
        assert_eq!(span(0, 0, 97_200_000_000_000).text(), "1 03:00:00.000000000");
        assert_eq!(span(0, -1, -500_000_000).text(), "-1 00:00:00.500000000");
        assert_eq!(span(0, 0, 0).text(), "0 00:00:00.000000000");
    }
}
