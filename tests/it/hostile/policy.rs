//! Policy files that are none.

use std::fs;
use std::process::Command;

use crate::it::process::{World, each, run, start};

const GOOD: &str = r#"{"Version": "1", "Statement": [{"Effect": "Allow", "Principal": "ALIYUN$owner", "Action": "odps:Select",
 "Resource": "acs:odps:*:projects/sandbox/tables/t", "Condition": {"StringEquals": {"odps:TaskType": "SQL"}}}]}"#;

fn with_exception(world: &World, name: &str) -> crate::it::process::Ended {
    let statement = format!("set ProjectProtection=true with exception {name};");
    run(world.command().args(["--policies", ".", "-e", &statement]), b"")
}

#[test]
fn policies_that_are_none_are_refused_and_nothing_changes() {
    let world = World::fresh();
    let before = world.facts();
    let files: [(&str, Vec<u8>); 24] = [
        ("empty", vec![]),
        ("blank", b" \n\t".to_vec()),
        ("words", b"hello".to_vec()),
        ("null", b"null".to_vec()),
        ("number", b"1e999".to_vec()),
        ("list", b"[]".to_vec()),
        ("lists", br#"["1", [["Allow", "*", "odps:Select", "acs:odps:*:projects/sandbox/tables/t", {"StringEquals": {"odps:TaskType": "SQL"}}]]]"#.to_vec()),
        ("object", b"{}".to_vec()),
        ("cut", GOOD.as_bytes()[..GOOD.len() - 5].to_vec()),
        ("trailing", format!("{GOOD} x").into_bytes()),
        ("twice", GOOD.replace("{\"Version\"", "{\"Version\": \"1\", \"Version\"").into_bytes()),
        ("deny", GOOD.replace("Allow", "Deny").into_bytes()),
        ("other_project", GOOD.replace("sandbox", "other").into_bytes()),
        ("zero_byte", b"{\"Version\": \"1\"\0}".to_vec()),
        ("latin", b"{\"Version\": \"\xe4\"}".to_vec()),
        ("utf16", GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("surrogate", br#"{"Version": "\ud800"}"#.to_vec()),
        ("open_lists", "[".repeat(100_000).into_bytes()),
        ("lists_in_lists", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes()),
        ("deep_statement", format!(r#"{{"Version": "1", "Statement": {}{}}}"#, "[".repeat(100_000), "]".repeat(100_000)).into_bytes()),
        ("deep_condition", GOOD.replace("\"SQL\"", &format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000))).into_bytes()),
        ("deep_object", format!("{}1{}", r#"{"Version":"#.repeat(20_000), "}".repeat(20_000)).into_bytes()),
        ("many", format!(r#"{{"Version": "1", "Statement": [{}{{}}]}}"#, "{},".repeat(200_000)).into_bytes()),
        ("big", vec![b' '; 100 << 20]),
    ];
    for (name, content) in &files {
        world.file(name, content);
    }
    each(files.map(|(name, _)| name), |name| {
        with_exception(&world, name).assert_failed_at(name, 1, 43);
        assert_eq!(world.facts(), before, "{name}");
    });
}

#[test]
fn what_is_no_file_is_no_policy() {
    let world = World::fresh();
    let before = world.facts();
    fs::create_dir(world.folder().join("folder")).unwrap();
    assert!(Command::new("mkfifo").arg(world.folder().join("pipe")).status().unwrap().success());
    std::os::unix::fs::symlink("loop", world.folder().join("loop")).unwrap();
    std::os::unix::fs::symlink("nothing", world.folder().join("dangling")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", world.folder().join("zeros")).unwrap();
    let long = format!("'{}'", "a".repeat(100_000));
    let names = [
        "nothing",
        "./nothing",
        "folder",
        "./folder",
        "pipe",
        "./pipe",
        "loop",
        "dangling",
        "zeros",
        "/dev/zero",
        "/dev/tty",
        "/proc/self/mem",
        "'a b'",
        "'a\nb'",
        "'\\0'",
        "'../../../../../../etc/passwd'",
        "~/nothing",
        "'😀'",
        long.as_str(),
    ];
    each(names, |name| {
        with_exception(&world, name).assert_failed_at(start(name), 1, 43);
        assert_eq!(world.facts(), before, "{name}");
    });
    let elsewhere = run(
        world.command().args(["--policies", "/nowhere", "-e", "set ProjectProtection=true with exception x;"]),
        b"",
    );
    elsewhere.assert_failed_at("a folder that is not there", 1, 43);
}

#[test]
fn a_policy_is_found_by_its_bare_name_and_with_a_byte_order_mark() {
    let world = World::fresh();
    world.file("a", GOOD);
    world.file("b.txt", GOOD);
    world.file("c.json", format!("\u{feff}{GOOD}"));
    for name in ["a", "b", "c", "./b.txt"] {
        let ended = with_exception(&world, name);
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.error());
    }
}

fn put(world: &World, name: &str, on: &str) -> crate::it::process::Ended {
    run(world.command().args(["--policies", ".", "-e", &format!("put policy {name}{on};")]), b"")
}

const STATEMENT: &str =
    r#"{"Effect": "Allow", "Action": "odps:Select", "Resource": "acs:odps:*:projects/sandbox/tables/t"}"#;

fn policy(statements: &str) -> String {
    format!(r#"{{"Version": "1", "Statement": [{statements}]}}"#)
}

#[test]
fn policies_of_roles_that_are_none_are_refused_and_nothing_changes() {
    let world = World::fresh();
    world.succeed(r#"create role staff; create role desk privilegeproperties ("type"="admin");"#);
    let before = world.facts();
    let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(1000), close.repeat(1000));
    let with = |field: &str, value: &str| STATEMENT.replacen('{', &format!(r#"{{"{field}": {value}, "#), 1);
    let manages = STATEMENT.replace("odps:Select", "odps:AddUser").replace("tables/t", "authorization/users");
    let slow = format!("odps:{}", "*q*".repeat(1000));
    let cases = [
        ("levels_of_lists", policy(&nested("[", "]")), " on role staff"),
        ("levels_of_objects", policy(&with("Condition", &nested(r#"{"a":"#, "}"))), " on role staff"),
        ("key_twice", policy(&with("Effect", r#""Deny""#)), " on role staff"),
        ("statements_twice", policy(STATEMENT).replacen('{', r#"{"Statement": [], "#, 1), " on role staff"),
        ("principal_of_a_role", policy(&with("Principal", r#""*""#)), " on role staff"),
        ("no_principal", policy(STATEMENT), ""),
        ("management_in_a_role", policy(&manages), " on role staff"),
        ("management_in_a_project", policy(&manages.replacen('{', r#"{"Principal": "*", "#, 1)), ""),
        ("objects_in_administration", policy(STATEMENT), " on role desk"),
        ("action_of_many_wildcards", policy(&STATEMENT.replace("odps:Select", &slow)), " on role staff"),
    ];
    for (name, text, _) in &cases {
        world.file(name, text);
    }
    for (name, _, on) in &cases {
        put(&world, name, on).assert_failed_at(name, 1, 12);
        assert_eq!(world.facts(), before, "{name}");
    }
}

#[test]
fn large_policies_and_slow_patterns_are_read_and_decided_in_time() {
    let world = World::fresh();
    let name = format!("{}b", "a".repeat(120));
    world.succeed(&format!("create table {name} (id bigint); create role staff;"));
    world.succeed(".account create ALIYUN$amy");
    world.succeed("add user ALIYUN$amy; grant staff to ALIYUN$amy;");
    let about = |pattern: &str| STATEMENT.replace("tables/t", &format!("tables/{pattern}"));
    let slow = format!("{}*c", "*a".repeat(60));
    let many: Vec<String> = (0..10_000).map(|number| about(&format!("t{number}*x*"))).collect();
    world.file("many", policy(&many.join(",")));
    world.file("slow", policy(&vec![about(&slow); 2000].join(",")));
    for policy in ["many", "slow"] {
        assert_eq!(put(&world, policy, " on role staff").code, Some(0), "{policy}");
        let mut command = world.command();
        command.args(["--user", "ALIYUN$amy", "--project", "sandbox", "-e", &format!("desc {name};")]);
        let ended = run(&mut command, b"");
        ended.assert_failed(policy);
        assert!(ended.time.as_secs() < 60, "{policy}: {:?}", ended.time);
    }
}
