//! Keys of tenants, and the data keys of encrypted projects that they wrap (ENC-1).
//!
//! What is derived from the rows of an encrypted project is sealed when it is written and opened when it is read, in the functions that know its
//! table; everything above them sees values. The root key, which wraps the keys of tenants, is outside of the state and not known here.

use super::transaction::{Snapshot, Write};
use crate::cipher::{DataKey, RootKeyId, Wrapped};
use crate::error::{Code, Error, Result};
use crate::model::{AccountId, DEFAULT_KEY, DataFile, ObjectId, Principal, ProjectId, Time};

/// What a root key wraps: the key of this tenant and name, in this version. A ciphertext opens for no other one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPlace {
    /// The number of the account that the tenant is.
    pub tenant: AccountId,
    /// The name of the key.
    pub name: String,
    /// How often it was rotated.
    pub version: i64,
}

/// Holds the root key, and draws new keys.
pub trait KeyKeeper: Send + Sync {
    /// Opens a key that the root key has wrapped.
    ///
    /// # Errors
    /// The root key is missing or another one; the ciphertext was changed or moved.
    fn opened(&self, place: &KeyPlace, wrapped: &Wrapped) -> Result<DataKey>;

    /// Wraps a key; makes the root key if it does not exist and nothing in the state needs another one.
    ///
    /// # Errors
    /// The root key is missing, or cannot be made.
    fn wrapped(&self, place: &KeyPlace, key: &DataKey, snapshot: &Snapshot<'_>) -> Result<Wrapped>;

    /// A new key.
    ///
    /// # Errors
    /// The system gives no random bytes.
    fn drawn(&self) -> Result<DataKey>;
}

/// A key of a tenant, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptionKey {
    /// Its number; never used again.
    pub id: i64,
    /// Whose it is, under which name, and how often it was rotated.
    pub place: KeyPlace,
    /// The account that the tenant is.
    pub tenant: Principal,
    /// Whether it can be used.
    pub enabled: bool,
    /// When it was made.
    pub created: Time,
    /// When it was last rotated.
    pub rotated: Option<Time>,
    wrapped: Wrapped,
}

const KEYS: &str = "select k.*, a.principal from encryption_key k join account a on a.id = k.tenant";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<EncryptionKey> {
    Ok(EncryptionKey {
        id: row.get("id")?,
        place: KeyPlace { tenant: row.get("tenant")?, name: row.get("name")?, version: row.get("version")? },
        tenant: super::account::principal(row, "principal")?,
        enabled: row.get("enabled")?,
        created: Time(row.get("created")?),
        rotated: row.get::<_, Option<i64>>("rotated")?.map(Time),
        wrapped: Wrapped { bytes: row.get("wrapped")?, root_key: RootKeyId::stored(row.get("root_key")?) },
    })
}

