//! Statements for other services, from text. Source: odpscmd, class by class.

use super::options::{Definition, Given, Takes, Words};
use super::{Service, Statement};
use crate::error::{Code, Error, Result};
use crate::syntax::parser::{Parsed, Tokens, wrong};
use crate::syntax::phrase::without_comments;
use crate::text::Span;

/// A statement by its first words.
struct Form {
    production: &'static str,
    service: Service,
    /// Its first words: one of each.
    words: &'static [&'static [&'static str]],
    /// Whether the first words are in small letters only.
    small: bool,
    /// What its words must be.
    check: fn(&Words<'_>) -> Result<()>,
}

const DESCRIBE: &[&str] = &["desc", "describe"];
const LIST: &[&str] = &["show", "list", "ls"];

const fn form(
    production: &'static str,
    service: Service,
    words: &'static [&'static [&'static str]],
    check: fn(&Words<'_>) -> Result<()>,
) -> Form {
    Form { production, service, words, small: false, check }
}

const FORMS: &[Form] = &[
    form("http", Service::Http, &[&["http"]], http),
    form("trigger-automvcreation", Service::AutoMv, &[&["trigger"], &["automvcreation"]], nothing),
    form("show-automvmeta", Service::AutoMv, &[&["show"], &["automvmeta"]], nothing),
    Form { small: true, ..form("attach-session", Service::Acceleration, &[&["attach"], &["session"]], one) },
    Form { small: true, ..form("detach-session", Service::Acceleration, &[&["detach"], &["session"]], nothing) },
    form("tune", Service::Tune, &[&["tune"]], some),
    form("create-externalproject", Service::ExternalProject, &[&["create", "update"], &["externalproject"]], external),
    form("drop-externalproject", Service::ExternalProject, &[&["drop", "delete"], &["externalproject"]], no_external),
    form("add-volume", Service::Volumes, &[&["add"], &["volumefile", "volumearchive"]], volume),
    form("vfs", Service::Volumes, &[&["vfs", "fs"]], some),
    form("create-offlinemodel", Service::Xflow, &[&["create"], &["offlinemodel"]], create_model),
    form("desc-offlinemodel", Service::Xflow, &[DESCRIBE, &["offlinemodel"]], model),
    form("drop-offlinemodel", Service::Xflow, &[&["drop"], &["offlinemodel"]], drop_model),
    form("read-offlinemodel", Service::Xflow, &[&["read"], &["offlinemodel"]], read_model),
    form("copy-offlinemodel", Service::Xflow, &[&["copy"], &["offlinemodel"]], some),
    form("list-offlinemodels", Service::Xflow, &[LIST, &["offlinemodels"]], at_most_one),
    form("create-onlinemodel", Service::Xflow, &[&["create", "update", "updateabtest"], &["onlinemodel"]], some),
    form("desc-onlinemodel", Service::Xflow, &[&["desc", "describe", "drop"], &["onlinemodel"]], model),
    form("list-onlinemodels", Service::Xflow, &[LIST, &["onlinemodels"]], at_most_one),
    form("list-xflows", Service::Xflow, &[LIST, &["xflows"]], at_most_one),
    form("pai", Service::Pai, &[&["pai"]], pai),
    form("jar", Service::MapReduce, &[&["jar"]], jar),
    form("spark", Service::Spark, &[&["spark"], &["list", "info", "kill", "search", "view"]], anything),
    form("desc-cupid-instance", Service::Cupid, &[DESCRIBE, &["cupid"], &["instance"]], by_id),
    form("wait-jobview", Service::Cupid, &[&["wait"], &["jobview"]], by_id),
    form("list-cupidinstances", Service::Cupid, &[&["list", "ls"], &["cupidinstances"]], anything),
    form("get-security-policy", Service::SecurityPolicy, &[&["get"], &["security"], &["policy"]], nothing),
    form("put-security-policy", Service::SecurityPolicy, &[&["put"], &["security"], &["policy"]], one),
];

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let words: Vec<&str> = tokens.list().iter().take(3).map(|token| token.span.of(tokens.source())).collect();
    let fits = |form: &&Form| {
        words.len() >= form.words.len()
            && words.iter().zip(form.words).all(|(word, known)| {
                known.iter().any(|known| if form.small { word == known } else { word.eq_ignore_ascii_case(known) })
            })
    };
    let Some(form) = FORMS.iter().find(fits) else { return tokens.miss("a statement") };
    let rest = nom::Input::take_from(&tokens, form.words.len());
    if let Err(error) = (form.check)(&Words::of(rest)) {
        let error = if error.span.is_some() { error } else { error.at(tokens.rest_span()) };
        return wrong(error.help(format!("`help {};` shows how it is written", form.production.replace('-', " "))));
    }
    let text = without_comments(tokens);
    let statement = Statement { production: form.production, service: form.service, text };
    Ok((nom::Input::take_from(&tokens, tokens.list().len()), statement))
}

/// Every production of this family.
pub fn productions() -> impl Iterator<Item = &'static str> {
    FORMS.iter().map(|form| form.production)
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        self.production
    }
}

fn bad(message: &str, span: Option<Span>) -> Box<Error> {
    let error = Error::new(Code::Parse, message.to_owned());
    match span {
        Some(span) => error.at(span),
        None => error,
    }
}

fn anything(_: &Words<'_>) -> Result<()> {
    Ok(())
}

/// At least one word.
fn some(words: &Words<'_>) -> Result<()> {
    match words.read(&[], true) {
        Ok(given) if given.arguments.is_empty() => Err(bad("the statement is not complete", None)),
        // Its options are those of a service of its own.
        _ => Ok(()),
    }
}

fn counted(given: &Given<'_>, least: usize, most: usize) -> Result<()> {
    match given.arguments.get(most) {
        _ if given.arguments.len() < least => Err(bad("the statement is not complete", None)),
        Some((_, span)) => Err(bad("more words than the statement has", Some(*span))),
        None => Ok(()),
    }
}

fn nothing(words: &Words<'_>) -> Result<()> {
    counted(&words.read(&[], false)?, 0, 0)
}

fn one(words: &Words<'_>) -> Result<()> {
    counted(&words.read(&[], false)?, 1, 1)
}

const IN_PROJECT: &[Definition] = &[(&["p", "project"], Takes::Value)];

fn at_most_one(words: &Words<'_>) -> Result<()> {
    counted(&words.read(IN_PROJECT, false)?, 0, 1)
}

/// `http <method> <url> [-header=<file>] [-content=<file>] [-token=<token>]`
fn http(words: &Words<'_>) -> Result<()> {
    let options: &[Definition] =
        &[(&["h", "header"], Takes::Value), (&["c", "content"], Takes::Value), (&["t", "token"], Takes::Value)];
    let given = words.read(options, false)?;
    counted(&given, 2, 2)?;
    let methods = ["DELETE", "GET", "HEAD", "POST", "PUT"];
    match given.arguments.first() {
        Some((method, span)) if !methods.iter().any(|known| method.eq_ignore_ascii_case(known)) => {
            Err(bad("illegal http method", Some(*span)))
        }
        _ => Ok(()),
    }
}

const EXTERNAL: &[Definition] = &[
    (&["name"], Takes::Value),
    (&["source"], Takes::Value),
    (&["comment"], Takes::Value),
    (&["ref"], Takes::Value),
    (&["foreignServer"], Takes::Value),
    (&["nn"], Takes::Value),
    (&["hms"], Takes::Value),
    (&["db"], Takes::Value),
    (&["vpc"], Takes::Value),
    (&["region"], Takes::Value),
    (&["accessIp"], Takes::Value),
    (&["dfsNamespace"], Takes::Value),
    (&["ramRoleArn"], Takes::Value),
    (&["endpoint"], Takes::Value),
    (&["ossEndpoint"], Takes::Value),
    (&["hmsPrincipals"], Takes::Value),
    (&["D"], Takes::Property),
    (&["T"], Takes::Property),
];

fn required(given: &Given<'_>, options: &[&str]) -> Result<()> {
    match options.iter().find(|option| !given.has(option)) {
        Some(option) => Err(bad(&format!("{option} is required and not allowed to be empty."), None)),
        None => Ok(()),
    }
}

fn external(words: &Words<'_>) -> Result<()> {
    let given = words.read(EXTERNAL, false)?;
    counted(&given, 0, 0)?;
    required(&given, &["name"])?;
    match given.value("source").unwrap_or("hive") {
        "hive" if given.has("foreignServer") => required(&given, &["db"]),
        "hive" if given.has("vpc") => required(&given, &["db", "nn", "hms", "region"]),
        "hive" => required(&given, &["db", "nn", "hms"]),
        "dlf" => required(&given, &["region", "endpoint", "db"]),
        "maxcompute" => required(&given, &["foreignServer", "db"]),
        other => Err(bad(&format!("Unknown source: {other}"), given.place("source"))),
    }
}

fn no_external(words: &Words<'_>) -> Result<()> {
    let given = words.read(EXTERNAL, false)?;
    counted(&given, 0, 0)?;
    required(&given, &["name"])
}

/// `<path> as <alias> [comment <text>] [-f]`
fn volume(words: &Words<'_>) -> Result<()> {
    let given = words.read(&[(&["f"], Takes::Nothing)], false)?;
    match given.arguments.get(1) {
        None => Err(bad("pls set alias.", given.place("f"))),
        Some((word, span)) if !word.eq_ignore_ascii_case("as") || given.arguments.len() < 3 => {
            Err(bad("pls set alias.", Some(*span)))
        }
        Some(_) => Ok(()),
    }
}

fn create_model(words: &Words<'_>) -> Result<()> {
    let options: &[Definition] = &[
        (&["modelPath"], Takes::Value),
        (&["arn"], Takes::Value),
        (&["type"], Takes::Value),
        (&["version"], Takes::Value),
        (&["configuration"], Takes::Value),
        (&["processor"], Takes::Value),
    ];
    let given = words.read(options, false)?;
    required(&given, &["modelPath"])?;
    if given.has("type") == given.has("processor") {
        return Err(bad("either -type or -processor is required", given.place("processor")));
    }
    counted(&given, 1, 1)?;
    named(&given, false)
}

/// `[-p <project>] [<project>.]<model>`
fn model(words: &Words<'_>) -> Result<()> {
    let given = words.read(IN_PROJECT, false)?;
    counted(&given, 1, 1)?;
    named(&given, true)
}

/// The first argument is the name of a model; the project of an option is that before its name.
fn named(given: &Given<'_>, qualified: bool) -> Result<()> {
    let Some((name, span)) = given.arguments.first() else { return Ok(()) };
    let is_word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    let (project, name) = match name.split_once('.') {
        Some((project, name)) if qualified => (Some(project), name),
        _ => (None, *name),
    };
    if !project.is_none_or(is_word) || !is_word(name) {
        return Err(bad("Invalid model name.", Some(*span)));
    }
    match (project, given.value("p")) {
        (Some(project), Some(option)) if project != option => Err(bad("Project name conflict.", Some(*span))),
        _ => Ok(()),
    }
}

fn drop_model(words: &Words<'_>) -> Result<()> {
    let mut given = words.read(IN_PROJECT, false)?;
    let starts = given.arguments.iter().take(2).map(|(word, _)| word.to_lowercase());
    if starts.eq(["if", "exists"]) {
        given.arguments.drain(..2);
    }
    counted(&given, 1, 1)?;
    named(&given, true)
}

/// `… [as <volume>[.<partition>]]`
fn read_model(words: &Words<'_>) -> Result<()> {
    let given = words.read(IN_PROJECT, false)?;
    match given.arguments.get(1) {
        None => counted(&given, 1, 1)?,
        Some((word, _)) if word.eq_ignore_ascii_case("as") => counted(&given, 3, 3)?,
        Some((_, span)) => return Err(bad("Invalid command.", Some(*span))),
    }
    named(&given, true)
}

fn pai(words: &Words<'_>) -> Result<()> {
    let options: &[Definition] = &[
        (&["name"], Takes::Value),
        (&["project"], Takes::Value),
        (&["lineage"], Takes::Value),
        (&["jobname"], Takes::Value),
        (&["alink_version"], Takes::Value),
        (&["cost"], Takes::Nothing),
        (&["D"], Takes::Property),
    ];
    let given = words.read(options, false)?;
    required(&given, &["name"])?;
    match given.arguments.first() {
        Some((_, span)) => Err(bad("Invalid parameters - should use -D options.", Some(*span))),
        None => Ok(()),
    }
}

/// `[<options>] <main class> [<arguments>]`
fn jar(words: &Words<'_>) -> Result<()> {
    let options: &[Definition] = &[
        (&["conf"], Takes::Value),
        (&["resources"], Takes::Value),
        (&["libjars"], Takes::Value),
        (&["classpath", "cp"], Takes::Value),
        (&["l", "local"], Takes::Nothing),
        (&["cost"], Takes::Nothing),
        (&["D"], Takes::Property),
        (&["X"], Takes::Property),
    ];
    counted(&words.read(options, true)?, 1, usize::MAX)
}

/// `-i <id>`
fn by_id(words: &Words<'_>) -> Result<()> {
    let given = words.read(&[(&["i"], Takes::Value)], false)?;
    counted(&given, 0, 0)?;
    required(&given, &["i"])
}
