//! AccessKey pairs: who signs in with one, what is refused, when a session ends with its key, and where no secret is found (KEY-1, KEY-2).

use std::fs;
use std::path::{Path, PathBuf};

use odpsh::error::Error;
use odpsh::model::Time;
use odpsh::render::{Renderer, Style};
use odpsh::shell::{AccessKeyPair, Options, RootKeyPlace, Session, StatePath, World as Clock};
use odpsh::signature::{Request, http_date, sign};
use odpsh::syntax::parse;
use odpsh::text::Secret;

use crate::it::process::{Ended, World, run};

/// What `.account create` and `.account key create` show.
fn pair(shown: &str) -> (String, String) {
    let value = |head: &str| {
        let line = shown.lines().find_map(|line| line.strip_prefix(head)).unwrap();
        line.split(' ').next().unwrap().to_owned()
    };
    (value("AccessKey ID: "), value("AccessKey Secret: "))
}

fn created(world: &World, who: &str) -> (String, String) {
    pair(&world.succeed(&format!(".account create {who}")))
}

fn with(world: &World, arguments: &[&str]) -> Ended {
    run(world.command().args(arguments), b"")
}

fn sign_in(world: &World, id: &str, secret: &str) -> Ended {
    with(world, &["-u", id, "-p", secret, "-e", "whoami;"])
}

fn root_key(world: &World) -> PathBuf {
    world.folder().join(".config/odpsh/root.key")
}

