//! Where the root key is (KEY-2, ENC-1): a file outside of the state and its folder, made when the first secret is to be kept.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use super::world::World;
use crate::cipher::{DataKey, RootKey, RootKeyId, Wrapped};
use crate::error::{Code, Error, Result, system_words};
use crate::model::{AccessKeyId, AccountId};
use crate::store::{KeyKeeper, KeyPlace, Snapshot, StatePath};
use crate::text::Secret;

/// Where the root key of a state is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootKeyPlace {
    /// Nowhere: what needs a secret fails.
    Unnamed,
    /// In the memory of this process only: for states that end with it.
    Process,
    /// In a file, which is made when it is first needed.
    File(PathBuf),
}

/// The root key of an open state.
#[derive(Debug, Clone)]
pub(super) enum RootKeys {
    /// It ends with the process, as a state in memory does.
    Process(RootKey),
    /// No place was named for it.
    Unnamed,
    /// In a file, of a state in another one.
    File(PathBuf, PathBuf),
}

/// What is put before the place of the secret of an AccessKey pair, so that no other ciphertext can stand for it.
const ACCESS_KEY: &str = "odpsh access key secret";

/// What is put before the place of the key of a tenant.
const ENCRYPTION_KEY: &str = "odpsh encryption key";

fn parts_of(KeyPlace { tenant, name, version }: &KeyPlace) -> [String; 4] {
    [ENCRYPTION_KEY.to_owned(), tenant.0.to_string(), name.clone(), version.to_string()]
}

/// Longest file that is read.
const LONGEST: u64 = 1024;

