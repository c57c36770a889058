//! `table_exists` and `partition_exists`: what a query asks of the state itself, decided like the statements that show the same.
//!
//! Both take Describe. Only who may List its schema, or may describe what has its name, learns that a table does not exist (STG-4a,
//! STG-4b); everybody else is denied Describe, there or not. Whether a partition is there is derived from the rows (FLW-2a).

use crate::command::absent::{Missing, listing};
use crate::command::resolve::Named;
use crate::command::table::whole_partition;
use crate::command::usage::Usage;
use crate::data;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Object};
use crate::security::{Access, Judge, Request};
use crate::store::Snapshot;
use crate::syntax::Name;

/// A question with its answer.
pub(super) struct Probed {
    /// What must be allowed.
    pub access: Access,
    named: Named,
    probe: data::Probe,
    /// Whether it is there, or why nobody can say.
    found: Result<bool>,
}

impl Probed {
    /// Looks into the state. The answer is used only once the access is allowed.
    pub fn new(probe: &data::Probe, named: Named, snapshot: &Snapshot<'_>) -> Result<Self> {
        let found = match (&named.table, &probe.partition) {
            (None, _) => Ok(false),
            (Some(_), None) => Ok(true),
            (Some(table), Some(values)) => {
                let columns = table.partition_columns.iter();
                match table.is_partitioned() && columns.len() != values.len() {
                    true => Err(Error::new(
                        Code::Semantic,
                        format!("table `{}` has {} partition columns, not {}", table.name, columns.len(), values.len()),
                    )),
                    false => {
                        let name = |text: &String| Name { text: text.clone(), span: probe.span };
                        let values = columns.map(|column| name(&column.name)).zip(values.iter().cloned()).collect();
                        match whole_partition(table, &values) {
                            Ok(spec) => Ok(snapshot.partition(table.id, &spec)?.is_some()),
                            Err(error) => Err(error),
                        }
                    }
                }
            }
        };
        let access = Access::of(Action::Describe, named.object.clone());
        let found = found.map_err(|error| error.at(probe.span));
        Ok(Self { access, named, probe: probe.clone(), found })
    }

    /// What a query without the answer cannot do without: the table of a partition.
    pub fn missing(&self) -> Option<Missing> {
        let is_missing = self.named.table.is_none() && self.probe.partition.is_some();
        is_missing.then(|| Missing::new(self.named.object.clone(), self.named.not_found.clone().at(self.probe.span)))
    }

    /// For a table that does not exist, a caller who may not describe that name but may List the schema is decided by List.
    ///
    /// # Errors
    /// The facts cannot be read.
    pub fn admit(&mut self, request: &Request, judge: &Judge<'_>) -> Result<()> {
        if self.named.table.is_some() || self.probe.partition.is_some() {
            return Ok(());
        }
        let alone = |access: &Access| Request {
            requirements: vec![access.clone().into()],
            flows: Vec::new(),
            shows_rows: false,
            parts: Vec::new(),
            ..request.clone()
        };
        if !judge.allows(&alone(&self.access))? {
            let list = listing(&self.named.object, judge)?;
            if judge.allows(&alone(&list))? {
                self.access = list;
            }
        }
        Ok(())
    }

    /// Why there is no answer.
    pub fn mistake(&self) -> Option<Box<Error>> {
        self.found.as_ref().err().cloned()
    }

    /// The answer.
    pub fn answer(&self) -> bool {
        self.found.as_ref().is_ok_and(|found| *found)
    }

    /// Adds what must be allowed, and whose rows the answer is derived from.
    pub fn add_to(&self, usage: &mut Usage, through: &[Object]) {
        usage.accesses.push(self.access.clone());
        if self.probe.partition.is_some() {
            usage.sources.push((self.named.object.clone(), through.to_vec()));
        }
    }
}

/// What a body cannot do.
pub(super) fn not_in_a_body(probe: &data::Probe) -> Box<Error> {
    let called = if probe.partition.is_some() { "partition_exists" } else { "table_exists" };
    Error::new(Code::Semantic, format!("a view or function cannot call `{called}`"))
        .at(probe.span)
        .help("its answer is for whoever asks: call it in a query")
}
