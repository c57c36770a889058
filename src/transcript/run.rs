use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::action::Action;
use super::bless::{self, Edit};
use super::compare::{Mismatch, Output, compare};
use super::expectation::Kind;
use super::report::{Difference, FileReport, Verdict};
use super::runner::{Needs, Runner};
use super::source::{Step, Transcript};
use crate::error::{Code, Error, Result};
use crate::text::{Span, line_column};

/// Stack of a thread that runs transcripts, in bytes: deep statements are tested too.
const STACK: usize = 32 * 1024 * 1024;

/// How statements that need the SQL engine fail in a build without it.
const WITHOUT_SQL: &str = "built without SQL";

/// What happens to expected lines that are not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// They are differences.
    #[default]
    Check,
    /// They are rewritten in the file; but success stays success, and an error an error.
    Bless,
}

/// How transcripts run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Folders in which bare names of policy files are looked up, first one first.
    pub policies: Vec<PathBuf>,
    /// What happens to expected lines that are not met.
    pub mode: Mode,
}

/// Runs transcripts, each in a fresh world; the reports come in the order of the files.
///
/// # Errors
/// No thread could be started, or one broke down.
pub fn run(files: &[PathBuf], options: &Options) -> Result<Vec<FileReport>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut reports = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(index) else { return reports };
            reports.push((index, run_file(file, options)));
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(files.len());
    let broken = || Error::new(Code::Internal, "a transcript broke its thread down");
    let mut reports = thread::scope(|scope| {
        let mut running = Vec::new();
        for _ in 0..threads {
            let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            running.push(thread.map_err(|error| Error::new(Code::Internal, format!("no thread: {}", error.kind())))?);
        }
        let mut reports = Vec::new();
        for thread in running {
            reports.extend(thread.join().map_err(|_| broken())?);
        }
        Ok::<_, Box<Error>>(reports)
    })?;
    reports.sort_by_key(|(index, _)| *index);
    Ok(reports.into_iter().map(|(_, report)| report).collect())
}

fn run_file(file: &Path, options: &Options) -> FileReport {
    let mut report = FileReport::new(file);
    let source = match fs::read(file) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(source) => source,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                report.fault(1, format!("the file is not UTF-8: byte {at} fits no character"));
                return report;
            }
        },
        Err(error) => {
            report.fault(1, format!("cannot read the file: {}", error.kind()));
            return report;
        }
    };
    let edits = run_source(&source, options, &mut report);
    if !edits.is_empty() && !matches!(report.verdict, Verdict::Skipped(_)) {
        match fs::write(file, bless::apply(&source, edits)) {
            Ok(()) => report.blessed = true,
            Err(error) => report.fault(1, format!("cannot write the file: {}", error.kind())),
        }
    }
    report
}

/// Runs a transcript; gives back what would make its expected lines true.
fn run_source(source: &str, options: &Options, report: &mut FileReport) -> Vec<Edit> {
    let transcript = Transcript::read(source);
    report.title = transcript.title;
    for (line, fault) in transcript.faults {
        report.fault(line, fault);
    }
    if report.verdict != Verdict::Passed {
        return Vec::new();
    }
    let on_file = transcript.steps.iter().any(|step| !matches!(step.action, Action::Run(_)));
    let needs = if on_file { Needs::File } else { Needs::Memory };
    let mut runner = match Runner::open(&options.policies, needs) {
        Ok(runner) => runner,
        Err(error) => {
            report.fault(1, error.headline(source));
            return Vec::new();
        }
    };
    let mut edits = Vec::new();
    let mut last = Span::default();
    for step in &transcript.steps {
        let done = match step.action {
            Action::Run(span) => {
                last = span;
                report.statements += 1;
                let (output, error) = runner.run(source, span);
                let judged = judge(step, span, source, (&output, error.as_deref()), options.mode);
                match judged {
                    Judged::Skip(reason) => {
                        if report.verdict == Verdict::Passed {
                            report.verdict = Verdict::Skipped(reason);
                        }
                        return Vec::new();
                    }
                    Judged::Met => {}
                    Judged::Differs(differences) => differences.into_iter().for_each(|d| report.differs(d)),
                    Judged::Blessed(new) => edits.extend(new),
                }
                Ok(())
            }
            Action::Shell(number) => runner.go_to(number),
            Action::Reopen => runner.reopen(),
        };
        if let Err(error) = done {
            report.fault(line_column(source, last.end).0, error.headline(source));
            return edits;
        }
    }
    if let Err(error) = runner.finish() {
        report.fault(line_column(source, last.end).0, error.headline(source));
    }
    edits
}

