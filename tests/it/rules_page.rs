//! `docs/rules.md` says what the table of rules says, with sources that `docs/sources.md` knows.

use super::tidy::source::files;
use odpsh::security::{Basis, OTHER_RULES, Rule, RuleText};

const HEAD: &str = "# Rules

The rules of every decision. Decisions name some of them: their ids appear in explanations (`.why`), refusals, audit records and
transcripts (`--! FLW-4`). The others say what a statement needs, what names refer to, or what a statement does. *documented* is a rule of the
service, *chosen* one of this program where the documentation is silent; the sources are listed in [sources.md](sources.md).

This page is made from the tables in `src/security/rule.rs`; a test compares them.

| id | rule | named | basis | source |
| --- | --- | --- | --- | --- |
";

fn page(name: &str) -> String {
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap_or_default()
}

/// The families of rules, in the order of a decision.
const FAMILIES: [&str; 21] = [
    "STG", "PRJ", "ACC", "POL", "ADM", "TNT", "TRS", "EXT", "PTH", "VIW", "FLW", "EXC", "PKG", "DLC", "DEL", "LAB",
    "SWI", "KEY", "UDF", "AUD", "BND",
];

/// Every rule, family by family in the order of a decision, and whether decisions name it.
fn rules() -> Vec<(RuleText, bool)> {
    let named = Rule::ALL.iter().map(|rule| (rule.text(), true));
    let mut rules: Vec<_> = named.chain(OTHER_RULES.iter().map(|rule| (*rule, false))).collect();
    let place = |id: &str| {
        let (family, number) = id.split_once('-').expect("an id has two parts");
        let digits = number.trim_end_matches(char::is_alphabetic);
        let family = FAMILIES.iter().position(|known| *known == family).expect("a family of the list");
        (family, digits.parse::<u32>().expect("a number"), number.to_owned())
    };
    rules.sort_by_key(|(rule, _)| place(rule.id));
    rules
}

#[test]
fn the_page_of_rules_is_what_the_table_says() {
    let rows = rules().into_iter().map(|(RuleText { id, sentence, basis, source }, is_named)| {
        let named = if is_named { "yes" } else { "" };
        format!("| {id} | {} | {named} | {basis} | {source} |\n", sentence.replace('|', "\\|"))
    });
    let expected = HEAD.to_owned() + &rows.collect::<String>();
    assert!(page("rules.md") == expected, "docs/rules.md must be:\n\n{expected}");
}

#[test]
fn a_documented_rule_has_a_source_that_is_listed() {
    let sources = page("sources.md");
    for (RuleText { id, basis, source, .. }, _) in rules() {
        assert_eq!(basis == Basis::Chosen, source.is_empty(), "{id}");
        let is_listed = sources.lines().any(|line| {
            let names = line.strip_prefix("| ").and_then(|line| line.split(" |").next()).unwrap_or_default();
            names.split(", ").any(|name| name == source)
        });
        assert!(source.is_empty() || is_listed, "{id}: {source}");
    }
}

/// The ids of rules that a text cites.
fn cited(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.split(move |c: char| !is_part(c)).filter(|word| {
        let Some((family, number)) = word.split_once('-') else { return false };
        let digits = number.trim_end_matches(|c: char| c.is_ascii_lowercase());
        FAMILIES.contains(&family) && !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    })
}

#[test]
fn every_rule_that_the_sources_cite_is_on_the_page() {
    let known: Vec<&str> = rules().iter().map(|(rule, _)| rule.id).collect();
    let mut unknown: Vec<String> = Vec::new();
    // Transcripts have ids of no rule in their own tests.
    for source in files("src", "rs").into_iter().filter(|source| !source.path.starts_with("src/transcript/")) {
        let found = cited(&source.text).filter(|id| !known.contains(id));
        unknown.extend(found.map(|id| format!("{}: {id}", source.path)));
    }
    unknown.dedup();
    assert!(unknown.is_empty(), "{unknown:#?}");
}
