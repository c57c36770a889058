/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputMode {
    /// As the client writes them: frames and padding.
    #[default]
    Table,
    /// Comma-separated values with a head.
    Csv,
    /// One array of objects for each result.
    Json,
    /// One object a line.
    Ndjson,
    /// A Markdown table.
    Markdown,
}

impl OutputMode {
    /// Every mode.
    pub const ALL: [OutputMode; 5] = [Self::Table, Self::Csv, Self::Json, Self::Ndjson, Self::Markdown];

    /// The word that `.mode` and `--output` take.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Markdown => "markdown",
        }
    }

    /// The mode of this name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name().eq_ignore_ascii_case(name))
    }
}
