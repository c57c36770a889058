//! Options, exit codes, and what goes to standard output and standard error.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::it::process::{Ended, World, each, run};

fn with(world: &World, arguments: &[&str]) -> Ended {
    run(world.command().args(arguments), b"")
}

#[test]
fn exit_codes_say_how_it_ended() {
    let world = World::fresh();
    let folder = world.folder().display().to_string();
    let cases: &[(&[&str], i32)] = &[
        (&["-e", "whoami;"], 0),
        (&["-ewhoami;"], 0),
        (&["-e", "whoami"], 0),
        (&["-e", "-- only a comment"], 0),
        (&["-e", "quit; whoami;"], 0),
        (&["-h"], 0),
        (&["--help"], 0),
        (&["-v"], 0),
        (&["--version"], 0),
        (&["check"], 0),
        (&["-e", "selec;"], 1),
        (&["-e", "set ProjectProtecton=true;"], 1),
        (&["-e", "set READ_TABLE_MAX_ROWS=5;"], 1),
        (&["-e", "drop table nothing;"], 1),
        (&["-e", ""], 1),
        (&["-e", "  "], 1),
        (&["-f", "nothing.odps"], 1),
        (&["-f", &folder], 1),
        (&["--config", "nothing.ini", "-e", "whoami;"], 1),
        (&["--project", "nowhere", "-e", "whoami;"], 1),
        (&["--user", "ALIYUN$nobody", "-e", "whoami;"], 1),
        (&["-u", "no", "-p", "key", "-e", "whoami;"], 1),
        (&["-K", "-e", "whoami;"], 1),
        (&["-k", "7", "-e", "whoami; whoami;"], 1),
        (&["test", "nothing.odps"], 1),
    ];
    for (arguments, code) in cases {
        let ended = with(&world, arguments);
        assert_eq!(ended.code, Some(*code), "{arguments:?}: {}", ended.error());
        if *code == 1 {
            ended.assert_failed(&format!("{arguments:?}"));
            assert!(ended.stdout.is_empty(), "{arguments:?}: {}", ended.output());
        }
    }
}

#[test]
fn wrong_options_end_with_2_and_touch_nothing() {
    let world = World::empty();
    let cases: &[&[&str]] = &[
        &["--nope"],
        &["-Z"],
        &["nonsense"],
        &["-f"],
        &["-k", "x", "-e", "whoami;"],
        &["-e", "whoami;", "-f", "x"],
        &["-e", "whoami;", "-e", "whoami;"],
        &["-u", "id", "-e", "whoami;"],
        &["-p", "key", "-e", "whoami;"],
        &["-M", "--output", "json", "-e", "whoami;"],
        &["--output", "xml", "-e", "whoami;"],
        &["--user", "bob", "-e", "whoami;"],
        &["--user", "ALIYUN$a", "-u", "id", "-p", "key", "-e", "whoami;"],
        &["--memory-limit", "much", "-e", "whoami;"],
        &["--memory-limit", "0", "-e", "whoami;"],
        &["--state", "", "-e", "whoami;"],
        &["-s", "x"],
        &["-N", "-e", "whoami;"],
        &["-j", "-e", "whoami;"],
        &["--account-provider", "sts", "-e", "whoami;"],
        &["test"],
        &["test", "x", "--format", "xml"],
        &["-e", "whoami;", "check"],
    ];
    for arguments in cases {
        let ended = with(&world, arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.error());
        assert!(ended.stdout.is_empty(), "{arguments:?}");
        assert!(ended.error().starts_with("error: "), "{arguments:?}: {}", ended.error());
    }
    assert_eq!(fs::read_dir(world.folder()).unwrap().count(), 0);
}

