use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::compute::filter;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::{Result as Outcome, ScalarValue, internal_datafusion_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility};

use super::UserFunction;
use super::line::{Line, Rows};
use super::scalar::taken;
use crate::data::engine::Cancel;
use crate::data::failure::carry;
use crate::data::types;
use crate::error::{Code, Error};
use crate::model::DataType;

/// A function of a user's own that gives a value for each group of rows. Its buffers are in its process, each with a number.
#[derive(Debug)]
pub(in crate::data) struct AggregateCode {
    name: String,
    code: Arc<UserFunction>,
    line: Arc<Line>,
    signature: Signature,
}

impl AggregateCode {
    /// The function as a query calls it, by the name that the planner asks for.
    pub fn new(name: &str, code: &Arc<UserFunction>, cancel: &Cancel) -> Self {
        Self {
            name: name.to_owned(),
            code: Arc::clone(code),
            line: Arc::new(Line::new(Arc::clone(code), cancel)),
            signature: Signature::user_defined(Volatility::Volatile),
        }
    }

    /// Its connection to its process.
    pub(super) fn line(&self) -> &Arc<Line> {
        &self.line
    }

    /// The same function with a process of its own.
    pub fn apart(&self) -> Self {
        Self::new(&self.name, &self.code, self.line.cancel())
    }

    fn result(&self) -> DataType {
        self.code.results.first().cloned().unwrap_or(DataType::String)
    }

    fn buffers(&self, given: &AccumulatorArgs<'_>) -> Outcome<Buffers> {
        if given.is_distinct || !given.order_bys.is_empty() {
            let what = if given.is_distinct { "`distinct`" } else { "an order" };
            let error =
                Error::new(Code::Unsupported, format!("not supported: {what} in a call of `{}`", self.code.name));
            return Err(carry(error.help("select the rows in a subquery first")));
        }
        Ok(Buffers {
            code: Arc::clone(&self.code),
            line: Arc::clone(&self.line),
            result: self.result(),
            numbers: Vec::new(),
        })
    }
}

impl PartialEq for AggregateCode {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.line, &other.line)
    }
}

impl Eq for AggregateCode {}

impl Hash for AggregateCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.line).cast::<()>().addr().hash(state);
    }
}

impl AggregateUDFImpl for AggregateCode {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        taken(&self.code, given)
    }

    fn return_type(&self, _: &[Arrow]) -> Outcome<Arrow> {
        Ok(types::to_arrow(&self.result()))
    }

    fn return_field(&self, _: &[FieldRef]) -> Outcome<FieldRef> {
        Ok(Arc::new(types::to_field(&self.name, &self.result())))
    }

    fn state_fields(&self, given: StateFieldsArgs<'_>) -> Outcome<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format_state_name(given.name, "buffer"), Arrow::Binary, true))])
    }

    fn accumulator(&self, given: AccumulatorArgs<'_>) -> Outcome<Box<dyn Accumulator>> {
        Ok(Box::new(One(self.buffers(&given)?)))
    }

    fn groups_accumulator_supported(&self, given: AccumulatorArgs<'_>) -> bool {
        !given.is_distinct && given.order_bys.is_empty()
    }

    fn create_groups_accumulator(&self, given: AccumulatorArgs<'_>) -> Outcome<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.buffers(&given)?))
    }
}

/// The buffers of groups.
#[derive(Debug)]
struct Buffers {
    code: Arc<UserFunction>,
    line: Arc<Line>,
    result: DataType,
    /// The number of each group's buffer; the process makes it with the group's first row.
    numbers: Vec<u32>,
}

