use super::Span;
use super::secret::starred;

/// Longest piece of a source line that is shown around an error, in characters.
const SHOWN: usize = 100;

/// Line and column of a byte offset, both counted from 1; columns count characters.
pub fn line_column(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..floor(source, offset)).unwrap_or(source);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// The source line of `span`, with carets under it. Long lines are cut around the span, and secrets are not shown: logs keep errors (KEY-2).
pub fn caret(source: &str, span: Span) -> String {
    let start = floor(source, span.start);
    let line_start = source.get(..start).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
    let line_end = source.get(start..).and_then(|text| text.find('\n')).map_or(source.len(), |at| start + at);
    let line = starred(source, line_start..line_end);
    let line = line.trim_end_matches('\r');
    let column = source.get(line_start..start).unwrap_or_default().chars().count();
    let length = source.get(start..span.end.min(line_end)).map_or(1, |text| text.chars().count().max(1));

    let skipped = column.saturating_sub(SHOWN / 2);
    let shown: String = line.chars().skip(skipped).take(SHOWN).map(printable).collect();
    let number = line_column(source, start).0.to_string();
    let margin = " ".repeat(number.len());
    let carets = "^".repeat(length.min(SHOWN.saturating_sub(column - skipped).max(1)));
    format!("{margin} |\n{number} | {shown}\n{margin} | {}{carets}", " ".repeat(column - skipped))
}

/// Control characters must not reach a terminal through an error message.
fn printable(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

/// The closest character boundary at or before `offset`.
fn floor(source: &str, offset: usize) -> usize {
    let mut offset = offset.min(source.len());
    while !source.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_under_the_span() {
        let source = "use a;\ncreate tabel t;";
        assert_eq!(caret(source, Span::new(14, 19)), "  |\n2 | create tabel t;\n  |        ^^^^^");
        let source = "select sym_encrypt(ä, 'ö\nk'), zz;";
        assert_eq!(caret(source, Span::new(32, 34)), "  |\n2 | **), zz;\n  |      ^^");
    }

    #[test]
    fn offsets_inside_a_character_or_past_the_end_are_moved_back() {
        assert_eq!(line_column("ä", 1), (1, 1));
        assert_eq!(line_column("a\nb", 99), (2, 2));
        assert!(caret("", Span::new(5, 9)).ends_with('^'));
    }
}