/// Source: odpscmd.
#[test]
fn data_goes_to_standard_output_and_status_words_to_standard_error() {
    let world = World::fresh();
    let split = |text: &str| {
        let ended = with(&world, &["-e", text]);
        assert_eq!(ended.code, Some(0), "{text}: {}", ended.error());
        (ended.output(), ended.error())
    };
    let (data, status) = split("create table t (a bigint);");
    assert!(data.is_empty() && status.starts_with("ID = ") && status.ends_with("\nOK\n"), "{data}{status}");
    assert_eq!(split("create role r;"), ("OK\n".to_owned(), String::new()));
    assert_eq!(split("grant select on table t to role r;"), ("OK\n".to_owned(), String::new()));
    assert_eq!(split("set odps.sql.timezone=UTC;"), (String::new(), "OK\n".to_owned()));
    let (data, status) = split("whoami;");
    assert!(data.starts_with("Name: ALIYUN$owner\n") && status.is_empty(), "{data}{status}");
    let (data, status) = split("show tables;");
    assert!(data.starts_with('\n') && data.contains("ALIYUN$owner:t") && status.contains("OK"), "{data}{status}");
    let (data, status) = split("set odps.sql.timezone=UTC; show flags;");
    assert!(data.is_empty() && status.contains("odps.sql.timezone=UTC"), "{data}{status}");
    let (data, status) = split("show SecurityConfiguration;");
    assert!(data.contains("ProjectProtection=false") && status.is_empty(), "{data}{status}");
    let (data, _) = split("help; show version;");
    assert!(!data.is_empty());
    let ended = with(&world, &["-e", "whoami; drop table nothing;"]);
    assert!(ended.output().starts_with("Name:") && ended.error().starts_with("FAILED: "), "{ended:?}");
}

#[test]
fn a_new_state_is_announced_and_one_that_is_there_is_not() {
    let world = World::empty();
    let state = world.folder().join("typo.db").display().to_string();
    let opened = |state: &str| with(&world, &["--state", state, "-e", "whoami;"]);
    let first = opened(&state);
    assert_eq!((first.code, first.output().contains("Name: ")), (Some(0), true));
    assert!(first.error().starts_with("warning: `") && first.error().contains("typo.db` did not exist"), "{first:?}");
    assert!(opened(&state).error().is_empty());
    assert!(opened(":memory:").error().is_empty());
}

#[test]
fn nothing_is_coloured_in_a_pipe() {
    let world = World::fresh();
    for text in ["whoami; show tables; help;", "selec;", "drop table nothing;"] {
        let ended = run(world.command().env("TERM", "xterm-256color").args(["-e", text]), b"");
        assert!(!ended.stdout.contains(&0x1b) && !ended.stderr.contains(&0x1b), "{text}");
    }
}

#[test]
fn k_begins_at_the_nth_statement() {
    let world = World::fresh();
    let script = "create role a; ; create role b; create role c;";
    let expected = [("-1", "abc"), ("0", "abc"), ("1", "abc"), ("2", "bc"), ("3", "c")];
    for (number, roles) in expected {
        let ended = with(&world, &["-k", number, "-e", script]);
        assert_eq!(ended.code, Some(0), "{}", ended.error());
        for role in ["a", "b", "c"] {
            let dropped = world.pipe(format!("drop role {role};"));
            assert_eq!(dropped.code == Some(0), roles.contains(role), "-k {number}: {role}");
        }
    }
    let error = with(&world, &["-k", "4", "-e", script]).assert_failed("-k 4");
    assert!(error.contains("invalid NUM for option k, total query count include empty query: 3"), "{error}");
}

#[test]
fn a_script_is_the_same_by_text_file_and_pipe() {
    let world = World::fresh();
    let script = "whoami;\nshow SecurityConfiguration;\nlist roles;\ndrop table nothing;\nwhoami;\n";
    let file = world.file("s.odps", script);
    let text = with(&world, &["-e", script]);
    let piped = world.pipe(script);
    let read = with(&world, &["-f", file.to_str().unwrap()]);
    let with_end = with(&world, &["-f", &format!("{};", file.display())]);
    for other in [&piped, &read, &with_end] {
        assert_eq!((text.code, text.output(), text.error()), (other.code, other.output(), other.error()));
    }
    let marked = world.pipe(format!("\u{feff}{}", script.replace('\n', "\r\n")));
    assert_eq!((text.code, text.output()), (marked.code, marked.output()));
}

