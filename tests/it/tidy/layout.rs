//! Outcomes are values: only `render` pads, aligns and draws.

use super::assert_none;
use super::source::{Source, files};

/// Modules that give values.
const VALUES: [&str; 3] = ["src/command/", "src/shell/", "src/store/"];

/// Parts of frames, and SQL that measures for them.
const FRAMES: [&str; 5] = ["+-", "-+", "| {", "} |", "max(length("];

/// Characters that draw boxes.
const BOXES: &str = "─│┌┐└┘├┤┬┴┼";

/// What a text lays out, if it does: padding in a placeholder (`{key:<60}`), or a part of a frame.
fn layout(literal: &str) -> Option<&str> {
    let padded = literal.split('{').skip(1).find(|rest| {
        let placeholder = rest.split('}').next().unwrap_or_default();
        placeholder.split_once(':').is_some_and(|(_, format)| format.contains(['<', '>', '^']))
    });
    let drawn = FRAMES.iter().find(|frame| literal.contains(**frame)).copied();
    padded.or(drawn).or_else(|| literal.contains(|c| BOXES.contains(c)).then_some("a box"))
}

fn gives_values(source: &Source) -> bool {
    VALUES.iter().any(|folder| source.path.starts_with(folder))
}

#[test]
fn only_render_lays_out() {
    let mut found = Vec::new();
    for source in files("src", "rs").iter().filter(|source| gives_values(source)) {
        for (line, literal) in source.shipped_literals() {
            found.extend(layout(&literal).map(|part| format!("{}:{line}: `{part}`", source.path)));
        }
    }
    assert_none(
        &found,
        "command, shell and store give values with names and types, so that every output mode shows them; widths and frames belong to render.",
    );
}

#[test]
fn padding_and_frames_are_found() {
    for laid_out in ["{key:<60}{value:<40}", "{:>3}%", "+----+", "| {name} |", "\u{2502} x", "select max(length(name))"]
    {
        assert!(layout(laid_out).is_some(), "{laid_out}");
    }
    for plain in ["{key}={value}", "{time:?}", "a -> b", "{}::{}", "select x < 3", "a || b"] {
        assert!(layout(plain).is_none(), "{plain}");
    }
}
