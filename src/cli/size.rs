/// Less is a unit that was forgotten.
const LEAST: u64 = 1 << 20;

/// Reads a size such as `512MB`, `2g` or `1073741824`, in bytes; units are powers of 1024.
pub fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a size: write 512MB or 2GB");
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits).ok_or_else(wrong)?;
    let power = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    match 1024_u64.checked_pow(power).and_then(|unit| number.checked_mul(unit)) {
        Some(bytes) if bytes >= LEAST => Ok(bytes),
        Some(bytes) => Err(format!("{bytes} bytes is too small: write at least 1MB, with the unit")),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_of_1024() {
        assert_eq!(parse("512MB"), Ok(512 << 20));
        assert_eq!(parse("2 gib"), Ok(2 << 30));
        assert_eq!(parse("1073741824"), Ok(1 << 30));
        for bad in ["", "MB", "0", "-1", "1.5G", "1X", "99999999999T", "1 0", "12", "1023kb"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
