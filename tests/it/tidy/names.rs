//! One name, five places: who knows the word of a family knows every path.

use std::path::Path;

use super::assert_none;
use super::source::files;

const FAMILIES: [&str; 21] = [
    "session",
    "project",
    "schema",
    "table",
    "query",
    "resource",
    "function",
    "instance",
    "tunnel",
    "user",
    "role",
    "grant",
    "policy",
    "package",
    "protection",
    "label",
    "tenant",
    "tenant_resource",
    "network",
    "elsewhere",
    "audit",
];

/// Grammar files of no family: parts that all share, and the local commands, which are run by the shell.
const SHARED_GRAMMAR: [&str; 2] = ["parts", "local"];

/// Names that say nothing about what is inside.
const EMPTY: [&str; 12] = [
    "util", "utils", "common", "helper", "helpers", "manager", "managers", "misc", "stuff", "base", "shared", "utility",
];

fn exists(path: &str) -> bool {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists()
}

fn has_module(folder: &str, name: &str) -> bool {
    exists(&format!("{folder}/{name}.rs")) || exists(&format!("{folder}/{name}/mod.rs"))
}

#[test]
fn a_family_has_its_name_in_every_place() {
    let mut found = Vec::new();
    for family in FAMILIES {
        let (syntax, command) = (has_module("src/syntax", family), has_module("src/command", family));
        let grammar = exists(&format!("grammar/{family}.ebnf"));
        if (syntax || command) && !grammar {
            found.push(format!("grammar/{family}.ebnf is missing"));
        }
        if command && !syntax {
            found.push(format!("src/syntax/{family}.rs is missing: src/command/{family} has nothing to bind"));
        }
        if syntax && !command {
            found.push(format!("src/command/{family}.rs is missing: what is parsed is never run"));
        }
    }
    for grammar in files("grammar", "ebnf") {
        let name = grammar.path.trim_start_matches("grammar/").trim_end_matches(".ebnf");
        if !FAMILIES.contains(&name) && !SHARED_GRAMMAR.contains(&name) {
            found.push(format!("{}: `{name}` is no family", grammar.path));
        }
    }
    assert_none(&found, "grammar/<f>.ebnf, src/syntax/<f>.rs and src/command/<f>.rs belong together.");
}

#[test]
fn file_names_say_what_is_inside() {
    let mut found = Vec::new();
    for source in files("src", "rs").into_iter().chain(files("tests", "rs")) {
        let parts = source.path.trim_end_matches(".rs").split('/').flat_map(|part| part.split('_'));
        for part in parts {
            if EMPTY.contains(&part) {
                found.push(format!("{}: `{part}`", source.path));
            }
        }
    }
    assert_none(&found, "A file is named after the concept in it; a drawer for everything has none.");
}
