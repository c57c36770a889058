use std::fmt::Write as _;

use super::moment::Moment;
use crate::error::{Code, Error, Result};

/// How a moment is written, in the letters of Java's SimpleDateFormat.
///
/// Source: odpscmd: four to nine `S` are a fraction of as many digits, fewer are milliseconds. Chosen: `y M d H m s S` and text in quotes; names of months, eras, halves of a day and years of two
/// digits depend on a language or a century and are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Number(Field, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
    /// Of a second, in as many digits as the pattern has.
    Fraction,
}

impl Field {
    fn of(letter: char, count: usize) -> Option<Self> {
        Some(match letter {
            'y' => Self::Year,
            'M' => Self::Month,
            'd' => Self::Day,
            'H' => Self::Hour,
            'm' => Self::Minute,
            's' => Self::Second,
            'S' if count > 3 => Self::Fraction,
            'S' => Self::Millisecond,
            _ => return None,
        })
    }

    /// Most digits of a number that something else than a number follows.
    fn digits(self) -> usize {
        match self {
            Self::Year => 4,
            Self::Millisecond => 3,
            Self::Fraction => 9,
            Self::Month | Self::Day | Self::Hour | Self::Minute | Self::Second => 2,
        }
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A letter that is not known, or an open quote.
    pub fn new(text: &str) -> Result<Self> {
        let unsupported = || {
            Error::new(Code::Setting, format!("Unsupported date format pattern '{text}'"))
                .help("the pattern letters are yyyy MM dd HH mm ss SSS, or up to nine S; put other text in '…'")
        };
        let mut parts = Vec::new();
        let mut rest = text.chars().peekable();
        while let Some(letter) = rest.next() {
            if letter == '\'' {
                let mut quoted = String::new();
                loop {
                    match rest.next() {
                        Some('\'') if rest.peek() == Some(&'\'') => drop((rest.next(), quoted.push('\''))),
                        Some('\'') => break,
                        Some(other) => quoted.push(other),
                        None => return Err(unsupported()),
                    }
                }
                // Two quotes are one.
                literal(&mut parts, if quoted.is_empty() { "'" } else { &quoted });
                continue;
            }
            if !letter.is_ascii_alphabetic() {
                literal(&mut parts, letter.encode_utf8(&mut [0; 4]));
                continue;
            }
            let mut count = 1;
            while rest.next_if_eq(&letter).is_some() {
                count += 1;
            }
            let field = Field::of(letter, count).ok_or_else(unsupported)?;
            let twice = parts.iter().any(|part| matches!(part, Part::Number(known, _) if *known == field));
            if twice || count > field.digits() || field == Field::Year && count != 4 {
                return Err(unsupported());
            }
            parts.push(Part::Number(field, count));
        }
        match parts.iter().any(|part| matches!(part, Part::Number(..))) {
            true => Ok(Self(parts)),
            false => Err(unsupported()),
        }
    }

    /// Whether milliseconds are written.
    pub fn is_exact(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Number(Field::Millisecond | Field::Fraction, _)))
    }

    /// Whether years are written.
    pub fn has_year(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Number(Field::Year, _)))
    }

    /// Whether every second of the calendar is written in a form of its own.
    pub fn is_whole(&self) -> bool {
        let fields = [Field::Year, Field::Month, Field::Day, Field::Hour, Field::Minute, Field::Second];
        let has = |field| self.0.iter().any(|part| matches!(part, Part::Number(known, _) if *known == field));
        let digit = |part: &Part| matches!(part, Part::Text(text) if text.contains(|c: char| c.is_ascii_digit()));
        let packed =
            |pair: &[Part]| matches!(pair, [Part::Number(field, count), Part::Number(..)] if *count < field.digits());
        fields.into_iter().all(has) && !self.0.iter().any(digit) && !self.0.windows(2).any(packed)
    }

    /// The moment that `text` writes; what it leaves out is as in 1970-01-01 00:00:00.
    pub fn read(&self, text: &[u8]) -> Option<Moment> {
        let mut moment = Moment { year: 1970, month: 1, day: 1, ..Moment::default() };
        let mut rest = text;
        for (at, part) in self.0.iter().enumerate() {
            match part {
                Part::Text(literal) => rest = rest.strip_prefix(literal.as_bytes())?,
                Part::Number(field, count) => {
                    // Digits that other digits follow have a fixed number; others may lack leading zeros.
                    let is_followed = *field == Field::Fraction || matches!(self.0.get(at + 1), Some(Part::Number(..)));
                    let (least, most) = if is_followed { (*count, *count) } else { (1, field.digits().max(*count)) };
                    let (number, after) = digits(rest, least, most)?;
                    rest = after;
                    moment.set(*field, number, *count);
                }
            }
        }
        rest.is_empty().then_some(moment)
    }

    /// Writes a moment.
    pub fn write(&self, moment: &Moment, text: &mut Vec<u8>) {
        for part in &self.0 {
            match part {
                Part::Text(literal) => text.extend_from_slice(literal.as_bytes()),
                Part::Number(field, count) => padded(moment.get(*field, *count), *count, text),
            }
        }
    }
}

