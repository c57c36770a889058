//! The chain of the audit (AUD-1): what was changed in the state file by another program shows; and the audit as other programs read it.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use odpsh::model::{AuditVerdict, Time};
use odpsh::store::{AuditFilter, AuditRecord, Durability, KeptRecord, StatePath, Store, check};

use crate::it::process::{World, run};

/// A state with some records, the last of them with objects.
fn world() -> World {
    let world = World::fresh();
    world.succeed("create role a; create role b; create table t (id bigint); desc t; drop table t; show grants;");
    world
}

/// What `odpsh check` says on standard error; it must not succeed.
fn damage(world: &World, arguments: &[&str]) -> String {
    let ended = run(world.command().arg("check").args(arguments), b"");
    assert_eq!(ended.code, Some(1), "{}{}", ended.output(), ended.error());
    ended.error()
}

fn head(world: &World) -> String {
    let ended = run(world.command().args(["audit", "head"]), b"");
    assert_eq!(ended.code, Some(0), "{}", ended.error());
    ended.output().trim().to_owned()
}

/// Every way to change records, and the first record that is broken by it.
#[test]
fn check_names_the_first_broken_record() {
    let columns = [
        "time = time + 1",
        "machine_time = machine_time - 1",
        "machine_time = null",
        "principal = 'ALIYUN$other'",
        "source = '10.0.0.1'",
        "project = null",
        "project = cast(project as blob)",
        "job = 'SQL '",
        "statement = statement || ' '",
        "objects = objects || 'x'",
        "verdict = 'failed'",
        "code = 'ODPS-0110999'",
        "rules = ''",
        "hash = zeroblob(32)",
        "hash = x'00'",
    ];
    let changes = columns
        .map(|change| (format!("update audit set {change} where id = 4"), "audit record 4 was changed or put in"));
    let others = [
        ("delete from audit where id = 4", "audit record 4 was removed"),
        ("delete from audit where id in (4, 5)", "audit records 4 to 5 were removed"),
        ("delete from audit where id = 1", "audit record 1 was removed"),
        (
            "delete from audit where id = 4; update audit set id = id - 1 where id > 4",
            "audit record 4 was changed or put in, or record 3 before it was replaced",
        ),
        (
            "create table c as select * from audit; delete from audit; update c set id = id + 1 where id > 4;
             insert into audit select * from c; drop table c;
             insert into audit select 5, time, machine_time, principal, source, project, job, statement, objects, verdict, code, rules, hash
               from audit where id = 4",
            "audit record 5 was changed or put in",
        ),
        (
            "insert into audit (time, principal, source, statement, objects, verdict, rules, hash)
             values (0, 'ALIYUN$x', '127.0.0.1', 'whoami', '', 'allowed', '', zeroblob(32))",
            "was changed or put in",
        ),
        ("delete from audit where id > 5", "audit record 6 and what follows it were removed"),
        ("delete from audit", "audit record 1 and what follows it were removed"),
        (
            "update audit set id = -id where id in (4, 5); update audit set id = 9 + id where id < 0",
            "audit record 4 was changed or put in",
        ),
    ];
    let changes = changes.iter().map(|(sql, wanted)| (sql.as_str(), *wanted)).chain(others);
    for (sql, wanted) in changes {
        let world = world();
        let database = world.database();
        database.execute_batch(sql).unwrap();
        drop(database);
        let said = damage(&world, &[]);
        assert!(said.contains(wanted), "{sql}: {said}");
        // What is written after it does not hide it.
        world.succeed("whoami;");
        let said = damage(&world, &[]);
        let cut_off = wanted.contains("what follows it");
        assert!(said.contains(wanted) || cut_off && said.contains("removed"), "{sql}: {said}");
    }
}

