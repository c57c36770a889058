//! The one type of values that stand in each other's place, where the engine would find another one than MaxCompute.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef, Fields};
use datafusion::logical_expr::binary::type_union_coercion;

use super::conversion::is_text;

/// Whether types are those of text and of a number.
pub fn is_text_and_number(one: &Arrow, other: &Arrow) -> bool {
    is_text(one) && other.is_numeric() || one.is_numeric() && is_text(other)
}

/// Whether types are those of a DECIMAL and of a floating number.
pub fn is_exact_and_not(one: &Arrow, other: &Arrow) -> bool {
    one.is_decimal() && other.is_floating() || one.is_floating() && other.is_decimal()
}

/// The one type of results of both types, and whether the engine would find another one.
fn united_type(one: &Arrow, other: &Arrow) -> Option<(Arrow, bool)> {
    if one.equals_datatype(other) {
        return Some((one.clone(), false));
    }
    if is_exact_and_not(one, other) {
        return Some((Arrow::Float64, true));
    }
    match (one, other) {
        (Arrow::Date32, moment @ Arrow::Timestamp(_, Some(_)))
        | (moment @ Arrow::Timestamp(_, Some(_)), Arrow::Date32) => Some((moment.clone(), true)),
        (Arrow::List(one_item), Arrow::List(other_item)) => {
            let (item, special) = united_type(one_item.data_type(), other_item.data_type())?;
            if special { Some((Arrow::List(retyped(one_item, item)), true)) } else { by_engine(one, other) }
        }
        (Arrow::Map(one_entries, sorted), Arrow::Map(other_entries, _)) => {
            let (entries, special) = united_type(one_entries.data_type(), other_entries.data_type())?;
            if special {
                Some((Arrow::Map(retyped(one_entries, entries), *sorted), true))
            } else {
                by_engine(one, other)
            }
        }
        (Arrow::Struct(one_fields), Arrow::Struct(other_fields)) if have_same_names(one_fields, other_fields) => {
            let pairs = one_fields.iter().zip(other_fields);
            let united: Option<Vec<_>> =
                pairs.map(|(one, other)| united_type(one.data_type(), other.data_type())).collect();
            let united = united?;
            if !united.iter().any(|(_, special)| *special) {
                return by_engine(one, other);
            }
            let fields: Fields = one_fields.iter().zip(united).map(|(field, (to, _))| retyped(field, to)).collect();
            Some((Arrow::Struct(fields), true))
        }
        _ => by_engine(one, other),
    }
}

fn by_engine(one: &Arrow, other: &Arrow) -> Option<(Arrow, bool)> {
    type_union_coercion(one, other).map(|common| (common, false))
}

fn have_same_names(one: &Fields, other: &Fields) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.name() == other.name())
}

/// The same field of another type.
pub fn retyped(field: &FieldRef, to: Arrow) -> FieldRef {
    Arc::new(Field::clone(field).with_data_type(to))
}

/// The one type of results of all these types, and whether the engine would find another one.
pub fn common(types: &[Arrow]) -> Option<(Arrow, bool)> {
    let (first, rest) = types.split_first()?;
    rest.iter().try_fold((first.clone(), false), |(known, is_special), next| {
        united_type(&known, next).map(|(known, special)| (known, is_special || special))
    })
}

/// The one type of results of all these types, where the engine would find another one: of a DECIMAL and a floating number
/// it is DOUBLE, of a day and a moment that of the moment.
pub fn special(types: &[Arrow]) -> Option<Arrow> {
    common(types).filter(|(_, special)| *special).map(|(common, _)| common)
}

/// The same of values of which the greatest or the least is sought: text and numbers are compared as doubles.
pub fn special_of_compared(types: &[Arrow]) -> Option<Arrow> {
    let known = || types.iter().filter(|data_type| !data_type.is_null());
    let are_comparable = known().all(|data_type| is_text(data_type) || data_type.is_numeric());
    if are_comparable && known().any(is_text) && known().any(Arrow::is_numeric) {
        return Some(Arrow::Float64);
    }
    special(types)
}
