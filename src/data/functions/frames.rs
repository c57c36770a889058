//! Aggregates of floating-point numbers over frames that slide: each frame is computed by itself.
//!
//! The engine subtracts what leaves the frame. Digits that a large number took away, infinity and NaN would stay for ever.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef, Float64Type, Schema};
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{Accumulator, AggregateUDF};
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};

/// Rows whose aggregate is kept, so that long frames are put together from few parts. Chosen.
const BLOCK: usize = 256;

/// `function` over a frame, if it is one of floating-point numbers.
pub fn sliding(function: &Arc<AggregateUDF>, given: &AccumulatorArgs) -> Option<Box<dyn Accumulator>> {
    let floating = given.expr_fields.iter().all(|field| *field.data_type() == Arrow::Float64);
    if !floating || given.is_distinct || given.expr_fields.is_empty() {
        return None;
    }
    let made = Made {
        function: Arc::clone(function),
        return_field: Arc::clone(&given.return_field),
        schema: given.schema.clone(),
        ignore_nulls: given.ignore_nulls,
        order_bys: given.order_bys.to_vec(),
        is_reversed: given.is_reversed,
        name: given.name.to_owned(),
        exprs: given.exprs.to_vec(),
        expr_fields: given.expr_fields.to_vec(),
    };
    let columns = vec![VecDeque::new(); given.expr_fields.len()];
    Some(Box::new(Frame { made, columns, start: 0, blocks: VecDeque::new() }))
}

/// How accumulators of one call are made.
struct Made {
    function: Arc<AggregateUDF>,
    return_field: FieldRef,
    schema: Schema,
    ignore_nulls: bool,
    order_bys: Vec<PhysicalSortExpr>,
    is_reversed: bool,
    name: String,
    exprs: Vec<Arc<dyn PhysicalExpr>>,
    expr_fields: Vec<FieldRef>,
}

impl Made {
    fn accumulator(&self) -> Outcome<Box<dyn Accumulator>> {
        self.function.accumulator(AccumulatorArgs {
            return_field: Arc::clone(&self.return_field),
            schema: &self.schema,
            ignore_nulls: self.ignore_nulls,
            order_bys: &self.order_bys,
            is_reversed: self.is_reversed,
            name: &self.name,
            is_distinct: false,
            exprs: &self.exprs,
            expr_fields: &self.expr_fields,
        })
    }
}

/// The rows of a frame.
struct Frame {
    made: Made,
    /// The values of the arguments.
    columns: Vec<VecDeque<Option<f64>>>,
    /// How many rows have left the frame.
    start: usize,
    /// The aggregates of whole blocks in the frame, one after the other, with the number of the row that each begins with.
    blocks: VecDeque<(usize, Vec<ScalarValue>)>,
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame").field("start", &self.start).finish_non_exhaustive()
    }
}

impl Frame {
    /// The row number after the last row.
    fn end(&self) -> usize {
        self.start + self.columns.first().map_or(0, VecDeque::len)
    }

    /// Rows of the frame, by their numbers.
    fn rows(&self, from: usize, to: usize) -> Vec<ArrayRef> {
        let (skipped, count) = (from.saturating_sub(self.start), to.saturating_sub(from));
        let column = |column: &VecDeque<Option<f64>>| -> ArrayRef {
            Arc::new(column.iter().skip(skipped).take(count).copied().collect::<Float64Array>())
        };
        self.columns.iter().map(column).collect()
    }

    fn whole(&self) -> Outcome<Box<dyn Accumulator>> {
        let mut whole = self.made.accumulator()?;
        let mut from = self.start;
        for (block, state) in &self.blocks {
            if from < *block {
                whole.update_batch(&self.rows(from, *block))?;
            }
            let state = state.iter().map(|part| part.to_array()).collect::<Outcome<Vec<_>>>()?;
            whole.merge_batch(&state)?;
            from = block + BLOCK;
        }
        if from < self.end() {
            whole.update_batch(&self.rows(from, self.end()))?;
        }
        Ok(whole)
    }

    /// Aggregates the block that ends with the last row.
    fn close_block(&mut self) -> Outcome<()> {
        let end = self.end();
        let begin = end.saturating_sub(BLOCK);
        if end.is_multiple_of(BLOCK) && begin >= self.start {
            let mut block = self.made.accumulator()?;
            block.update_batch(&self.rows(begin, end))?;
            self.blocks.push_back((begin, block.state()?));
        }
        Ok(())
    }
}

impl Accumulator for Frame {
    fn update_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        let arrays = given.iter().map(|array| array.as_primitive_opt::<Float64Type>());
        let arrays = arrays.collect::<Option<Vec<_>>>().ok_or_else(no_number)?;
        for row in 0..given.first().map_or(0, |array| array.len()) {
            for (column, array) in self.columns.iter_mut().zip(&arrays) {
                column.push_back(array.is_valid(row).then(|| array.value(row)));
            }
            self.close_block()?;
        }
        Ok(())
    }

    fn retract_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        let count = given.first().map_or(0, |array| array.len());
        for column in &mut self.columns {
            column.drain(..count.min(column.len()));
        }
        self.start += count;
        while self.blocks.front().is_some_and(|(block, _)| *block < self.start) {
            self.blocks.pop_front();
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        self.whole()?.evaluate()
    }

    fn size(&self) -> usize {
        let rows = self.columns.iter().map(|column| column.capacity() * size_of::<Option<f64>>()).sum::<usize>();
        size_of_val(self) + rows + self.blocks.len() * size_of::<ScalarValue>() * 4
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        self.whole()?.state()
    }

    fn merge_batch(&mut self, _: &[ArrayRef]) -> Outcome<()> {
        Err(no_number())
    }
}

fn no_number() -> DataFusionError {
    DataFusionError::Internal("a frame of something else than doubles".to_owned())
}
