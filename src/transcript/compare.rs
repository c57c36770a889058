use std::collections::BTreeMap;

use super::expectation::{Expectation, Kind};
use super::pattern::{fits, is_any, is_rule};
use super::stage::Stage;

/// How the status line with the id of a job begins.
const ID: &str = "ID = ";

/// What a statement gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Lines of data.
    pub data: Vec<String>,
    /// Lines beside the data, without plain `OK`s.
    pub status: Vec<String>,
    /// Headline, help and trail; nothing if it succeeded.
    pub error: Vec<String>,
    /// The rule that refused it, if a decision did.
    pub rule: Option<&'static str>,
    /// Why a statement that must fail was allowed, if it was.
    pub allowed: Vec<String>,
    /// Whether the order of the data means something.
    pub ordered: bool,
    /// What was inspected before it ran.
    pub stages: BTreeMap<Stage, Vec<String>>,
}

/// How an output is not what is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// It failed and must succeed.
    Failed,
    /// It succeeded and must fail.
    Succeeded,
    /// Lines of this kind differ.
    Lines(Kind),
}

impl Output {
    /// The lines of one kind that are held against these: the id of a job only where one is expected, because every statement before it
    /// counts in it.
    pub fn held_against(&self, kind: Kind, expected: &[&str]) -> Vec<&str> {
        let mut lines = self.of(kind);
        if kind == Kind::Status && !expected.iter().any(|line| line.starts_with(ID)) {
            lines.retain(|line| !line.starts_with(ID));
        }
        lines
    }

    /// The lines of one kind, without blanks at their ends and without empty lines before them.
    pub fn of(&self, kind: Kind) -> Vec<&str> {
        let lines = match kind {
            Kind::Data => self.data.as_slice(),
            Kind::Status => &self.status,
            Kind::Error => &self.error,
            Kind::Stage(stage) => self.stages.get(&stage).map_or(&[][..], Vec::as_slice),
        };
        lines.iter().map(|line| line.trim_end()).skip_while(|line| line.is_empty()).collect()
    }
}

/// Everything in which an output is not what is expected.
pub fn compare(expected: &Expectation, output: &Output) -> Vec<Mismatch> {
    match (expected.of(Kind::Error), output.error.is_empty()) {
        (None, false) => return vec![Mismatch::Failed],
        (Some(_), true) => return vec![Mismatch::Succeeded],
        _ => {}
    }
    let differs = |kind: &Kind| {
        let Some(lines) = expected.of(*kind) else { return false };
        if expected.is_to_fill(*kind) {
            return true;
        }
        let lines: Vec<&str> = lines.into_iter().skip_while(|line| line.is_empty()).collect();
        let actual = output.held_against(*kind, &lines);
        !match kind {
            Kind::Error => error_fits(&lines, output.rule, &actual),
            Kind::Data if !output.ordered => set_fits(&lines, &actual),
            Kind::Data | Kind::Status | Kind::Stage(_) => list_fits(&lines, &actual),
        }
    };
    Kind::ALL.into_iter().filter(differs).map(Mismatch::Lines).collect()
}

/// Without a last line of `…` alone, and whether there was one.
fn open_end<'l, 'e>(expected: &'l [&'e str]) -> (&'l [&'e str], bool) {
    match expected.split_last() {
        Some((last, before)) if is_any(last) => (before, true),
        _ => (expected, false),
    }
}

fn list_fits(expected: &[&str], actual: &[&str]) -> bool {
    let (expected, open) = open_end(expected);
    let lengths_fit = if open { expected.len() <= actual.len() } else { expected.len() == actual.len() };
    lengths_fit && expected.iter().zip(actual).all(|(expected, actual)| fits(expected, actual))
}

/// The same lines, each as often, in any order: those without `…` choose first.
fn set_fits(expected: &[&str], actual: &[&str]) -> bool {
    let (expected, open) = open_end(expected);
    let mut left: Vec<&str> = actual.to_vec();
    let (patterns, exact): (Vec<&str>, Vec<&str>) = expected.iter().partition(|line| line.contains('…'));
    let all_found =
        exact.into_iter().chain(patterns).all(|line| match left.iter().position(|actual| fits(line, actual)) {
            Some(at) => {
                left.swap_remove(at);
                true
            }
            None => false,
        });
    all_found && (open || left.is_empty())
}

/// The deciding rule, wherever one stands alone on its line; of the other lines the headline, then any of the further lines, in
/// their order.
fn error_fits(expected: &[&str], rule: Option<&str>, actual: &[&str]) -> bool {
    let (rules, expected): (Vec<&str>, Vec<&str>) = expected.iter().partition(|line| is_rule(line));
    rules.iter().all(|expected| Some(expected.trim()) == rule) && lines_fit(&expected, actual)
}