impl Snapshot<'_> {
    /// The keys of a tenant, by name.
    pub fn encryption_keys(&self, tenant: AccountId) -> Result<Vec<EncryptionKey>> {
        self.all(&format!("{KEYS} where k.tenant = ?1 order by k.name"), [tenant], read)
    }

    /// The key of this name.
    pub fn encryption_key(&self, tenant: AccountId, name: &str) -> Result<Option<EncryptionKey>> {
        self.one(&format!("{KEYS} where k.tenant = ?1 and k.name = ?2"), (tenant, name), read)
    }

    /// The key that a project is encrypted with; none of a project that is not encrypted.
    pub fn key_of_project(&self, project: ProjectId) -> Result<Option<EncryptionKey>> {
        self.one(
            &format!("{KEYS} where k.id = (select key from project_encryption where project = ?1)"),
            [project],
            read,
        )
    }

    /// The names of the projects that a key encrypts.
    pub fn projects_with_key(&self, key: &EncryptionKey) -> Result<Vec<String>> {
        self.all(
            "select p.name from project_encryption e join project p on p.id = e.project where e.key = ?1 order by p.name",
            [key.id],
            |row| row.get(0),
        )
    }

    /// Whether a project is encrypted.
    pub fn is_encrypted(&self, project: ProjectId) -> Result<bool> {
        let found = self.one("select 1 from project_encryption where project = ?1", [project], |_| Ok(()))?;
        Ok(found.is_some())
    }

    /// Whether any project is.
    pub fn has_encrypted_projects(&self) -> Result<bool> {
        Ok(self.one("select 1 from project_encryption limit 1", [], |_| Ok(()))?.is_some())
    }

    /// The root key of one of the keys, if there is a key.
    pub(super) fn root_key_of_keys(&self) -> Result<Option<RootKeyId>> {
        self.one("select root_key from encryption_key limit 1", [], |row| Ok(RootKeyId::stored(row.get(0)?)))
    }

    /// The key that data of a project is encrypted with; none of a project that is not encrypted.
    ///
    /// # Errors
    /// The key that wraps it is disabled, or the root key is missing or another one: the message names the key.
    pub fn data_key(&self, project: ProjectId) -> Result<Option<DataKey>> {
        let Some(key) = self.key_of_project(project)? else { return Ok(None) };
        let project_name = || -> Result<String> {
            Ok(self.shared_project(project)?.map(|project| project.name.clone()).unwrap_or_default())
        };
        if !key.enabled {
            let message = format!(
                "the data of project {} is locked: encryption key `{}` of {} is disabled",
                project_name()?,
                key.place.name,
                key.tenant
            );
            return Err(Error::new(Code::EncryptionKey, message)
                .help(format!("enable it as {}: `.key enable {}`", key.tenant, key.place.name)));
        }
        let opened = self.opened(&key).map_err(|error| {
            let why = match error.message.strip_prefix("it ") {
                Some(predicate) => predicate.to_owned(),
                None => format!("cannot be opened: {}", error.message),
            };
            let message = format!(
                "the data of project {} is locked: encryption key `{}` of {} {why}",
                project_name().unwrap_or_default(),
                key.place.name,
                key.tenant
            );
            let lost = Error::new(Code::EncryptionKey, message);
            match error.help {
                Some(help) => lost.help(help),
                None => lost,
            }
        })?;
        let wrapped: Option<Vec<u8>> =
            self.one("select wrapped from project_encryption where project = ?1", [project], |row| row.get(0))?;
        let bytes = wrapped.and_then(|wrapped| opened.open(&strings(&project_place(project, &key.place)), &wrapped));
        match bytes.and_then(|bytes| DataKey::of(&bytes)) {
            Some(key) => Ok(Some(key)),
            None => {
                let message = format!(
                    "the state is damaged: encryption key `{}` of {} does not open the data key of project {}",
                    key.place.name,
                    key.tenant,
                    project_name()?
                );
                Err(Error::new(Code::EncryptionKey, message).help("restore a backup of the state file"))
            }
        }
    }

    fn opened(&self, key: &EncryptionKey) -> Result<DataKey> {
        self.keeper()?.opened(&key.place, &key.wrapped)
    }

    fn keeper(&self) -> Result<&dyn KeyKeeper> {
        self.key_keeper().ok_or_else(|| Error::new(Code::RootKey, "the root key is not known"))
    }

    /// The data key of the project that an object belongs to.
    pub(super) fn data_key_of(&self, object: ObjectId) -> Result<Option<DataKey>> {
        let project = self.one(
            "select e.project from object o join project_encryption e on e.project = o.project where o.id = ?1",
            [object],
            |row| row.get(0),
        )?;
        match project {
            Some(project) => self.data_key(project),
            None => Ok(None),
        }
    }

    /// The encrypted projects whose rows may be in the result of an instance: those that it read, and its own.
    pub fn encrypted_sources(&self, instance: ObjectId) -> Result<Vec<ProjectId>> {
        self.all(
            "select e.project from project_encryption e where e.project in
               (select s.project from instance_source s where s.instance = ?1
                union select a.project from instance_access a where a.instance = ?1
                union select o.project from object o where o.id = ?1) order by e.project",
            [instance],
            |row| row.get(0),
        )
    }

    /// The key that takes the keys of all these projects; none of no project.
    ///
    /// # Errors
    /// One of them cannot be opened, or its project is gone.
    pub fn data_key_of_all(&self, projects: &[ProjectId]) -> Result<Option<DataKey>> {
        let mut keys = Vec::new();
        for project in projects {
            keys.push(self.data_key(*project)?.ok_or_else(|| {
                Error::new(
                    Code::EncryptionKey,
                    "a project whose rows are in the result was dropped, and its data key with it",
                )
                .help("run the statement again")
            })?);
        }
        Ok(DataKey::of_several(&keys))
    }

    /// The files of a table for a plan that is being bound. A key that cannot be opened is an error after the decision
    /// ([`Snapshot::take_locked`]); until then the table is as if it were empty.
    pub fn files_to_plan(&self, table: ObjectId) -> Result<Vec<DataFile>> {
        self.or_locked(self.files(table))
    }

    /// The partitions of a table for a plan that is being bound, likewise.
    pub fn partitions_to_plan(&self, table: ObjectId) -> Result<Vec<super::Partition>> {
        self.or_locked(self.partitions(table))
    }

    /// The bytes of a resource for a plan that is being bound, likewise.
    pub fn content_to_plan(&self, resource: ObjectId) -> Result<Option<super::content::Content>> {
        self.or_locked(self.content(resource))
    }

    fn or_locked<T: Default>(&self, found: Result<T>) -> Result<T> {
        match found {
            Err(error) if error.code == Code::EncryptionKey => {
                self.note_locked(error);
                Ok(T::default())
            }
            found => found,
        }
    }
}

