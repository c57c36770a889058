use std::borrow::Cow;

/// Whether a character moves the cursor, changes the terminal or turns the direction of the text around it.
pub fn steers(character: char) -> bool {
    (character.is_control() && character != '\t')
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` as a part of one line: a blank for each character that steers, and for tabs.
pub fn one_line(text: &str) -> Cow<'_, str> {
    let blank = |character: char| steers(character) || character == '\t';
    if text.contains(blank) { Cow::Owned(text.replace(blank, " ")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_be_more_than_a_part_of_its_line() {
        assert_eq!(one_line("a\r\nb\tc\u{1b}[31m\u{202e}"), "a  b c [31m ");
        assert!(matches!(one_line("ä 表"), Cow::Borrowed(_)));
    }
}
