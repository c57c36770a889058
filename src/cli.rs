//! The command line: options, configuration file, environment; what is run, and the exit code.
//!
//! The only room that reads the environment and asks what a terminal is. Knows no statement.
//!
//! | exit code | when |
//! | --- | --- |
//! | 0 | all went well, or nobody reads the output any more |
//! | 1 | an error; what ran before it stays |
//! | 2 | wrong options |
//! | 130 | stopped by Ctrl-C |
//!
//! Source: odpscmd; 2 instead of 1 for wrong options is chosen.

mod config;
mod console;
mod foreign;
mod input;
mod interrupt;
mod options;
mod script;
mod size;
mod start;

use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::command::Outcome;
use crate::error::Result;
use crate::render::RenderError;
use crate::repl::{self, Screen as _};
use crate::shell::{self, AuditExport, Session, World};
use crate::transcript;

use console::Console;
use input::Input;
use options::{Arguments, AuditCommand, Command, ExportArguments, TestArguments};

/// How often `odpsh audit export --follow` looks for further records.
const FOLLOW: Duration = Duration::from_millis(200);

/// Runs the program; gives back its exit code.
///
/// # Errors
/// Standard output cannot be written, for another reason than that its reader is gone.
pub fn run(arguments: impl Iterator<Item = OsString>) -> io::Result<u8> {
    let parsed = match Arguments::read(arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Nobody reads it: nothing to do about it.
            let _ = error.print();
            return Ok(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let (mut stdout, mut stderr) = (io::stdout().lock(), io::stderr());
    let mut console = Console::new(&mut stdout, &mut stderr);
    let ended = match &parsed.command {
        Some(Command::Test(test)) => run_tests(&parsed, test, &mut console),
        Some(Command::Check(check)) => {
            show(&parsed, &mut console, |options| shell::check(&options, check.head.as_ref()))
        }
        Some(Command::Audit(AuditCommand::Head)) => show(&parsed, &mut console, |options| shell::audit_head(&options)),
        Some(Command::Audit(AuditCommand::Export(export))) => export_audit(&parsed, export, &mut console),
        None => start(&parsed, &mut console),
    };
    match ended {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(0),
        other => other,
    }
}

/// `odpsh`, `odpsh -e`, `odpsh -f`, `… | odpsh`.
fn start(arguments: &Arguments, console: &mut Console<'_>) -> io::Result<u8> {
    let input = match input::choose(arguments) {
        Ok(input) => input,
        Err(error) => return console.fail(&error, ""),
    };
    let options = match start::options(arguments, &input) {
        Ok(options) => options,
        Err(error) => return console.fail(&error, ""),
    };
    for note in &arguments.notes {
        console.note(note)?;
    }
    if let Some(warning) = start::config(arguments).ok().and_then(|config| config.warning) {
        console.warn(&warning)?;
    }
    let Input::Script { source, .. } = &input else { return prompt(options, console) };
    let script = match shell::parse(source).and_then(|script| script::from_statement(script, arguments.skip)) {
        Ok(script) => script,
        Err(error) => return console.fail(&error, source),
    };
    let mut session = match Session::open(World::real(), options) {
        Ok(session) => session,
        Err(error) => return console.fail(&error, source),
    };
    // The prompt's banner says so; here a mistyped name would pass for the state that was meant.
    if let Some(file) = session.new_state() {
        console.warn(&format!("`{}` did not exist: created a new state", file.display()))?;
    }
    script::run(&mut session, &script, source, console)
}

fn prompt(options: shell::Options, console: &mut Console<'_>) -> io::Result<u8> {
    let opened = Session::open(World::real(), options).and_then(|session| {
        interrupt::install(session.cancel_handle())?;
        Ok(session)
    });
    let mut session = match opened {
        Ok(opened) => opened,
        Err(error) => return console.fail(&error, ""),
    };
    for line in session.banner() {
        console.note(&line)?;
    }
    console.warnings(&mut session)?;
    let ended = repl::run(&mut session, console, start::history().as_deref());
    // Before anything is said about the end, what was acknowledged is on disk.
    if let Err(error) = session.finish() {
        console.fail(&error, "")?;
        return ended.map(|()| 1);
    }
    ended.map(|()| 0)
}

/// `odpsh check`, `odpsh audit head`.
fn show(
    arguments: &Arguments,
    console: &mut Console<'_>,
    run: impl FnOnce(shell::Options) -> Result<Outcome>,
) -> io::Result<u8> {
    let rendered = match start::options(arguments, &Input::Prompt).and_then(run) {
        Ok(outcome) => console.renderer(arguments.mode()).outcome(outcome),
        Err(error) => Err(RenderError::Statement(error)),
    };
    match rendered {
        Ok(()) => Ok(0),
        Err(RenderError::Statement(error)) => console.fail(&error, ""),
        Err(RenderError::Writer(error)) => Err(error),
    }
}

/// `odpsh audit export`.
fn export_audit(arguments: &Arguments, export: &ExportArguments, console: &mut Console<'_>) -> io::Result<u8> {
    let cancel = Arc::new(AtomicBool::new(false));
    let begun = start::options(arguments, &Input::Prompt).and_then(|options| {
        interrupt::install(Arc::clone(&cancel))?;
        AuditExport::begin(&options, export.since, export.follow)
    });
    let mut records = match begun {
        Ok(records) => records,
        Err(error) => return console.fail(&error, ""),
    };
    while !cancel.load(Ordering::SeqCst) {
        let lines = match records.next_lines() {
            Ok(lines) => lines,
            Err(error) => return console.fail(&error, ""),
        };
        lines.iter().try_for_each(|line| writeln!(console.data(), "{line}"))?;
        console.data().flush()?;
        match (lines.is_empty(), export.follow) {
            (true, false) => return Ok(0),
            (true, true) => thread::sleep(FOLLOW),
            (false, _) => {}
        }
    }
    Ok(interrupt::STOPPED)
}

/// `odpsh test`.
fn run_tests(arguments: &Arguments, test: &TestArguments, console: &mut Console<'_>) -> io::Result<u8> {
    let options = transcript::Options { policies: start::policies(arguments), mode: test.bless.unwrap_or_default() };
    let reports = match transcript::find(&test.paths).and_then(|files| transcript::run(&files, &options)) {
        Ok(reports) => reports,
        Err(error) => return console.fail(&error, ""),
    };
    let mut text = Vec::new();
    transcript::write(&reports, test.format, &mut text)?;
    console.data().write_all(&text)?;
    console.data().flush()?;
    Ok(u8::from(reports.iter().any(|report| !report.differences().is_empty())))
}