impl RootKeys {
    /// Finds nothing yet: a state can be opened without its root key.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn of(state: &StatePath, place: &RootKeyPlace, world: &World) -> Result<Self> {
        Ok(match state {
            StatePath::Memory => Self::Process(process_key(world)?),
            StatePath::File(state) => match place {
                RootKeyPlace::Process => Self::Process(process_key(world)?),
                RootKeyPlace::Unnamed => Self::Unnamed,
                RootKeyPlace::File(file) => Self::File(file.clone(), state.clone()),
            },
        })
    }

    /// Encrypts the secret of an AccessKey pair; makes the root key if neither it nor a secret exists.
    ///
    /// # Errors
    /// There is no root key, or it cannot be used.
    pub fn wrap(
        &self,
        (id, account): (&AccessKeyId, AccountId),
        secret: &Secret,
        used: Option<RootKeyId>,
        world: &World,
    ) -> Result<Wrapped> {
        self.wrap_text(&place(id, account), secret, used, world)
    }

    /// The same for another secret, which opens in this place only.
    ///
    /// # Errors
    /// As [`RootKeys::wrap`].
    pub fn wrap_text(
        &self,
        place: &[String],
        secret: &Secret,
        used: Option<RootKeyId>,
        world: &World,
    ) -> Result<Wrapped> {
        let place: Vec<&str> = place.iter().map(String::as_str).collect();
        self.wrapped(&place, secret.reveal().as_bytes(), used, world)
    }

    /// Encrypts bytes for a place; makes the root key if neither it nor a secret exists.
    fn wrapped(&self, place: &[&str], bytes: &[u8], used: Option<RootKeyId>, world: &World) -> Result<Wrapped> {
        let key = match self.find()? {
            Some(key) => key,
            None => match used {
                None => self.make(world)?,
                Some(used) => return Err(self.missing(&used)),
            },
        };
        key.wrap(bytes, place, world.random_bytes()?)
            .ok_or_else(|| Error::new(Code::Internal, "a secret could not be encrypted"))
    }

    /// The same for a new pair in a state.
    ///
    /// # Errors
    /// As [`RootKeys::wrap`]; the state cannot be read.
    pub fn wrap_new(
        &self,
        key: (&AccessKeyId, AccountId),
        secret: &Secret,
        snapshot: &Snapshot<'_>,
        world: &World,
    ) -> Result<Wrapped> {
        self.wrap(key, secret, snapshot.root_key_in_use()?, world)
    }

    /// Decrypts the secret of an AccessKey pair.
    ///
    /// # Errors
    /// The root key is missing or another one; the ciphertext was changed or belongs to another pair.
    pub fn unwrapped(&self, (id, account): (&AccessKeyId, AccountId), wrapped: &Wrapped) -> Result<Secret> {
        self.unwrapped_text(&format!("of AccessKey {id}"), &place(id, account), wrapped)
    }

    /// Decrypts the secret of something else, in its place.
    ///
    /// # Errors
    /// As [`RootKeys::unwrapped`].
    pub fn unwrapped_text(&self, what: &str, place: &[String], wrapped: &Wrapped) -> Result<Secret> {
        let key = self.find()?.ok_or_else(|| self.missing(&wrapped.root_key))?;
        if key.id() != wrapped.root_key {
            let message =
                format!("the secret {what} was encrypted with root key {}, not with {}", wrapped.root_key, key.id());
            return Err(Error::new(Code::RootKey, message).help(NAME_IT));
        }
        let place: Vec<&str> = place.iter().map(String::as_str).collect();
        let plain = key.unwrapped(wrapped, &place).and_then(|plain| {
            let text = std::str::from_utf8(&plain).ok()?;
            Some(Secret::new(text))
        });
        plain.ok_or_else(|| {
            Error::new(Code::StateFile, format!("the state is damaged: the secret {what} cannot be decrypted"))
                .help("delete the AccessKey (`.account key delete`) and create another one")
        })
    }

    fn missing(&self, used: &RootKeyId) -> Box<Error> {
        self.required("the secrets of this state require", used)
    }

    /// What requires a root key that is not there, with its verb.
    fn required(&self, what: &str, used: &RootKeyId) -> Box<Error> {
        let place = match self {
            Self::File(file, _) => format!("; `{}` does not exist", file.display()),
            Self::Unnamed | Self::Process(_) => String::new(),
        };
        Error::new(Code::RootKey, format!("{what} root key {used}{place}")).help(NAME_IT)
    }

    /// The key, if its file exists.
    fn find(&self) -> Result<Option<RootKey>> {
        let (file, state) = match self {
            Self::Process(key) => return Ok(Some(key.clone())),
            Self::Unnamed => return Ok(None),
            Self::File(file, state) => (file, state),
        };
        let mut options = fs::OpenOptions::new();
        options.read(true);
        // A pipe is not waited for: it is refused below.
        #[cfg(target_os = "linux")]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, nix::libc::O_NONBLOCK | nix::libc::O_CLOEXEC);
        let opened = match options.open(file) {
            Ok(opened) => opened,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(file, &error)),
        };
        check_is_outside(file, state)?;
        check_is_private(file, &opened)?;
        let mut text = Zeroizing::new(String::new());
        std::io::Read::read_to_string(&mut std::io::Read::take(opened, LONGEST), &mut text)
            .map_err(|error| unreadable(file, &error))?;
        match RootKey::parse(&text) {
            Some(key) => Ok(Some(key)),
            None => {
                Err(Error::new(Code::RootKey, format!("`{}` has no root key: 64 hexadecimal digits", file.display()))
                    .help(NAME_IT))
            }
        }
    }

    /// Makes the file; of several processes that do so at once, the first one's key counts.
    fn make(&self, world: &World) -> Result<RootKey> {
        let Self::File(file, state) = self else {
            return Err(Error::new(Code::RootKey, "the root key, which encrypts secrets, has no location")
                .help("name a file that is not in the folder of the state: --root-key FILE"));
        };
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            let mut builder = fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.recursive(true).create(folder).map_err(|error| unwritable(file, &error))?;
        }
        check_is_outside(file, state)?;
        let key = RootKey::new(world.random_bytes()?);
        let draft = draft_of(file, world)?;
        let written = write_private(&draft, &key);
        // Linked, not renamed: a key that another process made meanwhile stays.
        let linked = written.and_then(|()| fs::hard_link(&draft, file));
        let _ = fs::remove_file(&draft);
        match linked {
            Ok(()) => Ok(key),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => match self.find()? {
                Some(key) => Ok(key),
                None => Err(unwritable(file, &error)),
            },
            Err(error) => Err(unwritable(file, &error)),
        }
    }
}

/// What the secret of an AccessKey pair is encrypted for.
fn place(id: &AccessKeyId, account: AccountId) -> Vec<String> {
    vec![ACCESS_KEY.to_owned(), id.as_str().to_owned(), account.0.to_string()]
}

/// Holds the root key for an open state.
pub(super) struct Keeper {
    pub root_keys: Arc<RootKeys>,
    pub world: Arc<World>,
}

