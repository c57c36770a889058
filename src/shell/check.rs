use super::session::Options;
use super::world::World;
use crate::command::Outcome;
use crate::error::{Code, Error, Result};
use crate::store::{self, ScratchFolder, StatePath, Store};

/// `odpsh check`: looks for damage in the state file and the data files.
///
/// # Errors
/// Something is wrong; the notes say what.
pub fn check(options: Options) -> Result<Outcome> {
    if let StatePath::File(file) = &options.state
        && !file.exists()
    {
        return Err(Error::new(Code::StateFile, format!("`{}` does not exist", file.display()))
            .help("name the state file with `--state <file>`"));
    }
    let store = Store::open(&options.state, options.durable)?;
    store.sweep(World::real().now())?;
    ScratchFolder::sweep(&ScratchFolder::base(store.data_folder()));
    let found = store::check(&store)?;
    if found.is_empty() {
        return Ok(Outcome::lines(["OK: no problems found"]));
    }
    let message = format!("the state is damaged: {}", found.join("; "));
    Err(Error::new(Code::StateFile, message).help("restore a backup of the state file and its data folder"))
}
