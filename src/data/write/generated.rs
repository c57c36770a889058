//! Partition values that are calculated: `trunc_time(<column>, '<unit>')`.

use chrono::NaiveDateTime;
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{Date32Type, TimestampMillisecondType, TimestampNanosecondType};

use crate::error::{Code, Error, Result};
use crate::model::TimeUnit;

/// The partition of rows without a time. Chosen: documents do not name it.
const NO_TIME: &str = "__NULL__";

/// The values for these times. Source: "TRUNC_TIME": moments as a clock of UTC shows them, dates and times without a zone as they are.
pub(super) fn values(times: &ArrayRef, unit: TimeUnit) -> Result<Vec<Option<String>>> {
    // The types of DATE, of DATETIME, and of TIMESTAMP and TIMESTAMP_NTZ.
    let dates = times.as_primitive_opt::<Date32Type>();
    let milliseconds = times.as_primitive_opt::<TimestampMillisecondType>();
    let nanoseconds = times.as_primitive_opt::<TimestampNanosecondType>();
    let time = |at: usize| -> Option<NaiveDateTime> {
        let date = dates.and_then(|dates| dates.value_as_datetime(at));
        let moment = || milliseconds.and_then(|times| times.value_as_datetime(at));
        let exact = || nanoseconds.and_then(|times| times.value_as_datetime(at));
        date.or_else(moment).or_else(exact)
    };
    let value = |at: usize| {
        if times.is_null(at) {
            return Ok(Some(NO_TIME.to_owned()));
        }
        let Some(time) = time(at) else {
            return Err(Error::new(Code::Execution, "a partition cannot be calculated from a time out of range"));
        };
        Ok(Some(time.format(unit.format()).to_string()))
    };
    (0..times.len()).map(value).collect()
}