/// The codes of the sign-ins that failed, with who tried.
fn refusals(world: &World) -> Vec<String> {
    let database = world.database();
    let mut query = database
        .prepare("select principal || ' ' || verdict || ' ' || code from audit where statement = 'sign in' order by id")
        .unwrap();
    query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn each_refused_sign_in_has_the_service_s_text_and_a_record() {
    let world = World::fresh();
    let (id, secret) = created(&world, "ALIYUN$bob");
    let not_found = "FAILED: ODPS-0410051:Invalid credentials - accessKeyId not found\n";
    let mismatch = "FAILED: ODPS-0410042:Invalid signature value - User signature dose not match\n";
    for region in [&[][..], &["--region", "cn-hangzhou"]] {
        let given =
            |id: &str, secret: &str| with(&world, &[region, &["-u", id, "-p", secret, "-e", "whoami;"]].concat());
        assert!(given(&id, &secret).output().starts_with("Name: ALIYUN$bob\n"));
        for wrong in ["wrong", &secret.to_ascii_lowercase(), &format!("{secret}A"), secret.get(1..).unwrap()] {
            let error = given(&id, wrong).assert_failed("a wrong secret");
            assert!(error.contains(mismatch), "{error}");
            assert!(!error.contains(secret.get(1..).unwrap()), "{error}");
        }
        for unknown in ["LTAI0000", &id.to_ascii_lowercase(), "a/b", &secret] {
            let error = given(unknown, &secret).assert_failed("an unknown key");
            let expected = if unknown == "a/b" { "ODPS-0410051:Invalid credentials - " } else { not_found };
            assert!(error.contains(expected) && !error.contains(&secret), "{error}");
        }
    }
    world.succeed(&format!(".account key disable {id}"));
    let error = sign_in(&world, &id, &secret).assert_failed("a disabled key");
    assert!(error.contains(not_found), "{error}");
    world.succeed(&format!(".account key enable {id}"));
    assert_eq!(sign_in(&world, &id, &secret).code, Some(0));
    world.succeed(&format!(".account key delete {id}"));
    assert!(sign_in(&world, &id, &secret).assert_failed("a deleted key").contains(not_found));
    let found = refusals(&world);
    let count = |wanted: String| found.iter().filter(|record| **record == wanted).count();
    assert_eq!(count(format!("accessKeyId {id} failed ODPS-0410042")), 8);
    assert_eq!(count(format!("accessKeyId {id} failed ODPS-0410051")), 2);
    assert_eq!(count("accessKeyId LTAI0000 failed ODPS-0410051".to_owned()), 2);
    assert_eq!(found.len(), 8 + 8 + 2, "{found:?}");
}

#[test]
fn a_pair_comes_from_options_file_or_environment_and_temporary_ones_are_refused() {
    let world = World::fresh();
    let (id, secret) = created(&world, "ALIYUN$bob");
    let name = |ended: Ended| ended.output().lines().next().unwrap_or_default().to_owned();
    world.file(
        "c.ini",
        format!("access_id={id}\naccess_key={secret}\nregion_id=cn-hangzhou\naccount_provider=aliyun\n"),
    );
    assert_eq!(name(with(&world, &["--config", "c.ini", "-e", "whoami;"])), "Name: ALIYUN$bob");
    world.file("sts.ini", format!("access_id={id}\naccess_key={secret}\naccount_provider=sts\n"));
    let error = with(&world, &["--config", "sts.ini", "-e", "whoami;"]).assert_failed("another provider");
    assert!(error.contains("account_provider=sts, which is not supported"), "{error}");
    let environment = |token: Option<&str>| {
        let mut command = world.command();
        command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", &id).env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &secret);
        command.envs(token.map(|token| ("ALIBABA_CLOUD_SECURITY_TOKEN", token)));
        run(command.args(["-K", "-e", "whoami;"]), b"")
    };
    assert_eq!(name(environment(None)), "Name: ALIYUN$bob");
    let error = environment(Some("token")).assert_failed("a token");
    assert!(error.contains("temporary AccessKeys (STS) are not supported") && !error.contains(&secret), "{error}");
}

#[test]
fn several_pairs_of_one_account_work_beside_each_other() {
    let world = World::fresh();
    let first = created(&world, "ALIYUN$bob");
    let second = pair(&world.succeed(".account key create ALIYUN$bob"));
    assert_ne!(first, second);
    for (id, secret) in [&first, &second] {
        assert_eq!(sign_in(&world, id, secret).code, Some(0));
    }
    // The secret of one is no secret of the other.
    sign_in(&world, &first.0, &second.1).assert_failed("another secret");
    world.succeed(&format!(".account key disable {}", first.0));
    sign_in(&world, &first.0, &first.1).assert_failed("a disabled key");
    assert_eq!(sign_in(&world, &second.0, &second.1).code, Some(0));
    let listed = world.succeed(".account key list");
    assert!(listed.contains("Disabled") && listed.contains("Enabled") && listed.contains(&second.0), "{listed}");
    for (_, secret) in [&first, &second] {
        assert!(!listed.contains(secret) && !world.succeed(".account list").contains(secret));
    }
    // A dropped account's keys are gone, also for a new account of its name.
    world.succeed(".account drop ALIYUN$bob\n.account create ALIYUN$bob");
    sign_in(&world, &second.0, &second.1).assert_failed("a dropped account");
}

/// What the statements of a text show.
fn shown(session: &mut Session, text: &str) -> Result<String, Box<Error>> {
    let (mut data, mut status) = (Vec::new(), Vec::new());
    let style = Style::default();
    for piece in parse(text)?.pieces {
        Renderer::new(&mut data, &mut status, style).outcome(session.run(&piece, text)?).unwrap();
    }
    Ok(String::from_utf8([data, status].concat()).unwrap())
}

#[test]
fn a_session_ends_with_its_key() {
    for ending in ["disable", "delete"] {
        let folder = tempfile::tempdir().unwrap();
        let state = StatePath::File(folder.path().join("state.db"));
        let root_key = RootKeyPlace::File(folder.path().join("elsewhere/root.key"));
        let options = Options { root_key, system_user: Some("owner".to_owned()), ..Options::on(state) };
        let mut admin = Session::open(Clock::real(), options.clone()).unwrap();
        shown(&mut admin, ".account key create ALIYUN$owner").unwrap();
        let text = ".account key create ALIYUN$owner";
        let made = shown(&mut admin, text).unwrap();
        let (id, secret) = pair(&made);
        let key = Some(AccessKeyPair { id: id.clone(), secret: Secret::new(secret) });
        let mut session = Session::open(Clock::real(), Options { key, ..options.clone() }).unwrap();
        assert!(shown(&mut session, "create table t (a bigint);").is_ok());
        let text = format!(".account key {ending} {id}");
        shown(&mut admin, &text).unwrap();
        for statement in ["whoami;", "create table u (a bigint);", "show tables;", "drop table t;", "list users;"] {
            let error = shown(&mut session, statement).unwrap_err();
            assert_eq!(error.code.number(), "ODPS-0410051", "{statement}: {error:?}");
        }
        // Others of the same account go on, and so does the session as somebody else.
        assert!(shown(&mut admin, "drop table t;").is_ok());
        if ending == "disable" {
            let text = format!(".account key enable {id}");
            shown(&mut admin, &text).unwrap();
            assert!(shown(&mut session, "whoami;").is_ok());
        }
    }
}

/// Of a query that runs, no further rows are shown (FLW-12).
#[cfg(feature = "sql")]
#[test]
fn rows_end_with_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let state = StatePath::File(folder.path().join("state.db"));
    let options = Options { system_user: Some("owner".to_owned()), ..Options::on(state) };
    let mut admin = Session::open(Clock::real(), options.clone()).unwrap();
    let doubled: String = (0..12).map(|power| format!("insert into t select id + {} from t;\n", 1 << power)).collect();
    shown(&mut admin, &format!("create table t (id bigint);\ninsert into t values (1);\n{doubled}")).unwrap();
    let (id, secret) = pair(&shown(&mut admin, ".account key create ALIYUN$owner").unwrap());
    let key = Some(AccessKeyPair { id: id.clone(), secret: Secret::new(secret) });
    let mut session = Session::open(Clock::real(), Options { key, ..options }).unwrap();
    let text = "select * from t;";
    let outcome = session.run(&parse(text).unwrap().pieces.remove(0), text).unwrap();
    let rows = outcome.items.into_iter().find_map(|item| match item {
        odpsh::command::Item::Rows(rows) => Some(rows.chunks),
        _ => None,
    });
    let mut chunks = rows.unwrap();
    assert!(chunks.next().unwrap().is_ok());
    shown(&mut admin, &format!(".account key disable {id}")).unwrap();
    let ended = chunks.next().unwrap();
    assert_eq!(ended.err().unwrap().code.number(), "ODPS-0410051");
    assert!(chunks.next().is_none());
}

