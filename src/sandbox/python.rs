//! The Python of this machine: found once, by its absolute path, with what it needs to run.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;

use super::spec::Place;

/// Where it is looked for before the search path.
const USUAL: [&str; 2] = ["/usr/bin", "/usr/local/bin"];

/// Tells where an installation is, and which libraries its modules need.
const PROBE: &str = include_str!("probe.py");

/// A Python installation, as the sandbox sees it.
#[derive(Debug, Clone)]
pub(super) struct Python {
    pub program: PathBuf,
    pub loader: Option<PathBuf>,
    pub places: Vec<Place>,
}

#[derive(Deserialize)]
struct Found {
    program: PathBuf,
    library: PathBuf,
    /// The folder of the library inside the installation.
    below: String,
    loader: Option<PathBuf>,
    objects: Vec<PathBuf>,
}

/// The installation, or why there is none.
pub(super) fn installation() -> Result<&'static Python, &'static str> {
    static FOUND: OnceLock<Result<Python, String>> = OnceLock::new();
    FOUND.get_or_init(find).as_ref().map_err(String::as_str)
}

fn find() -> Result<Python, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = USUAL.iter().map(PathBuf::from).chain(env::split_paths(&path)).filter(|folder| folder.is_absolute());
    let mut refused = None;
    for program in folders.map(|folder| folder.join("python3")).filter(|program| program.is_file()) {
        match probe(&program) {
            Ok(found) => return Ok(found),
            Err(why) => refused = refused.or(Some(format!("{}: {why}", program.display()))),
        }
    }
    Err(refused.unwrap_or_else(|| "no `python3` in the folders for programs or in PATH".to_owned()))
}

fn probe(program: &Path) -> Result<Python, String> {
    let mut command = Command::new(program);
    command.args(["-I", "-S", "-B", "-c", PROBE]).env_clear().stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().map_err(|error| error.to_string())?;
    let found: Found = serde_json::from_slice(&output.stdout).map_err(|_| "not Python 3.8 or later".to_owned())?;
    let inside = Path::new("/python");
    let program = inside.join("bin/python3");
    let mut places = vec![
        Place { from: found.program, to: program.clone() },
        Place { from: found.library, to: inside.join(found.below) },
    ];
    for object in found.objects.into_iter().chain(found.loader.clone()) {
        let is_searched = ["/lib", "/usr/lib"].iter().any(|folder| object.to_string_lossy().starts_with(folder));
        let to = match (is_searched, object.file_name()) {
            (false, Some(name)) => Path::new("/usr/lib").join(name),
            _ => object.clone(),
        };
        if !places.iter().any(|place| place.to == to) {
            places.push(Place { from: object, to });
        }
    }
    Ok(Python { program, loader: found.loader, places })
}
