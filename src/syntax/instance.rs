//! Instances: the jobs that ran or run, and their results.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::{pair, preceded};

use super::object::{ObjectName, bare};
use super::parser::{Name, Parsed, Tokens, glued, integer, keyword, name, shorten, symbol, wrong};
use super::qualifier::Qualifier;
use crate::error::{Code, Error};
use crate::model::{ObjectKind, Time};
use crate::text::{Span, fold};

/// A day of a list of instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// As typed: `2024-01-31`.
    pub text: String,
    /// Its midnight.
    pub midnight: Time,
}

/// The statuses that `top` knows. Source: the SDK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopStatus {
    /// It runs.
    Running,
    /// It was stopped for a while: no job is.
    Suspended,
    /// It is over: no such job is listed.
    Terminated,
}

impl TopStatus {
    const ALL: [Self; 3] = [Self::Running, Self::Suspended, Self::Terminated];

    fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Suspended => "suspended",
            Self::Terminated => "terminated",
        }
    }
}

/// A statement about instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `show p|proc|processlist|instances [from <day>] [to <day>] [-p <project>] [[-limit] <number>] [-all]`
    Show {
        /// The first day.
        from: Option<Day>,
        /// The day after the last one.
        to: Option<Day>,
        /// The project; without it, the current one.
        project: Option<Name>,
        /// Most that are listed.
        limit: Option<u64>,
        /// Those of everybody.
        all: bool,
    },
    /// `top instance [-p <project>] [-status <status>] [-limit <number>] [-d [<seconds>]] [-all]`
    Top {
        /// The project; without it, the current one.
        project: Option<Name>,
        /// Only those of this status.
        status: Option<TopStatus>,
        /// Most that are listed.
        limit: Option<u64>,
        /// After how many seconds it is shown again, where that is possible.
        delay: Option<u64>,
        /// Those of everybody.
        all: bool,
    },
    /// `desc|describe instance [-p <project>] <id>`
    Describe {
        /// The project; without it, the current one.
        project: Option<Name>,
        /// The instance.
        instance: Name,
    },
    /// `status [extended] <id>`
    Status {
        /// With everything that is known of the job.
        extended: bool,
        /// The instance.
        instance: Name,
    },
    /// `kill [-sync] <id>`
    Kill {
        /// Wait until it has stopped.
        sync: bool,
        /// The instance.
        instance: Name,
    },
    /// `wait <id> [-hooks]`
    Wait {
        /// The instance.
        instance: Name,
        /// Run hooks, of which there are none here.
        hooks: bool,
    },
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Show { .. } => "show-instances",
            Self::Top { .. } => "top-instance",
            Self::Describe { .. } => "desc-instance",
            Self::Status { .. } => "status",
            Self::Kill { .. } => "kill",
            Self::Wait { .. } => "wait",
        }
    }
}

/// An id as a statement writes it.
struct Id<'a>(&'a Name);

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ObjectName { kind: ObjectKind::Instance, qualifier: Qualifier::default(), name: self.0.clone() }.fmt(f)
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let option =
            |project: &Option<Name>| project.as_ref().map(|project| format!(" -p {project}")).unwrap_or_default();
        match self {
            Self::Show { from, to, project, limit, all } => {
                f.write_str("show instances")?;
                from.as_ref().map_or(Ok(()), |day| write!(f, " from {}", day.text))?;
                to.as_ref().map_or(Ok(()), |day| write!(f, " to {}", day.text))?;
                f.write_str(&option(project))?;
                limit.map_or(Ok(()), |limit| write!(f, " -limit {limit}"))?;
                f.write_str(if *all { " -all" } else { "" })
            }
            Self::Top { project, status, limit, delay, all } => {
                write!(f, "top instance{}", option(project))?;
                status.map_or(Ok(()), |status| write!(f, " -status {}", status.word()))?;
                limit.map_or(Ok(()), |limit| write!(f, " -limit {limit}"))?;
                delay.map_or(Ok(()), |delay| write!(f, " -d {delay}"))?;
                f.write_str(if *all { " -all" } else { "" })
            }
            Self::Describe { project, instance } => write!(f, "desc instance{} {}", option(project), Id(instance)),
            Self::Status { extended, instance } => {
                write!(f, "status {}{}", if *extended { "extended " } else { "" }, Id(instance))
            }
            Self::Kill { sync, instance } => write!(f, "kill {}{}", if *sync { "-sync " } else { "" }, Id(instance)),
            Self::Wait { instance, hooks } => write!(f, "wait {}{}", Id(instance), if *hooks { " -hooks" } else { "" }),
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let processes = alt((keyword("p"), keyword("proc"), keyword("processlist"), keyword("instances")));
    let show =
        alt((pair(keyword("show"), processes), pair(alt((keyword("list"), keyword("ls"))), keyword("instances"))));
    let describe = (alt((keyword("desc"), keyword("describe"))), keyword("instance"));
    let extended = |tokens| -> Parsed<'_, bool> {
        // An id may be any word, and is the last one.
        Ok(match preceded(keyword("extended"), id).parse(tokens) {
            Ok(_) => (nom::Input::take_from(&tokens, 1), true),
            Err(_) => (tokens, false),
        })
    };
    alt((
        preceded(show, list),
        preceded((keyword("top"), alt((keyword("instance"), keyword("instances")))), top),
        preceded(describe, pair(opt(project), id)).map(|(project, instance)| Statement::Describe { project, instance }),
        preceded(keyword("status"), pair(extended, id))
            .map(|(extended, instance)| Statement::Status { extended, instance }),
        preceded(keyword("kill"), pair(flag("sync"), id)).map(|(sync, instance)| Statement::Kill { sync, instance }),
        preceded(keyword("wait"), pair(id, flag("hooks"))).map(|(instance, hooks)| Statement::Wait { instance, hooks }),
    ))
    .parse(tokens)
}