fn lines_fit(expected: &[&str], actual: &[&str]) -> bool {
    let (Some((headline, further)), Some((first, rest))) = (expected.split_first(), actual.split_first()) else {
        return expected.is_empty();
    };
    let mut rest = rest.iter();
    fits(headline, first) && open_end(further).0.iter().all(|line| rest.any(|actual| fits(line, actual)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;
    use crate::transcript::Expected;

    fn expecting(lines: &[(Kind, &str)]) -> Expectation {
        let line =
            |&(kind, text): &(Kind, &str)| Expected { kind, text: text.into(), to_fill: false, span: Span::default() };
        Expectation { lines: lines.iter().map(line).collect() }
    }

    fn output(data: &[&str], error: &[&str]) -> Output {
        let texts = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        Output { data: texts(data), error: texts(error), ordered: true, ..Output::default() }
    }

    #[test]
    fn nothing_expected_means_success_with_any_output() {
        assert_eq!(compare(&expecting(&[]), &output(&["x"], &[])), []);
        assert_eq!(compare(&expecting(&[]), &output(&[], &["e"])), [Mismatch::Failed]);
        assert_eq!(compare(&expecting(&[(Kind::Error, "…")]), &output(&[], &[])), [Mismatch::Succeeded]);
    }

    #[test]
    fn data_is_held_line_by_line_and_may_stay_open_at_the_end() {
        let data = |lines: &[&str]| expecting(&lines.iter().map(|line| (Kind::Data, *line)).collect::<Vec<_>>());
        let actual = output(&["", "a ", "b", "c"], &[]);
        for good in [&["a", "b", "c"][..], &["", "a", "b", "…"], &["a", "…", "c"], &["a", "b", "c", "…"], &["…"]]
        {
            assert_eq!(compare(&data(good), &actual), [], "{good:?}");
        }
        for bad in [&["a", "b"][..], &["b", "a", "c"], &["a", "…", "b", "c"], &[""], &["a", "b", "c", "d", "…"]] {
            assert_eq!(compare(&data(bad), &actual), [Mismatch::Lines(Kind::Data)], "{bad:?}");
        }
        assert_eq!(compare(&data(&[""]), &output(&[], &[])), []);
    }

    #[test]
    fn rows_without_an_order_are_a_set() {
        let data = |lines: &[&str]| expecting(&lines.iter().map(|line| (Kind::Data, *line)).collect::<Vec<_>>());
        let actual = Output { ordered: false, ..output(&["h", "b1", "a", "b2"], &[]) };
        assert_eq!(compare(&data(&["h", "a", "b…", "b1"]), &actual), []);
        assert_eq!(compare(&data(&["h", "a", "…"]), &actual), []);
        assert_ne!(compare(&data(&["h", "a", "a", "b…"]), &actual), []);
        assert_ne!(compare(&data(&["h", "a", "b1"]), &actual), []);
    }

    #[test]
    fn a_rule_alone_on_its_line_is_the_one_that_decided() {
        let error = |lines: &[&str]| expecting(&lines.iter().map(|line| (Kind::Error, *line)).collect::<Vec<_>>());
        let denied = Output { rule: Some("FLW-4"), ..output(&[], &["X-1: no t", "PRJ-1: a", "FLW-4: b"]) };
        for good in [&["FLW-4"][..], &["FLW-4", "X-1: no t", "PRJ-1…"], &["X-1…", "FLW-4"], &["…", "FLW-4", "FLW-4: b"]]
        {
            assert_eq!(compare(&error(good), &denied), [], "{good:?}");
        }
        for bad in [&["PRJ-1"][..], &["FLW-4", "X-2"], &["FLW-4", "PRJ-1"], &["FLW-4:"]] {
            assert_ne!(compare(&error(bad), &denied), [], "{bad:?}");
        }
        let other = output(&[], &["X-1: no t", "FLW-4: b"]);
        assert_ne!(compare(&error(&["FLW-4"]), &other), []);
        assert_eq!(compare(&error(&["FLW-4"]), &output(&[], &[])), [Mismatch::Succeeded]);
    }

    #[test]
    fn of_an_error_only_the_headline_must_be_told() {
        let error = |lines: &[&str]| expecting(&lines.iter().map(|line| (Kind::Error, *line)).collect::<Vec<_>>());
        let actual = output(&[], &["X-1: no t", "help: do", "FLW-1 a", "FLW-2 b"]);
        for good in [&["X-1: no t"][..], &["X-1…", "help: do"], &["…", "FLW-1 a"], &["X-1: …", "help…", "FLW-2…", "…"]]
        {
            assert_eq!(compare(&error(good), &actual), [], "{good:?}");
        }
        for bad in [&["X-2…"][..], &["X-1: no t", "help: x"], &["…", "FLW-2 b", "FLW-1 a"]] {
            assert_ne!(compare(&error(bad), &actual), [], "{bad:?}");
        }
    }
}
