//! Whether the NULL indicator and the delimiters can be distinguished.

/// Whether the NULL indicator is recognised between any two delimiters.
///
/// The end of a NULL and a delimiter may be an earlier delimiter together: `a:` before `::` is `a`, `::` and `:`.
pub fn null_is_found(null: &str, field: &str, record: Option<&str>) -> bool {
    // What is not said is `\n`, or `\r\n` if the file has it: then no NULL ends with `\r`.
    let end = record.unwrap_or("\n");
    if record.is_none() && null.ends_with('\r') {
        return false;
    }
    let fields = |text: &str| -> Option<Vec<String>> {
        let (mut found, mut rest) = (Vec::new(), text);
        loop {
            let at = (0..rest.len()).find(|at| {
                let here = rest.get(*at..).unwrap_or_default();
                here.starts_with(end) || here.starts_with(field)
            })?;
            let (before, here) = rest.split_at_checked(at)?;
            found.push(before.to_owned());
            match here.strip_prefix(end) {
                Some(behind) => return behind.is_empty().then_some(found),
                None => rest = here.strip_prefix(field)?,
            }
        }
    };
    let one = format!("{null}{end}");
    let three = format!("{null}{field}{null}{field}{null}{end}");
    fields(&one).is_some_and(|found| found == [null]) && fields(&three).is_some_and(|found| found == [null; 3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_null_and_a_delimiter_are_no_earlier_delimiter() {
        for (null, field, record) in [
            ("", ",", None),
            (r"\N", ",", Some("\r\n")),
            ("a", "::", Some("|;")),
            ("", "\r", None),
            ("", "|", Some("|\n")),
            (":a", "::", None),
        ] {
            assert!(null_is_found(null, field, record), "{null:?} {field:?} {record:?}");
        }
        for (null, field, record) in [
            ("a:", "::", None),
            (":", "::", None),
            ("x,y", ",", None),
            ("a|", ",", Some("||")),
            ("a\n", ",", None),
            ("a\r", ",", None),
            ("", "|", Some("||")),
            (";", "|", Some("|;")),
        ] {
            assert!(!null_is_found(null, field, record), "{null:?} {field:?} {record:?}");
        }
    }
}
