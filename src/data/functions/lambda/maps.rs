//! Maps whose keys a function makes, or whose entries it puts together.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::{concat, take};
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};

use super::{Flat, number, places};
use crate::data::functions::allowance::Meter;
use crate::data::functions::map::made;
use crate::data::functions::value::{Groups, column, common, entry};

/// The key and the values of two maps whose keys get one type.
pub(super) fn zipped_entries(left: &Arrow, right: &Arrow) -> Option<(Arrow, Arrow, Arrow)> {
    let ((left_key, left), (right_key, right)) = (entry(left)?, entry(right)?);
    Some((common(&[left_key, right_key])?, left, right))
}

impl Flat {
    /// Every key of either map once, in order, with the values that they have for it. Source: "MAP_ZIP_WITH".
    pub(super) fn zipped_maps(left: &ArrayRef, right: &ArrayRef, meter: &Meter) -> Outcome<Self> {
        let (left, right) = (left.as_map(), right.as_map());
        let nulls = NullBuffer::union(left.nulls(), right.nulls());
        let keys = concat(&[left.keys().as_ref(), right.keys().as_ref()])?;
        let moved = number(left.keys().len())?;
        let (first, second) = (places(left.value_offsets(), left), places(right.value_offsets(), right));
        let (mut sources, mut lefts, mut rights) = (Vec::new(), Vec::new(), Vec::new());
        for (row, (first, second)) in first.iter().zip(&second).enumerate() {
            let (mut source, mut pairs) = (Vec::new(), Vec::new());
            if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
                let all: Vec<u32> = first.iter().copied().chain(second.iter().map(|at| at + moved)).collect();
                let groups = Groups::new(&take(&keys, &UInt32Array::from(all.clone()), None)?, meter)?;
                pairs = vec![(None, None); groups.first.len()];
                for (at, group) in groups.of.iter().enumerate() {
                    let (Some(pair), Some(place)) = (pairs.get_mut(*group), all.get(at)) else { continue };
                    match place.checked_sub(moved) {
                        Some(place) => pair.1 = Some(place),
                        None => pair.0 = Some(*place),
                    }
                }
                source = groups.first.iter().filter_map(|at| all.get(usize::try_from(*at).ok()?).copied()).collect();
            }
            sources.push(source);
            lefts.push(pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
            rights.push(pairs.iter().map(|pair| pair.1).collect::<Vec<_>>());
        }
        let mut flat = Self::new(&[(&keys, &sources)], nulls)?;
        for (values, places) in [(left.values(), lefts), (right.values(), rights)] {
            flat.parameters.push(take(values, &places.into_iter().flatten().collect::<UInt32Array>(), None)?);
        }
        Ok(flat)
    }

    /// The maps with these keys; of entries with one key, the last counts, unless the policy says otherwise.
    pub(super) fn keyed_anew(
        &self,
        keys: &ArrayRef,
        policy: Option<&ArrayRef>,
        result: &Arrow,
        meter: &Meter,
    ) -> Outcome<ArrayRef> {
        let [_, values] = self.parameters.as_slice() else {
            return Err(DataFusionError::Internal("a map has keys and values".to_owned()));
        };
        let mut at = 0;
        let mut rows = Vec::with_capacity(self.lengths.len());
        for (row, length) in self.lengths.iter().enumerate() {
            let (keys, values) = (keys.slice(at, *length), values.slice(at, *length));
            at += length;
            rows.push(match self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                true => ScalarValue::try_from(result)?,
                false => {
                    let policy = policy.map(|policy| ScalarValue::try_from_array(policy, row)).transpose()?;
                    made(&keys, &values, policy.as_ref(), result, meter)?
                }
            });
        }
        column(rows, result)
    }
}
