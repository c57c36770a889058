use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::action::Action;
use super::bless::{self, Edit};
use super::compare::{Mismatch, Output, compare};
use super::expectation::Kind;
use super::pattern::{fits_any_reason, is_rule};
use super::report::{Difference, FileReport, Verdict};
use super::runner::{Needs, Runner};
use super::source::{Step, Transcript};
use super::stage::Stage;
use super::world::StartWorld;
use crate::error::{Code, Error, Result};
use crate::text::{Span, line_column};

/// Stack of a thread that runs transcripts, in bytes: deep statements are tested too.
const STACK: usize = 32 * 1024 * 1024;

/// Why a transcript is skipped that needs the SQL engine, in a build without it.
const WITHOUT_SQL: &str = "built without SQL";

/// What is said of a `--!` that names no reason.
const ANY_REASON: &str =
    "this `--!` matches any reason; name the deciding rule, such as `--! FLW-4`, or words of the message";

/// What happens to expected lines that are not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// They are differences.
    #[default]
    Check,
    /// Lines of data that say nothing yet are filled in, if that makes the whole file true.
    Fill,
    /// Lines of data that differ are rewritten too, if that makes the whole file true; they are shown.
    Rewrite,
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
    let broken = || Error::new(Code::Internal, "the thread of a transcript failed unexpectedly");
    let mut reports = thread::scope(|scope| {
        let mut running = Vec::new();
        for _ in 0..threads {
            let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            running.push(
                thread
                    .map_err(|error| Error::new(Code::Internal, format!("cannot start a thread: {}", error.kind())))?,
            );
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
                report.fault(1, format!("the file is not UTF-8: invalid byte at offset {at}"));
                return report;
            }
        },
        Err(error) => {
            report.fault(1, format!("cannot read the file: {}", error.kind()));
            return report;
        }
    };
    let edits = run_source(file, &source, options, &mut report);
    // A file in which anything else is wrong stays as it is: what was filled in might rest on what went wrong.
    if edits.is_empty() || matches!(report.verdict, Verdict::Skipped(_)) {
        return report;
    }
    if report.verdict == Verdict::Passed {
        match fs::write(file, bless::apply(&source, edits)) {
            Ok(()) => report.blessed = true,
            Err(error) => report.fault(1, format!("cannot write the file: {}", error.kind())),
        }
    } else {
        report.withheld = true;
    }
    report
}

