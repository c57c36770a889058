//! Makes states S and L, unless they are there, and prints where they lie: for `benches/compare.sh`.

use std::io::{self, Write as _};

use odpsh_benches::world;

fn main() -> anyhow::Result<()> {
    for scale in [world::S, world::L] {
        writeln!(io::stdout(), "{}", scale.state()?.display())?;
    }
    Ok(())
}
