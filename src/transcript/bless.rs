use super::compare::{Mismatch, Output};
use super::expectation::{CONTINUE, Expectation, INSPECT, Kind};
use super::pattern::{fits, is_any};
use super::run::Mode;
use crate::text::Span;

/// Most characters of a line that is written.
const WIDTH: usize = 160;

/// Characters of a mark and the blanks behind it: no line is broken there.
const MARK: usize = 5;

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
/// What is expected of an error is never touched: it is what the transcript tests. `Mode::Fill` fills in `-->?`, `--~?` and stages without
/// lines, `Mode::Rewrite` rewrites others too.
pub fn edits(
    expected: &Expectation,
    output: &Output,
    mismatch: Mismatch,
    mode: Mode,
    source: &str,
) -> Option<Vec<Edit>> {
    let Mismatch::Lines(kind @ (Kind::Data | Kind::Status | Kind::Stage(_))) = mismatch else { return None };
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
    let named = match kind {
        Kind::Stage(stage) => vec![format!("{INSPECT} {}", stage.name())],
        Kind::Data | Kind::Status | Kind::Error => Vec::new(),
    };
    let lines = new.iter().flat_map(|text| folded(format!("{} {text}", kind.mark()).trim_end()));
    first.text = named.into_iter().chain(lines).map(|line| line + line_end).collect();
    Some(edits)
}

/// A line with its continuations, none of which is longer than [`WIDTH`]: broken before a blank, else behind a comma, else anywhere.
fn folded(line: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = line.to_owned();
    while let Some((limit, _)) = rest.char_indices().nth(WIDTH) {
        // What stands before the break must not end with a blank: blanks at line ends do not count.
        let is_place =
            |at: &usize| (MARK + 1..=limit).contains(at) && !rest.get(..*at).unwrap_or_default().ends_with(' ');
        let blank = rest.match_indices(' ').map(|(at, _)| at).rfind(is_place);
        let comma = || rest.match_indices(',').map(|(at, _)| at + 1).rfind(is_place);
        let any = || rest.char_indices().map(|(at, _)| at).rfind(is_place);
        let Some((before, after)) = blank.or_else(comma).or_else(any).and_then(|at| rest.split_at_checked(at)) else {
            break;
        };
        lines.push(before.to_owned());
        rest = format!("{CONTINUE}{after}");
    }
    lines.push(rest);
    lines
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
    use crate::transcript::compare::compare;
    use crate::transcript::{Stage, Transcript};

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
    fn long_lines_are_folded_and_read_back() {
        let texts = [
            "word ".repeat(70) + "end",
            format!("{}   {}", "a".repeat(150), "b".repeat(200)),
            "[1,2],".repeat(60),
            "ä".repeat(400),
        ];
        for text in texts {
            let output = output(&[&text], &[]);
            let filled = in_mode(Mode::Fill, "-- A.\nget;\n-->?\nget;\n", &output);
            assert!(filled.lines().all(|line| line.chars().count() <= WIDTH), "{filled}");
            let read = Transcript::read(&filled);
            assert_eq!((read.faults.len(), read.steps[0].expected.of(Kind::Data).unwrap()), (0, vec![text.as_str()]));
            // A line that is rewritten goes with its continuations.
            assert_eq!(blessed(&filled, &super::tests::output(&["x"], &[])), "-- A.\nget;\n--> x\nget;\n");
        }
    }

    #[test]
    fn stages_without_lines_are_filled_in() {
        let shown = |lines: &[&str]| Output {
            stages: [(Stage::Flows, lines.iter().map(|line| (*line).to_owned()).collect())].into(),
            ..output(&[], &[])
        };
        let (source, filled) = ("-- A.\nget;\n--? flows\n", "-- A.\nget;\n--? flows\n--?   a\n--?   b\n");
        assert_eq!(in_mode(Mode::Fill, source, &shown(&["a", "b"])), filled);
        assert_eq!(in_mode(Mode::Check, source, &shown(&["a", "b"])), source);
        assert_eq!(in_mode(Mode::Fill, filled, &shown(&["c"])), filled);
        assert_eq!(in_mode(Mode::Rewrite, filled, &shown(&["c"])), "-- A.\nget;\n--? flows\n--?   c\n");
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
