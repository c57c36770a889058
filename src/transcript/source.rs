use super::action::Action;
use super::expectation::{Expectation, Expected, Kind};
use super::pattern::is_rule;
use super::split::split;
use crate::security::Rule;
use crate::text::{Span, line_column};

/// A transcript as it is read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The sentence that it starts with.
    pub title: String,
    /// What it does, in order.
    pub steps: Vec<Step>,
    /// What is wrong with the file itself: line and sentence.
    pub faults: Vec<(usize, String)>,
}

/// One step and what is expected of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// What is expected; always empty for steps that are no statements.
    pub expected: Expectation,
}

impl Transcript {
    /// Reads a transcript. Never fails: what is wrong is in `faults`.
    pub fn read(source: &str) -> Self {
        let split = split(source);
        let mut transcript = Self { title: title(source).unwrap_or_default(), ..Self::default() };
        if transcript.title.is_empty() {
            transcript.faults.push((1, "the first line must be a sentence: `-- … .`".to_owned()));
        }
        let mut statements = split.statements.into_iter().peekable();
        let mut at = 0;
        let mut inside = Span::default();
        for line in source.split_inclusive('\n') {
            let span = Span::new(at, at + line.len());
            at = span.end;
            let Some((mark, text, to_fill)) = marked(line) else { continue };
            while let Some(statement) = statements.next_if(|statement| statement.start < span.start) {
                inside = statement;
                transcript.steps.push(Step { action: Action::Run(statement), expected: Expectation::default() });
            }
            let fault = if inside.end > span.start {
                Some("this line is inside a statement; end the statement with `;`")
            } else {
                transcript.take(mark, text, to_fill, span)
            };
            if let Some(fault) = fault {
                transcript.faults.push((line_column(source, span.start).0, fault.to_owned()));
            }
        }
        transcript.steps.extend(
            statements.map(|statement| Step { action: Action::Run(statement), expected: Expectation::default() }),
        );
        for span in split.suspicious {
            let fault = format!("`{}` is not a local command", span.of(source).trim());
            transcript.faults.push((line_column(source, span.start).0, fault));
        }
        transcript.faults.sort();
        transcript
    }

    /// Takes a marked line; says what is wrong with it.
    fn take(&mut self, mark: Mark, text: &str, to_fill: bool, span: Span) -> Option<&'static str> {
        match mark {
            Mark::Step => match Action::parse(text) {
                Some(action) => {
                    self.steps.push(Step { action, expected: Expectation::default() });
                    None
                }
                None => Some("`--:` is followed by `shell <number>` or `reopen`"),
            },
            Mark::Expected(kind) => match self.steps.last_mut() {
                Some(_) if kind == Kind::Error && is_rule(text) && !Rule::ALL.iter().any(|rule| rule.id() == text) => {
                    Some("there is no rule of this name")
                }
                Some(_) if kind == Kind::Error && to_fill => {
                    Some("errors are not filled in: write which rule must decide")
                }
                Some(Step { action: Action::Run(_), expected }) => {
                    expected.lines.push(Expected { kind, text: text.to_owned(), to_fill, span });
                    None
                }
                _ => Some("there is no statement above this line"),
            },
        }
    }
}

#[derive(Clone, Copy)]
enum Mark {
    Expected(Kind),
    Step,
}

/// The mark of a line, its text without one blank before it and all behind it, and whether it is yet to be filled in.
fn marked(line: &str) -> Option<(Mark, &str, bool)> {
    let marks = Kind::ALL.map(|kind| (kind.mark(), Mark::Expected(kind))).into_iter().chain([("--:", Mark::Step)]);
    for (start, mark) in marks {
        if let Some(text) = line.strip_prefix(start) {
            if text.trim_end() == "?" {
                return Some((mark, "", true));
            }
            return Some((mark, text.strip_prefix(' ').unwrap_or(text).trim_end(), false));
        }
    }
    None
}

/// The comment at the very start, up to the end of its first sentence; it may take several lines.
fn title(source: &str) -> Option<String> {
    let mut title = String::new();
    for line in source.lines() {
        let text = line.strip_prefix("-- ")?.trim();
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(text);
        if title.ends_with('.') {
            return Some(title);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_lines_belong_to_the_statement_above_them() {
        let source =
            "-- It works\n-- well.\nuse a;\n\n-- why\n--> x  \n-->  y\n--: shell 2\nuse b;\n--! e\n--~ s\nuse c";
        let read = Transcript::read(source);
        assert_eq!((read.title.as_str(), read.faults.len()), ("It works well.", 0));
        let lines: Vec<_> = read.steps.iter().map(|step| step.expected.lines.len()).collect();
        assert_eq!(lines, [2, 0, 2, 0]);
        assert_eq!(read.steps[0].expected.of(Kind::Data).unwrap(), ["x", " y"]);
        assert_eq!(read.steps[1].action, Action::Shell(2));
        assert_eq!(read.steps[2].expected.of(Kind::Error).unwrap(), ["e"]);
    }

    #[test]
    fn faults_have_their_lines() {
        let source = "no sentence\n--> x\n;--@nope\n--: dance\nuse a\n--> y\n;\n--! FLW-0\n--!?\n--: reopen\n--> z";
        let lines: Vec<_> = Transcript::read(source).faults.into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 2, 3, 4, 6, 8, 9, 11]);
    }

    #[test]
    fn marks_inside_of_statements_are_faults() {
        let read = Transcript::read("-- A.\nselect '\n--> x\n';\n--> y");
        assert_eq!((read.steps.len(), read.faults.len()), (1, 1));
    }
}
