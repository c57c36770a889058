//! Rust files as these tests read them: without comments and texts, without tests, as tokens.

use std::fs;
use std::ops::Range;
use std::path::Path;

/// A file of the project.
pub struct Source {
    /// From the project's root, with `/`.
    pub path: String,
    /// As it is written.
    pub text: String,
    /// The same with every comment, string and character blanked, and of the same length.
    pub code: String,
    /// Where the tests in it are.
    tests: Vec<Range<usize>>,
}

/// A word, `::` or one other character, with its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'s> {
    pub text: &'s str,
    pub line: usize,
}

/// The files below a folder of the project with this ending, by path.
pub fn files(folder: &str, ending: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(&root.join(folder), ending, &mut found);
    found.sort();
    let read = |path: &String| {
        let text = fs::read_to_string(path).expect("a file of the project is text");
        let path = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("below the root");
        Source::new(path.trim_start_matches('/'), text)
    };
    found.iter().map(read).collect()
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path.to_str().expect("plain names").to_owned());
        }
    }
}

impl Source {
    /// One file of the project.
    pub fn read(path: &str) -> Self {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a file of the project");
        Self::new(path, text)
    }

    fn new(path: &str, text: String) -> Self {
        let code = blank(&text);
        let is_test = path.starts_with("tests/") || path.ends_with("/tests.rs") || path.contains("/tests/");
        let tests = if is_test { vec![Range { start: 0, end: code.len() }] } else { test_modules(&code) };
        Self { path: path.to_owned(), text, code, tests }
    }

    /// The text without its tests: what the program is made of.
    pub fn shipped_text(&self) -> String {
        self.without_tests(&self.text)
    }

    /// The code without comments, texts and tests.
    pub fn shipped_code(&self) -> String {
        self.without_tests(&self.code)
    }

    fn without_tests(&self, text: &str) -> String {
        let in_tests = |at: usize| self.tests.iter().any(|range| range.contains(&at));
        text.char_indices().map(|(at, c)| if in_tests(at) && c != '\n' { ' ' } else { c }).collect()
    }

    /// The texts in the shipped code, each with its line; continued lines are joined.
    pub fn shipped_literals(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(first) = self.text.split_at(at).1.chars().next() {
            let (before, rest) = self.text.split_at(at);
            let length = hidden(rest, before.chars().next_back()).unwrap_or(0);
            let is_shipped = !self.tests.iter().any(|range| range.contains(&at));
            if length > 0 && is_shipped && !rest.starts_with('/') {
                let literal = rest.split_at(length).0.split("\\\n").map(str::trim_start).collect();
                found.push((before.matches('\n').count() + 1, literal));
            }
            at += length.max(first.len_utf8());
        }
        found
    }

    /// The path of the module, outermost first: `security`, `acl`.
    pub fn module(&self) -> Vec<&str> {
        let inside = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inside.trim_end_matches("/mod").split('/').collect()
    }
}

/// Words, `::` and other characters.
pub fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let length = match first {
                c if is_word(c) => rest.find(|c: char| !is_word(c)).unwrap_or(rest.len()),
                ':' if rest.starts_with("::") => 2,
                c => c.len_utf8(),
            };
            let (text, after) = rest.split_at(length);
            tokens.push(Token { text, line: number + 1 });
            rest = after.trim_start();
        }
    }
    tokens
}

/// The lines on which these words follow one another.
pub fn lines_with(code: &str, wanted: &str) -> Vec<usize> {
    let wanted = tokens(wanted);
    let tokens = tokens(code);
    let fits = |window: &&[Token<'_>]| window.iter().zip(&wanted).all(|(token, wanted)| token.text == wanted.text);
    tokens.windows(wanted.len()).filter(fits).map(|window| window[0].line).collect()
}

/// Where `#[cfg(test)] mod … { … }` stands.
fn test_modules(code: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = code.split_at(from).1.find("#[cfg(test)]").map(|at| at + from) {
        let mut depth = 0;
        let mut end = code.len();
        for (offset, c) in code.split_at(at).1.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ';' if depth == 0 => end = at + offset + 1,
                _ => continue,
            }
            if depth == 0 {
                end = at + offset + 1;
                break;
            }
        }
        found.push(at..end);
        from = end;
    }
    found
}

/// Blanks comments, strings and characters, so that what is left is code.
fn blank(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = hidden(rest, code.chars().next_back()).unwrap_or(0);
        if length == 0 {
            code.push(first);
            rest = rest.split_at(first.len_utf8()).1;
            continue;
        }
        let (gone, after) = rest.split_at(length);
        // Byte for byte, so that places stay the same.
        for byte in gone.bytes() {
            code.push(if byte == b'\n' { '\n' } else { ' ' });
        }
        rest = after;
    }
    code
}

/// How long the comment, string or character is that starts here.
fn hidden(rest: &str, before: Option<char>) -> Option<usize> {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(rest.find("*/").map_or(rest.len(), |end| end + 2));
    }
    let unprefixed = rest.strip_prefix('b').filter(|_| !in_word).unwrap_or(rest);
    let prefix = rest.len() - unprefixed.len();
    if let Some(raw) = unprefixed.strip_prefix('r').filter(|_| !in_word) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw.trim_start_matches('#').starts_with('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let start = prefix + 1 + hashes + 1;
            return Some(rest.split_at(start).1.find(&close).map_or(rest.len(), |end| start + end + close.len()));
        }
    }
    if unprefixed.starts_with('"') {
        return Some(quoted(rest, prefix + 1, '"'));
    }
    // A character, not a lifetime: it is closed after one character, or begins with a backslash.
    if let Some(inside) = unprefixed.strip_prefix('\'') {
        let mut characters = inside.chars();
        let is_character = match characters.next() {
            Some('\\') => true,
            Some(_) => characters.next() == Some('\''),
            None => false,
        };
        if is_character {
            return Some(quoted(rest, prefix + 1, '\''));
        }
    }
    None
}

/// The length of a text up to its closing quote.
fn quoted(rest: &str, start: usize, quote: char) -> usize {
    let mut escaped = false;
    for (offset, c) in rest.split_at(start).1.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return start + offset + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

#[test]
fn comments_texts_and_tests_are_no_code() {
    let text = "use a::b; // use c::d\nlet x = r#\"e::f \" g\"#; let y = 'h'; let z: &'i str = \"\\\"j\"; /* k */\n#[cfg(test)]\nmod tests { fn l() {} }\nm!()";
    let source = Source::new("src/x.rs", text.to_owned());
    assert_eq!(source.code.len(), text.len());
    let code = source.shipped_code();
    let words: Vec<&str> = tokens(&code).iter().map(|token| token.text).collect();
    for gone in ["c", "d", "e", "f", "g", "h", "j", "k", "l"] {
        assert!(!words.contains(&gone), "{gone}: {words:?}");
    }
    for there in ["a", "b", "i", "m"] {
        assert!(words.contains(&there), "{there}: {words:?}");
    }
    assert_eq!(lines_with(&code, "m!("), [5]);
    let literals: Vec<String> = source.shipped_literals().into_iter().map(|(_, literal)| literal).collect();
    assert_eq!(literals, ["r#\"e::f \" g\"#", "'h'", "\"\\\"j\""]);
    assert_eq!(lines_with(&code, "a::b"), [1]);
}
