use std::io::{self, Write};

use super::{FileReport, Verdict};
use crate::render::visible;

/// The Test Anything Protocol, version 13: a test for each file, differences as diagnostic lines.
pub fn write(reports: &[FileReport], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "TAP version 13\n1..{}", reports.len())?;
    for (index, report) in reports.iter().enumerate() {
        let ok = if matches!(report.verdict, Verdict::Failed(_)) { "not ok" } else { "ok" };
        // A `#` would begin a directive.
        let name = format!("{} - {}", report.file.display(), report.title).replace('#', "\\#");
        write!(out, "{ok} {} - {}", index + 1, visible(&name))?;
        match &report.verdict {
            Verdict::Skipped(reason) => writeln!(out, " # SKIP {reason}")?,
            Verdict::Passed | Verdict::Failed(_) => writeln!(out)?,
        }
        for (line, warning) in &report.warnings {
            writeln!(out, "# line {line}: warning: {}", visible(warning))?;
        }
        for difference in report.differences() {
            writeln!(out, "# line {}: {}", difference.line, visible(&difference.headline()))?;
            for line in &difference.shown {
                writeln!(out, "#   {}", visible(line))?;
            }
        }
    }
    Ok(())
}