#[test]
fn the_project_comes_from_the_option_then_the_configuration() {
    let world = World::fresh();
    world.succeed(".project create one\n.project create two\n");
    world.file("c.ini", "# a comment\nproject_name = one\nend_point=http://x\n");
    let project = |arguments: &[&str]| {
        let ended = with(&world, &[arguments, &["-e", "whoami;"]].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.error());
        ended.output().lines().find_map(|line| line.strip_prefix("Project: ").map(str::to_owned)).unwrap()
    };
    assert_eq!(project(&[]), "sandbox");
    assert_eq!(project(&["--project", "two"]), "two");
    assert_eq!(project(&["--project=TWO"]), "two");
    assert_eq!(project(&["--config=c.ini"]), "one");
    assert_eq!(project(&["--config=~/c.ini"]), "one");
    assert_eq!(project(&["--config", "c.ini", "--project", "two"]), "two");
    for odd in ["a b", "a`; drop role r", "", "../x", "'"] {
        with(&world, &["--project", odd, "-e", "whoami;"]).assert_failed(odd);
    }
}

#[test]
fn what_was_probably_meant_is_said() {
    let world = World::fresh();
    let said = |text: &str| world.pipe(text).error();
    let flag = said("set projectprotecton=true;");
    assert!(flag.contains("did you mean `set ProjectProtection=true|false;`?") && !flag.contains("OK"), "{flag}");
    assert!(said("set labelsecurty=true;").contains("did you mean `set LabelSecurity=true|false;`?"));
    assert!(said("set READ_TABLE_MAX_ROWS=5;").contains("did you mean `setproject READ_TABLE_MAX_ROW=…;`?"));
    assert!(!said("set odps.sql.mapper.split.size=1; set project=1;").contains("did you mean"));
    assert!(said("exit;").contains("`quit;` leaves the shell"));
    assert_eq!(world.succeed("help .why;"), world.succeed(".help why\n"));
}

#[test]
fn the_first_account_is_called_after_the_user_also_without_variables() {
    let world = World::empty();
    let home = world.folder().join("carol");
    fs::create_dir(&home).unwrap();
    let ended = run(world.command().env_remove("USER").env("HOME", &home).args(["-e", "whoami;"]), b"");
    assert!(ended.output().starts_with("Name: ALIYUN$carol\n"), "{}", ended.output());
}

#[test]
fn the_audit_says_in_which_project_a_session_began() {
    let world = World::fresh();
    assert_eq!(with(&world, &["--project", "sandbox", "-e", "whoami;"]).code, Some(0));
    assert_eq!(world.number("select count(*) from audit where statement = 'use sandbox'"), 1);
}

#[test]
fn a_bare_policy_name_is_also_looked_up_in_the_current_folder() {
    let world = World::fresh();
    world.file("here.json", "{}");
    let error = world.pipe("set ProjectProtection=true with exception here;").error();
    assert!(!error.contains("File not exist"), "{error}");
    let error = world.pipe("set ProjectProtection=true with exception none;").error();
    assert!(error.contains("File not exist") && error.contains("and in the current folder"), "{error}");
}

