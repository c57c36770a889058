//! The files that a download writes: one, or several in a folder of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::Transfer;
use crate::command::{Download, DownloadPart};
use crate::error::{Code, Error, Result, shortened, system_words};
use crate::model::PartitionSpec;
use crate::shell::local_file::expanded;
use crate::shell::written_file::{self, Unwritable};
use crate::syntax::FileName;

/// Where a download goes.
pub(super) struct Targets {
    /// The files, in order.
    pub files: Vec<Written>,
    /// The folder of the files, and that of their drafts, where there are several.
    folders: Option<Folders>,
}

/// A file that is written.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// As it is shown.
    pub shown: String,
    /// The file, links resolved.
    pub path: PathBuf,
    /// What is written before all files are complete.
    pub draft: PathBuf,
}

struct Folders {
    files: PathBuf,
    is_new: bool,
    drafts: PathBuf,
}

impl Targets {
    /// The file that is written: an existing one is replaced when the new one is complete.
    pub fn one(transfer: &Transfer, name: &FileName) -> Result<Self> {
        let typed = expanded(&name.text);
        transfer.check_file(&typed, name)?;
        let path = resolved(&typed, &name.text)?;
        let draft = written_file::beside(&path, ".", &part(transfer));
        transfer.check_file(&path, name)?;
        transfer.check_file(&draft, name)?;
        Ok(Self { files: vec![Written { shown: name.text.clone(), path, draft }], folders: None })
    }

    /// Several files, in a folder that is called like the file without its ending. Source: odpscmd.
    pub fn several(transfer: &Transfer, name: &FileName, names: &[String]) -> Result<Self> {
        let typed = expanded(&name.text).with_extension("");
        let shown = Path::new(&name.text).with_extension("");
        transfer.check_file(&typed, name)?;
        let (files, is_new) = match fs::canonicalize(&typed) {
            Ok(folder) if folder.is_dir() => (folder, false),
            Ok(_) => return Err(wrong(&shown.to_string_lossy(), "it is a file, and a folder is needed")),
            Err(_) => (resolved(&typed, &name.text)?, true),
        };
        let drafts = written_file::beside(&files, ".", &part(transfer));
        for folder in [&files, &drafts] {
            transfer.check_file(folder, name)?;
        }
        let folders = Folders { files, is_new, drafts };
        let file = |file: &String| {
            let (shown, typed) = (shown.join(file).to_string_lossy().into_owned(), folders.files.join(file));
            let path = if folders.is_new { typed } else { resolved(&typed, &shown)? };
            transfer.check_file(&path, name)?;
            Ok(Written { shown, path, draft: folders.drafts.join(file) })
        };
        let files = names.iter().map(file).collect::<Result<_>>()?;
        Ok(Self { files, folders: Some(folders) })
    }

    /// What is there until all files are complete.
    pub fn draft(&self) -> &Path {
        match (&self.folders, self.files.first()) {
            (Some(folders), _) => &folders.drafts,
            (None, Some(file)) => &file.draft,
            (None, None) => Path::new(""),
        }
    }

    /// Makes the folders.
    pub fn make(&self) -> Result<()> {
        let Some(folders) = &self.folders else { return Ok(()) };
        let make = |folder: &Path| {
            fs::create_dir(folder).map_err(|error| unwritable(&shortened(&folder.to_string_lossy()), &error))
        };
        make(&folders.drafts)?;
        let made = if folders.is_new { make(&folders.files) } else { Ok(()) };
        made.inspect_err(|_| self.remove())
    }

    /// Gives the files their names.
    pub fn keep(&self) -> Result<()> {
        for file in &self.files {
            fs::rename(&file.draft, &file.path).map_err(|error| unwritable(&shortened(&file.shown), &error))?;
        }
        if let Some(folders) = &self.folders {
            // It is empty now; what another program put there is its own.
            drop(fs::remove_dir(&folders.drafts));
        }
        Ok(())
    }

    /// Removes what is not complete. An error that led here is what the user must hear of.
    pub fn remove(&self) {
        for file in &self.files {
            drop(fs::remove_file(&file.draft));
        }
        if let Some(folders) = &self.folders {
            drop(fs::remove_dir(&folders.drafts));
            if folders.is_new {
                drop(fs::remove_dir(&folders.files));
            }
        }
    }
}

