//! How a person sees the answer of `.why`: the verdict, what would lift a denial, and the trail. Chosen.

use crate::command::{Alternative, Answer, Explanation, Failure, Refused, VisibleAdvice};
use crate::security::Explained;

/// The lines that a person sees.
pub fn lines(explanation: &Explanation) -> Vec<String> {
    let mut lines = match &explanation.answer {
        Answer::Allowed => vec!["Allowed".to_owned()],
        Answer::WouldFail(failure) => {
            let mut lines = vec!["Allowed by the rules, but would fail:".to_owned()];
            lines.extend(failed(failure));
            lines
        }
        Answer::Denied { rule, sentence, refusal } => {
            let mut lines = vec![format!("Denied by {rule}: {sentence}")];
            lines.extend(refused(refusal));
            lines
        }
    };
    lines.extend(explanation.row_limit.map(|rows| format!("at most {rows} rows are shown")));
    lines.extend(Explained::lines(&explanation.evidence).iter().map(|line| format!("  {line}")));
    lines
}

fn refused(refusal: &Refused) -> Vec<String> {
    match refusal {
        Refused::NotFound(failure) => failed(failure),
        Refused::Nothing => {
            vec!["the object does not exist, which the statement permits: nothing is done".to_owned()]
        }
        Refused::Denied(failure, advice) if advice.alternatives.is_empty() => failed(failure),
        Refused::Denied(failure, advice) => {
            let mut lines = vec![failure.headline.clone()];
            lines.extend(advised(advice));
            lines
        }
    }
}

fn failed(failure: &Failure) -> Vec<String> {
    let help = failure.help.as_ref().map(|help| format!("help: {help}"));
    std::iter::once(failure.headline.clone()).chain(help).collect()
}

/// What would lift the denial, a line for each statement and one for what it opens.
fn advised(advice: &VisibleAdvice) -> Vec<String> {
    let mut lines = Vec::new();
    match advice.alternatives.as_slice() {
        [Alternative::Statements(statements)] => {
            for statement in statements {
                lines.push(format!("to allow it: {statement}"));
                lines.push(format!("  opens: {}", statement.opens));
            }
        }
        _ => {
            lines.push("to allow it, one of these is needed, the narrowest first:".to_owned());
            lines.extend(advice.numbered().into_iter().map(|line| format!("  {line}")));
        }
    }
    if advice.may_be_more {
        lines.push("other permissions may also be missing; ask an administrator of the project".to_owned());
    }
    lines
}
