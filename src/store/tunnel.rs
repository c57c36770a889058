use std::path::{Path, PathBuf};

use rusqlite::Row;

use super::error::damaged;
use super::sweep::draft_gone;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{DataFile, ObjectId, PartitionSpec, Principal, Time};

/// Lines of one kind that are kept of a session.
const LINES: i64 = 10_000;

/// What a session moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferKind {
    /// Files into a table.
    Upload,
    /// Rows into a file.
    Download,
}

/// What became of a session. Source: odpscmd, `show history`; the words are the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferStatus {
    /// It is running, or its process was killed.
    Running,
    /// It came to its end.
    Success,
    /// It did not.
    Failed,
    /// Bad records ended it.
    Bad,
}

/// What a session says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// How it went.
    Log,
    /// A bad record.
    Bad,
}

/// A tunnel transfer of one principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TunnelSession {
    /// Its id.
    pub id: String,
    /// What it moves.
    pub kind: TransferKind,
    /// The statement that began it.
    pub command: String,
    /// What became of it.
    pub status: TransferStatus,
    /// When it began.
    pub started: Time,
}

/// A transfer that begins.
#[derive(Debug, Clone)]
pub struct NewTunnelSession {
    /// What it moves.
    pub kind: TransferKind,
    /// The statement that begins it.
    pub command: String,
    /// When it begins.
    pub started: Time,
    /// The lease of the process that runs it.
    pub lease: String,
}

/// A file that an upload reads, as it was when the upload began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TunnelSource {
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// When it was changed, in nanoseconds since 1970.
    pub modified: i64,
}

/// A block of an upload that is done and not yet part of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TunnelBlock {
    /// Its number.
    pub number: u64,
    /// The number of its source.
    pub source: usize,
    /// The byte after it.
    pub next: u64,
    /// Line ends up to there.
    pub lines: u64,
    /// Records that were written.
    pub rows: u64,
    /// Records that were left out.
    pub bad: u64,
    /// The table that its files are for.
    pub table: ObjectId,
}

impl TransferStatus {
    const ALL: [Self; 4] = [Self::Running, Self::Success, Self::Failed, Self::Bad];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Bad => "bad",
        }
    }
}

impl TransferKind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Download => "download",
        }
    }
}

impl LineKind {
    fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Bad => "bad",
        }
    }
}

impl Snapshot<'_> {
    /// A principal's session of this id; without one, its last: of this kind, if one is given.
    pub fn tunnel_session(
        &self,
        principal: &Principal,
        id: Option<&str>,
        kind: Option<TransferKind>,
    ) -> Result<Option<TunnelSession>> {
        let Some(account) = self.account(principal)? else { return Ok(None) };
        match id {
            Some(id) => self.one("select * from tunnel_session where account = ?1 and id = ?2", (account.id, id), read),
            None => self.one(
                "select * from tunnel_session where account = ?1 and (?2 is null or kind = ?2) order by started desc, id desc limit 1",
                (account.id, kind.map(TransferKind::name)),
                read,
            ),
        }
    }

    /// The last sessions of a principal, newest first.
    pub fn tunnel_sessions(&self, principal: &Principal, most: u64) -> Result<Vec<TunnelSession>> {
        let Some(account) = self.account(principal)? else { return Ok(Vec::new()) };
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.all(
            "select * from tunnel_session where account = ?1 order by started desc, id desc limit ?2",
            (account.id, most),
            read,
        )
    }

    /// The files that an upload reads.
    pub fn tunnel_sources(&self, session: &str) -> Result<Vec<TunnelSource>> {
        self.all(
            "select path, bytes, modified from tunnel_source where session = ?1 order by number",
            [session],
            |row| {
                let path: String = row.get(0)?;
                Ok(TunnelSource { path: path.into(), bytes: row.get(1)?, modified: row.get(2)? })
            },
        )
    }

    /// The blocks of an upload that are done, in order.
    pub fn tunnel_blocks(&self, session: &str) -> Result<Vec<TunnelBlock>> {
        self.all("select * from tunnel_block where session = ?1 order by number", [session], |row| {
            Ok(TunnelBlock {
                number: row.get("number")?,
                source: row.get("source")?,
                next: row.get("next")?,
                lines: row.get("lines")?,
                rows: row.get("row_count")?,
                bad: row.get("bad_count")?,
                table: row.get("table_id")?,
            })
        })
    }

    /// The data files of an upload's blocks, all for this partition.
    pub fn tunnel_files(&self, session: &str, partition: &PartitionSpec) -> Result<Vec<DataFile>> {
        self.all(
            "select name, row_count, byte_count, checksum from tunnel_file where session = ?1 order by block, name",
            [session],
            |row| {
                Ok(DataFile {
                    name: row.get(0)?,
                    partition: partition.clone(),
                    rows: row.get(1)?,
                    bytes: row.get(2)?,
                    checksum: row.get(3)?,
                })
            },
        )
    }

    /// What a session said.
    pub fn tunnel_lines(&self, session: &str, kind: LineKind) -> Result<Vec<String>> {
        self.all(
            "select line from tunnel_line where session = ?1 and kind = ?2 order by number",
            (session, kind.name()),
            |row| row.get(0),
        )
    }

    /// Whether a file belongs to a finished block of an upload.
    pub(super) fn is_in_tunnel(&self, name: &str) -> Result<bool> {
        Ok(self.one("select 1 from tunnel_file where name = ?1", [name], |_| Ok(()))?.is_some())
    }

    /// Every file of a finished block, for `check`.
    pub(super) fn all_tunnel_files(&self) -> Result<Vec<DataFile>> {
        self.all("select name, row_count, byte_count, checksum from tunnel_file", [], |row| {
            Ok(DataFile {
                name: row.get(0)?,
                partition: PartitionSpec::default(),
                rows: row.get(1)?,
                bytes: row.get(2)?,
                checksum: row.get(3)?,
            })
        })
    }
}

