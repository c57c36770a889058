//! Functions of users' own: calls of them in a plan, and the process that answers them (UDF-1).
//!
//! A plan has functions of its own, and each of them a process, which starts with its first call and ends with the plan: nothing is carried
//! between statements, makers, or the two sides of a view's border.

mod aggregate;
mod answer;
mod budget;
mod clock;
mod function;
mod line;
mod request;
mod scalar;
mod table;

pub use function::UserFunction;

pub(in crate::data) use aggregate::AggregateCode;
pub(in crate::data) use function::{Lines, called};
pub(in crate::data) use scalar::{ScalarCode, check};
pub(in crate::data) use table::TableCode;
