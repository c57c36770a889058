//! An exception policy with more statements: what advice proposes.

use super::exception::can_match;
use crate::model::{JobType, Object, ObjectKind, Principal};

/// The policy `old` with one more statement for each of these objects: it lets the object leave for this principal by this kind of job, and
/// nothing else.
///
/// `None` if the old policy cannot be read, or an object cannot be excepted.
pub fn with_statements(
    old: Option<&str>,
    objects: &[Object],
    principal: &Principal,
    job: Option<JobType>,
) -> Option<String> {
    let mut statements = match old {
        None => Vec::new(),
        Some(old) => {
            let document: serde_json::Value = serde_json::from_str(old.trim_start_matches('\u{feff}')).ok()?;
            let statements = document.get("Statement")?.clone();
            match statements.as_array() {
                Some(statements) => statements.clone(),
                None => vec![statements],
            }
        }
    };
    for object in objects {
        statements.push(statement(object, principal, job)?);
    }
    Some(serde_json::json!({ "Version": "1", "Statement": statements }).to_string())
}

fn statement(object: &Object, principal: &Principal, job: Option<JobType>) -> Option<serde_json::Value> {
    let (kind, action) = match object.kind {
        ObjectKind::Table | ObjectKind::View => ("tables", "odps:Select"),
        ObjectKind::Resource => ("resources", "odps:Read"),
        ObjectKind::Function => ("functions", "odps:Execute"),
        ObjectKind::Instance => ("instances", "odps:Read"),
        ObjectKind::Project | ObjectKind::Package | ObjectKind::Schema => return None,
    };
    if !can_match(&format!("{kind}/{}", object.name)) {
        return None;
    }
    let schema = if object.schema.is_default() { String::new() } else { format!("schemas/{}/", object.schema) };
    let mut statement = serde_json::json!({
        "Effect": "Allow",
        "Principal": principal.to_string(),
        "Action": [action],
        "Resource": format!("acs:odps:*:projects/{}/{schema}{kind}/{}", object.project.name, object.name),
    });
    if let (Some(task), Some(fields)) = (excepted_task(job), statement.as_object_mut()) {
        fields.insert("Condition".to_owned(), serde_json::json!({ "StringEquals": { "odps:TaskType": [task] } }));
    }
    Some(statement)
}

/// The job type that a condition on `odps:TaskType` can name; none for the others (EXC-4).
pub fn excepted_task(job: Option<JobType>) -> Option<&'static str> {
    match job {
        Some(job @ (JobType::Sql | JobType::Dt | JobType::MapReduce)) => Some(job.name()),
        _ => None,
    }
}
