use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};
use crate::shell::{self, AccessKeyPair};
use crate::text::Secret;

/// What a configuration file of the client says, as far as it has a meaning here.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The project to begin in.
    pub project: Option<String>,
    /// AccessKey ID and secret.
    pub key: Option<AccessKeyPair>,
    /// The region that requests are signed for.
    pub region: Option<String>,
    /// Said where the file has a secret that others can read.
    pub warning: Option<String>,
}

impl Config {
    /// Reads a file; `home` stands for a `~` at the start of its name.
    ///
    /// Source: odpscmd. Chosen: a file that is not there is an error, not an empty configuration.
    ///
    /// # Errors
    /// The file cannot be read, or has half an AccessKey.
    pub fn read(file: &Path, home: Option<&Path>) -> Result<Self> {
        let file = expanded(file, home);
        let text = shell::read_file(&file)?;
        let mut values = properties(&text);
        let mut take = |key: &str| values.remove(key).filter(|value| !value.is_empty());
        let (project, region) = (take("project_name"), take("region_id"));
        // Source: odpscmd, the names of what an AccessKey pair needs.
        if let Some(provider) =
            take("account_provider").filter(|name| !["aliyun", "access_key", "default"].contains(&name.as_str()))
        {
            let message = format!("`{}` sets account_provider={provider}, which is not supported", file.display());
            return Err(Error::new(Code::Setting, message).help("use an AccessKey pair: account_provider=aliyun"));
        }
        let key = match (take("access_id"), take("access_key")) {
            (Some(id), Some(secret)) => Some(AccessKeyPair { id, secret: Secret::new(secret) }),
            (None, None) => None,
            _ => {
                let message = format!("`{}` sets only one part of the AccessKey", file.display());
                return Err(Error::new(Code::Setting, message).help("set both `access_id` and `access_key`"));
            }
        };
        let warning = key.as_ref().filter(|_| is_open_to_others(&file)).map(|_| {
            let file = file.display();
            format!("`{file}` has an AccessKey, and others can read it: `chmod 600 {file}`")
        });
        Ok(Self { project, key, region, warning })
    }
}

#[cfg(unix)]
fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

fn expanded(file: &Path, home: Option<&Path>) -> PathBuf {
    match (file.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => file.to_owned(),
    }
}

/// Java's properties: `key=value`, `key: value` or `key value`; `#` and `!` begin comment lines, `\` escapes, and joins a
/// line with the next one.
fn properties(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    while let Some(line) = lines.next() {
        let mut line = line.trim().to_owned();
        if line.starts_with(['#', '!']) {
            continue;
        }
        while line.chars().rev().take_while(|character| *character == '\\').count() % 2 == 1 {
            line.pop();
            let Some(next) = lines.next() else { break };
            line.push_str(next.trim_start());
        }
        let (key, value) = key_and_value(&line);
        if !key.is_empty() {
            values.insert(key, value);
        }
    }
    values
}

fn key_and_value(line: &str) -> (String, String) {
    let mut escaped = false;
    let end = line.find(|character: char| {
        let ends = !escaped && (matches!(character, '=' | ':') || character.is_whitespace());
        escaped = !escaped && character == '\\';
        ends
    });
    let (key, rest) = end.and_then(|end| line.split_at_checked(end)).unwrap_or((line, ""));
    let rest = rest.trim_start();
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    (unescaped(key), unescaped(value).trim().to_owned())
}

fn unescaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            value.push(character);
            continue;
        }
        match characters.next() {
            Some('t') => value.push('\t'),
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('u') => {
                let code: String = characters.by_ref().take(4).collect();
                value.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            }
            Some(other) => value.push(other),
            None => {}
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_read_as_java_does() {
        let text = "# a\n! b\n\nproject_name = p \naccess_id: i\\u0064\\\n   2\r\naccess_key s\\=t\nend_point=http://x:80/a=b\nbare";
        let values = properties(text);
        let pairs: Vec<_> = values.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(
            pairs,
            [
                ("access_id", "id2"),
                ("access_key", "s=t"),
                ("bare", ""),
                ("end_point", "http://x:80/a=b"),
                ("project_name", "p")
            ]
        );
    }

    #[test]
    fn a_tilde_is_the_home() {
        assert_eq!(expanded(Path::new("~/a"), Some(Path::new("/h"))), Path::new("/h/a"));
        assert_eq!(expanded(Path::new("~a"), Some(Path::new("/h"))), Path::new("~a"));
    }
}
