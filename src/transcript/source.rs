use super::action::Action;
use super::expectation::{CONTINUE, Expectation, Expected, INSPECT, Kind};
use super::pattern::is_rule;
use super::split::split;
use super::stage::Stage;
use crate::security::Rule;
use crate::text::{Span, is_identifier, line_column};

/// A transcript as it is read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The sentence that it starts with.
    pub title: String,
    /// The start world that it names, with the line on which it does.
    pub world: Option<(usize, String)>,
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
            let Some(marked) = marked(line) else { continue };
            while let Some(statement) = statements.next_if(|statement| statement.start < span.start) {
                inside = statement;
                transcript.steps.push(Step { action: Action::Run(statement), expected: Expectation::default() });
            }
            let fault = if inside.end > span.start {
                Some("this line is inside a statement; end the statement with `;`")
            } else {
                transcript.take(marked, span, line_column(source, span.start).0)
            };
            if let Some(fault) = fault {
                transcript.faults.push((line_column(source, span.start).0, fault.to_owned()));
            }
        }
        transcript.steps.extend(
            statements.map(|statement| Step { action: Action::Run(statement), expected: Expectation::default() }),
        );
        let names_world = |span: &Span| matches!(marked(span.of(source)), Some(Marked::World(_)));
        for span in split.suspicious.into_iter().filter(|span| !names_world(span)) {
            let fault = format!("`{}` is not a local command", span.of(source).trim());
            transcript.faults.push((line_column(source, span.start).0, fault));
        }
        transcript.faults.sort();
        transcript
    }

    /// Takes a marked line; says what is wrong with it.
    fn take(&mut self, marked: Marked<'_>, span: Span, line: usize) -> Option<&'static str> {
        match marked {
            Marked::Step(text) => match Action::parse(text) {
                Some(action) => {
                    self.steps.push(Step { action, expected: Expectation::default() });
                    None
                }
                None => Some("`--:` is followed by `shell <number>` or `reopen`"),
            },
            Marked::World(name) => {
                if !is_identifier(name) {
                    return Some("`--@ world` is followed by the name of a world");
                }
                if self.world.is_some() || !self.steps.is_empty() {
                    return Some("a world is named once, before the first statement");
                }
                self.world = Some((line, name.to_owned()));
                None
            }
            Marked::Inspect(name) => {
                let Some(stage) = Stage::parse(name) else {
                    return Some("`--?` is followed by `access`, `flows` or `why`");
                };
                let kind = Kind::Stage(stage);
                if self.expected().is_some_and(|expected| expected.of(kind).is_some()) {
                    return Some("this stage is already inspected above");
                }
                self.add(Expected { kind, text: String::new(), to_fill: true, span })
            }
            Marked::Inspected(text) => match self.above(span) {
                Some(above @ Expected { kind: Kind::Stage(_), .. }) if above.to_fill => {
                    *above =
                        Expected { text: text.to_owned(), to_fill: false, span: above.span.to(span), kind: above.kind };
                    None
                }
                Some(Expected { kind: kind @ Kind::Stage(_), .. }) => {
                    let kind = *kind;
                    self.add(Expected { kind, text: text.to_owned(), to_fill: false, span })
                }
                _ => Some("there is no `--? access`, `--? flows` or `--? why` directly above this line"),
            },
            Marked::Continued(text) => match self.above(span) {
                Some(above) if !above.to_fill => {
                    above.text.push_str(text);
                    above.span = above.span.to(span);
                    None
                }
                _ => Some("there is no expected line directly above this line"),
            },
            Marked::Expected { kind: Kind::Error, text, .. }
                if is_rule(text) && !Rule::ALL.iter().any(|rule| rule.id() == text) =>
            {
                Some("there is no rule of this name")
            }
            Marked::Expected { kind: Kind::Error, to_fill: true, .. } => {
                Some("errors are not filled in: write which rule must decide")
            }
            Marked::Expected { kind, text, to_fill } => {
                self.add(Expected { kind, text: text.to_owned(), to_fill, span })
            }
        }
    }

    /// What is expected of the last statement, if a statement was the last step.
    fn expected(&mut self) -> Option<&mut Expectation> {
        match self.steps.last_mut() {
            Some(Step { action: Action::Run(_), expected }) => Some(expected),
            _ => None,
        }
    }

    /// The expected line that ends where this line starts.
    fn above(&mut self, span: Span) -> Option<&mut Expected> {
        self.expected()?.lines.last_mut().filter(|above| above.span.end == span.start)
    }

    /// Adds an expected line; says what is wrong with it.
    fn add(&mut self, line: Expected) -> Option<&'static str> {
        match self.expected() {
            Some(expected) => {
                expected.lines.push(line);
                None
            }
            None => Some("there is no statement above this line"),
        }
    }
}

