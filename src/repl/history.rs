use std::fs::{self, DirBuilder};
use std::path::{Path, PathBuf};

use rustyline::history::FileHistory;
use rustyline::{Editor, Helper};

use crate::text::gives_away;

/// What the editor keeps of a conversation.
pub type History = FileHistory;

/// Longest input that is kept, in bytes.
const LONGEST: usize = 64 * 1024;

/// The file that inputs are kept in from one conversation to the next.
///
/// Whole inputs are kept, over several lines as they were typed; `!` means nothing. Inputs that give a secret away, or start
/// with a blank, are not kept. Only its owner may read the file. Source: odpscmd; forgetting secrets is chosen.
pub struct Memory {
    file: Option<PathBuf>,
}

impl Memory {
    /// Keeps inputs in this file; without one, only as long as the process lives.
    pub fn new(file: Option<&Path>) -> Self {
        Self { file: file.map(Path::to_owned) }
    }

    /// Takes up what was kept before. If that fails, nothing is written either.
    ///
    /// # Errors
    /// Why the file cannot be used.
    pub fn recall<H: Helper>(&mut self, editor: &mut Editor<H, History>) -> Result<(), String> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let why = |error: &dyn std::fmt::Display| format!("`{}`: {error}", file.display());
        if let Some(folder) = file.parent() {
            private_folder().create(folder).map_err(|error| why(&error.kind()))?;
        }
        match fs::metadata(&file) {
            Ok(data) if !data.is_file() => return Err(why(&"it is not a regular file")),
            Ok(_) => editor.load_history(&file).map_err(|error| why(&error))?,
            Err(_) => {}
        }
        self.file = Some(file);
        Ok(())
    }

    /// Keeps an input, at once on disk: who ends the process, or another shell beside it, loses none. Tells whether it is kept.
    pub fn keep<H: Helper>(&self, editor: &mut Editor<H, History>, input: &str) -> bool {
        if input.len() > LONGEST || gives_away(input) || input.starts_with(char::is_whitespace) {
            return false;
        }
        // A history that cannot be written must not stop anything.
        let _ = editor.add_history_entry(input);
        if let Some(file) = &self.file {
            let _ = editor.append_history(file);
        }
        true
    }
}

fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true);
    builder
}
