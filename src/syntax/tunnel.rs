//! `tunnel upload`, `download`, `resume`, `show`, `purge`, `help`, and the older `upload … from`, `download … to`.

mod marks;
mod options;
mod read;
mod spelling;
mod usage;

use std::fmt;

use super::parser::Name;
use super::phrase::Spec;
use super::statement::{FileName, TableName};
use super::table::PartitionValues;
use super::token::text_literal;
use crate::text::Span;

pub use options::{Chosen, DownloadOptions, Given, Options, Scan, TextOptions, UploadOptions};
pub use read::statement;
pub use usage::usage;

/// A statement about transfers between tables and text files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `tunnel upload <path> <table>[/<partition>] …`
    Upload {
        /// A file, or a folder of files.
        path: FileName,
        /// Where its records go.
        target: Target,
        /// What is given besides.
        options: Options,
    },
    /// `tunnel download <table>[/<partition>] <path> …`
    Download {
        /// Where the records come from.
        source: Source,
        /// The file that is written.
        path: FileName,
        /// What is given besides.
        options: Options,
    },
    /// `tunnel resume [<id>] [-force]`
    Resume {
        /// The upload; without it, the last one.
        session: Option<SessionId>,
        /// From the beginning.
        force: bool,
    },
    /// `tunnel show history [-n <number>]`
    ShowHistory {
        /// Most transfers that are listed.
        number: Option<u64>,
    },
    /// `tunnel show log [<id>]`
    ShowLog {
        /// The transfer; without it, the last one.
        session: Option<SessionId>,
    },
    /// `tunnel show bad [<id>]`
    ShowBad {
        /// The upload; without it, the last one.
        session: Option<SessionId>,
    },
    /// `tunnel purge [<days>]`
    Purge {
        /// How long ago they began at least.
        days: Option<u64>,
    },
    /// `tunnel help [<command>]`
    Help {
        /// One of its commands.
        command: Option<Command>,
    },
}

/// A table, or one partition of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The table.
    pub table: TableName,
    /// Values of its partition columns.
    pub partition: Option<PartitionValues>,
}

/// Where a download's records come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A table, partition or view.
    Table(Target),
    /// The result of a job: `instance://[<project>/]<id>`.
    Instance {
        /// The project that the job ran in; without it, the current one.
        project: Option<Name>,
        /// The job.
        id: SessionId,
    },
}

/// The id of a transfer, or of a job.
#[derive(Debug, Clone)]
pub struct SessionId {
    /// The id, as typed.
    pub text: String,
    /// Its position.
    pub span: Span,
}

impl PartialEq for SessionId {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for SessionId {}

/// The commands of tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `upload`, `u`
    Upload,
    /// `download`, `d`
    Download,
    /// `resume`, `r`
    Resume,
    /// `show`, `s`
    Show,
    /// `purge`, `p`
    Purge,
    /// `help`, `h`
    Help,
}

impl Command {
    /// Every command.
    pub const ALL: [Self; 6] = [Self::Upload, Self::Download, Self::Resume, Self::Show, Self::Purge, Self::Help];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Resume => "resume",
            Self::Show => "show",
            Self::Purge => "purge",
            Self::Help => "help",
        }
    }

    /// The command of this name or of its first letter, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| {
            word.eq_ignore_ascii_case(command.name())
                || command.name().get(..1).is_some_and(|letter| word.eq_ignore_ascii_case(letter))
        })
    }
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Upload { .. } => "tunnel-upload",
            Self::Download { .. } => "tunnel-download",
            Self::Resume { .. } => "tunnel-resume",
            Self::ShowHistory { .. } | Self::ShowLog { .. } | Self::ShowBad { .. } => "tunnel-show",
            Self::Purge { .. } => "tunnel-purge",
            Self::Help { .. } => "tunnel-help",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upload { path, target, options } => write!(f, "tunnel upload {path} {target}{options}"),
            Self::Download { source, path, options } => write!(f, "tunnel download {source} {path}{options}"),
            Self::Resume { session, force } => {
                write!(f, "tunnel resume{}", Optional(session))?;
                f.write_str(if *force { " -force" } else { "" })
            }
            Self::ShowHistory { number: None } => f.write_str("tunnel show history"),
            Self::ShowHistory { number: Some(number) } => write!(f, "tunnel show history -n {number}"),
            Self::ShowLog { session } => write!(f, "tunnel show log{}", Optional(session)),
            Self::ShowBad { session } => write!(f, "tunnel show bad{}", Optional(session)),
            Self::Purge { days: None } => f.write_str("tunnel purge"),
            Self::Purge { days: Some(days) } => write!(f, "tunnel purge {days}"),
            Self::Help { command: None } => f.write_str("tunnel help"),
            Self::Help { command: Some(command) } => write!(f, "tunnel help {}", command.name()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(target) => target.fmt(f),
            Self::Instance { project: None, id } => write!(f, "instance://{}", id.text),
            Self::Instance { project: Some(project), id } => write!(f, "instance://{}/{}", project.text, id.text),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table.fmt(f)?;
        for (index, (column, value)) in self.partition.iter().flatten().enumerate() {
            write!(f, "{}{column}={}", if index == 0 { "/" } else { "," }, text_literal(value))?;
        }
        Ok(())
    }
}

impl Target {
    /// The partition as people write it, for messages.
    pub fn spec(&self) -> Option<String> {
        self.partition.as_ref().map(|values| Spec(values).to_string())
    }
}

/// ` <id>`, or nothing.
struct Optional<'a>(&'a Option<SessionId>);

impl fmt::Display for Optional<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |id| write!(f, " {}", id.text))
    }
}
