/// A name as it is stored and compared: names are case-insensitive and kept in lower case (SWI-6).
pub fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// Whether `name` can be the name of a table, column, role, project: a letter or `_`, then letters, digits and `_`.
///
/// Chosen: ASCII only, at most 128 characters. The client's own patterns accept word characters only.
pub fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    name.len() <= 128
        && characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_separators_quotes_or_other_scripts_are_no_identifiers() {
        for bad in ["", "1a", "a/b", "a.b", "a'b", "../x", "tä", "a b", &"x".repeat(129)] {
            assert!(!is_identifier(bad), "{bad:?}");
        }
        assert!(is_identifier("_Tb_1"));
    }
}
