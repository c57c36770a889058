use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use rusqlite::Connection;

use super::chain::Head;
use super::lease::LEASES;
use super::open::Store;
use super::schema::create_schema;
use super::scratch::{SPILL, ScratchFolder, mark_of};
use super::sweep::is_of;
use super::transaction::Snapshot;
use crate::error::Result;
use crate::model::Principal;

/// Looks for damage: in the database, in its references, in the chain of the audit, which is compared with a head that was kept elsewhere, in every
/// data file, and for unknown files.
///
/// Returns what was found, a line each; nothing found means nothing is wrong.
///
/// # Errors
/// The state cannot be read at all.
pub fn check(store: &Store, head: Option<&Head>) -> Result<Vec<String>> {
    let snapshot = store.read()?;
    let mut found: Vec<String> = snapshot
        .all("pragma integrity_check", [], |row| row.get(0))?
        .into_iter()
        .filter(|line: &String| line != "ok")
        .map(|line| format!("database: {line}"))
        .collect();
    let broken = snapshot.all("pragma foreign_key_check", [], |row| row.get::<_, String>(0))?;
    found.extend(broken.into_iter().map(|table| format!("database: a row of {table} has a dangling reference")));

    found.extend(schema_damage(&snapshot)?);
    let accounts = snapshot.all("select id, principal, key from account order by id", [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    for (id, principal, key) in accounts {
        if Principal::parse(&principal).is_none_or(|principal| principal.key() != key) {
            found.push(format!("database: the principal `{principal}` of account {id} cannot be read"));
        }
    }
    found.extend(snapshot.damaged_resources()?);
    found.extend(snapshot.damaged_labels()?);
    found.extend(snapshot.damaged_versions()?);
    found.extend(snapshot.audit_damage(head)?);

    let mut known = BTreeSet::from([LEASES.to_owned(), SPILL.to_owned()]);
    let others = snapshot.result_files()?.into_iter().chain(snapshot.all_tunnel_files()?);
    for file in snapshot.all_files()?.into_iter().chain(others) {
        match checksum(&store.data_folder().join(&file.name)) {
            Ok((bytes, checksum)) if bytes == file.bytes && checksum == file.checksum => {}
            Ok(_) => found.push(format!("data file {} was changed outside of odpsh", file.name)),
            Err(error) => found.push(format!("data file {} cannot be read: {}", file.name, error.kind())),
        }
        known.insert(file.name);
    }
    known.extend(snapshot.all("select name from data_file where table_id is null", [], |row| row.get::<_, String>(0))?);
    let writing: Vec<String> = snapshot.all("select prefix from writing", [], |row| row.get(0))?;
    let results = snapshot.result_prefixes()?;
    let announced = |name: &str| {
        writing.iter().any(|prefix| is_of(prefix, name)) || results.iter().any(|prefix| name.starts_with(prefix))
    };
    if let Ok(entries) = std::fs::read_dir(store.data_folder()) {
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !known.contains(&name) && !announced(&name) {
                found.push(format!("file {name} in the data folder belongs to no table"));
            }
        }
    }
    found.extend(left_in_spill(store.data_folder()));
    Ok(found)
}

/// Temporary files that belong to no process: the process that creates one marks it.
fn left_in_spill(data: &Path) -> Vec<String> {
    let spill = ScratchFolder::base(data);
    let paths = std::fs::read_dir(spill).into_iter().flatten().flatten().map(|entry| entry.path());
    let unmarked =
        paths.filter(|path| path.extension().is_none_or(|ending| ending != "lock") && !mark_of(path).exists());
    unmarked.map(|path| format!("temporary file {} belongs to no process", path.display())).collect()
}

/// Tables, indexes and triggers that are not as this program makes them.
fn schema_damage(snapshot: &Snapshot<'_>) -> Result<Vec<String>> {
    // What SQLite makes itself has these names, or no text.
    const PARTS: &str = "select type || ' ' || name, sql from sqlite_schema where sql is not null
        and not (type = 'table' and name in ('sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4'))";
    let pair = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let there: BTreeSet<(String, String)> = snapshot.all(PARTS, [], pair)?.into_iter().collect();
    let model = Connection::open_in_memory()?;
    create_schema(&model)?;
    let mut statement = model.prepare(PARTS)?;
    let wanted = statement.query_map([], pair)?.collect::<rusqlite::Result<BTreeSet<_>>>()?;
    let changed = wanted.symmetric_difference(&there).map(|(name, _)| name).collect::<BTreeSet<_>>();
    Ok(changed.into_iter().map(|name| format!("database: {name} was changed outside of odpsh")).collect())
}

/// Bytes and CRC-32 of a file.
fn checksum(path: &Path) -> std::io::Result<(u64, u32)> {
    let mut file = File::open(path)?;
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0_u64;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hasher.finalize()));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
}
