//! `array_sort`: an array in the order that a function says.

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType as Arrow, Float64Type};
use datafusion::common::Result as Outcome;
use datafusion::logical_expr::LambdaArgument;

use super::{Flat, call, number, places};
use crate::data::failure::carry;
use crate::data::functions::allowance::Meter;
use crate::error::{Code, Error};

/// The merge sort of one array, which waits for one comparison after the other.
struct Sorting {
    /// Sorted runs, which are merged in pairs.
    runs: VecDeque<VecDeque<u32>>,
    merged: VecDeque<u32>,
}

impl Sorting {
    fn new(places: &[u32]) -> Self {
        Self { runs: places.iter().map(|place| VecDeque::from([*place])).collect(), merged: VecDeque::new() }
    }

    /// The two elements that are compared next; nothing once the array is sorted.
    fn next(&self) -> Option<(u32, u32)> {
        Some((*self.runs.front()?.front()?, *self.runs.get(1)?.front()?))
    }

    /// Goes on, given whether the second of the two comes first.
    fn decide(&mut self, second: bool) {
        let taken = self.runs.get_mut(usize::from(second)).and_then(VecDeque::pop_front);
        self.merged.extend(taken);
        if self.runs.iter().take(2).any(VecDeque::is_empty) {
            for mut run in [self.runs.pop_front(), self.runs.pop_front()].into_iter().flatten() {
                self.merged.append(&mut run);
            }
            self.runs.push_back(std::mem::take(&mut self.merged));
        }
    }
}

/// Sorts all rows together, one comparison of each at a time. Source: "ARRAY_SORT".
pub(super) fn sort(array: &ArrayRef, lambda: &LambdaArgument, meter: &Meter) -> Outcome<ArrayRef> {
    let lists = array.as_list::<i32>();
    let places = places(lists.value_offsets(), lists);
    let mut sorting: Vec<Sorting> = places.iter().map(|places| Sorting::new(places)).collect();
    loop {
        meter.look().map_err(carry)?;
        let (mut rows, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
        for (row, pair) in sorting.iter().enumerate().filter_map(|(row, sorting)| Some((row, sorting.next()?))) {
            rows.push(number(row)?);
            left.push(pair.0);
            right.push(pair.1);
        }
        if rows.is_empty() {
            break;
        }
        let element = |places: Vec<u32>| take(lists.values().as_ref(), &UInt32Array::from(places), None);
        let rows = UInt32Array::from(rows);
        let made = cast(&call(lambda, &[element(left)?, element(right)?], &rows, meter)?, &Arrow::Float64)?;
        for (row, order) in rows.values().iter().zip(made.as_primitive::<Float64Type>()) {
            let Some(order) = order else {
                return Err(carry(
                    Error::new(Code::Execution, "the function of `array_sort` returned NULL")
                        .help("let it give -1, 0 or 1 for every pair of elements"),
                ));
            };
            if let Some(sorting) = usize::try_from(*row).ok().and_then(|row| sorting.get_mut(row)) {
                sorting.decide(order > 0.0);
            }
        }
    }
    let sorted: Vec<Vec<u32>> =
        sorting.into_iter().map(|sorting| sorting.runs.into_iter().flatten().collect()).collect();
    let flat = Flat::new(&[(lists.values(), &sorted)], lists.nulls().cloned())?;
    let values = flat.parameters.first().cloned().unwrap_or_else(|| Arc::clone(lists.values()));
    flat.lists(&values, array.data_type())
}
