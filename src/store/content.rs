//! The bytes of resources. They are stored piece by piece, each in a transaction of its own, before a resource refers to them, so that
//! a large file does not block other shells. Content that no resource refers to is deleted in the same way.

use std::thread;
use std::time::Duration;

use md5::{Digest, Md5};

use super::encryption::{sealed, unsealed};
use super::file::abandoned;
use super::lease::Lease;
use super::open::Store;
use super::partition::{bytes_of, hexadecimal as hexadecimal_of};
use super::resource::hexadecimal;
use super::transaction::{Snapshot, Write};
use crate::cipher::DataKey;
use crate::error::Result;
use crate::model::{ObjectId, ProjectId, Resource};

/// Pieces of dead content that are deleted in one transaction.
const DELETED_AT_ONCE: i64 = 8;
/// Pieces after which the log is written back: another shell that commits, or ends, waits for no more than these.
const WRITTEN_BACK_AT_ONCE: i64 = 4;
/// Pause after each of these transactions, so that other shells, which retry every millisecond, can take the lock.
const PAUSE: Duration = Duration::from_millis(2);

/// Bytes that were stored and belong to no resource yet.
#[derive(Debug)]
pub struct StoredContent {
    id: i64,
    key: Option<DataKey>,
    /// How many there are.
    pub(super) bytes: u64,
    /// Their MD5, in hexadecimal.
    pub(super) md5: String,
}

impl Store {
    /// Stores bytes that a resource will refer to. `piece` returns the next piece, or `None` at the end. The caller must hold the lease
    /// until the content is attached or discarded; content without a held lease is treated as abandoned.
    ///
    /// # Errors
    /// `piece` fails, or the state cannot be written. The content stored so far becomes dead.
    ///
    /// Of a resource of an encrypted project, each piece is sealed for its content, its place in it, and whether it is the last one: pieces that
    /// are taken out, swapped or moved do not open (ENC-1).
    pub fn store_content(
        &self,
        project: ProjectId,
        lease: &Lease,
        piece: &mut dyn FnMut() -> Result<Option<Vec<u8>>>,
    ) -> Result<StoredContent> {
        let (mut id, mut key) = (0, None);
        self.write_later(|write| {
            key = write.data_key(project)?;
            write.run(
                "insert into resource_content (lease, sealed_by) values (?1, ?2)",
                (lease.name(), key.is_some().then_some(project)),
            )?;
            id = write.last_id();
            Ok(())
        })?;
        self.store_pieces(id, key, piece).inspect_err(|_| self.give_up(id))
    }

    fn store_pieces(
        &self,
        id: i64,
        key: Option<DataKey>,
        piece: &mut dyn FnMut() -> Result<Option<Vec<u8>>>,
    ) -> Result<StoredContent> {
        let (mut hasher, mut bytes) = (Md5::new(), 0_u64);
        let mut position = 0_i64;
        let mut next = piece()?;
        while let Some(plain) = next {
            hasher.update(&plain);
            bytes += plain.len() as u64;
            next = piece()?;
            let piece = kept_piece(key.as_ref(), (id, position, next.is_none()), plain)?;
            self.write_later(|write| {
                // Another process may have found the lease not held, and cleaned up.
                let stored = write.run(
                    "insert into resource_piece select ?1, ?2, ?3 where exists
                       (select 1 from resource_content where id = ?1 and lease <> '')",
                    (id, position, &piece),
                )?;
                if stored == 0 { Err(abandoned()) } else { Ok(()) }
            })?;
            position += 1;
            if position % WRITTEN_BACK_AT_ONCE == 0 || next.is_none() {
                self.write_back()?;
            }
            thread::sleep(PAUSE);
        }
        Ok(StoredContent { id, key, bytes, md5: hexadecimal(hasher) })
    }

    /// Deletes content that no resource will refer to.
    pub fn discard_content(&self, content: &StoredContent) {
        self.give_up(content.id);
    }

    /// If this fails, a later sweep finds the content by its lease.
    fn give_up(&self, id: i64) {
        let _ = self.write_later(|write| {
            write.run("update resource_content set lease = '' where id = ?1", [id])?;
            Ok(())
        });
        let _ = self.delete_dead_content();
    }

