//! README says what works: its table is made from the grammar files, and its tours run.

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

/// The tours: what is typed in them, block by block, without what is shown as printed.
#[cfg(feature = "sql")]
fn tours(readme: &str) -> String {
    let (_, tours) = readme.split_once("## Five minutes: protect a project").expect("the first tour");
    let (tours, _) = tours.split_once("\n## In scripts").expect("the end of the tours");
    let blocks = tours.split("\n```").skip(1).step_by(2);
    let typed = blocks.filter_map(|block| block.strip_prefix('\n'));
    let is_typed = |block: &&str| !block.starts_with("FAILED: ") && !block.starts_with("Denied by ");
    typed.filter(is_typed).map(|block| format!("{block}\n")).collect()
}

#[cfg(feature = "sql")]
#[test]
fn the_tours_of_the_readme_run_and_end_closed() {
    use odpsh::shell::{Options, Session, StatePath, World};

    let readme = include_str!("../../README.md");
    let (_, policy) = readme.split_once("```json\n").expect("a policy");
    let (policy, _) = policy.split_once("```").expect("the policy's end");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("let_alice_out.txt"), policy).expect("a policy file");
    let options = Options { policies: vec![folder.path().to_owned()], ..Options::on(StatePath::Memory) };
    let mut session = Session::open(World::real(), options).expect("a world");
    let mut refused = |text: &str| -> Vec<String> {
        let script = odpsh::syntax::parse(text).unwrap_or_else(|error| panic!("{}", error.headline(text)));
        let mut run = |piece: &odpsh::syntax::Piece| -> odpsh::error::Result<()> {
            let outcome = session.run(piece, text)?;
            for item in outcome.items {
                if let odpsh::command::Item::Rows(rows) = item {
                    rows.chunks.collect::<odpsh::error::Result<Vec<_>>>()?;
                }
            }
            Ok(())
        };
        let failed = script.pieces.iter().filter(|piece| run(piece).is_err());
        failed.map(|piece| piece.statement.to_string()).collect()
    };
    let copy = "create table copy as select * from prod.sales";
    assert_eq!(refused(&tours(readme)), [copy, "tunnel download prod.sales 'sales.csv'"]);
    // Nobody takes the table out of its project any more, into whatever project.
    for (who, project) in [
        ("ALIYUN$bob@example.com", "prod"),
        ("ALIYUN$alice@example.com", "dev"),
        ("ALIYUN$eve@example.com", "lab"),
        ("RAM$eve@example.com:ann", "lab"),
    ] {
        let out = format!("tunnel download prod.sales '{}/out.csv'", folder.path().display());
        assert_eq!(refused(&format!(".user {who}\nuse {project};\n{out};\n")), [out], "{who}");
        if project != "prod" {
            assert_eq!(refused("create table copy2 as select * from prod.sales;").len(), 1, "{who}");
        }
    }
}
