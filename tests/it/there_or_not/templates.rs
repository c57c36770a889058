//! Statements with a hole for a name: every accepted example of the grammar, with each of its words that is a name in turn.

use odpsh::syntax::grammar::{Production, productions};
use odpsh::syntax::parse_statement;

/// A statement with a hole.
#[derive(Debug, Clone)]
pub struct Template {
    /// The production whose example it is.
    pub production: &'static str,
    before: String,
    after: String,
    /// What stands before the name in the hole.
    project: &'static str,
    /// Whether that is a schema: only a session in which names have schemas reads it so.
    pub is_in_schema: bool,
}

/// What stands for projects in the examples, and what of this world is put there.
const PROJECTS: [(&str, &str); 4] = [("p", "prod"), ("prj_a", "prod"), ("q", "lab"), ("prj_b", "lab")];

/// Names are reached from other projects in these ways.
const WAYS: [&str; 4] = ["", "prod.", "prod:", "prod/resources/"];

/// And from other schemas in these: one of them the caller may hold something on.
const SCHEMA_WAYS: [&str; 6] = ["here.", "mine.", "mine:", "prod.here.", "prod.mine.", "prod/schemas/mine/resources/"];

impl Template {
    /// Whether the hole is the name of an account.
    pub fn is_of_account(&self) -> bool {
        self.before.ends_with('$')
    }

    /// The statement with this name in the hole, if it is one of its production then.
    pub fn with(&self, name: &str) -> Option<String> {
        let text = format!("{}{}{name}{}", self.before, self.project, self.after);
        is_of(self.production, &text).then_some(text)
    }

    /// Whether the name would be a project's.
    pub fn is_of_project(&self, name: &str) -> bool {
        self.project.is_empty() && name == "prod"
    }
}

/// Every template, in the order of the files.
pub fn templates() -> Vec<Template> {
    let mut all = Vec::new();
    for production in productions().iter().filter(|production| production.built) {
        if production.family == "local" && !["who", "what"].contains(&production.name.as_str()) {
            continue;
        }
        for example in &production.accepted {
            let example = with_projects(production, example);
            let holes = holes(production, &example);
            for hole in &holes {
                add(&mut all, production, &example, *hole);
            }
            // Once more with everything else there and held.
            for hole in &holes {
                let (text, hole) = filled(production, &example, &holes, *hole);
                if text != example {
                    add(&mut all, production, &text, hole);
                }
            }
        }
    }
    all.dedup_by(|one, other| (&one.before, &one.after, one.project) == (&other.before, &other.after, other.project));
    all
}

fn add(all: &mut Vec<Template>, production: &'static Production, text: &str, (start, end): (usize, usize)) {
    let (before, after) = (part(text, 0..start).to_owned(), part(text, end..text.len()).to_owned());
    let is_named = before.ends_with(['.', ':', '/', '$']);
    let ways = WAYS.into_iter().map(|way| (way, false)).chain(SCHEMA_WAYS.into_iter().map(|way| (way, true)));
    for (project, is_in_schema) in ways {
        if is_named && !project.is_empty() {
            continue;
        }
        let (before, after) = (before.clone(), after.clone());
        let template = Template { production: &production.name, before, after, project, is_in_schema };
        if template.with("here").is_some() {
            all.push(template);
        }
    }
}

/// Whether a text is a statement of this production.
fn is_of(production: &str, text: &str) -> bool {
    parse_statement(text).is_ok_and(|statement| statement.production() == production)
}

/// A part of a text that begins and ends with whole signs.
fn part(text: &str, range: std::ops::Range<usize>) -> &str {
    text.get(range).expect("whole signs")
}

/// The words of a text.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, sign) in text.char_indices().chain([(text.len(), ' ')]) {
        match (sign.is_ascii_alphanumeric() || sign == '_', start) {
            (true, None) => start = Some(at),
            (false, Some(begin)) => {
                words.push((begin, at));
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// The example with the projects of this world.
fn with_projects(production: &Production, example: &str) -> String {
    let mut text = example.to_owned();
    let mut from = 0;
    while let Some((start, end)) = words(&text).into_iter().find(|(start, _)| *start >= from) {
        from = end;
        let Some((_, project)) = PROJECTS.iter().find(|(placeholder, _)| *placeholder == part(&text, start..end))
        else {
            continue;
        };
        let replaced = format!("{}{project}{}", part(&text, 0..start), part(&text, end..text.len()));
        if is_of(&production.name, &replaced) {
            from = start + project.len();
            text = replaced;
        }
    }
    text
}

/// The words that are names: with another one the statement is another one of the same production.
fn holes(production: &Production, example: &str) -> Vec<(usize, usize)> {
    let Ok(statement) = parse_statement(example) else { return Vec::new() };
    let is_name = |(start, end): &(usize, usize)| {
        let text = format!("{}here{}", part(example, 0..*start), part(example, *end..example.len()));
        parse_statement(&text).is_ok_and(|other| other.production() == production.name && other != statement)
    };
    words(example).into_iter().filter(is_name).collect()
}

/// The example with `mine` for every other name, and where the hole is then.
fn filled(
    production: &Production,
    example: &str,
    holes: &[(usize, usize)],
    hole: (usize, usize),
) -> (String, (usize, usize)) {
    let (mut text, mut place) = (example.to_owned(), hole);
    for (start, end) in holes.iter().rev().filter(|other| **other != hole) {
        let is_project = ["prod", "lab"].contains(&part(&text, *start..*end));
        let replaced = format!("{}mine{}", part(&text, 0..*start), part(&text, *end..text.len()));
        if is_project || !is_of(&production.name, &replaced) {
            continue;
        }
        if *end <= place.0 {
            let shift = |at: usize| at + "mine".len() - (end - start);
            place = (shift(place.0), shift(place.1));
        }
        text = replaced;
    }
    (text, place)
}
