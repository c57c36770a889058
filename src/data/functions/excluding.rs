//! Window frames that leave rows out: `exclude current row`, `exclude group`, `exclude ties`. Source: "Window functions", frame_clause.
//!
//! The engine has no such frames. An aggregate becomes a function of a window, which computes each frame anew without the rows that are left
//! out; so its time grows with the length of the frames.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::partition;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef, Float32Type, Float64Type, Schema};
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{AggregateUDF, PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;

use super::registry;
use crate::data::engine::Cancel;
use crate::data::failure::carry;
use crate::error::{Code, Error};

/// What the names of such functions begin with: nobody can type it.
pub const EXCLUDING: &str = "?excluding";

/// The aggregates that have such frames, and functions that give one row of a frame.
pub const NAMES: &[&str] = &[
    "sum",
    "avg",
    "count",
    "min",
    "max",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "variance",
    "var_pop",
    "var_samp",
    "median",
    "collect_list",
    "first_value",
    "last_value",
];

/// Which rows a frame leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Left {
    Current,
    Group,
    Ties,
}

/// What is computed of the rows that stay.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum What {
    Aggregate(Arc<AggregateUDF>),
    First,
    Last,
}

/// A function of a window without some of its rows.
#[derive(Debug)]
struct Excluding {
    name: String,
    what: What,
    left: Left,
    /// How many of the arguments, the last ones, are what the window is ordered by.
    keys: usize,
    signature: Signature,
    /// Set to stop it.
    cancel: Cancel,
}

/// The name of a function that leaves out these rows; `keys` of its arguments, the last ones, are what the window is ordered by.
pub fn name(function: &str, left_out: &str, keys: usize) -> String {
    format!("{EXCLUDING}:{left_out}:{keys}:{function}")
}

/// The function of such a name.
pub fn function(name: &str, cancel: &Cancel) -> Option<Arc<WindowUDF>> {
    let mut parts = name.strip_prefix(EXCLUDING)?.split(':').skip(1);
    let left = match parts.next()? {
        "current" => Left::Current,
        "group" => Left::Group,
        "ties" => Left::Ties,
        _ => return None,
    };
    let keys = parts.next()?.parse().ok()?;
    let what = match parts.next()? {
        "first_value" => What::First,
        "last_value" => What::Last,
        aggregate => What::Aggregate(registry().aggregate(aggregate)?),
    };
    let signature = Signature::user_defined(Volatility::Immutable);
    let function = Excluding { name: name.to_owned(), what, left, keys, signature, cancel: Arc::clone(cancel) };
    Some(Arc::new(WindowUDF::from(function)))
}

impl PartialEq for Excluding {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Excluding {}

impl Hash for Excluding {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Excluding {
    /// The arguments of the function, without what the window is ordered by.
    fn own<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        all.get(..all.len().saturating_sub(self.keys)).unwrap_or_default()
    }

    fn coerced(&self, given: &[FieldRef]) -> Outcome<Vec<FieldRef>> {
        match &self.what {
            What::Aggregate(aggregate) => fields_with_udf(given, aggregate.as_ref()),
            What::First | What::Last => Ok(given.to_vec()),
        }
    }

    fn result(&self, given: &[FieldRef], name: &str) -> Outcome<FieldRef> {
        let field = match (&self.what, given) {
            (What::Aggregate(aggregate), given) => aggregate.return_field(given)?,
            (What::First | What::Last, [value]) => Arc::clone(value),
            _ => return Err(DataFusionError::Plan("a frame that leaves rows out takes one value here".to_owned())),
        };
        // Every row may be left out.
        Ok(Arc::new(field.as_ref().clone().with_name(name).with_nullable(true)))
    }
}

impl WindowUDFImpl for Excluding {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        let fields: Vec<FieldRef> =
            self.own(given).iter().map(|given| Arc::new(Field::new("", given.clone(), true)) as FieldRef).collect();
        let own = self.coerced(&fields)?.into_iter().map(|field| field.data_type().clone());
        Ok(own.chain(given.iter().skip(fields.len()).cloned()).collect())
    }

    fn field(&self, given: WindowUDFFieldArgs) -> Outcome<FieldRef> {
        self.result(self.own(given.input_fields()), given.name())
    }

