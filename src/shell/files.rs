use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::credentials::Credentials;
use super::local_file::{self, LocalFolders, LocalPlace};
use crate::command::{Files, Folders, Pieces, Place};
use crate::data::Outside;
use crate::error::{Code, Error, Result, shortened, system_words};
use crate::model::Principal;
use crate::policy;
use crate::store::Store;
use crate::syntax::FileName;

/// The files that the statements of a session name.
#[derive(Clone)]
pub(super) struct SessionFiles {
    /// Where policies are looked up.
    pub policies: PolicyFolders,
    /// The state, whose own files are none of them (FLW-11).
    pub store: Arc<Store>,
    /// What stores of external data are signed in to with.
    pub credentials: Arc<Credentials>,
}

/// The folders in which bare names of policy files are looked up, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct PolicyFolders(pub Vec<PathBuf>);

impl Files for SessionFiles {
    fn policy(&self, name: &FileName) -> Result<String> {
        let path = self.policies.find(&name.text).ok_or_else(|| {
            let mut folders: Vec<String> = self.policies.0.iter().map(|folder| folder.display().to_string()).collect();
            folders.dedup();
            Error::new(Code::File, format!("File not exist: `{}`", shortened(&name.text))).help(format!(
                "a bare name is looked up in {}, and in the current folder; a name with a separator is a path",
                folders.join(", ")
            ))
        });
        let path = path.map_err(|error| error.at(name.span))?;
        if self.store.holds(&path) {
            return Err(local_file::belongs(&name.text, name.span));
        }
        read(&path).map_err(|error| error.at(name.span))
    }

    fn read(&self, name: &FileName, limit: u64) -> Result<Pieces> {
        local_file::read(name, limit, &self.store)
    }

    fn link_warning(&self, name: &FileName) -> Option<String> {
        let path = local_file::expanded(&name.text);
        let target = path.is_symlink().then(|| std::fs::canonicalize(&path).ok())??;
        Some(local_file::link_followed(&name.text, &target))
    }

    fn outside(&self) -> Arc<dyn Outside> {
        Arc::new(OwnFiles { store: Arc::clone(&self.store), credentials: Arc::clone(&self.credentials) })
    }

    fn folders(&self) -> Box<dyn Folders> {
        Box::new(LocalFolders { store: Arc::clone(&self.store) })
    }

    fn place(&self, name: &FileName) -> Box<dyn Place> {
        Box::new(LocalPlace { name: name.clone(), store: Arc::clone(&self.store) })
    }
}

/// The files of the state, which no location reaches (FLW-11).
#[derive(Clone)]
struct OwnFiles {
    store: Arc<Store>,
    credentials: Arc<Credentials>,
}

impl std::fmt::Debug for OwnFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnFiles")
    }
}

impl Outside for OwnFiles {
    fn holds(&self, path: &Path) -> bool {
        self.store.holds(path)
    }

    fn is_home(&self, folder: &Path) -> bool {
        self.store.is_home(folder)
    }

    fn holds_open(&self, file: &File) -> bool {
        self.store.holds_open(file)
    }

    fn credentials(&self, tenant: &Principal, server: &str) -> Result<(String, String)> {
        self.credentials.of(tenant, server)
    }
}

impl PolicyFolders {
    /// Names of files in the folders that start with `prefix`, by name.
    pub fn names(&self, prefix: &str) -> Vec<String> {
        let files = self.0.iter().filter_map(|folder| folder.read_dir().ok()).flatten().flatten();
        let names = files.filter(|file| file.path().is_file()).filter_map(|file| file.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
        names.sort();
        names.dedup();
        names
    }

    /// A bare name is looked up as it is, with `.txt` and with `.json`, in the current folder last; a name with a separator is a path.
    ///
    /// Source: odpscmd: the client looks in the current folder. Chosen: not before the folders that are there for policies.
    fn find(&self, name: &str) -> Option<PathBuf> {
        if name.contains(['/', '\\']) {
            return Some(PathBuf::from(name));
        }
        let names = [name.to_owned(), format!("{name}.txt"), format!("{name}.json")];
        let here = PathBuf::new();
        let mut places = self.0.iter().chain([&here]).flat_map(|folder| names.iter().map(|name| folder.join(name)));
        places.find(|place| place.exists())
    }
}

/// The text of a file, up to the largest policy that is accepted.
fn read(path: &Path) -> Result<String> {
    let unreadable = |why: String| {
        Error::new(
            Code::File,
            format!("policy file `{}` cannot be used: {why}", shortened(&path.display().to_string())),
        )
        .help("give a JSON text file")
    };
    // Asked before it is opened: a pipe or device may never end, and opening one may already wait for ever.
    match std::fs::metadata(path) {
        Ok(data) if data.is_file() => {}
        Ok(_) => return Err(unreadable("it is not a regular file".to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::new(
                Code::File,
                format!("File not exist: `{}`", shortened(&path.display().to_string())),
            )
            .help("give the path of a policy file, or the bare name of one in the policies folder"));
        }
        Err(error) => return Err(unreadable(system_words(&error))),
    }
    let file = File::open(path).map_err(|error| unreadable(system_words(&error)))?;
    let mut bytes = Vec::new();
    let limit = policy::MAX_BYTES as u64 + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(system_words(&error)))?;
    if bytes.len() as u64 == limit {
        return Err(unreadable(format!("it is larger than {} bytes", policy::MAX_BYTES)));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(unreadable("it is empty".to_owned()));
    }
    String::from_utf8(bytes)
        .map_err(|error| unreadable(format!("byte {} is not valid UTF-8", error.utf8_error().valid_up_to())))
}
