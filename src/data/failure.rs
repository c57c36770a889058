//! Errors of the engine, in this program's words.
//!
//! Never passes on a text of the engine: it may quote values (FLW-10) or name the engine's own parts.

use datafusion::arrow::error::ArrowError;
use datafusion::common::DataFusionError;

use crate::error::{Code, Error};

/// The error to show for an error of the engine.
pub fn failure(error: DataFusionError) -> Box<Error> {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => failure(*inner),
        DataFusionError::Collection(errors) => errors.into_iter().next().map_or_else(internal, failure),
        DataFusionError::External(inner) => match inner.downcast::<Error>() {
            Ok(ours) => ours,
            Err(other) => match other.downcast::<DataFusionError>() {
                Ok(inner) => failure(*inner),
                Err(_) => internal(),
            },
        },
        DataFusionError::Shared(inner) => shared(&inner),
        other => shared(&other),
    }
}

/// The error of a subquery in a place where the engine cannot join it.
pub fn not_for_each_row() -> Box<Error> {
    Error::new(Code::Unsupported, "a subquery cannot be run for each row here")
        .help("compute it for all rows in a subquery of `from`, and join with that")
}

/// An error of our own on its way through the engine.
pub fn carry(error: Box<Error>) -> DataFusionError {
    DataFusionError::External(error)
}

fn shared(error: &DataFusionError) -> Box<Error> {
    match error {
        DataFusionError::Shared(inner) => shared(inner),
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => shared(inner),
        DataFusionError::Collection(errors) => errors.first().map_or_else(internal, shared),
        DataFusionError::External(inner) => match inner.downcast_ref::<Error>() {
            Some(ours) => Box::new(ours.clone()),
            None => inner.downcast_ref::<DataFusionError>().map_or_else(internal, shared),
        },
        DataFusionError::ArrowError(inner, _) => arrow(inner),
        DataFusionError::ParquetError(_) | DataFusionError::ObjectStore(_) => unreadable(),
        DataFusionError::IoError(_) => Error::new(Code::File, "a temporary or data file cannot be read or written")
            .help("check the free space of the disk that holds the state"),
        DataFusionError::ResourcesExhausted(_) => memory(),
        // Only its kind is looked at; the text stays here.
        DataFusionError::NotImplemented(text) | DataFusionError::Plan(text) if asks_subquery(text) => {
            not_for_each_row()
        }
        DataFusionError::NotImplemented(_) | DataFusionError::Plan(_) | DataFusionError::SchemaError(..) => {
            Error::new(Code::Unsupported, "this combination of functions, types and clauses cannot be run")
                .help("write the types out with `cast`, or split the query")
        }
        // Only its kind is looked at; the text stays here.
        DataFusionError::Execution(text) if text.to_lowercase().contains("scalar subquery") => more_than_one_row(),
        DataFusionError::Execution(text) if text.contains("Overflow in AvgAccumulator") => {
            Error::new(Code::Execution, "an average does not fit its type")
                .help("average doubles: `avg(cast(… as double))`")
        }
        DataFusionError::Execution(_) => {
            Error::new(Code::Execution, "a function was given a value that it does not take")
                .help("keep such rows out with `where`")
        }
        DataFusionError::Internal(text) if text.starts_with("Min/Max accumulator not implemented") => {
            Error::new(Code::Unsupported, "`max` and `min` cannot compare values of this type")
                .help("compare a value inside of them, or their text: `cast(… as string)`")
        }
        _ => internal(),
    }
}

/// A subquery that stands for one value.
pub fn more_than_one_row() -> Box<Error> {
    Error::new(Code::Execution, "a subquery used as a value returned more than one row")
        .help("take one row with `limit 1`, or a value of all with `max(…)`")
}

fn arrow(error: &ArrowError) -> Box<Error> {
    match error {
        ArrowError::DivideByZero => Error::new(Code::Execution, "division by zero"),
        ArrowError::ArithmeticOverflow(_) => {
            Error::new(Code::Execution, "the result of a calculation does not fit its type")
                .help("cast the operands to a wider type")
        }
        ArrowError::CastError(_) | ArrowError::ParseError(_) | ArrowError::InvalidArgumentError(_) => {
            Error::new(Code::Execution, "a value cannot be converted to the type that is needed")
        }
        ArrowError::ComputeError(_) => {
            Error::new(Code::Execution, "a function was given a value that it does not take")
        }
        ArrowError::ParquetError(_) => unreadable(),
        ArrowError::MemoryError(_) => memory(),
        ArrowError::IoError(..) => Error::new(Code::File, "a temporary or data file cannot be read or written")
            .help("check the free space of the disk that holds the state"),
        ArrowError::ExternalError(inner) => match inner.downcast_ref::<Error>() {
            Some(ours) => Box::new(ours.clone()),
            None => inner.downcast_ref::<DataFusionError>().map_or_else(internal, shared),
        },
        _ => internal(),
    }
}

/// Whether a message of the engine is about a subquery that it could not join.
fn asks_subquery(text: &str) -> bool {
    ["Exists(", "InSubquery(", "ScalarSubquery(", "OuterReferenceColumn("].iter().any(|part| text.contains(part))
}

/// Whether an error of the engine says that there is not enough memory.
pub fn lacks_memory(error: &DataFusionError) -> bool {
    shared(error).code == Code::Memory
}

/// The error of a query that needs too much memory.
pub fn memory() -> Box<Error> {
    Error::new(Code::Memory, "the query needs more memory than it may use")
        .help("give it more with `--memory-limit`, or read fewer rows or columns at once")
}

fn unreadable() -> Box<Error> {
    Error::new(Code::File, "a data file cannot be read").help("`odpsh check` says which file is damaged")
}

fn internal() -> Box<Error> {
    Error::new(Code::Internal, "the query engine failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_engine_do_not_come_through() {
        let secret = "13800000000";
        for error in [
            DataFusionError::Execution(secret.into()),
            DataFusionError::Internal(secret.into()),
            ArrowError::CastError(secret.into()).into(),
            DataFusionError::Context(secret.into(), Box::new(DataFusionError::Plan(secret.into()))),
        ] {
            let error = failure(error);
            assert!(!format!("{error:?}").contains(secret), "{error:?}");
        }
    }

    #[test]
    fn our_own_errors_come_through_whole() {
        let ours = Error::new(Code::Execution, "no such part of a date").help("use `yyyy`");
        assert_eq!(failure(carry(ours.clone()).context("somewhere")), ours);
    }
}
