//! States that are looked at and not changed.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::Durability;
use super::{FLAGS, StatePath, Store, beside, check_has_one_name, data_folder, set_up, unusable, version_of};
use crate::error::{Code, Error, Result};
use crate::store::filling::Filling;
use crate::store::own_files::FileId;
use crate::store::pool::Pool;
use crate::store::schema::SCHEMA_VERSION;

impl Store {
    /// Opens a state that is only looked at: also one that cannot be written.
    ///
    /// # Errors
    /// As [`Store::open_with`]; a state that cannot be written and is of an earlier version.
    pub fn open_to_look(path: &StatePath, durability: Durability, filling: Filling<'_>) -> Result<Self> {
        let StatePath::File(named) = path else { return Self::open_with(path, durability, filling) };
        let file = fs::canonicalize(named).map_err(|error| unusable(named, &error))?;
        let writable = file.metadata().is_ok_and(|data| !data.permissions().readonly())
            && Connection::open_with_flags(&file, FLAGS).is_ok_and(|state| state.is_readonly("main") == Ok(false));
        if writable {
            return Self::open_with(path, durability, filling);
        }
        check_has_one_name(&file)?;
        let connection = set_up(look_at(&file)?)?;
        if version_of(&connection, &file)? < SCHEMA_VERSION {
            return Err(Error::new(
                Code::StateFile,
                format!("`{}` was written by an earlier version and cannot be written", file.display()),
            )
            .help("copy the state and its data folder to a place where they can be written"));
        }
        let (data, id) = (data_folder(&file), FileId::at(&file).map(|id| (file.clone(), id)));
        let pool = Pool::new(connection, Box::new(move || set_up(look_at(&file)?)))?;
        let (fresh, root_key) = (false, None);
        Ok(Self { pool, durability, path: path.clone(), data, fresh, file: id, read_only: true, root_key, _mark: None })
    }

    /// Whether nothing can be written: neither records nor what cleans up.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }
}

/// Opens a state to read it.
fn look_at(file: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(file, flags).and_then(|state| {
        state.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?;
        Ok(state)
    });
    let Err(error) = opened else { return Ok(opened?) };
    if beside(file, "-wal").metadata().is_ok_and(|log| log.len() > 0) {
        return Err(error.into());
    }
    // SQLite keeps something beside a state that it reads, for which a folder that cannot be written has no place. Without a log, a state that
    // nobody can write needs none of it.
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-');
    let encoded = |byte: u8| if is_plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let path: String = file.as_os_str().as_encoded_bytes().iter().copied().map(encoded).collect();
    let address = format!("file:{path}?immutable=1");
    Ok(Connection::open_with_flags(address, flags | OpenFlags::SQLITE_OPEN_URI)?)
}