#[test]
fn a_head_that_was_kept_shows_an_end_that_was_cut_off_and_a_chain_that_was_written_anew() {
    let world = world();
    let kept = head(&world);
    let (number, hash) = kept.split_once(':').unwrap();
    assert_eq!(number.parse::<i64>().unwrap(), world.number("select max(id) from audit"));
    assert_eq!(
        hash,
        world
            .database()
            .query_row("select lower(hex(hash)) from audit order by id desc", [], |row| row.get::<_, String>(0))
            .unwrap()
    );
    world.succeed("whoami;");
    let checked = run(world.command().args(["check", "--head", &kept]), b"");
    assert_eq!((checked.code, checked.output().as_str()), (Some(0), "OK: no problems found\n"), "{}", checked.error());
    // The end is cut off so that nothing in the state says so.
    let database = world.database();
    database
        .execute_batch(&format!(
            "delete from audit where id >= {number};
             update sqlite_sequence set seq = {number} - 1 where name = 'audit'"
        ))
        .unwrap();
    drop(database);
    world.check();
    let said = damage(&world, &["--head", &kept]);
    assert!(said.contains(&format!("audit record {number} is not the one of this head")), "{said}");
    let later = format!("{}:{hash}", number.parse::<i64>().unwrap() + 1_000);
    let said = damage(&world, &["--head", &later]);
    assert!(said.contains("the audit ends at record"), "{said}");
    for wrong in ["", "5", "5:", "x:00", "-1:00", kept.get(..kept.len() - 1).unwrap(), &format!("{kept}0")] {
        let ended = run(world.command().args(["check", "--head", wrong]), b"");
        assert_eq!(ended.code, Some(2), "{wrong}");
    }
}

#[test]
fn every_shell_continues_the_one_chain() {
    let world = World::fresh();
    let shells: Vec<_> = (0..4)
        .map(|shell| {
            let script: String = (0..40)
                .map(|n| match n % 4 {
                    // Grouped; rolled back within its group; alone; refused.
                    0 => format!("create role r{shell}_{n};\n"),
                    1 => format!("--@ user ALIYUN$owner\ncreate role s{shell}_{n};\n"),
                    2 => "whoami;\n".to_owned(),
                    _ => format!("grant r{shell}_{} to user ALIYUN$owner;\n", n - 3),
                })
                .collect();
            let mut command = world.command();
            std::thread::spawn(move || run(&mut command, script.as_bytes()))
        })
        .collect();
    for shell in shells {
        let ended = shell.join().unwrap();
        assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.error());
    }
    world.check();
    assert!(world.number("select count(*) from audit") > 100);
}

#[test]
fn every_sign_in_that_failed_leaves_a_record() {
    let world = World::fresh();
    let ways: [&[&str]; 4] = [
        &["--user", "ALIYUN$nobody", "-e", "whoami;"],
        &["-u", "LTAIunknown", "-p", "not-the-secret", "-e", "whoami;"],
        &["--user", "RAM$nobody:x", "--project", "sandbox", "-e", "whoami;"],
        &["-e", ".user ALIYUN$nobody"],
    ];
    for (place, arguments) in (1..).zip(ways) {
        let ended = run(world.command().args(arguments), b"");
        assert_eq!(ended.code, Some(1), "{arguments:?}");
        assert_eq!(world.number("select count(*) from audit where verdict = 'failed'"), place, "{arguments:?}");
    }
    assert_eq!(
        world.number(
            "select count(*) from audit where statement like '%not-the-secret%' or principal like '%not-the-secret%'"
        ),
        0
    );
    world.check();
}

#[test]
fn what_is_done_outside_of_a_session_is_recorded() {
    let world = World::fresh();
    world.check();
    let head = head(&world);
    for arguments in [&["check", "--head", head.as_str()][..], &["audit", "export", "--since", "2024-01-31"]] {
        assert_eq!(run(world.command().args(arguments), b"").code, Some(0), "{arguments:?}");
    }
    let mut wanted =
        vec!["odpsh check".to_owned(), "odpsh audit head".to_owned(), format!("odpsh check --head {head}")];
    wanted.push("odpsh audit export --since 2024-01-31T00:00:00Z".to_owned());
    let said = world.succeed(".audit 4");
    for (line, wanted) in said.lines().zip(wanted) {
        assert!(line.ends_with(&format!("ALIYUN$owner 127.0.0.1 - local [BND-1] {wanted}")), "{line}");
    }
}

/// Number, hash and name of the event on each line.
fn events(text: &str) -> Vec<(i64, String, String)> {
    let read = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        let data = &event["additionalEventData"];
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        (data["number"].as_i64().unwrap(), text(&data["hash"]), text(&event["eventName"]))
    };
    text.lines().map(read).collect()
}

