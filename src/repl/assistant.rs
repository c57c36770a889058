use std::borrow::Cow;
use std::cell::RefCell;

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::SearchDirection;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper, Result};

use super::candidates::candidates;
use super::colour::coloured;
use super::place::{FileKind, place};
use crate::shell::Session;
use crate::syntax::{Completeness, is_complete};

/// What helps while a line is typed.
pub struct Assistant<'r, 's> {
    session: &'r RefCell<&'s mut Session>,
    colour: bool,
    files: FilenameCompleter,
    /// The lines of the input that were typed already, with their line ends.
    pub before: String,
    /// Whether the line is the answer to a question: then there is nothing to help with.
    pub asking: bool,
}

impl<'r, 's> Assistant<'r, 's> {
    /// Helps in this session; without colour, hints are left out too: they would look as if they were typed.
    pub fn new(session: &'r RefCell<&'s mut Session>, colour: bool) -> Self {
        Self { session, colour, files: FilenameCompleter::new(), before: String::new(), asking: false }
    }

    fn file_names(&self, kind: FileKind, line: &str, pos: usize) -> Result<(usize, Vec<Pair>)> {
        let (start, mut found) = self.files.complete_path(line, pos)?;
        // Outside of quotes, a statement knows no backslash that protects a blank.
        found.retain(|pair| !pair.replacement.contains('\\'));
        let typed = line.get(start..pos).unwrap_or_default();
        if kind == FileKind::Policy && !typed.contains('/') {
            let names = self.session.borrow().policy_names(typed);
            found.extend(names.into_iter().map(|name| Pair { display: name.clone(), replacement: name }));
        }
        Ok((start, found))
    }
}

impl Helper for Assistant<'_, '_> {}

impl Completer for Assistant<'_, '_> {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        let all = format!("{}{line}", self.before);
        let Some(place) = (!self.asking).then(|| place(&all, self.before.len() + pos)).flatten() else {
            return Ok((pos, Vec::new()));
        };
        if let Some(kind) = place.file {
            return self.file_names(kind, line, pos);
        }
        let mut found = candidates(&place, &self.session.borrow());
        // The only keyword is typed to its end, as the client does; behind a name there may be a `,` or `;`.
        if let ([keyword], []) = (found.keywords.as_mut_slice(), found.names.as_slice()) {
            keyword.push(' ');
        }
        let pairs = found.names.into_iter().chain(found.keywords);
        let pairs = pairs.map(|text| Pair { display: text.trim_end().to_owned(), replacement: text }).collect();
        Ok((pos - place.word.len(), pairs))
    }
}

impl Hinter for Assistant<'_, '_> {
    type Hint = String;

    /// The end of the last input that began so.
    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<String> {
        if self.asking || !self.colour || pos < line.len() || line.trim().is_empty() {
            return None;
        }
        let typed = format!("{}{line}", self.before);
        let history = context.history();
        let last = history.len().checked_sub(1)?;
        let found = history.starts_with(&typed, last, SearchDirection::Reverse).ok()??;
        let hint = found.entry.get(typed.len()..).filter(|hint| !hint.is_empty() && !hint.contains('\n'))?;
        Some(hint.to_owned())
    }
}

impl Highlighter for Assistant<'_, '_> {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        match coloured(&self.before, line) {
            Some(text) if !self.asking => Cow::Owned(text),
            _ => Cow::Borrowed(line),
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\x1b[2m{hint}\x1b[0m"))
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.colour && !self.asking
    }
}

impl Validator for Assistant<'_, '_> {
    /// An open line goes to the second prompt; an open text of several lines, recalled or pasted, goes on where it stands.
    fn validate(&self, context: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        let line = context.input();
        if self.asking || !line.contains('\n') {
            return Ok(ValidationResult::Valid(None));
        }
        Ok(match is_complete(&format!("{}{line}", self.before)) {
            Completeness::Incomplete => ValidationResult::Incomplete,
            Completeness::Complete | Completeness::Invalid(_) => ValidationResult::Valid(None),
        })
    }
}
