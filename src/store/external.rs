//! External tables: where and how their rows lie (EXT-1).

use std::collections::BTreeMap;

use rusqlite::Row;

use super::account::principal;
use super::error::damaged;
use super::transaction::{Snapshot, Write};
use crate::error::Result;
use crate::model::{External, ExternalFormat, Location, ObjectId, PartitionSpec, Place, Principal};

/// Where and how the rows of a table lie, if it is an external one; what it says besides is read by [`Snapshot::add_properties`].
pub(super) fn external(row: &Row<'_>) -> rusqlite::Result<Option<External>> {
    let (Some(format), Some(location)) =
        (row.get::<_, Option<String>>("external_format")?, row.get::<_, Option<String>>("external_location")?)
    else {
        return Ok(None);
    };
    let format = ExternalFormat::parse(&format).ok_or_else(|| damaged("the format of an external table"))?;
    let location = Location::parse(&location).map_err(|_| damaged("the location of an external table"))?;
    Ok(Some(External { format, location, serde: BTreeMap::new(), properties: BTreeMap::new() }))
}

impl Snapshot<'_> {
    /// Adds what the definition of an external table says besides.
    pub(super) fn add_properties(&self, table: ObjectId, external: &mut External) -> Result<()> {
        let all = self.all("select kind, key, value from external_property where table_id = ?1", [table], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        })?;
        for (kind, key, value) in all {
            if kind == "serde" {
                external.serde.insert(key, value)
            } else {
                external.properties.insert(key, value)
            };
        }
        Ok(())
    }

    /// The folders of partitions that have one of their own.
    pub fn partition_locations(&self, table: ObjectId) -> Result<BTreeMap<PartitionSpec, Location>> {
        let specs = self.specs_of(table)?;
        let all = self.all(
            "select spec, location from partition_object where table_id = ?1 and location is not null",
            [table],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
        )?;
        let read = |(spec, text): (String, String)| {
            let location = specs.location(text).and_then(|text| Location::parse(&text).ok());
            Ok((specs.decode(&spec)?, location.ok_or_else(|| damaged("the location of a partition"))?))
        };
        all.into_iter().map(read).collect()
    }

    /// Owner and name of the external tables of a schema, by name.
    pub fn external_table_names(&self, place: &Place) -> Result<Vec<(Principal, String)>> {
        self.all(
            "select a.principal, o.name from object o join account a on a.id = o.owner join external_table e on e.id = o.id
             where o.project = ?1 and o.schema = ?2 order by o.name",
            (place.project.id, place.schema.as_str()),
            |row| Ok((principal(row, "principal")?, row.get(1)?)),
        )
    }
}

impl Write<'_> {
    /// Notes where and how the rows of a new table lie.
    pub(super) fn define_external(&self, id: ObjectId, external: &External) -> Result<()> {
        let External { format, location, serde, properties } = external;
        self.run(
            "insert into external_table (id, format, location) values (?1, ?2, ?3)",
            (id, format.name(), location.to_string()),
        )?;
        let all = serde.iter().map(|pair| ("serde", pair)).chain(properties.iter().map(|pair| ("table", pair)));
        for (kind, (key, value)) in all {
            self.run("insert into external_property values (?1, ?2, ?3, ?4)", (id, kind, key, value))?;
        }
        Ok(())
    }

    /// Gives a partition a folder of its own.
    pub fn set_partition_location(&self, table: ObjectId, spec: &PartitionSpec, location: &Location) -> Result<()> {
        let specs = self.specs_of(table)?;
        self.run(
            "update partition_object set location = ?3 where table_id = ?1 and spec = ?2",
            (table, specs.encode(spec)?, specs.keep_location(location.to_string())?),
        )?;
        Ok(())
    }
}
