//! Single fields, from their bytes. A field that does not fit says why, and never what it was.

use chrono::Datelike;

use super::format::TextFormat;
use super::moment::Moment;
use super::pattern::digits;

/// What one value may have at most, in bytes. Source: "Data type editions": STRING, 8 MB.
const LONGEST: usize = 8 << 20;

/// Days from the first of January of the year 1 to 1970.
const EPOCH: i32 = 719_163;

/// Why a field fits no value of its column's type.
pub type Misfit = &'static str;

/// A whole number within these bounds.
pub fn integer(text: &[u8], lowest: i64, highest: i64) -> Result<i64, Misfit> {
    let (negative, figures) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if figures.is_empty() {
        return Err("not a whole number");
    }
    let mut number = 0_i64;
    for byte in figures {
        if !byte.is_ascii_digit() {
            return Err("not a whole number");
        }
        let figure = i64::from(byte - b'0');
        // Counted down: there is one more number below zero than above.
        number = number.checked_mul(10).and_then(|number| number.checked_sub(figure)).ok_or("out of range")?;
    }
    let number = if negative { Some(number) } else { number.checked_neg() };
    number.filter(|number| (lowest..=highest).contains(number)).ok_or("out of range")
}

/// A floating-point number, as Java or this shell writes it. Chosen: digits beyond the type are out of range, as those of whole
/// and fixed-point numbers are; infinity is what is called so. (A calculation gives infinity there, as IEEE 754 has it.)
pub fn float<F: std::str::FromStr + Into<f64> + Copy>(text: &[u8]) -> Result<F, Misfit> {
    let number: F = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or("not a number")?;
    match number.into().is_infinite() && text.iter().any(u8::is_ascii_digit) {
        true => Err("out of range"),
        false => Ok(number),
    }
}

/// A fixed-point number: its digits without the point, and whether some behind it were cut off. Source: odpscmd: further decimal places
/// are no error.
pub fn decimal(text: &[u8], precision: u8, scale: u8) -> Result<(i128, bool), Misfit> {
    let (negative, figures) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (mut number, mut behind, mut seen, mut point, mut cut) = (0_i128, 0_u8, false, false, false);
    for byte in figures {
        match byte {
            b'.' if !point => point = true,
            byte if byte.is_ascii_digit() && point && behind >= scale => {
                seen = true;
                cut |= *byte != b'0';
            }
            byte if byte.is_ascii_digit() => {
                behind += u8::from(point);
                seen = true;
                number = number
                    .checked_mul(10)
                    .and_then(|number| number.checked_add(i128::from(byte - b'0')))
                    .ok_or("out of range")?;
            }
            _ => return Err("not a decimal number"),
        }
    }
    if !seen {
        return Err("not a decimal number");
    }
    let number = (behind..scale).try_fold(number, |number, _| number.checked_mul(10)).ok_or("out of range")?;
    let limit = 10_i128.checked_pow(precision.into()).ok_or("out of range")?;
    match number < limit {
        true => Ok((if negative { -number } else { number }, cut)),
        false => Err("out of range"),
    }
}

/// `true`, `false`, `1` or `0`.
pub fn boolean(text: &[u8]) -> Result<bool, Misfit> {
    match text {
        b"1" => Ok(true),
        b"0" => Ok(false),
        text if text.eq_ignore_ascii_case(b"true") => Ok(true),
        text if text.eq_ignore_ascii_case(b"false") => Ok(false),
        _ => Err("neither true nor false"),
    }
}

/// Text of at most so many characters.
pub fn text(text: &[u8], characters: Option<u32>) -> Result<&str, Misfit> {
    if text.len() > LONGEST {
        return Err("longer than 8 MB");
    }
    let text = std::str::from_utf8(text).map_err(|_| "not valid UTF-8")?;
    match characters {
        Some(most) if text.len() > most as usize && text.chars().count() > most as usize => {
            Err("more characters than the column allows")
        }
        _ => Ok(text),
    }
}

/// JSON, as it is written.
pub fn json(bytes: &[u8]) -> Result<&str, Misfit> {
    let text = text(bytes, None)?;
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Ok(text),
        Err(_) => Err("not valid JSON"),
    }
}

/// Bytes in the form that the screen shows: `=XX` for what is not printable. Chosen: so that every value can be written.
pub fn binary(text: &[u8], bytes: &mut Vec<u8>) -> Result<(), Misfit> {
    bytes.clear();
    if text.len() > LONGEST * 3 {
        return Err("longer than 8 MB");
    }
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'=' {
            bytes.push(*first);
            continue;
        }
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let [high, low, after @ ..] = rest else { return Err("`=` without two hexadecimal digits") };
        let (Some(high), Some(low)) = (digit(high), digit(low)) else {
            return Err("`=` without two hexadecimal digits");
        };
        bytes.push(high * 16 + low);
        rest = after;
    }
    Ok(())
}

/// A day, counted from 1970.
pub fn date(text: &[u8]) -> Result<i32, Misfit> {
    let (moment, rest) = day(text).ok_or("not a date such as 2024-01-31")?;
    let day = moment.naive().filter(|_| rest.is_empty()).ok_or("not a date such as 2024-01-31")?;
    Ok(day.num_days_from_ce() - EPOCH)
}

