//! The AccessKeys of external data sources: in a file beside the state, which whoever holds the state writes. No statement reaches a file of
//! that name (FLW-11), and no secret is in the state, its audit or a message (KEY-2).
//!
//! ```ini
//! [ALIYUN$bob@example.com/lake]
//! access_id = …
//! access_key = …
//! ```
//!
//! A secret that was written there is encrypted by the root key as soon as a shell opens the state or needs it: `encrypted_access_key` takes
//! the place of `access_key`. Everything else in the file stays as it was written.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::root_key::RootKeys;
use super::world::World;
use crate::cipher::{RootKeyId, Wrapped};
use crate::error::{Code, Error, Result, system_words};
use crate::model::Principal;
use crate::store::Store;
use crate::text::Secret;

/// Most bytes of the file.
const LONGEST: u64 = 1 << 20;
/// What is put before the place of a secret, so that no other ciphertext can stand for it.
const PURPOSE: &str = "odpsh external data source secret";

const PLAIN: &str = "access_key";
const ENCRYPTED: &str = "encrypted_access_key";

/// The credentials beside a state.
#[derive(Debug)]
pub(super) struct Credentials {
    store: Arc<Store>,
    root_keys: Arc<RootKeys>,
    world: Arc<World>,
}

impl Credentials {
    pub fn new(store: &Arc<Store>, root_keys: &Arc<RootKeys>, world: &Arc<World>) -> Self {
        Self { store: Arc::clone(store), root_keys: Arc::clone(root_keys), world: Arc::clone(world) }
    }

    /// The AccessKey of an external data source of a tenant: id and secret.
    ///
    /// # Errors
    /// The file has none, cannot be read, or can be read by others; the root key is missing.
    pub fn of(&self, tenant: &Principal, server: &str) -> Result<(String, String)> {
        let unknown = || {
            Error::new(Code::File, format!("external data source {server} has no credentials"))
                .help("add a section `[<account>/<name>]` with access_id and access_key to `<state>.credentials`")
        };
        let Some(text) = self.sealed()? else { return Err(unknown()) };
        let name = format!("{tenant}/{server}");
        let (id, wrapped) = find(&text, &name).ok_or_else(unknown)?;
        let what = format!("of external data source {server}");
        let secret =
            self.root_keys.unwrapped_text(&what, &place(&name, &id), &wrapped).map_err(|error| match error.code {
                Code::StateFile => Error::new(Code::File, format!("the credentials {what} cannot be decrypted"))
                    .help("set access_key in `<state>.credentials` again"),
                _ => error,
            })?;
        Ok((id, secret.reveal().to_owned()))
    }

    /// The text of the file, in which no secret is in plain text any more; nothing where there is no file.
    ///
    /// # Errors
    /// The file cannot be used, or there is no root key for what is in plain text.
    pub fn sealed(&self) -> Result<Option<Zeroizing<String>>> {
        let Some(path) = self.path() else { return Ok(None) };
        let Some(file) = opened(&path)? else { return Ok(None) };
        let text = read(&file)?;
        let sealed = self.seal(&text)?;
        if *sealed != *text {
            self.replace(&path, text.len(), &sealed)?;
        }
        Ok(Some(sealed))
    }

    fn path(&self) -> Option<PathBuf> {
        self.store.beside(".credentials")
    }

    /// The text with every secret encrypted.
    fn seal(&self, text: &str) -> Result<Zeroizing<String>> {
        let mut used = self.store.read()?.root_key_in_use()?;
        let mut sealed = Zeroizing::new(String::with_capacity(text.len()));
        for section in sections(text) {
            let id = section.value("access_id");
            for line in &section.lines {
                let (Some(secret), Some(id)) = (value(line, PLAIN), id) else {
                    // A secret without an id is of no use, and says that the file is being written.
                    sealed.push_str(line);
                    continue;
                };
                let secret = Secret::new(secret);
                let wrapped = self.root_keys.wrap_text(&place(section.name, id), &secret, used.clone(), &self.world)?;
                used = Some(wrapped.root_key.clone());
                let digits: String = wrapped.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                let end = if line.ends_with('\n') { "\n" } else { "" };
                sealed.push_str(&format!("{ENCRYPTED} = {} {digits}{end}", wrapped.root_key));
            }
        }
        Ok(sealed)
    }

