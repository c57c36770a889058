//! Which pages of a file are read for rows that a view leaves out shows in nothing that is calculated above it (VIW-5).

use std::fmt::Write;
use std::fs;

use crate::it::process::{World, run};

/// A sum that depends on how the rows of the second page are put together.
const QUESTION: &str = "select sum(case id when 20100 then cast('1e16' as double) when 22000 then 1.0d when 28300 then cast('-1e16' as double) \
    else 0.0d end) as s from v where secret >= 5000 or secret = -1;";

/// What the question gives where the hidden row, one of the first page, has this `secret`. No other row of that page has one for which the
/// condition holds, so that the page is read only if the hidden one has.
fn answer(secret: i64) -> String {
    let world = World::empty();
    let mut rows = String::new();
    for id in 0..40_000 {
        let (secret, hid) = match id {
            777 => (secret, 1),
            0..20_000 => (0, 0),
            _ => (-1, 0),
        };
        writeln!(rows, "{id},{secret},{hid}").unwrap();
    }
    fs::write(world.folder().join("t.csv"), rows).unwrap();
    world.succeed("create table t (id bigint, secret bigint, hid bigint); create view v as select id, secret from t where hid = 0;");
    world.succeed("tunnel upload t.csv t;");
    let ended = run(world.command().arg("--output").arg("csv").arg("-e").arg(QUESTION), b"");
    assert_eq!(ended.code, Some(0), "{}", ended.error());
    ended.output()
}

#[test]
fn a_page_that_is_read_for_a_hidden_row_does_not_show_its_value() {
    let known = answer(100);
    for secret in [9000, 5000, 4999] {
        assert_eq!(answer(secret), known, "{secret}");
    }
}
