//! What someone may read of an advice, and how it is written down.

use super::remedy::{Breadth, Remedy};

/// One way to lift a denial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alternative {
    /// These statements, in this order; never none.
    Statements(Vec<Remedy>),
    /// A package, in words that are the same whether there is one or not.
    Package {
        /// The project that would make it.
        maker: String,
        /// The project that would install it.
        installer: String,
    },
}

/// What someone may read of an advice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// Ways to lift the denial, that which opens least first; any of them will do.
    pub alternatives: Vec<Alternative>,
    /// Whether more may be missing, which only those who manage the projects may read.
    pub may_be_more: bool,
}

impl Told {
    /// The alternatives in their order.
    pub(super) fn new(mut alternatives: Vec<Alternative>, may_be_more: bool) -> Self {
        alternatives.sort_by_key(Alternative::breadths);
        Self { alternatives, may_be_more }
    }

    /// For the help of an error: on one line if it is one statement; nothing if nothing helps.
    pub fn help(&self) -> Option<String> {
        match self.alternatives.as_slice() {
            [] => None,
            [Alternative::Statements(remedies)] => {
                let words = |remedy: &Remedy| format!("{remedy} (opens {})", remedy.opens);
                Some(remedies.iter().map(words).collect::<Vec<_>>().join("\nthen "))
            }
            _ => {
                let first = "one of these is needed, the narrowest first:".to_owned();
                Some(std::iter::once(first).chain(self.numbered()).collect::<Vec<_>>().join("\n"))
            }
        }
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
                        lines.extend(remedy.file.iter().map(|file| format!("   where the file holds {file}")));
                        lines.push(format!("   opens {}", remedy.opens));
                    }
                }
                Alternative::Package { maker, installer } => {
                    lines.push(format!(
                        "{number}. a package of project {maker} that lists it, installed in project {installer}, with Read on it there"
                    ));
                    lines.push(format!("   opens what the package lists to its readers in project {installer}"));
                }
            }
        }
        lines
    }
}

impl Alternative {
    /// How much each of its statements opens, the widest first: what is compared.
    fn breadths(&self) -> Vec<Breadth> {
        match self {
            Self::Statements(remedies) => Breadth::of_all(remedies),
            Self::Package { .. } => vec![Breadth::Object, Breadth::Nothing],
        }
    }
}
