//! Tables, views and partitions.

use std::collections::BTreeSet;

use super::{failed, may, remark};
use crate::command::bound::Context;
use crate::command::resource::written;
use crate::command::table::show::definition;
use crate::error::Result;
use crate::model::{Action, ObjectId, Place, Table, TableKind};
use crate::security::Shown;
use crate::store::Snapshot;
use crate::syntax::Name;
use crate::syntax::table::Exported;

/// What `alter table … add partition` does not take.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The tables and views of a project.
pub(super) struct Tables {
    /// Those whose definition is shown: tables by name, then views, each behind those that it reads.
    pub seen: Vec<Table>,
    /// The names of the others, which are listed.
    unseen: Vec<String>,
    /// Views that read something of the project by a name that it does not have any more.
    renamed: BTreeSet<ObjectId>,
}

impl Tables {
    pub(super) fn find(place: &Place, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Self> {
        let mut found = Self { seen: Vec::new(), unseen: Vec::new(), renamed: BTreeSet::new() };
        let mut views = Vec::new();
        for kind in [TableKind::Table, TableKind::View] {
            let mut names: Vec<String> = snapshot.table_names(place, kind)?.into_iter().map(|(_, name)| name).collect();
            names.sort();
            for name in names {
                match snapshot.table(place, &name)? {
                    Some(table) if !may(Action::Describe, table.object(), context)? => found.unseen.push(table.name),
                    Some(view) if kind == TableKind::View => views.push(view),
                    Some(table) => found.seen.push(table),
                    None => {}
                }
            }
        }
        found.add_views(views, snapshot)?;
        Ok(found)
    }

    /// Adds views, each behind those that it reads.
    fn add_views(&mut self, mut views: Vec<Table>, snapshot: &Snapshot<'_>) -> Result<()> {
        let mut reads = Vec::new();
        for view in &views {
            let mut read = BTreeSet::new();
            for relation in snapshot.bindings(view.id)?.relations {
                let Some(id) = relation.object else { continue };
                read.insert(id);
                // What happened to objects of other projects is not for this caller.
                let own = snapshot.table_by_id(id)?.filter(|table| table.project == view.project);
                if own.is_some_and(|table| table.name != relation.name) {
                    self.renamed.insert(view.id);
                }
            }
            reads.push((view.id, read));
        }
        while !views.is_empty() {
            let left: BTreeSet<ObjectId> = views.iter().map(|view| view.id).collect();
            let waits = |view: &Table| {
                reads.iter().any(|(id, read)| *id == view.id && read.iter().any(|read| left.contains(read)))
            };
            // Views do not read themselves, so that one is always free; else they stay in the order of their names.
            let next = views.iter().position(|view| !waits(view)).unwrap_or_default();
            self.seen.push(views.remove(next));
        }
        Ok(())
    }

    /// The statements, with remarks on what is not there.
    pub(super) fn statements(&self, what: Exported, snapshot: &Snapshot<'_>, shown: &Shown) -> Result<Vec<String>> {
        // Source: odpscmd.
        let mut statements = vec![format!("----Total tables:{}", self.seen.len() + self.unseen.len())];
        if what.drops {
            let drop = |table: &Table| format!("drop {} if exists `{}`;", table.kind.name(), table.name);
            statements.extend(self.seen.iter().rev().map(drop));
        }
        for table in &self.seen {
            if what.tables {
                if self.renamed.contains(&table.id) {
                    let message = format!("view `{}` reads something by an earlier name; check its text", table.name);
                    statements.push(failed(&message));
                }
                // A body runs under the flags of the session that made it (VIW-5): it means the same only if it is made under them again.
                let flags = snapshot.bindings(table.id)?.flags;
                statements.extend(flags.iter().map(|(key, value)| format!("set {key}={value};")));
                statements.push(definition(table, &format!("`{}`", table.name)));
                statements.extend(flags.keys().map(|key| format!("unset {key};")));
            }
            if what.partitions && table.is_partitioned() && table.generator().is_none() {
                statements.extend(partitions(table, snapshot, shown)?);
            }
        }
        statements.extend(self.unseen.iter().map(|name| {
            let name = Name { text: name.clone(), ..Name::default() };
            failed(&format!("no privilege to describe {name}"))
        }));
        Ok(statements)
    }
}

fn partitions(table: &Table, snapshot: &Snapshot<'_>, shown: &Shown) -> Result<Vec<String>> {
    if table.external.is_some() {
        let message =
            format!("partitions of external table `{0}`: run `msck repair table {0} add partitions`", table.name);
        return Ok(vec![failed(&message)]);
    }
    if !shown.includes(&table.object()) {
        return Ok(vec![failed(&format!("partitions of `{}`: their values may not leave the project", table.name))]);
    }
    let add = |spec| {
        let statement = format!("alter table `{}` add if not exists partition ({});", table.name, written(spec));
        // Source: odpscmd.
        let is_bare = spec.0.iter().all(|(_, value)| value != NO_VALUE);
        if is_bare { statement } else { remark(&format!("--{statement}")) }
    };
    Ok(snapshot.partitions(table.id)?.iter().map(|partition| add(&partition.spec)).collect())
}
