//! Dot-commands and their `--@` form: the local world, which no MaxCompute has.

mod account;
mod audit;
mod project;

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{pair, preceded};

use super::grant::{Target, target};
use super::parser::{
    Name, Parsed, Tokens, glued, integer, keyword, keywords, list, name, parenthesised, principal, rest, shorten,
    string, symbol, wrong,
};
use super::phrase::{Commas, Spelled, file, job_type, user};
use super::statement::{FileName, Statement as AnyStatement, console_command, shared};
use super::tenant_resource::resource_name;
use super::token::{TokenKind, text_literal};
use crate::error::{Code, Error};
use crate::model::{AccessKeyId, JobType, Network, OutputMode, Principal, Source, TenantResourceKind, Time};
use crate::text::Span;

use account::account;
use audit::audit_conditions;
pub use audit::{AuditConditions, AuditObject};
use project::project;

/// Units of the distances that `.clock` goes ahead, longest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// The names after `.` or `--@ `.
pub const NAMES: [&str; 20] = [
    "user",
    "account",
    "tenant",
    "project",
    "clock",
    "source",
    "why",
    "who",
    "what",
    "output",
    "mode",
    "timing",
    "read",
    "help",
    "audit",
    "quota",
    "networklink",
    "foreignserver",
    "image",
    "key",
];

/// Whether a local command has this name. Only lower case counts, so that a comment is not taken for one.
pub fn is_local_name(word: &str) -> bool {
    NAMES.contains(&word)
}

/// The option of `.why` that gives the job type.
pub const JOB_OPTION: &str = "--as-job";

/// The option of a local command that a text starts with; anywhere else it is a comment.
pub fn option(command: &str, text: &str) -> Option<&'static str> {
    (command == "why" && text.starts_with(JOB_OPTION)).then_some(JOB_OPTION)
}

/// A command to the local world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `.user <principal>`
    User {
        /// Who the session becomes.
        principal: Principal,
    },
    /// `.account create <principal>`: accounts, RAM users, RAM roles.
    AccountCreate {
        /// The new account.
        principal: Principal,
    },
    /// `.account drop <principal>`
    AccountDrop {
        /// The account.
        principal: Principal,
    },
    /// `.account list`
    AccountList,
    /// `.account key create <principal>`: a further AccessKey pair, whose secret is printed once.
    KeyCreate {
        /// Whose.
        principal: Principal,
    },
    /// `.account key list [<principal>]`
    KeyList {
        /// Whose; without it, everyone's.
        principal: Option<Principal>,
    },
    /// `.account key disable <id>` and `.account key enable <id>`
    KeyEnable {
        /// Which pair.
        id: AccessKeyId,
        /// Enable, or disable.
        on: bool,
    },
    /// `.account key delete <id>`
    KeyDelete {
        /// Which pair.
        id: AccessKeyId,
    },
    /// `.tenant schemas <account> on|off`: whether names have schemas in sessions of a tenant (SCH-1).
    TenantSchemas {
        /// The account that the tenant is.
        tenant: Principal,
        /// Whether they have.
        on: bool,
    },
    /// `.project create <name> [owner <account>] [encrypted [with key <name>]]`
    ProjectCreate {
        /// The new project.
        project: Name,
        /// Its owner; without it, the session's account.
        owner: Option<Principal>,
        /// The key of its owner that encrypts its data; without it, it is not encrypted.
        key: Option<Name>,
    },
    /// `.project drop <name>`
    ProjectDrop {
        /// The project.
        project: Name,
    },
    /// `.project freeze <name>` and `.project restore <name>`
    ProjectFreeze {
        /// The project.
        project: Name,
        /// Freeze, or restore.
        frozen: bool,
    },
    /// `.clock <time>`, `.clock +6d`, `.clock real`
    Clock(Clock),
    /// `.source [internet | classic | vpc <id>] <ip>`
    Source(Source),
    /// `.why [--as-job <type>] <statement>`
    Why {
        /// The job type that the statement is judged as; without it, its own.
        job: Option<JobType>,
        /// The statement, which is not run.
        statement: Box<AnyStatement>,
    },
    /// `.who can <action> [(<columns>)] on <object>`
    Who {
        /// The action.
        action: Name,
        /// Columns that it has to cover.
        columns: Vec<Name>,
        /// The object.
        target: Target,
    },
    /// `.who can <action> on role <name>`
    WhoOnRole {
        /// The action.
        action: Name,
        /// The role, of the current project.
        role: Name,
    },
    /// `.who can usage on quota <name>`
    WhoUses {
        /// What is used.
        kind: TenantResourceKind,
        /// Its name.
        name: Name,
    },
    /// `.what can <principal>`
    What {
        /// Who.
        principal: Principal,
    },
    /// `.why on|off`: trails after denials.
    WhySwitch(bool),
    /// `.output <file>`, `.output stdout`
    Output(Option<FileName>),
    /// `.mode table|csv|json|ndjson|markdown`
    Mode(OutputMode),
    /// `.timing on|off`
    Timing(bool),
    /// `.read <file>`
    Read(FileName),
    /// `.help [<word> …]`
    Help {
        /// What to look for.
        words: Vec<String>,
    },
    /// `.audit [<rows>] …`: the last audit records, or the last of those that fit every condition.
    Audit {
        /// How many.
        rows: Option<u64>,
        /// Which.
        which: Box<AuditConditions>,
    },
}

