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
    let mut found: Vec<&Production> =
        scored.into_iter().filter(|(score, _)| *score == best).map(|(_, production)| production).collect();
    // `help if;` means the statement, not the many that have an `if exists`.
    if found.iter().any(|production| begins_with(production, words)) {
        found.retain(|production| begins_with(production, words));
    }
    let mut lines = Vec::new();
    for production in found {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        describe(production, &mut lines);
    }
    lines
}

/// Whether the words belong to any statement.
pub fn has_help(words: &[String]) -> bool {
    productions().iter().any(|production| score(production, words) > 0)
}

/// Whether a statement begins with the first of the words.
fn begins_with(production: &Production, words: &[String]) -> bool {
    let is_same = |own: &String| words.first().is_some_and(|word| is_same(own, word));
    leading_words(production).iter().any(|way| way.first().is_some_and(is_same))
}

/// Whether two words are the same, whatever the case and the leading dot.
fn is_same(own: &str, word: &str) -> bool {
    own.trim_start_matches('.').eq_ignore_ascii_case(word.trim_start_matches('.'))
}

/// How many of the words belong to the production; a family's name counts as a word of each of its statements.
fn score(production: &Production, words: &[String]) -> usize {
    let mut own: Vec<String> = leading_words(production).into_iter().flatten().collect();
    own.extend(production.name.split('-').map(str::to_owned));
    own.push(production.family.to_owned());
    let known = |word: &&String| own.iter().any(|own| is_same(own, word));
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
    let is_local = ways.iter().flatten().next().is_some_and(|word| word.starts_with('.'));
    let written = if is_local { in_one(&ways) } else { None };
    written.unwrap_or(title)
}

/// Ways that differ in one word, written as one: `.quota|.image create`; where they differ in more, the first word.
fn in_one(ways: &[Vec<String>]) -> Option<String> {
    let first = ways.first()?;
    let differs = |at: &usize| ways.iter().any(|way| way.get(*at) != first.get(*at));
    let apart: Vec<usize> = (0..first.len()).filter(differs).collect();
    match apart.as_slice() {
        _ if ways.iter().any(|way| way.len() != first.len()) => first.first().cloned(),
        [] => Some(first.join(" ")),
        [at] => {
            let mut words = first.clone();
            let other: Vec<&str> = ways.iter().filter_map(|way| way.get(*at)).map(String::as_str).collect();
            other.join("|").clone_into(words.get_mut(*at)?);
            Some(words.join(" "))
        }
        _ => first.first().cloned(),
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
