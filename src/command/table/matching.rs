//! Which partitions a condition on their values means.

use std::cmp::Ordering;

use super::columns::partition_value;
use crate::data;
use crate::error::{Code, Error, Result};
use crate::model::{Column, DataType, PartitionSpec, Table};
use crate::syntax::Name;
use crate::syntax::table::{Compared, Filter, Function, Operand, Operator};

/// Whether the values of a partition satisfy a condition, as `where` would compare them: text and text as text, a number and anything as numbers,
/// and what is not a number with none.
///
/// # Errors
/// A name that is no partition column, or a value that its type does not have; whatever the partition.
pub(super) fn matches(filter: &Filter, table: &Table, spec: &PartitionSpec) -> Result<bool> {
    Ok(holds(filter, table, spec)? == Some(true))
}

/// The same; nothing where the condition is NULL.
fn holds(filter: &Filter, table: &Table, spec: &PartitionSpec) -> Result<Option<bool>> {
    match filter {
        Filter::Compare(operand, operator, value) => {
            let ordering = compared(operand, value, table, spec)?;
            Ok(ordering.map(|ordering| match operator {
                Operator::Equal => ordering.is_eq(),
                Operator::Different => ordering.is_ne(),
                Operator::Less => ordering.is_lt(),
                Operator::AtMost => ordering.is_le(),
                Operator::Greater => ordering.is_gt(),
                Operator::AtLeast => ordering.is_ge(),
            }))
        }
        Filter::In(operand, values) => {
            let found = values.iter().map(|value| compared(operand, value, table, spec));
            let found = found.collect::<Result<Vec<_>>>()?;
            Ok(any(found.into_iter().map(|ordering| ordering.map(Ordering::is_eq))))
        }
        Filter::Like(operand, pattern) => {
            let column = partition_column(&operand.column, table)?;
            Ok(Some(is_like(&value_of(operand, column, spec), pattern)))
        }
        Filter::Rlike(operand, pattern) => {
            let column = partition_column(&operand.column, table)?;
            Ok(Some(data::fits_pattern(&value_of(operand, column, spec), pattern)?))
        }
        Filter::Not(inner) => Ok(holds(inner, table, spec)?.map(|holds| !holds)),
        // Every part is looked at, so that what is wrong does not depend on values.
        Filter::And(parts) => {
            let fails = all(parts, table, spec)?.into_iter().map(|holds| holds.map(|holds| !holds));
            Ok(any(fails).map(|fails| !fails))
        }
        Filter::Or(parts) => Ok(any(all(parts, table, spec)?.into_iter())),
    }
}

fn all(parts: &[Filter], table: &Table, spec: &PartitionSpec) -> Result<Vec<Option<bool>>> {
    parts.iter().map(|part| holds(part, table, spec)).collect()
}

/// `or`: true if one is, else NULL if one is.
fn any(values: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let values: Vec<Option<bool>> = values.collect();
    if values.contains(&Some(true)) {
        return Some(true);
    }
    (!values.contains(&None)).then_some(false)
}

/// The value of a column, or what a function makes of it, compared with another one.
fn compared(operand: &Operand, with: &Compared, table: &Table, spec: &PartitionSpec) -> Result<Option<Ordering>> {
    let name = &operand.column;
    let column = partition_column(name, table)?;
    let own = value_of(operand, column, spec);
    let is_text = matches!(column.data_type, DataType::String | DataType::Varchar(_) | DataType::Char(_));
    if is_text || operand.function.is_some() {
        return Ok(match with.is_number {
            true => as_numbers(&own, &with.text),
            false => Some(own.as_str().cmp(&with.text)),
        });
    }
    let is_whole =
        matches!(column.data_type, DataType::Tinyint | DataType::Smallint | DataType::Int | DataType::Bigint);
    if is_whole && number(&with.text).is_some() {
        return Ok(as_numbers(&own, &with.text));
    }
    let value = partition_value(column, &with.text).map_err(|error| error.at(name.span))?;
    Ok(Some(own.cmp(&value)))
}