/// What the session's clock shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The machine's time.
    Real,
    /// Fixed at this time.
    At(Time),
    /// Goes ahead by so many milliseconds, which may be negative.
    Ahead(i64),
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::User { .. } => "user",
            Self::AccountCreate { .. } => "account-create",
            Self::AccountDrop { .. } => "account-drop",
            Self::AccountList => "account-list",
            Self::KeyCreate { .. } => "account-key-create",
            Self::KeyList { .. } => "account-key-list",
            Self::KeyEnable { on: false, .. } => "account-key-disable",
            Self::KeyEnable { on: true, .. } => "account-key-enable",
            Self::KeyDelete { .. } => "account-key-delete",
            Self::TenantSchemas { .. } => "tenant-schemas",
            Self::ProjectCreate { .. } => "project-create",
            Self::ProjectDrop { .. } => "project-drop",
            Self::ProjectFreeze { frozen: true, .. } => "project-freeze",
            Self::ProjectFreeze { frozen: false, .. } => "project-restore",
            Self::Clock(_) => "clock",
            Self::Source(_) => "source",
            Self::Why { .. } => "why",
            Self::Who { .. } | Self::WhoOnRole { .. } | Self::WhoUses { .. } => "who",
            Self::What { .. } => "what",
            Self::WhySwitch(_) => "why-switch",
            Self::Output(_) => "output",
            Self::Mode(_) => "mode",
            Self::Timing(_) => "timing",
            Self::Read(_) => "read-script",
            Self::Help { .. } => "local-help",
            Self::Audit { .. } => "audit",
        }
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Real => f.write_str("real"),
            Self::At(time) => match time.0.rem_euclid(1000) {
                0 => time.fmt(f),
                part => {
                    let whole = Time(time.0 - part).to_string();
                    write!(f, "{}.{part:03}Z", whole.trim_end_matches('Z'))
                }
            },
            Self::Ahead(milliseconds) => {
                let sign = if *milliseconds < 0 { '-' } else { '+' };
                let amount = milliseconds.unsigned_abs();
                let fitting = UNITS.iter().find(|(_, length)| amount != 0 && amount % length == 0);
                let (unit, length) = fitting.unwrap_or(&("ms", 1));
                write!(f, "{sign}{}{unit}", amount / length)
            }
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let switch = |on: bool| if on { "on" } else { "off" };
        match self {
            Self::User { principal } => write!(f, ".user {}", Spelled(principal)),
            Self::AccountCreate { principal } => write!(f, ".account create {}", Spelled(principal)),
            Self::AccountDrop { principal } => write!(f, ".account drop {}", Spelled(principal)),
            Self::AccountList => f.write_str(".account list"),
            Self::KeyCreate { principal } => write!(f, ".account key create {}", Spelled(principal)),
            Self::KeyList { principal: None } => f.write_str(".account key list"),
            Self::KeyList { principal: Some(principal) } => write!(f, ".account key list {}", Spelled(principal)),
            Self::KeyEnable { id, on } => write!(f, ".account key {} {id}", if *on { "enable" } else { "disable" }),
            Self::KeyDelete { id } => write!(f, ".account key delete {id}"),
            Self::TenantSchemas { tenant, on } => write!(f, ".tenant schemas {} {}", Spelled(tenant), switch(*on)),
            Self::ProjectCreate { project, owner, key } => {
                write!(f, ".project create {project}")?;
                owner.iter().try_for_each(|owner| write!(f, " owner {}", Spelled(owner)))?;
                key.iter().try_for_each(|key| write!(f, " encrypted with key {}", key.text))
            }
            Self::ProjectDrop { project } => write!(f, ".project drop {project}"),
            Self::ProjectFreeze { project, frozen } => {
                write!(f, ".project {} {project}", if *frozen { "freeze" } else { "restore" })
            }
            Self::Clock(clock) => write!(f, ".clock {clock}"),
            Self::Source(Source { ip, network: Network::Internet }) => write!(f, ".source {ip}"),
            Self::Source(Source { ip, network: Network::Classic }) => write!(f, ".source classic {ip}"),
            Self::Source(Source { ip, network: Network::Vpc(vpc) }) => {
                write!(f, ".source vpc {} {ip}", text_literal(vpc))
            }
            Self::Who { action, columns, target } => {
                let columns = if columns.is_empty() { String::new() } else { format!(" ({})", Commas(columns)) };
                write!(f, ".who can {action}{columns} on {target}")
            }
            Self::WhoOnRole { action, role } => write!(f, ".who can {action} on role {role}"),
            Self::WhoUses { kind, name } => write!(f, ".who can usage on {} {}", kind.name(), name.text),
            Self::What { principal } => write!(f, ".what can {}", Spelled(principal)),
            Self::Why { job: None, statement } => write!(f, ".why {statement}"),
            Self::Why { job: Some(job), statement } => write!(f, ".why {JOB_OPTION} {job} {statement}"),
            Self::WhySwitch(on) => write!(f, ".why {}", switch(*on)),
            Self::Output(None) => f.write_str(".output stdout"),
            Self::Output(Some(file)) => write!(f, ".output {file}"),
            Self::Mode(mode) => write!(f, ".mode {}", mode.name()),
            Self::Timing(on) => write!(f, ".timing {}", switch(*on)),
            Self::Read(file) => write!(f, ".read {file}"),
            Self::Help { words } => {
                f.write_str(".help")?;
                words.iter().try_for_each(|word| write!(f, " {word}"))
            }
            Self::Audit { rows, which } => {
                f.write_str(".audit")?;
                rows.map_or(Ok(()), |rows| write!(f, " {rows}"))?;
                which.fmt(f)
            }
        }
    }
}

