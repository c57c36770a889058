//! Every advice holds: of every denied statement in every transcript, each way that is advised lets it pass, and nothing of it can
//! be left out.
//!
//! Each transcript runs once, in a state file. At every statement that is denied the state is copied, the advice is done there by
//! whom it names, and the statement is run; then once for each part of the advice without that part.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use odpsh::analysis::{Obstacle, Remedy};
use odpsh::error::Code;
use odpsh::model::{Identity, ObjectKind, ProjectId, Time};
use odpsh::security::{Denial, Reason, Rights};
use odpsh::shell::{Options, Session, StatePath, World};
use odpsh::syntax::{self, Statement};
use odpsh::transcript::{self, Action, Transcript};

const CLOCK: Time = Time(1_704_067_200_000);

/// Whether nothing can be done about a denial.
fn is_beyond_help(denial: &Denial) -> bool {
    match &denial.reason {
        // A RAM user passes nothing out of its account, whoever says so (ACC-8).
        Reason::GranteeOfOtherAccount(_) | Reason::OtherAccounts => true,
        // Who manages a tenant, and which account somebody is of, is not changed for one statement (TNT-2, TNT-4).
        Reason::NotTenantManager(..) | Reason::NotOfTenant(..) | Reason::UserOfOtherAccount(..) => true,
        // Nobody lifts a Deny from itself (POL-11); a policy that cannot be read is not changed in part.
        Reason::Bound(..) => true,
        Reason::ExplicitlyDenied(access, statement) => statement.number.is_none() || access.object.id == Identity::Gone,
        // A member can always be granted the label.
        Reason::Label(..) => false,
        // Nobody can be made the one who made it.
        Reason::NotObjectMember(_, Rights::Definer { owner: None, .. }) => true,
        // There is no such project or object: what is advised is what would be if there were (STG-4).
        Reason::NotMember(project) | Reason::NotObjectMember(project, _) | Reason::GranteeNotMember(project, _) => {
            project.id == ProjectId::UNKNOWN
        }
        Reason::NoPrivilege(access, _) => [Identity::Unknown, Identity::Gone].contains(&access.object.id),
        Reason::NoProject | Reason::SignedOut(_) | Reason::KeyEnded(_) => true,
        Reason::UnknownPrincipal(_) | Reason::Address(..) | Reason::Frozen(_) | Reason::OwnerIsFixed(_) => false,
        // Who manages tenant resources is not changed for one statement (TRS-5).
        Reason::MayNotManage(_) | Reason::ManagingDenied(..) => true,
        // One that is not there is used by nobody; a policy can allow it to the roles of a member only.
        Reason::MayNotUse(_) => true,
        Reason::UsageDenied(_, statement) => statement.number.is_none(),
        // The list can always have one more.
        Reason::LocationNotAllowed(_) => false,
        // What was read is gone with its project. No exception lists a package, and only a project can be trusted.
        Reason::Protected { object, destination } => {
            object.id == Identity::Gone || object.kind == ObjectKind::Package && destination.project().is_none()
        }
    }
}

#[derive(Default)]
struct Tally {
    lifted: AtomicUsize,
    beyond: AtomicUsize,
    faults: Mutex<Vec<String>>,
}

#[test]
fn advice_lets_every_denied_statement_of_the_transcripts_pass_and_no_part_of_it_can_be_left_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = transcript::find(&[root.join("tests/golden")]).expect("transcripts");
    let (next, tally) = (AtomicUsize::new(0), Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            let work = || {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    try_file(file, root, &tally);
                }
            };
            std::thread::Builder::new().stack_size(32 << 20).spawn_scoped(scope, work).expect("a thread");
        }
    });
    let faults = tally.faults.into_inner().expect("no thread broke");
    let (lifted, beyond) = (tally.lifted.into_inner(), tally.beyond.into_inner());
    println!("{lifted} denials were lifted, {beyond} are beyond help");
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), lifted + beyond, faults.join("\n"));
    assert!(lifted >= 300, "only {lifted} denials were lifted");
}