#[test]
fn exported_events_have_the_numbers_and_hashes_of_their_records() {
    let world = world();
    let secret = world.succeed(".account create ALIYUN$eve@example.com");
    let secret = secret.split_whitespace().find(|word| word.len() == 30).unwrap();
    let export = |arguments: &[&str]| {
        let ended = run(world.command().args(["audit", "export"]).args(arguments), b"");
        assert_eq!(ended.code, Some(0), "{}", ended.error());
        ended.output()
    };
    let text = export(&[]);
    assert!(!text.contains(secret));
    let exported = events(&text);
    assert_eq!(exported.len(), usize::try_from(world.number("select count(*) from audit")).unwrap());
    for (place, (number, hash, _)) in (1..).zip(&exported) {
        assert_eq!(*number, place);
        let kept: String = world
            .database()
            .query_row("select lower(hex(hash)) from audit where id = ?1", [number], |row| row.get(0))
            .unwrap();
        assert_eq!(*hash, kept);
    }
    let names: Vec<&str> = exported.iter().map(|(.., name)| name.as_str()).collect();
    for wanted in ["Whoami", "CreateRole", "CreateTable", "DescribeTable", "DropTable", "AccountCreate", "AuditExport"]
    {
        assert!(names.contains(&wanted), "{wanted} is not in {names:?}");
    }
    // Each line is a head that can be kept.
    let (number, hash, _) = &exported[2];
    let checked = run(world.command().args(["check", "--head", &format!("{number}:{hash}")]), b"");
    assert_eq!(checked.code, Some(0), "{}", checked.error());
    assert_eq!(export(&["--since", "2100-01-01"]), "");
    // The clock of the session counts.
    world.succeed(".clock 2101-01-01 12:00:00\nwhoami;");
    assert_eq!(events(&export(&["--since", "2100-01-01T00:00:00Z"])).len(), 1);
    assert_eq!(run(world.command().args(["audit", "export", "--since", "soon"]), b"").code, Some(2));
}

#[test]
fn an_export_that_follows_shows_what_other_shells_do() {
    let world = World::fresh();
    let mut following = world.command().args(["audit", "export", "--follow"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut next = || events(&lines.next().unwrap()).remove(0).2;
    assert_eq!([next(), next()], ["Whoami", "AuditExport"]);
    world.succeed("create role late;");
    assert_eq!(next(), "CreateRole");
    // A reader that is gone ends it.
    drop(lines);
    world.succeed("whoami;");
    assert_eq!(following.wait().unwrap().code(), Some(0));
}

/// Random records of many blocks, and random filters: the same as looking at each record.
#[test]
fn filters_find_what_a_look_at_every_record_finds() {
    const OBJECTS: [&str; 4] = ["projects/p/tables/t", "projects/p/tables/t2", "projects/p", "projects/q/tables/a b%"];
    const RULES: [&str; 4] = ["STG-1", "STG-1 ACC-2", "STG-1 ACC-2 ACC-2a", "STG-5"];
    let mut random = fastrand::Rng::with_seed(12);
    let store = Store::open(&StatePath::Memory, Durability::AtEnd).unwrap();
    let write = store.write().unwrap();
    for number in 0..12_000 {
        // What is rare is in few blocks.
        let is_rare = number % 1_000 == 7;
        let mut objects = OBJECTS.to_vec();
        objects.retain(|path| random.usize(..3) == 0 && (is_rare || !path.starts_with("projects/q")));
        let record = AuditRecord {
            time: Time(random.i64(0..100) + if is_rare { 1_000 } else { 0 }),
            principal: if is_rare { "ALIYUN$rare" } else { random.choice(["ALIYUN$Ann", "ALIYUN$bob"]).unwrap() }
                .to_owned(),
            source: "127.0.0.1".to_owned(),
            project: None,
            job: None,
            statement: number.to_string(),
            objects: AuditRecord::objects_of(objects.iter().map(|path| ("Select".to_owned(), (*path).to_owned()))),
            verdict: if is_rare { random.choice(AuditVerdict::ALL).unwrap() } else { AuditVerdict::Allowed },
            code: None,
            rules: RULES[random.usize(..if is_rare { 4 } else { 2 })].to_owned(),
        };
        write.audit(&record, Time(0)).unwrap();
    }
    write.commit().unwrap();
    assert_eq!(check(&store, None).unwrap(), Vec::<String>::new());
    let snapshot = store.read().unwrap();
    let all = snapshot.audit_records(u64::MAX, &AuditFilter::default()).unwrap();
    assert_eq!(all.len(), 12_000);
    let mut found_some = 0;
    for round in 0..300 {
        let mut one_of =
            |texts: &[&str]| (random.usize(..3) == 0).then(|| random.choice(texts.iter()).unwrap().to_string());
        let filter = AuditFilter {
            principal: one_of(&["aliyun$ann", "ALIYUN$rare", "ALIYUN$nobody"]),
            object: one_of(&[&OBJECTS[..], &["projects/p/tables"]].concat()),
            rule: one_of(&["STG-1", "ACC-2", "ACC-2a", "STG-5"]),
            verdict: one_of(&["allowed", "denied", "local"]).and_then(|word| AuditVerdict::parse(&word)),
            since: one_of(&["50", "1000"]).map(|time| Time(time.parse().unwrap())),
            until: one_of(&["60", "1010"]).map(|time| Time(time.parse().unwrap())),
        };
        let fits = |kept: &&KeptRecord| {
            let record = &kept.record;
            let written = filter.object.as_ref().map(|path| path.replace('%', "%25").replace(' ', "%20"));
            filter.principal.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(&record.principal))
                && written.is_none_or(|path| record.objects.split(' ').any(|object| object == format!("Select:{path}")))
                && filter.rule.as_ref().is_none_or(|rule| record.rules.split(' ').any(|of| of == rule))
                && filter.verdict.is_none_or(|verdict| verdict == record.verdict)
                && filter.since.is_none_or(|since| record.time >= since)
                && filter.until.is_none_or(|until| record.time < until)
        };
        let mut wanted: Vec<&KeptRecord> = all.iter().rev().filter(fits).take(20).collect();
        wanted.reverse();
        let found = snapshot.audit_records(20, &filter).unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "round {round}: {filter:?}");
        found_some += usize::from(!found.is_empty());
    }
    assert!(found_some > 100, "{found_some}");
}