impl Write<'_> {
    /// Makes a key of a tenant.
    ///
    /// # Errors
    /// There is one of its name; the root key cannot be used.
    pub fn create_encryption_key(&self, tenant: AccountId, name: &str, now: Time) -> Result<()> {
        if self.encryption_key(tenant, name)?.is_some() {
            return Err(Error::new(Code::Exists, format!("encryption key `{name}` already exists")));
        }
        let place = KeyPlace { tenant, name: name.to_owned(), version: 1 };
        let wrapped = self.keeper()?.wrapped(&place, &self.keeper()?.drawn()?, self)?;
        self.run(
            "insert into encryption_key (tenant, name, version, wrapped, root_key, created) values (?1, ?2, ?3, ?4, ?5, ?6)",
            (tenant, name, place.version, &wrapped.bytes, wrapped.root_key.to_string(), now.0),
        )?;
        Ok(())
    }

    /// Disables a key or enables it again; it may be so already.
    pub fn enable_encryption_key(&self, key: &EncryptionKey, enabled: bool) -> Result<()> {
        self.run("update encryption_key set enabled = ?2 where id = ?1", (key.id, enabled))?;
        // What runs is bound again before it shows more rows, and finds that the key does not open.
        self.run(
            "update project set version = version + 1 where id in (select project from project_encryption where key = ?1)",
            [key.id],
        )?;
        Ok(())
    }

    /// Drops a key that encrypts no project.
    ///
    /// # Errors
    /// It encrypts one: without it, its data is lost.
    pub fn drop_encryption_key(&self, key: &EncryptionKey) -> Result<()> {
        let projects = self.projects_with_key(key)?;
        if let [first, rest @ ..] = projects.as_slice() {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            let message = format!("encryption key `{}` encrypts project {first}{more}", key.place.name);
            return Err(Error::new(Code::Conflict, message)
                .help("drop the project first; `.key disable` keeps the key and locks the data"));
        }
        self.run("delete from encryption_key where id = ?1", [key.id])?;
        Ok(())
    }

    /// Puts other bytes in the place of those of a key, and wraps the data keys of its projects anew. No data is rewritten.
    ///
    /// # Errors
    /// The key is disabled or cannot be opened.
    pub fn rotate_encryption_key(&self, key: &EncryptionKey, now: Time) -> Result<()> {
        let projects: Vec<ProjectId> =
            self.all("select project from project_encryption where key = ?1", [key.id], |row| row.get(0))?;
        let keys = projects.iter().map(|project| Ok((*project, self.data_key(*project)?)));
        let keys = keys.collect::<Result<Vec<_>>>()?;
        let place = KeyPlace { version: key.place.version + 1, ..key.place.clone() };
        let new = self.keeper()?.drawn()?;
        let kept = self.keeper()?.wrapped(&place, &new, self)?;
        self.run(
            "update encryption_key set version = ?2, wrapped = ?3, root_key = ?4, rotated = ?5 where id = ?1",
            (key.id, place.version, &kept.bytes, kept.root_key.to_string(), now.0),
        )?;
        for (project, data_key) in keys {
            let Some(data_key) = data_key else { continue };
            let wrapped = wrap_data_key(project, &data_key, (&place, &new))?;
            self.run("update project_encryption set wrapped = ?2 where project = ?1", (project, wrapped))?;
        }
        Ok(())
    }

    /// Makes a new project an encrypted one, before there is anything in it. Its tenant gets a default key if it has none.
    ///
    /// # Errors
    /// There is no key of this name; it is disabled or cannot be opened.
    pub fn encrypt_project(&self, project: ProjectId, owner: &Principal, name: &str, now: Time) -> Result<()> {
        let tenant = self.account_id(owner)?;
        if name == DEFAULT_KEY && self.encryption_key(tenant, name)?.is_none() {
            self.create_encryption_key(tenant, name, now)?;
        }
        let Some(key) = self.encryption_key(tenant, name)? else {
            return Err(Error::new(Code::NotFound, format!("{owner} has no encryption key `{name}`"))
                .help(format!("create it as {owner}: `.key create {name}`")));
        };
        if !key.enabled {
            return Err(Error::new(Code::EncryptionKey, format!("encryption key `{name}` of {owner} is disabled"))
                .help(format!("enable it as {owner}: `.key enable {name}`")));
        }
        let wrapped = wrap_data_key(project, &self.keeper()?.drawn()?, (&key.place, &self.opened(&key)?))?;
        self.run(
            "insert into project_encryption (project, key, wrapped) values (?1, ?2, ?3)",
            (project, key.id, wrapped),
        )?;
        Ok(())
    }
}