#[test]
fn no_file_that_a_session_leaves_has_a_secret() {
    let world = World::fresh();
    let (id, secret) = created(&world, "ALIYUN$bob");
    let second = pair(&world.succeed(".account key create ALIYUN$bob")).1;
    assert_eq!(sign_in(&world, &id, &secret).code, Some(0));
    sign_in(&world, &id, "WrongSecretOfSomebodyElse").assert_failed("a wrong secret");
    // A secret in the place of the id, and one in a statement.
    sign_in(&world, &secret, &second).assert_failed("a secret as an id");
    world.pipe(format!(".account key disable {second}\n.account key delete {secret}x-y\nset a.secret={secret};\nset b='token={second}';\n"));
    let export = run(world.command().args(["audit", "export"]), b"");
    world.file("export.json", export.stdout);
    let audit = world.succeed(".mode json\n.audit 1000");
    world.file("audit.json", audit);
    world.succeed(".account key list\n.account list");
    let root = fs::read_to_string(root_key(&world)).unwrap();
    let mut seen = 0;
    for file in files(world.folder()) {
        let bytes = fs::read(&file).unwrap();
        seen += 1;
        for secret in [secret.as_str(), second.as_str(), "WrongSecretOfSomebodyElse"] {
            assert!(!has(&bytes, secret.as_bytes()), "{} has a secret", file.display());
            let half = secret.get(..secret.len() / 2).unwrap();
            assert!(!has(&bytes, half.as_bytes()), "{} has half a secret", file.display());
        }
        if file != root_key(&world) {
            let raw: Vec<u8> = (0..64)
                .step_by(2)
                .map(|place| u8::from_str_radix(root.get(place..place + 2).unwrap(), 16).unwrap())
                .collect();
            assert!(!has(&bytes, root.trim().as_bytes()) && !has(&bytes, &raw), "{} has the root key", file.display());
        }
    }
    assert!(seen >= 4, "{seen}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn has(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(unix)]
#[test]
fn the_root_key_is_private_outside_of_the_state_and_needed_for_secrets_only() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::fresh();
    // Nothing needed it yet.
    assert!(!root_key(&world).exists());
    let (id, secret) = created(&world, "ALIYUN$bob");
    let key = root_key(&world);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(files(key.parent().unwrap()), [key.as_path()]);
    // Others may read it: refused.
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let error = sign_in(&world, &id, &secret).assert_failed("a key that others may read");
    assert!(error.contains("ODPSH-0203") && error.contains("chmod 600"), "{error}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(sign_in(&world, &id, &secret).code, Some(0));
    // Without it, what needs no secret works, and no second key takes its place.
    let away = world.folder().join("away.key");
    fs::rename(&key, world.folder().join(".config/away.key")).unwrap();
    assert!(world.succeed("whoami;\n.account list\n.account key list").contains(&id));
    world.succeed(".account create RAM$bob:role/etl");
    for text in [".account key create ALIYUN$bob", ".account create ALIYUN$eve"] {
        let error = world.pipe(text).assert_failed("no root key");
        assert!(error.contains("ODPSH-0203") && error.contains("does not exist"), "{error}");
    }
    assert!(!world.succeed(".account list").contains("eve"));
    let error = sign_in(&world, &id, &secret).assert_failed("no root key");
    assert!(error.contains("ODPSH-0203") && !error.contains(&secret), "{error}");
    assert!(!key.exists());
    // In the folder of the state it is refused, also through a link.
    fs::copy(world.folder().join(".config/away.key"), &away).unwrap();
    std::os::unix::fs::symlink(&away, world.folder().join(".config/link.key")).unwrap();
    fs::create_dir_all(world.data().join("deep")).unwrap();
    fs::copy(&away, world.data().join("deep/root.key")).unwrap();
    for inside in ["away.key", ".config/link.key", "state.db.data/deep/root.key", "new.key"] {
        let named = ["--root-key", inside, "-e", ".account key create ALIYUN$bob"];
        let error = with(&world, &named).assert_failed("a root key beside the state");
        let is_new = inside == "new.key";
        assert!(is_new || error.contains("is in the folder of the state"), "{inside}: {error}");
    }
    // Elsewhere it may have any name.
    for value in [".config/away.key", "./.config/../.config/away.key"] {
        let mut command = world.command();
        let ended = run(command.env("ODPSH_ROOT_KEY", value).args(["-u", &id, "-p", &secret, "-e", "whoami;"]), b"");
        assert_eq!(ended.code, Some(0), "{}", ended.error());
    }
    // Another key does not open the secrets.
    fs::write(world.folder().join(".config/other.key"), format!("{:064x}\n", 7)).unwrap();
    fs::set_permissions(world.folder().join(".config/other.key"), fs::Permissions::from_mode(0o600)).unwrap();
    let other = ["--root-key", ".config/other.key", "-u", &id, "-p", &secret, "-e", "whoami;"];
    let error = with(&world, &other).assert_failed("another root key");
    assert!(error.contains("was encrypted with root key"), "{error}");
}

#[test]
fn a_ciphertext_opens_in_its_own_row_only() {
    let world = World::fresh();
    let bob = created(&world, "ALIYUN$bob");
    let eve = created(&world, "ALIYUN$eve");
    // Whoever can write the state file, and not read the root key, cannot give bob's key the secret of eve.
    world
        .database()
        .execute(
            "update access_key set secret = (select secret from access_key where id = ?2) where id = ?1",
            [&bob.0, &eve.0],
        )
        .unwrap();
    for secret in [&bob.1, &eve.1] {
        let error = sign_in(&world, &bob.0, secret).assert_failed("a moved secret");
        assert!(error.contains("cannot be decrypted"), "{error}");
    }
    // Nor bob's key another account.
    world
        .database()
        .execute("update access_key set account = (select min(id) from account) where id = ?1", [&eve.0])
        .unwrap();
    sign_in(&world, &eve.0, &eve.1).assert_failed("a moved key");
}

#[test]
fn a_request_that_was_recorded_is_refused_after_fifteen_minutes() {
    let clock = Clock::fixed(Time(1_700_000_000_000));
    let service = odpsh::shell::Service::open(
        clock,
        &odpsh::shell::ServiceOptions {
            state: StatePath::Memory,
            root_key: RootKeyPlace::Unnamed,
            memory_limit: None,
            durable: odpsh::shell::Durability::AtEnd,
            system_user: Some("owner".to_owned()),
        },
    )
    .unwrap();
    let mut session = Session::on(&service, Options::on(StatePath::Memory)).unwrap();
    let text = ".account key create ALIYUN$owner";
    let made = shown(&mut session, text).unwrap();
    let (id, secret) = pair(&made);
    let secret = Secret::new(secret);
    let sent = |milliseconds: i64| {
        let date = http_date(Time(1_700_000_000_000 + milliseconds)).unwrap();
        let request = Request::new("GET", "/projects/p", [("date", date.as_str())]).unwrap();
        let authorization = sign(&request, &id, &secret, None).unwrap();
        service.principal_of(&request, &authorization, &Default::default())
    };
    for fits in [-900_000, 0, 900_000] {
        assert_eq!(sent(fits).unwrap().to_string(), "ALIYUN$owner");
    }
    for off in [-901_000, 901_000, -86_400_000] {
        let error = sent(off).unwrap_err();
        assert_eq!(error.code.number(), "ODPS-0410031");
        assert!(error.message.starts_with("the expire time interval  exceeds the max limitation: 900000"), "{error}");
    }
    let shown = shown(&mut session, ".audit 10").unwrap();
    assert_eq!(shown.matches("ODPS-0410031").count(), 3, "{shown}");
    assert!(!shown.contains(secret.reveal()));
}
