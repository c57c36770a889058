use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustyline::error::ReadlineError;
use rustyline::{
    Behavior, Cmd, ColorMode, CompletionType, ConditionalEventHandler, Config, Editor, Event, EventContext,
    EventHandler, KeyEvent, RepeatCount,
};

use super::assistant::Assistant;
use super::history::{History, Memory};
use super::question::{answer, question};
use super::screen::Screen;
use crate::error::{Code, Error, Result};
use crate::render::RenderError;
use crate::shell::{self, Session, Stopped};
use crate::syntax::{self, Completeness, Piece, Statement, session};

/// The second prompt. Source: odpscmd.
const CONTINUED: &str = "missing semicolon> ";

/// Talks with the person at the terminal until they leave.
///
/// `quit`, Ctrl-D, and Ctrl-C on an empty line leave; Ctrl-C drops what was typed, and stops what runs. An error drops the rest
/// of its input and nothing else. Source: odpscmd.
///
/// # Errors
/// Data cannot be written, or the terminal cannot be read.
pub fn run(session: &mut Session, screen: &mut dyn Screen, history: Option<&Path>) -> io::Result<()> {
    let cancel = session.cancel_handle();
    let colour = screen.style().colour;
    let session = RefCell::new(session);
    let typing = Arc::new(AtomicBool::new(false));
    let mut memory = Memory::new(history);
    let mut editor = editor(Assistant::new(&session, colour), colour, &typing).map_err(unreadable)?;
    if let Err(why) = memory.recall(&mut editor) {
        screen.note(&format!("warning: the history is not saved: {why}"))?;
    }
    loop {
        let input = match read_input(&mut editor, &session, &typing) {
            Ok(Read::Text(input)) => input,
            Ok(Read::Dropped) => continue,
            Ok(Read::NotText) => {
                screen.note("The input is not UTF-8 and was dropped: set the terminal to UTF-8.")?;
                continue;
            }
            Ok(Read::Left) => return Ok(()),
            Err(error) => return Err(unreadable(error)),
        };
        if memory.keep(&mut editor, &input) {
            session.borrow_mut().note_input(&input);
        }
        cancel.store(false, Ordering::SeqCst);
        if let Err(stopped) = run_input(&mut editor, &session, screen, &input) {
            let mut session = session.borrow_mut();
            let error = match stopped.error {
                RenderError::Statement(error) => error,
                // Without its reader there is nobody to talk with; a file of `.output` is another thing.
                RenderError::Writer(error) if session.output().is_none() => return Err(error),
                RenderError::Writer(error) => Error::new(Code::File, format!("cannot write: {}", error.kind())),
            };
            screen.failure(&mut session, &Stopped { error, file: stopped.file }, &input)?;
        }
        if session.borrow().wants_quit() {
            return screen.note("");
        }
    }
}

/// What came of asking for an input.
enum Read {
    /// One or more whole statements.
    Text(String),
    /// Ctrl-C on something.
    Dropped,
    /// Bytes that are no text.
    NotText,
    /// Ctrl-D, or Ctrl-C on nothing.
    Left,
}

type PromptEditor<'r, 's> = Editor<Assistant<'r, 's>, History>;

fn editor<'r, 's>(
    assistant: Assistant<'r, 's>,
    colour: bool,
    typing: &Arc<AtomicBool>,
) -> rustyline::Result<PromptEditor<'r, 's>> {
    let config = Config::builder()
        // Results may go into a pipe; the prompt stays with the person.
        .behavior(Behavior::PreferTerm)
        .color_mode(if colour { ColorMode::Enabled } else { ColorMode::Disabled })
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .history_ignore_space(true)
        .max_history_size(10_000)?
        .build();
    let history = History::with_config(&config);
    let mut editor = Editor::with_history(config, history)?;
    editor.set_helper(Some(assistant));
    let noted = EventHandler::Conditional(Box::new(Noted { typing: Arc::clone(typing) }));
    editor.bind_sequence(Event::from(KeyEvent::ctrl('C')), noted);
    Ok(editor)
}