fn id(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    let (rest, id) = bare("the id of an instance", tokens)?;
    if id.text.starts_with('-') {
        return tokens.miss("the id of an instance");
    }
    Ok((rest, Name { text: fold(&id.text), span: id.span }))
}

/// `-<word>`, or nothing.
fn flag<'a>(word: &'static str) -> impl Parser<Tokens<'a>, Output = bool, Error = super::parser::Miss> {
    opt(pair(symbol("-"), keyword(word))).map(|found| found.is_some())
}

/// `-p <project>`
fn project(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    preceded((symbol("-"), alt((keyword("project"), keyword("p"))), opt(symbol("="))), name).parse(tokens)
}

/// The arguments of `show instances`: days first, then options in any order.
fn list(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (mut tokens, (from, to)) =
        pair(opt(preceded(keyword("from"), day)), opt(pair(keyword("to"), day))).parse(tokens)?;
    if let (None, Some((span, _))) = (&from, &to) {
        return wrong(
            Error::new(Code::Parse, "`to` requires `from`")
                .at(*span)
                .help("write `show instances from <yyyy-MM-dd> to <yyyy-MM-dd>;`"),
        );
    }
    let (mut of, mut limit, mut all) = (None, None, false);
    let mut is_open = true;
    while is_open {
        let before = tokens.list().len();
        if of.is_none() {
            (tokens, of) = opt(project).parse(tokens)?;
        }
        if limit.is_none() {
            (tokens, limit) = opt(preceded(opt(pair(symbol("-"), keyword("limit"))), number)).parse(tokens)?;
        }
        if !all {
            (tokens, all) = flag("all").parse(tokens)?;
        }
        is_open = tokens.list().len() < before;
    }
    Ok((tokens, Statement::Show { from, to: to.map(|(_, day)| day), project: of, limit, all }))
}

/// The options of `top instance`, in any order, each once.
fn top(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (mut rest, mut of, mut status, mut limit, mut delay, mut all) = (tokens, None, None, None, None, false);
    let option = |word: &'static str| (symbol("-"), keyword(word), opt(symbol("=")));
    loop {
        let before = rest.list().len();
        if of.is_none() {
            (rest, of) = opt(project).parse(rest)?;
        }
        if status.is_none() {
            (rest, status) = opt(preceded(option("status"), top_status)).parse(rest)?;
        }
        if limit.is_none() {
            (rest, limit) = opt(preceded(option("limit"), number)).parse(rest)?;
        }
        if delay.is_none() {
            // Source: odpscmd: three seconds, if none are given.
            (rest, delay) = opt(preceded(option("d"), opt(number)).map(|found| found.unwrap_or(3))).parse(rest)?;
        }
        if !all {
            (rest, all) = flag("all").parse(rest)?;
        }
        if rest.list().len() == before {
            return Ok((rest, Statement::Top { project: of, status, limit, delay, all }));
        }
    }
}

fn top_status(tokens: Tokens<'_>) -> Parsed<'_, TopStatus> {
    let word = |status: TopStatus| keyword(status.word()).map(move |_| status);
    alt(TopStatus::ALL.map(word)).parse(tokens)
}

fn number(tokens: Tokens<'_>) -> Parsed<'_, u64> {
    let (rest, number) = integer(tokens)?;
    match number {
        0 => wrong(Error::new(Code::Parse, "number should >=1").at(tokens.span()).help("omit it to show the last 50")),
        number => Ok((rest, number)),
    }
}

/// `yyyy-MM-dd`, where zeros before the month and the day may be missing.
fn day(tokens: Tokens<'_>) -> Parsed<'_, Day> {
    let (rest, text) = glued("a day").parse(tokens)?;
    let parts: Vec<&str> = text.text.split('-').collect();
    let is_number = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let whole = match parts.as_slice() {
        [year, month, day] if is_number(year, 4, 4) && is_number(month, 1, 2) && is_number(day, 1, 2) => {
            Some(format!("{year}-{month:0>2}-{day:0>2}"))
        }
        _ => None,
    };
    match whole.and_then(|whole| Time::parse(&whole).map(|midnight| (whole, midnight))) {
        Some((text, midnight)) => Ok((rest, Day { text, midnight })),
        None => wrong(invalid(&text.text, text.span)),
    }
}

fn invalid(text: &str, span: Span) -> Box<Error> {
    Error::new(Code::Parse, format!("invalid date `{}`", shorten(text))).at(span).help("write yyyy-MM-dd")
}
