//! The bytes of resources. They are stored piece by piece, each in a transaction of its own, before a resource refers to them, so that
//! no other shell waits for a large file; and what no resource refers to any more is deleted in the same way.

use crate::model::ObjectId;
use std::thread;
use std::time::Duration;

use md5::{Digest, Md5};

use super::lease::Lease;
use super::open::Store;
use super::resource::hexadecimal;
use super::transaction::Write;
use crate::error::Result;

/// Pieces of dead content that are deleted in one transaction.
const DELETED_AT_ONCE: i64 = 8;
/// How long the state is left to other shells after each of these transactions: they look for it every millisecond.
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
    /// Stores the bytes of a resource that will refer to them; `piece` gives them, and nothing after the last. The caller holds the lease
    /// until they are attached or given up: without it they count as left behind.
    ///
    /// # Errors
    /// Those of `piece`; the state cannot be written. What was stored is dead then.
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
                write.run("insert into resource_piece values (?1, ?2, ?3)", (id, position, &piece))?;
                Ok(())
            })?;
            position += 1;
            thread::sleep(PAUSE);
        }
        Ok(StoredContent { id, bytes, md5: hexadecimal(hasher) })
    }

    /// Deletes content that no resource will refer to.
    pub fn discard_content(&self, content: &StoredContent) {
        self.give_up(content.id);
    }

    /// What cannot be noted now is found without its shell later.
    fn give_up(&self, id: i64) {
        let _ = self.write_later(|write| {
            write.run("update resource_content set lease = '' where id = ?1", [id])?;
            Ok(())
        });
        let _ = self.delete_dead_content();
    }

    /// Deletes all dead content, and leaves the state to others in between.
    ///
    /// # Errors
    /// The state cannot be written.
    pub fn delete_dead_content(&self) -> Result<()> {
        while self.delete_some_content()? {
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Deletes as much dead content as takes no other shell's time; whether there was any. Readers are not disturbed: they have
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
    /// Gives a resource the bytes that were stored for it, in place of those that it had.
    pub(super) fn attach(&self, resource: ObjectId, content: Option<&StoredContent>) -> Result<()> {
        self.run("update resource_content set resource = null where resource = ?1", [resource])?;
        if let Some(content) = content {
            self.run("update resource_content set resource = ?2, lease = '' where id = ?1", (content.id, resource))?;
        }
        Ok(())
    }

    /// Notes that content is dead that ended processes were storing.
    pub(super) fn end_storing(&self, contents: &[i64]) -> Result<()> {
        for id in contents {
            self.run("update resource_content set lease = '' where id = ?1", [id])?;
        }
        Ok(())
    }
}
