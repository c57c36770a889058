use super::denial::Denial;
use super::facts::Facts;
use super::part::Shown;
use super::rule::Rule;
use super::standing::standing;
use crate::error::Result;
use crate::model::{Principal, ProjectRef, Time};

/// A verdict and the evidence for it. Only [`super::decide()`] creates one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    verdict: Verdict,
    trail: Vec<Step>,
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
    Denied(Denial),
}

/// One rule that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The rule.
    pub rule: Rule,
    /// What it was applied to, in words that anyone may read; empty if others may not know of this step.
    pub what: String,
    /// The fact that decided it, if only administrators of a project may read it.
    pub fact: Option<Fact>,
}

/// A fact of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The project whose administrators may read it (BND-2).
    pub project: ProjectRef,
    /// The fact.
    pub text: String,
}

impl Decision {
    pub(super) fn allowed(trail: Trail, row_limit: Option<u64>, shown: Shown) -> Self {
        Self { verdict: Verdict::Allowed { row_limit, shown }, trail: trail.steps, until: trail.until }
    }

    pub(super) fn denied(trail: Trail, denial: Denial) -> Self {
        Self { verdict: Verdict::Denied(denial), trail: trail.steps, until: trail.until }
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

    /// The steps, in the order in which they were taken.
    pub fn trail(&self) -> &[Step] {
        &self.trail
    }

    /// The ids of the rules that made it, each once, in order.
    pub fn rules(&self) -> Vec<Rule> {
        let mut rules = Vec::new();
        let denied = match &self.verdict {
            Verdict::Denied(denial) => Some(denial.rule),
            Verdict::Allowed { .. } => None,
        };
        for rule in self.trail.iter().map(|step| step.rule).chain(denied) {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        rules
    }

    /// Every step with its fact: for whoever holds the state, not for a principal in it.
    pub fn whole_trail(&self) -> Vec<String> {
        let line = |step: &Step| match &step.fact {
            Some(fact) if step.what.is_empty() => format!("{}: {}", step.rule, fact.text),
            Some(fact) => format!("{}: {} ({})", step.rule, step.what, fact.text),
            None => format!("{}: {}", step.rule, step.what),
        };
        self.trail.iter().map(line).collect()
    }

    /// The trail as `viewer` may read it: facts about others only in projects that it manages (BND-2).
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn lines(&self, facts: &dyn Facts, viewer: &Principal) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for step in &self.trail {
            let mut line = format!("{}: {}", step.rule, step.what);
            if let Some(fact) = &step.fact {
                let manages = match facts.project(fact.project.id)? {
                    Some(project) => standing(facts, &project, viewer)?.manages(),
                    None => false,
                };
                line = match (step.what.is_empty(), manages) {
                    (false, true) => format!("{line} ({})", fact.text),
                    (false, false) => line,
                    (true, true) => format!("{line}{}", fact.text),
                    (true, false) => continue,
                };
            }
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        Ok(lines)
    }
}

/// The steps so far.
#[derive(Debug, Default)]
pub(super) struct Trail {
    steps: Vec<Step>,
    until: Option<Time>,
}

impl Trail {
    /// Notes that time alone may change the decision at this moment; the first one counts.
    pub fn changes_at(&mut self, moment: Time) {
        self.until = Some(self.until.map_or(moment, |until| until.min(moment)));
    }

    /// Takes over when time alone may change what another trail led to, and none of its steps.
    pub fn changes_with(&mut self, other: &Self) {
        if let Some(moment) = other.until {
            self.changes_at(moment);
        }
    }

    /// Notes a step that anyone may read.
    pub fn note(&mut self, rule: Rule, what: impl Into<String>) {
        self.steps.push(Step { rule, what: what.into(), fact: None });
    }

    /// Notes a step with a fact for those who manage `project`.
    pub fn note_fact(&mut self, rule: Rule, what: impl Into<String>, project: &ProjectRef, text: impl Into<String>) {
        let fact = Some(Fact { project: project.clone(), text: text.into() });
        self.steps.push(Step { rule, what: what.into(), fact });
    }

    /// Notes a step for those who manage `project`: others would learn from it of something that they may not know (STG-4).
    pub fn note_hidden(&mut self, rule: Rule, project: &ProjectRef, text: impl Into<String>) {
        self.note_fact(rule, "", project, text);
    }
}
