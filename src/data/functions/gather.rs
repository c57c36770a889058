//! Aggregates that give a map: `map_agg`, `map_union`, `histogram` and their like.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use super::allowance::Meter;
use super::value::{common, elements, entries, entry, list, make_list, make_map, map, plain};
use crate::data::failure::carry;
use crate::error::{Code, Error};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// `map_agg(key, value)`
    Pairs,
    /// `multimap_agg(key, value)`
    Lists,
    /// `map_union(map)`
    Maps,
    /// `map_union_sum(map)`
    Sums,
    /// `histogram(value)`
    Counts,
}

/// One of the functions.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Gather {
    name: &'static str,
    kind: Kind,
    signature: Signature,
}

/// The functions of this file.
pub fn functions() -> Vec<Arc<AggregateUDF>> {
    let new = |name, kind| {
        let signature = Signature::user_defined(Volatility::Immutable);
        Arc::new(AggregateUDF::from(Gather { name, kind, signature }))
    };
    vec![
        new("map_agg", Kind::Pairs),
        new("multimap_agg", Kind::Lists),
        new("map_union", Kind::Maps),
        new("map_union_sum", Kind::Sums),
        new("histogram", Kind::Counts),
    ]
}

impl AggregateUDFImpl for Gather {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        let single = |one: &Arrow| common(&[plain(one)]);
        let coerced = match (self.kind, given) {
            (Kind::Pairs | Kind::Lists, [key, value]) => {
                single(key).zip(single(value)).map(|(key, value)| vec![key, value])
            }
            (Kind::Maps, [one]) => entry(one).map(|(key, value)| vec![map(&key, &value)]),
            (Kind::Sums, [one]) => match entry(one) {
                Some((key, value)) if value.is_integer() => Some(vec![map(&key, &Arrow::Int64)]),
                Some((key, value)) if value.is_numeric() => Some(vec![map(&key, &Arrow::Float64)]),
                _ => None,
            },
            (Kind::Counts, [one]) => single(one).map(|one| vec![one]),
            _ => None,
        };
        coerced.ok_or_else(|| DataFusionError::Plan(format!("`{}` does not take arguments of these types", self.name)))
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        match (self.kind, given) {
            (Kind::Pairs, [key, value]) => Ok(map(key, value)),
            (Kind::Lists, [key, value]) => Ok(map(key, &list(value))),
            (Kind::Maps | Kind::Sums, [one]) => Ok(one.clone()),
            (Kind::Counts, [one]) => Ok(map(one, &Arrow::Int64)),
            _ => Err(DataFusionError::Plan(format!("`{}` has another number of arguments", self.name))),
        }
    }

    fn accumulator(&self, given: AccumulatorArgs) -> Outcome<Box<dyn Accumulator>> {
        let result = given.return_field.data_type().clone();
        Ok(Box::new(Gathered {
            kind: self.kind,
            result,
            places: HashMap::new(),
            kept: Vec::new(),
            bytes: 0,
            any: false,
        }))
    }

    fn state_fields(&self, given: StateFieldsArgs) -> Outcome<Vec<FieldRef>> {
        let result = given.return_type().clone();
        Ok(vec![Arc::new(Field::new(format_state_name(given.name, self.name), result, true))])
    }
}

/// What was gathered, in the order in which keys came first.
#[derive(Debug)]
struct Gathered {
    kind: Kind,
    result: Arrow,
    places: HashMap<ScalarValue, usize>,
    kept: Vec<(ScalarValue, Vec<ScalarValue>)>,
    bytes: usize,
    /// Whether there was anything but NULL.
    any: bool,
}

impl Gathered {
    /// Source: "MAP_AGG": a key that is NULL is left out; of several values one is kept.
    fn put(&mut self, key: ScalarValue, value: ScalarValue, kind: Kind) -> Outcome<()> {
        if key.is_null() {
            return Ok(());
        }
        self.any = true;
        let Some(at) = self.places.get(&key).copied() else {
            self.bytes += key.size() * 2 + value.size() + 64;
            self.places.insert(key.clone(), self.kept.len());
            self.kept.push((key, vec![value]));
            return Ok(());
        };
        let Some((_, values)) = self.kept.get_mut(at) else { return Ok(()) };
        match (kind, values.first_mut()) {
            (Kind::Lists, _) => {
                self.bytes += value.size();
                values.push(value);
            }
            (Kind::Sums | Kind::Counts, Some(known)) => *known = added(known, &value)?,
            (_, Some(known)) => *known = value,
            (_, None) => {}
        }
        Ok(())
    }
}

fn added(known: &ScalarValue, more: &ScalarValue) -> Outcome<ScalarValue> {
    match (known, more) {
        (known, more) if more.is_null() => Ok(known.clone()),
        (known, more) if known.is_null() => Ok(more.clone()),
        (known, more) => {
            known.add_checked(more).map_err(|_| carry(Error::new(Code::Execution, "a sum does not fit a `bigint`")))
        }
    }
}

impl Accumulator for Gathered {
    fn update_batch(&mut self, given: &[ArrayRef]) -> Outcome<()> {
        let Some(first) = given.first() else { return Ok(()) };
        for at in 0..first.len() {
            let one = ScalarValue::try_from_array(first, at)?;
            match (self.kind, given.get(1)) {
                (Kind::Pairs | Kind::Lists, Some(values)) => {
                    self.put(one, ScalarValue::try_from_array(values, at)?, self.kind)?;
                }
                (Kind::Counts, _) => self.put(one, ScalarValue::from(1_i64), self.kind)?,
                _ => {
                    self.any |= !one.is_null();
                    for (key, value) in entries(&one)? {
                        self.put(key, value, self.kind)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        if !self.any {
            return ScalarValue::try_from(&self.result);
        }
        let values = entry(&self.result).map(|(_, value)| value).unwrap_or(Arrow::Null);
        let kept = self.kept.iter().map(|(key, all)| {
            let value = match self.kind {
                Kind::Lists => make_list(all.clone(), &values)?,
                _ => all.first().cloned().unwrap_or(ScalarValue::Null),
            };
            Ok((key.clone(), value))
        });
        make_map(kept.collect::<Outcome<_>>()?, &self.result, &Meter::new(&ConfigOptions::new()))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Outcome<()> {
        let Some(states) = states.first() else { return Ok(()) };
        for at in 0..states.len() {
            let state = ScalarValue::try_from_array(states, at)?;
            self.any |= !state.is_null();
            for (key, value) in entries(&state)? {
                match self.kind {
                    Kind::Lists => {
                        for value in elements(&value)? {
                            self.put(key.clone(), value, self.kind)?;
                        }
                    }
                    kind => self.put(key, value, kind)?,
                }
            }
        }
        Ok(())
    }
}