impl Moment {
    fn set(&mut self, field: Field, number: u32, count: usize) {
        match field {
            Field::Year => self.year = i32::try_from(number).unwrap_or(i32::MAX),
            Field::Month => self.month = number,
            Field::Day => self.day = number,
            Field::Hour => self.hour = number,
            Field::Minute => self.minute = number,
            Field::Second => self.second = number,
            Field::Millisecond => self.nanosecond = number.saturating_mul(1_000_000),
            Field::Fraction => self.nanosecond = number.saturating_mul(unit(count)),
        }
    }

    fn get(&self, field: Field, count: usize) -> i64 {
        match field {
            Field::Year => i64::from(self.year),
            Field::Month => self.month.into(),
            Field::Day => self.day.into(),
            Field::Hour => self.hour.into(),
            Field::Minute => self.minute.into(),
            Field::Second => self.second.into(),
            Field::Millisecond => (self.nanosecond / 1_000_000).into(),
            Field::Fraction => (self.nanosecond / unit(count)).into(),
        }
    }
}

/// Nanoseconds of the last of so many digits of a fraction.
fn unit(count: usize) -> u32 {
    10_u32.pow(u32::try_from(9_usize.saturating_sub(count)).unwrap_or(0))
}

/// A whole number of `least` to `most` digits, and what stands behind it.
pub fn digits(text: &[u8], least: usize, most: usize) -> Option<(u32, &[u8])> {
    let mut number = 0_u32;
    let mut length = 0;
    for byte in text.iter().take(most) {
        if !byte.is_ascii_digit() {
            break;
        }
        number = number.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
        length += 1;
    }
    (length >= least).then(|| (number, text.get(length..).unwrap_or_default()))
}

/// A number with zeros before it.
pub fn padded(number: i64, width: usize, text: &mut Vec<u8>) {
    let digit = |place: i64| b'0' + u8::try_from(number / place % 10).unwrap_or_default();
    match (number, width) {
        (0..=99, 2) => text.extend([digit(10), digit(1)]),
        (0..=9999, 4) => text.extend([digit(1000), digit(100), digit(10), digit(1)]),
        _ => {
            let mut digits = String::new();
            // A formatter into a string does not fail.
            let _ = write!(digits, "{number:0width$}");
            text.extend_from_slice(digits.as_bytes());
        }
    }
}

fn literal(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(last)) => last.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(pattern: &str, text: &str) -> Option<String> {
        let pattern = Pattern::new(pattern).unwrap();
        let moment = pattern.read(text.as_bytes())?;
        let mut written = Vec::new();
        pattern.write(&moment, &mut written);
        Some(String::from_utf8(written).unwrap())
    }

    #[test]
    fn patterns_read_what_they_write() {
        for (pattern, text) in [
            ("yyyy-MM-dd HH:mm:ss", "2024-02-29 23:59:58"),
            ("yyyyMMddHHmmssSSS", "20240229235958007"),
            ("yyyy-MM-dd HH:mm:ss.SSSSSS", "2024-02-29 23:59:58.000700"),
            ("dd.MM.yyyy 'at' HH''mm", "01.02.2024 at 03'04"),
            ("yyyy/M/d", "2024/1/5"),
        ] {
            assert_eq!(round(pattern, text).as_deref(), Some(text), "{pattern}");
        }
        assert_eq!(round("yyyy-MM-dd", "2024-1-5").as_deref(), Some("2024-01-05"));
        for text in ["2024-01-05x", "2024-01", "", "a", "2024-001-05"] {
            assert_eq!(round("yyyy-MM-dd", text), None, "{text}");
        }
    }

    #[test]
    fn unknown_letters_are_refused() {
        for pattern in ["yy", "MMM", "hh a", "z", "'x", "yyyy yyyy", "", "--"] {
            let message = Pattern::new(pattern).unwrap_err().message;
            assert_eq!(message, format!("Unsupported date format pattern '{pattern}'"));
        }
    }
}
