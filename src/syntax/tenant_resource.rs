//! Tenant resources: the commands that stand in for the console of the service. They are decided, unlike those of the local world (TRS-1).

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{pair, preceded, separated_pair};

use super::parser::{Name, Parsed, Tokens, glued, keyword, keywords, name, shorten, wrong};
use super::phrase::job_type;
use crate::error::{Code, Error};
use crate::model::{DEFAULT_KEY, JobType, TenantResource, TenantResourceKind};

/// A command about tenant resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `.quota|networklink|image create <name>`, `.foreignserver create <name> [networklink <name>]`
    Create {
        /// What is made.
        kind: TenantResourceKind,
        /// Its name.
        name: Name,
        /// The network connection that an external data source goes through.
        connection: Option<Name>,
    },
    /// `.quota list`
    List {
        /// Which ones.
        kind: TenantResourceKind,
    },
    /// `.quota describe <name>`
    Describe {
        /// What it is.
        kind: TenantResourceKind,
        /// Its name.
        name: Name,
    },
    /// `.quota drop <name>`
    Drop {
        /// What it is.
        kind: TenantResourceKind,
        /// Its name.
        name: Name,
    },
    /// `.quota mount <name> to <project>`
    Mount {
        /// What it is.
        kind: TenantResourceKind,
        /// Its name.
        name: Name,
        /// The project that may use it.
        project: Name,
    },
    /// `.quota unmount <name> from <project>`
    Unmount {
        /// What it is.
        kind: TenantResourceKind,
        /// Its name.
        name: Name,
        /// The project that may not use it any more.
        project: Name,
    },
    /// `.project mounts <project>`
    Mounts {
        /// The project.
        project: Name,
    },
    /// `.project resourcecontrol <project> on|off`
    Control {
        /// The project.
        project: Name,
        /// Whether it controls the use of tenant resources from now on.
        on: bool,
    },
    /// `.project quota <project> <quota>|none`
    DefaultQuota {
        /// The project.
        project: Name,
        /// The quota of jobs that name none.
        quota: Option<Name>,
    },
    /// `.project quotarule <project> <job type> <quota>|none`
    QuotaRule {
        /// The project.
        project: Name,
        /// The type of its jobs.
        job: JobType,
        /// The quota of those that name none.
        quota: Option<Name>,
    },
    /// `.key create <name>`
    KeyCreate {
        /// Its name.
        key: Name,
    },
    /// `.key list`
    KeyList,
    /// `.key rotate <name>`
    KeyRotate {
        /// Its name.
        key: Name,
    },
    /// `.key enable|disable <name>`
    KeyEnable {
        /// Its name.
        key: Name,
        /// Whether it can be used from now on.
        on: bool,
    },
    /// `.key drop <name>`
    KeyDrop {
        /// Its name.
        key: Name,
    },
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create-tenant-resource",
            Self::List { .. } => "list-tenant-resources",
            Self::Describe { .. } => "describe-tenant-resource",
            Self::Drop { .. } => "drop-tenant-resource",
            Self::Mount { .. } => "mount-tenant-resource",
            Self::Unmount { .. } => "unmount-tenant-resource",
            Self::Mounts { .. } => "project-mounts",
            Self::Control { .. } => "project-resourcecontrol",
            Self::DefaultQuota { .. } => "project-quota",
            Self::QuotaRule { .. } => "project-quotarule",
            Self::KeyCreate { .. } => "create-key",
            Self::KeyList => "list-keys",
            Self::KeyRotate { .. } => "rotate-key",
            Self::KeyEnable { on: true, .. } => "enable-key",
            Self::KeyEnable { on: false, .. } => "disable-key",
            Self::KeyDrop { .. } => "drop-key",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { kind, name, connection } => {
                write!(f, ".{} create {}", kind.name(), name.text)?;
                connection.iter().try_for_each(|connection| write!(f, " networklink {}", connection.text))
            }
            Self::List { kind } => write!(f, ".{} list", kind.name()),
            Self::Describe { kind, name } => write!(f, ".{} describe {}", kind.name(), name.text),
            Self::Drop { kind, name } => write!(f, ".{} drop {}", kind.name(), name.text),
            Self::Mount { kind, name, project } => write!(f, ".{} mount {} to {project}", kind.name(), name.text),
            Self::Unmount { kind, name, project } => {
                write!(f, ".{} unmount {} from {project}", kind.name(), name.text)
            }
            Self::Mounts { project } => write!(f, ".project mounts {project}"),
            Self::Control { project, on } => {
                write!(f, ".project resourcecontrol {project} {}", if *on { "on" } else { "off" })
            }
            Self::DefaultQuota { project, quota } => {
                let quota = quota.as_ref().map_or("none", |quota| quota.text.as_str());
                write!(f, ".project quota {project} {quota}")
            }
            Self::QuotaRule { project, job, quota } => {
                let quota = quota.as_ref().map_or("none", |quota| quota.text.as_str());
                write!(f, ".project quotarule {project} {job} {quota}")
            }
            Self::KeyCreate { key } => write!(f, ".key create {}", key.text),
            Self::KeyList => f.write_str(".key list"),
            Self::KeyRotate { key } => write!(f, ".key rotate {}", key.text),
            Self::KeyEnable { key, on } => {
                write!(f, ".key {} {}", if *on { "enable" } else { "disable" }, key.text)
            }
            Self::KeyDrop { key } => write!(f, ".key drop {}", key.text),
        }
    }
}