enum Judged {
    Met,
    Differs(Vec<Difference>),
    Blessed(Vec<Edit>),
    Skip(String),
}

fn judge(step: &Step, span: Span, source: &str, gave: (&Output, Option<&Error>), mode: Mode) -> Judged {
    let (output, error) = gave;
    let mismatches = compare(&step.expected, output);
    if mismatches.is_empty() {
        return Judged::Met;
    }
    if let Some(error) = error
        && error.code == Code::Unsupported
        && error.message.starts_with(WITHOUT_SQL)
    {
        return Judged::Skip(WITHOUT_SQL.to_owned());
    }
    let mut edits = Vec::new();
    let mut differences = Vec::new();
    for mismatch in mismatches {
        match bless::edits(&step.expected, output, mismatch, source) {
            Some(new) if mode == Mode::Bless => edits.extend(new),
            _ => differences.push(difference(step, span, source, output, mismatch)),
        }
    }
    if differences.is_empty() { Judged::Blessed(edits) } else { Judged::Differs(differences) }
}

fn difference(step: &Step, span: Span, source: &str, output: &Output, mismatch: Mismatch) -> Difference {
    let (message, kind) = match mismatch {
        Mismatch::Failed => ("failed, but must succeed", Kind::Error),
        Mismatch::Succeeded => ("succeeded, but must fail", Kind::Error),
        Mismatch::Lines(Kind::Data) => ("printed other data", Kind::Data),
        Mismatch::Lines(Kind::Status) => ("printed other status lines", Kind::Status),
        Mismatch::Lines(Kind::Error) => ("failed in another way", Kind::Error),
    };
    let expected = step.expected.of(kind).unwrap_or_default();
    let statement = span.of(source).lines().next().unwrap_or_default().trim_end();
    let actual = output.held_against(kind, &expected);
    Difference::new(line_column(source, span.start).0, statement, message).lines(kind, &expected, &actual)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(source: &str, mode: Mode) -> (FileReport, String) {
        let mut report = FileReport::new(Path::new("x.odps"));
        let edits = run_source(source, &Options { mode, ..Options::default() }, &mut report);
        (report, bless::apply(source, edits))
    }

    #[test]
    fn a_transcript_goes_on_behind_an_expected_error() {
        let source = "-- A.\nwhoami;\n--> Name…\n--> …\nnonsense x;\n--! ODPS-0130161:[1,1] …\nselect 'x\n--! …not closed…\nwhoami;";
        let (report, _) = report(source, Mode::Check);
        assert_eq!((report.verdict, report.statements), (Verdict::Passed, 4));
    }

    #[test]
    fn every_kind_of_mismatch_is_reported_with_its_line() {
        let (report, _) =
            report("-- A.\nwhoami;\n--> nope\n\nwhoami;\n--! x\nnonsense;\nnonsense;\n--! y", Mode::Check);
        let Verdict::Failed(differences) = report.verdict else { panic!("{report:?}") };
        assert_eq!(differences.iter().map(|difference| difference.line).collect::<Vec<_>>(), [2, 5, 7, 8]);
        assert!(differences[0].shown.contains(&"- --> nope".to_owned()), "{differences:?}");
    }

    #[test]
    fn blessing_makes_lines_true_and_reports_what_it_may_not_touch() {
        let (first, text) = report("-- A.\nwhoami;\n--> nope\nwhoami;\n", Mode::Bless);
        assert_eq!(first.verdict, Verdict::Passed);
        assert_eq!(report(&text, Mode::Check).0.verdict, Verdict::Passed);
        assert!(text.contains("--> Name"), "{text}");
        let source = "-- A.\nwhoami;\n--! x\nnonsense;\n";
        let (second, text) = report(source, Mode::Bless);
        assert!(matches!(second.verdict, Verdict::Failed(differences) if differences.len() == 2));
        assert_eq!(text, source);
    }

    #[test]
    fn a_file_with_faults_does_not_run() {
        let (report, _) = report("whoami;", Mode::Check);
        assert_eq!(report.statements, 0);
        assert!(matches!(report.verdict, Verdict::Failed(_)));
    }
}