/// Notes at Ctrl-C whether anything was typed.
struct Noted {
    typing: Arc<AtomicBool>,
}

impl ConditionalEventHandler for Noted {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        self.typing.store(!context.line().is_empty(), Ordering::SeqCst);
        Some(Cmd::Interrupt)
    }
}

/// The first prompt: the project, and where names have schemas, the current schema. Source: odpscmd.
fn prompt(session: &Session) -> String {
    let project = session.project().unwrap_or_default();
    match session.schema() {
        Some(schema) if !project.is_empty() => format!("{project}.{schema}>"),
        _ => format!("{project}>"),
    }
}

/// Reads lines until they are whole statements.
fn read_input(
    editor: &mut PromptEditor<'_, '_>,
    session: &RefCell<&mut Session>,
    typing: &AtomicBool,
) -> rustyline::Result<Read> {
    let prompt = prompt(&session.borrow());
    let mut input = String::new();
    loop {
        let prompt = if input.is_empty() { prompt.as_str() } else { CONTINUED };
        typing.store(false, Ordering::SeqCst);
        match editor.readline(&(prompt, format!("\x1b[1;32m{prompt}\x1b[0m"))) {
            Ok(line) => input.push_str(&line),
            Err(ReadlineError::Interrupted) if typing.load(Ordering::SeqCst) || !input.is_empty() => {
                say_typed(editor, "");
                return Ok(Read::Dropped);
            }
            Err(ReadlineError::Interrupted | ReadlineError::Eof) => return Ok(Read::Left),
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                say_typed(editor, "");
                return Ok(Read::NotText);
            }
            Err(error) => return Err(error),
        }
        if input.trim().is_empty() {
            return Ok(Read::Dropped);
        }
        if !matches!(syntax::is_complete(&input), Completeness::Incomplete) {
            say_typed(editor, "");
            return Ok(Read::Text(input));
        }
        input.push('\n');
        say_typed(editor, &input);
    }
}

fn say_typed(editor: &mut PromptEditor<'_, '_>, input: &str) {
    if let Some(assistant) = editor.helper_mut() {
        assistant.before = input.to_owned();
    }
}

/// Runs the statements of an input up to the first error, or to the first that the person takes back.
fn run_input(
    editor: &mut PromptEditor<'_, '_>,
    session: &RefCell<&mut Session>,
    screen: &mut dyn Screen,
    input: &str,
) -> Result<(), Stopped<RenderError>> {
    let written = |error: io::Error| Stopped { error: RenderError::Writer(error), file: None };
    for piece in &shell::parse(input)?.pieces {
        if let Some(question) = question(piece.span.of(input))
            && !confirmed(editor, &question)
        {
            return Ok(());
        }
        let mut session = session.borrow_mut();
        session.run_through(piece, input, &mut |session, outcome| screen.show(session, outcome))?;
        if uses(piece) {
            session.context_block().iter().try_for_each(|line| screen.note(line)).map_err(written)?;
        }
    }
    Ok(())
}

fn uses(piece: &Piece) -> bool {
    matches!(piece.statement, Statement::Session(session::Statement::Use { .. }))
}

/// Asks until the answer is one; leaving the question is a no.
fn confirmed(editor: &mut PromptEditor<'_, '_>, question: &str) -> bool {
    let ask = |editor: &mut PromptEditor<'_, '_>, asking| {
        if let Some(assistant) = editor.helper_mut() {
            assistant.asking = asking;
        }
    };
    ask(editor, true);
    let yes = loop {
        match editor.readline(question) {
            Ok(line) => {
                if let Some(yes) = answer(&line) {
                    break yes;
                }
            }
            Err(_) => break false,
        }
    };
    ask(editor, false);
    yes
}

fn unreadable(error: ReadlineError) -> io::Error {
    io::Error::other(format!("cannot read from the terminal: {error}"))
}
