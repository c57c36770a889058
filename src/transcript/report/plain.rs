use std::io::{self, Write};

use super::{FileReport, Verdict};
use crate::render::visible;

/// Differences as small diffs, then the numbers.
pub fn write(reports: &[FileReport], out: &mut dyn Write) -> io::Result<()> {
    for report in reports {
        for (line, warning) in &report.warnings {
            writeln!(out, "{}", visible(&format!("{}:{line}: warning: {warning}", report.file.display())))?;
        }
        for difference in report.differences().iter().chain(&report.rewritten) {
            let place = format!("{}:{}: {}", report.file.display(), difference.line, difference.headline());
            writeln!(out, "{}", visible(&place))?;
            for line in &difference.shown {
                writeln!(out, "    {}", visible(line))?;
            }
        }
        if report.blessed {
            writeln!(out, "{}: expected lines written", report.file.display())?;
        }
        if report.withheld {
            writeln!(out, "{}: expected lines not written, because other lines differ", report.file.display())?;
        }
    }
    let count = |is: fn(&Verdict) -> bool| reports.iter().filter(|report| is(&report.verdict)).count();
    let passed = count(|verdict| matches!(verdict, Verdict::Passed));
    let failed = count(|verdict| matches!(verdict, Verdict::Failed(_)));
    let skipped = count(|verdict| matches!(verdict, Verdict::Skipped(_)));
    let statements: usize = reports.iter().map(|report| report.statements).sum();
    write!(out, "{passed} passed, {failed} failed")?;
    if let Some(reason) = reports.iter().find_map(|report| match &report.verdict {
        Verdict::Skipped(reason) => Some(reason),
        _ => None,
    }) {
        write!(out, ", {skipped} skipped ({reason})")?;
    }
    writeln!(out, "; {statements} statements")
}