fn options(state: &Path, policies: Vec<PathBuf>) -> Options {
    Options { policies, memory_limit: Some(512 << 20), ..Options::on(StatePath::File(state.to_owned())) }
}

fn try_file(file: &Path, root: &Path, tally: &Tally) {
    let source = fs::read_to_string(file).expect("a transcript");
    let transcript = Transcript::read(&source);
    if transcript.steps.iter().any(|step| !matches!(step.action, Action::Run(_))) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state.db");
    let policies = vec![root.join("policies"), file.parent().expect("a folder").to_owned()];
    let mut session = Session::open(World::fixed(CLOCK), options(&state, policies.clone())).expect("a world");
    if let Some((_, name)) = &transcript.world {
        let world = transcript::StartWorld::of(file, name).expect("a start world");
        for span in &world.statements {
            let text = span.of(&world.source);
            for piece in syntax::parse(text).expect("a statement").pieces {
                assert_eq!(refusal(&mut session, &piece, text), None);
            }
        }
    }
    for step in &transcript.steps {
        let Action::Run(span) = step.action else { continue };
        let Ok(script) = syntax::parse(span.of(&source)) else { continue };
        for piece in &script.pieces {
            let text = span.of(&source);
            let Some(refused) = refusal(&mut session, piece, text) else { continue };
            if matches!(piece.statement, Statement::Local(_)) {
                continue;
            }
            let at = format!("{}: `{}`", file.strip_prefix(root).unwrap_or(file).display(), piece.statement);
            let trial = Trial { session: &session, state: &state, policies: &policies, statement: &piece.statement };
            match trial.judge() {
                Ok(true) => drop(tally.lifted.fetch_add(1, Ordering::Relaxed)),
                Ok(false) => drop(tally.beyond.fetch_add(1, Ordering::Relaxed)),
                Err(fault) => {
                    tally.faults.lock().expect("no thread broke").push(format!("{at}\n  {refused}\n  {fault}"))
                }
            }
        }
    }
}

/// Runs a piece; how it was refused, if it was.
fn refusal(session: &mut Session, piece: &syntax::Piece, text: &str) -> Option<String> {
    let mut error = session.run(piece, text).map(|outcome| {
        // Rows are made while they are taken; an error among them is no refusal.
        for item in outcome.items {
            if let odpsh::command::Item::Rows(rows) = item {
                rows.chunks.for_each(drop);
            }
        }
    });
    let error = error.as_mut().err()?;
    let denied = matches!(error.code, Code::Authorization | Code::AccessDenied) && error.message.contains("enied")
        || error.message.contains("Authorization Failed");
    denied.then(|| error.headline(""))
}

struct Trial<'t> {
    session: &'t Session,
    state: &'t Path,
    policies: &'t [PathBuf],
    statement: &'t Statement,
}

