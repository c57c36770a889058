//! The signature of a Python function, read from its text: no code of a user's own runs before a statement is decided (STG-3).

use crate::error::{Code, Error, Result};
use crate::model::{CodeKind, DataType};
use crate::syntax::parse_type;

/// What the class of a function says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Annotation {
    pub kind: CodeKind,
    pub arguments: Vec<DataType>,
    pub results: Vec<DataType>,
}

/// Finds the class in the text of its module, and reads its `@annotate("<types> -> <types>")`.
pub(super) fn annotation(source: &str, class: &str) -> Result<Annotation> {
    let mut decorators: Vec<&str> = Vec::new();
    for line in logical_lines(source) {
        if let Some(decorator) = line.strip_prefix('@') {
            decorators.push(decorator);
            continue;
        }
        let bases = line.strip_prefix("class").and_then(|rest| bases(rest, class));
        let Some(bases) = bases else {
            decorators.clear();
            continue;
        };
        let kind = kind(bases);
        let mut texts = decorators.iter().filter_map(|decorator| annotated(decorator));
        let (Some(text), None) = (texts.next(), texts.next()) else {
            return Err(unreadable(format!("class `{class}` needs one `@annotate(\"<types> -> <types>\")`")));
        };
        return signature(&text, kind);
    }
    Err(unreadable(format!("its Python resource has no class `{class}` at the top level")).help(format!(
        "define class `{class}` at the top level of the resource, or correct the class in `create function`"
    )))
}

fn unreadable(message: String) -> Box<Error> {
    Error::new(Code::Semantic, message)
}

/// What stands between the parentheses of this class; nothing if it is another one.
fn bases<'t>(rest: &'t str, class: &str) -> Option<&'t str> {
    let rest = rest.strip_prefix(char::is_whitespace)?.trim_start().strip_prefix(class)?.trim_start();
    if rest.starts_with(':') {
        return Some("");
    }
    rest.strip_prefix('(')?.rsplit_once(')').map(|(bases, _)| bases)
}

fn kind(bases: &str) -> CodeKind {
    let is_base = |name: &str| bases.split(',').any(|base| base.trim().rsplit('.').next() == Some(name));
    match (is_base("BaseUDTF"), is_base("BaseUDAF")) {
        (true, _) => CodeKind::Table,
        (false, true) => CodeKind::Aggregate,
        (false, false) => CodeKind::Scalar,
    }
}

/// The text of an `annotate("…")`: one string, or several that follow each other.
fn annotated(decorator: &str) -> Option<String> {
    let (name, rest) = decorator.split_once('(')?;
    if name.trim().rsplit('.').next() != Some("annotate") {
        return None;
    }
    let mut rest = rest.trim_end().strip_suffix(')')?;
    let mut text = None;
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix('#') {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        if matches!(rest, "" | ",") {
            return text;
        }
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest.starts_with(quote))?;
        let (inner, after) = rest.strip_prefix(quote)?.split_once(quote)?;
        if inner.contains(['"', '\'', '\\']) {
            return None;
        }
        text.get_or_insert_with(String::new).push_str(inner);
        rest = after.trim_end();
    }
}

/// How much of a signature a message quotes, in characters.
const SHOWN: usize = 200;
/// Longest signature, in bytes. Chosen.
const LONGEST: usize = 16_384;

/// `bigint,string->double`.
fn signature(text: &str, kind: CodeKind) -> Result<Annotation> {
    let shown: String = text.chars().take(SHOWN).collect();
    let cut = if shown.len() < text.len() { "…" } else { "" };
    let wrong = |why: String| Error::new(Code::Semantic, format!("the signature `{shown}{cut}` cannot be read: {why}"));
    if text.len() > LONGEST {
        return Err(wrong(format!("it is longer than {LONGEST} bytes")));
    }
    let (given, made) = text.split_once("->").ok_or_else(|| wrong("there is no `->`".to_owned()))?;
    let types = |text: &str| -> Result<Vec<DataType>> {
        parts(text).iter().map(|part| parse_type(part).map_err(|error| wrong(error.message))).collect()
    };
    if given.contains('*') {
        return Err(wrong("`*` is not supported; write the types out".to_owned()));
    }
    let arguments = types(given)?;
    let results = types(made)?;
    match (kind, results.len()) {
        (_, 0) => return Err(wrong("expected types after `->`".to_owned())),
        (CodeKind::Scalar | CodeKind::Aggregate, 2..) => {
            return Err(wrong("only a class that extends BaseUDTF gives several columns".to_owned()));
        }
        (CodeKind::Scalar | CodeKind::Aggregate | CodeKind::Table, _) => {}
    }
    Ok(Annotation { kind, arguments, results })
}

