//! `format_number`: numbers with separators between thousands.

use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error::{Code, Error, Result};

/// The functions of this file.
pub fn functions() -> Vec<RowFunction> {
    vec![RowFunction::new("format_number", &[Kind::Text, Kind::Text], 2, Shape::Text, format)]
}

/// How a number is laid out.
struct Layout {
    /// Digits between separators; 0 for none.
    group: usize,
    whole: usize,
    least: usize,
    most: usize,
}

/// Most digits after the point. Source: "FORMAT_NUMBER".
const MOST: usize = 340;

fn layout(text: &str) -> Option<Layout> {
    if let Ok(places) = text.trim().parse::<i64>() {
        let places = usize::try_from(places).ok().filter(|places| *places <= MOST)?;
        return Some(Layout { group: 3, whole: 1, least: places, most: places });
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fits = !text.is_empty() && whole.chars().all(|sign| matches!(sign, '#' | '0' | ','));
    if !fits || !fraction.chars().all(|sign| matches!(sign, '#' | '0')) {
        return None;
    }
    let zeros = |text: &str| text.chars().filter(|sign| *sign == '0').count();
    let group = whole.rsplit_once(',').map_or(0, |(_, last)| last.len());
    Some(Layout { group, whole: zeros(whole), least: zeros(fraction), most: fraction.len() })
}

/// By a number of places, or a pattern of `#`, `0`, `,` and `.`; half to even. Source: "FORMAT_NUMBER".
fn format(row: &Row<'_>) -> Result<Value> {
    let Some(layout) = layout(row.words(1)) else {
        return Err(Error::new(Code::Execution, "`format_number` takes a number of places, or a pattern")
            .help("a pattern is made of `#`, `0`, `,` and `.`: `#,###,##0.00`"));
    };
    let given = row.words(0).trim();
    let plain = match given.parse::<f64>() {
        Ok(number) if !number.is_finite() => return Ok(Value::Text(given.to_owned())),
        Ok(number) if given.contains(['e', 'E']) => number.to_string(),
        Ok(_) => given.to_owned(),
        Err(_) => return Ok(Value::Null),
    };
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain.as_str()),
    };
    let (whole, fraction) = rounded(digits.trim_start_matches('+'), layout.most);
    let mut fraction = fraction;
    while fraction.len() > layout.least && fraction.ends_with('0') {
        fraction.pop();
    }
    while fraction.len() < layout.least {
        fraction.push('0');
    }
    let whole = grouped(whole.trim_start_matches('0'), &layout);
    let is_zero = whole.chars().chain(fraction.chars()).all(|digit| matches!(digit, '0' | ','));
    let sign = if is_zero { "" } else { sign };
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(Value::Text(format!("{sign}{whole}{point}{fraction}")))
}

fn grouped(whole: &str, layout: &Layout) -> String {
    let whole = format!("{}{whole}", "0".repeat(layout.whole.saturating_sub(whole.len())));
    let length = whole.len();
    let mut made = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && layout.group > 0 && (length - at).is_multiple_of(layout.group) {
            made.push(',');
        }
        made.push(digit);
    }
    made
}

/// Whole and fractional digits, with at most so many of the latter.
fn rounded(digits: &str, places: usize) -> (String, String) {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (kept, rest) = fraction.split_at_checked(places).unwrap_or((fraction, ""));
    let mut all: Vec<u8> = format!("0{whole}{kept}").into_bytes();
    let half = rest.starts_with('5') && rest.bytes().skip(1).all(|digit| digit == b'0');
    let odd = all.last().is_some_and(|digit| digit % 2 == 1);
    if rest.as_bytes().first().is_some_and(|digit| *digit >= b'5') && (!half || odd) {
        for digit in all.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                break;
            }
            *digit = b'0';
        }
    }
    let text: String = all.into_iter().map(char::from).collect();
    let point = text.len() - kept.len();
    text.split_at_checked(point).map(|(whole, fraction)| (whole.to_owned(), fraction.to_owned())).unwrap_or_default()
}