#[test]
fn who_it_is_comes_from_user_key_or_environment() {
    let world = World::fresh();
    let made = world.pipe(".account create ALIYUN$bob@aliyun.com\n");
    let shown = made.output();
    let value = |head: &str| {
        let line = shown.lines().find_map(|line| line.strip_prefix(head)).unwrap();
        line.split(' ').next().unwrap().to_owned()
    };
    let (id, secret) = (value("AccessKey ID: "), value("AccessKey Secret: "));
    let bob = "Name: ALIYUN$bob@aliyun.com";
    let named = |ended: Ended| ended.output().lines().next().unwrap_or_default().to_owned();
    assert_eq!(named(with(&world, &["--user", "ALIYUN$bob@aliyun.com", "-e", "whoami;"])), bob);
    assert_eq!(named(with(&world, &["--user", "aliyun$BOB@aliyun.com", "-e", "whoami;"])), bob);
    assert_eq!(named(with(&world, &["-u", &id, "-p", &secret, "-e", "whoami;"])), bob);
    assert_eq!(named(with(&world, &["--username", &id, "--password", &secret, "-e", "whoami;"])), bob);
    let mut command = world.command();
    command.env("ACCESS_KEY_ID", &id).env("ACCESS_KEY_SECRET", &secret).args(["-K", "-e", "whoami;"]);
    assert_eq!(named(run(&mut command, b"")), bob);
    world.file("c.ini", format!("access_id={id}\naccess_key={secret}\n"));
    assert_eq!(named(with(&world, &["--config", "c.ini", "-e", "whoami;"])), bob);
    let wrong = with(&world, &["-u", &id, "-p", "wrong", "-e", "whoami;"]).assert_failed("a wrong secret");
    assert!(!wrong.contains(&secret) && !wrong.contains("wrong;"), "{wrong}");
    world.file("half.ini", format!("access_id={id}\n"));
    with(&world, &["--config", "half.ini", "-e", "whoami;"]).assert_refused("half a key");
}

#[test]
fn output_modes_are_what_their_names_say() {
    let world = World::fresh();
    let roles = |arguments: &[&str]| {
        let ended = with(&world, &[arguments, &["-e", "list roles;"]].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.error());
        ended.output()
    };
    assert_eq!(roles(&[]), roles(&["--output", "table"]));
    assert_eq!(roles(&["-M"]), roles(&["--output", "csv"]));
    let json: serde_json::Value = serde_json::from_str(&roles(&["--output", "json"])).unwrap();
    assert!(json.to_string().contains("admin"), "{json}");
    let lines = roles(&["--output", "ndjson"]);
    assert!(lines.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{lines}");
    assert!(roles(&["--output", "MARKDOWN"]).contains("admin"));
}

#[cfg(feature = "sql")]
#[test]
fn rows_are_written_in_every_mode() {
    let world = World::fresh();
    let rows = |mode: &str| with(&world, &["--output", mode, "-e", "select 1 as a, 'x,\"y' as b, null as c;"]).output();
    assert_eq!(rows("table").lines().filter(|line| line.starts_with("+--")).count(), 3);
    assert_eq!(rows("csv"), "a,b,c\n1,\"x,\"\"y\",\n");
    let json: serde_json::Value = serde_json::from_str(&rows("json")).unwrap();
    assert_eq!(json.to_string().matches("x,\\\"y").count(), 1, "{json}");
    let line: serde_json::Value = serde_json::from_str(rows("ndjson").trim()).unwrap();
    assert_eq!(line["a"].to_string().trim_matches('"'), "1");
    assert_eq!(line["c"], serde_json::Value::Null);
    assert!(rows("markdown").starts_with("| a |"));
}

#[test]
fn the_state_is_private_and_where_it_is_said_to_be() {
    let world = World::empty();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    // The option comes before the environment, which comes before the default.
    let state = world.folder().join("option/state.db");
    with(&world, &["--state", state.to_str().unwrap(), "-e", "whoami;"]);
    assert_eq!((mode(&state), mode(state.parent().unwrap())), (0o600, 0o700));
    assert!(!world.state().exists());
    world.succeed("whoami;");
    assert_eq!(mode(&world.state()), 0o600);
    let default = world.folder().join(".local/share/odpsh");
    assert!(!default.exists());
    run(world.command().env_remove("ODPSH_STATE").args(["-e", "whoami;"]), b"");
    assert_eq!((mode(&default), mode(&default.join("state.db"))), (0o700, 0o600));
    let before = fs::read(world.state()).unwrap();
    with(&world, &["--state", ":memory:", "-e", "create role r;"]);
    assert_eq!(fs::read(world.state()).unwrap(), before);
    assert!(!world.folder().join(":memory:").exists());
}

#[cfg(feature = "sql")]
#[test]
fn rows_are_private_too() {
    let world = World::fresh();
    world.succeed("create table t as select 1 as a; select * from t order by a limit 9;");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
    assert_eq!(mode(&world.data()), 0, "nobody else may enter the folder");
    for name in world.data_files() {
        assert_eq!(mode(&world.data().join(&name)), 0, "{name}");
    }
}

#[test]
fn options_of_the_real_client_that_mean_nothing_here_are_noted() {
    let world = World::fresh();
    let ended =
        with(&world, &["--endpoint=http://x", "-r", "3", "--lite", "--instance-priority", "9", "-e", "whoami;"]);
    assert_eq!(ended.code, Some(0));
    assert!(ended.output().starts_with("Name:"));
    assert_eq!(ended.error().lines().filter(|line| line.contains("is ignored")).count(), 4, "{}", ended.error());
}

#[test]
fn local_commands_do_not_leave_secrets_in_the_audit() {
    let world = World::fresh();
    let made = world.pipe(".account create ALIYUN$bob\n");
    let shown = format!("{}{}", made.output(), made.error());
    let secret = shown.lines().find_map(|line| line.strip_prefix("AccessKey Secret: ")).unwrap();
    let secret = secret.split(' ').next().unwrap();
    assert_eq!(world.number(&format!("select count(*) from audit where statement like '%{secret}%'")), 0);
}

/// The transcripts of the documents.
fn seeds() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/seeds");
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "odps")).collect();
    paths.sort();
    paths
}

