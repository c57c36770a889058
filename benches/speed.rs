//! What one decision or statement costs inside a process; `benches/compare.sh` measures whole processes.
//!
//! `cargo bench -p odpsh-benches`; a word behind `--` chooses: `-- decide`.

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::path::Path;

use anyhow::{Context, Result};
use criterion::Criterion;
use odpsh::model::{
    Action, AuditVerdict, JobType, Labels, Level, Place, PolicyHolder, Principal, RoleKind, RoleName, Source, Time,
};
use odpsh::security::{Access, Columns, Destination, Flow, Request, decide};
use odpsh::shell::{Options, Session, World};
use odpsh::store::{AuditRecord, Durability, Snapshot, StatePath, Store};
use odpsh_benches::facts::Indexed;
use odpsh_benches::world;

const NOW: Time = Time(1_700_000_000_000);

fn main() -> Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    parse(&mut criterion);
    let folder = std::env::temp_dir().join(format!("odpsh-speed-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    for (name, scale) in [("S", world::S), ("L", world::L)] {
        // Statements write: each run has a world of its own.
        let file = folder.join(format!("{name}.db"));
        fs::copy(scale.state()?, &file)?;
        decisions(&mut criterion, name, &file)?;
        statements(&mut criterion, name, &file)?;
        audit(&mut criterion, name, &file)?;
    }
    fs::remove_dir_all(&folder)?;
    criterion.final_summary();
    Ok(())
}

fn parse(criterion: &mut Criterion) {
    for (name, text) in [
        ("grant", "grant Select, Describe on table p1.t1 to user ALIYUN$alice@example.com;"),
        ("select", "select name from small where id = 1;"),
        (
            "create table",
            "create table t (a bigint comment 'x', b array<string>) partitioned by (ds string) lifecycle 7;",
        ),
    ] {
        criterion
            .bench_function(&format!("parse/{name}"), |bench| bench.iter(|| odpsh::syntax::parse(black_box(text))));
    }
}

/// Alice, a member with three roles, selects from a table that many hold something on: by a grant of her own, by a package.
fn requests(snapshot: &Snapshot<'_>) -> Result<[(&'static str, Request); 2]> {
    let project =
        |name: &str| Ok::<_, anyhow::Error>(snapshot.project_by_name(name)?.context("a project")?.reference());
    let alice = Principal::parse(world::ALICE).context("a principal")?;
    let request = |current: &str, table: &str| {
        let object = snapshot.table(&Place::default_of(project(world::BIG)?), table)?.context("a table")?.object();
        let source = object.clone();
        Ok::<_, anyhow::Error>(Request {
            principal: alice.clone(),
            account: None,
            key: None,
            source: Source::default(),
            current: Some(project(current)?),
            job: Some(JobType::Sql),
            requirements: vec![Access::of(Action::Select, object).into()],
            flows: vec![Flow { source, through: Vec::new(), destination: Destination::Project(project(current)?) }],
            shows_rows: true,
            downloads: false,
            definitions: BTreeMap::new(),
            mentioned: std::sync::Arc::default(),
            parts: Vec::new(),
        })
    };
    Ok([("own path", request(world::BIG, "t2")?), ("package", request(world::GUEST, "t1")?)])
}

fn decisions(criterion: &mut Criterion, world: &str, file: &Path) -> Result<()> {
    let open = || Store::open(&StatePath::File(file.to_owned()), Durability::AtEnd);
    let store = open()?;
    let snapshot = store.read()?;
    let requests = requests(&snapshot)?;
    let in_memory = Indexed::read(file, &snapshot)?;
    for (path, request) in &requests {
        anyhow::ensure!(
            decide(request, &in_memory, NOW)? == decide(request, &snapshot, NOW)?,
            "{path}: the world in memory differs from the state"
        );
        criterion.bench_function(&format!("decide/{path}/in memory/{world}"), |bench| {
            bench.iter(|| decide(black_box(request), &in_memory, NOW));
        });
        for (kept, store) in [("with the session cache", open()?), ("without", open()?.without_cache())] {
            criterion.bench_function(&format!("decide/{path}/{kept}/{world}"), |bench| {
                bench.iter(|| store.read().and_then(|snapshot| decide(request, &snapshot, NOW)));
            });
        }
        criterion.bench_function(&format!("decide/{path}/cold/{world}"), |bench| {
            bench.iter(|| open().and_then(|store| decide(request, &store.read()?, NOW)));
        });
    }
    under_labels(criterion, world, file, &snapshot, &requests[0].1)?;
    under_a_policy(criterion, world, file, &requests)
}

/// Columns of the table whose labels are checked.
const COLUMNS: usize = 1_000;