    fn partition_evaluator(&self, given: PartitionEvaluatorArgs) -> Outcome<Box<dyn PartitionEvaluator>> {
        let fields = self.own(given.input_fields()).to_vec();
        let named = fields.iter().enumerate().map(|(at, field)| field.as_ref().clone().with_name(format!("c{at}")));
        let schema = Schema::new(named.collect::<Vec<_>>());
        // What an aggregate asks of its arguments are constants.
        let exprs = self.own(given.input_exprs()).iter().enumerate().map(|(at, given)| {
            let is_constant = given.children().is_empty() && !given.is::<Column>();
            if is_constant { Arc::clone(given) } else { Arc::new(Column::new(&format!("c{at}"), at)) as _ }
        });
        Ok(Box::new(Frames {
            result: self.result(&fields, "frame")?,
            exprs: exprs.collect(),
            what: self.what.clone(),
            left: self.left,
            fields,
            schema,
            peers: None,
            row: 0,
            cancel: Arc::clone(&self.cancel),
        }))
    }
}

/// The frames of one partition, row by row.
#[derive(Debug)]
struct Frames {
    what: What,
    left: Left,
    fields: Vec<FieldRef>,
    exprs: Vec<Arc<dyn PhysicalExpr>>,
    schema: Schema,
    result: FieldRef,
    /// The groups of rows that are equal in the order of the window.
    peers: Option<Vec<Range<usize>>>,
    /// The row whose frame comes next.
    row: usize,
    cancel: Cancel,
}

impl Frames {
    /// The group of a row.
    fn group(&mut self, keys: &[ArrayRef], rows: usize) -> Outcome<Range<usize>> {
        if self.peers.is_none() {
            let keys: Vec<ArrayRef> = keys.iter().map(one_zero).collect();
            self.peers = Some(match keys.as_slice() {
                [] => std::iter::once(0..rows).collect(),
                keys => partition(keys)?.ranges(),
            });
        }
        let groups = self.peers.as_deref().unwrap_or_default();
        let at = groups.partition_point(|group| group.end <= self.row);
        Ok(groups.get(at).cloned().unwrap_or(self.row..self.row + 1))
    }

    fn over(&self, values: &[ArrayRef], pieces: &[Range<usize>]) -> Outcome<ScalarValue> {
        let value = |row: usize| match values.first() {
            Some(array) => ScalarValue::try_from_array(array, row),
            None => ScalarValue::try_from(self.result.data_type()),
        };
        let nothing = || ScalarValue::try_from(self.result.data_type());
        match &self.what {
            What::First => pieces.first().map_or_else(nothing, |piece| value(piece.start)),
            What::Last => pieces.last().map_or_else(nothing, |piece| value(piece.end.saturating_sub(1))),
            What::Aggregate(aggregate) => {
                let mut accumulator = aggregate.accumulator(AccumulatorArgs {
                    return_field: Arc::clone(&self.result),
                    schema: &self.schema,
                    ignore_nulls: false,
                    order_bys: &[],
                    is_reversed: false,
                    name: "frame",
                    is_distinct: false,
                    exprs: &self.exprs,
                    expr_fields: &self.fields,
                })?;
                for piece in pieces {
                    let rows: Vec<ArrayRef> =
                        values.iter().map(|array| array.slice(piece.start, piece.len())).collect();
                    accumulator.update_batch(&rows)?;
                }
                accumulator.evaluate()
            }
        }
    }
}

impl PartitionEvaluator for Frames {
    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> Outcome<ScalarValue> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(carry(Error::new(Code::Cancelled, "stopped")));
        }
        let (values, keys) = values.split_at_checked(self.fields.len()).unwrap_or((values, &[]));
        let rows = values.first().map_or(0, |array| array.len());
        let own = self.row..self.row + 1;
        let (gone, stays) = match self.left {
            Left::Current => (own, None),
            Left::Group => (self.group(keys, rows)?, None),
            Left::Ties => (self.group(keys, rows)?, Some(own)),
        };
        self.row += 1;
        let before = range.start..gone.start.min(range.end);
        let stays = stays.filter(|row| range.contains(&row.start));
        let behind = gone.end.max(range.start)..range.end;
        let pieces = [Some(before), stays, Some(behind)].into_iter().flatten().filter(|piece| !piece.is_empty());
        self.over(values, &pieces.collect::<Vec<_>>())
    }

    fn uses_window_frame(&self) -> bool {
        true
    }
}

/// The same values with one zero: -0.0 and 0.0 are peers.
fn one_zero(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        Arrow::Float64 => Arc::new(array.as_primitive::<Float64Type>().unary::<_, Float64Type>(|value| value + 0.0)),
        Arrow::Float32 => Arc::new(array.as_primitive::<Float32Type>().unary::<_, Float32Type>(|value| value + 0.0)),
        _ => Arc::clone(array),
    }
}