impl Trial<'_> {
    /// Whether the advice lifts the refusal and is as small as it can be; false if nothing could.
    fn judge(&self) -> Result<bool, String> {
        let advice = self.session.whole_advice(self.statement).map_err(|error| error.message.clone())?;
        let alternatives = advice.alternatives();
        if alternatives.is_empty() {
            return match advice.beyond_help() {
                Some(denial) if is_beyond_help(denial) || self.is_of_a_dropped_project(denial) => Ok(false),
                other => Err(format!("there is no advice: {other:?}")),
            };
        }
        let mut all_hold = true;
        for obstacles in alternatives {
            all_hold &= self.holds(obstacles)?;
        }
        Ok(all_hold)
    }

    /// Whether a denial misses membership of a project that was dropped: nobody can be added to it.
    fn is_of_a_dropped_project(&self, denial: &Denial) -> bool {
        let Reason::NotObjectMember(project, _) = &denial.reason else { return false };
        let state = rusqlite::Connection::open(self.state).expect("the state");
        let count =
            state.query_row("select count(*) from project where id = ?1", [project.id], |row| row.get::<_, i64>(0));
        count.expect("a count") == 0
    }

    /// Whether one way of an advice lifts the refusal, and no part of it can be left out.
    fn holds(&self, obstacles: &[Obstacle]) -> Result<bool, String> {
        let remedies: Vec<Remedy> = obstacles.iter().flat_map(|obstacle| obstacle.steps.clone()).collect();
        let spelled: Vec<String> = remedies.iter().map(|remedy| remedy.spelled().to_string()).collect();
        let done = match self.after(&remedies.iter().collect::<Vec<_>>(), true) {
            // The same is advised for a column that is not there (STG-4).
            Err(fault) if fault.contains("has no column") => return Ok(false),
            done => done?,
        };
        if let Some(still) = done {
            return Err(format!("advised {spelled:#?}\n  and still {still}"));
        }
        for left_out in 0..remedies.len() {
            let rest: Vec<&Remedy> =
                remedies.iter().enumerate().filter(|(place, _)| *place != left_out).map(|(_, remedy)| remedy).collect();
            if self.after(&rest, false)?.is_none() {
                return Err(format!("advised {spelled:#?}\n  and passes without number {left_out}"));
            }
        }
        Ok(true)
    }

    /// How the statement is refused in a copy of the world where these were done.
    fn after(&self, remedies: &[&Remedy], must_work: bool) -> Result<Option<String>, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state.db");
        copy(self.state, &state);
        let policies = [folder.path().to_owned()].into_iter().chain(self.policies.iter().cloned()).collect();
        let mut copy = self.session.elsewhere(World::fixed(CLOCK), options(&state, policies)).expect("a copy");
        for remedy in remedies {
            let mut script = String::new();
            if let Some(by) = &remedy.by {
                script.push_str(&format!(".user `{by}`\n"));
            }
            let from = remedy.from.as_ref();
            if let Some(source) = from {
                let vpc = source.vpc().map(|vpc| format!("vpc '{vpc}' ")).unwrap_or_default();
                script.push_str(&format!(".source {vpc}{}\n", source.ip));
            }
            if let Some(project) = remedy.project() {
                script.push_str(&format!("use `{}`;\n", project.name));
            }
            if let Some(setting) = remedy.setting() {
                script.push_str(&format!("{setting};\n"));
            }
            if let Some((file, text)) = remedy.file() {
                fs::write(folder.path().join(file), text).expect("a policy file");
            }
            let end = if remedy.project().is_some() { ";" } else { "" };
            script.push_str(&format!("{}{end}\n", remedy.statement()));
            for piece in syntax::parse(&script).map_err(|error| format!("{script}: {}", error.message))?.pieces {
                match copy.run(&piece, &script) {
                    Err(error) if must_work => return Err(format!("{script}: {}", error.headline(&script))),
                    _ => {}
                }
            }
        }
        drop(copy);
        // Back to who asked, on the changed world.
        let mut again =
            self.session.elsewhere(World::fixed(CLOCK), options(&state, self.policies.to_vec())).expect("a copy");
        let text = format!("{};", self.statement);
        let piece = syntax::parse(&text).map_err(|error| error.message.clone())?.pieces.remove(0);
        Ok(refusal(&mut again, &piece, &text))
    }
}

/// A state and its data, as they are.
pub fn copy(from: &Path, to: &Path) {
    for ending in ["", "-wal"] {
        let (from, to) = (beside(from, ending), beside(to, ending));
        if from.exists() {
            fs::copy(from, to).expect("a copy of the state");
        }
    }
    let (from, to) = (beside(from, ".data"), beside(to, ".data"));
    if from.exists() {
        fs::create_dir_all(&to).expect("a folder");
        for entry in fs::read_dir(&from).expect("a folder").flatten() {
            if entry.path().is_file() {
                // Data files never change.
                fs::hard_link(entry.path(), to.join(entry.file_name())).expect("a link");
            }
        }
    }
}

fn beside(state: &Path, ending: &str) -> PathBuf {
    let mut name = state.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
