//! The table of built-in functions, as a page.

use std::fmt::Write;

use odpsh::model::{BuiltinFunction, Standing, builtin_functions};

/// The head of the page.
const HEAD: &str = "# Built-in functions

The functions that every query knows. `help function <name>;` shows one, `show builtin functions;` lists all. An argument in `[]` may be left
out; `…` may be repeated; `|` separates the types that are accepted. Results marked *chosen* are left open by the documentation in part;
all others are as documented.

This page is generated from `src/data/functions/functions.tsv`; a test checks that it is current.
";

fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut family = "";
    for function in builtin_functions().iter().filter(|function| function.is_built()) {
        if function.family != family {
            family = function.family;
            write!(page, "\n## {family}\n\n| function | gives | source |\n| --- | --- | --- |\n").expect("memory");
        }
        let chosen = if function.standing == Standing::Chosen { " (*chosen*)" } else { "" };
        let BuiltinFunction { syntax, meaning, source, .. } = function;
        writeln!(page, "| `{}` | {meaning}{chosen} | {source} |", syntax.replace('|', "\\|")).expect("memory");
    }
    page.push_str("\n## Not supported yet\n\n| function | why | source |\n| --- | --- | --- |\n");
    for BuiltinFunction { syntax, meaning, source, .. } in builtin_functions().iter().filter(|other| !other.is_built())
    {
        writeln!(page, "| `{}` | {meaning} | {source} |", syntax.replace('|', "\\|")).expect("memory");
    }
    page
}

#[test]
fn the_page_of_functions_is_what_the_table_says() {
    let expected = page();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/functions.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == expected, "docs/functions.md must be:\n\n{expected}");
}
