//! Invariant 10: one decision path. Binding asks a judge that its driver made; it makes none, and decides nothing itself.

use super::assert_none;
use super::source::{Source, files, tokens};

/// Where a file names something that decides: `decide` and `authorise` except as a method of a judge, and what makes assumptions.
fn decides(source: &Source, makers: &[&str]) -> Vec<String> {
    let code = source.shipped_code();
    let tokens = tokens(&code);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at)).map(|token| token.text);
        let after = tokens.get(at + 1).map(|token| token.text);
        let is_call = ["decide", "authorise"].contains(&token.text) && before != Some(".") && before != Some("fn");
        let is_maker = makers.contains(&token.text) && after == Some("::") || token.text == "Hypothetical";
        if is_call || is_maker {
            found.push(format!("{}:{}: `{}`", source.path, token.line, token.text));
        }
    }
    found
}

#[test]
fn command_decides_nothing_itself() {
    let found: Vec<String> = files("src/command", "rs").iter().flat_map(|source| decides(source, &["Judge"])).collect();
    assert_none(
        &found,
        "`command` asks `Context::judge`: a decision of its own would not know what its driver assumes, and advice would be about another world.",
    );
}

#[test]
fn the_shell_binds_in_one_place() {
    let mut found = Vec::new();
    for source in files("src/shell", "rs").iter().chain(&files("src/transcript", "rs")) {
        let code = source.shipped_code();
        let tokens = tokens(&code);
        for window in tokens.windows(3) {
            let is_bind = window[0].text == "command" && window[1].text == "::" && window[2].text == "bind";
            if is_bind && source.path != "src/shell/caller.rs" {
                found.push(format!("{}:{}: `command::bind`", source.path, window[0].line));
            }
        }
    }
    assert_none(&found, "`Caller::bind` makes the judge and binds: enforcement, `.why`, advice and lookups use it.");
}