/// Reads a command of this family, behind its `.` or `--@`.
pub(super) fn command(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let of = |kind: TenantResourceKind| preceded(keyword(kind.name()), move |tokens| of_kind(kind, tokens));
    alt((
        of(TenantResourceKind::Quota),
        of(TenantResourceKind::NetworkLink),
        of(TenantResourceKind::ForeignServer),
        of(TenantResourceKind::Image),
        preceded(keyword("project"), of_project),
        preceded(keyword("key"), of_key),
    ))
    .parse(tokens)
}

fn of_key(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    alt((
        preceded(keyword("create"), key_name).map(|key| Statement::KeyCreate { key }),
        value(Statement::KeyList, keyword("list")),
        preceded(keyword("rotate"), key_name).map(|key| Statement::KeyRotate { key }),
        preceded(keyword("enable"), key_name).map(|key| Statement::KeyEnable { key, on: true }),
        preceded(keyword("disable"), key_name).map(|key| Statement::KeyEnable { key, on: false }),
        preceded(keyword("drop"), key_name).map(|key| Statement::KeyDrop { key }),
    ))
    .parse(tokens)
}

/// The name of an encryption key, folded; `default` is one.
pub(super) fn key_name(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    let (rest, name) = glued("a name").parse(tokens)?;
    let folded = name.text.to_ascii_lowercase();
    if folded == DEFAULT_KEY || TenantResource::is_name(&folded) {
        return Ok((rest, Name { text: folded, span: name.span }));
    }
    let message = format!("`{}` cannot be the name of an encryption key", shorten(&name.text));
    wrong(
        Error::new(Code::Parse, message)
            .at(name.span)
            .help("a name starts with a letter or digit, then letters, digits, `_` and `-`, at most 128 characters"),
    )
}

fn of_kind(kind: TenantResourceKind, tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let connection = move |tokens| match kind {
        TenantResourceKind::ForeignServer => {
            opt(preceded(keyword("networklink"), resource_name(TenantResourceKind::NetworkLink))).parse(tokens)
        }
        TenantResourceKind::Quota | TenantResourceKind::NetworkLink | TenantResourceKind::Image => Ok((tokens, None)),
    };
    alt((
        preceded(keyword("create"), pair(resource_name(kind), connection))
            .map(move |(name, connection)| Statement::Create { kind, name, connection }),
        value(Statement::List { kind }, keyword("list")),
        preceded(alt((keyword("describe"), keyword("desc"))), resource_name(kind))
            .map(move |name| Statement::Describe { kind, name }),
        preceded(keyword("drop"), resource_name(kind)).map(move |name| Statement::Drop { kind, name }),
        preceded(keyword("mount"), separated_pair(resource_name(kind), keyword("to"), name))
            .map(move |(name, project)| Statement::Mount { kind, name, project }),
        preceded(keyword("unmount"), separated_pair(resource_name(kind), keyword("from"), name))
            .map(move |(name, project)| Statement::Unmount { kind, name, project }),
    ))
    .parse(tokens)
}

fn of_project(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let on_or_off = alt((value(true, keyword("on")), value(false, keyword("off"))));
    let quota = || alt((value(None, keyword("none")), resource_name(TenantResourceKind::Quota).map(Some)));
    alt((
        preceded(keyword("mounts"), name).map(|project| Statement::Mounts { project }),
        preceded(keywords("resourcecontrol"), pair(name, on_or_off))
            .map(|(project, on)| Statement::Control { project, on }),
        preceded(keyword("quota"), pair(name, quota()))
            .map(|(project, quota)| Statement::DefaultQuota { project, quota }),
        preceded(keyword("quotarule"), (name, job_type, quota())).map(|(project, job, quota)| Statement::QuotaRule {
            project,
            job,
            quota,
        }),
    ))
    .parse(tokens)
}

/// The name of a tenant resource, folded.
pub(super) fn resource_name<'a>(
    kind: TenantResourceKind,
) -> impl Parser<Tokens<'a>, Output = Name, Error = super::parser::Miss> {
    move |tokens: Tokens<'a>| {
        let (rest, name) = glued("a name").parse(tokens)?;
        let folded = name.text.to_ascii_lowercase();
        // `none` and `default` name no quota; a comment begins with two hyphens.
        if TenantResource::is_name(&folded) {
            return Ok((rest, Name { text: folded, span: name.span }));
        }
        let message = format!("`{}` cannot be the name of {} {}", shorten(&name.text), article(kind), kind.title());
        wrong(Error::new(Code::Parse, message).at(name.span).help(
            "a name starts with a letter or digit, then letters, digits, `_` and `-`, at most 128 characters; `none` and `default` are not names",
        ))
    }
}

fn article(kind: TenantResourceKind) -> &'static str {
    match kind {
        TenantResourceKind::Quota | TenantResourceKind::NetworkLink => "a",
        TenantResourceKind::ForeignServer | TenantResourceKind::Image => "an",
    }
}
