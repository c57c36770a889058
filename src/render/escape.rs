use std::borrow::Cow;

pub use crate::text::steers;

/// `text` as one line that cannot steer a terminal: control and text-direction characters escaped, tabs kept.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if steers(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_the_rest_is_not() {
        assert_eq!(visible("a\u{1b}[31m\u{9b}\n\u{202e}"), "a\\u{1b}[31m\\u{9b}\\n\\u{202e}");
        assert!(matches!(visible("ä\t表 \\ \""), Cow::Borrowed(_)));
    }
}
