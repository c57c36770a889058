use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::console::Console;
use super::interrupt;
use crate::error::{Code, Error, Result};
use crate::render::RenderError;
use crate::repl::Screen as _;
use crate::shell::{Session, Stopped};
use crate::syntax::{Piece, Script};
use crate::text::line_column;

/// The script from its n-th statement on; nothing, 1 or less means all.
///
/// Source: odpscmd, `-k`.
///
/// # Errors
/// There are fewer statements.
pub fn from_statement(mut script: Script, first: Option<i64>) -> Result<Script> {
    let skipped = usize::try_from(first.unwrap_or(1).saturating_sub(1).max(0)).unwrap_or(usize::MAX);
    let count = script.pieces.len();
    if skipped > 0 && skipped >= count {
        let message = format!("invalid NUM for option k, total query count include empty query: {count}");
        return Err(Error::new(Code::Setting, message).help(format!("give -k a number from 1 to {count}")));
    }
    script.pieces.drain(..skipped);
    Ok(script)
}

/// Runs the statements of a script one after the other up to the first error; gives back the exit code.
///
/// A `quit` lets the statements behind it run. Source: odpscmd.
///
/// # Errors
/// The data cannot be written. What ran is on disk even then.
pub fn run(session: &mut Session, script: &Script, source: &str, console: &mut Console<'_>) -> io::Result<u8> {
    let cancel = session.cancel_handle();
    if let Err(error) = interrupt::install(Arc::clone(&cancel)) {
        return console.fail(&error, source);
    }
    for (span, warning) in &script.warnings {
        let (line, column) = line_column(source, span.start);
        console.warn(&format!("[{line},{column}] {warning}"))?;
    }
    console.warnings(session)?;
    let ran = run_all(session, &script.pieces, source, &cancel, console);
    // Before anything is said about the end, what was acknowledged is on disk.
    let finished = session.finish();
    let mut code = match ran {
        Ok(()) => 0,
        Err(Stopped { error: RenderError::Writer(error), .. }) => {
            if let Err(error) = finished {
                console.fail(&error, source)?;
            }
            return Err(error);
        }
        Err(Stopped { error: RenderError::Statement(error), file }) => {
            let code = error.code;
            console.failure(session, &Stopped { error, file }, source)?;
            let stopped = code == Code::Cancelled && cancel.load(Ordering::SeqCst);
            if stopped { interrupt::STOPPED } else { 1 }
        }
    };
    // What stopped the script is told; a disk that is full would only say so twice.
    if let Err(error) = finished
        && code == 0
    {
        code = console.fail(&error, source)?;
    }
    Ok(code)
}

fn run_all(
    session: &mut Session,
    pieces: &[Piece],
    source: &str,
    cancel: &AtomicBool,
    console: &mut Console<'_>,
) -> Result<(), Stopped<RenderError>> {
    let mut show = |session: &mut Session, outcome| console.show(session, outcome);
    for (place, piece) in pieces.iter().enumerate() {
        if cancel.load(Ordering::SeqCst) {
            return Err(session.stopped_by_user(&mut show));
        }
        session.announce(piece, pieces.get(place + 1));
        let ran = session.run_through(piece, source, &mut show);
        // In a script of many statements, an error without a place of its own says which one it was.
        ran.map_err(|stopped| match stopped {
            Stopped { error: RenderError::Statement(error), file: None } if pieces.len() > 1 => {
                Stopped::from(error.at(piece.span))
            }
            other => other,
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax;

    #[test]
    fn k_counts_statements_from_one() {
        let left = |first| {
            let script = syntax::parse("use a; ; use b; whoami;").unwrap();
            from_statement(script, first).map(|script| script.pieces.len())
        };
        for (first, count) in [(None, 3), (Some(i64::MIN), 3), (Some(0), 3), (Some(1), 3), (Some(2), 2), (Some(3), 1)] {
            assert_eq!(left(first).unwrap(), count, "{first:?}");
        }
        assert!(left(Some(4)).unwrap_err().message.ends_with("empty query: 3"));
        assert!(left(Some(i64::MAX)).is_err());
        assert!(from_statement(Script::default(), None).is_ok());
    }
}
