//! Grammar files → productions. `grammar/README.md` describes their lines.

use super::expression::{self, Expression, TERMINALS};
use super::{Grammar, Production};

macro_rules! files {
    ($($family:literal),* $(,)?) => {
        /// Every file with its name.
        const FILES: &[(&str, &str)] = &[$((
            $family,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/grammar/", $family, ".ebnf")),
        )),*];
    };
}

files!(
    "parts",
    "session",
    "project",
    "schema",
    "table",
    "query",
    "user",
    "role",
    "grant",
    "protection",
    "local",
    "policy",
    "package",
    "label",
    "resource",
    "function",
    "instance",
    "tunnel",
    "tenant",
    "tenant_resource",
    "network",
    "elsewhere",
);

/// Reads all files; mistakes in them are reported and skipped.
pub fn read_all() -> (Grammar, Vec<String>) {
    let mut grammar = Grammar::default();
    let mut mistakes = Vec::new();
    for (family, text) in FILES {
        for block in blocks(text) {
            if let Err(mistake) = read_block(family, &block, &mut grammar) {
                mistakes.push(format!("grammar/{family}.ebnf:{}: {mistake}", block.number));
            }
        }
    }
    check(&grammar, &mut mistakes);
    (grammar, mistakes)
}

/// A production's first line and the lines that belong to it.
struct Block<'a> {
    number: usize,
    head: &'a str,
    lines: Vec<&'a str>,
}

fn blocks(text: &'static str) -> Vec<Block<'static>> {
    let mut blocks: Vec<Block<'static>> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match blocks.last_mut() {
            Some(block) if line.starts_with(' ') => block.lines.push(line.trim()),
            _ => blocks.push(Block { number: index + 1, head: line, lines: Vec::new() }),
        }
    }
    blocks
}

fn read_block(family: &'static str, block: &Block<'_>, grammar: &mut Grammar) -> Result<(), String> {
    let (mut help, mut accepted, mut refused, mut alternative) = (Vec::new(), Vec::new(), Vec::new(), None);
    let (mut continued, mut limit) = (Vec::new(), None);
    for line in &block.lines {
        let tail = line.get(2..).unwrap_or_default().to_owned();
        match line.split(' ').next() {
            Some(":") => help.push(tail),
            Some("+") => accepted.push(tail),
            Some("-") => refused.push(tail),
            Some(">") => alternative = Some(tail),
            Some("!") => limit = Some(tail),
            _ => continued.push(*line),
        }
    }
    let whole =
        |head: &str| std::iter::once(head.trim()).chain(continued.iter().copied()).collect::<Vec<_>>().join(" ");
    if let Some((name, head)) = block.head.split_once(":=") {
        let expression = expression::read(&whole(head))?;
        return match grammar.parts.insert(name.trim().to_owned(), expression) {
            None => Ok(()),
            Some(_) => Err(format!("the part `{}` is defined twice", name.trim())),
        };
    }
    let Some((name, head)) = block.head.split_once('=') else {
        return Err(format!("`{}` has no `=`", block.head));
    };
    let text = whole(head);
    let name = name.trim();
    let built = !name.starts_with('~');
    let name = name.trim_start_matches('~').trim().to_owned();
    if grammar.productions.iter().any(|production| production.name == name) {
        return Err(format!("the production `{name}` is defined twice"));
    }
    let expression = expression::read(&text)?;
    grammar.productions.push(Production {
        family,
        name,
        text,
        help,
        built,
        accepted,
        refused,
        alternative,
        limit,
        expression,
    });
    Ok(())
}

/// Every name is a part or a terminal, and parts do not contain themselves.
fn check(grammar: &Grammar, mistakes: &mut Vec<String>) {
    let known = |name: &str| grammar.parts.contains_key(name) || TERMINALS.contains(&name);
    let all = grammar.productions.iter().map(|production| (production.name.as_str(), &production.expression));
    for (name, expression) in all.chain(grammar.parts.iter().map(|(name, part)| (name.as_str(), part))) {
        for unknown in expression.names().into_iter().filter(|name| !known(name)) {
            mistakes.push(format!("`{name}` refers to `{unknown}`, which is not defined"));
        }
    }
    for name in grammar.parts.keys().filter(|name| contains_itself(grammar, name)) {
        mistakes.push(format!("the part `{name}` contains itself"));
    }
}

fn contains_itself(grammar: &Grammar, start: &str) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    let mut waiting: Vec<&str> = grammar.part(start).map(Expression::names).unwrap_or_default();
    while let Some(name) = waiting.pop() {
        if name == start {
            return true;
        }
        if seen.insert(name) {
            waiting.extend(grammar.part(name).map(Expression::names).unwrap_or_default());
        }
    }
    false
}
