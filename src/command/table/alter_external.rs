use crate::command::bound::Context;
use crate::error::{Code, Error, Result};
use crate::model::{Location, Table};
use crate::syntax::table::Alteration;

/// What changes of an external table mean something: its rows are not the state's. Who names a location is its owner, whose rights count there
/// (EXT-1): so the owner does not change, and others add partitions inside of it.
pub(super) fn check(table: &Table, change: &Alteration, context: &Context<'_>) -> Result<()> {
    let Some(external) = &table.external else {
        let gives_location = matches!(change, Alteration::AddPartitionAt { .. });
        return match gives_location {
            true => Err(Error::new(Code::Semantic, format!("`{}` is not an external table", table.name))
                .help("leave `location` out: the state keeps its rows")),
            false => Ok(()),
        };
    };
    match change {
        Alteration::AddPartitionAt { location, .. } => {
            let location = Location::parse(&location.text)?;
            match external.location.covers(&location) || *context.principal == table.owner {
                true if location.root == external.location.root => Ok(()),
                true => Err(Error::new(Code::Semantic, "the partition would be in another store than its table")
                    .help(format!("name a folder of {}", external.location))),
                false => Err(Error::new(
                    Code::Authorization,
                    format!("only the owner of `{}` may give it locations outside of its own", table.name),
                )
                .help("name a folder inside of the location of the table, or ask its owner")),
            }
        }
        Alteration::AddColumns { columns, .. } if columns.iter().any(|column| column.not_null) => {
            Err(Error::new(Code::Unsupported, "not supported: `not null` in an external table")
                .help("remove it: the files say what the values are"))
        }
        Alteration::Rename(_)
        | Alteration::RenameView(_)
        | Alteration::AddColumns { .. }
        | Alteration::RenameColumn(..)
        | Alteration::CommentColumn(..)
        | Alteration::Comment(_)
        | Alteration::AddPartitions { .. }
        | Alteration::DropPartitions { .. }
        | Alteration::DropMatching { .. } => Ok(()),
        Alteration::ChangeOwner(_) => Err(Error::new(
            Code::Unsupported,
            format!("not supported: another owner of the external table `{}`", table.name),
        )
        .help("its location is reached with the rights of who named it: let the new owner create it")),
        Alteration::DropColumns(_)
        | Alteration::ChangeColumn(..)
        | Alteration::Layout { .. }
        | Alteration::NullableColumn(_)
        | Alteration::RenamePartition(..)
        | Alteration::MergePartitions { .. }
        | Alteration::Lifecycle(_)
        | Alteration::Analyze(..)
        | Alteration::Maintain(..) => {
            Err(Error::new(Code::Unsupported, format!("not supported: `{}` is an external table", table.name))
                .help("its rows are in external files: drop the table, which leaves them, and create it again"))
        }
    }
}
