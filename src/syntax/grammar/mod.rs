//! The statement language as data: the very files in `grammar/` that people read.
//!
//! Help, completion, suggestions, the support table and the tests ask here. Statements are read by the parsers of their
//! families, never by these files; the tests hold both against each other.

mod expression;
mod file;
mod help;
mod suggest;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

pub use expression::Word;
use expression::{Expression, Trace};
pub use help::{has_help, help, support_table};
pub use suggest::suggest;

pub use crate::text::nearest;

/// One statement of the language.
#[derive(Debug, Clone)]
pub struct Production {
    /// The family, which is the file's name.
    pub family: &'static str,
    /// Its name, unique among all.
    pub name: String,
    /// Its syntax, as the file has it.
    pub text: String,
    /// What the statement does.
    pub help: Vec<String>,
    /// Whether it works.
    pub built: bool,
    /// Examples that are accepted.
    pub accepted: Vec<String>,
    /// Examples that are refused.
    pub refused: Vec<String>,
    /// Of a statement that does not work: what to type instead.
    pub alternative: Option<String>,
    /// Of a statement that works: what of it is kept and has no effect here; of one that does not: why.
    pub limit: Option<String>,
    expression: Expression,
}

impl Production {
    /// The name as the statement's own words.
    pub fn title(&self) -> String {
        self.name.replace('-', " ")
    }

    /// The syntax as people write it: keywords bare, everything else in `<>`.
    pub fn syntax(&self) -> String {
        self.expression.written(grammar())
    }

    /// Whether it works here: it is built, and is for no service that is not here.
    pub fn works(&self) -> bool {
        self.built && self.family != "elsewhere"
    }

    /// What to type instead of a statement that does not work.
    pub fn instead(&self) -> String {
        let alternative = self.alternative.as_deref().unwrap_or("`help;` lists the statements that work");
        self.limit.as_ref().map_or_else(|| alternative.to_owned(), |limit| format!("{limit}; {alternative}"))
    }
}

/// All grammar files together.
#[derive(Debug, Default)]
pub struct Grammar {
    productions: Vec<Production>,
    parts: BTreeMap<String, Expression>,
}

impl Grammar {
    fn part(&self, name: &str) -> Option<&Expression> {
        self.parts.get(name)
    }

    /// Whether the words are a statement of this production.
    fn accepts(&self, production: &Production, words: &[Word<'_>]) -> bool {
        let ends = production.expression.ends(self, words, &[0], &mut Trace::default());
        ends.last() == Some(&words.len())
    }
}

/// Words of a statement that are looked at for suggestions and for statements that do not work.
const WORDS: usize = 10_000;

static GRAMMAR: LazyLock<(Grammar, Vec<String>)> = LazyLock::new(file::read_all);

fn grammar() -> &'static Grammar {
    &GRAMMAR.0
}

/// Every production, in the order of the files.
pub fn productions() -> &'static [Production] {
    &grammar().productions
}

/// The mistakes in the grammar files; a test expects none.
pub fn mistakes() -> &'static [String] {
    &GRAMMAR.1
}

/// Whether the production's own text accepts the statement. The tests hold it against the parser.
pub fn accepts(production: &Production, source: &str) -> bool {
    super::lexer::lex(source).is_ok_and(|lexed| {
        let words: Vec<_> = lexed.tokens.iter().map(|token| Word::new(*token, source)).collect();
        grammar().accepts(production, &words)
    })
}

/// The keywords that a production can start with, one list for each way.
pub fn leading_words(production: &Production) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> =
        production.expression.leading(grammar(), 0).into_iter().map(|(words, _)| words).collect();
    let mut seen = BTreeSet::new();
    found.retain(|words| seen.insert(words.clone()));
    found
}

/// The keywords that can follow the words that were typed; those of statements that do not work are left out.
pub fn next_keywords(before: &[&str]) -> Vec<String> {
    let typed = before.join(" ");
    let Ok(lexed) = super::lexer::lex(&typed) else { return Vec::new() };
    let words: Vec<_> = lexed.tokens.iter().map(|token| Word::new(*token, &typed)).collect();
    if words.len() > 200 {
        return Vec::new();
    }
    let mut next = BTreeSet::new();
    for production in productions().iter().filter(|production| production.works()) {
        let mut trace = Trace::default();
        production.expression.ends(grammar(), &words, &[0], &mut trace);
        if trace.furthest == words.len() {
            next.extend(trace.next);
        }
    }
    next.retain(|word| word.chars().any(char::is_alphabetic));
    next.into_iter().collect()
}

/// The first words of all statements, those that do not work included.
pub fn first_words() -> &'static [String] {
    static FIRST: LazyLock<Vec<String>> = LazyLock::new(|| {
        let mut first: Vec<String> =
            productions().iter().flat_map(leading_words).filter_map(|words| words.into_iter().next()).collect();
        first.sort();
        first.dedup();
        first
    });
    &FIRST
}

/// Every keyword of the files, in lower case; without those of statements that do not work.
pub fn keywords() -> &'static BTreeSet<String> {
    static KEYWORDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let built = grammar().productions.iter().filter(|production| production.works());
        let expressions = built.map(|production| &production.expression).chain(grammar().parts.values());
        // A letter alone is a name more often than a short form of a word.
        let is_word = |literal: &&str| {
            literal.len() > 1 && literal.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        };
        expressions.flat_map(Expression::literals).filter(is_word).map(str::to_lowercase).collect()
    });
    &KEYWORDS
}

/// Whether some statement starts with this word.
pub fn starts_statement(word: &str) -> bool {
    first_words().iter().any(|first| first.eq_ignore_ascii_case(word))
}

/// The statement of the real client that these words are and that does not work here.
pub fn unbuilt(words: &[Word<'_>]) -> Option<&'static Production> {
    let words = words.get(..WORDS).unwrap_or(words);
    productions().iter().filter(|production| !production.built).find(|production| grammar().accepts(production, words))
}
