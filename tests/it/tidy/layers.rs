//! Invariant 1: modules use only the modules above them.

use super::source::{Source, Token, files, tokens};
use super::{assert_none, room};

/// The modules, top to bottom.
const MODULES: [&str; 21] = [
    "text",
    "error",
    "model",
    "cipher",
    "signature",
    "policy",
    "syntax",
    "security",
    "store",
    "sandbox",
    "data",
    "data_absent",
    "command",
    "analysis",
    "shell",
    "render",
    "transcript",
    "repl",
    "cli",
    "lib",
    "main",
];

/// Modules that do not use each other, in either direction: state and rows are put together by `command`, and the decision does not know
/// how a statement is spelled.
const APART: [(&str, &str); 4] =
    [("store", "data"), ("store", "data_absent"), ("security", "syntax"), ("policy", "syntax")];

#[test]
fn modules_use_only_the_modules_above_them() {
    let mut found = Vec::new();
    for source in files("src", "rs") {
        let room = room(&source).expect("a file of src");
        let Some(level) = MODULES.iter().position(|known| *known == room) else {
            found.push(format!("{}: `{room}` is not a module of the code map", source.path));
            continue;
        };
        for (used, line) in rooms_used(&source) {
            let above = MODULES.iter().position(|known| *known == used).is_some_and(|other| other <= level);
            let apart = APART.iter().any(|pair| *pair == (room, used.as_str()) || *pair == (used.as_str(), room));
            if !above || apart {
                found.push(format!("{}:{line}: `{room}` uses `{used}`", source.path));
            }
        }
    }
    let way = MODULES.join(" -> ");
    assert_none(
        &found,
        &format!(
            "A module uses only modules above it ({way}), and those in APART not each other: a reader must never need what comes later, and nothing can go around a decision."
        ),
    );
}

#[test]
fn render_sees_of_command_the_outcome_only() {
    let is_outcome =
        |source: &Source| source.path == "src/command/outcome.rs" || source.path.starts_with("src/command/outcome/");
    let is_public = |window: &&[Token<'_>]| {
        window[0].text == "pub" && ["struct", "enum", "trait", "type", "fn"].contains(&window[1].text)
    };
    let mut public: Vec<String> = Vec::new();
    for source in files("src/command", "rs").into_iter().filter(is_outcome) {
        let code = source.shipped_code();
        public.extend(tokens(&code).windows(3).filter(is_public).map(|window| window[2].text.to_owned()));
    }
    assert!(public.contains(&"Outcome".to_owned()), "the outcome of a statement has files of its own");
    let mut found = Vec::new();
    for source in files("src/render", "rs") {
        let code = source.code.clone();
        for (name, line) in used_of(&tokens(&code), "command") {
            if !public.contains(&name) && name != "outcome" {
                found.push(format!("{}:{line}: `crate::command::{name}`", source.path));
            }
        }
    }
    assert_none(&found, "render makes text of outcomes and errors; a statement's meaning is none of its business.");
}

/// The top-level modules that a file names, by `crate::` and by `super::` that reaches the crate.
fn rooms_used(source: &Source) -> Vec<(String, usize)> {
    let code = source.shipped_code();
    let tokens = tokens(&code);
    let mut used = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let macro_path = at > 0 && tokens[at - 1].text == "$";
        let follows_path = at > 0 && tokens[at - 1].text == "::";
        if token.text == "crate" && !macro_path && next_is(&tokens, at, "::") {
            used.extend(names(&tokens, at + 2));
        }
        if token.text == "super" && !follows_path {
            let mut supers = 0;
            let mut next = at;
            while tokens.get(next).is_some_and(|token| token.text == "super") && next_is(&tokens, next, "::") {
                supers += 1;
                next += 2;
            }
            let is_file_of_crate = ["src/lib.rs", "src/main.rs"].contains(&source.path.as_str());
            if !is_file_of_crate && supers >= source.module().len() {
                used.extend(names(&tokens, next));
            }
        }
    }
    // The binary names the library.
    used.extend(used_of(&tokens, "odpsh").into_iter().filter(|_| source.path == "src/main.rs"));
    used
}

fn next_is(tokens: &[Token<'_>], at: usize, text: &str) -> bool {
    tokens.get(at + 1).is_some_and(|token| token.text == text)
}

/// What follows each `<module>::`.
fn used_of(tokens: &[Token<'_>], module: &str) -> Vec<(String, usize)> {
    let starts = (0..tokens.len()).filter(|at| tokens[*at].text == module && next_is(tokens, *at, "::"));
    starts.flat_map(|at| names(tokens, at + 2)).collect()
}

/// The name at this place, or the first names of each path of a `{…}` list.
fn names(tokens: &[Token<'_>], at: usize) -> Vec<(String, usize)> {
    let Some(first) = tokens.get(at) else { return Vec::new() };
    if first.text != "{" {
        return vec![(first.text.to_owned(), first.line)];
    }
    let mut found = Vec::new();
    let mut depth = 0;
    for window in tokens[at..].windows(2) {
        match window[0].text {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && ["{", ","].contains(&window[0].text) && window[1].text != "}" {
            found.push((window[1].text.to_owned(), window[1].line));
        }
    }
    found
}

#[test]
fn lists_and_supers_are_seen() {
    let code = "use crate::{text::Span, error::{Code, Error}, model}; use super::super::store::Store;";
    let tokens = tokens(code);
    let named: Vec<String> = used_of(&tokens, "crate").into_iter().map(|(name, _)| name).collect();
    assert_eq!(named, ["text", "error", "model"]);
}