/// Reads a local command; `.` or `--@` is its first token.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, _) = mark(tokens)?;
    alt((
        preceded(keyword("user"), principal).map(|principal| Statement::User { principal }),
        preceded(keyword("account"), account),
        preceded(keywords("tenant schemas"), pair(principal, on_or_off))
            .map(|(tenant, on)| Statement::TenantSchemas { tenant, on }),
        preceded(keyword("project"), project),
        preceded(keyword("clock"), clock).map(Statement::Clock),
        preceded(keyword("source"), source).map(Statement::Source),
        preceded(keyword("why"), why),
        preceded(keywords("who can usage on"), who_uses),
        preceded(keywords("who can"), who_on_role),
        preceded(keywords("who can"), who),
        preceded(keywords("what can"), user).map(|principal| Statement::What { principal }),
        preceded(keyword("output"), alt((value(None, keyword("stdout")), file.map(Some)))).map(Statement::Output),
        preceded(keyword("mode"), mode).map(Statement::Mode),
        preceded(keyword("timing"), on_or_off).map(Statement::Timing),
        preceded(keyword("read"), file).map(Statement::Read),
        preceded(keyword("help"), super::session::help_words).map(|words| Statement::Help { words }),
        preceded(keyword("audit"), pair(opt(integer), audit_conditions))
            .map(|(rows, which)| Statement::Audit { rows, which: Box::new(which) }),
    ))
    .parse(tokens)
}

