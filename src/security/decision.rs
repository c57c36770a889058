use super::denial::Denial;
use super::evidence::{Evidence, Finding};
use super::part::Shown;
use super::rule::Rule;
use crate::model::Time;

/// A verdict and the evidence for it. Only [`super::decide()`] creates one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    verdict: Verdict,
    evidence: Vec<Evidence>,
    until: Option<Time>,
}

/// Yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may run.
    Allowed {
        /// Most rows that may be shown (FLW-8).
        row_limit: Option<u64>,
        /// The other parts that it may show (FLW-2a).
        shown: Shown,
    },
    /// It may not.
    Denied(Box<Denial>),
}

impl Decision {
    pub(super) fn allowed(trail: Trail, row_limit: Option<u64>, shown: Shown) -> Self {
        Self { verdict: Verdict::Allowed { row_limit, shown }, evidence: trail.evidence, until: trail.until }
    }

    pub(super) fn denied(trail: Trail, denial: Denial) -> Self {
        Self { verdict: Verdict::Denied(Box::new(denial)), evidence: trail.evidence, until: trail.until }
    }

    /// Yes or no.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Whether it may run.
    pub fn is_allowed(&self) -> bool {
        matches!(self.verdict, Verdict::Allowed { .. })
    }

    /// The first moment at which time alone may change it: a grant expires, a condition on the time turns (STG-2).
    pub fn until(&self) -> Option<Time> {
        self.until
    }

    /// Most rows that may be shown (FLW-8).
    pub fn row_limit(&self) -> Option<u64> {
        match &self.verdict {
            Verdict::Allowed { row_limit, .. } => *row_limit,
            Verdict::Denied(_) => Some(0),
        }
    }

    /// The evidence, in the order in which it was found.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// The ids of the rules that made it, each once, in order.
    pub fn rules(&self) -> Vec<Rule> {
        let mut rules = Vec::new();
        let denied = match &self.verdict {
            Verdict::Denied(denial) => Some(denial.rule),
            Verdict::Allowed { .. } => None,
        };
        for rule in self.evidence.iter().map(|evidence| evidence.rule).chain(denied) {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        rules
    }
}

/// The evidence so far.
#[derive(Debug, Default)]
pub(super) struct Trail {
    evidence: Vec<Evidence>,
    until: Option<Time>,
}

/// How much evidence there is room for at first: that of a query of one table.
const USUAL_EVIDENCE: usize = 8;

impl Trail {
    /// Without evidence, and with room for some.
    pub fn new() -> Self {
        Self { evidence: Vec::with_capacity(USUAL_EVIDENCE), until: None }
    }

    /// Notes that time alone may change the decision at this moment; the first one counts.
    pub fn changes_at(&mut self, moment: Time) {
        self.until = Some(self.until.map_or(moment, |until| until.min(moment)));
    }

    /// Takes over when time alone may change what another trail led to, and none of its evidence.
    pub fn changes_with(&mut self, other: &Self) {
        if let Some(moment) = other.until {
            self.changes_at(moment);
        }
    }

    /// Notes what a rule found.
    pub fn note(&mut self, rule: Rule, finding: Finding) {
        self.evidence.push(Evidence { rule, finding });
    }
}
