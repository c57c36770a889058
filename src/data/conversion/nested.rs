//! Arrays, maps and structs: what they hold is converted, by the same rules as if it stood alone.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, MapArray, StructArray, UInt64Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{cast, filter, nullif, take};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef, Fields};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::Result as Outcome;

use super::{Conversion, inner_way, refusal};
use crate::data::failure::carry;
use crate::data::types;
use crate::error::{Code, Error};

/// Whether what values of the one type hold can be converted to what those of the other hold.
pub fn fits(from: &Arrow, to: &Arrow) -> bool {
    let inner = |from: &FieldRef, to: &FieldRef| inner_way(from.data_type(), to).is_some();
    match (from, to) {
        (Arrow::Struct(from), Arrow::Struct(to)) => places(from, to).is_some_and(|places| {
            to.iter().zip(places).all(|(to, place)| from.get(place).is_some_and(|from| inner(from, to)))
        }),
        (Arrow::Map(from, _), Arrow::Map(to, _)) => match (entry(from), entry(to)) {
            (Some((from_key, from_value)), Some((key, value))) => inner(from_key, key) && inner(from_value, value),
            _ => false,
        },
        (from, to) => item(from).zip(item(to)).is_some_and(|(from, to)| inner(from, to)),
    }
}

/// The elements of an array type, however it is represented.
fn item(data_type: &Arrow) -> Option<&FieldRef> {
    match data_type {
        Arrow::List(item)
        | Arrow::LargeList(item)
        | Arrow::FixedSizeList(item, _)
        | Arrow::ListView(item)
        | Arrow::LargeListView(item) => Some(item),
        _ => None,
    }
}

/// Keys and values of a map type.
fn entry(entries: &FieldRef) -> Option<(&FieldRef, &FieldRef)> {
    match entries.data_type() {
        Arrow::Struct(fields) => fields.first().zip(fields.get(1)),
        _ => None,
    }
}

/// For each field of the one struct the place of what it gets from the other.
///
/// Chosen: where both have the same names, by name; otherwise by place, and no name may move: nobody can tell then what is meant.
fn places(from: &Fields, to: &Fields) -> Option<Vec<usize>> {
    if from.len() != to.len() {
        return None;
    }
    let same = |(from, to): (&FieldRef, &FieldRef)| from.name().eq_ignore_ascii_case(to.name());
    let in_place = || (0..to.len()).collect();
    if from.iter().zip(to).all(same) {
        return Some(in_place());
    }
    let named: Vec<Option<usize>> = to.iter().map(|to| from.iter().position(|from| same((from, to)))).collect();
    if let Some(all) = named.iter().copied().collect::<Option<Vec<usize>>>() {
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        return (once.len() == all.len()).then_some(all);
    }
    named.iter().enumerate().all(|(at, place)| place.is_none_or(|place| place == at)).then(in_place)
}

impl Conversion {
    pub(super) fn nested(&self, array: &ArrayRef) -> Outcome<ArrayRef> {
        match (array.data_type(), self.to.data_type()) {
            (Arrow::Struct(from), Arrow::Struct(to)) => match places(from, to) {
                Some(places) => self.structs(array.as_struct(), to, &places),
                None => Err(refusal(array.data_type(), &self.to)),
            },
            (Arrow::Map(..), Arrow::Map(entries, sorted)) => match entry(entries) {
                Some((key, value)) => self.maps(array.as_map(), entries, (key, value), *sorted),
                None => Err(refusal(array.data_type(), &self.to)),
            },
            (Arrow::List(_), Arrow::List(item)) => self.lists(array.as_list::<i32>(), item),
            // The other representations of arrays.
            (from, Arrow::List(_)) => match item(from) {
                Some(item) => self.convert(&cast(array, &Arrow::List(Arc::clone(item)))?),
                None => Err(refusal(from, &self.to)),
            },
            (from, to) => match item(to) {
                Some(item) => {
                    let list = Field::new(self.to.name(), Arrow::List(Arc::clone(item)), true);
                    Ok(cast(&self.of(&Arc::new(list)).convert(array)?, to)?)
                }
                None => Err(refusal(from, &self.to)),
            },
        }
    }

