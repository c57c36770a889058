//! The alternatives of an advice in their order, in the words of the shell.

use super::remedy::{Breadth, HEADS, Remedy};
use super::steps::Delegated;
use crate::command::{self, VisibleAdvice};

/// One way to lift a denial, as its viewer may know it.
pub(super) enum Alternative {
    /// These remedies, in this order; at least one.
    Remedies(Vec<Remedy>),
    /// A package, in words that are the same whether there is one or not.
    Package {
        /// What it would list.
        lists: String,
        /// The project that would make it.
        maker: String,
        /// The project that would install it.
        installer: String,
    },
    /// A role of administrator type that allows this and nothing else, for one principal; in words that do not say which roles there are.
    Delegated(Delegated, String),
}

/// The alternatives in their order. Where a role would be granted, its holders can run the statement themselves, which opens nothing.
pub(super) fn visible(alternatives: Vec<Alternative>, may_be_more: bool) -> VisibleAdvice {
    let delegates: Vec<command::Alternative> = alternatives.iter().filter_map(Alternative::delegate).collect();
    let mut ranked: Vec<(Vec<Breadth>, command::Alternative)> =
        alternatives.into_iter().map(|alternative| (alternative.breadths(), alternative.spelled())).collect();
    ranked.extend(delegates.into_iter().map(|delegate| (Vec::new(), delegate)));
    ranked.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut alternatives: Vec<command::Alternative> = ranked.into_iter().map(|(_, alternative)| alternative).collect();
    alternatives.dedup();
    VisibleAdvice { alternatives, may_be_more }
}

impl Alternative {
    /// How much each of its remedies opens, the widest first: the sort key.
    fn breadths(&self) -> Vec<Breadth> {
        match self {
            Self::Remedies(remedies) => Breadth::of_all(remedies),
            Self::Package { .. } => vec![Breadth::Package, Breadth::Nothing],
            Self::Delegated(..) => vec![Breadth::Object],
        }
    }

    fn delegate(&self) -> Option<command::Alternative> {
        let Self::Remedies(remedies) = self else { return None };
        remedies.iter().find_map(|remedy| {
            let project = remedy.project()?.name.to_string();
            Some(command::Alternative::Delegate { project, may: remedy.holders()? })
        })
    }

    fn spelled(self) -> command::Alternative {
        match self {
            Self::Remedies(remedies) => {
                command::Alternative::Statements(remedies.iter().map(Remedy::spelled).collect())
            }
            Self::Package { lists, maker, installer } => command::Alternative::Package { lists, maker, installer },
            Self::Delegated(Delegated { project, statement, opens }, who) => command::Alternative::Role {
                project: project.name.to_string(),
                may: HEADS,
                who,
                policy: statement,
                opens,
            },
        }
    }
}