impl Write<'_> {
    /// Begins a session of a principal; `letters` gives other ends of its id as long as one is taken. Its id.
    pub fn begin_tunnel(
        &self,
        principal: &Principal,
        new: &NewTunnelSession,
        attempt: &str,
        letters: &dyn Fn() -> Result<String>,
    ) -> Result<String> {
        let account = self.account_id(principal)?;
        let time: String = new.started.plain().chars().filter(char::is_ascii_digit).collect();
        loop {
            // Letters by chance: a counter would tell how much others do.
            let id = format!("{time}{}", letters()?);
            let added = self.run(
                "insert into tunnel_session (id, account, kind, command, attempt, status, started, lease)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict (id) do nothing",
                rusqlite::params![
                    id,
                    account,
                    new.kind.name(),
                    new.command,
                    attempt,
                    TransferStatus::Running.name(),
                    new.started.0,
                    new.lease
                ],
            )?;
            if added > 0 {
                return Ok(id);
            }
        }
    }

    /// Notes the files that an upload reads, in place of those before.
    pub fn set_tunnel_sources(&self, session: &str, sources: &[TunnelSource]) -> Result<()> {
        self.run("delete from tunnel_source where session = ?1", [session])?;
        for (number, source) in (0_i64..).zip(sources) {
            let path = source.path.to_str().ok_or_else(|| {
                Error::new(Code::File, format!("the name `{}` is not valid UTF-8", source.path.display()))
            })?;
            self.run(
                "insert into tunnel_source values (?1, ?2, ?3, ?4, ?5)",
                (session, number, path, source.bytes, source.modified),
            )?;
        }
        Ok(())
    }

    /// Another run of a session: from now on no earlier one may note blocks or commit.
    pub fn resume_tunnel(&self, session: &str, attempt: &str) -> Result<()> {
        self.run("update tunnel_session set attempt = ?2, status = 'running' where id = ?1", (session, attempt))?;
        Ok(())
    }

    /// A session starts again.
    pub fn restart_tunnel(&self, session: &str, now: Time) -> Result<()> {
        self.run("update tunnel_session set started = ?2 where id = ?1", (session, now.0))?;
        Ok(())
    }

    /// Whether this run may still note blocks and commit.
    ///
    /// # Errors
    /// Another run took over, or the session was purged.
    pub fn check_tunnel(&self, session: &str, attempt: &str) -> Result<()> {
        let current =
            self.one("select attempt from tunnel_session where id = ?1", [session], |row| row.get::<_, String>(0))?;
        match current {
            Some(current) if current == attempt => Ok(()),
            Some(_) => Err(Error::new(Code::Conflict, "the upload was resumed by another shell")),
            None => Err(Error::new(Code::NotFound, "the upload was purged while it ran")),
        }
    }

    /// Notes the file that a download writes until it is complete.
    pub fn set_tunnel_draft(&self, session: &str, draft: &Path) -> Result<()> {
        self.run("update tunnel_session set draft = ?2 where id = ?1", (session, draft.to_string_lossy()))?;
        Ok(())
    }

    /// Removes the drafts of downloads whose processes have ended: ids of sessions with their drafts.
    pub(super) fn remove_tunnel_drafts(&self, drafts: &[(String, String)]) -> Result<()> {
        for (id, draft) in drafts {
            if draft_gone(Path::new(draft)) {
                self.run(
                    "update tunnel_session set draft = null, status = ?2 where id = ?1",
                    (id, TransferStatus::Failed.name()),
                )?;
            }
        }
        Ok(())
    }

    /// Notes a finished block with its data files.
    pub fn add_tunnel_block(&self, session: &str, block: &TunnelBlock, files: &[DataFile]) -> Result<()> {
        let source = i64::try_from(block.source).unwrap_or(i64::MAX);
        self.run(
            "insert into tunnel_block (session, number, source, next, lines, row_count, bad_count, table_id)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (session, block.number, source, block.next, block.lines, block.rows, block.bad, block.table),
        )?;
        for file in files {
            self.run(
                "insert into tunnel_file (name, session, block, row_count, byte_count, checksum) values (?1, ?2, ?3, ?4, ?5, ?6)",
                (&file.name, session, block.number, file.rows, file.bytes, file.checksum),
            )?;
        }
        Ok(())
    }

    /// Forgets the blocks of an upload: files of theirs that are part of no table are dead.
    pub fn clear_tunnel_blocks(&self, session: &str) -> Result<()> {
        self.run("delete from tunnel_block where session = ?1", [session])?;
        Ok(())
    }

    /// Forgets the bad records of a session.
    pub fn clear_tunnel_bad(&self, session: &str) -> Result<()> {
        self.run("delete from tunnel_line where session = ?1 and kind = 'bad'", [session])?;
        Ok(())
    }

    /// Notes what a session says.
    pub fn add_tunnel_lines(&self, session: &str, kind: LineKind, lines: &[String]) -> Result<()> {
        let count = self.one(
            "select coalesce(max(number), 0) from tunnel_line where session = ?1 and kind = ?2",
            (session, kind.name()),
            |row| row.get::<_, i64>(0),
        )?;
        for (number, line) in (count.unwrap_or_default() + 1..=LINES).zip(lines) {
            self.run("insert into tunnel_line values (?1, ?2, ?3, ?4)", (session, number, kind.name(), line))?;
        }
        Ok(())
    }

    /// Notes what became of a session, unless another run has taken it over.
    pub fn end_tunnel(&self, session: &str, attempt: &str, status: TransferStatus) -> Result<()> {
        self.run(
            "update tunnel_session set status = ?3, draft = null where id = ?1 and attempt = ?2",
            (session, attempt, status.name()),
        )?;
        Ok(())
    }

    /// Forgets the sessions of a principal that began before `time`; their ids.
    pub fn purge_tunnel(&self, principal: &Principal, before: Time) -> Result<Vec<String>> {
        let account = self.account_id(principal)?;
        let ids = self.all(
            "select id from tunnel_session where account = ?1 and started <= ?2 order by started, id",
            (account, before.0),
            |row| row.get(0),
        )?;
        self.run("delete from tunnel_session where account = ?1 and started <= ?2", (account, before.0))?;
        Ok(ids)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<TunnelSession> {
    let (kind, status): (String, String) = (row.get("kind")?, row.get("status")?);
    Ok(TunnelSession {
        id: row.get("id")?,
        kind: if kind == "upload" { TransferKind::Upload } else { TransferKind::Download },
        command: row.get("command")?,
        status: TransferStatus::ALL
            .into_iter()
            .find(|known| known.name() == status)
            .ok_or_else(|| damaged("the status of a tunnel session"))?,
        started: Time(row.get("started")?),
    })
}

#[cfg(test)]
mod tests;
