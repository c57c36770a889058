//! What the number of a Chinese identity card tells.

use chrono::NaiveDate;

use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error::Result;

/// The functions of this file.
pub fn functions() -> Vec<RowFunction> {
    vec![
        RowFunction::new("get_idcard_birthday", &[Kind::Text], 1, Shape::Datetime, |row| {
            let moment = card(row.words(0)).and_then(|card| card.birthday.and_hms_opt(0, 0, 0));
            Ok(moment.map_or(Value::Null, Value::Moment))
        }),
        RowFunction::new("get_idcard_sex", &[Kind::Text], 1, Shape::Text, sex),
    ]
}

struct Card {
    birthday: NaiveDate,
    order: u32,
}

/// 15 digits, or 17 with a check digit that fits; nothing for any other text.
fn card(text: &str) -> Option<Card> {
    let digits = |text: &str| -> Option<Vec<u32>> { text.chars().map(|digit| digit.to_digit(10)).collect() };
    let (day, order) = match text.len() {
        15 => (format!("19{}", text.get(6..12)?), text.get(12..15)?),
        18 => {
            let (body, check) = text.split_at_checked(17)?;
            let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
            let sum: u32 = digits(body)?.iter().zip(weights).map(|(digit, weight)| digit * weight).sum();
            let wanted = "10X98765432".chars().nth(usize::try_from(sum % 11).ok()?)?;
            if !check.eq_ignore_ascii_case(&wanted.to_string()) {
                return None;
            }
            (text.get(6..14)?.to_owned(), text.get(14..17)?)
        }
        _ => return None,
    };
    digits(text.get(..text.len() - 1)?)?;
    Some(Card { birthday: NaiveDate::parse_from_str(&day, "%Y%m%d").ok()?, order: order.parse().ok()? })
}

/// Source: "GET_IDCARD_SEX": an odd number is a man's.
fn sex(row: &Row<'_>) -> Result<Value> {
    Ok(match card(row.words(0)) {
        Some(card) if card.order % 2 == 1 => Value::Text("\u{7537}".to_owned()),
        Some(_) => Value::Text("\u{5973}".to_owned()),
        None => Value::Null,
    })
}

/// How old the owner of a card is on a day, in years.
pub(super) fn age(text: &str, today: NaiveDate) -> Option<i64> {
    today.years_since(card(text)?.birthday).map(i64::from)
}
