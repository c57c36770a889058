//! The table of built-in functions, `functions.tsv`: what help, completion and `docs/functions.md` know of them.

use std::sync::LazyLock;

/// A built-in function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltinFunction {
    /// The group that the documentation lists it in, such as `date`.
    pub family: &'static str,
    /// Its name, in lower case.
    pub name: &'static str,
    /// Types, arguments and result as the documentation writes them: `bigint length(string <text>)`.
    pub syntax: &'static str,
    /// How its results compare with the service's.
    pub standing: Standing,
    /// The page of the documentation.
    pub source: &'static str,
    /// What it gives, or why it is not built.
    pub meaning: &'static str,
}

impl BuiltinFunction {
    /// Whether queries may call it.
    pub fn is_built(&self) -> bool {
        self.standing != Standing::NotBuilt
    }
}

/// How the results of a function compare with the service's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The documentation says what they are.
    Exact,
    /// The documentation leaves something open.
    Chosen,
    /// The function is refused.
    NotBuilt,
}

impl Standing {
    /// As the table and listings write it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Chosen => "chosen",
            Self::NotBuilt => "not built",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Exact, Self::Chosen, Self::NotBuilt].into_iter().find(|standing| standing.text() == text)
    }
}

/// All of them, by family and name.
pub fn builtin_functions() -> &'static [BuiltinFunction] {
    static FUNCTIONS: LazyLock<Vec<BuiltinFunction>> =
        LazyLock::new(|| include_str!("../data/functions/functions.tsv").lines().skip(1).filter_map(parse).collect());
    &FUNCTIONS
}

/// The one of this name, in any case; nothing if there is none.
pub fn builtin_function(name: &str) -> Option<&'static BuiltinFunction> {
    builtin_functions().iter().find(|function| function.name.eq_ignore_ascii_case(name))
}

fn parse(line: &'static str) -> Option<BuiltinFunction> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    let (family, name, syntax) = (next()?, next()?, next()?);
    let (standing, source, meaning) = (Standing::parse(next()?)?, next()?, next()?);
    next().is_none().then_some(BuiltinFunction { family, name, syntax, standing, source, meaning })
}

#[cfg(test)]
mod tests {
    use super::{builtin_functions, parse};

    #[test]
    fn every_line_of_the_table_is_a_function() {
        let lines = include_str!("../data/functions/functions.tsv").lines().skip(1);
        let wrong: Vec<_> = lines.filter(|line| parse(line).is_none()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(builtin_functions().is_sorted_by_key(|function| (function.family, function.name)));
    }

    #[test]
    fn no_function_is_listed_twice_and_syntax_names_it() {
        let mut names: Vec<_> = builtin_functions().iter().map(|function| function.name).collect();
        names.sort_unstable();
        assert!(names.is_sorted_by(|one, other| one < other), "a function is listed twice");
        for function in builtin_functions() {
            assert!(function.syntax.contains(function.name), "{}", function.syntax);
        }
    }
}
