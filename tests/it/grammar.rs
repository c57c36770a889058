//! Grammar files, parsers and printed statements agree, and no text brings the parser down.

use std::time::{Duration, Instant};

use odpsh::error::Code;
use odpsh::syntax::grammar::{self, Production, productions};
use odpsh::syntax::{Completeness, is_complete, parse, parse_statement};

/// A script that is one statement, and nothing after it.
fn examples(production: &Production) -> impl Iterator<Item = &str> {
    production.accepted.iter().map(String::as_str)
}

fn built() -> impl Iterator<Item = &'static Production> {
    productions().iter().filter(|production| production.built)
}

#[test]
fn the_files_have_no_mistakes() {
    assert_eq!(grammar::mistakes(), Vec::<String>::new().as_slice());
}

/// Help shows `<access-key-id>`, which says what to type, not the name of a kind of token.
#[test]
fn syntax_names_what_a_text_is() {
    let bare: Vec<_> = built().map(Production::syntax).filter(|syntax| syntax.contains("<glued>")).collect();
    assert!(bare.is_empty(), "name these in grammar/parts.ebnf: {bare:#?}");
}

#[test]
fn accepted_examples_are_read_by_their_production_and_print_back() {
    for production in built() {
        assert!(!production.help.is_empty(), "`{}` has no description", production.name);
        assert!(!production.accepted.is_empty(), "`{}` has no accepted example", production.name);
        for example in examples(production) {
            let statement = parse_statement(example).unwrap_or_else(|error| panic!("{example}: {error:?}"));
            assert_eq!(statement.production(), production.name, "{example}");
            let printed = statement.to_string();
            let again = parse_statement(&printed).unwrap_or_else(|error| panic!("{printed}: {error:?}"));
            assert_eq!(again, statement, "{example} -> {printed}");
            assert_eq!(again.to_string(), printed);
            assert!(grammar::accepts(production, example), "`{}` itself does not accept: {example}", production.name);
            assert!(grammar::accepts(production, &printed), "`{}` itself does not accept: {printed}", production.name);
        }
    }
}

#[test]
fn local_commands_have_a_comment_form() {
    for production in built().filter(|production| production.family == "local") {
        for example in examples(production) {
            let comment = example.replacen('.', "--@ ", 1);
            assert_eq!(parse_statement(&comment).unwrap(), parse_statement(example).unwrap(), "{comment}");
        }
    }
}

#[test]
fn refused_examples_are_refused_with_their_place() {
    for production in built() {
        assert!(!production.refused.is_empty(), "`{}` has no refused example", production.name);
        for example in &production.refused {
            let error = parse_statement(example).expect_err(example);
            assert!(error.span.is_some_and(|span| span.end <= example.len()), "{example}: {error:?}");
            assert!(!error.message.contains('\n'));
        }
    }
}

#[test]
fn statements_that_are_not_built_say_so() {
    for production in productions().iter().filter(|production| !production.built) {
        assert!(!production.accepted.is_empty(), "`{}` has no example", production.name);
        for example in examples(production) {
            let error = parse_statement(example).expect_err(example);
            assert_eq!(error.code, Code::Unsupported, "{example}: {error:?}");
            assert_eq!(error.message, format!("not supported yet: `{}`", production.title()), "{example}");
            assert!(error.help.is_some());
        }
    }
}

/// Every name that a `production()` in the sources can give is a production of the files, and the other way round.
#[test]
fn every_statement_has_a_production() {
    let mut named = std::collections::BTreeSet::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/syntax");
    let folders = [folder.join("query"), folder];
    for entry in folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let path = entry.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for (at, _) in text.match_indices("fn production(&self)") {
            let body = text.get(at..).unwrap().split("\n    }\n").next().unwrap();
            named.extend(body.split('"').skip(1).step_by(2).map(str::to_owned));
        }
    }
    named.extend(odpsh::syntax::elsewhere::productions().map(str::to_owned));
    let files: std::collections::BTreeSet<String> = built().map(|production| production.name.clone()).collect();
    assert_eq!(named, files);
}

