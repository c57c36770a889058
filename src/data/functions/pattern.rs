//! Days and moments as text: the patterns of `to_char` and `to_date`, and those of `date_format`.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

/// Which letters mean what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// `yyyy-mm-dd hh:mi:ss.ff3`, in any case. Source: "TO_CHAR", "TO_DATE".
    Native,
    /// `yyyy-MM-dd HH:mm:ss.SSS`. Source: "DATE_FORMAT", Hive-compatible.
    Java,
    /// `yyyy-mm-dd hh:mi:ss.SSS`, in any case: `HH` and `hh` are of 24 hours, `MM` and `mm` are months. Source: "DATE_FORMAT".
    Plain,
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Four digits of the year, or two.
    Year(usize),
    /// Month.
    Month(usize),
    /// Day of the month.
    Day(usize),
    /// Hour, 0–23.
    Hour(usize),
    /// Hour, 1–12.
    HalfHour(usize),
    /// `AM` or `PM`.
    HalfDay,
    /// Four digits of the year that the week belongs to.
    WeekYear,
    /// Minute.
    Minute(usize),
    /// Second.
    Second(usize),
    /// So many digits of the fraction.
    Fraction(usize),
    /// Day of the week: `Mon`.
    Weekday,
    /// Itself.
    Literal(String),
    /// A letter that means nothing, and stands for itself.
    Letter(char),
}

/// Reads a pattern; letters that mean nothing stand for themselves.
pub fn pieces(pattern: &str, letters: Letters) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let (piece, length) = match letters {
            Letters::Native => native(rest),
            Letters::Java => java(rest),
            Letters::Plain => plain(rest),
        }
        .unwrap_or_else(|| (Piece::Literal(first.to_string()), first.len_utf8()));
        rest = rest.get(length..).unwrap_or_default();
        match (pieces.last_mut(), piece) {
            (Some(Piece::Literal(before)), Piece::Literal(text)) => before.push_str(&text),
            (_, piece) => pieces.push(piece),
        }
    }
    pieces
}

fn native(rest: &str) -> Option<(Piece, usize)> {
    let starts = |word: &str| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let words = [
        ("yyyy", Piece::Year(4)),
        ("mi", Piece::Minute(2)),
        ("mm", Piece::Month(2)),
        ("dd", Piece::Day(2)),
        ("hh", Piece::Hour(2)),
        ("ss", Piece::Second(2)),
        ("ff3", Piece::Fraction(3)),
        ("ff6", Piece::Fraction(6)),
        ("ff9", Piece::Fraction(9)),
    ];
    words.into_iter().find(|(word, _)| starts(word)).map(|(word, piece)| (piece, word.len()))
}

fn plain(rest: &str) -> Option<(Piece, usize)> {
    let same = |letter: char| rest.chars().take_while(|other| *other == letter).count();
    match rest.chars().next()? {
        'S' if same('S') == 3 => Some((Piece::Fraction(3), 3)),
        'Y' if same('Y') == 4 => Some((Piece::WeekYear, 4)),
        _ => native(rest),
    }
}

fn java(rest: &str) -> Option<(Piece, usize)> {
    let first = rest.chars().next()?;
    let length = rest.chars().take_while(|letter| *letter == first).count();
    let piece = match first {
        'y' => Piece::Year(if length == 2 { 2 } else { 4 }),
        'M' => Piece::Month(length.min(2)),
        'd' => Piece::Day(length.min(2)),
        'H' => Piece::Hour(length.min(2)),
        'h' => Piece::HalfHour(length.min(2)),
        'a' => Piece::HalfDay,
        'Y' => Piece::WeekYear,
        'm' => Piece::Minute(length.min(2)),
        's' => Piece::Second(length.min(2)),
        'S' => Piece::Fraction(length.min(9)),
        'E' => Piece::Weekday,
        '\'' => {
            let quoted = rest.get(1..)?;
            let end = quoted.find('\'')?;
            let text = quoted.get(..end)?;
            return Some((Piece::Literal(if text.is_empty() { "'".into() } else { text.into() }), end + 2));
        }
        letter if letter.is_ascii_alphabetic() => return Some((Piece::Letter(letter), 1)),
        _ => return None,
    };
    Some((piece, length))
}

/// Writes a moment.
pub fn print(moment: NaiveDateTime, pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        let (number, width) = match piece {
            Piece::Year(2) => (moment.year().rem_euclid(100).unsigned_abs(), 2),
            Piece::Year(width) => (moment.year().unsigned_abs(), *width),
            Piece::Month(width) => (moment.month(), *width),
            Piece::Day(width) => (moment.day(), *width),
            Piece::Hour(width) => (moment.hour(), *width),
            Piece::HalfHour(width) => (moment.hour12().1, *width),
            Piece::WeekYear => (week_year(moment), 4),
            Piece::Minute(width) => (moment.minute(), *width),
            Piece::Second(width) => (moment.second(), *width),
            Piece::Fraction(width) => {
                let digits = format!("{:09}", moment.nanosecond() % 1_000_000_000);
                text.extend(digits.chars().take(*width));
                continue;
            }
            Piece::HalfDay => {
                text.push_str(if moment.hour12().0 { "PM" } else { "AM" });
                continue;
            }
            Piece::Weekday => {
                text.push_str(&moment.weekday().to_string());
                continue;
            }
            Piece::Literal(literal) => {
                text.push_str(literal);
                continue;
            }
            Piece::Letter(letter) => {
                text.push(*letter);
                continue;
            }
        };
        text.push_str(&format!("{number:0width$}"));
    }
    text
}