/// What begins a command: `.` or `--@`.
pub(super) fn mark(tokens: Tokens<'_>) -> Parsed<'_, Span> {
    alt((symbol("."), directive)).parse(tokens)
}

fn directive(tokens: Tokens<'_>) -> Parsed<'_, Span> {
    match tokens.list().first() {
        Some(token) if token.kind == TokenKind::Directive => Ok((nom::Input::take_from(&tokens, 1), token.span)),
        _ => tokens.miss("`--@`"),
    }
}

fn on_or_off(tokens: Tokens<'_>) -> Parsed<'_, bool> {
    alt((value(true, keyword("on")), value(false, keyword("off")))).parse(tokens)
}

/// `real`, a distance such as `+6d` or `-90m`, or a time.
fn clock(tokens: Tokens<'_>) -> Parsed<'_, Clock> {
    let (left, text) = rest("a time").parse(tokens)?;
    let folded = text.text.to_ascii_lowercase();
    let clock = match folded.split_at_checked(1) {
        _ if folded == "real" => Some(Clock::Real),
        Some(("+", distance)) => milliseconds(distance).map(Clock::Ahead),
        Some(("-", distance)) => milliseconds(distance).map(|distance| Clock::Ahead(-distance)),
        // Years of more than four digits could not be written back.
        _ => Time::parse(&text.text).filter(|time| Time::parse(&time.to_string()).is_some()).map(Clock::At),
    };
    match clock {
        Some(clock) => Ok((left, clock)),
        None => wrong(
            Error::new(Code::Parse, format!("`{}` is not a time", shorten(&text.text)))
                .at(text.span)
                .help("write `real`, `+6d`, `-90m`, `2024-01-31` or `2024-01-31 12:00:00`"),
        ),
    }
}

fn milliseconds(distance: &str) -> Option<i64> {
    let digits = distance.find(|c: char| !c.is_ascii_digit())?;
    let (amount, unit) = distance.split_at_checked(digits)?;
    let (_, length) = UNITS.iter().find(|(name, _)| *name == unit)?;
    amount.parse::<i64>().ok()?.checked_mul(i64::try_from(*length).ok()?)
}

fn source(tokens: Tokens<'_>) -> Parsed<'_, Source> {
    const EXAMPLES: &str =
        "write for example `.source 10.1.2.3`, `.source classic 10.1.2.3` or `.source vpc cn-hangzhou_vpc1 10.1.2.3`";
    // A record of the audit names the network in one word.
    const OTHERS: [&str; 2] = ["internet", "classic"];
    let id = alt((string, glued("the id of a vpc").map(|name| name.text)));
    let network = alt((
        keyword("internet").map(|_| Network::Internet),
        keyword("classic").map(|_| Network::Classic),
        preceded(keyword("vpc"), id).map(Network::Vpc),
    ));
    let at = tokens.span();
    let (rest, network) = opt(network).map(|network| network.unwrap_or(Network::Internet)).parse(tokens)?;
    // What means something in a list of them is in no id.
    if let Network::Vpc(vpc) = &network
        && (vpc.is_empty()
            || OTHERS.contains(&vpc.as_str())
            || vpc.contains(|c: char| "*?,[]".contains(c) || c.is_whitespace()))
    {
        let error = Error::new(Code::Parse, format!("`{}` is not a VPC id", shorten(vpc)));
        return wrong(error.at(at).help(EXAMPLES));
    }
    let (rest, address) = glued("an ip address").parse(rest)?;
    match address.text.parse() {
        Ok(ip) => Ok((rest, Source { ip, network })),
        Err(_) => wrong(
            Error::new(Code::Parse, format!("`{}` is not an IP address", shorten(&address.text)))
                .at(address.span)
                .help(EXAMPLES),
        ),
    }
}

fn mode(tokens: Tokens<'_>) -> Parsed<'_, OutputMode> {
    let (rest, named) = name(tokens)?;
    match OutputMode::parse(&named.text) {
        Some(mode) => Ok((rest, mode)),
        None => wrong(
            Error::new(Code::Parse, format!("`{}` is not an output mode", shorten(&named.text)))
                .at(named.span)
                .help(format!("the modes are {}", OutputMode::ALL.map(OutputMode::name).join(", "))),
        ),
    }
}

/// `on`, `off`, or a statement that is explained instead of run.
fn why(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    if let Ok((rest, on)) = on_or_off(tokens)
        && rest.is_empty()
    {
        return Ok((rest, Statement::WhySwitch(on)));
    }
    let (tokens, job) = opt(preceded(symbol(JOB_OPTION), job_type)).parse(tokens)?;
    if let Ok((rest, statement)) = console_command(tokens) {
        return Ok((rest, Statement::Why { job, statement: Box::new(statement) }));
    }
    if let Ok((_, mark)) = mark(tokens) {
        return wrong(
            Error::new(Code::Parse, "a local command needs no permission, so there is nothing to explain")
                .at(mark)
                .help("give `.why` a statement"),
        );
    }
    let (rest, statement) = shared(tokens)?;
    Ok((rest, Statement::Why { job, statement: Box::new(statement) }))
}

/// `quota <name>`, behind `.who can usage on`.
fn who_uses(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let kinds = TenantResourceKind::ALL.map(|kind| {
        preceded(keyword(kind.name()), resource_name(kind)).map(move |name| Statement::WhoUses { kind, name })
    });
    alt(kinds).parse(tokens)
}

/// `<action> on role <name>`
fn who_on_role(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, action) = name(tokens)?;
    let (rest, role) = preceded(keywords("on role"), name).parse(rest)?;
    Ok((rest, Statement::WhoOnRole { action, role }))
}

/// `<action> [(<columns>)] on <object>`
fn who(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, action) = name(tokens)?;
    let (rest, columns) = opt(parenthesised(list(name))).parse(rest)?;
    let (rest, target) = preceded(keyword("on"), target).parse(rest)?;
    Ok((rest, Statement::Who { action, columns: columns.unwrap_or_default(), target }))
}
