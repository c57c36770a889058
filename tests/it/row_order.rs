//! Rows of small tables come in the order of their files, every time.

use std::fs;

use crate::it::process::{World, run};

#[test]
fn rows_of_several_files_come_in_the_order_in_which_they_were_inserted() {
    let world = World::empty();
    let inserts: String = (1..=12).map(|n| format!("insert into t values ({n});")).collect();
    world.succeed(&format!("create table t (a bigint); {inserts}"));
    let numbers = |from: u32| (from..=12).map(|n| format!("{n}\n")).collect::<String>();
    for _ in 0..10 {
        let script = "select * from t; select a as b from t where a > 4; select a as c from t limit 3; read t 2;
            create table if not exists u as select * from t; read u; tunnel download t rows.csv;";
        let ended = run(world.command().arg("-M").arg("-e").arg(script), b"");
        assert_eq!(ended.code, Some(0), "{}", ended.error());
        let expected = format!("a\n{}b\n{}c\n1\n2\n3\na\n1\n2\na\n{}", numbers(1), numbers(5), numbers(1));
        assert_eq!(ended.output(), expected);
        assert_eq!(fs::read_to_string(world.folder().join("rows.csv")).unwrap(), numbers(1));
    }
}

/// A file that is large enough to be read in parts is not, where its rows are numbered.
#[test]
fn the_rows_of_a_large_file_change_where_they_are() {
    let world = World::empty();
    world.succeed(
        "create table t (a bigint, v string) tblproperties ('transactional'='true');
        insert into t select a, concat('v', a) from (select explode(sequence(1, 200000)) as a) s;
        update t set v = 'three' where a % 3 = 0;
        delete from t where a % 2 = 0;
        merge into t using (select a + 2 as k from t where a % 5 = 0) s on t.a = s.k when matched then delete
            when not matched then insert values (-s.k, 'new');",
    );
    let script =
        "select count(*) as n, count(distinct a) as d, min(a) as l, max(a) as h, count(if(v = 'three', 1, null)) as t,
        count(if(v <> if(a % 3 = 0, 'three', concat('v', a)), 1, null)) as wrong from t;";
    let ended = run(world.command().arg("-M").arg("-e").arg(script), b"");
    assert_eq!(ended.code, Some(0), "{}", ended.error());
    assert_eq!(ended.output(), "n,d,l,h,t,wrong\n80000,80000,1,199999,26667,0\n");
}
