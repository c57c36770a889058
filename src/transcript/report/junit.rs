use std::io::{self, Write};

use super::{FileReport, Verdict};

/// JUnit's XML, as build servers read it: a test case for each file.
pub fn write(reports: &[FileReport], out: &mut dyn Write) -> io::Result<()> {
    let failures = reports.iter().filter(|report| matches!(report.verdict, Verdict::Failed(_))).count();
    let skipped = reports.iter().filter(|report| matches!(report.verdict, Verdict::Skipped(_))).count();
    let tests = reports.len();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites tests="{tests}" failures="{failures}" skipped="{skipped}">"#)?;
    writeln!(
        out,
        r#"  <testsuite name="odpsh" tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}">"#
    )?;
    for report in reports {
        let file = escaped(&report.file.display().to_string());
        write!(out, r#"    <testcase classname="{file}" name="{}" file="{file}""#, escaped(&report.title))?;
        match &report.verdict {
            Verdict::Passed if report.warnings.is_empty() => writeln!(out, "/>")?,
            Verdict::Passed => {
                writeln!(out, ">")?;
                warnings(report, out)?;
                writeln!(out, "    </testcase>")?;
            }
            Verdict::Skipped(reason) => {
                writeln!(out, ">\n      <skipped message=\"{}\"/>\n    </testcase>", escaped(reason))?;
            }
            Verdict::Failed(differences) => {
                // Readers expect one failure a case.
                let message = differences.first().map(|first| first.headline()).unwrap_or_default();
                write!(out, ">\n      <failure message=\"{}\">", escaped(&message))?;
                for difference in differences {
                    let place = format!("{}:{}", report.file.display(), difference.line);
                    writeln!(out, "{}: {}", escaped(&place), escaped(&difference.headline()))?;
                    for line in &difference.shown {
                        writeln!(out, "    {}", escaped(line))?;
                    }
                }
                writeln!(out, "</failure>")?;
                warnings(report, out)?;
                writeln!(out, "    </testcase>")?;
            }
        }
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

/// Warnings stand where a case's own output does.
fn warnings(report: &FileReport, out: &mut dyn Write) -> io::Result<()> {
    if report.warnings.is_empty() {
        return Ok(());
    }
    write!(out, "      <system-out>")?;
    for (line, warning) in &report.warnings {
        writeln!(out, "{}:{line}: warning: {}", escaped(&report.file.display().to_string()), escaped(warning))?;
    }
    writeln!(out, "</system-out>")
}

/// XML has no way to write most control characters, so they become question marks.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' => escaped.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('?'),
            other if other.is_control() => escaped.push('?'),
            other => escaped.push(other),
        }
    }
    escaped
}
