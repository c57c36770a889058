use crate::model::OutputMode;

/// What stands behind a writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Target {
    /// A terminal: control characters are shown escaped, so that data cannot steer it.
    Terminal,
    /// A file or a pipe: bytes pass as they are.
    #[default]
    File,
}

/// How to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// The output mode of data.
    pub mode: OutputMode,
    /// What data is written to.
    pub data: Target,
    /// What status words and errors are written to.
    pub status: Target,
    /// Whether words such as `FAILED:` are coloured; only ever on a terminal.
    pub colour: bool,
    /// Whether the trail of a denial is shown behind it even where no person looks on.
    pub trails: Option<bool>,
}
