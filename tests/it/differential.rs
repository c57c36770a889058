//! Two evaluators and two kinds of facts decide alike, in random worlds, and every sentence speaks.

mod count;
mod monotonic;
mod unknown;

use odpsh::model::Time;
use odpsh::security::{Decision, Facts, Reason, Request, Subject, Verdict, decide};

use super::naive::{self, Opinion, Ruling, Why};
use super::worlds::{Asked, Asker, World};
use count::Count;

/// Worlds × requests: at least 10,000 decisions.
const WORLDS: u64 = 120;
const REQUESTS: usize = 300;

#[test]
fn naive_and_real_decisions_in_memory_and_in_a_state_are_the_same() {
    let mut count = Count::default();
    let mut differences = Vec::new();
    let mut decisions = 0;
    for seed in 0..WORLDS {
        let world = World::random(seed);
        let memory = world.memory();
        let store = world.store();
        let snapshot = store.read().expect("a snapshot");
        let mut asker = Asker::new(&world, seed);
        for number in 0..REQUESTS {
            let Asked { request, now } = asker.next();
            let opinion = naive::judge(&world, &request, now);
            let decision = decided(&request, &memory, now);
            let stored = decided(&request, &snapshot, now);
            assert!(
                !decision.rules().is_empty(),
                "a decision names the rules that made it (design 3, invariant 6): {request:#?}"
            );
            decisions += 1;
            let real = ruling(&decision);
            if real != opinion.ruling {
                differences.push(format!(
                    "world {seed}, request {number}:\n{request:#?}\nat {now}\n  semantics.md: {:?}\n  heard: {:?}\n  decide: {real:?}\n  trail: {:#?}",
                    opinion.ruling, opinion.heard, decision.trail()
                ));
            } else if decision != stored {
                differences.push(format!(
                    "world {seed}, request {number}:\n{request:#?}\nat {now}\n  in memory: {decision:#?}\n  in a state: {stored:#?}"
                ));
            }
            count.add(&opinion, &decision);
        }
    }
    assert!(decisions >= 10_000, "{decisions} decisions are too few");
    assert!(differences.is_empty(), "{} of {decisions} differ; the first:\n{}", differences.len(), differences[0]);
    count.check();
}

fn decided(request: &Request, facts: &dyn Facts, now: Time) -> Decision {
    decide(request, facts, now).expect("the facts can be read")
}

/// A decision in the words of the naive evaluator.
fn ruling(decision: &Decision) -> Ruling {
    let denial = match decision.verdict() {
        Verdict::Allowed { row_limit } => return Ruling::Allow { row_limit: *row_limit },
        Verdict::Denied(denial) => denial,
    };
    let of_view_owner = |subject: &Subject| matches!(subject, Subject::ViewOwner { .. });
    let why = match &denial.reason {
        Reason::UnknownPrincipal(_) => Why::UnknownPrincipal,
        Reason::NoProject => Why::NoProject,
        Reason::NotMember(project) => Why::NotMember(project.name.clone()),
        Reason::NotObjectMember(project, subject) => {
            Why::NotObjectMember { project: project.name.clone(), of_view_owner: of_view_owner(subject) }
        }
        Reason::Address(project, _) => Why::Address(project.name.clone()),
        Reason::Frozen(project) => Why::Frozen(project.name.clone()),
        Reason::NoPrivilege(access, columns) => Why::NoPrivilege {
            action: access.action.name(),
            object: access.object.to_string(),
            columns: columns.clone(),
            of_view_owner: of_view_owner(&access.subject),
        },
        Reason::Protected { object, destination } => {
            Why::Protected { object: object.to_string(), destination: destination.clone() }
        }
        Reason::GranteeNotMember(_, grantee) => Why::GranteeNotMember(grantee.to_string()),
        Reason::GranteeOfOtherAccount(_) => Why::GranteeOfOtherAccount,
        Reason::OwnerIsFixed(object) => Why::OwnerIsFixed(object.to_string()),
    };
    Ruling::Deny { rule: denial.rule.id(), why }
}
