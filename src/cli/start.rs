use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use directories::{BaseDirs, ProjectDirs};

use super::config::Config;
use super::input::{Input, Origin};
use super::options::Arguments;
use crate::error::{Code, Error, Result};
use crate::shell::{self, AccessKeyPair, Durability, RootKeyPlace, StatePath};
use crate::text::Secret;

/// What the configuration file says, if one is named.
///
/// # Errors
/// It cannot be read, or has half an AccessKey.
pub fn config(arguments: &Arguments) -> Result<Config> {
    match &arguments.config {
        Some(file) => {
            let directories = BaseDirs::new();
            Config::read(file, directories.as_ref().map(BaseDirs::home_dir))
        }
        None => Ok(Config::default()),
    }
}

/// How a session begins: start-up option before configuration file before default.
///
/// Source: odpscmd.
///
/// # Errors
/// A configuration file that cannot be read, half an AccessKey, no place for the state.
pub fn options(arguments: &Arguments, input: &Input) -> Result<shell::Options> {
    let config = config(arguments)?;
    let typed = arguments.access_id.clone().zip(arguments.access_key.clone());
    let typed = typed.map(|(id, secret)| AccessKeyPair { id, secret });
    let key = match (typed, arguments.environment, &arguments.user) {
        (Some(typed), ..) => Some(typed),
        (None, true, _) => Some(environment_key()?),
        (None, false, Some(_)) => None,
        (None, false, None) => config.key,
    };
    Ok(shell::Options {
        state: state(arguments)?,
        policies: policies(arguments),
        memory_limit: arguments.memory_limit,
        user: arguments.user.clone(),
        key,
        region: arguments.region.clone().or(config.region),
        root_key: root_key(arguments),
        project: arguments.project.clone().or(config.project),
        durable: match input {
            Input::Script { origin: Origin::File, .. } => Durability::AtEnd,
            Input::Prompt | Input::Script { origin: Origin::CommandLine, .. } => Durability::EachStatement,
        },
        mode: arguments.mode(),
        system_user: system_user(),
    })
}

/// The name of the user who runs the program. Chosen: without the variables, what their home folder is called.
fn system_user() -> Option<String> {
    let named = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(variable);
    let home = || BaseDirs::new().and_then(|directories| Some(directories.home_dir().file_name()?.to_owned()));
    named.or_else(home).and_then(|name| name.into_string().ok())
}

/// Folders in which bare names of policy files are looked up, first one first.
pub fn policies(arguments: &Arguments) -> Vec<PathBuf> {
    let own = directories().map(|directories| directories.config_dir().join("policies"));
    arguments.policies.iter().cloned().chain([PathBuf::from("policies")]).chain(own).collect()
}

/// The file that the prompt keeps its inputs in.
pub fn history() -> Option<PathBuf> {
    directories().map(|directories| directories.data_dir().join("history"))
}

/// Where the root key is: beside the user's settings, which no copy of a state takes along.
fn root_key(arguments: &Arguments) -> RootKeyPlace {
    let named = arguments.root_key.clone().or_else(|| variable("ODPSH_ROOT_KEY").map(PathBuf::from));
    let own = || directories().map(|directories| directories.preference_dir().join("root.key"));
    named.or_else(own).map_or(RootKeyPlace::Unnamed, RootKeyPlace::File)
}

fn state(arguments: &Arguments) -> Result<StatePath> {
    let named = arguments.state.clone().or_else(|| variable("ODPSH_STATE").map(PathBuf::from));
    match named {
        Some(name) if name.as_os_str() == ":memory:" => Ok(StatePath::Memory),
        Some(name) => Ok(StatePath::File(name)),
        None => match directories() {
            Some(directories) => Ok(StatePath::File(directories.data_dir().join("state.db"))),
            None => Err(Error::new(Code::StateFile, "the user has no home folder for the state file")
                .help("name a state file: --state FILE")),
        },
    }
}

fn directories() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "odpsh")
}

/// Source: odpscmd, `-K`.
fn environment_key() -> Result<AccessKeyPair> {
    let text = |name: &str| variable(name).and_then(|value| value.into_string().ok());
    for (id, secret, token) in [
        ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN"),
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"),
    ] {
        match (text(id), text(secret)) {
            (Some(_), Some(_)) if text(token).is_some() => {
                return Err(Error::new(
                    Code::Setting,
                    format!("{token} is set: temporary AccessKeys (STS) are not supported"),
                )
                .help(format!("unset {token}, and set an AccessKey pair of an account or RAM user")));
            }
            (Some(id), Some(secret)) => return Ok(AccessKeyPair { id, secret: Secret::new(secret) }),
            (None, None) => {}
            _ => break,
        }
    }
    Err(Error::new(Code::Setting, "Both ACCESS_KEY_ID and ACCESS_KEY_SECRET are required in sysenv."))
}

/// A variable of the environment that is not empty.
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