/// The types of a list, which is parted by commas outside of all brackets.
fn parts(text: &str) -> Vec<&str> {
    let (mut found, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            ',' if depth == 0 => {
                found.push(text.get(start..at).unwrap_or_default().trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(text.get(start..).unwrap_or_default().trim());
    if found == [""] { Vec::new() } else { found }
}

/// The lines of a Python text that begin at its margin, each with those that continue it; comments and empty lines left out.
fn logical_lines(source: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    // The comment that ends a line is no part of it.
    let mut code_ends = None;
    let mut text = source.char_indices().peekable();
    let mut add = |start: usize, end: usize| {
        let line = source.get(start..end).unwrap_or_default();
        if !line.trim().is_empty() && !line.starts_with([' ', '\t']) {
            lines.push(line.trim_end());
        }
    };
    while let Some((at, letter)) = text.next() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '\\' => drop(text.next()),
            '#' => {
                code_ends.get_or_insert(at);
                while text.next_if(|(_, letter)| *letter != '\n').is_some() {}
            }
            '\n' if depth <= 0 => {
                add(start, code_ends.take().unwrap_or(at));
                (start, depth) = (at + 1, 0);
            }
            '\n' => code_ends = None,
            '"' | '\'' => {
                let rest = source.get(at..).unwrap_or_default();
                let long = if letter == '"' { "\"\"\"" } else { "'''" };
                let quote = if rest.starts_with(long) { long } else { long.get(..1).unwrap_or_default() };
                let end = at + string_length(rest, quote);
                while text.next_if(|(at, _)| *at < end).is_some() {}
            }
            _ => {}
        }
    }
    add(start, code_ends.unwrap_or(source.len()));
    lines
}

/// How long the string is that a text begins with, quotes included; one that never ends goes on to the end of its line, or of the text.
fn string_length(text: &str, quote: &str) -> usize {
    let mut letters = text.char_indices().skip(quote.len());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '\n' if quote.len() == 1 => return at,
            _ if text.get(at..).is_some_and(|rest| rest.starts_with(quote)) => return at + quote.len(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str) -> String {
        match annotation(source, "F") {
            Ok(Annotation { kind, arguments, results }) => format!("{kind:?} {arguments:?} {results:?}"),
            Err(error) => error.message,
        }
    }

    #[test]
    fn the_signature_stands_before_the_class() {
        let plain =
            "from odps.udf import annotate\n\n@annotate(\"bigint, string -> double\")\nclass F(object):\n  pass\n";
        assert_eq!(shown(plain), "Scalar [Bigint, String] [Double]");
        let far = "import odps\n@odps.udf.annotate(  # comment ) \n  'array<bigint>,map<string,int>->decimal(10,2)',\n)\n# note\n\nclass F:\n";
        assert_eq!(shown(far), "Scalar [Array(Bigint), Map(String, Int)] [Decimal(10, 2)]");
        assert_eq!(shown("@annotate('int,' \"int\"\n  '->string')\nclass F: pass"), "Scalar [Int, Int] [String]");
        assert_eq!(shown("@annotate('->string')\nclass F: pass"), "Scalar [] [String]");
        assert_eq!(shown("@annotate('int->string')\nclass  F (object):\n pass"), "Scalar [Int] [String]");
        let table = "@annotate('string->string,bigint')\nclass F(udf.BaseUDTF):\n pass";
        assert_eq!(shown(table), "Table [String] [String, Bigint]");
        assert_eq!(shown("@annotate('int->int')\nclass F(BaseUDAF):\n pass"), "Aggregate [Int] [Int]");
    }

    #[test]
    fn what_only_looks_like_it_is_none() {
        let missing = "its Python resource has no class `F` at the top level";
        let decoy = "'''\n@annotate('int->int')\nclass F:\n'''\nclass G:\n @annotate('int->int')\n class F: pass\n";
        assert_eq!(shown(decoy), missing);
        assert_eq!(shown("x = \"class F:\n"), missing);
        assert_eq!(shown("#@annotate('int->int')\n#class F:\n"), missing);
        assert_eq!(shown("class FF: pass\nclassF = 1"), missing);
        for without in
            ["class F: pass", "@annotate('int->int')\nx = 1\nclass F: pass", "@annotate(TYPES)\nclass F: pass"]
        {
            assert_eq!(shown(without), "class `F` needs one `@annotate(\"<types> -> <types>\")`", "{without}");
        }
    }

    #[test]
    fn wrong_signatures_are_refused() {
        for wrong in ["bigint", "bigint->", "nothing->bigint", "bigint,->bigint", "bigint->bigint,bigint", "*->bigint"]
        {
            let said = shown(&format!("@annotate('{wrong}')\nclass F: pass"));
            assert!(said.starts_with(&format!("the signature `{wrong}` cannot be read")), "{said}");
        }
    }

    #[test]
    fn no_text_makes_it_fail() {
        let pieces = ["'''", "\"", "\\", "\n", "(", ")", "@annotate(", "class F", ":", "#", "\u{e4}", " "];
        let mut state = 1_u32;
        for _ in 0..3_000 {
            let mut text = String::new();
            for _ in 0..12 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push_str(pieces[(state >> 16) as usize % pieces.len()]);
            }
            let _ = annotation(&text, "F");
        }
    }
}
