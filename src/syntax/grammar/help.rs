//! What `help` prints, and the support table of the README.

use super::{Production, leading_words, productions};

/// The lines of `help [<word> …]`.
///
/// Without words: every family with its statements, one line each. With words: syntax, description and examples of the
/// statements that have most of them. Source: the client picks by most words, too.
pub fn help(words: &[String]) -> Vec<String> {
    if words.is_empty() {
        return overview();
    }
    let scored: Vec<(usize, &Production)> =
        productions().iter().map(|production| (score(production, words), production)).collect();
    let best = scored.iter().map(|(score, _)| *score).max().unwrap_or_default();
    if best == 0 {
        return vec![format!("there is no help for `{}`; `help;` lists the statements", words.join(" "))];
    }
    let mut lines = Vec::new();
    for (_, production) in scored.iter().filter(|(score, _)| *score == best) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        describe(production, &mut lines);
    }
    lines
}

/// How many of the words belong to the production; a family's name counts as a word of each of its statements.
fn score(production: &Production, words: &[String]) -> usize {
    let mut own: Vec<String> = leading_words(production).into_iter().flatten().collect();
    own.extend(production.name.split('-').map(str::to_owned));
    own.push(production.family.to_owned());
    let known = |word: &&String| {
        own.iter().any(|own| own.trim_start_matches('.').eq_ignore_ascii_case(word.trim_start_matches('.')))
    };
    words.iter().filter(known).count()
}

fn overview() -> Vec<String> {
    let mut lines = Vec::new();
    let mut family = "";
    for production in productions().iter().filter(|production| production.built) {
        if production.family != family {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            family = production.family;
            lines.push(family.to_owned());
        }
        let what = production.help.first().map(String::as_str).unwrap_or_default();
        lines.push(format!("  {:<28} {what}", statement(production)));
    }
    lines.push(String::new());
    lines.push("`help <word> …;` shows syntax and examples".to_owned());
    lines
}

/// The keywords of a statement, as one would say them.
pub(super) fn statement(production: &Production) -> String {
    let title = production.title();
    let length = title.split(' ').count();
    let ways = leading_words(production);
    let first = |words: &Vec<String>| words.get(..length).map(|words| words.join(" "));
    let spelled = ways.iter().filter_map(first);
    if let Some(spelled) = spelled.into_iter().find(|words| words.trim_start_matches('.').eq_ignore_ascii_case(&title))
    {
        return spelled;
    }
    match ways.as_slice() {
        _ if production.family != "local" => title,
        [one] => one.join(" "),
        [one, other] if one.len() == other.len() => {
            format!("{}|{}", one.join(" "), other.last().map_or("", |w| w))
        }
        several => several.iter().filter_map(|words| words.first()).next().cloned().unwrap_or(title),
    }
}

fn describe(production: &Production, lines: &mut Vec<String>) {
    let mark = if production.built { "" } else { " (not supported yet)" };
    lines.push(format!("{}{mark}", statement(production)));
    lines.push(format!("  {}", production.syntax()));
    lines.extend(production.help.iter().map(|line| format!("  {line}")));
    let end = if production.family == "local" && production.name != "why" { "" } else { ";" };
    lines.extend(production.accepted.iter().map(|example| format!("    {example}{end}")));
    lines.extend(production.limit.iter().map(|line| format!("  here: {line}")));
    lines.extend(production.alternative.iter().map(|line| format!("  instead: {line}")));
}

/// Which statements work and which do not, as Markdown.
pub fn support_table() -> String {
    let mut table = "| family | works | not yet |\n| --- | --- | --- |\n".to_owned();
    let mut families: Vec<&str> = productions().iter().map(|production| production.family).collect();
    families.dedup();
    for family in families {
        let listed = |built: bool| {
            let own =
                productions().iter().filter(|production| production.family == family && production.works() == built);
            let entry = |production: &Production| {
                let limit = production.limit.iter().map(|limit| format!(" ({limit})")).collect::<String>();
                format!("`{}`{limit}", statement(production).replace('|', "\\|"))
            };
            own.map(entry).collect::<Vec<_>>().join(", ")
        };
        table.push_str(&format!("| {family} | {} | {} |\n", listed(true), listed(false)));
    }
    table
}