/// A decision that reads every column of a wide table, without labels and with a label on each: what the check adds.
fn under_labels(
    criterion: &mut Criterion,
    world: &str,
    file: &Path,
    snapshot: &Snapshot<'_>,
    request: &Request,
) -> Result<()> {
    let mut in_memory = Indexed::read(file, snapshot)?;
    let table = request.accesses().next().context("an access")?.object.clone();
    let names: Vec<String> = (0..COLUMNS).map(|number| format!("column_{number}")).collect();
    let columns = Columns::Read(names.iter().cloned().collect());
    let request = &request
        .alone(vec![Access { columns, ..Access::of(Action::Select, table.clone()) }.into()], request.flows.clone());
    let mut measure = |name: &str, facts: &Indexed| {
        criterion.bench_function(&format!("decide/{COLUMNS} columns {name}/in memory/{world}"), |bench| {
            bench.iter(|| decide(black_box(request), facts, NOW));
        });
    };
    measure("without labels", &in_memory);
    let level = |number| Level::new(number).context("a level");
    let labels =
        |label| Labels { columns: names.iter().map(|name| (name.clone(), Some(label))).collect(), ..Labels::default() };
    in_memory.label(&table, labels(level(2)?), &request.principal, level(2)?);
    measure("with labels", &in_memory);
    Ok(())
}

/// Statements of the policy that a decision is made under.
const STATEMENTS: usize = 10_000;

/// The same decisions while a role of the caller has a large policy, of which no statement matches.
fn under_a_policy(
    criterion: &mut Criterion,
    world: &str,
    file: &Path,
    requests: &[(&'static str, Request); 2],
) -> Result<()> {
    let copy = file.with_extension("policy.db");
    fs::copy(file, &copy)?;
    let store = Store::open(&StatePath::File(copy.clone()), Durability::AtEnd)?;
    let write = store.write()?;
    let project = write.project_by_name(world::BIG)?.context("a project")?;
    let statement = |number: usize| {
        let (effect, action) = if number.is_multiple_of(2) { ("Allow", "Select") } else { ("Deny", "Update") };
        let wildcard = if number.is_multiple_of(5) { "*" } else { "" };
        format!(
            r#"{{"Effect":"{effect}","Action":"odps:{action}","Resource":"acs:odps:*:projects/{}/tables/other{number}{wildcard}"}}"#,
            project.name
        )
    };
    let statements: Vec<String> = (0..STATEMENTS).map(statement).collect();
    let document = format!(r#"{{"Version":"1","Statement":[{}]}}"#, statements.join(","));
    let holder = PolicyHolder::Role(RoleName::new("r0"));
    write.put_policy(project.id, &holder, RoleKind::Resource, &document)?;
    write.commit()?;
    let in_memory = Indexed::read(&copy, &store.read()?)?;
    for (path, request) in requests {
        criterion.bench_function(&format!("decide/{path} under a policy/in memory/{world}"), |bench| {
            bench.iter(|| decide(black_box(request), &in_memory, NOW));
        });
        criterion.bench_function(&format!("decide/{path} under a policy/with the session cache/{world}"), |bench| {
            bench.iter(|| store.read().and_then(|snapshot| decide(request, &snapshot, NOW)));
        });
    }
    Ok(())
}

/// A statement from its text to its commit, not synced.
fn statements(criterion: &mut Criterion, world: &str, file: &Path) -> Result<()> {
    let options = Options {
        user: Principal::parse(world::OWNER),
        project: Some(world::BIG.to_owned()),
        ..Options::on(StatePath::File(file.to_owned()))
    };
    let mut session = Session::open(World::real(), options)?;
    for (name, source) in
        [("whoami", "whoami;"), ("grant", "grant Select on table t1 to user ALIYUN$alice@example.com;")]
    {
        criterion.bench_function(&format!("statement/{name}/{world}"), |bench| {
            bench.iter(|| {
                let script = odpsh::syntax::parse(source)?;
                script.pieces.iter().try_for_each(|piece| session.run(piece, source).map(drop))
            });
        });
    }
    Ok(())
}

fn audit(criterion: &mut Criterion, world: &str, file: &Path) -> Result<()> {
    let store = Store::open(&StatePath::File(file.to_owned()), Durability::AtEnd)?;
    let record = AuditRecord {
        time: NOW,
        principal: world::ALICE.to_owned(),
        source: "127.0.0.1".to_owned(),
        project: Some(world::BIG.to_owned()),
        job: Some("SQL".to_owned()),
        statement: "select name, at from p1.t2 where id = 1;".to_owned(),
        objects: "Select:projects/p1/tables/t2".to_owned(),
        verdict: AuditVerdict::Allowed,
        code: None,
        rules: "STG-1 PRJ-1 ACC-2 FLW-1".to_owned(),
    };
    criterion.bench_function(&format!("audit/{world}"), |bench| {
        bench.iter(|| {
            let write = store.write()?;
            write.audit(&record, NOW)?;
            write.commit()
        });
    });
    Ok(())
}