#[test]
fn keywords_follow_keywords() {
    assert!(grammar::next_keywords(&[]).contains(&"create".to_owned()));
    assert_eq!(grammar::next_keywords(&["show", "create"]), ["table"]);
    assert!(grammar::next_keywords(&["set", "ProjectProtection", "=", "true"]).contains(&"with".to_owned()));
    assert!(grammar::next_keywords(&["drop"]).contains(&"role".to_owned()));
    assert!(grammar::next_keywords(&["grant", "select", "on"]).contains(&"project".to_owned()));
    assert!(!grammar::next_keywords(&["create"]).contains(&"database".to_owned()));
    assert!(grammar::next_keywords(&[".why"]).contains(&"--as-job".to_owned()));
    assert!(grammar::next_keywords(&["'"]).is_empty());
}

#[test]
fn help_finds_statements_by_their_words() {
    let overview = grammar::help(&[]);
    for production in built() {
        assert!(overview.iter().any(|line| line.contains(&production.help[0])), "{}", production.name);
    }
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert!(grammar::help(&words("show acl"))[0].contains("show acl"));
    assert!(grammar::help(&words("upsert"))[0].contains("not supported yet"));
    assert_eq!(grammar::help(&words("xyzzy")).len(), 1);
    assert!(grammar::support_table().contains("| label | `set label`, `unset label`"));
}

#[test]
fn wrong_statements_are_answered_with_what_was_meant() {
    for (source, message, help) in [
        ("creat table t (a int)", "`creat` does not start a statement", "`create`"),
        ("xyzzy", "`xyzzy` does not start a statement", "`help;`"),
        ("show tabels", "", "did you mean `tables`?"),
        ("grant flye on table t to role r", "`flye` is not a privilege on a table", "ShowHistory"),
        ("use", "expected `quota`, `schema` or a name, found the end of the statement", "`use`, `use schema`"),
        ("set ProjectProtection=maybe", "`ProjectProtection` must be boolean String(set XXX=true|false)", "=true"),
        ("set label high to table t", "not supported yet: `set category label`", "0 to 9"),
        ("select * from t; create project p", "not supported yet: `create project`", ".project create"),
        ("desc a.b.c.d", "this name has more than 3 parts", "<project>.<schema>.<object>"),
        (".usr x", "`.usr` is not a local command", "`.user`"),
        (".why undrop table t", "not supported yet: `undrop table`", "`restore table"),
        (".why foo", "`foo` does not start a statement", ""),
        ("show", "the statement is not complete", "`grants`"),
        ("show securityconfig", "`securityconfig` is not allowed here", "`SecurityConfiguration`"),
        ("whoami; .user ALIYUN$a", "a local command must start its line", "line of its own"),
        ("whoami whoami", "expected the end of the statement, found `whoami`", "whoami"),
    ] {
        let error = parse(source).expect_err(source);
        assert!(error.message.contains(message), "{source}: {error:?}");
        assert!(error.help.as_deref().unwrap_or_default().contains(help), "{source}: {error:?}");
    }
}

