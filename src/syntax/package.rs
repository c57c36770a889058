//! Packages: what a project shares with others, who may install it, and what is installed.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{preceded, terminated};

use super::grant::privilege;
use super::label::level;
use super::object::{ObjectName, object_name, without_project};
use super::parser::{Name, Parsed, Tokens, keyword, keywords, list, name, shorten, symbol, wrong};
use super::phrase::{Commas, table_name, unsupported};
use crate::error::{Code, Error};
use crate::model::{Action, Level, ObjectKind};

/// An object of the current project that is added to or removed from a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is; a view is a table.
    pub kind: ObjectKind,
    /// Its name; without one, all of its kind: `*`.
    pub name: Option<ObjectName>,
}

/// A statement about packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `create package <package>`
    Create {
        /// The new package.
        package: Name,
    },
    /// `drop|delete package <package>`
    Drop {
        /// The package.
        package: Name,
    },
    /// `add <type> <name|*> to package <package> [with privileges <action>, …]`
    Add {
        /// What is added.
        item: Item,
        /// The package.
        package: Name,
        /// What the package gives on it; without them, Read, Describe and Select.
        actions: Vec<Action>,
    },
    /// `remove <type> <name> from package <package>`
    Remove {
        /// What is removed.
        item: Item,
        /// The package.
        package: Name,
    },
    /// `allow project <project> to install package <package> [using label <number>]`
    Allow {
        /// Who may install it.
        project: Name,
        /// The package.
        package: Name,
        /// The highest label that its users may read.
        label: Option<Level>,
    },
    /// `disallow project <project> to install package <package>`
    Disallow {
        /// Who may no longer use it.
        project: Name,
        /// The package.
        package: Name,
    },
    /// `install package <project>.<package>`
    Install {
        /// The package, with the project that made it.
        package: ObjectName,
    },
    /// `uninstall package <project>.<package>`
    Uninstall {
        /// The package, with the project that made it.
        package: ObjectName,
    },
    /// `show packages [with [<type>] <object>]`: all, or those that list an object.
    Show {
        /// The object.
        with: Option<ObjectName>,
    },
    /// `show package items [from <project>] [on type <type>]`, `desc|describe package items [<type>] <object> [from <project>]`
    ShowItems {
        /// What is listed; none for all of it.
        object: Option<ObjectName>,
        /// The project that made the packages: those of it alone that the current project installed.
        from: Option<Name>,
        /// Objects of this kind alone.
        kind: Option<ObjectKind>,
    },
    /// `desc|describe package [<project>.]<package>`, `show package <package>`: without a project, a package of the current project; with one, an installed package.
    Describe {
        /// The package.
        package: ObjectName,
    },
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create-package",
            Self::Drop { .. } => "drop-package",
            Self::Add { .. } => "add-to-package",
            Self::Remove { .. } => "remove-from-package",
            Self::Allow { .. } => "allow-project",
            Self::Disallow { .. } => "disallow-project",
            Self::Install { .. } => "install-package",
            Self::Uninstall { .. } => "uninstall-package",
            Self::Show { .. } => "show-packages",
            Self::ShowItems { .. } => "show-package-items",
            Self::Describe { .. } => "desc-package",
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            None => write!(f, "{} *", self.kind.name()),
            Some(name) => write!(f, "{} {name}", self.kind.name()),
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { package } => write!(f, "create package {package}"),
            Self::Drop { package } => write!(f, "drop package {package}"),
            Self::Add { item, package, actions } => {
                write!(f, "add {item} to package {package}")?;
                match actions.as_slice() {
                    [] => Ok(()),
                    actions => write!(f, " with privileges {}", Commas(actions)),
                }
            }
            Self::Remove { item, package } => write!(f, "remove {item} from package {package}"),
            Self::Allow { project, package, label } => {
                write!(f, "allow project {project} to install package {package}")?;
                label.map_or(Ok(()), |label| write!(f, " using label {label}"))
            }
            Self::Disallow { project, package } => {
                write!(f, "disallow project {project} to install package {package}")
            }
            Self::Install { package } => write!(f, "install package {package}"),
            Self::Uninstall { package } => write!(f, "uninstall package {package}"),
            Self::Show { with } => {
                f.write_str("show packages")?;
                with.iter().try_for_each(|object| write!(f, " with {} {object}", object.kind.name()))
            }
            Self::ShowItems { object, from, kind } => {
                match object {
                    None => f.write_str("show package items")?,
                    Some(object) => write!(f, "describe package items {} {object}", object.kind.name())?,
                }
                from.iter().try_for_each(|project| write!(f, " from {project}"))?;
                kind.iter().try_for_each(|kind| write!(f, " on type {}", kind.name()))
            }
            Self::Describe { package } => write!(f, "describe package {package}"),
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let drop = (alt((keyword("drop"), keyword("delete"))), keyword("package"));
    alt((
        preceded(keywords("create package"), new_package).map(|package| Statement::Create { package }),
        preceded(drop, own_package).map(|package| Statement::Drop { package }),
        add,
        (preceded(keyword("remove"), item), preceded(keywords("from package"), own_package))
            .map(|(item, package)| Statement::Remove { item, package }),
        allow,
        preceded(keyword("disallow"), allowed).map(|(project, package)| Statement::Disallow { project, package }),
        preceded(keywords("install package"), others_package).map(|package| Statement::Install { package }),
        preceded(keywords("uninstall package"), others_package).map(|package| Statement::Uninstall { package }),
        preceded(keywords("show packages"), opt(preceded(keyword("with"), listed)))
            .map(|with| Statement::Show { with }),
        preceded(keywords("show package items"), (opt(from), opt(preceded(keywords("on type"), shared_kind))))
            .map(|(from, kind)| Statement::ShowItems { object: None, from, kind }),
        preceded((describe, keyword("items")), (listed, opt(from))).map(|(object, from)| Statement::ShowItems {
            object: Some(object),
            from,
            kind: None,
        }),
        preceded(alt((describe, value((), keywords("show package")))), object_name(ObjectKind::Package))
            .map(|package| Statement::Describe { package }),
    ))
    .parse(tokens)
}

