//! Every transcript in `tests/golden` holds, each as a test of its own, and together they leave nothing out.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use odpsh::error::Code;
use odpsh::security::Rule;
use odpsh::syntax::{self, Statement, grammar};
use odpsh::transcript::{self, Action, FileReport, Format, Kind, Mode, Transcript, Verdict};

/// A test of all transcripts.
type Check = fn() -> Tested;

type Tested = Result<(), Box<dyn Error>>;

/// One transcript, as it stands in its file.
struct File {
    path: PathBuf,
    source: String,
    transcript: Transcript,
}

impl File {
    /// The statements that parse, each on its own.
    fn statements(&self) -> impl Iterator<Item = (&str, Statement)> {
        let text = |action: &Action| match action {
            Action::Run(span) => Some(span.of(&self.source)),
            Action::Shell(_) | Action::Reopen => None,
        };
        self.transcript.steps.iter().filter_map(move |step| text(&step.action)).flat_map(|text| {
            let pieces = syntax::parse(text).map(|script| script.pieces).unwrap_or_default();
            pieces.into_iter().map(move |piece| (text, piece.statement))
        })
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files() -> Result<Vec<File>, Box<dyn Error>> {
    let read = |path: PathBuf| {
        let source = fs::read_to_string(&path)?;
        let transcript = Transcript::read(&source);
        Ok(File { path, source, transcript })
    };
    transcript::find(&[root().join("tests/golden")])?.into_iter().map(read).collect()
}

/// The text of all test sources.
fn test_sources() -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    let mut folders = vec![root().join("tests/it")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(path)?);
            }
        }
    }
    Ok(text)
}

fn report(reports: &[FileReport]) -> Result<String, Box<dyn Error>> {
    let mut text = Vec::new();
    transcript::write(reports, Format::Plain, &mut text)?;
    Ok(String::from_utf8(text)?)
}

/// Runs one transcript.
fn holds(path: &Path) -> Tested {
    let options = transcript::Options { policies: vec![root().join("policies")], mode: Mode::Check };
    let reports = transcript::run(&[path.to_owned()], &options)?;
    let text = report(&reports)?;
    for report in &reports {
        let is_skipped = matches!(report.verdict, Verdict::Skipped(_));
        let holds = report.differences().is_empty() && report.warnings.is_empty();
        assert!(holds, "\n{text}");
        assert!(!is_skipped || cfg!(not(feature = "sql")), "it is skipped although there is SQL:\n{text}");
    }
    Ok(())
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    // Functions of users run in this program, started anew.
    if let Some(code) = odpsh::sandbox::play(&mut std::env::args_os()) {
        return Ok(code);
    }
    let mut trials = Vec::new();
    let has_python = cfg!(target_os = "linux")
        && Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    for File { path, source, .. } in files()? {
        let name = path.strip_prefix(root().join("tests/golden"))?.with_extension("").display().to_string();
        if !has_python && source.contains("tests/golden/files/python/") {
            // The name says why, because it is what is printed.
            let skipped = format!("{name} (needs Python 3, which this machine does not have)");
            trials.push(trial(skipped, || Ok(())).with_ignored_flag(true));
            continue;
        }
        trials.push(trial(name, move || holds(&path)));
    }
    let all: [(&str, Check); 5] = [
        ("statements_print_as_what_they_were_read_from", statements_print_as_what_they_were_read_from),
        ("every_production_is_in_some_transcript", every_production_is_in_some_transcript),
        ("every_policy_file_is_in_some_transcript", every_policy_file_is_in_some_transcript),
        ("every_error_code_is_in_some_test", every_error_code_is_in_some_test),
        ("every_rule_is_in_some_explanation", every_rule_is_in_some_explanation),
    ];
    trials.extend(all.map(|(name, test)| trial(name.to_owned(), test)));
    Ok(libtest_mimic::run(&Arguments::from_args(), trials).exit_code())
}

fn trial(name: String, test: impl FnOnce() -> Tested + Send + 'static) -> Trial {
    Trial::test(name, move || test().map_err(|error| Failed::from(error.to_string())))
}

fn statements_print_as_what_they_were_read_from() -> Tested {
    for file in files()? {
        for (text, statement) in file.statements() {
            let printed = statement.to_string();
            let again = syntax::parse(&printed).map(|script| script.pieces);
            let same = matches!(again.as_deref(), Ok([piece]) if piece.statement == statement);
            assert!(same, "{}: `{text}` prints as `{printed}`, which reads as {again:?}", file.path.display());
        }
    }
    Ok(())
}

fn every_production_is_in_some_transcript() -> Tested {
    let mut used = BTreeSet::new();
    for file in files()? {
        used.extend(file.statements().map(|(_, statement)| statement.production().to_string()));
    }
    let missing: Vec<&str> = grammar::productions()
        .iter()
        .filter(|production| production.built)
        .map(|production| production.name.as_str())
        .filter(|name| !used.contains(*name))
        .collect();
    assert!(missing.is_empty(), "no transcript uses {missing:?}");
    Ok(())
}

fn every_policy_file_is_in_some_transcript() -> Tested {
    let texts: String = files()?.into_iter().map(|file| file.source).collect();
    let mut missing = Vec::new();
    for entry in fs::read_dir(root().join("policies"))? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if stem != "README" && !texts.contains(&stem) {
            missing.push(path);
        }
    }
    assert!(missing.is_empty(), "no transcript uses {missing:?}");
    Ok(())
}

fn every_error_code_is_in_some_test() -> Tested {
    let mut texts = test_sources()?;
    for file in files()? {
        let errors = file.transcript.steps.iter().filter_map(|step| step.expected.of(Kind::Error)).flatten();
        texts.extend(errors.flat_map(|line| [line, "\n"]));
    }
    // An internal error is a mistake of the program: a statement that reaches one is mended, not tested for.
    let reachable = Code::ALL.into_iter().filter(|code| *code != Code::Internal);
    let missing: Vec<&str> = reachable.map(Code::number).filter(|number| !texts.contains(number)).collect();
    assert!(missing.is_empty(), "no test sees {missing:?}");
    Ok(())
}

fn every_rule_is_in_some_explanation() -> Tested {
    let files = files()?;
    let expected = files.iter().flat_map(|file| file.source.lines()).filter(|line| line.starts_with("--"));
    let is_in = |rule: &Rule, line: &str| {
        let (id, text) = (rule.id(), line.get(3..).unwrap_or_default().trim());
        // A step of an explanation, a verdict, or what an error is expected to be denied by.
        text.starts_with(&format!("{id}: "))
            || text.starts_with(&format!("Denied by {id}:"))
            || text == id && line.starts_with("--!")
    };
    let expected: Vec<&str> = expected.collect();
    let missing: Vec<&str> =
        Rule::ALL.iter().filter(|rule| !expected.iter().any(|line| is_in(rule, line))).map(|rule| rule.id()).collect();
    assert!(missing.is_empty(), "no transcript expects an explanation by {missing:?}");
    Ok(())
}
