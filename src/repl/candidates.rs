use crate::model::builtin_functions;
use crate::shell::Session;
use crate::syntax::grammar;

use super::place::{Mention, Place};
use super::query_words::QUERY_WORDS;

/// Words behind which a table or view is named.
const NAMES_FOLLOW: [&str; 9] =
    ["from", "join", "table", "into", "overwrite", "view", "desc", "describe", "partitions"];

/// What could stand at a place.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Keywords and local commands.
    pub keywords: Vec<String>,
    /// Projects, tables, columns.
    pub names: Vec<String>,
}

/// Keywords that the grammar knows at this place, and names that the session's principal may know.
///
/// A state that cannot be read has no names; completion never fails.
pub fn candidates(place: &Place, session: &Session) -> Candidates {
    let keywords = if place.qualifier.is_none() { keywords(place) } else { Vec::new() };
    let names = match &place.qualifier {
        Some(qualifier) => qualified(place, qualifier, session),
        None if place.before.is_empty() => Vec::new(),
        None => unqualified(place, session),
    };
    let mut names: Vec<String> =
        names.into_iter().filter(|name| continues(name, &place.word)).map(|name| spelled(&name)).collect();
    names.sort();
    names.dedup();
    Candidates { keywords, names }
}

fn keywords(place: &Place) -> Vec<String> {
    let before: Vec<&str> = place.before.iter().map(String::as_str).collect();
    let mut found: Vec<String> =
        grammar::next_keywords(&before).into_iter().map(|word| cased(&word, &place.word)).collect();
    let names_follow =
        before.last().is_some_and(|word| NAMES_FOLLOW.iter().any(|other| other.eq_ignore_ascii_case(word)));
    if in_query(&before) && !names_follow {
        let functions = builtin_functions().iter().filter(|function| function.is_built()).map(|function| function.name);
        found.extend(QUERY_WORDS.into_iter().chain(functions).map(|word| cased(word, &place.word)));
    }
    found.retain(|word| continues(word, &place.word));
    found.sort();
    found.dedup();
    found
}

fn in_query(before: &[&str]) -> bool {
    let is = |word: &&str, other: &str| word.eq_ignore_ascii_case(other);
    before.iter().any(|word| is(word, "select") || is(word, "values"))
        || before.first().is_some_and(|word| is(word, "with") || is(word, "from"))
}

/// A keyword in capitals, if that is how the word was begun.
fn cased(keyword: &str, word: &str) -> String {
    let capitals = word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase);
    if capitals { keyword.to_uppercase() } else { keyword.to_owned() }
}

fn continues(candidate: &str, word: &str) -> bool {
    candidate.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// A name as it has to be typed.
fn spelled(name: &str) -> String {
    let plain = name.chars().all(|character| character.is_alphanumeric() || character == '_')
        && !name.starts_with(|character: char| character.is_numeric());
    if plain { name.to_owned() } else { format!("`{name}`") }
}

/// Behind `t.` columns of the table, behind `p.` tables of the project or schema.
fn qualified(place: &Place, qualifier: &str, session: &Session) -> Vec<String> {
    let last = qualifier.rsplit('.').next().unwrap_or(qualifier);
    let called = |mention: &&Mention| {
        let name = mention.alias.as_ref().unwrap_or(&mention.table);
        name.eq_ignore_ascii_case(last)
    };
    let mut names: Vec<String> =
        place.tables.iter().filter(called).flat_map(|mention| columns(mention, session)).collect();
    names.extend(session.table_names(&qualifier.split('.').collect::<Vec<_>>(), &place.word).unwrap_or_default());
    names
}

/// What the word before asks for; where it asks for nothing special, columns of the statement's tables and tables.
fn unqualified(place: &Place, session: &Session) -> Vec<String> {
    let before = place.before.last().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
    let projects = || session.project_names(&place.word).unwrap_or_default();
    let tables = || session.table_names(&[], &place.word).unwrap_or_default();
    match before.as_str() {
        "use" | "project" | "trustedproject" | "in" if !place.is_query() => projects(),
        word if NAMES_FOLLOW.contains(&word) => tables().into_iter().chain(projects()).collect(),
        "set" | "unset" | "user" | "role" | "." => Vec::new(),
        _ => {
            let mut names: Vec<String> = place.tables.iter().flat_map(|mention| columns(mention, session)).collect();
            names.extend(place.tables.iter().filter_map(|mention| mention.alias.clone()));
            names.extend(tables());
            names
        }
    }
}

fn columns(mention: &Mention, session: &Session) -> Vec<String> {
    let qualifier: Vec<&str> = mention.qualifier.iter().flat_map(|qualifier| qualifier.split('.')).collect();
    session.column_names(&qualifier, &mention.table).unwrap_or_default()
}

impl Place {
    fn is_query(&self) -> bool {
        in_query(&self.before.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::super::place::place;
    use super::*;
    use crate::model::Time;
    use crate::shell::{Options, StatePath, World};
    use crate::syntax;

    fn session(script: &str) -> Session {
        let options = Options::on(StatePath::Memory);
        let mut session = Session::open(World::fixed(Time(0)), options).unwrap();
        for piece in syntax::parse(script).unwrap().pieces {
            session.run(&piece, script).unwrap();
        }
        session
    }

    fn at(text: &str, session: &Session) -> Candidates {
        let (left, right) = text.split_once('|').unwrap();
        candidates(&place(&format!("{left}{right}"), left.len()).unwrap(), session)
    }

    #[test]
    fn keywords_follow_the_grammar_and_the_case_that_was_typed() {
        let session = session("");
        assert_eq!(at("who|", &session).keywords, ["whoami"]);
        assert_eq!(at("WHO|", &session).keywords, ["WHOAMI"]);
        assert_eq!(at(".ti|", &session).keywords, [".timing"]);
        assert_eq!(at(".timing o|", &session).keywords, ["off", "on"]);
        assert_eq!(
            at("select a fro|", &session).keywords,
            ["from", "from_json", "from_unixtime", "from_utc_timestamp"]
        );
        assert!(at("show |", &session).keywords.contains(&"tables".to_owned()));
    }

    #[test]
    fn names_are_those_that_the_place_asks_for() {
        let session = session(
            ".project create prj_a\n.project create prj_b\nuse prj_a;
             create table phones (number string, owner string); create table people (id bigint);
             use prj_b; create table other (id bigint); use prj_a;",
        );
        assert_eq!(at("use prj|", &session).names, ["prj_a", "prj_b"]);
        assert_eq!(at("select * from p|", &session).names, ["people", "phones", "prj_a", "prj_b"]);
        assert_eq!(at("select * from PH|", &session).names, ["phones"]);
        assert_eq!(at("select n| from phones", &session).names, ["number"]);
        assert_eq!(at("select x.| from phones x", &session).names, ["number", "owner"]);
        assert_eq!(at("select * from prj_b.|", &session).names, ["other"]);
        assert_eq!(at("select i| from prj_b.other", &session).names, ["id"]);
        assert!(at("p|", &session).names.is_empty());
    }

    #[test]
    fn who_may_not_list_or_describe_is_told_nothing() {
        let session = session(
            ".project create prj_a\nuse prj_a; create table phones (number string);
             .account create ALIYUN$eve@aliyun.com\n.user ALIYUN$eve@aliyun.com\n",
        );
        assert_eq!(at("select * from p|", &session), Candidates::default());
        assert!(at("select n| from phones", &session).names.is_empty());
        assert!(at("select * from prj_a.|", &session).names.is_empty());
    }
}