/// What a data key is wrapped for: its project, and the key of the tenant in this version.
fn project_place(project: ProjectId, key: &KeyPlace) -> [String; 5] {
    let KeyPlace { tenant, name, version } = key;
    ["data key".to_owned(), project.0.to_string(), tenant.0.to_string(), name.clone(), version.to_string()]
}

fn wrap_data_key(project: ProjectId, data_key: &DataKey, (place, key): (&KeyPlace, &DataKey)) -> Result<Vec<u8>> {
    sealed(key.seal(&strings(&project_place(project, place)), data_key.bytes()))
}

fn strings(parts: &[String]) -> Vec<&str> {
    parts.iter().map(String::as_str).collect()
}

/// What was sealed; sealing fails by no input.
pub(super) fn sealed(sealed: Option<Vec<u8>>) -> Result<Vec<u8>> {
    sealed.ok_or_else(|| Error::new(Code::Internal, "a value could not be encrypted"))
}

/// What is said where a sealed value does not open: it was changed, or moved from another place.
pub(super) fn unsealed<T>(value: Option<T>, what: &str) -> Result<T> {
    value.ok_or_else(|| {
        Error::new(Code::StateFile, format!("the state is damaged: {what} was changed or moved outside of odpsh"))
            .help("restore a backup of the state file and its data folder")
    })
}