impl Buffers {
    /// Adds rows to the buffers of groups, by what this step does with them.
    fn add(&mut self, step: u8, given: &[ArrayRef], kinds: &[DataType], groups: &[usize], total: usize) -> Outcome<()> {
        while self.numbers.len() < total {
            self.numbers.push(self.line.number());
        }
        let of = |group: &usize| self.numbers.get(*group).copied();
        let numbers: Option<Vec<u32>> = groups.iter().map(of).collect();
        let numbers = numbers.ok_or_else(|| internal_datafusion_err!("a group without a number"))?;
        let rows = Rows { count: groups.len(), groups: &numbers, columns: given, kinds };
        self.line.ask(step, &rows, &ConfigOptions::default(), |_| Ok(())).map_err(carry)
    }

    /// What this step makes of the buffers with these numbers.
    fn made(&self, step: u8, numbers: &[u32], kind: &DataType) -> Outcome<ArrayRef> {
        let rows = Rows { count: numbers.len(), groups: numbers, columns: &[], kinds: &[] };
        let made = self.line.ask(step, &rows, &ConfigOptions::default(), |answer| answer.column(kind, numbers.len()));
        made.map_err(carry)
    }
}

impl GroupsAccumulator for Buffers {
    fn update_batch(
        &mut self,
        given: &[ArrayRef],
        groups: &[usize],
        chosen: Option<&BooleanArray>,
        total: usize,
    ) -> Outcome<()> {
        let kinds = Arc::clone(&self.code);
        let Some(chosen) = chosen else { return self.add(b'N', given, &kinds.arguments, groups, total) };
        let given = given.iter().map(|column| Ok(filter(column, chosen)?)).collect::<Outcome<Vec<_>>>()?;
        let is_chosen = chosen.iter().map(|chosen| chosen == Some(true));
        let groups: Vec<usize> =
            groups.iter().zip(is_chosen).filter(|(_, chosen)| *chosen).map(|(group, _)| *group).collect();
        self.add(b'N', &given, &kinds.arguments, &groups, total)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Outcome<ArrayRef> {
        let numbers = emit.take_needed(&mut self.numbers);
        self.made(b'V', &numbers, &self.result)
    }

    fn state(&mut self, emit: EmitTo) -> Outcome<Vec<ArrayRef>> {
        let numbers = emit.take_needed(&mut self.numbers);
        Ok(vec![self.made(b'S', &numbers, &DataType::Binary)?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Outcome<()> {
        self.add(b'M', states, &[DataType::Binary], groups, total)
    }

    fn convert_to_state(&self, given: &[ArrayRef], chosen: Option<&BooleanArray>) -> Outcome<Vec<ArrayRef>> {
        let rows = given.first().map_or(0, |column| column.len());
        let mut each = Self {
            code: Arc::clone(&self.code),
            line: Arc::clone(&self.line),
            result: self.result.clone(),
            numbers: Vec::new(),
        };
        let groups: Vec<usize> = (0..rows).collect();
        each.update_batch(given, &groups, chosen, rows)?;
        each.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.numbers.capacity() * size_of::<u32>()
    }
}

/// The buffer of all rows.
#[derive(Debug)]
struct One(Buffers);

impl Accumulator for One {
    fn update_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        let groups = vec![0; given.first().map_or(0, |column| column.len())];
        GroupsAccumulator::update_batch(&mut self.0, given, &groups, None, 1)
    }

    /// Asked several times where a window grows: the buffer stays.
    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        let Self(buffers) = self;
        if buffers.numbers.is_empty() {
            buffers.numbers.push(buffers.line.number());
        }
        let value = buffers.made(b'P', &buffers.numbers, &buffers.result)?;
        ScalarValue::try_from_array(&value, 0)
    }

    fn size(&self) -> usize {
        self.0.size()
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        let Self(buffers) = self;
        if buffers.numbers.is_empty() {
            buffers.numbers.push(buffers.line.number());
        }
        let states = GroupsAccumulator::state(buffers, EmitTo::All)?;
        states.iter().map(|state| ScalarValue::try_from_array(state, 0)).collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Outcome<()> {
        let groups = vec![0; states.first().map_or(0, |column| column.len())];
        GroupsAccumulator::merge_batch(&mut self.0, states, &groups, 1)
    }
}
