use super::escape::visible;
use super::style::{Style, Target};
use crate::error::Error;
use crate::text::caret;

/// Writes an error: headline, place, help and, on a terminal or where asked for, the lines of its trail.
///
/// Source: odpscmd for the headline. Chosen: the lines behind it. Errors are for people, so control characters are
/// escaped wherever they go.
pub fn write(error: &Error, source: &str, style: &Style, text: &mut String) {
    text.push_str(&coloured("FAILED:", "1;31", style));
    text.push(' ');
    text.push_str(&visible(&error.headline(source)));
    text.push('\n');
    if let Some(span) = error.span.filter(|span| span.start <= source.len() && !source.trim().is_empty()) {
        for line in caret(source, span).lines() {
            text.push_str(&visible(line));
            text.push('\n');
        }
    }
    if let Some(help) = &error.help {
        text.push_str("  = ");
        text.push_str(&coloured("help:", "1;32", style));
        text.push(' ');
        for (place, line) in help.lines().enumerate() {
            if place > 0 {
                text.push_str("          ");
            }
            text.push_str(&visible(line));
            text.push('\n');
        }
    }
    if style.trails.unwrap_or(style.status == Target::Terminal) {
        for note in error.notes.iter().flat_map(|note| note.lines()) {
            text.push_str(&visible(note));
            text.push('\n');
        }
    }
}

/// `word` in a colour, where there is colour.
pub fn coloured(word: &str, colour: &str, style: &Style) -> String {
    if style.colour && style.status == Target::Terminal {
        format!("\u{1b}[{colour}m{word}\u{1b}[0m")
    } else {
        word.to_owned()
    }
}
