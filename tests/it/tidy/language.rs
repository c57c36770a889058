//! Messages and documents are written in plain technical English.

use super::assert_none;
use super::source::{Source, files};

/// Phrases that are not used, each with what to write instead.
const BANNED: [(&str, &str); 15] = [
    (" is no ", "`is not a …`"),
    (" are no ", "`are not …`"),
    ("is asked for", "`needs …`, or `is required`"),
    ("own affair", "say who may see or do it"),
    ("supposed to", "`assumed to`, or `must`"),
    ("stands in", "`is in`, or `replaces`"),
    ("stands behind", "`follows`"),
    ("stands twice", "`appears twice`"),
    ("is there twice", "`is defined twice`"),
    ("nobody is", "name the principals, or use `no principal`"),
    ("what is told", "`the message`"),
    ("taken back as well", "`rolled back too`"),
    ("does not fit here", "`is not allowed here`"),
    ("made anew", "`created again`, or `new`"),
    ("goes on with", "`continues`"),
];

/// Uses of a banned phrase that are right.
const RIGHT: [&str; 4] = ["there is no ", "there are no ", " is no longer", " are no longer"];

/// Modules of `src` whose messages are held to the list.
const CHECKED: [&str; 13] = [
    "src/analysis",
    "src/cli",
    "src/command",
    "src/data",
    "src/error",
    "src/model",
    "src/render",
    "src/repl",
    "src/security",
    "src/shell",
    "src/store",
    "src/syntax",
    "src/transcript",
];

fn is_checked(source: &Source) -> bool {
    let is_in = |checked: &&str| {
        source.path.strip_prefix(*checked).is_some_and(|rest| rest.starts_with('/') || rest.starts_with('.'))
    };
    CHECKED.iter().any(is_in)
}

/// The banned phrases in a text, with what to write instead.
fn banned(text: &str) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let lower = RIGHT.iter().fold(text.to_lowercase(), |text, right| text.replace(right, ""));
    BANNED.iter().filter(move |(phrase, _)| lower.contains(phrase))
}

#[test]
fn messages_are_plain_english() {
    let mut found = Vec::new();
    for source in files("src", "rs").iter().filter(|source| is_checked(source)) {
        for (line, literal) in source.shipped_literals() {
            found.extend(banned(&literal).map(|(old, new)| format!("{}:{line}: `{old}`: write {new}", source.path)));
        }
    }
    assert_none(&found, "Messages are short, active and in standard terms.");
}

#[test]
fn documents_are_plain_english() {
    let mut found = Vec::new();
    let documents = ["README.md", "CHANGELOG.md", "ARCHITECTURE.md"].map(Source::read);
    let folders = [files("docs", "md"), files("grammar", "md"), files("grammar", "ebnf")];
    for source in documents.iter().chain(folders.iter().flatten()) {
        for (line, text) in source.text.lines().enumerate() {
            let wrong = |(old, new): &(&str, &str)| format!("{}:{}: `{old}`: write {new}", source.path, line + 1);
            found.extend(banned(text).map(wrong));
        }
    }
    assert_none(&found, "Documents are short, active and in standard terms.");
}
