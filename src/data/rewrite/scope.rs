//! Which named subquery a name means.
//!
//! A name is known from its definition to the end of the query that defines it; the definition itself does not see it.

use std::collections::BTreeSet;

use datafusion::sql::sqlparser::ast::Cte;

/// A named subquery.
#[derive(Debug)]
pub struct Named {
    /// As typed, folded.
    pub name: String,
    /// How often it is used.
    pub uses: usize,
    /// Whether its value was written out somewhere.
    pub is_written_out: bool,
    /// How many tables one use reads.
    pub weight: usize,
    /// How deep its queries are nested.
    pub levels: usize,
    /// The named subqueries that it uses itself.
    pub needs: BTreeSet<usize>,
    /// Its tree, until the query that defines it is complete.
    pub tree: Option<Cte>,
}

/// All named subqueries of a statement, by number, and those that can be seen.
#[derive(Debug, Default)]
pub struct Scopes {
    all: Vec<Named>,
    visible: Vec<usize>,
    /// What the definitions that are being read have used so far, innermost last.
    using: Vec<BTreeSet<usize>>,
}

impl Scopes {
    /// The internal name of a named subquery.
    pub fn internal(number: usize) -> String {
        format!("with:{number}")
    }

    /// How many can be seen: what [`Scopes::leave`] goes back to.
    pub fn enter(&self) -> usize {
        self.visible.len()
    }

    /// Whether the query that was entered at `start` has defined this name.
    pub fn is_defined_since(&self, start: usize, name: &str) -> bool {
        self.visible.iter().skip(start).any(|number| self.all.get(*number).is_some_and(|named| named.name == name))
    }

    /// The numbers that were defined since `start`, which can no longer be seen.
    pub fn leave(&mut self, start: usize) -> Vec<usize> {
        self.visible.split_off(start.min(self.visible.len()))
    }

    /// Begins to read a definition.
    pub fn define(&mut self) {
        self.using.push(BTreeSet::new());
    }

    /// Whether a definition is being read.
    pub fn is_defining(&self) -> bool {
        !self.using.is_empty()
    }

    /// Ends a definition, which can be seen from now on.
    pub fn defined(&mut self, name: String, weight: usize, levels: usize) -> usize {
        let needs = self.using.pop().unwrap_or_default();
        let number = self.all.len();
        self.all.push(Named { name, uses: 0, is_written_out: false, weight, levels, needs, tree: None });
        self.visible.push(number);
        number
    }

    /// The named subquery that `name` means here, counted as used.
    pub fn use_of(&mut self, name: &str) -> Option<(usize, &Named)> {
        let is_named = |number: &&usize| self.all.get(**number).is_some_and(|named| named.name == name);
        let number = *self.visible.iter().rev().find(is_named)?;
        for using in &mut self.using {
            using.insert(number);
        }
        let named = self.all.get_mut(number)?;
        named.uses += 1;
        Some((number, named))
    }

    /// Notes that the value of the one that `name` means here was written out: what it needs is needed here, and not itself.
    pub fn write_out(&mut self, name: &str) {
        let is_named = |number: &&usize| self.all.get(**number).is_some_and(|named| named.name == name);
        let Some(number) = self.visible.iter().rev().find(is_named) else { return };
        if let Some(named) = self.all.get_mut(*number) {
            named.is_written_out = true;
            for using in &mut self.using {
                using.extend(&named.needs);
            }
        }
    }

    /// Those of `numbers` whose trees stay: all but those whose values were written out wherever they are named.
    pub fn kept(&mut self, numbers: &[usize]) -> Vec<Cte> {
        let mut kept = Vec::new();
        for number in numbers {
            let Some(named) = self.all.get_mut(*number) else { continue };
            let tree = named.tree.take();
            if named.uses > 0 || !named.is_written_out {
                kept.extend(tree);
            }
        }
        kept
    }

    /// The last one of this name that is visible here, without a use of it.
    pub fn visible(&self, name: &str) -> Option<&Named> {
        self.visible.iter().rev().filter_map(|number| self.all.get(*number)).find(|named| named.name == name)
    }

    /// One of them.
    pub fn get_mut(&mut self, number: usize) -> Option<&mut Named> {
        self.all.get_mut(number)
    }

    /// Those of `numbers` that nothing uses.
    pub fn unused(&self, numbers: &[usize]) -> Vec<usize> {
        let is_unused =
            |number: &usize| self.all.get(*number).is_some_and(|named| named.uses == 0 && !named.is_written_out);
        numbers.iter().copied().filter(is_unused).collect()
    }

    /// The trees of these, and of all that they need, in the order of definition.
    pub fn trees_for(&self, numbers: &[usize]) -> Vec<Cte> {
        let mut wanted: BTreeSet<usize> = numbers.iter().copied().collect();
        let mut queue = numbers.to_vec();
        while let Some(number) = queue.pop() {
            let needs = self.all.get(number).map(|named| &named.needs);
            queue.extend(needs.into_iter().flatten().filter(|number| wanted.insert(**number)));
        }
        wanted.iter().filter_map(|number| self.all.get(*number)?.tree.clone()).collect()
    }

    /// Internal and typed names. Later values of a variable have its name, and a number behind a colon.
    pub fn names(&self) -> Vec<(String, String)> {
        let typed = |named: &Named| named.name.split(':').next().unwrap_or_default().to_owned();
        self.all.iter().enumerate().map(|(number, named)| (Self::internal(number), typed(named))).collect()
    }
}