    /// Deletes all dead content in short transactions.
    ///
    /// # Errors
    /// The state cannot be written.
    pub fn delete_dead_content(&self) -> Result<()> {
        while self.delete_some_content()? {
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Deletes a few pieces of dead content. Returns whether there was any. Readers are not affected, because they have
    /// a snapshot.
    pub(super) fn delete_some_content(&self) -> Result<bool> {
        let dead: Option<i64> = self.read()?.one(
            "select id from resource_content where resource is null and lease = '' limit 1",
            [],
            |row| row.get(0),
        )?;
        let Some(id) = dead else { return Ok(false) };
        self.write_later(|write| {
            write.run(
                "delete from resource_piece where content = ?1
                 and position in (select position from resource_piece where content = ?1 order by position desc limit ?2)",
                (id, DELETED_AT_ONCE),
            )?;
            write.run(
                "delete from resource_content where id = ?1 and not exists (select 1 from resource_piece where content = ?1)",
                [id],
            )?;
            Ok(())
        })?;
        Ok(true)
    }
}

fn piece_place((content, position, is_last): (i64, i64, bool)) -> [String; 4] {
    ["piece".to_owned(), content.to_string(), position.to_string(), is_last.to_string()]
}

fn kept_piece(key: Option<&DataKey>, place: (i64, i64, bool), plain: Vec<u8>) -> Result<Vec<u8>> {
    let Some(key) = key else { return Ok(plain) };
    let place = piece_place(place);
    sealed(key.seal(&place.each_ref().map(String::as_str), &plain))
}

impl StoredContent {
    /// Its size and checksum as the state keeps them.
    pub(super) fn kept(&self) -> Result<(u64, String)> {
        match &self.key {
            None => Ok((self.bytes, self.md5.clone())),
            Some(key) => {
                let text = format!("{} {}", self.bytes, self.md5);
                Ok((0, hexadecimal_of(&sealed(key.seal(&["checksum", &self.id.to_string()], text.as_bytes()))?)))
            }
        }
    }
}

/// The bytes of a resource, which may be sealed.
pub struct Content {
    id: i64,
    key: Option<DataKey>,
    last: i64,
}

impl Snapshot<'_> {
    /// The bytes of a resource; nothing of one that has none.
    ///
    /// # Errors
    /// The key of its project cannot be opened.
    pub fn content(&self, resource: ObjectId) -> Result<Option<Content>> {
        let found = self.one(
            "select id, sealed_by, (select max(position) from resource_piece where content = id)
             from resource_content where resource = ?1",
            [resource],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<ProjectId>>(1)?, row.get::<_, Option<i64>>(2)?)),
        )?;
        let Some((id, sealed_by, last)) = found else { return Ok(None) };
        let key = match sealed_by {
            Some(project) => self.data_key_of_all(&[project])?,
            None => None,
        };
        Ok(Some(Content { id, key, last: last.unwrap_or_default() }))
    }

    /// A piece of it; `None` after the last.
    pub fn piece(&self, content: &Content, position: i64) -> Result<Option<Vec<u8>>> {
        let kept: Option<Vec<u8>> = self.one(
            "select bytes from resource_piece where content = ?1 and position = ?2",
            (content.id, position),
            |row| row.get(0),
        )?;
        let (Some(kept), Some(key)) = (&kept, &content.key) else { return Ok(kept) };
        let place = piece_place((content.id, position, position == content.last));
        let opened = key.open(&place.each_ref().map(String::as_str), kept);
        Ok(Some(unsealed(opened, "the content of a resource")?.to_vec()))
    }

    /// Size and checksum of a resource, of which the state keeps these.
    ///
    /// # Errors
    /// The key of its project cannot be opened.
    pub fn size_of_resource(&self, resource: &Resource) -> Result<(u64, Option<String>)> {
        let as_kept = || (resource.size, resource.md5.clone());
        let Some(content) = self.content(resource.id)? else { return Ok(as_kept()) };
        let (Some(key), Some(md5)) = (&content.key, &resource.md5) else { return Ok(as_kept()) };
        let opened = bytes_of(md5).and_then(|bytes| key.open(&["checksum", &content.id.to_string()], &bytes));
        let text = opened.and_then(|opened| String::from_utf8(opened.to_vec()).ok());
        let parts = text.as_deref().and_then(|text| text.split_once(' '));
        let parts = parts.and_then(|(size, md5)| Some((size.parse().ok()?, Some(md5.to_owned()))));
        unsealed(parts, "the checksum of a resource")
    }
}

impl Write<'_> {
    /// Attaches stored content to a resource, replacing its previous content.
    pub(super) fn attach(&self, resource: ObjectId, content: Option<&StoredContent>) -> Result<()> {
        self.run("update resource_content set resource = null where resource = ?1", [resource])?;
        match content {
            // Of a table, there are no bytes; the number says that it was put there anew.
            None => drop(self.run("insert into resource_content (resource) values (?1)", [resource])?),
            Some(content) => {
                let attached = self.run(
                    "update resource_content set resource = ?2, lease = '' where id = ?1 and lease <> ''",
                    (content.id, resource),
                )?;
                if attached == 0 {
                    return Err(abandoned());
                }
            }
        }
        Ok(())
    }

    /// Marks content that ended processes were storing as dead.
    pub(super) fn end_storing(&self, contents: &[i64]) -> Result<()> {
        for id in contents {
            self.run("update resource_content set lease = '' where id = ?1", [id])?;
        }
        Ok(())
    }
}
