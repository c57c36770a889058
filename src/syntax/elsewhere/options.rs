//! Options and arguments as the client's statements for other services have them: `-name value`, `-name=value`, `-Dkey=value`.

use crate::error::{Code, Error, Result};
use crate::syntax::parser::{Tokens, shorten};
use crate::text::Span;

/// What follows the name of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// A value.
    Value,
    /// `key=value`, with or without a blank before it.
    Property,
}

/// An option by its names.
pub type Definition = (&'static [&'static str], Takes);

/// Words without a blank in them: what stands between blanks, quotes included.
pub struct Words<'a> {
    list: Vec<(&'a str, Span)>,
}

/// What was given.
#[derive(Debug, Default)]
pub struct Given<'a> {
    options: Vec<(&'static str, &'a str, Span)>,
    /// What is no option.
    pub arguments: Vec<(&'a str, Span)>,
}

impl<'a> Words<'a> {
    pub fn of(tokens: Tokens<'a>) -> Self {
        let mut list: Vec<Span> = Vec::new();
        for token in tokens.list() {
            match list.last_mut() {
                Some(last) if last.end == token.span.start => *last = last.to(token.span),
                _ => list.push(token.span),
            }
        }
        let list = list.into_iter().map(|span| (span.of(tokens.source()), span)).collect();
        Self { list }
    }

    /// The options among the words, and what is left; nothing behind the first argument is an option if that is `last`.
    ///
    /// # Errors
    /// An option that is not known, is given twice, or has no value.
    pub fn read(&self, known: &[Definition], last: bool) -> Result<Given<'a>> {
        let mut given = Given::default();
        let mut words = self.list.iter().copied().peekable();
        while let Some((word, span)) = words.next() {
            let Some(name) = word.strip_prefix('-').filter(|name| !name.is_empty()) else {
                given.arguments.push((word, span));
                if last {
                    given.arguments.extend(words);
                    break;
                }
                continue;
            };
            let found = find(known, name);
            let Some((short, takes, glued)) = found else {
                return Err(Error::new(Code::Parse, format!("there is no option `{}`", shorten(word))).at(span));
            };
            let value = match (takes, glued) {
                (Takes::Nothing, None) => "",
                (Takes::Nothing, Some(_)) => {
                    return Err(Error::new(Code::Parse, format!("`-{short}` takes no value")).at(span));
                }
                (_, Some(value)) if !value.is_empty() => value,
                _ => match words.next_if(|(next, _)| !is_option(known, next)) {
                    Some((value, _)) => value,
                    None => return Err(Error::new(Code::Parse, format!("`-{short}` needs a value")).at(span)),
                },
            };
            if takes == Takes::Property && !value.trim_start_matches('=').contains('=') {
                return Err(Error::new(Code::Parse, format!("`-{short}` needs `<key>=<value>`")).at(span));
            }
            if takes != Takes::Property && given.options.iter().any(|(known, ..)| *known == short) {
                return Err(Error::new(Code::Parse, format!("`-{short}` is given twice")).at(span));
            }
            given.options.push((short, value, span));
        }
        Ok(given)
    }
}

/// The option that a word without its `-` begins, with what is glued to it.
fn find<'w>(known: &[Definition], word: &'w str) -> Option<(&'static str, Takes, Option<&'w str>)> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    for (names, takes) in known {
        let short = names.first().copied()?;
        if names.contains(&name) {
            return Some((short, *takes, value));
        }
        if *takes == Takes::Property
            && let Some(property) = word.strip_prefix(short)
        {
            return Some((short, *takes, Some(property)));
        }
    }
    None
}

fn is_option(known: &[Definition], word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|name| find(known, name).is_some())
}

impl Given<'_> {
    /// The value of an option, without the quotes around the whole of it.
    pub fn value(&self, short: &str) -> Option<&str> {
        let (_, value, _) = self.options.iter().find(|(name, ..)| *name == short)?;
        let whole = |quote: char| value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
        Some(whole('"').or_else(|| whole('\'')).unwrap_or(value))
    }

    /// Whether an option is given, and not empty.
    pub fn has(&self, short: &str) -> bool {
        self.options.iter().any(|(name, ..)| *name == short) && self.value(short) != Some("")
    }

    /// The place of an option, or of the first argument.
    pub fn place(&self, short: &str) -> Option<Span> {
        let option = self.options.iter().find(|(name, ..)| *name == short).map(|(.., span)| *span);
        option.or_else(|| self.arguments.first().map(|(_, span)| *span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::lexer::lex;
    use crate::syntax::parser::Furthest;

    const KNOWN: &[Definition] = &[
        (&["name"], Takes::Value),
        (&["p", "project"], Takes::Value),
        (&["D"], Takes::Property),
        (&["cost"], Takes::Nothing),
    ];

    fn read(text: &str) -> Result<(Option<String>, usize)> {
        let lexed = lex(text).unwrap();
        let quiet = Furthest::default();
        let words = Words::of(Tokens::new(&lexed.tokens, text, &quiet, text.len()));
        let given = words.read(KNOWN, false)?;
        Ok((given.value("name").map(str::to_owned), given.arguments.len()))
    }

    #[test]
    fn options_are_read_in_every_spelling_of_the_client() {
        for text in ["-name a -cost", "-name=a", "-name='a' -Dk=v -D k=v", "-D k=\"b=c\" -name \"a\" -project=p"] {
            assert_eq!(read(text).unwrap(), (Some("a".to_owned()), 0), "{text}");
        }
        assert_eq!(read("x -name a y").unwrap(), (Some("a".to_owned()), 2));
        for text in ["-nam a", "-name", "-name -cost", "-name a -name b", "-cost=1", "-Dk", "-D", "-=a"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