    /// Puts the encrypted text in the place of the file, and overwrites what was in it.
    fn replace(&self, path: &Path, length: usize, sealed: &str) -> Result<()> {
        let mut draft = path.as_os_str().to_owned();
        draft.push(format!(".{:016x}.new", u64::from_be_bytes(self.world.random_bytes()?)));
        let draft = PathBuf::from(draft);
        let write = || {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&draft)?;
            file.write_all(sealed.as_bytes())?;
            file.sync_all()?;
            let mut old = OpenOptions::new().write(true).open(path)?;
            fs::rename(&draft, path)?;
            // The encrypted text has the name; of the other, nothing is to stay on the disk.
            old.write_all(&vec![0; length])?;
            old.sync_all()
        };
        write().map_err(|error| {
            // It is gone where the name was given.
            let _ = fs::remove_file(&draft);
            Error::new(Code::File, format!("the file of credentials cannot be encrypted: {}", system_words(&error)))
                .help("you need write permission on its folder")
        })
    }
}

/// What a secret is encrypted for: its own section and AccessKey ID alone. Names are compared without case, like principals.
fn place(section: &str, id: &str) -> Vec<String> {
    vec![PURPOSE.to_owned(), section.to_ascii_lowercase(), id.to_owned()]
}

/// Opens the file of credentials, which must be one, and its owner's alone. Nothing where there is none.
fn opened(path: &Path) -> Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.read(true);
    // A pipe of that name is not waited for, and a link not followed.
    #[cfg(target_os = "linux")]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        nix::libc::O_NONBLOCK | nix::libc::O_NOFOLLOW | nix::libc::O_CLOEXEC,
    );
    let unreadable = |error: &std::io::Error| {
        Error::new(Code::File, format!("the file of credentials cannot be read: {}", system_words(error)))
            .help("use a regular file, not a link")
    };
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(&error)),
    };
    let data = file.metadata().map_err(|error| unreadable(&error))?;
    if !data.is_file() {
        return Err(Error::new(Code::File, "the file of credentials is not a regular file"));
    }
    if is_open_to_others(&data) {
        return Err(Error::new(Code::File, "the file of credentials can be read by others")
            .help("take their permission away: `chmod 600 <state>.credentials`"));
    }
    if data.len() > LONGEST {
        return Err(Error::new(Code::File, format!("the file of credentials is longer than {} MB", LONGEST >> 20)));
    }
    Ok(Some(file))
}

fn read(file: &File) -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let read = file.take(LONGEST).read_to_string(&mut text);
    read.map_err(|_| Error::new(Code::File, "the file of credentials cannot be read"))?;
    Ok(text)
}

#[cfg(unix)]
fn is_open_to_others(data: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    data.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

/// The lines that belong to one name, with the line of the name; those before the first name have none.
struct Section<'t> {
    name: &'t str,
    lines: Vec<&'t str>,
}

impl<'t> Section<'t> {
    fn value(&self, key: &str) -> Option<&'t str> {
        self.lines.iter().find_map(|line| value(line, key))
    }
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections = vec![Section { name: "", lines: Vec::new() }];
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.trim().strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            sections.push(Section { name: name.trim(), lines: Vec::new() });
        }
        if let Some(section) = sections.last_mut() {
            section.lines.push(line);
        }
    }
    sections
}

/// What a line says of a key.
fn value<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let (name, value) = line.split_once('=')?;
    (name.trim() == key).then(|| value.trim())
}

/// Id and encrypted secret in the section of this name.
fn find(text: &str, name: &str) -> Option<(String, Wrapped)> {
    let section = sections(text).into_iter().find(|section| section.name.eq_ignore_ascii_case(name))?;
    let id = section.value("access_id")?.to_owned();
    let (root_key, digits) = section.value(ENCRYPTED)?.split_once(' ')?;
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes = digits.trim().as_bytes().chunks(2).map(pair).collect::<Option<Vec<u8>>>()?;
    Some((id, Wrapped { bytes, root_key: RootKeyId::stored(root_key.to_owned()) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_data_source_has_its_own_credentials() {
        let text = "# x\n[ALIYUN$bob@x/lake]\naccess_id = a\nencrypted_access_key = 1f 00ff\n\n[ALIYUN$eve@x/lake]\naccess_id=d\n";
        let wrapped = Wrapped { bytes: vec![0, 255], root_key: RootKeyId::stored("1f".into()) };
        assert_eq!(find(text, "ALIYUN$Bob@x/lake"), Some(("a".into(), wrapped)));
        assert_eq!(find(text, "ALIYUN$eve@x/lake"), None);
        assert_eq!(find(text, "ALIYUN$bob@x/other"), None);
        let lines: String = sections(text).iter().flat_map(|section| section.lines.clone()).collect();
        assert_eq!(lines, text);
    }
}