impl KeyKeeper for Keeper {
    fn opened(&self, place: &KeyPlace, wrapped: &Wrapped) -> Result<DataKey> {
        let key = self.root_keys.find()?;
        let key = key.ok_or_else(|| self.root_keys.required("it requires", &wrapped.root_key))?;
        if key.id() != wrapped.root_key {
            let message = format!("it was encrypted with root key {}, not with {}", wrapped.root_key, key.id());
            return Err(Error::new(Code::RootKey, message).help(NAME_IT));
        }
        let opened = key.unwrapped(wrapped, &parts_of(place).each_ref().map(String::as_str));
        opened.and_then(|bytes| DataKey::of(&bytes)).ok_or_else(|| {
            Error::new(Code::StateFile, "the state is damaged: it was changed or moved outside of odpsh")
                .help("restore a backup of the state file")
        })
    }

    fn wrapped(&self, place: &KeyPlace, key: &DataKey, snapshot: &Snapshot<'_>) -> Result<Wrapped> {
        let place = parts_of(place);
        let (place, used) = (place.each_ref().map(String::as_str), snapshot.root_key_in_use()?);
        self.root_keys.wrapped(&place, key.bytes(), used, &self.world)
    }

    fn drawn(&self) -> Result<DataKey> {
        Ok(DataKey::new(self.world.random_bytes()?))
    }
}

const NAME_IT: &str = "name the file that has it: --root-key FILE, or ODPSH_ROOT_KEY";

/// The key that all states of this process share that name no other place.
fn process_key(world: &World) -> Result<RootKey> {
    static KEY: OnceLock<RootKey> = OnceLock::new();
    let made = RootKey::new(world.random_bytes()?);
    Ok(KEY.get_or_init(|| made).clone())
}

/// Whoever gets a copy of the state and its folder must not get the key with it.
fn check_is_outside(file: &Path, state: &Path) -> Result<()> {
    let whole = |path: &Path| fs::canonicalize(path).or_else(|_| std::path::absolute(path));
    let folder_of = |path: &Path| whole(path).ok().and_then(|path| path.parent().map(Path::to_owned));
    // A link elsewhere does not bring the key out of the folder, nor into it.
    let named = std::path::absolute(file).ok().and_then(|path| path.parent().and_then(|folder| whole(folder).ok()));
    let states = [folder_of(state), std::path::absolute(state).ok().and_then(|path| path.parent().map(Path::to_owned))];
    for state_folder in states.into_iter().flatten() {
        let data = state_folder.join(format!("{}.data", state.file_name().unwrap_or_default().to_string_lossy()));
        for folder in [folder_of(file), named.clone()].into_iter().flatten() {
            if folder == state_folder || folder.starts_with(&data) {
                return Err(Error::new(
                    Code::RootKey,
                    format!(
                        "the root key `{}` is in the folder of the state, whose secrets it protects",
                        file.display()
                    ),
                )
                .help("keep it in another folder, and name it: --root-key FILE"));
            }
        }
    }
    Ok(())
}

#[cfg(unix)]
fn check_is_private(file: &Path, opened: &fs::File) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let data = opened.metadata().map_err(|error| unreadable(file, &error))?;
    if !data.is_file() {
        return Err(Error::new(Code::RootKey, format!("`{}` is not a file", file.display())).help(NAME_IT));
    }
    if data.mode() & 0o077 != 0 {
        return Err(Error::new(Code::RootKey, format!("others may read or change the root key `{}`", file.display()))
            .help(format!("make it yours alone: chmod 600 {}", file.display())));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_is_private(_: &Path, _: &fs::File) -> Result<()> {
    Ok(())
}

fn draft_of(file: &Path, world: &World) -> Result<PathBuf> {
    let random: [u8; 8] = world.random_bytes()?;
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{:016x}.new", u64::from_be_bytes(random)));
    Ok(PathBuf::from(name))
}

fn write_private(file: &Path, key: &RootKey) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file)?;
    opened.write_all(Zeroizing::new(format!("{}\n", *key.text())).as_bytes())?;
    opened.sync_all()
}

fn unreadable(file: &Path, error: &std::io::Error) -> Box<Error> {
    Error::new(Code::RootKey, format!("the root key `{}` cannot be read: {}", file.display(), system_words(error)))
        .help(NAME_IT)
}

fn unwritable(file: &Path, error: &std::io::Error) -> Box<Error> {
    Error::new(Code::RootKey, format!("the root key `{}` cannot be created: {}", file.display(), system_words(error)))
        .help("name another file for it: --root-key FILE, or ODPSH_ROOT_KEY")
}
