//! What a statement is, and what it writes.

use super::Statement;
use super::change::{self, Change};
use crate::syntax::TableName;

impl Statement {
    /// Whether it defines something for later statements of the same script.
    pub fn is_definition(&self) -> bool {
        matches!(self, Self::Variable { .. } | Self::If { .. } | Self::Function { .. })
    }

    /// Whether it does something besides what it defines: it reads, writes or shows rows.
    pub fn has_effects(&self) -> bool {
        match self {
            Self::If { effects, .. } => !effects.is_empty(),
            other => !other.is_definition(),
        }
    }

    /// The statements that it runs: itself, or those in its branches.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::If { effects, .. } => effects.iter().map(|effect| &effect.statement).collect(),
            other => vec![other],
        }
    }

    /// The tables that it writes or creates.
    pub fn written(&self) -> Vec<&TableName> {
        match self {
            Self::If { effects, .. } => effects.iter().flat_map(|effect| effect.statement.written()).collect(),
            Self::Insert { table, .. } | Self::CreateTableAs { table, .. } | Self::Definition { table, .. } => {
                vec![table]
            }
            Self::MultiInsert { inserts, .. } => inserts.iter().map(|insert| &insert.table).collect(),
            Self::Change(change) => vec![&change.table],
            _ => Vec::new(),
        }
    }

    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Variable { .. } => "script-variable",
            Self::If { .. } => "script-if",
            Self::Function { .. } => "script-function",
            Self::Select { .. } => "select",
            Self::CreateTableAs { .. } => "create-table-as",
            Self::Insert { .. } => "insert",
            Self::MultiInsert { .. } => "multi-insert",
            Self::Change(Change { kind: change::Kind::Update { .. }, .. }) => "update",
            Self::Change(Change { kind: change::Kind::Delete { .. }, .. }) => "delete",
            Self::Change(Change { kind: change::Kind::Merge { .. }, .. }) => "merge",
            Self::Definition { statement, .. } => statement.production(),
            Self::Explain { .. } => "explain",
            Self::Cost { .. } => "cost",
            Self::Unload { .. } => "unload",
            Self::Load { .. } => "load",
            Self::Clone { .. } => "clone-table",
        }
    }
}
