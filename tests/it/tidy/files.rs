//! How files look: their size, their first lines, and what stands in none of them.

use std::path::Path;

use super::assert_none;
use super::source::{Source, files, lines_with};

/// A file holds one concept.
const LONGEST: usize = 500;

/// Most characters of a line of a transcript.
const WIDEST: usize = 160;

/// Files that may be longer, each with its reason.
const LONG: &[(&str, &str)] = &[];

/// Characters beyond ASCII that prose and tables use.
const PROSE: &str = "→←↔↑↓…–—×≤≥≠µ·│─┌┐└┘├┤┬┴┼✓✗";

fn everything() -> Vec<Source> {
    ["src", "tests", "benches"].into_iter().flat_map(|folder| files(folder, "rs")).collect()
}

#[test]
fn no_file_is_longer_than_one_concept() {
    let mut found = Vec::new();
    for source in everything() {
        let lines = source.text.lines().count();
        let excepted = LONG.iter().any(|(path, _)| *path == source.path);
        if (lines > LONGEST) != excepted {
            found.push(format!("{}: {lines} lines", source.path));
        }
    }
    assert_none(
        &found,
        &format!(
            "A file over {LONGEST} lines holds more than one concept: split it, or list it in LONG with its reason. One that is listed and short is taken off the list."
        ),
    );
}

#[test]
fn transcripts_can_be_read_without_scrolling() {
    let mut found = Vec::new();
    for source in files("tests/golden", "odps") {
        let long = source.text.lines().enumerate().filter(|(_, line)| line.chars().count() > WIDEST);
        found.extend(long.map(|(at, line)| format!("{}:{}: {} characters", source.path, at + 1, line.chars().count())));
    }
    assert_none(
        &found,
        &format!("A line of a transcript has at most {WIDEST} characters: an expected line goes on behind `--+`."),
    );
}

#[test]
fn every_module_root_says_what_it_is_for() {
    let mut found = Vec::new();
    for source in files("src", "rs") {
        let folder = source.path.trim_end_matches(".rs");
        let modules = files(folder, "rs").iter().filter(|inside| !inside.path.ends_with("/tests.rs")).count();
        let is_top = source.path.matches('/').count() == 1 && source.path != "src/main.rs";
        let is_root = is_top || source.path.ends_with("/mod.rs") || modules > 0;
        if is_root && !source.text.starts_with("//!") {
            found.push(source.path);
        }
    }
    assert_none(&found, "A module root begins with `//!`: what the module is for, and what it never does.");
}

#[test]
fn every_file_is_part_of_its_parent_module() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for source in files("src", "rs").into_iter().chain(files("tests/it", "rs")) {
        if ["src/lib.rs", "src/main.rs"].contains(&source.path.as_str()) {
            continue;
        }
        let path = source.path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
        let (folder, name) = path.rsplit_once('/').expect("below a folder");
        let parents = match folder {
            "src" => vec!["src/lib.rs".to_owned(), "src/main.rs".to_owned()],
            folder => vec![format!("{folder}.rs"), format!("{folder}/mod.rs")],
        };
        let declares = |parent: &String| {
            let text = std::fs::read_to_string(root.join(parent)).unwrap_or_default();
            !lines_with(&text, &format!("mod {name};")).is_empty() || text.contains(&format!("#[path = \"{name}.rs\"]"))
        };
        if !parents.iter().any(declares) {
            found.push(format!("{}: `mod {name};` stands in neither of {}", source.path, parents.join(", ")));
        }
    }
    assert_none(&found, "A file that no module declares is not compiled: its tests do not run, its code is dead.");
}

#[test]
fn nothing_is_left_for_later_or_looked_away_from() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:"), concat!("HA", "CK")];
    let attributes = ["#[ignore", "#![ignore", "#[allow(", "#![allow("];
    let mut found = Vec::new();
    for source in everything() {
        for (number, line) in source.text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
        for attribute in attributes {
            for line in lines_with(&source.code, attribute) {
                found.push(format!("{}:{line}: {attribute}", source.path));
            }
        }
    }
    assert_none(&found, "What is unfinished goes into an issue; a lint or a test that is switched off keeps nothing.");
}

#[test]
fn nothing_panics_outside_of_tests() {
    let panics = [
        ".unwrap(",
        ".expect(",
        ".unwrap_err(",
        ".expect_err(",
        "panic!",
        "todo!",
        "unimplemented!",
        "unreachable!",
        "assert!",
        "assert_eq!",
        "assert_ne!",
    ];
    let mut found = Vec::new();
    for source in files("src", "rs") {
        let code = source.shipped_code();
        for panic in panics {
            for line in lines_with(&code, panic) {
                found.push(format!("{}:{line}: {panic}", source.path));
            }
        }
    }
    assert_none(
        &found,
        "Every input has an answer: a panic would lose what a user was told was kept. Return an error.",
    );
}

#[test]
fn files_hold_plain_characters() {
    let invisible = |c: char| matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{00AD}' | '\t' | '\r');
    let mut found = Vec::new();
    let mut note = |source: &Source, text: &str, wrong: &dyn Fn(char) -> bool| {
        for (number, line) in text.lines().enumerate() {
            if let Some(c) = line.chars().find(|c| wrong(*c)) {
                found.push(format!("{}:{}: {}", source.path, number + 1, c.escape_unicode()));
            }
        }
    };
    for source in everything() {
        note(&source, &source.text, &invisible);
        note(&source, &source.shipped_text(), &|c| !c.is_ascii() && !PROSE.contains(c));
    }
    for source in files("grammar", "ebnf") {
        note(&source, &source.text, &|c| invisible(c) || (!c.is_ascii() && !PROSE.contains(c)));
    }
    assert_none(
        &found,
        "What is read must be what is compiled: ASCII, and the few signs of PROSE; other scripts only in tests, invisible signs nowhere (write them as escapes).",
    );
}
