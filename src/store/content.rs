//! The bytes of resources. They are stored piece by piece, each in a transaction of its own, before a resource refers to them, so that
//! a large file does not block other shells. Content that no resource refers to is deleted in the same way.

use std::thread;
use std::time::Duration;

use md5::{Digest, Md5};

use super::file::abandoned;
use super::lease::Lease;
use super::open::Store;
use super::resource::hexadecimal;
use super::transaction::Write;
use crate::error::Result;
use crate::model::ObjectId;

/// Pieces of dead content that are deleted in one transaction.
const DELETED_AT_ONCE: i64 = 8;
/// Pieces after which the log is put on disk: another shell that commits waits for no more than these.
const SYNCED_AT_ONCE: i64 = 4;
/// Pause after each of these transactions, so that other shells, which retry every millisecond, can take the lock.
const PAUSE: Duration = Duration::from_millis(2);

/// Bytes that were stored and belong to no resource yet.
#[derive(Debug)]
pub struct StoredContent {
    id: i64,
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
    pub fn store_content(
        &self,
        lease: &Lease,
        piece: &mut dyn FnMut() -> Result<Option<Vec<u8>>>,
    ) -> Result<StoredContent> {
        let mut id = 0;
        self.write_later(|write| {
            write.run("insert into resource_content (lease) values (?1)", [lease.name()])?;
            id = write.last_id();
            Ok(())
        })?;
        self.store_pieces(id, piece).inspect_err(|_| self.give_up(id))
    }

    fn store_pieces(&self, id: i64, piece: &mut dyn FnMut() -> Result<Option<Vec<u8>>>) -> Result<StoredContent> {
        let (mut hasher, mut bytes) = (Md5::new(), 0_u64);
        let mut position = 0_i64;
        while let Some(piece) = piece()? {
            hasher.update(&piece);
            bytes += piece.len() as u64;
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
            if position % SYNCED_AT_ONCE == 0 {
                self.sync()?;
            }
            thread::sleep(PAUSE);
        }
        Ok(StoredContent { id, bytes, md5: hexadecimal(hasher) })
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