    fn lists(&self, lists: &ListArray, item: &FieldRef) -> Outcome<ArrayRef> {
        let (offsets, values) = held(lists.offsets(), lists.nulls(), lists.values())?;
        let values = self.of(item).convert(&values)?;
        Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, lists.nulls().cloned())?))
    }

    fn structs(&self, structs: &StructArray, fields: &Fields, places: &[usize]) -> Outcome<ArrayRef> {
        // What a field holds where the struct is NULL is nobody's value.
        let hidden = structs.nulls().filter(|nulls| nulls.null_count() > 0);
        let hidden = hidden.map(|nulls| BooleanArray::new(!nulls.inner(), None));
        let columns = fields.iter().zip(places).map(|(field, place)| {
            let column = structs.columns().get(*place).ok_or_else(|| refusal(structs.data_type(), &self.to))?;
            match &hidden {
                Some(hidden) => self.of(field).convert(&nullif(column, hidden)?),
                None => self.of(field).convert(column),
            }
        });
        let columns = columns.collect::<Outcome<Vec<_>>>()?;
        let made = StructArray::try_new_with_length(fields.clone(), columns, structs.nulls().cloned(), structs.len())?;
        Ok(Arc::new(made))
    }

    /// Of entries that get the same key, the last counts. Source: "MAP": `last_win`.
    fn maps(
        &self,
        maps: &MapArray,
        entries: &FieldRef,
        (key, value): (&FieldRef, &FieldRef),
        sorted: bool,
    ) -> Outcome<ArrayRef> {
        let given: ArrayRef = Arc::new(maps.entries().clone());
        let (mut offsets, given) = held(maps.offsets(), maps.nulls(), &given)?;
        let [given_keys, given_values] = given.as_struct().columns() else {
            return Err(refusal(maps.data_type(), &self.to));
        };
        let mut keys = self.of(key).convert(given_keys)?;
        let mut values = self.of(value).convert(given_values)?;
        if keys.null_count() > 0 {
            let key = types::from_field(key);
            let error = Error::new(Code::Execution, format!("a key of a map cannot be converted to {key}"));
            return Err(carry(error.help("leave such maps out with `where`, or keep the type of the keys")));
        }
        if keys.data_type() != given_keys.data_type()
            && let Some((places, counts)) = last_of_each(&offsets, &keys)?
        {
            keys = take(&keys, &places, None)?;
            values = take(&values, &places, None)?;
            offsets = OffsetBuffer::from_lengths(counts);
        }
        let Arrow::Struct(fields) = entries.data_type() else { return Err(refusal(maps.data_type(), &self.to)) };
        let made = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
        Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, made, maps.nulls().cloned(), sorted)?))
    }
}

/// What the arrays or maps of a column hold, without what lies outside of them or under NULL.
fn held(
    offsets: &OffsetBuffer<i32>,
    nulls: Option<&NullBuffer>,
    values: &ArrayRef,
) -> Outcome<(OffsetBuffer<i32>, ArrayRef)> {
    let place = |offset: Option<&i32>| offset.and_then(|offset| usize::try_from(*offset).ok()).unwrap_or_default();
    let (first, last) = (place(offsets.first()), place(offsets.last()));
    let values = values.slice(first, last.saturating_sub(first));
    let is_known = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    let known = |(row, length): (usize, usize)| if is_known(row) { length } else { 0 };
    let kept: Vec<usize> = offsets.lengths().enumerate().map(known).collect();
    let values = match kept.iter().sum::<usize>() == values.len() {
        true => values,
        false => {
            let rows = offsets.lengths().enumerate();
            let keep = rows.flat_map(|(row, length)| std::iter::repeat_n(is_known(row), length));
            filter(&values, &BooleanArray::from(keep.collect::<Vec<bool>>()))?
        }
    };
    Ok((OffsetBuffer::from_lengths(kept), values))
}

/// The entries that count, and how many each map has; nothing if all do.
fn last_of_each(offsets: &OffsetBuffer<i32>, keys: &ArrayRef) -> Outcome<Option<(UInt64Array, Vec<usize>)>> {
    let rows =
        RowConverter::new(vec![SortField::new(keys.data_type().clone())])?.convert_columns(&[Arc::clone(keys)])?;
    let (mut chosen, mut counts) = (Vec::<u64>::with_capacity(keys.len()), Vec::new());
    let mut at = 0;
    for length in offsets.lengths() {
        let before = chosen.len();
        let mut known = HashMap::with_capacity(length);
        for entry in at..at + length {
            let place = *known.entry(rows.row(entry)).or_insert(chosen.len());
            match chosen.get_mut(place) {
                Some(earlier) => *earlier = entry as u64,
                None => chosen.push(entry as u64),
            }
        }
        counts.push(chosen.len() - before);
        at += length;
    }
    Ok((chosen.len() < keys.len()).then(|| (UInt64Array::from(chosen), counts)))
}
