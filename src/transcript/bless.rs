use super::compare::{Mismatch, Output};
use super::expectation::{Expectation, Kind};
use super::pattern::{fits, is_any};
use super::run::Mode;
use crate::text::Span;

/// A piece of a file and what it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub text: String,
}

/// What makes the expected lines true, if they may be rewritten.
///
/// What is expected of an error is never touched: it is what the transcript tests. `Mode::Fill` fills in `-->?` and `--~?`,
/// `Mode::Rewrite` rewrites others too.
pub fn edits(
    expected: &Expectation,
    output: &Output,
    mismatch: Mismatch,
    mode: Mode,
    source: &str,
) -> Option<Vec<Edit>> {
    let Mismatch::Lines(kind @ (Kind::Data | Kind::Status)) = mismatch else { return None };
    let old: Vec<&str> = expected.of(kind)?;
    let may = match mode {
        Mode::Check => false,
        Mode::Fill => expected.lines.iter().filter(|line| line.kind == kind).all(|line| line.to_fill),
        Mode::Rewrite => true,
    };
    if !may {
        return None;
    }
    let new = list(&old, &output.held_against(kind, &old));
    let mut edits: Vec<Edit> = expected
        .lines
        .iter()
        .filter(|line| line.kind == kind)
        .map(|line| Edit { span: line.span, text: String::new() })
        .collect();
    let first = edits.first_mut()?;
    let line_end = match first.span.of(source) {
        line if line.ends_with("\r\n") => "\r\n",
        _ => "\n",
    };
    let line = |text: &String| format!("{} {text}", kind.mark()).trim_end().to_owned() + line_end;
    first.text = new.iter().map(line).collect();
    Some(edits)
}

/// All lines; an open end stays where it was, and lines that fit already stay as they are.
fn list(old: &[&str], actual: &[&str]) -> Vec<String> {
    let open = old.last().is_some_and(|last| is_any(last));
    let shown = if open { actual.len().min(old.len().saturating_sub(1)) } else { actual.len() };
    let mut new: Vec<String> = actual
        .iter()
        .take(shown)
        .enumerate()
        .map(|(index, actual)| match old.get(index) {
            Some(line) if fits(line, actual) && !is_any(line) => (*line).to_owned(),
            _ => (*actual).to_owned(),
        })
        .collect();
    if open {
        new.push("…".to_owned());
    } else if new.is_empty() {
        new.push(String::new());
    }
    new
}

/// The source with all edits made; everything else stays as it is, byte for byte.
pub fn apply(source: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| edit.span);
    let mut text = String::with_capacity(source.len());
    let mut at = 0;
    for edit in edits {
        text.push_str(Span::new(at, edit.span.start).of(source));
        text.push_str(&edit.text);
        at = edit.span.end;
    }
    text.push_str(source.get(at..).unwrap_or_default());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Transcript;
    use crate::transcript::compare::compare;

    /// Blesses the only statement of a transcript.
    fn blessed(source: &str, output: &Output) -> String {
        in_mode(Mode::Rewrite, source, output)
    }

    fn in_mode(mode: Mode, source: &str, output: &Output) -> String {
        let transcript = Transcript::read(source);
        let expected = &transcript.steps[0].expected;
        let edits = compare(expected, output)
            .into_iter()
            .filter_map(|mismatch| edits(expected, output, mismatch, mode, source))
            .flatten()
            .collect();
        apply(source, edits)
    }

    fn output(data: &[&str], error: &[&str]) -> Output {
        let texts = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        Output { data: texts(data), error: texts(error), ordered: true, ..Output::default() }
    }

    #[test]
    fn only_expected_lines_change() {
        let source = "-- A.\nget ;\n--> x…\n-- kept\n--> y\n--> z\n\nuse b;";
        assert_eq!(
            blessed(source, &output(&["", "xx", "new "], &[])),
            "-- A.\nget ;\n--> x…\n--> new\n-- kept\n\nuse b;"
        );
        assert_eq!(blessed("-- A.\r\nget;\r\n-->\r\n", &output(&["a"], &[])), "-- A.\r\nget;\r\n--> a\r\n");
        assert_eq!(blessed("-- A.\nget;\n--> a\n", &output(&[], &[])), "-- A.\nget;\n-->\n");
    }

    #[test]
    fn open_ends_stay_open() {
        assert_eq!(
            blessed("-- A.\nget;\n--> a\n--> …\n", &output(&["b", "c", "d"], &[])),
            "-- A.\nget;\n--> b\n--> …\n"
        );
    }

    #[test]
    fn success_and_error_never_change_places() {
        for source in ["-- A.\nget;\n--> a\n", "-- A.\nget;\n"] {
            assert_eq!(blessed(source, &output(&[], &["e"])), source);
        }
        let source = "-- A.\nget;\n--! e\n";
        assert_eq!(blessed(source, &output(&["a"], &[])), source);
    }

    #[test]
    fn errors_are_never_rewritten() {
        let failed = output(&[], &["new", "help: h", "FLW-1"]);
        for source in ["-- A.\nget;\n--! old\n", "-- A.\nget;\n--! n…\n--! help: x\n", "-- A.\nget;\n--!\n"] {
            assert_eq!(blessed(source, &failed), source);
        }
    }

    #[test]
    fn filling_in_leaves_lines_that_say_something() {
        let source = "-- A.\nget;\n-->?\n";
        assert_eq!(in_mode(Mode::Fill, source, &output(&["a"], &[])), "-- A.\nget;\n--> a\n");
        assert_eq!(in_mode(Mode::Fill, source, &output(&[], &[])), "-- A.\nget;\n-->\n");
        // A lone `-->` says that nothing is printed.
        for source in
            ["-- A.\nget;\n-->\n", "-- A.\nget;\n--> ?\n", "-- A.\nget;\n--> b\n", "-- A.\nget;\n--> b\n--> …\n"]
        {
            assert_eq!(in_mode(Mode::Fill, source, &output(&["a"], &[])), source);
        }
        assert_eq!(in_mode(Mode::Check, source, &output(&["a"], &[])), source);
    }
}
