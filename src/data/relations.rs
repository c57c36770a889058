//! The tables that a query asks for, and the internal names that the planner knows them by.
//!
//! A name is not bound to an object here: whether it exists, and who may know, is decided elsewhere.

use std::collections::BTreeMap;

use datafusion::common::TableReference;
use datafusion::sql::sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use super::change::typed_name;
use crate::text::Span;

/// What was typed before the name of a relation, with points between its parts, and the name; both folded.
pub type RelationKey = (Option<String>, String);

/// First part of every internal name: no table of a user can be called so.
const CATALOG: &str = "odps:relation";
/// Second part.
const SCHEMA: &str = "r";
/// What the number follows in the third part.
const TABLE: &str = "t:";

/// A table or view that a query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// What was typed before the name, folded, with points between its parts: projects and schemas (SCH-1).
    pub qualifier: Option<String>,
    /// The name, folded.
    pub name: String,
    /// Where it stands first.
    pub span: Span,
}

impl Relation {
    /// What the sources of a plan are looked up by.
    pub fn key(&self) -> RelationKey {
        (self.qualifier.clone(), self.name.clone())
    }

    /// The name as it was typed, folded.
    pub fn typed(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{qualifier}.{}", self.name),
            None => typed_name(&self.name).to_owned(),
        }
    }
}

/// The relations of a query, each once.
#[derive(Debug, Clone, Default)]
pub struct Relations {
    list: Vec<Relation>,
    numbers: BTreeMap<RelationKey, usize>,
}

impl Relations {
    /// The number of this relation; a new one if it was not asked for before.
    pub fn number(&mut self, relation: Relation) -> usize {
        let Self { list, numbers } = self;
        *numbers.entry(relation.key()).or_insert_with(|| {
            list.push(relation);
            list.len() - 1
        })
    }

    /// All of them, by number.
    pub fn list(&self) -> &[Relation] {
        &self.list
    }

    /// The same in the order of the text; the numbers stay those of [`Relations::list`].
    pub fn in_text_order(&self) -> Vec<Relation> {
        let mut sorted = self.list.clone();
        sorted.sort_by_key(|relation| relation.span);
        sorted
    }
}

/// The internal name of relation `number`, for the tree.
pub fn object_name(number: usize) -> ObjectName {
    let part = |text: String| ObjectNamePart::Identifier(Ident::with_quote('`', text));
    ObjectName(vec![part(CATALOG.to_owned()), part(SCHEMA.to_owned()), part(format!("{TABLE}{number}"))])
}

/// The internal name of relation `number`, for the plan.
pub fn reference(number: usize) -> TableReference {
    TableReference::full(CATALOG, SCHEMA, format!("{TABLE}{number}"))
}

/// The number of the relation that has this internal name.
pub fn number_of(reference: &TableReference) -> Option<usize> {
    match reference {
        TableReference::Full { catalog, schema, table } if &**catalog == CATALOG && &**schema == SCHEMA => {
            table.strip_prefix(TABLE)?.parse().ok()
        }
        _ => None,
    }
}

/// The number of the relation that has this internal name in the tree.
pub fn number_in(name: &ObjectName) -> Option<usize> {
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(catalog), ObjectNamePart::Identifier(_), ObjectNamePart::Identifier(table)]
            if catalog.value == CATALOG =>
        {
            table.value.strip_prefix(TABLE)?.parse().ok()
        }
        _ => None,
    }
}

/// `text` with every internal name of a relation replaced by what was typed.
pub fn readable(text: &str, relations: &[Relation]) -> String {
    let mut text = text.to_owned();
    for mark in ["", "\"", "`"] {
        let schema = if mark == "`" { "`r`" } else { SCHEMA };
        let prefix = format!("{mark}{CATALOG}{mark}.{schema}.{mark}{TABLE}");
        let mut parts = text.split(prefix.as_str());
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let (number, rest) = part.split_at_checked(digits).unwrap_or((part, ""));
            let relation = number.parse::<usize>().ok().and_then(|number| relations.get(number));
            out.push_str(&relation.map_or_else(|| "a table".to_owned(), Relation::typed));
            out.push_str(rest.strip_prefix(mark).unwrap_or(rest));
        }
        text = out;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_names_are_numbers_and_read_back() {
        let mut relations = Relations::default();
        let relation = |name: &str, at| Relation { qualifier: None, name: name.into(), span: Span::new(at, at + 1) };
        assert_eq!(relations.number(relation("b", 5)), 0);
        assert_eq!(relations.number(relation("a", 1)), 1);
        assert_eq!(relations.number(relation("b", 9)), 0);
        assert_eq!(relations.in_text_order()[0].name, "a");
        assert_eq!(number_of(&reference(7)), Some(7));
        assert_eq!(number_of(&TableReference::bare("7")), None);
        let shown = readable(&format!("scan {} and {}", reference(1), object_name(0)), relations.list());
        assert_eq!(shown.replace('`', ""), "scan a and b");
    }
}
