//! What of a statement is accepted and may have no effect.

use super::{Alteration, Layout, Statement, Task};

impl Statement {
    /// Whether it makes a new table, and leaves everything else as it is.
    pub fn creates_table(&self) -> bool {
        matches!(self, Self::Create { .. } | Self::CreateLike { .. })
    }

    /// Whether it says after how many days the table would be dropped.
    pub fn sets_lifecycle(&self) -> bool {
        match self {
            Self::Create { lifecycle, .. } | Self::CreateLike { lifecycle, .. } => lifecycle.is_some(),
            Self::Alter { change, .. } => matches!(
                change,
                Alteration::Lifecycle(_) | Alteration::Maintain(_, Task::EnableLifecycle | Task::DisableLifecycle)
            ),
            _ => false,
        }
    }

    /// Whether it merges or compacts the files of a table.
    pub fn maintains_files(&self) -> bool {
        let Self::Alter { change, .. } = self else { return false };
        matches!(change, Alteration::Maintain(_, Task::Merge | Task::CompactMajor | Task::CompactMinor))
    }

    /// How rows are to be stored, if it says so.
    pub fn layout(&self) -> Option<&Layout> {
        match self {
            Self::Create { layout, .. } | Self::Alter { change: Alteration::Layout { layout, .. }, .. } => Some(layout),
            _ => None,
        }
    }
}
