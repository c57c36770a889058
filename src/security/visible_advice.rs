//! What a viewer may read of an advice, and its text.

use super::remedy::{Breadth, Remedy};

/// One way to lift a denial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alternative {
    /// A principal who may run the refused statement runs it: no access is granted.
    Delegate {
        /// The project in which it is run.
        project: String,
        /// A description of who may run it.
        may: &'static str,
    },
    /// These statements, in this order; at least one.
    Statements(Vec<Remedy>),
    /// A package, in words that are the same whether there is one or not.
    Package {
        /// What it would list.
        lists: String,
        /// The project that would make it.
        maker: String,
        /// The project that would install it.
        installer: String,
    },
}

/// What a viewer may read of an advice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisibleAdvice {
    /// Ways to lift the denial, the one that opens least first; any one of them suffices.
    pub alternatives: Vec<Alternative>,
    /// Whether other permissions may also be missing, which only administrators of the projects may see.
    pub may_be_more: bool,
}

impl VisibleAdvice {
    /// The alternatives in their order. Where a role would be granted, its holders can run the statement themselves.
    pub(super) fn new(mut alternatives: Vec<Alternative>, may_be_more: bool) -> Self {
        let delegates: Vec<Alternative> = alternatives.iter().filter_map(Alternative::delegate).collect();
        alternatives.extend(delegates);
        alternatives.sort_by_key(Alternative::breadths);
        alternatives.dedup();
        Self { alternatives, may_be_more }
    }

    /// The help of an error, on one line for a single statement; `None` if nothing helps.
    pub fn help(&self) -> Option<String> {
        let mut help = match self.alternatives.as_slice() {
            [] => return None,
            [Alternative::Statements(remedies)] => {
                let words = |remedy: &Remedy| format!("{remedy} (opens {})", remedy.opens);
                remedies.iter().map(words).collect::<Vec<_>>().join("\nthen ")
            }
            _ => {
                let first = "one of these is needed, the narrowest first:".to_owned();
                std::iter::once(first).chain(self.numbered()).collect::<Vec<_>>().join("\n")
            }
        };
        if self.may_be_more {
            help.push_str("\nother permissions may also be missing");
        }
        Some(help)
    }

    /// The alternatives with their numbers, on several lines each.
    pub fn numbered(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (place, alternative) in self.alternatives.iter().enumerate() {
            let number = place + 1;
            match alternative {
                Alternative::Statements(remedies) => {
                    for (turn, remedy) in remedies.iter().enumerate() {
                        let before = if turn == 0 { format!("{number}.") } else { "   then".to_owned() };
                        lines.push(format!("{before} {}", remedy.issued()));
                        lines.extend(remedy.file.iter().map(|file| format!("   where the file contains {file}")));
                        lines.push(format!("   opens {}", remedy.opens));
                    }
                }
                Alternative::Delegate { project, may } => {
                    lines.push(format!("{number}. in project {project}, {may} can run the statement instead"));
                    lines.push("   opens nothing".to_owned());
                }
                Alternative::Package { lists, maker, installer } => {
                    lines.push(format!(
                        "{number}. a package of project {maker} that lists {lists}, installed in project {installer}, with Read on the package there"
                    ));
                    lines.push(format!("   opens what the package lists to its readers in project {installer}"));
                }
            }
        }
        lines
    }
}

impl Alternative {
    /// How much each of its statements opens, the widest first: the sort key.
    fn breadths(&self) -> Vec<Breadth> {
        match self {
            Self::Delegate { .. } => Vec::new(),
            Self::Statements(remedies) => Breadth::of_all(remedies),
            Self::Package { .. } => vec![Breadth::Object, Breadth::Nothing],
        }
    }

    fn delegate(&self) -> Option<Self> {
        let Self::Statements(remedies) = self else { return None };
        remedies.iter().find_map(|remedy| {
            let project = remedy.project.as_ref()?.name.clone();
            Some(Self::Delegate { project, may: remedy.holders()? })
        })
    }
}
