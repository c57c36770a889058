//! A query that needs more memory than it may use, and cannot spill, ends with an error that says what to do.

use std::process::Command;

#[test]
fn a_list_that_does_not_fit_into_the_memory_limit_is_an_error_with_its_remedy() {
    let doubled: String = (0..12).map(|power| format!("insert into t select id + {} from t;", 1 << power)).collect();
    let script = format!(
        "create table t as select 0 as id; {doubled} select size(collect_list(a.id * b.id)) as n from t a join t b on a.id <> b.id;"
    );
    let mut odpsh = Command::new(env!("CARGO_BIN_EXE_odpsh"));
    let output = odpsh.args(["--state", ":memory:", "--memory-limit", "64MB", "-e", &script]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("FAILED: ODPS-0123065") && error.contains("--memory-limit"), "{error}");
}