/// A line that says something to `odpsh test`.
enum Marked<'l> {
    /// `--> text`, `-->?`: without one blank before the text and all behind it.
    Expected { kind: Kind, text: &'l str, to_fill: bool },
    /// `--? access`.
    Inspect(&'l str),
    /// A line below it, indented.
    Inspected(&'l str),
    /// `--+ text`, blanks before the text included.
    Continued(&'l str),
    /// `--: shell 2`.
    Step(&'l str),
    /// `--@ world two_projects`.
    World(&'l str),
}

fn marked(line: &str) -> Option<Marked<'_>> {
    let line = line.trim_end();
    if let Some(text) = line.strip_prefix("--:") {
        return Some(Marked::Step(text));
    }
    if let Some(text) = line.strip_prefix(CONTINUE) {
        return Some(Marked::Continued(text));
    }
    if let Some(text) = line.strip_prefix(INSPECT) {
        return Some(match text.strip_prefix("  ") {
            Some(text) => Marked::Inspected(text.strip_prefix(' ').unwrap_or(text)),
            None => Marked::Inspect(text.trim_start()),
        });
    }
    if let Some((word, name)) = line.strip_prefix("--@").and_then(|text| text.trim_start().split_once(' '))
        && word == "world"
    {
        return Some(Marked::World(name.trim()));
    }
    Kind::ALL.into_iter().find_map(|kind| {
        let text = line.strip_prefix(kind.mark())?;
        let to_fill = text == "?";
        let text = if to_fill { "" } else { text.strip_prefix(' ').unwrap_or(text) };
        Some(Marked::Expected { kind, text, to_fill })
    })
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

    /// The lines with faults.
    fn faults(source: &str) -> Vec<usize> {
        Transcript::read(source).faults.into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn a_line_goes_on_in_the_next() {
        let source = "-- A.\nget;\n--> a\n--+  b\n--+c\n--! d\n--+ e\n--? why\n--?   f\n--+ g\n";
        let read = Transcript::read(source);
        let expected = &read.steps[0].expected;
        assert_eq!(expected.of(Kind::Data).unwrap(), ["a  bc"]);
        assert_eq!(expected.of(Kind::Error).unwrap(), ["d e"]);
        assert_eq!(expected.of(Kind::Stage(Stage::Why)).unwrap(), ["f g"]);
        assert_eq!(expected.lines[0].span.of(source), "--> a\n--+  b\n--+c\n");
        assert_eq!(faults("-- A.\n--+ a\nget;\n--+ b\n-->?\n--+ c\n--> d\n\n--+ e\n"), [2, 4, 6, 9]);
    }

    #[test]
    fn stages_have_their_lines_below_them() {
        let source = "-- A.\nget;\n--? access\n--?   a\n--?    b\n--? flows\n--> c\n";
        let read = Transcript::read(source);
        let expected = &read.steps[0].expected;
        assert_eq!(expected.of(Kind::Stage(Stage::Access)).unwrap(), ["a", " b"]);
        assert_eq!((expected.stages(), read.faults.len()), (vec![Stage::Access, Stage::Flows], 0));
        assert!(expected.is_to_fill(Kind::Stage(Stage::Flows)) && !expected.is_to_fill(Kind::Stage(Stage::Access)));
    }

    #[test]
    fn unknown_stages_and_stages_of_nothing_are_faults() {
        // Before every statement, unknown names, a line below none, a second time, a line that another one separates.
        let source = "-- A.\n--? access\nget;\n--? acces\n--?\n--?   a\n--? why\n--? flows\n--? why\n--> b\n--?   c\n";
        assert_eq!(faults(source), [2, 4, 5, 6, 9, 11]);
        assert_eq!(faults("-- A.\nget;\n--: reopen\n--? access\n"), [4]);
        assert_eq!(faults("-- A.\nget\n--? access\n;\n"), [3]);
    }

    #[test]
    fn a_world_is_named_once_before_the_first_statement() {
        let read = Transcript::read("-- A.\n-- b\n--@ world two_projects\nget;\n");
        assert_eq!((read.world, read.faults.len()), (Some((3, "two_projects".to_owned())), 0));
        assert_eq!(
            faults("-- A.\n--@ world ../a\n--@ world a b\n--@ world a\n--@ world a\nget;\n--@ world a\n"),
            [2, 3, 5, 7]
        );
        assert_eq!(faults("-- A.\n--@ world\n"), [2]);
    }
}
