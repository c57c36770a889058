//! `min` and `max` of values that hold others, in the order of columns: the engine's own take NULL inside of them for the greatest.

use std::cmp::Ordering;
use std::collections::VecDeque;

use datafusion::arrow::array::{Array, ArrayRef, make_comparator};
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::order::{SORTED, ordered};

/// The least or the greatest so far.
#[derive(Debug)]
pub(super) struct Extreme {
    found: ScalarValue,
    sought: Ordering,
}

impl Extreme {
    /// Of values of this type; `sought` is how the result compares with all others.
    pub fn new(data_type: &Arrow, sought: Ordering) -> Outcome<Self> {
        Ok(Self { found: ScalarValue::try_from(data_type)?, sought })
    }
}

impl Accumulator for Extreme {
    fn update_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        let Some(values) = given.first() else { return Ok(()) };
        let compare = make_comparator(values, values, SORTED)?;
        let known = (0..values.len()).filter(|at| values.is_valid(*at));
        let best = known.reduce(|best, at| if compare(at, best) == self.sought { at } else { best });
        let Some(best) = best else { return Ok(()) };
        let best = ScalarValue::try_from_array(values, best)?;
        if self.found.is_null() || ordered(&best, &self.found) == self.sought {
            // Not the batch that it is in.
            self.found = best.compacted();
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        Ok(self.found.clone())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.found.size()
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        Ok(vec![self.found.clone()])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Outcome<()> {
        self.update_batch(states)
    }
}

/// The same of a frame: those values, with their places, that are the result once all before them have left it.
#[derive(Debug)]
pub(super) struct Sliding {
    kept: VecDeque<(usize, ScalarValue)>,
    none: ScalarValue,
    sought: Ordering,
    seen: usize,
    gone: usize,
}

impl Sliding {
    /// As [`Extreme::new`].
    pub fn new(data_type: &Arrow, sought: Ordering) -> Outcome<Self> {
        let none = ScalarValue::try_from(data_type)?;
        Ok(Self { kept: VecDeque::new(), none, sought, seen: 0, gone: 0 })
    }
}

impl Accumulator for Sliding {
    fn update_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        let Some(values) = given.first() else { return Ok(()) };
        for at in 0..values.len() {
            if values.is_valid(at) {
                let value = ScalarValue::try_from_array(values, at)?.compacted();
                while self.kept.back().is_some_and(|(_, last)| ordered(last, &value) != self.sought) {
                    self.kept.pop_back();
                }
                self.kept.push_back((self.seen, value));
            }
            self.seen += 1;
        }
        Ok(())
    }

    fn retract_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        self.gone += given.first().map_or(0, Array::len);
        while self.kept.front().is_some_and(|(place, _)| *place < self.gone) {
            self.kept.pop_front();
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        Ok(self.kept.front().map_or_else(|| self.none.clone(), |(_, value)| value.clone()))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.kept.iter().map(|(_, value)| size_of::<usize>() + value.size()).sum::<usize>()
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Outcome<()> {
        self.update_batch(states)
    }
}