/// The year that the week of a day belongs to; weeks begin on Sunday, and that with the first of January is the first.
fn week_year(moment: NaiveDateTime) -> u32 {
    let rest = 6 - i64::from(moment.weekday().num_days_from_sunday());
    let end = moment.checked_add_signed(chrono::Duration::days(rest)).unwrap_or(moment);
    end.year().unsigned_abs()
}

/// Reads a moment; nothing if the text does not follow the pattern to its end. Zeros in front may be missing.
pub fn parse(text: &str, pieces: &[Piece]) -> Option<NaiveDateTime> {
    parsed(text, pieces, false)
}

/// The same, and every digit of the pattern is there.
pub fn parse_full(text: &str, pieces: &[Piece]) -> Option<NaiveDateTime> {
    parsed(text, pieces, true)
}

fn parsed(text: &str, pieces: &[Piece], full: bool) -> Option<NaiveDateTime> {
    let (mut year, mut month, mut day) = (1970, 1, 1);
    let (mut hour, mut minute, mut second, mut nanosecond) = (0, 0, 0, 0);
    let mut rest = text;
    for piece in pieces {
        let mut digits = |most: usize| -> Option<(u32, usize)> {
            let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
            if full && count < most {
                return None;
            }
            let (number, after) = rest.split_at_checked(count)?;
            rest = after;
            Some((number.parse().ok()?, count))
        };
        match piece {
            Piece::Year(2) => year = 2000 + i32::try_from(digits(2)?.0).ok()?,
            Piece::Year(_) => year = i32::try_from(digits(4)?.0).ok()?,
            Piece::Month(_) => month = digits(2)?.0,
            Piece::Day(_) => day = digits(2)?.0,
            Piece::Hour(_) => hour = digits(2)?.0,
            // Nothing is read by these letters.
            Piece::HalfHour(_) | Piece::HalfDay | Piece::WeekYear => return None,
            Piece::Minute(_) => minute = digits(2)?.0,
            Piece::Second(_) => second = digits(2)?.0,
            Piece::Fraction(width) => {
                let (number, count) = digits(*width)?;
                nanosecond = number.checked_mul(10_u32.pow(9 - u32::try_from(count).ok()?.min(9)))?;
            }
            Piece::Weekday => rest = rest.get(3..)?,
            Piece::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
            Piece::Letter(letter) => rest = rest.strip_prefix(*letter)?,
        }
    }
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanosecond)?;
    rest.is_empty().then_some(NaiveDate::from_ymd_opt(year, month, day)?.and_time(time))
}

/// Reads `yyyy-mm-dd`, `yyyy-mm-dd hh:mm:ss` or the latter with a fraction; zeros in front may be missing.
pub fn moment(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let day = parse(day, &[year(), dash(), Piece::Month(2), dash(), Piece::Day(2)])?.date();
    Some(day.and_time(self::time(time)?))
}

/// Reads `yyyy-mm-dd`, with all its digits.
pub fn day(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    if text.len() == 10 { moment(text) } else { None }
}

/// Reads `yyyy-mm-dd hh:mm:ss`, with all its digits, and a fraction if there is one.
pub fn full_moment(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() != 19 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    moment(text)
}

/// What can be cast to a moment: a day, or a day and a time, with all digits.
pub fn cast_moment(text: &str) -> Option<NaiveDateTime> {
    day(text).or_else(|| full_moment(text))
}

/// Reads `hh:mm:ss`. There is no second 60: a leap second is read elsewhere as the last nanoseconds of a second, and more.
pub fn time(text: &str) -> Option<NaiveTime> {
    let time = NaiveTime::parse_from_str(text.trim(), "%H:%M:%S%.f").ok()?;
    (time.nanosecond() < 1_000_000_000).then_some(time)
}

fn year() -> Piece {
    Piece::Year(4)
}

fn dash() -> Piece {
    Piece::Literal("-".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_and_read_by_the_same_pattern() {
        let noon = moment("2024-02-03 04:05:06.789").unwrap();
        for (pattern, letters, text) in [
            ("yyyy-mm-dd hh:mi:ss.ff3", Letters::Native, "2024-02-03 04:05:06.789"),
            ("yyyymmddhhmissff3", Letters::Native, "20240203040506789"),
            ("yyyy/M/d HH:mm:ss.SSS", Letters::Java, "2024/2/3 04:05:06.789"),
        ] {
            let pieces = pieces(pattern, letters);
            assert_eq!(print(noon, &pieces), text);
            assert_eq!(parse(text, &pieces), Some(noon), "{pattern}");
        }
        assert_eq!(print(noon, &pieces("'day' E", Letters::Java)), "day Sat");
    }

    #[test]
    fn what_does_not_follow_the_pattern_is_no_moment() {
        let day = pieces("yyyymmdd", Letters::Native);
        for bad in ["2024021", "20241301", "20240230", "202402031", "x"] {
            assert_eq!(parse(bad, &day).filter(|_| bad != "2024021"), None, "{bad}");
        }
        assert_eq!(moment("2024-02-30"), None);
        assert_eq!(moment("2024-01-01 23:59:60"), None);
        assert_eq!(moment("today"), None);
        assert!(moment("2024-2-3 4:05:06").is_some());
        for bad in ["2024-2-03", "2024-02-3 04:05:06", "2024-02-03 4:05:06", "2024-02-03 04:05", "2024-02-03 04:05:06Z"]
        {
            assert_eq!(cast_moment(bad), None, "{bad}");
        }
        assert_eq!(full_moment("2024-02-03"), None);
        assert_eq!(super::day("2024-02-03 00:00:00"), None);
    }
}
