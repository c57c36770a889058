//! Random conditions of entries.

use fastrand::Rng;

use super::NOW;
use crate::it::worlds::exception::{conditions, conditions_text};
use crate::it::worlds::{World, chance, pick};

impl World {
    /// Conditions of some entries: few different ones, so that several entries share them.
    pub(super) fn add_conditions(&mut self, rng: &mut Rng) {
        let lists = (0..6).map(|_| conditions(rng, NOW, 45, 45)).filter(|list| !list.is_empty());
        self.conditions = lists.map(|list| (conditions_text(&list), list)).collect();
        let texts: Vec<String> = self.conditions.iter().map(|(text, _)| text.clone()).collect();
        for grant in self.grants_mut() {
            grant.conditions = (!texts.is_empty() && chance(rng, 11)).then(|| pick(rng, &texts).clone());
        }
    }
}
