//! Every example of the grammar files, with its names bound to what is in the worlds.

use odpsh::syntax::{self, Statement, grammar, local};

use super::pair::{FILES, JOB};
use super::worlds::Viewer;

/// Names of the examples, and what they stand for.
const NAMES: [(&str, &str); 8] = [
    ("20240101000000000g00000000", JOB),
    ("20240101000000000abcdef", JOB),
    ("2024abc", JOB),
    ("a.csv", "{files}/two.csv"),
    ("my file.csv", "{files}/my file.csv"),
    ("out/v.txt", "{files}/v.txt"),
    ("./copy.jar", "{files}/copy.jar"),
    ("/tmp/my files/udtf.jar", "{files}/udtf.jar"),
];

/// The tables and views that examples name without a project.
const TABLES: [&str; 4] = ["t", "s", "u", "v"];

/// The statements that a viewer tries: with the tables of its own project, and with those of the secret one.
pub fn statements(viewer: &Viewer) -> Vec<String> {
    let mut all = Vec::new();
    for production in grammar::productions().iter().filter(|production| production.built) {
        for example in &production.accepted {
            let mut bound = example.clone();
            for (name, meant) in NAMES {
                bound = bound.replace(name, meant);
            }
            // Names of folders and other files that no world has are left as they are: a statement that names them fails.
            let projects = words(&bound, &|word, _, _| match word {
                "p" | "q" | "prj_a" => Some("prod".to_owned()),
                "prj_b" => Some(viewer.project.to_owned()),
                _ => None,
            });
            let tables = words(&projects, &|word, before, after| {
                let is_name =
                    TABLES.contains(&word) && !matches!(before, '.' | ':' | '-' | '$' | '\'' | '"' | '/' | '\\');
                (is_name && after != '.').then(|| format!("prod.{word}"))
            });
            all.extend([projects, tables].into_iter().filter(|text| is_tried(text)));
        }
    }
    all.sort();
    all.dedup();
    all
}

/// The text with some of its words replaced: of each, the character before and the one behind it are known.
fn words(text: &str, replace: &dyn Fn(&str, char, char) -> Option<String>) -> String {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut done = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match is_part(first) {
            true => rest.find(|character| !is_part(character)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (word, behind) = rest.split_at(end);
        let before = done.chars().last().unwrap_or(' ');
        let after = behind.chars().next().unwrap_or(' ');
        let replaced = if is_part(first) { replace(word, before, after) } else { None };
        done.push_str(&replaced.unwrap_or_else(|| word.to_owned()));
        rest = behind;
    }
    done
}

/// Whether a statement is one that is tried: it can be read, and leaves the session what it is. What is done to the state file itself
/// is no statement of the viewer's (BND-1).
fn is_tried(text: &str) -> bool {
    let Ok(script) = syntax::parse(&text.replace(FILES, "/f").replace(JOB, "20240101000000000g0")) else {
        return false;
    };
    script.pieces.iter().all(|piece| match &piece.statement {
        Statement::Session(statement) => {
            !matches!(statement, syntax::session::Statement::Use { .. }) && !text.starts_with('q')
        }
        Statement::Local(statement) => {
            matches!(
                statement,
                local::Statement::Why { .. }
                    | local::Statement::Who { .. }
                    | local::Statement::WhoOnRole { .. }
                    | local::Statement::WhoUses { .. }
                    | local::Statement::What { .. }
            )
        }
        _ => true,
    })
}
