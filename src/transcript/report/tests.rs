use super::*;

fn sample() -> Vec<FileReport> {
    let mut failed = FileReport::new(Path::new("b.odps"));
    failed.title = "It is <b> & \"so\" #1.".into();
    failed.differs(Difference::new(3, "get;", "printed different data").lines(
        Kind::Data,
        &["same", "a…", "old", "end"],
        &["same", "abc", "new\u{1b}", "more", "end"],
    ));
    failed.fault(9, "broken".into());
    let mut skipped = FileReport::new(Path::new("c.odps"));
    skipped.verdict = Verdict::Skipped("built without SQL".into());
    let mut passed = FileReport::new(Path::new("a.odps"));
    passed.statements = 4;
    vec![passed, failed, skipped]
}

fn written(format: Format) -> String {
    let mut out = Vec::new();
    write(&sample(), format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn differences_are_small_diffs_with_file_and_line() {
    let text = written(Format::Plain);
    assert_eq!(
        text,
        "b.odps:3: `get;` printed different data\n\
         \x20     --> same\n\
         \x20     --> abc\n\
         \x20   - --> old\n\
         \x20   + --> new\\u{1b}\n\
         \x20   + --> more\n\
         \x20     --> end\n\
         b.odps:9: broken\n\
         1 passed, 1 failed, 1 skipped (built without SQL); 4 statements\n"
    );
}

#[test]
fn tap_numbers_its_tests_and_escapes_directives() {
    let text = written(Format::Tap);
    assert!(text.starts_with("TAP version 13\n1..3\nok 1 - a.odps"), "{text}");
    assert!(text.contains("not ok 2 - b.odps - It is <b> & \"so\" \\#1.\n# line 3:"), "{text}");
    assert!(text.contains("ok 3 - c.odps -  # SKIP built without SQL"), "{text}");
}

#[test]
fn junit_is_escaped() {
    let text = written(Format::Junit);
    assert!(text.contains(r#"tests="3" failures="1" skipped="1""#));
    assert!(text.contains("name=\"It is &lt;b&gt; &amp; &quot;so&quot; #1.\""));
    assert!(text.contains("new?") && !text.contains('\u{1b}'));
}

#[test]
fn json_reads_back() {
    let value: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
    assert_eq!((&value["failed"], &value["files"][1]["differences"][0]["line"]), (&1.into(), &3.into()));
}

#[test]
fn long_differences_are_cut() {
    let lines = vec!["x"; 500];
    assert_eq!(Difference::new(1, "", "").lines(Kind::Data, &[], &lines).shown.len(), SHOWN + 1);
}