/// Whole numbers exactly, others as `double`; nothing where one is not a number.
fn as_numbers(left: &str, right: &str) -> Option<Ordering> {
    match (left.trim().parse::<i64>(), right.trim().parse::<i64>()) {
        (Ok(left), Ok(right)) => Some(left.cmp(&right)),
        _ => number(left)?.partial_cmp(&number(right)?),
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| !number.is_nan())
}

fn value_of(operand: &Operand, column: &Column, spec: &PartitionSpec) -> String {
    let own = spec.values().get(column.name.as_str()).copied().unwrap_or_default();
    match operand.function {
        None => own.to_owned(),
        Some(Function::Lower) => own.to_lowercase(),
        Some(Function::Upper) => own.to_uppercase(),
        Some(Function::Part(start, length)) => part(own, start, length),
    }
}

/// As `substr` counts: from 1, or from the end with a negative start. Source: "SUBSTR".
fn part(text: &str, start: i64, length: Option<i64>) -> String {
    let whole = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let first = match start {
        1.. => start - 1,
        0 => 0,
        _ => whole.saturating_add(start),
    };
    let last = length.map_or(i64::MAX, |length| first.saturating_add(length));
    let inside = |at: &i64| (first..last).contains(at);
    if first < 0 {
        return String::new();
    }
    (0_i64..).zip(text.chars()).filter(|(at, _)| inside(at)).map(|(_, sign)| sign).collect()
}

/// Whether a text fits a pattern with `%` and `_`; a backslash makes the sign behind it one like any other. Source: "LIKE".
fn is_like(text: &str, pattern: &str) -> bool {
    let mut fits = vec![true];
    let text: Vec<char> = text.chars().collect();
    fits.resize(text.len() + 1, false);
    let mut signs = pattern.chars();
    // Which beginnings of the text fit the pattern so far.
    while let Some(sign) = signs.next() {
        let (sign, is_plain) = match sign {
            '\\' => (signs.next().unwrap_or('\\'), true),
            other => (other, false),
        };
        let before = std::mem::replace(&mut fits, vec![false; text.len() + 1]);
        if sign == '%' && !is_plain {
            let first = before.iter().position(|fits| *fits).unwrap_or(text.len() + 1);
            fits.iter_mut().skip(first).for_each(|fits| *fits = true);
            continue;
        }
        for (at, (found, fitted)) in text.iter().zip(&before).enumerate() {
            if *fitted
                && (sign == *found || sign == '_' && !is_plain)
                && let Some(next) = fits.get_mut(at + 1)
            {
                *next = true;
            }
        }
    }
    fits.last().copied().unwrap_or_default()
}

fn partition_column<'t>(name: &Name, table: &'t Table) -> Result<&'t Column> {
    table.partition_columns.iter().find(|column| column.name == name.text).ok_or_else(|| {
        Error::new(Code::Semantic, format!("`{}` is not a partition column of `{}`", name.text, table.name))
            .at(name.span)
    })
}

#[cfg(test)]
mod tests {
    use super::{is_like, part};

    #[test]
    fn patterns_fit_whole_values() {
        for (text, pattern, fits) in [
            ("20131201", "20131%", true),
            ("20131201", "2013", false),
            ("20131201", "2013%01", true),
            ("a_b", "a\\_b", true),
            ("axb", "a\\_b", false),
            ("axb", "a_b", true),
            ("", "%", true),
            ("", "_", false),
            ("ab", "%%b%", true),
        ] {
            assert_eq!(is_like(text, pattern), fits, "{text} {pattern}");
        }
    }

    #[test]
    fn parts_are_counted_as_in_queries() {
        assert_eq!(part("20131201", 1, Some(4)), "2013");
        assert_eq!(part("20131201", 5, None), "1201");
        assert_eq!(part("20131201", -2, None), "01");
        assert_eq!(part("20131201", 9, Some(2)), "");
        assert_eq!(part("ab", -3, None), "");
        assert_eq!(part("ab", 1, Some(-1)), "");
    }
}