fn quick(what: &str, source: &str) {
    let start = Instant::now();
    let _ = is_complete(source);
    let outcome = parse(source);
    if let Err(error) = &outcome {
        assert!(error.message.chars().count() < 300, "{what}: {}", error.message);
        assert!(error.span.is_none_or(|span| span.end <= source.len()), "{what}");
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{what} took {:?}", start.elapsed());
}

#[test]
fn hostile_texts_end_quickly() {
    let deep =
        |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(10_000), close.repeat(10_000));
    for quote in ['\'', '"', '`'] {
        assert!(parse(&format!("select {quote}abc;")).is_err());
    }
    for text in
        ["select /* x", "\u{0}", "whoami\u{7};", "select 'a\\", "--@ user", ".", ". user", "\u{feff}", "#", "--"]
    {
        quick(text, text);
    }
    assert!(parse("select /* x").is_err());
    assert!(parse("whoami\u{7};").is_err());
    assert!(parse(&format!("select {}", deep("(", "1", ")"))).is_err());
    assert!(parse(&format!("select {}", deep("case when 1 then ", "1", " end"))).is_err());
    assert!(parse(&format!("create table t (a {})", deep("array<", "int", ">"))).is_err());
    assert!(parse(&format!("create table t (a {})", deep("struct<a:", "int", ">"))).is_err());
    quick("terms", &format!("select 1{}", "+1".repeat(100_000)));
    quick("unions", &format!("select 1{}", " union all select 1".repeat(100_000)));
    quick("explains", &format!("{}select 1", "explain ".repeat(100_000)));
    quick("whys", &format!("{}select 1", ".why ".repeat(100_000)));
    quick("odd whys", &".why --as-job 1 ".repeat(100_000));
    quick("columns", &format!("create table t (a int{})", ", b int".repeat(100_000)));
    quick("privileges", &format!("grant select{} on table t to role r", ",select".repeat(100_000)));
    quick("grantees", &format!("grant select on t to role r{} x", ", role r".repeat(100_000)));
    quick("values", &format!("setproject {}", "a=b{c ".repeat(100_000)));
    quick("words", &"create table ".repeat(200_000));
    quick("statements", &"show tables in p like 'x';\n".repeat(50_000));
    quick("semicolons", &";".repeat(1_000_000));
    quick("dots", &".\n".repeat(200_000));
    quick("quotes", &format!("select '{}'", "\\'".repeat(1_000_000)));
    quick("text", &format!("select '{}';", "x".repeat(10 << 20)));
    quick("principal", &format!("add user {}", "a$b".repeat(500_000)));
    quick("wide statement", &format!("insert into t select {}1;", "abc, ".repeat(500_000)));
    quick("wide nonsense", &format!("alter table t {};", "abc, ".repeat(500_000)));
}

#[test]
fn damaged_examples_never_bring_the_parser_down() {
    let all: Vec<&str> = productions()
        .iter()
        .flat_map(|production| production.accepted.iter().chain(&production.refused))
        .map(String::as_str)
        .collect();
    let scraps =
        [";", "'", "\"", "`", "(", ")", "--", "/*", "*/", ".", "\n", "$", "=", ",", "--@ user", "é", "\\", "<"];
    let mut random = fastrand::Rng::with_seed(20_240_101);
    for _ in 0..12_000 {
        let mut text: Vec<char> = all[random.usize(..all.len())].chars().collect();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..=text.len());
            match random.u8(0..4) {
                0 if at < text.len() => drop(text.remove(at)),
                1 => drop(text.splice(at..at, scraps[random.usize(..scraps.len())].chars())),
                2 => drop(text.splice(at..at, all[random.usize(..all.len())].chars())),
                _ => text.truncate(at.max(1)),
            }
        }
        let source: String = text.into_iter().collect();
        if let Ok(script) = parse(&source) {
            for piece in script.pieces {
                let printed = piece.statement.to_string();
                let again =
                    parse_statement(&printed).unwrap_or_else(|error| panic!("{source:?} -> {printed:?}: {error:?}"));
                assert_eq!(again, piece.statement, "{source:?} -> {printed:?}");
            }
        }
        if is_complete(&source) == Completeness::Incomplete {
            let closed = format!("{source};");
            let _ = parse(&closed);
        }
    }
    for _ in 0..5_000 {
        let bytes: Vec<u8> = (0..random.usize(..200)).map(|_| random.u8(..)).collect();
        let _ = parse(&String::from_utf8_lossy(&bytes));
        let ascii: String = (0..random.usize(..80)).map(|_| char::from(random.u8(9..127))).collect();
        let _ = parse(&ascii);
    }
}
