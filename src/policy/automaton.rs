//! Whether a pattern has something in common with one of several forms of text: all of them are followed at once, a bit for each place.
//!
//! Patterns are input, so matching takes time proportional to the length of the pattern times that of the forms (in words of 64 places) for every pattern.

use std::collections::HashMap;

/// One place of a form.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The characters that it can have.
    pub characters: Characters,
    /// Whether any number of them follow, none included; never after another part that repeats.
    pub repeats: bool,
}

/// Characters at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Characters {
    /// This one.
    Exactly(char),
    /// What is in names.
    Name,
    /// What is in names of resources.
    File,
    /// What is in paths of names.
    Path,
    /// Everything.
    Any,
}

impl Characters {
    /// Those of names and resources, as a list; nothing of an open class.
    fn listed(self) -> Vec<char> {
        let name = || ('a'..='z').chain('0'..='9').chain(['_']);
        match self {
            Self::Exactly(c) => vec![c],
            Self::Name => name().collect(),
            Self::File => name().chain(['.', '-']).collect(),
            Self::Path => name().chain(['.', '-', '/']).collect(),
            Self::Any => Vec::new(),
        }
    }
}

/// The forms, one after the other: a bit before each part, one for the end, and one that keeps them apart.
#[derive(Debug, Clone, Default)]
pub struct Automaton {
    starts: Words,
    ends: Words,
    /// Where each form ends, in their order.
    end_of: Vec<usize>,
    apart: Words,
    repeats: Words,
    /// All parts: `?` is any character.
    parts: Words,
    /// The parts that can have any character.
    open: Words,
    /// The parts that can have this character.
    by_character: HashMap<char, Words>,
}

impl Automaton {
    /// The automaton of these forms.
    pub fn of(forms: &[Vec<Part>]) -> Self {
        let places = forms.iter().map(|form| form.len() + 2).sum();
        let empty = Words::of(places);
        let mut automaton = Self {
            starts: empty.clone(),
            ends: empty.clone(),
            end_of: Vec::with_capacity(forms.len()),
            apart: empty.clone(),
            repeats: empty.clone(),
            parts: empty.clone(),
            open: empty.clone(),
            by_character: HashMap::new(),
        };
        let mut at = 0;
        for form in forms {
            automaton.starts.set(at);
            for part in form {
                automaton.parts.set(at);
                if part.repeats {
                    automaton.repeats.set(at);
                }
                if part.characters == Characters::Any {
                    automaton.open.set(at);
                }
                for c in part.characters.listed() {
                    automaton.by_character.entry(c).or_insert_with(|| empty.clone()).set(at);
                }
                at += 1;
            }
            automaton.ends.set(at);
            automaton.end_of.push(at);
            automaton.apart.set(at + 1);
            at += 2;
        }
        automaton
    }

    /// Whether a text has one of the forms and matches the pattern, which is folded.
    pub fn meets(&self, pattern: &str) -> bool {
        !self.ends_of(pattern).is_empty()
    }

    /// The numbers, from 0, of the forms that a text can have that matches the pattern, which is folded.
    pub fn met(&self, pattern: &str) -> impl Iterator<Item = usize> {
        let ends = self.ends_of(pattern);
        let numbered = self.end_of.iter().enumerate();
        numbered.filter(move |(_, end)| ends.has(**end)).map(|(number, _)| number)
    }

    /// The ends that such a text can reach.
    fn ends_of(&self, pattern: &str) -> Words {
        let mut places = self.starts.clone();
        for c in pattern.chars() {
            match c {
                '*' => places.fill_up_to(&self.apart),
                '?' => self.step(&mut places, &self.parts),
                c => match self.by_character.get(&c) {
                    Some(parts) => self.step(&mut places, &parts.or(&self.open)),
                    None => self.step(&mut places, &self.open),
                },
            }
            if places.is_empty() {
                return places;
            }
        }
        places.and(&self.ends)
    }

    /// Takes one character, which these parts can have.
    fn step(&self, places: &mut Words, parts: &Words) {
        let taken = places.and(parts);
        let stays = taken.and(&self.repeats);
        *places = taken.without(&self.repeats).next().or(&stays);
        // What may repeat may also be left out.
        *places = places.or(&places.and(&self.repeats).next());
    }
}

/// Bits, the lowest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Words(Vec<u64>);

impl Words {
    fn of(bits: usize) -> Self {
        Self(vec![0; bits.div_ceil(64)])
    }

    fn set(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word & (1 << (at % 64)) != 0)
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn zip(&self, other: &Self, with: impl Fn(u64, u64) -> u64) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| with(*one, *other)).collect())
    }

    fn and(&self, other: &Self) -> Self {
        self.zip(other, |one, other| one & other)
    }

    fn or(&self, other: &Self) -> Self {
        self.zip(other, |one, other| one | other)
    }

    fn without(&self, other: &Self) -> Self {
        self.zip(other, |one, other| one & !other)
    }

    /// Every bit one place further.
    fn next(&self) -> Self {
        let mut carried = 0;
        let shifted = self.0.iter().map(|word| {
            let shifted = (word << 1) | carried;
            carried = word >> 63;
            shifted
        });
        Self(shifted.collect())
    }

    /// Sets all bits behind the lowest one, up to the next of `apart`; a stretch without a bit stays without.
    ///
    /// What is left when a stretch is subtracted from the bit behind it has, from the lowest bit on, what the stretch has not.
    fn fill_up_to(&mut self, apart: &Self) {
        let mut borrowed = false;
        for (word, apart) in self.0.iter_mut().zip(&apart.0) {
            let (difference, first) = apart.overflowing_sub(*word);
            let (difference, second) = difference.overflowing_sub(u64::from(borrowed));
            borrowed = first || second;
            *word = (*word | difference) & !apart;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Vec<Part> {
        let part = |c: char| match c {
            '%' => vec![
                Part { characters: Characters::Name, repeats: false },
                Part { characters: Characters::Name, repeats: true },
            ],
            '~' => vec![Part { characters: Characters::Any, repeats: true }],
            c => vec![Part { characters: Characters::Exactly(c), repeats: false }],
        };
        text.chars().flat_map(part).collect()
    }

    #[test]
    fn forms_of_many_words_are_told_apart() {
        let long = "x/".repeat(100);
        let forms = ["ab".to_owned(), format!("{long}%"), "c%/d".to_owned(), "e~".to_owned(), format!("f{long}")];
        let automaton = Automaton::of(&forms.iter().map(|text| form(text)).collect::<Vec<_>>());
        for (pattern, meets) in [
            ("ab", true),
            ("a", false),
            ("abc", false),
            ("a*", true),
            ("*b", true),
            ("*", true),
            ("", false),
            ("??", true),
            ("c/d", false),
            ("cx/d", true),
            ("c*y*/d", true),
            ("c*./d", false),
            ("e", true),
            ("e.?/*z", true),
            ("g*", false),
            ("*q", true),
            ("*/q", true),
            ("b*", false),
        ] {
            assert_eq!(automaton.meets(pattern), meets, "{pattern}");
        }
        assert!(automaton.meets(&format!("{long}q")) && !automaton.meets(&format!("{long}q/")));
        assert!(automaton.meets(&format!("*{long}")) && automaton.meets(&format!("f*{}", "?".repeat(150))));
        assert!(!automaton.meets(&format!("f*{}", "?".repeat(250))));
    }
}
