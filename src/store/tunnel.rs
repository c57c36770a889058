use std::path::{Path, PathBuf};

use rusqlite::Row;

use super::encryption::unsealed;
use super::error::damaged;
use super::file::KeptCounts;
use super::partition::{kept_text, read_text};
use super::sweep::draft_gone;
use super::transaction::{Snapshot, Write};
use crate::cipher::DataKey;
use crate::error::{Code, Error, Result};
use crate::model::{DataFile, ObjectId, PartitionSpec, Principal, ProjectId, Time};

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
    /// The projects that it moves rows of: an encrypted one seals its command, which may name a partition, its log and its bad records (ENC-1).
    pub projects: Vec<ProjectId>,
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

    fn described(self) -> &'static str {
        match self {
            Self::Log => "the log of a tunnel session",
            Self::Bad => "a bad record",
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
        let found = match id {
            Some(id) => self.one("select * from tunnel_session where account = ?1 and id = ?2", (account.id, id), read)?,
            None => self.one(
                "select * from tunnel_session where account = ?1 and (?2 is null or kind = ?2) order by started desc, id desc limit 1",
                (account.id, kind.map(TransferKind::name)),
                read,
            )?,
        };
        found.map(|found| self.unsealed_session(found)).transpose()
    }

    /// A session with its command; of one whose key cannot be opened, only with what it does.
    fn unsealed_session(&self, (session, sealed_by): (TunnelSession, Option<ProjectId>)) -> Result<TunnelSession> {
        let Some(project) = sealed_by else { return Ok(session) };
        let command = match self.data_key_of_all(&[project]) {
            Ok(key) => {
                let command = read_text(key.as_ref(), &["transfer", &session.id], session.command);
                unsealed(command, "the command of a tunnel session")?
            }
            Err(error) if error.code == Code::EncryptionKey => format!("tunnel {} ***", session.kind.name()),
            Err(error) => return Err(error),
        };
        Ok(TunnelSession { command, ..session })
    }

    /// The key that seals what a session says of rows.
    fn key_of_session(&self, session: &str) -> Result<Option<DataKey>> {
        let sealed_by = self.one("select sealed_by from tunnel_session where id = ?1", [session], |row| row.get(0))?;
        match sealed_by.flatten() {
            Some(project) => self.data_key_of_all(&[project]),
            None => Ok(None),
        }
    }

    /// The last sessions of a principal, newest first.
    pub fn tunnel_sessions(&self, principal: &Principal, most: u64) -> Result<Vec<TunnelSession>> {
        let Some(account) = self.account(principal)? else { return Ok(Vec::new()) };
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let found = self.all(
            "select * from tunnel_session where account = ?1 order by started desc, id desc limit ?2",
            (account.id, most),
            read,
        )?;
        found.into_iter().map(|found| self.unsealed_session(found)).collect()
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
        let found = self.all("select * from tunnel_block where session = ?1 order by number", [session], |row| {
            let plain = [row.get("lines")?, row.get("row_count")?, row.get("bad_count")?];
            let kept = KeptCounts { plain, sealed: row.get("sealed")? };
            let block = TunnelBlock {
                number: row.get("number")?,
                source: row.get("source")?,
                next: row.get("next")?,
                lines: 0,
                rows: 0,
                bad: 0,
                table: row.get("table_id")?,
            };
            Ok((block, kept))
        })?;
        let opened = |(block, kept): (TunnelBlock, KeptCounts<3>)| {
            let key = self.data_key_of(block.table)?;
            let [lines, rows, bad] = kept.read(key.as_ref(), &block_name(session, &block))?;
            Ok(TunnelBlock { lines, rows, bad, ..block })
        };
        found.into_iter().map(opened).collect()
    }

    /// The data files of an upload's blocks, all for this partition.
    pub fn tunnel_files(&self, session: &str, partition: &PartitionSpec) -> Result<Vec<DataFile>> {
        let found = self.all(
            "select f.*, b.table_id from tunnel_file f join tunnel_block b on b.session = f.session and b.number = f.block
             where f.session = ?1 order by f.block, f.name",
            [session],
            |row| {
                let kept = KeptCounts { plain: [row.get("row_count")?], sealed: row.get("sealed")? };
                Ok((read_file(row)?, row.get("table_id")?, kept))
            },
        )?;
        let opened = |(file, table, kept): (DataFile, ObjectId, KeptCounts<1>)| {
            let key = self.data_key_of(table)?;
            let [rows] = kept.read(key.as_ref(), &file.name)?;
            let key = key.and_then(|key| key.file_key(&file.name));
            Ok(DataFile { partition: partition.clone(), rows, key, ..file })
        };
        found.into_iter().map(opened).collect()
    }

    /// What a session said.
    pub fn tunnel_lines(&self, session: &str, kind: LineKind) -> Result<Vec<String>> {
        let lines: Vec<(i64, String)> = self.all(
            "select number, line from tunnel_line where session = ?1 and kind = ?2 order by number",
            (session, kind.name()),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let key = self.key_of_session(session)?;
        let opened = lines.into_iter().map(|(number, line)| {
            unsealed(read_text(key.as_ref(), &[kind.name(), session, &number.to_string()], line), kind.described())
        });
        opened.collect()
    }

    /// Whether a file belongs to a finished block of an upload.
    pub(super) fn is_in_tunnel(&self, name: &str) -> Result<bool> {
        Ok(self.one("select 1 from tunnel_file where name = ?1", [name], |_| Ok(()))?.is_some())
    }

    /// Every file of a finished block, for `check`.
    pub(super) fn all_tunnel_files(&self) -> Result<Vec<DataFile>> {
        self.all("select * from tunnel_file", [], read_file)
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
        let mut sealed_by = None;
        for project in &new.projects {
            if sealed_by.is_none() && self.is_encrypted(*project)? {
                sealed_by = Some(*project);
            }
        }
        let key = sealed_by.map(|project| self.data_key_of_all(&[project])).transpose()?.flatten();
        let time: String = new.started.plain().chars().filter(char::is_ascii_digit).collect();
        loop {
            // Letters by chance: a counter would tell how much others do.
            let id = format!("{time}{}", letters()?);
            let command = kept_text(key.as_ref(), &["transfer", &id], new.command.clone())?;
            let added = self.run(
                "insert into tunnel_session (id, account, kind, command, attempt, status, started, lease, sealed_by)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) on conflict (id) do nothing",
                rusqlite::params![
                    id,
                    account,
                    new.kind.name(),
                    command,
                    attempt,
                    TransferStatus::Running.name(),
                    new.started.0,
                    new.lease,
                    sealed_by
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
        let key = self.data_key_of(block.table)?;
        let counts = [block.lines, block.rows, block.bad];
        let kept = KeptCounts::of(key.as_ref(), &block_name(session, block), counts)?;
        let [lines, rows, bad] = kept.plain;
        self.run(
            "insert into tunnel_block (session, number, source, next, lines, row_count, bad_count, sealed, table_id)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (session, block.number, source, block.next, lines, rows, bad, kept.sealed, block.table),
        )?;
        for file in files {
            let kept = KeptCounts::of(key.as_ref(), &file.name, [file.rows])?;
            self.run(
                "insert into tunnel_file (name, session, block, row_count, sealed, byte_count, checksum)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (&file.name, session, block.number, kept.plain[0], kept.sealed, file.bytes, file.checksum),
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

    /// Notes what a session says. Its log counts rows and may name partitions, so that it is sealed like its bad records (ENC-1); where the
    /// key cannot be opened any more, the log ends.
    pub fn add_tunnel_lines(&self, session: &str, kind: LineKind, lines: &[String]) -> Result<()> {
        let count = self.one(
            "select coalesce(max(number), 0) from tunnel_line where session = ?1 and kind = ?2",
            (session, kind.name()),
            |row| row.get::<_, i64>(0),
        )?;
        let key = match self.key_of_session(session) {
            Err(error) if error.code == Code::EncryptionKey && kind == LineKind::Log => return Ok(()),
            key => key?,
        };
        for (number, line) in (count.unwrap_or_default() + 1..=LINES).zip(lines) {
            let line = kept_text(key.as_ref(), &[kind.name(), session, &number.to_string()], line.clone())?;
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

/// How a block is called where its counts are sealed.
fn block_name(session: &str, block: &TunnelBlock) -> String {
    format!("block {} of {session}", block.number)
}

/// A file without what may be sealed.
fn read_file(row: &Row<'_>) -> rusqlite::Result<DataFile> {
    Ok(DataFile {
        name: row.get("name")?,
        partition: PartitionSpec::default(),
        rows: 0,
        bytes: row.get("byte_count")?,
        checksum: row.get("checksum")?,
        key: None,
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<(TunnelSession, Option<ProjectId>)> {
    let (kind, status): (String, String) = (row.get("kind")?, row.get("status")?);
    let session = TunnelSession {
        id: row.get("id")?,
        kind: if kind == "upload" { TransferKind::Upload } else { TransferKind::Download },
        command: row.get("command")?,
        status: TransferStatus::ALL
            .into_iter()
            .find(|known| known.name() == status)
            .ok_or_else(|| damaged("the status of a tunnel session"))?,
        started: Time(row.get("started")?),
    };
    Ok((session, row.get("sealed_by")?))
}

#[cfg(test)]
mod tests;
