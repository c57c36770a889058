//! `interval '1-2' year to month`, `interval '1 02:03:04' day to second`: the length in the words that the planner reads.
//!
//! Source: G4, `intervalQualifiers`.

use datafusion::sql::sqlparser::ast::{DateTimeField, Expr, Interval, Value};

/// The units of a length, the longest first, what stands in front of each, and how many of it are one of the unit before.
const UNITS: [(DateTimeField, &str, &str, f64); 6] = [
    (DateTimeField::Year, "years", "", 0.0),
    (DateTimeField::Month, "months", "-", 12.0),
    (DateTimeField::Day, "days", "", 0.0),
    (DateTimeField::Hour, "hours", " ", 24.0),
    (DateTimeField::Minute, "minutes", ":", 60.0),
    (DateTimeField::Second, "seconds", ":", 60.0),
];

/// Writes an interval from one unit to another in words; leaves it as it is if its text does not fit.
pub(super) fn spell_out(interval: &mut Interval) {
    let Interval {
        value,
        leading_field: Some(first),
        leading_precision: None,
        last_field: Some(last),
        fractional_seconds_precision: None,
    } = interval
    else {
        return;
    };
    let Expr::Value(text) = value.as_mut() else { return };
    let Value::SingleQuotedString(length) = &text.value else { return };
    if let Some(words) = words(length, first, last) {
        text.value = Value::SingleQuotedString(words);
        (interval.leading_field, interval.last_field) = (None, None);
    }
}

fn words(length: &str, first: &DateTimeField, last: &DateTimeField) -> Option<String> {
    let place = |field: &DateTimeField| UNITS.iter().position(|(unit, ..)| unit == field);
    let (first, last) = (place(first)?, place(last)?);
    // Months have no fixed length in days.
    if first >= last || (first < 2) != (last < 2) {
        return None;
    }
    let trimmed = length.trim();
    let (sign, mut rest) = match trimmed.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let mut words = Vec::new();
    for (number, (_, unit, in_front, full)) in UNITS.iter().enumerate().take(last + 1).skip(first) {
        if number > first {
            rest = rest.strip_prefix(in_front)?;
        }
        let fraction = |c: char| number == 5 && c == '.';
        let digits = rest.find(|c: char| !c.is_ascii_digit() && !fraction(c)).unwrap_or(rest.len());
        let (amount, others) = rest.split_at(digits);
        let value: f64 = amount.parse().ok()?;
        if number > first && value >= *full {
            return None;
        }
        words.push(format!("{sign}{amount} {unit}"));
        rest = others;
    }
    rest.is_empty().then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_from_their_first_to_their_last_unit() {
        use DateTimeField::{Day, Hour, Minute, Month, Second, Year};
        assert_eq!(words("1-2", &Year, &Month).as_deref(), Some("1 years 2 months"));
        assert_eq!(words("-1-2", &Year, &Month).as_deref(), Some("-1 years -2 months"));
        assert_eq!(words("1 02:03:04.5", &Day, &Second).as_deref(), Some("1 days 02 hours 03 minutes 04.5 seconds"));
        assert_eq!(words("2:03", &Minute, &Second).as_deref(), Some("2 minutes 03 seconds"));
        for (text, first, last) in [
            ("1", Year, Month),
            ("1-2", Year, Day),
            ("1-12", Year, Month),
            ("1-2-3", Year, Month),
            ("1 2", Hour, Day),
            ("x 2", Day, Hour),
        ] {
            assert_eq!(words(text, &first, &last), None, "{text}");
        }
    }
}