fn part(transfer: &Transfer) -> String {
    format!(".{}.part", transfer.id)
}

fn resolved(typed: &Path, shown: &str) -> Result<PathBuf> {
    written_file::resolve(typed).map_err(|why| match why {
        Unwritable::Not(why) => wrong(shown, why),
        Unwritable::System(error) => unwritable(&shortened(shown), &error),
    })
}

fn wrong(shown: &str, why: &str) -> Box<Error> {
    Error::new(Code::File, format!("'{}' cannot be written: {why}", shortened(shown)))
        .help("give a file in an existing, writable folder")
}

pub(super) fn unwritable(shown: &str, error: &std::io::Error) -> Box<Error> {
    wrong(shown, &system_words(error))
}

/// The names of the files of a download that writes several: for each partition its values, else a number for each thread.
///
/// Source: odpscmd. Chosen: what cannot be part of a file's name is written as `%` and its code, and names that are the same get a number.
pub(super) fn file_names(download: &Download) -> Vec<String> {
    let path = Path::new(&download.path.text);
    let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (stem, ending) = (text(path.file_stem()), text(path.extension()));
    let ending = if ending.is_empty() { ending } else { format!(".{ending}") };
    let partitions: Vec<&PartitionSpec> = download.parts.iter().filter_map(|part| part.partition.as_ref()).collect();
    if partitions.len() > 1 {
        let mut taken = BTreeSet::new();
        let name = |partition: &&PartitionSpec| {
            let values: String = partition.0.iter().map(|(_, value)| format!(".{}", in_file_name(value))).collect();
            let numbered = |number: u64| match number {
                0 => format!("{stem}{values}{ending}"),
                number => format!("{stem}{values}-{number}{ending}"),
            };
            // Where large and small letters are the same, such names are the same file.
            let free = (0..).map(numbered).find(|name| taken.insert(name.to_lowercase()));
            free.unwrap_or_default()
        };
        return partitions.iter().map(name).collect();
    }
    match download.options.text.threads {
        0 | 1 => Vec::new(),
        threads => (0..threads).map(|number| format!("{stem}_{number}{ending}")).collect(),
    }
}

fn in_file_name(value: &str) -> String {
    let mut name = String::new();
    for character in value.chars() {
        match character {
            // Source: odpscmd.
            ':' => name.push(';'),
            '.' => name.push(','),
            '/' | '\\' | '%' | '*' | '?' | '"' | '<' | '>' | '|' => {
                name.push_str(&format!("%{:02X}", u32::from(character)))
            }
            character if character.is_control() => name.push_str(&format!("%{:02X}", u32::from(character))),
            character => name.push(character),
        }
    }
    name
}

/// The rows of each file, by their numbers among those of its part; nothing where they are not known.
pub(super) fn ranges(parts: &[DownloadPart], files: usize) -> Vec<Option<(u64, u64)>> {
    match parts {
        [one] => {
            let step = |rows: u64| rows.div_ceil(files.max(1) as u64);
            let range = |number: u64| {
                one.rows.map(|rows| {
                    let start = number.saturating_mul(step(rows)).min(rows);
                    (start, start.saturating_add(step(rows)).min(rows))
                })
            };
            (0..files as u64).map(range).collect()
        }
        parts => parts.iter().map(|part| part.rows.map(|rows| (0, rows))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_inside_its_file_name() {
        for (value, name) in
            [("a:b.c", "a;b,c"), ("../x", ",,%2Fx"), ("50%", "50%25"), ("上海", "上海"), ("a\nb", "a%0Ab")]
        {
            assert_eq!(in_file_name(value), name);
        }
    }

    #[test]
    fn rows_are_dealt_out_evenly() {
        let part = |rows| DownloadPart { partition: None, rows };
        assert_eq!(ranges(&[part(Some(5))], 2), [Some((0, 3)), Some((3, 5))]);
        assert_eq!(ranges(&[part(Some(1))], 2), [Some((0, 1)), Some((1, 1))]);
        assert_eq!(ranges(&[part(None)], 2), [None, None]);
        assert_eq!(ranges(&[part(Some(2)), part(Some(0))], 2), [Some((0, 2)), Some((0, 0))]);
    }
}