/// Output without what differs from run to run: keys are random, and times pass.
fn settled(text: &str) -> String {
    // Keys and the ids of instances are others every time.
    let lines = text.lines().filter(|line| !line.starts_with("AccessKey ") && !line.starts_with("ID = "));
    lines.map(|line| line.replace(|character: char| character.is_ascii_digit(), "0") + "\n").collect()
}

/// The lines that a transcript expects before its first expected error, and whether there is one.
fn expected(script: &str) -> (Vec<&str>, bool) {
    let before = script.lines().take_while(|line| !line.starts_with("--!"));
    let lines = before.filter_map(|line| line.strip_prefix("-->")).map(|line| line.strip_prefix(' ').unwrap_or(line));
    (lines.collect(), script.lines().any(|line| line.starts_with("--!")))
}

/// Whether a line is as a transcript expects it: `…` stands for anything.
fn fits(line: &str, pattern: &str) -> bool {
    let line = line.trim_end();
    let pattern = pattern.trim_end();
    let mut parts = pattern.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
        last = Some(part);
    }
    rest.is_empty() || last == Some("")
}

#[test]
fn transcripts_of_the_documents_are_scripts_up_to_their_first_error() {
    let world = World::empty();
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    each(seeds().iter().map(|path| path.display().to_string()), |path| {
        let script = fs::read_to_string(path).unwrap();
        let command = || {
            let mut command = world.command();
            // Where the files lie that transcripts name.
            command.current_dir(env!("CARGO_MANIFEST_DIR"));
            command.arg("--policies").arg(&policies).args(["--state", ":memory:"]);
            command
        };
        let read = run(command().arg("-f").arg(path), b"");
        let piped = run(&mut command(), script.as_bytes());
        read.assert_orderly(path);
        assert_eq!(read.code, piped.code);
        assert_eq!(settled(&read.output()), settled(&piped.output()));
        assert_eq!(settled(&read.error()), settled(&piped.error()));
        if cfg!(feature = "sql") {
            // A long expected line goes on behind `--+`.
            let script = script.replace("\n--+", "");
            let (lines, fails) = expected(&script);
            assert_eq!(read.code, Some(i32::from(fails)), "{}", read.error());
            let (output, error) = (read.output(), read.error());
            for line in lines {
                let told = output.lines().chain(error.lines()).any(|told| fits(&settled(told), &settled(line)));
                assert!(told || line.trim().is_empty(), "`{line}` is not told\n{output}{error}");
            }
        }
    });
}