/// Runs a transcript; gives back what would make its expected lines true.
fn run_source(file: &Path, source: &str, options: &Options, report: &mut FileReport) -> Vec<Edit> {
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
    if let Some((line, name)) = &transcript.world {
        let world = match StartWorld::of(file, name) {
            Ok(world) => world,
            Err(error) => {
                report.fault(*line, error.headline(source));
                return Vec::new();
            }
        };
        if let Err((span, error)) = runner.begin_in(&world) {
            if error.code == Code::WithoutSql {
                report.verdict = Verdict::Skipped(WITHOUT_SQL.to_owned());
            } else {
                let at = line_column(&world.source, span.start).0;
                report.fault(*line, format!("{}:{at}: {}", world.path.display(), error.headline(&world.source)));
            }
            return Vec::new();
        }
    }
    let mut edits = Vec::new();
    let mut last = Span::default();
    for step in &transcript.steps {
        let done = match step.action {
            Action::Run(span) => {
                last = span;
                report.statements += 1;
                let must_fail = step.expected.of(Kind::Error);
                if must_fail.as_ref().is_some_and(|lines| fits_any_reason(lines)) {
                    report.warn(line_column(source, span.start).0, ANY_REASON);
                }
                let (output, error) = runner.run(source, span, (must_fail.is_some(), &step.expected.stages()));
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
                    Judged::Blessed(new, rewritten) => {
                        edits.extend(new);
                        report.rewritten.extend(rewritten);
                    }
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
    /// What makes its lines true, and how lines that said something differ.
    Blessed(Vec<Edit>, Vec<Difference>),
    Skip(String),
}

fn judge(step: &Step, span: Span, source: &str, gave: (&Output, Option<&Error>), mode: Mode) -> Judged {
    let (output, error) = gave;
    let mismatches = compare(&step.expected, output);
    if mismatches.is_empty() {
        return Judged::Met;
    }
    if error.is_some_and(|error| error.code == Code::WithoutSql) {
        return Judged::Skip(WITHOUT_SQL.to_owned());
    }
    let (mut edits, mut rewritten, mut differences) = (Vec::new(), Vec::new(), Vec::new());
    for mismatch in mismatches {
        match bless::edits(&step.expected, output, mismatch, mode, source) {
            Some(new) => {
                edits.extend(new);
                if bless::edits(&step.expected, output, mismatch, Mode::Fill, source).is_none() {
                    rewritten.push(difference(step, span, source, output, mismatch));
                }
            }
            None => differences.push(difference(step, span, source, output, mismatch)),
        }
    }
    if differences.is_empty() { Judged::Blessed(edits, rewritten) } else { Judged::Differs(differences) }
}

fn difference(step: &Step, span: Span, source: &str, output: &Output, mismatch: Mismatch) -> Difference {
    let (message, kind) = match mismatch {
        Mismatch::Failed => ("failed, but must succeed", Kind::Error),
        Mismatch::Succeeded if must_be_denied(step) => ("succeeded, but must be denied: LEAK", Kind::Error),
        Mismatch::Succeeded => ("succeeded, but must fail", Kind::Error),
        Mismatch::Lines(kind) if step.expected.is_to_fill(kind) => {
            ("has expected lines to be filled in with `--bless`", kind)
        }
        Mismatch::Lines(Kind::Data) => ("printed different data", Kind::Data),
        Mismatch::Lines(Kind::Status) => ("printed different status lines", Kind::Status),
        Mismatch::Lines(Kind::Error) => ("failed with a different error", Kind::Error),
        Mismatch::Lines(kind @ Kind::Stage(Stage::Access)) => ("has other accesses", kind),
        Mismatch::Lines(kind @ Kind::Stage(Stage::Flows)) => ("has other flows", kind),
        Mismatch::Lines(kind @ Kind::Stage(Stage::Why)) => ("is decided otherwise", kind),
    };
    let expected = step.expected.of(kind).unwrap_or_default();
    let statement = span.of(source).lines().next().unwrap_or_default().trim_end();
    let mut actual = output.held_against(kind, &expected);
    if kind == Kind::Error && expected.iter().any(|line| is_rule(line)) {
        actual.splice(0..0, output.rule);
    }
    let allowed = output.allowed.iter().filter(|_| mismatch == Mismatch::Succeeded);
    Difference::new(line_column(source, span.start).0, statement, message)
        .lines(kind, &expected, &actual)
        .because(allowed.map(|step| format!("  allowed by {step}")))
}

/// Whether a decision must refuse it, and not only anything.
fn must_be_denied(step: &Step) -> bool {
    let denials = [Code::Authorization, Code::AccessDenied].map(Code::number);
    let is_denial = |line: &&str| is_rule(line) || denials.iter().any(|code| line.contains(code));
    step.expected.of(Kind::Error).unwrap_or_default().iter().any(is_denial)
}

#[cfg(test)]
mod tests {
    use super::super::folder::Folder;
    use super::*;

    fn report(source: &str, mode: Mode) -> (FileReport, String) {
        let mut report = FileReport::new(Path::new("x.odps"));
        let edits = run_source(Path::new("x.odps"), source, &Options { mode, ..Options::default() }, &mut report);
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
        let (first, text) = report("-- A.\nwhoami;\n--> nope\nwhoami;\n", Mode::Rewrite);
        assert_eq!(first.verdict, Verdict::Passed);
        assert_eq!(report(&text, Mode::Check).0.verdict, Verdict::Passed);
        assert!(text.contains("--> Name"), "{text}");
        let source = "-- A.\nwhoami;\n--! x\nnonsense;\n";
        let (second, text) = report(source, Mode::Rewrite);
        assert!(matches!(second.verdict, Verdict::Failed(differences) if differences.len() == 2));
        assert_eq!(text, source);
    }

    #[test]
    fn a_file_in_which_something_else_is_wrong_is_not_written() {
        let folder = Folder::create().unwrap();
        let file = folder.path().join("x.odps");
        let blessed = |source: &str, mode: Mode| {
            fs::write(&file, source).unwrap();
            let report = run_file(&file, &Options { mode, ..Options::default() });
            (report, fs::read_to_string(&file).unwrap())
        };
        // Set-up that fails, a denial for another reason, a success that must fail: each with lines that could be filled in.
        for wrong in
            ["nonsense;\n", "use nowhere;\n--! FLW-4\n", "whoami;\n--! PRJ-1\n", "use nowhere;\n--! …\n--! FLW-4: x\n"]
        {
            let source = format!("-- A.\nwhoami;\n-->?\n{wrong}");
            for mode in [Mode::Fill, Mode::Rewrite] {
                let (report, text) = blessed(&source, mode);
                assert_eq!(text, source);
                assert!(report.withheld && !report.blessed && !report.differences().is_empty(), "{report:?}");
            }
        }
        let source = "-- A.\nwhoami;\n--> other\n";
        assert_eq!(blessed(source, Mode::Fill).1, source);
        let (report, text) = blessed(source, Mode::Rewrite);
        assert!(report.blessed && report.rewritten.len() == 1 && text != source);
        let (report, text) = blessed("-- A.\nwhoami;\n-->?\n", Mode::Fill);
        assert!(report.blessed && report.rewritten.is_empty() && text.contains("--> Name: "));
    }

    #[test]
    fn the_deciding_rule_can_be_expected_alone() {
        let (report, _) =
            report("-- A.\nuse nowhere;\n--! PRJ-1\nuse nowhere;\n--! …\nnonsense;\n--! PRJ-1\n", Mode::Check);
        assert_eq!(report.warnings.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [4]);
        assert_eq!(report.differences().iter().map(|difference| difference.line).collect::<Vec<_>>(), [6]);
    }

    #[test]
    fn a_leak_is_reported_with_what_allowed_it() {
        let (report, _) = report("-- A.\nshow tables;\n--! FLW-4\n", Mode::Check);
        let difference = &report.differences()[0];
        assert!(difference.message.contains("LEAK"), "{difference:?}");
        assert!(
            difference.shown.iter().any(|line| line.contains("allowed by ACC-2: List on project sandbox")),
            "{difference:?}"
        );
    }

    #[test]
    fn a_file_with_faults_does_not_run() {
        let (report, _) = report("whoami;", Mode::Check);
        assert_eq!(report.statements, 0);
        assert!(matches!(report.verdict, Verdict::Failed(_)));
    }

    #[test]
    fn what_is_inspected_changes_nothing() {
        let inspected = |tags: &str| {
            let source =
                format!("-- A.\ncreate table t (id bigint);\n{tags}drop table nope;\n{tags}--! …nope…\n.audit\n-->\n");
            report(&source, Mode::Rewrite)
                .1
                .lines()
                .filter(|line| line.starts_with("-->"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(inspected("--? access\n--? flows\n--? why\n"), inspected(""));
        assert_eq!(inspected("").len(), 2);
    }

    #[test]
    fn a_stage_that_differs_is_reported() {
        let (report, _) =
            report("-- A.\nwhoami;\n--? access\n--?   x\n--? flows\n--?   nothing\n--? why\n", Mode::Check);
        let messages: Vec<_> = report.differences().iter().map(|difference| difference.message.as_str()).collect();
        assert_eq!(messages, ["has other accesses", "has expected lines to be filled in with `--bless`"]);
        assert!(report.differences()[0].shown.contains(&"- --?   x".to_owned()), "{report:?}");
    }

    #[test]
    fn a_world_comes_before_the_first_statement() {
        let folder = Folder::create().unwrap();
        let (inner, worlds) = (folder.path().join("inner"), folder.path().join("worlds"));
        fs::create_dir_all(&inner).unwrap();
        fs::create_dir_all(&worlds).unwrap();
        for (name, text) in [
            ("good", "-- A.\n--@ account create ALIYUN$bob\n--@ user ALIYUN$bob\nwhoami;\n--> not compared here\n"),
            ("fails", "-- A.\n\nuse nowhere;\n"),
            ("expects_failure", "-- A.\nuse nowhere;\n--! PRJ-1\n"),
            ("nested", "-- A.\n--@ world good\n"),
            ("shells", "-- A.\nwhoami;\n--: shell 2\n"),
            ("broken", "whoami;\n"),
        ] {
            fs::write(worlds.join(format!("{name}.odps")), text).unwrap();
        }
        fs::create_dir(worlds.join("folder.odps")).unwrap();
        let file = inner.join("x.odps");
        let run = |name: &str| {
            fs::write(&file, format!("-- A.\n--@ world {name}\nwhoami;\n--> Name: ALIYUN$bob\n--> …\n")).unwrap();
            run_file(&file, &Options::default())
        };
        assert_eq!(run("good").verdict, Verdict::Passed);
        for (name, says) in [
            ("fails", "fails.odps:3: "),
            ("expects_failure", "expects_failure.odps:2: "),
            ("nested", "another world"),
            ("shells", "one session"),
            ("broken", "line 1: the first line"),
            ("nope", "there is no world `nope`"),
            ("folder", "is not a regular file"),
        ] {
            let report = run(name);
            let found = report.differences();
            assert!(found.len() == 1 && found[0].line == 2 && found[0].message.contains(says), "{name}: {report:?}");
        }
    }
}
