use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Difference, FileReport, Verdict};

/// One object: the numbers, and every file with its differences.
pub fn write(reports: &[FileReport], out: &mut dyn Write) -> io::Result<()> {
    let count = |status: &str| reports.iter().filter(|report| self::status(report) == status).count();
    let report = json!({
        "passed": count("passed"),
        "failed": count("failed"),
        "skipped": count("skipped"),
        "files": reports.iter().map(file).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

fn status(report: &FileReport) -> &'static str {
    match report.verdict {
        Verdict::Passed => "passed",
        Verdict::Failed(_) => "failed",
        Verdict::Skipped(_) => "skipped",
    }
}

fn file(report: &FileReport) -> Value {
    let reason = match &report.verdict {
        Verdict::Skipped(reason) => Some(reason),
        Verdict::Passed | Verdict::Failed(_) => None,
    };
    json!({
        "file": report.file.display().to_string(),
        "title": report.title,
        "status": status(report),
        "reason": reason,
        "statements": report.statements,
        "blessed": report.blessed,
        "warnings": report.warnings.iter().map(|(line, message)| json!({ "line": line, "message": message })).collect::<Vec<_>>(),
        "differences": report.differences().iter().map(difference).collect::<Vec<_>>(),
    })
}

fn difference(difference: &Difference) -> Value {
    json!({
        "line": difference.line,
        "statement": difference.statement,
        "message": difference.message,
        "lines": difference.shown,
    })
}
