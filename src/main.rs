//! The `odpsh` command.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;

fn main() -> ExitCode {
    if let Some(code) = odpsh::sandbox::play(&mut std::env::args_os()) {
        return code;
    }
    match start() {
        Ok(code) => code,
        Err(error) => {
            // With both outputs gone there is nobody left to tell.
            let _ = writeln!(
                io::stderr(),
                "FAILED: ODPSH-0201: {error:#}\n  = help: earlier statements remain in effect; check where the output goes"
            );
            ExitCode::FAILURE
        }
    }
}

fn start() -> anyhow::Result<ExitCode> {
    let code = odpsh::cli::run(std::env::args_os())
        .map_err(|error| anyhow::anyhow!(odpsh::error::system_words(&error)))
        .context("cannot write the output")?;
    Ok(ExitCode::from(code))
}
