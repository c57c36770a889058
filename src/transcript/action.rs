use crate::text::Span;

/// What a step of a transcript does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Runs the statement that stands here, its `;` included.
    Run(Span),
    /// Goes on in the session of this number.
    Shell(u32),
    /// Closes all sessions and opens the state again.
    Reopen,
}

impl Action {
    /// Reads what stands behind `--:`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["reopen"] => Some(Self::Reopen),
            ["shell", number] => number.parse().ok().filter(|number| *number > 0).map(Self::Shell),
            _ => None,
        }
    }
}