fn add(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, item) = preceded(keyword("add"), item).parse(tokens)?;
    let (rest, package) = preceded(keywords("to package"), own_package).parse(rest)?;
    let (rest, named) = opt(preceded(keywords("with privileges"), list(name))).parse(rest)?;
    let mut actions = Vec::new();
    for name in named.unwrap_or_default() {
        let action = privilege(&name, item.kind)?;
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    Ok((rest, Statement::Add { item, package, actions }))
}

/// `<type> <name|*>`, without a project.
fn item(tokens: Tokens<'_>) -> Parsed<'_, Item> {
    let (rest, word) = name(tokens)?;
    let kind = match ObjectKind::parse(&word.text) {
        Some(ObjectKind::Table | ObjectKind::View) => ObjectKind::Table,
        Some(kind) if kind.is_shareable() => kind,
        // Only where the rest shows that a package is meant: `add user …` is another statement.
        Some(ObjectKind::Project) if is_about_package(rest) => {
            return wrong(
                Error::new(Code::Parse, "a project cannot be in a package")
                    .at(word.span)
                    .help("add its tables, resources, functions or instances"),
            );
        }
        _ => return tokens.miss("`table`, `resource`, `function` or `instance`"),
    };
    if !is_about_package(rest) {
        return tokens.miss("`package`");
    }
    if let Ok((rest, _)) = symbol("*").parse(rest) {
        return Ok((rest, Item { kind, name: None }));
    }
    let (rest, named) = match kind {
        ObjectKind::Table => {
            let (rest, table) = table_name(rest)?;
            (rest, ObjectName { kind, qualifier: table.qualifier, name: table.name })
        }
        kind => object_name(kind)(rest)?,
    };
    Ok((rest, Item { kind, name: Some(named) }))
}

/// Whether the word `package` occurs in the rest: `add table t as r` is about resources.
fn is_about_package(tokens: Tokens<'_>) -> bool {
    tokens.list().iter().any(|token| token.span.of(tokens.source()).eq_ignore_ascii_case("package"))
}

fn allow(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, (project, package)) = preceded(keyword("allow"), allowed).parse(tokens)?;
    let (rest, label) = opt(preceded(keywords("using label"), level)).parse(rest)?;
    Ok((rest, Statement::Allow { project, package, label }))
}

/// `project <project> to install package <package>`
fn allowed(tokens: Tokens<'_>) -> Parsed<'_, (Name, Name)> {
    let (rest, _) = keyword("project").parse(tokens)?;
    if let Ok((_, star)) = symbol("*").parse(rest) {
        return wrong(unsupported("packages for every project", star, "allow each project by its name"));
    }
    (terminated(name, keywords("to install package")), own_package).parse(rest)
}

/// A package of the current project: without a prefix. Source: S4.
fn own_package(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    let (rest, named) = object_name(ObjectKind::Package)(tokens)?;
    without_project(rest, named)
}

/// A package of another project: the prefix is required. Source: S4.
fn others_package(tokens: Tokens<'_>) -> Parsed<'_, ObjectName> {
    let (rest, named) = object_name(ObjectKind::Package)(tokens)?;
    match named.project() {
        Some(_) => Ok((rest, named)),
        None => wrong(
            Error::new(Code::Parse, format!("the project of package `{}` is missing", shorten(&named.name.text)))
                .at(named.name.span)
                .help(format!("write `<project>.{}`", shorten(&named.name.text))),
        ),
    }
}

/// The name of a new package: 1 to 128 letters, digits and `_` (PKG-4).
fn new_package(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    let (rest, package) = own_package(tokens)?;
    if package.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && package.text.len() <= 128 {
        return Ok((rest, package));
    }
    wrong(
        Error::new(Code::Parse, format!("`{}` cannot be the name of a package", shorten(&package.text)))
            .at(package.span)
            .help("a package's name is 1 to 128 letters, digits and `_`"),
    )
}

fn describe(tokens: Tokens<'_>) -> Parsed<'_, ()> {
    value((), (alt((keyword("desc"), keyword("describe"))), keyword("package"))).parse(tokens)
}

/// `from <project>`
fn from(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    preceded(keyword("from"), name).parse(tokens)
}

/// A kind of object that packages list; a view is a table.
fn shared_kind(tokens: Tokens<'_>) -> Parsed<'_, ObjectKind> {
    let (rest, word) = name(tokens)?;
    match ObjectKind::parse(&word.text).map(ObjectKind::grants_as) {
        Some(kind) if kind.is_shareable() => Ok((rest, kind)),
        _ => wrong(
            Error::new(Code::Parse, format!("a package lists no objects of type `{}`", shorten(&word.text)))
                .at(word.span)
                .help("the types are table, resource, function and instance"),
        ),
    }
}

/// `[<type>] <object>`, a table unless a type is named.
fn listed(tokens: Tokens<'_>) -> Parsed<'_, ObjectName> {
    let typed = |tokens| -> Parsed<'_, ObjectName> {
        let (rest, kind) = shared_kind(tokens)?;
        object_name(kind)(rest)
    };
    let is_typed = name(tokens).is_ok_and(|(rest, word)| {
        ObjectKind::parse(&word.text).is_some() && !rest.list().is_empty() && keyword("from").parse(rest).is_err()
    });
    let (rest, named) = if is_typed { typed(tokens)? } else { object_name(ObjectKind::Table)(tokens)? };
    Ok((rest, named))
}
