//! `docs/rules.md` says what the table of rules says, with sources that `docs/sources.md` knows.

use odpsh::security::{Basis, Rule};

const HEAD: &str = "# Rules

The rules of every decision. Their ids appear in refusals, in `.why`, in audit records and in transcripts (`--! FLW-4`). *documented* is a
rule of the service, *chosen* one of this program where the documentation is silent; the sources are listed in [sources.md](sources.md).

This page is made from the table in `src/security/rule.rs`; a test compares them.

| id | rule | basis | source |
| --- | --- | --- | --- |
";

fn page(name: &str) -> String {
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn the_page_of_rules_is_what_the_table_says() {
    let rows = Rule::ALL.iter().map(|rule| {
        let (basis, source) = rule.basis();
        format!("| {} | {} | {basis} | {source} |\n", rule.id(), rule.sentence().replace('|', "\\|"))
    });
    let expected = HEAD.to_owned() + &rows.collect::<String>();
    assert!(page("rules.md") == expected, "docs/rules.md must be:\n\n{expected}");
}

#[test]
fn a_documented_rule_has_a_source_that_is_listed() {
    let sources = page("sources.md");
    for rule in Rule::ALL {
        let (basis, source) = rule.basis();
        assert_eq!(basis == Basis::Chosen, source.is_empty(), "{rule}");
        let is_listed = sources.lines().any(|line| {
            let names = line.strip_prefix("| ").and_then(|line| line.split(" |").next()).unwrap_or_default();
            names.split(", ").any(|name| name == source)
        });
        assert!(source.is_empty() || is_listed, "{rule}: {source}");
    }
}
