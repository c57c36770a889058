//! Places outside of the state that external tables, `unload` and `load` name (EXT-1, EXT-2).

use std::fmt;

use super::PartitionSpec;
use crate::error::{Code, Error, Result};

/// Longest location, in bytes.
const LONGEST: usize = 2048;

/// A folder outside of the state: decoded, without `.` and `..`, so that two spellings of one place are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Where the folders begin.
    pub root: Root,
    /// The folders below, outermost first.
    pub parts: Vec<String>,
}

/// Where the folders of a location begin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// The files of this machine.
    Machine,
    /// A bucket of a store.
    Bucket {
        /// The kind of store.
        scheme: BucketScheme,
        /// Its host, in lower case; an IPv6 address in brackets.
        host: String,
        /// Its port, if it is not the usual one.
        port: Option<u16>,
        /// Its name.
        bucket: String,
    },
}

/// The kinds of stores, which are spoken to alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BucketScheme {
    /// Alibaba Cloud's object store.
    Oss,
    /// Any other that understands S3.
    S3,
}

impl BucketScheme {
    fn name(self) -> &'static str {
        match self {
            Self::Oss => "oss",
            Self::S3 => "s3",
        }
    }
}

impl Location {
    /// Reads `file:///<folder>/`, `oss://<endpoint>/<bucket>/<folder>/` or `s3://<endpoint>/<bucket>/<folder>/`.
    ///
    /// # Errors
    /// The text is none of these. It is not quoted: there may be a secret in it.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(wrong(format!("a location has at most {LONGEST} bytes")));
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("a location begins with its scheme"))?;
        if rest.contains(['?', '#']) {
            return Err(wrong("a location has no `?` and no `#`").help("write them as %3F and %23"));
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(wrong("a location holds no credentials")
                .help("an external data source has them: `tblproperties ('foreignserver'='<name>')`"));
        }
        let mut parts = parts(path)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "file" if authority.is_empty() => return Ok(Self { root: Root::Machine, parts }),
            "file" => return Err(wrong("a file location has no host").help("write file:///<folder>/")),
            "oss" => BucketScheme::Oss,
            "s3" => BucketScheme::S3,
            _ => {
                return Err(Error::new(Code::Unsupported, "not supported: a location with this scheme")
                    .help("the schemes are file, oss and s3"));
            }
        };
        let (host, port) = endpoint(authority)?;
        if parts.is_empty() {
            return Err(wrong("the location names no bucket").help("write oss://<endpoint>/<bucket>/<folder>/"));
        }
        let bucket = parts.remove(0);
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        // Stores have none with fewer than three letters; examples do.
        let is_named = (1..=63).contains(&bucket.len()) && bucket.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !is_named || !bucket.chars().all(is_part) || bucket.contains("..") {
            return Err(wrong("a bucket has at most 63 lower-case letters, digits, `-`, `_` and `.`"));
        }
        Ok(Self { root: Root::Bucket { scheme, host, port, bucket }, parts })
    }

    /// Whether `other` is this folder or inside of it, by whole names of folders.
    pub fn covers(&self, other: &Self) -> bool {
        self.root == other.root && other.parts.starts_with(&self.parts)
    }

    /// A folder in this one.
    pub fn inside(&self, part: &str) -> Self {
        let mut parts = self.parts.clone();
        parts.push(part.to_owned());
        Self { root: self.root.clone(), parts }
    }

    /// The folder of a partition, if nothing says another one: `<column>=<value>` inside of each other, as in Hive.
    pub fn of_partition(&self, partition: &PartitionSpec) -> Self {
        let inside = |folder: Self, (column, value): &(String, String)| folder.inside(&partition_folder(column, value));
        partition.0.iter().fold(self.clone(), inside)
    }

    /// Whether it is a folder of this machine.
    pub fn is_on_machine(&self) -> bool {
        self.root == Root::Machine
    }
}

/// The folder of one value of a partition column.
pub fn partition_folder(column: &str, value: &str) -> String {
    format!("{column}={}", name_of(value))
}

/// A value as the name of a folder; what has a meaning in names is written as `%xx`.
fn name_of(value: &str) -> String {
    let is_plain = |c: char| !c.is_control() && !"\"#%'*/:=?\\{[]^".contains(c);
    let escaped = |c: char| match is_plain(c) {
        true => c.to_string(),
        false => c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect(),
    };
    match value {
        "." | ".." => value.replace('.', "%2E"),
        _ => value.chars().map(escaped).collect(),
    }
}

fn wrong(message: impl Into<String>) -> Box<Error> {
    Error::new(Code::Semantic, message.into()).help("write file:///<folder>/ or oss://<endpoint>/<bucket>/<folder>/")
}

/// The decoded names of a path.
fn parts(path: &str) -> Result<Vec<String>> {
    let mut parts = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let part = decoded(part)?;
        match part.as_str() {
            "." => {}
            ".." => return Err(wrong("a location has no `..`")),
            _ if part.contains('/') => return Err(wrong("the name of a folder has no `/`")),
            _ if part.chars().any(char::is_control) => return Err(wrong("a location has no control characters")),
            _ => parts.push(part),
        }
    }
    Ok(parts)
}

/// Text whose bytes may be written as `%xx`, once.
fn decoded(text: &str) -> Result<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(wrong("a `%` in a location is followed by two hexadecimal digits").help("write `%` as %25"));
        };
        out.push(u8::try_from(high * 16 + low).unwrap_or_default());
    }
    String::from_utf8(out).map_err(|_| wrong("a location is UTF-8"))
}