/// Milliseconds since 1970, by the pattern and zone of the file.
pub fn datetime(text: &[u8], format: &TextFormat) -> Result<i64, Misfit> {
    let moment = format.pattern.read(text).ok_or("does not match the date format pattern")?;
    let local = moment.naive().ok_or("this day or time does not exist")?;
    let utc = format.zone.to_utc(local).ok_or("this time does not exist in this zone")?;
    Ok(utc.and_utc().timestamp_millis())
}

/// Nanoseconds since 1970, on the clock of UTC or of the file's zone.
pub fn timestamp(text: &[u8], format: &TextFormat, zoned: bool) -> Result<i64, Misfit> {
    let local = time(text).and_then(|moment| moment.naive()).ok_or("not a time such as 2024-01-31 23:59:59.5")?;
    let utc = if zoned { format.zone.to_utc(local).ok_or("this time does not exist in this zone")? } else { local };
    utc.and_utc().timestamp_nanos_opt().ok_or("out of range")
}

fn day(text: &[u8]) -> Option<(Moment, &[u8])> {
    let (year, rest) = digits(text, 4, 6)?;
    let (month, rest) = digits(rest.strip_prefix(b"-")?, 1, 2)?;
    let (day, rest) = digits(rest.strip_prefix(b"-")?, 1, 2)?;
    Some((Moment { year: i32::try_from(year).ok()?, month, day, ..Moment::default() }, rest))
}

fn time(text: &[u8]) -> Option<Moment> {
    let (moment, rest) = day(text)?;
    let (hour, rest) = digits(rest.strip_prefix(b" ")?, 1, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(b":")?, 1, 2)?;
    let (second, rest) = digits(rest.strip_prefix(b":")?, 1, 2)?;
    let nanosecond = match rest {
        [] => 0,
        [b'.', fraction @ ..] if fraction.len() <= 9 => {
            let (number, rest) = digits(fraction, 1, 9)?;
            let missing = u32::try_from(9 - fraction.len()).ok()?;
            rest.is_empty().then(|| number.checked_mul(10_u32.pow(missing)))??
        }
        _ => return None,
    };
    Some(Moment { hour, minute, second, nanosecond, ..moment })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exact_up_to_their_bounds() {
        for number in [i64::MIN, -1, 0, 1, i64::MAX] {
            assert_eq!(integer(number.to_string().as_bytes(), i64::MIN, i64::MAX), Ok(number));
        }
        assert_eq!(integer(b"+7", -9, 9), Ok(7));
        assert_eq!(integer(b"9223372036854775808", i64::MIN, i64::MAX), Err("out of range"));
        for bad in ["", "-", "1.0", " 1", "1 ", "0x1", "--1"] {
            assert_eq!(integer(bad.as_bytes(), -9, 9), Err("not a whole number"), "{bad}");
        }
    }

    #[test]
    fn floating_point_numbers_are_infinite_by_name_only() {
        assert_eq!(float::<f32>(b"1e38"), Ok(1e38));
        assert_eq!((float::<f32>(b"1e39"), float::<f64>(b"1e39")), (Err("out of range"), Ok(1e39)));
        assert_eq!(float::<f64>(b"-1e999"), Err("out of range"));
        assert_eq!((float::<f64>(b"-Infinity"), float::<f32>(b"inf")), (Ok(f64::NEG_INFINITY), Ok(f32::INFINITY)));
        assert!(float::<f64>(b"NaN").unwrap().is_nan() && float::<f64>(b"1,5").is_err());
    }

    #[test]
    fn fixed_point_numbers_lose_no_digit() {
        assert_eq!(decimal(b"-1.5", 5, 2), Ok((-150, false)));
        assert_eq!(decimal(b"1.500", 5, 2), Ok((150, false)));
        assert_eq!(decimal(b".5", 5, 2), Ok((50, false)));
        assert_eq!(decimal("9".repeat(38).as_bytes(), 38, 0), Ok((10_i128.pow(38) - 1, false)));
        assert_eq!(decimal(b"-1.0099", 5, 2), Ok((-100, true)));
        assert_eq!(decimal(b"1000", 5, 2), Err("out of range"));
        for bad in ["", ".", "-", "1.2.3", "1e3"] {
            assert!(decimal(bad.as_bytes(), 5, 2).is_err(), "{bad}");
        }
    }

    #[test]
    fn bytes_come_back_from_their_printed_form() {
        let mut bytes = Vec::new();
        binary(b"a=3D=00=fF", &mut bytes).unwrap();
        assert_eq!(bytes, b"a=\0\xff");
        assert!(binary(b"a=", &mut bytes).is_err());
        assert!(binary(b"a=G0", &mut bytes).is_err());
    }

    #[test]
    fn days_and_times_are_those_of_the_calendar() {
        assert_eq!(date(b"1970-01-02"), Ok(1));
        assert_eq!(date(b"0001-01-01"), Ok(-719_162));
        assert!(date(b"2023-02-29").is_err() && date(b"2023-02-28x").is_err());
        let moment = time(b"2024-01-31 23:59:59.5").unwrap();
        assert_eq!((moment.second, moment.nanosecond), (59, 500_000_000));
        assert!(time(b"2024-01-31 23:59:59.").is_none() && time(b"2024-01-31").is_none());
    }
}
