use super::escape::visible;
use super::json::quoted;
use super::style::Target;
use crate::model::OutputMode;

/// Writes lines that stand outside of any result.
///
/// Empty lines are layout for people. Chosen: a program gets the lines as texts: one array of them in JSON.
pub fn write(lines: &[String], mode: OutputMode, target: Target, text: &mut String) {
    let filled = || lines.iter().filter(|line| !line.is_empty());
    if mode != OutputMode::Table && filled().next().is_none() {
        return;
    }
    match mode {
        OutputMode::Table => lines.iter().for_each(|line| write_line(line, target, text)),
        OutputMode::Csv => filled().for_each(|line| write_line(line, target, text)),
        OutputMode::Ndjson => {
            for line in filled() {
                quoted(line, target, text);
                text.push('\n');
            }
        }
        OutputMode::Json => {
            for (index, line) in filled().enumerate() {
                text.push_str(if index == 0 { "[\n  " } else { ",\n  " });
                quoted(line, target, text);
            }
            text.push_str("\n]\n");
        }
        OutputMode::Markdown => {
            text.push_str("```\n");
            filled().for_each(|line| write_line(line, target, text));
            text.push_str("```\n");
        }
    }
}

/// Writes one text, which may bring line ends of its own; those of a policy document, for example.
pub fn write_line(line: &str, target: Target, text: &mut String) {
    match target {
        Target::File => {
            text.push_str(line);
            text.push('\n');
        }
        Target::Terminal => {
            for part in line.split('\n') {
                text.push_str(&visible(part.strip_suffix('\r').unwrap_or(part)));
                text.push('\n');
            }
        }
    }
}