/// Host and port.
fn endpoint(authority: &str) -> Result<(String, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, behind) = rest.split_once(']').ok_or_else(|| wrong("an IPv6 address ends with `]`"))?;
            let address: std::net::Ipv6Addr =
                address.parse().map_err(|_| wrong("what is in brackets is not an IPv6 address"))?;
            let port = match behind {
                "" => None,
                behind => Some(behind.strip_prefix(':').ok_or_else(|| wrong("only a port follows `]`"))?),
            };
            (format!("[{address}]"), port)
        }
        None => {
            let (host, port) = match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            };
            let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
            let is_label = |label: &str| {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
                (1..=63).contains(&label.len()) && label.chars().all(is_part) && !label.starts_with('-')
            };
            if host.len() > 253 || !host.split('.').all(is_label) {
                return Err(wrong("the location names no endpoint: a host name, or an address"));
            }
            (host, port)
        }
    };
    let port = match port {
        None => None,
        Some(port) => {
            let number = port.parse::<u16>().ok().filter(|number| *number > 0 && !port.starts_with('+'));
            Some(number.ok_or_else(|| wrong("a port is a number from 1 to 65535"))?)
        }
    };
    Ok((host, port.filter(|port| *port != 443)))
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root {
            Root::Machine => f.write_str("file:///")?,
            Root::Bucket { scheme, host, port, bucket } => {
                write!(f, "{}://{host}", scheme.name())?;
                port.map_or(Ok(()), |port| write!(f, ":{port}"))?;
                write!(f, "/{bucket}/")?;
            }
        }
        self.parts.iter().try_for_each(|part| write!(f, "{}/", Encoded(part)))
    }
}

/// The name of a folder as it is written in a location.
struct Encoded<'e>(&'e str);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '%' | '?' | '#' | ',' | '\'' | '"' | '\\' | ' ' | ';' => write!(f, "%{:02X}", u32::from(c)),
            c => write!(f, "{c}"),
        })
    }
}

/// The locations that a project allows, as its setting lists them: with commas or blanks in between.
///
/// # Errors
/// One of them is no location.
pub fn locations(text: &str) -> Result<Vec<Location>> {
    text.split(|c: char| c == ',' || c.is_whitespace()).filter(|text| !text.is_empty()).map(Location::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match Location::parse(text) {
            Ok(location) => location.to_string(),
            Err(error) => error.message.clone(),
        }
    }

    #[test]
    fn one_place_has_one_spelling() {
        for text in
            ["file:///data/in", "FILE:///data//in/", "file:///data/./in/.", "file:///d%61ta/in/", "file:///data/%2e/in"]
        {
            assert_eq!(read(text), "file:///data/in/", "{text}");
        }
        for text in
            ["oss://Oss.example.com/bkt/a/", "oss://oss.example.com.:443/bkt/./a", "oss://OSS.example.com/bkt/%61"]
        {
            assert_eq!(read(text), "oss://oss.example.com/bkt/a/", "{text}");
        }
        assert_eq!(read("s3://[0:0:0:0:0:0:0:1]:9000/bkt"), "s3://[::1]:9000/bkt/");
        assert_eq!(read("file:///a%25b/c%3Fd/e%20f/"), "file:///a%25b/c%3Fd/e%20f/");
        assert_eq!(read("file:///"), "file:///");
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let long = format!("file:///{}", "a/".repeat(2000));
        for text in [
            "",
            "/data",
            "data/in",
            "file:/data",
            "file://host/data",
            "file:///a/../b",
            "file:///a/%2e%2e/b",
            "file:///a/.%2E/b",
            "file:///a%2fb",
            "file:///a%00b",
            "file:///a%0ab",
            "file:///a%",
            "file:///a%zz",
            "file:///a%ff",
            "file:///a?b",
            "file:///a#b",
            "http://oss.example.com/bkt/a",
            "gopher://x/bkt",
            "oss://id:secret@oss.example.com/bkt/a",
            "oss://@oss.example.com/bkt",
            "oss:///bkt/a",
            "oss://oss.example.com/",
            "oss://oss.example.com/B/a",
            "oss://oss.example.com/a..b/c",
            "oss://oss.example.com/%2e%2e/c",
            "oss://oss.exa mple.com/bkt",
            "oss://oss%2eexample.com/bkt",
            "oss://[::1/bkt",
            "oss://[::1]x/bkt",
            "oss://[::1%25eth0]/bkt",
            "oss://h:0/bkt",
            "oss://h:99999/bkt",
            "oss://h:+80/bkt",
            "oss://h:80:80/bkt",
            &long,
        ] {
            let error = Location::parse(text).map(|location| location.to_string()).expect_err(text);
            assert!(!error.message.contains("secret"), "{error:?}");
        }
    }

    #[test]
    fn folders_are_compared_by_whole_names() {
        let covers = |one: &str, other: &str| Location::parse(one).unwrap().covers(&Location::parse(other).unwrap());
        assert!(covers("file:///data/", "file:///data/a/b"));
        assert!(covers("file:///data", "file:///data"));
        assert!(!covers("file:///data", "file:///database"));
        assert!(!covers("file:///data/a", "file:///data"));
        assert!(covers("oss://h/bkt/", "oss://H:443/bkt/x"));
        assert!(!covers("oss://h/bkt/", "oss://h/bkt2/x"));
        assert!(!covers("oss://h/bkt/", "s3://h/bkt/x"));
        assert!(!covers("oss://h/bkt/", "oss://h:8443/bkt/x"));
        assert!(!covers("oss://h/bkt/", "oss://other.h/bkt/x"));
    }

    #[test]
    fn a_list_is_a_list() {
        let list = locations("oss://h/bkt/a, file:///x\n file:///y").unwrap();
        assert_eq!(list.len(), 3);
        assert!(locations("oss://h/bkt/a; file:///x").is_ok_and(|list| list.len() == 2));
        assert!(locations("nothing").is_err());
    }
}
