//! README says what works: its table is made from the grammar files.

use odpsh::syntax::grammar::support_table;

const START: &str = "<!-- support -->\n";
const END: &str = "<!-- /support -->";

#[test]
fn the_support_table_of_the_readme_is_what_the_grammar_files_say() {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once(START).expect("the table's start");
    let (table, _) = rest.split_once(END).expect("the table's end");
    let expected = support_table();
    assert!(table.trim() == expected.trim(), "put this between the marks in README.md:\n\n{expected}");
}
