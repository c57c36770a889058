//! What a caller who holds Select on some columns of a relation is told of the others (STG-4).

use std::collections::BTreeSet;

use super::level::Level;
use crate::command::resolve::Named;
use crate::data::{self, KeptBack, RelationAccess, RelationKey};
use crate::error::Result;
use crate::model::{Action, Object};
use crate::security::{Access, Columns, Denial, Judge, Reason, Request, Requirement, Rights};

/// The relations of a query that its caller does not hold whole.
#[derive(Default)]
pub(super) struct InPart {
    objects: Vec<(RelationKey, Object)>,
    /// The columns of them that it does not hold.
    pub kept_back: KeptBack,
}

impl InPart {
    /// Asks what of these relations the caller of `request` holds; the table-level accesses of it are allowed.
    pub fn of<'r>(
        relations: impl Iterator<Item = (&'r RelationKey, &'r Named)> + Clone,
        request: &Request,
        judge: &Judge<'_>,
    ) -> Result<Self> {
        let base = Request { requirements: Vec::new(), flows: Vec::new(), ..request.clone() };
        // A label hides neither the name of a column nor its type (LAB-6): what the query means does not depend on it.
        let refused =
            |requirements: Vec<Requirement>| judge.refused_accesses(&Request { requirements, ..base.clone() });
        let whole = |named: &Named| Requirement::from(Access::of(Action::Select, named.object.clone()));
        let mut in_part = Self::default();
        if refused(relations.clone().map(|(_, named)| whole(named)).collect())?.is_none() {
            return Ok(in_part);
        }
        for (key, named) in relations {
            if refused(vec![whole(named)])?.is_none() {
                continue;
            }
            // Who may describe it knows its columns: their names mean what they mean to who holds them all.
            if refused(vec![Access::of(Action::Describe, named.object.clone()).into()])?.is_none() {
                continue;
            }
            let all = named.known()?.all_columns().map(|column| column.name.clone()).collect();
            let kept_back = kept_back(&named.object, &all, |access| refused(vec![access.into()]))?;
            in_part.objects.push((key.clone(), named.object.clone()));
            in_part.kept_back.add(key.clone(), kept_back);
        }
        Ok(in_part)
    }

    /// The request for these relations as a whole.
    pub fn whole(&self, level: &Level, tables: &Request) -> Request {
        let mut request = self.with_target(level, tables);
        for requirement in &mut request.requirements {
            if let Requirement::Access(Access { object, columns, rights: Rights::Invoker, .. }) = requirement
                && self.objects.iter().any(|(_, other)| other == object)
            {
                *columns = Columns::Whole;
            }
        }
        request
    }

    /// The request for the columns that a query touches.
    pub fn touching(&self, level: &Level, tables: &Request, touched: &[RelationAccess]) -> Request {
        let is_read = touched.iter().any(|access| data::is_target(&access.relation) && !access.columns.is_empty());
        let tables = if is_read { &self.with_target(level, tables) } else { tables };
        self.with_columns(tables, |key| {
            let of_key = touched.iter().filter(|access| access.relation == *key);
            of_key.flat_map(|access| access.columns.iter().cloned()).collect()
        })
    }

    /// The request with Select on the table whose rows change, if it is one of these relations.
    fn with_target(&self, level: &Level, tables: &Request) -> Request {
        let mut request = tables.clone();
        let target = level.relations.iter().find(|relation| relation.is_blind);
        if let Some(target) = target.filter(|target| self.objects.iter().any(|(key, _)| *key == target.key)) {
            let access = Access::of(Action::Select, target.named.object.clone());
            request.requirements.push(Access { columns: Columns::Read(BTreeSet::new()), ..access }.into());
        }
        request
    }

    fn with_columns(&self, tables: &Request, columns: impl Fn(&RelationKey) -> BTreeSet<String>) -> Request {
        let mut request = tables.clone();
        for requirement in &mut request.requirements {
            let Requirement::Access(Access { object, columns: Columns::Read(read), rights: Rights::Invoker, .. }) =
                requirement
            else {
                continue;
            };
            for (key, _) in self.objects.iter().filter(|(_, other)| other == object) {
                read.extend(columns(key));
            }
        }
        request
    }
}

/// The columns on which Select is not allowed: a denial lists them, or else each is asked for alone.
fn kept_back(
    object: &Object,
    all: &BTreeSet<String>,
    refused: impl Fn(Access) -> Result<Option<Denial>>,
) -> Result<BTreeSet<String>> {
    let read = |columns: BTreeSet<String>| Access {
        columns: Columns::Read(columns),
        ..Access::of(Action::Select, object.clone())
    };
    let Some(first) = refused(read(all.clone()))? else { return Ok(BTreeSet::new()) };
    if let Reason::NoPrivilege(_, columns) = &first.reason {
        let listed: BTreeSet<String> = columns.iter().cloned().collect();
        let held: BTreeSet<String> = all.difference(&listed).cloned().collect();
        if !listed.is_empty() && !held.is_empty() && refused(read(held))?.is_none() {
            return Ok(listed);
        }
    }
    let mut kept_back = BTreeSet::new();
    for column in all {
        if refused(read([column.clone()].into()))?.is_some() {
            kept_back.insert(column.clone());
        }
    }
    Ok(kept_back)
}