#[test]
fn a_summary_that_hides_records_is_found() {
    let world = World::fresh();
    let before = world.number("select max(id) from audit");
    world.succeed(&"whoami;\n".repeat(usize::try_from(256 - before).unwrap() + 10));
    world.check();
    for change in [
        "update audit_block set terms = x''",
        "update audit_block set terms = 'x'",
        "update audit_block set since = 'x'",
        "update audit_block set until = x'00'",
        "update audit_block set since = since + 1",
        "update audit_block set until = until + 1",
        "delete from audit_block",
        "insert into audit_block select last + 256, since, until, terms from audit_block",
    ] {
        let database = world.database();
        database.execute_batch(&format!("create table kept as select * from audit_block; {change}")).unwrap();
        let said = damage(&world, &[]);
        assert!(said.contains("audit records"), "{change}: {said}");
        // The records themselves are still looked at.
        world.succeed(".audit since 2000-01-01");
        database
            .execute_batch("delete from audit_block; insert into audit_block select * from kept; drop table kept")
            .unwrap();
        world.check();
    }
}

#[test]
fn a_state_that_cannot_be_written_is_checked_as_it_is() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    let world = World::fresh();
    world.succeed("use sandbox; create table t (a bigint); create role r;");
    let checked = |world: &World| {
        let (file, folder) = (world.state(), world.folder());
        let bytes = fs::read(&file).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o444)).unwrap();
        fs::set_permissions(folder, Permissions::from_mode(0o555)).unwrap();
        let ended = run(world.command().arg("check"), b"");
        let refused = run(world.command().args(["-e", "whoami;"]), b"");
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        assert!(refused.error().contains("cannot be written"), "{}", refused.error());
        assert!(bytes == fs::read(&file).unwrap(), "the state has changed");
        ended
    };
    let ended = checked(&world);
    let said = format!("{}{}", ended.output(), ended.error());
    assert!(said.contains("OK: no problems found"), "{said}");
    assert!(said.contains("no audit record was written for this check"), "{said}");
    world.database().execute("update audit set statement = 'x' where id = 2", []).unwrap();
    let error = checked(&world).error();
    assert!(error.contains("audit record 2 was changed or put in"), "{error}");
}
