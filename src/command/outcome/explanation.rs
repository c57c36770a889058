use super::advice::{AdvisedStatement, Alternative, VisibleAdvice};
use crate::model::{Cell, Record};
use crate::security::Explained;

/// What `.why` tells of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What the decision is.
    pub answer: Answer,
    /// How many rows an allowed statement shows at most.
    pub row_limit: Option<u64>,
    /// The rules and facts that the decision rests on.
    pub evidence: Vec<Explained>,
}

/// A decision, and what would happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is allowed.
    Allowed,
    /// It is allowed by the rules, and would fail.
    WouldFail(Failure),
    /// It is denied.
    Denied {
        /// The rule that denies it.
        rule: &'static str,
        /// What the rule says.
        sentence: &'static str,
        /// What would happen instead.
        refusal: Refused,
    },
}

/// How a denied statement ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It fails because an object does not exist.
    NotFound(Failure),
    /// It does nothing: it permits that the object does not exist.
    Nothing,
    /// It fails because it is denied.
    Denied(Failure, VisibleAdvice),
}

/// An error as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Code, place and message.
    pub headline: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Explanation {
    /// What it tells, with names.
    pub fn record(&self) -> Record {
        let (verdict, rule, sentence) = match &self.answer {
            Answer::Allowed | Answer::WouldFail(_) => ("allowed", None, None),
            Answer::Denied { rule, sentence, .. } => ("denied", Some(*rule), Some(*sentence)),
        };
        let (outcome, failure, advice) = match &self.answer {
            Answer::Allowed => ("runs", None, None),
            Answer::Denied { refusal: Refused::Nothing, .. } => ("does nothing", None, None),
            Answer::WouldFail(failure) | Answer::Denied { refusal: Refused::NotFound(failure), .. } => {
                ("fails", Some(failure), None)
            }
            Answer::Denied { refusal: Refused::Denied(failure, advice), .. } => ("fails", Some(failure), Some(advice)),
        };
        Record::default()
            .with("verdict", verdict)
            .with("outcome", outcome)
            .with("rule", rule)
            .with("rule_text", sentence)
            .with("row_limit", self.row_limit)
            .with("error", failure.map(|failure| &failure.headline))
            .with("help", failure.and_then(|failure| failure.help.as_ref()))
            .with("alternatives", advice.map(|advice| advice.alternatives.iter().map(alternative).collect::<Cell>()))
            .with("may_be_more", advice.map(|advice| advice.may_be_more))
            .with("evidence", self.evidence.iter().map(evidence).collect::<Cell>())
    }
}

fn evidence(Explained { rule, text, details }: &Explained) -> Record {
    let values = Record::default().with("rule", rule.id()).with("text", text);
    details.iter().fold(values, |values, (name, value)| values.with(name, value.clone()))
}

fn alternative(alternative: &Alternative) -> Record {
    let step = |AdvisedStatement { project, may, statement, file, opens }: &AdvisedStatement| {
        Record::default()
            .with("project", project.as_ref())
            .with("may", may)
            .with("statement", statement)
            .with("file", file.as_ref())
            .with("opens", opens)
    };
    match alternative {
        Alternative::Statements(statements) => {
            Record::default().with("way", "statements").with("steps", statements.iter().map(step).collect::<Cell>())
        }
        Alternative::Delegate { project, may } => {
            Record::default().with("way", "delegate").with("project", project).with("may", *may)
        }
        Alternative::Role { project, may, who, policy, opens } => Record::default()
            .with("way", "role")
            .with("project", project)
            .with("may", *may)
            .with("who", who)
            .with("policy", policy)
            .with("opens", opens),
        Alternative::Package { lists, maker, installer } => Record::default()
            .with("way", "package")
            .with("lists", lists)
            .with("maker", maker)
            .with("installer", installer),
    }
}
