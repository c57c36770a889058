//! Finds the statements of a policy that match, without trying each.
//!
//! A statement is a candidate by its effect, action and principal, which are sets of bits. Of its resources, those without wildcard are
//! looked up by the URI, the others by what stands before their first wildcard: a URI is tried only with patterns that begin like it.

use std::collections::{BTreeMap, HashMap};

use super::bits::Bits;
use super::effect::Effect;
use super::pattern;
use super::resource::ResourcePattern;
use super::statement::Statement;
use crate::model::{Action, Principal};

/// The statements of a policy by what they match; each by its place, from 0.
#[derive(Debug, Clone)]
pub struct Index {
    allow: Side,
    deny: Side,
    /// Statements that are for everyone.
    anyone: Bits,
    /// By principal: statements that name it.
    named: BTreeMap<String, Named>,
    /// By URI.
    literal: HashMap<String, Vec<u32>>,
    /// By length of what stands before the first wildcard, then by that.
    patterns: BTreeMap<usize, HashMap<String, Vec<Pattern>>>,
}

/// The statements of one effect.
#[derive(Debug, Clone, Default)]
struct Side {
    all: Bits,
    by_action: BTreeMap<Action, Bits>,
}

#[derive(Debug, Clone)]
struct Named {
    principal: Principal,
    statements: Bits,
}

/// A pattern, and the statements that have it, in order.
#[derive(Debug, Clone)]
struct Pattern {
    characters: Vec<char>,
    statements: Vec<u32>,
}

impl Index {
    /// The index of these statements.
    pub fn of(statements: &[Statement]) -> Self {
        let mut index = Self {
            allow: Side::default(),
            deny: Side::default(),
            anyone: Bits::default(),
            named: BTreeMap::new(),
            literal: HashMap::new(),
            patterns: BTreeMap::new(),
        };
        let mut by_pattern: BTreeMap<&ResourcePattern, Vec<u32>> = BTreeMap::new();
        for (at, statement) in (0_u32..).zip(statements) {
            let side = match statement.effect {
                Effect::Allow => &mut index.allow,
                Effect::Deny => &mut index.deny,
            };
            side.all.set(at);
            for action in statement.actions.iter() {
                side.by_action.entry(action).or_default().set(at);
            }
            if statement.is_for_anyone() {
                index.anyone.set(at);
            }
            for principal in statement.principals.iter().filter_map(|principal| principal.named()) {
                let new = || Named { principal: principal.clone(), statements: Bits::default() };
                index.named.entry(principal.key()).or_insert_with(new).statements.set(at);
            }
            for resource in &statement.resources {
                let places = by_pattern.entry(resource).or_default();
                if places.last() != Some(&at) {
                    places.push(at);
                }
            }
        }
        for (resource, statements) in by_pattern {
            if resource.is_literal() {
                index.literal.insert(resource.rest().to_owned(), statements);
                continue;
            }
            let literal = resource.literal();
            let same_length = index.patterns.entry(literal.len()).or_default();
            let pattern = Pattern { characters: resource.rest().chars().collect(), statements };
            same_length.entry(literal.to_owned()).or_default().push(pattern);
        }
        index
    }

    fn side(&self, effect: Effect) -> &Side {
        match effect {
            Effect::Allow => &self.allow,
            Effect::Deny => &self.deny,
        }
    }

    /// The principals that statements name, in order.
    pub fn principals(&self) -> impl Iterator<Item = &Principal> {
        self.named.values().map(|named| &named.principal)
    }

    /// Whether a statement of this effect is for this principal.
    pub fn has(&self, effect: Effect, principal: &Principal) -> bool {
        !self.meant(self.side(effect).all.clone(), principal).is_empty()
    }

    /// The statements of this effect and action; only those for this principal, if one is given.
    pub fn candidates(&self, effect: Effect, action: Action, principal: Option<&Principal>) -> Bits {
        let all = self.side(effect).by_action.get(&action).cloned().unwrap_or_default();
        match principal {
            Some(principal) => self.meant(all, principal),
            None => all,
        }
    }

    /// Those of `statements` that are for this principal.
    fn meant(&self, mut statements: Bits, principal: &Principal) -> Bits {
        match self.named.get(&principal.key()) {
            Some(named) => statements.keep_one_of(&self.anyone, &named.statements),
            None => statements.keep(&self.anyone),
        }
        statements
    }

    /// The first of `candidates` that is about one of these URIs and that `accepts`; each may be asked about several times.
    pub fn first(&self, candidates: &Bits, uris: &[String], mut accepts: impl FnMut(u32) -> bool) -> Option<u32> {
        if candidates.is_empty() {
            return None;
        }
        let mut found: Option<u32> = None;
        let mut search = |statements: &[u32], matches: &dyn Fn() -> bool| {
            let mut known = None;
            for at in statements.iter().copied() {
                if found.is_some_and(|found| found <= at) {
                    return;
                }
                if candidates.has(at) && *known.get_or_insert_with(matches) && accepts(at) {
                    found = Some(at);
                    return;
                }
                if known == Some(false) {
                    return;
                }
            }
        };
        for uri in uris {
            if let Some(statements) = self.literal.get(uri) {
                search(statements, &|| true);
            }
            let characters: Vec<char> = uri.chars().collect();
            for (length, same_length) in self.patterns.range(..=uri.len()) {
                let Some(group) = uri.get(..*length).and_then(|start| same_length.get(start)) else { continue };
                for pattern in group {
                    search(&pattern.statements, &|| pattern::matches_folded(&pattern.characters, &characters));
                }
            }
        }
        found
    }
}
