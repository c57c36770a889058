//! Two evaluators and two kinds of facts decide alike, in random worlds, and every sentence speaks.

mod cached;
mod count;
mod monotonic;
mod symmetry;
mod unknown;

use odpsh::model::Time;
use odpsh::security::{Decision, Facts, Reader, Reason, Request, Rights, Verdict, decide};

use super::naive::{self, Opinion, Ruling, Whose, Why};
use super::worlds::{Asked, Asker, World};
use count::Count;

/// Worlds × requests: at least 200,000 decisions; with `ODPSH_LONG` ten times as many.
const WORLDS: u64 = 1750;
const LONG: u64 = 5_600;
const REQUESTS: usize = 400;
/// One of so many worlds is decided in a state as well, which takes longest: at least 30,000 decisions.
const STORED: u64 = 3;
/// Worlds that are decided side by side.
const THREADS: usize = 2;

/// What the decisions of some worlds showed.
#[derive(Default)]
struct Findings {
    count: Count,
    decisions: usize,
    stored: usize,
    differences: Vec<String>,
}

#[test]
fn naive_and_real_decisions_in_memory_and_in_a_state_are_the_same() {
    let worlds = if std::env::var_os("ODPSH_LONG").is_some() { LONG } else { WORLDS };
    let mut all = Findings::default();
    std::thread::scope(|scope| {
        let part = |first: usize| move || (0..worlds).skip(first).step_by(THREADS).map(find).collect::<Vec<_>>();
        let parts: Vec<_> = (0..THREADS).map(|first| scope.spawn(part(first))).collect();
        for found in parts.into_iter().flat_map(|part| part.join().expect("no panic")) {
            all.count.join(found.count);
            all.decisions += found.decisions;
            all.stored += found.stored;
            all.differences.extend(found.differences);
        }
    });
    let Findings { count, decisions, stored, differences } = all;
    assert!(decisions >= 200_000, "{decisions} decisions are too few");
    assert!(stored >= 30_000, "{stored} decisions in a state are too few");
    assert!(differences.is_empty(), "{} of {decisions} differ; the first:\n{}", differences.len(), differences[0]);
    count.check();
}

/// Decides many requests in one world.
fn find(seed: u64) -> Findings {
    let world = World::random(seed);
    let memory = world.memory();
    let store = seed.is_multiple_of(STORED).then(|| world.store());
    let snapshot = store.as_ref().map(|store| store.read().expect("a snapshot"));
    let mut asker = Asker::new(&world, seed);
    let mut found = Findings::default();
    for number in 0..REQUESTS {
        let Asked { request, now } = asker.next();
        let opinion = naive::judge(&world, &request, now);
        let decision = decided(&request, &memory, now);
        let stored = snapshot.as_ref().map(|snapshot| decided(&request, snapshot, now));
        assert!(!decision.rules().is_empty(), "a decision names the rules that made it (invariant 6): {request:#?}");
        found.decisions += 1;
        found.stored += usize::from(stored.is_some());
        let real = ruling(&request, &decision);
        if real != opinion.ruling {
            found.differences.push(format!(
                "world {seed}, request {number}:\n{request:#?}\nat {now}\n  semantics.md: {:?}\n  heard: {:?}\n  decide: {real:?}\n  trail: {:#?}",
                opinion.ruling, opinion.heard, decision.evidence()
            ));
        } else if let Some(stored) = stored.filter(|stored| *stored != decision) {
            found.differences.push(format!(
                "world {seed}, request {number}:\n{request:#?}\nat {now}\n  in memory: {decision:#?}\n  in a state: {stored:#?}"
            ));
        }
        found.count.add(&opinion, &decision);
    }
    found
}

fn decided(request: &Request, facts: &dyn Facts, now: Time) -> Decision {
    decide(request, facts, now).expect("the facts can be read")
}

/// A decision in the words of the naive evaluator.
fn ruling(request: &Request, decision: &Decision) -> Ruling {
    let denial = match decision.verdict() {
        Verdict::Allowed { row_limit, shown } => {
            let parts = request.parts.iter().filter(|part| shown.includes(&part.of));
            return Ruling::Allow {
                row_limit: *row_limit,
                shown: parts.map(|part| format!("{:?} {}", part.of.id, part.of)).collect(),
            };
        }
        Verdict::Denied(denial) => denial,
    };
    let of_view_owner = |subject: &Rights| matches!(subject, Rights::Definer { .. });
    let why = match &denial.reason {
        Reason::UnknownPrincipal(_) | Reason::SignedOut(_) | Reason::KeyEnded(_) => Why::UnknownPrincipal,
        Reason::NoProject => Why::NoProject,
        Reason::NotMember(project) => Why::NotMember(project.name.to_string()),
        Reason::NotObjectMember(project, subject) => {
            Why::NotObjectMember { project: project.name.to_string(), of_view_owner: of_view_owner(subject) }
        }
        Reason::Address(project, _) => Why::Address(project.name.to_string()),
        Reason::Frozen(project) => Why::Frozen(project.name.to_string()),
        Reason::NoPrivilege(access, columns) => Why::NoPrivilege {
            action: access.action.name(),
            object: access.object.to_string(),
            columns: columns.clone(),
            of_view_owner: of_view_owner(&access.rights),
        },
        Reason::Protected { object, destination } => {
            Why::Protected { object: object.to_string(), destination: destination.to_string() }
        }
        Reason::GranteeNotMember(_, grantee) => Why::GranteeNotMember(grantee.to_string()),
        Reason::ExplicitlyDenied(access, _) => Why::ExplicitlyDenied {
            action: access.action.name(),
            object: access.object.to_string(),
            of_view_owner: of_view_owner(&access.rights),
        },
        Reason::Label(access, too_high) => Why::Label {
            object: access.object.to_string(),
            column: too_high.column.clone(),
            label: too_high.label.number(),
            level: too_high.level.number(),
            whose: match &too_high.reader {
                Reader::Subject => Whose::Subject,
                Reader::Package(_) => Whose::Package,
                Reader::User(_) => Whose::Caller,
            },
        },
        Reason::Bound(..) | Reason::OtherAccounts => panic!("the random requests put no policies"),
        Reason::GranteeOfOtherAccount(_) => Why::GranteeOfOtherAccount,
        Reason::NotTenantManager(..) => Why::NotTenantManager,
        Reason::NotOfTenant(project, _) => Why::NotOfTenant(project.name.to_string()),
        Reason::UserOfOtherAccount(_, user) => Why::UserOfOtherAccount(user.to_string()),
        Reason::OwnerIsFixed(object) => Why::OwnerIsFixed(object.to_string()),
        Reason::MayNotManage(access) => Why::MayNotManage(access.resource.to_string()),
        Reason::ManagingDenied(access, _) => Why::ManagingDenied(access.resource.to_string()),
        Reason::MayNotUse(usage) => Why::MayNotUse(usage.resource.to_string()),
        Reason::UsageDenied(usage, _) => Why::UsageDenied(usage.resource.to_string()),
        Reason::LocationNotAllowed(used) => Why::LocationNotAllowed(used.location.to_string()),
    };
    Ruling::Deny { rule: denial.rule.id(), why }
}
